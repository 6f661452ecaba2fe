"""Intervals of every group, by the method that the spec asks for.  Orchestration, no arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem
from csimodels.infer import (
    Bootstrap,
    Chain,
    Desk,
    Interval,
    Jackknife,
    Linearised,
    Near,
    ReplicateWeights,
    Replications,
    Statistic,
    acceleration,
    interval,
    jackknife,
    jackknife_variance,
    linearised_variance,
    pseudo_totals,
    replicate,
    replicate_errors,
    replicate_variance,
    slopes_at,
    symmetric,
    worker_pool,
)
from csimodels.infer.influence import KnownMargins
from csimodels.infer.pool import mapped, processors
from csimodels.messages import Message, about
from csimodels.moments import (
    Clustered,
    DeleteUnit,
    Given,
    Moments,
    Multinomial,
    Plan,
    Poisson,
    Reraked,
    Sampling,
    chunks,
    stream_of,
)
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec import Model
from csimodels.study.design_checks import (
    few_notes,
    few_units,
    lacking_notes,
    needs_formula,
    raked_before,
    undrawable,
    unfollowed,
    unmet_notes,
    unvarying,
)
from csimodels.study.groups import Group, groups_of
from csimodels.study.replicate_counts import Tally, tally_notes
from csimodels.study.settings import Auto, Uncertainty, choose, uncertainty_of
from csimodels.study.status import fatal
from csimodels.study.streamed import strata_of, streamed_variance
from csimodels.survey import Survey, replicate_scale
from csimodels.survey.scale.summed_survey import SummedSurvey

Tick = Callable[[int], None]

#: Groups whose derivatives are made in one batch.
TOGETHER = 4


@dataclass(frozen=True, eq=False)
class Task:
    """What every method needs to know: `published` as the tables show it, `near` given moments for differences.

    ``index``: positions of the numbers whose replicates are kept.  ``desk`` makes numbers from extra columns, which
    `published` gives after those of the model; only the first ``own`` numbers are spoken of in notes.
    """

    model: Model
    survey: Survey
    rule: str
    published: Statistic
    near: Near
    index: slice | NDArray[np.intp]
    tick: Tick | None = None
    desk: Desk | None = None
    own: int | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """One group with its moments, estimates ``point (Q,)`` and their derivatives, made when first asked for."""

    group: Group
    moments: Moments
    point: Floats
    chain: Callable[[], Chain | None]


@dataclass(frozen=True, eq=False)
class Part:
    """Uncertainty of one group: intervals, degrees of freedom ``(Q,)``, tally, replicates of the indices ``(R, J)``.

    ``unmet`` counts replicates whose margins are not met within the bounds of raking.
    """

    errors: Interval
    tally: Tally
    df: Floats | float = np.inf
    draws: Floats | None = None
    few: int | None = None
    unmet: int = 0


@dataclass(frozen=True, eq=False)
class Around:
    """Intervals and degrees of freedom ``(G, Q)`` of all groups, tallies and notes.

    ``draws (G, R, J)`` are the replicates of the indices, NaN where one failed; None for methods without replicates
    that could be drawn at random.
    """

    errors: Interval
    df: Floats
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...]
    draws: Floats | None = None

    def part(self, numbers: slice, drawn: slice) -> Around:
        """Some of the numbers, and of those with replicates."""
        e = self.errors
        errors = Interval(e.se[:, numbers], e.low[:, numbers], e.high[:, numbers], e.p[:, numbers])
        draws = None if self.draws is None else self.draws[..., drawn]
        return Around(errors, self.df[:, numbers], self.tallies, self.notes, draws)


def no_intervals(value: Floats) -> Around:
    """Nothing known of the uncertainty of ``value (G, Q)``."""
    return Around(_blank(value), np.full_like(value, np.nan), (), ())


def around(task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats) -> Around:
    """Intervals of every group whose estimates ``value (G, Q)`` are there.

    Raises
    ------
    DataError
        No group has anything to vary.
    """
    found = _found(task, method, groups, moments, value)
    alone = [part for part in found if isinstance(part, Problem)]
    none = [Part(_blank(point), Tally(group.key), np.nan) for group, point in zip(groups, value, strict=True)]
    parts = [blank if isinstance(part, Problem) else part for part, blank in zip(found, none, strict=True)]
    if alone and len(alone) == sum(not np.isnan(point).all() for point in value):
        raise DataError(alone)
    tallies = tuple(part.tally for part in parts)
    notes = [about(p.where, Message("no intervals: {reasons}", reasons=p.what)) for p in alone]
    notes += tally_notes(groups, tallies)
    own = slice(task.own)
    lacking = [int((~np.isnan(v) & np.isnan(p.errors.low))[own].sum()) for v, p in zip(value, parts, strict=True)]
    notes += lacking_notes([*zip(groups, tallies, lacking, strict=True)], {p.where for p in alone})
    notes += few_notes([(group, part.few) for group, part in zip(groups, parts, strict=True)])
    notes += unmet_notes([(part.unmet, part.tally.asked) for part in parts])
    errors = Interval(*(np.stack([getattr(p.errors, name) for p in parts]) for name in ("se", "low", "high", "p")))
    df = np.stack([np.broadcast_to(part.df, value.shape[1:]) for part in parts])
    return Around(errors, df, tallies, tuple(notes), _draws(parts))


def _found(
    task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats
) -> list[Part | Problem]:
    """What :func:`_part` gives for every group; blank for those without estimates.

    Many groups without random replicates are spread over the processors, some groups on each; else each group is.
    """
    if needs_respondents(task.survey, method):
        return from_stream(task, method, groups, moments, value)
    spread = len(groups) > processors() and isinstance(method, (Auto, Jackknife, Linearised))
    with worker_pool() as pool:

        def some(ends: tuple[int, int]) -> list[Part | Problem]:
            own = None if spread else pool
            return [_part(task, method, one, own) for one in _fitted(task, groups, moments, value, ends)]

        pieces = chunks(len(groups), TOGETHER if spread else 1)
        return [part for piece in mapped(pool if spread else None, some, pieces) for part in piece]


def _fitted(
    task: Task, groups: Sequence[Group], moments: Moments, value: Floats, ends: tuple[int, int]
) -> list[Fitted]:
    """Groups from one place to another; derivatives of all are made once one is asked for."""
    derived = cache(lambda: task.near.chains(moments[slice(*ends)]))

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
    assert isinstance(task.survey, SummedSurvey)
    there = ~np.isnan(value).all(axis=1)
    lone = [unvarying(task.survey, group, strata_of(task.survey, group)) for group in groups]
    there &= np.asarray([problem is None for problem in lone])
    variance, df = streamed_variance(task.survey, groups, moments, there, task.rule, task.near, value.shape[1])
    if task.tick is not None:
        task.tick(len(groups))
    parts: list[Part | Problem] = []
    for g, group in enumerate(groups):
        problem = lone[g]
        if problem is not None and not np.isnan(value[g]).all():
            parts.append(problem)
            continue
        if not there[g]:
            parts.append(Part(_blank(value[g]), Tally(group.key), np.nan))
            continue
        parts.append(Part(symmetric(value[g], np.sqrt(variance[g]), method.level, df[g]), Tally(group.key), df[g]))
    return parts


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


def _blank(value: Floats) -> Interval:
    blank = np.full_like(value, np.nan)
    return Interval(blank, blank, blank, blank)


def _part(task: Task, method: Uncertainty, one: Fitted, pool: Executor | None) -> Part | Problem:
    group = one.group
    if np.isnan(one.point).all():
        return Part(_blank(one.point), Tally(group.key), np.nan)
    if isinstance(method, ReplicateWeights):
        return _given(task, method, one, pool)
    sampling = sampling_of(task.survey, group)
    raked = _margins(task, group) is not None
    problem = unvarying(task.survey, group, sampling) or raked_before(group, raked)
    if problem is None and isinstance(method, Bootstrap):
        problem = undrawable(method, group, sampling, raked)
    if isinstance(method, Auto):
        method = Linearised(method.level) if needs_formula(sampling) else choose(method, sampling.units)
    if problem is None and not isinstance(method, Linearised):
        problem = unfollowed(sampling, group)
    if problem is not None:
        return problem
    if isinstance(method, Linearised):
        return _linearised(task, method, one, sampling, pool)
    if isinstance(method, Jackknife):
        return _jackknife(task, method, one, sampling, pool)
    return _bootstrap(task, method, one, sampling, pool)


def sampling_of(survey: Survey, group: Group) -> Sampling:
    """How the usable rows of one group were drawn."""
    return sampling_of_rows(survey, group.used)


def sampling_of_rows(survey: Survey, used: NDArray[np.intp]) -> Sampling:
    """How some rows, by their positions in the survey, were drawn."""
    sampling = Sampling.of(
        len(used),
        None if survey.strata is None else survey.strata[used],
        None if survey.cluster is None else survey.cluster[used],
        None if survey.fpc is None else survey.fpc[used],
    )
    return sampling if survey.strata is None else sampling.settled(survey.model.data.design.lone_strata)


def _linearised(task: Task, method: Linearised, one: Fitted, sampling: Sampling, pool: Executor | None) -> Part:
    se, df = _linearised_se(task, one, sampling, pool)
    if task.tick is not None:
        task.tick(1)
    return Part(symmetric(one.point, se, method.level, df), Tally(one.group.key), df)


def _jackknife(task: Task, method: Jackknife, one: Fitted, sampling: Sampling, pool: Executor | None) -> Part:
    group = one.group
    plan = _raked(task, group, DeleteUnit(sampling))
    done = _left_out(task, group, sampling, plan, pool, task.tick)
    tally = _tally(task, group, done)
    variance, df = jackknife_variance(done.values, sampling)
    ends = symmetric(one.point, np.sqrt(variance), method.level, df)
    return Part(ends, tally, df, unmet=_unmet(plan))


def _given(task: Task, method: ReplicateWeights, one: Fitted, pool: Executor | None) -> Part:
    group = one.group
    factors = task.survey.replicate_factors(group.used)
    scale, rscales = replicate_scale(task.model.data.replicate_weights, len(factors))
    done = replicate(group.rows, Given(factors), task.rule, task.published, task.tick, pool)
    tally = _tally(task, group, done)
    se = np.sqrt(replicate_variance(one.point, done.values, scale, rscales))
    df = float(np.linalg.matrix_rank(factors * group.rows.unit_weights) - 1)
    return Part(symmetric(one.point, se, method.level, df), tally, df)


def _bootstrap(task: Task, method: Bootstrap, one: Fitted, sampling: Sampling, pool: Executor | None) -> Part:
    group = one.group
    plan = _plan(method, group, sampling)
    anew = _raked(task, group, plan)
    done = replicate(group.rows, anew, task.rule, task.published, task.tick, pool)
    skew, errors = None, None
    if method.interval == "bca":
        without = _left_out(task, group, sampling, _raked(task, group, DeleteUnit(sampling)), pool)
        skew = acceleration(pseudo_totals(without.values, sampling))
    if method.interval == "studentised" and not isinstance(plan, Poisson):
        inside = replicate_errors(group.rows, plan, sampling, task.rule, task.near, task.tick, pool, task.desk)
        errors = _linearised_se(task, one, sampling, pool)[0], inside
    ends = interval(one.point, done.values, method.level, method.interval, skew, errors)
    few, unmet = few_units(sampling), _unmet(anew)
    return Part(ends, _tally(task, group, done), draws=done.values[:, task.index], few=few, unmet=unmet)


def _linearised_se(task: Task, one: Fitted, sampling: Sampling, pool: Executor | None) -> tuple[Floats, Floats]:
    """Standard errors and their degrees of freedom ``(Q,)``."""
    group, numbers = one.group, len(one.point)
    slopes = slopes_at(task.near, one.moments, one.chain(), task.rule, sampling.units, numbers, task.desk)
    margins = _margins(task, group)
    known = None if margins is None else KnownMargins(margins, *_untrimmed(task, group))
    variance, df = linearised_variance(group.rows, one.moments, task.rule, sampling, slopes, known, pool)
    return np.sqrt(variance), df


def _left_out(
    task: Task, group: Group, sampling: Sampling, plan: Plan, pool: Executor | None, tick: Tick | None = None
) -> Replications:
    """Every unit left out once; raked weights are raked anew, as `plan` says."""
    if _margins(task, group) is None:
        return jackknife(group.rows, sampling, task.rule, task.published, tick, pool)
    return replicate(group.rows, plan, task.rule, task.published, tick, pool)


def _margins(task: Task, group: Group) -> NDArray[np.intp] | None:
    """(n, M) categories that the weights of the rows were raked to.

    Margins are those of all respondents together: a group of them is not raked to anything, and its weights are taken
    as they are.
    """
    survey = task.survey
    return None if survey.margins is None or survey.by else survey.margins[group.used]


def _untrimmed(task: Task, group: Group) -> tuple[Bools | None, Floats | None]:
    """(n,) rows whose raking factor is not at a bound, and weights before raking; None without bounds."""
    survey = task.survey
    if survey.trimmed is None or survey.rake_bounds is None:
        return None, None
    factor, (low, high) = survey.trimmed[group.used], survey.rake_bounds
    free = (factor > low * (1 + 1e-9)) & (factor < high * (1 - 1e-9))
    return np.asarray(free), np.asarray(group.rows.unit_weights / factor)


def _raked(task: Task, group: Group, plan: Plan) -> Plan:
    margins = _margins(task, group)
    if margins is None:
        return plan
    survey = task.survey
    trimmed = None if survey.trimmed is None else survey.trimmed[group.used]
    weights = group.rows.unit_weights
    return Reraked(plan, weights, margins, survey.targets, survey.rake_bounds, trimmed)


def _unmet(plan: Plan) -> int:
    """Replicates whose margins are not met within the bounds; 0 where there are no bounds."""
    return plan.unmet() if isinstance(plan, Reraked) and plan.bounds is not None else 0


def _plan(method: Bootstrap, group: Group, sampling: Sampling) -> Multinomial | Poisson | Clustered:
    """Draws of one group; the stream comes from the group's name, so that other groups do not change it."""
    stream = stream_of(group.key) if group.key else 0
    if method.draw == "poisson":
        return Poisson(len(group.used), method.replicates, method.seed, stream)
    if sampling.simple:
        return Multinomial(len(group.used), method.replicates, method.seed, stream)
    return Clustered(sampling, method.replicates, method.seed, stream)


def _tally(task: Task, group: Group, done: Replications) -> Tally:
    failed: Bools = fatal(task.model, done.status)
    return Tally.of(group.key, done, failed)
