"""Modification indices: what freeing one more parameter would gain, and its expected change (Soerbom 1989)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from csimodels.errors import Problem, SpecError
from csimodels.estimate.ml.implied import Entries, Tangent, derivatives, factor_moments, inverse, tangent
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.standardised import deviations, item_covariance
from csimodels.estimate.ml.structure import Matrices
from csimodels.estimate.ml.vcov import divisor, information_inverse
from csimodels.moments.linalg import Floats

#: A parameter whose information is this share of its own or less, given the free ones, is not identified beside them.
UNIDENTIFIED = 1e-9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A parameter that might be freed: a statement, its group and its place in a matrix.

    ``released`` marks one that is free already but held equal to others; freeing it releases it from them.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    matrix: str
    row: int
    col: int
    released: bool = False


@dataclass(frozen=True, eq=False)
class Modification:
    """Modification indices of one solution or a batch.

    Attributes
    ----------
    candidates : length E, in the order of the statements, not of the indices.
    mi : (*B, E) fall of chi-square to be expected (1 df); NaN where the parameter would not be identified.
    epc : (*B, E) expected parameter change;  sepc_lv, sepc_all : the same with factors, and with items, standardised.
    """

    candidates: tuple[Candidate, ...]
    mi: Floats
    epc: Floats
    sepc_lv: Floats
    sepc_all: Floats


def modification(solution: Solution) -> Modification:
    """Modification indices of every parameter that is fixed, left out or held equal, as lavaan's ``modindices``.

    Score tests with the expected information: ``mi = N s^2 / v``, ``epc = s / v`` with the score ``s`` per observation
    and ``v`` the information on the parameter given the free ones; ``N`` is that of chi-square, so of GLS less the
    groups (lavaan takes (n - 1)^2 / n there).  Releasing an equality is lavaan's ``lavTestScore``.

    Raises
    ------
    SpecError
        For ULS and WLS, for which they are not available.
    """
    if solution.discrepancy not in ("ml", "gls"):
        raise SpecError(Problem("modification indices need the discrepancy ml or gls", "", solution.discrepancy))
    chosen = tuple(candidates(solution.structure.table))
    places = ((c.matrix, c.group, c.row, c.col, k) for k, c in enumerate(chosen))
    at = tangent(solution.structure, solution.sample, solution.x)
    dmu, dsigma = derivatives(solution.matrices, Entries.of(places, len(chosen)))
    extra = Tangent(at.mu, at.sigma, dmu if at.means else np.zeros_like(dmu), dsigma, at.means)
    score, left = _score_and_information(solution, at, extra)
    n = divisor(solution)[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        mi, epc = n * score**2 / left, score / left
        lv, everything = _standardisers(solution.matrices, chosen)
        return Modification(chosen, mi, epc, np.asarray(epc * lv), np.asarray(epc * lv * everything))


def _score_and_information(solution: Solution, at: Tangent, extra: Tangent) -> tuple[Floats, Floats]:
    """(*B, E) score of each candidate and the information on it given the free parameters; NaN where there is none."""
    sample = solution.sample
    share = sample.share
    d = np.asarray(sample.mean - at.mu)
    if solution.discrepancy == "ml":
        v, gap = at.inverse, sample.cov + d[..., :, None] * d[..., None, :] - at.sigma
    else:
        v = inverse(solution.fitted.cov)
        gap = solution.fitted.cov - at.sigma
    pull = v @ gap @ v
    score = 0.5 * (pull[..., None, :, :] * extra.dsigma).sum(axis=(-2, -1))
    y, own = v[..., None, :, :] @ extra.dsigma, v[..., None, :, :] @ at.dsigma
    flat = (*y.shape[:-2], y.shape[-1] ** 2)
    alone = 0.5 * (y * y.swapaxes(-1, -2)).sum(axis=(-2, -1))
    cross = 0.5 * y.reshape(flat) @ own.swapaxes(-1, -2).reshape(*own.shape[:-2], -1).swapaxes(-1, -2)
    if at.means:
        score = score + (extra.dmu @ (v @ d[..., None]))[..., 0]
        weighted = extra.dmu @ v
        alone = alone + (weighted * extra.dmu).sum(axis=-1)
        cross = cross + weighted @ at.dmu.swapaxes(-1, -2)
    score, alone = ((share[..., None] * a).sum(axis=-2) for a in (score, alone))
    cross = (share[..., None, None] * cross).sum(axis=-3)
    left = alone - ((cross @ information_inverse(solution, at)) * cross).sum(axis=-1)
    return np.asarray(score), np.asarray(np.where(left > UNIDENTIFIED * alone, left, np.nan))


def candidates(table: ParameterTable) -> Iterator[Candidate]:
    """Every parameter that could be added, group by group: loadings, residual covariances, factor covariances, paths
    among the constructs that have any, means where they are modelled; fixed ones; those held equal."""
    places = [row.free for row in table.rows if row.free >= 0]
    shared = {place for place in places if places.count(place) > 1}
    for group in range(table.groups):
        rows = {(r.matrix, r.row, r.col): r for r in table.rows if r.group == group}
        for matrix, op, lhs, rhs, i, j in _possible(table, group):
            known = rows.get((matrix, i, j))
            if known is None and matrix in ("psi", "theta"):
                known = rows.get((matrix, j, i))
            if known is None:
                yield Candidate(lhs, op, rhs, group, matrix, i, j)
            elif known.free < 0 or known.free in shared:
                yield Candidate(
                    known.lhs, known.op, known.rhs, group, matrix, known.row, known.col, released=known.free >= 0
                )


def _possible(table: ParameterTable, group: int) -> Iterator[tuple[str, str, str, str, int, int]]:
    items, factors = list(enumerate(table.items)), list(enumerate(table.factors))
    for j, factor in factors:
        for i, item in items:
            yield "lambda", "=~", factor, item, i, j
    for i, item in items:
        yield "theta", "~~", item, item, i, i
    for (j, left), (i, right) in combinations(items, 2):
        yield "theta", "~~", left, right, i, j
    for i, factor in factors:
        yield "psi", "~~", factor, factor, i, i
    for (j, left), (i, right) in combinations(factors, 2):
        yield "psi", "~~", left, right, i, j
    higher = {(r.row, r.col) for r in table.rows if r.group == group and r.matrix == "beta" and r.op == "=~"}
    for i, j in higher:
        yield "beta", "=~", table.factors[j], table.factors[i], i, j
    paths = [r for r in table.rows if r.group == group and r.matrix == "beta" and r.op == "~"]
    joined = sorted({r.row for r in paths} | {r.col for r in paths})
    for i, j in permutations(joined, 2):
        if (i, j) not in higher:
            yield "beta", "~", table.factors[i], table.factors[j], i, j
    if table.mean_structure:
        for i, item in items:
            yield "nu", "~1", item, "", i, 0
        for i, factor in factors:
            yield "alpha", "~1", factor, "", i, 0


def _standardisers(matrices: Matrices, chosen: tuple[Candidate, ...]) -> tuple[Floats, Floats]:
    """(*B, E) factors from a change to one with standardised factors, and from that to one with standardised items.

    Covariances of residuals are divided by the residual standard deviations; NaN where one of them is zero.
    """
    _, cov, _ = factor_moments(matrices)
    factor, item = deviations(cov), deviations(item_covariance(matrices, cov))
    psi, theta = deviations(matrices.psi), deviations(matrices.theta)
    lv = np.ones((*cov.shape[:-3], len(chosen)))
    everything = np.ones_like(lv)
    for k, c in enumerate(chosen):
        g, i, j = c.group, c.row, c.col
        if c.matrix == "lambda":
            lv[..., k], everything[..., k] = factor[..., g, j], 1 / item[..., g, i]
        elif c.matrix == "beta":
            lv[..., k] = factor[..., g, j] / factor[..., g, i]
        elif c.matrix == "psi":
            lv[..., k] = 1 / (factor[..., g, i] ** 2 if i == j else psi[..., g, i] * psi[..., g, j])
        elif c.matrix == "theta":
            everything[..., k] = 1 / (item[..., g, i] ** 2 if i == j else theta[..., g, i] * theta[..., g, j])
        elif c.matrix == "nu":
            everything[..., k] = 1 / item[..., g, i]
        else:
            lv[..., k] = 1 / factor[..., g, i]
    return np.where(np.isinf(lv), np.nan, lv), np.where(np.isinf(everything), np.nan, everything)
