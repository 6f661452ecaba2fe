"""Ranks: closed forms, and coverage of true ranks under known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csimodels.infer.ranking import normal_draws, ranks
from csimodels.moments.linalg import Floats

INF2, INF5 = np.full(2, np.inf), np.full(5, np.inf)


def test_far_apart() -> None:
    value = np.asarray([60.0, 80.0, 70.0])
    got = ranks(value, normal_draws(value, np.ones(3) * 0.1, np.full(3, np.inf), 1, 500))
    assert got.rank.tolist() == got.low.tolist() == got.high.tolist() == [3, 1, 2]
    assert got.first.tolist() == [0, 1, 0]
    assert got.top.tolist() == [1, 1, 1]


def test_chance_of_being_first_of_two() -> None:
    """Two normals: Phi(d / sqrt(s1^2 + s2^2)); 40 000 draws are good to 0.0025, 0.01 is four of these."""
    value, se = np.asarray([71.0, 70.0]), np.asarray([1.5, 2.0])
    got = ranks(value, normal_draws(value, se, INF2, 7, 40_000))
    assert got.first == pytest.approx([stats.norm.cdf(1 / 2.5), stats.norm.cdf(-1 / 2.5)], abs=0.01)
    assert got.first.sum() == pytest.approx(1)


def test_interval_of_two_is_the_two_sided_test() -> None:
    """With two groups the bound is the normal quantile 1.96 of one difference: sure beyond it, open within."""
    for distance, sure in ((1.9, False), (2.05, True)):
        value, se = np.asarray([70 + distance, 70.0]), np.full(2, np.sqrt(0.5))
        got = ranks(value, normal_draws(value, se, INF2, 3, 100_000))
        assert (got.low.tolist(), got.high.tolist()) == (([1, 2], [1, 2]) if sure else ([1, 1], [2, 2]))


def test_shares_of_first_places_by_counting() -> None:
    """Draws with many ties, against places counted draw by draw: groups that tie for the last places share these."""
    draws = np.random.default_rng(2).integers(0, 4, (6, 300)).astype(float)
    got = ranks(draws.mean(axis=1), draws, top=3)
    for share, top in ((got.first, 1), (got.top, 3)):
        want = np.zeros(6)
        for one in draws.T:
            for k, own in enumerate(one):
                above, alike = (one > own).sum(), (one == own).sum()
                want[k] += np.clip((top - above) / alike, 0, 1)
        assert share == pytest.approx(want / 300, rel=1e-12)


def test_kept_noise_is_that_of_the_first_time() -> None:
    """The draws of a seed do not depend on what was drawn before, nor on those that are kept."""
    value, se, df = np.asarray([70.0, 60.0]), np.ones(2), np.asarray([9.0, np.inf])
    first = normal_draws(value, se, df, 5, 100)
    normal_draws(value, se, df, 6, 100)
    again = normal_draws(value, se, df, 5, 100)
    generator = np.random.Generator(np.random.Philox(key=[5, 0x72616E6B]))
    noise = generator.standard_normal((2, 100))
    noise[0] /= np.sqrt(generator.chisquare(9.0, 100) / 9.0)
    assert np.array_equal(first, again)
    assert first == pytest.approx(value[:, None] + noise, rel=1e-14)


def test_ties_share_places() -> None:
    value = np.asarray([70.0, 70.0, 60.0])
    got = ranks(value, np.repeat(value[:, None], 10, axis=1), top=1)
    assert got.rank.tolist() == [1, 1, 3]
    assert got.first.tolist() == [0.5, 0.5, 0]


def test_groups_without_estimate_or_replicates() -> None:
    value = np.asarray([70.0, np.nan, 60.0, 65.0])
    draws = normal_draws(value, np.asarray([0.1, np.nan, 0.1, np.nan]), np.full(4, np.inf), 1, 200)
    got = ranks(value, draws)
    assert got.rank == pytest.approx([1, np.nan, 3, 2], nan_ok=True)
    assert got.low == pytest.approx([1, np.nan, 2, np.nan], nan_ok=True)  # 65 is not surely below 70 or above 60
    assert got.high == pytest.approx([2, np.nan, 3, np.nan], nan_ok=True)
    assert np.isnan(got.first).all()
    alone = ranks(value[:1], draws[:1])
    assert (alone.rank[0], alone.low[0], alone.high[0], alone.first[0]) == (1, 1, 1, 1)
    assert len(ranks(value[:0], draws[:0]).rank) == 0


def test_draws_are_those_asked_for() -> None:
    """Moments of t with 5 degrees of freedom: variance 5/3; 10 000 draws with kurtosis 9 give it to about 3 %."""
    value, se = np.full(5, 50.0), np.full(5, 2.0)
    draws = normal_draws(value, se, np.asarray([np.inf, np.inf, np.inf, np.inf, 5.0]), 11)
    assert draws.mean(axis=1) == pytest.approx(value, abs=0.12)  # 5 standard errors of the mean
    assert draws[:4].std(axis=1) == pytest.approx(se[:4], rel=0.04)
    assert draws[4].var() == pytest.approx(4 * 5 / 3, rel=0.15)
    assert np.array_equal(draws, normal_draws(value, se, np.asarray([*INF5[:4], 5.0]), 11))
    assert not np.array_equal(draws[:4], normal_draws(value, se, INF5, 12)[:4])


@pytest.mark.parametrize("spread", [0.2, 1.0, 20.0])
@pytest.mark.parametrize("joint", [False, True])
def test_true_ranks_are_covered(spread: float, joint: bool) -> None:
    """300 surveys of 8 groups, from nearly equal to well apart, errors of 1: each interval covers at least 95 %.

    Monte Carlo error of the joint coverage 1.3 %, so 0.92 is over two of these below.  Quantiles of the ranks in the
    draws are shown to fail where the groups are nearly equal, which is why they are not used.
    """
    rng = np.random.default_rng(17)
    truth = spread * np.linspace(0, 1, 8)
    right = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    inside, naive, widths = [], [], []
    for survey in range(300):
        value = truth + rng.standard_normal(8)
        draws = normal_draws(value, np.ones(8), np.full(8, np.inf), survey, 400)
        got = ranks(value, draws, joint=joint)
        inside.append((got.low <= right) & (right <= got.high))
        widths.append(np.mean(got.high - got.low))
        naive.append(_quantiles_cover(draws, right))
    covered = np.asarray(inside)
    assert covered.mean(axis=0).min() >= 0.92
    if joint:
        assert covered.all(axis=1).mean() >= 0.92
    if spread == 0.2:
        assert np.mean(naive, axis=0).min() < 0.8
    if spread == 20.0:
        assert np.mean(widths) < 3.5  # informative: neighbours are 2.9 apart, the bound of a difference about 3.8


def test_steps_are_those_of_all_hypotheses_by_brute_force() -> None:
    """40 surveys of 7 correlated units: every hypothesis a tuple, every quantile over the set that stands."""
    rng = np.random.default_rng(5)
    root = rng.standard_normal((7, 7)) * 0.4 + np.diag(rng.uniform(0.5, 1.5, 7))
    shorter = 0
    for survey in range(40):
        value = np.linspace(0, 9, 7) + root @ rng.standard_normal(7)
        draws = value[:, None] + root @ rng.standard_normal((7, 301))
        for joint in (False, True):
            got = ranks(value, draws, joint=joint)
            families = [list(range(7))] if joint else [[i] for i in range(7)]
            stepwise = [_brute(value, draws, family, steps=99) for family in families]
            at_once = [_brute(value, draws, family, steps=1) for family in families]
            expected, one_step = (np.concatenate(kind) for kind in (stepwise, at_once))
            assert np.array_equal(np.column_stack([got.low, got.high]), expected), (survey, joint)
            assert (got.low >= one_step[:, 0]).all() and (got.high <= one_step[:, 1]).all()
            shorter += int((expected != one_step).any())
    assert shorter >= 10  # of 80: the steps matter


def _brute(value: Floats, draws: Floats, family: list[int], steps: int) -> Floats:
    """Best and worst rank of the units of `family` by hypotheses (unit, other, sign), one by one."""
    size = len(value)
    standing = {(i, k, sign) for i in family for k in range(size) if k != i for sign in (1, -1)}
    deviation = draws - value[:, None]
    spread = {(i, k): np.std(draws[k] - draws[i], ddof=1) for i in family for k in range(size) if k != i}
    rejected: set[tuple[int, int, int]] = set()
    for _ in range(steps):
        largest = np.max([s * (deviation[k] - deviation[i]) / spread[i, k] for i, k, s in standing], axis=0)
        bound = np.quantile(largest, 0.95, method="higher")
        more = {(i, k, s) for i, k, s in standing if s * (value[k] - value[i]) / spread[i, k] > bound}
        rejected |= more
        standing -= more
        if not more:
            break
    above = [sum((i, k, 1) in rejected for k in range(size)) for i in family]
    below = [sum((i, k, -1) in rejected for k in range(size)) for i in family]
    return np.column_stack([1 + np.asarray(above), size - np.asarray(below)])


def test_units_that_go_together_are_told_apart() -> None:
    """Two units with errors of 1 that share all but 0.1 of them differ by 0.5: five errors of their difference."""
    rng = np.random.default_rng(2)
    value = np.asarray([70.5, 70.0])
    together = value[:, None] + rng.standard_normal(2000) + 0.07 * rng.standard_normal((2, 2000))
    got = ranks(value, together)
    assert (got.low.tolist(), got.high.tolist()) == ([1, 2], [1, 2])


def _quantiles_cover(draws: Floats, right: Floats) -> Floats:
    drawn = stats.rankdata(-draws, axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
    return np.asarray((low <= right) & (right <= high))
