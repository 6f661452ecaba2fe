"""Products with matrices most of whose cells are zero, as a few dense products of some of their rows and columns.

A published number hangs on few of the inner numbers of a chain, and these on few of the moments: nine tenths and two
thirds of the cells are zero in the ECSI model.  Rows that use much the same columns are multiplied together; a row of
one cell is a multiple of a line.  Formats of single cells (``scipy.sparse``) take longer here than the dense product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats

Ints = NDArray[np.intp]

#: What it costs to copy a line and to begin a product, in multiplications for every element of a line.
_COPY, _BEGIN = 18, 100
#: Products that use this share of all columns or more take all of them, which need not be copied.
_ALL = 2 / 3


@dataclass(frozen=True, eq=False)
class Pieces:
    """Which cells of a matrix ``(r, c)`` are multiplied together.

    Attributes
    ----------
    covered : (r, c) cells that are in one of the products.
    dense : rows and columns of each dense product.
    single : rows of one cell, and its column.
    """

    covered: Bools
    dense: tuple[tuple[Ints, Ints], ...]
    single: tuple[Ints, Ints]

    @classmethod
    def of(cls, there: Bools) -> Pieces:
        """Pieces that cover the cells that are `there`."""
        number = there.sum(axis=1)
        alone, many = np.flatnonzero(number == 1), np.flatnonzero(number > 1)
        order = many[np.lexsort(np.packbits(there[many], axis=1).T[::-1])]
        groups: list[tuple[list[int], Bools]] = []
        for row in order.tolist():
            mine = there[row]
            if groups and _joins(groups[-1], mine):
                so_far, together = groups[-1]
                groups[-1] = [*so_far, row], together | mine
            else:
                groups.append(([row], mine))
        every = np.arange(there.shape[1])
        columns = [every if used.mean() >= _ALL else np.flatnonzero(used) for _, used in groups]
        dense = tuple((np.asarray(rows, dtype=np.intp), used) for (rows, _), used in zip(groups, columns, strict=True))
        single = alone, np.argmax(there[alone], axis=1)
        covered = np.zeros(there.shape, dtype=bool)
        covered[single] = True
        for rows, used in dense:
            covered[np.ix_(rows, used)] = True
        return cls(covered, dense, single)


def _joins(group: tuple[list[int], Bools], row: Bools) -> bool:
    """Whether a further row costs less within a group than on its own."""
    rows, used = group
    now, later, alone = int(used.sum()), int((used | row).sum()), int(row.sum())
    inside = (len(rows) + 1) * later - len(rows) * now + _COPY * (later - now)
    return inside <= alone * (1 + _COPY) + _BEGIN


def piecewise(matrix: Floats) -> Callable[[Floats], Floats]:
    """The product of a matrix ``(r, c)`` with lines ``(c, b)``; a row with NaN gives NaN."""
    absent: Bools = np.asarray(np.isnan(matrix).any(axis=1))
    there = (matrix != 0) & ~absent[:, None]
    pieces = Pieces.of(there)
    width = matrix.shape[1]
    clean = np.where(absent[:, None], 0.0, matrix) if absent.any() else matrix
    parts = [(rows, used if len(used) < width else None, clean[np.ix_(rows, used)]) for rows, used in pieces.dense]
    rows, column = pieces.single
    factor = clean[rows, column][:, None]
    empty = np.flatnonzero(~pieces.covered.any(axis=1))

    def product(lines: Floats) -> Floats:
        out = np.empty((len(matrix), lines.shape[1]))
        for of, used, cells in parts:
            out[of] = cells @ (lines if used is None else np.take(lines, used, axis=0))
        out[rows] = factor * np.take(lines, column, axis=0)
        out[empty] = 0.0 * lines[:1]  # NaN where a contribution is
        out[absent] = np.nan
        return out

    return product
