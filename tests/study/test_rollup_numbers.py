"""Rolled-up numbers, ranks, differences and changes: closed forms, simulated truth, and a study from end to end."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from csimodels import Study
from csimodels.errors import SpecError
from csimodels.moments import Key
from csimodels.moments.linalg import Floats
from csimodels.rollup.changes import change_units, compare
from csimodels.rollup.estimates import GroupNumbers, driver_numbers, index_numbers, rolled_up, rollup_notes, units
from csimodels.rollup.first_last import first_and_last
from csimodels.rollup.ranks import difference_units, draws_of_units, rank_units
from csimodels.rollup.weights_file import read_rollup
from csimodels.spec import load_model
from csimodels.spec.model import RollupSpec, WaveSpec
from csimodels.tables.rollup import RolledUp, Tree, flat_tree, rollup, rollup_drivers

#: Banks: a 10, b 30; Insurance: c 5; Mobile: d 6, e 4.  Sectors: Finance 0.4, Telecoms 0.6 of the nation.
WEIGHTS = """company,industry,sector,nation,weight
a,Banks,Finance,X,10
b,Banks,Finance,X,30
c,Insurance,Finance,X,5
d,Mobile,Telecoms,X,6
e,Mobile,Telecoms,X,4
,,Finance,X,0.4
,,Telecoms,X,0.6
"""
LEVELS = ("company", "industry", "sector", "nation")
NAMES = "abcde"
#: Share of every company in the nation, by hand.
NATION = np.asarray([0.4 * 10 / 45, 0.4 * 30 / 45, 0.4 * 5 / 45, 0.6 * 0.6, 0.6 * 0.4])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return tree_of(tmp_path_factory.mktemp("weights"), ("company",), [(name,) for name in NAMES])


def tree_of(folder: Path, by: tuple[str, ...], keys: list[Key], text: str = WEIGHTS) -> Tree:
    path = folder / "weights.csv"
    path.write_text(text, encoding="utf-8")
    model = load_model("acsi", overrides={"rollup": {"levels": list(LEVELS), "weights": str(path)}})
    got = read_rollup(model, by, keys)
    assert got is not None
    return got[0]


def numbers(value: Floats, se: Floats, df: float = math.inf, draws: Floats | None = None) -> GroupNumbers:
    """Groups with one construct S; intervals normal."""
    v, s = np.asarray(value, dtype=float)[:, None], np.asarray(se, dtype=float)[:, None]
    size = len(v)
    return GroupNumbers(
        ("S",), v, s, v - 1.96 * s, v + 1.96 * s, np.full((size, 1), df), np.full(size, 100.0), ("ok",) * size,
        None if draws is None else draws[:, :, None],
    )  # fmt: skip


def unit(table: pd.DataFrame, name: str) -> pd.Series:
    rows = table[table["unit"] == name]
    assert len(rows) == 1
    return rows.iloc[0]


VALUE, SE = np.asarray([70.0, 80.0, 60.0, 75.0, 65.0]), np.asarray([1.0, 2.0, 3.0, 1.5, 2.5])


def test_means_and_errors_by_hand(tree: Tree) -> None:
    table = rollup(rolled_up(tree, numbers(VALUE, SE)))
    nation = unit(table, "X")
    se = np.sqrt((NATION**2 * SE**2).sum())
    assert nation["index"] == pytest.approx(NATION @ VALUE)
    assert nation["se"] == pytest.approx(se)
    assert nation["high"] == pytest.approx(NATION @ VALUE + 1.959963984540054 * se)
    assert (nation["n"], nation["members"], nation["covered"]) == (500, 5, 1)
    assert (nation["method"], nation["status"]) == ("formula, normal", "ok")
    assert math.isnan(nation["weight_share"])
    assert unit(table, "Banks")["index"] == pytest.approx(77.5)
    assert unit(table, "Banks")["weight_share"] == pytest.approx(40 / 45)
    assert unit(table, "b")["method"] == "as in the index"
    assert list(table["parent"]) == [
        "Banks",
        "Banks",
        "Insurance",
        "Mobile",
        "Mobile",
        *["Finance"] * 2,
        "Telecoms",
        "X",
        "X",
        "",
    ]


def test_every_parent_is_the_mean_of_its_members(tree: Tree) -> None:
    """The columns of the table say it themselves, also where a company is left out."""
    value = VALUE.copy()
    value[1] = np.nan
    table = rollup(rolled_up(tree, numbers(value, np.where(np.isnan(value), np.nan, SE))))
    for _, row in table[table["level"] != "company"].iterrows():
        below = table[table["parent"] == row["unit"]]
        assert row["index"] == pytest.approx((below["weight_share"] * below["index"].fillna(0)).sum())
        assert below["weight_share"].sum() == pytest.approx(1)


def test_companies_left_out_are_named(tree: Tree) -> None:
    value, se = VALUE.copy(), SE.copy()
    value[1] = se[1] = value[2] = se[2] = np.nan
    groups = replace(numbers(value, se), status=("ok", "too few answers", "singular", "ok", "ok"))
    rolled = rolled_up(tree, groups)
    table = rollup(rolled)
    assert unit(table, "b")["status"] == "too few answers"
    assert unit(table, "Banks")["status"] == "left out, with share of the weight: b (75.0 %)"
    assert unit(table, "Banks")[["index", "se", "members"]].tolist() == [70, 1, 1]
    assert math.isnan(unit(table, "Insurance")["index"])
    assert unit(table, "Finance")["covered"] == pytest.approx(10 / 45)
    assert unit(table, "Finance")["status"] == "left out, with share of the weight: Insurance (11.1 %)"
    assert rollup_notes(rolled)[0] == "roll-up: Banks: left out, with share of the weight: b (75.0 %)"
    assert len(rollup_notes(rolled)) == 3


@pytest.mark.parametrize("better", ["high", "low"])
def test_the_first_of_a_level_less_the_last_by_hand(tree: Tree, better: Literal["high", "low"]) -> None:
    """Industries 77.5, 60, 71: the first less the last with the error of both; p three times that of one pair."""
    model = load_model("acsi")
    named = replace(model.constructs[0], name="S", better=better)
    model = replace(model, constructs=(named,), index=replace(model.index, construct="S"))
    table = first_and_last(rolled_up(tree, numbers(VALUE, SE)), numbers(VALUE, SE), model, "holm")
    row = table[table["level"] == "industry"].iloc[0]
    se = math.sqrt((0.25 * 1) ** 2 + (0.75 * 2) ** 2 + 3**2)
    first, last, gap = ("Banks", "Insurance", 17.5) if better == "high" else ("Insurance", "Banks", -17.5)
    assert (row["unit"], row["against"], row["difference"], row["se"]) == (first, last, gap, pytest.approx(se))
    assert (row["low"], row["high"]) == pytest.approx((gap - 1.959964 * se, gap + 1.959964 * se), rel=1e-6)
    assert row["p_adj"] == pytest.approx(3 * 2 * stats.norm.sf(17.5 / se))
    assert table["level"].tolist() == ["industry", "sector"]


def test_a_member_without_interval(tree: Tree) -> None:
    groups = numbers(VALUE, np.asarray([1.0, np.nan, 1, 1, 1]))
    table = rollup(rolled_up(tree, groups))
    assert unit(table, "Banks")["index"] == pytest.approx(77.5)
    assert math.isnan(unit(table, "Banks")["low"])
    assert unit(table, "Banks")["status"] == "no interval: a member has none"
    assert unit(table, "Telecoms")["status"] == "ok"
    silent = rollup(rolled_up(tree, numbers(VALUE, np.full(5, np.nan))))
    assert (silent["status"] == "ok").all()  # no errors were asked for
    assert unit(silent, "X")["method"] == "no interval"


def test_replicates_agree_with_the_formula(tree: Tree) -> None:
    """Normal replicates: limits of the percentile interval within 4 Monte Carlo errors (0.02 se each) of the formula's.

    One in ten failed replicates in one company cost its parents nothing.
    """
    rng = np.random.default_rng(3)
    draws = VALUE[:, None] + SE[:, None] * rng.standard_normal((5, 20_000))
    draws[0, ::10] = np.nan
    by_draws = rolled_up(tree, numbers(VALUE, SE, draws=draws))
    formula = rolled_up(tree, numbers(VALUE, SE))
    assert set(by_draws.method) == {"as in the index", "replicates, percentile"}
    assert np.array_equal(by_draws.value, formula.value)
    for name in ("se", "low", "high"):
        apart = getattr(by_draws, name) - getattr(formula, name)
        assert (np.abs(apart) < 0.08 * formula.se).all(), name
    assert rolled_up(tree, numbers(VALUE, SE, draws=draws), kind="bca").method[-1] == "replicates, percentile"
    assert rolled_up(tree, numbers(VALUE, SE, draws=draws), kind="normal").method[-1] == "replicates, normal"


@pytest.mark.parametrize("how", ["replicates", "formula"])
def test_intervals_of_the_nation_cover(tree: Tree, how: str) -> None:
    """1 000 surveys, 5 companies of 8 normal answers: Monte Carlo error 0.7 %, so 0.93 to 0.97 is three of these.

    With the formula the errors are estimated on 7 degrees of freedom; the normal quantile would cover 0.92.
    """
    rng = np.random.default_rng(23)
    truth, inside, normal = np.asarray([70.0, 72, 74, 76, 78]), 0, 0
    for _ in range(1000):
        answers = truth[:, None] + 10 * rng.standard_normal((5, 8))
        value, se = answers.mean(axis=1), answers.std(axis=1, ddof=1) / np.sqrt(8)
        if how == "replicates":  # errors known: the percentile interval is then exact
            draws = value[:, None] + 10 / np.sqrt(8) * rng.standard_normal((5, 300))
            rolled = rolled_up(tree, numbers(value, se, draws=draws))
        else:
            rolled = rolled_up(tree, numbers(value, se, df=7))
            normal += abs(rolled.value[-1, 0] - NATION @ truth) < 1.96 * rolled.se[-1, 0]
        inside += rolled.low[-1, 0] <= NATION @ truth <= rolled.high[-1, 0]
    assert 0.93 <= inside / 1000 <= 0.97
    if how == "formula":
        assert normal < inside
        assert rolled.method[-1] == "formula, t"


def drawn(rolled: RolledUp, groups: GroupNumbers) -> Callable[[int], Floats]:
    """Place of a construct -> draws of all units."""
    return partial(draws_of_units, rolled, groups, seed=1)


def test_ranks_of_levels_and_within_them(tree: Tree) -> None:
    groups = numbers(VALUE, 0.01 * SE)
    rolled = rolled_up(tree, groups)
    every = rank_units(rolled, drawn(rolled, groups), "S")
    assert list(every["unit"]) == ["b", "d", "a", "e", "c"]
    assert list(every["rank"]) == list(every["rank_low"]) == list(every["rank_high"]) == [1, 2, 3, 4, 5]
    assert set(every["among"]) == {5}
    within = rank_units(rolled, drawn(rolled, groups), "S", within="sector").set_index("unit")
    assert within["rank"].to_dict() == {"b": 1, "a": 2, "c": 3, "d": 1, "e": 2}
    industries = rank_units(rolled, drawn(rolled, groups), "S", of="industry")
    assert list(industries["unit"]) == ["Banks", "Mobile", "Insurance"]
    assert list(industries["p_first"]) == [1, 0, 0]


def test_ranks_without_errors(tree: Tree) -> None:
    groups = numbers(VALUE, np.full(5, np.nan))
    rolled = rolled_up(tree, groups)
    table = rank_units(rolled, drawn(rolled, groups), "S")
    assert list(table["rank"]) == [1, 2, 3, 4, 5]
    assert table["rank_low"].isna().all()
    assert set(table["status"]) == {"no interval"}


def test_ranks_from_replicates_use_them(tree: Tree) -> None:
    """Chance of b before d: Phi(5 / 2.5) = 0.977; the replicates say it to 0.01 (Monte Carlo error 0.002)."""
    rng = np.random.default_rng(9)
    spread = np.asarray([0.01, 2.0, 0.01, 1.5, 0.01])
    draws = VALUE[:, None] + spread[:, None] * rng.standard_normal((5, 6000))
    groups = numbers(VALUE, spread, draws=draws)
    rolled = rolled_up(tree, groups)
    table = rank_units(rolled, drawn(rolled, groups), "S").set_index("unit")
    assert table.loc["b", "p_first"] == pytest.approx(stats.norm.cdf(2), abs=0.01)
    assert table["p_first"].sum() == pytest.approx(1)
    assert table["p_top3"].sum() == pytest.approx(3)


def test_member_against_parent(tree: Tree) -> None:
    """var = (1-v)^2 var_a + v_b^2 var_b; Holm over the table."""
    groups = numbers(VALUE, SE)
    table = difference_units(rolled_up(tree, groups), groups, "S", "parent")
    a = unit(table, "a")
    assert (a["against"], a["difference"]) == ("Banks", pytest.approx(-7.5))
    assert a["se"] == pytest.approx(math.sqrt(0.75**2 * 1 + 0.75**2 * 4))
    assert a["p"] == pytest.approx(2 * stats.norm.sf(7.5 / a["se"]))
    assert unit(table, "c")["status"] == "nothing to compare"  # the only insurer
    finance = unit(difference_units(rolled_up(tree, groups), groups, "S", "parent", of="sector"), "Finance")
    mine = np.asarray([10, 30, 5, 0, 0]) / 45
    assert finance["se"] == pytest.approx(math.sqrt((((mine - NATION) * SE) ** 2).sum()))
    tested = table[table["p"].notna()].sort_values("p")
    assert tested["p_adj"].iloc[0] == pytest.approx(4 * tested["p"].iloc[0])
    assert list(table["different"]) == list(table["p_adj"] < 0.05)


def test_others_pairs_and_names(tree: Tree) -> None:
    groups = numbers(VALUE, SE)
    rolled = rolled_up(tree, groups)
    others = difference_units(rolled, groups, "S", "others")
    assert unit(others, "a")["difference"] == -10  # the only other bank is b
    assert unit(others, "c")["status"] == "nothing to compare"
    pairs = difference_units(rolled, groups, "S", "pairs")
    assert len(pairs) == 10
    assert len(difference_units(rolled, groups, "S", "pairs", within="sector")) == 4
    one = pairs[(pairs["unit"] == "a") & (pairs["against"] == "b")].iloc[0]
    assert (one["difference"], one["se"]) == (-10, pytest.approx(math.sqrt(5)))
    named = difference_units(rolled, groups, "S", "b")
    assert len(named) == 4
    assert unit(named, "a")["se"] == pytest.approx(math.sqrt(5))
    sector = difference_units(rolled, groups, "S", "Telecoms", of="sector")
    assert unit(sector, "Finance")["difference"] == pytest.approx(np.asarray([10, 30, 5]) / 45 @ VALUE[:3] - 71)


def test_others_without_rollup_are_the_plain_mean() -> None:
    keys: list[Key] = [("a", 1), ("b", 1), ("c", 1), ("a", 2), ("b", 2)]
    groups = numbers(np.asarray([70.0, 80, 60, 1, 2]), np.asarray([1.0, 2, 3, 1, 1]))
    flat = flat_tree(("bank", "wave"), keys, ("wave",))
    table = difference_units(rolled_up(flat, groups), groups, "S", "others")
    assert list(table.columns[:4]) == ["wave", "bank", "against", "construct"]
    assert table["difference"].tolist() == [0, 15, -15, -1, 1]
    assert table["se"].iloc[0] == pytest.approx(math.sqrt(1 + 0.25 * 4 + 0.25 * 9))
    with pytest.raises(SpecError, match="nothing stands above"):
        difference_units(rolled_up(flat, groups), groups, "S", "parent")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"construct": "s"}, 'unknown construct.*\n.*\n.*did you mean "S"'),
        ({"against": "parents"}, "parent, pairs, others, best, mean, or a unit"),
        ({"of": "industri"}, 'did you mean "industry"'),
        ({"against": "pairs", "within": "company"}, "not a level above company"),
        ({"within": "sector"}, "within is for pairs"),
    ],
)
def test_wrong_questions(tree: Tree, options: dict[str, str], said: str) -> None:
    groups = numbers(VALUE, SE)
    asked = {"construct": "S", **options}
    with pytest.raises(SpecError, match=said):
        difference_units(rolled_up(tree, groups), groups, **asked)  # type: ignore[arg-type]


def waves(tmp_path: Path) -> tuple[RolledUp, GroupNumbers]:
    """Companies a to e in 2025 and 2026; all 2 points higher in 2026, e without answers in 2025."""
    keys: list[Key] = [*((name, year) for name in "abcd" for year in (2025, 2026)), ("e", 2026)]
    value = [v + 2 * (year == 2026) for v, (_, year) in zip([*np.repeat(VALUE, 2)[:-1]], keys, strict=True)]
    se = np.repeat(SE, 2)[:-1]
    groups = numbers(np.asarray(value), se)
    return rolled_up(tree_of(tmp_path, ("company", "year"), keys), groups), groups


def test_changes_from_wave_to_wave(tmp_path: Path) -> None:
    rolled, _ = waves(tmp_path)
    table = change_units(rolled, rolled, wave="year")
    assert "year" not in table
    a = unit(table, "a")
    assert a[["from", "to", "before", "after", "change"]].tolist() == [2025, 2026, 70, 72, 2]
    assert a["se"] == pytest.approx(math.sqrt(2))
    assert unit(table, "e")["status"] == "nothing to compare"
    nation = unit(table, "X")
    assert nation["p_adj"] == nation["p"]  # the only one of its level
    companies = table[table["level"] == "company"]
    assert companies["p_adj"].min() == pytest.approx(min(1, 4 * companies["p"].min()))
    with pytest.raises(SpecError, match="allowed: year"):
        change_units(rolled, rolled, wave="yaer")
    alone = rolled_up(flat_tree(("bank", "year"), [("a", 1), ("b", 1)], ("year",)), numbers(VALUE[:2], SE[:2]))
    with pytest.raises(SpecError, match="one wave only"):
        change_units(alone, alone, wave="year")


def test_changes_between_two_results(tree: Tree) -> None:
    before = rolled_up(tree, numbers(VALUE, SE, df=9))
    after = rolled_up(tree, numbers(VALUE + 3, SE, df=9))
    table = change_units(before, after)
    welch = 2 * stats.t.sf(3 / math.sqrt(2), 18)  # equal errors: Welch's degrees of freedom add up
    assert unit(table, "a")["df"] == pytest.approx(18)
    assert unit(table, "a")["p"] == pytest.approx(welch)
    flat = rolled_up(flat_tree(("company",), [(n,) for n in NAMES]), numbers(VALUE, SE))
    with pytest.raises(SpecError, match="different groups"):
        change_units(before, flat)
    fewer = rolled_up(flat_tree(("company",), [("a",), ("z",)]), numbers(VALUE[:2], SE[:2]))
    gone = change_units(flat, fewer).set_index("company")
    assert set(gone.index) == {*NAMES, "z"}
    assert set(gone["status"].drop("a")) == {"nothing to compare"}


def test_compare_reads_tables_only() -> None:
    model = load_model("acsi")
    index = pd.DataFrame({"bank": ["a", "b"], "construct": "S", "index": [70.0, 80.0], "se": [3.0, 4.0]})
    paths = pd.DataFrame({"bank": ["a"], "source": "S", "target": "L", "estimate": [0.5], "se": [0.1]})
    old = SimpleNamespace(model=model, by=("bank",), tables=lambda: {"index": index, "paths": paths})
    later = index.assign(index=[80.0, 81.0], se=[4.0, 3.0], bank=["a", "c"])
    new = SimpleNamespace(model=model, by=("bank",), tables=lambda: {"index": later, "paths": paths, "other": index})
    table = compare(old, new)
    assert list(table.columns[:3]) == ["table", "bank", "subject"]
    a = table[(table["table"] == "index") & (table["bank"] == "a")].iloc[0]
    assert a[["before", "after", "change", "se"]].tolist() == [70, 80, 10, 5]
    assert a["p"] == a["p_adj"] == pytest.approx(2 * stats.norm.sf(2))
    assert table[table["table"] == "paths"].iloc[0][["subject", "change"]].tolist() == ["S -> L", 0]
    assert set(table[table["bank"].isin(["b", "c"])]["status"]) == {"nothing to compare"}
    with pytest.raises(SpecError, match="grouped by different columns"):
        compare(old, SimpleNamespace(model=model, by=(), tables=dict))
    fixed = replace(model, index=replace(model.index, weights="equal"))
    other = compare(old, SimpleNamespace(model=fixed, by=("bank",), tables=new.tables))
    assert other["status"].iloc[0] == "index weights were own, are equal"


def test_a_study_rolled_up(tmp_path: Path) -> None:
    """From the demo survey: indices and drivers of the industry are the weighted means of the companies'."""
    root = Path(__file__).resolve().parents[2]
    where = {"year": 2026, "industry": "Retail banks"}
    demo = load_model(root / "models" / "demo.yaml")
    alone = replace(demo, rollup=RollupSpec(), data=replace(demo.data, wave=WaveSpec()))
    result = Study(alone, by="company", where=where, uncertainty=None).run()
    names = [key[0] for key in result.estimates.keys]
    path = tmp_path / "w.csv"
    rows = [f"{name},Retail banks,{10 * (i + 1)}" for i, name in enumerate(names)]
    path.write_text("\n".join(["company,industry,weight", *rows]), encoding="utf-8")
    levels = {"levels": ["company", "industry"], "weights": str(path)}
    got = read_rollup(load_model(result.model, overrides={"rollup": levels}), result.by, result.estimates.keys)
    assert got is not None
    e = result.estimates
    rolled, _ = units(e.by, e.keys, result.model.uncertainty, got[0], index_numbers(e))
    weight = np.arange(1, len(names) + 1) / np.arange(1, len(names) + 1).sum()
    index = result.index().pivot(index="company", columns="construct", values="index").loc[names]
    table = rollup(rolled)
    top = table[table["level"] == "industry"].set_index("construct")["index"]
    for name in rolled.names:
        assert top[name] == pytest.approx(weight @ index[name].to_numpy())
    target = result.model.index.construct
    drivers = rollup_drivers(rolled_up(got[0], driver_numbers(result.estimates, target)), rolled, target)
    own = result.drivers().pivot(index="company", columns="driver", values="importance").loc[names]
    for _, row in drivers[drivers["level"] == "industry"].iterrows():
        assert row["importance"] == pytest.approx(weight @ own[row["driver"]].to_numpy())
        assert row["impact"] == pytest.approx(5 * row["importance"])
        assert row["performance"] == pytest.approx(top[row["driver"]])
    flat, _ = units(e.by, e.keys, result.model.uncertainty, None, index_numbers(e))
    assert np.array_equal(flat.value, rolled.value[: len(names)])
    with pytest.raises(SpecError, match="did you mean"):
        driver_numbers(result.estimates, target[:-1])
