"""How often intervals of ranks hold the true rank: simultaneous differences against quantiles of replicates.

    python benchmarks/rank_coverage.py

prints the table of docs/rollup.md, section Ranks.  Units have true values spread evenly over some points and normal
errors of 1 point; 400 surveys, 400 draws each, 95 % nominal, seed 1.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from csimodels.infer.ranking import normal_draws, ranks

SURVEYS = 400
DRAWS = 400


def row(size: int, spread: float) -> str:
    """One line of the table: coverage of the worst unit by both kinds, and the mean width of ours."""
    rng = np.random.default_rng(1)
    truth = spread * np.linspace(0, 1, size)
    right = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    ours, quantiles, width = [], [], []
    for survey in range(SURVEYS):
        value = truth + rng.standard_normal(size)
        draws = normal_draws(value, np.ones(size), np.full(size, np.inf), survey, DRAWS)
        got = ranks(value, draws)
        ours.append((got.low <= right) & (right <= got.high))
        width.append(np.mean(got.high - got.low))
        low, high = np.quantile(rankdata(-draws, axis=0), [0.025, 0.975], axis=1)
        quantiles.append((low <= right) & (right <= high))
    worst = [np.mean(kind, axis=0).min() for kind in (quantiles, ours)]
    return f"| {size} | {spread:g} points | {worst[0]:.2f} | {worst[1]:.2f} | {np.mean(width):.1f} |"


if __name__ == "__main__":
    print("| units | true values spread over | quantiles of replicates | this interval | its mean width in ranks |")
    print("|---|---|---|---|---|")
    for size in (8, 30):
        for spread in (0.2, 5.0, 20.0):
            print(row(size, spread))
