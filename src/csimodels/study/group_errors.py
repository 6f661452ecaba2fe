"""Uncertainty of one group, by each method.  Orchestration, no arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem
from csimodels.infer import (
    Bootstrap,
    Chain,
    Desk,
    DeskChain,
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
)
from csimodels.moments import (
    Clustered,
    DeleteUnit,
    Given,
    LessenUnit,
    Moments,
    Multinomial,
    Plan,
    Poisson,
    Sampling,
    stream_of,
)
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec import Model
from csimodels.study.design_checks import (
    few_units,
    needs_formula,
    raked_before,
    undrawable,
    unfollowed,
    unvarying,
)
from csimodels.study.groups import Group
from csimodels.study.raked_groups import RakedGroup, known_margins, margins_of, reraked, unmet_of
from csimodels.study.replicate_counts import Tally
from csimodels.study.settings import Auto, Uncertainty, choose
from csimodels.study.status import fatal
from csimodels.survey import Survey, replicate_scale
from csimodels.survey.scale.summed_survey import SummedSurvey

Tick = Callable[[int], None]

#: Groups whose derivatives are made in one batch.
TOGETHER = 8

#: How far a replicate without a fit goes from the sample instead.
LESSENED = 0.5


@dataclass(frozen=True, eq=False)
class Task:
    """What every method needs to know: `published` as the tables show it, `near` given moments for differences.

    ``index``: positions of the numbers whose replicates are kept; ``compared``: of those that groups are compared by.
    ``desk`` makes numbers from extra columns, which `published` gives after those of the model; only the first ``own``
    numbers are spoken of in notes.
    """

    model: Model
    survey: Survey
    rule: str
    published: Statistic
    near: Near
    index: slice | NDArray[np.intp]
    compared: NDArray[np.intp]
    tick: Tick | None = None
    desk: Desk | None = None
    own: int | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """One group with its moments, estimates ``point (Q,)``, and derivatives of these, made when first asked for."""

    group: Group
    moments: Moments
    point: Floats
    chain: Callable[[], Chain | DeskChain | None]


@dataclass(frozen=True, eq=False)
class Part:
    """Uncertainty of one group: intervals, degrees of freedom ``(Q,)``, tally, replicates of the indices ``(R, J)``.

    ``unmet`` counts replicates whose margins are not met within the bounds of raking; ``left_out (C, Q)`` are the
    numbers without each unit, kept where groups under ``fiml`` may share units; ``moves (R, K)`` what each replicate of
    given weights adds to the numbers that groups are compared by, times the root of its factor, 0 where it failed.
    """

    errors: Interval
    tally: Tally
    df: Floats | float = np.inf
    draws: Floats | None = None
    few: int | None = None
    unmet: int = 0
    left_out: Floats | None = None
    moves: Floats | None = None


def without_interval(value: Floats) -> Interval:
    """Nothing known of the uncertainty of `value`."""
    blank = np.full_like(value, np.nan)
    return Interval(blank, blank, blank, blank)


def part_of(task: Task, method: Uncertainty, one: Fitted, pool: Executor | None) -> Part | Problem:
    """Uncertainty of one group by the method of the run, or why there is none."""
    group = one.group
    if np.isnan(one.point).all():
        return Part(without_interval(one.point), Tally(group.key), np.nan)
    if isinstance(method, ReplicateWeights):
        return _given(task, method, one, pool)
    sampling = sampling_of(task.survey, group)
    among = RakedGroup.of(task.survey, group, sampling.df)
    alone = margins_of(task.survey, group) is not None
    problem = unvarying(task.survey, group, sampling) or raked_before(group, alone)
    if problem is None and isinstance(method, Bootstrap):
        problem = undrawable(method, group, sampling, alone or among is not None)
    if isinstance(method, Auto):
        units = sampling.units if among is None else len(among.units)
        method = Linearised(method.level) if needs_formula(sampling) else choose(method, units)
    if problem is None and not isinstance(method, Linearised):
        problem = unfollowed(sampling, group)
    if problem is not None:
        return problem
    if isinstance(method, Linearised):
        return _linearised(task, method, one, sampling, among, pool)
    if isinstance(method, Jackknife):
        return _jackknife(task, method, one, sampling, among, pool)
    return _bootstrap(task, method, one, sampling, among, pool)


def sampling_of(survey: Survey, group: Group) -> Sampling:
    """How the usable rows of one group were drawn: as planned, or as a domain of the whole sample."""
    whole, used = survey.whole_sample, group.used
    if whole is None or not len(used):
        return sampling_of_rows(survey, used)
    mine = np.zeros(1, dtype=np.intp) if survey.strata is None else np.unique(survey.strata[used])
    return sampling_of_rows(survey, used, whole.sizes[whole.wave[survey.group[used[0]]], mine])


def sampling_of_rows(survey: Survey, used: NDArray[np.intp], every: NDArray[np.intp] | None = None) -> Sampling:
    """How some rows, by their positions in the survey, were drawn; as a domain where there are ``every (H,)`` units."""
    sampling = Sampling.of(
        len(used),
        None if survey.strata is None else survey.strata[used],
        None if survey.cluster is None else survey.cluster[used],
        None if survey.fpc is None else survey.fpc[used],
    )
    sampling = sampling if every is None else sampling.among(every)
    return sampling if survey.strata is None else sampling.settled(survey.model.data.design.lone_strata)


def _linearised(
    task: Task, method: Linearised, one: Fitted, sampling: Sampling, among: RakedGroup | None, pool: Executor | None
) -> Part:
    se, df = _linearised_se(task, one, sampling, among, pool)
    if task.tick is not None:
        task.tick(1)
    return Part(symmetric(one.point, se, method.level, df), Tally(one.group.key), df)


def _jackknife(
    task: Task, method: Jackknife, one: Fitted, sampling: Sampling, among: RakedGroup | None, pool: Executor | None
) -> Part:
    group = one.group
    plan = _deleting(task, group, sampling, among)
    done = _left_out(task, one, sampling, among, plan, pool, task.tick)
    tally = _tally(task, group, done)
    variance, df = _jackknife_variance(done.values, sampling, among)
    ends = symmetric(one.point, np.sqrt(variance), method.level, df)
    may_share = task.survey.cluster is not None or task.survey.panel is not None
    left_out = done.values if task.rule == "fiml" and may_share and among is None else None
    return Part(ends, tally, df, unmet=unmet_of(plan), left_out=left_out)


def _given(task: Task, method: ReplicateWeights, one: Fitted, pool: Executor | None) -> Part:
    group = one.group
    factors = task.survey.replicate_factors(group.used)
    scale, rscales = replicate_scale(task.model.data.replicate_weights, len(factors))
    done = replicate(group.rows, Given(factors), task.rule, task.published, task.tick, pool)
    done = _carried(task, one, done, lambda failed: Given(1 + LESSENED * (factors[failed] - 1)), pool)
    tally = _tally(task, group, done)
    se = np.sqrt(replicate_variance(one.point, done.values, scale, rscales))
    df = float(np.linalg.matrix_rank(factors * group.rows.unit_weights) - 1)
    moves = np.nan_to_num(done.values - one.point)[:, task.compared] * np.sqrt(rscales)[:, None]
    return Part(symmetric(one.point, se, method.level, df), tally, df, moves=moves)


def _bootstrap(
    task: Task, method: Bootstrap, one: Fitted, sampling: Sampling, among: RakedGroup | None, pool: Executor | None
) -> Part:
    group = one.group
    drawn = sampling if among is None else among.sample.sampling
    simple = _simple(task.survey, group, sampling)
    plan = _plan(method, task.survey, group, drawn, simple if among is None else drawn.simple)
    anew = reraked(task.survey, group, plan, among)
    done = replicate(group.rows, anew, task.rule, task.published, task.tick, pool)
    skew, errors = None, None
    if method.interval == "bca":
        without = _left_out(task, one, sampling, among, _deleting(task, group, sampling, among), pool).values
        if among is None:
            skew = acceleration(pseudo_totals(without, sampling), sampling.copies)
        else:
            skew = among.acceleration(without)
    if method.interval == "studentised" and not isinstance(plan, Poisson):
        inside = replicate_errors(group.rows, plan, sampling, task.rule, task.near, task.tick, pool, task.desk)
        errors = _linearised_se(task, one, sampling, among, pool)[0], inside
    ends = interval(one.point, done.values, method.level, method.interval, skew, errors)
    few, unmet = few_units(sampling, simple), unmet_of(anew)
    return Part(ends, _tally(task, group, done), draws=done.values[:, task.index], few=few, unmet=unmet)


def _linearised_se(
    task: Task, one: Fitted, sampling: Sampling, among: RakedGroup | None, pool: Executor | None
) -> tuple[Floats, Floats]:
    """Standard errors and their degrees of freedom ``(Q,)``."""
    group, numbers = one.group, len(one.point)
    slopes = slopes_at(task.near, one.moments, one.chain(), task.rule, sampling.units, numbers, task.desk)
    if among is not None:
        variance, df = among.linearised_variance(one.moments, task.rule, slopes, numbers)
        return np.sqrt(variance), df
    known = known_margins(task.survey, group)
    variance, df = linearised_variance(group.rows, one.moments, task.rule, sampling, slopes, known, pool)
    return np.sqrt(variance), df


def _left_out(
    task: Task, one: Fitted, sampling: Sampling, among: RakedGroup | None, plan: Plan, pool: Executor | None,
    tick: Tick | None = None,
) -> Replications:  # fmt: skip
    """Every unit left out once; raked weights are raked anew, as `plan` says."""
    group = one.group
    if among is None and margins_of(task.survey, group) is None:
        done = jackknife(group.rows, sampling, task.rule, task.published, tick, pool)
    else:
        done = replicate(group.rows, plan, task.rule, task.published, tick, pool)

    def partly(failed: NDArray[np.intp]) -> Plan:
        if among is not None:
            return among.without(failed, LESSENED)
        return reraked(task.survey, group, LessenUnit(sampling, failed, LESSENED))

    return _carried(task, one, done, partly, pool)


def _deleting(task: Task, group: Group, sampling: Sampling, among: RakedGroup | None) -> Plan:
    """Every unit left out once, of the whole sample where the weights were raked there."""
    return reraked(task.survey, group, DeleteUnit(sampling)) if among is None else among.without()


def _jackknife_variance(values: Floats, sampling: Sampling, among: RakedGroup | None) -> tuple[Floats, Floats]:
    return jackknife_variance(values, sampling) if among is None else among.jackknife_variance(values)


def _carried(
    task: Task, one: Fitted, done: Replications, partly: Callable[[NDArray[np.intp]], Plan], pool: Executor | None
) -> Replications:
    """Replicates that failed, gone :data:`LESSENED` of the way from the sample, and what that moves carried on.

    Where there is no fit without a unit, numbers hang on it more than on others: leaving the replicate out would leave
    the largest part of the error out.  (Fay's method lessens half-samples for the same reason: Judkins 1990.)

    Parameters
    ----------
    partly : callable
        Gives the plan of the replicates at some places ``(R,)``, gone part of the way.
    """
    failed = np.flatnonzero(fatal(task.model, done.status))
    if not len(failed) or len(done.status) - len(failed) < 2:
        return done
    part = replicate(one.group.rows, partly(failed), task.rule, task.published, None, pool).values
    values, carried = done.values.copy(), one.point + (part - one.point) / LESSENED
    values[failed] = np.where(np.isnan(values[failed]), carried, values[failed])
    return Replications(values, done.status)


def _simple(survey: Survey, group: Group, sampling: Sampling) -> bool:
    """Whether respondents are drawn one by one: clusters that were added up are no respondents."""
    if not isinstance(survey, SummedSurvey) or survey.units_of != "clusters":
        return sampling.simple
    return sampling.simple and survey.parts.given[group.members].max(initial=0) <= 1


def _plan(
    method: Bootstrap, survey: Survey, group: Group, sampling: Sampling, simple: bool
) -> Multinomial | Poisson | Clustered:
    """Draws of one group; the stream comes from the group's name, so that other groups do not change it.

    All respondents together, or a wave, that are the rows of one group have its draws: one interval for the same rows.
    """
    key = survey.drawn_as.get(group.key, group.key)
    stream = stream_of(key) if key else 0
    if method.draw == "poisson":
        return Poisson(len(sampling.unit), method.replicates, method.seed, stream)
    if simple:
        return Multinomial(len(sampling.unit), method.replicates, method.seed, stream)
    return Clustered(sampling, method.replicates, method.seed, stream)


def _tally(task: Task, group: Group, done: Replications) -> Tally:
    failed: Bools = fatal(task.model, done.status)
    return Tally.of(group.key, done, failed)
