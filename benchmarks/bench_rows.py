"""Time of a whole study against the number of rows, and 1 000 bootstrap replicates of 1 000 000 rows.

Run: ``python benchmarks/bench_rows.py [rows]``.  ECSI, 24 items, one group, answers drawn by `cs.simulate`; a study
with its tables of indices, paths and quality.  Seconds by the clock and of processors, the least of the runs; slopes
of the logarithms from 25 000 rows to the largest number, and over the last quadrupling.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from peer import machine, table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import csimodels as cs

METHODS: dict[str, str | cs.Bootstrap | None] = {
    "no intervals": None,
    "linearised": "linearised",
    "100 replicates": cs.Bootstrap(100),
}


def seconds(data: pd.DataFrame, uncertainty: str | cs.Bootstrap | None) -> tuple[float, float]:
    """By the clock and of processors."""
    clock, own = time.perf_counter(), time.process_time()
    result = cs.Study("ecsi", data, uncertainty=uncertainty).run(progress=False)
    for made in (result.index, result.paths, result.quality):
        made()
    return time.perf_counter() - clock, time.process_time() - own


def main() -> None:
    """Print the table and the time of 1 000 replicates."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    whole = cs.simulate("ecsi", most, seed=2).data
    sizes = (25_000, most // 4, most)
    rows = []
    for name, method in METHODS.items():
        found = []
        for n in sizes:
            data = whole.iloc[:n].reset_index(drop=True)
            found.append(np.min([seconds(data, method) for _ in range(2 if n == most else 3)], axis=0))
        slopes = [np.log(found[-1][0] / found[k][0]) / np.log(sizes[-1] / sizes[k]) for k in (0, 1)]
        rows.append([name, *(f"{a:.2f} ({b:.2f}) s" for a, b in found), *(f"{slope:.2f}" for slope in slopes)])
    print(machine(), "\n", sep="")
    print(table(["method", *(f"{n:,}" for n in sizes), "slope", "last slope"], rows))
    clock, own = seconds(whole, cs.Bootstrap(1000))
    print(f"\n1 000 replicates of {most:,} rows: {clock:.1f} s, {own:.1f} s of processors")


if __name__ == "__main__":
    main()
