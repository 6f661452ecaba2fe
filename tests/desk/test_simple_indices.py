"""Ten-point means, weighted means, gaps, delivered value: printed values and identities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from printed import same_digits
from scipy import stats

from csimodels.desk import delivered_value, gaps, ten_point, weighted_mean
from csimodels.desk.design_mean import design_means
from csimodels.desk.inputs import check_rows_sum, check_weights
from csimodels.moments import Sampling

LEVELS = np.arange(1.0, 11.0)
FORTY = np.asarray([0, 0, 0, 0, 0, 1, 2, 34, 1, 0.0])
K = np.asarray([0.21, 0.176, 0.104, 0.08, 0.13, 0.156, 0.064, 0.08])
SHARES = (
    np.asarray(
        [
            [40, 45, 10, 4, 1],
            [35, 45, 15, 4, 1],
            [30, 40, 20, 8, 2],
            [50, 30, 15, 4, 1],
            [25, 50, 15, 8, 2],
            [45, 40, 10, 4, 1],
            [55, 35, 8, 2, 0],
            [20, 40, 25, 10, 5],
        ]
    )
    / 100
)


def test_ten_points_reproduce_the_published_score() -> None:
    score, se = ten_point.dimension_score(FORTY, LEVELS)
    same_digits([score, se], "79.2105 .693557")
    same_digits(score, "79.2")
    reach = stats.t.ppf(0.975, 37) * se
    same_digits([score - reach, score + reach], "77.805 80.616")
    same_digits(ten_point.index_form(score), "76.9006")
    same_digits(100 * FORTY[5:9] / 38, "2.6316 5.2632 89.4737 2.6316")
    assert ten_point.class_shares(FORTY, LEVELS) * 38 == pytest.approx([1, 36, 1, 0, 0])


def test_ten_points_of_respondents_have_the_same_error() -> None:
    got = design_means(10 * np.repeat(LEVELS, FORTY.astype(int))[:, None])
    same_digits([got.mean[0], got.se[0]], "79.2105 .693557")


def test_one_dimension_alone_must_rise_five_times_as_far() -> None:
    same_digits([ten_point.rise_per_dimension(0.1, k, 5) for k in (1, 5)], "0.5 0.1")
    scores = np.asarray([70.0, 71, 72, 73, 74])
    for k, rise in ((2, 0.04), (3, 0.06)):
        moved = scores + 0.1 * (np.arange(5) < k)
        assert ten_point.mean_of_dimensions(moved) - ten_point.mean_of_dimensions(scores) == pytest.approx(rise)


def test_weighted_mean_reproduces_the_printed_scores() -> None:
    fifths, quarters = np.asarray(weighted_mean.FIFTHS), np.asarray(weighted_mean.QUARTERS)
    same_digits(weighted_mean.element_scores(SHARES, fifths), "83.8 81.8 77.6 84.8 77.6 84.8 88.6 72.0")
    same_digits(weighted_mean.weighted_mean(SHARES, K, fifths), "81.5964")
    same_digits(weighted_mean.weighted_mean(SHARES, K, quarters), "76.9955")
    same_digits(weighted_mean.weighted_mean_se(SHARES, K, fifths, np.full(8, 100.0)), "0.67230")


def test_weighted_mean_from_respondents_is_the_one_from_shares() -> None:
    rng = np.random.default_rng(7)
    position = rng.integers(0, 5, (300, 8)).astype(float)
    values = np.asarray(weighted_mean.FIFTHS)
    table = (position[:, :, None] == np.arange(5)).mean(axis=0)
    got = design_means(weighted_mean.respondent_values(position, K, values)[:, None])
    assert got.mean[0] == pytest.approx(weighted_mean.weighted_mean(table, K, values))
    position[0, 3] = np.nan
    assert np.isnan(weighted_mean.respondent_values(position, K, values)[0])
    assert not np.isnan(weighted_mean.respondent_values(position, np.where(np.arange(8) == 3, 0, K), values)[0])


def test_rows_and_weights_that_do_not_add_up_are_named() -> None:
    assert check_rows_sum(SHARES, list("abcdefgh"), "table") == []
    wrong = SHARES.copy()
    wrong[2, 0] += 0.1
    assert "table, c" in check_rows_sum(wrong, list("abcdefgh"), "table")[0].where
    assert check_weights(dict(zip("abcdefgh", K, strict=True)), "K") == []
    assert check_weights({"a": 0.5, "b": 0.6}, "K")[0].found == "a sum of 1.1"
    assert len(check_weights({"a": -0.5, "b": 1.5}, "K")) == 1
    assert len(check_weights({}, "K")) == 1


def test_gaps_reproduce_the_printed_values() -> None:
    perception = np.asarray([7.9, 7.2, 6.8, 7.6, 7.0])
    expectation = np.asarray([8.1, 8.8, 8.5, 8.2, 7.9])
    gap = perception - expectation
    same_digits(gap, "-.2 -1.6 -1.7 -.6 -.9")
    same_digits(gaps.total_gap(gap), "-1.000")
    weighted = gaps.total_gap(gap, np.asarray([0.11, 0.32, 0.22, 0.19, 0.16]))
    same_digits(weighted, "-1.166")
    same_digits(gaps.on_100(weighted, 1, 10), "-12.9556")
    points = np.asarray([11.0, 32, 22, 19, 16])
    assert gaps.total_gap(gap, points) == pytest.approx(weighted)


def test_gap_of_the_mobile_data_is_paired(mobi: pd.DataFrame) -> None:
    p, e = mobi[["PERQ1"]].to_numpy(float), mobi[["CUEX1"]].to_numpy(float)
    got = design_means(gaps.gap_columns(p, e, np.eye(1)))
    same_digits([got.mean[0], got.se[0]], ".364 .109755")
    paired = stats.ttest_rel(p[:, 0], e[:, 0])
    assert got.mean[0] / got.se[0] == pytest.approx(paired.statistic, rel=1e-12)
    above, same, below = gaps.gap_signs(p, e)[:, 0]
    assert above == (p > e).mean() and same == (p == e).mean() and below == pytest.approx((p < e).mean())


def test_gaps_of_dimensions_are_means_of_items_and_keep_holes() -> None:
    p = np.asarray([[8.0, 6, 7], [9, 5, np.nan]])
    e = np.full((2, 3), 7.0)
    to_dimensions = gaps.dimension_map(np.asarray([0, 0, 1]))
    got = gaps.gap_columns(p, e, to_dimensions)
    assert got[:, 0] == pytest.approx([0, 0]) and got[0, 1] == 0 and np.isnan(got[1, 1])


def test_reliability_of_a_difference_is_that_of_simulated_true_scores() -> None:
    """Exact moments: true scores with variances 4 and 3 and covariance 2, errors of variance 1: true part 3 of 5."""
    sd = np.sqrt(5.0), np.sqrt(4.0)
    got = gaps.difference_reliability((4 / 5, 3 / 4), sd, 2 / (sd[0] * sd[1]))
    assert got == pytest.approx((4 + 3 - 4) / (5 + 4 - 4))


def test_delivered_value_is_value_less_cost() -> None:
    values, costs = (
        np.asarray([[80.0, 70, 60, 90], [50, 50, 50, 50]]),
        np.asarray([[40.0, 30, 20, 10], [60, 60, 60, 60]]),
    )
    got = delivered_value.delivered_value(values, costs)
    assert got.delivered == pytest.approx([75 - 25, -10])
    v, c = np.asarray([0.4, 0.3, 0.2, 0.1]), np.asarray([0.1, 0.2, 0.3, 0.4])
    weighted = delivered_value.delivered_value(values, costs, v, c)
    both = np.concatenate([values, costs], axis=1) @ delivered_value.delivered_map(v, c)
    assert weighted.delivered == pytest.approx(both)
    assert weighted.delivered[0] == pytest.approx(74 - 20)


def test_means_under_a_design_leave_out_holes_as_a_domain() -> None:
    """A ratio of totals by hand: two strata, clusters of two."""
    y = np.asarray([1.0, 2, np.nan, 4, 5, 6, 7, 8])
    w = np.asarray([1.0, 2, 1, 2, 1, 2, 1, 2])
    sampling = Sampling.of(8, strata=np.repeat([0, 1], 4), cluster=np.repeat(np.arange(4), 2))
    got = design_means(y[:, None], w, sampling)
    there = ~np.isnan(y)
    mean = (w * np.nan_to_num(y)).sum() / w[there].sum()
    z = np.where(there, w * (np.nan_to_num(y) - mean), 0) / w[there].sum()
    t = z.reshape(4, 2).sum(axis=1)
    by_hand = sum(2 * ((part - part.mean()) ** 2).sum() for part in (t[:2], t[2:]))
    assert got.mean[0] == pytest.approx(mean) and got.se[0] ** 2 == pytest.approx(by_hand)
    assert got.n[0] == 7
