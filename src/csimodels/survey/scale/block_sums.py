"""Weighted sums of products of small whole numbers by part, exact, as matrix products on runs of rows.

A weight in fixed point has up to 46 bits.  It is cut in two, so that every sum over a short run of rows is formed in
floating point without rounding: the upper 38 bits with cells from -11 to 11 need at most 53 bits over 256 rows, the
lower 8 bits at most 24, which single precision holds; with other cells both parts have 23 bits.  The sums of runs are
then added as whole numbers.  The order of rows, the division into blocks and the number of threads change no bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.columns import Ints
from csimodels.survey.scale.scratch import Scratch

#: Bits of half a weight, in the sums that are kept.
HALF_BITS = 23
#: Bits of a cell without its sign: of a byte, and of the whole numbers of finer answers.
BYTE_BITS, FINE_BITS = 7, 10
#: The largest cell whose products with the lower bits of a weight are summed in single precision, and those bits.
SMALL_CELL, LOW_BITS = 11, 8
#: Most and fewest rows of a run, whose sums are formed in floating point.
RUN_ROWS, FEWEST_ROWS = 256, 16
#: Rows that are multiplied at once: they stay near the processor; runs whose sums are held at once.
AT_ONCE, RUNS_AT_ONCE = 1024, 128
#: Parts whose sums are handled at once.
PARTS_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class Runs:
    """Rows in the order of their parts, those of each filled up to whole runs.

    Attributes
    ----------
    order : (n,) which row stands where; the first one where none does.
    real : (n,) whether one does.
    rows : of a run.
    parts, sizes, ends : (k,) the parts that have rows, how many, and the run after their last one.
    """

    order: Ints
    real: Bools
    rows: int
    parts: Ints
    sizes: Ints
    ends: Ints


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a block in runs.

    Attributes
    ----------
    runs : their order.
    cells : (m, n) int8 or int16 in that order.
    a : (n,) weights in fixed point, zero where no row stands; None: every row counts once (cells are zero there).
    columns : the cells that stand for each column of the sums; None: they are the columns.
    """

    runs: Runs
    cells: Any
    a: Ints | None
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

    def __init__(self, parts: int, columns: int, largest: float) -> None:
        self.low_bits = LOW_BITS if largest <= SMALL_CELL else HALF_BITS
        self.n = np.zeros(parts, dtype=np.int64)
        self.sums = np.zeros((parts, 2, columns + 1, columns), dtype=np.int64)
        self.weight = np.zeros((parts, 2), dtype=np.int64)
        self.squares = np.zeros((parts, 3), dtype=object)
        self._lock = Lock()

    def add(self, rows: Rows, scratch: Scratch, mix: Floats | None = None) -> Floats | None:
        """Add rows of a block; several threads may do so at once.

        Parameters
        ----------
        mix : (m,) whole numbers.

        Returns
        -------
        (n,) of the rows mixed, where `mix` is given.
        """
        runs, m = rows.runs, len(rows.cells)
        n, size = len(runs.order), runs.rows
        mixed = None if mix is None else scratch.room("mixed", (n,), np.float64)
        if not n:
            return mixed
        self._weigh(rows, scratch)
        pieces = _pieces(rows.a, n, self.low_bits, scratch)
        shelves = [_Shelf(scratch, k, m, size, piece.dtype) for k, piece in enumerate(pieces)]
        exact = shelves[0].cells if shelves[0].cells.dtype == np.float64 else scratch.room("mix", (m, AT_ONCE), float)
        step, span = AT_ONCE // size, RUNS_AT_ONCE
        of = np.repeat(np.arange(len(runs.parts)), np.diff(runs.ends, prepend=0))
        sums = [scratch.room(f"sums{k}", (span, m + 1, m), shelf.cells.dtype) for k, shelf in enumerate(shelves)]
        for first in range(0, len(of), span):
            last = min(first + span, len(of))
            for run in range(first, last, step):
                held = slice(run * size, min(run + step, last) * size)
                here = rows.cells[:, held]
                for shelf, piece, out in zip(shelves, pieces, sums, strict=True):
                    shelf.multiply(here, piece[held], out[run - first :])
                if mix is not None and mixed is not None:
                    width = held.stop - held.start
                    if exact is not shelves[0].cells:
                        exact[:, :width] = here
                    np.matmul(mix, exact[:, :width], out=mixed[held])
            self._keep(runs.parts, of[first:last], [own[: last - first] for own in sums], rows.columns, scratch)
        return mixed

    def _weigh(self, rows: Rows, scratch: Scratch) -> None:
        """Add rows, weights and squares of weights."""
        runs = rows.runs
        size = runs.sizes
        weight = np.stack([0 * size, size], axis=1)
        squares = np.stack([0 * size, 0 * size, size], axis=1)
        if rows.a is not None:
            start = np.append(0, runs.ends[:-1]) * runs.rows
            high, low, both = (scratch.room(name, rows.a.shape, np.int64) for name in ("high", "mixed", "eight"))
            np.right_shift(rows.a, HALF_BITS, out=high)
            np.bitwise_and(rows.a, 2**HALF_BITS - 1, out=low)
            weight = np.stack([np.add.reduceat(x, start) for x in (high, low)], axis=1)
            products = ((high, high), (high, low), (low, low))
            squares = np.stack([np.add.reduceat(np.multiply(*two, out=both), start) for two in products], axis=1)
        with self._lock:
            self.n[runs.parts] += size
            self.weight[runs.parts] += weight
            self.squares[runs.parts] += squares.astype(object)

    def _keep(self, parts: Ints, of: Ints, sums: list[Any], columns: Ints | None, scratch: Scratch) -> None:
        """Add the sums of runs to those of their parts, as whole numbers."""
        first = np.flatnonzero(np.diff(of, prepend=-1)).tolist()
        added = [np.zeros((len(first), *own.shape[1:]), dtype=np.int64) for own in sums]
        for own, total in zip(sums, added, strict=True):
            exact = scratch.room("exact", own.shape, np.int64)
            exact[:] = own
            for k, (start, end) in enumerate(pairwise([*first, len(of)])):
                np.add.reduce(exact[start:end], axis=0, out=total[k])
        high, low = added if len(added) > 1 else (None, added[0])
        if high is not None and (less := HALF_BITS - self.low_bits):
            low += (high & (2**less - 1)) << self.low_bits
            high >>= less
        mine = parts[of[first]]
        with self._lock:
            for k, own in ((0, high), (1, low)):
                if own is not None and columns is not None:
                    self.sums[mine, k] += own[:, np.append(columns, own.shape[2])[:, None], columns]
                elif own is not None:
                    self.sums[mine, k] += own

    def in_blocks(self) -> Iterator[tuple[slice, Products]]:
        """Some parts after the others, with their sums: what is made of all of them at once would be large."""
        for start in range(0, len(self.n), PARTS_AT_ONCE):
            some, at = copy(self), slice(start, start + PARTS_AT_ONCE)
            some.n, some.sums, some.weight, some.squares = self.n[at], self.sums[at], self.weight[at], self.squares[at]
            yield at, some

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


class _Shelf:
    """Where the cells of some rows, and their products with a part of the weights, are held in one precision."""

    def __init__(self, scratch: Scratch, k: int, m: int, size: int, dtype: Any) -> None:
        width = AT_ONCE + 16  # no power of two, whose lines would fall together in the processor's own memory
        self.cells = scratch.room(f"cells{k}", (m, width), dtype)[:, :AT_ONCE]
        self.weighed = scratch.room(f"weighed{k}", (m + 1, width), dtype)[:, :AT_ONCE]
        self._runs = [
            as_strided(x, (AT_ONCE // size, len(x), size), (size * x.itemsize, *x.strides))
            for x in (self.cells, self.weighed)
        ]

    def multiply(self, cells: Any, weights: Any, out: Any) -> None:
        """The sums of some runs."""
        width = cells.shape[1]
        mine, weighed = self.cells[:, :width], self.weighed[:, :width]
        mine[:] = cells
        weighed[-1] = weights
        np.multiply(mine, weighed[-1], out=weighed[:-1])
        plain, heavy = self._runs
        many = width // plain.shape[2]
        np.matmul(heavy[:many], plain[:many].transpose(0, 2, 1), out=out[:many])


def _pieces(a: Ints | None, n: int, low_bits: int, scratch: Scratch) -> list[Any]:
    """The upper and the lower bits of weights in the precision that sums with them need; ones without weights."""
    small = np.float32 if low_bits == LOW_BITS else np.float64
    if a is None:
        ones = scratch.room("low", (n,), small)
        ones[:] = 1
        return [ones]
    bits = scratch.room("eight", a.shape, np.int64)
    high, low = scratch.room("high", a.shape, np.float64), scratch.room("low", a.shape, small)
    high[:] = np.right_shift(a, low_bits, out=bits)
    low[:] = np.bitwise_and(a, 2**low_bits - 1, out=bits)
    return [high, low]


def whole(halves: Any) -> Floats:
    """Numbers of which the halves are given along the second axis, as floating point.

    Parameters
    ----------
    halves : (K, 2, ...) whole numbers.
    """
    high, low = halves[:, 0], halves[:, 1]
    high, low = high + (low >> HALF_BITS), low & (2**HALF_BITS - 1)
    return np.asarray(high, dtype=np.float64) * 2.0**HALF_BITS + np.asarray(low, dtype=np.float64)


def in_runs(code: Any, parts: int, scratch: Scratch) -> Runs:
    """Rows in the order of their parts.

    Parameters
    ----------
    code : (n,) uint16, the part of each row; `parts` for rows that are left out.
    """
    sizes = np.bincount(code, minlength=parts + 1)[:parts]
    found = np.flatnonzero(sizes)
    sizes = sizes[found]
    size = RUN_ROWS
    while size > FEWEST_ROWS and size * len(found) * 4 > sizes.sum():
        size //= 2
    ends = np.cumsum(-(-sizes // size))
    n = int(ends[-1]) * size if len(ends) else 0
    order, real = scratch.room("order", (n,), np.intp), scratch.room("real", (n,), np.bool_)
    order[:], real[:] = 0, False
    ordered, before = np.argsort(code, kind="stable"), 0
    for run, own in zip([0, *ends.tolist()], sizes.tolist(), strict=False):
        held = slice(run * size, run * size + own)
        order[held], real[held] = ordered[before : before + own], True
        before += own
    return Runs(order, real, size, found, sizes, ends)


def mixing(columns: int, cell_bits: int = 8) -> Floats:
    """(2, m) whole numbers that mix a row of `columns` cells of 8 or 16 bits into two of fewer than 53 bits."""
    bits = 53 - cell_bits - math.ceil(math.log2(max(columns, 2)))
    mixed, out = 1, []
    for _ in range(2 * columns):  # a linear congruential generator (Knuth 1998, section 3.3.4)
        mixed = (mixed * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(float(mixed >> (64 - bits) | 1))
    return np.asarray(out).reshape(2, columns)


def picked(mixed: Floats, one_in: int, scratch: Scratch) -> Ints:
    """Which rows of one answer in `one_in` are meant, by what their answers were mixed into."""
    if one_in == 1:
        return np.arange(len(mixed))
    bits = scratch.room("eight", mixed.shape, np.uint64)
    bits.view(np.int64)[:] = mixed
    bits *= np.uint64(0x9E3779B97F4A7C15)  # multiplicative hashing (Knuth 1998, section 6.4)
    bits >>= np.uint64(32)
    return np.flatnonzero(bits < np.uint64(2**32 // one_in))


def folded(one: Floats, two: Floats) -> Any:
    """(n,) 64 bits of rows that were mixed twice."""
    both = one.astype(np.int64).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    both ^= two.astype(np.int64).view(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    both ^= both >> np.uint64(32)
    return both * np.uint64(0x165667B19E3779F9)
