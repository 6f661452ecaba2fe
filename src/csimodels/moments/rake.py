"""Raking: weights adjusted to known margins by iterative proportional fitting (Deming & Stephan 1940)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats

Ints = NDArray[np.intp]

#: Largest difference between a share reached and its target that counts as met.
TOL = 1e-12
#: Sweeps over all margins; contradicting margins use them all.
MAX_ITER = 1000

#: Terms of margins that cannot be met within bounds run off no further than this.
TERMS = (1e-100, 1e100)

#: Least and greatest factor of a weight; None: any.
Bounds = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class RakingFactors:
    """Result of raking a batch of weights.

    Attributes
    ----------
    values : (*B, n) factor of each weight; products of one factor per category of every margin.
    converged : (*B,) whether every margin is met; never so where a category of the targets has no weight.
    iterations : (*B,) sweeps over the margins.
    """

    values: Floats
    converged: Bools
    iterations: Ints


def rake(
    weights: Floats, codes: Ints, targets: Sequence[Floats], tol: float = TOL, max_iter: int = MAX_ITER
) -> tuple[Floats, Bools]:
    """Weights whose margins are the targets, as near to the given ones as that allows; every row keeps its sum.

    Parameters
    ----------
    weights : (*B, n) zero or more; a replicate is one more element of the batch.
    codes : (n, M) category ``0 .. K_m - 1`` of each row in each margin.
    targets : M arrays (K_m,) of population shares or counts, above zero; only their proportions matter.
    tol : largest difference allowed between a share reached and its target.
    max_iter : sweeps over all margins at most; one margin (post-stratification) takes one.

    Returns
    -------
    weights : (*B, n)
    converged : (*B,) where not, the weights are those of the last sweep, and some margin is not met.

    Notes
    -----
    Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444.  The limit minimises
    ``sum v log(v / w)`` under the margins (Ireland & Kullback 1968), so weights that were raked once, multiplied by
    replicate factors and raked again are those that the same factors give from the weights before raking.

    Examples
    --------
    >>> done, ok = rake(np.ones(4), np.array([[0], [0], [0], [1]]), [np.array([0.5, 0.5])])
    >>> done.round(3).tolist(), bool(ok)
    ([0.667, 0.667, 0.667, 2.0], True)
    """
    done = raking_factors(weights, codes, targets, tol, max_iter)
    return np.asarray(weights * done.values), done.converged


def raking_factors(
    weights: Floats,
    codes: Ints,
    targets: Sequence[Floats],
    tol: float = TOL,
    max_iter: int = MAX_ITER,
    bounds: Bounds = None,
) -> RakingFactors:
    """What :func:`rake` multiplies the weights with, and how it went; parameters as there.

    With `bounds` the factors are ``min(max(exp(sum of the margins' terms), low), high)``: the weights nearest to those
    given, in the distance of raking, among those within the bounds that meet the margins (Deville & Saerndal 1992,
    case 7; Deville, Saerndal & Sautory 1993).  Where there are none it does not converge.

    Rows in the same category of every margin share one factor, so all sweeps run over the (few) cells that occur.
    Every element of the batch goes its own way: it comes out the same alone and among others.
    """
    weights = np.asarray(weights, dtype=np.float64)
    batch, n = weights.shape[:-1], weights.shape[-1]
    flat = weights.reshape(math.prod(batch), n)
    cells, cell = cells_of(codes)
    start = np.zeros((len(flat), len(cells)))
    for b, row in enumerate(flat):
        start[b] = np.bincount(cell, row, len(cells))
    factors, converged, iterations = cell_factors(start, cells, targets, tol, max_iter, bounds)
    return RakingFactors(
        factors[:, cell].reshape(weights.shape), converged.reshape(batch), iterations.reshape(batch).astype(np.intp)
    )


def cell_factors(
    totals: Floats,
    cells: Ints,
    targets: Sequence[Floats],
    tol: float = TOL,
    max_iter: int = MAX_ITER,
    bounds: Bounds = None,
) -> tuple[Floats, Bools, Ints]:
    """(B, C) factors that rake cell totals ``(B, C)`` to the targets; whether they did, and in how many sweeps."""
    shares = [np.asarray(target, dtype=np.float64) / np.sum(target) for target in targets]
    stop = tol, max_iter
    if bounds is not None:
        return _bounded(totals, cells, shares, stop, bounds)
    table, converged, iterations = _swept(totals, totals, cells, shares, stop, lambda table, _: table)
    return np.divide(table, totals, out=np.ones_like(totals), where=totals > 0), converged, iterations


def cells_of(codes: Ints) -> tuple[Ints, Ints]:
    """(C, M) combinations of categories that occur, and (n,) the combination of each row."""
    first, cell = np.zeros(1, dtype=np.intp), np.zeros(len(codes), dtype=np.intp)
    for code in codes.T:  # margin by margin: sorting whole rows is many times slower
        _, first, cell = np.unique(cell * (int(code.max(initial=0)) + 1) + code, return_index=True, return_inverse=True)
    return codes[first], np.asarray(cell, dtype=np.intp)


def _bounded(
    start: Floats, cells: Ints, shares: Sequence[Floats], stop: tuple[float, int], bounds: tuple[float, float]
) -> tuple[Floats, Bools, Ints]:
    """Factors ``(B, C)`` within the bounds, each the clipped product of one term per category.

    A term grows by the ratio of target and clipped sum; as the logarithm of a clipped sum rises at most as fast as that
    of its term, no step goes beyond the term that meets the target.
    """
    free, converged, iterations = _swept(
        start, np.ones_like(start), cells, shares, stop, lambda now, given: given * np.clip(now, *bounds), TERMS
    )
    return np.where(start > 0, np.clip(free, *bounds), 1.0), converged, iterations


def _swept(
    start: Floats,
    first: Floats,
    cells: Ints,
    shares: Sequence[Floats],
    stop: tuple[float, int],
    totals: Callable[[Floats, Floats], Floats],
    span: tuple[float, float] = (0.0, math.inf),
) -> tuple[Floats, Bools, Ints]:
    """Values ``(B, C)``, from `first` on multiplied margin by margin until their totals have the shares.

    ``totals(values, start)`` are the cell totals that values stand for.  An element that has met its shares within the
    tolerance of `stop` is left alone; after its number of sweeps it has not converged.  Values stay within `span`.
    """
    tol, max_iter = stop
    values, whole_of = first.copy(), start.sum(axis=1)
    converged = np.zeros(len(start), dtype=bool)
    iterations = np.zeros(len(start), dtype=np.intp)
    open_ = np.flatnonzero(whole_of > 0)
    while len(open_) and int(iterations.max(initial=0)) < max_iter:
        now, given, whole = values[open_], start[open_], whole_of[open_, None]
        for m, share in enumerate(shares):
            have = by_category(totals(now, given), cells[:, m], len(share))
            ratio = np.divide(share * whole, have, out=np.ones_like(have), where=have > 0)
            now = np.clip(now * ratio[:, cells[:, m]], *span)
        values[open_] = now
        iterations[open_] += 1
        reached = totals(now, given)
        gaps = [
            np.abs(by_category(reached, cells[:, m], len(share)) / whole - share).max(axis=1)
            for m, share in enumerate(shares)
        ]
        met = np.max(gaps, axis=0) <= tol
        converged[open_[met]] = True
        open_ = open_[~met]
    return values, converged, iterations


def by_category(values: Floats, code: Ints, size: int) -> Floats:
    """(B, size) sums of ``values (B, C)`` over the columns with the same ``code (C,)``."""
    place = code + size * np.arange(len(values))[:, None]
    sums = np.bincount(place.ravel(), values.ravel(), len(values) * size)
    return np.asarray(sums, dtype=np.float64).reshape(len(values), size)
