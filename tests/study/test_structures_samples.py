"""Covariance structures of samples that are not simple: weights, clusters, missing answers, replicates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.estimate import ML, Design
from csimodels.moments import Moments, Multinomial, Rows

DESIGN = {"cluster": "branch"}


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """300 ACSI interviews with weights and clusters."""
    frame = cs.simulate("acsi", 300, seed=12).data
    i = np.arange(len(frame))
    return frame.assign(w=0.5 + (i % 7) / 4, same=2.0, region=i % 4, branch=i // 6)


@pytest.fixture(scope="module")
def holed(survey: pd.DataFrame) -> pd.DataFrame:
    """The same with 5 % of the answers taken out."""
    out = survey.copy()
    rng = np.random.default_rng(4)
    for item in cs.load_model("acsi").item_names:
        out[item] = out[item].astype(float).mask(rng.random(len(out)) < 0.05)
    return out


def run(data: Any, **options: Any) -> cs.Result:
    return cs.Study("acsi", data, **{"estimator": "ml", "uncertainty": None} | options).run(progress=False)


def kind(result: cs.Result) -> str:
    (errors,) = set(result.parameters()["errors"])
    return str(errors)


def measures(result: cs.Result) -> dict[str, float]:
    table = result.fit_measures()
    return dict(zip(table["measure"], table["value"], strict=True))


@pytest.mark.parametrize(
    ("options", "errors"),
    [
        ({}, "expected"),
        ({"weight": "same"}, "expected"),
        ({"weight": "w"}, "mlr"),
        ({"design": DESIGN}, "mlr"),
        ({"weight": "w", "design": {"strata": "region", "cluster": "branch"}}, "mlr"),
        ({"weight": "w", "estimator": "gls"}, "mlm"),
    ],
)
def test_errors_that_hold_for_the_sample_are_chosen(options: dict[str, Any], errors: str, survey: pd.DataFrame) -> None:
    if "strata" in options.get("design", {}):
        survey = survey.assign(branch=survey["region"] * 100 + np.arange(300) // 24)
    result = run(survey, **options)
    assert kind(result) == errors
    assert ("chisq.scaled" in measures(result)) == (errors in ("mlr", "mlm"))
    assert any("not strata" in note for note in result.notes) == ("strata" in options.get("design", {}))


@pytest.mark.parametrize("options", [{"weight": "w"}, {"design": DESIGN}])
@pytest.mark.parametrize("errors", ["expected", "observed"])
def test_errors_of_a_simple_sample_are_refused_for_others(
    errors: Any, options: dict[str, Any], survey: pd.DataFrame
) -> None:
    with pytest.raises(cs.DataError, match=r"(?s)simple random sample.*mlr"):
        run(survey, estimator=ML(errors=errors), **options)


def test_equal_weights_change_nothing(survey: pd.DataFrame) -> None:
    plain, equal = run(survey), run(survey, weight="same")
    pd.testing.assert_frame_equal(equal.parameters(), plain.parameters(), rtol=1e-9)
    pd.testing.assert_frame_equal(equal.fit_measures(), plain.fit_measures(), rtol=1e-9, atol=1e-12)


def test_clusters_of_one_row_are_independent_rows(survey: pd.DataFrame) -> None:
    """But for the factor n / (n - 1) of the totals: that of lavaan."""
    alone = run(survey.assign(branch=np.arange(300)), design=DESIGN).parameters().query("op != '~1' and free")
    plain = run(survey, estimator=ML(errors="mlr")).parameters().query("free")
    factor = np.sqrt(300 / 299)
    assert alone["se"].to_numpy() == pytest.approx(factor * plain["se"].to_numpy(), rel=1e-6)


@pytest.mark.parametrize("options", [{}, {"weight": "w"}, {"design": DESIGN}, {"weight": "w", "design": DESIGN}])
def test_linearised_errors_of_standardised_paths_are_those_of_mlr(
    options: dict[str, Any], survey: pd.DataFrame
) -> None:
    """Both are sums of the squared influences of the respondents: of the path itself, and of the likelihood.

    Linearisation takes n / (n - 1), as surveys do, which MLR has for clusters only (C / (C - 1), both).  The Jacobian
    is one of central differences: 1e-6.
    """
    result = run(survey, estimator=ML(errors="mlr"), uncertainty=cs.Linearised(), **options)
    table = result.parameters().query("op == '~'").set_index(["rhs", "lhs"])
    factor = 1.0 if "design" in options else np.sqrt(300 / 299)
    mine = result.paths().set_index(["source", "target"])["se"]
    assert mine.to_numpy() == pytest.approx(factor * table.loc[list(mine.index), "std_all_se"].to_numpy(), rel=1e-6)


def test_listwise_is_the_complete_rows(holed: pd.DataFrame) -> None:
    kept = holed.dropna(subset=list(cs.load_model("acsi").item_names))
    assert 100 < len(kept) < 200
    a, b = run(holed, missing="listwise"), run(kept)
    pd.testing.assert_frame_equal(a.parameters(), b.parameters(), rtol=1e-8)
    assert measures(a) == pytest.approx(measures(b), rel=1e-8, nan_ok=True)


def test_missing_answers_em_by_default_and_fiml(holed: pd.DataFrame, survey: pd.DataFrame) -> None:
    """Both use all rows; estimates of the two agree closely, and are nearer to those of all answers than listwise."""
    em, fiml, whole = run(holed), run(holed, missing="fiml"), run(survey)
    assert (kind(em), kind(fiml)) == ("two-stage", "FIML, observed")
    pd.testing.assert_frame_equal(run(holed, missing="em").parameters(), em.parameters())
    assert measures(em)["ntotal"] == measures(fiml)["ntotal"] == 300

    def apart(one: cs.Result, other: cs.Result) -> float:
        return float((one.paths()["estimate"] - other.paths()["estimate"]).abs().max())

    assert apart(em, fiml) < 0.02
    assert apart(fiml, whole) < apart(run(holed, missing="listwise"), whole)
    assert fiml.modification_indices().empty and fiml.model_residuals()["z"].isna().all()
    assert not fiml.factor_scores().isna().any(axis=None)


@pytest.mark.parametrize("rule", ["em", "fiml"])
def test_rules_for_missing_answers_change_nothing_where_none_are(rule: str, survey: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(run(survey, missing=rule).parameters(), run(survey, missing="listwise").parameters())


@pytest.mark.parametrize("rule", ["em", "fiml"])
def test_fixed_factors_of_incomplete_rows_are_expectations(rule: str, holed: pd.DataFrame) -> None:
    """Scores of a row with holes are those of its answers alone: independent of what would fill the holes."""
    result = run(holed, missing=rule)
    complete = ~holed[list(result.model.item_names)].isna().any(axis=1).to_numpy()
    regression = result.factor_scores().drop(columns="row").to_numpy()
    spread = [regression[rows].std(axis=0)[:4] for rows in (complete, ~complete)]
    assert (spread[1] < 1.2 * spread[0]).all() and (spread[1] > 0.5 * spread[0]).all()


@pytest.mark.parametrize("rule", ["mean", "pairwise"])
def test_other_rules_are_refused_by_name(rule: str, holed: pd.DataFrame, survey: pd.DataFrame) -> None:
    with pytest.raises(cs.DataError, match=rf"(?s){rule}, with \d+ missing answers.*em, fiml, listwise"):
        run(holed, missing=rule)
    assert kind(run(survey, missing=rule)) == "expected", "without holes every rule is the same"


def test_satorra_bentler_needs_complete_rows(holed: pd.DataFrame) -> None:
    for rule in ("em", "fiml"):
        with pytest.raises(cs.DataError, match="complete rows"):
            run(holed, missing=rule, estimator=ML(errors="mlm"))
    assert kind(run(holed, missing="listwise", estimator=ML(errors="mlm"))) == "mlm"


def test_bollen_stine_is_refused_where_it_is_not_defined(survey: pd.DataFrame, holed: pd.DataFrame) -> None:
    for result in (run(survey, weight="w"), run(survey, design=DESIGN), run(holed, missing="fiml")):
        with pytest.raises(cs.DataError, match="complete, unweighted, independent"):
            result.bollen_stine(10)


def test_a_batch_of_replicates_is_refitting_the_drawn_rows(survey: pd.DataFrame) -> None:
    """Published paths, loadings and R2 of three draws, by the batch and by a study of the drawn rows themselves."""
    model = cs.load_model("acsi")
    items, design = list(model.item_names), Design.of(model)
    x = survey[items].to_numpy(float)
    counts = Multinomial(300, 3, 5).counts(0, 3)
    rows = Rows(model.item_names, x, np.full(14, 5.0))
    batch = ML()(design, Moments.from_sums(rows.sums(counts)))
    names = model.construct_names
    for b in range(3):
        drawn = survey.iloc[np.repeat(np.arange(300), counts[b].astype(int))]
        alone = run(drawn)
        for source, target, estimate in alone.paths()[["source", "target", "estimate"]].itertuples(index=False):
            assert batch.paths[b, names.index(target), names.index(source)] == pytest.approx(estimate, abs=1e-7)
        r2 = alone.r2().set_index("construct")["r2"]
        assert batch.r2[b, names.index("Loyalty")] == pytest.approx(r2["Loyalty"], abs=1e-7)
        assert float(batch.solution.chi2[b]) == pytest.approx(measures(alone)["chisq"], rel=1e-8)


def test_bootstrap_and_sandwich_agree(survey: pd.DataFrame) -> None:
    """400 replicates give an error to 3.5 %; 15 % for the largest of nine, and what n = 300 leaves."""
    result = run(survey, estimator=ML(errors="mlr"), uncertainty=cs.Bootstrap(400, seed=2))
    table = result.parameters().query("op == '~'").set_index(["rhs", "lhs"])["std_all_se"]
    boot = result.paths().set_index(["source", "target"])["se"]
    assert boot.to_numpy() == pytest.approx(table[list(boot.index)].to_numpy(), rel=0.2)
    assert result.replicates()["kept"].sum() == 400


def test_errors_in_the_spec_and_in_the_estimator_are_the_same(survey: pd.DataFrame) -> None:
    base = cs.load_model("acsi")
    stated = replace(base, estimate=replace(base.estimate, estimator="ml", errors="mlr", missing=None))
    from_spec = cs.Study(stated, survey, uncertainty=None).run()
    pd.testing.assert_frame_equal(from_spec.parameters(), run(survey, estimator=ML(errors="mlr")).parameters())
    assert kind(from_spec) == "mlr"


def test_clusters_numbered_anew_in_every_stratum_are_different_clusters() -> None:
    """Labels 0..4 in each of four strata are twenty clusters; the same rows with unique labels give the same errors."""
    frame = cs.simulate("acsi", 400, seed=9).data
    i = np.arange(400)
    frame["stratum"], frame["nested"] = i % 4, (i // 4) % 5
    frame["unique"] = frame["stratum"] * 5 + frame["nested"]
    runs = [
        cs.Study("acsi", frame, estimator="ml", uncertainty=None, design={"strata": "stratum", "cluster": name}).run()
        for name in ("nested", "unique")
    ]
    one, two = (run.parameters()["se"].to_numpy() for run in runs)
    assert one == pytest.approx(two, rel=1e-12, nan_ok=True)
    frame["group"] = np.where(i % 2, "a", "b")
    ladders = [
        cs.invariance(
            "acsi", frame, by="group", steps=["configural"], design={"strata": "stratum", "cluster": name}
        ).table()
        for name in ("nested", "unique")
    ]
    assert ladders[0]["chisq"][0] == pytest.approx(ladders[1]["chisq"][0], rel=1e-12)
