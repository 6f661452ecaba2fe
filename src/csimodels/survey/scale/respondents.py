"""Respondents where they lie, gone through again: for errors without rows in memory, and for scores written back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd

from csimodels.moments.linalg import Bools
from csimodels.survey.columns import Ints
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.found_again import AsSummed, Trace
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.pieces import Spread
from csimodels.survey.scale.relation import Relation
from csimodels.survey.scale.summed_survey import Chunk, Origin
from csimodels.survey.scale.sums import Parts, table_of_rows
from csimodels.survey.scale.warehouse import Warehouse

T = TypeVar("T")
#: Rows that are held at once when respondents are gone through again.
CHUNK_ROWS = 65_536


def used_sql(weighted: bool, items: Sequence[Judged]) -> str:
    """SQL of whether a respondent is used: with an answer, and a weight above zero."""
    some = " or ".join(f"x{i} is not null" for i in range(len(items)))
    return f"({some})" + (" and w > 0" if weighted else "")


def origin_of(
    kept: Filter, keys: Sequence[str], weight: tuple[str, float] | None, items: Sequence[Judged], stream: Stream,
    parts: Parts,
) -> Origin:  # fmt: skip
    """SQL of the respondents of a stream with their places in the source."""
    file, row = kept.relation.place
    placed = replace(kept.relation, scan=f"(select *, {file} as file_, {row} as row_ from {kept.relation.scan})")
    rows = table_of_rows(
        Filter(placed, kept.notes, kept.conditions), keys, None if weight is None else weight[0], items
    )
    rows = rows.replace("select ", "select file_, row_, ", 1)
    sql = f"select * from ({rows}) where {used_sql(weight is not None, items)}"
    elsewhere = isinstance(kept.relation, (Warehouse, Spread))
    return Origin(kept.relation, sql, parts.keys, kept.relation.files, stream.refuse_others, elsewhere)


@dataclass(frozen=True, eq=False)
class Stream:
    """Respondents who are gone through where they lie.

    Attributes
    ----------
    relation : where they lie;  sql : of those that are used;  reading : how a frame of them is read.
    same : what the respondents left when they were summed.
    number : (K,) number of each part among those that are wanted, -1 for the others; None where all are.
    """

    relation: Relation
    sql: str
    reading: Reading
    same: AsSummed
    number: Ints | None = None

    @property
    def in_pieces(self) -> bool:
        """Whether the workers of a cluster have them piece by piece."""
        return self.relation.in_pieces

    def reduced(self, work: Callable[[Iterator[Chunk]], T], merge: Callable[[list[T]], T]) -> T:
        """What `work` makes of the respondents, piece by piece: answers, weights and the part of each.

        Parameters
        ----------
        work : must travel to the workers of a cluster.
        merge : puts together what was made of parts of the respondents.

        Raises
        ------
        DataError
            They are others than those that were summed.
        """
        same = None if self.relation.states else self.same  # files tell by themselves
        traced = _Traced(work, self.reading, self.number, same)
        made, trace = self.relation.gone_through(self.sql, CHUNK_ROWS, traced, _Merging(merge))
        self.relation.refuse_changed()
        if trace is not None:
            self.same.refuse_others(trace)
        return made

    def refuse_others(self, relation: Relation, sql: str) -> None:
        """Raise a `DataError` where SQL of the respondents, asked of a relation, gives others than were summed.

        Files tell by themselves whether they were written to; other rows are gone through.
        """
        if relation.states:
            relation.refuse_changed()
        else:
            replace(self, relation=relation, sql=sql).reduced(_passed_by, _first)

    def chosen(self, keep: Bools) -> Stream:
        """The respondents of some parts, the parts numbered anew."""
        number = np.where(keep, np.cumsum(keep) - 1, -1)
        if self.number is not None:
            number = np.where(self.number >= 0, number[np.maximum(self.number, 0)], -1)
        return replace(self, number=number)


@dataclass(frozen=True, eq=False)
class Reading:
    """How respondents are read from a frame: `items` answers, whether there are weights, and `place` of their keys."""

    items: int
    weighted: bool
    n_keys: int
    place: dict[tuple[Any, ...], int]

    def chunk(self, frame: Any) -> Chunk:
        """Answers, weights and the part of each respondent of a frame."""
        lines = np.empty((self.items, len(frame)))
        for i, line in enumerate(lines):
            line[:] = np.asarray(frame[f"x{i}"], dtype=np.float64)
        x = lines.T
        own = np.asarray(frame["w"], dtype=np.float64) if self.weighted else None
        return x, own, _part_of(frame, self.n_keys, self.place, len(x))


@dataclass(frozen=True, eq=False)
class _Traced(Generic[T]):
    """What is made of respondents, and what they leave where that is asked for."""

    work: Callable[[Iterator[Chunk]], T]
    reading: Reading
    number: Ints | None
    same: AsSummed | None

    def __call__(self, frames: Iterator[Any]) -> tuple[T, Trace | None]:
        trace = None if self.same is None else self.same.nothing()

        def chunks() -> Iterator[Chunk]:
            nonlocal trace
            for frame in frames:
                x, own, part = self.reading.chunk(frame)
                if self.same is not None and trace is not None:
                    trace += self.same.trace((x, own, part))
                if self.number is None:
                    yield x, own, part
                    continue
                mine = self.number[part] >= 0
                yield x[mine], None if own is None else own[mine], self.number[part[mine]]

        return self.work(chunks()), trace


@dataclass(frozen=True, eq=False)
class _Merging(Generic[T]):
    merge: Callable[[list[T]], T]

    def __call__(self, found: list[tuple[T, Trace | None]]) -> tuple[T, Trace | None]:
        traces = [trace for _, trace in found if trace is not None]
        return self.merge([made for made, _ in found]), sum(traces[1:], traces[0]) if traces else None


def _passed_by(chunks: Iterator[Chunk]) -> None:
    """Nothing is made of the respondents but what tells whether they are the same."""
    for _ in chunks:
        pass


def _first(_: list[None]) -> None:
    return None


def stream_of(
    kept: Filter, keys: Sequence[str], weight: tuple[str, float] | None, items: Sequence[Judged], parts: Parts
) -> Stream:
    """The respondents of a survey of sums; the first `items` are those of the model."""
    rows = table_of_rows(kept, keys, None if weight is None else weight[0], items)
    sql = f"select * from ({rows}) where {used_sql(weight is not None, items)}"
    reading = Reading(len(items), weight is not None, len(keys), place_of(parts))
    of_model = items[: len(parts.sums.shift)]
    same = AsSummed.of(parts, of_model, 1.0 if weight is None else weight[1], kept.relation.source.name)
    return Stream(kept.relation, sql, reading, same)


def place_of(parts: Parts) -> dict[tuple[Any, ...], int]:
    """Key of every part -> its number."""
    return {key: k for k, key in enumerate(zip(*parts.keys, strict=True))} if parts.keys else {(): 0}


def _part_of(frame: Any, n_keys: int, place: dict[tuple[Any, ...], int], n: int) -> Ints:
    """Number of the part of each row, -1 for one that is not known."""
    if not n_keys:
        return np.zeros(n, dtype=np.intp)
    code = np.zeros(n, dtype=np.int64)
    cells = []
    for i in range(n_keys):
        own, values = pd.factorize(frame[f"k{i}"], use_na_sentinel=False)
        cells.append(pd.Index(values).astype(object).tolist())
        code = code * len(values) + own
    back, numbers = pd.factorize(code)
    found = []
    for number in numbers.tolist():
        key: list[Any] = []
        for values in reversed(cells):
            number, k = divmod(number, len(values))
            key.append(values[k])
        found.append(place.get(tuple(reversed(key)), -1))
    return np.asarray(found, dtype=np.intp)[back]
