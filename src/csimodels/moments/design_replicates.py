"""Resampling plans of designed samples: clusters within strata, units left out, weights raked in every replicate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.counts import CellFactors, Counts, Ints, LessenedFactors, RowsOf, UnitFactors, small
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.rake import Bounds, by_category, cell_factors, cells_of
from csimodels.moments.replicates import DRAWN_AT_ONCE, Dense, Plan, chunks, row_uniforms
from csimodels.moments.sampling import Sampling

#: Margins of a replicate are met to this difference in shares, far below any standard error.
RERAKE_TOL = 1e-8
#: Sweeps over the margins of a replicate at most.
RERAKE_SWEEPS = 100
#: Replicates whose margins are looked at together.
COUNTED_AT_ONCE = 256

#: Rows whose replicate weights are summed by category at once.
RAKED_AT_ONCE = 2**13


@dataclass(frozen=True, eq=False)
class Clustered:
    """Rescaling bootstrap of a stratified, clustered sample (Rao & Wu 1988; Rao, Wu & Yue 1992).

    In every stratum one unit fewer than there are is drawn with replacement, and the rows of a unit drawn ``k`` times
    count ``k n_h / (n_h - 1)`` times.  Drawing as many units as there are would give variances too small by
    ``(n_h - 1) / n_h``: by half where strata have two clusters.  With a sampling fraction ``f_h`` the factors shrink
    towards one by ``sqrt(1 - f_h)``, which is the finite population correction.  The single unit of a stratum that was
    taken as a whole (``f_h = 1``) always counts once.
    """

    sampling: Sampling
    size: int
    seed: int
    stream: int = 0

    def times(self, start: int, stop: int) -> Floats:
        """(stop - start, C) how often each unit was drawn; ``n_h - 1`` draws in every stratum."""
        s = self.sampling
        batch = stop - start
        order = np.argsort(s.stratum, kind="stable")
        if s.copies is not None:
            order = np.repeat(order, s.copies[order].astype(np.intp))  # every unit in its place, also without rows
        number = len(order)
        first = np.cumsum(s.sizes) - s.sizes
        slots = np.delete(np.arange(number), first)  # one draw fewer than units in every stratum
        stratum = s.stratum[order][slots]
        u = np.asarray([row_uniforms(self.seed, self.stream, b, number) for b in range(start, stop)])
        drawn = order[first[stratum] + (u.reshape(batch, number)[:, slots] * s.sizes[stratum]).astype(np.intp)]
        place = drawn + s.units * np.arange(batch)[:, None]
        return np.bincount(place.ravel(), minlength=batch * s.units).reshape(batch, s.units).astype(np.float64)

    @property
    def held(self) -> int:
        """Bytes of one replicate: a small number for each unit."""
        return self.sampling.units

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows; they sum to the units of each stratum."""
        return self.drawn(start, stop).of(slice(None))

    def drawn(self, start: int, stop: int) -> Counts:
        """The same factors, handed out by blocks of rows."""
        s = self.sampling
        scale = s.sizes / np.maximum(s.sizes - 1.0, 1.0)
        shrink = np.sqrt(1 - s.fraction)[s.stratum]
        step = max(1, DRAWN_AT_ONCE // max(s.units, 1))
        parts = [small(self.times(*chunk).astype(np.intp)) for chunk in chunks(stop, step, start)]
        times = np.concatenate(parts) if parts else np.zeros((0, s.units))
        return UnitFactors(times, 1 - shrink, shrink * scale[s.stratum], s.unit)


@dataclass(frozen=True, eq=False)
class DeleteUnit(Dense):
    """Delete-a-unit jackknife (JK1 of one stratum, JKn of several; Wolter 2007, section 4.5).

    Replicate ``c`` leaves out unit ``c``; the other units of its stratum count ``n_h / (n_h - 1)`` times.
    """

    sampling: Sampling

    @property
    def size(self) -> int:
        """As many replicates as units."""
        return self.sampling.units

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows."""
        return self.without(np.arange(start, stop))

    def without(self, units: NDArray[np.intp]) -> Floats:
        """(len(units), n) factors of the rows without each of some units."""
        s = self.sampling
        gone = units[:, None]
        scale = _others(s)[s.stratum[gone]]
        factors = np.where(s.stratum[None, :] == s.stratum[gone], scale, 1.0)
        factors[np.arange(len(units)), units] = 0.0
        return np.asarray(factors[:, s.unit])


@dataclass(frozen=True, eq=False)
class LessenUnit(Dense):
    """Some replicates of :class:`DeleteUnit` gone part of the way: unit ``c`` keeps the rest of its weight.

    Parameters
    ----------
    sampling : how the rows were drawn;  lessened : (R,) units;  share : part of the way, above 0 and at most 1.
    """

    sampling: Sampling
    lessened: NDArray[np.intp]
    share: float

    @property
    def size(self) -> int:
        """As many replicates as units named."""
        return len(self.lessened)

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows."""
        return self.drawn(start, stop).of(slice(None))

    def drawn(self, start: int, stop: int) -> Counts:
        """The same factors, made for the rows that are asked for."""
        s = self.sampling
        return LessenedFactors(self.lessened[start:stop], self.share, s.unit, s.stratum, _others(s))

    def cell_totals(self, start: int, stop: int, weights: Floats, cell: Ints, size: int) -> Floats:
        """(stop - start, size) weight left in each cell: all of them, less the unit, and more of its stratum."""
        s, units = self.sampling, self.lessened[start:stop]
        strata, scale = len(s.sizes), _others(s)
        every = np.bincount(s.stratum[s.unit] * size + cell, weights, strata * size).reshape(strata, size)
        order = np.argsort(units, kind="stable")
        place = np.searchsorted(units[order], s.unit)
        mine = np.flatnonzero(units[order][np.minimum(place, len(units) - 1)] == s.unit)
        at = order[place[mine]] * size + cell[mine]
        own = np.bincount(at, weights[mine], len(units) * size).reshape(len(units), size)
        of = s.stratum[units]
        moved = every[of] * (scale[of] - 1)[:, None] - own * scale[of, None]
        return np.asarray(every.sum(axis=0) + self.share * moved)


@dataclass(frozen=True, eq=False)
class OfRows:
    """Replicates of a plan for more rows, counted in some of these: a group of a sample that is drawn as a whole.

    Parameters
    ----------
    plan : the plan of all rows;  rows : (n,) positions of those that are counted.
    """

    plan: Plan
    rows: Ints

    @property
    def size(self) -> int:
        """Replicates of the plan."""
        return self.plan.size

    @property
    def held(self) -> int:
        """Bytes of one replicate: those of the plan."""
        return self.plan.held

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows."""
        return self.drawn(start, stop).of(slice(None))

    def drawn(self, start: int, stop: int) -> Counts:
        """The same factors, handed out by blocks of rows."""
        return RowsOf(self.plan.drawn(start, stop), self.rows)


@dataclass(frozen=True, eq=False)
class Reraked:
    """Replicates of another plan, each with its weights raked anew to the known margins of the population.

    Parameters
    ----------
    plan : the plan;  weights : (n,) raked sampling weights of the rows.
    codes, targets : margins as in :func:`csimodels.moments.rake.rake`.
    bounds : least and greatest factor, where the weights are trimmed; every replicate is trimmed anew.
    trimmed : (n,) factor that the weights were raked with, where there are bounds: those are of the weights before.
    """

    plan: Plan
    weights: Floats
    codes: NDArray[np.intp]
    targets: tuple[Floats, ...]
    bounds: Bounds = None
    trimmed: Floats | None = None

    @property
    def size(self) -> int:
        """Replicates of the plan."""
        return self.plan.size

    @property
    def held(self) -> int:
        """Bytes of one replicate: those of the plan, and a factor for each combination of categories."""
        return self.plan.held + 24 * len(self._cells[0])

    @cached_property
    def _cells(self) -> tuple[Ints, Ints]:
        return cells_of(self.codes)

    def counts(self, start: int, stop: int) -> Floats:
        """(stop - start, n) factors of the rows, raking included.

        Where a replicate holds nobody of a category, the other margins are met.
        """
        return self.drawn(start, stop).of(slice(None))

    def drawn(self, start: int, stop: int) -> Counts:
        """The same factors, handed out by blocks of rows."""
        counts, totals = self._totals(start, stop)
        factors, met = self._factors(totals)
        self._met[start:stop] = met
        return CellFactors(counts, factors, self._cells[1])

    @cached_property
    def _met(self) -> NDArray[np.int8]:
        """(R,) 1 where the margins of a replicate are met, 0 where not, -1 where it was not drawn yet."""
        return np.full(self.size, -1, dtype=np.int8)

    def unmet(self) -> int:
        """Replicates whose margins are not met after :data:`RERAKE_SWEEPS` sweeps: within the bounds they cannot be, or
        only just.  Those that were drawn already are not raked again."""
        for start, stop in chunks(self.size, COUNTED_AT_ONCE):
            if (self._met[start:stop] < 0).any():
                self._met[start:stop] = self._factors(self._totals(start, stop)[1])[1]
        return int((self._met == 0).sum())

    def _totals(self, start: int, stop: int) -> tuple[Counts, Floats]:
        """The factors of the plan, and the weight that they leave in each combination of categories."""
        counts, (cells, cell) = self.plan.drawn(start, stop), self._cells
        if isinstance(self.plan, LessenUnit):
            return counts, self.plan.cell_totals(start, stop, self.weights, cell, len(cells))
        totals = np.zeros((counts.size, len(cells)))
        for first, last in chunks(len(cell), RAKED_AT_ONCE):
            at = slice(first, last)
            totals += by_category(counts.of(at) * self.weights[at], cell[at], len(cells))
        return counts, totals

    def _factors(self, totals: Floats) -> tuple[Floats, Bools]:
        """(R, C) factors of the combinations, and which replicates meet the margins."""
        cells, cell = self._cells
        if self.trimmed is None:
            return cell_factors(totals, cells, self.targets, RERAKE_TOL, RERAKE_SWEEPS)[:2]
        before = np.ones(len(cells))  # rows of one cell have one factor
        before[cell] = self.trimmed
        anew, met, _ = cell_factors(totals / before, cells, self.targets, RERAKE_TOL, RERAKE_SWEEPS, self.bounds)
        return anew / before, met


def _others(sampling: Sampling) -> Floats:
    """(H,) how often the other units of a stratum count where one is left out."""
    return np.asarray(sampling.sizes / np.maximum(sampling.sizes - 1.0, 1.0))
