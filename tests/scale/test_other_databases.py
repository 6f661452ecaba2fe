"""Rows of SQLite, PostgreSQL and DuckDB give the numbers of the memory engine."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("duckdb")
import duckdb
import large

import csimodels as cs
from csimodels.errors import DataError
from csimodels.survey.scale.spool import bring_over

REST = "missing_codes: [98], weight: w, by: bank"


@pytest.fixture
def expected(tmp_path: Path) -> pd.DataFrame:
    large.write(large.answers(), tmp_path / "a.parquet")
    return cs.Study(large.spec(tmp_path, f"file: a.parquet, {REST}, engine: memory")).run().index()


def index_of(folder: Path, data: object, where: str = REST, method: str = "none") -> pd.DataFrame:
    return cs.Study(large.spec(folder, where, f"uncertainty: {{method: {method}}}"), data).run().index()


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-12)


def test_sqlite(expected: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csimodels.survey.scale.spool.PIECE_ROWS", 90)  # columns widen from piece to piece
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    large.answers().to_sql("interviews", connection, index=False)
    connection.execute("create table other (a integer)")
    same(index_of(tmp_path, cs.Query(connection, "select * from interviews")), expected)
    connection.close()
    same(index_of(tmp_path, None, f"file: a.sqlite, table: interviews, {REST}"), expected)
    with pytest.raises(DataError, match="several tables"):
        index_of(tmp_path, None, f"file: a.sqlite, {REST}")
    errors = index_of(tmp_path, None, f"file: a.sqlite, table: interviews, {REST}", "linearised")
    rows = index_of(tmp_path, tmp_path / "a.parquet", REST, "linearised")
    pd.testing.assert_frame_equal(errors, rows, rtol=1e-8, atol=1e-8)


def test_a_disk_that_takes_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("csimodels.survey.scale.spool.tempfile.mkdtemp", lambda prefix: str(tmp_path / "gone" / prefix))
    with duckdb.connect() as connection, pytest.raises(DataError, match=r"cannot be kept in .*gone\n.*\n.*TMPDIR"):
        bring_over(connection, iter([pd.DataFrame({"a": [1]})]))


def test_a_query_that_is_wrong_or_empty(tmp_path: Path) -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(DataError, match="refuses the query"):
        index_of(tmp_path, cs.Query(connection, "select * from nowhere"))
    with pytest.raises(DataError, match="no row"):
        index_of(tmp_path, cs.Query(connection, "select 1 as IM1 where 1 = 0"))
    connection.close()


def test_duckdb_by_its_own_connection(expected: pd.DataFrame, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        same(index_of(tmp_path, cs.Query(connection, f"select * from '{tmp_path / 'a.parquet'}'")), expected)


def test_the_row_of_a_query(tmp_path: Path) -> None:
    frame = large.answers().copy()
    frame.loc[388, "IM2"] = 17.0
    connection = sqlite3.connect(":memory:")
    frame.to_sql("interviews", connection, index=False)
    with pytest.raises(DataError, match="row 389"):
        index_of(tmp_path, cs.Query(connection, "select * from interviews"))
    connection.close()
