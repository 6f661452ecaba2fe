"""Weighted sums of products of small whole numbers by part, exact, as matrix products on blocks of rows.

A weight in fixed point has up to 46 bits.  It is cut into two halves of 23 bits, so that every sum over a short run of
rows has fewer than 53 bits and floating point forms it without rounding; the runs are then added as whole numbers.
The order of rows, the division into blocks and the number of threads change no bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.columns import Ints

#: Bits of half a weight.
HALF_BITS = 23
#: Rows of a run: half a weight, two cells of 7 bits each and so many rows stay below 53 bits.
RUN_ROWS = 2_048
#: Runs of which the sums are held at once.
RUNS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a block, in the order of their parts.

    Attributes
    ----------
    cells : (m, n) int8.
    a : (n,) weights in fixed point; None: every row counts once.
    ends : (K + 1,) where the rows of each part begin and end.
    """

    cells: Any
    a: Ints | None
    ends: Ints


class Products:
    """Sums of columns and of products of all pairs of them by part.

    Attributes
    ----------
    n : (K,) rows.
    pairs, single, weight : (K, 2, m, m), (K, 2, m), (K, 2) sums with the two halves of the weights.
    squares : (K, 3) sums of products of the halves, of any size.
    """

    def __init__(self, parts: int, columns: int) -> None:
        self.n = np.zeros(parts, dtype=np.int64)
        self.pairs = np.zeros((parts, 2, columns, columns), dtype=np.int64)
        self.single = np.zeros((parts, 2, columns), dtype=np.int64)
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
        a = np.ones(n, dtype=np.int64) if rows.a is None else rows.a
        halves = np.stack([a >> HALF_BITS, a & (2**HALF_BITS - 1)])
        mixed = None if mix is None else np.empty((2, n))
        sizes = np.diff(rows.ends)
        runs = [
            (part, start, min(start + RUN_ROWS, int(rows.ends[part + 1])))
            for part in np.flatnonzero(sizes).tolist()
            for start in range(int(rows.ends[part]), int(rows.ends[part + 1]), RUN_ROWS)
        ]
        exact = halves.astype(np.float64)
        for some in range(0, len(runs), RUNS_AT_ONCE):
            self._add(rows, runs[some : some + RUNS_AT_ONCE], exact, (mix, mixed))
        self._weigh(halves, runs)
        with self._lock:
            self.n += sizes
        return mixed

    def _add(
        self, rows: Rows, runs: list[tuple[int, int, int]], halves: Floats, mixing_: tuple[Floats | None, Floats | None]
    ) -> None:
        """Add runs of rows, each of one part."""
        m, (mix, mixed) = len(rows.cells), mixing_
        used = 1 if rows.a is None else 2  # without weights the upper halves are zero
        pairs, single = np.zeros((len(runs), 2, m, m)), np.empty((len(runs), 2, m))
        longest = max(stop - start for _, start, stop in runs)
        plain, weighed = np.empty(m * longest), np.empty(2 * m * longest)
        for k, (_, start, stop) in enumerate(runs):
            size = stop - start
            run = plain[: m * size].reshape(m, size)
            run[:] = rows.cells[:, start:stop]
            if mix is not None and mixed is not None:
                np.matmul(mix, run, out=mixed[:, start:stop])
            np.matmul(halves[:, start:stop], run.T, out=single[k])
            if used == 1:
                np.matmul(run, run.T, out=pairs[k, 1])
                continue
            own = weighed[: 2 * m * size].reshape(2, m, size)
            np.multiply(run, halves[0, start:stop], out=own[0])
            np.multiply(run, halves[1, start:stop], out=own[1])
            np.matmul(own.reshape(2 * m, size), run.T, out=pairs[k].reshape(2 * m, m))
        parts, first = np.unique([part for part, _, _ in runs], return_index=True)
        with self._lock:
            self.pairs[parts] += np.add.reduceat(pairs.astype(np.int64), first)
            self.single[parts] += np.add.reduceat(single.astype(np.int64), first)

    def _weigh(self, halves: Ints, runs: list[tuple[int, int, int]]) -> None:
        """Add the weights of runs of rows, and their squares."""
        starts = [start for _, start, _ in runs]
        high, low = halves
        squares = np.stack([np.add.reduceat(x, starts) for x in (high * high, high * low, low * low)], axis=1)
        with self._lock:
            for k, (part, start, stop) in enumerate(runs):
                self.weight[part] += halves[:, start:stop].sum(axis=1)
                self.squares[part] += squares[k].astype(object)

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


def mixing(columns: int) -> Floats:
    """(2, m) whole numbers that mix a row of `columns` cells of 8 bits into two of fewer than 53 bits."""
    bits = 45 - math.ceil(math.log2(max(columns, 2)))
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
