"""Whole studies through ``Study(...).run()`` with tables: by method, rows and groups, in processor seconds.

Run: ``OMP_NUM_THREADS=1 python benchmarks/bench_study.py``; a number of rows may follow.  Processor time is counted,
because it says more than the clock on a machine that others use too.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from peer import machine, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

from sources import ecsi, mobi, without  # noqa: E402

import csimodels as cs  # noqa: E402

METHODS = {"no intervals": None, "linearised": cs.Linearised(), "100 replicates": cs.Bootstrap(100)}


def survey(rows: int, groups: int = 1) -> pd.DataFrame:
    """The mobile data drawn with replacement, with a column of groups."""
    data = mobi()
    drawn = data.iloc[np.random.default_rng(1).integers(0, len(data), rows)].reset_index(drop=True)
    return drawn.assign(group=[f"g{i % groups}" for i in range(rows)])


def spent(model: str | cs.Model, data: pd.DataFrame, times: int = 1, **keywords: object) -> float:
    """Least processor seconds of a study with its tables."""
    found = []
    for _ in range(times):
        start = time.process_time()
        result = cs.Study(model, data, **keywords).run()
        result.index(), result.paths(), result.effects(), result.loadings(), result.quality()
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    """Print the tables."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 250_000
    spent("ecsi", mobi(), 2, uncertainty=None)
    print(machine(), "\n")
    one = [[name, shown(spent("ecsi", mobi(), 7, uncertainty=m))] for name, m in METHODS.items()]
    acsi = without(ecsi(), "Image")
    one.append(["ML, ACSI paths, no intervals", shown(spent(acsi, mobi(), 7, estimator="ml", uncertainty=None))])
    print(table(["250 respondents", "processor time"], one))
    rows = [n for n in (2_500, 25_000, 250_000, 1_000_000) if n <= most]
    by_rows = []
    for name, method in METHODS.items():
        times = [spent("ecsi", survey(n), uncertainty=method) for n in rows]
        slope = np.polyfit(np.log(rows[-2:]), np.log(times[-2:]), 1)[0] if len(rows) > 1 else np.nan
        by_rows.append([name, *map(shown, times), f"{slope:.2f}"])
    print(table(["rows", *(f"{n:,}" for n in rows), "slope of the last two"], by_rows))
    for groups in (10, 40):
        print(
            groups,
            "groups, no intervals:",
            shown(spent("ecsi", survey(rows[-1], groups), by="group", uncertainty=None)),
        )


if __name__ == "__main__":
    main()
