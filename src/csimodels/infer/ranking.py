"""Ranks of groups with an interval that covers (docs/rollup.md).

Quantiles of the ranks in the replicates are no confidence interval: where groups lie close together, replicates scatter
them more than the samples did, every group is drawn to the middle, and the interval misses the true rank too often
(Xie, Singh & Zhang 2009).  Here a rank is bounded by the groups that are surely higher and those that are surely lower,
by simultaneous intervals of the differences to all the others (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of
Economic Studies 91, 476-518).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

#: Draws of :func:`normal_draws`: the third decimal of a probability is then good to a few units.
DRAWS = 10_000


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


def _interval(value: Floats, draws: Floats, level: float, joint: bool) -> tuple[Floats, Floats]:
    """Best and worst rank: groups whose difference to this one is above (below) zero by more than the bound."""
    size = len(value)
    variance = draws.var(axis=1, ddof=1) if draws.shape[1] > 1 else np.full(size, np.nan)
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    if np.isnan(variance).all():
        return low, high
    deviation = np.where(np.isnan(variance)[:, None], 0.0, draws - value[:, None])
    largest = [_largest(deviation, variance, i) for i in range(size)]
    common = _bound(np.max(largest, axis=0), level) if joint else 0.0
    for i in np.flatnonzero(~np.isnan(variance)):
        bound = common if joint else _bound(largest[i], level)
        margin = bound * np.sqrt(variance + variance[i])
        low[i] = 1 + (value - value[i] > margin).sum()
        high[i] = size - (value[i] - value > margin).sum()
    return low, high


def _largest(deviation: Floats, variance: Floats, i: int) -> Floats:
    """(R,) largest studentised deviation of the differences between group `i` and every other; 0 without others."""
    both = variance + variance[i]
    usable = both > 0  # not where either is NaN
    inverse = np.where(usable, 1 / np.sqrt(np.where(usable, both, 1.0)), 0.0)
    apart = deviation - deviation[i]
    np.abs(apart, out=apart)
    apart *= inverse[:, None]
    return np.asarray(apart.max(axis=0))


def _bound(largest: NDArray[np.float64], level: float) -> float:
    return float(np.quantile(largest, level, method="higher"))
