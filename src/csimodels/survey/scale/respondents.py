"""Respondents where they lie, gone through again: for errors without rows in memory, and for scores written back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.survey.scale.census import Judged
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.pieces import Spread
from csimodels.survey.scale.summed_survey import Chunk, Origin
from csimodels.survey.scale.sums import Parts, table_of_rows
from csimodels.survey.scale.warehouse import Warehouse
from csimodels.survey.table import Ints

#: Rows that are held at once when respondents are gone through again.
CHUNK_ROWS = 65_536


def used_sql(weighted: bool, items: Sequence[Judged]) -> str:
    """SQL of whether a respondent is used: with an answer, and a weight above zero."""
    some = " or ".join(f"x{i} is not null" for i in range(len(items)))
    return f"({some})" + (" and w > 0" if weighted else "")


def origin_of(
    kept: Filter, keys: Sequence[str], weight: tuple[str, float] | None, items: Sequence[Judged], parts: Parts
) -> Origin:
    """SQL of the respondents with their places in the source."""
    file, row = kept.relation.place
    placed = replace(kept.relation, scan=f"(select *, {file} as file_, {row} as row_ from {kept.relation.scan})")
    rows = table_of_rows(
        Filter(placed, kept.notes, kept.conditions), keys, None if weight is None else weight[0], items
    )
    rows = rows.replace("select ", "select file_, row_, ", 1)
    sql = f"select * from ({rows}) where {used_sql(weight is not None, items)}"
    if isinstance(kept.relation, (Warehouse, Spread)):
        return Origin(kept.relation, sql, parts.keys, kept.relation.files)
    return Origin(kept.relation.connection, sql, parts.keys, kept.relation.files)


def stream_of(
    kept: Filter, keys: Sequence[str], weight: tuple[str, float] | None, items: Sequence[Judged], parts: Parts
) -> Callable[[], Iterator[Chunk]]:  # fmt: skip
    """Respondents piece by piece: answers, weights and the part of each.

    Going through them raises a ``DataError`` where they are others than those that were summed.
    """
    place = place_of(parts)
    rows = table_of_rows(kept, keys, None if weight is None else weight[0], items)
    sql = f"select * from ({rows}) where {used_sql(weight is not None, items)}"

    def chunks() -> Iterator[Chunk]:
        seen = 0
        for frame in kept.relation.chunks(sql, CHUNK_ROWS):
            x = np.column_stack([np.asarray(frame[f"x{i}"], dtype=np.float64) for i in range(len(items))])
            own = None if weight is None else np.asarray(frame["w"], dtype=np.float64)
            seen += len(x)
            yield x, own, _part_of(frame, len(keys), place, len(x))
        if seen != parts.given.sum():
            what = Message("the rows changed while they were read")
            found = Message("{n} rows, {before} before", n=seen, before=int(parts.given.sum()))
            remedy = "run it again when nothing is written there"
            raise DataError(Problem(what, kept.relation.source.name, found, remedy=remedy))

    return chunks


def place_of(parts: Parts) -> dict[tuple[Any, ...], int]:
    """Key of every part -> its number."""
    return {key: k for k, key in enumerate(zip(*parts.keys, strict=True))} if parts.keys else {(): 0}


def _part_of(frame: Any, n_keys: int, place: dict[tuple[Any, ...], int], n: int) -> Ints:
    """Number of the part of each row."""
    if not n_keys:
        return np.zeros(n, dtype=np.intp)
    code = np.zeros(n, dtype=np.int64)
    cells = []
    for i in range(n_keys):
        values, own = np.unique(frame[f"k{i}"].astype(object).to_numpy(), return_inverse=True)
        cells.append(values)
        code = code * len(values) + own
    numbers, back = np.unique(code, return_inverse=True)
    found = []
    for number in numbers.tolist():
        key: list[Any] = []
        for values in reversed(cells):
            number, k = divmod(number, len(values))
            key.append(values[k])
        found.append(place[tuple(reversed(key))])
    return np.asarray(found, dtype=np.intp)[back]
