"""Polychoric correlations of ordered answers, two-step (Olsson 1979): the input of ordinal PLS and PLSc.

(Schuberth, Henseler & Dijkstra 2018.)  Thresholds come from the margins; the correlation maximises the likelihood of
the table of two items, by Fisher scoring for all pairs and replicates at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats

#: Categories beyond which answers are continuous for all that matters.
MOST_CATEGORIES = 20
#: Thresholds of empty tails.
FAR = 9.0
#: Correlations stay inside this.
LARGEST = 0.999
NODES = 48


@dataclass(frozen=True, eq=False)
class Polychoric:
    """Correlations of the normal variables behind ordered answers.

    Attributes
    ----------
    correlation : (*B, p, p) array
        Polychoric correlations; they need not be positive definite.
    log_likelihood : (*B, pairs) array
        Of the table of every two items ``i < j``, thresholds held at those of the margins.
    converged : (*B,) array
        All pairs.
    """

    correlation: Floats
    log_likelihood: Floats
    converged: NDArray[np.bool_]


def polychoric(answers: Floats, weights: Floats | None = None, max_iter: int = 60, tol: float = 1e-10) -> Polychoric:
    """Polychoric correlations of answers ``(n, p)``, whole rows, categories in the order of their values.

    Parameters
    ----------
    answers : (n, p) array
        A row with a hole is left out.
    weights : (*B, n) array, optional
        Sampling weights or counts of replicates.
    max_iter, tol : int, float
        Steps at most, and the change of a correlation at which they end.

    Raises
    ------
    DataError
        Items with one category only, or with more than :data:`MOST_CATEGORIES`.
    """
    kept = ~np.isnan(answers).any(axis=1)
    x = answers[kept]
    codes = [np.unique(column, return_inverse=True)[1].ravel() for column in x.T]
    sizes = [int(code.max(initial=-1)) + 1 for code in codes]
    wrong = [
        Message("item {n}: {size}", n=j + 1, size=size)
        for j, size in enumerate(sizes)
        if not 2 <= size <= MOST_CATEGORIES
    ]
    if wrong:
        what = "polychoric correlations need items of two categories or more"
        raise DataError(
            Problem(
                what,
                found=listed(wrong),
                allowed=Message("2 to {MOST_CATEGORIES} categories", MOST_CATEGORIES=MOST_CATEGORIES),
            )
        )
    w = np.ones((1, len(x))) if weights is None else np.atleast_2d(weights)[..., kept].reshape(-1, int(kept.sum()))
    batch = () if weights is None else weights.shape[:-1]
    most = max(sizes)
    member = [np.asarray(code[:, None] == np.arange(most), dtype=np.float64) for code in codes]
    pairs = list(combinations(range(x.shape[1]), 2))
    parts = [_of_one(one, member, pairs, max_iter, tol) for one in w]
    p = x.shape[1]
    corr = np.broadcast_to(np.eye(p), (len(w), p, p)).copy()
    first, second = np.asarray(pairs, dtype=np.intp).reshape(-1, 2).T
    rho = np.stack([part[0] for part in parts])
    corr[:, first, second] = rho
    corr[:, second, first] = rho
    lnl = np.stack([part[1] for part in parts]).reshape(*batch, -1)
    return Polychoric(corr.reshape(*batch, p, p), lnl, np.asarray([part[2] for part in parts]).reshape(batch))


def _of_one(
    w: Floats, member: list[Floats], pairs: list[tuple[int, int]], max_iter: int, tol: float
) -> tuple[Floats, Floats, bool]:
    """Correlations and log-likelihoods ``(pairs,)`` under one set of weights."""
    from scipy.special import ndtri

    cuts = []
    for one in member:
        share = np.cumsum(w @ one) / w.sum()
        inner = np.clip(ndtri(np.clip(share[:-1], 0, 1)), -FAR, FAR)
        cuts.append(np.concatenate([[-FAR], inner, [FAR]]))
    tables = np.stack([(member[i] * w[:, None]).T @ member[j] for i, j in pairs])
    h = np.stack([cuts[i] for i, _ in pairs])[:, :, None]
    k = np.stack([cuts[j] for _, j in pairs])[:, None, :]
    rho, done = _start(tables), False
    for _ in range(max_iter):
        cell, slope = _cells(h, k, rho)
        score = (tables * slope / cell).sum(axis=(1, 2))
        information = tables.sum(axis=(1, 2)) * (slope**2 / cell).sum(axis=(1, 2))
        step = np.clip(score / information, -0.3, 0.3)
        new = np.clip(rho + step, -LARGEST, LARGEST)
        done = bool(np.abs(new - rho).max(initial=0.0) < tol)
        rho = new
        if done:
            break
    cell, _ = _cells(h, k, rho)
    return rho, (tables * np.log(cell)).sum(axis=(1, 2)), done


def _start(tables: Floats) -> Floats:
    """Correlations of the codes, drawn in a little."""
    total = tables.sum(axis=(1, 2))
    level = np.arange(tables.shape[1], dtype=np.float64)
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    m1, m2 = rows @ level / total, columns @ level / total
    v1, v2 = rows @ level**2 / total - m1**2, columns @ level**2 / total - m2**2
    cross = (tables * level[:, None] * level).sum(axis=(1, 2)) / total - m1 * m2
    return np.asarray(0.9 * np.clip(cross / np.sqrt(v1 * v2), -0.95, 0.95))


def _cells(h: Floats, k: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Probabilities ``(pairs, C, C)`` of the cells between thresholds, and their derivatives in rho.

    ``Phi2(h, k, r) = Phi(h) Phi(k) + 1/(2 pi) int_0^asin(r) exp(-(h^2 + k^2 - 2 h k sin t)/(2 cos^2 t)) dt`` (Drezner
    & Wesolowsky 1990), by Gauss-Legendre; its derivative in r is the density.
    """
    from scipy.special import ndtr

    node, weight = _legendre()
    angle = np.arcsin(rho)[:, None] * node
    sine, cosine2 = np.sin(angle)[:, None, None, :], np.cos(angle)[:, None, None, :] ** 2
    squares, product = (h**2 + k**2)[..., None], (h * k)[..., None]
    integral = (np.exp(-(squares - 2 * product * sine) / (2 * cosine2)) * weight).sum(axis=-1)
    joint = ndtr(h) * ndtr(k) + np.arcsin(rho)[:, None, None] * integral / (2 * np.pi)
    r = rho[:, None, None]
    density = np.exp(-(h**2 + k**2 - 2 * r * h * k) / (2 * (1 - r**2))) / (2 * np.pi * np.sqrt(1 - r**2))
    cells = np.diff(np.diff(joint, axis=1), axis=2)
    return np.maximum(cells, 1e-15), np.diff(np.diff(density, axis=1), axis=2)


@cache
def _legendre() -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1]."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    return (node + 1) / 2, weight / 2


def with_correlations(moments: Moments, correlation: Floats) -> Moments:
    """`moments` with other correlations of the same items ``(*B, p, p)``: PLS on them is ordinal PLS."""
    sd = moments.sd
    return replace(moments, cov=correlation * sd[..., :, None] * sd[..., None, :])
