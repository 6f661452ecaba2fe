"""Why a covariance structure model has no usable solution, in the field's words and with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from csimodels.errors import listed
from csimodels.estimate.ml.admissible import INFORMATION_RTOL, NEARLY_ONE, ZERO, factor_correlations
from csimodels.estimate.ml.discrepancy import Target
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, fitted_sample, minimised
from csimodels.estimate.ml.structure import Structure
from csimodels.moments.linalg import PIVOT_RTOL, Floats, correlation, null_items

if TYPE_CHECKING:
    from csimodels.estimate.ml.estimator import MLFit


def ml_singular_reasons(fit: MLFit, element: int | tuple[int, ...], flat_items: Sequence[str] = ()) -> list[str]:
    """Sentences that say why an element is singular; never empty.

    `flat_items` are items with one and the same answer, or none, in all rows; without them, those of variance zero.
    """
    return singular_reasons_of(fit.solution, element, flat_items)


def singular_reasons_of(
    solution: Solution, element: int | tuple[int, ...], flat_items: Sequence[str] = ()
) -> list[str]:
    """:func:`ml_singular_reasons` of a solution with any number of groups."""
    table, sample = solution.structure.table, solution.sample[element]
    reasons: list[str] = []
    for group, cov in enumerate(sample.cov):
        reasons += _sample_reasons(table, cov, float(sample.n[group]), _in_group(table, group), flat_items)
    if reasons:
        return reasons
    if table.df < 0:
        return [f"not identified: {table.q} parameters, {table.moments} moments"]
    involved = _null_at_end(solution, element)
    if involved:
        return [f"not identified in these data, these parameters cannot be told apart: {listed(involved)}"]
    return ["the information matrix of the parameters is singular"]


def ml_inadmissible_reasons(fit: MLFit, element: int | tuple[int, ...]) -> list[str]:
    """Sentences that say what is inadmissible in an element: Heywood cases, indefinite covariance matrices."""
    return inadmissible_reasons_of(fit.solution, element)


def inadmissible_reasons_of(solution: Solution, element: int | tuple[int, ...]) -> list[str]:
    """:func:`ml_inadmissible_reasons` of a solution with any number of groups."""
    table = solution.structure.table
    psi, theta = solution.matrices.psi[element], solution.matrices.theta[element]
    phi = solution.structure.parts(solution.x).phi[element]
    caused = {row.row for row in table.rows if row.matrix == "beta"}
    reasons: list[str] = []
    for g in range(table.groups):
        end = _in_group(table, g)
        for k in np.flatnonzero(np.diagonal(theta[g]) < -ZERO):
            reasons.append(f"the residual variance of {table.items[k]} is {theta[g, k, k]:.3g} (Heywood case){end}")
        for j in np.flatnonzero(np.diagonal(psi[g]) < -ZERO):
            kind = "residual variance" if j in caused else "variance"
            reasons.append(f"the {kind} of {table.factors[j]} is {psi[g, j, j]:.3g} (Heywood case){end}")
        reasons += [f"{text}{end}" for text in _beyond_one(phi[g], table.factors)]
        of_items = "residual covariances of the items"
        reasons += [f"{text}{end}" for text in _not_definite(theta[g], table.items, of_items)]
        reasons += [f"{text}{end}" for text in _not_definite(phi[g], table.factors, "covariances of the constructs")]
    return reasons or ["a covariance matrix of the model is not positive definite"]


def ml_cautions(fit: MLFit, element: int | tuple[int, ...]) -> list[str]:
    """What makes the numbers of a converged element doubtful: constructs that are empirically nearly the same.

    ``uls`` also runs on a singular covariance matrix: that is said here.
    """
    return cautions_of(fit.solution, element)


def cautions_of(solution: Solution, element: int | tuple[int, ...]) -> list[str]:
    """:func:`ml_cautions` of a solution with any number of groups."""
    table, sample = solution.structure.table, solution.sample[element]
    phi = solution.structure.parts(solution.x).phi[element]
    out: list[str] = []
    for g in range(table.groups):
        if solution.discrepancy == "uls":
            out += _sample_reasons(table, sample.cov[g], float(sample.n[g]), _in_group(table, g), ())
        corr = factor_correlations(phi[g])
        pairs = [
            (i, j) for i, j in zip(*np.triu_indices(len(corr), 1), strict=True) if NEARLY_ONE < abs(corr[i, j]) < 1
        ]
        if pairs:
            names = listed([f"{table.factors[i]} and {table.factors[j]} ({corr[i, j]:.3f})" for i, j in pairs])
            out.append(
                f"empirically nearly not identified: the correlations of {names} are beyond {NEARLY_ONE}, so the data "
                f"can hardly tell these constructs apart; their paths are unstable, the fit of the model is not"
                f"{_in_group(table, g)}"
            )
    return out


def ml_unconverged_reasons(fit: MLFit, element: int | tuple[int, ...]) -> list[str]:
    """Sentences that say that, and where it can be seen why, an element did not converge."""
    count = int(fit.solution.iterations[element])
    if count == 0:
        return [_no_start(fit.solution)]
    first = f"{fit.estimator.name.upper()} did not converge in {count} iterations from two starts"
    return [first, *_running_off(fit.solution, element)]


def _no_start(solution: Solution) -> str:
    """Why the iteration could not begin: the implied covariances are no covariance matrix where it starts."""
    table = solution.structure.table
    stated = [
        f"{row.name} = {row.value:g}"
        for row in table.rows
        if row.free < 0 and row.value not in (0.0, 1.0) and not np.isnan(row.value) and row.op != "~1"
    ]
    text = "the implied covariance matrix is not positive definite at the start values"
    return f"{text}, because of the fixed values {listed(stated)}" if stated else text


def _running_off(solution: Solution, element: int | tuple[int, ...]) -> Iterator[str]:
    """Paths without bound: constructs of which one is nearly a combination of others, so that no finite minimum is."""
    table = solution.structure.table
    phi, beta = solution.structure.parts(solution.x).phi[element], solution.matrices.beta[element]
    for g in range(table.groups):
        sd = np.sqrt(np.abs(np.diagonal(phi[g])))
        with np.errstate(all="ignore"):
            standard = np.nan_to_num(np.abs(beta[g] * sd / sd[:, None]))
        far = [(i, j) for i, j in zip(*np.nonzero(standard > 2), strict=True)]
        if far:
            names = listed([f"{table.factors[j]} -> {table.factors[i]} ({standard[i, j]:.1f})" for i, j in far])
            text = "paths run off without bound, their constructs cannot be told apart in these data"
            yield f"{text}: {names}{_in_group(table, g)}"


def _in_group(table: ParameterTable, group: int) -> str:
    return f" (group {group + 1})" if table.groups > 1 else ""


def _sample_reasons(table: ParameterTable, cov: Floats, n: float, end: str, flat_items: Sequence[str]) -> Iterator[str]:
    """What is wrong with a sample covariance matrix, or nothing."""
    p = len(table.items)
    variance = np.diagonal(cov)
    flat = [item for item in flat_items if item in table.items] or [
        table.items[k] for k in np.flatnonzero(variance == 0)
    ]
    if flat:
        verb = "items have" if len(flat) > 1 else "item has"
        yield f"{verb} the same answer in every row, or none at all: {listed(flat)}{end}"
    elif not np.isfinite(cov).all():
        yield f"the covariances of the items cannot be computed{end}"
    elif n <= p:
        yield f"{n:g} respondents for {p} items: their covariance matrix is singular, at least {p + 1} are needed{end}"
    else:
        involved = null_items(correlation(cov), PIVOT_RTOL)
        if involved:
            names = listed([table.items[k] for k in involved])
            yield f"the covariance matrix is singular: items are copies or sums of one another: {names}{end}"


def _beyond_one(phi: Floats, names: Sequence[str]) -> Iterator[str]:
    corr = factor_correlations(phi)
    for i, j in zip(*np.triu_indices(len(corr), 1), strict=True):
        if abs(corr[i, j]) >= 1 + ZERO:
            yield f"the correlation of {names[int(i)]} and {names[int(j)]} is {corr[i, j]:.3f}, beyond 1"


def _not_definite(cov: Floats, names: Sequence[str], what: str) -> Iterator[str]:
    """A matrix with positive variances that is not positive definite all the same, and who takes part in it."""
    inside = np.flatnonzero(np.diagonal(cov) > 0)
    if len(inside) < 2:
        return
    values, vectors = np.linalg.eigh(correlation(cov[np.ix_(inside, inside)]))
    if values[0] < -ZERO:
        involved = [names[int(inside[k])] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.2)]
        yield f"the {what} are not positive definite; involved: {listed(involved)}"


def _null_at_end(solution: Solution, element: int | tuple[int, ...]) -> list[str]:
    """Parameters in the null space of the information where the iteration of an element ended."""
    sample = fitted_sample(solution.sample[element], solution.discrepancy)
    alone = Sample(sample.mean[None], sample.cov[None], sample.n[None])
    free = Structure(solution.structure.table).bound(alone)
    kind = "gls" if solution.discrepancy == "wls" else solution.discrepancy
    target = Target(free, alone, kind)
    x = minimised(target, None, np.zeros(1, dtype=bool)).x
    _, expected, _ = target.derivatives(target.point(x), exact=False)
    scale = np.sqrt(np.maximum(np.diagonal(expected[0]), 1e-300))
    values, vectors = np.linalg.eigh(expected[0] / np.outer(scale, scale))
    null = vectors[:, values <= 10 * INFORMATION_RTOL * len(scale)]
    return [solution.structure.table.names[k] for k in np.flatnonzero((np.abs(null) > 0.05).any(axis=1))]


