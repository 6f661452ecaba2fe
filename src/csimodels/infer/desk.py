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

#: Numbers of the model that are moved together, to see whether a desk looks at any of them.
FEW = 16


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
        parts = []
        for desk, at, uses in zip(self.desks, self.places, self.uses_model, strict=True):
            parts.append((at, uses, *desk_slopes(desk, extra[..., at], model if uses else model[..., :0])))
        batch, size = extra.shape[:-1], sum(own.shape[-2] for *_, own, _ in parts)
        by_extra, by_model = np.zeros((*batch, size, extra.shape[-1])), np.zeros((*batch, size, model.shape[-1]))
        start = 0
        for at, uses, own, through in parts:
            rows = slice(start, start + own.shape[-2])
            by_extra[..., rows, at] = own
            if uses:
                by_model[..., rows, :] = through
            start = rows.stop
        return by_extra, by_model


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
    """(*B, Q2, e) and (*B, Q2, Q) derivatives of a desk at ``extra (*B, e)``, ``model (*B, Q)``, by central differences
    in batches; NaN for a number that is not there."""
    if isinstance(desk, Joined):
        return desk.slopes(extra, model)
    at, e = np.concatenate([extra, model], axis=-1), extra.shape[-1]
    steps = STEP * np.abs(at)
    steps[..., :e] = np.where(steps[..., :e] > 0, steps[..., :e], STEP)
    steps[..., e:] = np.maximum(steps[..., e:], STEP)
    steps = np.where(np.isnan(steps), 1.0, steps)
    here = desk(extra, model)
    slopes = np.zeros((*here.shape[:-1], at.shape[-1], here.shape[-1]))
    moving = np.concatenate([np.arange(e), e + _looked_at(desk, at, steps, here, e)])
    for start, stop in chunks(len(moving), BATCH):
        inputs = moving[start:stop]
        one_each = np.zeros((len(inputs), at.shape[-1]))
        one_each[np.arange(len(inputs)), inputs] = 1.0
        up, down = _moved(desk, at, steps, one_each, e)
        slopes[..., inputs, :] = (up - down) / (2 * steps[..., inputs, None])
    slopes = slopes.swapaxes(-1, -2)
    slopes[~np.isfinite(here)] = np.nan
    return slopes[..., :e], slopes[..., e:]


def _moved(desk: Desk, at: Floats, steps: Floats, share: Floats, e: int) -> Floats:
    """(2, *B, d, Q2) numbers with the inputs ``at (*B, size)`` moved up and down by shares ``(d, size)`` of a step."""
    by = steps[..., None, :] * share
    both = np.stack([at[..., None, :] + by, at[..., None, :] - by])
    with np.errstate(invalid="ignore", divide="ignore"):
        return desk(both[..., :e], both[..., e:])


def _looked_at(desk: Desk, at: Floats, steps: Floats, here: Floats, e: int) -> NDArray[np.intp]:
    """Numbers of the model that a desk may look at: a few together are moved, each by a share of its step of its own,
    and those of a few without any effect in the whole batch are not moved one by one."""
    size = at.shape[-1] - e
    if not size:
        return np.zeros(0, dtype=np.intp)
    few = np.arange(size) // FEW
    shares = 0.5 + np.modf(np.arange(size) * (np.sqrt(5) - 1) / 2)[0]
    together = np.zeros((few[-1] + 1, e + size))
    together[few, e + np.arange(size)] = shares
    moved, still = _moved(desk, at, steps, together, e), here[..., None, :]
    changed = (moved != still) & ~(np.isnan(moved) & np.isnan(still))
    hit = changed.any(axis=(0, *range(1, moved.ndim - 2), moved.ndim - 1))
    return np.flatnonzero(hit[few])
