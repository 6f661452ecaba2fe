"""Rows of other databases and of partitions: brought over piece by piece into a temporary table on disk."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from csimodels.errors import DataError, Problem, listed, nearest
from csimodels.isolated.damage import fault
from csimodels.messages import Message
from csimodels.spec.model import DataSpec
from csimodels.survey.scale.refusals import cause, refused

#: Rows that are brought over at once.
PIECE_ROWS = 50_000
#: Types of the temporary table, the wider ones later.
_KINDS = ("bigint", "double", "varchar")


class Cursor(Protocol):
    """What is used of a cursor of the DB-API (PEP 249)."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """Name and type of each column."""
        ...

    def execute(self, sql: str, /) -> Any:
        """Run a query."""
        ...

    def fetchmany(self, size: int, /) -> Sequence[Sequence[Any]]:
        """The next rows."""
        ...

    def close(self) -> Any:
        """Let go of the query."""
        ...


class Connection(Protocol):
    """What is used of a connection of the DB-API."""

    def cursor(self) -> Cursor:
        """A new cursor."""
        ...


@dataclass(frozen=True, eq=False)
class Query:
    """Rows of a database as the data of a study.

    Parameters
    ----------
    connection : connection of the DB-API (PEP 249), engine or connection of SQLAlchemy, or backend of Ibis
        SQLite, PostgreSQL and DuckDB form the sums themselves; rows of any other database are brought over.
    sql : str
        The query; only the columns that the model needs should be in it.

    Examples
    --------
    >>> import sqlite3
    >>> from contextlib import closing
    >>> with closing(sqlite3.connect(":memory:")) as connection:
    ...     [list(piece) for piece in Query(connection, "select 1 as SAT1, 2 as SAT2").pieces()]
    [['SAT1', 'SAT2']]
    """

    connection: Any
    sql: str

    @cached_property
    def _held(self) -> Any:
        """The connection that a pool has lent: it must not take it back while it is in use."""
        opened = self.connection
        if hasattr(opened, "raw_connection"):  # of Ibis and an engine of SQLAlchemy
            opened = opened.raw_connection()
        return opened.connection if hasattr(opened, "exec_driver_sql") else opened  # a connection of SQLAlchemy

    @property
    def plain(self) -> Any:
        """The connection of the DB-API that SQLAlchemy (engine or connection) or Ibis (backend) hold."""
        if hasattr(self._held, "driver_connection"):
            return self._held.driver_connection
        return self._held.con if not hasattr(self._held, "cursor") and hasattr(self._held, "con") else self._held

    def pieces(self) -> Iterator[pd.DataFrame]:
        """The rows, some thousands at a time.

        Raises
        ------
        DataError
            The database refuses the query.
        """
        connection = self.plain
        cursor = connection.cursor()
        with closing(cursor):
            try:
                cursor.execute(self.sql)
            except DataError:
                raise
            except database_errors(connection) as error:
                raise refused(self.sql, error) from error
            names = [str(column[0]) for column in cursor.description or ()]
            while rows := cursor.fetchmany(PIECE_ROWS):
                yield pd.DataFrame([tuple(row) for row in rows], columns=pd.Index(names))


def database_errors(connection: object) -> type[Exception]:
    """The class of errors of the module that a connection is of (PEP 249 names it ``Error``)."""
    for name in (type(connection).__module__, type(connection).__module__.split(".")[0]):
        found = getattr(sys.modules.get(name), "Error", None)
        if isinstance(found, type) and issubclass(found, Exception):
            return found
    return DataError


def sqlite_table(connection: sqlite3.Connection, path: Path, spec: DataSpec) -> Query:
    """All rows of a table of an SQLite file.

    Raises
    ------
    DataError
        No such table, or several and none named.
    """
    try:
        kinds = "where type in ('table', 'view')"
        found = connection.execute(f"select name from sqlite_master {kinds} order by 1").fetchall()
    except sqlite3.Error as error:
        what = Message("{path} cannot be read by {engine}", path=path.name, engine="SQLite")
        raise DataError(Problem(what, found=fault(path), remedy="check that the file is complete")) from error
    known = [str(row[0]) for row in found]
    table = table_of(known, spec.table, path.name)
    name = '"' + table.replace('"', '""') + '"'
    return Query(connection, f"select * from {name}")


def sqlite_file(path: Path) -> sqlite3.Connection:
    """A connection that reads an SQLite file."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def sqlite_pieces(path: Path, spec: DataSpec) -> Iterator[pd.DataFrame]:
    """The rows of a table of an SQLite file."""
    with closing(sqlite_file(path)) as connection:
        yield from sqlite_table(connection, path, spec).pieces()


def table_of(known: Sequence[str], asked: str | None, label: str) -> str:
    """The table that is meant.

    Raises
    ------
    DataError
        It is not there, or there are several and none is named.
    """
    if asked is None and len(known) != 1:
        what = "the database holds several tables, and none is named"
        raise DataError(Problem(what, label, listed(known), remedy="write table: NAME under data"))
    table = asked or known[0]
    if table not in known:
        what = Message('there is no table "{table}"', table=table)
        raise DataError(Problem(what, label, listed(known), nearest(table, known), "name a table or view of the file"))
    return table


class Spool:
    """A folder on disk that goes when nothing holds it any more."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="csimodels-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


def _attached(connection: Any) -> Spool:
    """A temporary file, as the database ``spool_`` of a connection."""
    spool = Spool()
    with _kept_in(spool.folder):
        connection.execute(f"attach '{(spool.folder / 'rows.duckdb').as_posix()}' as spool_")
    return spool


def bring_over(connection: Any, pieces: Iterator[pd.DataFrame]) -> Spool:
    """Put pieces into the table ``spool_.rows`` of a temporary file.

    Columns widen from whole numbers to numbers to texts as the pieces ask for it.
    """
    spool = _attached(connection)
    kinds: dict[str, int] = {}
    for piece in pieces:
        with _kept_in(spool.folder):
            _put(connection, piece, kinds)
    if not kinds:
        raise DataError(Problem("the query gives no row", remedy="check the query and the table"))
    return spool


def kept_once(connection: Any, scan: str, row: str) -> Spool | None:
    """Put what DuckDB reads of texts into ``spool_.rows`` of a temporary file: they are taken apart once, not anew for
    every question.

    Parameters
    ----------
    scan : SQL of the rows;  row : column for their numbers, from 1.

    Returns
    -------
    Spool or None
        None where the texts cannot be read as they are.

    Raises
    ------
    DataError
        The disk is full.
    """
    import duckdb

    spool = _attached(connection)
    try:
        connection.execute(f"create table spool_.rows as select *, row_number() over () as {row} from {scan}")
    except duckdb.Error as error:
        if os.strerror(errno.ENOSPC) in str(error):
            with _kept_in(spool.folder):
                raise
        connection.execute("detach spool_")
        return None
    return spool


def _put(connection: Any, piece: pd.DataFrame, kinds: dict[str, int]) -> None:
    """Add a piece to the table, whose columns are of `kinds`."""
    connection.register("piece_", piece)
    now = {name: _kind(piece[name]) for name in piece.columns}
    if not kinds:
        columns = ", ".join(f"{_quoted(name)} {_KINDS[kind]}" for name, kind in now.items())
        connection.execute(f"create table spool_.rows ({columns})")
        kinds |= now
    for name, kind in now.items():
        if kind > kinds[name]:
            connection.execute(f"alter table spool_.rows alter {_quoted(name)} type {_KINDS[kind]}")
            kinds[name] = kind
    connection.execute("insert into spool_.rows select * from piece_")
    connection.unregister("piece_")


@contextmanager
def _kept_in(folder: Path) -> Iterator[None]:
    """What the disk of a temporary folder refuses, in words.

    Raises
    ------
    DataError
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        what = Message("rows that are brought over cannot be kept in {folder}", folder=str(folder.parent))
        full = os.strerror(errno.ENOSPC) in str(error)
        remedy = "make room there, or name another folder in the variable TMPDIR"
        raise DataError(
            Problem(what, found=Message("the disk is full") if full else cause(error), remedy=remedy)
        ) from error


def _kind(column: pd.Series[Any]) -> int:
    """Which of the types a column of a piece needs; one without any value needs the narrowest."""
    if column.isna().all():
        return 0
    kind = column.dtype.kind
    return 0 if kind in "iu" else 1 if kind == "f" else 2


def _quoted(name: object) -> str:
    return '"' + str(name).replace('"', '""') + '"'
