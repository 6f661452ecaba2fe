"""Sums of many replicates of whole numbers: matrix products in single precision that round nothing.

Answers on a scale are whole numbers, and so are their differences from its midpoint at the latest when they are
doubled, and the counts of a bootstrap.  A number of single precision holds every whole number up to :data:`EXACT`.
While the sums of a block of rows stay below, its product is exact, in whatever order it is added up, and takes half the
time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.counts import Counts
from csimodels.moments.linalg import Floats
from csimodels.moments.products import Products

if TYPE_CHECKING:
    from csimodels.moments.rows import Rows

#: Whole numbers up to this are exact in single precision.
EXACT = 2**24
#: What differences from a midpoint may have to be multiplied with to be whole.
_SCALES = (1.0, 2.0)
#: Products larger than this leave too few rows for a block.
_LARGEST = 2**14


@dataclass(frozen=True)
class Grid:
    """Shifted answers that are whole numbers once they are multiplied with `scale`, at most `most` from zero."""

    scale: float
    most: float

    @classmethod
    def of(cls, blocks: Iterable[Floats]) -> Grid | None:
        """The grid of shifted answers, block by block; None where there is none, or their products are too large."""
        scales, most = list(_SCALES), 0.0
        for z in blocks:
            most = max(most, float(np.abs(z).max(initial=0.0)))
            scales = [s for s in scales if _whole(z, s)]
            if not scales or (most * scales[0]) ** 2 > _LARGEST:
                return None
        return cls(scales[0], most * scales[0])

    def totals(self, rows: Rows, drawn: Counts, largest: float, columns: Products) -> tuple[Floats, Floats, Floats]:
        """Sums ``(B, width)`` of all columns, rows ``(B,)`` and sums of squared counts ``(B,)``.

        Parameters
        ----------
        rows : rows without weights, or with weights of 0 and 1.
        drawn : counts that are whole numbers, none above `largest`.
        columns : the products.
        """
        total, n_rows, ww = np.zeros((drawn.size, columns.width)), np.zeros(drawn.size), np.zeros(drawn.size)
        most = max(self.most**2, largest, 1.0)
        for at in rows.blocks(int(EXACT / (2.0 * most))):
            factors: NDArray[Any] = drawn.of(at, np.float32) * rows.counted_in(at)
            if factors.sum(axis=1).max(initial=0.0) * most >= EXACT:  # one row counts as often as half of the block
                factors = factors.astype(np.float64)
            z, present = rows.block(at)
            total += columns.accumulate(factors, z * self.scale, present)
            n_rows += factors.sum(axis=1)
            ww += np.einsum("bn,bn->b", factors, factors)
        return total / self.scale**columns.degrees, n_rows, ww


def _whole(z: Floats, scale: float) -> bool:
    scaled = z * scale
    return bool((scaled == np.rint(scaled)).all())
