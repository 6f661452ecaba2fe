"""Which solutions mean something: samples that can be fitted, parameters that are determined, variances above zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate.ml.constrained import reduced
from csimodels.estimate.ml.discrepancy import ORDERED, Discrepancy, Point, Target
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.structure import Parts, Structure
from csimodels.moments.linalg import Bools, Floats, is_positive_definite, smallest_eigenvalue

#: Factor correlations beyond this cannot be told from 1 in most samples.
NEARLY_ONE = 0.95

#: A parameter of which less than this share of its information is left beside the others is not determined.
INFORMATION_RTOL = 1e-10
#: Eigenvalues (of matrices scaled to unit diagonal) and shares of variances down to minus this are zeros.
ZERO = 1e-10
#: Polychoric correlations of a copy: with its original (the search ends at .9999), and how far from its original's.
COPIED, ALIKE = 0.999, 1e-6


def singular_sample(sample: Sample, discrepancy: Discrepancy) -> Bools:
    """(*B,) whether the covariances of some group cannot be fitted: not finite, a constant item, collinear items.

    ``uls`` and ``dwls`` invert nothing: collinear items are no obstacle to the one, indefinite polychoric correlations
    none to the other, unless an item is the copy of another, which no estimator takes for two measurements.
    """
    variance = np.diagonal(sample.cov, axis1=-2, axis2=-1)
    usable = np.isfinite(sample.cov).all(axis=(-2, -1)) & np.isfinite(sample.mean).all(axis=-1) & (variance > 0).all(-1)
    if discrepancy in ORDERED:
        usable = usable & ~_copied(sample.cov)
    elif discrepancy != "uls":
        with np.errstate(invalid="ignore"):
            usable = usable & is_positive_definite(sample.cov)
    return np.asarray(~usable.all(axis=-1))


def undetermined(target: Target, point: Point) -> Bools:
    """(N,) whether the information of the free parameters is rank deficient at `point`: not identified."""
    _, expected, _ = target.derivatives(point, exact=False)
    return np.asarray(~is_positive_definite(reduced(target.structure.table, point.x, expected), INFORMATION_RTOL))


def inadmissible(structure: Structure, x: Floats, parts: Parts | None = None) -> Bools:
    """(*B,) whether `x` has a negative variance, an indefinite covariance matrix or a factor correlation beyond 1.

    A residual variance fixed at zero is admissible.  `parts` are those at `x`, where they are known.
    """
    matrices = structure.matrices(x)
    phi = (structure.parts(x) if parts is None else parts).phi
    low = _lowest(matrices.theta) < -ZERO
    low |= _lowest(matrices.psi) < -ZERO
    low |= (_lowest(phi) < -ZERO) | (np.abs(factor_correlations(phi)) >= 1 + ZERO).any(axis=(-2, -1))
    return np.asarray(low.any(axis=-1))


def nearly_unidentified(phi: Floats) -> NDArray[np.int64]:
    """(*B,) ``NEARLY_UNIDENTIFIED`` where two factors of covariances ``(*B, m, m)`` correlate beyond `NEARLY_ONE`."""
    with np.errstate(invalid="ignore"):
        corr = np.abs(factor_correlations(phi))
        near = ((corr > NEARLY_ONE) & (corr < 1)).any(axis=(-2, -1))
    return np.where(near, int(Status.NEARLY_UNIDENTIFIED), 0)


def factor_correlations(phi: Floats) -> Floats:
    """(*B, m, m) correlations, zero on the diagonal and beside factors without variance."""
    variance = np.diagonal(phi, axis1=-2, axis2=-1)
    sd = np.sqrt(np.where(variance > 0, variance, np.inf))
    corr = phi / (sd[..., :, None] * sd[..., None, :])
    return np.asarray(corr * (1 - np.eye(phi.shape[-1])))


def _lowest(a: Floats) -> Floats:
    """(*B,) smallest eigenvalue of covariance matrices scaled to unit diagonal; a negative variance counts as -1."""
    variance = np.diagonal(a, axis1=-2, axis2=-1)
    off = a * (1 - np.eye(a.shape[-1]))
    least = np.where((variance < 0).any(axis=-1), -1.0, 0.0)
    if not np.any(off):
        return least
    sd = np.sqrt(np.where(variance > 0, variance, 1.0))
    scaled = np.nan_to_num(off / (sd[..., :, None] * sd[..., None, :])) + (variance > 0)[..., None] * np.eye(
        a.shape[-1]
    )
    return np.asarray(np.minimum(least, smallest_eigenvalue(scaled)))


def _copied(cor: Floats) -> Bools:
    """(*B,) whether any item copies another."""
    out = np.zeros(cor.shape[:-2], dtype=bool)
    for place in np.argwhere((np.abs(np.triu(cor, 1)) > COPIED).any(axis=(-2, -1))).tolist():
        out[tuple(place)] = bool(copies(cor[tuple(place)]))
    return out


def copies(cor: Floats) -> list[int]:
    """Items of polychoric correlations ``(p, p)`` that copy one another, as they are or turned round.

    Two that are correlated by nearly 1 or -1, and go with all others alike.
    """
    found: set[int] = set()
    for i, j in np.argwhere(np.abs(np.triu(cor, 1)) > COPIED).tolist():
        others = np.delete(cor[i] - np.sign(cor[i, j]) * cor[j], [i, j])
        if len(others) and (np.abs(others) < ALIKE).all():
            found |= {i, j}
    return sorted(found)
