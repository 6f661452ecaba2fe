"""Ranks of groups with an interval that covers (docs/rollup.md).

Quantiles of the ranks in the replicates are no confidence interval: where groups lie close together, replicates scatter
them more than the samples did, every group is drawn to the middle, and the interval misses the true rank too often
(Xie, Singh & Zhang 2009).  Here a rank is bounded by the groups that are surely higher and those that are surely lower,
by step-down tests of the differences to all the others (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic
Studies 91, 476-518; the stepwise form).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from csimodels.infer.step_down import Pairs
from csimodels.moments.linalg import Floats

#: Draws of :func:`normal_draws`: the third decimal of a probability is then good to a few units.
DRAWS = 10_000
#: Larger draws are made anew every time; 400 units in two waves of four levels are within it.
KEPT_BYTES = 2**27


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
    noise, state = (_kept_noise if 8 * len(value) * size <= KEPT_BYTES else _noise)(seed, len(value), size)
    if cov is not None:
        noise = _together(noise, cov)
    finite, generator = np.isfinite(df) & (df > 0), _generator(seed, state)
    out = np.empty(noise.shape)
    for unit, row in enumerate(out):  # one after the other: a unit's draws stay in the processor's cache
        np.multiply(noise[unit], se[unit], out=row)
        if finite[unit]:
            divisor = generator.chisquare(df[unit], size)
            divisor /= df[unit]
            row /= np.sqrt(divisor, out=divisor)
        row += value[unit]
    return out


def _generator(seed: int, state: Any = None) -> np.random.Generator:
    """The stream of the draws, from its beginning or from a state on."""
    bits = np.random.Philox(key=[seed, 0x72616E6B])  # "rank": a stream of its own
    if state is not None:
        bits.state = state
    return np.random.Generator(bits)


def _noise(seed: int, units: int, size: int) -> tuple[Floats, Any]:
    """Standard normal draws ``(units, size)``, and where the stream stands behind them."""
    generator = _generator(seed)
    noise = generator.standard_normal((units, size))
    noise.flags.writeable = False
    return noise, generator.bit_generator.state


#: The last ones are kept: a study ranks the same units by one index after the other.
_kept_noise = lru_cache(maxsize=1)(_noise)


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
    if not draws.size or np.isnan(draws).any():
        return [np.full(len(draws), np.nan) for _ in sizes]
    best = np.full((min(max(sizes), len(draws)), draws.shape[1]), -np.inf)  # the highest of every draw, in their order
    for own in draws:
        for place in best:
            lower = np.minimum(place, own)
            np.maximum(place, own, out=place)
            own = lower
    return [_share(draws, best[min(top, len(best)) - 1], top) for top in sizes]


def _share(draws: Floats, least: Floats, top: int) -> Floats:
    """(G,) share of draws in which each group is among the first `top`, the last of which stands at ``least (R,)``."""
    inside = draws >= least
    if np.count_nonzero(inside) == top * len(least):
        return np.asarray(np.count_nonzero(inside, axis=1) / len(least))
    over, equal = draws > least, draws == least  # those over the last place that counts are all among the first
    last = np.minimum((top - over.sum(axis=0)) / equal.sum(axis=0), 1.0)
    return np.asarray(np.where(over, 1.0, np.where(equal, last, 0.0)).mean(axis=1))


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
    pairs = Pairs.of(value, draws)
    for family in [known] if joint else [[unit] for unit in known]:
        pairs.step_down(family, level)
    surely = (pairs.scale > 0) & ~pairs.stands
    low[known] = 1 + surely[0].sum(axis=1)[known]
    high[known] = size - surely[1].sum(axis=1)[known]
    return low, high
