"""The map of the house is complete: every module stands in it with its own first line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES = [f for f in sorted((ROOT / "src" / "csimodels").glob("*/*.py")) if f.name != "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_module_is_on_the_map(path: Path) -> None:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert doc, "every module says what it holds"
    first = doc.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    assert f"| `{path.name}` | {first} |" in PAGE, "docs/architecture.md, section Inside the rooms"
