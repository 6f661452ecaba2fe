"""Replicate weights and raking that do not fit the data: refused by name, or right numbers with a note."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms import frame, refused, run

import csimodels as cs

DATA = frame()
ROW = np.arange(len(DATA))
ODD = ROW % 2 == 1
R = 8
_RNG = np.random.default_rng(1)
DRAWN = DATA.assign(**{f"rw{r}": DATA["w"] * _RNG.exponential(size=120) for r in range(1, R + 1)})
IN_SPEC = (
    "data: {weight: w, replicate_weights: {columns: rw*, kind: bootstrap}}\nuncertainty: {method: replicate_weights}\n"
)


def noted(result: cs.Result, *words: str) -> bool:
    return any(all(word in note for word in words) for note in result.notes)


# ---- replicate weights --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"columns": "rx*"}, ('no column begins with "rx"',)),
        ({"columns": ("rw1", "rw99")}, ('no column "rw99" for replicate weight',)),
        ({"columns": "rw1"}, ("1 replicate weight cannot show any variation", "rw*")),
        ({"columns": ()}, ("replicate weights need their columns",)),
        ({"columns": 5}, ("columns of data.replicate_weights must be a text",)),
        ({"columns": ("rw1", "rw1")}, ("twice",)),
        ({"columns": ("rw1", "Q1")}, ("replicate weight",)),
        ({"columns": None}, ("the data have no replicate weights",)),
        ({"columns": "rw*", "kind": "brrr"}, ('did you mean "brr"?',)),
        ({"columns": "rw*", "kind": "jkn"}, ("needs the factor of each replicate", "rscales")),
        ({"columns": "rw*", "kind": "fay"}, ("needs the factor", "fay: 0.5")),
        ({"columns": "rw*", "kind": "fay", "fay": 1.0}, ("outside (0, 1)",)),
        ({"columns": "rw*", "kind": "fay", "fay": "half"}, ("must be a number",)),
        (
            {"columns": "rw*", "kind": "jkn", "rscales": (1.0, 2.0)},
            ("rscales and columns differ in number", "8 numbers"),
        ),
        ({"columns": "rw*", "scale": -1.0}, ("scale must be a positive number",)),
        ({"columns": "rw*", "scale": float("nan")}, ("scale must be a positive number",)),
        *(
            ({"columns": "rw*", name: value}, (name,))
            for name, value in (("fay", np.array([1, 2])), ("rscales", 5), ("kind", np.array(["brr"])))
        ),
    ],
)
def test_settings(settings: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(DRAWN, *words, weight="w", uncertainty=cs.ReplicateWeights(**settings))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (-DRAWN["rw1"], ("negative in 120 rows",)),
        (DRAWN["rw1"].where(ROW > 1), ("missing in 2 rows", "row 1, row 2")),
        (0.0, ("all weights are 0",)),
        ("a", ("holds text", "'a'")),
        (DRAWN["rw1"].where(ROW > 0, np.inf), ("infinite in 1 row",)),
    ],
)
def test_columns_that_are_refused(column: Any, words: tuple[str, ...]) -> None:
    method = cs.ReplicateWeights("rw*")
    refused(DRAWN.assign(rw1=column), 'replicate weight column "rw1"', *words, weight="w", uncertainty=method)


def test_factors_in_the_place_of_weights_are_refused() -> None:
    factors = {f"rw{r}": DRAWN[f"rw{r}"] / DRAWN["w"] for r in range(1, R + 1)}
    method = cs.ReplicateWeights("rw*")
    refused(DRAWN.assign(**factors), "do not follow the sampling weight", "multiply", weight="w", uncertainty=method)


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "fay", "fay": 0.5},
        {"kind": "brrr"},
        {"scale": 2.0},
        {"rscales": (1.0,)},
        {"rscales": np.ones(2)},
        {"kind": np.array(["brr", "fay"])},
    ],
)
def test_settings_without_columns_are_not_lost(settings: dict[str, Any]) -> None:
    refused(DRAWN, "would be lost", *settings, spec=IN_SPEC, uncertainty=cs.ReplicateWeights(**settings))


def test_factors_and_columns_may_be_arrays() -> None:
    names, factors = [f"rw{r}" for r in range(1, R + 1)], np.linspace(0.05, 0.2, R)
    listed = cs.ReplicateWeights(tuple(names), kind="jkn", scale=1.0, rscales=tuple(factors.tolist()))
    arrays = cs.ReplicateWeights(np.array(names), kind="jkn", scale=np.float64(1), rscales=factors)
    by_list, by_array = (run(DRAWN, weight="w", uncertainty=each).index()["se"] for each in (listed, arrays))
    assert by_list.tolist() == by_array.tolist() and (by_list > 0).all()


def test_the_kind_given_in_python_counts() -> None:
    """Fay's factor 0.5 makes the variance 1 / (R (1 - 0.5)^2) times the sum of squares; by seven for the bootstrap."""
    fay = run(DRAWN, IN_SPEC, uncertainty=cs.ReplicateWeights("rw*", kind="fay", fay=0.5))
    boot = run(DRAWN, IN_SPEC, uncertainty=cs.ReplicateWeights())
    ratio = (1 / (R * 0.25)) / (1 / (R - 1))
    np.testing.assert_allclose(fay.index()["se"] ** 2, ratio * boot.index()["se"] ** 2, rtol=1e-9)


def test_weights_that_never_vary_leave_no_interval_and_say_so() -> None:
    """In one group, as those of a jackknife of other groups; where they vary nowhere they are no replicates."""
    columns = [f"rw{r}" for r in range(1, R + 1)]
    method = cs.ReplicateWeights("rw*")
    refused(DRAWN.assign(**dict.fromkeys(columns, DRAWN["w"])), "do not vary", weight="w", uncertainty=method)
    half = {c: np.where(ODD, DRAWN["w"], DRAWN[c]) for c in columns}
    result = run(DRAWN.assign(**half), weight="w", by="bank", uncertainty=method)
    table = result.index().set_index("bank")
    assert table.loc["Delta", "se"].isna().all() and table.loc["Harbour", "se"].notna().all()
    assert noted(result, "bank = Delta", "numbers have no interval")
    assert not noted(result, "bank = Harbour", "no interval")
    alone = run(DRAWN[~ODD], weight="w", uncertainty=method)
    np.testing.assert_allclose(table.loc["Harbour", "se"], alone.index()["se"], rtol=1e-9)


def test_a_replicate_in_which_a_group_has_no_weight_is_counted() -> None:
    data = DRAWN.assign(rw1=DRAWN["rw1"].where(~ODD, 0.0))
    result = run(data, weight="w", by="bank", uncertainty=cs.ReplicateWeights("rw*"))
    table = result.replicates().set_index("bank")
    assert table.loc["Delta", "failed"] == 1 and table.loc["Harbour", "failed"] == 0
    assert noted(result, "bank = Delta: 1 of 8 replicates failed")


def test_parts_of_the_design_that_are_not_used_are_said() -> None:
    data = DRAWN.assign(c=ROW // 4)
    given = run(data, IN_SPEC, design={"cluster": "c"}, uncertainty=cs.FROM_SPEC)
    assert noted(given, "data: design are not used", "replicate weights")
    assert "design" not in given.facts
    other = run(data, IN_SPEC, uncertainty=cs.Jackknife())
    assert noted(other, "replicate weights of the data are not used", "jackknife")
    plain = run(data, IN_SPEC, uncertainty=cs.FROM_SPEC)
    assert not noted(plain, "not used")
    np.testing.assert_array_equal(plain.estimates.se, given.estimates.se)


# ---- raking -------------------------------------------------------------------------------------------------------

SEX = np.where(ROW % 3 == 0, "f", "m")
SEXED = DATA.assign(sex=SEX)


def rake(margins: str) -> str:
    return f"data: {{weight: w, rake: {margins}}}\n"


@pytest.mark.parametrize(
    ("margins", "words"),
    [
        ("{sex: {f: 0.5, m: 0.4}}", ("do not add up", "a sum of 0.9")),
        ("{sex: {f: -0.5, m: 1.5}}", ("must be a positive number", "-0.5")),
        ("{sex: {f: 0, m: 1}}", ("must be a positive number",)),
        ("{sex: {f: .nan, m: 0.5}}", ("must be a positive number", "nan")),
        ("{sex: {f: 0.5, x: 0.5}}", ("categories without a share", "m (80 times", "no respondent is in", "x")),
        ("{sex: {f: 0.3, m: 0.3, 女: 0.4}}", ("no respondent is in", "女")),
        ("{sxe: {f: 0.5, m: 0.5}}", ('no column "sxe" for rake', 'did you mean "sex"?')),
        ("{sex: {f: 1}}", ("at least two categories",)),
        ("{sex: 0.5}", ("wrong form",)),
        ('{sex: {f: "0.5", m: 0.5}}', ("must be a number", "without quotes")),
        ("{Q1: {1: 0.5, 2: 0.5}}", ("categories without a share",)),
    ],
)
def test_margins_that_are_refused(margins: str, words: tuple[str, ...]) -> None:
    refused(SEXED, *words, spec=rake(margins), uncertainty="auto")


def test_empty_cells_and_contradictions_of_margins() -> None:
    half = "{sex: {f: 0.5, m: 0.5}}"
    refused(SEXED.assign(sex=np.where(ROW < 3, None, SEX)), "empty in 3 rows", spec=rake(half), uncertainty="auto")
    both = "{sex: {f: 0.5, m: 0.5}, again: {f: 0.4, m: 0.6}}"
    refused(
        SEXED.assign(again=SEX), "cannot be met together", "0.5 instead of 0.4", spec=rake(both), uncertainty="auto"
    )


@pytest.mark.parametrize("method", [cs.Bootstrap(30), cs.Jackknife(), cs.Linearised(), "auto"], ids=str)
def test_raked_weights_after_which_rows_are_left_out_are_refused(method: Any) -> None:
    """Replicates raked to the margins would stand for another estimate than the one published."""
    data = SEXED.assign(Q1=SEXED["Q1"].where(ROW % 6 > 0))
    spec = rake("{sex: {f: 0.5, m: 0.5}}")
    refused(
        data,
        "20 rows that listwise deletion leaves out",
        "100 of 120",
        spec=spec,
        missing="listwise",
        uncertainty=method,
    )
    assert run(data, spec, missing="mean", uncertainty=method).index()["se"].notna().all()
    assert run(SEXED, spec, missing="listwise", uncertainty=method).index()["se"].notna().all()


def test_poststratified_error_is_by_hand() -> None:
    """One margin: the error of a weighted mean of its residuals within the categories (Deville & Saerndal 1992)."""
    spec = "data: {rake: {sex: {f: 0.5, m: 0.5}}}\n"
    result = run(SEXED, spec, uncertainty=cs.Linearised(), index_weights="equal")
    y = 100 * (SEXED[["S1", "S2", "S3"]].mean(axis=1) - 1) / 9
    a = np.where(SEX == "f", 0.5 / (SEX == "f").mean(), 0.5 / (SEX == "m").mean())
    part = a * (y - y.groupby(SEX).transform("mean")) / a.sum()
    se = np.sqrt(120 / 119 * (part**2).sum())
    assert result.index().set_index("construct").loc["Satisfaction", "se"] == pytest.approx(se, rel=1e-6)


@pytest.mark.parametrize("method", [cs.Bootstrap(30), cs.Jackknife()], ids=str)
def test_a_category_of_few_rows_is_noted(method: Any) -> None:
    data = DATA.assign(sex=np.where(ROW < 2, "f", "m"))
    result = run(data, rake("{sex: {f: 0.1, m: 0.9}}"), uncertainty=method)
    assert noted(result, "few rows in a category of rake", "sex = f (2)")
    assert not noted(run(SEXED, rake("{sex: {f: 0.5, m: 0.5}}"), uncertainty=method), "category of rake")


def test_a_rare_category_is_noted_of_groups_too() -> None:
    """They are raked together, so that it is rare in the replicates of every group."""
    data = DATA.assign(sex=np.where(ROW < 2, "f", "m"), g=np.where(ROW < 60, "a", "b"))
    spec = rake("{sex: {f: 0.1, m: 0.9}}")
    assert noted(run(data, spec, by="g", uncertainty=cs.Bootstrap(30)), "category of rake", "sex = f (2)")
    assert not noted(run(data, spec, by="g", uncertainty="linearised"), "category of rake")


@pytest.mark.parametrize(
    ("levels", "cause"), [([1, 10, 3], "a large error"), ([10, 10, 7], "near an end of the scale")]
)
def test_why_an_interval_leaves_the_scale(levels: list[int], cause: str) -> None:
    """Three clusters that differ much: in the middle of the scale it is their difference, near its end the end."""
    around = np.repeat(levels, 10) + np.random.default_rng(1).integers(-1, 2, (4, 30))
    data = pd.DataFrame(dict(zip(["a1", "a2", "b1", "b2"], np.clip(around, 1, 10), strict=True)))
    spec = (
        "csi: 1\nscale: [1, 10]\nconstructs: {A: {items: [a1, a2]}, B: {items: [b1, b2]}}\npaths: {A: B}\nindex: B\n"
        "data: {design: {cluster: k}}\n"
    )
    result = cs.Study(cs.parse_model(spec), data.assign(k=np.arange(30) // 10)).run(progress=False)
    assert noted(result, "intervals that leave 0 to 100", "A (", cause)
