"""Errors of numbers that are made from several groups: what each respondent adds to the numbers of its group.

A number that is smooth in the estimates of several groups has, to first order, the error of a sum over their
respondents (Binder 1983).  Groups are separate samples, or share respondents or clusters, whose parts are then summed
before they are squared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import row_influences
from csimodels.moments import Moments, chunks
from csimodels.moments.linalg import Floats
from csimodels.study.group_errors import TOGETHER, Task, sampling_of
from csimodels.study.groups import Group
from csimodels.study.overlap import joined_totals, shared_correlations

#: A group, positions of its numbers ``(K,)``, and the slopes ``(K, M)`` of M new numbers with respect to them.
Term = tuple[int, NDArray[np.intp], Floats]


@dataclass(frozen=True, eq=False)
class Influences:
    """Makes errors of numbers from the estimates ``value (G, Q)`` of several groups of one run."""

    task: Task
    groups: Sequence[Group]
    moments: Moments
    value: Floats

    def of(self, g: int, places: NDArray[np.intp]) -> Floats:
        """(n, K) what each row of group `g` adds to some of its numbers."""
        return self.of_all([g], places)[g]

    def of_all(self, those: Sequence[int], places: NDArray[np.intp]) -> dict[int, Floats]:
        """Group -> (n, K) what each of its rows adds to some of its numbers; derivatives of several groups at once."""
        out = {}
        for start, stop in chunks(len(those), TOGETHER):
            some = [int(g) for g in those[start:stop]]
            chains = self.task.near.chains(self.moments[some])
            for g, chain in zip(some, chains, strict=True):
                out[g] = row_influences(self.task, self.groups[g].rows, self.moments[g], places, chain)
        return out

    def errors(self, terms: Sequence[Term]) -> tuple[Floats, float]:
        """Standard errors ``(M,)`` of numbers with the given slopes, and degrees of freedom.

        NaN where a group has no estimates.
        """
        if any(np.isnan(self.value[g]).all() for g, _, _ in terms):
            return np.full(terms[0][2].shape[1], np.nan), np.nan
        return self.errors_of([g for g, _, _ in terms], [self.of(g, places) @ slopes for g, places, slopes in terms])

    def errors_of(self, those: Sequence[int], parts: Sequence[Floats]) -> tuple[Floats, float]:
        """As :meth:`errors`, from what each row of `those` groups adds to the M numbers, ``(n, M)`` each."""
        groups = [self.groups[g] for g in those]
        designs = [sampling_of(self.task.survey, group) for group in groups]
        if self.task.survey.raked_sample is not None:
            spread = (joined_totals(self.task.survey, groups, parts) ** 2).sum(axis=0)
            return np.sqrt(spread), float(min(design.df for design in designs))
        variances = [np.atleast_1d(d.variance(d.totals(p))) for d, p in zip(designs, parts, strict=True)]
        total = np.sum(variances, axis=0)
        corr = shared_correlations(self.task.survey, groups, parts)
        if corr is not None:
            sd = np.sqrt(np.stack(variances, axis=1))
            total = np.einsum("mg,mgh,mh->m", sd, corr, sd)
        return np.sqrt(np.maximum(total, 0.0)), float(min(design.df for design in designs))

    def products(self, pair: Sequence[int], own: Sequence[Floats], mask: Floats) -> Floats:
        """(J,) what the variance of ``(v1 - v0)'(P0 + P1)/2`` counts twice, for every construct.

        ``tr cov(x) cov(y) + tr cov(x, y)^2`` with ``x = v1 - v0`` and ``y = (P0 + P1)/2`` (Goodman 1960, with normal
        errors that go together), from the totals of sampling units in both waves, of whom a panel or clusters that are
        in both have one total.  For :func:`csimodels.desk.trend.less_products`.

        Parameters
        ----------
        pair : sequence of int
            The group in two waves.
        own : pair of (n, 2 K) arrays
            What each row adds to the weights ``v`` and the performances ``P`` of the items.
        mask : (K, J) array
            Items by constructs.
        """
        if pair[0] == pair[1]:
            return np.zeros(mask.shape[1])
        k = mask.shape[0]
        parts = [np.hstack([sign * rows[:, :k], rows[:, k:] / 2]) for sign, rows in zip((-1.0, 1.0), own, strict=True)]
        of_units = joined_totals(self.task.survey, [self.groups[g] for g in pair], parts)
        total = of_units.T @ of_units
        both = total[:k, :k] * total[k:, k:] + total[:k, k:] * total[:k, k:].T
        return np.asarray(np.einsum("kj,kl,lj->j", mask, both, mask))
