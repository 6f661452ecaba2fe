"""Missing answers as moment estimators: mean replacement, pairwise, EM (docs/data.md).

Each function takes sums of shifted answers and returns mean ``(*B, p)`` (still shifted) and covariance ``(*B, p, p)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats, safe_inverse
from csimodels.moments.sums import Patterns, Sums

EM_TOL = 1e-10
EM_MAX_ITER = 2000
#: Stopping rule inside resampling: far below any standard error, and a third of the work.
EM_TOL_REPLICATES = 1e-7


def mean_replacement(sums: Sums) -> tuple[Floats, Floats]:
    """Every hole filled with the weighted mean of its item, computed within the same batch element.

    ``S_jk = sum a r_j r_k (z_j - m_j)(z_k - m_k) / sum a``: a filled answer deviates from its mean by zero.
    """
    masked = sums.as_pairwise()
    present = np.diagonal(masked.w, axis1=-2, axis2=-1)
    mean = np.diagonal(masked.wx, axis1=-2, axis2=-1) / present
    cross = masked.wx * mean[..., None, :]  # [j, k]: sum a r_j r_k z_j * m_k
    total = sums.wxx - cross - np.swapaxes(cross, -1, -2) + masked.w * mean[..., :, None] * mean[..., None, :]
    return mean, total / sums.w[..., None, None]


def pairwise(sums: Sums) -> tuple[Floats, Floats]:
    """Each covariance from the rows that answer both items; the result need not be positive definite."""
    masked = sums.as_pairwise()
    mean = np.diagonal(masked.wx, axis1=-2, axis2=-1) / np.diagonal(masked.w, axis1=-2, axis2=-1)
    pair_mean = masked.wx / masked.w
    cov = sums.wxx / masked.w - pair_mean * np.swapaxes(pair_mean, -1, -2)
    return mean, cov


def em(sums: Sums, tol: float = EM_TOL, max_iter: int = EM_MAX_ITER) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Maximum-likelihood mean and covariance under multivariate normality (Dempster, Laird & Rubin 1977).

    EM over missing patterns (Little & Rubin 2019, section 11.2), batched; starts from the means and variances of the
    answers that are there and stops when no mean or covariance moves by more than `tol` standard deviations (squared,
    for covariances).  Elements whose covariance turns singular are NaN.

    Returns
    -------
    mean : (*B, p);  cov : (*B, p, p);  converged : (*B,) False where `max_iter` steps were not enough.
    """
    patterns = sums.patterns
    if patterns is None:
        raise ValueError("em needs sums by missing pattern: Rows(..., form='patterns')")
    answered = (patterns.w[..., None] * patterns.present).sum(axis=-2)
    mean = sums.wx / answered
    spread = np.diagonal(sums.wxx, axis1=-2, axis2=-1) / answered - mean**2
    cov = spread[..., :, None] * np.eye(mean.shape[-1])
    unit = np.sqrt(np.where(spread > 0, spread, 1.0))
    holes = _holes(patterns)
    done = np.zeros(sums.w.shape, dtype=bool)
    for _ in range(max_iter):
        new_mean, new_cov = _em_step(patterns, holes, mean, cov, sums.w)
        with np.errstate(invalid="ignore"):
            move = np.maximum(
                (np.abs(new_mean - mean) / unit).max(axis=-1),
                (np.abs(new_cov - cov) / (unit[..., :, None] * unit[..., None, :])).max(axis=(-2, -1)),
            )
        frozen = done[..., None]
        mean = np.where(frozen, mean, new_mean)
        cov = np.where(frozen[..., None], cov, new_cov)
        done = done | ~(move > tol)
        if done.all():
            break
    return mean, cov, np.asarray(done)


def em_map(patterns: Patterns, mean: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """One EM step from any mean ``(*B, p)`` and covariance ``(*B, p, p)``; the EM estimate is its fixed point."""
    return _em_step(patterns, _holes(patterns), mean, cov, patterns.w.sum(axis=-1))


Holes = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


def _holes(patterns: Patterns) -> Holes:
    """Patterns with the same number of holes together: their positions ``(G,)`` and the missing items ``(G, m)``."""
    number = (~patterns.present).sum(axis=1)
    found = []
    for m in np.unique(number[number > 0]):
        which = np.flatnonzero(number == m)
        found.append((which, np.nonzero(~patterns.present[which])[1].reshape(len(which), m)))
    return found


def _em_step(patterns: Patterns, holes: Holes, mean: Floats, cov: Floats, total: Floats) -> tuple[Floats, Floats]:
    """One expectation and maximisation step; returns the new mean and covariance.

    With ``K = S^{-1}``, the missing part given the answers has covariance ``V = K_mm^{-1}`` and mean
    ``mu_m - V K_mo (z_o - mu_o)``: only systems of the size of the holes are solved, all patterns of a size at once.
    """
    there = patterns.present.astype(np.float64)
    w, centre = patterns.w[..., None], mean[..., None, :] * there
    first = patterns.wx - w * centre  # (*B, K, p) sums of z - mu over the answers that are there
    cross = patterns.wx[..., :, None] * centre[..., None, :]
    second = patterns.wxx - cross - np.swapaxes(cross, -1, -2)
    second += w[..., None] * centre[..., :, None] * centre[..., None, :]
    shift, spread = first.sum(axis=-2), second.sum(axis=-3)
    precision = safe_inverse(cov)
    for which, missing in holes:
        rows, cols = missing[:, :, None], missing[:, None, :]
        conditional = np.linalg.inv(_finite(precision[..., rows, cols]))
        slope = -conditional @ precision[..., missing, :]  # (*B, G, m, p); meets zeros where items are missing
        moved = (slope @ first[..., which, :, None])[..., 0]
        joint = slope @ second[..., which, :, :]
        inner = joint @ np.swapaxes(slope, -1, -2) + w[..., which, :, None] * conditional
        place = np.eye(mean.shape[-1])[missing]  # (G, m, p) puts the holes of each pattern where they belong
        flat, batch = place.reshape(-1, place.shape[-1]), shift.shape[:-1]
        shift = shift + moved.reshape(*batch, len(flat)) @ flat
        half = flat.T @ (joint + inner @ place / 2).reshape(*batch, *flat.shape)
        spread = spread + half + np.swapaxes(half, -1, -2)
    step = shift / total[..., None]
    new_cov = spread / total[..., None, None] - step[..., :, None] * step[..., None, :]
    return mean + step, (new_cov + np.swapaxes(new_cov, -1, -2)) / 2


def _finite(a: Floats) -> Floats:
    """`a` with elements that are not finite replaced by the identity, which keeps one from stopping the batch."""
    good = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
    return np.where(good, a, np.eye(a.shape[-1]))
