"""Linearised standard errors (infinitesimal jackknife, Taylor linearisation) of every published number at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import plain_settings
from csimodels.errors import DataError, Problem
from csimodels.infer.chain import Chain, DeskChain, Near, Slopes, applied
from csimodels.infer.desk import Desk, extra_means, with_desk
from csimodels.infer.directions import STEP, Worth, along, batch_size
from csimodels.infer.em_influence import perturbed
from csimodels.infer.freedom import df_of
from csimodels.infer.influence import Influence, influence_of
from csimodels.infer.level import check_level
from csimodels.infer.margins import KnownMargins, residual_of_margins
from csimodels.infer.powers import power_sums
from csimodels.infer.resample import Statistic
from csimodels.messages import Message
from csimodels.moments import Moments, Rows, Sampling, chunks
from csimodels.moments.counts import At
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped
from csimodels.moments.rows import ROW_BLOCK
from csimodels.moments.sampling import add_by_code

#: Memory of one block of rows, their contributions and influences.
BLOCK_BYTES = 4 * 2**20

#: Most memory that derivatives may take.
SLOPES_BYTES = 2**30


@plain_settings
@dataclass(frozen=True)
class Linearised:
    """Linearised standard errors with t intervals.

    Every published number is a smooth function of the item means and covariances.  Its derivatives, by central
    differences in one batch of fits, turn each respondent's contribution to the moments into a contribution to the
    number (Jaeckel 1972), whose variance follows from the sampling design (Binder 1983).

    Parameters
    ----------
    level : float
        Confidence level in (0, 1).

    References
    ----------
    Jaeckel (1972); Binder (1983).

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data.assign(branch=[k % 25 for k in range(250)])
    >>> result = cs.Study("ecsi", data, design={"cluster": "branch"}, uncertainty=cs.Linearised()).run()
    >>> result.facts["uncertainty"]
    'linearised, t interval'
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
    for start, stop in chunks(size, batch_size(p)):
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


def worth(
    statistic: Statistic, moments: Moments, rule: str, units: int, numbers: int, desk: Desk | None = None
) -> Floats | Worth:
    """What is taken of a statistic for the contributions of so many sampling units to so many numbers.

    Differences with respect to all moments, or, where these are more than the units or do not fit under
    :data:`SLOPES_BYTES`, along the contributions.

    Raises
    ------
    DataError
        The rule ``em`` needs a square matrix of the moments, which does not fit.
    """
    p = len(moments.items)
    size = p + p * (p + 1) // 2
    if rule == "em" and 8 * size * size > SLOPES_BYTES:
        _refuse(size, size)
    few = size and (units <= size or 8 * size * numbers > SLOPES_BYTES)
    return along(statistic, moments, desk) if few else jacobian(statistic, moments, desk)


def slopes_at(
    near: Near,
    point: Moments,
    chain: Chain | DeskChain | None,
    rule: str,
    units: int,
    numbers: int,
    desk: Desk | None = None,
) -> Slopes:
    """The `chain` of derivatives at a point, which holds those of the desk; :func:`worth` where there is none.

    Parameters
    ----------
    near : the numbers near given moments;  point : of one group, no batch axes.
    chain : see :meth:`csimodels.infer.chain.Near.all_chains`.
    units, numbers, desk : as for :func:`worth`.
    """
    return worth(near(point), point, rule, units, numbers, desk) if chain is None else chain


def _refuse_large(moments: int, numbers: int) -> None:
    """Refuse derivatives that would not fit under :data:`SLOPES_BYTES`."""
    if 8 * moments * numbers > SLOPES_BYTES:
        _refuse(moments, numbers)


def _refuse(moments: int, numbers: int) -> NoReturn:
    what = Message(
        "derivatives of {numbers} numbers with respect to {moments} means and covariances do not fit into memory",
        numbers=numbers,
        moments=moments,
    )
    need, bound = Message("{need} GiB", need=f"{8 * moments * numbers / 2**30:.1f}"), f"{SLOPES_BYTES / 2**30:g}"
    remedy = "choose uncertainty: {method: jackknife} or {method: bootstrap}, or fewer items"
    raise DataError(Problem(what, "uncertainty", need, Message("at most {bound} GiB", bound=bound), remedy))


def linearised_variance(
    rows: Rows,
    moments: Moments,
    rule: str,
    sampling: Sampling,
    slopes: Slopes,
    margins: KnownMargins | None = None,
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
    summing = power_sums(slopes, influence.transform, sampling.units)
    blocks = list(sampling.blocks(block_rows(influence.size, 0 if callable(slopes) else len(slopes))))
    centre = _stratum_means(influence, sampling, blocks)
    factors = sampling.factors

    def one(units: At) -> Floats:
        totals = _unit_totals(influence, sampling, units)
        of_stratum = sampling.stratum[units]
        if len(sampling.sizes) > 1:
            totals = totals - centre(of_stratum, totals)
        copies = None if sampling.copies is None else sampling.copies[units]
        return summing.of_block(totals, factors[of_stratum], copies)

    every = mapped(pool, one, blocks)
    total = next(every)
    for part in every:
        total += part
    variance, second, fourth = summing.spread(total)
    return variance, df_of(second, fourth, sampling)


def influences(
    rows: Rows,
    moments: Moments,
    rule: str,
    sampling: Sampling,
    slopes: Slopes,
    margins: KnownMargins | None = None,
    places: NDArray[np.intp] | slice = slice(None),
) -> Floats:
    """(C, Q) contribution of each sampling unit to every number; they sum to zero.

    Parameters
    ----------
    rows : the rows that `moments` (no batch axes) were formed from.
    rule : the missing rule, see :func:`csimodels.infer.influence.influence_of`.
    slopes : the :func:`jacobian` (Q, D), with extra columns (Q, D + e), or what else :func:`worth` gives.
    margins : what the weights were raked to, where they were.
    places : of the numbers that are wanted.
    """
    influence = _influence(rows, moments, rule, margins)
    worth_of = applied(slopes, influence.transform, sampling.units)
    done = []
    for units in sampling.blocks(block_rows(influence.size, 0 if callable(slopes) else len(slopes))):
        done.append((units, worth_of(_unit_totals(influence, sampling, units))[:, places]))
    out = np.empty((sampling.units, done[0][1].shape[1]))
    for units, values in done:
        out[units] = values
    return out


def row_influences(
    task: Linearisable,
    rows: Rows,
    moments: Moments,
    places: NDArray[np.intp] | slice,
    chain: Chain | None = None,
) -> Floats:
    """(n, K) what each row adds to some of the numbers of a run.

    Parameters
    ----------
    task : the run: its statistic near given moments, and its missing rule.
    rows, moments : of one group, no batch axes.
    chain : derivatives at these moments, where they were made for several groups at once.
    """
    units = len(rows.kept)
    chain = task.near.chains(moments[None])[0] if chain is None else chain
    slopes = slopes_at(task.near, moments, chain, task.rule, units, 0)
    return influences(rows, moments, task.rule, Sampling.of(units), slopes, places=places)


class Linearisable(Protocol):
    """What linearisation needs to know of a run."""

    @property
    def near(self) -> Near:
        """Its numbers near given moments."""
        ...

    @property
    def rule(self) -> str:
        """The missing rule."""
        ...


def _influence(rows: Rows, moments: Moments, rule: str, margins: KnownMargins | None) -> Influence:
    influence = influence_of(rows, moments, rule)
    return influence if margins is None else residual_of_margins(influence, rows, margins)


def block_rows(moments: int, numbers: int) -> int:
    """Rows of a block: contributions and their products with the slopes stay within the processor's reach."""
    return int(np.clip(BLOCK_BYTES // (8 * (2 * moments + numbers + 1)), 64, ROW_BLOCK))


def _unit_totals(influence: Influence, sampling: Sampling, units: At) -> Floats:
    """(c, size) direct contributions of some sampling units; a unit of many rows is summed piece by piece."""
    at, local = sampling.rows_of(units)
    if local is None:
        return influence.direct(at)
    at = np.asarray(at)
    totals = np.zeros((len(np.arange(sampling.units)[units]), influence.size))
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
