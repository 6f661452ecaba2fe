"""Constraints between free parameters: equalities, inequalities and bounds, and what they leave free to move.

A constraint is a function ``g(x)`` that has to be 0 (equality) or 0 or more (inequality).  Where it is held, steps lie
in the tangent space ``{d : J d = 0}`` of its Jacobian ``J``, and an information matrix ``I`` is inverted within it:
``K (K' I K)^{-1} K'`` with a basis ``K`` of that space (Aitchison & Silvey 1958; Silvey 1959; lavaan's augmented
information).  The projector on it does the same for a batch in which not every element holds the same constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.expressions import Formula, Relation, formula, relation

#: Step along the imaginary axis: its square vanishes beside 1, so the derivative is exact to rounding.
STEP = 1e-30
#: A constraint holds with equality where its function is within this of 0, in units of 1 + the largest parameter.
ACTIVE = 1e-8
#: Singular values below this share of the largest are zeros: a constraint that others imply already.
RANK_RTOL = 1e-10
#: Gauss-Newton steps back to the constraints, and the distance (as above) at which they are met.
RETURNS, MET = 25, 1e-13
#: Step of the differences that second derivatives of a curved constraint are made of.
BEND = 1e-5


@dataclass(frozen=True, eq=False)
class Constraints:
    """The constraints of a parameter table.

    Attributes
    ----------
    texts : length r, as written.
    functions : length r, ``(*L, q)`` real or complex to ``(*L,)``.
    read : the relations among them, which stand first; bounds are none.
    ends : ``(constraint, place in x, value)`` of every bound.
    equal : (r,) whether it has to be 0, not only 0 or more.
    generic : (q,) a point that obeys no relation but those of the model.
    """

    texts: tuple[str, ...]
    functions: tuple[Callable[[NDArray[Any]], NDArray[Any]], ...]
    equal: Bools
    generic: Floats
    read: tuple[Relation, ...] = ()
    ends: tuple[tuple[int, int, float], ...] = ()

    @property
    def q(self) -> int:
        """Number of free parameters."""
        return len(self.generic)

    def gaps(self, x: NDArray[Any]) -> NDArray[Any]:
        """(*L, r) values of the functions at ``x (*L, q)``."""
        with np.errstate(all="ignore"):
            return np.stack([np.broadcast_to(g(x), x.shape[:-1]) for g in self.functions], axis=-1)

    def jacobian(self, x: Floats) -> Floats:
        """(*B, r, q) exact derivatives at ``x (*B, q)``, by a complex step (Squire & Trapp 1998)."""
        if self._constant is not None:
            return np.broadcast_to(self._constant, (*x.shape[:-1], *self._constant.shape))
        return self._slopes(x)

    def held(self, x: Floats, active: Bools) -> Floats:
        """(*B, r, q) :meth:`jacobian` with rows of 0 for constraints that are not ``active (*B, r)``."""
        return np.where(active[..., None], np.nan_to_num(self.jacobian(x)), 0.0)

    def active(self, x: Floats) -> Bools:
        """(*B, r) constraints that hold with equality at ``x (*B, q)``: equalities, and inequalities at their end."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.equal | (np.abs(self.gaps(x)) <= ACTIVE * _unit(x)))

    def bent(self, x: Floats, multipliers: Floats) -> Floats | None:
        """(*B, q, q) second derivatives of the constraints times multipliers ``(*B, r)``; None of linear ones."""
        if self._constant is not None:
            return None
        step = BEND * np.eye(self.q)
        around = x[..., None, :]
        slopes = self._slopes(around + step) - self._slopes(around - step)  # (*B, q, r, q)
        bent = (multipliers[..., None, :, None] * slopes).sum(axis=-2) / (2 * BEND)
        return np.asarray(np.nan_to_num((bent + np.swapaxes(bent, -1, -2)) / 2))

    def met(self, x: Floats, active: Bools, scale: Floats) -> Floats:
        """``x (*B, q)`` moved until what is ``active (*B, r)`` holds: the shortest way in units ``1 / scale (*B, q)``.

        Elements that do not get there are NaN.
        """
        x = np.array(x, dtype=np.float64)
        for _ in range(RETURNS):
            gap = np.where(active, self.gaps(x), 0.0)
            with np.errstate(invalid="ignore"):
                far = np.abs(gap).max(axis=-1, initial=0.0) > MET * _unit(x)[..., 0]
            if not far.any():
                return self._at_ends(x, active)
            slopes = self.held(x, active) / scale[..., None, :]
            back = (_pinv(slopes) @ np.nan_to_num(gap)[..., None])[..., 0] / scale
            x = np.where(far[..., None], x - back, x)
        gap = np.where(active, self.gaps(x), 0.0)
        with np.errstate(invalid="ignore"):
            lost = ~(np.abs(gap).max(axis=-1, initial=0.0) <= ACTIVE * _unit(x)[..., 0])
        return np.where(lost[..., None], np.nan, self._at_ends(x, active))

    def _at_ends(self, x: Floats, active: Bools) -> Floats:
        """`x` with parameters that are held at a bound at its very value."""
        for k, place, value in self.ends:
            x[..., place] = np.where(active[..., k], value, x[..., place])
        return x

    @cached_property
    def rank(self) -> int:
        """Number of parameters that the equalities take away: those that others imply count once."""
        return self.rank_at(self.near(), self.equal)

    def rank_at(self, x: Floats, active: Bools) -> int:
        """Rank of the active constraints at one point ``x (q,)``."""
        slopes = self.held(x, active)
        size = np.abs(slopes).max(axis=-1, keepdims=True)
        return int(np.linalg.matrix_rank(slopes / np.where(size > 0, size, 1.0), tol=1e-9)) if active.any() else 0

    def near(self) -> Floats:
        """(q,) a generic point on the equalities; the generic one itself where it is not found."""
        there = self.met(self.generic, self.equal, np.ones(self.q))
        return there if np.isfinite(there).all() else self.generic

    @property
    def contradictory(self) -> bool:
        """Whether linear equalities cannot hold together."""
        if self._constant is None:
            return False
        return bool(np.isnan(self.met(self.generic, self.equal, np.ones(self.q))).any())

    @cached_property
    def _constant(self) -> Floats | None:
        """(r, q) the Jacobian where all functions are linear, None else."""
        one, two = self._slopes(self.generic), self._slopes(1.7 * self.generic + 0.3)
        same = np.isfinite(one).all() and np.allclose(one, two, rtol=1e-12, atol=1e-12)
        return one if same else None

    def _slopes(self, x: Floats) -> Floats:
        moved = x[..., None, :] + 1j * STEP * np.eye(self.q)
        return np.asarray(np.swapaxes(self.gaps(moved).imag, -1, -2) / STEP)


def _unit(x: Floats) -> Floats:
    """(*B, 1) 1 + the largest parameter."""
    return np.asarray(1 + np.abs(x).max(axis=-1, keepdims=True, initial=0.0))


def constraints_of(
    known: Mapping[str, tuple[int, float]],
    texts: Sequence[str],
    defined: Sequence[tuple[str, str]],
    bounds: Sequence[tuple[str, int, float, float]],
    generic: Floats,
) -> Constraints | None:
    """Compile constraints; None where there are none.

    Parameters
    ----------
    known : label to ``(place in x, nan)`` or ``(-1, fixed value)``.
    texts : relations between labels and defined parameters.
    defined : ``(name, formula)``.
    bounds : ``(parameter as text, place, lowest, highest)``, NaN where there is no end.
    generic : (q,) see :class:`Constraints`.
    """
    formulas = {name: formula(text) for name, text in defined}
    found: list[tuple[str, Callable[[NDArray[Any]], NDArray[Any]], bool]] = []
    read = tuple(relation(text) for text in texts)
    for text, one in zip(texts, read, strict=True):
        found.append((text, _function(one, known, formulas), one.sign == "=="))
    ends = []
    for name, place, low, high in bounds:
        for end, sign, function in ((low, ">=", _above), (high, "<=", _below)):
            if np.isfinite(end):
                ends.append((len(found), place, end))
                found.append((f"{name} {sign} {end:g}", function(place, end), False))
    if not found:
        return None
    names, functions, equal = zip(*found, strict=True)
    return Constraints(names, functions, np.asarray(equal, dtype=bool), generic, read, tuple(ends))


def generic_point(cells: Iterable[tuple[int, str, bool]], q: int) -> Floats:
    """(q,) values that obey no relation but those of the model; cells are ``(place, matrix, whether diagonal)``."""
    random = np.random.Generator(np.random.Philox(20_240_101))
    x = np.zeros(q)
    ranges = {"lambda": (0.6, 1.4), "beta": (0.2, 0.6), "nu": (0.0, 1.0), "alpha": (0.1, 1.0)}
    for place, matrix, diagonal in cells:
        if place >= 0:
            x[place] = random.uniform(*ranges.get(matrix, (0.8, 1.6) if diagonal else (0.05, 0.2)))
    return x


def _above(place: int, low: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    return lambda x: np.asarray(x[..., place] - low)


def _below(place: int, high: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    return lambda x: np.asarray(high - x[..., place])


def _function(
    read: Relation, known: Mapping[str, tuple[int, float]], formulas: Mapping[str, Formula]
) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """The gap of a relation as a function of the free parameters."""

    def value(name: str, x: NDArray[Any]) -> Any:
        if name in known:
            place, fixed = known[name]
            return x[..., place] if place >= 0 else fixed
        inner = formulas[name]
        return inner({part: value(part, x) for part in inner.names})

    return lambda x: np.asarray(read.gap({name: value(name, x) for name in read.names}))


def projector(slopes: Floats) -> Floats:
    """(*B, q, q) projector on the directions that leave constraints of Jacobian ``slopes (*B, r, q)`` as they are."""
    return np.asarray(np.eye(slopes.shape[-1]) - _pinv(slopes) @ slopes)


def within(matrix: Floats, project: Floats) -> Floats:
    """A form ``(*B, q, q)`` within the space of a projector; the unit beside it, so that it can be inverted."""
    return np.asarray(project @ matrix @ project + np.eye(matrix.shape[-1]) - project)


def multipliers(slopes: Floats, gradient: Floats) -> Floats:
    """(*B, r) ``lambda`` with ``gradient = J' lambda`` (least squares); positive where an inequality is held back."""
    return np.asarray((np.swapaxes(_pinv(slopes), -1, -2) @ gradient[..., None])[..., 0])


def _pinv(slopes: Floats) -> Floats:
    """(*B, q, r) pseudo-inverses; rows of 0 and of constraints that others imply do no harm."""
    return np.asarray(np.linalg.pinv(np.where(np.isfinite(slopes), slopes, 0.0), rcond=RANK_RTOL))
