"""Numbers that make arithmetic fail: scales, constants, copies, holes, states of the fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bad_forms import ITEMS, SPEC, TWO, frame, refused, run, same_numbers

import csimodels as cs
from csimodels.errors import CsiError

DATA = frame()
NAMES = list(ITEMS)
FEW = cs.Bootstrap(30)
ODD = np.arange(len(DATA)) % 2 == 1

ONE = "csi: 1\nconstructs: {Quality: {items: [Q1]}, Satisfaction: {items: [S1]}}\npaths: {Quality: Satisfaction}\n"
MODE_B = SPEC.replace("Quality: {items", "Quality: {mode: B, items")


def noted(result: cs.Result, *words: str) -> bool:
    return any(all(word in note for word in words) for note in result.notes)


# ---- units --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["mean", "pairwise", "em", "listwise"])
@pytest.mark.parametrize("add", [1e5, 1e8, 1e12])
def test_large_numbers_on_a_wide_scale_leave_standardised_results(add: float, rule: str) -> None:
    data = DATA.copy()
    data.loc[:6, "Q1"] = np.nan
    moved = data.assign(**{name: data[name] + add for name in NAMES})
    wide = run(moved, base=f"{SPEC}scale: [0, {10 * add:.1f}]\n", missing=rule)
    same_numbers(wide, run(data, missing=rule), 1e-8)


def test_a_scale_that_is_moved_with_the_answers_leaves_the_index() -> None:
    moved = DATA.assign(**{name: DATA[name] + 1e9 for name in NAMES})
    result = run(moved, base=SPEC + "scale: [1000000001, 1000000010]\n")
    same_numbers(result, run(DATA), 1e-9)
    np.testing.assert_allclose(result.index()["index"], run(DATA).index()["index"], rtol=1e-7)


def test_unlike_scales_leave_everything_but_the_unit() -> None:
    base = SPEC.replace("[Q1, Q2, Q3]", "{Q1: {scale: [1.0e+6, 1.0e+7]}, Q2: , Q3: }")
    base = base.replace("[S1, S2, S3]", "{S1: {scale: [1.0e-6, 1.0e-5]}, S2: , S3: }")
    scaled = DATA.assign(Q1=DATA["Q1"] * 1e6, S1=np.clip(DATA["S1"] * 1e-6, 1e-6, 1e-5))
    result = run(scaled, base=base)
    same_numbers(result, run(DATA))
    np.testing.assert_allclose(result.index()["index"], run(DATA).index()["index"], rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-60, 1e-6, 1e6, 1e60])
def test_the_unit_of_all_items_does_not_matter(factor: float) -> None:
    scaled = DATA.assign(**{name: DATA[name] * factor for name in NAMES})
    spec = f"scale: [{0.5 * factor!r}, {10.5 * factor!r}]\n"
    same_numbers(run(scaled, spec), run(DATA))


def test_reversing_an_item_in_data_and_spec_changes_nothing() -> None:
    base = SPEC.replace("[V1, V2]", "{V1: {reverse: true}, V2: }")
    result = run(DATA.assign(V1=11 - DATA["V1"]), base=base)
    same_numbers(result, run(DATA), 1e-12)
    np.testing.assert_allclose(result.index()["index"], run(DATA).index()["index"])


def test_order_of_rows_and_columns_changes_nothing() -> None:
    shuffled = DATA.sample(frac=1, random_state=1)[list(DATA.columns[::-1])]
    one, two = (run(d, weight="w", by="bank", uncertainty=FEW) for d in (DATA, shuffled))
    for part in ("value", "se", "low", "high", "p"):
        assert np.array_equal(getattr(one.estimates, part), getattr(two.estimates, part), equal_nan=True)


# ---- items that are turned, copied, or hang together with nothing -------------------------------------------------


def test_an_item_asked_the_other_way_round_is_noted() -> None:
    result = run(DATA.assign(S3=11 - DATA["S3"]))
    assert noted(result, "negative weight", "S3 of Satisfaction", "reverse: true")
    assert not noted(run(DATA), "negative weight")


def test_it_is_noted_for_the_group_it_happens_in() -> None:
    result = run(DATA.assign(S3=DATA["S3"].where(ODD, 11 - DATA["S3"])), by="bank")
    assert noted(result, "negative weight", "S3 of Satisfaction in bank = Harbour")
    assert not noted(result, "S3 of Satisfaction in bank = Delta")


def test_a_copied_item_in_mode_a_is_only_a_heavier_item() -> None:
    assert set(run(DATA.assign(Q2=DATA["Q1"]), uncertainty=FEW).paths()["status"]) == {"ok"}


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"Q2": DATA["Q1"]}, ("Q1, Q2",)),
        ({"Q2": 11 - DATA["Q1"]}, ("Q1, Q2",)),
        ({"Q3": (DATA["Q1"] + DATA["Q2"]) / 2}, ("Q1, Q2, Q3",)),
        ({"Q2": DATA["Q1"] + 1e-7 * ODD * (DATA["Q1"] < 10)}, ("Q1, Q2",)),
    ],
)
def test_copies_in_mode_b_are_named(columns: dict[str, object], names: tuple[str, ...]) -> None:
    refused(DATA.assign(**columns), "construct Quality (mode B)", *names, base=MODE_B)


def test_constructs_that_are_copies_are_named() -> None:
    refused(DATA.assign(**dict.fromkeys(NAMES, DATA["Q1"])), "Satisfaction are collinear: Quality, Value")


@pytest.mark.parametrize("turned", [False, True])
def test_the_same_item_on_both_sides_of_a_path(tmp_path: Path, turned: bool) -> None:
    copy = 11 - DATA["Q1"] if turned else DATA["Q1"]
    result = run(DATA.assign(S1=copy), base=ONE, uncertainty=FEW)
    assert result.paths()["estimate"][0] == pytest.approx(-1 if turned else 1)
    assert noted(result, "R2 is 1", "Satisfaction")
    cs.save(result, tmp_path / "out", report=False)
    stored = cs.load_result(tmp_path / "out")
    assert np.array_equal(stored.estimates.value, result.estimates.value, equal_nan=True)


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_constructs_that_are_exactly_uncorrelated_are_named(scheme: str) -> None:
    data = {"Q1": [1, 1, 10, 10] * 30, "Q2": [1, 1, 10, 10] * 30, "S1": [1, 10, 1, 10] * 30, "S2": [1, 10, 1, 10] * 30}
    refused(data, "Quality is uncorrelated with every construct", base=TWO, estimator=cs.PLS(scheme=scheme))


def test_items_that_cancel_one_another_out_are_named() -> None:
    data = DATA.assign(Q2=11 - DATA["Q1"])
    refused(data, "Quality", "other way round", base=TWO)


# ---- small models -------------------------------------------------------------------------------------------------


def test_two_single_items_are_a_correlation() -> None:
    result = run(DATA, base=ONE, uncertainty=FEW)
    expected = np.corrcoef(DATA["Q1"], DATA["S1"])[0, 1]
    assert result.paths()["estimate"][0] == pytest.approx(expected)
    assert result.r2()["r2"][0] == pytest.approx(expected**2)
    np.testing.assert_allclose(result.index()["index"], 100 * (DATA[["Q1", "S1"]].mean() - 1) / 9)
    assert run(DATA, base=ONE, estimator="plsc").paths()["estimate"][0] == pytest.approx(expected)


def test_the_smallest_model_writes_a_whole_folder(tmp_path: Path) -> None:
    cs.save(run(DATA, base=ONE, uncertainty=FEW), tmp_path / "out")
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000


def test_ten_rows_run_and_are_called_few() -> None:
    assert noted(run(DATA.iloc[:10]), "10", "few")


# ---- holes --------------------------------------------------------------------------------------------------------

SPLIT = DATA.assign(Q1=DATA["Q1"].where(ODD), S1=DATA["S1"].where(~ODD))


@pytest.mark.parametrize(("rule", "effect"), [("mean", "counts as uncorrelated"), ("em", "not determined by the data")])
def test_items_never_answered_together_are_noted(rule: str, effect: str) -> None:
    result = run(SPLIT, missing=rule)
    assert noted(result, "never answered by the same respondent: Q1 and S1", effect)


def test_items_never_answered_together_are_refused_pairwise() -> None:
    refused(SPLIT, "never answered by the same respondent: Q1 and S1", missing="pairwise")


def test_items_never_answered_together_leave_nothing_listwise() -> None:
    refused(SPLIT, "too few usable rows", "0 rows", "'listwise'", missing="listwise")


def test_pairwise_covariances_that_contradict_one_another_are_named() -> None:
    row = np.arange(120)
    x = np.tile([2.0, 8.0], 60)
    data = DATA.assign(
        Q1=np.where(row < 80, x, np.nan),
        Q2=np.where((row < 40) | (row >= 80), x, np.nan),
        Q3=np.where(row < 40, np.nan, np.where(row < 80, x, 10 - x)),
    )
    refused(data, "not positive definite", "Q1, Q2, Q3", missing="pairwise")


def test_listwise_says_what_it_cost() -> None:
    data = DATA.assign(Q1=DATA["Q1"].where(np.arange(120) >= 7))
    result = run(data, missing="listwise")
    assert noted(result, "7 of 120 rows", "listwise")
    assert result.facts["n used"] == "113"
    same_numbers(result, run(DATA.iloc[7:]), 1e-12)


def test_em_with_too_few_rows_says_so() -> None:
    holes = DATA[NAMES].mask(np.random.default_rng(3).random((120, 9)) < 0.3)
    refused(holes.iloc[:12], "EM", missing="em")


@pytest.mark.parametrize("rule", ["mean", "pairwise", "em", "listwise"])
def test_without_holes_the_rule_does_not_matter(rule: str) -> None:
    same_numbers(run(DATA, missing=rule), run(DATA), 1e-9)


# ---- replicates and states ----------------------------------------------------------------------------------------


def test_replicates_in_which_an_item_is_constant_are_counted() -> None:
    data = DATA.assign(Q1=np.where(np.arange(120) < 1, 3, 7))
    result = run(data, uncertainty=cs.Bootstrap(60))
    table = result.replicates()
    failed = int(table["failed"][0])
    assert 5 < failed < 50 and int(table["singular"][0]) == failed  # a row is left out with probability exp(-1)
    assert int(table["kept"][0]) == 60 - failed
    assert noted(result, f"{failed} of 60 replicates failed", f"singular {failed}")


def noise(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.integers(1, 11, 60) for name in NAMES})


def test_plsc_on_noise_is_refused_or_flagged_never_silent() -> None:
    seen = set()
    for seed in range(25):
        try:
            result = run(noise(seed), estimator="plsc")
        except CsiError as error:
            assert "rho_A of" in str(error) or "beyond 1" in str(error)
            seen.add("refused")
            continue
        e = result.estimates
        wild = np.abs(e.value[0, e.layout.blocks["loading"]]).max() > 1 or e.value[0, e.layout.blocks["r2"]].max() > 1
        status = set(result.paths()["status"])
        assert not wild or status == {"inadmissible"}
        assert status == {"ok"} or noted(result, "inadmissible: all respondents")
        seen |= status
    assert {"refused", "inadmissible"} <= seen


def test_inadmissible_replicates_that_failed_are_not_said_to_be_kept() -> None:
    for seed in range(25):
        try:
            result = run(noise(seed), estimator="plsc", uncertainty=FEW)
        except CsiError:
            continue
        table = result.replicates()
        assert int(table["inadmissible"][0]) <= int(table["kept"][0])
        return
    pytest.fail("no fit among 25")


def test_a_reliability_that_is_far_too_low_is_flagged() -> None:
    base = SPEC.replace("Loyalty: {items", "Loyalty: {reliability: 0.05, items")
    result = run(DATA, base=base, estimator="plsc")
    assert set(result.paths()["status"]) == {"inadmissible"}
    assert noted(result, "inadmissible", "Loyalty", "beyond 1")


def test_no_number_of_a_failed_group_leaks() -> None:
    data = DATA.assign(Q1=DATA["Q1"].where(ODD, 7))
    result = run(data, by="bank", uncertainty=FEW)
    bad = [str(k[0]) for k in result.estimates.keys].index("Harbour")
    e = result.estimates
    for part in (e.value, e.se, e.low, e.high, e.p):
        assert np.isnan(part[bad]).all() and not np.isnan(part[1 - bad]).all()
    assert result.scores().set_index("bank").loc["Harbour", "Satisfaction"].isna().all()
