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

from csimodels.infer.desk import Joined
from csimodels.moments import ExtraSums, Rows, SummedRows, Sums, chunks
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped, worker_pool
from csimodels.study.groups import Group
from csimodels.survey.scale.cross_tables import Everyone

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
        if any(isinstance(group.rows, SummedRows) for group in groups):
            return [replace(group, rows=self._attached(group, None)) for group in groups]  # one connection, few sums
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
