"""Coverage of intervals of shares, scores, differences and leads: ``python benchmarks/coverage_shares.py``.

20 000 pairs of samples of 250, simple and with unequal weights (log-normal, sigma 0.5), by symmetric limits and by
those in use: on the logit scale, differences by square-and-add; and leads over the best other of five companies in
2 000 leagues of such samples.  docs/desk.md cites the result.
"""

from __future__ import annotations

import sys

import numpy as np

from csimodels.desk.shares import logit_interval
from csimodels.infer.best import lead_over_best
from csimodels.infer.contrasts import difference

PAIRS = ((0.02, 0.02), (0.02, 0.06), (0.05, 0.05), (0.95, 0.98), (0.3, 0.4))
#: Shares of promoters, passives and detractors, twice.
SCORES = (((0.9, 0.08, 0.02), (0.94, 0.05, 0.01)), ((0.45, 0.35, 0.2), (0.5, 0.35, 0.15)))
#: Shares of five companies: close together near an end, one far below, spread in the middle.
LEAGUES = ((0.97, 0.97, 0.96, 0.95, 0.95), (0.98, 0.98, 0.98, 0.98, 0.80), (0.60, 0.50, 0.45, 0.40, 0.30))


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


def leads_held(x: np.ndarray, se: np.ndarray, truth: np.ndarray) -> dict[str, list[float]]:
    """How often the interval of each company's lead over the best other holds the true one; (S, U) shares."""
    df = np.full(x.shape[1], 249.0)
    others = np.where(np.eye(len(truth), dtype=bool), -np.inf, truth[None, :]).max(axis=1)
    kept: dict[str, list[np.ndarray]] = {"symmetric": [], "square-and-add": []}
    for value, error in zip(x, se, strict=True):

        def ends(level: float, value: np.ndarray = value, error: np.ndarray = error) -> tuple[np.ndarray, np.ndarray]:
            low, high = logit_interval(value, error, df, level)
            return np.where(np.isnan(low), value, low), np.where(np.isnan(high), value, high)

        for kind, limits in (("symmetric", None), ("square-and-add", ends)):
            found = lead_over_best(value, error, df, ends=limits)
            kept[kind].append((found.low <= truth - others) & (truth - others <= found.high))
    return {kind: np.mean(rows, axis=0).round(3).tolist() for kind, rows in kept.items()}


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
        for league in LEAGUES:
            few = surveys // 10
            drawn = [(random.random((few, n)) < p).astype(float) for p in league]
            weights = [random.lognormal(0, 0.5, (few, n)) if weighted else np.ones((few, n)) for _ in league]
            sides = [estimates(x, one) for x, one in zip(drawn, weights, strict=True)]
            x, se = (np.column_stack([side[k] for side in sides]) for k in (0, 1))
            print(kind, "leads", league, leads_held(x, se, np.asarray(league)))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
