"""How often intervals of changes and differences of paths hold the truth: ``path_contrasts.py 400 [method]``.

So many surveys of each design: two waves of separate samples; of a panel of whom three in five stay; three companies
whose customers come from the same 40 clusters.  The truth is that of a draw of 400 000; docs/rollup.md cites it.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd

import csimodels as cs

SPEC = """
csi: 1
constructs: {Quality: {items: [Q1, Q2, Q3]}, Value: {items: [V1, V2]}, Satisfaction: {items: [S1, S2, S3]}}
paths: {Quality: [Value, Satisfaction], Value: Satisfaction}
"""
ITEMS = ["Q1", "Q2", "Q3", "V1", "V2", "S1", "S2", "S3"]
BLOCK = np.repeat(np.eye(3), [3, 2, 3], axis=0)
#: Design: groups, respondents of a group, keywords of the study.
DESIGNS: dict[str, tuple[int, int, dict[str, Any]]] = {
    "separate waves": (2, 150, {"by": "group"}),
    "panel": (2, 150, {"by": "group", "design": {"panel": "id"}}),
    "shared clusters": (3, 160, {"by": "group", "design": {"cluster": "cluster"}}),
}


def drawn(design: str, n: int, seed: int) -> pd.DataFrame:
    """Groups of `n` respondents; the path of Quality into Satisfaction grows from group to group."""
    random = np.random.default_rng(seed)
    groups = DESIGNS[design][0]
    first, parts = random.normal(size=(n, 11)), []
    clusters = np.arange(n) % 40 if n < 10_000 else np.arange(n) // 4
    shared = random.normal(size=(clusters.max() + 1, 11))
    stay = np.arange(n) < 0.6 * n if design == "panel" else np.zeros(n, dtype=bool)
    for g in range(groups):
        own = random.normal(size=(n, 11))
        if design == "panel" and g:
            own = np.where(stay[:, None], 0.8 * first + 0.6 * own, own)
        elif design == "panel":
            own = first
        elif design == "shared clusters":
            own = np.sqrt(0.75) * own + 0.5 * shared[clusters]
        value = 0.6 * own[:, 0] + 0.8 * own[:, 1]
        satisfaction = (0.3 + 0.15 * g) * own[:, 0] + 0.4 * value + 0.7 * own[:, 2]
        latent = np.stack([own[:, 0], value, satisfaction], axis=1) @ BLOCK.T
        answers = (5.5 + 1.3 * latent + own[:, 3:]).round().clip(1, 10)
        ids = np.where(stay, np.arange(n), np.arange(n) + n * (g + 1))
        parts.append(pd.DataFrame(answers, columns=ITEMS).assign(group=g, id=ids, cluster=clusters))
    return pd.concat(parts, ignore_index=True)


def differences(data: pd.DataFrame, keywords: dict[str, Any], method: str) -> pd.DataFrame:
    """Every pair of groups, path by path."""
    study = cs.Study(cs.parse_model(SPEC), data, uncertainty=getattr(cs, method)(), **keywords)
    return study.run(progress=False).path_differences(against="pairs", adjust="none")


def main(surveys: int, method: str) -> None:
    """Print one line for each design."""
    for design, (_, n, keywords) in DESIGNS.items():
        truth = differences(drawn(design, 400_000, 1), {"by": "group"}, "Linearised")["difference"].to_numpy()
        found = [differences(drawn(design, n, 1000 + s), keywords, method) for s in range(surveys)]
        held = np.stack([(t["low"].to_numpy() <= truth) & (truth <= t["high"].to_numpy()) for t in found])
        ratio = np.stack([t["se"] for t in found]).mean(axis=0) / np.stack([t["difference"] for t in found]).std(axis=0)
        shares = held.mean(axis=0)
        print(f"{design:16} n {n} {surveys} surveys: held {shares.min():.3f} to {shares.max():.3f}, mean "
              f"{shares.mean():.3f}; error over spread {ratio.min():.2f} to {ratio.max():.2f}")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "Linearised")
