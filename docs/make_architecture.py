"""Write the section "Inside the rooms" of architecture.md: one line per module, as its own first line says."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "csimodels"
PAGE = ROOT / "docs" / "architecture.md"
HEADING = "## Inside the rooms\n"


def first_line(path: Path) -> str:
    """What a module holds: the first paragraph of its docstring, in one line."""
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return doc.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def rooms() -> list[Path]:
    """Every folder that holds modules, in the order of the path."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}
    return sorted(folders, key=lambda folder: folder.relative_to(PACKAGE).as_posix())


def section() -> str:
    """The text of the section."""
    lines = [HEADING, "One line per module, as its own first line says; written by `docs/make_architecture.py`."]
    for room in rooms():
        modules = [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]
        lines += ["", f"**{room.relative_to(PACKAGE).as_posix()}/**", "", "| module | what it holds |", "|---|---|"]
        lines += [f"| `{path.name}` | {first_line(path)} |" for path in modules]
    return "\n".join(lines) + "\n"


def page() -> str:
    """architecture.md with the section as it should be."""
    before, after = PAGE.read_text(encoding="utf-8").split(HEADING)
    return before + section() + after[after.index("\n## ") :]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
