"""Every column of numbers has an interval or a reason why not; docs/tables.md lists them (docs/make_tables.py)."""

from __future__ import annotations

import pandas as pd
import pytest

import csimodels as cs
from csimodels.tables.catalogue import CATALOGUE, OTHERS
from csimodels.tables.no_interval import ANY, REASONS, STORED, unbounded
from csimodels.tables.quantities import BLOCKS
from csimodels.tables.table import Table

TABLES = (*CATALOGUE, *OTHERS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_number_has_an_interval_or_one_reason_why_not(table: Table) -> None:
    for name in unbounded(table):
        found = [reason.why for reason in REASONS if reason.holds(table.name, name)]
        assert len(found) == 1, f"{table.name}.{name}: {found}"


def test_no_reason_is_left_of_a_column_that_has_an_interval_or_is_gone() -> None:
    names = {table.name: set(unbounded(table)) for table in TABLES}
    everywhere = set().union(*names.values())
    for reason in REASONS:
        for key, columns in reason.columns.items():
            there = everywhere if key == ANY else names[key]
            assert set(columns.split()) <= there, (key, set(columns.split()) - there)


def test_stored_intervals_are_published_blocks() -> None:
    blocks = {block.name for block in BLOCKS}
    stored = next(reason for reason in REASONS if "result.json" in reason.why)
    named = {f"{table}.{name}" for table, columns in stored.columns.items() for name in columns.split()}
    assert named == set(STORED) and set(STORED.values()) <= blocks


def test_columns_said_to_have_intervals_have_them() -> None:
    """Of the tables of a model: limits enclose the number that they are said to belong to."""
    result = cs.Study("ecsi", cs.simulate("ecsi", 120, seed=4).data, uncertainty="linearised").run(progress=False)
    tables = result.tables()
    for table in (t for t in CATALOGUE if t.name in tables):
        for name in table.bounded:
            ends = (f"{name}_low", f"{name}_high") if f"{name}_low" in table.column_names else ("low", "high")
            low, value, high = (pd.to_numeric(tables[table.name][c]) for c in (ends[0], name, ends[1]))
            there = low.notna()
            assert there.any(), f"{table.name}.{name}"
            assert ((low - 1e-9 <= value) & (value <= high + 1e-9))[there].all(), f"{table.name}.{name}"
