"""A survey of which sums are held and no respondent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd

from csimodels.moments import Rows, SummedRows
from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.cautions.counts import AnswerCounts
from csimodels.survey.columns import Ints
from csimodels.survey.scale.cross_tables import BesideSums
from csimodels.survey.scale.relation import Relation
from csimodels.survey.scale.source import connect
from csimodels.survey.scale.spool import PIECE_ROWS, bring_over
from csimodels.survey.scale.sums import Parts
from csimodels.survey.survey import Survey

T = TypeVar("T")
#: Rows of a part and their weights, ``rows (n, p)``, ``weights (n,)`` or None, and the part of each row ``(n,)``.
Chunk = tuple[Floats, Floats | None, Ints]


class Respondents(Protocol):
    """Respondents of the parts, who can be gone through."""

    @property
    def in_pieces(self) -> bool:
        """Whether the workers of a cluster have them piece by piece."""
        ...

    def reduced(self, work: Callable[[Iterator[Chunk]], T], merge: Callable[[list[T]], T]) -> T:
        """What `work` makes of them piece by piece, put together by `merge` where several workers have them."""
        ...

    def chosen(self, keep: Bools) -> Respondents:
        """Those of some parts, the parts numbered anew."""
        ...


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the respondents of a survey of sums lie.

    Attributes
    ----------
    relation : what they are asked of
    rows : SQL of the respondents that are used: keys ``k0 ...``, answers ``x0 ...``, ``file_`` and ``row_``.
    keys : for each key column the value of every part, as the database has it.
    files : the files, where they are files.
    again : raises a `DataError` where SQL of the respondents, asked of a relation, gives others than were summed.
    elsewhere : whether another database or a cluster has them, and not DuckDB.
    """

    relation: Relation
    rows: str
    keys: tuple[list[Any], ...]
    files: tuple[Path, ...]
    again: Callable[[Relation, str], None]
    elsewhere: bool = False

    @property
    def connection(self) -> Any:
        """Connection of DuckDB, where they are at hand."""
        return self.relation.connection

    def at_hand(self, limit: str | None) -> Origin:
        """The respondents as rows of DuckDB; those of another database are brought over, within a memory `limit`.

        Raises
        ------
        DataError
            They are others than those that were summed.
        """
        done, (asked, rows) = self, (self.relation, self.rows)
        if self.elsewhere:
            connection = connect(limit)
            pieces = (pd.DataFrame(piece) for piece in asked.chunks(rows, PIECE_ROWS))
            held = bring_over(connection, pieces)
            asked.refuse_changed()
            brought = Relation(connection, "spool_.rows", {}, {}, asked.source, asked.place, held=held)
            done = replace(self, relation=brought, rows="select * from spool_.rows", elsewhere=False)
        self.again(done.relation, done.rows)
        return done


@dataclass(frozen=True, eq=False)
class SummedSurvey(Survey):
    """Sums of parts in place of rows: every array along the rows of a :class:`Survey` is along the ``K`` parts here.

    Attributes
    ----------
    parts : Parts
        Sums of the parts.
    units_of : str
        What a part is: ``"rows"`` (it stands for its respondents, who are read again for errors), ``"clusters"``, or
        ``"buckets"`` (random groups of respondents).
    stream : Respondents or None
        The respondents, to be gone through once more; None where only sums are there.
    told : AnswerCounts
        What cautions are made from.
    origin : Origin or None
        Where the respondents lie; None where only sums are there.
    tables : BesideSums
        Sums of columns that sections of the spec ask for.
    weighted : bool
        Whether respondents have weights.
    whole_answers : (k,) bool
        Items, those beside the model included, of which all answers are whole numbers.
    told_levels : tuple of (K_j,) arrays
        `levels`.
    """

    parts: Parts = field(kw_only=True)
    units_of: str = field(kw_only=True)
    stream: Respondents | None = field(kw_only=True, default=None, repr=False)
    told: AnswerCounts = field(kw_only=True)
    origin: Origin | None = field(kw_only=True, default=None, repr=False)
    tables: BesideSums = field(kw_only=True, repr=False)
    weighted: bool = field(kw_only=True)
    whole_answers: Bools = field(kw_only=True)
    told_levels: tuple[Floats, ...] = field(kw_only=True, default=())

    @property
    def levels(self) -> tuple[Floats, ...]:
        """(K_j,) answers of each item that occur, where the spec asks for polychoric correlations; else nothing."""
        return self.told_levels

    @property
    def counted(self) -> AnswerCounts:
        """What cautions are made from."""
        return self.told

    @property
    def respondents(self) -> int:
        """Number of rows used."""
        return int(self.parts.given.sum())

    @property
    def missing(self) -> Ints:
        """(p,) missing answers of every item."""
        return self._missing_of(np.ones(len(self.parts.given), dtype=bool))

    def _missing_of(self, mine: Bools) -> Ints:
        answered = self.parts.answered[mine].sum(axis=0)
        return np.asarray(np.rint(self.parts.given[mine].sum() - answered), dtype=np.intp)

    def unasked(self, group: int) -> Bools:
        """(p,) items that nobody of a group answered."""
        mine = self.group == group if self.by else np.ones(self.n, dtype=bool)
        return np.asarray(self.parts.answered[mine].sum(axis=0) == 0)

    def answered_together(self, group: int) -> Floats:
        """(p, p) weight of the rows of a group that answered both items of a pair."""
        rows = self.rows("pairwise", group if self.by else None)
        return np.asarray(rows.sums().as_pairwise().w)

    @property
    def shift(self) -> Floats:
        """(p,) what was subtracted before sums were formed."""
        return self.parts.sums.shift

    def rows(self, form: str, group: int | None = None) -> Rows:
        """The parts of a group, or all, as rows."""
        part = _taken(self.parts, slice(None) if group is None else _one_piece(np.flatnonzero(self.group == group)))
        return SummedRows.of(part.sums, part.answered.sum(axis=0), int(part.given.sum()), form)

    @property
    def sizes(self) -> Ints:
        """(G,) rows of the groups."""
        return np.bincount(self.group, self.parts.given, minlength=len(self.group_keys)).astype(np.intp)

    def select(self, mask: Bools) -> SummedSurvey:
        """The survey of the parts where `mask` (K,) holds."""
        keep = np.asarray(mask)
        at = np.flatnonzero(keep)
        stream = None if self.stream is None else self.stream.chosen(keep)
        done = super().select(keep)
        assert isinstance(done, SummedSurvey)
        tables = self.tables.chosen(keep)
        return replace(done, parts=_taken(self.parts, at), stream=stream, tables=tables, log=self.log)


def _one_piece(at: Ints) -> slice | Ints:
    """Parts that stand one after the other as a slice, so that their sums are looked at and not copied."""
    if len(at) and at[-1] - at[0] + 1 == len(at):
        return slice(int(at[0]), int(at[-1]) + 1)
    return at


def _taken(parts: Parts, at: Any) -> Parts:
    s = parts.sums
    pairwise = None if s.pairwise is None else replace(s.pairwise, w=s.pairwise.w[at], wx=s.pairwise.wx[at])
    patterns = None if s.patterns is None else s.patterns.at(at)
    if patterns is not None:
        patterns = patterns.some(np.asarray((patterns.w > 0).any(axis=0)))
    arrays = {name: getattr(s, name)[at] for name in ("n_rows", "w", "ww", "wx", "wxx")}
    sums = replace(
        s, **arrays, pairwise=pairwise, patterns=patterns, tables=None if s.tables is None else s.tables.at(at)
    )
    return replace(parts, sums=sums, answered=parts.answered[at], given=parts.given[at], keys=())
