"""Frames, columns and cells: what is read, what is refused, what is said."""

from __future__ import annotations

import datetime
import decimal
import fractions
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bad_forms import ITEMS, SPEC, frame, refused, run, said, same_numbers

import csimodels as cs
from csimodels.errors import SpecError

DATA = frame()
NAMES = list(ITEMS)


def cell(value: object, name: str = "Q1", row: int = 0) -> pd.DataFrame:
    data = DATA.astype({name: object})
    data.at[row, name] = value
    return data


#: Frames that hold the same answers in another dress.
SAME: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "whole numbers as names": lambda: (
        DATA[NAMES].set_axis(range(9), axis=1),
        {"columns": {name: str(i) for i, name in enumerate(NAMES)}},
    ),
    "numbers as names in reverse": lambda: (
        DATA[NAMES].set_axis(range(8, -1, -1), axis=1),
        {"columns": {name: str(8 - i) for i, name in enumerate(NAMES)}},
    ),
    "names with trailing blanks": lambda: (DATA.rename(columns={"Q1": "Q1 "}), {}),
    "a name with a zero-width space": lambda: (DATA.rename(columns={"Q1": "Q1\u200b"}), {}),
    "a column called None": lambda: (DATA.assign(x=1).rename(columns={"x": None}), {}),
    "a column called NaN": lambda: (DATA.assign(x=1).rename(columns={"x": float("nan")}), {}),
    "repeated row labels": lambda: (DATA.set_axis([0] * len(DATA), axis=0), {}),
    "categories of numbers": lambda: (DATA.assign(Q1=DATA["Q1"].astype("category")), {}),
    "categories of texts": lambda: (DATA.assign(Q1=DATA["Q1"].astype(int).astype(str).astype("category")), {}),
    "Int64": lambda: (DATA.assign(Q1=DATA["Q1"].astype("Int64")), {}),
    "arrow integers": lambda: (DATA.assign(Q1=DATA["Q1"].astype("int64[pyarrow]")), {}),
    "sparse": lambda: (DATA.assign(Q1=pd.arrays.SparseArray(DATA["Q1"])), {}),
    "Decimal": lambda: (DATA.assign(Q1=[decimal.Decimal(str(v)) for v in DATA["Q1"]]), {}),
    "float32": lambda: (DATA.astype(dict.fromkeys(NAMES, "float32")), {}),
    "text": lambda: (DATA.astype(dict.fromkeys(NAMES, int)).astype(dict.fromkeys(NAMES, str)), {}),
    "polars": lambda: (pl.from_pandas(DATA), {}),
    "polars decimals": lambda: (pl.from_pandas(DATA).with_columns(pl.col("Q1").cast(pl.Decimal(10, 2))), {}),
    "dictionary of lists": lambda: ({name: DATA[name].tolist() for name in NAMES}, {}),
    "dictionary of tuples": lambda: ({name: tuple(DATA[name]) for name in NAMES}, {}),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_answers_in_another_dress(case: str) -> None:
    data, keywords = SAME[case]()
    same_numbers(run(data, **keywords), run(DATA), 1e-12)


#: Frames that cannot be meant.
WRONG: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "no columns": (lambda: pd.DataFrame(), ("has no columns",)),
    "rows without columns": (lambda: pd.DataFrame(index=range(5)), ("has no columns",)),
    "no rows": (lambda: DATA.iloc[:0], ("11 columns but no data rows",)),
    "one row": (lambda: DATA.iloc[:1], ("only 1 usable row", "1 read", "at least")),
    "two rows": (lambda: DATA.iloc[:2], ("only 2 usable rows", "2 read")),
    "nine rows": (lambda: DATA.iloc[:9], ("too few usable rows", "9 rows", "at least 10")),
    "a column twice": (lambda: pd.concat([DATA, DATA[["Q1"]]], axis=1), ("Q1 appears twice (columns 1 and 12)",)),
    "two names that differ by a blank": (lambda: DATA.assign(**{"Q1 ": 1}), ("Q1 appears twice",)),
    "another case": (lambda: DATA.rename(columns={"Q1": "q1"}), ('no column "Q1"', 'did you mean "q1"?')),
    "two levels of names": (
        lambda: DATA[NAMES].set_axis(pd.MultiIndex.from_product([["a"], NAMES]), axis=1),
        ("2 levels of names", "get_level_values"),
    ),
    "an array": (lambda: DATA[NAMES].to_numpy(), ("array without column names", "(120, 9)")),
    "a Series": (lambda: DATA["Q1"], ("not a table", "Series")),
    "a list": (lambda: [1, 2], ("not a table", "list")),
    "a number": (lambda: 5, ("not a table", "int")),
    "bytes": (lambda: b"a.csv", ("not a table", "bytes")),
    "groups of a frame": (lambda: DATA.groupby("bank"), ("not a table", "DataFrameGroupBy")),
    "a lazy frame": (lambda: pl.from_pandas(DATA).lazy(), ("LazyFrame", "collect")),
    "empty dictionary": (dict, ("is empty",)),
    "columns of unequal length": (
        lambda: {**{n: DATA[n].tolist() for n in NAMES}, "Q1": [1, 2]},
        ("not lists of one length", "Q1: 2"),
    ),
    "a column that is one number": (
        lambda: {**{n: DATA[n].tolist() for n in NAMES}, "Q1": 5},
        ("Q1: not a list",),
    ),
    "a column that is a text": (
        lambda: {**{n: DATA[n].tolist() for n in NAMES}, "Q1": "7" * 120},
        ("Q1: not a list",),
    ),
    "a column that is a set": (
        lambda: {**{n: DATA[n].tolist() for n in NAMES}, "Q1": set(range(120))},
        ("Q1: not a list",),
    ),
    "a dictionary of dictionaries": (lambda: DATA[NAMES].to_dict(), ("Q1: not a list",)),
    "a column of two dimensions": (
        lambda: {**{n: DATA[n].tolist() for n in NAMES}, "Q1": np.ones((120, 2))},
        ("Q1: not a list",),
    ),
    "Series with other row labels": (
        lambda: {**{n: DATA[n] for n in NAMES}, "L1": DATA["L1"][::-1]},
        ("different row labels", "L1 differ from Q1"),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_frames_that_are_refused(case: str) -> None:
    make, words = WRONG[case]
    refused(make(), *words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("DK", ('"DK"', "row 1", "missing_codes: [DK]")),
        ("7%", ('"7%"', "row 1")),
        ("7分", ('"7分"', "row 1")),
        ("7,5", ('"7,5"', "decimals with a point")),
        ("1,000", ('"1,000"', "row 1")),
        ("7²", ('"7²"', "row 1")),
        ("7½", ('"7½"', "row 1")),
        ("七", ('"七"', "values: {七: 7}")),
        ("Ⅶ", ('"Ⅶ"', "row 1")),
        ("0x7", ('"0x7"', "row 1")),
        ("1_0", ('"1_0"', "row 1")),
        ("inf", ('"inf"', "row 1")),
        ("=3+4", ('"=3+4"', "row 1")),
        ([1, 2], ('"[1, 2]"', "row 1")),
        ({"a": 1}, ("row 1",)),
        (datetime.date(2026, 1, 7), ("2026-01-07", "row 1")),
        (datetime.timedelta(seconds=7), ("row 1", "numbers from 1 to 10")),
        (7 + 0j, ("row 1", "numbers from 1 to 10")),
        (float("inf"), ("infinite", "row 1")),
        (-float("inf"), ("infinite", "-inf", "row 1")),
        (98, ("98 (1 time: row 1)", "1 to 10", "missing_codes: [98]")),
        (11, ("11 (1 time: row 1)", "scale")),
        (-1, ("-1 (1 time: row 1)", "missing_codes: [-1]")),
        (0, ("0 (1 time: row 1)", "missing_codes: [0]")),
        (10.000000001, ("10.000000001", "scale")),
        (1e308, ("1e+308", "row 1")),
        (10**400, ("row 1", "1 to 10")),
        (decimal.Decimal("1e9999"), ("row 1", "1 to 10")),
    ],
)
def test_cells_that_are_no_answer(value: object, words: tuple[str, ...]) -> None:
    refused(cell(value), "item Q1", *words)


@pytest.mark.parametrize(
    ("value", "number", "words"),
    [
        ("7", 7.0, "numbers held as text"),
        (" 7 ", 7.0, "numbers held as text"),
        ("７", 7.0, "full-width digits"),
        ("⑦", 7.0, "full-width digits"),
        ("7.50", 7.5, "numbers held as text"),
        ("7e0", 7.0, "numbers held as text"),
        (fractions.Fraction(15, 2), 7.5, ""),
        (np.int8(7), 7.0, ""),
        (True, 1.0, "True read as 1"),
    ],
)
def test_cells_that_are_converted_and_said(value: object, number: float, words: str) -> None:
    result = run(cell(value))
    same_numbers(result, run(cell(number)), 1e-12)
    assert words in said(result)


@pytest.mark.parametrize(
    "value",
    [None, np.nan, pd.NA, pd.NaT, "", " ", "NA", "n/a", "#N/A", ".", decimal.Decimal("NaN"), decimal.Decimal("sNaN")],
)
def test_cells_that_are_empty(value: object) -> None:
    result = run(cell(value))
    same_numbers(result, run(cell(np.nan)), 1e-12)
    assert "missing answers | Q1 | 1" in said(result)


def test_all_codes_outside_the_scale_are_named_at_once() -> None:
    data = DATA.copy()
    data.loc[0, "Q1"], data.loc[1, "S1"], data.loc[2, "L1"] = 98, 99, -1
    error = refused(data, "item Q1", "item S1", "item L1", "missing_codes: [-1, 98, 99]")
    assert len(error.problems) == 3


def test_out_of_range_set_to_missing_is_noted() -> None:
    result = run(cell(11), "data: {out_of_range: missing}\n")
    assert any("out of range set to missing: Q1: 1 (11 (1 time))" in note for note in result.notes)
    same_numbers(result, run(cell(np.nan)), 1e-12)


def test_a_missing_code_inside_the_scale_is_noted() -> None:
    result = run(DATA, missing_codes=[9])
    for name in ("Q1", "S1"):
        count = int((DATA[name] == 9).sum())
        noted = [note for note in result.notes if note.startswith("missing code inside the scale: ")]
        assert len(noted) == 1 and f" {name}: {count} (9 in 1..10)" in noted[0]


def test_rows_without_any_answer_are_noted() -> None:
    data = DATA.copy()
    data.loc[:4, NAMES] = np.nan
    result = run(data)
    assert any("5 rows without any answer left out; 115 used" in note for note in result.notes)
    assert result.facts["n in file"] == "120" and result.facts["n used"] == "115"
    same_numbers(result, run(DATA.iloc[5:]), 1e-12)


def test_boolean_answers_on_a_scale_from_0_to_1() -> None:
    spec = SPEC.replace("[L1]", "{L1: {scale: [0, 1]}}")
    same_numbers(
        run(DATA.assign(L1=DATA["L1"] > 6), base=spec), run(DATA.assign(L1=(DATA["L1"] > 6) * 1.0), base=spec), 1e-12
    )


@pytest.mark.parametrize("constant", [7, 3.3, 1, 10])
def test_a_constant_item_is_named(constant: float) -> None:
    refused(DATA.assign(Q1=constant), "item Q1 is constant", str(constant))


def test_an_item_without_answers_is_named() -> None:
    refused(DATA.assign(Q1=np.nan), "item Q1 has no answer in any row")


def test_a_survey_is_read_by_the_name_of_its_model() -> None:
    data = cs.simulate(cs.load_model("acsi"), 30, seed=1).data
    assert cs.read_survey(data, "acsi").n == 30
    with pytest.raises(SpecError, match="acsi"):
        cs.read_survey(data, "ascii")
