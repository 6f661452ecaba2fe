"""Leads, ranks, trend, change split: printed values, statsmodels, brute force, identities."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from printed import same_digits
from scipy import stats

from csimodels.desk import benchmark, trend
from csimodels.desk.inputs import check_known
from csimodels.infer import symmetric
from csimodels.infer.best import lead_over_best


def test_leads_of_the_mobile_operator_study() -> None:
    same_digits(benchmark.lead_over_best(np.asarray([83.68, 75.94]))[0], "7.74")
    same_digits(benchmark.lead_over_best(np.asarray([78.1, 80.75]))[0], "-2.65")
    se = benchmark.lead_se(np.asarray([0.6, 0.8]), 1)[0]
    around = symmetric(np.asarray(7.74), np.asarray(se))
    same_digits([se, around.low, around.high], "1.0 5.78 9.70")


def test_leads_by_brute_force_with_missing_units_and_ties() -> None:
    rng = np.random.default_rng(4)
    index = np.round(rng.normal(75, 3, (200, 5)))
    index[rng.random((200, 5)) < 0.3] = np.nan
    best, mean = benchmark.lead_over_best(index), benchmark.lead_over_mean(index)
    for row, lead, over_mean in zip(index, best, mean, strict=True):
        for u in range(5):
            others = np.delete(row, u)
            others = others[~np.isnan(others)]
            if np.isnan(row[u]) or not len(others):
                assert np.isnan(lead[u]) and np.isnan(over_mean[u])
            else:
                assert lead[u] == row[u] - others.max() and over_mean[u] == pytest.approx(row[u] - others.mean())


def test_lead_over_a_named_competitor_and_ranks() -> None:
    index = np.asarray([[80.0, 75, 80, np.nan], [60, 70, 65, 62]])
    lead = benchmark.lead_over(index, 1)
    assert lead[1].tolist()[0] == -10 and np.isnan(lead[:, 1]).all() and index[0, 1] == 75
    assert benchmark.rank(index)[0].tolist()[:3] == [1, 3, 1] and np.isnan(benchmark.rank(index)[0, 3])
    assert benchmark.rank_of_lead(index)[:, 0].tolist() == [1, 2]
    assert benchmark.rank_of_lead(index[None])[0, :, 1].tolist() == [2, 1]


def test_leader_differs_only_where_replicates_say_so() -> None:
    rng = np.random.default_rng(6)
    index = np.asarray([80.0, 79.9, 70, np.nan])
    draws = index + rng.normal(size=(500, 4))
    got = benchmark.leader_differs(index, draws)
    assert np.isnan(got[[0, 3]]).all() and got[1] == 0 and got[2] == 1


def test_quadrants_of_importance_and_lead() -> None:
    place = benchmark.strategy_quadrant(np.asarray([0.5, 0.5, 0.1, 0.1]), np.asarray([1.0, -1, 1, -1]), np.asarray(0.3))
    assert [benchmark.QUADRANTS[k] for k in place] == ["advantage", "urgent", "keep", "watch"]


INDEX, SE = np.asarray([71.2, 72.0, 73.1, 74.6]), np.asarray([0.9, 0.9, 0.8, 0.8])


def test_trend_reproduces_the_printed_values() -> None:
    """Q is 9.1356328 in exact fractions; the list of check values prints 9.13564, wrong in its last digit."""
    w = [1 / Fraction(81, 100)] * 2 + [1 / Fraction(64, 100)] * 2
    exact = [Fraction(712, 10), Fraction(72), Fraction(731, 10), Fraction(746, 10)]
    level = sum(a * b for a, b in zip(w, exact, strict=True)) / sum(w)
    q = sum(a * (b - level) ** 2 for a, b in zip(w, exact, strict=True))
    got = trend.trend(INDEX, trend.covariance_of_waves(SE))
    same_digits([got.slope, got.se], "1.138354 .380259")
    same_digits([got.q, got.pooled], "9.13563 72.856897")
    assert got.q == pytest.approx(float(q), rel=1e-11)
    assert got.df == 3 and got.p == pytest.approx(stats.chi2.sf(got.q, 3))
    low, high = trend.control_limits(got.pooled, SE)
    assert high - low == pytest.approx(6 * SE) and (high + low) / 2 == pytest.approx(np.full(4, got.pooled))


def test_trend_of_a_panel_is_generalised_least_squares_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(9)
    time = np.asarray([2019.0, 2020, 2022, 2023])
    root = rng.normal(size=(4, 4))
    cov = root @ root.T
    got = trend.trend(INDEX, cov, time)
    theirs = sm.GLS(INDEX, sm.add_constant(time), sigma=cov).fit(cov_type="fixed scale")
    assert (got.slope, got.se) == pytest.approx((theirs.params[1], theirs.bse[1]), rel=1e-6)
    level = sm.GLS(INDEX, np.ones(4), sigma=cov).fit(cov_type="fixed scale")
    assert (got.pooled, got.pooled_se) == pytest.approx((level.params[0], level.bse[0]), rel=1e-9)
    assert got.q == pytest.approx(level.ssr, rel=1e-9)
    batch = trend.trend(np.stack([INDEX, INDEX + 1]), np.stack([cov, cov]), time)
    assert batch.slope == pytest.approx(np.full(2, got.slope)) and batch.q[1] == pytest.approx(got.q)


V0, V1 = np.asarray([0.40, 0.33, 0.27]), np.asarray([0.36, 0.36, 0.28])
P0, P1 = np.asarray([74.0, 70, 68]), np.asarray([76.0, 71, 66])


def test_change_splits_as_printed() -> None:
    answers, weights = trend.split_change((V0, V1), (P0, P1))
    same_digits([V0 @ P0, V1 @ P1], "71.06 71.40")
    same_digits([answers.sum(), weights.sum(), answers.sum() + weights.sum()], ".555 -.215 .340")
    same_digits(trend.fixed_weight_index(V0, np.stack([P0, P1]))[0], "71.06")


@given(st.integers(0, 2**32 - 1))
def test_change_over_sectors_has_no_remainder(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(4), (2, 3))
    weights = rng.dirichlet(np.ones(5), (2, 3, 4))
    performance = rng.uniform(0, 100, (2, 3, 4, 5))
    part = trend.split_change_over_sectors(tuple(shares), tuple(weights), tuple(performance))
    index = (shares * (weights * performance).sum(axis=-1)).sum(axis=-1)
    total = part.answers.sum(axis=(-2, -1)) + part.weights.sum(axis=(-2, -1)) + part.shares.sum(axis=-1)
    assert total == pytest.approx(index[1] - index[0], abs=1e-10)


def test_one_wave_and_an_unknown_competitor_are_named() -> None:
    assert trend.check_waves(2) == [] and trend.check_waves(1)[0].found == "1"
    assert (
        check_known(["Mobile"], ["Mobil", "Net"], "benchmark", "unit")[0].allowed == 'did you mean "Mobil"? Mobil, Net'
    )
    assert check_known(["Net"], ["Mobil", "Net"], "benchmark", "unit") == []


def test_each_cause_alone_is_found_alone() -> None:
    shares, weights = np.asarray([0.5, 0.5]), np.tile(V0, (2, 1))
    performance = np.stack([P0, P0 + 10])
    same = trend.split_change_over_sectors(
        (shares, np.asarray([0.6, 0.4])), (weights, weights), (performance, performance)
    )
    assert not same.answers.any() and not same.weights.any() and same.shares.sum() == pytest.approx(-1)


def test_points_of_the_lead_are_those_of_the_table() -> None:
    """:mod:`csimodels.infer.best`, which makes the table, has intervals beside the same points."""
    rng = np.random.default_rng(8)
    index = rng.normal(75, 3, 9)
    index[4] = np.nan
    made = lead_over_best(index, np.ones(9), np.full(9, np.inf))
    assert made.lead == pytest.approx(benchmark.lead_over_best(index), abs=1e-12, nan_ok=True)
