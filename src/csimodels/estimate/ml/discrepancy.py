"""Discrepancy functions of a covariance structure, their gradient and Hessian, for flat batches ``(N, G, ..)``.

With ``T = S + d d'`` (``d = m - mu``) and a weight ``W``, ``ml`` and ``gls`` have a gradient ``tr(Q dSigma)`` and an
expected Hessian ``tr(W dSigma W dSigma)``, plus the parts of the means (Browne 1974; Bollen 1989, appendix 4C):

====  ============  ==========================================================  ======================
name  W             F                                                           Q
====  ============  ==========================================================  ======================
ml    Sigma^{-1}    log|Sigma| + tr(T Sigma^{-1}) - log|S| - p                  W (Sigma - T) W
gls   S^{-1}        tr((S - Sigma) W)^2 / 2 + d' W d                            W (Sigma - S) W
====  ============  ==========================================================  ======================

``wls`` is ``e' V e`` with ``e`` the residuals ``[d, vech(S - Sigma)]`` and a given ``V``; ``uls`` takes ``V = I``
(lavaan; variances count as covariances do); ``dwls`` has polychoric correlations and a diagonal ``V`` (Muthen, du
Toit & Spisic 1997).  All are summed over groups with weights ``n_g / N`` (``ml``) or ``(n_g - 1) / N`` (the others,
whose ``S`` has divisor n - 1): ``chi2 = N F``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.hessian import Pairs, expected, second, second_of_means
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.structure import Parts, Structure
from csimodels.moments.linalg import Bools, Floats, cholesky

#: A pivot below this share of its variance counts as zero: Sigma is then singular to working precision.
SIGMA_RTOL = 1e-13

Discrepancy = Literal["ml", "uls", "gls", "wls", "dwls"]

#: Those that take weight matrices made from the rows; the second one those of ordered answers, diagonal.
WEIGHTED = ("wls", "dwls")

#: Those of correlations of ordered answers: variances are 1, covariances have no divisor, errors and tests are robust.
ORDERED = ("dwls",)


class Point(NamedTuple):
    """The discrepancy at one ``x``: value (N,), inf where Sigma is not positive definite; W (N, G, p, p)."""

    x: Floats
    value: Floats
    parts: Parts
    weight: Floats


@dataclass(frozen=True, eq=False)
class Target:
    """What is minimised: a structure, a sample with one flat batch axis N, a discrepancy.

    ``given`` is the weight matrix of ``wls`` and ``dwls``, ``(N, G, P, P)``;  ``active`` (N, r) the constraints
    that are held, the equalities where left out.
    """

    structure: Structure
    sample: Sample
    kind: Discrepancy
    given: Floats | None = None
    active: Bools | None = None

    def take(self, index: NDArray[np.intp] | slice) -> Target:
        """The elements at `index`."""
        structure = self.structure
        if structure.spread is not None:
            structure = Structure(structure.table, structure.spread[index])
        given = None if self.given is None else self.given[index]
        active = None if self.active is None else self.active[index]
        return Target(structure, self.sample[index], self.kind, given, active)

    @cached_property
    def held(self) -> Bools:
        """(N, r) the constraints that are held; r is 0 where there are none."""
        if self.active is not None:
            return self.active
        constraints = self.structure.table.constraints
        equal = np.zeros(0, dtype=bool) if constraints is None else constraints.equal
        return np.broadcast_to(equal, (len(self.sample.mean), len(equal)))

    @cached_property
    def constant(self) -> Floats:
        """(N, G) ``log|S| + p``."""
        return np.asarray(log_determinant(cholesky(self.sample.cov, SIGMA_RTOL)) + self.sample.cov.shape[-1])

    @cached_property
    def fixed_weight(self) -> Floats:
        """(N, G, p, p) the weight that does not depend on ``x``: S^{-1} for gls; of the others the unit matrix."""
        if self.kind == "gls":
            return inverse(self.sample.cov)
        return np.broadcast_to(np.eye(self.sample.cov.shape[-1]), self.sample.cov.shape)

    def point(self, x: Floats) -> Point:
        """The discrepancy at `x` ``(N, q)``."""
        with np.errstate(all="ignore"):
            parts = self.structure.parts(x)
            shift = self.sample.mean - parts.mu if self.means else None
            if self.kind == "ml":
                weight, by_group = self._likelihood(parts, shift)
            elif self.of_moments:
                weight, gap = self.fixed_weight, self.residuals(parts)
                by_group = (gap * self.weighed(gap[..., None])[..., 0]).sum(axis=-1)
            else:
                weight = self.fixed_weight
                scaled = weight @ (self.sample.cov - parts.sigma)
                by_group = 0.5 * (scaled * np.swapaxes(scaled, -1, -2)).sum(axis=(-2, -1))
                if shift is not None:
                    by_group = by_group + np.einsum("...i,...ij,...j->...", shift, weight, shift)
            value = (self.share * by_group).sum(axis=-1)
        return Point(x, np.where(np.isnan(value), np.inf, value), parts, weight)

    @cached_property
    def share(self) -> Floats:
        """(N, G) weight of each group: ``n_g / N``, or ``(n_g - 1) / N`` where covariances have divisor n - 1."""
        n = self.sample.n if self.kind == "ml" else self.sample.n - 1
        return np.asarray(n / self.sample.total[:, None])

    @property
    def means(self) -> bool:
        """Whether means are modelled."""
        return self.structure.table.mean_structure

    @property
    def of_moments(self) -> bool:
        """Whether it is ``e' V e`` of the moments, with V given or the unit matrix."""
        return self.kind in WEIGHTED or self.kind == "uls"

    def weighed(self, moments: Floats) -> Floats:
        """``V`` times vectors of moments ``(N, G, P, k)``."""
        return moments if self.given is None else self.given @ moments

    def _likelihood(self, parts: Parts, shift: Floats | None) -> tuple[Floats, Floats]:
        lower = cholesky(parts.sigma, SIGMA_RTOL)
        weight = inverse(parts.sigma, lower)
        by_group = log_determinant(lower) + (weight * self.sample.cov).sum(axis=(-2, -1)) - self.constant
        if shift is not None:
            by_group = by_group + np.einsum("...i,...ij,...j->...", shift, weight, shift)
        return weight, by_group

    def residuals(self, parts: Parts) -> Floats:
        """(N, G, P) ``[m - mu, vech(S - Sigma)]``, the means only where they are modelled."""
        col, row = np.triu_indices(self.sample.cov.shape[-1])
        gap = (self.sample.cov - parts.sigma)[..., row, col]
        return np.concatenate([self.sample.mean - parts.mu, gap], axis=-1) if self.means else gap

    def derivatives(self, point: Point, *, exact: bool = True) -> tuple[Floats, Floats, Floats | None]:
        """Gradient ``(N, q)``, expected and exact Hessian ``(N, q, q)`` of the discrepancy.

        ``uls``, ``wls`` and ``dwls`` have the Gauss-Newton form in the place of the expected Hessian.
        """
        if self.of_moments:
            gradient, curved = self._wls_derivatives(point)
            return gradient, curved, curved + self._curved(self._wls_second(point)) if exact else None
        parts, weight, forms = point.parts, point.weight, self.structure.forms
        moving = self.kind == "ml"
        gap = parts.sigma - self.sample.cov
        shift = self.sample.mean - parts.mu if self.means else None
        if shift is not None and moving:
            gap = gap - shift[..., :, None] * shift[..., None, :]
        spread = weight @ parts.columns
        grams = np.swapaxes(parts.columns, -1, -2) @ spread
        slopes = np.swapaxes(spread, -1, -2) @ gap @ spread
        gradient = 2 * forms.c * slopes[..., forms.u, forms.v]
        pairs = Pairs.of(grams, forms)
        curved = expected(pairs, forms)
        more = np.zeros(())
        if exact:
            more = second(self.structure, parts, Pairs.of(slopes, forms), pairs if moving else None)
        if shift is not None:
            level = self.structure.mean_jacobian(parts)
            pull = shift[..., None, :] @ weight
            gradient = gradient - 2 * (pull @ level)[..., 0, :]
            curved = curved + 2 * np.swapaxes(level, -1, -2) @ weight @ level
            if exact:
                pulled = (pull @ parts.columns)[..., 0, :]
                more = more + second_of_means(self.structure, parts, pulled, grams if moving else None)
        return self._summed(gradient), self._curved(curved), self._curved(curved + more) if exact else None

    def _summed(self, gradient: Floats) -> Floats:
        """Gradient by rows and groups ``(N, G, R)`` to gradient by ``x``."""
        if self.structure.plain and self.kind == "ml":
            return gradient[:, 0]
        weighted = (self.share[..., None] * gradient)[..., None, :]
        return np.asarray((weighted @ self.structure.spreading)[..., 0, :].sum(axis=1))

    def _curved(self, hessian: Floats) -> Floats:
        """Hessian by rows and groups ``(N, G, R, R)`` to Hessian by ``x``."""
        if self.structure.plain and self.kind == "ml":
            return hessian[:, 0]
        spreading = self.structure.spreading
        weighted = self.share[..., None, None] * hessian
        return np.asarray((np.swapaxes(spreading, -1, -2) @ weighted @ spreading).sum(axis=1))

    def _wls_derivatives(self, point: Point) -> tuple[Floats, Floats]:
        slope = self.structure.jacobian(point.x)
        pull = self.weighed(slope)
        share = self.share
        gradient = -2 * (self.residuals(point.parts)[..., None, :] @ pull)[..., 0, :]
        hessian = 2 * np.swapaxes(slope, -1, -2) @ pull
        return (share[..., None] * gradient).sum(axis=1), (share[..., None, None] * hessian).sum(axis=1)

    def _wls_second(self, point: Point) -> Floats:
        """(N, G, R, R) what curved moments add to the Gauss-Newton form: ``-2 sum_k (V e)_k d2 s_k``."""
        parts, p = point.parts, self.sample.cov.shape[-1]
        pull = self.weighed(self.residuals(parts)[..., None])[..., 0]
        col, row = np.triu_indices(p)
        square = np.zeros(parts.sigma.shape)
        square[..., row, col] = -np.where(row == col, 2.0, 1.0) * pull[..., -len(row) :]
        square[..., col, row] = square[..., row, col]
        slopes = np.swapaxes(parts.columns, -1, -2) @ square @ parts.columns
        more = second(self.structure, parts, Pairs.of(slopes, self.structure.forms), None)
        if self.means:
            pulled = (pull[..., None, :p] @ parts.columns)[..., 0, :]
            more = more + second_of_means(self.structure, parts, pulled, None)
        return np.asarray(more)


def inverse(a: Floats, lower: Floats | None = None) -> Floats:
    """Inverses of a batch of positive definite matrices; NaN for elements that are not (by their `lower` factors)."""
    good = np.asarray(np.isfinite(cholesky(a, SIGMA_RTOL) if lower is None else lower).all(axis=(-2, -1)))
    if good.all():
        return np.asarray(np.linalg.inv(a), dtype=np.float64)
    inside = good[..., None, None]
    return np.where(inside, np.linalg.inv(np.where(inside, a, np.eye(a.shape[-1]))), np.nan)


def log_determinant(lower: Floats) -> Floats:
    """``log|A|`` from Cholesky factors ``(*B, p, p)``."""
    return np.asarray(2 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1))
