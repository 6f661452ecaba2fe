"""Ranks of groups with an interval that covers (docs/rollup.md).

Quantiles of the ranks in the replicates are no confidence interval: where groups lie close together, replicates scatter
them more than the samples did, every group is drawn to the middle, and the interval misses the true rank too often
(Xie, Singh & Zhang 2009).  Here a rank is bounded by the groups that are surely higher and those that are surely lower,
by step-down tests of the differences to all the others (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic
Studies 91, 476-518; the stepwise form).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats

#: Draws of :func:`normal_draws`: the third decimal of a probability is then good to a few units.
DRAWS = 10_000
#: Draws that are compared at once, so that they stay in the processor's cache.
BLOCK = 128

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks ``(G,)``, 1 for the highest value; NaN where a group has no estimate.

    ``low`` and ``high`` are the best and the worst rank of the interval; ``first`` and ``top`` the shares of draws in
    which the group is first, and among the first few.
    """

    rank: Floats
    low: Floats
    high: Floats
    first: Floats
    top: Floats


def ranks(value: Floats, draws: Floats, level: float = 0.95, *, top: int = 3, joint: bool = False) -> Ranks:
    """Rank of every group, its interval, and how often it is first in the draws.

    Parameters
    ----------
    value : (G,) estimates; a group with NaN takes no part.
    draws : (G, R) replicates of independent groups without gaps, see :func:`csimodels.infer.contrasts.complete`; a
        row of NaN is a group without replicates: nothing is known to lie above or below it, and no shares are given.
    level : coverage of each interval; with `joint` of all intervals together.
    top : how many count as the first few.
    """
    here = ~np.isnan(value)
    x, d = value[here], draws[here]
    low, high = _interval(x, d, level, joint)
    rank = 1 + (x[None, :] > x[:, None]).sum(axis=1)
    parts = rank, low, high, *_shares(d, (1, top))
    out = np.full((5, len(value)), np.nan)
    out[:, here] = np.asarray(parts, dtype=float).reshape(5, -1)
    return Ranks(*out)


def normal_draws(
    value: Floats, se: Floats, df: Floats, seed: int, size: int = DRAWS, *, cov: Floats | None = None
) -> Floats:
    """Draws ``(G, size)`` round estimates ``(G,)``: normal, or Student's t where the degrees of freedom are finite.

    They stand in for replicates where the errors come from a formula.

    Parameters
    ----------
    cov : (G, G) array, optional
        Covariances of groups that share respondents or clusters: the draws then go together as the estimates do.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed, 0x72616E6B]))  # "rank": a stream of its own
    noise = generator.standard_normal((len(value), size))
    if cov is not None:
        noise = _together(noise, cov)
    finite = np.isfinite(df) & (df > 0)
    divisor = np.ones((len(value), size))
    divisor[finite] = np.sqrt(generator.chisquare(df[finite, None], (int(finite.sum()), size)) / df[finite, None])
    return np.asarray(value[:, None] + se[:, None] * noise / divisor)


def _together(noise: Floats, cov: Floats) -> Floats:
    """Standard normal draws ``(G, R)`` with the correlations of `cov`."""
    sd = np.sqrt(np.diagonal(cov))
    known = sd > 0
    corr = np.eye(len(cov))
    corr[np.ix_(known, known)] = cov[np.ix_(known, known)] / np.outer(sd[known], sd[known])
    values, vectors = np.linalg.eigh(corr)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ noise)


def _shares(draws: Floats, sizes: tuple[int, ...]) -> list[Floats]:
    """(G,) share of draws in which each group is among the first 1, 2, ...; groups that tie for a place share it."""
    from scipy.stats import rankdata  # scipy loads only where groups are ranked

    if not draws.size or np.isnan(draws).any():
        return [np.full(len(draws), np.nan) for _ in sizes]
    above = rankdata(-draws, method="min", axis=0) - 1
    tied = rankdata(-draws, method="max", axis=0) - above
    return [np.clip((top - above) / tied, 0.0, 1.0).mean(axis=1) for top in sizes]


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of units with two hypotheses each: "column is not above row" and "column is not below row".

    ``deviation (G, R)``: draws less estimates; ``stat (G, G)``: studentised differences, column less row;
    ``scale (G, G)``: one over the standard deviations of the differences, 0 where a pair cannot be compared;
    ``above``, ``below (G, G)``: hypotheses that stand, False once rejected.
    """

    deviation: Floats
    stat: Floats
    scale: Floats
    above: Bools
    below: Bools

    @classmethod
    def of(cls, value: Floats, draws: Floats) -> _Pairs:
        """From estimates ``(G,)`` and their draws ``(G, R)``; a unit with NaN among its draws is compared with none."""
        unknown: Bools = np.asarray(np.isnan(draws).any(axis=1))
        deviation = np.where(unknown[:, None], 0.0, draws - value[:, None])
        centred = deviation - deviation.mean(axis=1, keepdims=True)
        cov = centred @ centred.T / (draws.shape[1] - 1)
        both = np.add.outer(np.diagonal(cov), np.diagonal(cov))
        variance = both - 2 * cov  # of the differences: units may share respondents or clusters
        usable: Bools = np.asarray((variance > 1e-12 * both) & ~np.logical_or.outer(unknown, unknown))
        scale = np.where(usable, 1 / np.sqrt(np.where(usable, variance, 1.0)), 0.0)
        return cls(deviation, (value - value[:, None]) * scale, scale, usable, usable.copy())

    def largest(self, family: list[int], columns: slice | Ints) -> Floats:
        """(R,) largest deviation, in the direction of any hypothesis of `family` that stands, in some of the draws."""
        some = self.deviation[:, columns]
        out = np.zeros(some.shape[1])
        for unit in family:
            one_sided: Bools = np.asarray(self.above[unit] != self.below[unit])
            scale = np.where(one_sided & self.below[unit], -self.scale[unit], self.scale[unit])
            for start in range(0, len(out), BLOCK):
                block = some[:, start : start + BLOCK]
                apart = block - block[unit]
                apart *= scale[:, None]
                if one_sided.any():
                    apart[~one_sided] = np.abs(apart[~one_sided])
                else:
                    np.abs(apart, out=apart)
                here = out[start : start + BLOCK]
                np.maximum(here, apart.max(axis=0), out=here)
        return out

    def step_down(self, family: list[int], level: float) -> None:
        """Reject what the draws allow among the hypotheses of the units of `family`, step by step."""
        largest = self.largest(family, slice(None))
        order = np.argsort(-largest, kind="stable")
        bound = _bound(largest, level)
        while self._reject(family, bound):
            bound = self._next_bound(family, largest, order, level)

    def _reject(self, family: list[int], bound: float) -> bool:
        above = np.asarray(self.stat[family] > bound)
        below = np.asarray(self.stat[family] < -bound)
        rejected = bool((self.above[family] & above).any() or (self.below[family] & below).any())
        self.above[family] &= ~above
        self.below[family] &= ~below
        return rejected

    def _next_bound(self, family: list[int], largest: Floats, order: Ints, level: float) -> float:
        """Quantile over the hypotheses that stand; a draw's deviation is now at most what it was with all of them.

        So the draws with the largest deviations of all suffice, as many as are needed to be sure of the quantile.
        """
        beyond = len(largest) - _place(len(largest), level)
        taken = 0
        found = np.zeros(0)
        while taken < len(order):
            more = order[taken : max(3 * beyond, 2 * taken)]
            found = np.concatenate([found, self.largest(family, more)])
            taken = len(found)
            nth = float(np.partition(found, taken - beyond)[taken - beyond])
            if taken == len(order) or nth >= largest[order[taken]]:
                return nth
        return _bound(found, level)


def _interval(value: Floats, draws: Floats, level: float, joint: bool) -> tuple[Floats, Floats]:
    """Best and worst rank, from the units that are surely above and surely below: step-down on the differences.

    Rejected are the hypotheses whose studentised difference exceeds the `level` quantile of the largest deviation over
    all of the family; then again those that exceed the quantile over the hypotheses that are left, until nothing more
    is rejected (Romano & Wolf 2005; Mogstad, Romano, Shaikh & Wilhelm 2024, section 3).  The family are the
    hypotheses of one unit, with `joint` those of all units.  The quantile never rises from step to step, so that the
    first step alone gives the simultaneous interval.
    """
    size = len(value)
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    known = np.flatnonzero(~np.isnan(draws).any(axis=1)).tolist() if draws.shape[1] > 1 else []
    if not known:
        return low, high
    pairs = _Pairs.of(value, draws)
    for family in [known] if joint else [[unit] for unit in known]:
        pairs.step_down(family, level)
    usable = pairs.scale > 0
    low[known] = 1 + (usable & ~pairs.above).sum(axis=1)[known]
    high[known] = size - (usable & ~pairs.below).sum(axis=1)[known]
    return low, high


def _bound(largest: Floats, level: float) -> float:
    """The `level` quantile: the smallest value that is reached by this share of the draws."""
    return float(np.partition(largest, _place(len(largest), level))[_place(len(largest), level)])


def _place(size: int, level: float) -> int:
    """Place of the quantile among `size` sorted draws, from 0: type 7, taken upwards."""
    return int(np.ceil(level * (size - 1) - 1e-9))
