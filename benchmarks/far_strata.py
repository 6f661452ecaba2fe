"""Coverage of the jackknife and the bootstrap for companies met by chance in strata that differ strongly.

``python benchmarks/far_strata.py {jackknife,bootstrap} [samples]`` prints what docs/uncertainty.md (Designs) shows:
four regions of twelve branches with three customers each, whose levels lie 3.8 standard deviations of a customer apart
from first to last; a customer names company A with chance .15, .35, .55, .75 in them, else B.  The truth is known in
closed form (but for answers beyond the scale, which bias by less than .02 of a spread).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs

REGIONS, BRANCHES, PERSONS = 4, 12, 3
LEVEL, NAMED = 3.5 + 1.3 * np.arange(REGIONS), np.asarray([0.15, 0.35, 0.55, 0.75])
SHARES = {"A": 0.6, "B": 0.4}
METHODS = {"jackknife": ("jackknife", 1), "bootstrap": ("bootstrap, replicates: 400, interval: percentile, seed: 1", 2)}
SPEC = """
csi: 1
scale: [1, 10]
constructs: {{P: {{items: [a2]}}, Q: {{items: [a1]}}}}
paths: {{P: [Q]}}
index: {{construct: Q}}
data: {{by: firm, design: {{strata: region, cluster: branch, groups: {groups}}}}}
rollup: {{levels: [firm, nation], weights: '{file}'}}
uncertainty: {{method: {method}}}
"""


def truth() -> dict[str, float]:
    """Index of both companies and the nation, and the difference."""
    a, b = (100 * ((share * LEVEL).sum() / share.sum() - 1) / 9 for share in (NAMED, 1 - NAMED))
    return {"A": a, "B": b, "N": SHARES["A"] * a + SHARES["B"] * b, "A - B": a - b}


def sample(rng: np.random.Generator) -> pd.DataFrame:
    """One survey."""
    branch = np.repeat(np.arange(REGIONS * BRANCHES), PERSONS)
    region, n = branch // BRANCHES, len(branch)
    y = LEVEL[region] + rng.normal(0, 0.5, REGIONS * BRANCHES)[branch] + rng.normal(0, 0.9, n)
    y = np.clip(y, 1, 10)
    other = np.clip(y + rng.normal(0, 1, n), 1, 10)
    firm = np.where(rng.random(n) < NAMED[region], "A", "B")
    return pd.DataFrame({"a1": y.round(2), "a2": other.round(2), "region": region, "branch": branch, "firm": firm})


def limits(data: pd.DataFrame, model: cs.Model) -> dict[str, tuple[float, float]]:
    """Intervals of what :func:`truth` gives."""
    result = cs.Study(model, data).run(progress=False)
    table = result.rollup()
    table = table[table["construct"] == "Q"].set_index("unit")
    row = result.differences("Q", against="pairs").iloc[0]
    ends = (row["low"], row["high"]) if row["unit"] == "A" else (-row["high"], -row["low"])
    return {unit: (table.loc[unit, "low"], table.loc[unit, "high"]) for unit in ("A", "B", "N")} | {"A - B": ends}


def main(name: str, samples: int) -> None:
    """Share of the intervals with the truth, for groups by chance and as planned."""
    method, seed = METHODS[name]
    known = truth()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.csv"
        lines = [f"{firm},N,{share}" for firm, share in SHARES.items()]
        file.write_text("\n".join(["firm,nation,weight", *lines]), encoding="utf-8")
        for groups in ("by_chance", "planned"):
            model = cs.parse_model(SPEC.format(groups=groups, file=file.as_posix(), method=method))
            found = [limits(sample(np.random.default_rng([seed, k])), model) for k in range(samples)]
            inside = {n: np.mean([one[n][0] <= x <= one[n][1] for one in found]) for n, x in known.items()}
            print(name, groups, *(f"{n} {100 * share:.1f} %" for n, share in inside.items()))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "jackknife", int(sys.argv[2]) if len(sys.argv) > 2 else 300)
