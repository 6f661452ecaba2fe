"""Standardised solutions and explained variances, with errors by the delta method."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.delta import Estimated, by_matrices, delta
from csimodels.estimate.ml.implied import factor_moments
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.structure import Matrices, Structure
from csimodels.moments.linalg import Floats

Kind = Literal["std_lv", "std_all"]
Values = NDArray[Any]


def standardised(structure: Structure, x: Floats, cov: Floats, kind: Kind = "std_all") -> Estimated:
    """Every parameter of the model (fixed ones too) in standard deviations, lavaan's ``standardizedSolution``.

    Parameters
    ----------
    x : (*B, q);  cov : (*B, q, q) their covariance.
    kind : ``"std_lv"`` factors have variance 1; ``"std_all"`` items too.

    Returns
    -------
    Estimated ``(*B, R)``, one per row of the parameter table.  Covariances of residuals become correlations.  NaN where
    a variance that has to be divided by is not positive.
    """
    return delta(by_matrices(structure, lambda m: standardise(structure.table, m, kind)), x, cov)


#: The field of :class:`Matrices` that a row's matrix is.
_FIELD = {"lambda": "lam"}


def row_values(table: ParameterTable, matrices: Matrices) -> Values:
    """(*B, R) value of every row of the table as it is; real or complex."""
    columns = []
    for row in table.rows:
        part = getattr(matrices, _FIELD.get(row.matrix, row.matrix))
        place = (row.row,) if row.matrix in ("nu", "alpha") else (row.row, row.col)
        columns.append(part[(..., row.group, *place)])
    return np.stack(columns, axis=-1)


def standardise(table: ParameterTable, matrices: Matrices, kind: Kind) -> Values:
    """(*B, R) standardised value of every row of the table; real or complex."""
    _, cov, _ = factor_moments(matrices)
    factor, item = deviations(cov), deviations(item_covariance(matrices, cov))
    if kind == "std_lv":
        item = np.ones_like(item)
    columns = []
    for row in table.rows:
        g, i, j = row.group, row.row, row.col
        if row.matrix == "lambda":
            value = matrices.lam[..., g, i, j] * factor[..., g, j] / item[..., g, i]
        elif row.matrix == "beta":
            value = matrices.beta[..., g, i, j] * factor[..., g, j] / factor[..., g, i]
        elif row.matrix == "psi":
            value = _variance(matrices.psi[..., g, :, :], factor[..., g, :], i, j)
        elif row.matrix == "nu":
            value = matrices.nu[..., g, i] / item[..., g, i]
        elif row.matrix == "alpha":
            value = matrices.alpha[..., g, i] / factor[..., g, i]
        elif kind == "std_lv":
            value = matrices.theta[..., g, i, j]
        else:
            value = _variance(matrices.theta[..., g, :, :], item[..., g, :], i, j)
        columns.append(value)
    return np.stack(columns, axis=-1)


def _variance(residual: Values, sd: Values, i: int, j: int) -> Values:
    """A residual variance as share of the variance; a residual covariance as correlation of the residuals."""
    if i == j:
        return np.asarray(residual[..., i, i] / sd[..., i] ** 2)
    return np.asarray(residual[..., i, j] / np.sqrt(residual[..., i, i] * residual[..., j, j]))


def item_covariance(matrices: Matrices, factor_covariance: Values) -> Values:
    """(*B, G, p, p) implied covariance of the items."""
    return np.asarray(matrices.lam @ factor_covariance @ matrices.lam.swapaxes(-1, -2) + matrices.theta)


def deviations(cov: Values) -> Values:
    """(*B, k) standard deviations from ``(*B, k, k)``; NaN where a variance is negative."""
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(variance))


def explained(structure: Structure, x: Floats, cov: Floats) -> tuple[Estimated, Estimated]:
    """R2 of the items ``(*B, G, p)`` and of the constructs ``(*B, G, m)``; NaN for constructs that nothing explains."""
    table = structure.table
    p, m, groups = len(table.items), len(table.factors), table.groups
    both = delta(by_matrices(structure, explain), x, cov)
    items = Estimated(*(a[..., : groups * p] for a in (both.value, both.se, both.p))).reshaped(groups, p)
    factors = Estimated(*(a[..., groups * p :] for a in (both.value, both.se, both.p))).reshaped(groups, m)
    exogenous = np.ones((groups, m), dtype=bool)
    for row in table.rows:
        if row.matrix == "beta":
            exogenous[row.group, row.row] = False
    blank = [np.where(exogenous, np.nan, a) for a in (factors.value, factors.se, factors.p)]
    return items, Estimated(*blank)


def explain(matrices: Matrices) -> Values:
    """``1 - residual / total`` variance of the items and of the factors, ``(*B, G p + G m)``."""
    _, cov, _ = factor_moments(matrices)
    total = item_covariance(matrices, cov)
    parts = []
    for residual, whole in ((matrices.theta, total), (matrices.psi, cov)):
        share = np.diagonal(residual, axis1=-2, axis2=-1) / np.diagonal(whole, axis1=-2, axis2=-1)
        parts.append((1 - share).reshape(*share.shape[:-2], -1))
    return np.concatenate(parts, axis=-1)
