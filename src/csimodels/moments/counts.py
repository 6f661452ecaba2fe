"""How often rows count in a chunk of replicates, handed out block by block, so that many replicates fit into memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

Ints = NDArray[np.intp]
At = slice | Ints


class Counts(Protocol):
    """What sums need to know of ``B`` replicates of ``n`` rows."""

    @property
    def size(self) -> int:
        """Number of replicates ``B``."""
        ...

    def of(self, at: At) -> Floats:
        """(B, b) how often the rows `at` count in each replicate."""
        ...


@dataclass(frozen=True, eq=False)
class Matrix:
    """Counts ``(B, n)`` held as they are; whole numbers in bytes take an eighth of the memory of floating point."""

    values: NDArray[Any]

    @property
    def size(self) -> int:
        """Number of replicates."""
        return len(self.values)

    def of(self, at: At) -> Floats:
        """(B, b) floating-point counts."""
        return np.asarray(self.values[:, at], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class UnitFactors:
    """Factors of sampling units ``base + slope * times``, for the rows of each unit.

    Attributes
    ----------
    times : (B, C)
        How often each unit was drawn.
    base, slope : (C,)
        Constants of the units.
    unit : (n,)
        Unit of each row.
    """

    times: NDArray[Any]
    base: Floats
    slope: Floats
    unit: Ints

    @property
    def size(self) -> int:
        """Number of replicates."""
        return len(self.times)

    def of(self, at: At) -> Floats:
        """(B, b) factors."""
        unit = self.unit[at]
        return np.asarray(self.base[unit] + self.slope[unit] * self.times[:, unit])


@dataclass(frozen=True, eq=False)
class CellFactors:
    """Other counts times one factor per replicate and cell, ``(B, cells)``; ``cell (n,)`` of each row."""

    counts: Counts
    factors: Floats
    cell: Ints

    @property
    def size(self) -> int:
        """Number of replicates."""
        return self.counts.size

    def of(self, at: At) -> Floats:
        """(B, b) counts times factors."""
        return np.asarray(self.counts.of(at) * self.factors[:, self.cell[at]])


def small(counts: NDArray[np.intp]) -> NDArray[Any]:
    """Whole numbers of at least zero in the fewest bytes that hold them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
