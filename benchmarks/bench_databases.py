"""A survey in SQLite, PostgreSQL, DuckDB and in pieces of Dask: a whole study beside the plain read of the same rows.

Run: ``python benchmarks/bench_databases.py [thousands of rows]`` (200 where left out).  24 items, 50 companies.
The plain read is one weighted sum of each item by company, asked of the same database.  PostgreSQL is started in a
folder of its own, and left out where there is none.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peer import machine, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "scale")]
import duckdb  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

import csimodels as cs  # noqa: E402

SPEC = "csi: 1\nextends: ecsi\ndata: {{by: company, weight: w{more}}}\nuncertainty: {{method: none}}\n"


def answers(rows: int) -> pd.DataFrame:
    """Answers 1 to 10 with a common factor."""
    rng, items = np.random.default_rng(3), cs.load_model("ecsi").item_names
    common = rng.standard_normal(rows)[:, None]
    x = np.clip(np.rint(5.5 + 1.6 * (common + rng.standard_normal((rows, len(items))))), 1, 10).astype(int)
    beside = {"company": rng.integers(0, 50, rows), "w": np.round(rng.uniform(0.5, 2, rows), 3)}
    return pd.DataFrame(x, columns=pd.Index(items)).assign(**beside)


def timed(work: Callable[[], object]) -> float:
    """Wall seconds; databases are processes of their own."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def postgresql(frame: pd.DataFrame) -> Iterator[Any]:
    """A server with the rows."""
    import postgres
    import psycopg

    with postgres.server() as address, psycopg.connect(address) as connection:
        kinds = ", ".join(f'"{n}" {"double precision" if n == "w" else "smallint"}' for n in frame)
        with connection.cursor() as cursor:
            cursor.execute(f"create table interviews ({kinds})")
            with cursor.copy("copy interviews from stdin") as copy:
                for row in frame.itertuples(index=False):
                    copy.write_row(row)
        connection.commit()
        yield connection


def row(name: str, folder: Path, data: object, plain: Callable[[], object], more: str = "") -> list[str]:
    """One line of the table."""
    (folder / "study.yaml").write_text(SPEC.format(more=more), encoding="utf-8")
    study = cs.Study(folder / "study.yaml", data)  # type: ignore[arg-type]
    whole, read = timed(lambda: study.run().index()), timed(plain)
    return [name, shown(whole), shown(read), f"{whole / read:.1f}"]


def main() -> None:
    """Print the table."""
    import postgres

    frame = answers(int(float(sys.argv[1]) * 1000) if len(sys.argv) > 1 else 200_000)
    sums = ", ".join(f'sum(w * "{name}")' for name in frame.columns[:24])
    sql = f"select company, {sums} from interviews group by company"
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lite = sqlite3.connect(folder / "a.sqlite")
        frame.to_sql("interviews", lite, index=False)
        query = "select * from interviews"
        found.append(row("memory", folder, frame, lambda: frame.groupby("company").sum()))
        found.append(row("SQLite", folder, cs.Query(lite, query), lambda: lite.execute(sql).fetchall()))
        lite.close()
        duck = duckdb.connect(str(folder / "a.duckdb"))
        duck.register("frame", frame)
        duck.execute("create table interviews as select * from frame")
        found.append(row("DuckDB", folder, cs.Query(duck, query), lambda: duck.execute(sql).fetchall()))
        duck.close()
        if postgres.programs():
            with postgresql(frame) as pg:
                found.append(row("PostgreSQL", folder, cs.Query(pg, query), lambda: pg.execute(sql).fetchall()))
        from dask import dataframe

        parts = dataframe.from_pandas(frame, npartitions=8)
        by_company = lambda: parts.groupby("company").sum().compute()  # noqa: E731
        found.append(row("Dask, 8 pieces, threads", folder, parts, by_company))
    print(machine())
    print(table(["rows held by", "whole study", "weighted sum of every item", "times"], found))


if __name__ == "__main__":
    main()
