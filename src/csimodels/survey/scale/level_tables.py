"""Answers of every two items counted by their levels, part by part: what polychoric correlations are made of.

The respondents are gone through once, block by block, and their weights added in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.polychoric import MOST_LEVELS, Tables, add_counts, codes_of, mirrored
from csimodels.survey.scale.cross_tables import CrossTables
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.refusals import changed_rows
from csimodels.survey.scale.summed_survey import Chunk, SummedSurvey

#: Memory that the tables of all parts may take.
TABLES_BYTES = 2**29


def with_level_tables(survey: SummedSurvey) -> SummedSurvey:
    """A survey with the answers of each item that occur, and tables of them where these are few.

    Raises
    ------
    DataError
        The tables of so many parts do not fit into memory.
    """
    tables = survey.tables
    assert isinstance(tables, CrossTables) and survey.stream is not None
    levels = tuple(_levels(judged, tables) for judged in tables.items[: len(survey.model.item_names)])
    if max(map(len, levels)) > MOST_LEVELS:  # such items are refused with their number of answers
        return replace(survey, told_levels=levels)
    width = sum(map(len, levels))
    if 8 * survey.n * width**2 > TABLES_BYTES:
        _refuse_many_parts(survey, width)
    complete = survey.parts.sums.form == "complete"
    counts, occur, strange = survey.stream.reduced(_Pass(levels, survey.n, complete), _added)
    if strange:
        raise changed_rows(survey.source.name)
    whole = Tables(levels, mirrored(counts))
    if not occur.all():
        ends = np.cumsum([len(values) for values in levels])[:-1]
        levels = tuple(values[there] for values, there in zip(levels, np.split(occur, ends), strict=True))
        whole = Tables(levels, whole.counts[:, occur][:, :, occur])
    parts = replace(survey.parts, sums=replace(survey.parts.sums, tables=whole))
    return replace(survey, parts=parts, told_levels=levels)


def _levels(judged: Judged, tables: CrossTables) -> Floats:
    """Answers to an item, ascending; of few also those of rows that are not used, of many all that are."""
    if 0 < len(judged.values) <= MOST_LEVELS:
        given = sum(judged.item.scale) - judged.values if judged.item.reverse else judged.values
    else:
        given = tables.distinct((judged.item.name,))[0][:, 0]
    return np.unique(given[~np.isnan(given)])


def _refuse_many_parts(survey: SummedSurvey, width: int) -> None:
    what = Message("polychoric correlations take so many tables of answers that they do not fit into memory")
    found = Message("{n} levels of all items in {parts} parts", n=width, parts=survey.n)
    allowed = Message("at most {n} parts", n=TABLES_BYTES // (8 * width**2))
    remedy = "group by fewer columns, name larger clusters, join levels (values:), or write engine: memory"
    raise DataError(Problem(what, "data", found, allowed, remedy))


#: Counts ``(K, M, M)`` of the parts, which of the levels occur ``(M,)``, and whether an answer is none of them.
_Counted = tuple[Floats, Bools, bool]


@dataclass(frozen=True, eq=False)
class _Pass:
    """Counts of respondents; it travels to the workers of a cluster.

    Attributes
    ----------
    complete : whether respondents with a hole are left out.
    """

    levels: tuple[Floats, ...]
    parts: int
    complete: bool

    def __call__(self, chunks: Iterator[Chunk]) -> _Counted:
        p, sizes = len(self.levels), [len(values) for values in self.levels]
        counts, occur = np.zeros((self.parts, sum(sizes), sum(sizes))), np.zeros(sum(sizes), dtype=bool)
        start, strange = np.cumsum([0, *sizes[:-1]]), False
        for x, weights, part in chunks:
            try:
                codes = codes_of(x[:, :p], self.levels)
            except ValueError:
                strange = True
                continue
            for first, own in zip(start, codes, strict=True):
                occur[first + np.unique(own[own >= 0])] = True
            if self.complete:
                kept = (codes >= 0).all(axis=0)
                codes, part = codes[:, kept], part[kept]
                weights = None if weights is None else weights[kept]
            add_counts(counts, codes, self.levels, weights, part)
        return counts, occur, strange


def _added(found: Sequence[_Counted]) -> _Counted:
    total, occur, strange = found[0]
    for counts, there, wrong in found[1:]:
        total, occur, strange = total + counts, occur | there, strange or wrong
    return total, occur, strange
