"""The canonical order of rows: whatever order they came in, the arrays come out the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.pool import in_order
from csimodels.survey.columns import Ints

#: Steps into which the scale of an item is divided before it is mixed into the key; a power of two, so that the same
#: answer on a rescaled item falls into the same step.
_STEPS = 2.0**32
_MISSING = np.uint64(2**40)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)

#: Rows that are worked on at once, so that what is made on the way stays in the processor's caches.
_ROWS = 16384
#: From so many rows on keys are parted before they are sorted, by the digits from this one on.
_PARTED, _HIGHEST = 2**17, np.uint64(61)
#: The byte of a missing answer; answers are at most so many steps above the lowest of their scale.
_NONE, _MOST = 255, 254
#: Bytes of one word, by which rows of bytes are compared.
_WORD = 8


def canonical_rows(
    block: Floats, scales: Sequence[tuple[float, float]], ties: Sequence[NDArray[Any]]
) -> tuple[Ints, Floats]:
    """Positions that sort the rows by a 64-bit mix of their answers, then by `ties`, and the rows in this order.

    The key of a row depends on its own answers alone, each measured as a share of its item's scale: neither the order
    of the rows, nor the other rows, nor the unit of an item changes it.  A group read alone therefore stands in the
    same order as the same group within a larger survey.

    Parameters
    ----------
    block : (p, n) answers, NaN where missing.
    scales : p lowest and highest answers.
    ties : arrays (n,) that order rows with the same answers: weight, group, strata, cluster, then margins and replicate
        weights.

    Returns
    -------
    (n,) order; rows that still tie are alike in everything and keep the order they came in.
    (n, p) answers in this order.
    """
    cells = _Steps.of(block, scales) or _Plain(block, scales)
    key = np.zeros(block.shape[1], dtype=np.uint64)

    def mix(at: slice) -> None:
        part = key[at]
        for j in range(len(block)):
            part ^= cells.step(j, at)
            part *= _ODD
            part ^= part >> _SHIFT

    deque(in_order(mix, _slices(len(key))), maxlen=0)
    order, same = _sorted(key, ties)
    x, mixed = cells.rows(order, same)
    if mixed:
        order = np.lexsort((*list(ties)[::-1], *block[::-1]))
        x, _ = cells.rows(order, np.zeros(0, dtype=np.intp))
    return np.asarray(order, dtype=np.intp), x


def mixed_key(table: Floats) -> NDArray[np.uint64]:
    """(n,) 64-bit mix of the bits of each row of ``table (n, R)``: one key to order rows by many columns at once."""
    key = np.zeros(len(table), dtype=np.uint64)
    for column in table.T:
        key ^= (column + 0.0).view(np.uint64)
        key *= _ODD
        key ^= key >> _SHIFT
    return key


def _slices(n: int) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, n, _ROWS)]


def _sorted(key: NDArray[np.uint64], ties: Sequence[NDArray[Any]]) -> tuple[Ints, Ints]:
    """The order by `key`, then `ties`, then position, and the places in it whose next row has the same key.

    Few keys are alike: the rows are sorted by the quickest way, and only those of one key by what else is known.
    """
    order, ranked = _ranked(key)
    alike = ranked[1:] == ranked[:-1]
    same = np.flatnonzero(alike)
    if len(same):
        run = np.concatenate([[0], np.cumsum(~alike)])
        at = np.flatnonzero(np.append(alike, False) | np.append(False, alike))
        part = order[at]
        if ties:
            part = part[np.lexsort((part, *(tie[part] for tie in list(ties)[::-1]), run[at]))]
        else:
            part = np.sort(run[at] * len(key) + part) % len(key)
        order[at] = part
    return order, same


def _ranked(key: NDArray[np.uint64]) -> tuple[Ints, NDArray[np.uint64]]:
    """An order by `key`, and the keys in it; many are parted by their highest digits and sorted by all processors."""
    if len(key) < _PARTED:
        order = np.argsort(key)
        return order, key[order]
    digit = (key >> _HIGHEST).astype(np.uint8)

    def part(value: int) -> tuple[Ints, NDArray[np.uint64]]:
        mine = np.flatnonzero(digit == value)
        own = key[mine]
        order = np.argsort(own)
        return mine[order], own[order]

    orders, ranked = zip(*in_order(part, range(2 ** (64 - int(_HIGHEST)))), strict=True)
    return np.concatenate(orders), np.concatenate(ranked)


def _step(answers: Floats, low: float, high: float) -> NDArray[np.uint64]:
    share = (answers - low) / (high - low)
    missing = np.isnan(share)
    share[missing] = 0.0
    step = np.rint(share * _STEPS).astype(np.uint64)
    step[missing] = _MISSING
    return step


@dataclass(frozen=True, eq=False)
class _Plain:
    """Answers as they are, ``block (p, n)``."""

    block: Floats
    scales: Sequence[tuple[float, float]]

    def step(self, j: int, at: slice) -> NDArray[np.uint64]:
        """What some answers to item `j` mix into the key."""
        return _step(self.block[j, at], *self.scales[j])

    def rows(self, order: Ints, same: Ints) -> tuple[Floats, bool]:
        """Rows (n, p) in `order`, and whether two neighbours of one key (`same`) differ: a collision, or answers nearer
        than a step."""
        x = np.take(np.ascontiguousarray(self.block.T), order, axis=0)
        pairs = (same[at] for at in _slices(len(same)))
        return x, any(not np.array_equal(x[part], x[part + 1], equal_nan=True) for part in pairs)


@dataclass(frozen=True, eq=False)
class _Steps:
    """Answers in bytes: whole numbers ``low + codes``, an eighth of the memory.

    Attributes
    ----------
    codes : (p, n)
        Steps above the lowest answer, :data:`_NONE` where missing.
    low : (p,)
        Lowest answers.
    keys : (p, 256)
        What each step mixes into the key of a row.
    holes :
        Whether an answer is missing.
    """

    codes: NDArray[np.uint8]
    low: Floats
    keys: NDArray[np.uint64]
    holes: bool

    @classmethod
    def of(cls, block: Floats, scales: Sequence[tuple[float, float]]) -> _Steps | None:
        """The answers in bytes; None where one is no whole number, or a scale has too many."""
        low = np.asarray([scale[0] for scale in scales])
        if (low != np.rint(low)).any() or any(high - least > _MOST for least, high in scales):
            return None
        codes = np.empty(block.shape, dtype=np.uint8)
        together = max(1, _ROWS // max(block.shape[1], 1))
        parts = [(slice(j, j + together), at) for j in range(0, len(block), together) for at in _slices(block.shape[1])]
        done = in_order(lambda part: _into_bytes(block[part], low[part[0], None], codes[part]), parts)
        holes = set()
        for holey in done:
            if holey is None:
                return None
            holes.add(holey)
        steps = np.append(np.arange(float(_NONE)), np.nan)
        mixed = {scale: _step(scale[0] + steps, *scale) for scale in dict.fromkeys(scales)}
        return cls(codes, low, np.stack([mixed[scale] for scale in scales]), True in holes)

    def step(self, j: int, at: slice) -> NDArray[np.uint64]:
        """What some answers to item `j` mix into the key."""
        return np.take(self.keys[j], self.codes[j, at])

    def rows(self, order: Ints, same: Ints) -> tuple[Floats, bool]:
        """Rows (n, p) in `order`, and whether two neighbours of one key (`same`) differ: a collision."""
        p, n = self.codes.shape
        wide = self._in_bytes(order)
        x = np.empty((n, p))
        lows = np.tile(self.low, min(n, _ROWS))  # as long as a block: short lines take longer to add

        def fill(at: slice) -> None:
            part, some = x[at], wide[at, :p]
            part[:] = some
            flat = part.reshape(-1)
            flat += lows[: len(flat)]
            if self.holes:
                part[some == _NONE] = np.nan

        deque(in_order(fill, _slices(n)), maxlen=0)
        alike = np.zeros(max(n - 1, 0), dtype=bool)
        alike[same] = True
        return x, any((alike & (column[1:] != column[:-1])).any() for column in wide.view(np.uint64).T)

    def _in_bytes(self, order: Ints) -> NDArray[np.uint8]:
        """(n, P) bytes of the rows in `order`, filled up with zeros to whole words."""
        p, n = self.codes.shape
        came = np.zeros((n, -(-p // _WORD) * _WORD), dtype=np.uint8)
        wide = np.empty_like(came)

        def turn(at: slice) -> None:
            came[at, :p] = self.codes[:, at].T

        def sort(at: slice) -> None:
            np.take(came, order[at], axis=0, out=wide[at], mode="clip")  # any other mode copies

        for step in (turn, sort):
            deque(in_order(step, _slices(n)), maxlen=0)
        return wide


def _into_bytes(answers: Floats, low: Floats, out: NDArray[np.uint8]) -> bool | None:
    """Write whole steps above `low` into `out`, :data:`_NONE` where missing, and say whether any is; None where an
    answer is no such step."""
    with np.errstate(invalid="ignore"):
        out[:] = answers - low
    good: Bools = out + low == answers
    if good.all():
        return False
    missing = np.isnan(answers)
    out[missing] = _NONE
    return True if (good | missing).all() else None
