"""Step-down tests of the differences between all pairs of units, for the intervals of ranks.

The bound of a step is a quantile over draws of the largest deviation among the pairs of a unit.  Only the draws in
which it may be large are looked at, against the units that lie furthest out there, which bounds the deviation from
below and above.  All that counts is which studentised differences lie over the bound: where none lies between the
quantiles of both bounds, any number in between decides as the quantile of all draws and pairs does; where one lies
there, the draws in between are compared with all units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments import chunks
from csimodels.moments.linalg import Bools, Floats

Ints = NDArray[np.intp]

#: Draws that are compared at once, so that they stay in the processor's cache.
BLOCK = 256
#: Classes of units with about the same error, and how many of each class on each side are compared first.
CLASSES, FURTHEST = 8, 3
#: By how much a bound on what was left out is raised, for rounding.
ROUNDING = 1 + 1e-12


@dataclass(frozen=True, eq=False)
class Extremes:
    """The units furthest out in every draw, class by class of their errors; what is lowest has its sign turned.

    ``classes``: members of each class, from the smallest errors; ``units (2, R, m)``: the highest and the lowest,
    ``deviation (2, R, m)`` theirs; ``last (2, R, C)``: no unit of the class that was left out lies further out;
    ``first``, ``ends (2, R, C)``: the furthest of the class and its deviation; ``by_class (2, C, R)`` the same.
    """

    classes: tuple[Ints, ...]
    units: Ints
    deviation: Floats
    last: Floats
    first: Ints
    ends: Floats
    by_class: Floats

    @classmethod
    def of(cls, rows: Floats) -> Extremes:
        """From deviations ``(R, G)``; where there are few units, all of them are in the list."""
        order = np.argsort(rows.var(axis=0), kind="stable")
        classes = [some for some in np.array_split(order, CLASSES) if len(some)]
        units, deviation = [], []
        for some in classes:
            mine = rows[:, some]
            least = min(FURTHEST, len(some))
            place = np.argpartition(mine, sorted({least - 1, len(some) - least}), axis=1)
            pair = np.stack([place[:, len(some) - least :], place[:, :least]])
            there = np.take_along_axis(mine[None], pair, axis=2)
            np.negative(there[1], out=there[1])
            units.append(some[pair])
            deviation.append(there)
        top = [there.argmax(axis=2)[..., None] for there in deviation]
        ends = np.concatenate([np.take_along_axis(x, k, axis=2) for x, k in zip(deviation, top, strict=True)], axis=2)
        return cls(
            tuple(classes),
            np.concatenate(units, axis=2),
            np.concatenate(deviation, axis=2),
            np.stack([there.min(axis=2) for there in deviation], axis=2),
            np.concatenate([np.take_along_axis(u, k, axis=2) for u, k in zip(units, top, strict=True)], axis=2),
            ends,
            np.ascontiguousarray(ends.swapaxes(1, 2)),
        )

    def widest(self, scale: Floats) -> Floats:
        """(C,) largest scale of a unit ``(G,)`` within each class."""
        return np.asarray([scale[some].max() for some in self.classes])


@dataclass(eq=False)
class Bounds:
    """Bounds of the largest deviation in some of the draws, those where it may be largest.

    ``every (R,)``: what it does not exceed, for all draws; ``taken (K,)`` those looked at, ``rest`` the largest bound
    of the others; ``least``, ``most (K,)`` from below and above; ``pair (K,)``: the hypothesis that reaches `least`,
    as a position among ``Pairs.stands``, -1 for none.
    """

    every: Floats
    taken: Ints
    rest: float
    least: Floats
    most: Floats
    pair: Ints

    @classmethod
    def of(cls, every: Floats) -> Bounds:
        """No draw looked at."""
        none = np.zeros(0, dtype=np.intp)
        return cls(every, none, np.inf, np.zeros(0), np.zeros(0), none)

    def take(self, count: int) -> Ints:
        """The `count` draws with the largest bounds; places of the new ones among those taken, whose bounds are due."""
        count, old = min(count, len(self.every)), len(self.taken)
        order = np.argpartition(-self.every, count - 1)
        seen: Bools = np.zeros(len(self.every), dtype=bool)
        seen[self.taken] = True
        more = order[:count][~seen[order[:count]]]
        self.rest = float(self.every[order[count:]].max(initial=-np.inf))
        self.taken = np.concatenate([self.taken, more])
        self.least = np.concatenate([self.least, np.zeros(len(more))])
        self.most = np.concatenate([self.most, self.every[more]])
        self.pair = np.concatenate([self.pair, np.full(len(more), -1)])
        return np.arange(old, len(self.taken))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of units with two hypotheses each: "column is not above row" and "column is not below row".

    ``deviation (R, G)``: draws less estimates, ``by_unit (G, R)`` the same; ``stat (G, G)``: studentised differences,
    column less row; ``scale (G, G)``: one over the standard deviations of the differences, 0 where a pair cannot be
    compared; ``stands (2, G, G)``: hypotheses of both kinds, False once rejected.
    """

    deviation: Floats
    by_unit: Floats
    stat: Floats
    scale: Floats
    stands: Bools
    extremes: Extremes

    @classmethod
    def of(cls, value: Floats, draws: Floats) -> Pairs:
        """From estimates ``(G,)`` and their draws ``(G, R)``; a unit with NaN among its draws is compared with none."""
        unknown: Bools = np.asarray(np.isnan(draws).any(axis=1))
        deviation = np.where(unknown[:, None], 0.0, draws - value[:, None])
        centred = deviation - deviation.mean(axis=1, keepdims=True)
        cov = centred @ centred.T / (draws.shape[1] - 1)
        both = np.add.outer(np.diagonal(cov), np.diagonal(cov))
        variance = both - 2 * cov  # of the differences: units may share respondents or clusters
        usable: Bools = np.asarray((variance > 1e-12 * both) & ~np.logical_or.outer(unknown, unknown))
        scale = np.where(usable, 1 / np.sqrt(np.where(usable, variance, 1.0)), 0.0)
        stat = (value - value[:, None]) * scale
        rows = np.ascontiguousarray(deviation.T)
        return cls(rows, deviation, stat, scale, np.stack([usable, usable]), Extremes.of(rows))

    def step_down(self, family: Sequence[int], level: float) -> None:
        """Reject what the draws allow among the hypotheses of the units of `family`, step by step."""
        rows = np.asarray(family, dtype=np.intp)
        bounds = Bounds.of(self._every(rows))
        beyond = len(bounds.every) - _place(len(bounds.every), level)
        self._look(rows, bounds, bounds.take(beyond + beyond // 8 + 1), first=True)
        while self._reject(rows, self._bound(rows, bounds, beyond)):
            fallen = (bounds.pair < 0) | ~self.stands.reshape(-1)[bounds.pair]
            self._look(rows, bounds, np.flatnonzero(fallen))

    def _every(self, rows: Ints) -> Floats:
        """(R,) what the largest deviation of no pair of `rows` exceeds, draw by draw."""
        out = np.zeros(len(self.deviation))
        for unit in rows.tolist():
            own = self.by_unit[unit]
            for k, scale in enumerate(self.extremes.widest(self.scale[unit]).tolist()):
                high, low = self.extremes.by_class[:, k]
                np.maximum(out, np.maximum(high - own, low + own) * (scale * ROUNDING), out=out)
        return out

    def _reject(self, rows: Ints, bound: float) -> bool:
        stat, before = self.stat[rows], self.stands[:, rows]
        after = before & np.stack([stat <= bound, stat >= -bound])
        self.stands[:, rows] = after
        return bool((after != before).any())

    def _bound(self, rows: Ints, bounds: Bounds, beyond: int) -> float:
        """A number that rejects what the quantile of the largest deviation over the hypotheses that stand rejects:
        the `beyond`-th largest of all draws.

        Once no statistic lies between the quantiles of the bounds from below and above, either of them decides.  Until
        then the draws in between are compared in full, and more draws are taken.
        """
        stat, b = self._standing(rows), bounds
        while True:
            low, high = _nth(b.least, beyond), max(_nth(b.most, beyond), b.rest)
            if not _any_between(stat, low, high):
                return low
            self._compare(rows, b, np.flatnonzero((b.least < high) & (b.most > low)))
            low = _nth(b.least, beyond)
            if not _any_between(stat, low, max(low, b.rest)):
                return low
            self._look(rows, b, b.take(len(b.taken) + len(b.taken) // 2))

    def _standing(self, rows: Ints) -> Floats:
        """Sorted sizes of the statistics whose hypotheses stand: what a bound may reject."""
        stat, (above, below) = self.stat[rows], self.stands[:, rows]
        return np.sort(np.concatenate([stat[above], -stat[below]]))

    def _look(self, rows: Ints, bounds: Bounds, places: Ints, first: bool = False) -> None:
        """Bound the draws at some places by those furthest out; `first`: of each class, while all hypotheses stand."""
        e, columns = self.extremes, bounds.taken[places]
        listed, deviation = (e.first, e.ends) if first else (e.units, e.deviation)
        best, left, pair = np.zeros(len(places)), np.zeros(len(places)), np.full(len(places), -1)
        at = np.arange(len(places))
        for unit in rows.tolist() if len(places) else ():
            own = self.by_unit[unit][columns, None]
            for side, stands in enumerate(self.stands[:, unit]):
                scale, turned = np.where(stands, self.scale[unit], 0.0), -own if side else own
                others = np.take(listed[side], columns, axis=0)
                near = (np.take(deviation[side], columns, axis=0) - turned) * np.take(scale, others)
                k = near.argmax(axis=1)
                found = near[at, k]
                better = found > best
                best[better] = found[better]
                pair[better] = (len(self.stat) * (len(self.stat) * side + unit) + others[at, k])[better]
                if not first:
                    last = (np.take(e.last[side], columns, axis=0) - turned) * e.widest(scale)
                    np.maximum(left, last.max(axis=1), out=left)
        bounds.least[places], bounds.pair[places] = best, pair
        if not first:
            bounds.most[places] = np.minimum(bounds.most[places], np.maximum(best, left * ROUNDING))

    def _compare(self, rows: Ints, bounds: Bounds, places: Ints) -> None:
        """Find the largest deviation of the draws at some places, in the direction of any hypothesis that stands."""
        for start, stop in chunks(len(places), BLOCK):
            some = places[start:stop]
            columns = bounds.taken[some]
            every = np.take(self.deviation, columns, axis=0)
            at, best, pair = np.arange(len(some)), np.zeros(len(some)), np.full(len(some), -1)
            for unit in rows.tolist():
                apart = every - self.by_unit[unit][columns, None]
                for side, stands in enumerate(self.stands[:, unit]):
                    scale = np.where(stands, self.scale[unit], 0.0)
                    near = apart * (-scale if side else scale)
                    k = near.argmax(axis=1)
                    found = near[at, k]
                    better = found > best
                    best[better] = found[better]
                    pair[better] = (len(self.stat) * (len(self.stat) * side + unit) + k)[better]
            bounds.least[some], bounds.most[some], bounds.pair[some] = best, best, pair


def _nth(values: Floats, n: int) -> float:
    """The `n`-th largest."""
    place = len(values) - n
    return float(np.partition(values, place)[place])


def _any_between(stat: Floats, low: float, high: float) -> bool:
    """Whether a bound at `high` would reject fewer of the sorted statistics than one at `low`."""
    return bool(np.searchsorted(stat, low, side="right") < np.searchsorted(stat, high, side="right"))


def _place(size: int, level: float) -> int:
    """Place of the quantile among `size` sorted draws, from 0: type 7, taken upwards."""
    return int(np.ceil(level * (size - 1) - 1e-9))
