"""The national year: 200 000 interviews of 400 companies, 1 000 replicates each, indices, drivers and roll-up.

Run: ``python benchmarks/bench_national.py [interviews] [replicates]``.  Peak memory is that of the whole process.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from bench_million import answers, peak
from peer import machine, shown, table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import csimodels as cs

COMPANIES, INDUSTRIES, SECTORS = 400, 40, 10


def interviews(n: int) -> pd.DataFrame:
    """Answers of `n` respondents of 400 companies whose levels differ by up to a point of the scale."""
    frame = answers(n)
    company = np.arange(n) % COMPANIES
    shift = np.round(np.sin(company), 0)
    for item in ("QUA1", "SAT1", "SAT2"):
        frame[item] = np.clip(frame[item] + shift, 1, 10)
    frame["company"] = [f"C{c:03d}" for c in company]
    return frame


def weights(path: Path) -> None:
    """Revenue of every company, and GDP shares of the sectors."""
    rng = np.random.default_rng(4)
    rows = [
        (f"C{c:03d}", f"I{c % INDUSTRIES:02d}", f"S{c % SECTORS}", "nation", rng.uniform(1, 9))
        for c in range(COMPANIES)
    ]
    rows += [("", f"I{i:02d}", f"S{i % SECTORS}", "nation", rng.uniform(1, 9)) for i in range(INDUSTRIES)]
    rows += [("", "", f"S{s}", "nation", rng.uniform(1, 9)) for s in range(SECTORS)]
    pd.DataFrame(rows, columns=["company", "industry", "sector", "nation", "weight"]).to_csv(path, index=False)


SPEC = """
csi: 1
extends: acsi
data: {by: company}
rollup: {levels: [company, industry, sector, nation], weights: weights.csv}
uncertainty: {method: METHOD}
"""


def main() -> None:
    """Print the table."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    replicates = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    data, rows = interviews(n), []
    with tempfile.TemporaryDirectory() as folder:
        weights(Path(folder) / "weights.csv")
        for name, method in (
            ("bootstrap", f"bootstrap, replicates: {replicates}"),
            ("jackknife", "jackknife"),
            ("linearised", "linearised"),
        ):
            spec = Path(folder) / f"{name}.yaml"
            spec.write_text(SPEC.replace("METHOD", method), encoding="utf-8")
            start = time.perf_counter()
            result = cs.Study(spec, data).run(progress=False)
            parts = [result.index(), result.drivers(), result.rollup(), result.ranks()]
            taken = time.perf_counter() - start
            assert all(len(part) for part in parts)
            rows.append([name, shown(taken), f"{peak() / 1024:.2f} GiB"])
    print(machine())
    print(f"\n{n} interviews, {COMPANIES} companies, {INDUSTRIES} industries, {SECTORS} sectors, one nation.")
    print("Index, drivers, roll-up and ranks, all with intervals; the fit of all respondents together included.\n")
    print(table(["uncertainty", "wall time", "peak memory so far"], rows))


if __name__ == "__main__":
    main()
