"""What a pass over the rows counts and sums, block by block: cells, repeated answers, products of answers.

What comes out is what the queries of :mod:`census`, :mod:`same_rows` and :mod:`sums` give, in a fraction of their time.
Cells that are no answers on the scale are taken as missing here; whether they may be is judged afterwards from their
counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.cautions.counts import MANY_ITEMS
from csimodels.survey.columns import Ints
from csimodels.survey.scale.arrow_blocks import Block, column_of
from csimodels.survey.scale.block_sums import Products, Rows, folded, in_runs, mixing, picked
from csimodels.survey.scale.census import Asked, with_cells
from csimodels.survey.scale.scratch import Scratch

#: Cells of a column of a block, and which are there.
Part = tuple[Any, Bools | None]
#: What stands for a cell that holds no answer (of 16 bits: the least number), and for a number that is not whole; cells
#: from -126 to 127 are swept.
NO_ANSWER, NOT_WHOLE = -128, -127
#: So many different cells are counted one by one.
FEW_LEVELS = 11


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
    largest : the largest answer without its sign, as a cell.
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
    largest: float
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
    full: Products | None
    holed: Products | None
    answered: Floats
    beside: Floats
    straight: int = 0
    mixed: list[Any] = field(default_factory=list)
    waiting: list[tuple[Any, Ints, Ints | None]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    scratch: Scratch = field(default_factory=Scratch)

    @cached_property
    def mix(self) -> Floats:
        """(2, p) numbers by which answers are mixed."""
        return mixing(self.plan.p, self.plan.bits)

    @classmethod
    def empty(cls, plan: Plan) -> Sweep:
        """Before the pass."""
        k, p, size = len(plan.asked), plan.p, plan.parts
        holed = Products(size, 2 * p, plan.largest) if plan.form == "pairwise" else None
        none = np.zeros((2, size, 1 + p))
        return cls(plan, np.zeros((k, 256), dtype=np.int64), Products(size, p, plan.largest), holed, none[0], none[1])

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

    def released(self) -> tuple[Products, Products | None]:
        """Sums of the rows that have all answers, and of the others; they are held here no longer."""
        full, holed = self.full, self.holed
        assert full is not None
        self.full = self.holed = None
        return full, holed

    # ---- blocks ------------------------------------------------------------------------------------------------------

    def take(self, blocks: list[Block]) -> None:
        """Count and sum some blocks; the list is emptied, so that no column stays longer than it is needed."""
        plan, k, room = self.plan, len(self.plan.asked), self.scratch.room
        n = sum(block.num_rows for block in blocks)
        given = [[column_of(block, j) for block in blocks] for j in range(blocks[0].num_columns)]
        blocks.clear()
        cells = room("given", (k, n), plan.none.dtype)
        holes: Bools | None = None
        counts = np.zeros((k, 256), dtype=np.int64)
        for j in range(k):
            gone = self._cells(j, given[j], cells[j], counts[j])
            given[j] = []
            if gone is not None and j < plan.p:
                holes = gone if holes is None else np.logical_or(holes, gone, out=holes)
        with self.lock:
            self.counts += counts
        used, a = self._weights(given[k], n) if plan.step else (None, None)
        code = self._code(given[-1], n)
        if holes is not None:
            at = np.flatnonzero(holes if used is None else holes & used)
            self._wait(cells[:, at], code[at], a if a is None else a[at])
        for out in (holes, None if used is None else ~used):
            if out is not None:
                code[out] = plan.parts
        self._full(cells, code, a)

    def _cells(self, j: int, parts: list[Part], cells: Any, counts: Ints) -> Bools | None:
        """Put the cells of an item where they belong and count them; which of them hold no answer (None: all do)."""
        unfit, none = self.plan.unfit, self.plan.none
        for (own, there), held in zip(parts, _divided(cells, parts), strict=True):
            held[:] = own
            if there is not None:
                np.putmask(held, ~there, none)
        if unfit is None:
            return None if all(there is None for _, there in parts) else cells == none
        counts += _counted(cells)
        amiss = counts.astype(bool) & unfit[j]
        if not amiss.any():
            return None
        gone = unfit[j][cells.view(np.uint8)]
        if amiss.sum() > 1 or not amiss[none.view(np.uint8)]:
            np.putmask(cells, gone, none)
        return np.asarray(gone)

    def _weights(self, parts: list[Part], n: int) -> tuple[Bools | None, Ints]:
        """Which rows have a weight above zero (None: all), and weights in fixed point."""
        w, a = self.scratch.room("eight", (n,), np.float64), self.scratch.room("a", (n,), np.int64)
        for (own, there), held in zip(parts, _divided(w, parts), strict=True):
            held[:] = own
            if there is not None:
                np.putmask(held, ~there, 0.0)
        used = w > 0
        if not used.all():
            np.putmask(w, ~used, 0.0)
        w *= 1 / self.plan.step
        w += 0.5
        a[:] = w
        return None if used.all() else used, a

    def _code(self, parts: list[Part], n: int) -> Any:
        """(n,) uint16, the part of each row."""
        plan, code = self.plan, self.scratch.room("code", (n,), np.uint16)
        if not plan.keys:
            code[:] = 0
            return code
        for (own, _), held in zip(parts, _divided(code, parts), strict=True):
            held[:] = own if plan.places is None else plan.places[0][own - plan.places[1]]
        return code

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

    def _full(self, given: Any, code: Any, a: Ints | None) -> None:
        """Rows with all answers."""
        plan, scratch = self.plan, self.scratch
        rows = _rows(given[: plan.p], code, a, plan.parts, scratch)
        several = plan.p >= MANY_ITEMS
        assert self.full is not None
        mixed = self.full.add(rows, scratch, self.mix[0] if several else None)
        flat = _flat([rows.cells[j] for j in plan.wide])
        flat = flat[rows.runs.real[flat]]
        left_out = ~rows.runs.real
        left_out[flat] = True
        self._same(rows.cells, mixed, len(flat), left_out)

    def _holed(self, cells: Any, code: Any, a: Ints | None) -> None:
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
            flags = np.full(p, p)  # one column of ones for all items without holes
            flags[holed] = np.arange(p + 1, p + 1 + len(holed))
            ones = np.ones((1, cells.shape[1]), dtype=cells.dtype)
            both = np.concatenate([np.where(there[:p], cells[:p], 0), ones, there[holed]])
            rows = _rows(both, np.where(some, code, np.uint16(plan.parts)), a, plan.parts, self.scratch)
            self.holed.add(replace(rows, columns=np.concatenate([np.arange(p), flags])), self.scratch)
        wide, enough = plan.wide, there[plan.wide].sum(axis=0) >= MANY_ITEMS
        first = cells[wide][there[wide].argmax(axis=0), np.arange(cells.shape[1])] if wide else cells[0]
        flat = ((cells[wide] == first) | ~there[wide]).all(axis=0) & enough & any_ & (len(wide) >= MANY_ITEMS)
        few = (there[:p].sum(axis=0) < MANY_ITEMS) | ~any_
        mixed = self.mix[0] @ cells[:p].astype(np.float64) if p >= MANY_ITEMS else None
        self._same(cells, mixed, int(flat.sum()), flat | few)

    def _same(self, cells: Any, mixed: Floats | None, straight: int, left_out: Bools) -> None:
        """Note how many rows have one answer throughout, and which of those not left out may be repeated."""
        keys = None
        if mixed is not None:
            at = picked(mixed, self.plan.one_in, self.scratch)
            at = at[~left_out[at]]
            keys = folded(mixed[at], self.mix[1] @ cells[: self.plan.p, at].astype(np.float64))
        with self.lock:
            self.straight += straight
            if keys is not None:
                self.mixed.append(keys)


def _divided(held: Any, parts: list[Part]) -> list[Any]:
    """Pieces of an array that are as long as the parts of a column."""
    ends = np.cumsum([len(own) for own, _ in parts]).tolist()
    return [held[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _rows(cells: Any, code: Any, a: Ints | None, parts: int, scratch: Scratch) -> Rows:
    """Rows in runs of their parts, which `code` names."""
    runs = in_runs(code, parts, scratch)
    ordered = scratch.room("ordered", (len(cells), len(runs.order)), cells.dtype)
    for row, column in zip(ordered, cells, strict=True):
        np.take(column, runs.order, out=row, mode="clip")
    if a is None:
        ordered *= runs.real
        return Rows(runs, ordered, None)
    weights = scratch.room("weights", runs.order.shape, np.int64)
    np.take(a, runs.order, out=weights, mode="clip")
    weights *= runs.real
    return Rows(runs, ordered, weights)


def _counted(cells: Any) -> Ints:
    """(256,) how often each cell occurs, by its byte."""
    out = np.zeros(256, dtype=np.int64)
    if not len(cells):
        return out
    least, most = int(cells.min()), int(cells.max())
    out[NO_ANSWER % 256] = np.count_nonzero(cells == NO_ANSWER)
    few = range(max(least, most - FEW_LEVELS + 1, NO_ANSWER + 1), most + 1)
    if out.sum() + np.count_nonzero(cells >= few.start) < len(cells):
        return np.bincount(cells.view(np.uint8), minlength=256)
    for value in few:
        out[value % 256] = np.count_nonzero(cells == value)
    return out


def _flat(wide: Sequence[Any]) -> Ints:
    """Rows with one answer to all of some items, of six or more."""
    if len(wide) < MANY_ITEMS:
        return np.zeros(0, dtype=np.intp)
    at = np.flatnonzero((wide[0] == wide[1]) & (wide[2] == wide[3]))
    for one in wide[1:]:
        at = at[one[at] == wide[0][at]]
    return at
