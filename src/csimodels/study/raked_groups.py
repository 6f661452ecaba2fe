"""Groups under weights that were raked over more rows than theirs: errors of one group, and how groups go together.

Every row of the sample has its part in the error of a group: the plans here draw, or leave out, units of the whole
sample, rake its weights anew, and count the rows of the group.  See :mod:`csimodels.survey.raked_sample`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import acceleration, influences, pseudo_totals
from csimodels.infer.chain import Slopes
from csimodels.infer.freedom import df_from
from csimodels.infer.margins import KnownMargins
from csimodels.moments import LessenUnit, Moments, OfRows, Plan, Reraked, Sampling, chunks
from csimodels.moments.linalg import Floats, settled_correlation
from csimodels.moments.sampling import add_by_code
from csimodels.study.groups import Group
from csimodels.survey import Survey
from csimodels.survey.raked_sample import RakedSample, within_bounds

#: Bytes of the contributions of units to numbers that are held at once.
HELD = 2**27


@dataclass(frozen=True, eq=False)
class RakedGroup:
    """One group in the sample that its weights were raked in.

    Attributes
    ----------
    sample : the sample;  group : the group;  most : degrees of freedom of the group's own design.
    """

    sample: RakedSample
    group: Group
    most: int

    @classmethod
    def of(cls, survey: Survey, group: Group, most: int) -> RakedGroup | None:
        """None where weights were not raked, or over the rows of the group alone."""
        sample = survey.raked_sample
        return None if sample is None else cls(sample, group, most)

    @cached_property
    def at(self) -> NDArray[np.intp]:
        """(n,) where the rows that are used stand in the sample."""
        return self.sample.at(self.group.used)

    @cached_property
    def _units(self) -> tuple[NDArray[np.intp], Floats]:
        own = np.unique(self.sample.unit[self.at])
        outside = np.ones(len(self.sample.stratum), dtype=bool)
        outside[own] = False
        others = np.flatnonzero(outside)
        _, first, times = np.unique(self.sample.kind[others], return_index=True, return_counts=True)
        return np.concatenate([own, others[first]]), np.concatenate([np.ones(len(own)), times.astype(np.float64)])

    @property
    def units(self) -> NDArray[np.intp]:
        """(c,) units with rows of the group, then one of every kind of the others."""
        return self._units[0]

    @property
    def copies(self) -> Floats:
        """(c,) how many units each stands for."""
        return self._units[1]

    @cached_property
    def _design(self) -> Sampling:
        whole = self.sample.sampling
        stratum = self.sample.stratum[self.units]
        return Sampling(np.arange(len(self.units)), stratum, whole.fraction, copies=self.copies)

    # ---- replicates ----

    def reraked(self, plan: Plan) -> Plan:
        """A plan of all rows of the sample with weights raked in every replicate, for the rows of the group."""
        s = self.sample.survey
        assert s.margins is not None
        return OfRows(Reraked(plan, self.sample.weights, s.margins, s.targets, s.rake_bounds, s.trimmed), self.at)

    def without(self, those: NDArray[np.intp] | slice = slice(None), share: float = 1.0) -> Plan:
        """Some of :attr:`units` left out, or a `share` of each."""
        return self.reraked(LessenUnit(self.sample.sampling, self.units[those], share))

    def jackknife_variance(self, values: Floats) -> tuple[Floats, Floats]:
        """(Q,) variance and degrees of freedom from the numbers ``(c, Q)`` :meth:`without` each unit."""
        return self._spread(pseudo_totals(values, self._design))

    def acceleration(self, values: Floats) -> Floats:
        """(Q,) constant of BCa intervals, from the same."""
        return acceleration(pseudo_totals(values, self._design), self.copies)

    # ---- linearised ----

    def linearised_variance(self, moments: Moments, rule: str, slopes: Slopes, numbers: int) -> tuple[Floats, Floats]:
        """(Q,) variance and degrees of freedom from the derivatives `slopes` of so many `numbers` by the moments."""
        variance, df = np.empty(numbers), np.empty(numbers)
        for start, stop in chunks(numbers, max(1, HELD // (8 * (len(self.at) + len(self.units))))):
            some = slice(start, stop)
            variance[some], df[some] = self._linearised(moments, rule, slopes, some)
        return variance, df

    def _linearised(self, moments: Moments, rule: str, slopes: Slopes, some: slice) -> tuple[Floats, Floats]:
        """The rows of a unit in one cell are added up: that is all that raking asks of them."""
        sample, cells = self.sample, len(self.sample.cells)
        key, local = np.unique(sample.unit[self.at] * cells + sample.cell[self.at], return_inverse=True)
        parts = Sampling(local.ravel(), np.zeros(len(key), dtype=np.intp), np.zeros(1))
        added = influences(self.group.rows, moments, rule, parts, slopes, places=some)
        by_cell = np.zeros((cells, added.shape[1]))
        add_by_code(by_cell, added, key % cells)
        slope, own = sample.explained(by_cell), np.unique(key // cells)
        place = np.searchsorted(own, key // cells)
        if sample.each_row:
            totals = -sample.known[own] @ slope
            add_by_code(totals, added, place)
            return self._spread_of_rows(totals, own, slope)
        totals = -sample.known[self.units] @ slope
        add_by_code(totals, added, place)
        return self._spread(sample.centred(totals, self.units, self.copies))

    def _spread_of_rows(self, totals: Floats, own: NDArray[np.intp], slope: Floats) -> tuple[Floats, Floats]:
        """:meth:`_spread` where every row is a unit, of the ``totals (c, Q)`` of the `own` ones.

        All other rows of a cell and stratum add ``w f``, each by its weight: sums of the powers of ``w f - mean``
        follow from those of ``w``.
        """
        sample = self.sample
        stratum, f, powers = sample.rows_beside(own, slope)
        sizes = sample.sampling.sizes
        mean = np.zeros((len(sizes), totals.shape[1]))
        add_by_code(mean, totals, sample.stratum[own])
        add_by_code(mean, f * powers[1][:, None], stratum)
        mean[sizes < 2] = 0.0
        mean /= sizes[:, None]
        squares = (totals - mean[sample.stratum[own]]) ** 2
        m, (n, w, w2, w3, w4) = mean[stratum], (power[:, None] for power in powers)
        second = np.maximum(f**2 * w2 - 2 * f * m * w + m**2 * n, 0.0)
        fourth = f**4 * w4 - 4 * f**3 * m * w3 + 6 * f**2 * m**2 * w2 - 4 * f * m**3 * w + m**4 * n
        variance = sample.factors[sample.stratum[own]] @ squares + sample.factors[stratum] @ second
        both = squares.sum(axis=0) + second.sum(axis=0)
        df = df_from(both, (squares**2).sum(axis=0) + fourth.sum(axis=0), float(sizes.sum()), self.most)
        return variance, df

    def _spread(self, centred: Floats) -> tuple[Floats, Floats]:
        """Variance and degrees of freedom from centred contributions ``(c, Q)`` of the units."""
        sample = self.sample
        scaled, first = sample.joined(centred * np.sqrt(sample.factors)[sample.stratum[self.units], None], self.units)
        squares = sample.joined(centred, self.units)[0] ** 2
        copies = self.copies[first]
        variance = copies @ scaled**2
        df = df_from(copies @ squares, copies @ squares**2, float(copies.sum()), self.most)
        return variance, df


def raked_correlations(sample: RakedSample, groups: Sequence[Group], parts: Sequence[Floats]) -> Floats:
    """Correlations ``(M, G, G)`` of sums over the rows of groups, from what each row adds: ``(n_g, M)`` each."""
    out = []
    for column in range(parts[0].shape[1]):
        pairs = zip(groups, parts, strict=True)
        totals = np.concatenate([sample.totals(g.used, part[:, column : column + 1]) for g, part in pairs], axis=1)
        out.append(settled_correlation(totals.T @ totals))
    return np.stack(out)


def raked_totals(sample: RakedSample, groups: Sequence[Group], parts: Sequence[Floats]) -> Floats:
    """(U, M) totals of sums over several groups together, whose sums of squares and products are covariances."""
    return np.asarray(sum(sample.totals(group.used, part) for group, part in zip(groups, parts, strict=True)))


# ---- weights raked over the rows of one group alone ----------------------------------------------------------------


def margins_of(survey: Survey, group: Group) -> NDArray[np.intp] | None:
    """(n, M) categories that the weights were raked to, where they were raked over the rows of this group alone."""
    return None if survey.margins is None or survey.raked_sample is not None else survey.margins[group.used]


def known_margins(survey: Survey, group: Group) -> KnownMargins | None:
    """What the weights of a group were raked to over its rows alone, with the rows whose factor is not at a bound."""
    margins = margins_of(survey, group)
    if margins is None or survey.trimmed is None or survey.rake_bounds is None:
        return None if margins is None else KnownMargins(margins)
    factor = survey.trimmed[group.used]
    return KnownMargins(margins, within_bounds(factor, survey.rake_bounds), group.rows.unit_weights / factor)


def reraked(survey: Survey, group: Group, plan: Plan, among: RakedGroup | None = None) -> Plan:
    """A plan with weights raked in every replicate, where they were raked: in the sample of `among`, where there is
    one."""
    if among is not None:
        return among.reraked(plan)
    margins = margins_of(survey, group)
    if margins is None:
        return plan
    trimmed = None if survey.trimmed is None else survey.trimmed[group.used]
    return Reraked(plan, group.rows.unit_weights, margins, survey.targets, survey.rake_bounds, trimmed)


def unmet_of(plan: Plan) -> int:
    """Replicates whose margins are not met within the bounds; 0 where there are no bounds."""
    plan = plan.plan if isinstance(plan, OfRows) else plan
    return plan.unmet() if isinstance(plan, Reraked) and plan.bounds is not None else 0
