"""The analyst's desk at national size: 200 000 interviews of 400 companies, everything of docs/desk.md at once.

Run: ``python benchmarks/bench_desk.py [interviews] [profile]``.  Simple indices with ranks, differences and
roll-up, rates among complainers, a hierarchy with judged weights, gaps, delivered value, targets with moves, least
effort, budget, what-if in both meanings, answers to every question; linearised errors of every number.  The bar is 30
seconds on two processors.  Peak memory is that of the whole process.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_million import peak
from bench_national import interviews, weights

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import csimodels as cs

SPEC = """
csi: 1
extends: acsi
items: {REC: {scale: [0, 10]}, HANDLED: {scale: [0, 1]}}
data: {by: company, missing_codes: {HANDLED: [9]}}
rollup: {levels: [company, industry, sector, nation], weights: weights.csv}
indices:
  NPS: {kind: nps, item: REC}
  Top2: {kind: top_box, item: SAT1}
  Complained: {kind: share, item: COMP1, levels: [1], better: low}
  InTime: {kind: share, item: HANDLED, levels: [1], among: {COMP1: 1}}
  CSD: {kind: weighted_mean, items: [SAT1, SAT2, SAT3], weights: {SAT1: 2, SAT2: 1, SAT3: 1}}
hierarchy:
  Total: {of: {Quality_: 0.6, Value_: 0.4}}
  Quality_: {of: [QUA1, QUA2, QUA3], ahp: [[1, 3, 5], [1/3, 1, 3], [1/5, 1/3, 1]]}
  Value_: [VAL1, VAL2]
gaps:
  Product: {items: {QUA1: EXP1, QUA2: EXP2}, points: 60}
  Service: {items: {QUA3: EXP3}, points: 40}
delivered_value: {values: [Quality, Satisfaction], costs: [VAL1, VAL2]}
targets: {Satisfaction: {level: 80, move: [8, 9], item: SAT1}, NPS: 20, Total: 80}
effort: {costs: {Quality: 1, Value: 2}, budget: 20}
what_if: {Quality: 2, Value: 2}
report: {answers: true}
uncertainty: {method: linearised}
"""


def run(n: int) -> tuple[cs.Result, float, float]:
    """The result of a study of `n` interviews, and the seconds for all of its tables: by the clock, of processors."""
    data = interviews(n)
    random = np.random.default_rng(3)
    data["REC"] = np.clip(np.rint(data["SAT1"] + random.normal(0, 1.5, n)), 0, 10)
    data["HANDLED"] = np.where(data["COMP1"] == 1, random.integers(0, 2, n), 9)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        weights(path / "weights.csv")
        (path / "spec.yaml").write_text(SPEC, encoding="utf-8")
        start, own = time.perf_counter(), time.process_time()
        result = cs.Study(path / "spec.yaml", data).run(progress=False)
        result.tables()
        return result, time.perf_counter() - start, time.process_time() - own


def main() -> None:
    """Print time, memory and the number of published numbers."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 200_000
    profile = cProfile.Profile()
    if "profile" in sys.argv:
        profile.enable()
    result, seconds, own = run(n)
    if "profile" in sys.argv:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    rows = {name: len(table) for name, table in result.tables().items()}
    spent = f"{seconds:.1f} s, {own:.1f} s of processors; peak {peak() / 1024:.2f} GiB"
    print(f"{n} interviews, {len(result.estimates.keys)} companies: {spent}")
    print(f"{len(rows)} tables, {sum(rows.values())} rows")


if __name__ == "__main__":
    main()
