"""Agreement of two rankings of the drivers: what was assumed, and what was found.

Shown in the table ``agreement``, with two coefficients: Spearman's (1904) rho and Kendall's (1945) tau-b, both with
ties.
"""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats


def spearman(first: Floats, second: Floats) -> Floats:
    """(*B,) Spearman's rho of two rankings or scores (*B, k): correlation of the mid-ranks; NaN if one is constant."""
    from scipy.stats import rankdata

    a, b = rankdata(first, axis=-1), rankdata(second, axis=-1)
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    return _cosine(a, b)


def kendall_tau_b(first: Floats, second: Floats) -> Floats:
    """(*B,) Kendall's tau-b of two rankings or scores (*B, k); NaN if one is constant."""
    pairs = np.triu_indices(first.shape[-1], 1)
    signs = [np.sign(x[..., :, None] - x[..., None, :])[..., pairs[0], pairs[1]] for x in (first, second)]
    return _cosine(*signs)


def rank_moves(assumed: Floats, found: Floats) -> Floats:
    """(*B, k) places that each driver gained (positive) or lost against the assumed ranking; 1 is the first place."""
    return np.asarray(assumed - found)


def _cosine(a: Floats, b: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((a * b).sum(axis=-1) / np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1)))
