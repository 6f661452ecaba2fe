"""Sums of a pass over the rows in the form in which the queries of :mod:`sums` answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from csimodels.moments.linalg import Floats, upper_triangle
from csimodels.survey.columns import Ints
from csimodels.survey.scale.block_sums import Products, whole
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.sweep import Sweep
from csimodels.survey.scale.whole_numbers import Scaled, Weighing


@dataclass(frozen=True, eq=False)
class SweptSums:
    """The sums of a pass, for :func:`csimodels.survey.scale.sums.summed`."""

    sweep: Sweep

    @classmethod
    def of_answers(cls, sweep: Sweep | None) -> SweptSums | None:
        """The sums of a pass over answers that were judged before."""
        return None if sweep is None else cls(sweep)

    @classmethod
    def of(cls, sweep: Sweep, every: Sequence[Judged]) -> SweptSums | None:
        """The sums of a pass; None where cells were judged otherwise than in the pass."""
        assert sweep.plan.unfit is not None
        answered = np.where(sweep.plan.unfit, 0, sweep.counts).sum(axis=1).tolist()
        return cls(sweep) if [j.answered for j in every] == answered else None

    def tables(self, items: Sequence[Judged], scaled: Scaled, weighing: Weighing) -> list[dict[str, Any]] | None:
        """Complete rows, then the others; None where the weights are other whole numbers than in the pass.

        The pass holds no sums any more afterwards, so that they are not in memory twice.
        """
        sweep, plan = self.sweep, self.sweep.plan
        if not scaled.grid or (plan.step and plan.step != weighing.step):
            return None
        moved = _Moved.of(items, scaled) if plan.unfit is not None else _Moved.turned(items)
        full, holed = sweep.released()
        plain = ((at, _plain(some, moved.products(some), plan.step)) for at, some in full.in_blocks())
        done = [self._table("plain", full.n, _stacked(plan.parts, plain))]
        del full, plain
        if holed is not None and holed.n.any():
            masked = ((at, self._masked(some, sweep.answered[at, 1:], moved, items)) for at, some in holed.in_blocks())
            done.append(self._table("masked", holed.n, _stacked(plan.parts, masked)))
        elif sweep.answered.any():
            done.append(self._table("counts", sweep.answered[:, 0], sweep.answered))
        if sweep.beside.any():
            done.append(self._table("counts", sweep.beside[:, 0], sweep.beside))
        return done

    def _masked(self, holed: Products, answered: Floats, moved: _Moved, items: Sequence[Judged]) -> Floats:
        """Sums of the rows with holes, and over those of them that have both answers.

        Parameters
        ----------
        answered : (k, p) their answers to each item.
        """
        p = self.sweep.plan.p
        cells, flags = slice(0, p), slice(p, 2 * p)
        there = holed.pairs[..., flags, flags]
        moved_pairs = moved.pairs(holed.pairs[..., cells, cells], holed.pairs[..., cells, flags], there)
        single = moved.single(holed.single[..., cells], holed.single[..., flags])
        plain = _plain(holed, (single, moved_pairs), self.sweep.plan.step)
        h = [i for i, j in enumerate(items) if j.missing]
        rows, cols = np.asarray(list(combinations_with_replacement(h, 2)), dtype=np.intp).reshape(-1, 2).T
        both = whole(there)[:, rows, cols]
        with_flag = moved.single(np.moveaxis(holed.pairs[..., cells, flags], -1, 2), np.moveaxis(there, -1, 2))
        beside = np.moveaxis(whole(with_flag), 1, 2)[:, :, h]  # (K, p, h)
        return np.column_stack([plain, answered[:, h], both, beside.reshape(len(plain), -1)])

    def _table(self, kind: str, n: Ints | Floats, numbers: Floats) -> dict[str, Any]:
        """The parts that have rows."""
        mine = np.flatnonzero(n)
        return {
            "keys": [[key[k] for k in mine] for key in self.sweep.plan.keys],
            "numbers": numbers if len(mine) == len(numbers) else numbers[mine],
            "kind": kind,
        }


@dataclass(frozen=True, eq=False)
class _Moved:
    """Whole shifted answers ``z = sign * cell + shift`` of every item, ``(p,)`` each."""

    sign: Ints
    shift: Ints

    @classmethod
    def of(cls, items: Sequence[Judged], scaled: Scaled) -> _Moved:
        turned = np.asarray([j.item.reverse for j in items])
        ends = np.asarray([j.item.scale[0] + j.item.scale[1] for j in items])
        shift = np.where(turned, ends - scaled.shift, -scaled.shift) * scaled.grid
        sign = np.where(turned, -scaled.grid, scaled.grid)
        return cls(sign.astype(np.int64), np.rint(shift).astype(np.int64))

    @classmethod
    def turned(cls, items: Sequence[Judged]) -> _Moved:
        """Of cells that are shifted answers already, as they were given."""
        sign = np.asarray([-1 if j.item.reverse else 1 for j in items], dtype=np.int64)
        return cls(sign, np.zeros(len(items), dtype=np.int64))

    def single(self, cells: Ints, there: Ints) -> Ints:
        """(..., p) sums of z from those of the cells and of the rows that have one."""
        return np.asarray(cells * self.sign + there * self.shift)

    def pairs(self, cells: Ints, one: Ints, there: Ints) -> Ints:
        """(..., p, p) sums of products of z.

        Parameters
        ----------
        cells, one, there : (..., p, p) sums of products of cells, of the first item's cells where both are there, and
            of rows that have both.
        """
        s, t = self.sign, self.shift
        beside = one * np.outer(s, t)
        return np.asarray(
            cells * np.outer(s, s) + beside + np.swapaxes(beside, -1, -2) + there * np.outer(t, t), dtype=np.int64
        )

    def products(self, found: Products) -> tuple[Ints, Ints]:
        """Sums of z and of their products where every answer is there."""
        cells, one, there = found.pairs, found.single, found.weight
        every = np.broadcast_to(there[..., None, None], cells.shape)
        pairs = self.pairs(cells, np.broadcast_to(one[..., None], cells.shape), every)
        return self.single(one, there[..., None]), pairs


def _stacked(size: int, blocks: Iterator[tuple[slice, Floats]]) -> Floats:
    """Numbers ``(size, m)`` of which blocks of rows are made one after the other, each held once."""
    out = np.empty((0, 0))
    for at, some in blocks:
        if not out.size:
            out = np.empty((size, some.shape[1]))
        out[at] = some
    return out


def _plain(found: Products, moved: tuple[Ints, Ints], step: float) -> Floats:
    """Rows, weights, squared weights, sums and products of pairs, a row for each part."""
    single, pairs = moved
    rows, cols = upper_triangle(single.shape[-1])
    n = found.n.astype(np.float64)
    weight = whole(found.weight)
    squared = found.weights_squared() if step else n
    return np.column_stack([n, weight, squared, whole(single), whole(pairs)[:, rows, cols]])
