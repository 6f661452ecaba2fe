"""Weighted sums and differences of independent estimates: roll-up, comparisons, changes (docs/rollup.md).

Companies and waves are separate samples, so the variance of ``sum c_g x_g`` is ``sum c_g^2 var_g``.  The mean of an
industry, a company against the industry it is part of, and any two of them are such sums of the same ``x``.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def combined(coefficients: Floats, value: Floats, se: Floats, df: Floats, level: float = 0.95) -> Contrast:
    """Linear combinations of independent estimates.

    Parameters
    ----------
    coefficients : (K, G).
    value, se, df : (*B, G) estimates, standard errors and degrees of freedom (inf where the normal holds).
    level : confidence level.

    Returns
    -------
    Contrast
        (*B, K).  ``df`` is Satterthwaite's (1946) ``(sum s_g)^2 / sum s_g^2 / df_g`` with ``s_g = c_g^2 se_g^2``.  NaN
        where an estimate, for the others an error, with a coefficient other than zero is NaN.
    """
    value, se, df = np.broadcast_arrays(value, se, df)
    estimate = _sums(coefficients, value)
    variance = _sums(coefficients**2, se**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = _sums(coefficients**4, np.where(se == 0, 0.0, se**4 / df))
    return _tested(estimate, np.sqrt(variance), _satterthwaite(variance, spread), level)


def difference(
    first: tuple[Floats, Floats, Floats], second: tuple[Floats, Floats, Floats], level: float = 0.95
) -> Contrast:
    """First minus second, element by element, of two independent samples (Welch 1947).

    Parameters
    ----------
    first, second : estimates, standard errors and degrees of freedom (inf: normal), each (*B, K).
    """
    (x, sx, dx), (y, sy, dy) = first, second
    variance = sx**2 + sy**2
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(sx == 0, 0.0, sx**4 / dx) + np.where(sy == 0, 0.0, sy**4 / dy)
    return _tested(x - y, np.sqrt(variance), _satterthwaite(variance, spread), level)


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
