"""What each driver contributes to R2: Shapley values (LMG) and Johnson's relative weights.

Becomes columns ``lmg, lmg_share, relative_weight`` beside ``coefficient`` of the table of drivers.  Both sum to R2.
LMG (Lindeman, Merenda & Gold 1980; Groemping 2006) averages the rise of R2 over all orders of entry; relative weights
(Johnson 2000) go through the orthogonal variables nearest to the drivers.  Neither has a sign: the sign of the
regression coefficient stands beside it.  Functions of correlations, so replicates and groups are one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import PIVOT_RTOL, Floats, spd_solve

#: 2^15 regressions at once are the bound of the exact form.
MOST_DRIVERS = 15


def check_drivers(names: Sequence[str], where: str) -> list[Problem]:
    """The problem of more drivers than the exact form takes."""
    if len(names) <= MOST_DRIVERS:
        return []
    remedy = "ask for Johnson's relative weights, or group the items"
    allowed = Message("at most {MOST_DRIVERS} drivers", MOST_DRIVERS=MOST_DRIVERS)
    return [Problem("too many drivers for exact Shapley values", where, str(len(names)), allowed, remedy)]


def r2_of_subsets(correlation: Floats, with_target: Floats) -> Floats:
    """(2^p, *B) R2 of the regression on every subset of p drivers; bit j of the place is driver j.

    One driver after the other is left out or swept in (Gauss-Jordan), both ways side by side, so that each of the 2^p
    regressions costs one step.

    Parameters
    ----------
    correlation : (*B, p, p) array
        Correlations of the drivers.
    with_target : (*B, p) array
        Their correlations with the target.

    Returns
    -------
    (2^p, *B) array; NaN for subsets whose drivers are linearly dependent.
    """
    p = correlation.shape[-1]
    left, right = correlation[None], with_target[None]
    r2 = np.zeros((1, *with_target.shape[:-1]))
    for _ in range(p):
        pivot = left[..., 0, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            usable = np.where(pivot > PIVOT_RTOL, pivot, np.nan)
            slope = left[..., 1:, 0] / usable[..., None]
        swept = left[..., 1:, 1:] - slope[..., :, None] * left[..., None, 0, 1:]
        rest = right[..., 1:] - slope * right[..., :1]
        r2 = np.concatenate([r2, r2 + right[..., 0] ** 2 / usable])
        left = np.concatenate([left[..., 1:, 1:], swept])
        right = np.concatenate([right[..., 1:], rest])
    return r2


def lmg(correlation: Floats, with_target: Floats) -> Floats:
    """Shapley values (*B, p) of R2, ``sum_s |s|! (p-1-|s|)! / p! (R2(s + x) - R2(s))``.

    Parameters
    ----------
    correlation : (*B, p, p) array
        Correlations of the drivers, at most 15.
    with_target : (*B, p) array
        Their correlations with the target.

    Returns
    -------
    (*B, p) array that sums to R2; NaN where drivers are linearly dependent.
    """
    p = correlation.shape[-1]
    r2 = r2_of_subsets(correlation, with_target)
    places = np.arange(2**p)
    size = np.bitwise_count(places)
    share = np.asarray([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in range(p)])
    values = []
    for j in range(p):
        without = places[(places >> j) & 1 == 0]
        rise = r2[without | (1 << j)] - r2[without]
        values.append(np.tensordot(share[size[without]], rise, axes=(0, 0)))
    return np.stack(values, axis=-1)


def relative_weights(correlation: Floats, with_target: Floats) -> Floats:
    """Johnson's (2000) relative weights (*B, p): ``(L o L)(beta o beta)`` with ``L = R^(1/2)``, ``beta = L^-1 r``.

    NaN where the drivers are linearly dependent.
    """
    values, vectors = np.linalg.eigh(correlation)
    good = values[..., 0] > PIVOT_RTOL * values[..., -1]
    root = np.sqrt(np.where(good[..., None], values, 1.0))
    back = np.swapaxes(vectors, -1, -2)
    loading = (vectors * root[..., None, :]) @ back
    beta = ((vectors / root[..., None, :]) @ back @ with_target[..., None])[..., 0]
    weight = (loading**2 @ (beta**2)[..., None])[..., 0]
    return np.where(good[..., None], weight, np.nan)


def coefficients(correlation: Floats, with_target: Floats) -> Floats:
    """Standardised regression coefficients (*B, p), for the sign beside a share of R2."""
    return spd_solve(correlation, with_target)
