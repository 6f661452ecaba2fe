"""Ordered answers of which no row is held: tables of levels, and powers of what rows add to the correlations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.ordered import OrderedCases, gamma_of, power_of_totals
from csimodels.estimate.ml.sample import Sample
from csimodels.moments import Moments, Sums
from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import Tables, correlations
from csimodels.moments.polychoric_influence import PairAddends, pair_addends


def addends_of(sums: Sums) -> PairAddends:
    """What a complete row of weight 1 adds to the correlations of its group, as errors of ``dwls`` take it.

    Parameters
    ----------
    sums : of the group, without batch axes, with tables of levels.
    """
    assert sums.tables is not None
    return pair_addends(sums.tables, correlations(sums.tables)[0], exact=False)


def power_of_ordered_clusters(parts: Sums, unit: NDArray[np.intp], addends: PairAddends) -> Floats:
    """(P, P) power of clusters from the tables of parts ``(K,)``, whose clusters are ``unit (K,)``."""
    assert parts.tables is not None
    there = parts.n_rows > 0
    number = np.unique(unit[there], return_inverse=True)[1].ravel()
    totals = np.zeros((int(number.max()) + 1, len(addends.first)))
    np.add.at(totals, number, addends.of_tables(parts.tables.counts[there]))
    return power_of_totals(totals)


@dataclass(frozen=True, eq=False)
class SummedOrdered(OrderedCases):
    """One group of ordered answers of which no row is held.

    Attributes
    ----------
    moments : of the rows, no batch axes.
    tables : of their levels.
    power : (P, P) sum of the outer products of what rows, or clusters, add to the correlations.
    """

    moments: Moments = field(kw_only=True)
    tables: Tables = field(kw_only=True)
    power: Floats = field(kw_only=True)

    @classmethod
    def of_sums(cls, moments: Moments, sums: Sums, power: Floats) -> SummedOrdered:
        """From the sums of the rows, without batch axes, and their power."""
        assert sums.tables is not None
        blank, tables = np.zeros((1, len(moments.items))), sums.tables
        one, group = np.ones(1), np.zeros(1, dtype=np.intp)
        return cls(blank, one, group, None, 1, tables.levels, moments=moments, tables=tables, power=power)

    @property
    def sample(self) -> Sample:
        """The moments."""
        return Sample(self.moments.mean[None], self.moments.cov[None], self.totals)

    @property
    def totals(self) -> Floats:
        """(1,) number of rows."""
        return np.atleast_1d(np.asarray(self.moments.n, dtype=np.float64))

    @property
    def _tables(self) -> Tables:
        return self.tables

    @property
    def _gamma(self) -> Floats:
        return gamma_of(self.power, float(self.totals[0]), len(self.moments.items))
