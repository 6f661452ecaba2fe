"""Weighted sums and differences of estimates: roll-up, comparisons, changes (docs/rollup.md).

Companies and waves are mostly separate samples, so the variance of ``sum c_g x_g`` is ``sum c_g^2 var_g``; where they
share respondents or clusters it is ``sum_gh c_g c_h cov_gh``.  The mean of an
industry, a company against the industry it is part of, and any two of them are such sums of the same ``x``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from csimodels.infer.interval import symmetric
from csimodels.moments.linalg import Floats


@dataclass(frozen=True, eq=False)
class Contrast:
    """Estimates ``(*B, K)`` with standard error, degrees of freedom (inf: normal), interval, two-sided p of zero."""

    estimate: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p: Floats

    def each(self, change: Callable[[Floats], Floats]) -> Contrast:
        """The same with `change` made to every part."""
        return Contrast(*(change(getattr(self, part.name)) for part in fields(self)))


def combined(
    coefficients: Floats,
    value: Floats,
    se: Floats,
    df: Floats,
    level: float = 0.95,
    corr: Floats | None = None,
    ends: tuple[Floats, Floats] | None = None,
) -> Contrast:
    """Linear combinations of estimates.

    Parameters
    ----------
    coefficients : (K, G).
    value, se, df : (*B, G) estimates, standard errors and degrees of freedom (inf where the normal holds).
    level : confidence level.
    corr : (*B, G, G) correlations of the sampling errors; None for independent estimates.
    ends : (*B, G) limits of the estimates, where they are not symmetric: see :func:`squared_and_added`.

    Returns
    -------
    Contrast
        (*B, K).  ``df`` is Satterthwaite's (1946) ``(sum s_g)^2 / sum s_g^2 / df_g`` with ``s_g = c_g^2 se_g^2``.  NaN
        where an estimate, for the others an error, with a coefficient other than zero is NaN.
        With `corr` the degrees of freedom are the fewest of the estimates involved.
    """
    value, se, df = np.broadcast_arrays(value, se, df)
    estimate = _sums(coefficients, value)
    if corr is not None:
        tested = _tested(estimate, _correlated_error(coefficients, se, corr), _fewest(coefficients, df), level)
        return tested if ends is None else squared_and_added(tested, coefficients, value, ends, level, corr)
    variance = _sums(coefficients**2, se**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = _sums(coefficients**4, np.where(se == 0, 0.0, se**4 / df))
    tested = _tested(estimate, np.sqrt(variance), _satterthwaite(variance, spread), level)
    return tested if ends is None else squared_and_added(tested, coefficients, value, ends, level)


def squared_and_added(
    tested: Contrast,
    coefficients: Floats,
    value: Floats,
    ends: tuple[Floats, Floats],
    level: float,
    corr: Floats | None = None,
) -> Contrast:
    """Sums and differences of estimates with limits of their own, such as shares on the logit scale.

    ``L = sum c x - sqrt(sum_gh s_g s_h r_gh)`` with ``s_g = c_g (x_g - l_g)`` for ``c_g > 0`` and ``c_g (x_g - u_g)``
    else, signed as ``c_g``, and likewise ``U``: square-and-add (Newcombe 1998, method 10, for two shares; Zou & Donner
    2008; Zou 2007 with correlations ``r``).  The limits of a mean, or of a difference of two, stay within what it can
    be.  The p-value is that of the error on the side of 0, so that it and the interval say the same.
    """
    reach = []
    for lower in (True, False):
        near, far = (value - end for end in (ends if lower else ends[::-1]))
        own = np.abs(coefficients) * np.where(coefficients > 0, near[..., None, :], far[..., None, :])
        own = np.where(coefficients == 0, 0.0, own)
        square = (own**2).sum(axis=-1) if corr is None else ((own @ corr) * own).sum(axis=-1)
        reach.append(np.sqrt(np.maximum(square, 0.0)))
    return _uneven(tested, reach[0], reach[1], level)


def _uneven(tested: Contrast, below: Floats, above: Floats, level: float) -> Contrast:
    """`tested` with limits so far `below` and `above`; its p from the reach on the side of 0."""
    known = np.isfinite(below) & np.isfinite(above) & ~np.isnan(tested.se)
    usual = symmetric(np.zeros_like(tested.se), np.ones_like(tested.se), level, tested.df).high
    towards = np.where(tested.estimate > 0, below, above) / usual
    side = symmetric(tested.estimate, towards, level, tested.df)
    return Contrast(
        tested.estimate,
        tested.se,
        tested.df,
        np.where(known, tested.estimate - below, tested.low),
        np.where(known, tested.estimate + above, tested.high),
        np.where(known, side.p, tested.p),
    )


def _correlated_error(coefficients: Floats, se: Floats, corr: Floats) -> Floats:
    """(*B, K) ``sqrt(c' D R D c)`` with errors in ``D``; NaN where one with a coefficient other than zero is."""
    scaled = coefficients * np.nan_to_num(se)[..., None, :]
    variance = ((scaled @ corr) * scaled).sum(axis=-1)
    unknown = _sums(coefficients, np.where(np.isnan(se), np.nan, 0.0))
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)) + unknown)


def _fewest(coefficients: Floats, df: Floats) -> Floats:
    """(*B, K) smallest degrees of freedom among the estimates that count."""
    counted = np.where(coefficients != 0, np.nan_to_num(df, nan=np.inf)[..., None, :], np.inf)
    return np.asarray(counted.min(axis=-1, initial=np.inf))


def difference(
    first: tuple[Floats, Floats, Floats],
    second: tuple[Floats, Floats, Floats],
    level: float = 0.95,
    cov: Floats | None = None,
    ends: tuple[tuple[Floats, Floats], tuple[Floats, Floats]] | None = None,
) -> Contrast:
    """First minus second, element by element, of two samples (Welch 1947).

    Parameters
    ----------
    first, second : estimates, standard errors and degrees of freedom (inf: normal), each (*B, K).
    cov : (*B, K) covariances of the two, where they share respondents or clusters; degrees of freedom are then the
        fewer of both.
    ends : limits (*B, K) of both, where they are not symmetric: see :func:`squared_and_added`.
    """
    (x, sx, dx), (y, sy, dy) = first, second
    if ends is not None:
        return _between(difference(first, second, level, cov), (first, second), ends, level, cov)
    variance = sx**2 + sy**2
    if cov is not None and np.any(cov):
        shared = np.sqrt(np.maximum(variance - 2 * cov, 0.0))
        return _tested(x - y, shared, np.fmin(dx, dy), level)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(sx == 0, 0.0, sx**4 / dx) + np.where(sy == 0, 0.0, sy**4 / dy)
    return _tested(x - y, np.sqrt(variance), _satterthwaite(variance, spread), level)


def _between(
    tested: Contrast,
    sides: tuple[tuple[Floats, Floats, Floats], tuple[Floats, Floats, Floats]],
    ends: tuple[tuple[Floats, Floats], tuple[Floats, Floats]],
    level: float,
    cov: Floats | None,
) -> Contrast:
    """`tested`, a difference, with limits by square-and-add."""
    (x, sx, _), (y, sy, _) = sides
    (l1, u1), (l2, u2) = ends
    with np.errstate(invalid="ignore", divide="ignore"):
        shared = 0.0 if cov is None else np.where(sx * sy > 0, cov / (sx * sy), 0.0)
        below, above = (
            np.sqrt(np.maximum(a**2 + b**2 - 2 * shared * a * b, 0.0)) for a, b in ((x - l1, u2 - y), (u1 - x, y - l2))
        )
    return _uneven(tested, below, above, level)


def carried(coefficients: Floats, draws: Floats) -> Floats:
    """Replicate by replicate combinations ``(*B, K, R)`` of replicates ``(*B, G, R)`` of independent groups.

    NaN where a group with a coefficient other than zero has no replicate; see :func:`complete`.
    """
    return _sums(coefficients, np.swapaxes(draws, -1, -2)).swapaxes(-1, -2)


def complete(draws: Floats) -> Floats:
    """Replicates ``(*B, R)`` with failed ones (NaN) replaced by kept ones of the same series, evenly spread.

    The replicates of different groups are independent, so which of them stand side by side means nothing; without
    this, one failed replicate in one company would cost its whole industry that replicate.  A series with fewer than
    two replicates becomes NaN throughout.
    """
    failed = np.isnan(draws)
    if not failed.any():
        return draws
    lost = failed.sum(axis=-1, keepdims=True)
    kept = draws.shape[-1] - lost
    kept_first = np.argsort(failed, axis=-1, kind="stable")
    nth = np.cumsum(failed, axis=-1) - 1
    pick = ((np.maximum(nth, 0) + 0.5) * kept / np.maximum(lost, 1)).astype(np.intp)
    source = np.take_along_axis(kept_first, np.clip(pick, 0, draws.shape[-1] - 1), axis=-1)
    filled = np.where(failed, np.take_along_axis(draws, source, axis=-1), draws)
    return np.where(kept < 2, np.nan, filled)


def _sums(coefficients: Floats, x: Floats) -> Floats:
    """``(*B, K)`` sums of ``x (*B, G)``; NaN counts only where its coefficient is not zero."""
    unknown = np.isnan(x)
    if not unknown.any():
        return np.asarray(x @ coefficients.T)
    lost = unknown.astype(float) @ (coefficients.T != 0)
    return np.where(lost > 0, np.nan, np.where(unknown, 0.0, x) @ coefficients.T)


def _satterthwaite(variance: Floats, spread: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread == 0, np.inf, variance**2 / spread)


def _tested(estimate: Floats, se: Floats, df: Floats, level: float) -> Contrast:
    around = symmetric(estimate, se, level, df)
    return Contrast(estimate, around.se, np.where(np.isnan(around.se), np.nan, df), around.low, around.high, around.p)
