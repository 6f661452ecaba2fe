"""Errors of a group that stands in some of the clusters of a stratified sample: planned, or met by chance.

``python benchmarks/groups_of_clusters.py`` prints the table of docs/uncertainty.md (Designs): the spread of the mean of
one wave, and of the change between two waves of the same clusters, over simulated samples, beside the mean error of a
sample of its own (as here) and of a domain (as R's ``subset`` of a design).  Seconds; the seed is fixed.
"""

from __future__ import annotations

import numpy as np

#: Strata, clusters of each, share of the clusters that hold the group, samples.
STRATA, CLUSTERS, SHARE, SAMPLES = 3, 8, 0.8, 4000
#: Standard deviations of clusters and of respondents.
OF_CLUSTER, OF_PERSON = 0.8, 1.5

Array = np.ndarray


def errors(totals: list[Array], there: list[Array]) -> tuple[float, float]:
    """Variance of the sum of two totals, or of one: with the clusters that are there, and with all of them."""
    own, centred = [], []
    for total, here in zip(totals, there, strict=True):
        n = here.sum(axis=1, keepdims=True)
        e = np.where(here, total - total.sum(axis=1, keepdims=True) / n, 0.0)
        centred.append(e)
        own.append(float((n[:, 0] / (n[:, 0] - 1) * (e**2).sum(axis=1)).sum()))
    every = sum(totals)
    domain = CLUSTERS / (CLUSTERS - 1) * ((every - every.mean(axis=1, keepdims=True)) ** 2).sum()
    if len(totals) == 1:
        return own[0], float(domain)
    size = np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum())
    corr = (centred[0] * centred[1]).sum() / size
    return own[0] + own[1] + 2 * corr * np.sqrt(own[0] * own[1]), float(domain)


def simulated(apart: float, planned: bool, seed: int = 1) -> dict[str, float]:
    """Spread and mean errors; strata from lowest to highest `apart`, in standard deviations of their respondents."""
    rng = np.random.default_rng(seed)
    level = apart * np.hypot(OF_CLUSTER, OF_PERSON) * np.linspace(-0.5, 0.5, STRATA)[:, None]
    shape = (STRATA, CLUSTERS)
    fixed = [rng.random(shape) < SHARE for _ in range(2)]
    rows = []
    while len(rows) < SAMPLES:
        there = fixed if planned else [rng.random(shape) < SHARE for _ in range(2)]
        if min(int(here.sum(axis=1).min()) for here in there) < 2:
            fixed = [rng.random(shape) < SHARE for _ in range(2)]
            continue
        cluster = level + rng.normal(0, OF_CLUSTER, shape)
        mean, totals = [], []
        for here in there:
            n = rng.integers(3, 6, shape)
            w = n * here / (n * here).sum()
            x = cluster + rng.normal(0, OF_PERSON, shape) / np.sqrt(n)
            mean.append(float((w * x).sum()))
            totals.append(w * (x - mean[-1]))
        wave = errors(totals[:1], there[:1])
        change = errors([totals[1], -totals[0]], [there[1], there[0]])
        rows.append((mean[0], *wave, mean[1] - mean[0], *change))
    x = np.asarray(rows)
    found = {}
    for name, k in (("wave", 0), ("change", 3)):
        found |= {f"{name}: spread": x[:, k].std()}
        found |= {f"{name}: planned": np.sqrt(x[:, k + 1].mean()), f"{name}: by chance": np.sqrt(x[:, k + 2].mean())}
    return found


if __name__ == "__main__":
    for apart, planned in ((0.0, False), (0.6, False), (1.8, False), (1.8, True)):
        found = simulated(apart, planned)
        print(f"{apart:.1f} {'planned' if planned else 'by chance'}", *(f"{k} {v:.3f}" for k, v in found.items()))
