"""PLS on rows, written without the package: an independent reference for models with higher-order constructs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Blocks = Mapping[str, np.ndarray]
Arrows = Sequence[tuple[str, str]]


def standardised(x: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and variance 1."""
    x = np.asarray(x, dtype=float)
    x = x.reshape(len(x), -1)
    return (x - x.mean(axis=0)) / x.std(axis=0)


def pls(
    blocks: Blocks, arrows: Arrows, mode_b: Sequence[str] = ()
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Scores ``(n,)`` and weights of every construct, path scheme, until nothing moves."""
    x = {name: standardised(block) for name, block in blocks.items()}
    score = {name: standardised(block.sum(axis=1))[:, 0] for name, block in x.items()}
    weights: dict[str, np.ndarray] = {}
    for _ in range(5000):
        before = {name: value.copy() for name, value in score.items()}
        for name, block in x.items():
            causes = [s for s, t in arrows if t == name]
            effects = [t for s, t in arrows if s == name]
            inner = np.zeros(len(block))
            if causes:
                known = np.stack([before[c] for c in causes], axis=1)
                inner = inner + known @ np.linalg.lstsq(known, before[name], rcond=None)[0]
            for effect in effects:
                inner = inner + before[effect] * np.mean(before[effect] * before[name])
            w = np.linalg.lstsq(block, inner, rcond=None)[0] if name in mode_b else block.T @ inner
            made = block @ w
            weights[name] = w / made.std()
            score[name] = made / made.std()
        if max(np.abs(score[name] - before[name]).max() for name in score) < 1e-13:
            break
    for name, block in x.items():
        if np.sign(block.T @ score[name]).sum() < 0:
            score[name], weights[name] = -score[name], -weights[name]
    return score, weights


def regression(score: Mapping[str, np.ndarray], arrows: Arrows) -> tuple[dict[str, float], dict[str, float]]:
    """Paths ``"source->target"`` and R2 by least squares on scores."""
    paths, r2 = {}, {}
    for target in dict.fromkeys(t for _, t in arrows):
        causes = [s for s, t in arrows if t == target]
        known = np.stack([score[c] for c in causes], axis=1)
        beta = np.linalg.lstsq(known, score[target], rcond=None)[0]
        paths |= {f"{c}->{target}": float(b) for c, b in zip(causes, beta, strict=True)}
        r2[target] = float(1 - np.mean((score[target] - known @ beta) ** 2))
    return paths, r2
