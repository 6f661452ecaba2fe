"""The map of the house is complete: every module stands in it with its own first line."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_map_names_every_module_with_its_first_line() -> None:
    spec = importlib.util.spec_from_file_location("make_architecture", ROOT / "docs" / "make_architecture.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert maker.page() == text, "run python docs/make_architecture.py"
    modules = [path for room in maker.rooms() for path in room.glob("*.py") if path.name != "__init__.py"]
    assert all(maker.first_line(path) for path in modules), "every module says what it holds"
