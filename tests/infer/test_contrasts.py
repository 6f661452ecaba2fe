"""Sums and differences of independent estimates against closed forms and scipy's Welch test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csimodels.infer.contrasts import carried, combined, complete, difference

INF = np.full(3, np.inf)


def test_member_and_parent_share_the_member() -> None:
    """var = (1-v)^2 var_1 + sum_{j != 1} v_j^2 var_j; by hand for shares 0.5, 0.3, 0.2."""
    share, se = np.asarray([0.5, 0.3, 0.2]), np.asarray([2.0, 1.0, 3.0])
    coefficients = np.asarray([[1.0, 0, 0] - share, share])
    got = combined(coefficients, np.asarray([70.0, 80.0, 60.0]), se, INF)
    assert got.estimate == pytest.approx([70 - 71, 71])
    by_hand = np.sqrt([0.25 * 4 + 0.09 * 1 + 0.04 * 9, 0.25 * 4 + 0.09 * 1 + 0.04 * 9])
    assert got.se == pytest.approx(by_hand)
    assert got.high == pytest.approx(got.estimate + 1.959963984540054 * by_hand)
    assert got.p[0] == pytest.approx(2 * stats.norm.sf(1 / by_hand[0]))
    assert np.isinf(got.df).all()


def test_difference_is_welch() -> None:
    """scipy's Welch test from summary statistics, with its interval; other code, same formula: 1e-10."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(70, 9, 12), rng.normal(64, 21, 31)
    one, two = ((v.mean(), v.std(ddof=1) / np.sqrt(len(v)), float(len(v) - 1)) for v in (x, y))
    got = difference(*(tuple(map(np.asarray, side)) for side in (one, two)), 0.9)  # type: ignore[arg-type]
    welch = stats.ttest_ind(x, y, equal_var=False)
    limits = welch.confidence_interval(0.9)
    assert [got.p, got.df, got.low, got.high] == pytest.approx([welch.pvalue, welch.df, *limits], rel=1e-10)
    pair = np.stack([one, two], axis=1)
    same = combined(np.asarray([[1.0, -1.0]]), pair[0], pair[1], pair[2], 0.9)
    for name in ("p", "df", "low"):
        assert getattr(same, name)[0] == pytest.approx(float(getattr(got, name)), rel=1e-12)


def test_one_member_keeps_its_degrees_of_freedom() -> None:
    got = combined(np.asarray([[0, 1.0, 0]]), np.ones(3), np.ones(3), np.asarray([3.0, 7.0, 9.0]))
    assert got.df == pytest.approx([7.0])


def test_unknown_members_matter_only_where_they_count() -> None:
    value, se = np.asarray([70.0, np.nan, 60.0]), np.asarray([1.0, np.nan, np.nan])
    got = combined(np.asarray([[1.0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]]), value, se, INF)
    assert got.estimate == pytest.approx([70, np.nan, 65], nan_ok=True)
    assert got.se == pytest.approx([1, np.nan, np.nan], nan_ok=True)
    assert np.isnan(got.p[1:]).all()
    assert np.isnan(got.df[1:]).all()


def test_no_error_at_all() -> None:
    """Estimates known exactly: the interval is a point, and no warning."""
    got = combined(np.asarray([[1.0, -1, 0]]), np.asarray([2.0, 1, 0]), np.zeros(3), np.asarray([4.0, 4, 4]))
    assert (got.low, got.high, got.p) == (1.0, 1.0, 0.0)


def test_batch_equals_loop() -> None:
    rng = np.random.default_rng(2)
    c, value, se = rng.normal(size=(4, 3)), rng.normal(size=(2, 5, 3)), rng.uniform(1, 2, (2, 5, 3))
    df = np.asarray([3.0, np.inf, 8.0])
    whole = combined(c, value, se, df)
    for i, j in np.ndindex(2, 5):
        one = combined(c, value[i, j], se[i, j], df)
        for name in ("estimate", "se", "df", "low", "high", "p"):
            assert np.allclose(getattr(whole, name)[i, j], getattr(one, name), rtol=1e-13), name


def test_replicates_give_the_variance_of_the_formula() -> None:
    """Standard error of 40 000 replicates is good to 1/sqrt(80 000) = 0.35 %; 2 % is over five of these."""
    rng = np.random.default_rng(8)
    c, se = np.asarray([[0.6, 0.4, 0.0], [1.0, -0.5, -0.5]]), np.asarray([1.0, 2.0, 3.0])
    draws = se[:, None] * rng.standard_normal((3, 40_000))
    assert carried(c, draws).std(axis=-1) == pytest.approx(combined(c, np.zeros(3), se, INF).se, rel=0.02)
    assert np.allclose(carried(c, np.stack([draws, 2 * draws])), [c @ draws, 2 * c @ draws])


def test_failed_replicates_are_filled_from_their_own_series() -> None:
    rng = np.random.default_rng(4)
    draws = rng.normal(50, 1, (3, 1000))
    holes = draws.copy()
    holes[0, rng.permutation(1000)[:50]] = np.nan
    holes[1, 1:] = np.nan
    got = complete(holes)
    kept = ~np.isnan(holes[0])
    assert np.array_equal(got[0, kept], holes[0, kept])
    assert np.isin(got[0, ~kept], holes[0, kept]).all()
    assert len(np.unique(got[0, ~kept])) == 50  # no kept replicate is taken twice where there are enough
    assert np.isnan(got[1]).all()  # one replicate says nothing about the error
    assert np.array_equal(got[2], draws[2])
    assert complete(draws) is draws
    mostly_lost = np.where(np.arange(10) < 7, np.nan, np.arange(10.0))
    assert sorted(np.unique(complete(mostly_lost), return_counts=True)[1]) == [3, 3, 4]
