"""Ordered answers in a covariance structure: polychoric correlations and their asymptotic covariance (Muthen 1984)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csimodels.estimate.ml.cases import Cases, cluster_factor
from csimodels.estimate.ml.implied import vech_places
from csimodels.estimate.ml.sample import Sample
from csimodels.moments import Rows
from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import Tables, add_counts, codes_of, correlations, mirrored
from csimodels.moments.polychoric_influence import blocks_of, pair_addends
from csimodels.moments.sampling import add_by_code


@dataclass(frozen=True, eq=False)
class OrderedCases(Cases):
    """Complete rows of one group, whose answers are levels.

    Attributes
    ----------
    levels : (K_j,) answers of each item that occur.
    """

    levels: tuple[Floats, ...] = ()

    def gamma(self, *, means: bool) -> Floats:
        """(1, P, P) asymptotic covariance of the polychoric correlations times n, in the places of ``vech``; 0 for
        the variances, which are 1.

        Raises
        ------
        ValueError
            Means are asked for: thresholds are in their place, and are not modelled.
        """
        if means:
            raise ValueError("ordered answers have thresholds in the place of means")
        return self._gamma

    @cached_property
    def correlation(self) -> Floats:
        """(p, p) polychoric correlations."""
        return correlations(self._tables)[0]

    @cached_property
    def _tables(self) -> Tables:
        counts, codes = np.zeros((1, *(sum(map(len, self.levels)),) * 2)), codes_of(self.x, self.levels)
        add_counts(counts, codes, self.levels, self.weights, np.zeros(len(self.x), dtype=np.intp))
        return Tables(self.levels, mirrored(counts)[0])

    @cached_property
    def _gamma(self) -> Floats:
        """Made once: errors, the scaled test and that of the baseline all ask for it."""
        addends, unit = pair_addends(self._tables, self.correlation, exact=False), self.units(0)
        if unit is None:
            power = addends.power(self.x, self.weights)
        else:
            totals = np.zeros((int(unit.max()) + 1, len(addends.first)))
            for at in blocks_of(len(self.x)):
                add_by_code(totals, (addends.lines(self.x[at]) * self.weights[at]).T, unit[at])
            power = power_of_totals(totals)
        return gamma_of(power, float(self.totals[0]), self.x.shape[1])


def power_of_totals(totals: Floats) -> Floats:
    """(P, P) power of the contributions ``(C, P)`` of clusters."""
    return np.asarray(totals.T @ totals * cluster_factor(len(totals)))


def gamma_of(power: Floats, n: float, p: int) -> Floats:
    """(1, P, P) :meth:`OrderedCases.gamma` of `p` items from the power of what `n` rows add to the correlations."""
    row, col = vech_places(p)
    apart = np.flatnonzero(row != col)
    place = np.zeros((p, p), dtype=np.intp)
    first, second = np.triu_indices(p, 1)
    place[first, second] = place[second, first] = np.arange(len(first))
    pair = place[row[apart], col[apart]]
    out = np.zeros((len(row), len(row)))
    out[np.ix_(apart, apart)] = n * power[np.ix_(pair, pair)]
    return out[None]


def ordered_cases(rows: Rows, **given: object) -> OrderedCases:
    """The complete rows of one group, with the levels that they were summed with."""
    plain = Cases.of(rows.x[rows.kept], **given)  # type: ignore[arg-type]
    return OrderedCases(plain.x, plain.weights, plain.group, plain.cluster, plain.groups, rows.levels)


def diagonal_weight(cases: Cases) -> Floats:
    """(P, P) inverse variances of the correlations on the diagonal; 1 for the variances, which every model fits."""
    variance = np.diagonal(cases.gamma(means=False)[0])
    return np.diag(1.0 / np.where(variance > 0, variance, 1.0))


def thresholds(cases: Cases) -> int:
    """Free parameters of ordered answers beyond those of the table: an item of K levels has K - 1 thresholds, and no
    variance of its own (it is what makes the item's variance 1), as lavaan counts them."""
    parts = cases.parts if isinstance(cases, OrderedGroups) else (cases,)
    return sum(len(level) - 2 for part in parts if isinstance(part, OrderedCases) for level in part.levels)


@dataclass(frozen=True, eq=False)
class OrderedGroups(Cases):
    """Complete rows of G groups whose answers are levels: thresholds, correlations and weights of every group its own.

    Attributes
    ----------
    parts : the rows of each group, with the levels that occur in it.
    """

    parts: tuple[OrderedCases, ...] = ()

    @classmethod
    def by_group(cls, cases: Cases) -> OrderedGroups:
        """The rows of `cases` group by group."""
        parts = []
        for g in range(cases.groups):
            at = cases.group == g
            x, cluster = cases.x[at], None if cases.cluster is None else cases.cluster[at]
            one = Cases.of(x, weights=cases.weights[at], cluster=cluster)
            levels = tuple(np.unique(column) for column in x.T)
            parts.append(OrderedCases(one.x, one.weights, one.group, one.cluster, 1, levels))
        return cls(cases.x, cases.weights, cases.group, cases.cluster, cases.groups, tuple(parts))

    @cached_property
    def correlated(self) -> Sample:
        """Means of the answers and polychoric correlations of every group."""
        corr = np.stack([part.correlation for part in self.parts])
        return Sample(self.sample.mean, corr, self.totals)

    @cached_property
    def weight(self) -> Floats:
        """(G, P, P) inverse variances of the correlations on the diagonal."""
        return np.stack([diagonal_weight(part) for part in self.parts])

    def gamma(self, *, means: bool) -> Floats:
        """(G, P, P) as for one group."""
        return np.concatenate([part.gamma(means=means) for part in self.parts])
