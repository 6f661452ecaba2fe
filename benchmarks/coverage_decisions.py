"""Coverage of the intervals of the tables for decisions, by simulation; and a batch of 400 companies over three waves.

Run: ``OMP_NUM_THREADS=1 python benchmarks/coverage_decisions.py [surveys]`` (400 by default; some minutes), or
``... coverage_decisions.py batch``.  Truth is the same study on a very large draw.  docs/decisions.md cites the result.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

import csimodels as cs  # noqa: E402

SPEC = """
csi: 1
scale: [0, 100]
constructs:
  Quality: {items: [Q1, Q2, Q3]}
  Value: {items: [V1, V2]}
  Satisfaction: {items: [S1, S2, S3]}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction}
data: {by: bank, wave: year}
benchmark: true
trend: true
focus: {valued: "spend >= 45"}
behaviour: {retained: {outcome: "stay == 1", levels: [70]}}
uncertainty: {method: linearised}
"""
LEVELS = {"A": 70.0, "B": 68.0, "C": 68.0}


def drawn(n: int, seed: int, weighted: bool) -> pd.DataFrame:
    """Three banks in two years, ``n`` respondents each; the second year has other weights of the items."""
    random = np.random.default_rng(seed)
    parts = []
    for bank, level in LEVELS.items():
        for year in (2025, 2026):
            quality = random.normal(size=n)
            value = 0.5 * quality + random.normal(0, 0.8, n)
            satisfaction = 0.5 * quality + 0.3 * value + random.normal(0, 0.7, n)
            loads = (1.0, 1.0, 1.0) if year == 2025 else (1.3, 1.0, 0.7)
            columns = {f"Q{i}": level + 9 * (quality + random.normal(size=n)) for i in (1, 2, 3)}
            columns |= {f"V{i}": level + 9 * (value + random.normal(size=n)) for i in (1, 2)}
            for i, load in enumerate(loads, 1):
                columns[f"S{i}"] = level + 2 * i * (year - 2025) + 9 * (load * satisfaction + random.normal(size=n))
            frame = pd.DataFrame(columns).clip(0, 100)
            frame["spend"] = 40 + 10 * quality + 10 * random.normal(size=n)
            frame["stay"] = (random.random(n) < 1 / (1 + np.exp(-0.5 - satisfaction))).astype(float)
            frame["w"] = random.lognormal(0, 0.5, n) if weighted else 1.0
            parts.append(frame.assign(bank=bank, year=year))
    return pd.concat(parts, ignore_index=True)


def estimands(data: pd.DataFrame, weighted: bool) -> dict[str, tuple[float, float, float]]:
    """Value and interval of each number whose coverage is counted."""
    result = cs.Study(cs.parse_model(SPEC), data, weight="w" if weighted else None).run(progress=False)
    lead = result.benchmark().query("construct == 'Satisfaction' and year == 2026").set_index("bank")
    parts = result.trend("parts", of="groups").query("construct == 'Satisfaction' and item == '' and bank == 'A'")
    gaps = result.focus("drivers").query("step == 'valued'").set_index("driver")
    at = result.whole.behaviour("at").iloc[0]
    out = {f"lead over the best, bank {b}": _ends(lead.loc[b], "lead_best") for b in LEVELS}
    out |= {f"change by {name}": _ends(parts.iloc[0], name) for name in ("answers", "weights")}
    out |= {f"change of importance, {d}": _ends(gaps.loc[d], "difference") for d in ("Quality", "Value")}
    return out | {"predicted share at 70": (float(at["predicted"]), float(at["low"]), float(at["high"]))}


def _ends(row: pd.Series, name: str) -> tuple[float, float, float]:
    return float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"])


def coverage(surveys: int, n: int = 250) -> None:
    """Print the share of intervals that hold the truth."""
    for weighted in (False, True):
        truth = {name: value for name, (value, _, _) in estimands(drawn(100_000, 1, weighted), weighted).items()}
        hits = dict.fromkeys(truth, 0)
        for k in range(surveys):
            for name, (_, low, high) in estimands(drawn(n, 1000 + k, weighted), weighted).items():
                hits[name] += low <= truth[name] <= high
        print("weighted" if weighted else "simple", f"n = {n}, {surveys} surveys")
        for name, count in hits.items():
            print(f"  {name:35s} {count / surveys:.3f}")


def batch() -> None:
    """400 companies of 80 respondents in three waves, with everything that groups allow: seconds and memory."""
    import resource

    random = np.random.default_rng(3)
    size = 400 * 3 * 80
    quality = random.normal(size=size)
    satisfaction = 0.6 * quality + random.normal(size=size)
    blocks = {"Q": (quality, 3), "V": (0.5 * quality + random.normal(size=size), 2), "S": (satisfaction, 3)}
    columns = {f"{b}{i + 1}": 70 + 8 * (x + random.normal(size=size)) for b, (x, k) in blocks.items() for i in range(k)}
    data = pd.DataFrame(columns).clip(0, 100)
    data["bank"], data["year"] = np.arange(size) % 400, 2024 + np.arange(size) // 400 % 3
    data["spend"], data["stay"] = 40 + 10 * random.normal(size=size), (random.random(size) < 0.7).astype(float)
    start, cpu = time.perf_counter(), time.process_time()
    result = cs.Study(cs.parse_model(SPEC + "drivers: true\n"), data).run(progress=False)
    tables = result.tables()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(tables)} tables, {time.perf_counter() - start:.0f} s, {time.process_time() - cpu:.0f} s of processor, "
          f"{most:.0f} MiB at most")  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["batch"]:
        batch()
    else:
        coverage(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
