"""Every engine that leaves the rows where they lie, and how a test gives it a survey."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import large
import pandas as pd

import csimodels as cs

#: What counts and sums: DuckDB of a file, a database by its connection, a cluster of its own collection.
NAMES = ("duckdb", "sqlite", "postgresql", "dask", "spark")
#: A frame -> what a study is given, and what its spec says of the engine.
Holder = Callable[[pd.DataFrame], tuple[Any, str]]


def in_sqlite(frame: pd.DataFrame) -> sqlite3.Connection:
    """A database of SQLite with the frame as the table `interviews`."""
    connection = sqlite3.connect(":memory:")
    frame.to_sql("interviews", connection, index=False)
    return connection


def in_duckdb(frame: pd.DataFrame) -> Any:
    """The same in DuckDB."""
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("create table interviews as select * from frame")
    return connection


def in_postgresql(frame: pd.DataFrame, address: str) -> Any:
    """The same on a server of PostgreSQL."""
    import psycopg

    connection = psycopg.connect(address)
    kinds = {"f": "double precision", "i": "integer"}
    columns = ", ".join(f'"{name}" {kinds.get(frame[name].dtype.kind, "text")}' for name in frame)
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists interviews")
        cursor.execute(f"create table interviews ({columns})")
        with cursor.copy("copy interviews from stdin") as copy:
            for row in frame.itertuples(index=False):
                copy.write_row([None if pd.isna(cell) else cell for cell in row])
    connection.commit()
    return connection


def halves(frame: pd.DataFrame, folder: Path) -> Path:
    """The frame as two Parquet files in one folder."""
    folder.mkdir(exist_ok=True)
    half = len(frame) // 2
    for k, part in enumerate((frame[:half], frame[half:])):
        large.write(part, folder / f"{k}.parquet")
    return folder


def run(given: tuple[Any, str], folder: Path, data: str, rest: str) -> cs.Result:
    """One study of what an engine was given."""
    rows, engine = given
    return cs.Study(large.spec(folder, f"{data}{engine}", rest), rows).run()
