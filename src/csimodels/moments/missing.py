"""Missing answers as moment estimators: mean replacement, pairwise, EM (METHODS, section 2).

Each function takes sums of shifted answers and returns mean ``(*B, p)`` (still shifted) and covariance ``(*B, p, p)``.
"""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats, safe_inverse
from csimodels.moments.sums import Patterns, Sums

EM_TOL = 1e-10
EM_MAX_ITER = 2000


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


def em(sums: Sums, tol: float = EM_TOL, max_iter: int = EM_MAX_ITER) -> tuple[Floats, Floats]:
    """Maximum-likelihood mean and covariance under multivariate normality (Dempster, Laird & Rubin 1977).

    EM over missing patterns (Little & Rubin 2019, section 11.2), batched; starts from mean replacement's diagonal and
    stops when no mean or covariance moves by more than `tol` standard deviations (squared, for covariances).
    Elements that do not converge within `max_iter`, or whose covariance turns singular, are NaN.
    """
    patterns = sums.patterns
    if patterns is None:
        raise ValueError("em needs sums by missing pattern: Rows(..., form='patterns')")
    answered = (patterns.w[..., None] * patterns.present).sum(axis=-2)
    mean = sums.wx / answered
    spread = np.diagonal(sums.wxx, axis1=-2, axis2=-1) / answered - mean**2
    eye = np.eye(mean.shape[-1])
    cov = spread[..., :, None] * eye
    unit = np.sqrt(np.where(spread > 0, spread, 1.0))
    done = np.zeros(sums.w.shape, dtype=bool)
    for _ in range(max_iter):
        new_mean, new_cov = _em_step(patterns, mean, cov, sums.w)
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
    bad = ~done[..., None]
    return np.where(bad, np.nan, mean), np.where(bad[..., None], np.nan, cov)


def _em_step(patterns: Patterns, mean: Floats, cov: Floats, total: Floats) -> tuple[Floats, Floats]:
    """One expectation and maximisation step; returns the new mean and covariance."""
    first = np.zeros_like(mean)
    second = np.zeros_like(cov)
    for k, there in enumerate(patterns.present):
        seen, hole = np.flatnonzero(there), np.flatnonzero(~there)
        w = patterns.w[..., k]
        wx = patterns.wx[..., k, :]
        wxx = patterns.wxx[..., k, :, :]
        if not len(hole):
            first, second = first + wx, second + wxx
            continue
        beta = safe_inverse(cov[..., seen[:, None], seen]) @ cov[..., seen[:, None], hole]  # (*B, seen, hole)
        # E[z_hole] = mean_hole + beta' (z_seen - mean_seen), so z = A z_seen + c with A = [I; beta']
        size = mean.shape[-1]
        lift = np.zeros((*beta.shape[:-2], size, len(seen)))
        lift[..., seen, np.arange(len(seen))] = 1.0
        lift[..., hole, :] = np.swapaxes(beta, -1, -2)
        offset = np.zeros_like(mean)
        offset[..., hole] = mean[..., hole] - (mean[..., None, seen] @ beta)[..., 0, :]
        sum_z = (lift @ wx[..., seen, None])[..., 0] + w[..., None] * offset
        raw = lift @ wxx[..., seen[:, None], seen] @ np.swapaxes(lift, -1, -2)
        lifted = (lift @ wx[..., seen, None])[..., 0]
        cross = lifted[..., :, None] * offset[..., None, :]
        outer = offset[..., :, None] * offset[..., None, :] * w[..., None, None]
        filled = raw + cross + np.swapaxes(cross, -1, -2) + outer
        residual = cov[..., hole[:, None], hole] - np.swapaxes(beta, -1, -2) @ cov[..., seen[:, None], hole]
        filled[..., hole[:, None], hole] += w[..., None, None] * residual
        first, second = first + sum_z, second + filled
    mean_new = first / total[..., None]
    cov_new = second / total[..., None, None] - mean_new[..., :, None] * mean_new[..., None, :]
    return mean_new, (cov_new + np.swapaxes(cov_new, -1, -2)) / 2
