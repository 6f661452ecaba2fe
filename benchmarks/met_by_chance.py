"""Coverage where people are sampled by region and name their company: groups as planned, and groups met by chance.

``python benchmarks/met_by_chance.py [samples]`` prints the table of docs/uncertainty.md (Designs): four regions of ten
branches with six customers each, whose levels differ by so many standard deviations of customers; every customer names
one of three companies, the better ones more often in the better regions.  The truth is known in closed form.  About
five minutes for 400 samples; the seed is fixed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs

REGIONS, BRANCHES, PERSONS = 4, 10, 6
#: Population of the regions, and share of each company among the customers of each region.
POPULATION = np.asarray([4.0, 3.0, 2.0, 1.0])
NAMED = np.asarray([[0.5, 0.3, 0.2], [0.4, 0.3, 0.3], [0.3, 0.3, 0.4], [0.2, 0.3, 0.5]])
COMPANIES, WEIGHTS = ("A", "B", "C"), np.asarray([0.5, 0.3, 0.2])
OF_BRANCH, OF_PERSON, OF_ANSWER = 4.0, 8.0, 6.0
ITEMS = ("q1", "q2", "s1", "s2", "s3")
SPEC = """
csi: 1
scale: [0, 200]
constructs:
  Q: {{items: [q1, q2]}}
  S: {{items: [s1, s2, s3]}}
paths: {{Q: [S]}}
index: {{construct: S}}
data: {{by: company, weight: w, design: {{strata: region, cluster: branch, groups: {groups}}}}}
rollup: {{levels: [company, nation], weights: '{file}'}}
uncertainty: {{method: {method}}}
"""
METHODS = ("linearised", "jackknife", "bootstrap, replicates: 400, interval: normal")


def levels(apart: float) -> np.ndarray:
    """Mean of customers in each region."""
    return 100 + apart * np.hypot(OF_BRANCH, OF_PERSON) * np.linspace(-0.5, 0.5, REGIONS)


def truth(apart: float) -> dict[str, float]:
    """Mean of every company, of the nation, and the difference of the first two companies."""
    share = POPULATION[:, None] * NAMED
    mean = (share * levels(apart)[:, None]).sum(axis=0) / share.sum(axis=0) / 2  # a scale of 200 as one of 100
    single = dict(zip(COMPANIES, mean.tolist(), strict=True))
    return single | {"N": float(WEIGHTS @ mean), "A - B": float(mean[0] - mean[1])}


def sample(apart: float, rng: np.random.Generator) -> pd.DataFrame:
    """One survey."""
    region = np.repeat(np.arange(REGIONS), BRANCHES * PERSONS)
    branch = np.repeat(np.arange(REGIONS * BRANCHES), PERSONS)
    level = levels(apart)[region] + rng.normal(0, OF_BRANCH, REGIONS * BRANCHES)[branch]
    level += rng.normal(0, OF_PERSON, len(region))
    data = pd.DataFrame(level[:, None] + rng.normal(0, OF_ANSWER, (len(region), len(ITEMS))), columns=list(ITEMS))
    named = (rng.random(len(region))[:, None] > np.cumsum(NAMED[region], axis=1)).sum(axis=1)
    company = np.asarray(COMPANIES)[np.minimum(named, len(COMPANIES) - 1)]
    return data.assign(region=region, branch=branch, company=company, w=POPULATION[region])


def found(data: pd.DataFrame, groups: str, method: str, file: Path) -> dict[str, tuple[float, float, float, float]]:
    """Estimate, error and limits of what :func:`truth` gives."""
    model = cs.parse_model(SPEC.format(groups=groups, file=file.as_posix(), method=method))
    result = cs.Study(model, data).run(progress=False)
    table = result.rollup()
    table = table[table["construct"] == "S"].set_index("unit")
    out = {unit: tuple(table.loc[unit, ["index", "se", "low", "high"]].astype(float)) for unit in (*COMPANIES, "N")}
    pairs = result.differences("S", against="pairs")
    row = pairs[(pairs["unit"] == "A") & (pairs["against"] == "B")].iloc[0]
    return out | {"A - B": tuple(row[["difference", "se", "low", "high"]].astype(float))}


def simulated(
    apart: float, groups: str, method: str, samples: int, file: Path
) -> dict[str, tuple[float, float, float]]:
    """Of each number: share of intervals with the truth, spread of the estimates, root mean square of the errors."""
    rng, known = np.random.default_rng(9), truth(apart)
    rows = [found(sample(apart, rng), groups, method, file) for _ in range(samples)]
    out = {}
    for name, value in known.items():
        x = np.asarray([row[name] for row in rows])
        inside = (x[:, 2] <= value) & (value <= x[:, 3])
        out[name] = float(inside.mean()), float(x[:, 0].std()), float(np.sqrt((x[:, 1] ** 2).mean()))
    return out


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.csv"
        lines = [f"{name},N,{weight}" for name, weight in zip(COMPANIES, WEIGHTS, strict=True)]
        path.write_text("\n".join(["company,nation,weight", *lines]), encoding="utf-8")
        for apart in (0.0, 1.8):
            for groups in ("planned", "by_chance"):
                for method in METHODS:
                    made = simulated(apart, groups, method, number, path)
                    shown = (f"{k} {100 * c:.1f} % ({s:.3f}, {e:.3f})" for k, (c, s, e) in made.items())
                    print(apart, groups, method.split(",")[0], *shown, sep=" | ", flush=True)
