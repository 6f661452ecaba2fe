"""Coverage of intervals of shares, net promoter scores and their differences: ``python benchmarks/coverage_shares.py``.

20 000 pairs of samples of 250, simple and with unequal weights (log-normal, sigma 0.5), by symmetric limits and by
those in use: on the logit scale, differences by square-and-add.  docs/desk.md cites the result.
"""

from __future__ import annotations

import sys

import numpy as np

from csimodels.desk.shares import logit_interval
from csimodels.infer.contrasts import difference

PAIRS = ((0.02, 0.02), (0.02, 0.06), (0.05, 0.05), (0.95, 0.98), (0.3, 0.4))
#: Shares of promoters, passives and detractors, twice.
SCORES = (((0.9, 0.08, 0.02), (0.94, 0.05, 0.01)), ((0.45, 0.35, 0.2), (0.5, 0.35, 0.15)))


def estimates(answers: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means (S,) of answers (S, n) and their linearised errors."""
    total = w.sum(axis=1)
    mean = (w * answers).sum(axis=1) / total
    n = answers.shape[1]
    se = np.sqrt(n / (n - 1) * (w**2 * (answers - mean[:, None]) ** 2).sum(axis=1)) / total
    return mean, se


def held(sides: list[tuple[np.ndarray, np.ndarray]], truth: tuple[float, float], least: float) -> dict[str, float]:
    """How often each interval holds the truth; NaN and certain shares count as misses where they miss."""
    n, width = 250, 1.0 - least
    df = np.full(len(sides[0][0]), float(n - 1))
    three = [(x, se, df) for x, se in sides]
    ends = []
    for x, se in sides:
        low, high = logit_interval((x - least) / width, se / width, df)
        ends.append(
            (np.where(np.isnan(low), x, least + width * low), np.where(np.isnan(high), x, least + width * high))
        )
    plain, made = difference(three[0], three[1]), difference(three[0], three[1], ends=(ends[0], ends[1]))
    gap = truth[0] - truth[1]
    symmetric = difference(three[0], (np.zeros_like(df), np.zeros_like(df), np.full_like(df, np.inf)))
    return {
        "one, symmetric": float(np.mean((symmetric.low <= truth[0]) & (truth[0] <= symmetric.high))),
        "one, logit": float(np.mean((ends[0][0] <= truth[0]) & (truth[0] <= ends[0][1]))),
        "difference, symmetric": float(np.mean((plain.low <= gap) & (gap <= plain.high))),
        "difference, square-and-add": float(np.mean((made.low <= gap) & (gap <= made.high))),
    }


def main(surveys: int = 20_000, n: int = 250) -> None:
    """Print one line for each pair and kind of sample."""
    random = np.random.default_rng(8)
    for weighted in (False, True):
        w = [random.lognormal(0, 0.5, (surveys, n)) if weighted else np.ones((surveys, n)) for _ in range(2)]
        kind = "weighted" if weighted else "simple"
        for pair in PAIRS:
            drawn = [(random.random((surveys, n)) < p).astype(float) for p in pair]
            sides = [estimates(x, one) for x, one in zip(drawn, w, strict=True)]
            print(kind, "shares", pair, {k: round(v, 3) for k, v in held(sides, pair, 0.0).items()})
        for first, second in SCORES:
            drawn = [random.choice([1.0, 0.0, -1.0], (surveys, n), p=p) for p in (first, second)]
            sides = [estimates(x, one) for x, one in zip(drawn, w, strict=True)]
            truth = first[0] - first[2], second[0] - second[2]
            print(kind, "scores", truth, {k: round(v, 3) for k, v in held(sides, truth, -1.0).items()})


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
