"""From replicates of a quantity to its standard error, interval and p-value."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from csimodels.moments.linalg import Floats

IntervalKind = Literal["percentile", "basic", "normal"]


@dataclass(frozen=True, eq=False)
class Interval:
    """Uncertainty of a vector of quantities; every array has the shape ``(*G, Q)`` of the point estimates.

    ``p`` is two-sided for the hypothesis that the quantity is zero.
    """

    se: Floats
    low: Floats
    high: Floats
    p: Floats


def interval(point: Floats, replicates: Floats, level: float = 0.95, kind: IntervalKind = "percentile") -> Interval:
    """Bootstrap interval of every quantity.

    Parameters
    ----------
    point : (*G, Q) estimates.
    replicates : (*G, R, Q) bootstrap replicates; NaN marks a failed replicate and is left out quantity by quantity
        (the caller counts and shows them).
    level : confidence level in (0, 1).
    kind : ``"percentile"``: quantiles of the replicates (Efron 1979; quantiles of type 7, as R);
        ``"basic"``: quantiles reflected at the estimate; ``"normal"``: estimate plus/minus z standard errors.

    Returns
    -------
    Interval
        ``se`` is the standard deviation of the replicates (divisor kept - 1).  ``p`` agrees with the interval: for
        percentile and basic ``2 min(share on either side of zero)`` with one added to count and number (Davison &
        Hinkley 1997, section 4.2), for normal from z.  All NaN with fewer than two replicates, or where the estimate
        itself is NaN.
    """
    ordered = np.sort(np.moveaxis(replicates, -2, -1), axis=-1)  # (*G, Q, R), NaN last
    there = ~np.isnan(ordered)
    kept = there.sum(axis=-1)
    usable = (kept >= 2) & ~np.isnan(point)
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = np.where(there, ordered, 0.0)
        mean = filled.sum(axis=-1) / kept
        se = np.sqrt((np.where(there, filled - mean[..., None], 0.0) ** 2).sum(axis=-1) / (kept - 1))
    tail = (1 - level) / 2
    if kind == "normal":
        z = NormalDist().inv_cdf(1 - tail)
        low, high = point - z * se, point + z * se
        p = _normal_p(point, se)
    else:
        low, high = _quantile(ordered, kept, tail), _quantile(ordered, kept, 1 - tail)
        centre = ordered
        if kind == "basic":
            low, high = 2 * point - high, 2 * point - low
            centre = 2 * point[..., None] - ordered
        below = (centre <= 0).sum(axis=-1)
        above = (centre >= 0).sum(axis=-1)
        p = np.minimum(1.0, 2 * (np.minimum(below, above) + 1) / (kept + 1))
    return Interval(*(np.where(usable, a, np.nan) for a in (se, low, high, p)))


def _quantile(ordered: Floats, kept: Floats, probability: float) -> Floats:
    """Type-7 quantile of the first ``kept`` entries of each row of ``ordered (..., R)``."""
    at = np.maximum(kept - 1, 0) * probability
    lower = np.floor(at).astype(np.intp)
    upper = np.minimum(lower + 1, np.maximum(kept - 1, 0)).astype(np.intp)
    first = np.take_along_axis(ordered, lower[..., None], axis=-1)[..., 0]
    second = np.take_along_axis(ordered, upper[..., None], axis=-1)[..., 0]
    return np.asarray(first + (at - lower) * (second - first))


def _normal_p(point: Floats, se: Floats) -> Floats:
    from scipy.special import ndtr  # scipy loads only where normal p-values are wanted

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * ndtr(-np.abs(point / se)))
