"""One million respondents x the 14 items of the ACSI model, from memory: survey, sums, PLS, index; no uncertainty.

Run: ``python benchmarks/bench_million.py [rows]``.  Peak memory is that of the whole process; the answers themselves
take ``8 x 14 x rows`` bytes.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from peer import machine, shown, table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import csimodels as cs
from csimodels.estimate import PLS, Design
from csimodels.moments import Moments, Rows
from csimodels.spec import load_model

Done = TypeVar("Done")

#: Runs of the study, of which the fastest is shown.
RUNS = 5


def answers(n: int) -> pd.DataFrame:
    """Whole answers 1 to 10 with one common factor, by the columns of the ACSI model."""
    model = load_model("acsi")
    rng = np.random.default_rng(1)
    common = rng.standard_normal(n)
    columns = {}
    for item in model.items:
        low, high = item.scale
        middle, spread = (low + high) / 2, (high - low) / 5
        raw = middle + spread * (0.7 * common + 0.7 * rng.standard_normal(n))
        columns[item.name] = np.clip(np.round(raw), low, high)
    return pd.DataFrame(columns)


def timed(work: Callable[[], Done]) -> tuple[float, Done]:
    """Wall seconds and the result of `work`."""
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def peak() -> float:
    """Largest resident memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    model = load_model("acsi")
    data = answers(n)
    start = peak()
    rows = [["answers in memory", "", f"{start:.0f} MiB"]]
    x = data[list(model.item_names)].to_numpy()
    shift = np.asarray([sum(item.scale) / 2 for item in model.items])
    taken, moments = timed(lambda: Moments.from_sums(Rows(model.item_names, x, shift).sums()))
    rows.append(["sums and moments only", shown(taken), f"{peak():.0f} MiB"])
    taken, _ = timed(lambda: PLS()(Design.of(model), moments))
    rows.append(["PLS from the moments", shown(taken), ""])

    def study(rows: pd.DataFrame) -> pd.DataFrame:
        return cs.Study(model, rows, uncertainty=None).run().index()

    study(data.head(200))  # what is imported on first use is bench_import.py's
    runs = [timed(lambda: study(data)) for _ in range(RUNS)]
    taken, index = min(runs, key=lambda run: run[0])
    work = f"study: checks, order, sums, PLS, index; the least of {RUNS}"
    rows.append([work, shown(taken), f"{peak():.0f} MiB"])
    print(machine() + f"\n{n} rows x {len(model.items)} items; index {index['index'].round(3).tolist()}\n")
    print(table(["work", "time", "peak memory of the process"], rows))


if __name__ == "__main__":
    main()
