"""The products of items that sums are made of, side by side in one table."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from csimodels.moments.linalg import Floats, upper_triangle
from csimodels.moments.sums import Pairwise, Sums


class Shaped(Protocol):
    """What sums take over from the rows they are of."""

    @property
    def items(self) -> tuple[str, ...]:
        """Names along ``p``."""
        ...

    @property
    def shift(self) -> Floats:
        """(p,) what was subtracted."""
        ...

    @property
    def form(self) -> str:
        """How rows are summed."""
        ...


class Products:
    """Layout of the product matrix ``[1, z_j, z_j z_k, (r_j r_k, z_j r_k)]`` and its way back into matrices."""

    def __init__(self, p: int, masked: bool) -> None:
        self.p, self.masked = p, masked
        self.upper = upper_triangle(p)
        pairs = len(self.upper[0])
        self.width = 1 + p + pairs + (pairs + p * p if masked else 0)
        #: Answers in the product of each column.
        self.degrees = np.repeat([0, 1, 2, 0, 1], [1, p, pairs, *((pairs, p * p) if masked else (0, 0))])

    def accumulate(self, weighted: Floats, z: Floats, present: Floats) -> Floats:
        """``(B, width)`` sums of one block of rows; one matrix product for all replicates."""
        rows, cols = self.upper
        if len(weighted) == 1:  # a single sum needs no table of products
            scaled = z if (weighted == 1.0).all() else weighted[0][:, None] * z  # z.T @ z is half the work
            parts = [[weighted[0].sum()], scaled.sum(axis=0), (scaled.T @ z)[rows, cols]]
            if self.masked:
                there = weighted[0][:, None] * present
                parts += [(there.T @ present)[rows, cols], (scaled.T @ present).ravel()]
            return np.concatenate(parts)[None]
        return np.asarray(weighted @ self.table(z, present, weighted.dtype))

    def table(self, z: Floats, present: Floats, kind: DTypeLike = np.float64) -> NDArray[Any]:
        """``(n, width)`` products of every row, as numbers of one `kind`; in memory a column is one long line."""
        lines = np.empty((self.width, len(z)), dtype=kind)
        answers = np.ascontiguousarray(z.T, dtype=kind)
        lines[0] = 1.0
        lines[1 : 1 + self.p] = answers
        start = _pairs(answers, lines, 1 + self.p)
        if self.masked:
            there = np.ascontiguousarray(present.T, dtype=kind)
            start = _pairs(there, lines, start)
            for j in range(self.p):
                np.multiply(answers[j], there, out=lines[start + j * self.p : start + (j + 1) * self.p])
        return lines.T

    def _symmetric(self, flat: Floats) -> Floats:
        full = np.empty((len(flat), self.p, self.p))
        rows, cols = self.upper
        full[:, rows, cols] = flat
        full[:, cols, rows] = flat
        return full

    def first(self, total: Floats) -> tuple[Floats, Floats, Floats]:
        """``w (B,)``, ``wx (B, p)``, ``wxx (B, p, p)``."""
        p, pairs = self.p, len(self.upper[0])
        return total[:, 0], total[:, 1 : 1 + p], self._symmetric(total[:, 1 + p : 1 + p + pairs])

    def unpack(self, rows: Shaped, total: Floats, n_rows: Floats, ww: Floats) -> Sums:
        """`Sums` with one batch axis from accumulated columns ``(B, width)``, rows and squared weights ``(B,)``."""
        p, pairs = self.p, len(self.upper[0])
        w, wx, wxx = self.first(total)
        pairwise = None
        if self.masked:
            start = 1 + p + pairs
            there = self._symmetric(total[:, start : start + pairs])
            pairwise = Pairwise(there, total[:, start + pairs :].reshape(-1, p, p))
        return Sums(rows.items, rows.shift, n_rows, w, ww, wx, wxx, rows.form, pairwise)


def _pairs(lines: NDArray[Any], out: NDArray[Any], start: int) -> int:
    """Write the products of every line with itself and those after it into `out`; the place behind them."""
    for j in range(len(lines)):
        stop = start + len(lines) - j
        np.multiply(lines[j], lines[j:], out=out[start:stop])
        start = stop
    return start
