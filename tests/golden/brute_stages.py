"""PLS and PLSc of one second-order construct in two stages, refitted from weighted rows: written without the package.

From Lohmoeller (1989), Dijkstra & Henseler (2015) and Sarstedt et al. (2019): one plain loop over one matrix of
correlations at a time, for the brute force of jackknife and bootstrap in ``against_rows.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Arrow = tuple[str, str]


@dataclass(frozen=True)
class Spec:
    """Blocks of items, arrows without those of the dimensions, and one construct that is made of dimensions."""

    blocks: Mapping[str, Sequence[str]]
    arrows: Sequence[Arrow]
    whole: str
    parts: Sequence[str]
    embedded: bool = False
    mode_b: bool = False  # of the whole
    consistent: bool = False  # PLSc: all but the whole reflective
    factor: bool = False  # PLSc: the whole too


def weighted(x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance (divisor sum of weights)."""
    mean = w @ x / w.sum()
    apart = x - mean
    return mean, (apart * w[:, None]).T @ apart / w.sum()


def pls(
    corr: np.ndarray, blocks: Mapping[str, Sequence[int]], arrows: Sequence[Arrow], mode_b: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """Weight vectors over all rows of `corr`, scores of variance one; path weighting."""
    size = len(corr)

    def unit(v: np.ndarray) -> np.ndarray:
        return v / np.sqrt(v @ corr @ v)

    weight = {}
    for name, block in blocks.items():
        start = np.zeros(size)
        start[list(block)] = 1.0
        weight[name] = unit(start)
    for _ in range(2000):
        before = dict(weight)
        for name, block in blocks.items():
            inner = np.zeros(size)
            causes = [a for a, b in arrows if b == name]
            if causes:
                w = np.stack([before[c] for c in causes])
                beta = np.linalg.solve(w @ corr @ w.T, w @ corr @ before[name])
                inner = beta @ w
            for effect in (b for a, b in arrows if a == name):
                inner = inner + before[effect] * (before[effect] @ corr @ before[name])
            at = list(block)
            seen = (corr @ inner)[at]
            own = np.zeros(size)
            own[at] = np.linalg.solve(corr[np.ix_(at, at)], seen) if name in mode_b else seen
            weight[name] = unit(own)
        if max(np.abs(weight[name] - before[name]).max() for name in blocks) < 1e-13:
            break
    for name, block in blocks.items():
        if np.sign((corr @ weight[name])[list(block)]).sum() < 0:
            weight[name] = -weight[name]
    return weight


def rho_a(corr: np.ndarray, w: np.ndarray, block: Sequence[int]) -> float:
    """Dijkstra & Henseler (2015), equation 3; 1 for a single item."""
    if len(block) == 1:
        return 1.0
    at = list(block)
    v, s = w[at], corr[np.ix_(at, at)]
    return float((v @ v) ** 2 * (v @ (s - np.diag(np.diag(s))) @ v) / (v @ (np.outer(v, v) - np.diag(v**2)) @ v))


def refit(
    spec: Spec, items: Sequence[str], x: np.ndarray, w: np.ndarray, scale: tuple[float, float]
) -> dict[str, float]:
    """Paths, R2 and 0-100 indices of one weighted sample."""
    mean, cov = weighted(x, w)
    sd = np.sqrt(np.diag(cov))
    corr = cov / np.outer(sd, sd)
    place = {name: k for k, name in enumerate(items)}
    first = {name: [place[i] for i in names] for name, names in spec.blocks.items()}
    one = [a for a in spec.arrows if spec.whole not in a]
    if spec.embedded:
        arrows = [*spec.arrows]
        arrows += [(spec.whole, p) if spec.factor else (p, spec.whole) for p in spec.parts]
        blocks = first | {spec.whole: [k for p in spec.parts for k in first[p]]}
        modes = [spec.whole] if spec.mode_b else []
    else:
        arrows = one + [(a, p) for a, b in spec.arrows if b == spec.whole for p in spec.parts]
        arrows += [(p, b) for a, b in spec.arrows if a == spec.whole for p in spec.parts]
        blocks, modes = first, []
    stage_one = pls(corr, blocks, arrows, modes)
    scored = [*first] if spec.embedded else [*spec.parts]
    big, entries, stood = _second_matrix(spec, corr, first, stage_one, scored)
    stage_two = pls(big, entries, spec.arrows, [spec.whole] if spec.mode_b else [])
    names = [*entries]
    v = np.stack([stage_two[name] for name in names])
    between = v @ big @ v.T
    if spec.consistent:
        kept = [] if spec.embedded else list(names)
        kept = [name for name in kept if name != spec.whole] + ([spec.whole] if spec.factor else [])
        root = np.asarray([np.sqrt(rho_a(big, stage_two[n], entries[n])) if n in kept else 1.0 for n in names])
        between = between / np.outer(root, root)
        np.fill_diagonal(between, 1.0)
    out = _regressions(names, between, spec.arrows)
    low, high = scale
    for name in names:
        raw = np.zeros(len(items))
        for k, value in enumerate(stage_two[name]):
            raw += value * stood[k]
        u = raw / sd
        out[f"index {name}"] = float(100 * (u @ (mean - low)) / (u.sum() * (high - low)))
    return out


def _second_matrix(
    spec: Spec,
    corr: np.ndarray,
    first: Mapping[str, Sequence[int]],
    weight: Mapping[str, np.ndarray],
    scored: Sequence[str],
) -> tuple[np.ndarray, dict[str, list[int]], np.ndarray]:
    """Correlations of what stage two takes as items, its blocks, and the items (rows: entries) that each stands for."""
    plain = [name for name in first if name not in spec.parts]
    rows, root, blocks = [], [], {}
    for name in plain:
        if name in scored:
            blocks[name] = [len(rows)]
            rows.append(weight[name])
            root.append(np.sqrt(rho_a(corr, weight[name], first[name])) if spec.consistent else 1.0)
            continue
        blocks[name] = list(range(len(rows), len(rows) + len(first[name])))
        rows += [np.eye(len(corr))[k] for k in first[name]]
        root += [1.0] * len(first[name])
    blocks[spec.whole] = list(range(len(rows), len(rows) + len(spec.parts)))
    for part in spec.parts:
        rows.append(weight[part])
        root.append(np.sqrt(rho_a(corr, weight[part], first[part])) if spec.consistent else 1.0)
    made = np.stack(rows)
    big = made @ corr @ made.T / np.outer(root, root)
    np.fill_diagonal(big, 1.0)
    return big, blocks, made


def _regressions(names: Sequence[str], corr: np.ndarray, arrows: Sequence[Arrow]) -> dict[str, float]:
    out, at = {}, {name: k for k, name in enumerate(names)}
    for target in dict.fromkeys(b for _, b in arrows):
        causes = [a for a, b in arrows if b == target]
        k = [at[c] for c in causes]
        beta = np.linalg.solve(corr[np.ix_(k, k)], corr[k, at[target]])
        out |= {f"path {c}->{target}": float(b) for c, b in zip(causes, beta, strict=True)}
        out[f"R2 {target}"] = float(beta @ corr[k, at[target]])
    return out
