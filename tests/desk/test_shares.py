"""Shares, boxes, NPS: printed values, scipy, and what must be refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from printed import same_digits
from scipy import stats

from csimodels.desk import nps, shares
from csimodels.desk.design_mean import design_means

ANSWERS = np.repeat(np.arange(11.0), [3, 2, 1, 4, 5, 12, 18, 35, 60, 38, 22])


def test_wilson_reproduces_the_printed_intervals() -> None:
    low, high = shares.wilson(np.asarray([497, 152, 182]), np.asarray([500, 200, 200]))
    same_digits(100 * low, "98.2510 69.6267 86.2234")
    same_digits(100 * high, "99.7957 81.3934 94.2313")


def test_wilson_is_scipys_also_at_the_ends() -> None:
    for count, n in ((0, 7), (7, 7), (3, 11), (152, 200)):
        theirs = stats.binomtest(count, n).proportion_ci(0.9, method="wilson")
        low, high = shares.wilson(np.asarray(count), np.asarray(n), 0.9)
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_logit_interval_of_a_share_without_variance_is_unknown() -> None:
    by_rounding = [0.0, 1.0, 1 - 2**-53, 1e-17]  # sums of weights: the same survey in another unit of weight
    low, high = shares.logit_interval(np.asarray(by_rounding), np.asarray([0.0, 0.0, 1e-17, 1e-17]))
    assert np.isnan(low).all() and np.isnan(high).all()


def test_boxes_of_the_mobile_data(mobi: pd.DataFrame) -> None:
    levels = np.arange(1.0, 11.0)
    counts = shares.level_counts(mobi["CUSA1"].to_numpy(float), levels)
    of_level = shares.level_shares(counts)
    same_digits(shares.box_share(of_level, levels, shares.top_levels(levels, 2)), ".268")
    same_digits(shares.box_share(of_level, levels, shares.bottom_levels(levels, 4)), ".004")
    assert of_level.sum() == pytest.approx(1)


def test_groups_are_counted_in_one_batch() -> None:
    group = np.arange(len(ANSWERS)) % 3
    weight = 1.0 + group
    both = shares.level_counts(ANSWERS, range(11), weight, group)
    for g in range(3):
        assert both[g] == pytest.approx(shares.level_counts(ANSWERS[group == g], range(11), weight[group == g])[0])


def test_share_among_complainers_and_an_empty_base() -> None:
    got = shares.share_among(np.asarray([6.0, 0.0]), np.asarray([8.0, 0.0]))
    assert got[0] == 0.75 and np.isnan(got[1])


def test_bad_boxes_are_named() -> None:
    assert shares.check_box((1, 2, 3), (3,), "Top") == []
    assert "9" in shares.check_box((1, 2, 3), (9,), "Top")[0].found
    assert len(shares.check_box((1, 2, 3), (1, 2, 3), "Top")) == 1
    assert len(shares.check_box((1, 2, 3), (), "Top")) == 1


def test_nps_reproduces_the_printed_score() -> None:
    counts = np.bincount(ANSWERS.astype(int)).astype(float)
    got = nps.net_promoter_score(counts, np.arange(11.0), divisor="n")
    same_digits([got.promoters, got.detractors], ".30 .225")
    same_digits([got.nps, got.se], "7.5 5.09595")
    same_digits(nps.net_promoter_score(counts, np.arange(11.0)).se, "5.10874")
    assert got.promoters + got.passives + got.detractors == pytest.approx(1)


def test_nps_by_counts_and_by_respondents_agree() -> None:
    got = design_means(nps.net_column(np.append(ANSWERS, np.nan))[:, None])
    same_digits([got.mean[0], got.se[0]], "7.5 5.10874")
    assert got.n[0] == 200


def test_nps_of_many_groups_is_a_batch() -> None:
    counts = np.stack([np.arange(11.0), np.arange(11.0)[::-1], np.zeros(11)])
    got = nps.net_promoter_score(counts, np.arange(11.0))
    alone = nps.net_promoter_score(counts[1], np.arange(11.0))
    assert got.nps[1] == alone.nps and got.se[1] == alone.se
    assert np.isnan(got.nps[2])


def test_nps_needs_its_scale_or_named_cut_points() -> None:
    assert nps.check_nps_scale(0, 10, None, "REC") == []
    problem = nps.check_nps_scale(1, 10, None, "REC")[0]
    assert problem.found == "1..10" and "cut points" in problem.remedy
    assert nps.check_nps_scale(1, 10, nps.CutPoints(6, 9), "REC") == []
    assert nps.check_nps_scale(1, 5, nps.CutPoints(6, 9), "REC")[0].allowed.startswith("1 <=")
