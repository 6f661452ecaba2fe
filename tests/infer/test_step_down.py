"""The short cut of the step-down tests against all pairs in all draws."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.infer.ranking import _interval, normal_draws, ranks
from csimodels.moments.linalg import Floats


def by_all_pairs(value: Floats, draws: Floats, level: float, joint: bool) -> tuple[list[int], list[int]]:
    """Best and worst rank with every pair in every draw compared at every step."""
    deviation = draws - value[:, None]
    cov = np.cov(draws)
    variance = np.add.outer(np.diagonal(cov), np.diagonal(cov)) - 2 * cov
    np.fill_diagonal(variance, np.inf)
    stat = (value - value[:, None]) / np.sqrt(variance)
    apart = (deviation[None] - deviation[:, None]) / np.sqrt(variance)[..., None]
    units = range(len(value))
    surely_above, surely_below = np.zeros(stat.shape, bool), np.zeros(stat.shape, bool)
    for family in [list(units)] if joint else [[u] for u in units]:
        while True:
            up = np.where(surely_above[family][..., None], -np.inf, apart[family])
            down = np.where(surely_below[family][..., None], -np.inf, -apart[family])
            largest = np.maximum(up, down).max(axis=(0, 1))
            bound = np.sort(largest)[int(np.ceil(level * (len(largest) - 1) - 1e-9))]
            new_above, new_below = stat[family] > bound, stat[family] < -bound
            if not (new_above & ~surely_above[family] | new_below & ~surely_below[family]).any():
                break
            surely_above[family] |= new_above
            surely_below[family] |= new_below
    return (1 + surely_above.sum(axis=1)).tolist(), (len(value) - surely_below.sum(axis=1)).tolist()


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize(("errors", "spread"), [(1.0, 1.0), (1.3, 4.0), (6.0, 2.0)])
def test_short_cut_leaves_nothing_out(errors: float, spread: float, joint: bool) -> None:
    """Equal and very unequal errors, close and far: the intervals of all pairs in all draws, exactly."""
    rng = np.random.default_rng(5)
    se = np.exp(rng.uniform(-0.5, 0.5, 60) * np.log(errors))
    value = rng.normal(0, spread, 60)
    draws = normal_draws(value, se, np.full(60, np.inf), 3, 400)
    low, high = _interval(value, draws, 0.95, joint)
    assert (low.tolist(), high.tolist()) == by_all_pairs(value, draws, 0.95, joint)


def test_shares_of_first_places_with_ties() -> None:
    """Counted by hand: ties for a place share it, places that are not there are nobody's."""
    draws = np.asarray([[3.0, 2, 1, 1], [3, 2, 1, 5], [1, 2, 1, 4], [0, 1, 1, 2]])
    got = ranks(draws[:, 0], draws, top=2)
    assert got.first == pytest.approx([(1 / 2 + 1 / 3 + 1 / 4) / 4, (1 / 2 + 1 / 3 + 1 / 4 + 1) / 4,
                                       (1 / 3 + 1 / 4) / 4, (1 / 4) / 4])  # fmt: skip
    assert got.top == pytest.approx([(1 + 2 / 3 + 1 / 2) / 4, (1 + 2 / 3 + 1 / 2 + 1) / 4,
                                     (2 / 3 + 1 / 2 + 1) / 4, (1 / 2) / 4])  # fmt: skip
