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
from csimodels.study.overlap import shared_correlations

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
        size = terms[0][2].shape[1]
        if any(np.isnan(self.value[g]).all() for g, _, _ in terms):
            return np.full(size, np.nan), np.nan
        parts = [self.of(g, places) @ slopes for g, places, slopes in terms]
        groups = [self.groups[g] for g, _, _ in terms]
        designs = [sampling_of(self.task.survey, group) for group in groups]
        variances = [np.atleast_1d(d.variance(d.totals(p))) for d, p in zip(designs, parts, strict=True)]
        total = np.sum(variances, axis=0)
        corr = shared_correlations(self.task.survey, groups, parts)
        if corr is not None:
            sd = np.sqrt(np.stack(variances, axis=1))
            total = np.einsum("mg,mgh,mh->m", sd, corr, sd)
        return np.sqrt(np.maximum(total, 0.0)), float(min(design.df for design in designs))
