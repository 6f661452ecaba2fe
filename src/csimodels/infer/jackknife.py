"""Jackknife: one sampling unit left out at a time (Quenouille 1956; Tukey 1958; Wolter 2007, chapter 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import plain_settings
from csimodels.infer.freedom import df_of
from csimodels.infer.level import check_level
from csimodels.infer.resample import Replications, Statistic, chunk_size, em_start
from csimodels.moments import Moments, Rows, Sampling, Sums, chunks, deleted
from csimodels.moments.em import EM_TOL_JACKKNIFE
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped
from csimodels.moments.sampling import add_by_code

#: Values of replicates that are worked on at once.
CELLS = 2**17


@plain_settings
@dataclass(frozen=True)
class Jackknife:
    """Delete-one jackknife with t intervals; with clusters one cluster is left out, within strata (JK1, JKn).

    Parameters
    ----------
    level : float
        Confidence level in (0, 1).

    References
    ----------
    Wolter (2007), chapter 4.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> row = cs.Study("ecsi", data, uncertainty=cs.Jackknife(level=0.9)).run().index().iloc[4]
    >>> row["construct"], round(float(row["index"]), 1)
    ('Satisfaction', 75.4)
    """

    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)


def jackknife(
    rows: Rows,
    sampling: Sampling,
    rule: str,
    statistic: Statistic,
    tick: Callable[[int], None] | None = None,
    pool: Executor | None = None,
) -> Replications:
    """Values ``(C, Q)`` of `statistic` with each of the ``C`` sampling units left out; see :func:`replicate`."""

    start = em_start(rows, rule)

    def one(sums: Sums) -> tuple[Floats, NDArray[np.int64]]:
        return statistic(Moments.from_sums(sums, rule, EM_TOL_JACKKNIFE, start))

    values, status, done = np.empty((sampling.units, 0)), [], 0
    for part, state in mapped(pool, one, deleted(rows, sampling, chunk_size(rows))):
        if not done:
            values = np.empty((sampling.units, part.shape[1]))
        values[done : done + len(part)] = part
        done += len(part)
        status.append(state)
        if tick is not None:
            tick(len(state))
    return Replications(values, np.concatenate(status))


def jackknife_variance(values: Floats, sampling: Sampling) -> tuple[Floats, Floats]:
    """(Q,) ``sum_h (1 - f_h) (n_h - 1) / n_h sum_c (theta_(hc) - mean_h)^2``, and its degrees of freedom.

    Parameters
    ----------
    values : (C, Q) from :func:`jackknife`.  A replicate that failed is left out, and its stratum counts by those that
        are there.
    """
    variance, second, fourth = (np.zeros(values.shape[1]) for _ in range(3))
    times, factors = sampling.times, sampling.factors[sampling.stratum] * sampling.times
    for at, totals in _pseudo(values, sampling):
        squares = np.multiply(totals, totals, out=totals)
        with np.errstate(invalid="ignore", over="ignore"):  # a quotient whose base is nothing but rounding
            variance += factors[at] @ squares
            second += times[at] @ squares
            fourth += times[at] @ np.multiply(squares, squares, out=squares)
    return variance, df_of(second, fourth, sampling)


def pseudo_totals(values: Floats, sampling: Sampling) -> Floats:
    """(C, Q) contribution of each unit, ``(n_h - 1) / n_h (mean_h - theta_(hc))``, to first order its influence.

    A failed replicate (NaN) contributes nothing.
    """
    return np.concatenate([np.empty((0, values.shape[1])), *(totals for _, totals in _pseudo(values, sampling))])


def _pseudo(values: Floats, sampling: Sampling) -> Iterator[tuple[slice, Floats]]:
    """The contributions of some units after others, whose rows are whole and stay in the processor's caches."""
    blocks = [slice(*part) for part in chunks(len(values), max(1, CELLS // max(values.shape[1], 1)))]
    sizes = sampling.sizes.astype(np.float64)[:, None]
    count, mean = np.zeros((2, len(sizes), values.shape[1]))
    for at in blocks:
        lost, times = np.isnan(values[at]), sampling.times[at, None]  # one may stand for several
        add_by_code(count, np.where(lost, 0.0, times), sampling.stratum[at])
        add_by_code(mean, np.where(lost, 0.0, times * values[at]), sampling.stratum[at])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean /= count
        factor = np.sqrt(sizes / count) * (sizes - 1.0) / sizes  # those that are there stand for all
    factor[count < np.minimum(2, sizes)] = np.nan
    for at in blocks:
        part, stratum = values[at], sampling.stratum[at]
        with np.errstate(invalid="ignore"):  # a number without bound in some replicates has no error
            away = mean[stratum] - part
        yield at, factor[stratum] * np.where(np.isnan(part), 0.0, away)


def acceleration(totals: Floats, copies: Floats | None = None) -> Floats:
    """(Q,) skewness constant ``a`` of BCa intervals from the units' contributions ``(C, Q)`` (Efron 1987, eq. 6.6).

    ``sum e^3 / (6 (sum e^2)^1.5)``; 0 where nothing varies.  ``copies (C,)``: how many units each stands for.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = totals**2
        counted = squares if copies is None else squares * copies[:, None]
        a = np.einsum("cq,cq->q", counted, totals) / (6 * counted.sum(axis=0) ** 1.5)
    return np.where(np.isfinite(a), a, 0.0)
