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

    ``order (G,)``: units from the smallest errors, ``starts (C,)`` where each class begins; ``units (2, R, m)``: the
    highest and the lowest, ``deviation (2, R, m)`` theirs; ``last (2, R, C)``: no unit of the class that was left out
    lies further out;
    ``first``, ``ends (2, R, C)``: the furthest of the class and its deviation; ``by_class (2, C, R)`` the same.
    """

    order: Ints
    starts: Ints
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
        found = [[_furthest(sign * np.take(rows, some, axis=1), some) for some in classes] for sign in (1, -1)]
        units = np.stack([np.concatenate([who for who, _ in side], axis=1) for side in found])
        deviation = np.stack([np.concatenate([values for _, values in side], axis=1) for side in found])
        size = np.asarray([values.shape[1] for _, values in found[0]])
        begin = np.cumsum(size) - size
        first, ends = np.take(units, begin, axis=2), np.take(deviation, begin, axis=2)
        last = np.take(deviation, begin + size - 1, axis=2)
        starts = np.cumsum([0, *(len(some) for some in classes[:-1])])
        return cls(order, starts, units, deviation, last, first, ends, np.ascontiguousarray(ends.swapaxes(1, 2)))

    def widest(self, scale: Floats) -> Floats:
        """(C,) largest scale of a unit ``(G,)`` within each class."""
        return np.asarray(np.maximum.reduceat(np.take(scale, self.order), self.starts))


def _furthest(mine: Floats, units: Ints) -> tuple[Ints, Floats]:
    """The units with the highest values ``mine (R, G)`` of every draw, from the highest on, and these: ``(R, k)``."""
    at, places, values = np.arange(len(mine)), [], []
    for _ in range(min(FURTHEST, len(units))):
        place = mine.argmax(axis=1)
        places.append(units[place])
        values.append(mine[at, place])
        mine[at, place] = -np.inf
    return np.stack(places, axis=1), np.stack(values, axis=1)


@dataclass(eq=False)
class Bounds:
    """Bounds of the largest deviation in some of the draws, those where it may be largest.

    ``every (R,)``: what it does not exceed, for all draws; ``taken (K,)`` those looked at, ``rest`` a bound of
    the others; ``least``, ``most (K,)`` from below and above; ``pair (K,)``: the hypothesis that reaches `least`,
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
        """The `count` draws with the largest bounds, and all that tie with the last of them; places of the new ones
        among those taken, whose bounds are due."""
        size, old = len(self.every), len(self.taken)
        self.rest = _nth(self.every, count) if count < size else -np.inf
        chosen: Bools = self.every >= self.rest
        chosen[self.taken] = False
        more = np.flatnonzero(chosen)
        self.taken = np.concatenate([self.taken, more])
        self.least = np.concatenate([self.least, np.zeros(len(more))])
        self.most = np.concatenate([self.most, self.every[more]])
        self.pair = np.concatenate([self.pair, np.full(len(more), -1)])
        return np.arange(old, len(self.taken))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of units with two hypotheses each: "column is not above row" and "column is not below row".

    ``deviation (R, G)``: draws less estimates, ``by_unit (G, R)`` the same; ``stat (2, G, G)``: studentised
    differences, column less row and row less column; ``scale (G, G)``: one over the standard deviations of the
    differences, 0 where a pair cannot be compared; ``stands (2, G, G)``: hypotheses of both kinds, False once rejected.
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
        stands = np.stack([usable, usable])
        return cls(rows, deviation, np.stack([stat, -stat]), scale, stands, Extremes.of(rows))

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
        before = self.stands[:, rows]
        after = before & (self.stat[:, rows] <= bound)
        self.stands[:, rows] = after
        return bool((after != before).any())

    def _bound(self, rows: Ints, bounds: Bounds, beyond: int) -> float:
        """A number that rejects what the quantile of the largest deviation over the hypotheses that stand rejects:
        the `beyond`-th largest of all draws.

        Once no statistic lies between the quantiles of the bounds from below and above, either of them decides.  Until
        then the draws in between are compared in full, and more draws are taken.
        """
        stat, b = self.stat[:, rows][self.stands[:, rows]], bounds
        while True:
            low, high = _nth(b.least, beyond), max(_nth(b.most, beyond), b.rest)
            if not _any_between(stat, low, high):
                return low
            self._compare(rows, b, np.flatnonzero((b.least < high) & (b.most > low)))
            low = _nth(b.least, beyond)
            if not _any_between(stat, low, max(low, b.rest)):
                return low
            self._look(rows, b, b.take(len(b.taken) + len(b.taken) // 2))

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
                pair[better] = (len(self.scale) * (len(self.scale) * side + unit) + others[at, k])[better]
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
                    pair[better] = (len(self.scale) * (len(self.scale) * side + unit) + k)[better]
            bounds.least[some], bounds.most[some], bounds.pair[some] = best, best, pair


def _nth(values: Floats, n: int) -> float:
    """The `n`-th largest."""
    place = len(values) - n
    return float(np.partition(values, place)[place])


def _any_between(stat: Floats, low: float, high: float) -> bool:
    """Whether a bound at `high` would reject fewer of the statistics than one at `low`."""
    return bool(((stat > low) & (stat <= high)).any())


def _place(size: int, level: float) -> int:
    """Place of the quantile among `size` sorted draws, from 0: type 7, taken upwards."""
    return int(np.ceil(level * (size - 1) - 1e-9))
