"""The core of a composite fit: the few numbers that all others follow from, and their derivatives.

Means and standard deviations of the items, outer weights, own loadings and correlations of the proxies: about
``4 p + J (J - 1) / 2`` numbers, where there are ``D = p + p (p + 1) / 2`` moments.  What is published follows from them
without iteration.  Their own derivatives with respect to the moments come from the equations that a solution of the PLS
iteration fulfils (implicit function theorem), so that nothing is estimated anew.

With ``L = R W``, ``C = W' L``, ``E`` the inner weights of ``C`` and ``N_k = sum_j L_kj E_j,b(k)``, for items ``k`` of
the construct ``b(k)``, a solution has

    N_k = m_b w_k  (mode A),    N_k = m_b L_k,b  (mode B),    sum over the block of w_k L_k,b = 1

in the unknown weights ``w (p,)`` and lengths ``m (J,)``.  Derivatives are first taken with respect to the correlations
of the ``p (p - 1) / 2`` pairs of items, then (:meth:`ItemPairs.by_moments`) to means and covariances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import UNUSABLE
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit
from csimodels.estimate.inner import Scheme, inner_weights
from csimodels.estimate.outer import Iteration, Outer, outer_model, reliability_of
from csimodels.estimate.signs import own_loadings
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats, entries, finite_inverse, upper_triangle

#: Step of the differences that the inner weights are derived with; correlations are their only input.
INNER_STEP = 1e-5


class Assembling(Protocol):
    """An estimator whose fits follow from their core."""

    @property
    def corrects(self) -> bool:
        """Whether reliabilities correct correlations of the proxies."""
        ...

    @property
    def iteration(self) -> Iteration:
        """How outer weights are found."""
        ...

    def assembled(self, design: Design, moments: Moments, outer: Outer, reliability: Floats) -> Fit:
        """What follows from outer weights, loadings and correlations of proxies without iteration."""
        ...


@dataclass(frozen=True, eq=False)
class ItemPairs:
    """Every two items of a design, in the order of the upper triangle, and every two constructs.

    Attributes
    ----------
    first, second : (E,) the items.
    same : (E,) whether both belong to one construct.
    place : (E,) which pair of constructs they belong to; 0 where `same`.
    one, other : (P,) the constructs.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    same: Bools
    place: NDArray[np.intp]
    one: NDArray[np.intp]
    other: NDArray[np.intp]

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, design: Design) -> ItemPairs:
        """Pairs of a design whose items stand in one block each."""
        p, wide = design.mask.shape
        first, second = np.triu_indices(p, 1)
        one, other = np.triu_indices(wide, 1)
        number = np.zeros((wide, wide), dtype=np.intp)
        number[one, other] = number[other, one] = np.arange(len(one))
        a, b = design.block[first], design.block[second]
        return cls(first, second, a == b, number[a, b], one, other)

    def products(self, weights: Floats) -> Floats:
        """(*B, E) products ``w_k w_l`` of ``weights (*B, p)``."""
        return np.asarray(np.take(weights, self.first, axis=-1) * np.take(weights, self.second, axis=-1))

    def by_moments(self, slopes: Floats, corr: Floats, sd: Floats, above: int = 0) -> Floats:
        """Derivatives ``(*B, m, D)`` by means and covariances from those by the correlations of pairs ``(*B, m, E)``.

        ``dR_kl = dS_kl / (s_k s_l) - R_kl (dS_kk / S_kk + dS_ll / S_ll) / 2``.

        Parameters
        ----------
        above : rows of zeros that are left before them, ``(*B, above + m, D)`` in all.
        """
        p, lines = sd.shape[-1], slopes.shape[-2]
        every = np.zeros((*slopes.shape[:-2], above + lines, p + p * (p + 1) // 2))
        out = every[..., above:, :]
        touches = np.zeros((len(self.first), p))
        place = np.arange(len(self.first))
        touches[place, self.first] = touches[place, self.second] = -0.5
        shared = slopes * entries(corr, self.first, self.second)[..., None, :]
        of_variance = (shared @ touches) / (sd**2)[..., None, :]
        scaled = np.divide(slopes, self.products(sd)[..., None, :], out=shared)
        begin, pair = p, 0
        for k in range(p):  # a line of the upper triangle: the variance, then covariances with later items
            later = p - 1 - k
            out[..., begin] = of_variance[..., k]
            out[..., begin + 1 : begin + 1 + later] = scaled[..., pair : pair + later]
            begin, pair = begin + 1 + later, pair + later
        return every


@dataclass(frozen=True, eq=False)
class Core:
    """Cores of some fits: ``values (*B, m)``, parts one after the other, and what does not move with them.

    Attributes
    ----------
    values : (*B, m) means, standard deviations, weights and own loadings of the items, correlations of the proxies.
    corr : (*B, p, p) correlations of the items that these fits were made from.
    design, estimator : whose fits they are.
    """

    values: Floats
    corr: Floats
    design: Design
    estimator: Assembling

    def __getitem__(self, at: slice) -> Core:
        """Some of one batch axis."""
        return replace(self, values=self.values[at], corr=self.corr[at])

    def moved(self, values: Floats) -> Core:
        """Cores ``(*B, K, L, m)`` a little off these ``(*B,)``."""
        return replace(self, values=values, corr=self.corr[..., None, None, :, :])

    @property
    def outer(self) -> Outer:
        """Weights, loadings (own ones; 0 elsewhere) and correlations."""
        p, wide = self.design.mask.shape
        pairs = ItemPairs.of(self.design)
        weights, own = self.values[..., 2 * p : 3 * p], self.values[..., 3 * p : 4 * p]
        cross = np.broadcast_to(np.eye(wide), (*self.values.shape[:-1], wide, wide)).copy()
        cross[..., pairs.one, pairs.other] = cross[..., pairs.other, pairs.one] = self.values[..., 4 * p :]
        none = np.zeros(self.values.shape[:-1], dtype=np.int64)
        return Outer(weights, own[..., None] * self.design.mask, cross, none, none)

    def reliability(self) -> Floats:
        """(*B, J) rho_A of the proxies."""
        p, wide = self.design.mask.shape
        one = np.ones((*self.values.shape[:-1], wide))
        return reliability_of(self.design, self.values[..., 2 * p : 3 * p], one)

    def fit(self, moments: Moments, reliability: Floats | None = None) -> Fit:
        """What follows from them.

        Parameters
        ----------
        moments : their sample has the size that counts, with as many batch axes or of size 1.
        reliability : (*B, J), where it moves by itself.
        """
        p = len(self.design.block)
        outer, sd = self.outer, self.values[..., p : 2 * p]
        cov = sd[..., :, None] * sd[..., None, :]
        cov *= self.corr
        n, n_eff = (np.broadcast_to(part, self.values.shape[:-1]) for part in (moments.n, moments.n_eff))
        moved = Moments(self.values[..., :p], cov, n, n_eff, moments.items)
        rho = self.reliability() if reliability is None else reliability
        return self.estimator.assembled(self.design, moved, outer, rho)


def core_of(estimator: Assembling, design: Design, moments: Moments) -> Core | None:
    """Cores of the fits of ``moments (B,)``, NaN where one did not converge; None where the design's fits have none."""
    if design.extended or design.higher_order.any():
        return None
    corr = moments.corr
    outer = outer_model(design, corr, estimator.iteration)
    pairs = ItemPairs.of(design)
    own, cross = own_loadings(design, outer.loadings), entries(outer.correlations, pairs.one, pairs.other)
    values = np.concatenate([moments.mean, moments.sd, outer.weights, own, cross], axis=-1)
    lost = (outer.status & int(UNUSABLE)) != 0
    return Core(np.where(lost[:, None], np.nan, values), corr, design, estimator)


def with_moments(core: Core, by_pairs: Floats) -> Floats:
    """(B, 2 p + k, D) by the moments: of means and standard deviations of the items, then of ``k`` numbers from their
    derivatives ``by_pairs (B, k, E)`` with respect to the correlations of pairs."""
    p = len(core.design.block)
    sd = core.values[:, p : 2 * p]
    out = ItemPairs.of(core.design).by_moments(by_pairs, core.corr, sd, above=2 * p)
    item = np.arange(p)
    rows, columns = upper_triangle(p)
    out[:, item, item] = 1.0
    out[:, p + item, p + np.flatnonzero(rows == columns)] = 0.5 / sd
    return out


def pair_slopes(core: Core) -> Floats:
    """(B, m - 2 p, E) derivatives of weights, own loadings and correlations of the proxies by those of pairs."""
    design, pairs, scheme = core.design, ItemPairs.of(core.design), core.estimator.iteration.scheme
    p = len(design.block)
    weights = core.values[:, 2 * p : 3 * p]
    loadings = (core.corr * weights[:, None, :]) @ design.mask
    by_weights = _correlation_slopes(design, pairs, loadings)
    moved = _weight_slopes(design, core.corr, weights, loadings, by_weights, scheme)
    products = pairs.products(weights)
    own_block = core.corr * (design.block[:, None] == design.block)
    own = own_block @ moved + _own_direct(pairs, weights)
    for still in (moved, own):
        still[:, design.single[design.block]] = 0.0  # a single item is its construct: 1 whatever the moments, not 1e-17
    cross = by_weights @ moved + _between(pairs, len(pairs.one)) * products[:, None, :]
    return np.concatenate([moved, own, cross], axis=1)


def _weight_slopes(
    design: Design, corr: Floats, weights: Floats, loadings: Floats, by_weights: Floats, scheme: Scheme
) -> Floats:
    """(B, p, E) derivatives of the weights with respect to the correlations of pairs, see the module."""
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
    joined = of_item[:, :, block]  # [k, l]: inner weight of the construct of l in that of k
    system = np.zeros((len(corr), p + wide, p + wide))
    same = block[:, None] == block
    system[:, :p, :p] = corr * (joined - lengths[:, :, None] * (same & mode_b)) + by_cross @ by_weights
    item = np.arange(p)
    system[:, item, item] -= np.where(mode_b, 0.0, lengths)
    system[:, item, p + block] = -np.where(mode_b, own, weights)
    system[:, p + block, item] = own
    first, second, place = pairs.first, pairs.second, np.arange(len(pairs.first))
    products = pairs.products(weights)
    right = np.zeros((len(corr), p + wide, len(place)))
    right[:, :p] = by_cross[:, :, pairs.place] * np.where(pairs.same, 0.0, products)[:, None, :]
    for one, other in ((first, second), (second, first)):
        push = joined[:, one, other] - np.where(pairs.same & mode_b[one], lengths[:, one], 0.0)
        right[:, one, place] += push * weights[:, other]
    inside = np.flatnonzero(pairs.same)
    right[:, p + block[first[inside]], inside] = products[:, inside]
    return np.asarray(-finite_inverse(system)[:, :p] @ right)


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


def _own_direct(pairs: ItemPairs, weights: Floats) -> Floats:
    """(B, p, E) derivatives of own loadings with respect to the correlations of pairs, weights held fixed."""
    out = np.zeros((*weights.shape, len(pairs.first)))
    inside = np.flatnonzero(pairs.same)
    first, second = pairs.first[inside], pairs.second[inside]
    out[:, first, inside] = weights[:, second]
    out[:, second, inside] = weights[:, first]
    return out


def _between(pairs: ItemPairs, size: int) -> Floats:
    """(P, E) 1.0 where a pair of items joins a pair of constructs."""
    return np.asarray((pairs.place == np.arange(size)[:, None]) & ~pairs.same, dtype=np.float64)
