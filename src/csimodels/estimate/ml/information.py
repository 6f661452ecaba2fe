"""Information about the parameters in one observation, and the weights of the moments that it is made of.

Everything is per observation and counts half of the discrepancy, ``F / 2 = -logl / N + const``, so that the covariance
of the estimates is the inverse information over N.  Groups count by their share ``n_g / N``.
"""

from __future__ import annotations

import numpy as np

from csimodels.estimate.ml.implied import Tangent, vech_places
from csimodels.estimate.ml.sample import Sample
from csimodels.moments.linalg import Floats


def weight_matrix(inverse: Floats, *, means: bool) -> Floats:
    """Normal-theory weights of ``[mean if modelled, vech S]``: the expected information of the saturated model.

    ``diag(Sigma^{-1}, 1/2 D' (Sigma^{-1} kron Sigma^{-1}) D)`` with the duplication matrix D (Browne 1974).

    Parameters
    ----------
    inverse : (*B, p, p) inverse covariance.

    Returns
    -------
    (*B, P, P)
    """
    p = inverse.shape[-1]
    row, col = vech_places(p)
    i, j, k, m = row[:, None], col[:, None], row[None, :], col[None, :]
    once = np.where(row == col, 0.5, 1.0)
    covariances = inverse[..., i, k] * inverse[..., j, m] + inverse[..., i, m] * inverse[..., j, k]
    covariances = covariances * (once[:, None] * once[None, :])
    if not means:
        return np.asarray(covariances)
    size = p + len(row)
    out = np.zeros((*inverse.shape[:-2], size, size))
    out[..., :p, :p] = inverse
    out[..., p:, p:] = covariances
    return out


def weighted_crossproduct(at: Tangent, weight: Floats, sample: Sample) -> Floats:
    """(*B, q, q) ``sum_g n_g/N Delta_g' V_g Delta_g`` for any weight matrices ``(*B, G, P, P)``."""
    jacobian = at.jacobian
    by_group = jacobian.swapaxes(-1, -2) @ weight @ jacobian
    return np.asarray((sample.share[..., None, None] * by_group).sum(axis=-3))


def expected(at: Tangent, sample: Sample, scale: Floats | None = None) -> Floats:
    """(*B, q, q) expected information per observation, ``1/2 tr(V dS_i V dS_j) + dmu_i' V dmu_j``.

    Parameters
    ----------
    scale : (*B, G, p, p) the inverse covariance ``V``; ``Sigma^{-1}`` by default (maximum likelihood), ``S^{-1}`` gives
        the information of generalised least squares.
    """
    v = at.inverse if scale is None else scale
    y = v[..., None, :, :] @ at.dsigma
    by_group = 0.5 * _traces(y, y)
    if at.means:
        by_group = by_group + at.dmu @ v @ at.dmu.swapaxes(-1, -2)
    return np.asarray((sample.share[..., None, None] * by_group).sum(axis=-3))


def _traces(a: Floats, b: Floats) -> Floats:
    """(*B, q, q) ``tr(a_i b_j)`` of stacks ``(*B, q, p, p)``."""
    flat = (*a.shape[:-2], a.shape[-1] ** 2)
    return np.asarray(a.reshape(flat) @ b.swapaxes(-1, -2).reshape(flat).swapaxes(-1, -2))
