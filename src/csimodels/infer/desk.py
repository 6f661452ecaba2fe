"""Numbers made from extra columns beside the model: shares, scores, gaps, with the same replicates and influences.

A desk is a smooth function ``(extra, model) -> values``: ``extra (*B, e)`` are weighted means of the extra columns,
``model (*B, Q)`` the numbers of the model's fit, ``values (*B, Q2)``.  A share is the mean of an indicator over the
mean of its presence.  Columns take no part in covariances and the model does not see them, so derivatives of the desk
never need a fit: those of the model are passed through by the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.resample import Statistic
from csimodels.moments import Moments, chunks
from csimodels.moments.linalg import Floats

Desk = Callable[[Floats, Floats], Floats]

#: Step of the central differences, as a share of the size of each input (1 at least for the model's numbers).
STEP = 1e-5

#: Inputs that are moved in one batch.
BATCH = 256


@dataclass(frozen=True, eq=False)
class Joined:
    """Several desks as one: each takes its own columns, one after the other.

    Attributes
    ----------
    desks : tuple of functions
    width : (D,)
        Columns of each.
    uses_model : (D,)
        Whether each looks at the numbers of the model.
    """

    desks: tuple[Desk, ...]
    width: tuple[int, ...]
    uses_model: tuple[bool, ...]

    def __call__(self, extra: Floats, model: Floats) -> Floats:
        """Numbers of all, one after the other."""
        parts = [desk(extra[..., at], model) for desk, at in zip(self.desks, self.places, strict=True)]
        return np.concatenate(parts, axis=-1)

    @property
    def places(self) -> tuple[slice, ...]:
        """Columns of each desk."""
        ends = np.cumsum([0, *self.width]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(ends))

    def slopes(self, extra: Floats, model: Floats) -> tuple[Floats, Floats]:
        """:func:`desk_slopes`, desk by desk: no column is moved for numbers that do not look at it."""
        by_extra, by_model = [], []
        for desk, at, uses in zip(self.desks, self.places, self.uses_model, strict=True):
            own, through = desk_slopes(desk, extra[at], model if uses else model[:0])
            wide = np.zeros((len(own), len(extra)))
            wide[:, at] = own
            by_extra.append(wide)
            by_model.append(through if uses else np.zeros((len(own), len(model))))
        return np.concatenate(by_extra), np.concatenate(by_model)


def beside(statistic: Statistic, desk: Desk) -> Statistic:
    """The numbers of `statistic`, then those of `desk`: ``(B, Q + Q2)``, in one pass over the same moments."""

    def both(moments: Moments) -> tuple[Floats, NDArray[np.int64]]:
        values, status = statistic(moments)
        return np.concatenate([values, desk(extra_means(moments), values)], axis=-1), status

    return both


def silent(size: int) -> Statistic:
    """A statistic of `size` numbers that are not there (NaN), for a desk that needs no model."""

    def nothing(moments: Moments) -> tuple[Floats, NDArray[np.int64]]:
        return np.full((*moments.batch, size), np.nan), np.zeros(moments.batch, dtype=np.int64)

    return nothing


def extra_means(moments: Moments) -> Floats:
    """(*B, e) means of the extra columns.

    Raises
    ------
    ValueError
        The moments were formed from rows without extra columns.
    """
    if moments.extra is None:
        raise ValueError("a desk needs rows with extra columns: Rows(..., extra=..., extra_names=...)")
    return moments.extra


def with_desk(slopes: Floats, desk: Desk, extra: Floats, model: Floats) -> Floats:
    """(Q + Q2, D + e) derivatives of the model's numbers and the desk's with respect to moments and extra means.

    Parameters
    ----------
    slopes : (Q, D)
        Derivatives of the model's numbers with respect to the moments.
    desk : function
        See the module.
    extra, model : (e,), (Q,)
        Where the derivatives are taken.  A number of the model that is not there (NaN) passes nothing on.
    """
    by_extra, by_model = desk_slopes(desk, extra, model)
    used = (by_model != 0).any(axis=0)
    through = by_model[:, used] @ slopes[used]
    blank = np.zeros((len(slopes), len(extra)))
    return np.block([[slopes, blank], [through, by_extra]])


def desk_slopes(desk: Desk, extra: Floats, model: Floats) -> tuple[Floats, Floats]:
    """(Q2, e) and (Q2, Q) derivatives of a desk, by central differences in batches."""
    if isinstance(desk, Joined):
        return desk.slopes(extra, model)
    at = np.concatenate([extra, model])
    size, e = len(at), len(extra)
    steps = STEP * np.abs(at)
    steps[:e] = np.where(steps[:e] > 0, steps[:e], STEP)
    steps[e:] = np.maximum(steps[e:], STEP)
    steps = np.where(np.isnan(steps), 1.0, steps)
    out = []
    for start, stop in chunks(size, BATCH):
        moved = np.broadcast_to(at, (2, stop - start, size)).copy()
        place = np.arange(stop - start)
        moved[0, place, start + place] += steps[start:stop]
        moved[1, place, start + place] -= steps[start:stop]
        up, down = desk(moved[..., :e], moved[..., e:])
        out.append((up - down) / (2 * steps[start:stop, None]))
    slopes = np.concatenate(out).T
    unused = np.isnan(at) & ~np.isnan(desk(extra, model))[:, None]
    slopes = np.where(unused, 0.0, slopes)
    return slopes[:, :e], slopes[:, e:]
