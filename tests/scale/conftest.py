"""Servers and clusters of the tests' own; where a program is not here, its tests are skipped and say so."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import postgres
import pytest

if TYPE_CHECKING:
    from engines import Holder


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """How to connect to a server of PostgreSQL."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if postgres.programs() is None:
        pytest.skip("there is no PostgreSQL server here")
    if os.getuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("a PostgreSQL server does not run as root, and there is no user postgres")
    with postgres.server() as found:
        yield found


@pytest.fixture(scope="session")
def session() -> Iterator[Any]:
    """A session of Spark with two workers on this machine, in little memory."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: pip install 'csimodels[spark]'")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("there is no Java runtime here")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "localhost").config("spark.sql.shuffle.partitions", "2")
    # tables of some hundred rows: compiling and planning for large ones would be most of the time
    builder = builder.config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    builder = builder.config("spark.sql.codegen.wholeStage", "false").config("spark.sql.adaptive.enabled", "false")
    opened = builder.config("spark.driver.memory", "512m").getOrCreate()
    opened.sparkContext.setLogLevel("ERROR")
    yield opened
    opened.stop()


@pytest.fixture
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Holder]:
    """What puts a frame where an engine has it; the parameter is the name of the engine."""
    import engines
    import large

    kind, opened = request.param, []

    def put(frame: pd.DataFrame) -> tuple[Any, str]:
        if kind == "duckdb":
            return large.write(frame, tmp_path / "interviews.parquet"), ", engine: duckdb"
        if kind == "dask":
            dask = pytest.importorskip("dask.dataframe")
            return dask.from_pandas(frame, npartitions=3), ""
        if kind == "spark":
            files = engines.halves(frame, tmp_path / "halves")
            return request.getfixturevalue("session").read.parquet(*map(str, sorted(files.iterdir()))), ""
        if kind == "postgresql":
            opened.append(engines.in_postgresql(frame, request.getfixturevalue("address")))
        else:
            opened.append(engines.in_sqlite(frame))
        import csimodels as cs

        return cs.Query(opened[-1], "select * from interviews"), ""

    yield put
    for connection in opened:
        connection.close()
