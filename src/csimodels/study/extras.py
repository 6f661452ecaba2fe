"""Numbers made from extra columns beside the model: shares, scores, gaps, with the errors of every group and method.

Whoever wants such numbers makes an :class:`Extras` and hands it to :func:`csimodels.study.estimation.estimate`.  The
net promoter score (Reichheld 2003) of an item, from two columns::

    there = ~np.isnan(answer)
    columns = np.column_stack([there, np.where(answer >= 9, 1.0, np.where(answer <= 6, -1.0, 0.0)) * there])
    nps = Extras(("there", "balance"), columns, ("NPS",), lambda mean, model: 100 * mean[..., 1:] / mean[..., :1])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from csimodels.desk.shares import end_interval, logit_interval
from csimodels.infer import Interval, Near, ReplicateWeights, Statistic, beside, silent
from csimodels.infer.desk import Joined
from csimodels.infer.pool import mapped, worker_pool
from csimodels.moments import ExtraSums, Key, Moments, Rows, SummedRows, Sums, chunks
from csimodels.moments.linalg import Floats
from csimodels.study.group_errors import Task
from csimodels.study.groups import Group
from csimodels.study.settings import Uncertainty
from csimodels.study.uncertainty import Around, around, design_df, no_intervals
from csimodels.survey import Survey
from csimodels.survey.scale.cross_tables import Everyone
from csimodels.survey.scale.summed_survey import SummedSurvey

#: Rows whose columns are made at once.
ROW_BLOCK = 2048


class Columns(Protocol):
    """Numbers of every respondent ``(n, e)``, by rows: an array, or what makes them when rows are asked for."""

    def __getitem__(self, rows: NDArray[np.intp], /) -> Floats:
        """(k, e) those of some respondents."""
        ...


@runtime_checkable
class MadeOfAnswers(Columns, Protocol):
    """Columns that are made of answers: of a survey of sums they are summed where the respondents lie."""

    def on_answers(self) -> Callable[[Floats], Floats]:
        """What makes them ``(n, e)`` from the answers ``(n, k)`` of respondents to all items; it may travel."""
        ...

    def of_parts(self) -> tuple[Everyone, Floats]:
        """All respondents of every part, and the weighted sums of the columns ``(K, e)``."""
        ...


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Columns of several tables, one after the other; put together for the rows that are asked for."""

    parts: tuple[Columns, ...]

    def __getitem__(self, rows: NDArray[np.intp], /) -> Floats:
        """(k, e) those of some respondents."""
        return np.concatenate([part[rows] for part in self.flat()], axis=1)

    def on_answers(self) -> Callable[[Floats], Floats]:
        """What makes them from the answers of respondents to all items."""
        steps = [part.on_answers() for part in self._made()]
        return lambda x: np.concatenate([make(x) for make in steps], axis=1)

    def of_parts(self) -> tuple[Everyone, Floats]:
        """All respondents of every part, and the weighted sums of the columns."""
        found = [part.of_parts() for part in self._made()]
        return found[0][0], np.concatenate([sums for _, sums in found], axis=1)

    def _made(self) -> list[MadeOfAnswers]:
        return [part for part in self.flat() if isinstance(part, MadeOfAnswers)]

    def flat(self) -> Iterator[Columns]:
        """The tables, those of tables side by side one by one: all are put together once."""
        for part in self.parts:
            if isinstance(part, SideBySide):
                yield from part.flat()
            else:
                yield part


@dataclass(frozen=True, eq=False)
class Extras:
    """Columns that join the sums, and the numbers made from their weighted means.

    Attributes
    ----------
    names : (e,)
        Names of the columns.
    columns : (n, e)
        Finite numbers, one row for every respondent of the survey, in its order.  A missing answer is 0, and a column
        of its own says who answered: a share is the mean of the indicator over the mean of the presence.
    quantities : (Q2,)
        Names of the numbers.
    values : function
        ``values(means, model)`` gives the numbers ``(*B, Q2)`` from the means of the columns ``(*B, e)`` and the
        published numbers of the model ``(*B, Q)`` in the order of ``Layout.blocks``; smooth, for any batch axes.
    uses_model : bool
        Whether `values` looks at `model`; where it does not, numbers are there even if the model could not be fitted.
    drawn : positions among the numbers, or None
        Whose replicates are handed on; all by default.  400 groups, 1000 replicates and 300 numbers take 1 GB.
    percentages : positions among the numbers
        Shares of respondents in per cent: an interval made of an error is symmetric on the logit scale, so that it
        stays within 0 and 100 and is right for small shares (Korn & Graubard 1998); percentiles of replicates stay.
    balances : positions among the numbers
        Differences of two shares of the same respondents, from -100 to 100 (net promoter scores): likewise, on the
        logit scale of (x + 100)/200.
    bases : pairs of a position among those, or of a share of 1, and columns
        Columns that mark whose share a number is.  Where all of them are alike (a share of 0 or 100, a score of 100),
        limits are made of how many they are (:func:`csimodels.desk.shares.end_interval`).
    """

    names: tuple[str, ...]
    columns: Columns
    quantities: tuple[str, ...]
    values: Callable[[Floats, Floats], Floats]
    uses_model: bool = False
    drawn: tuple[int, ...] | None = None
    percentages: tuple[int, ...] = ()
    balances: tuple[int, ...] = ()
    bases: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def within(self, place: int) -> tuple[float, float] | None:
        """The least and the most that a number can be, where its limits are made on the logit scale."""
        if place in self.percentages:
            return 0.0, 100.0
        return (-100.0, 100.0) if place in self.balances else None

    @property
    def places(self) -> NDArray[np.intp]:
        """Positions of the numbers whose replicates are handed on."""
        return np.arange(len(self.quantities)) if self.drawn is None else np.asarray(self.drawn, dtype=np.intp)

    def attached(self, groups: Sequence[Group]) -> list[Group]:
        """The groups with these columns beside their items."""
        with worker_pool() as pool:
            spread = len(groups) > 1  # the groups over the processors, or the rows of the one group
            attached = partial(self._attached, pool=None if spread else pool)
            done = mapped(pool if spread else None, attached, groups)
            return [replace(group, rows=rows) for group, rows in zip(groups, done, strict=True)]

    def _attached(self, group: Group, pool: Executor | None) -> Rows:
        rows, columns = group.rows, self.columns
        if not isinstance(rows, SummedRows):
            return replace(rows, extra=_in_blocks(columns, group.members, pool), extra_names=self.names)
        assert isinstance(columns, MadeOfAnswers)
        return replace(rows, beside=self._of(group), extra_names=self.names, of_answers=columns.on_answers())

    def alone(self, groups: Sequence[Group]) -> list[Group]:
        """The groups with these columns and no items: every respondent counts, and no covariance is formed."""
        out = []
        for group in groups:
            if isinstance(group.rows, SummedRows):
                out.append(replace(group, rows=self._without_items(group)))
                continue
            blank = np.empty((len(group.members), 0))
            rows = Rows((), blank, blank[:0].sum(axis=0), group.rows.weights, "complete")
            out.append(replace(group, rows=rows))
        return self.attached(out)

    @cached_property
    def _of_parts(self) -> tuple[Everyone, Floats]:
        assert isinstance(self.columns, MadeOfAnswers)
        return self.columns.of_parts()

    def _of(self, group: Group) -> ExtraSums:
        """Sums of the columns over the respondents of every part of a group."""
        (every, wx), at = self._of_parts, group.members
        return ExtraSums(self.names, every.n[at], every.w[at], every.ww[at], wx[at])

    def _without_items(self, group: Group) -> SummedRows:
        """The parts of a group with all their respondents and no items."""
        every, at = self._of_parts[0], group.members
        none = np.empty((len(at), 0))
        sums = Sums((), none[0], every.n[at], every.w[at], every.ww[at], none, none[:, :, None][:, :, :0])
        return SummedRows.of(sums, none[0], round(float(every.n[at].sum())), "complete")

    def contributions(self, group: Group, mean: Floats) -> Floats:
        """(n, e) what each respondent of a group (of sums each part) adds to the means of the columns."""
        if isinstance(group.rows, SummedRows):
            own = self._of(group)
            return np.asarray((own.wx - own.w[:, None] * mean) / own.w.sum())
        weights = np.ones(len(group.members)) if group.rows.weights is None else group.rows.weights
        return np.asarray((weights / weights.sum())[:, None] * (self.columns[group.members] - mean))

    @staticmethod
    def joined(parts: Sequence[Extras]) -> Extras:
        """Several of the same survey as one, numbers one after the other: one pass over the replicates serves all."""
        length = np.cumsum([0, *(len(part.quantities) for part in parts)])
        columns = np.cumsum([0, *(len(part.names) for part in parts)])
        values = Joined(
            tuple(part.values for part in parts),
            tuple(len(part.names) for part in parts),
            tuple(part.uses_model for part in parts),
        )
        return Extras(
            tuple(name for part in parts for name in part.names),
            SideBySide(tuple(part.columns for part in parts)),
            tuple(name for part in parts for name in part.quantities),
            values,
            any(part.uses_model for part in parts),
            tuple(int(start + k) for part, start in zip(parts, length, strict=False) for k in part.places),
            tuple(int(start + k) for part, start in zip(parts, length, strict=False) for k in part.percentages),
            tuple(int(start + k) for part, start in zip(parts, length, strict=False) for k in part.balances),
            tuple(
                (int(start + k), tuple(int(first + c) for c in whose))
                for part, start, first in zip(parts, length, columns, strict=False)
                for k, whose in part.bases
            ),
        )


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
    """

    quantities: tuple[str, ...]
    keys: tuple[Key, ...]
    value: Floats
    errors: Interval
    df: Floats
    sums: ExtraSums
    drawn: NDArray[np.intp]
    draws: Floats | None = None

    @cached_property
    def n_eff(self) -> Floats:
        """(G,) Kish's effective number of respondents, those that the missing rule leaves out included."""
        return np.asarray(self.sums.w**2 / self.sums.ww)


def _in_blocks(columns: Columns, rows: NDArray[np.intp], pool: Executor | None) -> Floats:
    """(k, e) columns of some respondents, made block by block so that a block stays in the processor's cache."""
    first = columns[rows[:ROW_BLOCK]]
    if len(rows) <= ROW_BLOCK:
        return first
    out = np.empty((len(rows), first.shape[1]))
    out[:ROW_BLOCK] = first

    def fill(ends: tuple[int, int]) -> None:
        out[slice(*ends)] = columns[rows[slice(*ends)]]

    for _ in mapped(pool, fill, chunks(len(rows), ROW_BLOCK, ROW_BLOCK)):
        pass
    return out


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
    parts = (extras.quantities, keys, numbers, own.errors, own.df, sums, extras.places, own.draws)
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
        own=0,
        tick=None,
    )
    return around(desk, method, groups, moments, value).part(slice(size, None), slice(None))


def _always(statistic: Statistic, point: Moments) -> Statistic:
    """A statistic that is the same near any moments."""
    return statistic
