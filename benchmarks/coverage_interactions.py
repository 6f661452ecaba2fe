"""Coverage of 95 % intervals of an interaction, a simple slope and specific indirect effects.

Run from anywhere: ``python benchmarks/coverage_interactions.py [surveys]`` (1 000 by default, some minutes); prints the
table of docs/interactions.md and writes ``benchmarks/results/coverage_interactions.csv``.  Answers are normal but for
the product; the truth of PLS is its own value in 400 000 answers.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd

import csimodels as cs

RESULTS = Path(__file__).resolve().parent / "results" / "coverage_interactions.csv"
LOADING, PRODUCT, N = 0.8, 0.25, 250


def model(method: str) -> cs.Model:
    """A and B and their product lead to C, C to D; three items each."""
    blocks = tuple(cs.Construct(c, tuple(cs.Item(f"{c}{k}", scale=(-9.0, 9.0)) for k in range(3))) for c in "ABCD")
    plain = cs.Model("product", blocks, (("A", "C"), ("B", "C"), ("C", "D"), ("A", "D")))
    more = {"paths": {"A": ["C", "D"], "B": "C", "C": "D", "A * B": "C"}, "index": {"construct": "D"}}
    return cs.load_model(plain, overrides={**more, "uncertainty": {"method": method}})


def survey(n: int, rng: np.random.Generator, weighted: bool) -> pd.DataFrame:
    """Answers of `n` respondents; weights that go with nothing, with a design effect of about 1.25."""
    a = rng.standard_normal(n)
    b = 0.4 * a + sqrt(1 - 0.4**2) * rng.standard_normal(n)
    explained = 0.3 * a + 0.3 * b + PRODUCT * (a * b - 0.4)
    c = explained + 0.8 * rng.standard_normal(n)
    d = 0.4 * c + 0.2 * a + 0.8 * rng.standard_normal(n)
    noise = sqrt(1 - LOADING**2)
    out = {
        f"{name}{k}": np.clip(LOADING * score + noise * rng.standard_normal(n), -9, 9)
        for name, score in zip("ABCD", (a, b, c, d), strict=True)
        for k in range(3)
    }
    return pd.DataFrame(out | ({"w": rng.uniform(0.25, 2.5, n)} if weighted else {}))


def numbers(result: cs.Result) -> pd.DataFrame:
    """Estimate and limits of the product, of the slope of A where B is high, and of A -> C -> D."""
    slopes = result.simple_slopes()
    routes = result.specific_effects()
    rows = {
        "interaction": result.interactions().iloc[0],
        "simple slope, high": slopes.iloc[-1],
        "specific indirect effect": routes[(routes["source"] == "A") & (routes["through"] == "C")].iloc[0],
    }
    return pd.DataFrame({name: row[["estimate", "low", "high"]].astype(float) for name, row in rows.items()}).T


def main() -> None:
    """Print and write the share of intervals that hold the truth."""
    rows: list[dict[str, object]] = []
    surveys = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = np.random.default_rng(1)
    truth = numbers(cs.Study(model("none"), survey(400_000, rng, False)).run(progress=False))["estimate"]
    for method in ("linearised", "jackknife"):
        for weighted in (False, True):
            spec = model(method)
            spec = replace(spec, data=replace(spec.data, weight="w")) if weighted else spec
            held = []
            for k in range(surveys):
                data = survey(N, np.random.default_rng((2, k)), weighted)
                found = numbers(cs.Study(spec, data).run(progress=False))
                held.append((found["low"] <= truth) & (truth <= found["high"]))
            share = pd.DataFrame(held).mean()
            sample = "weighted" if weighted else "simple"
            rows += [
                {"method": method, "sample": sample, "n": N, "surveys": surveys, "number": name, "coverage": value}
                for name, value in share.items()
            ]
            shown = ", ".join(f"{name} {100 * value:.1f}" for name, value in share.items())
            print(f"{method}, {sample}: {shown}", flush=True)
    pd.DataFrame(rows).round(4).to_csv(RESULTS, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
