"""Coverage of the intervals of the tables for decisions, by simulation; and a batch of 400 companies over three waves.

Run: ``OMP_NUM_THREADS=1 python benchmarks/coverage_decisions.py [surveys]`` (1000 by default: a quarter of an hour), or
``... coverage_decisions.py batch``.  Truth is the same study on a very large draw.  docs/decisions.md cites the result,
which is written to ``benchmarks/results/coverage_decisions.csv`` after every hundred surveys.
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

MODEL = """
csi: 1
scale: [0, 100]
constructs:
  Quality: {items: [Q1, Q2, Q3]}
  Value: {items: [V1, V2]}
  Satisfaction: {items: [S1, S2, S3]}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction}
"""
FOCUS = """
focus: {valued: "spend >= 45"}
behaviour: {retained: {outcome: "stay == 1", levels: [70]}}
"""
BATCH = f"""{MODEL}
data: {{by: bank, wave: year, design: {{panel: id}}}}
benchmark: true
trend: true
drivers: true
states: {{on: Satisfaction, cuts: [64, 76], names: [low, middle, high], retained: "stay == 1", value: spend}}
{FOCUS.strip()}
uncertainty: {{method: linearised}}
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
    """Value and interval of each number whose coverage is counted, from studies that make those tables alone."""
    last = data[data["year"] == 2026]
    first = data[data["bank"] == "A"]
    lead = _run("data: {by: bank}\nbenchmark: true", last, weighted).benchmark()
    lead = lead[lead["construct"] == "Satisfaction"].set_index("bank")
    parts = _run("data: {wave: year}\ntrend: true", first, weighted).trend("parts")
    parts = parts.query("construct == 'Satisfaction' and item == ''")
    one = _run(FOCUS, last[last["bank"] == "A"], weighted)
    gaps = one.focus("drivers").query("step == 'valued'").set_index("driver")
    at = one.behaviour("at").iloc[0]
    out = {f"lead over the best, bank {b}": _ends(lead.loc[b], "lead_best") for b in LEVELS}
    out |= {f"change by {name}": _ends(parts.iloc[0], name) for name in ("answers", "weights")}
    out |= {f"change of importance, {d}": _ends(gaps.loc[d], "difference") for d in ("Quality", "Value")}
    return out | {"predicted share at 70": (float(at["predicted"]), float(at["low"]), float(at["high"]))}


def _run(sections: str, data: pd.DataFrame, weighted: bool) -> cs.Result:
    model = cs.parse_model(f"{MODEL}{sections}\nuncertainty: {{method: linearised}}\n")
    return cs.Study(model, data, weight="w" if weighted else None).run(progress=False)


def _ends(row: pd.Series, name: str) -> tuple[float, float, float]:
    return float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"])


STATES = """
csi: 1
scale: [0, 100]
constructs:
  Quality: {items: [Q1, Q2]}
  Satisfaction: {items: [S1, S2, S3]}
paths: {Quality: Satisfaction}
data: {wave: year, design: {panel: id}}
states: {on: Satisfaction, cuts: [64, 76], names: [low, middle, high], retained: "stay == 1", value: spend}
uncertainty: {method: linearised}
"""


def panel(n: int, seed: int, weighted: bool) -> pd.DataFrame:
    """`n` persons asked in two years, whose satisfaction moves a little."""
    random = np.random.default_rng(seed)
    person = random.normal(size=n)
    weight = random.lognormal(0, 0.5, n) if weighted else np.ones(n)
    parts = []
    for year in (2025, 2026):
        satisfaction = 0.8 * person + 0.6 * random.normal(size=n) + 0.2 * (year - 2025)
        quality = 0.6 * satisfaction + 0.8 * random.normal(size=n)
        blocks = {"Q": (quality, 2), "S": (satisfaction, 3)}
        columns = {f"{b}{i + 1}": 70 + 9 * (x + 0.7 * random.normal(size=n))
                   for b, (x, k) in blocks.items() for i in range(k)}  # fmt: skip
        frame = pd.DataFrame(columns).clip(0, 100)
        frame["stay"] = (random.random(n) < 1 / (1 + np.exp(-1.5 - satisfaction))).astype(float)
        frame["spend"] = 30 + 5 * satisfaction + 10 * random.normal(size=n)
        parts.append(frame.assign(year=year, id=np.arange(n), w=weight))
    return pd.concat(parts, ignore_index=True)


def states(data: pd.DataFrame, weighted: bool) -> dict[str, tuple[float, float, float]]:
    """Value and interval of shares and values of the states, and of the moves."""
    result = cs.Study(cs.parse_model(STATES), data, weight="w" if weighted else None).run(progress=False)
    of, moves = result.states("states").set_index("state"), result.states("transition")
    names = ("share_next", "share_later", "stationary", "retained", "lifetime_value")
    out = {f"states, {name} of {state}": _ends(of.loc[state], name) for name in names for state in of.index
           if name in of}  # fmt: skip
    for row in moves.itertuples():
        out[f"states, {row.state} to {row.next_state}"] = (float(row.share), float(row.low), float(row.high))
    mobility = result.states("tests").iloc[0]
    return out | {"states, mobility": (float(mobility.mobility), float(mobility.low), float(mobility.high))}


def coverage(surveys: int, n: int = 250) -> None:
    """Count the intervals that hold the truth, simple and weighted in turn; print and write them."""
    makers = ((drawn, estimands), (panel, states))
    truth: dict[tuple[str, str], float] = {}
    hits: dict[tuple[str, str], list[int]] = {}
    samples = {"simple": False, "weighted": True}
    for sample, weighted in samples.items():
        for draw, numbers in makers:
            found = numbers(draw(100_000, 1, weighted), weighted)
            truth |= {(name, sample): value for name, (value, _, _) in found.items()}
    for k in range(surveys):
        for sample, weighted in samples.items():
            for draw, numbers in makers:
                for name, (_, low, high) in numbers(draw(n, 1000 + k, weighted), weighted).items():
                    if np.isfinite(low + high):
                        hits.setdefault((name, sample), []).append(int(low <= truth[name, sample] <= high))
        if (k + 1) % 100 == 0 or k + 1 == surveys:
            rows = [(name, sample, n, len(h), np.mean(h)) for (name, sample), h in hits.items()]
            done = pd.DataFrame(rows, columns=["number", "sample", "n", "surveys", "coverage"])
            folder = ROOT / "benchmarks" / "results"
            done.to_csv(folder / "coverage_decisions.csv", index=False, lineterminator="\n")
    print(done.to_string())


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
    data["id"] = np.arange(size) % 400 + 400 * (np.arange(size) // 1200)
    data["spend"], data["stay"] = 40 + 10 * random.normal(size=size), (random.random(size) < 0.7).astype(float)
    start, cpu = time.perf_counter(), time.process_time()
    result = cs.Study(cs.parse_model(BATCH), data).run(progress=False)
    tables = result.tables()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(tables)} tables, {time.perf_counter() - start:.0f} s, {time.process_time() - cpu:.0f} s of processor, "
          f"{most:.0f} MiB at most")  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["batch"]:
        batch()
    else:
        coverage(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
