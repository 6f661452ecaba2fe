"""Errors of a mean under weights raked within bounds, beside its spread over samples: ``python rake_bounds.py``.

Half of the weights are at a bound, and the mean there is 2 points off what the margins explain.  The table is in
docs/uncertainty.md#raking.
"""

from __future__ import annotations

import argparse

import numpy as np

from csimodels.moments.rake import raking_factors

LOW, HIGH = 0.7, 3.0
TARGETS = (np.asarray([0.5, 0.5]), np.asarray([0.5, 0.25, 0.25]))


def errors(codes: np.ndarray, before: np.ndarray, factor: np.ndarray, y: np.ndarray) -> tuple[float, list[float]]:
    """The mean, and its error with the regression of rows not at a bound, of all rows, of all with raked weights."""
    weight = before * factor
    mean = float(np.average(y, weights=weight))
    x = np.concatenate([codes[:, [0]] == np.arange(2), codes[:, [1]] == np.arange(3)], axis=1).astype(float)
    free = (factor > LOW * (1 + 1e-9)) & (factor < HIGH * (1 - 1e-9))
    out = []
    for v in (weight * free, before, weight):
        slope = np.linalg.lstsq(x.T @ (v[:, None] * x), x.T @ (v * (y - mean)), rcond=None)[0]
        part = weight * (y - mean - x @ slope) / weight.sum()
        out.append(float(np.sqrt(len(y) / (len(y) - 1) * ((part - part.mean()) ** 2).sum())))
    return mean, out


def main() -> None:
    """Print one line for every size of sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1200)
    samples = parser.parse_args().samples
    print("| n | spread | not at a bound | all rows | all rows, raked weights | not met |\n|---|---|---|---|---|---|")
    for n in (200, 800, 3200):
        rng, means, found, unmet = np.random.default_rng(3), [], [], 0
        for _ in range(samples):
            sex, region = (rng.random(n) > 0.35).astype(int), rng.choice(3, n, p=[0.6, 0.25, 0.15])
            before = rng.uniform(0.5, 2, n)
            y = 5.5 + (sex == 0) - 1.5 * (region == 2) + 2.0 * ((sex == 1) & (region == 0)) + rng.normal(0, 1, n)
            codes = np.stack([sex, region], axis=1)
            done = raking_factors(before, codes, TARGETS, 1e-9, 150, bounds=(LOW, HIGH))
            unmet += not done.converged
            mean, parts = errors(codes, before, done.values, y)
            means.append(mean)
            found.append(parts)
        said = np.sqrt((np.asarray(found) ** 2).mean(axis=0))
        numbers = " | ".join(f"{x:.4f}" for x in (np.std(means, ddof=1), *said))
        print(f"| {n} | {numbers} | {100 * unmet / samples:.0f} % |")


if __name__ == "__main__":
    main()
