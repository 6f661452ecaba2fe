"""Which inequalities hold a minimum back: an active-set search over a batch.

A minimum under the constraints that are held is one under all of them if every other inequality is met, and if the
discrepancy would rise away from each that is held (its multiplier is not negative; Karush 1939, Kuhn & Tucker 1951).
Until then inequalities that are broken are held and those with a negative multiplier are let go, all at once at first
(Hintermueller, Ito & Kunisch 2003), later the worst one only, which cannot go round in circles of two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.constraints import ACTIVE, Constraints, multipliers
from csimodels.estimate.ml.discrepancy import Point
from csimodels.moments.linalg import Bools, Floats

Places = NDArray[np.intp]
#: Rounds of the search, and those in which all inequalities may change at once.
ROUNDS, TOGETHER = 40, 6
#: A multiplier (of parameters in units of 1 + their size) below minus this is negative.
NEGATIVE = 1e-7


class Ended(NamedTuple):
    """End of an iteration: x (N, q), value (N,), converged (N,), iterations (N,); the point at x, if at hand."""

    x: Floats
    value: Floats
    converged: Bools
    iterations: NDArray[np.int64]
    point: Point | None = None


def within_inequalities(
    constraints: Constraints,
    ended: Ended,
    slope: Callable[[Places, Floats], Floats],
    again: Callable[[Places, Floats, Bools], Ended],
    bad: Bools,
) -> Ended:
    """Minima under all constraints from those under the equalities alone.

    Parameters
    ----------
    ended : the minima under the equalities.
    slope : gradient ``(k, q)`` of what is minimised at ``x (k, q)`` of the elements at some places.
    again : minimise these elements from ``x`` with ``active (k, r)`` held.
    bad : (N,) elements that are left alone.
    """
    if constraints.equal.all():
        return ended
    ended = Ended(ended.x.copy(), ended.value.copy(), ended.converged.copy(), ended.iterations.copy())
    active = np.broadcast_to(constraints.equal, (len(ended.x), len(constraints.equal))).copy()
    todo = np.flatnonzero(~bad & np.isfinite(ended.x).all(axis=-1))
    for k in range(ROUNDS):
        wanted = _wanted(constraints, ended.x[todo], slope(todo, ended.x[todo]), active[todo], one=k >= TOGETHER)
        changed = (wanted != active[todo]).any(axis=-1)
        if not changed.any():
            return ended
        todo, wanted = todo[changed], wanted[changed]
        active[todo] = wanted
        part = again(todo, ended.x[todo], wanted)
        ended.x[todo], ended.value[todo], ended.converged[todo] = part.x, part.value, part.converged
        ended.iterations[todo] += part.iterations
        todo = todo[np.isfinite(part.x).all(axis=-1)]
    ended.converged[todo] = False
    return ended


def _wanted(constraints: Constraints, x: Floats, slope: Floats, active: Bools, *, one: bool) -> Bools:
    """(k, r) what should be held next: all that is broken, nothing with a negative multiplier; `one` change at most."""
    gaps = constraints.gaps(x)
    unit = 1 + np.abs(x).max(axis=-1, keepdims=True, initial=0.0)
    scale = 1 + np.abs(x)
    pull = multipliers(constraints.held(x, active) * scale[..., None, :], slope * scale)
    free = ~constraints.equal
    with np.errstate(invalid="ignore"):
        broken = np.where(~active & free, -gaps / unit, -np.inf)
        loose = np.where(active & free, -pull, -np.inf)
    broken, loose = (np.nan_to_num(part, nan=-np.inf, posinf=np.inf, neginf=-np.inf) for part in (broken, loose))
    add, drop = broken > ACTIVE, loose > NEGATIVE
    if one:  # what is broken comes first: there is no minimum outside
        order = np.where(add.any(axis=-1, keepdims=True), broken, loose)
        worst = np.arange(order.shape[-1]) == order.argmax(axis=-1)[..., None]
        some = add.any(axis=-1, keepdims=True)
        add, drop = add & worst, drop & worst & ~some
    return np.asarray((active | add) & ~drop)
