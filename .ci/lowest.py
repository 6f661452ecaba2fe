"""Constraints for pip that hold every package at the lowest version that pyproject.toml allows: ``name==bound``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

#: Programs that check the source, not parts of a run: the newest ones are used, and their stubs have no bound.
TOOLS = {"mypy", "ruff", "import-linter"}


def constraints(project: dict) -> list[str]:
    """One line for every requirement with ``>=``, of the package and of its extras."""
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for lines in extras for line in lines)]
    found = {}
    for line in wanted:
        bound = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?\s*>=\s*([0-9.]+)", line)
        if bound and bound[1] not in TOOLS:
            name, version = bound[1], bound[2]
            if found.setdefault(name, version) != version:
                raise SystemExit(f"pyproject.toml has two lower bounds for {name}: {found[name]} and {version}")
    return [f"{name}=={version}" for name, version in sorted(found.items())]


if __name__ == "__main__":
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    print("\n".join(constraints(tomllib.loads(text)["project"])))
