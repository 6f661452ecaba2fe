"""Run a statistic over the replicates of a resampling plan, in chunks under a memory bound."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import is_one_of, plain_settings, shown
from csimodels.errors import Problem, SpecError, is_whole, nearest
from csimodels.infer.interval import IntervalKind
from csimodels.infer.level import level_problem
from csimodels.messages import Message
from csimodels.moments import FORM_OF_RULE, Moments, Plan, Rows, chunks
from csimodels.moments.em import EM_TOL_REPLICATES, Start, em
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped
from csimodels.moments.rows import ROW_BLOCK

#: Memory that one chunk of replicates may take, in bytes.
CHUNK_BYTES = 96 * 2**20

#: More replicates than this are taken for a slip of the pen.
MOST_REPLICATES = 1_000_000

#: Most replicates in one chunk: the working set of more falls out of the processor's caches, and a thousand replicates
#: are to keep two processors busy.
CHUNK_MOST = 500

Draw = Literal["multinomial", "poisson"]
KINDS: tuple[str, ...] = get_args(IntervalKind)
DRAWS: tuple[str, ...] = get_args(Draw)

Statistic = Callable[[Moments], tuple[Floats, NDArray[np.int64]]]


@plain_settings
@dataclass(frozen=True)
class Bootstrap:
    """Nonparametric bootstrap: whole respondents drawn with replacement, within each group.

    Parameters
    ----------
    replicates : int
        Number of replicates, at least 2.
    seed : int
        Whole number >= 0; the same seed gives the same numbers for any chunk size, row order and set of groups.
    interval : {"percentile", "basic", "normal", "bc", "bca", "studentised"}
        ``"percentile"``, ``"basic"``, ``"normal"``, ``"bc"``, ``"bca"`` or ``"studentised"``, see
        :func:`csimodels.infer.interval`.
    level : float
        Confidence level in (0, 1).
    draw : {"multinomial", "poisson"}
        ``"multinomial"``: as many rows as there are; with strata or clusters the rescaling bootstrap of units;
        ``"poisson"``: every row counts Poisson(1) times, which suits rows that arrive in parts.

    Raises
    ------
    SpecError
        A setting is out of its range.

    References
    ----------
    Efron & Tibshirani (1993); with strata and clusters Rao & Wu (1988).

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> result = cs.Study("ecsi", data, uncertainty=cs.Bootstrap(replicates=200, seed=3)).run()
    >>> row = result.index().set_index("construct").loc["Satisfaction"]
    >>> bool(row["low"] < row["index"] < row["high"])
    True
    """

    replicates: int = 5000
    seed: int = 1
    interval: IntervalKind = "percentile"
    level: float = 0.95
    draw: Draw = "multinomial"

    def __post_init__(self) -> None:
        problems = []
        if not is_whole(self.replicates) or self.replicates < 2:
            problems.append(
                Problem(
                    "the number of replicates must be a whole number of at least 2",
                    "replicates",
                    shown(self.replicates),
                    Message("a whole number of at least 2"),
                    "1000 or more for published intervals; uncertainty none leaves intervals out",
                )
            )
        elif self.replicates > MOST_REPLICATES:
            what = "so many replicates would take days"
            allowed = Message("2 to {MOST_REPLICATES}", MOST_REPLICATES=MOST_REPLICATES)
            problems.append(Problem(what, "replicates", str(self.replicates)[:20], allowed, "5000 are plenty"))
        if not is_whole(self.seed) or not 0 <= self.seed < 2**63:
            problems.append(Problem("the seed must be a whole number", "seed", shown(self.seed), "0 to 2^63 - 1"))
        wrong_level = level_problem(self.level)
        if wrong_level is not None:
            problems.append(wrong_level)
        for name, value, known in (("interval", self.interval, KINDS), ("draw", self.draw, DRAWS)):
            if not is_one_of(value, known):
                what = "unknown kind of interval" if name == "interval" else "unknown kind of draw"
                problems.append(Problem(what, name, shown(value), ", ".join(known), nearest(value, known)))
        if problems:
            raise SpecError(problems)


@dataclass(frozen=True, eq=False)
class Replications:
    """``values (R, Q)`` of a statistic, NaN where a replicate failed, and ``status (R,)`` flags."""

    values: Floats
    status: NDArray[np.int64]


def replicate(
    rows: Rows,
    plan: Plan,
    rule: str,
    statistic: Statistic,
    tick: Callable[[int], None] | None = None,
    pool: Executor | None = None,
) -> Replications:
    """Values of `statistic` in every replicate of `plan`.

    Parameters
    ----------
    rows : the respondents of one group, summed in the form that `rule` needs.
    rule : missing rule, applied anew in every replicate.
    statistic : takes moments with one batch axis ``(B,)``; returns values ``(B, Q)`` and status ``(B,)``.
    tick : called with the number of replicates done after each chunk.
    pool : runs the chunks, see :func:`csimodels.infer.worker_pool`; one after the other without it.
    """

    start = em_start(rows, rule)

    def one(chunk: tuple[int, int]) -> tuple[Floats, NDArray[np.int64]]:
        return statistic(Moments.from_sums(rows.sums(plan.drawn(*chunk)), rule, EM_TOL_REPLICATES, start))

    values, status = [], []
    for part, state in mapped(pool, one, chunks(plan.size, chunk_size(rows, plan.held))):
        values.append(part)
        status.append(state)
        if tick is not None:
            tick(len(state))
    return Replications(np.concatenate(values), np.concatenate(status))


def em_start(rows: Rows, rule: str) -> Start | None:
    """Where the EM of replicates begins: at the estimate of all rows; None under the other missing rules."""
    if FORM_OF_RULE[rule] != "patterns":
        return None
    mean, cov, _ = em(rows.sums())
    return (mean, cov) if np.isfinite(cov).all() else None


def chunk_size(rows: Rows, held: int = 0) -> int:
    """Replicates per chunk, so that counts, sums and moments stay under :data:`CHUNK_BYTES`.

    Parameters
    ----------
    held : bytes that the counts of one replicate take.
    """
    p = len(rows.items)
    per_row = 3 * min(rows.n, ROW_BLOCK) + held // 8
    per_matrix = 12 * p * p * (rows.pattern_count if rows.form == "patterns" else 1) + 4 * len(rows.extra_names)
    per_matrix += 2 * sum(len(values) for values in rows.levels) ** 2
    return int(np.clip(CHUNK_BYTES // (8 * (per_row + per_matrix)), 1, CHUNK_MOST))
