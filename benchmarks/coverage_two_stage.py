"""Coverage of 95 % intervals of paths from and to a second-order construct, fitted in two stages.

Run from anywhere: ``python benchmarks/coverage_two_stage.py [surveys]`` (600 by default, some minutes); writes
``benchmarks/results/coverage_two_stage.csv``.  Answers are normal; the truth is the estimator's own population value
(PLS) and the path of the population, which PLSc recovers exactly.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs
from csimodels.estimate import PLS, Design, PLSc
from csimodels.moments import Moments
from csimodels.spec import Construct, IndexSpec, Item, Model

RESULTS = Path(__file__).resolve().parent / "results" / "coverage_two_stage.csv"
ITEM = 0.8
DIMENSION = {"A": 0.85, "B": 0.75, "C": 0.8}
PATHS = {("X", "G"): 0.5, ("G", "Y"): 0.6, ("X", "Y"): 0.2}


def model(measured: str = "reflective") -> Model:
    """Cause X and effect Y of G, which is made of A, B and C; three items each."""
    blocks = [Construct(c, tuple(Item(f"{c.lower()}{k}", scale=(-9.0, 9.0)) for k in (1, 2, 3))) for c in "ABCXY"]
    whole = Construct("G", (), measured=measured, of=tuple("ABC"))  # type: ignore[arg-type]
    return Model("two-stage", (*blocks, whole), tuple(PATHS), index=IndexSpec("Y"))


def correlations() -> np.ndarray:
    """Correlations of the fifteen items in the population."""
    xg, gy, xy = PATHS.values()
    top = pd.DataFrame(np.eye(3), list("XGY"), list("XGY"))
    top.loc["X", "G"] = top.loc["G", "X"] = xg
    top.loc["G", "Y"] = top.loc["Y", "G"] = gy + xy * xg
    top.loc["X", "Y"] = top.loc["Y", "X"] = xy + gy * xg
    order = list("ABCXY")
    share = np.asarray([DIMENSION.get(c, 1.0) for c in order])
    names = ["G" if c in DIMENSION else c for c in order]
    latent = top.loc[names, names].to_numpy() * np.outer(share, share)
    np.fill_diagonal(latent, 1.0)
    out = np.kron(latent, np.full((3, 3), ITEM**2))
    np.fill_diagonal(out, 1.0)
    return np.asarray(out)


def truth(of: Model, estimator: PLS | PLSc) -> dict[tuple[str, str], float]:
    """Paths that `estimator` has in the population."""
    r, size = correlations(), np.asarray(np.inf)
    fit = estimator(Design.of(of), Moments(np.zeros(len(r)), r, size, size, of.item_names))
    place = {name: j for j, name in enumerate(fit.design.constructs)}
    return {(s, t): float(fit.paths[place[t], place[s]]) for s, t in of.paths}


def coverage(estimator: PLS | PLSc, method: str, n: int, surveys: int, seed: int = 1) -> pd.DataFrame:
    """Share of `surveys` of `n` rows whose interval of a path holds its population value."""
    of, root = model(), np.linalg.cholesky(correlations())
    exact = replace(estimator, tol=1e-13, max_iter=5000)
    value, rng = truth(of, exact), np.random.default_rng(seed)
    hits = dict.fromkeys(value, 0)
    width = dict.fromkeys(value, 0.0)
    for _ in range(surveys):
        data = pd.DataFrame(np.clip(rng.normal(size=(n, len(root))) @ root.T, -9, 9), columns=list(of.item_names))
        table = cs.Study(of, data, estimator=estimator, uncertainty=method).run().paths()
        for row in table.itertuples():
            path = (str(row.source), str(row.target))
            hits[path] += bool(row.low <= value[path] <= row.high)
            width[path] += float(row.high - row.low)
    return pd.DataFrame(
        {
            "estimator": estimator.name,
            "higher_order": estimator.higher_order,
            "method": method,
            "n": n,
            "surveys": surveys,
            "path": [f"{s} -> {t}" for s, t in value],
            "truth": [round(v, 6) for v in value.values()],
            "coverage": [round(h / surveys, 4) for h in hits.values()],
            "width": [round(w / surveys, 4) for w in width.values()],
        }
    )


def main(surveys: int) -> None:
    parts = []
    for kind in (PLS, PLSc):
        for how in ("disjoint", "embedded"):
            parts.append(coverage(kind(higher_order=how), "jackknife", 300, surveys))  # type: ignore[arg-type]
            print(parts[-1].to_string(), flush=True)
    pd.concat(parts).to_csv(RESULTS, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
