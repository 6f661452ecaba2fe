"""Normal log-likelihood of incomplete answers, with its derivatives by the mean and the covariance (Arbuckle 1996).

Derivatives are by ``[mu, vech Sigma]`` (``P = p + p(p+1)/2`` entries): the lower triangle column by column, each
off-diagonal element once.  ``*L`` stands for all leading axes: batch and group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.implied import inverse, vech_places
from csimodels.moments.linalg import Bools, Floats

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Terms:
    """What the likelihood needs of every pattern ``K`` at one mean and covariance; zeros where an item is missing.

    precision : (*L, K, p, p) inverse of the covariance of the items that are there, ``A_k``.
    logdet : (*L, K) log determinant of that covariance;  answered : (K,) number of items that are there.
    w : (*L, K);  deviation : (*L, K, p) sums of ``z - mu``;  scatter : (*L, K, p, p) sums of ``(z - mu)(z - mu)'``.
    """

    precision: Floats
    logdet: Floats
    answered: NDArray[np.int64]
    w: Floats
    deviation: Floats
    scatter: Floats

    @cached_property
    def weighted(self) -> Floats:
        """(*L, K, p, p) ``w A``."""
        return self.w[..., None, None] * self.precision

    @cached_property
    def spread(self) -> Floats:
        """(*L, K, p, p) ``A T A``."""
        return self.precision @ self.scatter @ self.precision

    @cached_property
    def pull(self) -> Floats:
        """(*L, K, p) ``A d``."""
        return np.asarray((self.precision @ self.deviation[..., None])[..., 0])

    def take(self, index: Bools) -> Terms:
        """The elements at `index` of the first axis."""
        if index.all():
            return self
        parts = (self.w, self.deviation, self.scatter)
        return Terms(self.precision[index], self.logdet[index], self.answered, *(part[index] for part in parts))


def terms(data: Incomplete, mu: Floats, sigma: Floats) -> Terms:
    """Pattern terms at mean ``mu (*B, G, p)`` (raw scale) and covariance ``sigma (*B, G, p, p)``.

    A covariance that is not positive definite gives NaN for its element.
    """
    precision, logdet = _pattern_precisions(data, sigma)
    there = data.present.astype(np.float64)
    centre = (mu - data.shift)[..., None, :] * there
    w = data.w[..., None]
    cross = data.wx[..., :, None] * centre[..., None, :]
    scatter = data.wxx - cross - np.swapaxes(cross, -1, -2)
    scatter += (w * centre)[..., :, None] * centre[..., None, :]
    return Terms(precision, logdet, data.present.sum(axis=1), data.w, data.wx - w * centre, scatter)


def _pattern_precisions(data: Incomplete, sigma: Floats) -> tuple[Floats, Floats]:
    """``A_k (*L, K, p, p)`` and ``log|Sigma_k| (*L, K)`` of all patterns from one inverse of the whole.

    With ``Q = Sigma^{-1}`` and the missing items ``m``: ``A = Q - Q_.m Q_mm^{-1} Q_m.`` (zero where items are missing)
    and ``log|Sigma_oo| = log|Sigma| + log|Q_mm|``, so only systems of the size of the holes are solved.
    """
    whole = inverse(sigma)
    known = np.asarray(np.isfinite(whole).all(axis=(-2, -1), keepdims=True))
    p = sigma.shape[-1]
    shape = (*whole.shape[:-2], len(data.present))
    precision = np.broadcast_to(whole[..., None, :, :], (*shape, p, p)).copy()
    _, base = np.linalg.slogdet(np.where(known, sigma, np.eye(p)))
    logdet = np.broadcast_to(np.where(known[..., 0, 0], base, np.nan)[..., None], shape).copy()
    for which, missing in data.holes:
        block = whole[..., missing[:, :, None], missing[:, None, :]]
        block = np.where(known[..., None, :, :], block, np.eye(missing.shape[1]))
        strip = whole[..., missing, :]  # (*L, k, m, p)
        precision[..., which, :, :] -= np.swapaxes(strip, -1, -2) @ np.linalg.inv(block) @ strip
        precision[..., which, :, :] *= data.present[which][:, :, None] * data.present[which][:, None, :]
        logdet[..., which] += np.linalg.slogdet(block)[1]
    return precision, logdet


def loglik(at: Terms) -> Floats:
    """(*L,) casewise log-likelihood of a group, ``-1/2 sum_k [w (p_k log 2 pi + log|Sigma_k|) + tr(A_k T_k)]``."""
    fixed = at.w * (at.answered * LOG_2PI + at.logdet)
    return np.asarray(-0.5 * (fixed.sum(axis=-1) + (at.precision * at.scatter).sum(axis=(-3, -2, -1))))


def gradient(at: Terms) -> Floats:
    """(*L, P) derivative of :func:`loglik` by ``[mu, vech Sigma]``."""
    by_mean, middle = pulls(at)
    return np.concatenate([by_mean, vech_score(middle / 2)], axis=-1)


def pulls(at: Terms) -> tuple[Floats, Floats]:
    """``sum A d (*L, p)``, what pulls at the mean, and ``sum A T A - w A (*L, p, p)``, twice what pulls at Sigma."""
    return at.pull.sum(axis=-2), np.asarray((at.spread - at.weighted).sum(axis=-3))


def expected_information(at: Terms) -> Floats:
    """(*L, P, P) expected information given the patterns: ``sum w A`` and ``sum w/2 D'(A kron A) D``, no cross part."""
    return _joined(at.weighted.sum(axis=-3), _kron_sum(at.precision, at.weighted / 2), None)


def observed_information(at: Terms) -> Floats:
    """(*L, P, P) minus the second derivatives of :func:`loglik` by ``[mu, vech Sigma]`` (Savalei 2010, eq. 8-10)."""
    by_cov = _kron_sum(at.precision, at.spread - at.weighted / 2)
    p, score = at.precision.shape[-1], at.pull
    flat = at.precision.reshape(*score.shape[:-1], p * p)
    table = (np.swapaxes(flat, -1, -2) @ score).reshape(*score.shape[:-2], p, p, p)  # [r, i, j]: sum a_ri score_j
    rows, cols = vech_places(p)
    cross = (table[..., :, rows, cols] + table[..., :, cols, rows]) * np.where(rows == cols, 0.5, 1.0)
    return _joined(at.weighted.sum(axis=-3), by_cov, cross)


def _joined(by_mean: Floats, by_cov: Floats, cross: Floats | None) -> Floats:
    p, size = by_mean.shape[-1], by_cov.shape[-1]
    out = np.zeros((*by_mean.shape[:-2], p + size, p + size))
    out[..., :p, :p], out[..., p:, p:] = by_mean, by_cov
    if cross is not None:
        out[..., :p, p:], out[..., p:, :p] = cross, np.swapaxes(cross, -1, -2)
    return out


def vech_score(middle: Floats) -> Floats:
    """``(*L, p(p+1)/2)`` from ``G`` with ``dl = tr(G dSigma)``: an off-diagonal element stands in two places."""
    rows, cols = vech_places(middle.shape[-1])
    return np.asarray(middle[..., rows, cols] * np.where(rows == cols, 1.0, 2.0))


def _kron_sum(a: Floats, c: Floats) -> Floats:
    """The quadratic form ``sum_k tr(dS A_k dS C_k)`` of ``dS`` as a matrix by vech: ``(*L, P2, P2)``.

    ``a, c : (*L, K, p, p)`` symmetric.  The sums over patterns of ``a_il c_jm`` are one matrix product of half-vectors;
    the form gathers ``a_jl c_im + a_jm c_il + a_il c_jm + a_im c_jl`` from them.
    """
    p = a.shape[-1]
    rows, cols = vech_places(p)
    table = np.swapaxes(a[..., rows, cols], -1, -2) @ c[..., rows, cols]
    table = table + np.swapaxes(table, -1, -2)
    place = np.empty((p, p), dtype=np.intp)
    place[rows, cols] = place[cols, rows] = np.arange(len(rows))
    i, j, m, n = rows[:, None], cols[:, None], rows[None, :], cols[None, :]
    half, size = np.where(rows == cols, 0.5, 1.0), len(rows)
    flat = table.reshape(*table.shape[:-2], size * size)
    form = np.take(flat, place[j, m] * size + place[i, n], axis=-1)
    form += np.take(flat, place[j, n] * size + place[i, m], axis=-1)
    form *= half[:, None] * half[None, :]
    return form
