"""Missing answers as moment estimators: mean replacement, pairwise (docs/data.md); EM stands in `em.py`.

Each function takes sums of shifted answers and returns mean ``(*B, p)`` (still shifted) and covariance ``(*B, p, p)``.
"""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.moments.sums import Sums


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
