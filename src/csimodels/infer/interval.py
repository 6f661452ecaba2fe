"""From replicates or standard errors of a quantity to its interval and p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from csimodels.moments.linalg import Floats

#: A replicate whose own standard error is below this share of the estimate's shows no variance: all its units are alike
#: in this number. It has no studentised value.
NO_ERROR = 1e-9

IntervalKind = Literal["percentile", "basic", "normal", "bc", "bca", "studentised"]


@dataclass(frozen=True, eq=False)
class Interval:
    """Uncertainty of a vector of quantities; every array has the shape ``(*G, Q)`` of the point estimates.

    ``p`` is two-sided for the hypothesis that the quantity is zero.
    """

    se: Floats
    low: Floats
    high: Floats
    p: Floats


def symmetric(point: Floats, se: Floats, level: float = 0.95, df: Floats | float = np.inf) -> Interval:
    """Estimate plus and minus t standard errors.

    Parameters
    ----------
    point, se : (*G, Q).
    df : degrees of freedom, broadcast against them; infinite: the normal distribution.
    """
    freedom = np.broadcast_to(np.asarray(df, dtype=np.float64), point.shape)
    usable = ~(np.isnan(point) | np.isnan(se) | (freedom <= 0))
    if not usable.any():
        return Interval(*(np.full(usable.shape, np.nan) for _ in range(4)))
    from scipy.special import ndtr, ndtri, stdtr, stdtrit  # scipy loads only where there are intervals

    finite = np.isfinite(freedom)
    safe = np.where(finite, freedom, 1.0)
    tail = (1 + level) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = np.where(finite, stdtrit(safe, tail), ndtri(tail))
        t = -np.abs(point / se)
        p = 2 * np.where(finite, stdtr(safe, t), ndtr(t))
        parts = (se, point - reach * se, point + reach * se, p)
    return Interval(*(np.where(usable, part, np.nan) for part in parts))


def interval(
    point: Floats,
    replicates: Floats,
    level: float = 0.95,
    kind: IntervalKind = "percentile",
    acceleration: Floats | None = None,
    errors: tuple[Floats, Floats] | None = None,
) -> Interval:
    """Bootstrap interval of every quantity.

    Parameters
    ----------
    point : (*G, Q) estimates.
    replicates : (*G, R, Q) bootstrap replicates; NaN marks a failed replicate and is left out quantity by quantity
        (the caller counts and shows them).
    level : confidence level in (0, 1).
    kind : ``"percentile"``: quantiles of the replicates (Efron 1979; quantiles of type 7, as R); ``"basic"``:
        quantiles reflected at the estimate; ``"normal"``: estimate plus/minus z standard errors; ``"bc"`` and
        ``"bca"``: quantiles corrected for bias, and for skewness (Efron 1987); ``"studentised"``: quantiles of
        ``(replicate - estimate) / se`` (Davison & Hinkley 1997, section 5.2.1).
    acceleration : (*G, Q) for ``"bca"``.
    errors : standard errors of the estimates (*G, Q) and of the replicates (*G, R, Q) for ``"studentised"``.

    Returns
    -------
    Interval
        ``se`` is the standard deviation of the replicates (divisor kept - 1), for ``"studentised"`` that of the
        estimates.  ``p`` agrees with the interval: it is one minus the largest level whose interval leaves zero out,
        with one added to count and number (Davison & Hinkley 1997, section 4.2).  All NaN with fewer than two
        replicates, or where the estimate itself is NaN.
    """
    if kind == "studentised":
        return _studentised(point, replicates, level, errors)
    ordered = np.sort(np.moveaxis(replicates, -2, -1), axis=-1)  # (*G, Q, R), NaN last
    there = ~np.isnan(ordered)
    kept = there.sum(axis=-1)
    se = _spread(ordered, there, kept)
    tail = (1 - level) / 2
    if kind == "normal":
        return symmetric(point, np.where(kept >= 2, se, np.nan), level)
    if kind in ("bc", "bca"):
        low, high, p = _corrected(point, ordered, kept, tail, acceleration if kind == "bca" else None)
    else:
        low, high = _quantile(ordered, kept, tail), _quantile(ordered, kept, 1 - tail)
        centre = ordered
        if kind == "basic":
            low, high = 2 * point - high, 2 * point - low
            centre = 2 * point[..., None] - ordered
        p = _two_sided((centre <= 0).sum(axis=-1), (centre >= 0).sum(axis=-1), kept)
    usable = (kept >= 2) & ~np.isnan(point)
    return Interval(*(np.where(usable, a, np.nan) for a in (se, low, high, p)))


def _spread(ordered: Floats, there: Floats, kept: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, ordered, 0.0).sum(axis=-1) / kept
        return np.asarray(np.sqrt((np.where(there, ordered - mean[..., None], 0.0) ** 2).sum(axis=-1) / (kept - 1)))


def _two_sided(below: Floats, above: Floats, kept: Floats) -> Floats:
    return np.asarray(np.minimum(1.0, 2 * (np.minimum(below, above) + 1) / (kept + 1)))


def _corrected(
    point: Floats, ordered: Floats, kept: Floats, tail: float, acceleration: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Ends and p-value of BC (without acceleration) and BCa intervals (Efron & Tibshirani 1993, eq. 14.9 to 14.11).

    Replicates equal to the estimate count half below it.  A quantity whose replicates all lie on one side of the
    estimate has no bias correction: its interval is NaN.
    """
    from scipy.special import ndtr, ndtri

    a = np.zeros_like(point) if acceleration is None else acceleration
    with np.errstate(invalid="ignore", divide="ignore"):
        under = (ordered < point[..., None]).sum(axis=-1) + (ordered == point[..., None]).sum(axis=-1) / 2
        z0 = ndtri(under / kept)
        constant = (ordered[..., 0] == point) & (_quantile(ordered, kept, 1.0) == point)
        z0 = np.where(np.isfinite(z0), z0, np.where(constant, 0.0, np.nan))
        ends = []
        for z in (ndtri(tail), ndtri(1 - tail)):
            shifted = z0 + z
            probability = ndtr(z0 + shifted / (1 - a * shifted))
            ends.append(_quantile(ordered, kept, probability))
        below = ((ordered < 0).sum(axis=-1) + (ordered == 0).sum(axis=-1) / 2 + 0.5) / (kept + 1.0)
        shifted = ndtri(below) - z0
        z = shifted / (1 + a * shifted) - z0
        p = np.minimum(1.0, 2 * ndtr(-np.abs(z)))
    return ends[0], ends[1], np.asarray(p)


def _studentised(point: Floats, replicates: Floats, level: float, errors: tuple[Floats, Floats] | None) -> Interval:
    if errors is None:
        raise ValueError("studentised intervals need standard errors of the estimates and of the replicates")
    se, of_replicates = errors
    with np.errstate(invalid="ignore", divide="ignore"):
        there = of_replicates > NO_ERROR * se[..., None, :]
        t = np.where(there, replicates - point[..., None, :], np.nan) / of_replicates
        t = np.where(np.isfinite(t), t, np.nan)
        ordered = np.sort(np.moveaxis(t, -2, -1), axis=-1)
        kept = (~np.isnan(ordered)).sum(axis=-1)
        tail = (1 - level) / 2
        low = point - _quantile(ordered, kept, 1 - tail) * se
        high = point - _quantile(ordered, kept, tail) * se
        observed = (point / se)[..., None]
        p = _two_sided((ordered <= observed).sum(axis=-1), (ordered >= observed).sum(axis=-1), kept)
    fixed = (se == 0) & ~np.isnan(point)  # no variation at all, as the loading of a single item
    low, high, p = np.where(fixed, point, low), np.where(fixed, point, high), np.where(fixed, 0.0, p)
    usable = ((kept >= 2) & ~np.isnan(point) & ~np.isnan(se)) | fixed
    return Interval(*(np.where(usable, part, np.nan) for part in (se, low, high, p)))


def _quantile(ordered: Floats, kept: Floats, probability: Floats | float) -> Floats:
    """Type-7 quantile of the first ``kept`` entries of each row of ``ordered (..., R)``."""
    last = np.maximum(kept - 1, 0)
    at = last * np.nan_to_num(np.asarray(probability, dtype=np.float64))
    lower = np.floor(at).astype(np.intp)
    upper = np.minimum(lower + 1, last).astype(np.intp)
    first = np.take_along_axis(ordered, lower[..., None], axis=-1)[..., 0]
    second = np.take_along_axis(ordered, upper[..., None], axis=-1)[..., 0]
    with np.errstate(invalid="ignore"):
        between = np.where((first == second) | (at == lower), first, first + (at - lower) * (second - first))
    return np.where(np.isnan(probability), np.nan, between)
