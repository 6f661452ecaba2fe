"""Maximum-likelihood means and covariances of incomplete answers: EM by missing pattern, accelerated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats, safe_inverse
from csimodels.moments.sums import Patterns, Sums

EM_TOL = 1e-10
EM_MAX_ITER = 2000
#: EM steps at most inside replicates, which begin at the estimate of all rows: one that takes more lies at the edge of
#: what can be estimated, and counts as not converged.
EM_MAX_REPLICATES = 600
#: Stopping rule inside random replicates: far below any standard error.
EM_TOL_REPLICATES = 1e-7
#: Stopping rule of the jackknife, whose replicates differ from the whole by a share of ``1 / n`` only.
EM_TOL_JACKKNIFE = 1e-9

#: After so many cycles, and again after as many, it is looked whether a covariance collapses.
COLLAPSE_CYCLES = 20
#: It collapses where the smallest eigenvalue of its correlations is below `COLLAPSE_BOUND` and has fallen to less than
#: `COLLAPSE_FALL` of what it was: the likelihood then rises without end, by ever smaller steps.
COLLAPSE_BOUND, COLLAPSE_FALL = 1e-4, 0.7

Start = tuple[Floats, Floats]


def em(
    sums: Sums, tol: float = EM_TOL, max_iter: int = EM_MAX_ITER, start: Start | None = None
) -> tuple[Floats, Floats, Bools]:
    """Maximum-likelihood mean and covariance under multivariate normality (Dempster, Laird & Rubin 1977).

    EM over missing patterns (Little & Rubin 2019, section 11.2), batched, with the squared extrapolation SQUAREM of
    Varadhan & Roland (2008, Scandinavian Journal of Statistics 35, scheme S3): two EM steps give the rate at which EM
    approaches its fixed point, and a step of that length is taken, stabilised by one more EM step.  An extrapolation
    whose covariance is not positive definite is left out.  The fixed point is that of EM itself.

    Parameters
    ----------
    tol : float
        It stops when one EM step moves no mean or covariance by more than `tol` standard deviations (squared, for
        covariances).
    max_iter : int
        EM steps at most.
    start : mean (p,) of shifted answers and covariance (p, p), optional
        Where to begin, for example the estimate of the whole sample for its replicates; by default the means and
        variances of the answers that are there.

    Returns
    -------
    mean : (*B, p);  cov : (*B, p, p);  converged : (*B,) False where `max_iter` steps were not
        enough, or the answers do not tell the covariance: it goes towards a singular one without end, and is left at
        :data:`COLLAPSE_BOUND`.  Elements whose covariance turns singular are NaN.
    """
    patterns = sums.patterns
    if patterns is None:
        raise ValueError("em needs sums by missing pattern: Rows(..., form='patterns')")
    batch, p = sums.w.shape, len(sums.items)
    flat = sums.reshaped((sums.w.size,))
    assert flat.patterns is not None
    answered = (flat.patterns.w[..., None] * patterns.present).sum(axis=-2)
    mean = flat.wx / answered
    spread = np.diagonal(flat.wxx, axis1=-2, axis2=-1) / answered - mean**2
    cov = spread[..., :, None] * np.eye(p)
    unit = np.sqrt(np.where(spread > 0, spread, 1.0))
    if start is not None:
        mean, cov = (np.broadcast_to(part, whole.shape).copy() for part, whole in zip(start, (mean, cov), strict=True))
    with np.errstate(over="ignore", invalid="ignore"):
        mean, cov, done = _iterated(flat.patterns, mean, cov, unit, tol, max_iter)
    return mean.reshape(*batch, p), cov.reshape(*batch, p, p), np.asarray(done.reshape(batch))


def em_map(patterns: Patterns, mean: Floats, cov: Floats) -> tuple[Floats, Floats]:
    """One EM step from any mean ``(*B, p)`` and covariance ``(*B, p, p)``; the EM estimate is its fixed point."""
    return _Steps.of(patterns)(mean, cov)


def _iterated(
    patterns: Patterns, mean: Floats, cov: Floats, unit: Floats, tol: float, max_iter: int
) -> tuple[Floats, Floats, Bools]:
    """Cycles of two EM steps, extrapolation and one more step; elements that have converged leave the batch."""
    out_mean, out_cov, done = mean.copy(), cov.copy(), np.zeros(len(mean), dtype=bool)
    active, step = np.arange(len(mean)), _Steps.of(patterns)
    lowest = np.full(len(mean), np.inf)
    for cycle in range(1, -(-max_iter // 3) + 1):
        first = step(mean, cov)
        met: Bools = np.asarray(~(_moved((mean, cov), first, unit) > tol) | done[active])  # NaN has met it: it stays
        second = step(*first)
        mean, cov = step(*_extrapolated((mean, cov), first, second, unit))
        fresh, running = met & ~done[active], ~met
        given_up = np.zeros_like(met)
        if cycle % COLLAPSE_CYCLES == 0:
            now = _lowest(cov, unit)
            given_up = running & (now < COLLAPSE_BOUND) & (now < COLLAPSE_FALL * lowest)
            lowest = now
        out_mean[active[fresh]], out_cov[active[fresh]] = second[0][fresh], second[1][fresh]
        out_mean[active[running]], out_cov[active[running]] = mean[running], cov[running]
        done[active] = met
        running = np.asarray(running & ~given_up)
        if not running.any():
            break
        if 2 * running.sum() <= len(running) or given_up.any():
            active, mean, cov, unit = active[running], mean[running], cov[running], unit[running]
            lowest = lowest[running]
            patterns = patterns.at(running)
            step = _Steps.of(patterns)
    return out_mean, out_cov, done


def _lowest(cov: Floats, unit: Floats) -> Floats:
    """(B,) smallest eigenvalues of covariances in units of the items; NaN for those that are not finite."""
    scaled = cov / (unit[:, :, None] * unit[:, None, :])
    good: Bools = np.asarray(np.isfinite(scaled).all(axis=(1, 2)))
    values = np.linalg.eigvalsh(np.where(good[:, None, None], scaled, 0.0))[:, 0]
    return np.asarray(np.where(good, values, np.nan))


def _moved(old: Start, new: Start, unit: Floats) -> Floats:
    """(B,) largest change of a mean or covariance, in standard deviations."""
    with np.errstate(invalid="ignore"):
        of_mean = (np.abs(new[0] - old[0]) / unit).max(axis=-1)
        of_cov = (np.abs(new[1] - old[1]) / (unit[:, :, None] * unit[:, None, :])).max(axis=(-2, -1))
        return np.asarray(np.maximum(of_mean, of_cov))


def _extrapolated(zero: Start, one: Start, two: Start, unit: Floats) -> Start:
    """Squared extrapolation ``t0 - 2 a r + a^2 v`` with ``a = -|r| / |v|``; the last EM step where it cannot be had."""
    scales = unit, unit[:, :, None] * unit[:, None, :]
    r = [(b - a) / s for a, b, s in zip(zero, one, scales, strict=True)]
    v = [(c - b) / s - d for b, c, s, d in zip(one, two, scales, r, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        length = np.sqrt(_square(r) / _square(v))
    ahead = np.where(np.isfinite(length), np.maximum(length, 1.0), 1.0)
    mean = zero[0] + (2 * ahead[:, None] * r[0] + ahead[:, None] ** 2 * v[0]) * scales[0]
    wide = ahead[:, None, None]
    cov = zero[1] + (2 * wide * r[1] + wide**2 * v[1]) * scales[1]
    good = (ahead > 1) & ~np.isnan(safe_inverse(cov)[:, 0, 0])
    return np.where(good[:, None], mean, two[0]), np.where(good[:, None, None], cov, two[1])


def _square(parts: list[Floats]) -> Floats:
    return np.asarray((parts[0] ** 2).sum(axis=-1) + (parts[1] ** 2).sum(axis=(-2, -1)))


@dataclass(frozen=True, eq=False)
class _Holes:
    """Patterns ``which (G,)`` with the same number of holes ``missing (G, m)``, and their sums."""

    which: NDArray[np.intp]
    missing: NDArray[np.intp]
    w: Floats
    wx: Floats
    wxx: Floats


@dataclass(frozen=True, eq=False)
class _Lone:
    """Patterns of one answer sheet each: its deviations are filled as a row, which costs less than sums of products.

    Attributes
    ----------
    there : (L, p) 1.0 where an answer is there;  z : (*B, L, p) or (L, p) the answers, zero where missing.
    w : (*B, L) their weights.
    sizes : for every number of holes the patterns that have it, ``(G,)`` and ``(G, m)`` as in :class:`_Holes`.
    """

    there: Floats
    z: Floats
    w: Floats
    sizes: list[tuple[NDArray[np.intp], NDArray[np.intp]]]

    def sums(self, mean: Floats, precision: Floats) -> Start:
        """Sums of the filled deviations ``(*B, p)``, and of their products with what is not known of them."""
        p, batch = mean.shape[-1], np.broadcast_shapes(mean.shape[:-1], self.w.shape[:-1])
        filled = (self.z - mean[..., None, :]) * self.there
        pull = filled @ precision
        unknown = np.zeros((math.prod(batch), p * p))
        offset = np.arange(len(unknown))[:, None] * (p * p)
        for which, missing in self.sizes:
            inner = precision[..., missing[:, :, None], missing[:, None, :]]
            conditional = np.asarray(1 / inner if missing.shape[1] == 1 else np.linalg.inv(_finite(inner)), dtype=float)
            filled[..., which[:, None], missing] = -_product(conditional, pull[..., which[:, None], missing])
            place = (missing[:, :, None] * p + missing[:, None, :]).ravel()
            weighted = np.broadcast_to(self.w[..., which, None, None] * conditional, (*batch, *conditional.shape[-3:]))
            found = np.bincount((place + offset).ravel(), weighted.ravel(), unknown.size)
            unknown += found.reshape(unknown.shape)
        heavy = self.w[..., None] * filled
        return heavy.sum(axis=-2), np.swapaxes(filled, -1, -2) @ heavy + unknown.reshape(*batch, p, p)


@dataclass(frozen=True, eq=False)
class _Steps:
    """The EM map of given patterns, with what does not change between its steps.

    ``once(mean)`` gives the sums of deviations ``z - mu`` over the answers that are there, and of their products, but
    for the patterns that are `lone`.
    """

    there: Floats
    holes: list[_Holes]
    total: Floats
    once: Callable[[Floats], Start]
    lone: _Lone | None

    @classmethod
    def of(cls, patterns: Patterns) -> _Steps:
        """From sums by pattern ``(*B, K)``."""
        total = patterns.w.sum(axis=-1)
        single = patterns.single & ~patterns.present.all(axis=1)
        lone = _lone(patterns.some(single)) if single.any() else None
        patterns = patterns.some(~single)
        there = patterns.present.astype(np.float64)
        holes = [
            _Holes(which, missing, patterns.w[..., which], patterns.wx[..., which, :], patterns.wxx[..., which, :, :])
            for which, missing in _by_holes(patterns.present)
        ]
        answered, sums = patterns.w @ there, patterns.wx.sum(axis=-2)
        both = np.swapaxes(patterns.w[..., None] * there, -1, -2) @ there
        cross = np.swapaxes(patterns.wx, -1, -2) @ there  # [j, k]: sum of z_j where k is there
        products = patterns.wxx.sum(axis=-3)

        def once(mean: Floats) -> Start:
            moved = cross * mean[..., None, :]
            square = both * mean[..., :, None] * mean[..., None, :]
            return sums - answered * mean, products - moved - np.swapaxes(moved, -1, -2) + square

        return cls(there, holes, total, once, lone)

    def __call__(self, mean: Floats, cov: Floats) -> Start:
        """One expectation and maximisation step; returns the new mean and covariance.

        With ``K = S^{-1}``, the missing part given the answers has covariance ``V = K_mm^{-1}`` and mean
        ``mu_m - V K_mo (z_o - mu_o)``: only systems of the size of the holes are solved, all patterns of a size at
        once.
        """
        p = mean.shape[-1]
        shift, spread = self.once(mean)
        precision = safe_inverse(cov)
        if self.lone is not None:
            first, products = self.lone.sums(mean, precision)
            shift, spread = shift + first, spread + products
        for holes in self.holes:
            missing = holes.missing
            conditional = np.linalg.inv(_finite(precision[..., missing[:, :, None], missing[:, None, :]]))
            slope = -conditional @ precision[..., missing, :]  # (*B, G, m, p); meets zeros where items are missing
            centre = mean[..., None, :] * self.there[holes.which]
            first = holes.wx - holes.w[..., None] * centre
            moved, level = _product(slope, first), _product(slope, centre)
            joint = slope @ holes.wxx - _product(slope, holes.wx)[..., None] * centre[..., None, :]
            joint -= level[..., None] * first[..., None, :]
            inner = joint @ np.swapaxes(slope, -1, -2) + holes.w[..., None, None] * conditional
            place = np.eye(p)[missing]  # (G, m, p) puts the holes of each pattern where they belong
            flat, batch = place.reshape(-1, p), shift.shape[:-1]
            shift = shift + moved.reshape(*batch, len(flat)) @ flat
            half = flat.T @ (joint + inner @ place / 2).reshape(*batch, *flat.shape)
            spread = spread + half + np.swapaxes(half, -1, -2)
        step = shift / self.total[..., None]
        new_cov = spread / self.total[..., None, None] - step[..., :, None] * step[..., None, :]
        return mean + step, (new_cov + np.swapaxes(new_cov, -1, -2)) / 2


def _by_holes(present: Bools) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Patterns ``(G,)`` with each number of holes, and which these are ``(G, m)``."""
    number = (~present).sum(axis=1)
    out = []
    for m in np.unique(number[number > 0]):
        which = np.flatnonzero(number == m)
        out.append((which, np.nonzero(~present[which])[1].reshape(len(which), m)))
    return out


def _lone(patterns: Patterns) -> _Lone:
    """Answer sheets from sums of one each; one that does not count is taken for the midpoints."""
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(patterns.w[..., None] > 0, patterns.wx / patterns.w[..., None], 0.0)
    return _Lone(patterns.present.astype(np.float64), z, patterns.w, _by_holes(patterns.present))


def _product(matrix: Floats, vector: Floats) -> Floats:
    return np.asarray((matrix @ vector[..., None])[..., 0])


def _finite(a: Floats) -> Floats:
    """`a` with elements that are not finite replaced by the identity, which keeps one from stopping the batch."""
    good = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
    return np.where(good, a, np.eye(a.shape[-1]))
