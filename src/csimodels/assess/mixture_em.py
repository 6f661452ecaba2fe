"""EM for a mixture of regressions among construct scores, all starts at once.

A step needs of each segment nothing but weighted moments of the scores; the log-density of a row is a quadratic form of
its scores: two matrix products for all starts together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats, spd_solve

#: A residual variance below this is a segment that lies on its regression: the likelihood has no bound there.
SMALLEST_VARIANCE = 1e-8


@dataclass(frozen=True, eq=False)
class ScoreMoments:
    """Scores with a column of ones where there are intercepts, and the products that the M-step weights.

    Attributes
    ----------
    z : (n, d) columns;  products : (n, d (d + 1)/2);  upper : places of the products.
    equations : column of the target and columns of its predictors.
    """

    z: Floats
    products: Floats
    upper: tuple[NDArray[np.intp], NDArray[np.intp]]
    equations: list[tuple[int, list[int]]]

    @classmethod
    def of(cls, scores: Floats, equations: list[tuple[int, list[int]]], intercepts: bool) -> ScoreMoments:
        """Products of scores ``(n, J)``; an equation is the place of a target and those of its predictors."""
        z = np.column_stack([scores, np.ones(len(scores))])
        rows, cols = np.triu_indices(z.shape[1])
        one = [z.shape[1] - 1] if intercepts else []
        return cls(z, z[:, rows] * z[:, cols], (rows, cols), [(t, [*sources, *one]) for t, sources in equations])

    def weighted(self, posterior: Floats) -> Floats:
        """(S, K, d, d) sums of products under the posteriors ``(S, K, n)``."""
        s, k, n = posterior.shape
        flat = (posterior.reshape(s * k, n) @ self.products).reshape(s, k, -1)
        full = np.empty((s, k, self.z.shape[1], self.z.shape[1]))
        rows, cols = self.upper
        full[..., rows, cols] = flat
        full[..., cols, rows] = flat
        return full

    def forms(self, quadratic: Floats) -> Floats:
        """(S, K, n) values ``z' Q z`` of every row for the symmetric matrices ``Q (S, K, d, d)``."""
        rows, cols = self.upper
        flat = quadratic[..., rows, cols] * np.where(rows == cols, 1.0, 2.0)
        s, k = flat.shape[:2]
        return np.asarray((flat.reshape(s * k, -1) @ self.products.T).reshape(s, k, -1))


@dataclass(eq=False)
class Solutions:
    """All starts: ``log_likelihood (S,)``, posteriors ``(S, K, n)``, coefficients and variances by equation."""

    posterior: Floats
    share: Floats
    beta: list[Floats]
    variance: Floats
    log_likelihood: Floats
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]


def expectation_maximisation(moments: ScoreMoments, begin: Floats, tol: float, max_iter: int) -> Solutions:
    """Run every start to its own convergence; those that break have the log-likelihood -inf."""
    size, k, n = begin.shape
    out = Solutions(
        begin.copy(),
        np.full((size, k), np.nan),
        [np.full((size, k, len(columns)), np.nan) for _, columns in moments.equations],
        np.full((size, k, len(moments.equations)), np.nan),
        np.full(size, -np.inf),
        np.zeros(size, dtype=bool),
        np.zeros(size, dtype=np.int64),
    )
    active, posterior, last = np.arange(size), begin, np.full(size, -np.inf)
    for step in range(1, max_iter + 1):
        share, beta, variance = _maximise(moments, posterior)
        broken = (share * n < 1).any(axis=-1) | ~(variance > SMALLEST_VARIANCE).all(axis=(-2, -1))
        posterior, value = _expect(moments, share, beta, variance)
        broken |= ~np.isfinite(value)
        settled = ~broken & (np.abs(value - last) < tol)
        ended = settled | broken if step < max_iter else np.ones(len(active), dtype=bool)
        stop = active[ended]
        out.posterior[stop], out.share[stop], out.variance[stop] = posterior[ended], share[ended], variance[ended]
        for equation, part in enumerate(beta):
            out.beta[equation][stop] = part[ended]
        out.log_likelihood[stop] = np.where(broken, -np.inf, value)[ended]
        out.converged[stop], out.iterations[stop] = settled[ended], step
        active, posterior, last = active[~ended], posterior[~ended], value[~ended]
        if not len(active):
            break
    return out


def _maximise(moments: ScoreMoments, posterior: Floats) -> tuple[Floats, list[Floats], Floats]:
    """Shares ``(S, K)``, coefficients ``(S, K, r)`` and variances ``(S, K, Q)`` of the regressions in each segment."""
    sums = moments.weighted(posterior)
    size = sums[..., -1, -1]
    betas, variances = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        for target, columns in moments.equations:
            at = np.asarray(columns)
            known = sums[..., at, target]
            beta = _solved(sums[..., at[:, None], at], known)
            betas.append(beta)
            variances.append((sums[..., target, target] - (beta * known).sum(axis=-1)) / size)
    return size / len(moments.z), betas, np.stack(variances, axis=-1)


def _solved(a: Floats, b: Floats) -> Floats:
    """``a x = b`` for ``(S, K, r, r)``: one call for all, and element by element where one of them is singular."""
    try:
        return np.asarray(np.linalg.solve(a, b[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return spd_solve(a, b)


def _expect(moments: ScoreMoments, share: Floats, beta: list[Floats], variance: Floats) -> tuple[Floats, Floats]:
    """Posteriors ``(S, K, n)`` and log-likelihoods ``(S,)``.

    The log-density of a row is a quadratic form of its scores: ``-1/2 sum over equations of (c' z)^2 / variance`` with
    ``c`` one at the target and less the coefficients at its predictors.
    """
    s, k = share.shape
    contrast = np.zeros((s, k, len(moments.equations), moments.z.shape[1]))
    for equation, (target, columns) in enumerate(moments.equations):
        contrast[:, :, equation, target] = 1.0
        contrast[:, :, equation, columns] = -beta[equation]
    with np.errstate(invalid="ignore", divide="ignore"):
        quadratic = np.swapaxes(contrast, -1, -2) @ (contrast * (-0.5 / variance)[..., None])
        logs = moments.forms(quadratic)
        logs += (np.log(share) - 0.5 * np.log(2 * np.pi * variance).sum(axis=-1))[..., None]
        top = logs.max(axis=1, keepdims=True)
        logs -= top
        np.exp(logs, out=logs)
        total = logs.sum(axis=1, keepdims=True)
        value = (top + np.log(total)).sum(axis=(1, 2))
        logs /= total
    return logs, np.asarray(value)
