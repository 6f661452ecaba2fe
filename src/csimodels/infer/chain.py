"""Derivatives of all published numbers as a product: of a few inner numbers by the moments, of all by the inner ones.

With ``D`` moments, ``m`` inner numbers and ``Q`` published ones, contributions ``(n, D)`` are worth ``(contributions
@ inner') @ outer'``, which for ``m`` well below ``D`` and ``Q`` is a fraction of the work of the full ``(Q, D)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.desk import Desk, desk_slopes, extra_means
from csimodels.infer.directions import Worth
from csimodels.infer.pieces import Piecewise
from csimodels.infer.resample import Statistic
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats

#: Products with derivatives by extra columns of at least this size leave out the zeros, which most of them are.
SPARSE = 2**13

#: From so many sampling units on, zeros of the derivatives are left out; to sort out which takes as long as some
#: hundred units.
MANY = 4000


class Inner(Protocol):
    """What contributions ``(c, D)`` are worth in inner numbers ``(c, m)``, where their derivatives are not a matrix."""

    def __call__(self, contributions: Floats) -> Floats:
        """Worth of contributions."""
        ...

    @property
    def matrix(self) -> Floats:
        """(m, D) the derivatives."""
        ...


@dataclass(frozen=True, eq=False)
class Chain:
    """Derivatives of ``Q`` numbers with respect to ``D`` moments, at one point.

    Attributes
    ----------
    inner : (m, D) of the inner numbers with respect to the moments, or what takes the place of a large matrix.
    outer : (Q, m) of the published numbers with respect to the inner ones; NaN for a number that is not there.
    point : (Q,) the published numbers where the derivatives are taken, as sharp as these.
    """

    inner: Floats | Inner
    outer: Floats
    point: Floats | None = None

    def __len__(self) -> int:
        return len(self.outer)

    def factors(self, inner: Floats) -> tuple[Floats, ...]:
        """Matrices that contributions are multiplied with, one after the other: whichever way is less work."""
        (m, d), q = inner.shape, len(self.outer)
        two = m * (d + q) < d * q
        return (inner.T, self.outer.T) if two else (inner.T @ self.outer.T,)

    def applied(self, transform: Floats | None = None, units: int = 0) -> Worth:
        """What contributions ``(c, D)``, multiplied with `transform`, are worth ``(c, Q)``.

        Parameters
        ----------
        units : contributions that there are in all; of many it pays to leave out zeros.
        """
        inner = self.begun(transform)
        if units >= MANY:
            return self._in_pieces(inner)
        if callable(inner):
            return lambda contributions: inner(contributions) @ self.outer.T
        factors = self.factors(inner)

        def worth(contributions: Floats) -> Floats:
            for factor in factors:
                contributions = contributions @ factor
            return contributions

        return worth

    def begun(self, transform: Floats | None) -> Floats | Worth:
        """What contributions, multiplied with `transform`, are worth in the inner numbers."""
        inner = self.inner
        if callable(inner):
            return inner if transform is None else lambda contributions: inner(contributions @ transform)
        return inner if transform is None else inner @ transform.T

    def _in_pieces(self, inner: Floats | Worth) -> Worth:
        """The same with the zeros of both matrices left out."""
        of_inner = Piecewise.of(self.outer)
        if callable(inner):
            return lambda contributions: of_inner(inner(contributions).T).T
        of_moments = Piecewise.of(inner)
        return lambda contributions: of_inner(of_moments(contributions.T)).T

    @property
    def matrix(self) -> Floats:
        """(Q, D) the product."""
        return np.asarray(self.outer @ (self.inner.matrix if callable(self.inner) else self.inner))

    def with_desk(self, desk: Desk, extra: Floats, model: Floats) -> Chain | DeskChain:
        """The numbers of a desk too, with respect to the means of extra columns too, see :mod:`csimodels.infer.desk`.

        Parameters
        ----------
        extra, model : (e,), (Q,) where the derivatives are taken.
        """
        return self.beside(*desk_slopes(desk, extra, model))

    def beside(self, by_extra: Floats, by_model: Floats) -> Chain | DeskChain:
        """The numbers of a desk too, from its derivatives ``(Q2, e)`` and ``(Q2, Q)``."""
        used = (by_model != 0).any(axis=0)
        if by_extra.size >= SPARSE or callable(self.inner):
            rows = np.flatnonzero((by_model != 0).any(axis=1))
            through = by_model[np.ix_(rows, used)] @ self.outer[used]
            return DeskChain(Chain(self.inner, np.concatenate([self.outer, through])), rows, by_extra)
        (m, d), e = self.inner.shape, by_extra.shape[1]
        inner = np.block([[self.inner, np.zeros((m, e))], [np.zeros((e, d)), np.eye(e)]])
        through = by_model[:, used] @ self.outer[used]
        return Chain(inner, np.block([[self.outer, np.zeros((len(self.outer), e))], [through, by_extra]]))


@dataclass(frozen=True, eq=False)
class DeskChain:
    """Derivatives of the numbers of a model, then of a desk, whose numbers hang on few extra columns each.

    Attributes
    ----------
    model : Chain
        Of the model's ``Q`` numbers, and what passes through them to those at ``rows`` of the desk's.
    rows : (K,)
        Numbers of the desk that look at the model.
    by_extra : (Q2, e)
        Derivatives of the desk's numbers with respect to the means of the extra columns.
    """

    model: Chain
    rows: NDArray[np.intp]
    by_extra: Floats

    def __len__(self) -> int:
        return len(self.model) - len(self.rows) + len(self.by_extra)

    def applied(self, transform: Floats | None = None, units: int = 0) -> Worth:
        """What contributions ``(c, D + e)``, multiplied with `transform`, are worth ``(c, Q + Q2)``; a transform leaves
        the extra columns as they are."""
        from scipy.sparse import csr_array  # scipy loads only where there are many numbers

        size, e = len(self.model) - len(self.rows), self.by_extra.shape[1]
        d = None if transform is None else len(transform) - e
        of_model = self.model.applied(None if transform is None else transform[:d, :d], units)
        beside = csr_array(self.by_extra)

        def worth(contributions: Floats) -> Floats:
            d = contributions.shape[1] - e
            model = of_model(contributions[:, :d])
            out = np.empty((len(contributions), len(self)))
            out[:, :size] = model[:, :size]
            out[:, size:] = np.asarray(beside @ contributions[:, d:].T).T
            out[:, size + self.rows] += model[:, size:]
            return out

        return worth


#: Derivatives of ``Q`` numbers: a matrix ``(Q, D)``, a product of two, or what contributions are worth.
Slopes = Floats | Chain | DeskChain | Worth


def applied(slopes: Slopes, transform: Floats | None = None, units: int = 0) -> Worth:
    """What contributions ``(c, size)`` are worth ``(c, Q)``, multiplied with `transform` before, where there is one;
    of so many `units` in all."""
    if callable(slopes):
        return slopes if transform is None else lambda direct: slopes(direct @ transform)
    if isinstance(slopes, (Chain, DeskChain)):
        return slopes.applied(transform, units)
    matrix = np.ascontiguousarray(slopes.T if transform is None else transform @ slopes.T)
    return lambda direct: np.asarray(direct @ matrix)


def no_chains(points: Moments) -> list[Chain | None]:
    """None for every one of ``points (B,)``: derivatives are differences."""
    return [None] * len(points.mean)


@dataclass(frozen=True, eq=False)
class Near:
    """The numbers of a run near given moments.

    Attributes
    ----------
    statistic : moments of one group -> the statistic for moments near them, converged for differences.
    chains : ``(B,)`` moments -> derivatives of the numbers there, None where they are to be differences.
    """

    statistic: Callable[[Moments], Statistic]
    chains: Callable[[Moments], list[Chain | None]] = no_chains

    def __call__(self, point: Moments) -> Statistic:
        """The statistic near the moments of one group."""
        return self.statistic(point)

    def all_chains(self, points: Moments, desk: Desk | None) -> list[Chain | DeskChain | None]:
        """Derivatives at ``points (B,)`` of the numbers and of a desk beside them, which has those of all at once."""
        made = self.chains(points)
        there = [b for b, chain in enumerate(made) if chain is not None]
        out: list[Chain | DeskChain | None] = [*made]
        if desk is None or not there:
            return out
        model = np.stack([self._numbers(points[b], made[b]) for b in there])
        by_extra, by_model = desk_slopes(desk, extra_means(points[np.asarray(there)]), model)
        for k, b in enumerate(there):
            chain = made[b]
            out[b] = None if chain is None else chain.beside(by_extra[k], by_model[k])
        return out

    def _numbers(self, point: Moments, chain: Chain | None) -> Floats:
        """(Q,) the numbers at a point, converged for differences."""
        if chain is None or chain.point is None:
            return np.asarray(self(point)(point[None])[0][0])
        return chain.point
