"""Intervals of paths from and to a second-order construct go through both stages."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from csimodels.estimate import PLS, PLSc

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from coverage_two_stage import PATHS, RESULTS, coverage, model, truth


def test_plsc_recovers_the_population_and_pls_is_attenuated() -> None:
    exact = truth(model(), PLSc(tol=1e-13, max_iter=5000))
    assert exact == pytest.approx(PATHS, abs=1e-9)
    assert truth(model(), PLS(tol=1e-13, max_iter=5000))["G", "Y"] < 0.5


@pytest.mark.parametrize("estimator", [PLS(), PLSc()], ids=["pls", "plsc"])
def test_intervals_hold_the_truth(estimator: PLS | PLSc) -> None:
    table = coverage(estimator, "jackknife", 200, 40)
    assert 0.88 <= table["coverage"].mean() <= 1.0  # 120 intervals: 0.95 less three standard errors of 0.02


def test_the_committed_simulation_covers_as_it_says() -> None:
    table = pd.read_csv(RESULTS)
    assert set(table["estimator"]) == {"pls", "plsc"} and set(table["higher_order"]) == {"disjoint", "embedded"}
    assert table["coverage"].between(0.93, 0.97).all()
