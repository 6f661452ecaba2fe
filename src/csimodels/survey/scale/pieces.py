"""Rows in pieces on a cluster: each piece is asked for itself, and small answers are put together.

Questions are the SQL that DuckDB is asked of a file; a worker asks its own DuckDB of its piece.  Counts and sums of
pieces add up, so that checks, words and sums are those of one file; only these answers travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd

from csimodels.survey.column_names import sound_names
from csimodels.survey.scale.relation import Relation, literal, quoted, reading
from csimodels.survey.scale.source import connect
from csimodels.survey.table import Source, no_rows

T = TypeVar("T")
#: Names and rows of an answer.
Answer = tuple[list[str], list[tuple[Any, ...]]]

#: What a piece is called in SQL, and its column of row numbers (those of the whole collection, or of the file; from 1).
PIECE, NUMBER = "piece_", "csi_number_"
#: Fewest rows of a piece of a large file.
SPAN_ROWS = 1_000_000
#: Answers that are put together at once.
FAN = 8
#: One cell for all that are no numbers: they would be different keys of a dict otherwise.
_NAN = float("nan")


@dataclass(frozen=True)
class Span:
    """Rows of a Parquet file, from 0: those from `start` to before `stop`, or all."""

    path: str
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True, eq=False)
class Piece:
    """Some of the rows, where a worker has them.

    Attributes
    ----------
    number : place of the piece among all.
    rows : frame or table that DuckDB reads; None where they lie in a Parquet file.
    span : where they lie there.
    """

    number: int
    rows: Any = None
    span: Span = Span("")


class Cluster(Protocol):
    """Workers that have the pieces."""

    @property
    def name(self) -> str:
        """What the kind of cluster is called."""
        ...

    @property
    def size(self) -> int:
        """Number of pieces."""
        ...

    def reduced(self, columns: Sequence[str], work: Callable[[Piece], T], merge: Callable[[list[T]], T]) -> T:
        """The answers of all pieces, put together some at a time where the workers are.

        Parameters
        ----------
        columns : columns that a piece needs.
        """
        ...

    def in_turn(self, columns: Sequence[str], work: Callable[[Piece], T]) -> Iterator[T]:
        """The answers of the pieces one after the other, in their order."""
        ...


@cache
def _database(limit: str | None) -> Any:
    """The database of a worker; every question has a cursor of its own, and a thread."""
    connection = connect(limit)
    connection.execute("set threads = 1; set pandas_analyze_sample = 0")
    return connection


@dataclass(frozen=True, eq=False)
class _Question:
    """A query as a worker answers it of its piece.

    Attributes
    ----------
    types : the columns it needs with their types;  made : SQL of those that no file has.
    before : rows in front of each piece.
    """

    sql: str
    types: Mapping[str, str]
    made: Mapping[str, str]
    before: tuple[int, ...]
    limit: str | None
    label: str

    def answer(self, piece: Piece) -> Answer:
        """Names and rows."""
        with reading(self.label), closing(self._opened(piece)) as connection:
            found = connection.execute(self.sql)
            return [str(column[0]) for column in found.description], found.fetchall()

    def frame(self, piece: Piece) -> pd.DataFrame:
        """The same as a frame."""
        with reading(self.label), closing(self._opened(piece)) as connection:
            done: pd.DataFrame = connection.execute(self.sql).df()
            return done

    def _opened(self, piece: Piece) -> Any:
        connection = _database(self.limit).cursor()
        columns = [
            f"cast({self.made.get(name, quoted(name))} as {kind}) as {quoted(name)}"
            for name, kind in self.types.items()
        ]
        if piece.rows is None:
            name = "".join(f"[{c}]" if c in "[*?" else c for c in piece.span.path)
            columns += ["filename", f"file_row_number + 1 as {NUMBER}"]
            scan = f"read_parquet({literal(name)}, filename=true, file_row_number=true)"
            if piece.span.stop is not None:
                scan += f" where file_row_number >= {piece.span.start} and file_row_number < {piece.span.stop}"
        else:
            connection.register("rows_", piece.rows)
            columns.append(f"row_number() over () + {self.before[piece.number]} as {NUMBER}")
            scan = "rows_"
        connection.execute(f"create temp view {PIECE} as select {', '.join(columns)} from {scan}")
        return connection


@dataclass(frozen=True, eq=False)
class Spread(Relation):
    """A relation whose rows a cluster has in pieces.

    Attributes
    ----------
    cluster : Cluster
    before : rows in front of each piece.
    limit : memory that the database of a worker may take.
    made : SQL of columns that no file has, made of the name of the file.
    """

    cluster: Cluster = None  # type: ignore[assignment]
    before: tuple[int, ...] = ()
    limit: str | None = None
    made: Mapping[str, str] = field(default_factory=dict)

    def _question(self, sql: str) -> _Question:
        known = {self.raw[name]: kind for name, kind in self.types.items()}
        types = {name: kind for name, kind in known.items() if quoted(name) in sql} or dict(list(known.items())[:1])
        return _Question(sql, types, self.made, self.before, self.limit, self.source.name)

    def _reduced(self, sql: str, merge: Callable[[list[Answer]], Answer]) -> Answer:
        asked = self._question(sql)
        return merge([self.cluster.reduced(list(asked.types), asked.answer, merge)])

    def rows(self, sql: str, merge: str, most: int | None = None) -> list[tuple[Any, ...]]:
        """Rows of an answer."""
        return self._reduced(sql, partial(_merged, how=merge, most=most))[1]

    def first(self, sql: str) -> tuple[Any, ...]:
        """The greatest numbers that any piece gives."""
        columns = sql.partition(" from ")[0].count("count(")
        return self.rows(sql, ">" * columns)[0]

    def different(self, sql: str, most: int) -> int:
        """How many rows a query gives, at most `most`."""
        n_keys = sql.partition(" from ")[0].count(",") + 1
        return len(self.rows(f"{sql} limit {most}", "k" * n_keys, most))

    def columns(self, sql: str) -> dict[str, Any]:
        """Columns of an answer: whole numbers are added as such, however large, and rounded once."""
        names, rows = self._reduced(sql, _added)
        cells = np.empty((len(rows), len(names)), dtype=object)
        for i, row in enumerate(rows):
            cells[i] = row
        keys = [name.startswith("k") for name in names]
        return {
            name: np.ma.array(cells[:, k], mask=[cell is None for cell in cells[:, k]])
            if key
            else cells[:, k].astype(np.float64)
            for k, (name, key) in enumerate(zip(names, keys, strict=True))
        }

    @contextmanager
    def in_order(self, exact: bool) -> Iterator[None]:
        """Pieces are put together in one order, whoever sums them."""
        yield

    def chunks(self, sql: str, rows: int) -> Iterator[Any]:
        """An answer piece by piece: one at a time travels, and is not kept."""
        asked = self._question(sql)
        for frame in self.cluster.in_turn(list(asked.types), asked.frame):
            for start in range(0, len(frame), rows):
                yield frame.iloc[start : start + rows]

    def gone_through(self, sql: str, rows: int, work: Callable[[Iterator[Any]], T], merge: Callable[[list[T]], T]) -> T:
        """What `work` makes of an answer where the workers have the rows; only that travels."""
        asked = self._question(sql)
        return merge([self.cluster.reduced(list(asked.types), partial(_worked, asked, rows, work), merge)])

    def frames(self) -> Iterator[pd.DataFrame]:
        """All rows, one piece at a time."""
        asked = self._question(f"select {', '.join(quoted(self.raw[name]) for name in self.names)} from {PIECE}")
        yield from self.cluster.in_turn(list(asked.types), asked.frame)


def _worked(asked: _Question, rows: int, work: Callable[[Iterator[Any]], T], piece: Piece) -> T:
    """What `work` makes of the answer of a piece, some rows at a time."""
    frame = asked.frame(piece)
    return work(frame.iloc[start : start + rows] for start in range(0, len(frame), rows))


def _merged(answers: list[Answer], how: str, most: int | None = None) -> Answer:
    """Answers of pieces as one; see :meth:`Relation.rows`.

    >>> _merged([(["k", "n"], [("a", 1), ("b", 2)]), (["k", "n"], [("a", 5)])], "k+")
    (['k', 'n'], [('a', 6), ('b', 2)])
    """
    keys = [i for i, kind in enumerate(how) if kind == "k"]
    rest = [(i, _HOW[kind]) for i, kind in enumerate(how) if kind != "k"]
    found: dict[tuple[Any, ...], list[Any]] = {}
    for _, rows in answers:
        for row in rows:
            key = tuple(_NAN if row[i] != row[i] else row[i] for i in keys)
            known = found.get(key)
            if known is None:
                found[key] = [_NAN if cell != cell else cell for cell in row]
                continue
            for i, together in rest:
                known[i] = together(known[i], row[i])
    done = [tuple(row) for row in found.values()]
    if keys:
        done.sort(key=lambda row: tuple((row[i] is None, row[i] != row[i], _sortable(row[i])) for i in keys))
    return answers[0][0], done[:most]


def _sortable(cell: Any) -> Any:
    return 0 if cell is None or cell != cell else cell


def _plus(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def _least(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else min(a, b)


def _greatest(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else max(a, b)


_HOW: Mapping[str, Callable[[Any, Any], Any]] = {"+": _plus, "<": _least, ">": _greatest}


def _added(answers: list[Answer]) -> Answer:
    """Sums of pieces by their keys, the columns ``k0 ...``."""
    names = answers[0][0]
    return _merged(answers, "".join("k" if name.startswith("k") else "+" for name in names))


def _sizes(piece: Piece) -> list[tuple[int, int]]:
    """Number of a piece and its rows."""
    return [(piece.number, len(piece.rows))]


def _one_list(found: list[list[tuple[int, int]]]) -> list[tuple[int, int]]:
    return [pair for some in found for pair in some]


def spans_of(connection: Any, files: Sequence[Path]) -> tuple[Span, ...]:
    """Parquet files, large ones divided between their row groups: a piece has at least :data:`SPAN_ROWS` rows."""
    out: list[Span] = []
    for file in files:
        sql = "select row_group_num_rows from parquet_metadata(?) where column_id = 0 order by row_group_id"
        with reading(file.name):
            sizes = [int(row[0]) for row in connection.execute(sql, [str(file)]).fetchall()]
        start, stop, own = 0, 0, []
        for size in sizes:
            stop += size
            if stop - start >= SPAN_ROWS:
                own.append(Span(str(file), start, stop))
                start = stop
        if not own:
            out.append(Span(str(file)))
            continue
        out += [*own[:-1], Span(str(file), own[-1].start, stop)] if start < stop else own
    return tuple(out)


def of_files(relation: Relation, cluster: Cluster, limit: str | None, made: Mapping[str, str]) -> Spread:
    """The rows of Parquet files, one piece each; what they hold is known already.

    Parameters
    ----------
    made : SQL of columns that no file has, by their names.
    """
    return replace(_spread(relation, cluster, (relation.place[0], NUMBER), (), limit), made=made)


def of_collection(kinds: Mapping[str, str], cluster: Cluster, label: str, limit: str | None) -> Spread:
    """The rows of a collection, partition by partition.

    Parameters
    ----------
    kinds : column -> type, as DuckDB calls it.
    label : what the collection is called.

    Raises
    ------
    DataError
        There is no row.
    """
    sizes = np.zeros(cluster.size, dtype=np.int64)
    for number, n in cluster.reduced(list(kinds)[:1], _sizes, _one_list):
        sizes[number] = n
    names, notes = sound_names(list(kinds), label)
    if not sizes.sum():
        raise no_rows(label, len(names))
    types = {name: kind for name, kind in zip(names, kinds.values(), strict=True) if name}
    raw = {name: old for name, old in zip(names, kinds, strict=True) if name}
    source = Source(label.split()[0], label, n_rows=int(sizes.sum()), n_columns=len(names))
    plain = Relation(None, PIECE, types, raw, source, ("null", NUMBER), notes)
    return _spread(plain, cluster, plain.place, tuple((np.cumsum(sizes) - sizes).tolist()), limit)


def _spread(
    relation: Relation, cluster: Cluster, place: tuple[str, str], before: tuple[int, ...], limit: str | None
) -> Spread:
    known = {f.name: getattr(relation, f.name) for f in fields(Relation)}
    known |= {"connection": None, "scan": PIECE, "place": place, "in_pieces": True}
    return Spread(**known, cluster=cluster, before=before, limit=limit)
