"""Numbers made from extra columns, with the errors of every group and method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from csimodels.desk.shares import end_interval, logit_interval
from csimodels.infer import Interval, Near, ReplicateMoves, ReplicateWeights, Statistic, beside, silent
from csimodels.moments import ExtraSums, Key, Moments
from csimodels.moments.linalg import Floats
from csimodels.study.extras import Extras
from csimodels.study.group_errors import Task
from csimodels.study.groups import Group
from csimodels.study.settings import Uncertainty
from csimodels.study.uncertainty import Around, around, design_df, no_intervals
from csimodels.survey import Survey
from csimodels.survey.scale.summed_survey import SummedSurvey


@dataclass(frozen=True, eq=False)
class ExtraEstimates:
    """Numbers of `Extras` for ``G`` groups; ``value, se, low, high, p, df`` are ``(G, Q2)``, NaN without intervals.

    Attributes
    ----------
    quantities, keys
        Names of the numbers; keys of the groups.
    sums : ExtraSums
        Of the columns, ``(G, e)``, with rows ``n (G,)`` and weights of every respondent.
    drawn : (K,)
        Positions of the numbers that have replicates.
    draws : (G, R, K) or None
        Their replicates, in the order of those of the index; None for methods without random replicates.
    moves : ReplicateMoves or None
        How given replicate weights move them.
    """

    quantities: tuple[str, ...]
    keys: tuple[Key, ...]
    value: Floats
    errors: Interval
    df: Floats
    sums: ExtraSums
    drawn: NDArray[np.intp]
    draws: Floats | None = None
    moves: ReplicateMoves | None = None

    @cached_property
    def n_eff(self) -> Floats:
        """(G,) Kish's effective number of respondents, those that the missing rule leaves out included."""
        return np.asarray(self.sums.w**2 / self.sums.ww)


def with_extras(
    task: Task, method: Uncertainty | None, groups: Sequence[Group], moments: Moments, value: Floats, extras: Extras
) -> tuple[Around, ExtraEstimates]:
    """Intervals of the model's numbers ``value (G, Q)`` and of the extras.

    Both come from one pass with the same replicates or influences.  Where the missing rule leaves rows out, or a group
    has no fit, the extras take a second pass of their own over every respondent, so that the intervals of the model are
    those of a run without extras.
    """
    beside_items = extras.attached(groups)
    sums = ExtraSums.stack([found for g in beside_items if (found := g.rows.extra_sums()) is not None])
    means = sums.wx / sums.w[:, None]
    numbers = extras.values(means, value)
    spread, own = no_intervals(value), no_intervals(numbers)
    if method is not None:
        whole = not any(g.rows.left_out for g in beside_items) and not np.isnan(value).all(axis=1).any()
        both, moments = np.hstack([value, numbers]), replace(moments, extra=means)
        if whole:
            spread, own = _together(task, method, beside_items, moments, both, extras)
        else:
            spread = around(task, method, groups, moments, value)
            every = beside_items if extras.uses_model else extras.alone(groups)
            own = _apart(task, method, every, moments, both, extras)
        if extras.percentages or extras.balances or extras.bases:
            known = isinstance(method, ReplicateWeights)
            df = own.df if known else np.asarray([[design_df(task, method, g)] for g in groups]) + 0 * numbers
            if own.draws is None:
                for at, least in ((extras.percentages, 0.0), (extras.balances, -100.0)):
                    own = _of_shares(own, numbers, at, df, (least, method.level))
            if extras.bases:
                plain = not known and plain_sample(task.survey)
                own = _at_ends(own, numbers, (extras, sums), df, (method.level, plain))
    keys = tuple(group.key for group in groups)
    parts = (extras.quantities, keys, numbers, own.errors, own.df, sums, extras.places, own.draws, own.moves)
    return spread, ExtraEstimates(*parts)


def _of_shares(own: Around, numbers: Floats, at: Sequence[int], df: Floats, asked: tuple[float, float]) -> Around:
    """Intervals of the numbers `at` on the logit scale, by Student's t with `df`, those of the design.

    `asked` are the least that they can be (the most is 100) and the confidence level.  Effective degrees of freedom
    would count the unevenness of a small share twice: it is the skewness that the scale allows for.
    """
    (least, level), width = asked, 100.0 - asked[0]
    e, places = own.errors, np.asarray(at, dtype=np.intp)
    ends = logit_interval((numbers[:, places] - least) / width, e.se[:, places] / width, df[:, places], level)
    made = []
    for old, end in zip((e.low, e.high), ends, strict=True):
        new = old.copy()
        new[:, places] = np.where(np.isnan(end), old[:, places], least + width * end)
        made.append(new)
    freedom = own.df.copy()
    freedom[:, places] = np.where(np.isnan(freedom[:, places]), np.nan, df[:, places])
    return replace(own, errors=Interval(e.se, made[0], made[1], e.p), df=freedom)


def _at_ends(
    own: Around, numbers: Floats, whose: tuple[Extras, ExtraSums], df: Floats, asked: tuple[float, bool]
) -> Around:
    """Limits of shares of 0 and 100 per cent, and of scores at an end, which show no variance.

    `asked` are the confidence level, and whether respondents are a simple unweighted sample.
    """
    (extras, sums), (level, simple), e = whose, asked, own.errors
    places = np.asarray([k for k, _ in extras.bases], dtype=np.intp)
    bounds = np.asarray([extras.within(k) or (0.0, 1.0) for k, _ in extras.bases])
    least, width = bounds[:, 0], bounds[:, 1] - bounds[:, 0]
    there = sums.wx / sums.w[:, None]
    counted = np.stack([there[:, list(columns)].min(axis=1) for _, columns in extras.bases], axis=1)
    n = counted * sums.n[:, None]
    sizes = counted * (sums.w**2 / sums.ww)[:, None], np.rint(n) if simple else n
    ends = end_interval((numbers[:, places] - least) / width, *sizes, df[:, places], level, simple)
    found = ~np.isnan(ends[0]) & ~np.isnan(e.se[:, places])
    made = []
    for end, old in zip(ends, (e.low, e.high), strict=True):
        new = old.copy()
        new[:, places] = np.where(found, least + width * end, old[:, places])
        made.append(new)
    return replace(own, errors=Interval(e.se, made[0], made[1], e.p))


def plain_sample(survey: Survey) -> bool:
    """Whether respondents are a simple unweighted sample."""
    if isinstance(survey, SummedSurvey):
        return not survey.weighted and survey.units_of != "clusters" and survey.strata is None
    return survey.weights is None and survey.cluster is None and survey.strata is None


def _together(
    task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats, extras: Extras
) -> tuple[Around, Around]:
    """One pass for both over groups with the extra columns; ``value (G, Q + Q2)``."""
    size = value.shape[1] - len(extras.quantities)
    index = np.arange(size)[task.index]
    joint = replace(
        task,
        published=beside(task.published, extras.values),
        desk=extras.values,
        index=np.concatenate([index, size + extras.places]),
        compared=np.concatenate([task.compared, size + extras.places]),
        own=size,
    )
    both = around(joint, method, groups, moments, value)
    return both.part(slice(None, size), slice(None, len(index))), both.part(slice(size, None), slice(len(index), None))


def _apart(
    task: Task, method: Uncertainty, groups: Sequence[Group], moments: Moments, value: Floats, extras: Extras
) -> Around:
    """The extras over every respondent of groups with their columns, which have no items where none are needed."""
    size = value.shape[1] - len(extras.quantities)
    statistic, near, rule = task.published, task.near, task.rule
    if not extras.uses_model:
        statistic = silent(size)
        near = Near(partial(_always, statistic))
        rule = "listwise"
        blank = np.empty((len(groups), 0))
        moments = Moments(blank, blank[:, :, None], moments.n, moments.n_eff, (), extra=moments.extra)
    desk = replace(
        task,
        rule=rule,
        published=beside(statistic, extras.values),
        near=near,
        desk=extras.values,
        index=size + extras.places,
        compared=size + extras.places,
        own=0,
        tick=None,
    )
    return around(desk, method, groups, moments, value).part(slice(size, None), slice(None))


def _always(statistic: Statistic, point: Moments) -> Statistic:
    """A statistic that is the same near any moments."""
    return statistic
