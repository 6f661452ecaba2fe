"""Replicates of every group: their draws, their intervals, and how many failed for which reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, Status
from csimodels.infer import Bootstrap, Interval, Replications, interval, replicate, worker_pool
from csimodels.moments import Clustered, Key, Moments, Multinomial, Plan, stream_of
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec import Model
from csimodels.study.groups import Group
from csimodels.study.options import missing_rule
from csimodels.study.states import fatal
from csimodels.survey import Survey

Tick = Callable[[int], None]
Statistic = Callable[[Moments], tuple[Floats, NDArray[np.int64]]]


@dataclass(frozen=True, eq=False)
class Tally:
    """Replicates of one group: asked, kept, and failed by reason; ``inadmissible`` ones are kept and counted."""

    key: Key
    asked: int
    kept: int
    not_converged: int
    singular: int
    inadmissible: int


@dataclass(frozen=True, eq=False)
class Resampled:
    """Intervals ``(G, Q)`` of all groups, a tally for each group, and notes."""

    errors: Interval
    tallies: tuple[Tally, ...]
    notes: list[str]


def without_intervals(value: Floats) -> Interval:
    """An interval of NaN for estimates ``(G, Q)``."""
    blank = np.full_like(value, np.nan)
    return Interval(blank, blank, blank, blank)


def resampled(
    model: Model,
    survey: Survey,
    groups: Sequence[Group],
    bootstrap: Bootstrap,
    value: Floats,
    statistic: Statistic,
    tick: Tick | None = None,
) -> Resampled:
    """Run the bootstrap of every group whose estimates ``value (G, Q)`` are there.

    Raises
    ------
    DataError
        No group has anything to resample.
    """
    parts, tallies, alone = [], [], []
    with worker_pool() as pool:
        for group, point in zip(groups, value, strict=True):
            plan = None if np.isnan(point).all() else _plan(bootstrap, survey, group)
            if isinstance(plan, Problem):
                alone.append(plan)
            if plan is None or isinstance(plan, Problem):
                parts.append(without_intervals(point))
                tallies.append(Tally(group.key, 0, 0, 0, 0, 0))
                continue
            done = replicate(group.rows, plan, missing_rule(model), statistic, tick, pool)
            parts.append(interval(point, done.values, bootstrap.level, bootstrap.interval))
            tallies.append(_tally(group.key, done, fatal(model, done.status)))
    if alone and len(alone) == sum(not np.isnan(point).all() for point in value):
        raise DataError(alone)
    errors = Interval(*(np.stack([getattr(p, name) for p in parts]) for name in ("se", "low", "high", "p")))
    notes = [f"{p.where}: no intervals: {p.what}" for p in alone]
    return Resampled(errors, tuple(tallies), notes + _tally_notes(groups, tallies))


def _plan(bootstrap: Bootstrap, survey: Survey, group: Group) -> Plan | Problem:
    """Draws of one group, or why there are none; the stream comes from the group's name, so others do not change it."""
    stream = stream_of(group.key) if group.key else 0
    if survey.cluster is None and survey.strata is None:
        return Multinomial(group.rows.n, bootstrap.replicates, bootstrap.seed, stream)
    used = group.used
    strata = np.zeros(survey.n, dtype=np.intp) if survey.strata is None else survey.strata
    cluster = np.arange(survey.n) if survey.cluster is None else survey.cluster
    stratum = np.unique(strata[used], return_inverse=True)[1]
    unit = np.unique(np.stack([stratum, cluster[used]], axis=1), axis=0, return_inverse=True)[1].ravel()
    clusters = np.bincount(np.unique(np.stack([stratum, unit], axis=1), axis=0)[:, 0])
    if (clusters < 2).any():
        alone = int((clusters < 2).sum())
        what = f"{alone} of {len(clusters)} strata have a single cluster, which has no variance to resample"
        remedy = "join such strata with a neighbour before the analysis"
        if survey.strata is None:
            what = "all rows lie in one cluster, which has no variance to resample"
            remedy = "check the cluster column, or leave the intervals out (uncertainty: {method: none})"
        return Problem(what, group.name, remedy=remedy)
    return Clustered(unit, stratum, bootstrap.replicates, bootstrap.seed, stream)


def _tally(key: Key, done: Replications, failed: Bools) -> Tally:
    def count(flag: Status, among: Bools) -> int:
        return int((((done.status & int(flag)) != 0) & among).sum())

    anywhere = np.ones(len(failed), dtype=bool)
    return Tally(
        key,
        len(failed),
        int((~failed).sum()),
        count(Status.NOT_CONVERGED, anywhere),
        count(Status.SINGULAR, anywhere),
        count(Status.INADMISSIBLE, ~failed),
    )


def _tally_notes(groups: Sequence[Group], tallies: Sequence[Tally]) -> list[str]:
    notes = []
    for group, tally in zip(groups, tallies, strict=True):
        failed = tally.asked - tally.kept
        if tally.kept < min(tally.asked, 2):
            notes.append(f"{group.name}: no intervals: {failed} of {tally.asked} replicates failed")
        elif failed:
            notes.append(
                f"{group.name}: {failed} of {tally.asked} replicates failed "
                f"(not converged {tally.not_converged}, singular {tally.singular}); intervals use the others"
            )
        if tally.inadmissible:
            notes.append(
                f"{group.name}: {tally.inadmissible} of {tally.asked} replicates are inadmissible; "
                "intervals keep them, as they are part of the sampling distribution"
            )
    return notes
