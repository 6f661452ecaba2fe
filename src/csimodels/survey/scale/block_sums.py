"""Weighted sums of products of small whole numbers by part, exact, as matrix products on blocks of rows.

A weight in fixed point has up to 46 bits.  It is cut into two halves of 23 bits, so that every sum over a short run of
rows has fewer than 53 bits and floating point forms it without rounding; the runs are then added as whole numbers.
The order of rows, the division into blocks and the number of threads change no bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np

from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.columns import Ints

#: Bits of half a weight.
HALF_BITS = 23
#: Bits of a cell without its sign: of a byte, and of the whole numbers of finer answers.
BYTE_BITS, FINE_BITS = 7, 10
#: Most rows of a segment, whose sums are formed in floating point: half a weight, two cells of 7 bits each and so many
#: rows need no more than 53 bits.
SEGMENT_ROWS = 2**16
#: Most rows of a run, which are multiplied at once: they stay near the processor.
RUN_ROWS = 1024
#: Segments of which the sums are held at once.
SEGMENTS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a block, in the order of their parts.

    Attributes
    ----------
    cells : (m, n) int8 or int16.
    a : (n,) weights in fixed point; None: every row counts once.
    ends : (K + 1,) where the rows of each part begin and end.
    columns : the cells that stand for each column of the sums; None: they are the columns.
    """

    cells: Any
    a: Ints | None
    ends: Ints
    columns: Ints | None = None


class Products:
    """Sums of columns and of products of all pairs of them by part.

    Attributes
    ----------
    n : (K,) rows.
    sums : (K, 2, m + 1, m) sums with the two halves of the weights: of products of two columns, last of a column.
    weight : (K, 2) sums of the halves.
    squares : (K, 3) sums of products of the halves, of any size.
    """

    def __init__(self, parts: int, columns: int, bits: int = BYTE_BITS) -> None:
        self.segment = min(SEGMENT_ROWS, 2 ** (53 - HALF_BITS - 2 * bits))
        self.n = np.zeros(parts, dtype=np.int64)
        self.sums = np.zeros((parts, 2, columns + 1, columns), dtype=np.int64)
        self.weight = np.zeros((parts, 2), dtype=np.int64)
        self.squares = np.zeros((parts, 3), dtype=object)
        self._lock = Lock()

    def add(self, rows: Rows, mix: Floats | None = None) -> Floats | None:
        """Add rows of a block; several threads may do so at once.

        Parameters
        ----------
        mix : (2, m) whole numbers.

        Returns
        -------
        (2, n) of the rows mixed, where `mix` is given.
        """
        n = rows.cells.shape[1]
        mixed = None if mix is None else np.empty((2, n))
        segments = [
            (part, start, min(start + self.segment, int(rows.ends[part + 1])))
            for part in np.flatnonzero(np.diff(rows.ends)).tolist()
            for start in range(int(rows.ends[part]), int(rows.ends[part + 1]), self.segment)
        ]
        for some in range(0, len(segments), SEGMENTS_AT_ONCE):
            self._add(rows, segments[some : some + SEGMENTS_AT_ONCE], mix, mixed)
        return mixed

    def _add(self, rows: Rows, segments: list[tuple[int, int, int]], mix: Floats | None, mixed: Floats | None) -> None:
        """Add segments of rows, each of one part."""
        m, first, last = len(rows.cells), segments[0][1], segments[-1][2]
        a = None if rows.a is None else rows.a[first:last]
        halves = None if a is None else np.stack([a >> HALF_BITS, a & (2**HALF_BITS - 1)])
        exact = np.ones((1, last - first)) if halves is None else halves.astype(np.float64)
        h = len(exact)
        plain, weighed = np.empty(m * RUN_ROWS), np.empty(h * (m + 1) * RUN_ROWS)
        sums = np.zeros((len(segments), 2, m + 1, m))
        used = slice(2 - h, 2)  # without weights the upper halves are zero
        for k, (_, start, stop) in enumerate(segments):
            runs = -(-(stop - start) // RUN_ROWS)
            for at, end in pairwise(start + (stop - start) * r // runs for r in range(runs + 1)):
                size = end - at
                run = plain[: m * size].reshape(m, size)
                run[:] = rows.cells[:, at:end]
                both = weighed[: h * (m + 1) * size].reshape(h, m + 1, size)
                both[:, m] = own = exact[:, at - first : end - first]
                np.multiply(run, own[:, None], out=both[:, :m])
                if mix is not None and mixed is not None:
                    np.matmul(mix, run, out=mixed[:, at:end])
                sums[k, used] += (both.reshape(-1, size) @ run.T).reshape(h, m + 1, m)
        if rows.columns is not None:
            sums = sums[..., np.append(rows.columns, m)[:, None], rows.columns]
        self._keep(segments, halves, sums)

    def _keep(self, segments: list[tuple[int, int, int]], halves: Ints | None, sums: Floats) -> None:
        """Add the sums of segments to those of their parts, as whole numbers."""
        of, start, stop = np.asarray(segments).T
        parts, first = np.unique(of, return_index=True)
        size = stop - start
        weight = np.stack([0 * size, size], axis=1)
        squares = np.stack([0 * size, 0 * size, size], axis=1)
        if halves is not None:
            high, low = halves
            at = start - start[0]
            weight = np.stack([np.add.reduceat(x, at) for x in halves], axis=1)
            squares = np.stack([np.add.reduceat(x, at) for x in (high * high, high * low, low * low)], axis=1)
        with self._lock:
            self.n[parts] += np.add.reduceat(size, first)
            for total, mine in (
                (self.sums, sums.astype(np.int64)), (self.weight, weight), (self.squares, squares.astype(object))
            ):  # fmt: skip
                total[parts] += mine if len(parts) == len(of) else np.add.reduceat(mine, first)

    @property
    def pairs(self) -> Ints:
        """(K, 2, m, m) sums of products of two columns with the halves of the weights."""
        return self.sums[:, :, :-1]

    @property
    def single(self) -> Ints:
        """(K, 2, m) sums of the columns with them."""
        return self.sums[:, :, -1]

    def weights_squared(self) -> Floats:
        """(K,) sum of the squared weights."""
        high, both, low = self.squares.T
        return np.asarray(high * 4**HALF_BITS + both * 2 ** (HALF_BITS + 1) + low, dtype=np.float64)


def whole(halves: Any) -> Floats:
    """Numbers of which the halves are given along the second axis, as floating point.

    Parameters
    ----------
    halves : (K, 2, ...) whole numbers.
    """
    high, low = halves[:, 0], halves[:, 1]
    high, low = high + (low >> HALF_BITS), low & (2**HALF_BITS - 1)
    return np.asarray(high, dtype=np.float64) * 2.0**HALF_BITS + np.asarray(low, dtype=np.float64)


def in_order(code: Ints, wanted: Bools | None, parts: int) -> tuple[Ints, Ints]:
    """Rows in the order of their parts, and where those of each begin and end; those that are not wanted left out."""
    if wanted is not None:
        code = np.where(wanted, code, parts)
    code = code.astype(np.uint16 if parts < 2**16 - 1 else np.int64)
    ends = np.concatenate([[0], np.cumsum(np.bincount(code, minlength=parts + 1)[:parts])])
    return np.argsort(code, kind="stable")[: ends[-1]], ends


def mixing(columns: int, cell_bits: int = 8) -> Floats:
    """(2, m) whole numbers that mix a row of `columns` cells of 8 or 16 bits into two of fewer than 53 bits."""
    bits = 53 - cell_bits - math.ceil(math.log2(max(columns, 2)))
    mixed, out = 1, []
    for _ in range(2 * columns):  # a linear congruential generator (Knuth 1998, section 3.3.4)
        mixed = (mixed * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(float(mixed >> (64 - bits) | 1))
    return np.asarray(out).reshape(2, columns)


def folded(mixed: Floats) -> Any:
    """(n,) 64 bits of rows that were mixed."""
    one, two = mixed.astype(np.int64).view(np.uint64)
    both = one * np.uint64(0x9E3779B97F4A7C15) ^ two * np.uint64(0xC2B2AE3D27D4EB4F)
    both ^= both >> np.uint64(32)
    return both * np.uint64(0x165667B19E3779F9)
