"""How often intervals of ranks hold the true rank, and how wide they are: step-down, one step, quantiles of replicates.

    python benchmarks/rank_coverage.py

prints the table of docs/rollup.md, section Ranks.  Units have true values spread evenly over some points and normal
errors of 1 point; 400 surveys, 400 draws each, 95 % nominal, seed 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from csimodels.infer.ranking import normal_draws, ranks

SURVEYS = 400
DRAWS = 400

Floats = NDArray[np.float64]


def one_step(value: Floats, draws: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Best and worst ranks by one simultaneous bound on the differences of each unit to all others."""
    low, high = np.ones(len(value)), np.full(len(value), float(len(value)))
    for i in range(len(value)):
        difference = np.delete(draws - draws[i], i, axis=0)
        estimate = np.delete(value - value[i], i)
        spread = difference.std(axis=1, ddof=1)
        largest = np.max(np.abs(difference - estimate[:, None]) / spread[:, None], axis=0)
        bound = np.quantile(largest, level, method="higher")
        low[i] += (estimate > bound * spread).sum()
        high[i] -= (estimate < -bound * spread).sum()
    return low, high


def row(size: int, spread: float) -> str:
    """One line of the table: coverage of the worst unit by each kind, and the mean width of the last two."""
    rng = np.random.default_rng(1)
    truth = spread * np.linspace(0, 1, size)
    right = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    inside: dict[str, list[NDArray[np.bool_]]] = {"quantiles": [], "one step": [], "stepwise": []}
    width: dict[str, list[float]] = {"one step": [], "stepwise": []}
    for survey in range(SURVEYS):
        value = truth + rng.standard_normal(size)
        draws = normal_draws(value, np.ones(size), np.full(size, np.inf), survey, DRAWS)
        got = ranks(value, draws)
        limits = {"one step": one_step(value, draws), "stepwise": (got.low, got.high)}
        for kind, (low, high) in limits.items():
            inside[kind].append((low <= right) & (right <= high))
            width[kind].append(float(np.mean(high - low)))
        low, high = np.quantile(rankdata(-draws, axis=0), [0.025, 0.975], axis=1)
        inside["quantiles"].append((low <= right) & (right <= high))
    worst = [f"{np.mean(kind, axis=0).min():.2f}" for kind in inside.values()]
    wide = [f"{np.mean(kind):.2f}" for kind in width.values()]
    return f"| {size} | {spread:g} points | " + " | ".join([*worst, *wide]) + " |"


if __name__ == "__main__":
    kinds = "quantiles of replicates | one step | stepwise | width, one step | width, stepwise"
    print(f"| units | true values over | {kinds} |")
    print("|---|---|---|---|---|---|---|")
    for size in (8, 30):
        for spread in (0.2, 5.0, 10.0, 20.0, 40.0):
            print(row(size, spread), flush=True)
