"""Many rows x 24 items x 200 companies in a Parquet file: a whole study beside plain aggregates of DuckDB.

Run: ``python benchmarks/bench_scale.py [rows in millions ...]`` (0.01, 1 and 10 where left out).  The file is made in
a temporary folder.  The code is compiled once beforehand, as for somebody who has run csimodels before.  Every
measurement is a process of its own, whose peak memory is its largest resident size; DuckDB has a limit of 1 GB in all
of them.  The row for 50 million respondents is extrapolated from the last two sizes.  One row is of a process that has
run a study before, as in a notebook: the study and the plain read in turns there, the least of three of each.
``--jackknife`` adds the jackknife of 100 random groups of each company, ``--bits`` a look at the sums of one thread and
of all: whether they are the same bits.
"""

from __future__ import annotations

import hashlib
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


def in_turns(path: Path, items: list[str]) -> tuple[float, float, float]:
    """Seconds and processor seconds of a study where all is imported, and processor seconds of the plain read there."""
    import csimodels as cs

    spec = path.with_suffix(".yaml")
    spec.write_text(SPEC.format(file=path.name, method="none"))
    found = []
    for turn in range(4):
        start, processor = time.perf_counter(), time.process_time()
        aggregate(path, items)
        plain, before = time.process_time() - processor, time.process_time()
        start = time.perf_counter()
        result = cs.Study(spec).run()
        result.index(), result.paths(), result.drivers()
        if turn:
            found.append((time.perf_counter() - start, time.process_time() - before, plain))
    wall, own, plain = (min(values) for values in zip(*found, strict=True))
    return wall, own, plain


def bits(path: Path) -> str:
    """A hash of all sums of all parts, formed by one thread and by as many as there are processors."""
    import csimodels as cs
    from csimodels.survey.scale import source

    spec, found = path.with_suffix(".yaml"), []
    spec.write_text(SPEC.format(file=path.name, method="none"))
    for source.THREADS in (1, None):
        survey = cs.Study(spec).survey
        s, whole = survey.parts.sums, hashlib.sha256()  # type: ignore[attr-defined]
        pairs = [] if s.pairwise is None else [s.pairwise.w, s.pairwise.wx]
        for values in (s.n_rows, s.w, s.ww, s.wx, s.wxx, *pairs, survey.parts.answered):  # type: ignore[attr-defined]
            whole.update(values.tobytes())
        found.append(whole.hexdigest())
    return f"one thread {found[0][:16]}, all {found[1][:16]}: {'the same' if found[0] == found[1] else 'DIFFERENT'}"


def child(what: str, path: Path) -> None:
    """One measurement: seconds and MiB."""
    import csimodels as cs

    items = list(cs.load_model("ecsi").item_names)
    if what == "make":
        make(int(sys.argv[4]), path, items)
    elif what == "bits":
        print(bits(path))
        return
    elif what == "turns":
        print(*in_turns(path, items))
        return
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


def said(what: str, path: Path, rows: int = 0) -> str:
    """What a process of its own says."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own["PYTHONPYCACHEPREFIX"] = str(path.parent / "bytecode")
    command = [sys.executable, __file__, "--child", what, str(path), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=own)
    return done.stdout


def measured(what: str, path: Path, rows: int = 0) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and MiB of one process."""
    wall, processor, memory = said(what, path, rows).split()
    return float(wall), float(processor), float(memory)


WORK = {
    "aggregate": "DuckDB: weighted sum of every item by company",
    "moments": "DuckDB: the 325 weighted sums by company, by hand, floating point",
    "study=none": "csimodels: checks, exact sums, 201 fits, tables",
}
JACKKNIFE = {"study=jackknife": "csimodels: the same with the jackknife of 100 random groups of each company"}
HEAD = ["rows", "work", "time", "processor", "peak memory", "times the plain read (processor)"]


def main() -> None:
    """Print the table."""
    options = {a for a in sys.argv[1:] if a.startswith("--")}
    sizes = [float(a) for a in sys.argv[1:] if a not in options] or [0.01, 1.0, 10.0]
    work = WORK | (JACKKNIFE if "--jackknife" in options else {})
    print(machine())
    found: dict[tuple[float, str], tuple[float, float, float]] = {}
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / "survey.parquet"
            measured("make", path, int(size * 1e6))
            if size == sizes[0]:
                measured("study=none", path)
            for what, title in work.items():
                wall, processor, memory = found[size, what] = measured(what, path)
                plain = found[size, "aggregate"]
                ratio = f"{wall / plain[0]:.2f} ({processor / plain[1]:.2f})"
                rows.append([f"{size:g} million", title, shown(wall), shown(processor), f"{memory:.0f} MiB", ratio])
            wall, processor, least = map(float, said("turns", path).split())
            ratio = f"({processor / least:.2f}; the plain read there {shown(least)})"
            rows.append(
                [f"{size:g} million", "csimodels, all imported before", shown(wall), shown(processor), "", ratio]
            )
            if "--bits" in options:
                print(f"{size:g} million:", said("bits", path).strip())
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
