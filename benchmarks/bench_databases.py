"""A survey in SQLite, PostgreSQL, DuckDB and in pieces of Dask: a whole study beside the plain read of the same rows.

Run: ``python benchmarks/bench_databases.py [thousands of rows]`` (200 where left out).  24 items, 50 companies.
The plain read is one weighted sum of each item by company, asked of the same database.  Every measurement is a process
of its own; processor time and peak memory are those of that process, and of the server where there is one.  PostgreSQL
is started in a folder of its own, and left out where there is none.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from peer import machine, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "scale")]
import duckdb  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

import csimodels as cs  # noqa: E402

SPEC = "csi: 1\nextends: ecsi\ndata: {by: company, weight: w}\nuncertainty: {method: none}\n"
QUERY = "select * from interviews"
HELD = {"memory": "memory", "sqlite": "SQLite", "duckdb": "DuckDB, by a query", "postgresql": "PostgreSQL",
        "dask": "Dask, 8 pieces, threads"}  # fmt: skip
HEAD = ["rows held by", "work", "time", "processor", "of it server", "times plain read", "peak memory", "server"]


def answers(rows: int) -> pd.DataFrame:
    """Answers 1 to 10 with a common factor."""
    rng, items = np.random.default_rng(3), cs.load_model("ecsi").item_names
    common = rng.standard_normal(rows)[:, None]
    x = np.clip(np.rint(5.5 + 1.6 * (common + rng.standard_normal((rows, len(items))))), 1, 10).astype(int)
    beside = {"company": rng.integers(0, 50, rows), "w": np.round(rng.uniform(0.5, 2, rows), 3)}
    return pd.DataFrame(x, columns=pd.Index(items)).assign(**beside)


def plain_sql() -> str:
    """One weighted sum of each item by company."""
    sums = ", ".join(f'sum(w * "{name}")' for name in cs.load_model("ecsi").item_names)
    return f"select company, {sums} from interviews group by company"


def stored(folder: Path, rows: int, address: str) -> None:
    """The rows in every kind of database."""
    frame = answers(rows)
    with duckdb.connect(str(folder / "a.duckdb")) as duck:
        duck.register("frame", frame)
        duck.execute("create table interviews as select * from frame")
        duck.execute(f"copy interviews to '{folder / 'a.parquet'}' (format parquet)")
        duck.execute(f"copy interviews to '{folder / 'a.csv'}' (header false)")
    with closing(sqlite3.connect(folder / "a.sqlite")) as lite:
        frame.to_sql("interviews", lite, index=False)
    if address:
        import psycopg

        kinds = ", ".join(f'"{n}" {"double precision" if n == "w" else "smallint"}' for n in frame)
        with psycopg.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(f"create table interviews ({kinds})")
            with cursor.copy("copy interviews from stdin (format csv)") as copy, (folder / "a.csv").open("rb") as file:
                while some := file.read(2**20):
                    copy.write(some)


@contextmanager
def opened(kind: str, folder: Path, address: str) -> Iterator[tuple[Any, Callable[[], object], int]]:
    """What a study is given, the plain read of it, and the process of the server (0: none)."""
    sql = plain_sql()
    if kind == "sqlite":
        with closing(sqlite3.connect(folder / "a.sqlite")) as lite:
            yield cs.Query(lite, QUERY), lambda: lite.execute(sql).fetchall(), 0
    elif kind == "duckdb":
        with duckdb.connect(str(folder / "a.duckdb"), config={"memory_limit": "1GB"}) as duck:
            yield cs.Query(duck, QUERY), lambda: duck.execute(sql).fetchall(), 0
    elif kind == "postgresql":
        import psycopg

        with psycopg.connect(address) as pg:
            yield cs.Query(pg, QUERY), lambda: pg.execute(sql).fetchall(), pg.info.backend_pid
    else:
        frame = pd.read_parquet(folder / "a.parquet")
        by = frame.groupby("company")
        if kind == "memory":
            yield frame, by.sum, 0
        else:
            from dask import dataframe

            parts = dataframe.from_pandas(frame, npartitions=8)
            yield parts, lambda: parts.groupby("company").sum().compute(), 0


def of_server(process: int) -> tuple[float, float]:
    """Processor seconds of a server's process with its helpers that have ended, and its largest size in MiB."""
    if not process:
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    own = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    parent = Path(f"/proc/{own[1]}/stat").read_text().rpartition(")")[2].split()
    return (sum(map(int, own[11:13])) + sum(map(int, parent[13:15]))) / ticks, largest(process)


def largest(process: int) -> float:
    """Largest resident size of a process so far, in MiB (what `getrusage` says begins with that of the parent)."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def child(what: str, kind: str, folder: Path, address: str) -> None:
    """One measurement: seconds, processor seconds, those of the server, MiB of both."""
    with opened(kind, folder, address) as (data, plain, server):
        before, start, own = of_server(server)[0], time.perf_counter(), time.process_time()
        if what == "plain":
            plain()
        else:
            cs.Study(folder / "study.yaml", data).run().index()
        wall, used = time.perf_counter() - start, time.process_time() - own
        there, size = of_server(server)
        print(wall, used, there - before, largest(os.getpid()), size)


def measured(what: str, kind: str, folder: Path, address: str) -> list[float]:
    """What a process of its own says of itself."""
    command = [sys.executable, __file__, "--child", what, kind, str(folder), address]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(value) for value in done.stdout.split()]


def lines(kind: str, folder: Path, address: str) -> list[list[str]]:
    """The lines of one kind."""
    found = {what: measured(what, kind, folder, address) for what in ("plain", "study")}
    out, base = [], sum(found["plain"][1:3])
    for what, (wall, own, there, memory, size) in found.items():
        name = "the plain read" if what == "plain" else "whole study"
        beside = [shown(there), f"{size:.0f} MiB"] if size else ["", ""]
        out.append([HELD[kind], name, shown(wall), shown(own + there), beside[0], f"{(own + there) / base:.1f}",
                    f"{memory:.0f} MiB", beside[1]])  # fmt: skip
    return out


def main() -> None:
    """Print the table."""
    import postgres

    rows = int(float(sys.argv[1]) * 1000) if len(sys.argv) > 1 else 200_000
    found: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "study.yaml").write_text(SPEC, encoding="utf-8")
        if postgres.programs():
            with postgres.server() as address:
                stored(folder, rows, address)
                for kind in HELD:
                    found += lines(kind, folder, address)
        else:
            stored(folder, rows, "")
            for kind in HELD:
                found += lines(kind, folder, "") if kind != "postgresql" else []
    print(machine())
    print(f"{rows:,} rows")
    print(table(HEAD, found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])
    else:
        main()
