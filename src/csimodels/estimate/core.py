"""The core of a composite fit: the few numbers that all others follow from.

Means and standard deviations of the items, outer weights, own loadings and correlations of the proxies: about
``4 p + J (J - 1) / 2`` numbers, where there are ``D = p + p (p + 1) / 2`` moments.  What is published follows from them
without iteration.  Their own derivatives with respect to the moments (:mod:`csimodels.estimate.core_slopes`) come from
the equations that a solution of the PLS iteration fulfils (implicit function theorem): nothing is estimated anew.

With ``L = R W``, ``C = W' L``, ``E`` the inner weights of ``C`` and ``N_k = sum_j L_kj E_j,b(k)``, for items ``k`` of
the construct ``b(k)``, a solution has

    N_k = m_b w_k  (mode A),    N_k = m_b L_k,b  (mode B),    sum over the block of w_k L_k,b = 1

in the unknown weights ``w (p,)`` and lengths ``m (J,)``.
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
from csimodels.estimate.outer import Iteration, Outer, outer_model, reliability_of
from csimodels.estimate.signs import own_loadings
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats, entries


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
    number : (J, J) which pair two constructs are; 0 for a construct with itself.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    same: Bools
    place: NDArray[np.intp]
    one: NDArray[np.intp]
    other: NDArray[np.intp]
    number: NDArray[np.intp]

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
        return cls(first, second, a == b, number[a, b], one, other, number)

    def products(self, weights: Floats) -> Floats:
        """(*B, E) products ``w_k w_l`` of ``weights (*B, p)``."""
        return np.asarray(np.take(weights, self.first, axis=-1) * np.take(weights, self.second, axis=-1))

    def by_moments(self, slopes: Floats, corr: Floats, sd: Floats) -> Floats:
        """Derivatives ``(*B, m, D)`` by means and covariances from those by the correlations of pairs ``(*B, m, E)``.

        ``dR_kl = dS_kl / (s_k s_l) - R_kl (dS_kk / S_kk + dS_ll / S_ll) / 2``.
        """
        p = sd.shape[-1]
        out = np.zeros((*slopes.shape[:-1], p + p * (p + 1) // 2))
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
        return out


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
