"""Many rows x 24 items x 200 companies in a Parquet file: a whole study beside plain aggregates of DuckDB.

Run: ``python benchmarks/bench_scale.py [rows in millions ...]`` (0.01, 1 and 10 where left out).  The file is made in
a temporary folder.  The code is compiled once beforehand, as for somebody who has run csimodels before.  Every
measurement is a process of its own, whose peak memory is its largest resident size; DuckDB has a limit of 1 GB in all
of them.  The row for 50 million respondents is extrapolated from the last two sizes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer import machine, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

COMPANIES = 200
SPEC = """csi: 1
extends: ecsi
data: {{file: "{file}", engine: duckdb, by: company, weight: w, missing_codes: [98]}}
uncertainty: {{method: {method}}}
"""


def make(rows: int, path: Path, items: list[str]) -> None:
    """Whole answers 1 to 10 with a common factor; 2 % of one item are missing."""
    import duckdb

    common = "((hash(i * 7919 + 13) % 1000) * 0.005)"
    cells = [
        f"cast(1 + floor({common} + (hash(i * 31 + {k}) % 1000) * 0.005) as tinyint) as {q}"
        for k, q in enumerate(items)
    ]
    cells[3] = f"case when hash(i * 3) % 50 > 0 then {cells[3].rpartition(' as ')[0]} end as {items[3]}"
    beside = (
        f"cast(hash(i * 17) % {COMPANIES} as smallint) as company, 0.5 + (hash(i * 11) % 1000) / 1000.0::double as w"
    )
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '1GB'; set preserve_insertion_order = false")
        connection.execute(
            f"copy (select {', '.join(cells)}, {beside} from range({rows}) t(i)) to '{path}' (format parquet)"
        )


def aggregate(path: Path, items: list[str]) -> None:
    """The mean of every item by company: what reading the columns once takes."""
    run(path, ", ".join(f"sum(w * {q})" for q in items))


def moments(path: Path, items: list[str]) -> None:
    """The same sums as the study, written by hand in floating point, missing answers not told apart."""
    z = [f"coalesce({q} - 5.5, 0)" for q in items]
    single = [f"sum(w * {a})" for a in z]
    pairs = [f"sum(w * {a} * {b})" for i, a in enumerate(z) for b in z[i:]]
    run(path, ", ".join(["sum(w)", *single, *pairs]))


def run(path: Path, sums: str) -> None:
    """One aggregate by company."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '1GB'")
        connection.execute(f"select company, {sums} from '{path}' group by company").fetchall()


def study(path: Path, method: str) -> None:
    """Checks, sums, 201 fits and all tables of the index, paths and drivers."""
    import csimodels as cs

    spec = path.with_suffix(".yaml")
    spec.write_text(SPEC.format(file=path.name, method=method))
    result = cs.Study(spec).run()
    assert len(result.index()) == 7 * COMPANIES
    result.paths(), result.drivers()


def child(what: str, path: Path) -> None:
    """One measurement: seconds and MiB."""
    import csimodels as cs

    items = list(cs.load_model("ecsi").item_names)
    if what == "make":
        make(int(sys.argv[4]), path, items)
    start, processor = time.perf_counter(), time.process_time()
    if what == "aggregate":
        aggregate(path, items)
    elif what == "moments":
        moments(path, items)
    elif what.startswith("study"):
        study(path, what.partition("=")[2])
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(seconds, time.process_time() - processor, used.ru_maxrss / 1024)


def measured(what: str, path: Path, rows: int = 0) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and MiB of one process."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own["PYTHONPYCACHEPREFIX"] = str(path.parent / "bytecode")
    command = [sys.executable, __file__, "--child", what, str(path), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=own)
    wall, processor, memory = done.stdout.split()
    return float(wall), float(processor), float(memory)


WORK = {
    "aggregate": "DuckDB: weighted sum of every item by company",
    "moments": "DuckDB: the 325 weighted sums by company, by hand, floating point",
    "study=none": "csimodels: checks, exact sums, 201 fits, tables",
}
HEAD = ["rows", "work", "time", "processor", "peak memory", "times the plain read (processor)"]


def main() -> None:
    """Print the table."""
    sizes = [float(a) for a in sys.argv[1:]] or [0.01, 1.0, 10.0]
    print(machine())
    found: dict[tuple[float, str], tuple[float, float, float]] = {}
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / "survey.parquet"
            measured("make", path, int(size * 1e6))
            if size == sizes[0]:
                measured("study=none", path)
            for what, title in WORK.items():
                wall, processor, memory = found[size, what] = measured(what, path)
                plain = found[size, "aggregate"]
                ratio = f"{wall / plain[0]:.2f} ({processor / plain[1]:.2f})"
                rows.append([f"{size:g} million", title, shown(wall), shown(processor), f"{memory:.0f} MiB", ratio])
    if len(sizes) > 1:
        rows.append(projected(sizes, found))
    print(table(HEAD, rows))


def projected(sizes: list[float], found: dict[tuple[float, str], tuple[float, float, float]]) -> list[str]:
    """The row for 50 million respondents: a straight line through the last two sizes."""
    (a, b), what = sizes[-2:], "study=none"
    wall, processor = (found[b, what][k] + (found[b, what][k] - found[a, what][k]) / (b - a) * (50 - b) for k in (0, 1))
    memory = f"{found[b, what][2]:.0f} MiB"
    return ["50 million", "csimodels (extrapolated, not measured)", shown(wall), shown(processor), memory, ""]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
