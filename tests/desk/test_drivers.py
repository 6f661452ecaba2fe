"""Shapley, relative weights, penalty and reward, Kano, agreement: printed values, brute force, scipy."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from mobile_study import Mobile
from printed import same_digits
from scipy import stats

from csimodels.desk import agreement, kano, penalty_reward, shapley


def _r2(corr: np.ndarray, r: np.ndarray, subset: list[int]) -> float:
    return float(r[subset] @ np.linalg.solve(corr[np.ix_(subset, subset)], r[subset])) if subset else 0.0


def _brute_force(corr: np.ndarray, r: np.ndarray) -> np.ndarray:
    p = len(r)
    out, orders = np.zeros(p), list(permutations(range(p)))
    for order in orders:
        for k, j in enumerate(order):
            out[j] += _r2(corr, r, list(order[: k + 1])) - _r2(corr, r, list(order[:k]))
    return out / len(orders)


def test_drivers_of_satisfaction_reproduce_the_printed_shares(mobile: Mobile) -> None:
    corr = np.corrcoef(mobile.scores.T)
    x = [mobile.of(name) for name in ("Image", "Expectation", "Quality", "Value")]
    r = corr[x, mobile.of("Satisfaction")]
    inner = corr[np.ix_(x, x)]
    got = shapley.lmg(inner, r)
    same_digits(got, ".176089 .078885 .289379 .136726")
    same_digits(100 * got / got.sum(), "25.85 11.58 42.49 20.07")
    johnson = shapley.relative_weights(inner, r)
    same_digits(johnson, ".177308 .083901 .273926 .145943")
    same_digits([got.sum(), johnson.sum(), _r2(inner, r, [0, 1, 2, 3])], ".681078 .681078 .681078")
    assert shapley.coefficients(inner, r)[2] == pytest.approx(0.512024, abs=5e-7)


def test_items_reproduce_the_printed_shares(mobi: pd.DataFrame) -> None:
    corr = np.corrcoef(mobi[["CUSA1", *(f"PERQ{k}" for k in range(1, 8))]].to_numpy(float).T)
    got = shapley.lmg(corr[1:, 1:], corr[1:, 0])
    same_digits(got, ".134763 .050854 .045326 .075340 .035288 .043937 .061241")
    same_digits(got.sum(), ".446749")
    johnson = shapley.relative_weights(corr[1:, 1:], corr[1:, 0])
    same_digits(johnson, ".129505 .055248 .045587 .075747 .035170 .042756 .062737")


def test_shapley_is_the_mean_over_all_orders() -> None:
    rng = np.random.default_rng(12)
    corr = np.stack([np.corrcoef(rng.normal(size=(6, 40)) + rng.normal(size=40)) for _ in range(3)])
    got = shapley.lmg(corr[:, 1:, 1:], corr[:, 1:, 0])
    for b in range(3):
        assert got[b] == pytest.approx(_brute_force(corr[b, 1:, 1:], corr[b, 1:, 0]), abs=1e-12)


def test_r2_of_every_subset_by_regression() -> None:
    rng = np.random.default_rng(13)
    corr = np.corrcoef(rng.normal(size=(5, 30)))
    r2 = shapley.r2_of_subsets(corr[1:, 1:], corr[1:, 0])
    for place in range(16):
        subset = [j for j in range(4) if place >> j & 1]
        assert r2[place] == pytest.approx(_r2(corr[1:, 1:], corr[1:, 0], subset), abs=1e-12)


def test_fifteen_drivers_sum_to_r2_and_more_are_refused() -> None:
    rng = np.random.default_rng(14)
    corr = np.corrcoef(rng.normal(size=(16, 60)) + 0.5 * rng.normal(size=60))
    got = shapley.lmg(corr[1:, 1:], corr[1:, 0])
    assert got.sum() == pytest.approx(_r2(corr[1:, 1:], corr[1:, 0], list(range(15))), abs=1e-12)
    assert shapley.check_drivers([f"x{k}" for k in range(15)], "drivers") == []
    assert shapley.check_drivers([f"x{k}" for k in range(16)], "drivers")[0].found == "16"


def test_orthogonal_drivers_get_their_squared_correlations() -> None:
    r = np.asarray([0.5, 0.4, 0.3])
    assert shapley.lmg(np.eye(3), r) == pytest.approx(r**2) == shapley.relative_weights(np.eye(3), r)


def test_a_copy_of_a_driver_has_no_share_and_spares_the_others_of_the_batch() -> None:
    copy = np.asarray([[1, 1, 0.2], [1, 1, 0.2], [0.2, 0.2, 1]])
    r = np.asarray([0.5, 0.5, 0.3])
    both = np.stack([copy, np.eye(3)])
    for share in (shapley.lmg, shapley.relative_weights, shapley.coefficients):
        got = share(both, np.stack([r, r]))
        assert np.isnan(got[0]).all() and np.isfinite(got[1]).all()


def test_penalty_and_reward_reproduce_the_printed_contrasts(mobi: pd.DataFrame) -> None:
    dummies = penalty_reward.low_high_dummies(mobi[["PERQ1", "PERQ2", "PERV1"]].to_numpy(float), 5, 9)
    cov = np.cov(np.column_stack([dummies, mobi["CUSA1"]]).T)
    got = penalty_reward.penalty_reward(cov)
    same_digits(got.penalty, "-.939203 -.309484 -.450494")
    same_digits(got.reward, ".739488 .661464 .302779")
    ols = np.linalg.lstsq(np.column_stack([np.ones(250), dummies]), mobi["CUSA1"].to_numpy(float), rcond=None)[0]
    assert got.penalty == pytest.approx(ols[1::2]) and got.reward == pytest.approx(ols[2::2])
    assert [penalty_reward.FACTORS[int(k)] for k in penalty_reward.factor(got)] == ["basic", "excitement", "basic"]
    assert penalty_reward.factor(got, 0.15)[0] == 1


def test_a_dummy_that_nobody_has_gives_no_contrast() -> None:
    dummies = penalty_reward.low_high_dummies(np.asarray([[7.0], [9], [10], [np.nan]]), 5, 9)
    assert np.isnan(dummies[3]).all()
    cov = np.cov(np.column_stack([dummies[:3], [7.0, 8, 10]]).T)
    got = penalty_reward.penalty_reward(cov)
    assert np.isnan(got.penalty).all() and np.isnan(penalty_reward.factor(got)).all()


def test_kano_reproduces_the_printed_coefficients() -> None:
    got = kano.kano(np.asarray([62.0, 48, 40, 35, 10, 5]))
    assert kano.CATEGORIES[int(got.category)] == "A"
    same_digits([got.better, got.worse], ".594595 -.475676")
    same_digits([got.total_strength, got.category_strength], ".75 .07")
    same_digits([got.difference, got.critical], "14 14.735")
    assert not got.significant


def test_kano_table_and_ties() -> None:
    like, neutral, dislike = 1.0, 3.0, 5.0
    pairs = {
        (like, like): "Q",
        (like, neutral): "A",
        (like, dislike): "O",
        (neutral, dislike): "M",
        (neutral, neutral): "I",
        (dislike, like): "R",
        (neutral, like): "R",
        (dislike, dislike): "Q",
    }
    for (functional, dysfunctional), letter in pairs.items():
        counts = kano.kano_counts(np.asarray([functional, np.nan]), np.asarray([dysfunctional, 1]))
        assert counts.sum() == 1 and kano.CATEGORIES[int(counts.argmax())] == letter
    tied = kano.kano(np.asarray([[5.0, 5, 5, 5, 0, 0], [5, 5, 0, 5, 0, 0], [5, 4, 4, 5, 0, 0]]))
    assert [kano.CATEGORIES[k] for k in tied.category] == ["M", "O", "A"]
    assert kano.check_kano_answers(np.asarray([1.0, 5, np.nan]), "K1") == []
    assert kano.check_kano_answers(np.asarray([1.0, 7, 0]), "K1")[0].found == "7 and 1 more"


def test_two_rankings_reproduce_the_printed_coefficients() -> None:
    assumed, found = np.arange(1.0, 7), np.asarray([4.0, 3, 6, 1, 2, 5])
    same_digits([agreement.spearman(assumed, found), agreement.kendall_tau_b(assumed, found)], "-.085714 -.066667")
    assert agreement.rank_moves(assumed, found).tolist() == [-3, -1, -3, 3, 3, 1]


def test_rank_correlations_with_ties_are_scipys() -> None:
    rng = np.random.default_rng(15)
    a, b = rng.integers(0, 4, (2, 20, 7)).astype(float)
    rho, tau = agreement.spearman(a, b), agreement.kendall_tau_b(a, b)
    for k in range(20):
        assert rho[k] == pytest.approx(stats.spearmanr(a[k], b[k]).statistic)
        assert tau[k] == pytest.approx(stats.kendalltau(a[k], b[k]).statistic)
    assert np.isnan(agreement.spearman(np.ones(4), np.arange(4.0)))
