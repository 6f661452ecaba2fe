"""Answers and weights as whole numbers, whose sums are exact: the grid that answers lie on, weights in fixed point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.survey.scale.judged import Judged
from csimodels.survey.survey import FAR_SPREADS

#: Bits of a weight in fixed point: its square, summed over any survey, fits 128 bits.
WEIGHT_BITS = 46
#: Bits of a sum of two answers and a weight that 64 bits hold.
PRODUCT_BITS = 62
#: Steps of a scale point that answers may lie on.
GRIDS = (1, 2, 4, 5, 8, 10, 16, 20, 100)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Shifted answers ``z = (x - shift)`` and their whole numbers ``z * grid``; ``grid`` 0: as floating point."""

    shift: Floats
    grid: int
    largest: float

    @classmethod
    def of(cls, items: Sequence[Judged]) -> Scaled:
        """Shift and grid of items by what was counted of them."""
        ends = [
            (j.item.scale[0] + j.item.scale[1] - j.high, j.item.scale[0] + j.item.scale[1] - j.low)
            if j.item.reverse
            else (j.low, j.high)
            for j in items
        ]
        middle = np.asarray([(j.item.scale[0] + j.item.scale[1]) / 2 for j in items])
        low, high = np.asarray([e[0] for e in ends]), np.asarray([e[1] for e in ends])
        far = np.abs((low + high) / 2 - middle) > FAR_SPREADS * (high - low)
        shift = np.where(far, (low + high) / 2, middle)
        largest = float(np.nanmax(np.maximum(high - shift, shift - low)))
        return cls(shift, _grid(items, shift), largest)


def _grid(items: Sequence[Judged], shift: Floats) -> int:
    """The fewest steps of a scale point that all shifted answers lie on, 0 where there are none."""
    for grid in GRIDS:
        if all(_on(grid, j, middle) for j, middle in zip(items, shift.tolist(), strict=True)):
            return grid
    return 0


def _on(grid: int, judged: Judged, shift: float) -> bool:
    ends = judged.item.scale
    values = judged.values if len(judged.values) else np.asarray([judged.low, judged.high])
    if not len(judged.values) and not judged.whole:
        return False
    given = ends[0] + ends[1] - values if judged.item.reverse else values
    steps = (given - shift) * grid
    return bool(np.all(np.abs(steps - np.rint(steps)) < 1e-9))


@dataclass(frozen=True, eq=False)
class Weighing:
    """SQL of the weight of a row: ``exact`` a whole number, `step` of which is 1; ``plain`` the weight itself."""

    exact: str
    plain: str
    step: float

    @classmethod
    def of(cls, plain: str | None, largest: float, scaled: Scaled, wide: bool = True) -> Weighing:
        """Fixed point with as many bits as the products of answers leave.

        Parameters
        ----------
        plain : SQL of the weight, None without weights.
        largest : the largest weight.
        wide : whether the database adds whole numbers of more than 64 bits; weights stay floating point otherwise.
        """
        if plain is None:
            return cls("1", "1.0", 1.0)
        if not scaled.grid or not wide:
            return cls(plain, plain, 1.0)
        bits = min(WEIGHT_BITS, PRODUCT_BITS - 2 * math.ceil(math.log2(max(scaled.largest * scaled.grid, 2))))
        step = 2.0 ** (math.floor(math.log2(largest)) + 1 - bits)
        return cls(f"cast(round(({plain}) / {step!r}) as bigint)", plain, step)
