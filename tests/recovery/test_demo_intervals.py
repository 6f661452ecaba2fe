"""The demo's truth lies inside its intervals about as often as they claim."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import csimodels as cs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hits() -> tuple[np.ndarray, np.ndarray]:
    """For 24 companies x 6 constructs x 2 years: truth inside the 95 % interval; standardised error."""
    stored = json.loads((ROOT / "data" / "demo-truth.json").read_text(encoding="utf-8"))
    truth = {(c["year"], c["company"]): c["index"] for c in stored["companies"]}
    inside, error = [], []
    for year in (2025, 2026):
        uncertainty = cs.Bootstrap(400, seed=2026)
        study = cs.Study(ROOT / "models" / "demo.yaml", where={"year": year}, uncertainty=uncertainty)
        for row in study.run().index().to_dict("records"):
            value = truth[year, row["company"]][row["construct"]]
            inside.append(row["low"] <= value <= row["high"])
            error.append((row["index"] - value) / row["se"])
    return np.asarray(inside), np.asarray(error)


def test_coverage_of_company_indices(hits: tuple[np.ndarray, np.ndarray]) -> None:
    """Nominal 0.95; percentile intervals at n = 230 cover about 0.94 (docs/results.md).

    The 288 intervals come in 48 correlated sixes, worth about 100 independent ones: standard error 0.024.
    """
    inside, _ = hits
    assert len(inside) == 288
    assert 0.94 - 3 * 0.024 < inside.mean() <= 1.0


def test_standard_errors_are_of_the_right_size(hits: tuple[np.ndarray, np.ndarray]) -> None:
    """Standardised errors have mean 0 and standard deviation 1, within about three of their own errors."""
    _, error = hits
    assert abs(error.mean()) < 0.3
    assert 0.8 < error.std() < 1.2
