"""What contributions to the moments are worth in the published numbers, by differences along the contributions.

A contribution ``e`` moves a number ``t`` by ``Dt e``.  With many moments and few sampling units the derivative along
each ``e``, two fits at ``m + h e`` and ``m - h e``, costs less than all of ``Dt (Q, D)``, which is never formed: memory
then hangs on neither the number of moments nor that of numbers, but on their sum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.desk import Desk, desk_slopes, extra_means
from csimodels.infer.resample import Statistic
from csimodels.moments import Moments, chunks
from csimodels.moments.linalg import Floats, upper_triangle

#: Step of the central differences, in standard deviations: truncation and rounding are both below 1e-8 of a value.
STEP = 1e-5

#: Memory of the moved covariances of one batch, with what a fit makes of them.
MATRIX_BYTES = 96 * 2**20

#: Moved moments that are fitted at once.
BATCH = 250

#: Contributions ``(c, D + e)`` -> what they add to the numbers, ``(c, Q + Q2)``.
Worth = Callable[[Floats], Floats]


def batch_size(items: int) -> int:
    """Moments that are moved at once, up and down together."""
    return max(1, min(BATCH, MATRIX_BYTES // (96 * max(items, 1) ** 2)) // 2)


def along(statistic: Statistic, moments: Moments, desk: Desk | None = None) -> Worth:
    """What contributions are worth, by two fits for each of them.

    Parameters
    ----------
    statistic, moments, desk : as for :func:`csimodels.infer.jacobian`.
    """
    moved = _Moved(moments)

    def of_model(contributions: Floats) -> Floats:
        parts = []
        for start, stop in chunks(len(contributions), batch_size(len(moments.items))):
            batch, steps = moved.along(contributions[start:stop])
            values = statistic(batch)[0]
            parts.append((values[: len(steps)] - values[len(steps) :]) / (2 * steps[:, None]))
        return np.concatenate(parts)

    if desk is None:
        return of_model
    point = statistic(moments[None])[0][0]
    by_extra, by_model = desk_slopes(desk, extra_means(moments), point)
    used = (by_model != 0).any(axis=0)

    def with_desk(contributions: Floats) -> Floats:
        own = of_model(contributions[:, : moved.size])
        through = own[:, used] @ by_model[:, used].T
        return np.concatenate([own, through + contributions[:, moved.size :] @ by_extra.T], axis=1)

    return with_desk


class _Moved:
    """Moments of one group, and those a little way along contributions to them."""

    def __init__(self, moments: Moments) -> None:
        p = len(moments.items)
        upper = upper_triangle(p)
        self.moments, self.size = moments, p + len(upper[0])
        sd = np.sqrt(np.diagonal(moments.cov))
        with np.errstate(divide="ignore"):
            self.inverse_scale = 1 / np.concatenate([sd, sd[upper[0]] * sd[upper[1]]])
        place = np.zeros((p, p), dtype=np.intp)
        place[upper] = place[upper[::-1]] = p + np.arange(len(upper[0]))
        self.place: NDArray[np.intp] = place.ravel()

    def along(self, contributions: Floats) -> tuple[Moments, Floats]:
        """Moments moved up, then down, along ``contributions (c, D)``, and the steps ``(c,)``.

        A step moves that moment most which it moves by :data:`STEP` standard deviations.
        """
        m, p = self.moments, len(self.moments.items)
        with np.errstate(invalid="ignore"):
            longest = np.abs(contributions * self.inverse_scale).max(axis=1)
        steps = STEP / np.where(longest > 0, longest, STEP)
        shift = contributions * steps[:, None]
        sheet = np.take(shift, self.place, axis=1).reshape(-1, p, p)
        means, covs = np.empty((2, len(steps), p)), np.empty((2, len(steps), p, p))
        for out, centre, move in ((means, m.mean, shift[:, :p]), (covs, m.cov, sheet)):
            np.add(centre, move, out=out[0])
            np.subtract(centre, move, out=out[1])
        ones = np.ones(2 * len(steps))
        parts = (means.reshape(-1, p), covs.reshape(-1, p, p), m.n * ones, m.n_eff * ones)
        return Moments(*parts, m.items), steps
