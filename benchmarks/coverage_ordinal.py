"""How often 95 % intervals hold the truth under polychoric correlations: `coverage_ordinal.py [surveys]`.

Two factors with a path of .6, three items each with loadings of .8, answers on three or five uneven levels, 250
respondents, PLSc; linearised errors (the default of these correlations).  Writes
``benchmarks/results/coverage_ordinal.csv``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs

RESULTS = Path(__file__).resolve().parent / "results" / "coverage_ordinal.csv"
CUTS = {3: (-1.2, 0.9), 5: (-1.8, -1.0, -0.2, 0.8)}
N, PATH, LOADING = 250, 0.6, 0.8


def two_factors() -> cs.Model:
    """One leads to Two; three items each."""
    blocks = tuple(
        cs.Construct(c, tuple(cs.Item(f"{c}{k}", scale=(1, 5)) for k in range(3)), measured="reflective")
        for c in ("One", "Two")
    )
    overrides = {
        "index": {"construct": "Two"},
        "estimate": {"estimator": "plsc"},
        "uncertainty": {"method": "linearised"},
    }
    return cs.load_model(cs.Model("two", blocks, (("One", "Two"),)), overrides=overrides)


def survey(levels: int, seed: int) -> pd.DataFrame:
    """One survey with known truth."""
    rng = np.random.default_rng(seed)
    one = rng.normal(size=N)
    two = PATH * one + np.sqrt(1 - PATH**2) * rng.normal(size=N)
    noise = np.sqrt(1 - LOADING**2)
    items = [LOADING * f[:, None] + noise * rng.normal(size=(N, 3)) for f in (one, two)]
    return pd.DataFrame(
        np.digitize(np.hstack(items), CUTS[levels]) + 1.0, columns=[f"{c}{k}" for c in ("One", "Two") for k in range(3)]
    )


def main(surveys: int) -> None:
    """Print and write the coverage and the ratio of mean standard error to spread."""
    out: list[dict[str, object]] = []
    model = two_factors()
    for levels in CUTS:
        for kind in ("polychoric", "pearson"):
            rows = []
            for seed in range(surveys):
                run = cs.Study(model, survey(levels, seed), correlations=kind).run()
                path, loading = run.paths().iloc[0], run.loadings().iloc[0]
                rows.append(
                    [path[k] for k in ("estimate", "se", "low", "high")] + [loading[k] for k in ("low", "high")]
                )
            found = np.asarray(rows, dtype=float)
            held = ((found[:, 2] <= PATH) & (found[:, 3] >= PATH)).mean()
            of_loading = ((found[:, 4] <= LOADING) & (found[:, 5] >= LOADING)).mean()
            ratio = found[:, 1].mean() / found[:, 0].std()
            mean = found[:, 0].mean()
            out.append(
                {
                    **{"levels": levels, "correlations": kind, "n": N, "surveys": surveys, "path": held},
                    **{"loading": of_loading, "mean_path": mean, "se_over_spread": ratio},
                }
            )
            print(
                f"{levels} levels, {kind}: path {held:.3f} (mean {mean:.3f}, se / spread {ratio:.2f}), "
                f"loading {of_loading:.3f}, {surveys} surveys",
                flush=True,
            )
    pd.DataFrame(out).round(4).to_csv(RESULTS, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
