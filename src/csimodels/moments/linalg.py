"""Batched linear algebra that masks singular elements instead of raising for the whole batch.

Every function takes any leading axes ``*B`` (``()`` included) and gives NaN where an element is singular.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: A pivot below this share of its diagonal (after removing the earlier variables) counts as zero.
PIVOT_RTOL = 1e-10


def spd_solve(a: Floats, b: Floats, rtol: float = PIVOT_RTOL) -> Floats:
    """Solve ``a x = b`` for small symmetric positive definite systems, one per batch element.

    The factorisation ``a = L D L'`` is unrolled over the (small) system size and vectorised over the batch, which for
    the two to ten predictors of a structural equation is many times faster than one LAPACK call per element.

    Parameters
    ----------
    a : (*B, k, k) array
        Only the lower triangle is read.
    b : (*B, k) array
    rtol : float
        An element is singular when a pivot is not above ``rtol`` times its diagonal entry.

    Returns
    -------
    (*B, k) array, all NaN for singular elements.
    """
    k = a.shape[-1]
    if a.size == k * k and b.size == k:  # a lone system costs less as numbers than as arrays, and comes out the same
        lone, _ = _eliminated(a.reshape(k, k).tolist(), b.ravel().tolist(), rtol, lone=True)
        return np.asarray(lone).reshape(np.broadcast_shapes(a.shape[:-1], b.shape))
    entries = [[a[..., i, j] for j in range(i + 1)] for i in range(k)]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        x, good = _eliminated(entries, [b[..., i] for i in range(k)], rtol, lone=False)
    out = np.empty((*np.shape(good), k))
    for i in range(k):
        out[..., i] = x[i]
    out[~np.asarray(good)] = np.nan
    return out


def _eliminated(a: list[list[Any]], b: list[Any], rtol: float, *, lone: bool) -> tuple[list[Any], Any]:
    """Solution and whether it is one, of entries that are arrays over a batch, or the numbers of a `lone` system."""
    low: list[list[Any]] = []
    pivots: list[Any] = []
    x: list[Any] = []
    good: Any = True
    for i, line in enumerate(a):
        row: list[Any] = []
        scaled: list[Any] = []
        pivot, right = line[i], b[i]
        for j in range(i):
            entry = line[j]
            for m in range(j):
                entry = entry - scaled[m] * low[j][m]
            ratio = entry / pivots[j]
            scaled.append(entry)
            row.append(ratio)
            pivot = pivot - entry * ratio
            right = right - ratio * x[j]
        good = good & (pivot > rtol * line[i])
        if lone and not (good and pivot):  # plain numbers cannot be divided by 0
            return [math.nan] * len(b), False
        pivots.append(pivot)
        low.append(row)
        x.append(right)
    for i in reversed(range(len(b))):
        x[i] = x[i] / pivots[i]
        for m in range(i + 1, len(b)):
            x[i] = x[i] - low[m][i] * x[m]
    return x, good


def _eigenvalues(a: Floats) -> Floats:
    """(*B, k) eigenvalues of symmetric matrices, smallest first; NaN for those that are not finite."""
    finite, safe = _finite(a)
    values = np.linalg.eigvalsh(safe)
    return np.where(finite[..., None], values, np.nan)


def general_solve(a: Floats, b: Floats, rtol: float = PIVOT_RTOL) -> Floats:
    """Solve ``a x = b`` for symmetric systems that need not be positive definite, by LU.

    Parameters
    ----------
    a : (*B, k, k);  b : (*B, k).
    rtol : an element is singular when its smallest absolute eigenvalue is not above ``rtol`` times the largest.

    Returns
    -------
    (*B, k) array, all NaN for singular elements.
    """
    size = np.abs(_eigenvalues(a))
    good = np.asarray(size.min(axis=-1) > rtol * size.max(axis=-1))
    x = np.linalg.solve(np.where(good[..., None, None], a, np.eye(a.shape[-1])), b[..., None])[..., 0]
    return np.where(good[..., None], x, np.nan)


def smallest_eigenvalue(a: Floats) -> Floats:
    """(*B,) smallest eigenvalue of symmetric matrices ``(*B, k, k)``; NaN for those that are not finite."""
    return np.asarray(_eigenvalues(a)[..., 0])


def cholesky(a: Floats, rtol: float = PIVOT_RTOL) -> Floats:
    """Lower Cholesky factors of a batch ``(*B, p, p)``; NaN for elements that are not positive definite.

    This is the one place that judges whether a matrix is singular: a squared pivot, which is what is left of a variance
    after removing the earlier variables, must be above `rtol` times that variance.  A copied or summed variable leaves
    rounding noise of 1e-16 of either sign, so the judgement hangs neither on the scale of a variable nor on the last
    bits, which differ between processors.
    """
    finite, safe = _finite(a)
    lower = _halved_cholesky(safe.reshape(-1, *a.shape[-2:])).reshape(a.shape)
    pivots, variances = np.diagonal(lower, axis1=-2, axis2=-1), np.diagonal(a, axis1=-2, axis2=-1)
    good = np.asarray((pivots**2 > rtol * variances).all(axis=-1)) & finite
    return lower if good.all() else np.where(good[..., None, None], lower, np.nan)


def _halved_cholesky(a: Floats) -> Floats:
    """numpy raises for a whole batch if one element fails: halve the batch until those that fail stand alone."""
    try:
        return np.asarray(np.linalg.cholesky(a), dtype=np.float64)
    except np.linalg.LinAlgError:
        if len(a) == 1:
            return np.full_like(a, np.nan)
        middle = len(a) // 2
        return np.concatenate([_halved_cholesky(a[:middle]), _halved_cholesky(a[middle:])])


def is_positive_definite(a: Floats, rtol: float = PIVOT_RTOL) -> Bools:
    """(*B,) whether symmetric matrices ``(*B, p, p)`` are positive definite and not singular, see :func:`cholesky`."""
    return np.asarray(np.isfinite(np.diagonal(cholesky(a, rtol), axis1=-2, axis2=-1)).all(axis=-1))


def safe_inverse(a: Floats, rtol: float = PIVOT_RTOL) -> Floats:
    """Inverse of symmetric positive definite matrices ``(*B, k, k)``; NaN for the elements that are not."""
    good = np.asarray(is_positive_definite(a, rtol))[..., None, None]
    inverse = np.linalg.inv(np.where(good, a, np.eye(a.shape[-1])))
    return np.where(good, inverse, np.nan)


def regular_inverse(a: Floats) -> Floats:
    """:func:`safe_inverse`, and that of indefinite symmetric matrices ``(*B, k, k)``; NaN for singular ones."""
    inverse = safe_inverse(a)
    if np.isnan(inverse).any():
        columns = np.broadcast_to(np.eye(a.shape[-1]), a.shape)
        inverse = np.where(np.isnan(inverse), general_solve(a[..., None, :, :], columns), inverse)
    return inverse


def finite_inverse(a: NDArray[Any]) -> NDArray[Any]:
    """Inverse of regular matrices ``(*B, k, k)``, real or complex; NaN for elements that are not finite.

    LAPACK is never given a NaN: what it then says, NaN or "singular" for the whole batch, differs between processors.
    """
    known, safe = _finite(a)
    inverse = np.linalg.inv(safe)
    return inverse if known.all() else np.where(known[..., None, None], inverse, np.nan)


def finite_solve(a: Floats, b: Floats) -> Floats:
    """Solve ``a x = b`` for regular matrices ``(*B, k, k)`` and ``b (*B, k)``; NaN where an element is not finite."""
    known, safe = _finite(a)
    x = np.linalg.solve(safe, b[..., None])[..., 0]
    return np.asarray(x if known.all() else np.where(known[..., None], x, np.nan))


def _finite(a: NDArray[Any]) -> tuple[Bools, NDArray[Any]]:
    """Which elements ``(*B, k, k)`` are finite, and `a` with the unit matrix in place of the others."""
    known = np.asarray(np.isfinite(a).all(axis=(-2, -1)))
    return known, a if known.all() else np.where(known[..., None, None], a, np.eye(a.shape[-1]))


def null_items(corr: Floats, rtol: float = 1e-8) -> list[int]:
    """Positions of the items that make one correlation matrix ``(p, p)`` singular or indefinite.

    They are the large entries of the eigenvectors whose eigenvalues are not above ``rtol`` times the largest.
    """
    values, vectors = np.linalg.eigh(corr)
    bad = values <= rtol * abs(values[-1])
    if not bad.any():
        return []
    involved = (np.abs(vectors[:, bad]) > 0.1).any(axis=1)
    return [int(i) for i in np.flatnonzero(involved)]


def correlation(cov: Floats) -> Floats:
    """Correlation matrices ``(*B, p, p)`` of covariance matrices; rows and columns of constant items are NaN."""
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    scale = 1.0 / np.sqrt(np.where(variance > 0, variance, np.nan))
    corr = np.multiply(scale[..., :, None], scale[..., None, :])
    corr *= cov
    index = np.arange(cov.shape[-1])
    corr[..., index, index] = np.where(np.isnan(scale), np.nan, 1.0)
    return corr


def settled_correlation(cov: Floats) -> Floats:
    """(G, G) as :func:`correlation`; a constant number goes with itself by 1, with others by 0."""
    sd = np.sqrt(np.maximum(np.diagonal(cov), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        corr = cov / np.outer(sd, sd)
    corr = np.where(np.isfinite(corr), corr, 0.0)
    np.fill_diagonal(corr, 1.0)
    return corr


def entries(matrix: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Floats:
    """(*B, k) entries of ``(*B, a, b)`` matrices at pairs of places."""
    flat = matrix.reshape(*matrix.shape[:-2], matrix.shape[-2] * matrix.shape[-1])
    return np.asarray(np.take(flat, rows * matrix.shape[-1] + columns, axis=-1))


@lru_cache(maxsize=64)
def upper_triangle(p: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the upper triangle with the diagonal, line by line, as moments are laid out; read-only."""
    rows, columns = np.triu_indices(p)
    for places in (rows, columns):
        places.flags.writeable = False
    return rows, columns
