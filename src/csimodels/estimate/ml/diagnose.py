"""Why a covariance structure model has no usable solution, in the field's words and with names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from csimodels.estimate.diagnose import constant_items
from csimodels.estimate.ml.admissible import INFORMATION_RTOL, NEARLY_ONE, ZERO, copies, factor_correlations
from csimodels.estimate.ml.discrepancy import WEIGHTED, Target
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, fitted_sample, minimised
from csimodels.estimate.ml.structure import Structure
from csimodels.messages import N_, Construct, Item, Message, counted, items, listed
from csimodels.moments.linalg import PIVOT_RTOL, Floats, correlation, null_items

if TYPE_CHECKING:
    from csimodels.estimate.ml.estimator import MLFit


#: A sentence about one of the groups of a solution, by its number from 1.
OF_GROUP = N_("{said} (group {n})")


def ml_singular_reasons(fit: MLFit, element: int | tuple[int, ...], flat_items: Sequence[str] = ()) -> list[Message]:
    """Sentences that say why an element is singular; never empty.

    `flat_items` are items with one and the same answer, or none, in all rows; without them, those of variance zero.
    """
    return singular_reasons_of(fit.solution, element, flat_items)


def singular_reasons_of(
    solution: Solution, element: int | tuple[int, ...], flat_items: Sequence[str] = ()
) -> list[Message]:
    """:func:`ml_singular_reasons` of a solution with any number of groups."""
    table, sample = solution.structure.table, solution.sample[element]
    reasons: list[Message] = []
    for group, cov in enumerate(sample.cov):
        reasons += _in_group(table, group, _sample_reasons(table, cov, float(sample.n[group]), flat_items))
    if reasons:
        return reasons
    if table.df < 0:
        return [Message("not identified: {n} parameters, {p} moments", n=table.npar, p=table.moments)]
    involved = _null_at_end(solution, element)
    if involved:
        text = "not identified in these data, these parameters cannot be told apart: {names}"
        return [Message(text, names=listed(involved))]
    return [Message("the information matrix of the parameters is singular")]


def ml_inadmissible_reasons(fit: MLFit, element: int | tuple[int, ...]) -> list[Message]:
    """Sentences that say what is inadmissible in an element: Heywood cases, indefinite covariance matrices."""
    return inadmissible_reasons_of(fit.solution, element)


def inadmissible_reasons_of(solution: Solution, element: int | tuple[int, ...]) -> list[Message]:
    """:func:`ml_inadmissible_reasons` of a solution with any number of groups."""
    table = solution.structure.table
    psi, theta = solution.matrices.psi[element], solution.matrices.theta[element]
    phi = solution.parts.phi[element]
    caused = {row.row for row in table.rows if row.matrix == "beta"}
    reasons: list[Message] = []
    for g in range(table.groups):
        found = [
            _heywood(Item(table.items[k]), theta[g, k, k], True) for k in np.flatnonzero(np.diagonal(theta[g]) < -ZERO)
        ]
        found += [
            _heywood(Construct(table.factors[j]), psi[g, j, j], j in caused)
            for j in np.flatnonzero(np.diagonal(psi[g]) < -ZERO)
        ]
        found += _beyond_one(phi[g], table.factors)
        found += _not_definite(theta[g], [Item(n) for n in table.items], Message("residual covariances of the items"))
        found += _not_definite(phi[g], [Construct(n) for n in table.factors], Message("covariances of the constructs"))
        reasons += _in_group(table, g, found)
    return reasons or [Message("a covariance matrix of the model is not positive definite")]


def _heywood(name: Construct | Item, value: float, residual: bool) -> Message:
    """A variance below zero."""
    if residual:
        text = "the residual variance of {name} is {value} (Heywood case)"
        return Message(text, name=name, value=f"{value:.3g}")
    return Message("the variance of {name} is {value} (Heywood case)", name=name, value=f"{value:.3g}")


def ml_cautions(fit: MLFit, element: int | tuple[int, ...]) -> list[Message]:
    """What makes the numbers of a converged element doubtful: constructs that are empirically nearly the same.

    ``uls`` also runs on a singular covariance matrix: that is said here.
    """
    return cautions_of(fit.solution, element)


def cautions_of(solution: Solution, element: int | tuple[int, ...]) -> list[Message]:
    """:func:`ml_cautions` of a solution with any number of groups."""
    table, sample = solution.structure.table, solution.sample[element]
    phi = solution.parts.phi[element]
    out: list[Message] = []
    for g in range(table.groups):
        if solution.discrepancy == "uls":
            out += _in_group(table, g, _sample_reasons(table, sample.cov[g], float(sample.n[g]), ()))
        corr = factor_correlations(phi[g])
        pairs = [
            (i, j) for i, j in zip(*np.triu_indices(len(corr), 1), strict=True) if NEARLY_ONE < abs(corr[i, j]) < 1
        ]
        if pairs:
            named = [_pair(table.factors[i], table.factors[j], corr[i, j]) for i, j in pairs]
            nearly = counted(
                len(named),
                "empirically nearly not identified: the correlation of {close} is beyond {limit}, so the data can "
                "hardly tell these constructs apart; their paths are unstable, the fit of the model is not",
                "empirically nearly not identified: the correlations of {close} are beyond {limit}, so the data can "
                "hardly tell these constructs apart; their paths are unstable, the fit of the model is not",
                close=listed(named),
                limit=f"{NEARLY_ONE}",
            )
            out += _in_group(table, g, [nearly])
    return [*out, *_held_back(solution, element)]


def _held_back(solution: Solution, element: int | tuple[int, ...]) -> list[Message]:
    """Inequalities and bounds that the estimates stand at."""
    constraints = solution.structure.table.constraints
    if constraints is None:
        return []
    active = constraints.active(solution.x[element]) & ~constraints.equal
    texts = [text for text, held in zip(constraints.texts, active, strict=True) if held]
    if not texts:
        return []
    text = (
        "estimates stand at the end of what is allowed: {texts}; parameters held there have no standard error, those "
        "of the others hold given that, and chi-square counts no degree of freedom for it"
    )
    return [Message(text, texts=listed(texts))]


def ml_unconverged_reasons(fit: MLFit, element: int | tuple[int, ...]) -> list[Message]:
    """Sentences that say that, and where it can be seen why, an element did not converge."""
    count = int(fit.solution.iterations[element])
    if count == 0:
        return [_no_start(fit.solution)]
    text = "{estimator} did not converge in {n} iterations from two starts"
    first = Message(text, estimator=Message(fit.estimator.name.upper()), n=count)
    return [first, *_running_off(fit.solution, element)]


#: Said where no stated value is to blame.
NO_START = N_("the implied covariance matrix is not positive definite at the start values")


def _no_start(solution: Solution) -> Message:
    """Why the iteration could not begin: the implied covariances are no covariance matrix where it starts."""
    table = solution.structure.table
    stated = [
        f"{row.name} = {row.value:g}"
        for row in table.rows
        if row.free < 0 and row.value not in (0.0, 1.0) and not np.isnan(row.value) and row.op != "~1"
    ]
    if not stated:
        return Message(NO_START)
    return Message(
        "the implied covariance matrix is not positive definite at the start values, because of the fixed values "
        "{names}",
        names=listed(stated),
    )


def _running_off(solution: Solution, element: int | tuple[int, ...]) -> Iterator[Message]:
    """Paths without bound: constructs of which one is nearly a combination of others, so that no finite minimum is."""
    table = solution.structure.table
    phi, beta = solution.parts.phi[element], solution.matrices.beta[element]
    for g in range(table.groups):
        sd = np.sqrt(np.abs(np.diagonal(phi[g])))
        with np.errstate(all="ignore"):
            standard = np.nan_to_num(np.abs(beta[g] * sd / sd[:, None]))
        far = [(i, j) for i, j in zip(*np.nonzero(standard > 2), strict=True)]
        if far:
            named = [_arrow(table.factors[j], table.factors[i], standard[i, j]) for i, j in far]
            text = "paths run off without bound, their constructs cannot be told apart in these data: {names}"
            yield from _in_group(table, g, [Message(text, names=listed(named))])


def _pair(a: str, b: str, value: float) -> Message:
    return Message("{a} and {b} ({value})", a=Construct(a), b=Construct(b), value=f"{value:.3f}")


def _arrow(source: str, target: str, value: float) -> Message:
    return Message("{a} -> {b} ({value})", a=Construct(source), b=Construct(target), value=f"{value:.1f}")


def _in_group(table: ParameterTable, group: int, messages: Iterable[Message]) -> Iterator[Message]:
    """`messages` with the number of the group, where there are several."""
    for said in messages:
        yield Message(OF_GROUP, said=said, n=group + 1) if table.groups > 1 else said


def _sample_reasons(table: ParameterTable, cov: Floats, n: float, flat_items: Sequence[str]) -> Iterator[Message]:
    """What is wrong with a sample covariance matrix, or nothing."""
    p = len(table.items)
    variance = np.diagonal(cov)
    flat = [item for item in flat_items if item in table.items] or [
        table.items[k] for k in np.flatnonzero(variance == 0)
    ]
    if flat:
        yield constant_items(flat)
    elif not np.isfinite(cov).all():
        yield Message("the covariances of the items cannot be computed")
    elif n <= p:
        text = "{n} respondents for {p} items: their covariance matrix is singular, at least {least} are needed"
        yield Message(text, n=f"{n:g}", p=p, least=p + 1)
    else:
        involved = [*null_items(correlation(cov), PIVOT_RTOL)] or copies(correlation(cov))
        if involved:
            text = "the covariance matrix is singular: items are copies or sums of one another: {names}"
            yield Message(text, names=items([table.items[k] for k in involved]))


def _beyond_one(phi: Floats, names: Sequence[str]) -> Iterator[Message]:
    corr = factor_correlations(phi)
    for i, j in zip(*np.triu_indices(len(corr), 1), strict=True):
        if abs(corr[i, j]) >= 1 + ZERO:
            text, a, b = "the correlation of {a} and {b} is {value}, beyond 1", names[int(i)], names[int(j)]
            yield Message(text, a=Construct(a), b=Construct(b), value=f"{corr[i, j]:.3f}")


def _not_definite(cov: Floats, names: Sequence[str], what: Message) -> Iterator[Message]:
    """A matrix with positive variances that is not positive definite all the same, and who takes part in it."""
    inside = np.flatnonzero(np.diagonal(cov) > 0)
    if len(inside) < 2:
        return
    values, vectors = np.linalg.eigh(correlation(cov[np.ix_(inside, inside)]))
    if values[0] < -ZERO:
        involved = [names[int(inside[k])] for k in np.flatnonzero(np.abs(vectors[:, 0]) > 0.2)]
        yield Message("the {what} are not positive definite; involved: {names}", what=what, names=listed(involved))


def _null_at_end(solution: Solution, element: int | tuple[int, ...]) -> list[str]:
    """Parameters in the null space of the information where the iteration of an element ended."""
    sample = fitted_sample(solution.sample[element], solution.discrepancy)
    alone = Sample(sample.mean[None], sample.cov[None], sample.n[None])
    free = Structure(solution.structure.table).bound(alone)
    kind = "gls" if solution.discrepancy in WEIGHTED else solution.discrepancy
    target = Target(free, alone, kind)
    x = minimised(target, None, np.zeros(1, dtype=bool)).x
    _, expected, _ = target.derivatives(target.point(x), exact=False)
    scale = np.sqrt(np.maximum(np.diagonal(expected[0]), 1e-300))
    values, vectors = np.linalg.eigh(expected[0] / np.outer(scale, scale))
    null = vectors[:, values <= 10 * INFORMATION_RTOL * len(scale)]
    return [solution.structure.table.names[k] for k in np.flatnonzero((np.abs(null) > 0.05).any(axis=1))]
