"""Maximum likelihood through the front door: models that are not identified, data that cannot be fitted, doubtful fits.

Every case ends in an error that names the cause, or in right numbers with the flag in the same table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms import ITEMS, SPEC, TWO, frame, model, refused, run, said
from ml_forms import ALONE, ML, SECOND, WIDE, exact, filled_errors, parameter

import csimodels as cs
from csimodels.errors import DataError, EstimationError, SpecError
from csimodels.estimate.ml import vcov

DATA = frame()
NAMES = list(ITEMS)
ODD = np.arange(len(DATA)) % 2 == 1
HOLE = DATA.assign(S2=DATA["S2"].where(np.arange(len(DATA)) != 3))
#: Correlations with l1^2 = .81 / .65, so theta1 = 1 - 1.246154 (closed form of one factor with three items).
HEYWOOD = exact(np.array([[1, 0.9, 0.9], [0.9, 1, 0.65], [0.9, 0.65, 1.0]]), ("S1", "S2", "S3"))


def ml(data: object, base: str = SPEC, **keywords: Any) -> cs.Result:
    return run(data, base=base, estimator="ml", **keywords)


def stated(*statements: str) -> cs.Result:
    return run(DATA, ML + "parameters:\n" + "".join(f"  {text}\n" for text in statements))


# ---- not identified -----------------------------------------------------------------------------------------------


def test_one_factor_with_two_items_alone_is_counted() -> None:
    error = refused(
        DATA, "not identified: 4 parameters, 3 moments", "a construct alone needs three", base=ALONE % "S1, S2"
    )
    assert isinstance(error, SpecError)


def test_one_factor_with_three_items_alone_fits_exactly() -> None:
    measures = run(DATA, base=ALONE % "S1, S2, S3").fit_measures().set_index("measure")["value"]
    assert measures["df"] == 0 and measures["chisq"] == pytest.approx(0, abs=1e-6)  # saturated


def test_one_item_alone_is_itself(tmp_path: Path) -> None:
    result = run(DATA, base=ALONE % "S1")
    assert result.fit_measures().set_index("measure")["value"]["df"] == 0
    assert parameter(result, "Satisfaction", "~~", "Satisfaction")["est"] == pytest.approx(DATA["S1"].var(ddof=0))
    assert len(result.quality()) == 0
    cs.save(result, tmp_path / "out", report=False)


def test_factor_analysis_without_paths_needs_a_covariance_structure() -> None:
    refused(DATA, "the model has no paths", "needs estimator: ml", base=ALONE % "S1, S2, S3", estimator="pls")


def test_two_pairs_hold_one_another_but_not_where_they_are_uncorrelated() -> None:
    assert set(ml(DATA, TWO).parameters()["status"]) == {"ok"}
    cov = np.kron(np.eye(2), np.array([[1.5, 0.8], [0.8, 1.5]]))
    refused(
        exact(cov, ("Q1", "Q2", "S1", "S2")),
        "not identified in these data",
        "Quality =~ Q2",
        base=TWO + WIDE,
        estimator="ml",
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("Quality =~ Q1: free", ("not identified", "Quality =~ Q1", "Quality ~~ Quality")),
        ("Quality =~ Q1: 0", ("not identified", "Quality =~ Q2")),
        ("Quality ~~ Quality: 0", ("not identified", "Value ~ Quality")),
        ("Quality ~~ Satisfaction: free", ("not identified", "Quality ~~ Satisfaction")),
        ("L1 ~~ L1: free", ("not identified", "L1 ~~ L1", "Loyalty ~~ Loyalty")),
        ("Quality ~1: free", ("not identified", "Quality ~1")),
        ("L1 ~~ Q1: free", ("L1 has no residual", "state the reliability")),
        ("Qualty =~ Q2: 1", ('unknown name "Qualty"', 'did you mean "Quality"?')),
        ("Q1 ~~ Quality: 0.3", ("~~ joins two items or two constructs",)),
        ("Satisfaction ~ Loyalty: 0.1", ("there is no path", 'write "Loyalty ~ Satisfaction"')),
        ("Q1 ~~ Q1: -1", ('the variance of "Q1" is fixed below 0', "0 or more")),
        ("Value ~ Quality: .nan", ("not a finite number",)),
        ("Value ~ Quality: 1.0e+300", ("Value ~ Quality = 1e+300", "within +-1e+06")),
        ("Value ~ Quality: 1.0e+20", ("Value ~ Quality = 1e+20", "within +-1e+06")),
        ("Q1 ~~ Q2: 50", ("not positive definite at the start values", "Q1 ~~ Q2 = 50")),
        ("Q1 ~~ S1: -1.5", ("not positive definite at the start values", "Q1 ~~ S1 = -1.5")),
    ],
)
def test_mis_specified_statements_are_named(statement: str, words: tuple[str, ...]) -> None:
    refused(DATA, *words, spec=f"{ML}parameters:\n  {statement}\n")


def test_a_label_frees_what_is_fixed_without_being_a_scale() -> None:
    """The marker stays at 1, and with it the residual variance of the same label, as in lavaan."""
    result = stated("Loyalty =~ L1: a", "L1 ~~ L1: a")
    for op, rhs in (("=~", "L1"), ("~~", "L1")):
        row = parameter(result, "Loyalty" if op == "=~" else "L1", op, rhs)
        assert row["est"] == 1 and not row["free"]


def test_a_label_on_a_marker_holds_the_others_at_one() -> None:
    result = stated("Quality =~ Q1: a", "Quality =~ Q2: a")
    assert parameter(result, "Quality", "=~", "Q2")["est"] == 1 and not parameter(result, "Quality", "=~", "Q2")["free"]
    assert np.isnan(parameter(result, "Quality", "=~", "Q2")["se"])


def test_a_loading_equal_to_a_variance_is_possible_and_said() -> None:
    result = stated("Quality =~ Q2: a", "Q1 ~~ Q1: a")
    both = parameter(result, "Quality", "=~", "Q2")["est"], parameter(result, "Q1", "~~", "Q1")["est"]
    assert both[0] == both[1]
    assert "different kinds share a label" in said(result) and "Q1 ~~ Q1 (a)" in said(result)
    assert "share a label" not in said(stated("Quality =~ Q2: a", "Quality =~ Q3: a"))


def test_errors_of_a_marker_of_almost_pure_noise_are_large_and_right() -> None:
    """The information of the other loadings falls as 1 over the marker's residual variance, z as its root."""
    far, near = (parameter(stated(f"Q1 ~~ Q1: 1.0e+{k}"), "Quality", "=~", "Q2")["z"] for k in (9, 4))
    assert far == pytest.approx(near * 10**-2.5, rel=1e-3)
    with pytest.raises(EstimationError, match="not identified in these data"):
        stated("Q1 ~~ Q1: 1.0e+10")


def test_errors_that_cannot_be_computed_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vcov, "constrained_inverse", lambda table, x, a: np.full_like(a, np.nan))
    result = stated()
    assert not filled_errors(result.parameters(), "se", "p")
    assert "no standard errors: their information matrix is not positive definite" in said(result)


# ---- composites, single indicators, higher order ------------------------------------------------------------------


@pytest.mark.parametrize("how", ["mode: B", "measured: composite"])
@pytest.mark.parametrize("estimator", ["ml", "gls", "semopy"])
def test_a_composite_of_several_items_is_refused(how: str, estimator: str) -> None:
    base = SPEC.replace("Value: {items", f"Value: {{{how}, items")
    refused(DATA, f'{estimator} cannot take construct "Value"', "measured: reflective", base=base, estimator=estimator)


@pytest.mark.parametrize("how", ["mode: B", "measured: composite"])
def test_a_composite_of_one_item_is_that_item(how: str) -> None:
    one = ml(DATA, SPEC.replace("Loyalty: {items", f"Loyalty: {{{how}, items"))
    pd.testing.assert_frame_equal(one.parameters(), ml(DATA).parameters())


@pytest.mark.parametrize("reliability", ["0", "1.5", "-0.2", ".nan"])
def test_a_reliability_outside_its_range_is_refused(reliability: str) -> None:
    base = SPEC.replace("Loyalty: {items", f"Loyalty: {{reliability: {reliability}, items")
    refused(DATA, 'reliability of "Loyalty" is outside (0, 1]', "above 0, at most 1", base=base, estimator="ml")


def test_reliability_of_a_single_item_disattenuates_its_path() -> None:
    def path(reliability: str) -> float:
        result = ml(DATA, SPEC.replace("Loyalty: {items", f"Loyalty: {{{reliability}items"))
        return float(result.paths().set_index("target").loc["Loyalty", "estimate"])

    assert path("reliability: 1, ") == pytest.approx(path(""), abs=1e-9)
    assert path("reliability: 0.8, ") == pytest.approx(path("") / np.sqrt(0.8), abs=1e-7)  # Spearman (1904)


def test_a_reliability_far_too_low_is_inadmissible_and_has_no_p_values() -> None:
    result = ml(DATA, SPEC.replace("Loyalty: {items", "Loyalty: {reliability: 0.01, items"), uncertainty="linearised")
    assert set(result.parameters()["status"]) == {"inadmissible"}
    assert "residual variance of Loyalty" in said(result) and "beyond 1" in said(result)
    for table in (result.parameters(), result.paths(), result.effects(), result.model_effects()):
        assert not filled_errors(table, "p", "z") and filled_errors(table, "se")


def test_reliability_of_a_construct_with_several_items_is_refused() -> None:
    base = SPEC.replace("Quality: {items", "Quality: {reliability: 0.8, items")
    refused(DATA, "Quality", "estimated here, not stated", "leave reliability out", base=base, estimator="ml")


@pytest.mark.parametrize("paths", ["  Whole: Satisfaction\n", "  Whole: [Quality, Value, Satisfaction]\n"])
def test_second_order_factor_finds_the_parameters_it_was_made_from(paths: str) -> None:
    """Answers with the implied covariances of a known second-order model give it back."""
    names = ("Q1", "Q2", "Q3", "V1", "V2", "S1", "S2", "S3", "L1")
    whole = 0.64
    quality, value = whole * 1.0 + 0.3, whole * 1.21 + 0.2
    satisfaction, loyalty = 0.81 * whole + 0.25, 0.49 * (0.81 * whole + 0.25) + 0.4
    phi = np.array(
        [
            [quality, 1.1 * whole, 0.9 * whole, 0.63 * whole],
            [1.1 * whole, value, 0.99 * whole, 0.693 * whole],
            [0.9 * whole, 0.99 * whole, satisfaction, 0.7 * satisfaction],
            [0.63 * whole, 0.693 * whole, 0.7 * satisfaction, loyalty],
        ]
    )
    lam = np.zeros((9, 4))
    for row, column, loading in zip(
        range(9), [0, 0, 0, 1, 1, 2, 2, 2, 3], [1, 0.8, 1.2, 1, 0.9, 1, 1.1, 0.7, 1], strict=True
    ):
        lam[row, column] = loading
    cov = lam @ phi @ lam.T + np.diag([0.5] * 8 + [0.0])
    result = ml(exact(cov, names), SECOND % (", measured: reflective", paths) + ML + WIDE)
    assert parameter(result, "Whole", "=~", "Value")["est"] == pytest.approx(1.1, abs=1e-6)
    assert parameter(result, "Satisfaction", "~", "Whole")["est"] == pytest.approx(0.9, abs=1e-6)
    assert parameter(result, "Whole", "~~", "Whole")["est"] == pytest.approx(whole, abs=1e-6)
    assert result.fit_measures().set_index("measure")["value"]["chisq"] == pytest.approx(0, abs=1e-6)


def test_second_order_models_that_ml_cannot_take() -> None:
    both = "  Quality: Whole\n  Value: Whole\n  Whole: Satisfaction\n"
    refused(DATA, "run in a circle", "take out the paths", base=SECOND % (", measured: reflective", both) + ML)
    composite = SECOND % (", measured: composite", "  Whole: Satisfaction\n")
    refused(DATA, "Whole", "composite", "measured: reflective", base=composite + ML)


# ---- data that cannot be fitted -----------------------------------------------------------------------------------

SUM = (DATA["S1"] + DATA["Q1"]) / 2


@pytest.mark.parametrize("estimator", ["ml", "gls", "wls", "semopy"])
@pytest.mark.parametrize(("third", "names"), [(SUM, "Q1, S1, S3"), (DATA["S1"], "S1, S3")])
def test_copies_and_sums_are_named(estimator: str, third: pd.Series, names: str) -> None:
    refused(DATA.assign(S3=third), "copies or sums of one another", names, estimator=estimator)


@pytest.mark.parametrize("missing", ["em", "fiml"])
def test_copies_and_sums_are_named_beside_holes(missing: str) -> None:
    data = HOLE.assign(S3=(HOLE["S1"] + HOLE["Q1"]) / 2)
    error = refused(
        data, "copies or sums of one another: Q1, S1, S3", "leave the item out", estimator="ml", missing=missing
    )
    assert "too few" not in str(error)


def test_uls_runs_on_copies_and_says_so() -> None:
    result = run(DATA.assign(S3=SUM), estimator="uls")
    assert "copies or sums of one another: Q1, S1, S3" in said(result)
    doubtful = set(result.parameters()["status"]) == {"inadmissible"}
    assert not doubtful or not filled_errors(result.parameters(), "p", "z")


@pytest.mark.parametrize("missing", ["em", "fiml", "listwise"])
def test_a_constant_item_is_named_in_the_group_it_is_constant_in(missing: str) -> None:
    refused(DATA.assign(S3=5), "item S3 is constant", estimator="ml", missing=missing)
    result = run(HOLE.assign(S3=HOLE["S3"].where(ODD, 5)), estimator="ml", missing=missing, by="bank")
    assert "bank = Harbour: cannot be estimated" in said(result) and "S3" in said(result)
    table = result.parameters().set_index("bank")
    assert set(table.loc["Harbour", "status"]) == {"singular"} and not filled_errors(table.loc[["Harbour"]])
    assert table.loc["Harbour"].query("free")["est"].isna().all()
    assert set(table.loc["Delta", "status"]) == {"ok"} and filled_errors(table.loc[["Delta"]])


def acsi(n: int) -> pd.DataFrame:
    return cs.simulate(cs.load_model("acsi"), n, seed=3).data


def test_fewer_rows_than_items_alone_and_in_a_group() -> None:
    data = acsi(112).assign(bank=["small"] * 12 + ["large"] * 100)
    options: dict[str, Any] = {"estimator": "ml", "uncertainty": None}
    with pytest.raises(EstimationError, match=r"(?s)12 respondents for 14 items.*at least 15.*collect more answers"):
        cs.Study("acsi", data.iloc[:12], **options).run()
    holes = data[:12].assign(SAT1=data["SAT1"][:12].where(np.arange(12) > 0))
    with pytest.raises(EstimationError, match="EM finds no covariance matrix"):
        cs.Study("acsi", holes, missing="fiml", **options).run()
    result = cs.Study("acsi", data, by="bank", **options).run()
    assert any("bank = small" in note and "12 respondents for 14 items" in note for note in result.notes)
    assert set(result.paths().query("bank == 'small'")["status"]) == {"singular"}
    assert result.paths().query("bank == 'small'")["estimate"].isna().all()


def test_listwise_that_leaves_five_rows_is_refused() -> None:
    data = DATA.assign(Q1=DATA["Q1"].where(np.arange(120) < 5))
    refused(data, "too few usable rows", "5 rows", "'listwise'", estimator="ml", missing="listwise")
    few = "items with no more answers than there are items: Q1 (5)"  # whichever of the ways EM fails: last bits decide
    refused(data, few, "collect more answers", estimator="ml", missing="fiml")


def test_items_never_answered_together() -> None:
    split = DATA.assign(Q1=DATA["Q1"].where(ODD), S1=DATA["S1"].where(~ODD))
    for missing in ("em", "fiml"):
        assert "never answered by the same respondent: Q1 and S1; the degrees of freedom are overstated" in said(
            ml(split, missing=missing)
        )
    halves = DATA.copy()
    halves.loc[ODD, ["S1", "S2", "S3", "L1"]] = np.nan
    halves.loc[~ODD, ["Q1", "Q2", "Q3"]] = np.nan
    refused(halves, "singular", "never answered by the same respondent: Q1 and S1", estimator="ml", missing="fiml")
    result = ml(halves, missing="em")
    assert "no standard errors" in said(result) and not filled_errors(result.parameters(), "se", "p")


def test_rows_without_any_answer_are_left_out_and_counted() -> None:
    data = DATA.copy()
    data.loc[:20, NAMES] = np.nan
    result = ml(data, missing="fiml")
    assert "21 rows without any answer left out; 99 used" in said(result)
    alone = ml(DATA.iloc[21:])
    np.testing.assert_allclose(result.paths()["estimate"], alone.paths()["estimate"], atol=1e-8)


@pytest.mark.parametrize("missing", ["mean", "pairwise"])
def test_missing_rules_that_ml_has_no_errors_for(missing: str) -> None:
    error = refused(
        HOLE, "not valid under this missing rule", "1 missing answer", "em, fiml", estimator="ml", missing=missing
    )
    assert isinstance(error, DataError)
    assert set(ml(DATA, missing=missing).paths()["status"]) == {"ok"}  # nothing to replace


@pytest.mark.parametrize("estimator", ["uls", "gls", "wls"])
@pytest.mark.parametrize("missing", ["mean", "em"])
def test_least_squares_need_complete_rows(estimator: str, missing: str) -> None:
    error = refused(
        HOLE, f"errors and tests of {estimator}", "choose missing: listwise", estimator=estimator, missing=missing
    )
    assert "fiml" not in str(error)  # which would be refused in its turn
    refused(HOLE, "missing: fiml belongs to ml", "write listwise", estimator=estimator, missing="fiml")
    left = run(HOLE, estimator=estimator)
    assert "1 of 120 rows has a missing answer and is left out" in said(left) and left.facts["n used"] == "119"


def test_wls_needs_rows_and_one_group() -> None:
    refused(DATA.iloc[:40], "40 rows", "more than 45", "choose ml, gls or uls", estimator="wls")
    refused(DATA, "one group", "2 groups", "where:", estimator="wls", by="bank")


# ---- doubtful fits ------------------------------------------------------------------------------------------------


def test_heywood_case_is_shown_named_and_without_p_values() -> None:
    result = run(HEYWOOD, base=ALONE % "S1, S2, S3" + WIDE)
    residual = parameter(result, "S1", "~~", "S1")
    assert residual["est"] == pytest.approx(1 - 0.81 / 0.65, abs=1e-7) and residual["se"] > 0
    assert "the residual variance of S1 is -0.246 (Heywood case)" in said(result)
    assert "inadmissible solutions have no p-values" in said(result)
    assert not filled_errors(result.parameters(), "p", "z")
    for name, table in result.tables().items():
        if name not in ("survey", "replicates") and len(table):
            assert all("inadmissible" in text for text in table["status"]), name


def test_heywood_case_in_one_group_leaves_the_other_its_p_values() -> None:
    sound = exact(np.array([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1.0]]), ("S1", "S2", "S3"))
    data = pd.concat([HEYWOOD.assign(bank="bad"), sound.assign(bank="good")])
    table = run(data, base=ALONE % "S1, S2, S3" + WIDE, by="bank").parameters().query("free").set_index("bank")
    assert table.loc["bad", "p"].isna().all() and set(table.loc["bad", "status"]) == {"inadmissible"}
    assert table.loc["good", "p"].notna().all() and set(table.loc["good", "status"]) == {"ok"}


@pytest.mark.parametrize("missing", ["listwise", "em", "fiml"])
@pytest.mark.parametrize("uncertainty", [None, "jackknife"])
def test_not_converged_is_an_error_or_numbers_without_errors(missing: str, uncertainty: str | None) -> None:
    settings = f"estimate: {{estimator: ml, max_iter: 1, missing: {missing}, on_nonconvergence: "
    error = refused(HOLE, "did not converge in", "on_nonconvergence: warn", spec=settings + "error}\n")
    assert isinstance(error, EstimationError)
    result = run(HOLE, settings + "warn}\n", uncertainty=uncertainty)
    assert "did not converge in" in said(result)
    for name, table in result.tables().items():
        if name in ("survey", "replicates") or not len(table):
            continue
        assert all("not converged" in text for text in table["status"]), name
        assert not filled_errors(table), name
    assert result.paths()["estimate"].notna().all() and len(result.fit_measures()) == 0
    assert "no fit converged; at most 1 allowed" in result.facts["iterations"]


def test_a_nearly_degenerate_model_is_named() -> None:
    """Skewed answers of the full ECSI model that come from one factor: every construct is every other."""
    ecsi = cs.load_model("ecsi")
    rng = np.random.default_rng(2)
    common = rng.normal(size=(250, 1))
    answers = np.clip(np.rint(8.5 + 1.6 * common + 1.1 * rng.normal(size=(250, 24))), 1, 10)
    data = pd.DataFrame(answers, columns=list(ecsi.item_names))
    try:
        result = cs.Study(ecsi, data, estimator="ml", uncertainty=None).run()
    except EstimationError as error:
        assert "cannot be told apart" in str(error)
        return
    text = said(result)
    assert "empirically nearly not identified" in text or "beyond 1" in text


def test_groups_with_chinese_names_are_named() -> None:
    data = DATA.assign(bank=np.where(ODD, "三角洲银行", "港口 银行"), S3=DATA["S3"].where(ODD, 5))
    result = ml(data, by="bank")
    assert "bank = 港口 银行: cannot be estimated" in said(result)
    assert set(result.parameters().query("bank == '三角洲银行'")["status"]) == {"ok"}


def test_the_model_of_another_estimator_is_not_changed() -> None:
    before = model()
    run(DATA, before, estimator="ml")
    assert before == model() and before.estimate.estimator == "pls"


def test_near_copies_are_not_laid_to_values_that_nobody_stated(tmp_path: Path) -> None:
    r = np.random.default_rng(2)
    a, noise = r.normal(size=200), r.normal(size=(200, 6)) * 0.6
    b = 0.5 * a + r.normal(size=200)
    x = np.column_stack([a, a, a, b, b, b]) + noise
    x[:, 1] = x[:, 0] + 3e-5 * r.normal(size=200)
    spec = tmp_path / "near.yaml"
    spec.write_text(
        "csi: 1\nname: m\nscale: [-9, 9]\nconstructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}}\n"
        "paths: {A: B}\nindex: {construct: B}\nestimate: {estimator: wls}\n",
        encoding="utf-8",
    )
    with pytest.raises(cs.CsiError, match="not positive definite at the start values") as caught:
        cs.Study(spec, pd.DataFrame(x, columns=["a1", "a2", "a3", "b1", "b2", "b3"]), uncertainty=None).run()
    assert "simplify the model" in str(caught.value) and "correct the values" not in str(caught.value)
