"""Intervals of every group, by the method that the spec asks for.  Orchestration, no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from csimodels.errors import DataError, Problem
from csimodels.infer import (
    Bootstrap,
    Interval,
    Jackknife,
    Linearised,
    ReplicateMoves,
    ReplicateWeights,
    symmetric,
    worker_pool,
)
from csimodels.messages import Message, about
from csimodels.moments import (
    Moments,
    chunks,
)
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped, processors
from csimodels.spec import Model
from csimodels.study.design_checks import (
    few_notes,
    lacking_notes,
    needs_formula,
    unmet_notes,
    unvarying,
)
from csimodels.study.group_errors import TOGETHER, Fitted, Part, Task, part_of, sampling_of, without_interval
from csimodels.study.groups import Group, groups_of
from csimodels.study.replicate_counts import Tally, tally_notes
from csimodels.study.settings import Auto, Uncertainty, choose, uncertainty_of
from csimodels.survey import Survey
from csimodels.survey.domains import one_sample
from csimodels.survey.scale.summed_survey import SummedSurvey


@dataclass(frozen=True, eq=False)
class Around:
    """Intervals and degrees of freedom ``(G, Q)`` of all groups, tallies and notes.

    ``draws (G, R, J)`` are the replicates of the indices, NaN where one failed; None for methods without replicates
    that could be drawn at random.  ``left_out`` by group, see :class:`Part`; empty where no group has any.  ``moves``
    of given replicate weights.
    """

    errors: Interval
    df: Floats
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...]
    draws: Floats | None = None
    left_out: tuple[Floats | None, ...] = ()
    moves: ReplicateMoves | None = None

    def part(self, numbers: slice, drawn: slice) -> Around:
        """Some of the numbers, and of those with replicates."""
        e = self.errors
        errors = Interval(e.se[:, numbers], e.low[:, numbers], e.high[:, numbers], e.p[:, numbers])
        draws = None if self.draws is None else self.draws[..., drawn]
        moves = None if self.moves is None else self.moves.part(numbers)
        return Around(errors, self.df[:, numbers], self.tallies, self.notes, draws, self.left_out, moves)


def no_intervals(value: Floats) -> Around:
    """Nothing known of the uncertainty of ``value (G, Q)``."""
    return Around(without_interval(value), np.full_like(value, np.nan), (), ())


def around(task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats) -> Around:
    """Intervals of every group whose estimates ``value (G, Q)`` are there.

    Raises
    ------
    DataError
        No group has anything to vary.
    """
    found = _found(task, method, groups, moments, value)
    alone = [part for part in found if isinstance(part, Problem)]
    none = [Part(without_interval(point), Tally(group.key), np.nan) for group, point in zip(groups, value, strict=True)]
    parts = [blank if isinstance(part, Problem) else part for part, blank in zip(found, none, strict=True)]
    if alone and len(alone) == sum(not np.isnan(point).all() for point in value):
        raise DataError(alone)
    tallies = tuple(part.tally for part in parts)
    notes = [about(p.where, Message("no intervals: {reasons}", reasons=p.what)) for p in alone]
    notes += tally_notes(groups, tallies, isinstance(method, Bootstrap))
    own = slice(task.own)
    lacking = [int((~np.isnan(v) & np.isnan(p.errors.low))[own].sum()) for v, p in zip(value, parts, strict=True)]
    notes += lacking_notes([*zip(groups, tallies, lacking, strict=True)], {p.where for p in alone})
    notes += few_notes([(group, part.few) for group, part in zip(groups, parts, strict=True)])
    notes += unmet_notes([(part.unmet, part.tally.asked) for part in parts])
    errors = Interval(*(np.stack([getattr(p.errors, name) for p in parts]) for name in ("se", "low", "high", "p")))
    df = np.stack([np.broadcast_to(part.df, value.shape[1:]) for part in parts])
    left_out = tuple(part.left_out for part in parts)
    return Around(errors, df, tallies, tuple(notes), _draws(parts), left_out, _moves(task, parts))


def _found(
    task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats
) -> list[Part | Problem]:
    """What :func:`part_of` gives for every group; blank for those without estimates.

    Many groups without random replicates are spread over the processors, some groups on each; else each group is.
    """
    if needs_respondents(task.survey, method):
        return from_stream(task, method, groups, moments, value)
    spread = len(groups) > processors() and isinstance(method, (Auto, Jackknife, Linearised))
    with worker_pool() as pool:

        def some(ends: tuple[int, int]) -> list[Part | Problem]:
            own = None if spread else pool
            return [part_of(task, method, one, own) for one in _fitted(task, groups, moments, value, ends)]

        pieces = chunks(len(groups), TOGETHER if spread else 1)
        return [part for piece in mapped(pool if spread else None, some, pieces) for part in piece]


def _fitted(
    task: Task, groups: Sequence[Group], moments: Moments, value: Floats, ends: tuple[int, int]
) -> list[Fitted]:
    """Groups from one place to another; derivatives of all are made once one is asked for."""
    derived = cache(lambda: task.near.all_chains(moments[slice(*ends)], task.desk))

    def one(g: int) -> Fitted:
        return Fitted(groups[g], moments[g], value[g], lambda: derived()[g - ends[0]])

    return [one(g) for g in range(*ends)]


def needs_respondents(survey: Survey, method: Uncertainty) -> bool:
    """Whether errors of a survey of sums need its respondents once more: they are the sampling units."""
    return isinstance(survey, SummedSurvey) and survey.units_of == "rows" and isinstance(method, (Auto, Linearised))


def from_stream(
    task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats
) -> list[Part | Problem]:
    """Linearised errors of all groups in one pass over the respondents."""
    from csimodels.study.streamed import strata_of, streamed_variance

    assert isinstance(task.survey, SummedSurvey)
    there = ~np.isnan(value).all(axis=1)
    lone = [unvarying(task.survey, group, strata_of(task.survey, group)) for group in groups]
    there &= np.asarray([problem is None for problem in lone])
    variance, df = streamed_variance(task, groups, moments, there, value.shape[1])
    if task.tick is not None:
        task.tick(len(groups))
    parts: list[Part | Problem] = []
    for g, group in enumerate(groups):
        problem = lone[g]
        if problem is not None and not np.isnan(value[g]).all():
            parts.append(problem)
            continue
        if not there[g]:
            parts.append(Part(without_interval(value[g]), Tally(group.key), np.nan))
            continue
        parts.append(Part(symmetric(value[g], np.sqrt(variance[g]), method.level, df[g]), Tally(group.key), df[g]))
    return parts


def design_df(task: Task, method: Uncertainty, group: Group) -> int:
    """Degrees of freedom of the design of a group: sampling units less strata."""
    if needs_respondents(task.survey, method):
        assert isinstance(task.survey, SummedSurvey)
        from csimodels.study.streamed import respondents_df

        return respondents_df(task.survey, group)
    return sampling_of(task.survey, group).df


def check_design(model: Model, survey: Survey) -> None:
    """Refuse a design that shows no variance in any group, where the method would need it.

    Raises
    ------
    DataError
    """
    method = uncertainty_of(model)
    if method is None or isinstance(method, ReplicateWeights):
        return
    if needs_respondents(survey, method):
        return
    groups = groups_of(survey, "pairwise")
    found = [unvarying(survey, group, sampling_of(survey, group)) for group in groups]
    problems = [problem for problem in found if problem is not None]
    if len(problems) == len(groups):
        raise DataError(problems)


def steps(method: Uncertainty, survey: Survey) -> int:
    """How often :func:`around` will tick."""
    fits = len(survey.group_keys)
    if isinstance(method, Bootstrap):
        return method.replicates * fits * (2 if method.interval == "studentised" else 1)
    if isinstance(method, ReplicateWeights):
        return fits * (0 if survey.replicate_weights is None else survey.replicate_weights.shape[1])
    total = 0
    if needs_respondents(survey, method):
        return fits
    for group in groups_of(survey, "pairwise"):
        units = sampling_of(survey, group).units
        kind = choose(method, units) if isinstance(method, Auto) else method
        kind = Linearised(kind.level) if needs_formula(sampling_of(survey, group)) else kind
        total += 1 if isinstance(kind, Linearised) else units
    return total


def _draws(parts: Sequence[Part]) -> Floats | None:
    there = [part.draws for part in parts if part.draws is not None]
    if not there:
        return None
    blank = np.full_like(there[0], np.nan)
    return np.stack([blank if part.draws is None else part.draws for part in parts])


def _moves(task: Task, parts: Sequence[Part]) -> ReplicateMoves | None:
    there = [part.moves for part in parts if part.moves is not None]
    if not there or len(parts) < 2:
        return None
    blank = np.zeros_like(there[0])
    values = np.stack([blank if part.moves is None else part.moves for part in parts])
    return ReplicateMoves(task.compared, values, one_sample(task.survey))
