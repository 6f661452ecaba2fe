"""The level that a quarter of several units reach, with an interval that allows for the choice of that unit.

The level is a quantile of the true values of the units that are there, not of units that might be.  It is no smooth
function of them: where units lie close together another one takes the place, so that neither derivatives nor
replicates serve (replicates of a quantile add the noise of a replicate to that of the estimates and lie too high).
Instead "at least k units are above t" is tested for all t at once (partial conjunction: Benjamini & Heller 2008,
Biometrics 64, 1215-1222): the lower limit of the k-th largest true value is the k-th largest of the units' own lower
limits.  It is too high only if some units that truly stand at or below that place overshoot: as many as the units
ahead leave open, among those that cannot be told apart from it.  The tail of the units' limits is the one at which
that happens with half of one minus the level (binomial for independent units, Bonferroni where they share respondents
or clusters), and never larger.  The upper limit mirrors it.  With k = 1 and all units alike these are the limits of the
best unit (Hsu 1984; :mod:`csimodels.infer.best`).  Coverage: ``benchmarks/quarter.py``, docs/rollup.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.infer.contrasts import difference
from csimodels.infer.interval import symmetric
from csimodels.moments.linalg import Floats

#: Fewer units have no quarter.
LEAST_UNITS = 4
#: The share of the units that reach the level.
SHARE = 0.25
#: Units that lead the place by so many errors of the difference count as ahead of it: more of them widen the interval.
_AHEAD = 0.5


@dataclass(frozen=True, eq=False)
class Reached:
    """The level, its standard error and interval, NaN where not known; ``among``: how many units it is of."""

    value: float
    se: float
    low: float
    high: float
    among: int


def level_of_quarter(
    value: Floats,
    se: Floats,
    df: Floats,
    draws: Floats,
    level: float = 0.95,
    cov: Floats | None = None,
    direction: int = 1,
) -> Reached:
    """The level that the best quarter of the units reach; NaN with fewer than four.

    Parameters
    ----------
    value, se, df : (U,) arrays
        Estimates, errors and degrees of freedom (inf: normal); a unit whose estimate is NaN takes no part.
    draws : (U, R) array
        Replicates of the estimates, or normal draws in their place: the standard error is the spread of the level
        among them.
    level : float
        Confidence level.
    cov : (U, U) array, optional
        Covariances of units that share respondents or clusters.
    direction : int
        1 where the highest value is the best, -1 where the lowest is: the quarter then stays at or under the level.

    Returns
    -------
    Reached
        Quantile 0.75 (0.25 where lower is better) by linear interpolation between two units, and their limits
        interpolated likewise.
    """
    there = np.flatnonzero(~np.isnan(value))
    if len(there) < LEAST_UNITS:
        return Reached(np.nan, np.nan, np.nan, np.nan, len(there))
    x, s, d = direction * value[there], se[there], df[there]
    shared = None if cov is None else cov[np.ix_(there, there)]
    place, rest = divmod((1 - SHARE) * (len(there) - 1), 1.0)
    limits = np.asarray([_limits(x, s, d, len(there) - int(place) - above, level, shared) for above in (0, 1)])
    low, high = (1 - rest) * limits[0] + rest * limits[1] if rest else limits[0]
    found = direction * float(np.quantile(x, 1 - SHARE))
    known = draws[there]
    known = known[:, ~np.isnan(known).any(axis=0)]
    spread = _spread(known, direction) if known.shape[1] > 1 else np.nan
    if np.isnan(low):
        return Reached(found, np.nan, np.nan, np.nan, len(there))
    low, high = (low, high) if direction > 0 else (-high, -low)
    return Reached(found, spread, float(low), float(high), len(there))


def _spread(draws: Floats, direction: int) -> float:
    """Standard deviation of the level among ``draws (U, R)``; draw by draw, which is how the memory is read fastest."""
    by_draw = np.multiply(draws.T, direction, order="C")
    return float(np.quantile(by_draw, 1 - SHARE, axis=1, overwrite_input=True).std(ddof=1))


def _limits(x: Floats, se: Floats, df: Floats, k: int, level: float, cov: Floats | None) -> tuple[float, float]:
    """Limits of the k-th largest true value."""
    if np.isnan(se).any():
        return np.nan, np.nan
    pivot = int(np.argsort(-x, kind="stable")[k - 1])
    itself = np.full(len(x), pivot)
    between = None if cov is None else cov[np.arange(len(x)), itself]
    gap = difference((x, se, df), (x[itself], se[itself], df[itself]), level, between)
    near = ~((gap.low > 0) | (gap.high < 0))
    near[pivot] = True
    ahead, behind = (int((sign * gap.estimate > _AHEAD * gap.se).sum()) for sign in (1, -1))
    place, alike, half = (k, len(x) - k + 1), int(near.sum()), (1 - level) / 2
    if cov is not None:  # Bonferroni among those that truly stand at or beyond the place
        tails = [_tail(alike, len(x) - here + 1, 1, half) for here in place]
    else:
        tails = [_tail(alike, len(x) - out, here - out, half) for out, here in zip((ahead, behind), place, strict=True)]
    low, high = symmetric(x, se, 1 - 2 * tails[0], df).low, symmetric(x, se, 1 - 2 * tails[1], df).high
    return float(np.sort(low)[len(x) - k]), float(np.sort(high)[len(x) - k])


def _tail(near: int, open_: int, needed: int, most: float) -> float:
    """Tail of each of `near` limits (at most `open_`) at which at least `needed` of them fail together with `most`."""
    from scipy.special import betaincinv  # scipy loads only where intervals are wanted

    needed = max(needed, 1)
    count = max(needed, min(near, open_))
    return most / count if needed == 1 else min(float(betaincinv(needed, count - needed + 1, most)), most)
