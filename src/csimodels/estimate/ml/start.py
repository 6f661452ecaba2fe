"""Start values from the moments: centroid loadings by block, then regressions on the factor correlations.

Loadings are the centroid solution (Thurstone) of each block's correlations with communalities iterated; factor
correlations are those of the block sums, corrected for attenuation.  Both need no iteration over the model, are right
for a model that fits, and stay within bounds for one that does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from csimodels.estimate.ml.parameters import ParameterTable, Row
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.structure import Structure
from csimodels.moments.linalg import Bools, Floats, correlation, smallest_eigenvalue, spd_solve

LARGEST_COMMUNALITY, LEAST_COMMUNALITY = 0.95, 0.05
LARGEST_CORRELATION = 0.9
LEAST_RESIDUAL = 0.05


def start_values(structure: Structure, sample: Sample, shrink: float = 1.0) -> Floats:
    """Start values ``(N, q)`` for a flat batch of samples; NaN for elements with constant items.

    `shrink` multiplies the factor correlations: a second start where the first one led nowhere.
    """
    table = structure.table
    with np.errstate(all="ignore"):
        about = _about_fixed(table, sample)
        solution = _standardised(table, about, shrink)
        values = _raw(table, solution, about)
    free = np.asarray([row.free for row in table.rows], dtype=np.intp).reshape(table.groups, -1)
    x = np.zeros((len(sample.mean), table.q))
    count = np.bincount(free[free >= 0], minlength=table.q)
    for group in range(table.groups):
        here = free[group] >= 0
        np.add.at(x.T, free[group][here], values[:, group, here].T)
    x = x / np.maximum(count, 1)
    for row in reversed(table.rows):  # the first of equal parameters speaks for all
        if row.free >= 0 and np.isfinite(row.start):
            x[:, row.free] = row.start
    return np.asarray(x)


def _about_fixed(table: ParameterTable, sample: Sample) -> Sample:
    """Moments about fixed intercepts where no mean of a construct is free: the level is then that of the factors."""
    gap = np.zeros(sample.mean.shape)
    for group in range(table.groups):
        rows = [row for row in table.rows if row.group == group and row.op == "~1"]
        if any(row.matrix == "alpha" and row.free >= 0 for row in rows):
            continue
        for row in rows:
            if row.matrix == "nu" and row.free < 0:
                gap[:, group, row.row] = sample.mean[:, group, row.row] - row.value
    return Sample(sample.mean, sample.cov + gap[..., :, None] * gap[..., None, :], sample.n) if gap.any() else sample


#: Standardised loading that an item is taken to have on a second factor whose scale it sets.
SHARED_LOADING = 0.5


class _Standardised(NamedTuple):
    """Loadings (N, G, p) on the own factor; coefficients, residuals and correlations of the factors (N, G, m, ...).

    ``block`` (p, m) marks the own factor of every item: the first that it loads on; other loadings start at 0.
    """

    own: Floats
    beta: Floats
    residual: Floats
    phi: Floats
    block: Floats


def _standardised(table: ParameterTable, sample: Sample, shrink: float) -> _Standardised:
    corr, m = correlation(sample.cov), len(table.factors)
    block, linked, measured, single, alone = table.pattern
    own = np.where(single, alone, _centroid(corr, block))
    pull = own[..., None] * block
    scale = (own**2) @ block
    phi = np.swapaxes(pull, -1, -2) @ corr @ pull / (scale[..., :, None] * scale[..., None, :])
    phi = _tamed(_higher(phi, measured))
    phi = phi * shrink + (1 - shrink) * np.eye(m)
    beta, residual = _regressed(phi, linked)
    return _Standardised(own, beta, residual, phi, block)


def _centroid(corr: Floats, block: Floats) -> Floats:
    """(*B, p) loadings of every item on the one factor of its block; signs agree with most of the block."""
    inside = (block @ block.T) * (1 - np.eye(len(block)))
    within = np.where(inside > 0, corr, 0.0)
    strength = np.abs(within).sum(axis=-1)
    chosen = np.where(block > 0, strength[..., None], -1.0).argmax(axis=-2)  # (*B, m) the most connected item
    leader = np.take_along_axis(chosen, np.broadcast_to(block.argmax(axis=1), strength.shape), axis=-1)
    sign = np.take_along_axis(within, leader[..., None], axis=-1)[..., 0]
    sign = np.where(leader == np.arange(len(block)), 1.0, sign)
    for _ in range(3):
        sign = np.sign((within @ sign[..., None])[..., 0] + 0.5 * sign)
    sign = np.where(sign == 0, 1.0, sign)
    rest = np.maximum(0.0, (within @ sign[..., None])[..., 0] * sign)
    communality = np.full(rest.shape, 0.5)
    for _ in range(6):
        total = np.sqrt(np.maximum(1e-6, (rest + communality) @ block)) @ block.T
        loading = (rest + communality) / total
        communality = np.clip(loading**2, LEAST_COMMUNALITY, LARGEST_COMMUNALITY)
    return np.asarray(np.sqrt(communality) * sign)


def _higher(phi: Floats, measured: Floats) -> Floats:
    """Fill in the correlations of higher-order factors from those of their dimensions, lowest order first."""
    phi = np.array(phi)
    waiting = [j for j in range(len(measured)) if measured[:, j].any()]
    while waiting:
        j = next(k for k in waiting if not any(measured[part, k] for part in waiting))
        waiting.remove(j)
        parts = np.flatnonzero(measured[:, j])
        inner = phi[..., parts[:, None], parts]
        loading = _centroid(inner, np.ones((len(parts), 1))) if len(parts) > 1 else np.ones((*inner.shape[:-2], 1))
        across = (np.sign(loading)[..., None] * phi[..., parts, :]).sum(axis=-2) / np.abs(loading).sum(axis=-1)[
            ..., None
        ]
        across[..., parts] = loading
        across[..., j] = 1.0
        phi[..., j, :] = across
        phi[..., :, j] = across
    return phi


def _tamed(phi: Floats) -> Floats:
    """Correlations cut to a usable size; shrunk towards zero until positive definite."""
    m = phi.shape[-1]
    phi = np.clip(np.nan_to_num(phi), -LARGEST_CORRELATION, LARGEST_CORRELATION)
    off = phi * (1 - np.eye(m))
    smallest = smallest_eigenvalue(off + np.eye(m))
    # eigenvalues of I + t Off are 1 + t (e - 1): the largest t that leaves 0.05
    shrink = np.where(smallest < 0.05, 0.95 / (1 - smallest), 1.0)
    return np.asarray(off * shrink[..., None, None] + np.eye(m))


def _regressed(phi: Floats, linked: Bools) -> tuple[Floats, Floats]:
    """Coefficients (*B, m, m) and residual variances (*B, m) of every factor on those that lead to it."""
    beta = np.zeros(phi.shape)
    residual = np.ones(phi.shape[:-1])
    for target in np.flatnonzero(linked.any(axis=1)):
        sources = np.flatnonzero(linked[target])
        known = phi[..., sources, target]
        b = spd_solve(phi[..., sources[:, None], sources], known)
        beta[..., target, sources] = b
        residual[..., target] = np.maximum(LEAST_RESIDUAL, 1 - (b * known).sum(axis=-1))
    return beta, residual


def _raw(table: ParameterTable, solution: _Standardised, sample: Sample) -> Floats:
    """(N, G, rows) values of all rows in the metric that the fixed loadings or variances set."""
    sd = np.sqrt(np.diagonal(sample.cov, axis1=-2, axis2=-1))
    size = len(table.rows) // table.groups
    scale = _scales(table, solution, sd)
    out = np.zeros((*sd.shape[:-1], size))
    for g in range(table.groups):
        for k, row in enumerate(table.rows[g * size : (g + 1) * size]):
            out[:, g, k] = _value(row, solution, scale[:, g], sd[:, g], g) if row.free >= 0 else row.value
    for g in range(table.groups):
        rows = table.rows[g * size : (g + 1) * size]
        mean = sample.mean[:, g]
        load, beta, alpha = _levels(rows, out[:, g], mean, (len(table.items), len(table.factors)))
        shift = (load @ alpha[..., None])[..., 0]
        means = alpha - (beta @ alpha[..., None])[..., 0]
        for k, row in enumerate(rows):
            if row.matrix == "nu" and row.free >= 0:
                out[:, g, k] = mean[:, row.row] - shift[:, row.row]
            elif row.matrix == "alpha" and row.free >= 0:
                out[:, g, k] = means[:, row.row]
    return out


def _levels(rows: Sequence[Row], values: Floats, mean: Floats, shape: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Loadings (N, p, m), paths (N, m, m) and levels of the factors (N, m): least squares on the means of items whose
    intercept and loadings are fixed; 0 for factors without a free mean."""
    p, m = shape
    load, beta = np.zeros((len(mean), p, m)), np.zeros((len(mean), m, m))
    nu, known, free = np.zeros(p), np.zeros(p, dtype=bool), np.zeros(m, dtype=bool)
    for k, row in enumerate(rows):
        if row.matrix == "lambda":
            load[:, row.row, row.col] = values[:, k]
        elif row.matrix == "beta":
            beta[:, row.row, row.col] = values[:, k]
        elif row.matrix == "nu" and row.free < 0:
            nu[row.row], known[row.row] = row.value, True
        elif row.matrix == "alpha":
            free[row.row] = row.free >= 0
    for row in rows:
        if row.matrix == "lambda" and row.free >= 0:
            known[row.row] = False
    level = np.zeros((len(mean), m))
    if known.any() and free.any():
        inverse = np.linalg.pinv(load[0][known][:, free])  # the same in every sample: these loadings are fixed
        level[:, free] = (mean - nu)[:, known] @ inverse.T
    return load, beta, level


def _scales(table: ParameterTable, solution: _Standardised, sd: Floats) -> Floats:
    """(N, G, m) standard deviation of each factor: from its first fixed loading, else its fixed residual variance."""
    scale = np.zeros((*sd.shape[:-1], len(table.factors)))
    for row in table.rows:
        g, i, j = row.group, row.row, row.col
        if row.matrix == "lambda" and row.free < 0 and row.value != 0 and not scale[:, g, j].any():
            loading = solution.own[:, g, i] if solution.block[i, j] else SHARED_LOADING
            scale[:, g, j] = loading * sd[:, g, i] / row.value
    for row in table.rows:
        if row.matrix == "psi" and row.row == row.col and not scale[:, row.group, row.row].any():
            fixed = row.value if row.free < 0 and row.value > 0 else 1.0
            scale[:, row.group, row.row] = np.sqrt(fixed / solution.residual[:, row.group, row.row])
    for row in table.rows:  # a higher-order factor takes the scale of the dimension whose loading is fixed
        if row.op == "=~" and row.matrix == "beta" and row.free < 0 and row.value != 0:
            g, part = row.group, row.row
            scale[:, g, row.col] = scale[:, g, part] * solution.beta[:, g, part, row.col] / row.value
    return scale


def _value(row: Row, solution: _Standardised, scale: Floats, sd: Floats, g: int) -> Floats:
    """(N,) start value of a free parameter."""
    i, j = row.row, row.col
    if row.matrix == "lambda" and not solution.block[i, j]:
        return np.zeros(len(sd))
    if row.matrix == "lambda":
        return np.asarray(solution.own[:, g, i] * sd[:, i] / scale[:, j])
    if row.matrix == "beta":
        return np.asarray(solution.beta[:, g, i, j] * scale[:, i] / scale[:, j])
    if row.matrix == "theta" and i == j:
        return np.asarray((1 - solution.own[:, g, i] ** 2) * sd[:, i] ** 2)
    if row.matrix == "psi" and i == j:
        return np.asarray(solution.residual[:, g, i] * scale[:, i] ** 2)
    if row.matrix == "psi":
        part = solution.phi[:, g, i, j] - (solution.beta[:, g] @ solution.phi[:, g])[:, i, j]
        return (
            np.asarray(part * scale[:, i] * scale[:, j]) if not solution.beta[:, g, [i, j]].any() else np.zeros(len(sd))
        )
    return np.zeros(len(sd))
