"""Standard errors inside bootstrap replicates, for studentised intervals (Davison & Hinkley 1997, section 2.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from csimodels.infer.desk import Desk
from csimodels.infer.directions import Worth
from csimodels.infer.influence import contributions
from csimodels.infer.linearised import worth
from csimodels.infer.pool import mapped
from csimodels.infer.resample import Statistic, em_start
from csimodels.moments import Clustered, Moments, Multinomial, Rows, Sampling
from csimodels.moments.em import EM_TOL_REPLICATES, Start
from csimodels.moments.linalg import Floats


def replicate_errors(
    rows: Rows,
    plan: Multinomial | Clustered,
    sampling: Sampling,
    rule: str,
    near: Callable[[Moments], Statistic],
    tick: Callable[[int], None] | None = None,
    pool: Executor | None = None,
    desk: Desk | None = None,
) -> Floats:
    """(R, Q) linearised standard error of every number in every replicate of `plan`.

    Each replicate needs derivatives of its own, two fits for each unit drawn or each moment, so this costs some hundred
    times the replicates themselves; `near` gives the statistic for moments near those of a replicate.  A unit drawn
    ``k`` times counts as ``k`` units.  The numbers of a `desk` follow, ``Q + Q2`` in all, see
    :func:`csimodels.infer.jacobian`.
    """

    start = em_start(rows, rule)

    def slopes(moments: Moments, units: int) -> Floats | Worth:
        return worth(near(moments), moments, rule, units, 0, desk)

    def one(replicate: int) -> Floats:
        times = _times(plan, sampling, replicate)
        factors = plan.counts(replicate, replicate + 1)[0]
        return _error(rows, factors, times, sampling, rule, start, slopes)

    out = []
    for errors in mapped(pool, one, range(plan.size)):
        out.append(errors)
        if tick is not None:
            tick(1)
    return np.asarray(out)


def _times(plan: Multinomial | Clustered, sampling: Sampling, replicate: int) -> Floats:
    """(C,) how often each unit was drawn."""
    if isinstance(plan, Clustered):
        return np.asarray(plan.times(replicate, replicate + 1)[0])
    return np.asarray(plan.counts(replicate, replicate + 1)[0])


def _error(
    rows: Rows,
    factors: Floats,
    times: Floats,
    sampling: Sampling,
    rule: str,
    start: Start | None,
    slopes_of: Callable[[Moments, int], Floats | Worth],
) -> Floats:
    there = np.flatnonzero(factors)
    weights = rows.unit_weights[there] * factors[there]
    beside = None if rows.extra is None else rows.extra[rows.kept[there]]
    drawn = replace(rows, x=rows.x[rows.kept[there]], weights=weights, extra=beside)
    moments = Moments.from_sums(drawn.sums(), rule, EM_TOL_REPLICATES, start)
    parts = contributions(drawn, moments, rule)
    totals = np.zeros((sampling.units, parts.shape[1]))
    np.add.at(totals, sampling.unit[there], parts)
    number = np.bincount(sampling.stratum, times)  # draws in each stratum
    mean = np.zeros((len(number), parts.shape[1]))
    np.add.at(mean, sampling.stratum, totals)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean /= number[:, None]
        copies = times[:, None]
        deviation = np.where(copies > 0, totals / copies - mean[sampling.stratum], 0.0)
        scale = np.sqrt(copies * (number / (number - 1.0))[sampling.stratum][:, None])
        scaled = scale * deviation  # NaN where one unit alone was drawn from a stratum: no error, the replicate is lost
    mine = np.flatnonzero(times)
    slopes = slopes_of(moments, len(mine))
    scaled = scaled[mine]
    values = slopes(scaled) if callable(slopes) else scaled @ slopes.T
    return np.asarray(np.sqrt((values * values).sum(axis=0)))
