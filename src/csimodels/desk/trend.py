"""Trend over waves: slope, homogeneity, control limits, and a change split into answers and weights, exactly.

Becomes three tables: ``trend`` (construct, wave, index, se, low, high, fixed_index, lower_limit, upper_limit, outside),
``trend_tests`` (construct, slope, se, low, high, p, q, df, p_q, pooled) and ``change_parts`` (construct, sector, item,
answers, weights, total).  Waves are the last axis.  Waves of separate samples have independent errors; of overlapping
panels the covariance of the waves is needed, and the functions take it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Floats, safe_inverse
from csimodels.moments.tails import chi2_p


@dataclass(frozen=True, eq=False)
class Trend:
    """Slope per unit of time with its error; homogeneity ``q`` with ``df`` and p; the pooled level, all ``(*B,)``."""

    slope: Floats
    se: Floats
    q: Floats
    df: int
    p: Floats
    pooled: Floats
    pooled_se: Floats


def check_waves(waves: int, where: str = "trend") -> list[Problem]:
    """The problem of a trend over fewer than two waves."""
    if waves >= 2:
        return []
    return [
        Problem(
            "a trend needs at least two waves", where, str(waves), Message("2 or more"), "name the column of the waves"
        )
    ]


def covariance_of_waves(se: Floats) -> Floats:
    """(*B, T, T) diagonal covariance of independent waves from their errors (*B, T)."""
    return np.asarray(se[..., :, None] ** 2 * np.eye(se.shape[-1]))


def trend(index: Floats, covariance: Floats, time: Floats | None = None) -> Trend:
    """Straight line through the waves by generalised least squares, and the test that all waves are equal.

    With independent waves this is weighted least squares with weights ``1 / se^2`` and Cochran's (1954) Q.

    Parameters
    ----------
    index : (*B, T) array
        Index of each wave.
    covariance : (*B, T, T) array
        Covariance of the waves' errors: :func:`covariance_of_waves`, or with covariances for panels.
    time : (T,) array, optional
        Times of the waves; 0, 1, 2 .. by default.
    """
    waves = index.shape[-1]
    t = np.arange(waves, dtype=np.float64) if time is None else time
    precision = safe_inverse(covariance)
    w = precision.sum(axis=-1)  # precision @ ones
    mass = w.sum(axis=-1)
    pooled = (w * index).sum(axis=-1) / mass
    residual = index - pooled[..., None]
    q = np.einsum("...i,...ij,...j", residual, precision, residual)
    centred = t - ((w * t).sum(axis=-1) / mass)[..., None]
    across = (precision @ centred[..., None])[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        information = (across * centred).sum(axis=-1)
        slope = (across * residual).sum(axis=-1) / information
        se = 1 / np.sqrt(information)
    return Trend(slope, se, q, waves - 1, chi2_p(q, waves - 1), pooled, 1 / np.sqrt(mass))


def control_limits(pooled: Floats, se: Floats, width: float = 3.0) -> tuple[Floats, Floats]:
    """(*B, T) lower and upper limits ``pooled +- width se_t`` (Shewhart 1931); level (*B,), errors (*B, T)."""
    reach = width * se
    return np.asarray(pooled)[..., None] - reach, np.asarray(pooled)[..., None] + reach


def split_change(weights: tuple[Floats, Floats], performance: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Parts of the change of ``sum v P`` that are due to answers and to weights, by item; they sum to the change.

    ``answers = (v0 + v1)/2 (P1 - P0)``, ``weights = (P0 + P1)/2 (v1 - v0)`` (Bennet 1920): symmetric in the two waves,
    without a remainder.

    Parameters
    ----------
    weights, performance : pairs of (*B, K) arrays
        First and second wave.

    Returns
    -------
    answers, weights : (*B, K) arrays
    """
    (v0, v1), (p0, p1) = weights, performance
    return np.asarray((v0 + v1) / 2 * (p1 - p0)), np.asarray((p0 + p1) / 2 * (v1 - v0))


def less_products(se: Floats, products: Floats) -> Floats:
    """Errors of sums of products of two estimates, without what linearisation counts twice.

    The first-order variance of ``x'y`` takes the estimates in the place of their means, so that it is too large by
    ``tr cov(x) cov(y)`` twice, where the variance itself has that once (Goodman 1960, for independent x and y).  It
    matters where the products are small beside their errors, as in the part of a change that is due to weights.

    Parameters
    ----------
    se : (*B,) array
        First-order errors.
    products : (*B,) array
        ``tr cov(x) cov(y)``: what remains where both means are 0, so that no error is smaller than its root.

    Returns
    -------
    (*B,) array

    Examples
    --------
    >>> less_products(np.array([0.5, 0.1]), np.array([0.09, 0.0]))
    array([0.4, 0.1])
    """
    return np.asarray(np.sqrt(np.maximum(se**2 - products, products)))


@dataclass(frozen=True, eq=False)
class SectorChange:
    """Parts of a change over sectors: ``answers`` and ``weights`` (*B, S, K) of the items, ``shares`` (*B, S) of the
    sectors' own weights; the sum of all is the change.
    """

    answers: Floats
    weights: Floats
    shares: Floats


def split_change_over_sectors(
    shares: tuple[Floats, Floats], weights: tuple[Floats, Floats], performance: tuple[Floats, Floats]
) -> SectorChange:
    """Change of ``sum_s W_s sum_k v_sk P_sk`` split into answers, item weights and sector shares, exactly.

    Parameters
    ----------
    shares : pair of (*B, S) arrays
        Shares of the sectors in the two waves.
    weights, performance : pairs of (*B, S, K) arrays
        Item weights and 0-100 performances within the sectors.
    """
    answers, item_weights = split_change(weights, performance)
    within = (weights[0] * performance[0]).sum(axis=-1), (weights[1] * performance[1]).sum(axis=-1)
    mean_share = (shares[0] + shares[1])[..., None] / 2
    return SectorChange(mean_share * answers, mean_share * item_weights, split_change(shares, within)[1])


def fixed_weight_index(weights: Floats, performance: Floats) -> Floats:
    """(*B, T) index of every wave with the weights (*B, K) of one: ``sum_k v_k P_tk`` from (*B, T, K)."""
    return np.asarray((performance * weights[..., None, :]).sum(axis=-1))
