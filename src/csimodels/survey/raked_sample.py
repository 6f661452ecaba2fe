"""All rows whose weights were raked together, as sampling units: whoever is in a category moves the groups there.

Raking moves the weights of a group whenever the sample holds more or fewer rows of a category, also outside the group.
With ``z_i`` what a row adds to a number of the group while weights stay as they are (0 outside), and ``x_i`` its
categories, it adds ``z_i - w_i x_i'B`` in all, ``B = (sum w x x')^-1 sum x z`` over all rows (Deville & Saerndal 1992,
section 3.4, with the group as a domain).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from csimodels.moments import Sampling
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.rake import cells_of
from csimodels.moments.sampling import add_by_code, stratum_factors
from csimodels.survey.columns import Ints
from csimodels.survey.domains import WholeSample

if TYPE_CHECKING:
    from csimodels.survey.survey import Survey

#: A factor this near to a bound of raking is at it.
_AT_BOUND = 1e-9


def within_bounds(factor: Floats, bounds: tuple[float, float]) -> Bools:
    """Which factors of raking are not at a bound."""
    low, high = bounds
    return np.asarray((factor > low * (1 + _AT_BOUND)) & (factor < high * (1 - _AT_BOUND)))


@dataclass(frozen=True, eq=False)
class RakedSample:
    """Sampling units of all rows that were raked together; every wave, or planned group, is a sample of its own.

    Attributes
    ----------
    survey : the ``N`` rows that were raked together.
    places : (n,) where the rows asked about stand among them; None: they are all.
    unit : (N,) unit ``0 .. C-1`` of each row; what stands in several samples is a unit in each of them.
    stratum : (C,) stratum of each unit, ``0 .. H-1``, within its sample.
    owner : (C,) what is one wherever it stands: a cluster, or a person of a panel.
    cell, cells : (N,) combination of categories of each row, and ``(cells, K)`` the categories of each combination.
    """

    survey: Survey
    places: Ints | None
    unit: Ints
    stratum: Ints
    owner: Ints
    cell: Ints
    cells: Floats

    @classmethod
    def of(cls, survey: Survey) -> RakedSample:
        """The whole sample of a survey whose weights were raked.

        Groups that are met by chance are parts of one sample in every wave, all others samples of their own.
        """
        assert survey.margins is not None
        whole = WholeSample.of(survey)
        by_chance = survey.model.data.design.groups == "by_chance" or not survey.by
        sample = whole.wave[survey.group] if by_chance else survey.group
        pairs, unit = np.unique(sample * len(whole.stratum) + whole.number, return_inverse=True)
        owner = pairs % len(whole.stratum)
        strata = whole.stratum[owner] + (int(whole.stratum.max()) + 1) * (pairs // len(whole.stratum))
        found, cell = cells_of(survey.margins)
        cells = np.concatenate([np.equal.outer(c, np.unique(c)) for c in found.T], axis=1).astype(np.float64)
        stratum = np.unique(strata, return_inverse=True)[1].ravel()
        return cls(survey, None, unit.ravel(), stratum, owner, cell, cells)

    def part(self, places: Ints) -> RakedSample:
        """The same sample, asked about some of its rows."""
        return replace(self, places=places)

    def at(self, rows: Ints) -> Ints:
        """Where rows, by their positions among those asked about, stand in the sample."""
        return rows if self.places is None else self.places[rows]

    @cached_property
    def weights(self) -> Floats:
        """(N,) raked weights."""
        w = self.survey.weights
        return np.ones(self.survey.n) if w is None else w

    # ---- the design ----

    @cached_property
    def _fraction(self) -> Floats:
        """(H,) share of the units of each stratum that is in the sample."""
        fraction = np.zeros(int(self.stratum.max()) + 1)
        if self.survey.fpc is not None:
            fraction[self.stratum[self.unit]] = self.survey.fpc
        return fraction

    @cached_property
    def sampling(self) -> Sampling:
        """The design for replicates: nobody is left out of a stratum of a single unit, or drawn from it."""
        return Sampling(self.unit, self.stratum, self._fraction).settled("certainty")

    @cached_property
    def factors(self) -> Floats:
        """(H,) what a squared deviation counts in each stratum.

        A single unit of a sample that the group asked about has no part in counts by its distance from 0, the mean.
        """
        lone = self.survey.model.data.design.lone_strata
        share = self.sampling.fraction if lone == "certainty" else self._fraction
        factors = stratum_factors(self.sampling.sizes, share, lone)
        return np.where(np.isfinite(factors), factors, 1.0)

    @cached_property
    def shared(self) -> bool:
        """Whether anything stands in several samples."""
        return len(np.unique(self.owner)) < len(self.owner)

    @cached_property
    def kind(self) -> Ints:
        """(C,) units of one kind move a group that they have no row in alike: one row of one weight in one cell."""
        own = np.arange(len(self.stratum))
        if len(own) < len(self.unit):
            return own
        row = np.empty(len(own), dtype=np.intp)
        row[self.unit] = np.arange(len(self.unit))
        distinct, weight = np.unique(self.weights[row], return_inverse=True)
        code: Ints = (self.stratum * len(self.cells) + self.cell[row]) * len(distinct) + weight.ravel()
        if self.shared:
            times = np.bincount(self.owner)
            code = np.where(times[self.owner] > 1, -1 - own, code)
        return np.asarray(np.unique(code, return_inverse=True)[1].ravel(), dtype=np.intp)

    # ---- what raking takes off ----

    @cached_property
    def _free(self) -> Bools:
        """(cells,) whether the factor of the rows is not at a bound; rows of one cell have one factor."""
        free = np.ones(len(self.cells), dtype=bool)
        if self.survey.trimmed is not None and self.survey.rake_bounds is not None:
            free[self.cell] = within_bounds(self.survey.trimmed, self.survey.rake_bounds)
        return free

    @cached_property
    def _inverse(self) -> Floats:
        """(K, K) generalised inverse: one category of every margin but the first follows from the others."""
        of_cell = np.bincount(self.cell, self.weights, len(self.cells)) * self._free
        cross = self.cells.T @ (of_cell[:, None] * self.cells)
        return np.asarray(np.linalg.pinv(cross, rcond=1e-12, hermitian=True), dtype=np.float64)

    @cached_property
    def known(self) -> Floats:
        """(C, K) weight of each unit in every category; with bounds its share of the weights before raking too."""
        out = np.zeros((len(self.stratum), self.cells.shape[1]))
        add_by_code(out, self.weights[:, None] * self.cells[self.cell], self.unit)
        if self.survey.trimmed is None:
            return out
        before = np.bincount(self.unit, self.weights / self.survey.trimmed, len(out))
        return np.column_stack([out, before / before.sum()])

    @cached_property
    def each_row(self) -> bool:
        """Whether every row is a unit, and in no sample but its own."""
        return len(self.stratum) == len(self.unit) and not self.shared

    def rows_beside(self, own: Ints, slope: Floats) -> tuple[Ints, Floats, Floats]:
        """Rows other than `own` where :attr:`each_row`, by stratum and cell: ``(c,)`` their strata, ``(c, M)`` what
        each adds for one of its weight by the `slope` of :meth:`explained`, ``(5, c)`` their number, and the sums of
        their weights and of the second to fourth powers of these."""
        code, per_weight = self._by_cell
        others = np.ones(len(code), dtype=bool)
        others[own] = False
        found, first, where = np.unique(code[others], return_index=True, return_inverse=True)
        weight = self._unit_weights[others]
        sums = [np.bincount(where.ravel(), weight**k, len(found)) for k in range(5)]
        powers = np.asarray(sums, dtype=np.float64)
        some = np.flatnonzero(others)[first]
        return self.stratum[some], -per_weight[some] @ slope, powers

    @cached_property
    def _unit_weights(self) -> Floats:
        """(C,) weight of each unit."""
        return np.bincount(self.unit, self.weights, len(self.stratum)).astype(np.float64)

    @cached_property
    def _by_cell(self) -> tuple[Ints, Floats]:
        """(C,) stratum and cell of the row of each unit, as one number, and :attr:`known` for one of its weight."""
        cell = np.empty(len(self.stratum), dtype=np.intp)
        cell[self.unit] = self.cell
        return self.stratum * len(self.cells) + cell, self.known / self._unit_weights[:, None]

    def explained(self, by_cell: Floats) -> Floats:
        """(K, M) what a unit of :attr:`known` takes off sums over rows, from their totals ``by_cell (cells, M)``."""
        slope = self._inverse @ (self.cells.T @ (by_cell * self._free[:, None]))
        if self.survey.trimmed is None:
            return np.asarray(slope)
        k = self.cells.shape[1]
        excess = by_cell.sum(axis=0) - self.known[:, :k].sum(axis=0) @ slope
        return np.concatenate([slope, excess[None]])

    def centred(self, totals: Floats, units: Ints, copies: Floats | None = None) -> Floats:
        """``totals (c, M)`` of `units` less the means of their strata; all units are there, or copies stand for them.

        A unit that is alone keeps its total: the totals of all units have the mean 0.
        """
        sizes, stratum = self.sampling.sizes, self.stratum[units]
        mean = np.zeros((len(sizes), totals.shape[1]))
        add_by_code(mean, totals if copies is None else totals * copies[:, None], stratum)
        mean[sizes < 2] = 0.0
        return np.asarray(totals - (mean / sizes[:, None])[stratum])

    def joined(self, centred: Floats, units: Ints) -> tuple[Floats, Ints]:
        """Totals added over the samples that a unit stands in, and where each first stands among the units."""
        if not self.shared:
            return centred, np.arange(len(units))
        _, first, number = np.unique(self.owner[units], return_index=True, return_inverse=True)
        out = np.zeros((len(first), centred.shape[1]))
        add_by_code(out, centred, number.ravel())
        return out, first

    def totals(self, rows: Ints, part: Floats) -> Floats:
        """(U, M) totals whose sums of squares and products are covariances, of M sums over rows of one group.

        Parameters
        ----------
        rows : positions of the rows of the group among those asked about.
        part : (n, M) what each of them adds while weights stay as they are.
        """
        at, every = self.at(rows), np.arange(len(self.stratum))
        by_cell = np.zeros((len(self.cells), part.shape[1]))
        add_by_code(by_cell, part, self.cell[at])
        out = -self.known @ self.explained(by_cell)
        add_by_code(out, part, self.unit[at])
        scale = np.sqrt(self.factors)[self.stratum, None]
        return self.joined(self.centred(out, every) * scale, every)[0]
