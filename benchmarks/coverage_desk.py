"""Coverage of the intervals of the desk by simulation: shares, NPS, weighted means, gaps, what-if, targets' moves.

Run: ``OMP_NUM_THREADS=1 python benchmarks/coverage_desk.py [surveys] [respondents]`` (1000 of 250 by default).  Surveys
are drawn from one population of 400 000 simulated customers, whose own numbers are the truth: at random, and with
probabilities in proportion to ``exp(0.5 z)`` with z correlated with the answers, weighted by their reciprocals.  A
hundred surveys are the groups of one study, so that the errors are those of the package, group by group.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import csimodels as cs  # noqa: E402

SPEC = """
csi: 1
extends: ecsi
items: {REC: {scale: [0, 10]}}
indices:
  NPS: {kind: nps, item: REC}
  Top2: {kind: top_box, item: CUSA1}
  Low4: {kind: bottom_box, item: CUSA1, levels: 4}
  CSD: {kind: weighted_mean, items: [CUSA1, CUSA2, CUSA3], weights: {CUSA1: 2, CUSA2: 1, CUSA3: 1}}
  Tenths: {kind: ten_point, item: CUSA1}
hierarchy: {Total: {of: {Sat: 0.6, Rest: 0.4}}, Sat: [CUSA1, CUSA2], Rest: [PERQ1, PERQ2]}
gaps:
  Product: {items: {PERQ1: CUEX1, PERQ2: CUEX2}, points: 60}
  Service: {items: {PERQ3: CUEX3}, points: 40}
delivered_value: {values: {Quality: 0.6, Image: 0.4}, costs: [PERV1]}
targets: {Satisfaction: {level: 80, move: [7, 9], item: CUSA1}}
what_if: {Quality: 2, Value: 2}
uncertainty: {method: linearised}
report: {answers: true}
"""
POPULATION = 400_000
#: Surveys that are the groups of one study.
AT_ONCE = 100
#: Table, columns that name a number, and the column of the number.
NUMBERS = {
    "indices": (("name",), "value"),
    "hierarchy": (("node",), "index"),
    "gaps": (("level", "name"), "gap"),
    "delivered_value": (("part", "name"), "score"),
    "what_if": (("meaning", "construct"), "change"),
    "answers": (("item",), "top2"),
}


def population() -> pd.DataFrame:
    """Customers, with the probability that one is drawn under weights."""
    data = cs.simulate("ecsi", POPULATION, seed=11).data.astype(float)
    random = np.random.default_rng(12)
    data["REC"] = np.clip(np.rint(data["CUSA1"] + random.normal(0, 1.5, len(data))), 0, 10)
    z = (data["CUSA1"] - data["CUSA1"].mean()) / data["CUSA1"].std()
    p = np.exp(0.5 * (0.5 * z + random.normal(0, 0.85, len(data))))
    return data.assign(p=p / p.sum())


def surveys(everybody: pd.DataFrame, count: int, n: int, weighted: bool) -> pd.DataFrame:
    """All surveys, one below the other; `w` are their weights."""
    random = np.random.default_rng(13 + weighted)
    taken = random.choice(len(everybody), size=count * n, p=everybody["p"] if weighted else None)
    data = everybody.iloc[taken].reset_index(drop=True)
    data["w"] = 1 / data["p"] if weighted else 1.0
    data["w"] /= data["w"].mean()
    return data.assign(survey=np.repeat(np.arange(count), n))


def rows(result: cs.Result, table: str) -> pd.DataFrame:
    """A table with one name for every number."""
    keys, value = NUMBERS[table]
    frame = result.answers() if table == "answers" else getattr(result, table)()
    frame["number"] = frame[list(keys)].astype(str).agg(" ".join, axis=1).str.strip()
    low, high = ("top2_low", "top2_high") if table == "answers" else ("low", "high")
    kept = {"value": frame[value], "low": frame[low], "high": frame[high], "number": frame["number"]}
    return pd.DataFrame(kept)


def hits(result: cs.Result, truth: dict[str, pd.Series], table: str) -> pd.DataFrame:
    """Which intervals hold the number of the population."""
    mine = rows(result, table)
    mine = mine[mine["low"].notna() & (mine["high"] > mine["low"])]
    true = mine["number"].map(truth[table])
    return pd.DataFrame({"table": table, "number": mine["number"], "hit": mine["low"].le(true) & mine["high"].ge(true)})


def main() -> None:
    """Write benchmarks/results/coverage_desk.csv after every :data:`AT_ONCE` surveys of both kinds, and print it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 250
    everybody, model = population(), cs.parse_model(SPEC)
    whole = cs.Study(model, everybody, uncertainty=None).run(progress=False)
    truth = {table: rows(whole, table).set_index("number")["value"] for table in NUMBERS}
    samples = {"simple": False, "weighted": True}
    data = {name: surveys(everybody, count, n, weighted) for name, weighted in samples.items()}
    found: list[pd.DataFrame] = []
    for start in range(0, count, AT_ONCE):
        for sample, weighted in samples.items():
            some = data[sample][data[sample]["survey"].between(start, start + AT_ONCE - 1)]
            result = cs.Study(model, some, by="survey", weight="w" if weighted else None).run(progress=False)
            found += [hits(result, truth, table).assign(sample=sample, n=n) for table in NUMBERS]
        by = ["table", "number", "sample", "n"]
        done = pd.concat(found, ignore_index=True).groupby(by, sort=False)["hit"].agg(["size", "mean"]).reset_index()
        done = done.rename(columns={"size": "surveys", "mean": "coverage"}).sort_values("sample", kind="stable")
        done.to_csv(ROOT / "benchmarks" / "results" / "coverage_desk.csv", index=False, lineterminator="\n")
    print(done.to_string())


if __name__ == "__main__":
    main()
