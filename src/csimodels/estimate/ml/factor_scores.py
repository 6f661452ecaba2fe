"""Factor scores: regression (Thomson 1935; Thurstone 1935) and Bartlett (1937)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.implied import factor_moments, inverse
from csimodels.estimate.ml.solution import Solution
from csimodels.moments.linalg import Floats

Method = Literal["regression", "bartlett"]


def score_coefficients(solution: Solution, method: Method = "regression") -> Floats:
    """(*B, G, m, p) coefficients of the centred items.

    Regression: ``Phi Lambda' Sigma^{-1}`` (least mean square error, shrunk); Bartlett: ``(Lambda' Sigma^{-1}
    Lambda)^{-1} Lambda' Sigma^{-1}`` (unbiased given the factors).  A higher-order construct has no items of its own
    and hence no Bartlett scores: NaN.
    """
    matrices = solution.matrices
    lam = matrices.lam
    _, cov, _ = factor_moments(matrices)
    precision = inverse(solution.sigma)
    across = lam.swapaxes(-1, -2) @ precision
    if method == "regression":
        return np.asarray(cov @ across)
    measured = (lam != 0).any(axis=tuple(range(lam.ndim - 1)))
    own = across[..., measured, :]
    out = np.full(across.shape, np.nan)
    out[..., measured, :] = inverse(own @ lam[..., measured]) @ own
    return out


def factor_scores(
    solution: Solution, x: Floats, group: NDArray[np.integer] | None = None, method: Method = "regression"
) -> Floats:
    """(n, m) scores of rows ``x (n, p)`` with group codes ``(n,)`` under one solution, lavaan's ``lavPredict``.

    They are on the scale of the factors and centred at the factor means (0 without a mean structure).
    """
    coefficients = score_coefficients(solution, method)
    means = solution.structure.table.mean_structure
    centre = np.asarray(solution.mu if means else solution.sample.mean)
    _, _, level = factor_moments(solution.matrices)
    codes = np.zeros(len(x), dtype=np.intp) if group is None else np.asarray(group, dtype=np.intp)
    z = np.asarray(x, dtype=np.float64) - centre[codes]
    return np.asarray((coefficients[codes] @ z[..., None])[..., 0] + level[codes])
