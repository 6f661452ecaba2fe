"""Rows that a database holds as one relation, and how it is asked for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.spelling import UNSEEN_ENDS, tidy, unspaced
from csimodels.survey.files.state import refuse_changed
from csimodels.survey.scale.dialects import DUCKDB, Dialect
from csimodels.survey.scale.refusals import cause
from csimodels.survey.table import LogEntry, Source

T = TypeVar("T")
#: What a frame in memory is called in SQL.
FRAME = "frame"
#: Column with the numbers of the rows of texts that are kept for all questions, through all files.
ROW = "csimodels_row"

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_UNSIGNED = tuple(f"U{name}" for name in _NUMBERS[:5])
#: Types of whole numbers.
INTEGERS = (*_NUMBERS[:4], *_UNSIGNED[:3])
#: Whole numbers that may have more digits than a double holds.
_LONG = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT")


@dataclass(frozen=True, eq=False)
class Relation:
    """Rows that a database holds, and how it is asked for them.

    Attributes
    ----------
    connection : DuckDB connection
    scan : SQL of the rows, to stand behind ``from``.
    types : column -> type, as the database calls it; ``raw`` gives a column its name in the database.
    source, notes : where the rows come from, and what had to be done to read them.
    place : SQL of the file and of the number of a row in it (from 1), both may be NULL.
    comma_decimal : whether ``7,5`` may be read as 7.5.
    dialect : what the database speaks.
    in_pieces : whether each part of the rows is asked for itself, and the answers are put together.
    long : column -> whether it is known to hold numbers that a double does not.
    states : of the files when they were opened, as :func:`~csimodels.survey.files.state.file_state` has them.
    """

    connection: Any
    scan: str
    types: Mapping[str, str]
    raw: Mapping[str, str]
    source: Source
    place: tuple[str, str]
    notes: tuple[LogEntry, ...] = ()
    comma_decimal: bool = False
    files: tuple[Path, ...] = ()
    held: object = field(default=None, repr=False)
    dialect: Dialect = DUCKDB
    in_pieces: bool = False
    states: tuple[tuple[int, int, int], ...] = ()
    long: dict[str, bool] = field(default_factory=dict, repr=False)

    def refuse_changed(self) -> None:
        """Raise a `DataError` where a file is no longer as it was opened: every pass has to see the same rows."""
        for file, state in zip(self.files, self.states, strict=False):
            refuse_changed(file, state)

    @property
    def names(self) -> tuple[str, ...]:
        """Columns in the order of the source."""
        return tuple(self.types)

    @cached_property
    def rows_of_files(self) -> Mapping[str, int]:
        """Rows of each file by its path, counted when they are first asked for."""
        with reading(self.source.name):
            found = self.connection.execute(f"select filename, count(*) from {self.scan} group by 1").fetchall()
        return {path: int(n) for path, n in found}

    @property
    def file_starts(self) -> Mapping[str, int]:
        """Rows before those of each file, by its name, where rows are numbered through several files."""
        through = self.place[1] == ROW or "over" in self.place[1]
        if len(self.files) < 2 or not through:
            return {}
        rows = [self.rows_of_files.get(str(path), 0) for path in self.files]
        return {path.name: sum(rows[:k]) for k, path in enumerate(self.files)}

    def rows(self, sql: str, merge: str, most: int | None = None) -> list[tuple[Any, ...]]:
        """Rows of an answer.

        Parameters
        ----------
        sql : str
        merge : how answers of parts of the rows become the answer of all, a letter for each column: ``k`` rows with
            the same such cells are one, ``+`` added, ``<`` the least, ``>`` the greatest.
        most : rows of the answer, in the order of their ``k`` cells, where the query limits them.
        """
        with reading(self.source.name):
            found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found

    def first(self, sql: str) -> tuple[Any, ...]:
        """The row of an answer for which some of the rows suffice."""
        return self.rows(sql, "")[0]

    def different(self, sql: str, most: int) -> int:
        """How many rows a query gives, at most `most`."""
        return int(self.rows(f"select count(*) from ({sql} limit {most})", "+")[0][0])

    def columns(self, sql: str) -> dict[str, Any]:
        """Columns of an answer as (masked) arrays: keys ``k0 ...``, and sums, which answers of parts add up to."""
        with reading(self.source.name):
            found: dict[str, Any] = self.connection.execute(sql).fetchnumpy()
        return found

    def chunks(self, sql: str, rows: int) -> Iterator[Any]:
        """An answer piece by piece, about `rows` rows at a time, in the order of the source."""
        with reading(self.source.name):
            cursor = self.connection.cursor()
            if self.scan == FRAME:  # a frame is known to the connection that it was given to
                cursor.register(FRAME, self.held)
            cursor.execute(sql)
            while len(part := cursor.fetch_df_chunk(max(1, rows // 2048))):
                yield part

    def gone_through(self, sql: str, rows: int, work: Callable[[Iterator[Any]], T], merge: Callable[[list[T]], T]) -> T:
        """What `work` makes of an answer, which it is given piece by piece; nothing of it is kept.

        Parameters
        ----------
        merge : puts together what was made of parts of the rows, where several workers have them.
        """
        return merge([work(self.chunks(sql, rows))])

    @contextmanager
    def in_order(self, exact: bool) -> Iterator[None]:
        """Sums that are not exact are formed in one order: by a single thread."""
        threads = int(self.connection.execute("select current_setting('threads')").fetchall()[0][0])
        try:
            self.connection.execute(f"set threads = {threads if exact else 1}")
            yield
        finally:
            self.connection.execute(f"set threads = {threads}")

    def tidy(self, column: str) -> str:
        """SQL of a column as text with letters composed, without blanks and characters of no width at the ends."""
        return f"nfc_normalize(trim({self.text(column)}, {literal(UNSEEN_ENDS)}))"

    def texts(self, column: str) -> list[tuple[str, str, str, int]]:
        """Different texts of a column: as they are, tidy, without blanks at the ends; and how often each occurs."""
        found = self.rows(f"select {self.text(column)} as t, count(*) from {self.scan} group by 1", "k+")
        return [(text, tidy(text), unspaced(text), int(n)) for text, n in found if text is not None]

    def is_number(self, column: str) -> bool:
        """Whether a column holds numbers by its type."""
        kind = self.types[column]
        return "[" not in kind and is_number_type(kind)

    def is_long(self, column: str) -> bool:
        """Whether a column may hold whole numbers that a double does not; its ends are asked for once."""
        if self.types[column] not in _LONG:
            return False
        if self.in_pieces:  # a round of tasks would cost more than labels as texts
            return True
        if column not in self.long:
            name = quoted(self.raw[column])
            ends = self.rows(f"select min({name}), max({name}) from {self.scan}", "")[0]
            self.long[column] = any(end is not None and abs(int(end)) >= 2**53 for end in ends)
        return self.long[column]

    def number(self, column: str) -> str:
        """SQL of a column of numbers."""
        return f"cast({quoted(self.raw[column])} as double)"

    def text(self, column: str) -> str:
        """SQL of a column as text."""
        return f"cast({quoted(self.raw[column])} as varchar)"


@contextmanager
def reading(label: str) -> Iterator[None]:
    """Errors of the database in words.

    Raises
    ------
    DataError
    """
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        what = Message("the database needs more memory than the limit allows")
        remedy = "raise memory_limit under data, or group by fewer columns"
        raise DataError(Problem(what, label, remedy=remedy)) from error
    except duckdb.Error as error:
        what = Message("{path} cannot be read by {engine}", path=label, engine="DuckDB")
        remedy = "check that the file is complete and has the suffix of its kind; if it is damaged, write it again"
        raise DataError(Problem(what, found=cause(error), remedy=remedy)) from error


def is_number_type(kind: str) -> bool:
    """Whether a type of DuckDB is one of numbers."""
    return kind.startswith((*_NUMBERS, *_UNSIGNED))


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float) -> str:
    """A text or number in SQL."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"cast('{value!r}' as double)" if not float(value).is_integer() else f"{value:.1f}"
