"""Sums over sampling units of the squares and fourth powers of what they add to every number: all that an error takes.

Many numbers are multiples of each other, as an index, a performance and a gap to a target are; a line of theirs is made
once, and its sums are multiplied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.chain import MANY, Chain, Slopes, applied
from csimodels.infer.directions import Worth
from csimodels.infer.pieces import Piecewise
from csimodels.moments.linalg import Floats

Ints = NDArray[np.intp]

#: Contributions ``(c, size)``, what the square of each counts ``(c,)``, and how many units each stands for (None: one)
#: -> ``(3, K)`` sums of squares so counted, of squares and of fourth powers.
Powers = Callable[[Floats, Floats, Floats | None], Floats]


@dataclass(frozen=True, eq=False)
class PowerSums:
    """How the powers of all numbers are summed: ``of_block`` after block, ``spread`` over the numbers at the end."""

    of_block: Powers
    spread: Callable[[Floats], Floats]

    @classmethod
    def of(cls, worth: Worth) -> PowerSums:
        """Of numbers that contributions are `worth`."""

        def of_block(contributions: Floats, counts: Floats, copies: Floats | None) -> Floats:
            return _powers(worth(contributions).T, counts, copies)

        return cls(of_block, lambda sums: sums)

    @classmethod
    def of_chain(cls, chain: Chain, transform: Floats | None) -> PowerSums:
        """Of the numbers of a chain, contributions being multiplied with `transform` before, where there is one."""
        lines, by_rows = _lines(chain, transform)
        rows, of, factor = multiples(by_rows)
        outer = Piecewise.of(by_rows[rows])

        def of_block(contributions: Floats, counts: Floats, copies: Floats | None) -> Floats:
            pieces = outer.in_turn(lines(contributions))
            return np.concatenate([np.empty((3, 0)), *(_powers(piece, counts, copies) for piece in pieces)], axis=1)

        def spread(sums: Floats) -> Floats:
            distinct = outer.spread(sums.T, 0.0)[of]
            return np.asarray(distinct.T * np.stack([factor**2, factor**2, factor**4]))

        return cls(of_block, spread)


def _lines(chain: Chain, transform: Floats | None) -> tuple[Worth, Floats]:
    """What contributions ``(c, D)`` are worth in the inner numbers of a chain, ``(m, c)``, and what these are in all
    numbers ``(Q, m)``; inner numbers that are 0 are left out."""
    inner = chain.begun(transform)
    if callable(inner):
        return lambda contributions: inner(contributions).T, chain.outer
    pieces = Piecewise.of(inner)
    unknown = (chain.outer[:, pieces.absent] != 0).any(axis=1)
    by_rows = np.where(unknown[:, None], np.nan, chain.outer[:, pieces.rows])
    return lambda contributions: pieces.together(contributions.T), by_rows


def power_sums(slopes: Slopes, transform: Floats | None, units: int) -> PowerSums:
    """:class:`PowerSums` of so many sampling units, by a chain of derivatives where there is one.

    Parameters
    ----------
    transform : what contributions are multiplied with before, where there is one.
    """
    if isinstance(slopes, Chain) and units >= MANY:
        return PowerSums.of_chain(slopes, transform)
    return PowerSums.of(applied(slopes, transform, units))


def multiples(matrix: Floats) -> tuple[Ints, Ints, Floats]:
    """Rows of a matrix ``(r, c)`` that are no multiples of others; for every row which of them, times what, it is."""
    lead = np.argmax(np.abs(matrix), axis=1)  # the first NaN, where there is one
    size = matrix[np.arange(len(matrix)), lead]
    scale = np.where((size == 0) | np.isnan(size), 1.0, size)
    seen: dict[bytes, int] = {}
    alike = (matrix / scale[:, None] + 0.0).view(np.uint64)  # one zero
    of = np.asarray([seen.setdefault(row.tobytes(), len(seen)) for row in alike], dtype=np.intp)
    rows = np.unique(of, return_index=True)[1]
    return rows, of, scale / scale[rows][of]


def _powers(values: Floats, counts: Floats, copies: Floats | None) -> Floats:
    """``(3, K)`` sums of ``values (K, c)``, which are overwritten."""
    squares = np.multiply(values, values, out=values)
    with np.errstate(invalid="ignore"):
        counted = squares @ (counts if copies is None else counts * copies)
    if copies is not None:
        return np.stack([counted, squares @ copies, squares**2 @ copies])
    return np.stack([counted, squares.sum(axis=1), np.vecdot(squares, squares)])
