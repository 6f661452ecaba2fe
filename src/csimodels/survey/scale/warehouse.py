"""Rows of another database that are counted and summed there: only sums travel."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.spec.model import DataSpec
from csimodels.survey.column_names import sound_names
from csimodels.survey.files.state import file_hash
from csimodels.survey.scale.dialects import DUCKDB, POSTGRESQL, SQLITE, Dialect, dialect_of
from csimodels.survey.scale.refusals import refused
from csimodels.survey.scale.relation import Relation
from csimodels.survey.scale.source import matching_files
from csimodels.survey.scale.spool import (
    Connection,
    Query,
    database_errors,
    sqlite_file,
    sqlite_table,
)
from csimodels.survey.table import Source, no_rows

#: Types of PostgreSQL that are read, and what DuckDB calls them.
_POSTGRESQL = {
    "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "real": "DOUBLE", "double precision": "DOUBLE",
    "numeric": "DOUBLE", "text": "VARCHAR", "character varying": "VARCHAR", "character": "VARCHAR",
}  # fmt: skip
#: Whole numbers of at most 15 digits are labels that a float tells apart.
_LARGEST = 10**15 - 1
#: What the cells of a column of SQLite are, the wider ones later.
_SQLITE = ("INTEGER", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR", "BLOB")


class BringOver(Exception):
    """The database cannot do a check: rows are brought over to DuckDB instead.

    Parameters
    ----------
    reason : what it cannot do.
    """

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Warehouse(Relation):
    """Rows that another database holds: queries go there in its own dialect.

    Attributes
    ----------
    tidied : dict
        SQL of a text -> SQL of that text without blanks and unseen characters at its ends, letters composed.
    """

    tidied: dict[str, str] = field(default_factory=dict)

    def _run(self, cursor: Any, sql: str) -> Any:
        try:
            cursor.execute(self.dialect.sql(sql))
        except DataError:
            raise
        except database_errors(self.connection) as error:
            raise refused(sql, error) from error
        return cursor

    def rows(self, sql: str, merge: str, most: int | None = None) -> list[tuple[Any, ...]]:
        """Rows of an answer."""
        with _cursor(self.connection) as cursor:
            return [tuple(row) for row in self._run(cursor, sql).fetchall()]

    def columns(self, sql: str) -> dict[str, Any]:
        """Columns of an answer as masked arrays."""
        with _cursor(self.connection) as cursor:
            found = self._run(cursor, sql).fetchall()
            names = [str(column[0]) for column in cursor.description]
        cells = np.empty((len(found), len(names)), dtype=object)
        for i, row in enumerate(found):
            cells[i] = row
        return {name: np.ma.array(cells[:, k], mask=_empty(cells[:, k])) for k, name in enumerate(names)}

    def chunks(self, sql: str, rows: int) -> Iterator[Any]:
        """An answer piece by piece; nothing of it is kept."""
        with _slow_cursor(self.connection) as cursor:
            self._run(cursor, sql)
            while part := cursor.fetchmany(rows):
                names = [str(column[0]) for column in cursor.description]
                yield pd.DataFrame([tuple(row) for row in part], columns=pd.Index(names))

    @contextmanager
    def in_order(self, exact: bool) -> Iterator[None]:
        """The order of addition is the database's own."""
        yield

    def tidy(self, column: str) -> str:
        """SQL of a column as tidy text: the database is told of every text that is not."""
        if self.dialect is DUCKDB:
            return super().tidy(column)
        raw = self.text(column)
        if raw not in self.tidied:
            changed = [(text, plain) for text, plain, _, _ in self.texts(column) if text != plain]
            branches = "".join(f" when {raw} = {_text(text)} then {_text(plain)}" for text, plain in changed)
            self.tidied[raw] = f"case{branches} else {raw} end" if changed else raw
        return self.tidied[raw]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _empty(cells: Any) -> list[bool]:
    return [cell is None for cell in cells]


@contextmanager
def _cursor(connection: Any) -> Iterator[Any]:
    """What a question is asked of; a cursor of DuckDB would not know registered frames and temporary tables."""
    if dialect_of(connection) is DUCKDB:
        yield connection
        return
    with closing(connection.cursor()) as cursor:
        yield cursor


@contextmanager
def _slow_cursor(connection: Any) -> Iterator[Any]:
    """One that does not fetch everything at once: PostgreSQL wants a name for it."""
    if dialect_of(connection) is POSTGRESQL:
        with closing(connection.cursor(name="csimodels_rows", withhold=True)) as cursor:
            yield cursor
        return
    with _cursor(connection) as cursor:
        yield cursor


def warehouse(query: Query, file: Path | None = None) -> Warehouse | None:
    """The rows of a query where they lie; None where this kind of database is not asked in SQL.

    Parameters
    ----------
    file : the file of the database, where it is one.

    Raises
    ------
    DataError
        The database refuses the query, or it gives no row.
    """
    connection = query.plain
    dialect = dialect_of(connection)
    if dialect is None:
        return None
    scan = f"({query.sql.strip().rstrip(';')}) as rows_"
    types = _types(connection, dialect, query.sql, scan)
    label = "query" if file is None else file.name
    files = () if file is None else (file,)
    names, notes = sound_names(list(types), label)
    place = ("cast(null as varchar)", "row_number() over ()")
    kinds = dict(zip(names, types.values(), strict=True))
    raw = dict(zip(names, types, strict=True))
    done = Warehouse(connection, scan, kinds, raw, Source("query", label), place, notes, dialect=dialect)
    n_rows = int(done.rows(f"select count(*) from {scan}", "+")[0][0])
    if not n_rows:
        raise no_rows(label, len(names))
    digest = "" if file is None else file_hash(file)
    source = Source("query" if file is None else "sqlite", label, digest, n_rows=n_rows, n_columns=len(names))
    return replace(done, source=source, files=files)


def sqlite_warehouse(path: Path, spec: DataSpec) -> Warehouse:
    """A table of an SQLite file, which SQLite itself counts and sums."""
    file = matching_files(path)[0]
    with ExitStack() as refused_file:
        connection = refused_file.enter_context(closing(sqlite_file(file)))
        done = warehouse(sqlite_table(connection, file, spec), file)
        assert done is not None
        weakref.finalize(done, refused_file.pop_all().close)
    return done


def _types(connection: Connection, dialect: Dialect, sql: str, scan: str) -> dict[str, str]:
    """Columns of a query with their types, as DuckDB would call them."""
    with _cursor(connection) as cursor:
        try:
            cursor.execute(f"select * from {scan} limit 1")
            names = [str(column[0]) for column in cursor.description or ()]
            first = cursor.fetchmany(1)
            if not first:
                raise DataError(Problem("the query gives no row", remedy="check the query and the table"))
            if dialect is DUCKDB:
                cursor.execute(f"describe select * from {scan}")
                return {str(row[0]): str(row[1]) for row in cursor.fetchmany(len(names))}
            cursor.execute(f"select {', '.join(map(_type_sql(dialect), names))} from {scan}{_once(dialect)}")
            found = cursor.fetchmany(1)[0]
        except DataError:
            raise
        except database_errors(connection) as error:
            raise refused(sql, error) from error
    if dialect is SQLITE:
        return dict(zip(names, (_SQLITE[int(code or 0)] for code in found), strict=True))
    return dict(zip(names, (_POSTGRESQL.get(str(name), str(name).upper()) for name in found), strict=True))


def _type_sql(dialect: Dialect) -> Any:
    if dialect is not SQLITE:
        return lambda name: f"pg_typeof({_name(name)})"
    kinds = "when 'real' then 3 when 'text' then 4 when 'blob' then 5"

    def widest(name: str) -> str:
        column = _name(name)
        whole = f"when 'integer' then case when {column} between -{_LARGEST} and {_LARGEST} then 1 else 2 end"
        return f"max(case typeof({column}) {whole} {kinds} else 0 end)"

    return widest


def _once(dialect: Dialect) -> str:
    return "" if dialect is SQLITE else " limit 1"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def refuse_other_types(relation: Relation, columns: Sequence[str]) -> None:
    """Have rows brought over where a column is neither numbers nor texts.

    Raises
    ------
    BringOver
    """
    if relation.dialect is DUCKDB:
        return
    for name in columns:
        if not relation.is_number(name) and relation.types[name] != "VARCHAR":
            raise BringOver(Message('column "{column}" is of the type {kind}', column=name, kind=relation.types[name]))
