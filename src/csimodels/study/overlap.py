"""Groups that share respondents or clusters: how the sampling errors of their numbers go together.

A panel answers in two waves, a cluster may hold customers of several companies.  Errors of such groups are not
independent: ``var(x_g - x_h) = var_g + var_h - 2 cov``.  The covariance is that of the influences, summed over the
sampling units that appear in both groups (Binder 1983; Kish 1965 for overlapping samples).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import row_influences, worker_pool
from csimodels.moments import Moments, chunks
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped
from csimodels.study.group_errors import TOGETHER, Task, sampling_of
from csimodels.study.groups import Group
from csimodels.survey import Survey

Ints = NDArray[np.intp]


def shared_units(survey: Survey) -> Ints | None:
    """(n,) what may stand in several groups: clusters (within strata), else respondents of a panel; -1: in one only."""
    if survey.cluster is not None:
        return survey.units
    return survey.panel


@dataclass(frozen=True, eq=False)
class Shared:
    """:func:`correlations` of the groups of one run, made when they are asked for, with its parameters."""

    task: Task
    groups: Sequence[Group]
    moments: Moments
    value: Floats

    def __call__(self, places: Ints | slice) -> Floats | None:
        """Correlations ``(K, G, G)`` of the sampling errors of some numbers."""
        return correlations(self.task, self.groups, self.moments, self.value, places)


def correlations(
    task: Task, groups: Sequence[Group], moments: Moments, value: Floats, places: Ints | slice
) -> Floats | None:
    """Correlations ``(K, G, G)`` of the sampling errors of some numbers; None where no unit stands in two groups.

    Parameters
    ----------
    task : Task
        Its statistic `near` the moments is used.
    groups : sequence of Group
        In the form that the missing rule of `task` needs.
    moments : Moments
        Of the groups, ``(G, p)``.
    value : (G, Q) array
        Estimates; a group without any has correlation 0 with the others.
    places : array or slice
        Which of the Q numbers.
    """
    units = shared_units(task.survey)
    if units is None or not overlapping(units, groups):
        return None
    blank = np.asarray(np.isnan(value).all(axis=1))

    def some(ends: tuple[int, int]) -> list[Floats]:
        chains = [None] * (ends[1] - ends[0]) if blank[slice(*ends)].all() else task.near.chains(moments[slice(*ends)])
        return [
            np.zeros((len(groups[g].used), len(value[g][places])))
            if blank[g]
            else np.nan_to_num(row_influences(task, groups[g].rows, moments[g], places, chain))
            for g, chain in zip(range(*ends), chains, strict=True)
        ]

    with worker_pool() as pool:
        pieces = mapped(pool, some, chunks(len(groups), TOGETHER))
        parts = [part for piece in pieces for part in piece]
    return shared_correlations(task.survey, groups, parts)


def shared_correlations(survey: Survey, groups: Sequence[Group], parts: Sequence[Floats]) -> Floats | None:
    """Correlations ``(M, G, G)`` of sums over the rows of groups; None where no unit stands in two of them.

    Parameters
    ----------
    parts : sequence of (n_g, M) arrays
        What each used row of a group adds to M numbers.
    """
    units = shared_units(survey)
    if units is None or not overlapping(units, groups):
        return None
    owners = [_own_numbers(units[group.used], g, survey.n) for g, group in enumerate(groups)]
    number = np.unique(np.concatenate(owners), return_inverse=True)[1].ravel()
    group_of = np.repeat(np.arange(len(groups)), [len(mine) for mine in owners])
    influence = np.concatenate(parts)
    strata = survey.strata
    stratum = None if strata is None else np.concatenate([strata[group.used] for group in groups])
    return np.stack([_correlated(column, number, group_of, stratum) for column in influence.T])


def joined_totals(survey: Survey, groups: Sequence[Group], parts: Sequence[Floats]) -> Floats:
    """(U, M) totals of ``parts`` by sampling unit over all groups together, centred within the strata of each group.

    Their sums of squares and products are the covariances of M sums over the rows of several groups, those that share
    persons or clusters included.

    Parameters
    ----------
    parts : sequence of (n_g, M) arrays
        What each used row of a group adds to M numbers.
    """
    units = shared_units(survey)
    apart = np.full(survey.n, -1) if units is None else units
    owners, totals = [], []
    for g, (group, part) in enumerate(zip(groups, parts, strict=True)):
        design = sampling_of(survey, group)
        first = np.unique(design.unit, return_index=True)[1]
        owners.append(_own_numbers(apart[group.used], g, survey.n)[first])
        totals.append(design.within(design.totals(part)))
    number = np.unique(np.concatenate(owners), return_inverse=True)[1].ravel()
    out = np.zeros((int(number.max()) + 1, parts[0].shape[1]))
    np.add.at(out, number, np.concatenate(totals))
    return out


def overlapping(units: Ints, groups: Sequence[Group]) -> bool:
    """Whether any unit stands in more than one group."""
    mine = [np.unique(units[group.used]) for group in groups]
    every = np.concatenate([part[part >= 0] for part in mine])
    return len(np.unique(every)) < len(every)


def _own_numbers(units: Ints, g: int, n: int) -> Ints:
    """Units of a group; rows without an identity are units of their own, which no other group has."""
    unknown = units < 0
    out = units.astype(np.intp).copy()
    out[unknown] = -(1 + g * n + np.arange(int(unknown.sum())))
    return out


def _correlated(influence: Floats, number: Ints, group_of: Ints, stratum: Ints | None) -> Floats:
    """(G, G) correlations of the totals of units between groups, centred within the strata of a group."""
    from scipy.sparse import coo_array  # scipy loads only where groups overlap

    groups = int(group_of.max()) + 1
    totals = coo_array((influence, (group_of, number)), shape=(groups, int(number.max()) + 1)).tocsr()
    totals.sum_duplicates()
    if stratum is not None:
        of_unit = np.zeros(totals.shape[1], dtype=np.intp)
        of_unit[number] = stratum
        rows = np.repeat(np.arange(groups), np.diff(totals.indptr))
        cell = rows * (int(stratum.max()) + 1) + of_unit[totals.indices]
        count = np.bincount(cell)
        totals.data = totals.data - (np.bincount(cell, totals.data) / np.maximum(count, 1))[cell]
    cov = np.asarray((totals @ totals.T).todense())
    sd = np.sqrt(np.diagonal(cov))
    with np.errstate(invalid="ignore", divide="ignore"):
        corr = cov / np.outer(sd, sd)
    out = np.where(np.isfinite(corr), corr, 0.0)
    np.fill_diagonal(out, 1.0)
    return out
