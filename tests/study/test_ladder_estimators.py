"""The ladder by the estimator of the spec: what each of them needs, and what it says where that is not there."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import DataError, SpecError

SPEC = """
csi: 1
scale: [1, 10]
constructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}}
paths: {A: B}
index: B
"""


@cache
def answers() -> pd.DataFrame:
    return cs.simulate(cs.parse_model(SPEC), 240, seed=3).data.assign(bank=["North", "South"] * 120)


def climbed(estimator: str, data: pd.DataFrame | None = None, **more: object) -> cs.Invariance:
    model = cs.load_model(cs.parse_model(SPEC), overrides={"estimate": {"estimator": estimator}})
    return cs.invariance(model, answers() if data is None else data, by="bank", **more)  # type: ignore[arg-type]


def test_unweighted_least_squares_have_a_test_with_robust_errors_only() -> None:
    plain, robust = climbed("uls").table(), climbed("uls", errors="mlm").table()
    assert plain["chisq_diff"].notna().sum() == 3 and plain["p_diff"].isna().all()
    assert robust["p_diff"].notna().sum() == 3 and (robust["scaling"] != 1).all()


def test_equal_residuals_of_unweighted_least_squares_are_those_of_their_errors() -> None:
    """Estimates minimise what errors and tests take: all moments count once, as with a weight matrix of 1."""
    from csimodels.estimate.ml.cases import Cases
    from csimodels.estimate.ml.parameters import ParameterTable
    from csimodels.estimate.ml.solution import solve
    from csimodels.estimate.ml.structure import Structure

    model, data = cs.parse_model(SPEC), answers()
    group = (data["bank"] == "South").to_numpy().astype(int)
    sample = Cases.of(data[list(model.item_names)].to_numpy(float), group=group).sample
    table = ParameterTable.of(model, groups=2, mean_structure=True, equal=("loadings", "intercepts", "residuals"))
    found = solve(Structure(table), sample, "uls")
    ones = solve(Structure(table), sample, "wls", weight=np.eye(27))
    assert found.chi2 == pytest.approx(float(ones.chi2), rel=1e-10)
    assert found.x == pytest.approx(ones.x, abs=1e-8)


def test_weighted_least_squares_need_complete_rows_and_many() -> None:
    holed = answers().assign(a1=answers()["a1"].where(np.arange(240) % 40 > 0).astype(float))
    with pytest.raises(DataError, match="gls needs complete rows"):
        climbed("gls", holed)
    assert climbed("gls", holed, missing="listwise", steps=["configural"]).n == (114, 120)
    with pytest.raises(DataError, match=r"wls needs more respondents[\s\S]*more than 27"):
        climbed("wls", answers().head(50))
    with pytest.raises(SpecError, match="observed are not those of wls"):
        climbed("wls", errors="observed")
