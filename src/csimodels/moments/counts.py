"""How often rows count in a chunk of replicates, handed out block by block, so that many replicates fit into memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

Ints = NDArray[np.intp]
At = slice | Ints
Real = np.float64 | np.float32


class Counts(Protocol):
    """What sums need to know of ``B`` replicates of ``n`` rows."""

    @property
    def size(self) -> int:
        """Number of replicates ``B``."""
        ...

    @property
    def largest(self) -> float | None:
        """The largest count where all of them are whole numbers; None where they are not."""
        ...

    def of(self, at: At, kind: type[Real] = np.float64) -> NDArray[Any]:
        """(B, b) how often the rows `at` count in each replicate, as numbers of one `kind`."""
        ...


@dataclass(frozen=True, eq=False)
class Matrix:
    """Counts ``(B, n)`` held as they are; whole numbers in bytes take an eighth of the memory of floating point."""

    values: NDArray[Any]

    @property
    def size(self) -> int:
        """Number of replicates."""
        return len(self.values)

    @property
    def largest(self) -> float | None:
        """The largest count of whole numbers."""
        return float(self.values.max(initial=0)) if self.values.dtype.kind == "u" else None

    def of(self, at: At, kind: type[Real] = np.float64) -> NDArray[Any]:
        """(B, b) floating-point counts."""
        return np.asarray(self.values[:, at], dtype=kind)


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

    @property
    def largest(self) -> float | None:
        """None: factors are no whole numbers."""
        return None

    def of(self, at: At, kind: type[Real] = np.float64) -> NDArray[Any]:
        """(B, b) factors."""
        unit = self.unit[at]
        return np.asarray(self.base[unit] + self.slope[unit] * self.times[:, unit], dtype=kind)


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

    @property
    def largest(self) -> float | None:
        """None: factors are no whole numbers."""
        return None

    def of(self, at: At, kind: type[Real] = np.float64) -> NDArray[Any]:
        """(B, b) counts times factors."""
        return np.asarray(self.counts.of(at) * self.factors[:, self.cell[at]], dtype=kind)


@dataclass(frozen=True, eq=False)
class LessenedFactors:
    """Factors of replicates that leave out a unit each, or a share of it.

    Attributes
    ----------
    units : (B,)
        The unit of each replicate.
    share : float
        What of it is left out.
    unit, stratum : (n,), (C,)
        Unit of each row, and stratum of each unit.
    others : (H,)
        How often the other units of the stratum count where one is left out.
    """

    units: Ints
    share: float
    unit: Ints
    stratum: Ints
    others: Floats

    @property
    def size(self) -> int:
        """Number of replicates."""
        return len(self.units)

    @property
    def largest(self) -> float | None:
        """None: factors are no whole numbers."""
        return None

    def of(self, at: At, kind: type[Real] = np.float64) -> NDArray[Any]:
        """(B, b) factors."""
        unit, gone = self.unit[at], self.units[:, None]
        factors = np.where(self.stratum[unit] == self.stratum[gone], self.others[self.stratum[gone]], 1.0)
        factors[unit == gone] = 0.0
        return np.asarray(1 + self.share * (factors - 1), dtype=kind)


@dataclass(frozen=True, eq=False)
class RowsOf:
    """Other counts in some of their rows, by the positions ``rows (n,)``."""

    counts: Counts
    rows: Ints

    @property
    def size(self) -> int:
        """Number of replicates."""
        return self.counts.size

    @property
    def largest(self) -> float | None:
        """The largest count of whole numbers."""
        return self.counts.largest

    def of(self, at: At, kind: type[Real] = np.float64) -> NDArray[Any]:
        """(B, b) counts."""
        return self.counts.of(self.rows[at], kind)


def small(counts: NDArray[np.intp]) -> NDArray[Any]:
    """Whole numbers of at least zero in the fewest bytes that hold them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
