"""Models of behaviour: printed values, scikit-learn's AUC, recovery of known truth, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobile_study import Mobile
from printed import same_digits

from csimodels.desk import behaviour

pytest.importorskip("statsmodels")


def test_repurchase_reproduces_the_printed_logit(mobile: Mobile, mobi: pd.DataFrame) -> None:
    """The printed errors are those of the model (R's glm); the sandwich is compared with svyglm in tests/golden."""
    y = (mobi["CUSL1"].to_numpy(float) >= 8).astype(float)
    same_digits(y.mean(), ".592")
    x = mobile.scores[:, [mobile.of("Satisfaction")]]
    got = behaviour.fit_behaviour(y, x)
    same_digits(got.coefficients[0], "-4.676188")
    same_digits(got.coefficients[1], ".0704301")
    same_digits(np.sqrt(got.model_covariance[0, 0]), ".852943")
    same_digits(np.sqrt(got.model_covariance[1, 1]), ".0117912")
    same_digits(behaviour.predicted_at(got, np.asarray([60.0, 70, 80]))[0], ".389269 .563140 .722764")
    assert got.n == 250 and got.df == 248


def _rows() -> tuple[np.ndarray, ...]:
    k = np.arange(1, 121)
    x = 40 + 60 * (k * 37 % 101) / 101
    z = 20 + 70 * (k * 53 % 97) / 97
    y = ((k * 29 % 89) / 89 < 1 / (1 + np.exp(-(x - 70) / 15))).astype(float)
    spend = np.exp(1 + 0.02 * x) * (0.4 + 1.2 * (k * 17 % 23) / 23)
    return np.column_stack([x, z]), y, spend, np.floor(spend / 3), 1.0 + k % 5


def test_ratios_and_predictions_agree_with_the_coefficients() -> None:
    x, y, _, _, weight = _rows()
    got = behaviour.fit_behaviour(y, x, "logit", weight)
    ratio = behaviour.ratio_per_10(got)
    low, high = behaviour.predicted_at(got, np.asarray([[60.0, 50], [70, 50]]))[0]
    assert (high / (1 - high)) / (low / (1 - low)) == pytest.approx(ratio[0, 0])
    assert (ratio[1] < ratio[0]).all() and (ratio[0] < ratio[2]).all()
    table = behaviour.predicted_at(got, np.asarray([[60.0, 50]]))
    assert table[1] < table[0] < table[2]


def test_missing_outcomes_are_left_out() -> None:
    x, y, _, _, weight = _rows()
    y[3], x[5, 1] = np.nan, np.nan
    used = ~(np.isnan(y) | np.isnan(x).any(axis=1))
    got, alone = (
        behaviour.fit_behaviour(y, x, "logit", weight),
        behaviour.fit_behaviour(y[used], x[used], "logit", weight[used]),
    )
    assert got.coefficients == pytest.approx(alone.coefficients) and got.covariance == pytest.approx(alone.covariance)
    assert got.n == 118 and np.isnan(got.fitted[[3, 5]]).all()


def test_auc_is_that_of_all_pairs_and_of_scikit_learn() -> None:
    rng = np.random.default_rng(21)
    y, predicted, weight = rng.integers(0, 2, 80).astype(float), np.round(rng.random(80), 1), rng.uniform(0.5, 2, 80)
    d = predicted[y == 1][:, None] - predicted[y == 0][None, :]
    pairs = (d > 0) + (d == 0) / 2
    w = weight[y == 1][:, None] * weight[y == 0][None, :]
    assert behaviour.auc(y, predicted) == pytest.approx(pairs.mean())
    assert behaviour.auc(y, predicted, weight) == pytest.approx((pairs * w).sum() / w.sum())
    metrics = pytest.importorskip("sklearn.metrics")
    assert behaviour.auc(y, predicted, weight) == pytest.approx(
        metrics.roc_auc_score(y, predicted, sample_weight=weight)
    )


def test_tenths_are_calibrated_where_the_model_is_true() -> None:
    rng = np.random.default_rng(22)
    predicted = rng.uniform(0.05, 0.95, 20_000)
    y = (rng.random(20_000) < predicted).astype(float)
    table = behaviour.calibration(y, predicted)
    assert table[:, 0] == pytest.approx(np.full(10, 2000), abs=1)
    assert np.abs(table[:, 1] - table[:, 2]).max() < 4 * 0.5 / np.sqrt(2000)
    tied = behaviour.calibration(np.asarray([0, 1.0, 1]), np.asarray([0.5, 0.5, 0.5]))
    assert tied[:, 0].sum() == 3 and (tied[:, 0] > 0).sum() == 1


def test_bad_outcomes_are_named() -> None:
    x, y, spend, _, _ = _rows()
    assert behaviour.check_outcome(y, x, "logit", "retained") == []
    assert behaviour.check_outcome(spend, x, "gamma", "spend") == []
    assert behaviour.check_outcome(spend, x, "logit", "spend")[0].allowed == "0 and 1"
    assert "amounts above 0" in behaviour.check_outcome(y, x, "gamma", "spend")[0].allowed
    assert "same for everybody" in behaviour.check_outcome(np.ones(120), x, "logit", "r")[0].what
    assert "a score" in behaviour.check_outcome(y, np.full((120, 1), 70.0), "logit", "r")[0].what
    assert "separates" in behaviour.check_outcome((x[:, 0] > 70).astype(float), x, "logit", "r")[0].what
    assert "too few" in behaviour.check_outcome(y[:2], x[:2], "logit", "r")[0].what
