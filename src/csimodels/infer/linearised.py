"""Linearised standard errors (infinitesimal jackknife, Taylor linearisation) of every published number at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import plain_settings
from csimodels.errors import DataError, Problem
from csimodels.infer.desk import Desk, extra_means, with_desk
from csimodels.infer.freedom import df_of
from csimodels.infer.influence import Influence, influence_of, perturbed, residual_of_margins
from csimodels.infer.level import check_level
from csimodels.infer.pool import mapped
from csimodels.infer.resample import Statistic
from csimodels.messages import Message
from csimodels.moments import Moments, Rows, Sampling, chunks
from csimodels.moments.counts import At
from csimodels.moments.linalg import Floats
from csimodels.moments.rows import ROW_BLOCK
from csimodels.moments.sampling import add_by_code

#: Step of the central differences, in standard deviations: truncation and rounding are both below 1e-7 of a value.
STEP = 1e-4

#: Memory of one block of rows, their contributions and influences.
BLOCK_BYTES = 32 * 2**20

#: Memory of the moved covariances of one batch, with what a fit makes of them.
MATRIX_BYTES = 96 * 2**20

#: Most memory that derivatives may take.
SLOPES_BYTES = 2**30

#: Perturbed moments that are fitted at once.
BATCH = 500


@plain_settings
@dataclass(frozen=True)
class Linearised:
    """Linearised standard errors with t intervals.

    Every published number is a smooth function of the item means and covariances.  Its derivatives, by central
    differences in one batch of fits, turn each respondent's contribution to the moments into a contribution to the
    number (Jaeckel 1972), whose variance follows from the sampling design (Binder 1983).

    Parameters
    ----------
    level : confidence level in (0, 1).
    """

    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)


def jacobian(statistic: Statistic, moments: Moments, desk: Desk | None = None) -> Floats:
    """(Q, D) derivatives of the statistic with respect to the means and the upper triangle of the covariances.

    With a `desk` they are ``(Q + Q2, D + e)``: the means of the extra columns are further inputs, the numbers of the
    desk further outputs, and the model is not fitted once more for any of them.

    Parameters
    ----------
    statistic : takes moments with one batch axis; should be converged well beyond the published digits, as its noise
        is divided by the step.
    moments : of one group, no batch axes.
    desk : numbers from extra columns, see :mod:`csimodels.infer.desk`.
    """
    p = len(moments.items)
    size = p + p * (p + 1) // 2
    parts = []
    for start, stop in chunks(size, max(1, min(BATCH, MATRIX_BYTES // (96 * max(p, 1) ** 2)) // 2)):
        means, covs, steps = perturbed(moments.mean, moments.cov, STEP, slice(start, stop))
        ones = np.ones(len(means))
        batch = Moments(means, covs, moments.n * ones, moments.n_eff * ones, moments.items)
        values = statistic(batch)[0]
        parts.append((values[: stop - start] - values[stop - start :]) / (2 * steps[:, None]))
        _refuse_large(size, parts[0].shape[1])
    slopes = np.concatenate(parts).T if parts else np.empty((0, 0))
    if desk is None:
        return slopes
    point = statistic(moments[None])[0][0]
    return with_desk(slopes if size else np.empty((len(point), 0)), desk, extra_means(moments), point)


def _refuse_large(moments: int, numbers: int) -> None:
    """Refuse derivatives that would not fit under :data:`SLOPES_BYTES`."""
    if 8 * moments * numbers > SLOPES_BYTES:
        what = Message(
            "derivatives of {numbers} numbers with respect to {moments} means and covariances do not fit into memory",
            numbers=numbers,
            moments=moments,
        )
        need, bound = 8 * moments * numbers / 2**30, SLOPES_BYTES / 2**30
        remedy = "choose uncertainty: {method: jackknife} or {method: bootstrap}, or fewer items"
        raise DataError(
            Problem(
                what,
                "uncertainty",
                Message("{need} GiB", need=f"{need:.1f}"),
                Message("at most {bound} GiB", bound=f"{bound:g}"),
                remedy,
            )
        )


def linearised_variance(
    rows: Rows,
    moments: Moments,
    rule: str,
    sampling: Sampling,
    slopes: Floats,
    margins: NDArray[np.intp] | None = None,
    pool: Executor | None = None,
) -> tuple[Floats, Floats]:
    """Variance of every number and its degrees of freedom, both (Q,).

    Rows are worked through in blocks of whole sampling units, so that memory does not grow with their number; units
    are summed in a fixed order, whatever the number of threads.  Parameters as for :func:`influences`.

    Parameters
    ----------
    pool : runs the blocks, see :func:`csimodels.infer.worker_pool`.
    """
    influence = _influence(rows, moments, rule, margins)
    matrix = _applied(influence, slopes)
    blocks = list(sampling.blocks(_block_rows(*matrix.shape)))
    centre = _stratum_means(influence, sampling, blocks)
    factors = sampling.factors

    def one(units: At) -> tuple[Floats, Floats, Floats]:
        totals = _unit_totals(influence, sampling, units)
        of_stratum = sampling.stratum[units]
        if len(sampling.sizes) > 1:
            totals = totals - centre(of_stratum, totals)
        values = totals @ matrix
        np.multiply(values, values, out=values)
        with np.errstate(invalid="ignore"):
            weighted = factors[of_stratum] @ values
        return weighted, values.sum(axis=0), np.einsum("cq,cq->q", values, values)

    variance, second, fourth = (np.zeros(matrix.shape[1]) for _ in range(3))
    for part in mapped(pool, one, blocks):
        variance, second, fourth = variance + part[0], second + part[1], fourth + part[2]
    return variance, df_of(second, fourth, sampling)


def influences(
    rows: Rows,
    moments: Moments,
    rule: str,
    sampling: Sampling,
    slopes: Floats,
    margins: NDArray[np.intp] | None = None,
) -> Floats:
    """(C, Q) contribution of each sampling unit to every number; they sum to zero.

    Parameters
    ----------
    rows : the rows that `moments` (no batch axes) were formed from.
    rule : the missing rule, see :func:`csimodels.infer.influence.influence_of`.
    slopes : (Q, D) the :func:`jacobian`; with extra columns (Q, D + e).
    margins : (n, M) categories that the weights were raked to, where they were.
    """
    influence = _influence(rows, moments, rule, margins)
    matrix = _applied(influence, slopes)
    out = np.empty((sampling.units, matrix.shape[1]))
    for units in sampling.blocks(_block_rows(*matrix.shape)):
        out[units] = _unit_totals(influence, sampling, units) @ matrix
    return out


def _influence(rows: Rows, moments: Moments, rule: str, margins: NDArray[np.intp] | None) -> Influence:
    influence = influence_of(rows, moments, rule)
    return influence if margins is None else residual_of_margins(influence, rows, margins)


def _applied(influence: Influence, slopes: Floats) -> Floats:
    """(size, Q) what direct contributions are multiplied with."""
    matrix = slopes.T if influence.transform is None else influence.transform @ slopes.T
    return np.ascontiguousarray(matrix)


def _block_rows(moments: int, numbers: int) -> int:
    """Rows of a block: contributions and their products with the slopes stay within the processor's reach."""
    return int(np.clip(BLOCK_BYTES // (8 * (2 * moments + numbers + 1)), 64, ROW_BLOCK))


def _unit_totals(influence: Influence, sampling: Sampling, units: At) -> Floats:
    """(c, size) direct contributions of some sampling units; a unit of many rows is summed piece by piece."""
    at, local = sampling.rows_of(units)
    if local is None:
        return influence.direct(at)
    at = np.asarray(at)
    totals = np.zeros((int(local[-1]) + 1, influence.size))
    for start, stop in chunks(len(local), ROW_BLOCK):
        add_by_code(totals, influence.direct(at[start:stop]), local[start:stop])
    return totals


def _stratum_means(
    influence: Influence, sampling: Sampling, blocks: list[At]
) -> Callable[[NDArray[np.intp], Floats], Floats]:
    """Means of the units' contributions in their stratum, ``(c, size)`` for the strata and totals of one block.

    A stratum within one block is averaged there; those that go on in the next block are averaged beforehand.
    """
    ends = [sampling.stratum[units][[0, -1]] for units in blocks]
    long = {int(a[1]) for a, b in pairwise(ends) if a[1] == b[0]}
    sums = {h: np.zeros(influence.size) for h in long} if len(sampling.sizes) > 1 else {}
    for units in blocks if sums else ():
        of_stratum = sampling.stratum[units]
        if long.intersection(of_stratum.tolist()):
            totals = _unit_totals(influence, sampling, units)
            for h in long.intersection(of_stratum.tolist()):
                sums[h] += totals[of_stratum == h].sum(axis=0)

    def centre(of_stratum: NDArray[np.intp], totals: Floats) -> Floats:
        first = np.flatnonzero(np.diff(of_stratum, prepend=-1))
        strata = of_stratum[first]
        mean = np.add.reduceat(totals, first, axis=0)
        for i, h in enumerate(strata.tolist()):
            if h in sums:
                mean[i] = sums[h]
        mean /= sampling.sizes[strata][:, None]
        if sampling.lone == "adjust":
            mean[sampling.alone[strata]] = 0.0  # the mean of all units
        return np.asarray(np.repeat(mean, np.diff([*first, len(of_stratum)]), axis=0))

    return centre
