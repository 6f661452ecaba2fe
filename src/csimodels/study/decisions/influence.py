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
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats
from csimodels.study.group_errors import Task, sampling_of
from csimodels.study.groups import Group
from csimodels.study.overlap import overlapping, shared_correlations, shared_units

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
        return row_influences(self.task, self.groups[g].rows, self.moments[g], places)

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
        variances = [np.atleast_1d(d.variance(d.totals(p))) for d, p in zip(designs, parts, strict=True)]
        total = np.sum(variances, axis=0)
        corr = shared_correlations(self.task.survey, groups, parts)
        if corr is not None:
            sd = np.sqrt(np.stack(variances, axis=1))
            total = np.einsum("mg,mgh,mh->m", sd, corr, sd)
        return np.sqrt(np.maximum(total, 0.0)), float(min(design.df for design in designs))

    def products(self, pair: Sequence[int], own: Sequence[Floats], mask: Floats) -> Floats:
        """(J,) ``tr cov(v1 - v0) cov((P0 + P1)/2)`` of every construct, for :func:`csimodels.desk.trend.less_products`.

        0 for waves that share persons or clusters, whose errors stay as wide as they are.

        Parameters
        ----------
        pair : sequence of int
            The group in two waves.
        own : pair of (n, 2 K) arrays
            What each row adds to the weights ``v`` and the performances ``P`` of the items.
        mask : (K, J) array
            Items by constructs.
        """
        units = shared_units(self.task.survey)
        if pair[0] == pair[1] or (units is not None and overlapping(units, [self.groups[g] for g in pair])):
            return np.zeros(mask.shape[1])
        k, total = mask.shape[0], np.zeros((2 * mask.shape[0],) * 2)
        for g, rows in zip(pair, own, strict=True):
            design = sampling_of(self.task.survey, self.groups[g])
            of_units = design.within(design.totals(rows))
            total += of_units.T @ of_units
        both = total[:k, :k] * total[k:, k:] / 4
        return np.asarray(np.einsum("kj,kl,lj->j", mask, both, mask))
