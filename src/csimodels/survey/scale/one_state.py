"""One state of a database for all questions that are asked of it: a transaction around counts and sums."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from csimodels.survey.scale.dialects import POSTGRESQL, SQLITE, dialect_of

#: How a transaction begins that sees one state of the rows until its end.
_BEGIN = {
    SQLITE.name: "begin",
    POSTGRESQL.name: "begin transaction isolation level repeatable read read only",
}


@contextmanager
def one_state(connection: Any) -> Iterator[None]:
    """Let all questions inside see the rows as they are at the first one.

    A transaction that the caller has begun is left as it is.  DuckDB has none here: only this process writes there.

    Parameters
    ----------
    connection : connection of the DB-API
    """
    dialect = dialect_of(connection)
    if dialect is None or dialect.name not in _BEGIN or _begun(connection):
        yield
        return
    begin = _BEGIN[dialect.name]
    if dialect is POSTGRESQL and not connection.autocommit:  # the driver begins by itself
        begin = "set transaction isolation level repeatable read, read only"
    _run(connection, begin)
    try:
        yield
    finally:
        _run(connection, "rollback")  # nothing was written


def _begun(connection: Any) -> bool:
    """Whether a transaction is under way already."""
    if hasattr(connection, "in_transaction"):  # of SQLite
        return bool(connection.in_transaction)
    return bool(connection.info.transaction_status != 0)


def _run(connection: Any, sql: str) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
