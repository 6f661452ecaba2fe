"""Products with matrices most of whose cells are zero, as a few dense products of some of their rows and columns.

A published number hangs on few of the inner numbers of a chain, and these on few of the moments: nine tenths and two
thirds of the cells are zero in the ECSI model.  Rows that use much the same columns are multiplied together; a row of
one cell is a multiple of a line.  Formats of single cells (``scipy.sparse``) take longer here than the dense product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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


@lru_cache(maxsize=16)
def _known(there: bytes, shape: tuple[int, int]) -> Pieces:
    """Pieces that cover some cells; derivatives of the groups of a study are zero in the same places."""
    return Pieces.of(np.frombuffer(there, dtype=bool).reshape(shape))


@dataclass(frozen=True, eq=False)
class Piecewise:
    """The product of a matrix ``(r, c)`` with lines ``(c, b)``; a row with NaN gives NaN.

    Attributes
    ----------
    rows : rows of the matrix that are worked out, piece after piece.
    dense : columns of each dense product, None for all of them, and its cells.
    column, factor : of each row of one cell; these come last in ``rows``.
    empty, absent : rows without cells, and rows with NaN.
    """

    rows: Ints
    dense: tuple[tuple[Ints | None, Floats], ...]
    column: Ints
    factor: Floats
    empty: Ints
    absent: Ints

    @classmethod
    def of(cls, matrix: Floats) -> Piecewise:
        """How to multiply with a matrix."""
        absent: Bools = np.asarray(np.isnan(matrix).any(axis=1))
        there = (matrix != 0) & ~absent[:, None]
        pieces = _known(there.tobytes(), there.shape)
        width = matrix.shape[1]
        dense = tuple((used if len(used) < width else None, matrix[np.ix_(rows, used)]) for rows, used in pieces.dense)
        alone, column = pieces.single
        rows = np.concatenate([*(rows for rows, _ in pieces.dense), alone])
        empty = np.flatnonzero(~pieces.covered.any(axis=1) & ~absent)
        return cls(rows, dense, column, matrix[alone, column][:, None], empty, np.flatnonzero(absent))

    def in_turn(self, lines: Floats) -> Iterator[Floats]:
        """The rows of the product piece after piece, in the order of ``rows``: each is small enough to stay at hand."""
        for used, cells in self.dense:
            yield cells @ (lines if used is None else np.take(lines, used, axis=0))
        if len(self.column):
            yield self.factor * np.take(lines, self.column, axis=0)

    def together(self, lines: Floats) -> Floats:
        """The rows of the product in the order of ``rows``."""
        return np.concatenate([np.empty((0, lines.shape[1])), *self.in_turn(lines)])

    def spread(self, values: Floats, nothing: Floats | float) -> Floats:
        """``values`` of the rows in turn, by the rows of the matrix: `nothing` for an empty row, NaN for an absent."""
        out = np.empty((len(self.rows) + len(self.empty) + len(self.absent), *values.shape[1:]))
        out[self.rows] = values
        out[self.empty] = nothing
        out[self.absent] = np.nan
        return out

    def __call__(self, lines: Floats) -> Floats:
        """The product."""
        return self.spread(self.together(lines), 0.0 * lines[:1])  # NaN where a contribution is
