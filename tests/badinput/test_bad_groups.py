"""Weights, groups, filters and designs that do not fit the data or the tables."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bad_forms import ITEMS, frame, refused, run, said, same_numbers

import csimodels as cs

DATA = frame()
ODD = np.arange(len(DATA)) % 2 == 1
FEW = cs.Bootstrap(20)


def bank(labels: object) -> pd.DataFrame:
    return DATA.assign(bank=labels)


# ---- weights ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (DATA["w"].where(DATA.index != 3, -1), ("negative in 1 row", "row 4: -1")),
        (DATA["w"].where(DATA.index > 1), ("missing in 2 rows", "row 1, row 2")),
        (DATA["w"].where(DATA.index != 3, np.inf), ("infinite in 1 row", "row 4: inf")),
        (0, ("all weights are 0",)),
        ("heavy", ("holds text", "'heavy'")),
        (ODD, ("holds text", "'True'")),
        ("1,5", ("holds text", "'1,5'")),
        (DATA["w"] * 1e300, ("beyond 1e+100", "120 rows")),
        (DATA["w"] * 1e-200, ("below 1e-100", "120 rows")),
    ],
)
def test_weights_that_are_refused(weights: object, words: tuple[str, ...]) -> None:
    refused(DATA.assign(w=weights), 'weight column "w"', *words, weight="w")


def test_a_misspelt_weight() -> None:
    refused(DATA, 'no column "wt" for weight', 'did you mean "w"?', weight="wt")


def test_an_item_as_weight() -> None:
    refused(DATA, '"Q1" is used as the weight and for item Q1', weight="Q1")


@pytest.mark.parametrize("factor", [1e-90, 1e-3, 7.0, 1e90])
def test_the_unit_of_the_weights_does_not_matter(factor: float) -> None:
    one, other = run(DATA, weight="w"), run(DATA.assign(w=DATA["w"] * factor), weight="w")
    same_numbers(one, other)
    assert other.index()["n_eff"][0] == pytest.approx(one.index()["n_eff"][0])


def test_weights_as_text_are_numbers() -> None:
    same_numbers(run(DATA.assign(w=DATA["w"].astype(str)), weight="w"), run(DATA, weight="w"), 1e-12)


def test_one_row_that_carries_all_the_weight_is_noted() -> None:
    result = run(DATA.assign(w=DATA["w"].where(DATA.index != 3, 1e6)), weight="w")
    assert any("effective 1.0" in note and "nearly all the weight" in note for note in result.notes)


def test_weights_count_in_the_errors_too() -> None:
    heavy = DATA.assign(w=np.where(ODD, 1.0, 20.0))
    weighted, plain = run(heavy, weight="w", uncertainty=cs.Bootstrap(200)), run(DATA, uncertainty=cs.Bootstrap(200))
    assert weighted.index()["se"][0] > plain.index()["se"][0]


def test_a_group_of_weight_zero_is_left_out_by_name() -> None:
    result = run(DATA.assign(w=DATA["w"].where(DATA["bank"] == "Delta", 0)), weight="w", by="bank")
    assert result.estimates.keys == (("Delta",),)
    assert any("groups without a usable row" in note and "Harbour" in note for note in result.notes)
    assert any("rows with weight zero left out: w: 60" in note for note in result.notes)


# ---- groups -------------------------------------------------------------------------------------------------------

LABELS = (
    "../../x", "=cmd()", "+1", "@sum", "<script>alert(1)</script>", "😀", "中国银行", "a b", "a/b", "CON", "x" * 300,
    "a\nb", "\x07bell", "\u202eabc", "None", "-", "{x}", "%s", "[red]x[/red]", "'\"&", "0", "nan?",
)  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_labels_of_groups_survive_and_stay_harmless(tmp_path: Path, label: str) -> None:
    result = run(bank(np.where(ODD, label, "Other")), by="bank")
    reference = run(DATA, by="bank")
    keys = [str(key[0]) for key in result.estimates.keys]
    shown = label.replace("\n", " ")  # labels stand on one line, which the log says
    assert sorted(keys) == sorted([shown, "Other"])
    mine = result.estimates.value[keys.index(shown)]
    np.testing.assert_allclose(mine, reference.estimates.value[0], equal_nan=True)  # Delta holds the odd rows
    cs.save(result, tmp_path / "out")
    again = cs.load_result(tmp_path / "out")
    assert again.estimates.keys == result.estimates.keys
    assert {p.name for p in tmp_path.iterdir()} == {"out"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    for table in (tmp_path / "out" / "tables").glob("*.csv"):
        cells = pd.read_csv(table, dtype=str, keep_default_na=False).astype(str).to_numpy().ravel()
        risky = [c for c in cells if c[:1] in ("=", "+", "@") or (c[:1] == "-" and not c[1:2].isdigit())]
        assert not risky, (table.name, risky)


def test_a_group_of_three_is_refused_by_name_and_the_others_run() -> None:
    labels = DATA["bank"].where(DATA.index > 2, "Tiny")
    result = run(bank(labels), by="bank", uncertainty=FEW)
    table = result.index().set_index(["bank", "construct"])
    assert table.loc["Tiny", "index"].isna().all() and table.loc["Tiny", "se"].isna().all()
    assert set(table.loc["Tiny", "n"]) == {3} and table.loc["Tiny", "status"].str.contains("too few").all()
    assert table.loc["Delta", "index"].notna().all() and table.loc["Delta", "se"].notna().all()
    assert any("refused: bank = Tiny has 3 usable rows" in note for note in result.notes)


def test_every_respondent_a_group_of_his_own() -> None:
    refused(bank(np.arange(len(DATA))), '"bank" has 120 different values in 120 rows', "identifier", by="bank")


def test_rows_without_a_group_are_noted() -> None:
    result = run(bank(DATA["bank"].where(DATA.index > 5, None)), by="bank")
    assert any("rows without a group left out: bank: 6" in note for note in result.notes)
    assert result.facts["n used"] == "114"


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        (np.where(ODD, 2026.0, 2025.0), ((2025,), (2026,))),
        (np.where(ODD, "2026.0", "2025"), ((2025,), (2026,))),
        (np.where(ODD, "Delta ", "Delta"), (("Delta",),)),
        (np.where(ODD, "delta", "Delta"), (("Delta",), ("delta",))),
        (np.where(ODD, "007", "7"), (("007",), ("7",))),
        (np.where(ODD, "Bank 10", "Bank 2"), (("Bank 2",), ("Bank 10",))),
        (ODD, (("False",), ("True",))),
        (np.where(ODD, np.inf, 1.0), ((1,), ("inf",))),
        (np.where(ODD, 1e300, 1.0), ((1,), (int(1e300),))),
        ([datetime.date(2026, 1 + odd, 1) for odd in ODD], (("2026-01-01",), ("2026-02-01",))),
        (pd.Categorical(np.where(ODD, "b", "a"), categories=["c", "b", "a"]), (("a",), ("b",))),
    ],
)
def test_keys_of_groups(tmp_path: Path, labels: object, keys: tuple[object, ...]) -> None:
    result = run(bank(labels), by="bank")
    assert result.estimates.keys == keys
    cs.save(result, tmp_path / "out", report=False)
    assert cs.load_result(tmp_path / "out").estimates.keys == keys


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("bnak", ('no column "bnak" for by', 'did you mean "bank"?')),
        (["bank", "bank"], ('"bank" stands twice in by',)),
        ("Q1", ('column "Q1" forms the groups and is item Q1',)),
        ("Satisfaction", ('"Satisfaction" has the name of a column of the result tables', "Satisfaction_group")),
        (3, ("by",)),
    ],
)
def test_group_columns_that_are_refused(by: object, words: tuple[str, ...]) -> None:
    refused(DATA.assign(Satisfaction=DATA["bank"]), *words, by=by)


@pytest.mark.parametrize("name", ["index", "construct", "status", "source", "item", "n", "row", "value", "impact_low"])
def test_group_columns_that_the_tables_would_overwrite(name: str) -> None:
    refused(DATA.assign(**{name: DATA["bank"]}), f'"{name}" has the name of a column', by=name)


@pytest.mark.parametrize("name", ["bank name", "银行", "=bank", "<b>", "a,b", 'a"b', "step", "x" * 200, "no"])
def test_odd_names_of_group_columns(tmp_path: Path, name: str) -> None:
    result = run(DATA.rename(columns={"bank": name}), by=name)
    for table in ("index", "paths", "loadings", "quality", "drivers", "r2"):
        assert set(getattr(result, table)()[name]) == {"Delta", "Harbour"}
    assert set(result.scores()[name]) == {"Delta", "Harbour"}
    cs.save(result, tmp_path / "out")
    assert cs.load_result(tmp_path / "out").by == (name,)


def test_a_constant_item_in_one_group_is_named() -> None:
    data = DATA.assign(Q1=DATA["Q1"].where(DATA["bank"] == "Delta", 7.3))
    result = run(data, by="bank", weight="w", uncertainty=FEW)
    assert any("bank = Harbour" in n and "same answer in every row" in n and "Q1" in n for n in result.notes)
    table = result.index().set_index("bank")
    assert table.loc["Harbour", "index"].isna().all() and table.loc["Delta", "index"].notna().all()


@pytest.mark.parametrize("rule", ["mean", "listwise", "pairwise", "em"])
def test_an_item_that_nobody_in_a_group_answers(rule: str) -> None:
    data = DATA.assign(Q1=DATA["Q1"].where(DATA["bank"] == "Delta"))
    result = run(data, by="bank", missing=rule)
    table = result.index().set_index("bank")
    assert table.loc["Harbour", "index"].isna().all() and table.loc["Delta", "index"].notna().all()
    assert any("bank = Harbour" in note for note in result.notes)


# ---- where --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [2026, 2026.0, "2026", np.int64(2026)])
@pytest.mark.parametrize("column", [2026, 2026.0, "2026"])
def test_a_year_is_a_year_in_any_type(value: object, column: object) -> None:
    data = DATA.assign(year=[column if odd else 1999 for odd in ODD])
    assert run(data, where={"year": value}).facts["n used"] == "60"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"bank": "Dleta"}, ("matches no row", "bank holds Delta, Harbour")),
        ({"bnak": "Delta"}, ('no column "bnak" for where', 'did you mean "bank"?')),
        ({"bank": None}, ("bank", "no row would be left")),
        ({"bank": ""}, ("matches no row",)),
        ("bank=Delta", ('no column "Delta" for where', "quotes")),
        ({"bank": float("nan")}, ("where",)),
    ],
)
def test_filters_that_are_refused(where: object, words: tuple[str, ...]) -> None:
    refused(DATA, *words, where=where)


def test_a_filter_that_leaves_too_few_rows() -> None:
    refused(DATA.assign(k=np.arange(120) < 2), "only 2 usable rows", "118 filtered by where", where={"k": "True"})


def test_a_filter_on_an_item_leaves_it_constant() -> None:
    refused(DATA, "item Q1 is constant", where={"Q1": 7})


# ---- design -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "design", "words"),
    [
        ({}, {"stratum": "bank"}, ('unknown key "stratum"', 'did you mean "strata"?')),
        ({}, {"strata": "bnak"}, ('no column "bnak" for design: strata', 'did you mean "bank"?')),
        ({}, "bank", ("design", "mapping")),
        ({"c": 1}, {"cluster": "c"}, ("all rows lie in one cluster", "uncertainty")),
        ({"s": np.arange(120) // 100, "c": np.minimum(np.arange(120), 100)}, {"strata": "s", "cluster": "c"},
         ("1 of 2 strata have a single cluster", "join")),
        ({"s": np.where(np.arange(120) > 3, 1.0, np.nan)}, {"strata": "s"}, ("empty in 4 rows", "rows 1, 2, 3, 4")),
    ],
)  # fmt: skip
def test_designs_that_are_refused(columns: dict[str, object], design: object, words: tuple[str, ...]) -> None:
    refused(DATA.assign(**columns), *words, design=design, uncertainty=FEW)


def test_one_cluster_in_one_group_costs_that_group_its_intervals_only() -> None:
    data = DATA.assign(c=np.where(DATA["bank"] == "Delta", 99, np.arange(120) // 4))
    result = run(data, by="bank", design={"cluster": "c"}, uncertainty=FEW)
    table = result.index().set_index("bank")
    assert table.loc["Delta", "se"].isna().all() and table.loc["Delta", "index"].notna().all()
    assert table.loc["Harbour", "se"].notna().all()
    assert any("bank = Delta: no intervals" in note for note in result.notes)


def test_everything_odd_is_in_the_survey_table() -> None:
    text = said(run(DATA, by="bank"))
    for name in ITEMS:
        assert f"missing answers | {name} | 0" in text
    assert "rows of the group | Delta | 60" in text
