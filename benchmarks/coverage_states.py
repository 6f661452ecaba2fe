"""Coverage of intervals of states of a panel, before and after: ``python benchmarks/coverage_states.py [surveys]``.

Panels of 250 persons asked twice (the population of ``coverage_decisions.py``, scores taken as known), simple and with
unequal weights (log-normal, sigma 0.5: 195 effective persons). ``percentile`` are 500 bootstrap samples of persons, as
in the version before; ``published`` the limits in use.  Truth: 4 million persons.  An interval that is not there counts
as one that misses.  Written to ``benchmarks/results/coverage_states.csv``; docs/decisions.md cites it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

from csimodels.moments import Sampling  # noqa: E402
from csimodels.study.decisions.moves import Moves  # noqa: E402
from csimodels.study.decisions.moves_spread import DRAWN, spread  # noqa: E402

PERSONS, SAMPLES, STATES = 250, 500, ("low", "middle", "high")


def panel(random: np.random.Generator, n: int, weighted: bool) -> Moves:
    """`n` persons, whose mean of three answers is low, middle or high, who stay or not, and are worth something."""
    person = random.normal(size=n)
    weights = random.lognormal(0, 0.5, n) if weighted else np.ones(n)
    meant = [0.8 * person + 0.6 * random.normal(size=n) + 0.2 * t for t in (0, 1)]
    scores = [np.clip(70 + 9 * (x + 0.7 * random.normal(size=(3, n)).mean(axis=0)), 0, 100) for x in meant]
    stays = (random.random(n) < 1 / (1 + np.exp(-1.5 - meant[0]))).astype(float)
    worth = np.maximum(30 + 5 * meant[0] + 10 * random.normal(size=n), 0.0)
    before, after = (np.digitize(x, [64, 76]).astype(np.intp) for x in scores)
    return Moves(before, after, weights, Sampling.of(n), len(STATES), stays, worth, 0.1)


def names_of(moves: Moves) -> list[str]:
    """What every number is called, in the order of `DRAWN`."""
    out = []
    for name in DRAWN:
        shape = getattr(moves.sums, name).shape
        if len(shape) == 2:
            out += [f"{a} to {b}" for a in STATES for b in STATES]
        else:
            out += [name] if shape == (1,) else [f"{name} of {a}" for a in STATES]
    return out


def percentiles(moves: Moves, random: np.random.Generator) -> np.ndarray:
    """(2, Q) limits of the version before."""
    n = len(moves.before)
    counts = random.multinomial(n, np.full(n, 1 / n), size=SAMPLES).astype(float)
    drawn = moves._parted(counts @ moves._columns).flat(DRAWN)
    ends = np.nanquantile(np.where(np.isfinite(drawn), drawn, np.nan), [0.025, 0.975], axis=0)
    return np.where(np.nanstd(drawn, axis=0) > 0, ends, np.nan)


def main(surveys: int = 2000) -> None:
    """Count, print and write."""
    random = np.random.default_rng(16)
    truth = panel(random, 4_000_000, False).sums.flat(DRAWN)
    rows = []
    for sample in ("simple", "weighted"):
        hits: dict[str, list[np.ndarray]] = {"percentile": [], "published": []}
        for _ in range(surveys):
            moves = panel(random, PERSONS, sample == "weighted")
            own = spread(moves, 0.95)
            ends = np.concatenate([own[name][1:].reshape(2, -1) for name in DRAWN], axis=1)
            for kind, (low, high) in (("percentile", percentiles(moves, random)), ("published", ends)):
                hits[kind].append((low <= truth) & (truth <= high))
        found = {kind: np.mean(some, axis=0) for kind, some in hits.items()}
        for q, name in enumerate(names_of(moves)):
            row = {"number": name, "sample": sample, "n": PERSONS, "surveys": surveys, "truth": round(truth[q], 4)}
            rows.append(row | {kind: round(float(part[q]), 4) for kind, part in found.items()})
    done = pd.DataFrame(rows)
    done.to_csv(ROOT / "benchmarks" / "results" / "coverage_states.csv", index=False, lineterminator="\n")
    print(done.to_string())


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
