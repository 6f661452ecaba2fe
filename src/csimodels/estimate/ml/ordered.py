"""Ordered answers in a covariance structure: polychoric correlations and their asymptotic covariance (Muthen 1984)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.implied import vech_places
from csimodels.moments import Rows
from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import Tables, codes_of, correlations, indicators, influences


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
    def _gamma(self) -> Floats:
        """Made once: errors, the scaled test and that of the baseline all ask for it."""
        there = indicators(self.x, self.levels)
        tables = Tables(self.levels, there.T @ (self.weights[:, None] * there))
        found = influences(tables, correlations(tables)[0], exact=False)
        codes, pair = codes_of(self.x, self.levels), np.arange(len(found.first))
        of_pairs = found.cell[pair, codes[:, found.first], codes[:, found.second]] + there @ found.level
        row, col = vech_places(self.x.shape[1])
        place = np.zeros((self.x.shape[1],) * 2, dtype=np.intp)
        place[found.first, found.second] = place[found.second, found.first] = pair
        apart = np.flatnonzero(row != col)
        rows = np.zeros((len(self.x), len(row)))
        rows[:, apart] = of_pairs[:, place[row[apart], col[apart]]]
        return self.meat(rows * self.weights[:, None])


def ordered_cases(rows: Rows, **given: object) -> OrderedCases:
    """The complete rows of one group, with the levels that they were summed with."""
    plain = Cases.of(rows.x[rows.kept], **given)  # type: ignore[arg-type]
    return OrderedCases(plain.x, plain.weights, plain.group, plain.cluster, plain.groups, rows.levels)


def diagonal_weight(cases: Cases) -> Floats:
    """(P, P) inverse variances of the correlations on the diagonal; 1 for the variances, which every model fits."""
    variance = np.diagonal(cases.gamma(means=False)[0])
    return np.diag(1.0 / np.where(variance > 0, variance, 1.0))
