"""Options of maximum likelihood, robust errors, invariance, second opinions and the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms import SPEC, frame, model, refused, run, said
from ml_forms import ALONE, ML, WIDE, exact, filled_errors

import csimodels as cs
from csimodels import cli
from csimodels.errors import CsiError, DataError, EstimationError, MissingExtraError, SpecError

DATA = frame()
ROW = np.arange(len(DATA))
HOLE = DATA.assign(S2=DATA["S2"].where(ROW != 3))
RESULT = run(DATA, estimator="ml")
MODE_B = SPEC.replace("Quality: {items", "Quality: {mode: B, items")


def wrong(call: Any, *words: str) -> CsiError:
    """`call` ends in an error of this package that says every word."""
    with pytest.raises(CsiError) as caught:
        call()
    for word in words:
        assert word in str(caught.value), f"{word!r} is not said in:\n{caught.value}"
    return caught.value


# ---- settings -----------------------------------------------------------------------------------------------------


def test_settings_are_checked_all_at_once() -> None:
    error = wrong(
        lambda: cs.ML("mll", identification="marker1", errors="mlx", tol=0, max_iter=0),  # type: ignore[arg-type]
        *('did you mean "ml"?', 'did you mean "marker"?', 'did you mean "mlr"?', "tol", "max_iter"),
    )
    assert len(error.problems) == 5


@pytest.mark.parametrize("tol", ["1", "0.0005", "0", "-1"])
def test_the_limit_of_tol_is_said_once_and_right(tol: str) -> None:
    error = refused(DATA, "tol", "at most 0.0001", spec=f"estimate: {{estimator: ml, tol: {tol}}}\n")
    assert isinstance(error, SpecError)
    wrong(lambda: cs.ML(tol=float(tol)), "at most 0.0001")


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        ("estimator: MLX", ('did you mean "ml"?',)),
        ("estimator: ml, scheme: path", ("scheme belongs to pls and plsc",)),
        ("estimator: ml, missing: fimll", ("fimll", "fiml")),
        ("estimator: ml, errors: robust", ("robust", "mlr")),
        ("estimator: ml, identification: std", ("std", "std_lv")),
        ("estimator: pls, errors: mlr", ("errors belongs to ml",)),
        ("estimator: pls, missing: fiml", ("missing: fiml belongs to ml",)),
        ("estimator: uls, errors: observed", ("those of maximum likelihood", "expected, mlm")),
        ("estimator: gls, errors: mlr", ("those of maximum likelihood", "expected, mlm")),
        ("estimator: wls, errors: mlr", ("those of maximum likelihood", "expected, mlm")),
        ("estimator: semopy, identification: std_lv", ("first loading of every construct is 1", "marker")),
    ],
)
def test_settings_that_do_not_go_together(estimate: str, words: tuple[str, ...]) -> None:
    refused(DATA, *words, spec=f"estimate: {{{estimate}}}\n")


def test_an_estimator_that_is_a_class_is_refused() -> None:
    refused(DATA, "unknown estimator", "ML(...)", estimator=cs.ML)


def test_settings_of_ml_are_used_by_fiml() -> None:
    loose = run(HOLE, estimator=cs.ML(tol=1e-4), missing="fiml")
    tight = run(HOLE, estimator=cs.ML(), missing="fiml")
    assert loose.estimates.iterations[0] < tight.estimates.iterations[0]
    np.testing.assert_allclose(loose.paths()["estimate"], tight.paths()["estimate"], atol=1e-4)


# ---- errors that hold for the sample ------------------------------------------------------------------------------


@pytest.mark.parametrize("errors", ["expected", "observed"])
def test_errors_of_a_simple_sample_are_refused_beside_weights_and_clusters(errors: str) -> None:
    refused(DATA, "simple random sample", errors, "weights", "mlr", estimator=cs.ML(errors=errors), weight="w")  # type: ignore[arg-type]
    data = DATA.assign(c=ROW // 4)
    refused(data, "clusters", spec=f"estimate: {{estimator: ml, errors: {errors}}}\n", design={"cluster": "c"})


@pytest.mark.parametrize("missing", ["em", "fiml"])
def test_mlm_is_refused_beside_holes(missing: str) -> None:
    refused(HOLE, "errors mlm need complete rows", "mlr", estimator=cs.ML(errors="mlm"), missing=missing)


def test_plain_settings_take_the_errors_that_the_sample_allows() -> None:
    for estimator in ("ml", cs.ML()):
        assert set(run(DATA, estimator=estimator, weight="w").parameters()["errors"]) == {"mlr"}
        assert set(run(HOLE, estimator=estimator, missing="fiml").parameters()["errors"]) == {"FIML, observed"}
        assert set(run(DATA, estimator=estimator).parameters()["errors"]) == {"expected"}


def test_one_cluster_and_two_clusters() -> None:
    one = run(DATA.assign(c=1), estimator="ml", design={"cluster": "c"})
    assert "no standard errors: all rows lie in one cluster" in said(one)
    assert not filled_errors(one.parameters(), "se", "p")
    two = run(DATA.assign(c=ROW % 2), estimator="ml", design={"cluster": "c"})
    assert "rest on 2 clusters, too few for normal theory" in said(two)
    many = run(DATA.assign(c=ROW), estimator="ml", design={"cluster": "c"})
    assert "clusters, too few" not in said(many)
    plain = run(DATA, estimator=cs.ML(errors="mlr"))
    key = ["lhs", "op", "rhs"]
    both = plain.parameters().merge(many.parameters(), on=key, suffixes=("_rows", "_clusters")).query("free_rows")
    factor = np.sqrt(120 / 119)  # C / (C - 1) of the variance, C clusters of one row (Cameron & Miller 2015)
    np.testing.assert_allclose(both["se_clusters"], factor * both["se_rows"], rtol=1e-6)


def test_linearised_errors_cannot_come_from_fiml() -> None:
    refused(HOLE, "fiml", "jackknife or bootstrap", estimator="ml", missing="fiml", uncertainty="linearised")


# ---- tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: RESULT.factor_scores("bart"), ("unknown factor scores", 'did you mean "bartlett"?')),  # type: ignore[arg-type]
        (lambda: RESULT.modification_indices("a"), ("must be a number",)),  # type: ignore[arg-type]
        (lambda: RESULT.modification_indices(float("nan")), ("must be a number",)),
        (lambda: RESULT.bollen_stine(0), ("needs replicates", "1 to")),
        (lambda: RESULT.bollen_stine(1.5), ("needs replicates", "1.5")),  # type: ignore[arg-type]
        (lambda: RESULT.bollen_stine(10, -1), ("seed", "-1")),
        (lambda: RESULT.bollen_stine(10, "x"), ("seed", "'x'")),  # type: ignore[arg-type]
        (lambda: run(DATA, estimator="wls").bollen_stine(10), ("wls", "ml, gls, uls")),
        (lambda: run(HOLE, estimator="ml").bollen_stine(10), ("complete, unweighted",)),
        (lambda: run(DATA, estimator="ml", weight="w").bollen_stine(10), ("complete, unweighted",)),
    ],
)
def test_wrong_arguments_of_tables(call: Any, words: tuple[str, ...]) -> None:
    assert isinstance(wrong(call, *words), (SpecError, DataError))


@pytest.mark.parametrize(
    "name", ["parameters", "fit_measures", "modification_indices", "model_effects", "factor_scores"]
)
def test_pls_has_none_of_these_tables(name: str) -> None:
    wrong(getattr(run(DATA), name), "belongs to covariance structures", "estimator: pls", 'estimator="ml"')


# ---- invariance ---------------------------------------------------------------------------------------------------


def invariance(data: pd.DataFrame = DATA, base: str = SPEC, **keywords: Any) -> cs.Invariance:
    return cs.invariance(model(base=base), data, **({"by": "bank"} | keywords))


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"by": None}, ("two groups or more", "by=")),
        ({"by": "w2"}, ("w2",)),
        ({"steps": ["configural", "metrik"]}, ('did you mean "metric"?',)),
        ({"steps": "metric"}, ("steps must be a list", 'steps=["metric"]')),
        ({"steps": []}, ("once each",)),
        ({"steps": ["scalar", "metric"]}, ("from the least to the most equal",)),
        ({"free": "Quality =~ Q2"}, ("free must be a list", 'free=["Quality =~ Q2"]')),
        ({"free": ["Quality =~ Q22", "Qality ~1"]}, ('did you mean "Quality =~ Q2"?', 'did you mean "Quality ~1"?')),
        (
            {"free": ["Quality =~ Q1"]},
            ("fixed at 1 in every group", "list an item that is the same in all groups first"),
        ),
        ({"free": [3]}, ("no such parameter", "3")),
        ({"free": ["Quality =~ Q2", "Q1 ~1", "Q2 ~1", "Q3 ~1"]}, ("not identified", "Quality ~1.g2")),
        ({"errors": "robust"}, ("expected, observed, mlm, mlr",)),
        ({"missing": "em"}, ("fiml, listwise",)),
        ({"errors": "expected", "weight": "w"}, ("simple random sample", "mlr")),
        ({"data": HOLE, "errors": "mlm"}, ("complete rows", "mlr")),
        ({"data": DATA.assign(bank="one")}, ("two groups or more", "1 group")),
        ({"data": DATA.assign(bank=np.where(ROW < 9, "x", "y"))}, ("bank = x", "too few rows", "9")),
        ({"base": MODE_B}, ("ml cannot take", "mode B")),
    ],
)
def test_wrong_ladders(keywords: dict[str, Any], words: tuple[str, ...]) -> None:
    assert isinstance(wrong(lambda: invariance(**keywords), *words), (SpecError, DataError))


def test_a_group_that_cannot_be_fitted_is_named_once() -> None:
    data = DATA.assign(bank=np.where(ROW % 2 == 0, "港口", "三角洲"), S3=DATA["S3"].where(ROW % 2 == 0, DATA["S1"]))
    error = wrong(
        lambda: invariance(data), "copies or sums", "S1, S3", "bank = 三角洲", "leave the item or the group out"
    )
    assert isinstance(error, EstimationError) and len(error.problems) == 1


def test_latent_means_need_a_step_that_has_them() -> None:
    taken = invariance(steps=["configural", "metric"])
    wrong(lambda: taken.latent_means("metric"), "equal intercepts", "scalar, strict")
    wrong(lambda: taken.latent_means("skalar"), "not taken", "configural, metric")


def test_a_heywood_step_is_flagged_in_its_row() -> None:
    bad = exact(np.array([[1, 0.9, 0.9], [0.9, 1, 0.65], [0.9, 0.65, 1.0]]), ("S1", "S2", "S3"))
    good = exact(np.full((3, 3), 0.5) + 0.5 * np.eye(3), ("S1", "S2", "S3"), seed=6)
    data = pd.concat([bad.assign(bank="bad"), good.assign(bank="good")])
    taken = invariance(data, base=ALONE % "S1, S2, S3" + WIDE)
    assert taken.table()["status"].iloc[0] == "inadmissible"
    assert any("residual variance of S1 is -0.246 (Heywood case) (bank = bad)" in note for note in taken.notes)


# ---- second opinions ----------------------------------------------------------------------------------------------


def test_crosscheck_of_what_cannot_be_checked(tmp_path: Path) -> None:
    wrong(lambda: cs.crosscheck(run(DATA)), "maximum likelihood", "estimator: pls")
    wrong(lambda: cs.crosscheck(run(DATA, estimator="uls")), "maximum likelihood", "estimator: uls")
    wrong(lambda: cs.crosscheck(run(HOLE, estimator="ml", missing="fiml")), "fiml", "em, listwise")
    wrong(lambda: cs.crosscheck(None), "NoneType", "Result")  # type: ignore[arg-type]
    cs.save(RESULT, tmp_path / "out", report=False)
    wrong(lambda: cs.crosscheck(cs.load_result(tmp_path / "out")), "carries no moments", "run the study again")
    means = run(DATA, ML + "parameters: {Q1 ~1: 7}\n")
    wrong(lambda: cs.crosscheck(means), "no intercepts", "Q1 ~1")


def test_without_semopy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "semopy", None)
    for call in (lambda: run(DATA, estimator="semopy"), lambda: cs.crosscheck(RESULT)):
        assert isinstance(wrong(call, "semopy", 'pip install "csimodels[semopy]"'), MissingExtraError)
    compared = cs.compare_estimators(model(), DATA, estimators=["ml", "semopy"])
    assert "not installed" in compared.failed["semopy"] and list(compared.results) == ["ml"]
    assert set(compared.table()["semopy_status"]) == {"not estimated"}


def test_a_result_of_semopy_says_whose_parameters_it_shows() -> None:
    pytest.importorskip("semopy")
    assert "paths and indices from semopy" in said(run(DATA, estimator="semopy"))


@pytest.mark.parametrize(
    ("estimators", "words"),
    [
        ((), ("no estimator is named",)),
        (("pls", "pls"), ("named twice", "pls")),
        (("pls", "mll"), ('unknown estimator "mll"', 'did you mean "ml"?')),
        ("ml", ("must be a list", 'estimators=["ml"]')),
        (None, ("must be a list",)),
        ((1, 2), ('unknown estimator "1"',)),
    ],
)
def test_wrong_lists_of_estimators(estimators: Any, words: tuple[str, ...]) -> None:
    assert isinstance(wrong(lambda: cs.compare_estimators(model(), DATA, estimators=estimators), *words), SpecError)


def test_what_is_wrong_for_every_estimator_is_said_once() -> None:
    error = wrong(lambda: cs.compare_estimators(model(), DATA, weight="ww"), 'did you mean "w"?')
    assert isinstance(error, DataError) and len(error.problems) == 1


def test_an_estimator_that_cannot_take_the_model_says_why_and_the_others_run() -> None:
    compared = cs.compare_estimators(model(base=MODE_B), DATA)
    assert list(compared.failed) == ["ml"] and 'ml cannot take construct "Quality"' in compared.failed["ml"]
    assert compared.table()["ml"].isna().all() and compared.table()["pls"].notna().all()
    copies = cs.compare_estimators(model(), DATA.assign(S3=DATA["S1"]))
    assert "copies or sums of one another: S1, S3" in copies.failed["ml"]


def test_factor_analysis_is_compared_without_paths() -> None:
    compared = cs.compare_estimators(model(base=ALONE % "S1, S2, S3"), DATA)
    assert set(compared.failed) == {"pls", "plsc"} and set(compared.table()["table"]) == {"index", "loadings"}


# ---- command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "data", "options", "words"),
    [
        (ALONE % "S1, S2", DATA, [], ("not identified: 4 parameters, 3 moments",)),
        (SPEC, DATA.assign(S3=DATA["S1"]), ["--estimator", "ml"], ("copies or sums", "S1, S3")),
        (SPEC, HOLE, ["--estimator", "ml", "--missing", "mean"], ("not valid under this missing rule", "em, fiml")),
        (SPEC, HOLE, ["--estimator", "uls", "--missing", "em"], ("choose missing: listwise",)),
        (SPEC, HOLE, ["--missing", "fiml"], ("missing: fiml belongs to ml",)),
        (SPEC, DATA, ["--estimator", "mll"], ('did you mean "ml"?',)),
        (MODE_B, DATA, ["--estimator", "ml"], ("mode B",)),
        (
            SPEC,
            HOLE,
            ["--estimator", "ml", "--missing", "fiml", "--uncertainty", "linearised"],
            ("jackknife or bootstrap",),
        ),
    ],
)
def test_command_line_ends_with_the_remedy_and_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spec: str,
    data: pd.DataFrame,
    options: list[str],
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(spec, encoding="utf-8")
    data.to_csv("d.csv", index=False)
    monkeypatch.setattr(sys, "argv", ["csi", "run", "m.yaml", "d.csv", "-o", "out", *options])
    with pytest.raises(SystemExit) as end:
        cli.main()
    text = " ".join(capsys.readouterr().err.split())
    assert end.value.code == 2 and "Traceback" not in text and not Path("out").exists()
    for word in words:
        assert word in text
