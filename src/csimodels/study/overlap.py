"""Groups that share respondents or clusters: how the sampling errors of their numbers go together.

A panel answers in two waves, a cluster may hold customers of several companies.  Errors of such groups are not
independent: ``var(x_g - x_h) = var_g + var_h - 2 cov``.  The covariance is that of the influences, summed over the
sampling units that appear in both groups (Binder 1983; Kish 1965 for overlapping samples).  Groups that are met by
chance are domains of one sample: :mod:`csimodels.study.domain_errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import Chain, ReplicateMoves, jackknife, pseudo_totals, row_influences, worker_pool
from csimodels.moments import Moments, Sampling, chunks
from csimodels.moments.linalg import Floats, settled_correlation
from csimodels.moments.pool import mapped
from csimodels.study.domain_errors import domain_correlations, domain_totals
from csimodels.study.group_errors import TOGETHER, Task, sampling_of
from csimodels.study.groups import Group
from csimodels.study.raked_groups import raked_correlations, raked_totals
from csimodels.survey import Survey

Ints = NDArray[np.intp]


def shared_units(survey: Survey) -> Ints | None:
    """(n,) what may stand in several groups: clusters (within strata), else respondents of a panel; -1: in one only."""
    if survey.cluster is not None:
        return survey.units
    return survey.panel


@dataclass(frozen=True, eq=False)
class Shared:
    """Correlations of the groups of one run that share respondents or clusters, made when they are asked for.

    Parameters
    ----------
    task : Task
        Its statistic `near` the moments is used; under ``fiml``, which has no moments, its jackknife.
    groups : sequence of Group
        In the form that the missing rule of `task` needs.
    moments : Moments
        Of the groups, ``(G, p)``.
    value : (G, Q) array
        Estimates; a group without any has correlation 0 with the others.
    left_out : sequence of (C, Q) array or None
        The numbers of each group without each of its units, where the run has them; made here where it has not.
    moves : ReplicateMoves or None
        Of a run with given replicate weights, which say themselves how groups go together.
    """

    task: Task
    groups: Sequence[Group]
    moments: Moments
    value: Floats
    left_out: Sequence[Floats | None] = ()
    moves: ReplicateMoves | None = None

    def __call__(self, places: Ints | slice) -> Floats | None:
        """Correlations ``(K, G, G)`` of the sampling errors of some of the Q numbers; None where no unit is shared."""
        if self.moves is not None:
            return self.moves.correlations(places)
        if not go_together(self.task.survey, self.groups):
            return None
        return shared_correlations(self.task.survey, self.groups, self.parts(places))

    def parts(self, places: Ints | slice) -> list[Floats]:
        """(n, K) what each row of every group adds to some numbers, 0 where a group has no estimates."""
        if self.task.rule == "fiml":
            return [self._of_units(g, places) for g in range(len(self.groups))]

        def some(ends: tuple[int, int]) -> list[Floats]:
            none = np.isnan(self.value[slice(*ends)]).all()
            chains = [None] * (ends[1] - ends[0]) if none else self.task.near.chains(self.moments[slice(*ends)])
            return [self._of_rows(g, places, chain) for g, chain in zip(range(*ends), chains, strict=True)]

        with worker_pool() as pool:
            pieces = mapped(pool, some, chunks(len(self.groups), TOGETHER))
            return [part for piece in pieces for part in piece]

    def _of_rows(self, g: int, places: Ints | slice, chain: Chain | None) -> Floats:
        if np.isnan(self.value[g]).all():
            return np.zeros((len(self.groups[g].used), len(self.value[g][places])))
        return np.nan_to_num(row_influences(self.task, self.groups[g].rows, self.moments[g], places, chain))

    def _of_units(self, g: int, places: Ints | slice) -> Floats:
        """What each sampling unit adds, to first order, as the numbers without it say; on the first of its rows."""
        out = np.zeros((len(self.groups[g].used), len(self.value[g][places])))
        without = self._without_units[g]
        if without is not None:
            design = sampling_of(self.task.survey, self.groups[g])
            first = np.unique(design.unit, return_index=True)[1]
            out[first] = np.nan_to_num(_uncentred(pseudo_totals(without[:, places], design), design))
        return out

    @cached_property
    def _without_units(self) -> list[Floats | None]:
        known = self.left_out or [None] * len(self.groups)
        with worker_pool() as pool:
            return [self._left_out(g, pool) if some is None else some for g, some in enumerate(known)]

    def _left_out(self, g: int, pool: Executor | None) -> Floats | None:
        group = self.groups[g]
        design = sampling_of(self.task.survey, group)
        if np.isnan(self.value[g]).all() or design.units < 2:
            return None
        return jackknife(group.rows, design, self.task.rule, self.task.published, pool=pool).values


def shared_correlations(survey: Survey, groups: Sequence[Group], parts: Sequence[Floats]) -> Floats | None:
    """Correlations ``(M, G, G)`` of sums over the rows of groups; None where they are separate samples.

    Parameters
    ----------
    parts : sequence of (n_g, M) arrays
        What each used row of a group adds to M numbers.
    """
    units = shared_units(survey)
    if not go_together(survey, groups):
        return None
    if survey.raked_sample is not None:
        return raked_correlations(survey.raked_sample, groups, parts)
    if survey.whole_sample is not None:
        return domain_correlations(survey, survey.whole_sample, groups, parts)
    assert units is not None
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
    if survey.raked_sample is not None:
        return raked_totals(survey.raked_sample, groups, parts)
    if survey.whole_sample is not None:
        return domain_totals(survey.whole_sample, groups, parts, survey)
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


def _uncentred(totals: Floats, design: Sampling) -> Floats:
    """Centred totals of the units of a group, as totals of which those without rows have 0."""
    if design.copies is None:
        return totals
    number = int(design.unit.max()) + 1
    without = np.zeros((len(design.sizes), totals.shape[1]))
    without[design.stratum[number:]] = totals[number:]
    return np.asarray(totals[:number] - without[design.stratum[:number]])


def go_together(survey: Survey, groups: Sequence[Group]) -> bool:
    """Whether the errors of groups may be correlated: they share units, strata or raked weights."""
    if survey.raked_sample is not None or (survey.whole_sample is not None and survey.strata is not None):
        return len(groups) > 1
    units = shared_units(survey)
    return units is not None and overlapping(units, groups)


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
    return settled_correlation(np.asarray((totals @ totals.T).todense()))
