"""Step-down tests of the differences between all pairs of units, for the intervals of ranks.

The bound of a step is a quantile over draws of the largest deviation among the pairs of a unit.  Few draws and few
pairs decide it: those in which another unit lies far out.  So the deviations are computed for the draws that may reach
the quantile, against the units that lie furthest out there; what was left out is bounded, and where the bound does not
settle it all units are compared.  The quantile is that of all draws and pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """The units furthest out in every draw, class by class of their errors.

    ``classes``: members of each class, from the smallest errors; ``units (2, R, m)``: the highest and the lowest,
    ``deviation (2, R, m)`` theirs; ``last (2, R, C)``: no unit of the class that was left out lies above, or below;
    ``ends (2, R, C)``: the highest and the lowest of the class.
    """

    classes: tuple[Ints, ...]
    units: Ints
    deviation: Floats
    last: Floats
    ends: Floats

    @classmethod
    def of(cls, rows: Floats) -> Extremes:
        """From deviations ``(R, G)``; where there are few units, all of them are in the list."""
        order = np.argsort(rows.var(axis=0), kind="stable")
        classes = [some for some in np.array_split(order, CLASSES) if len(some)]
        units, last, ends = [], [], []
        for some in classes:
            mine = rows[:, some]
            least = min(FURTHEST, len(some))
            place = np.argpartition(mine, sorted({least - 1, len(some) - least}), axis=1)
            pair = np.stack([place[:, len(some) - least :], place[:, :least]])
            there = np.take_along_axis(np.stack([mine, mine]), pair, axis=2)
            units.append(some[pair])
            last.append([there[0].min(axis=1), there[1].max(axis=1)])
            ends.append([there[0].max(axis=1), there[1].min(axis=1)])
        found = np.concatenate(units, axis=2)
        deviation = np.take_along_axis(np.stack([rows, rows]), found, axis=2)
        return cls(tuple(classes), found, deviation, *(np.moveaxis(np.asarray(x), 0, 2) for x in (last, ends)))

    def widest(self, scale: Floats) -> Floats:
        """(C,) largest scale of a unit ``(G,)`` within each class."""
        return np.asarray([scale[some].max() for some in self.classes])


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of units with two hypotheses each: "column is not above row" and "column is not below row".

    ``deviation (R, G)``: draws less estimates; ``stat (G, G)``: studentised differences, column less row;
    ``scale (G, G)``: one over the standard deviations of the differences, 0 where a pair cannot be compared;
    ``above``, ``below (G, G)``: hypotheses that stand, False once rejected.
    """

    deviation: Floats
    stat: Floats
    scale: Floats
    above: Bools
    below: Bools
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
        return cls(rows, stat, scale, usable, usable.copy(), Extremes.of(rows))

    def step_down(self, family: Sequence[int], level: float) -> None:
        """Reject what the draws allow among the hypotheses of the units of `family`, step by step."""
        most = self._most(family)
        rows = np.asarray(family, dtype=np.intp)
        while self._reject(rows, self._bound(family, most, level)):
            pass

    def _most(self, family: Sequence[int]) -> Floats:
        """(R,) what the largest deviation of no pair of `family` exceeds, draw by draw."""
        out = np.zeros(len(self.deviation))
        high, low = self.extremes.ends
        for unit in family:
            own, widest = self.deviation[:, unit, None], self.extremes.widest(self.scale[unit]) * ROUNDING
            np.maximum(out, (np.maximum(high - own, own - low) * widest).max(axis=1), out=out)
        return out

    def _reject(self, rows: Ints, bound: float) -> bool:
        stat = self.stat[rows]
        above, below = stat > bound, stat < -bound
        rejected = bool((self.above[rows] & above).any() or (self.below[rows] & below).any())
        self.above[rows] &= ~above
        self.below[rows] &= ~below
        return rejected

    def _bound(self, family: Sequence[int], most: Floats, level: float) -> float:
        """Quantile of the largest deviation over the hypotheses that stand, the smallest value that a share `level`
        of the draws reaches.

        `most` bounds the deviation of each draw from above and is lowered to what is found: hypotheses only fall away.
        Draws are taken in its order, as many as are needed to be sure of the quantile.
        """
        size = len(most)
        beyond = size - _place(size, level)
        found = np.full(size, -np.inf)
        taken: Bools = np.zeros(size, dtype=bool)
        count = 0
        while True:
            count = min(size, max(beyond + beyond // 3, count + count // 2 + 1))
            part = np.argpartition(-most, count - 1)
            more = part[:count][~taken[part[:count]]]
            found[more] = self.largest(family, more)
            taken[more] = True
            nth = float(np.partition(found, size - beyond)[size - beyond])
            if count == size or nth >= most[part[count:]].max():
                most[taken] = found[taken]
                return nth

    def largest(self, family: Sequence[int], columns: Ints) -> Floats:
        """(K,) largest deviation, in the direction of any hypothesis of `family` that stands, in some of the draws."""
        out = np.zeros(len(columns))
        for unit in family:
            for start in range(0, len(columns), BLOCK):
                some = columns[start : start + BLOCK]
                here = out[start : start + BLOCK]
                np.maximum(here, self._largest(unit, some), out=here)
        return out

    def _largest(self, unit: int, columns: Ints) -> Floats:
        """(K,) of one unit: against those furthest out first, against all where that leaves it open."""
        e = self.extremes
        sides = [np.where(stands[unit], self.scale[unit], 0.0) for stands in (self.above, self.below)]
        own = self.deviation[columns, unit]
        out, left = np.zeros(len(columns)), np.zeros(len(columns))
        for sign, scale, units, there, last in zip((1, -1), sides, e.units, e.deviation, e.last, strict=True):
            near = sign * (there[columns] - own[:, None]) * scale[units[columns]]
            beyond = sign * (last[columns] - own[:, None]) * e.widest(scale)
            np.maximum(out, near.max(axis=1), out=out)
            np.maximum(left, beyond.max(axis=1), out=left)
        unsure = left * ROUNDING > out
        if unsure.any():
            apart = self.deviation[columns[unsure]] - own[unsure, None]
            up, down = sides
            out[unsure] = np.maximum(np.maximum((apart * up).max(axis=1), (apart * -down).max(axis=1)), 0.0)
        return out


def _place(size: int, level: float) -> int:
    """Place of the quantile among `size` sorted draws, from 0: type 7, taken upwards."""
    return int(np.ceil(level * (size - 1) - 1e-9))
