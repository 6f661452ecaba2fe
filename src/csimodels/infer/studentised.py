"""Standard errors inside bootstrap replicates, for studentised intervals (Davison & Hinkley 1997, section 2.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.chain import Near, applied
from csimodels.infer.desk import Desk
from csimodels.infer.influence import contributions
from csimodels.infer.linearised import slopes_at
from csimodels.infer.resample import em_start
from csimodels.moments import Clustered, Moments, Multinomial, Rows, Sampling, chunks
from csimodels.moments.em import EM_TOL_REPLICATES
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped
from csimodels.moments.sampling import add_by_code

#: Replicates whose derivatives are made in one batch.
TOGETHER = 16


def replicate_errors(
    rows: Rows,
    plan: Multinomial | Clustered,
    sampling: Sampling,
    rule: str,
    near: Near,
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

    def some(ends: tuple[int, int]) -> list[Floats]:
        drawn = plan.drawn(*ends)
        moments = Moments.from_sums(rows.sums(drawn), rule, EM_TOL_REPLICATES, start)
        counts, out = drawn.of(slice(None)), []
        times = plan.times(*ends) if isinstance(plan, Clustered) else counts
        for b, chain in enumerate(near.all_chains(moments, desk)):
            point, one = moments[b], _Drawn.of(rows, counts[b], times[b])
            scaled = one.scaled(point, rule, sampling)
            slopes = slopes_at(near, point, chain, rule, len(scaled), 0, desk)
            values = applied(slopes)(scaled)
            out.append(np.asarray(np.sqrt((values * values).sum(axis=0))))
        return out

    out: list[Floats] = []
    for errors in mapped(pool, some, chunks(plan.size, TOGETHER)):
        out += errors
        if tick is not None:
            tick(len(errors))
    return np.asarray(out)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """One replicate: the rows drawn and their places ``there (n,)``, and how often each unit was drawn ``(C,)``."""

    rows: Rows
    there: NDArray[np.intp]
    times: Floats

    @classmethod
    def of(cls, rows: Rows, factors: Floats, times: Floats) -> _Drawn:
        """Of the ``factors (n,)`` of the rows."""
        there = np.flatnonzero(factors)
        weights = rows.unit_weights[there] * factors[there]
        beside = None if rows.extra is None else rows.extra[rows.kept[there]]
        drawn = replace(rows, x=rows.x[rows.kept[there]], weights=weights, extra=beside)
        return cls(drawn, there, times)

    def scaled(self, moments: Moments, rule: str, sampling: Sampling) -> Floats:
        """(c, D) contributions of the units drawn, whose squares sum to the variance."""
        totals = contributions(self.rows, moments, rule)
        mine = np.flatnonzero(self.times)
        if not (len(mine) == len(self.there) and np.array_equal(sampling.unit[self.there], mine)):
            parts, totals = totals, np.zeros((len(mine), totals.shape[1]))
            add_by_code(totals, parts, np.searchsorted(mine, sampling.unit[self.there]))
        number = np.bincount(sampling.stratum, self.times)  # draws in each stratum
        of, copies = sampling.stratum[mine], self.times[mine, None]
        mean = np.zeros((len(number), totals.shape[1]))
        add_by_code(mean, totals, of)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean /= number[:, None]
            totals /= copies
            totals -= mean[of]
            totals *= np.sqrt(copies * (number / (number - 1.0))[of][:, None])
        return totals  # NaN where a stratum gave one unit only
