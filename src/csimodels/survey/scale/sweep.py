"""What a pass over the rows counts and sums, block by block: cells, repeated answers, products of answers.

What comes out is what the queries of :mod:`census`, :mod:`same_rows` and :mod:`sums` give, in a fraction of their time.
Cells that are no answers on the scale are taken as missing here; whether they may be is judged afterwards from their
counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.answer_counts import MANY_ITEMS
from csimodels.survey.columns import Ints
from csimodels.survey.scale.arrow_blocks import Block, column_of
from csimodels.survey.scale.block_sums import BYTE_BITS, FINE_BITS, Products, Rows, folded, in_order, mixing
from csimodels.survey.scale.census import Asked, with_cells

#: Cells of a column of a block, and which are there.
Part = tuple[Any, Bools | None]
#: What stands for a cell that holds no answer (of 16 bits: the least number), and for a number that is not whole; cells
#: from -126 to 127 are swept.
NO_ANSWER, NOT_WHOLE = -128, -127


@dataclass(frozen=True, eq=False)
class Plan:
    """What is read in the pass, and how.

    Attributes
    ----------
    asked : all items, the first `p` of which are summed.
    unfit : (k, 256) cells (as bytes) that hold no answer; None: those that are empty, and nothing is counted.
    bits : of a cell, 8 or 16.
    wide : positions of the items that share a scale.
    keys : one list for each key column, with the value of every part.
    step : what 1 is of a weight in fixed point; 0 without weights.
    form : ``complete`` or ``pairwise``.
    one_in : repeated rows are looked for in one of so many parts of the rows.
    places : number of the part of each whole number from a least one on, where one such column tells parts apart.
    """

    asked: tuple[Asked, ...]
    p: int
    unfit: Bools | None
    wide: list[int]
    keys: tuple[list[Any], ...]
    step: float
    form: str
    one_in: int
    places: tuple[Ints, int] | None
    bits: int = 8

    @property
    def none(self) -> Any:
        """What stands for a cell that holds no answer."""
        return np.int8(NO_ANSWER) if self.bits == 8 else np.int16(-(2**15))

    @property
    def parts(self) -> int:
        """Number of parts."""
        return len(self.keys[0]) if self.keys else 1


@dataclass(eq=False)
class Sweep:
    """What the pass found.

    Attributes
    ----------
    counts : (k, 256) how often each cell occurs, by its byte.
    full, holed : sums of the rows that have all answers, and of the others (``pairwise``).
    answered : (K, 1 + p) rows with holes and their answers to each item; the same of those with answers beside only.
    straight : rows with one answer throughout;  mixed : rows among which repeated ones are looked for.
    """

    plan: Plan
    counts: Ints
    full: Products
    holed: Products | None
    answered: Floats
    beside: Floats
    straight: int = 0
    mixed: list[Any] = field(default_factory=list)
    waiting: list[tuple[Any, Ints, Ints | None]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def empty(cls, plan: Plan) -> Sweep:
        """Before the pass."""
        k, p, size = len(plan.asked), plan.p, plan.parts
        bits = BYTE_BITS if plan.bits == 8 else FINE_BITS
        holed = Products(size, 2 * p, bits) if plan.form == "pairwise" else None
        none = np.zeros((2, size, 1 + p))
        return cls(plan, np.zeros((k, 256), dtype=np.int64), Products(size, p, bits), holed, none[0], none[1])

    def cells(self) -> list[Asked]:
        """The items with the different cells of their columns, as the census has them."""
        out = []
        for asked, counts in zip(self.plan.asked, self.counts, strict=True):
            found = np.flatnonzero(counts)
            values = [float(np.uint8(b).view(np.int8)) for b in found]
            cells = [(None if v == NO_ANSWER else v, int(n)) for v, n in zip(values, counts[found], strict=True)]
            out.append(with_cells(asked, cells))
        return out

    def same_rows(self) -> tuple[int, int | None, int]:
        """Rows with one answer throughout, and those with all answers of another, as :func:`same_rows` gives them."""
        if self.plan.p < MANY_ITEMS or not self.mixed:
            return self.straight, 0, 1 if self.plan.p < MANY_ITEMS else self.plan.one_in
        every = np.sort(np.concatenate(self.mixed))
        return self.straight, self.plan.one_in * int(np.count_nonzero(every[1:] == every[:-1])), self.plan.one_in

    # ---- blocks ------------------------------------------------------------------------------------------------------

    def take(self, blocks: list[Block]) -> None:
        """Count and sum some blocks; the list is emptied, so that no column stays longer than it is needed."""
        plan, k = self.plan, len(self.plan.asked)
        given = [[column_of(block, j) for block in blocks] for j in range(blocks[0].num_columns)]
        blocks.clear()
        columns = []
        holes: Bools | None = None
        counts = np.zeros((k, 256), dtype=np.int64)
        for j in range(k):
            cells, gone = self._cells(j, given[j], counts[j])
            given[j] = []
            if gone is not None and j < plan.p:
                holes = gone if holes is None else holes | gone
            columns.append(cells)
        with self.lock:
            self.counts += counts
        n = len(columns[0])
        used, a = None, None
        if plan.step:
            used, a = _weights(_joined([_values(*part) for part in given[k]]), plan)
        code = np.zeros(n, dtype=np.int64)
        if plan.keys:
            code = _joined([cells for cells, _ in given[-1]])
        if plan.places is not None:
            table, low = plan.places
            code = table[code - low]
        self._full(columns, code, a, _both(used, None if holes is None else ~holes))
        if holes is not None:
            at = np.flatnonzero(holes if used is None else holes & used)
            self._wait(np.stack([cells[at] for cells in columns]), code[at], a if a is None else a[at])

    def _cells(self, j: int, parts: list[Part], counts: Ints) -> tuple[Any, Bools | None]:
        """Cells of an item, which are counted, and which of them hold no answer (None: all do)."""
        unfit, none = self.plan.unfit, self.plan.none
        cells = _joined([own if there is None else np.where(there, own, none) for own, there in parts])
        if unfit is None:
            return cells, None if all(there is None for _, there in parts) else cells == none
        counts += _counted(cells)
        amiss = counts.astype(bool) & unfit[j]
        if not amiss.any():
            return cells, None
        gone = unfit[j][cells.view(np.uint8)]
        return (cells if amiss.sum() == 1 and amiss[none.view(np.uint8)] else np.where(gone, none, cells)), gone

    def _wait(self, cells: Any, code: Ints, a: Ints | None) -> None:
        """Rows with holes are few in a block: they wait until there are more of them."""
        with self.lock:
            self.waiting.append((cells, code, a))
            many = sum(len(own) for _, own, _ in self.waiting) >= min(2**20, max(2**16, 256 * self.plan.parts))
        if many:
            self.finish()

    def finish(self) -> None:
        """Sum the rows that wait."""
        with self.lock:
            waiting, self.waiting = self.waiting, []
        if waiting:
            cells, code, a = zip(*waiting, strict=True)
            weights = None if a[0] is None else np.concatenate(a)
            self._holed(np.concatenate(cells, axis=1), np.concatenate(code), weights)

    def _full(self, columns: Sequence[Any], code: Ints, a: Ints | None, wanted: Bools | None) -> None:
        """Rows with all answers."""
        plan = self.plan
        order, ends = in_order(code, wanted, plan.parts)
        if not len(order):
            return
        cells = np.empty((plan.p, len(order)), dtype=plan.none.dtype)
        for row, column in zip(cells, columns, strict=False):
            np.take(column, order, out=row, mode="clip")
        flat = _flat([cells[j] for j in plan.wide])
        mix = mixing(plan.p, plan.bits) if plan.p >= MANY_ITEMS else None
        mixed = self.full.add(Rows(cells, None if a is None else a[order], ends), mix)
        self._same(flat, None if mixed is None else folded(mixed), np.zeros(0, dtype=np.intp))

    def _holed(self, cells: Any, code: Ints, a: Ints | None) -> None:
        """Rows that lack answers to items of the model."""
        plan, p = self.plan, self.plan.p
        there = cells != plan.none
        some, any_ = there[:p].any(axis=0), there.any(axis=0)
        holed = np.flatnonzero(~there[:p].all(axis=1))
        for total, mine in ((self.answered, some), (self.beside, any_ & ~some)):
            own = code[mine]
            found = np.repeat(np.bincount(own, minlength=plan.parts)[:, None], 1 + p, axis=1)
            for j in holed:
                found[:, 1 + j] = np.bincount(own[there[j, mine]], minlength=plan.parts)
            with self.lock:
                total += found
        if self.holed is not None:
            order, ends = in_order(code, some, plan.parts)
            flags = np.full(p, p)  # one column of ones for all items without holes
            flags[holed] = np.arange(p + 1, p + 1 + len(holed))
            ones = np.ones((1, cells.shape[1]), dtype=cells.dtype)
            both = np.concatenate([np.where(there[:p], cells[:p], 0), ones, there[holed]])
            columns = np.concatenate([np.arange(p), flags])
            self.holed.add(Rows(both[:, order], None if a is None else a[order], ends, columns))
        wide, enough = plan.wide, there[plan.wide].sum(axis=0) >= MANY_ITEMS
        first = cells[wide][there[wide].argmax(axis=0), np.arange(cells.shape[1])] if wide else cells[0]
        flat = np.flatnonzero(((cells[wide] == first) | ~there[wide]).all(axis=0) & enough & any_)
        few = np.flatnonzero((there[:p].sum(axis=0) < MANY_ITEMS) | ~any_)
        mixed = folded(mixing(p, plan.bits) @ cells[:p].astype(np.float64)) if p >= MANY_ITEMS else None
        self._same(flat if len(wide) >= MANY_ITEMS else flat[:0], mixed, few)

    def _same(self, flat: Ints, mixed: Any, few: Ints) -> None:
        """Note rows with one answer throughout, and which of the others may be repeated."""
        if mixed is not None:
            wanted = np.ones(len(mixed), dtype=bool) if self.plan.one_in == 1 else mixed % self.plan.one_in == 0
            wanted[flat] = False
            wanted[few] = False
            mixed = mixed[wanted]
        with self.lock:
            self.straight += len(flat)
            if mixed is not None:
                self.mixed.append(mixed)


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _both(one: Bools | None, two: Bools | None) -> Bools | None:
    return two if one is None else one if two is None else one & two


def _values(cells: Any, there: Bools | None) -> Any:
    return cells if there is None else np.where(there, cells, np.nan)


def _weights(w: Floats, plan: Plan) -> tuple[Bools | None, Ints]:
    """Which rows have a weight above zero (None: all), and weights in fixed point."""
    used = w > 0
    if used.all():
        return None, (w * (1 / plan.step) + 0.5).astype(np.int64)
    return used, (np.where(used, w, 0.0) * (1 / plan.step) + 0.5).astype(np.int64)


def _counted(cells: Any) -> Ints:
    """(256,) how often each cell occurs, by its byte."""
    if len(cells) < 2**14:
        return np.bincount(cells.view(np.uint8), minlength=256)
    two = np.bincount(cells[: len(cells) // 2 * 2].view(np.uint16), minlength=2**16).reshape(256, 256)
    out = two.sum(axis=0) + two.sum(axis=1)
    if len(cells) % 2:
        out[cells.view(np.uint8)[-1]] += 1
    return np.asarray(out)


def _flat(wide: Sequence[Any]) -> Ints:
    """Rows with one answer to all of some items, of six or more."""
    if len(wide) < MANY_ITEMS:
        return np.zeros(0, dtype=np.intp)
    at = np.flatnonzero((wide[0] == wide[1]) & (wide[2] == wide[3]))
    for one in wide[1:]:
        at = at[one[at] == wide[0][at]]
    return at
