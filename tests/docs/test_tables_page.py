"""docs/tables.md is what the catalogue of tables declares."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_tables_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert maker.page() == text, "run python docs/make_tables.py"
