"""Covariance structures through the front door: every table, and how they hang together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import csimodels as cs
from csimodels.spec import Model
from csimodels.spec.model import Parameter

TABLES = ("parameters", "fit_measures", "model_effects", "modification_indices", "model_residuals", "explained")


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    """300 ACSI interviews of two firms with weights, strata and clusters."""
    frame = cs.simulate("acsi", 300, seed=12).data
    i = np.arange(len(frame))
    return frame.assign(firm=np.where(i % 2, "北方", "South"), w=0.5 + (i % 7) / 4, region=i % 4, branch=i // 6)


@pytest.fixture(scope="module")
def result(survey: pd.DataFrame) -> cs.Result:
    return run(survey)


def run(data: Any, model: Any = "acsi", **options: Any) -> cs.Result:
    return cs.Study(model, data, **{"estimator": "ml", "uncertainty": None} | options).run(progress=False)


def measures(result: cs.Result) -> dict[str, float]:
    table = result.fit_measures()
    return dict(zip(table["measure"], table["value"], strict=True))


def estimates(result: cs.Result, column: str = "est") -> dict[str, float]:
    table = result.parameters()
    names = [" ".join(row).strip() for row in table[["lhs", "op", "rhs"]].itertuples(index=False)]
    return dict(zip(names, table[column], strict=True))


def with_parameters(*parameters: Parameter, model: str | Model = "acsi") -> Model:
    base = cs.load_model(model)
    return cs.load_model(replace(base, parameters=parameters, estimate=replace(base.estimate, estimator="ml")))


def test_parameters_have_errors_tests_and_limits(result: cs.Result) -> None:
    table = result.parameters()
    free = table[table["free"]]
    assert len(free) == measures(result)["npar"] == 36
    assert (table["status"] == "ok").all() and (table["errors"] == "expected").all()
    assert free["z"].to_numpy() == pytest.approx((free["est"] / free["se"]).to_numpy(), rel=1e-12)
    assert free["p"].to_numpy() == pytest.approx(2 * stats.norm.sf(np.abs(free["z"])), rel=1e-9, abs=1e-300)
    assert (free["high"] - free["est"]).to_numpy() == pytest.approx(1.959964 * free["se"].to_numpy(), rel=1e-6)
    fixed = table[~table["free"]]
    assert fixed[["se", "z", "p", "low", "high"]].isna().all(axis=None)
    assert set(fixed["est"]) == {0.0, 1.0}, "markers and the residual of the single item"


def test_level_of_the_limits_is_that_of_the_spec(survey: pd.DataFrame) -> None:
    table = run(survey, uncertainty=cs.Linearised(level=0.8)).parameters()
    free = table[table["free"]]
    reach = stats.norm.ppf(0.9)
    assert (free["est"] - free["low"]).to_numpy() == pytest.approx(reach * free["se"].to_numpy(), rel=1e-9)


def test_degrees_of_freedom_and_chi_square(result: cs.Result, survey: pd.DataFrame) -> None:
    """chi2 = n F by its definition, from the implied covariances that the residuals leave."""
    m = measures(result)
    items = list(result.model.item_names)
    s = np.cov(survey[items].T.astype(float), ddof=0)
    table = result.model_residuals()
    raw = np.zeros_like(s)
    for item, other, value in table[["item", "other", "raw"]].itertuples(index=False):
        raw[items.index(item), items.index(other)] = raw[items.index(other), items.index(item)] = value
    sigma = s - raw
    logs = np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(s)[1]
    assert m["chisq"] == pytest.approx(300 * (logs + np.trace(s @ np.linalg.inv(sigma)) - 14), rel=1e-9)
    assert m["df"] == 14 * 15 / 2 - 36
    assert m["pvalue"] == pytest.approx(stats.chi2.sf(m["chisq"], m["df"]), rel=1e-9)
    assert m["aic"] == pytest.approx(-2 * m["logl"] + 2 * 36, rel=1e-12)


def test_std_lv_is_the_same_fit(result: cs.Result, survey: pd.DataFrame) -> None:
    """Another parametrisation: chi-square, standardised solution, R2 and indices stay, to the stopping rule."""
    other = run(survey, estimator=cs.ML(identification="std_lv"))
    assert measures(other)["chisq"] == pytest.approx(measures(result)["chisq"], rel=1e-9)
    mine, theirs = estimates(result, "std_all"), estimates(other, "std_all")
    assert theirs == pytest.approx(mine, rel=1e-5, abs=1e-6)
    assert estimates(other)["Expectation ~~ Expectation"] == 1.0
    pd.testing.assert_frame_equal(other.index(), result.index(), rtol=1e-6)
    pd.testing.assert_frame_equal(other.explained(), result.explained(), rtol=1e-5)


def test_the_tables_that_all_estimators_have_show_the_same_numbers(result: cs.Result) -> None:
    std = result.parameters().query("op == '~'").set_index(["rhs", "lhs"])["std_all"]
    paths = result.paths().set_index(["source", "target"])["estimate"]
    assert paths.to_dict() == pytest.approx(std.to_dict(), rel=1e-9)
    total = result.model_effects().query("kind == 'total'").set_index(["source", "target"])["std_all"]
    assert result.effects().set_index(["source", "target"])["total"].to_dict() == pytest.approx(total.to_dict())
    r2 = result.explained().set_index("variable")["r2"]
    ours = result.r2().dropna(subset="r2").set_index("construct")["r2"]
    assert ours.to_dict() == pytest.approx(r2[list(ours.index)].to_dict(), rel=1e-9)
    loading = result.parameters().query("op == '=~'").set_index("rhs")["std_all"]
    assert result.loadings().set_index("item")["loading"].to_dict() == pytest.approx(loading.to_dict(), rel=1e-9)


def test_effects_add_up(result: cs.Result) -> None:
    table = result.model_effects().pivot_table(index=["source", "target"], columns="kind", values="est").fillna(0.0)
    assert table["total"].to_numpy() == pytest.approx((table["direct"] + table["indirect"]).to_numpy(), abs=1e-12)
    b = estimates(result)
    by_hand = b["Value ~ Expectation"] + b["Quality ~ Expectation"] * b["Value ~ Quality"]
    assert table.loc[("Expectation", "Value"), "total"] == pytest.approx(by_hand, rel=1e-12)


def test_a_modification_index_says_what_freeing_the_parameter_does(survey: pd.DataFrame) -> None:
    """A score test: for a parameter near zero it is the fall of chi-square to second order, and epc the estimate."""
    frame = survey.copy()
    shared = np.random.default_rng(1).normal(size=len(frame))
    for item in ("EXP1", "QUA1"):
        frame[item] = np.clip(np.round(frame[item] + 0.6 * shared), 1, 10)
    first = run(frame)
    top = first.modification_indices().iloc[0]
    assert (top["lhs"], top["op"], top["rhs"]) == ("EXP1", "~~", "QUA1")
    freed = run(frame, with_parameters(Parameter("EXP1", "~~", "QUA1")))
    assert measures(freed)["df"] == measures(first)["df"] - 1
    assert measures(first)["chisq"] - measures(freed)["chisq"] == pytest.approx(top["mi"], rel=0.15)
    assert estimates(freed)["EXP1 ~~ QUA1"] == pytest.approx(top["epc"], rel=0.15)
    every = first.modification_indices(least=0.0)
    assert len(every) > len(first.modification_indices()) > 0
    assert every["mi"].is_monotonic_decreasing


def test_factor_scores_are_their_formulas(result: cs.Result, survey: pd.DataFrame) -> None:
    """Regression: Phi Lambda' Sigma^-1 (x - mean); Bartlett: (Lambda' Theta^-1 Lambda)^-1 Lambda' Theta^-1 (x - mean).

    Theta of the single complaints item is 0, so Bartlett is taken in its form with Sigma, which is the same.
    """
    names, items = result.model.construct_names, list(result.model.item_names)
    b, lam, psi, theta = (np.zeros(shape) for shape in ((6, 6), (14, 6), (6, 6), (14, 14)))
    for lhs, op, rhs, est in result.parameters()[["lhs", "op", "rhs", "est"]].itertuples(index=False):
        if op == "=~":
            lam[items.index(rhs), names.index(lhs)] = est
        elif op == "~":
            b[names.index(lhs), names.index(rhs)] = est
        elif lhs in names:
            psi[names.index(lhs), names.index(rhs)] = psi[names.index(rhs), names.index(lhs)] = est
        else:
            theta[items.index(lhs), items.index(rhs)] = est
    back = np.linalg.inv(np.eye(6) - b)
    phi = back @ psi @ back.T
    inverse = np.linalg.inv(lam @ phi @ lam.T + theta)
    z = survey[items].to_numpy(float) - survey[items].to_numpy(float).mean(axis=0)
    expected = {
        "regression": z @ inverse @ lam @ phi,
        "bartlett": z @ inverse @ lam @ np.linalg.inv(lam.T @ inverse @ lam),
    }
    for method, scores in expected.items():
        table = result.factor_scores(method)  # type: ignore[arg-type]
        assert list(table.columns) == ["row", *names] and table["row"].tolist() == list(range(1, 301))
        assert table[list(names)].to_numpy() == pytest.approx(scores, rel=1e-6, abs=1e-7)


def test_a_measurement_model_without_paths(survey: pd.DataFrame) -> None:
    base = cs.load_model("acsi")
    constructs = tuple(c for c in base.constructs if len(c.items) > 1)
    done = run(survey, replace(base, constructs=constructs, paths=()))
    table = done.parameters()
    between = table[(table["op"] == "~~") & table["lhs"].isin([c.name for c in constructs])]
    assert len(between) == 5 + 10, "all constructs correlate"
    assert done.paths().empty and done.model_effects().empty
    assert measures(done)["df"] == 13 * 14 / 2 - (13 + 13 - 5 + 15)
    assert done.index()["index"].between(0, 100).all()


def test_labels_hold_equal_and_values_fix(survey: pd.DataFrame, result: cs.Result) -> None:
    model = with_parameters(
        Parameter("Expectation", "=~", "EXP2", label="same"),
        Parameter("Quality", "=~", "QUA2", label="same"),
        Parameter("Value", "~", "Expectation", value=0.4),
        Parameter("EXP3", "~~", "QUA3"),
    )
    done = run(survey, model)
    b = estimates(done)
    assert b["Expectation =~ EXP2"] == b["Quality =~ QUA2"]
    assert b["Value ~ Expectation"] == 0.4
    assert np.isnan(estimates(done, "se")["Value ~ Expectation"])
    assert measures(done)["df"] == measures(result)["df"] + 1
    labels = done.parameters().set_index(["lhs", "op", "rhs"])["label"]
    assert labels["Quality", "=~", "QUA2"] == "same"
    restricted = run(survey, with_parameters(*model.parameters[:3]))
    assert measures(restricted)["chisq"] > measures(result)["chisq"]


def test_stated_reliability_fixes_the_residual_and_keeps_the_degrees_of_freedom(
    survey: pd.DataFrame, result: cs.Result
) -> None:
    base = cs.load_model("acsi")
    constructs = tuple(replace(c, reliability=0.7) if c.name == "Complaints" else c for c in base.constructs)
    done = run(survey, replace(base, constructs=constructs))
    item = base.construct("Complaints").items[0].name
    spread = survey[item].var(ddof=0)
    assert estimates(done)[f"{item} ~~ {item}"] == pytest.approx(0.3 * spread, rel=1e-9)
    assert measures(done)["df"] == measures(result)["df"]
    stronger = estimates(done, "std_all")["Complaints ~ Satisfaction"]
    assert abs(stronger) > 1.1 * abs(estimates(result, "std_all")["Complaints ~ Satisfaction"])


@pytest.mark.parametrize("estimator", ["uls", "gls", "wls"])
def test_other_discrepancies_agree_where_the_model_holds(estimator: str) -> None:
    """4 000 answers of a population in which the model holds nearly: 0.06 is three errors of a difference."""
    data = cs.simulate("acsi", 4000, seed=2).data
    theirs, mine = run(data, estimator=estimator), run(data)
    apart = theirs.paths()["estimate"] - mine.paths()["estimate"]
    assert apart.abs().max() < 0.06
    assert apart.abs().max() > 1e-6, "another estimator"
    m = measures(theirs)
    assert np.isnan(m["pvalue"]) == (estimator == "uls")
    assert "aic" not in m and m["df"] == 69
    assert (theirs.modification_indices().empty) == (estimator in ("uls", "wls"))


def test_bollen_stine_is_that_of_lavaan(mobi: pd.DataFrame) -> None:
    """ml_inference.json: p = .0155 of 969 replicates (error .004); ours of 400 replicates has an error of .006."""
    model = cs.load_model("ecsi")
    acsi = replace(
        model,
        constructs=tuple(c for c in model.constructs if c.name != "Image"),
        paths=tuple(p for p in model.paths if "Image" not in p),
    )
    table = run(mobi, acsi).bollen_stine(replicates=400, seed=3)
    assert table["chisq"].item() == pytest.approx(298.887221, abs=1e-5)
    assert table["p"].item() == pytest.approx(0.0155, abs=0.02)
    assert table["asked"].item() == 400 and 360 <= table["kept"].item() <= 400


@pytest.fixture(scope="module")
def degenerate(mobi: pd.DataFrame) -> cs.Result:
    """The full ECSI model on the mobile data with linearised errors."""
    return run(mobi, "ecsi", uncertainty=cs.Linearised())


def test_a_degenerate_model_reaches_its_minimum_and_is_named(mobi: pd.DataFrame, degenerate: cs.Result) -> None:
    """The full ECSI model on the mobile data: paths are not to be compared, chi-square is (METHODS section 8)."""
    done = run(mobi, "ecsi")
    assert measures(done)["chisq"] == pytest.approx(575.571282, abs=1e-6)
    assert measures(done)["df"] == 241
    (note,) = [text for text in done.notes if "nearly not identified" in text]
    assert "Expectation and Quality" in note and "their paths are unstable" in note
    assert set(done.index()["status"]) == {"nearly not identified"}  # without errors nobody can tell
    done = degenerate
    assert set(done.index()["status"]) == {"ok"}  # errors are those of PLS indices, though paths have errors of 10
    plain = cs.Study("ecsi", mobi, uncertainty=cs.Linearised()).run(progress=False).index()
    assert done.index()["se"].to_numpy() == pytest.approx(plain["se"].to_numpy(), rel=0.25)
    assert done.paths()["se"].max() > 5
    assert set(done.paths()["status"]) == set(done.drivers()["status"]) == {"nearly not identified"}
    assert set(done.drivers()["quadrant"]) == {""}


def test_an_index_that_moves_with_its_weights_keeps_the_flag(degenerate: cs.Result) -> None:
    """Its error beyond that of its least certain item, no errors, or a negative weight: the flag stays."""
    done = degenerate
    e, place = done.estimates, done.estimates.layout.blocks
    d = e.layout.design
    j = d.constructs.index("Satisfaction")
    largest = e.se[0, place["performance"]][d.blocks[j]].max()
    for block, at, number in (
        ("index", j, 1.01 * largest),
        ("index", j, np.nan),
        ("weight_unstd", d.blocks[j][0], -0.01),
    ):
        name = "value" if block == "weight_unstd" else "se"
        changed = getattr(e, name).copy()
        changed[0, place[block].start + at] = number
        index = replace(done, estimates=replace(e, **{name: changed})).index().set_index("construct")
        assert "nearly not identified" in index.loc["Satisfaction", "status"]
        assert index.loc["Value", "status"] == "ok"


def test_saved_tables_come_back(result: cs.Result, tmp_path: Path) -> None:
    cs.save(result, tmp_path / "out", report=False)
    loaded = cs.load_result(tmp_path / "out")
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(loaded, name)(), getattr(result, name)(), rtol=1e-14)
    with pytest.raises(cs.DataError, match="carries no respondents"):
        loaded.factor_scores()
    with pytest.raises(cs.DataError, match="carries no respondents"):
        loaded.bollen_stine(10)


def test_groups_are_the_groups_alone(survey: pd.DataFrame) -> None:
    both = run(survey, by="firm")
    for firm in ("北方", "South"):
        alone = run(survey[survey["firm"] == firm])
        for name in TABLES:
            mine = getattr(both, name)().query("firm == @firm").drop(columns="firm").reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, getattr(alone, name)(), rtol=1e-6, atol=1e-8, check_dtype=False)
    assert both.overall is not None and measures(both.overall) == pytest.approx(measures(run(survey)), nan_ok=True)
    scores = both.factor_scores()
    assert scores["firm"].tolist() == survey["firm"].tolist()
    assert len(both.bollen_stine(20)) == 2


@pytest.mark.parametrize("name", TABLES)
def test_pls_has_no_such_table(name: str, survey: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="covariance structures"):
        getattr(run(survey, estimator="pls"), name)()
