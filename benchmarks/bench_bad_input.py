"""What is wrong in many rows x 24 items x 200 companies, as `csi run` names it, and how long that takes.

Run: ``python benchmarks/bench_bad_input.py [rows in millions]`` (10 where left out).  The file of `bench_scale.py` is
spoilt in its last rows, one way after the other: a text among numbers and a weight missing, a weight missing, a group
of three, the same text in a CSV file; then ten files, of which the last has a column of another type, or an answer
outside its scale.  Seconds of processor time and by the clock of a process each, beside the run of the sound file.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_scale import SPEC, measured
from peer import machine

#: What is put in place of cells, by the name of the column; ``{n}`` is the number of rows.
SPOILT = {
    "a text in the last row but one, a weight missing in the row before": (
        "case when file_row_number = {n} - 2 then 'good' else cast(IMAG1 as varchar) end as IMAG1, "
        "case when file_row_number = {n} - 3 then null else w end as w"
    ),
    "a weight missing": "case when file_row_number = {n} - 2 then null else w end as w",
    "a group of three": "case when file_row_number >= {n} - 3 then 777 else company end as company",
}
ONE = SPOILT["a text in the last row but one, a weight missing in the row before"].partition(", case when file")[0]
#: The same of the last of ten files.
LAST = {
    "ten files, the last with a column of another type": "cast(IMAG1 as varchar) as IMAG1",
    "ten files, in the last an answer of 44": "case when file_row_number = {n} - 2 then 44 else IMAG1 end as IMAG1",
}


def run(name: str, folder: Path, file: str) -> None:
    """Print what `csi run` says of a file, and its seconds."""
    spec = folder / "study.yaml"
    spec.write_text(SPEC.format(file=file, method="none"), encoding="utf-8")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "csimodels.cli", "run", str(spec), "-o", str(folder / "out"), "--no-report"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    used, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    own = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(f"\n{name}: exit code {done.returncode}, {own:.1f} s of processor time, {clock:.0f} s by the clock")
    said = done.stderr.splitlines()
    noted = [line for line in (*done.stdout.splitlines(), *said) if "refused" in line]
    print("\n".join(said if done.returncode else noted), flush=True)


def main() -> None:
    """Print what is said of each."""
    import duckdb

    rows = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 10_000_000
    print(machine(), f"{rows:,} rows", sep="\n")
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        source = folder / "survey.parquet"
        measured("make", source, rows)
        connection.execute("set memory_limit = '1GB'")
        scan = f"read_parquet('{source}', file_row_number=true)"

        def spoilt(cells: str, file: str, where: str = "true", kind: str = "parquet") -> None:
            columns = f"* exclude (file_row_number) replace ({cells.format(n=rows)})"
            connection.execute(
                f"copy (select {columns} from {scan} where {where}) to '{folder / file}' (format {kind})"
            )

        run("nothing wrong", folder, source.name)
        for title, cells in SPOILT.items():
            spoilt(cells, "bad.parquet")
            run(title, folder, "bad.parquet")
        for title, cells in (("nothing wrong in a CSV file", "w as w"), ("the text in a CSV file", ONE)):
            spoilt(cells, "some.csv", kind="csv, header")
            run(title, folder, "some.csv")
            (folder / "some.csv").unlink()
        (folder / "files").mkdir()
        tenth = rows // 10
        for title, cells in LAST.items():
            for k in range(10):
                where = f"file_row_number >= {k * tenth} and file_row_number < {(k + 1) * tenth}"
                spoilt(cells if k == 9 else "w as w", f"files/{k}.parquet", where)
            run(title, folder, "files/*.parquet")


if __name__ == "__main__":
    main()
