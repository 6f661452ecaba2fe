"""Derivatives of the cores of composite fits (:mod:`csimodels.estimate.core`) by means and covariances of the items.

Weights, own loadings and correlations of the proxies feel a change ``dR`` of the correlations through what it changes
of ``L = R W`` at the weights as they are, ``G_kj``: the sum of ``dR_kl w_l`` over the items ``l`` of construct ``j``.
There are ``p J`` of these where there are ``p (p - 1) / 2`` correlations, and with ``v = w / s``

    s_k G_kj = sum_l dS_kl v_l - s_k / 2 (dS_kk / S_kk L_kj + sum_l R_kl w_l dS_ll / S_ll),

so that a change ``dS`` of the covariances is worth what its product with ``v`` and its variances are.  Few items have
their derivatives as a matrix; with many, changes go through the product (:class:`Spreading`), which is shorter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.estimate.core import Core, ItemPairs
from csimodels.estimate.design import Design
from csimodels.estimate.inner import Scheme, inner_weights
from csimodels.estimate.signs import own_loadings
from csimodels.moments.linalg import Bools, Floats, finite_inverse, upper_triangle

#: Step of the differences that the inner weights are derived with; correlations are their only input.
INNER_STEP = 1e-5

#: Derivatives of so many cells are not formed as a matrix: it leaves the processor's cache.
MATRIX_CELLS = 2**19


@dataclass(frozen=True, eq=False)
class CoreSlopes:
    """Derivatives of the cores of ``B`` fits and of ``k`` numbers beside them.

    Attributes
    ----------
    core : Core
        Whose derivatives they are.
    by_variance : (B, r, p) of the ``r`` weights, own loadings and correlations of the proxies by the variances.
    by_spread : (B, r, p, J) of these by the products of the changed covariances with ``v``, see the module.
    beside : (B, k, D) of the other numbers by the moments.
    """

    core: Core
    by_variance: Floats
    by_spread: Floats
    beside: Floats

    @classmethod
    def of(cls, core: Core, by_pairs: Floats) -> CoreSlopes:
        """Derivatives at `core`, and of the numbers beside it from theirs by the correlations of pairs ``(B, k, E)``.

        An item correlates with itself by 1 whatever its variance: what it adds to both sums cancels out.
        """
        design, p = core.design, len(core.design.block)
        sd, weights = core.values[:, p : 2 * p], core.values[:, 2 * p : 3 * p]
        loadings = (core.corr * weights[:, None, :]) @ design.mask
        by_change = _by_change(core, loadings)
        of_own = (by_change * loadings[:, None]).sum(axis=-1)
        of_others = np.empty_like(of_own)
        for j, block in enumerate(design.blocks):
            of_others[..., block] = by_change[..., j] @ core.corr[:, :, block] * weights[:, None, block]
        by_variance = -0.5 * (of_own + of_others) / (sd**2)[:, None]
        beside = ItemPairs.of(design).by_moments(by_pairs, core.corr, sd)
        return cls(core, by_variance, by_change / sd[:, None, :, None], beside)

    @property
    def size(self) -> int:
        """Numbers of a core and beside it."""
        return int(2 * self.by_variance.shape[-1] + self.by_variance.shape[1] + self.beside.shape[1])

    @property
    def known(self) -> Bools:
        """(B, size) whether a number has derivatives."""
        of_core = np.isfinite(self.by_variance).all(axis=2) & np.isfinite(self.by_spread).all(axis=(2, 3))
        of_sd = np.isfinite(self._sd)
        return np.concatenate([np.ones_like(of_sd), of_sd, of_core, np.isfinite(self.beside).all(axis=2)], axis=1)

    @property
    def _sd(self) -> Floats:
        p = self.by_variance.shape[-1]
        return np.asarray(self.core.values[:, p : 2 * p])

    @property
    def _v(self) -> Floats:
        p = self.by_variance.shape[-1]
        return np.asarray(self.core.values[:, 2 * p : 3 * p] / self._sd)

    def each(self, lost: Bools) -> list[Floats | Spreading]:
        """Derivatives of every core ``(size, D)``, or what takes their place; 0 for those ``lost (B, size)``."""
        if self.size * self.beside.shape[-1] <= MATRIX_CELLS:
            return [*np.where(lost[..., None], 0.0, self._matrices())]
        of_beside = lost[:, self.size - self.beside.shape[1] :]
        beside = np.where(of_beside[..., None], 0.0, self.beside)
        spread, by_spread = self._v[..., None] * self.core.design.mask, self.by_spread
        by_spread = by_spread.reshape(*by_spread.shape[:2], -1)
        parts = zip(0.5 / self._sd, spread, self.by_variance, by_spread, beside, strict=True)
        return [Spreading(*of_one) for of_one in parts]

    def _matrices(self) -> Floats:
        """(B, size, D) the same as matrices."""
        design, (number, r, p, wide) = self.core.design, self.by_spread.shape
        pairs, v, item = ItemPairs.of(design), self._v[:, None], np.arange(p)
        out = np.zeros((number, self.size, p + p * (p + 1) // 2))
        rows, columns = upper_triangle(p)
        variances, others = p + np.flatnonzero(rows == columns), p + np.flatnonzero(rows != columns)
        flat, block = self.by_spread.reshape(number, r, -1), design.block
        out[:, item, item] = 1.0
        out[:, p + item, variances] = 0.5 / self._sd
        of_core = out[:, 2 * p : 2 * p + r]
        of_core[..., variances] = self.by_variance + np.take(flat, item * wide + block, axis=-1) * v
        one, other = pairs.first * wide + block[pairs.second], pairs.second * wide + block[pairs.first]
        of_pairs = np.take(flat, one, axis=-1) * v[..., pairs.second]
        of_pairs += np.take(flat, other, axis=-1) * v[..., pairs.first]
        of_core[..., others] = of_pairs
        out[:, 2 * p + r :] = self.beside
        return out


@dataclass(frozen=True, eq=False)
class Spreading:
    """What contributions to the moments are worth in ``m`` numbers, without their derivatives ``(m, D)``.

    Attributes
    ----------
    of_sd : (p,) derivatives of the standard deviations by the variances.
    spread : (p, J) what changed covariances are multiplied with, ``v`` in the column of the construct.
    by_variance, by_spread, beside : (r, p), (r, p J), (k, D), see :class:`CoreSlopes`.
    """

    of_sd: Floats
    spread: Floats
    by_variance: Floats
    by_spread: Floats
    beside: Floats

    def __call__(self, contributions: Floats) -> Floats:
        """(c, m) of contributions ``(c, D)``: means, deviations, weights, own loadings, correlations, and beside."""
        p, lines = len(self.of_sd), contributions.T
        variance, products = np.empty((p, len(contributions))), np.zeros((*self.spread.shape, len(contributions)))
        begin = p
        for k, (v, j) in enumerate(zip(self.spread.sum(axis=1).tolist(), self.spread.argmax(axis=1), strict=True)):
            line = lines[begin : begin + p - k]  # the variance of an item, then its covariances with later ones
            variance[k] = line[0]
            products[k] += self.spread[k:].T @ line
            products[k + 1 :, j] += v * line[1:]
            begin += p - k
        of_core = self.by_variance @ variance + self.by_spread @ products.reshape(-1, len(contributions))
        return np.concatenate([lines[:p], self.of_sd[:, None] * variance, of_core, self.beside @ lines]).T

    @property
    def matrix(self) -> Floats:
        """(m, D) the derivatives."""
        return self(np.eye(self.beside.shape[1])).T


def _by_change(core: Core, loadings: Floats) -> Floats:
    """(B, 2 p + P, p, J) derivatives of weights, own loadings and correlations of the proxies by ``G``, see the module.

    A single item is its construct, with a weight and a loading of 1 whatever the moments.
    """
    design, pairs, scheme = core.design, ItemPairs.of(core.design), core.estimator.iteration.scheme
    p, wide = design.mask.shape
    weights, item = core.values[:, 2 * p : 3 * p], np.arange(p)
    by_weights = _correlation_slopes(design, pairs, loadings)
    of_weights = _weight_slopes(core, weights, loadings, by_weights, scheme)
    own_block = core.corr * (design.block[:, None] == design.block)
    of_own = own_block @ of_weights
    of_own.reshape(-1, p, p, wide)[:, item, item, design.block] += 1.0
    for still in (of_weights, of_own):
        still[:, design.single[design.block]] = 0.0
    of_cross = by_weights @ of_weights
    block, place = design.block, np.arange(len(pairs.one))
    direct = np.where(block == pairs.one[:, None], weights[:, None, :], 0.0)
    of_cross.reshape(len(weights), -1, p, wide)[:, place, :, pairs.other] += np.moveaxis(direct, 1, 0)
    return np.concatenate([of_weights, of_own, of_cross], axis=1).reshape(len(weights), -1, p, wide)


def _weight_slopes(core: Core, weights: Floats, loadings: Floats, by_weights: Floats, scheme: Scheme) -> Floats:
    """(B, p, p J) derivatives of the weights by ``G``: of the equations of a solution, see :mod:`.core`."""
    design, corr = core.design, core.corr
    pairs, block = ItemPairs.of(design), design.block
    p, wide = design.mask.shape
    cross = np.swapaxes(weights[..., None] * design.mask, -1, -2) @ loadings
    inner = inner_weights(design, cross, scheme)
    of_item = np.swapaxes(inner, -1, -2)[:, block]  # [k, j]: inner weight of construct j in that of item k
    target = (loadings * of_item).sum(axis=-1)
    by_cross = _by_correlations(design, pairs, loadings, cross, scheme)
    mode_b = design.mode_b[block]
    own = own_loadings(design, loadings)
    length = (target * weights) @ design.mask / np.where(design.mode_b, 1.0, weights**2 @ design.mask)
    lengths = length[:, block]
    system = np.zeros((len(corr), p + wide, p + wide))
    same = block[:, None] == block
    system[:, :p, :p] = corr * (of_item[:, :, block] - lengths[:, :, None] * (same & mode_b)) + by_cross @ by_weights
    item = np.arange(p)
    system[:, item, item] -= np.where(mode_b, 0.0, lengths)
    system[:, item, p + block] = -np.where(mode_b, own, weights)
    system[:, p + block, item] = own
    right = np.zeros((len(corr), p + wide, p, wide))
    one, other = block[:, None], np.arange(wide)  # a correlation of proxies takes the items of the first, see ItemPairs
    right[:, :p] = np.where(one < other, by_cross[..., pairs.number[one, other]] * weights[:, None, :, None], 0.0)
    right[:, item, item] += of_item
    right[:, item, item, block] -= np.where(mode_b, lengths, 0.0)
    right[:, p + block, item, block] = 0.5 * weights
    return np.asarray(-finite_inverse(system)[:, :p] @ right.reshape(len(corr), p + wide, -1))


def _by_correlations(design: Design, pairs: ItemPairs, loadings: Floats, cross: Floats, scheme: Scheme) -> Floats:
    """(B, p, P) derivatives of ``N`` with respect to the correlations of the proxies, through the inner weights."""
    basis = np.zeros((len(pairs.one), *cross.shape[1:]))
    place = np.arange(len(pairs.one))
    basis[place, pairs.one, pairs.other] = basis[place, pairs.other, pairs.one] = INNER_STEP
    up, down = (inner_weights(design, cross[:, None] + sign * basis, scheme) for sign in (1, -1))
    slope = (up - down) / (2 * INNER_STEP)  # (B, P, J, J)
    return np.asarray(np.einsum("bkj,bcjk->bkc", loadings, slope[..., design.block]))


def _correlation_slopes(design: Design, pairs: ItemPairs, loadings: Floats) -> Floats:
    """(B, P, p) derivatives of the correlations of the proxies with respect to the weights."""
    turned, mask = np.swapaxes(loadings, -1, -2), design.mask.T
    return np.asarray(turned[:, pairs.other] * mask[pairs.one] + turned[:, pairs.one] * mask[pairs.other])
