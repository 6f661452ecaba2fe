"""Robust errors of covariance structures where the rows stay: a pass over the respondents, or sums of clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import ML
from csimodels.estimate.ml.analysis import SCALING, chosen_errors
from csimodels.estimate.ml.discrepancy import ORDERED
from csimodels.estimate.ml.fiml.rows import ROW_BLOCK
from csimodels.estimate.ml.fiml.summed_holes import Power, SummedHoles
from csimodels.estimate.ml.fiml.summed_holes import power_of_clusters as power_of_cluster_scores
from csimodels.estimate.ml.fiml.summed_holes import power_of_rows as power_of_holed
from csimodels.estimate.ml.ordered import diagonal_weight
from csimodels.estimate.ml.summed_cases import SummedCases, power_of_clusters, power_of_rows
from csimodels.estimate.ml.summed_ordered import SummedOrdered, addends_of, power_of_ordered_clusters
from csimodels.estimate.ml.vcov import Errors
from csimodels.moments import Moments, Rows, SummedRows, Sums
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import mapped, worker_pool
from csimodels.study.groups import MIN_ROWS, Group
from csimodels.survey import Survey
from csimodels.survey.scale.refused import refuse_without_fourth_moments
from csimodels.survey.scale.summed_survey import Chunk, SummedSurvey

#: Answers ``(n, p)`` and weights ``(n,)`` of rows -> a square matrix that is a sum over them.
_OfRows = Callable[[Floats, Floats], Floats]


def summed_cases(
    survey: Survey, groups: Sequence[Group], moments: Moments, ml: ML, errors: Errors | None, rule: str
) -> Mapping[int, SummedCases | SummedOrdered | SummedHoles]:
    """What stands for the rows of each group whose errors are robust; nothing for a survey of rows.

    Parameters
    ----------
    moments : of the groups, ``(G,)``, under the missing `rule`.
    errors : those that the spec asks for.
    """
    if not isinstance(survey, SummedSurvey):
        return {}
    clustered = survey.cluster is not None
    robust = [
        g
        for g, group in enumerate(groups)
        if group.rows.n >= MIN_ROWS and chosen_errors(ml, rule, errors, group.rows.uneven, clustered) in SCALING
    ]
    if rule in ("em", "fiml"):
        return {g: SummedHoles.of_power(groups[g].rows.sums(), _of_holed(survey, groups[g])) for g in robust}
    if ml.discrepancy in ORDERED:
        return {g: ordered_of(survey, groups[g], moments[g], clustered=clustered) for g in robust}
    powers = _of_clusters(survey, groups, moments, robust) if clustered else _of_rows(survey, groups, moments, robust)
    return {g: SummedCases.of_sums(moments[g], power, float(groups[g].rows.sums().w)) for g, power in powers.items()}


def fourth_moments(survey: SummedSurvey, groups: Sequence[Group], rule: str) -> Floats:
    """(P, P) covariances of the variances and covariances of one group, times n; its respondents are gone through.

    Raises
    ------
    DataError
        Only sums are there.
    """
    refuse_without_fourth_moments(survey)
    moments = Moments.from_sums(Sums.stack([group.rows.sums() for group in groups], [g.key for g in groups]), rule)
    power = _of_rows(survey, groups, moments, [0])[0]
    cases = SummedCases.of_sums(moments[0], power, float(groups[0].rows.sums().w))
    return np.asarray(cases.gamma(means=False)[0])


#: Powers of ordered respondents by their group: the weights of ``dwls`` and its errors both ask for them.
_ORDERED: WeakKeyDictionary[Rows, Floats] = WeakKeyDictionary()


def ordered_of(survey: SummedSurvey, group: Group, moments: Moments, *, clustered: bool) -> SummedOrdered:
    """What stands for the complete rows of one group of ordered answers; respondents are gone through once.

    Parameters
    ----------
    moments : of the group, no batch axes.
    clustered : whether respondents of a cluster are added up before; their tables are all that it takes.
    """
    rows, sums = group.rows, group.rows.sums()
    assert isinstance(rows, SummedRows)
    if clustered:
        assert survey.units is not None
        power = power_of_ordered_clusters(rows.parts, survey.units[group.members], addends_of(sums))
        return SummedOrdered.of_sums(moments, sums, power)
    if rows not in _ORDERED:
        group_of = np.full(survey.n, -1, dtype=np.intp)
        group_of[group.members] = 0
        _ORDERED[rows] = _passed(survey, group_of, {0: addends_of(sums).power}, len(rows.items))[0]
    return SummedOrdered.of_sums(moments, sums, _ORDERED[rows])


def diagonal_weights(survey: SummedSurvey, group: Group, rule: str) -> Floats:
    """(P, P) weight matrix of ``dwls`` for one group."""
    moments = Moments.from_sums(group.rows.sums(), rule)
    return diagonal_weight(ordered_of(survey, group, moments, clustered=False))


def _of_clusters(
    survey: SummedSurvey, groups: Sequence[Group], moments: Moments, robust: Sequence[int]
) -> dict[int, Floats]:
    units, out = survey.units, {}
    assert units is not None
    for g in robust:
        rows = groups[g].rows
        assert isinstance(rows, SummedRows)
        out[g] = power_of_clusters(rows.parts, units[groups[g].members], moments.mean[g])
    return out


def _of_rows(
    survey: SummedSurvey, groups: Sequence[Group], moments: Moments, robust: Sequence[int]
) -> dict[int, Floats]:
    if not robust:
        return {}
    group_of = np.full(survey.n, -1, dtype=np.intp)
    for g in robust:
        group_of[groups[g].members] = g
    return _passed(survey, group_of, {g: _PowerAbout(moments.mean[g]) for g in robust}, moments.mean.shape[1])


def _passed(
    survey: SummedSurvey, group_of: NDArray[np.intp], power: Mapping[int, _OfRows], p: int
) -> dict[int, Floats]:
    """Powers of the complete respondents of each group; see :class:`_Pass`."""
    stream = survey.stream
    assert stream is not None
    return stream.reduced(_Pass(power, group_of, p, not stream.in_pieces), _added)


def _of_holed(survey: SummedSurvey, group: Group) -> Power:
    """What gives the products of scores of incomplete rows: sums of the clusters, else a pass over the rows."""
    if survey.cluster is not None:
        rows, units = group.rows, survey.units
        assert isinstance(rows, SummedRows) and units is not None
        return partial(power_of_cluster_scores, rows.parts, units[group.members])
    stream = survey.stream
    assert stream is not None
    member = np.zeros(survey.n, dtype=bool)
    member[group.members] = True
    return lambda mu, sigma: stream.reduced(_HoledPass(member, mu, sigma), _total)


@dataclass(frozen=True, eq=False)
class _HoledPass:
    """Products of the scores of one group's incomplete respondents; it travels to the workers of a cluster."""

    member: NDArray[np.bool_]
    mu: Floats
    sigma: Floats

    def __call__(self, chunks: Iterator[Chunk]) -> Floats:
        p = len(self.mu)
        out = np.zeros((p + p * (p + 1) // 2,) * 2)
        for x, weights, part in chunks:
            mine = np.flatnonzero(self.member[part])
            for start in range(0, len(mine), ROW_BLOCK):
                at = mine[start : start + ROW_BLOCK]
                own = np.ones(len(at)) if weights is None else weights[at]
                out += power_of_holed(x[at, :p], own, self.mu, self.sigma)
        return out


def _total(found: list[Floats]) -> Floats:
    return np.asarray(sum(found))


@dataclass(frozen=True, eq=False)
class _PowerAbout:
    """Power of rows with the answers ``(n, p)`` and weights ``(n,)``, their distances from the `mean` being taken."""

    mean: Floats

    def __call__(self, x: Floats, weights: Floats) -> Floats:
        some = (slice(start, start + ROW_BLOCK) for start in range(0, len(x), ROW_BLOCK))
        return power_of_rows(((x[at] - self.mean, weights[at]) for at in some), len(self.mean))


@dataclass(frozen=True, eq=False)
class _Pass:
    """Powers of the complete respondents of each group; it travels to the workers of a cluster.

    Attributes
    ----------
    power : by group, makes them of answers and weights.
    group_of : of each part, -1 where it is of none.
    p : items, the first answers of a respondent.
    threads : whether all processors work here; a cluster has workers of its own.
    """

    power: Mapping[int, _OfRows]
    group_of: NDArray[np.intp]
    p: int
    threads: bool

    def __call__(self, chunks: Iterator[Chunk]) -> dict[int, Floats]:
        """Those of all respondents, which are added in their order whatever the number of threads."""
        nothing = {g: power(np.empty((0, self.p)), np.empty(0)) for g, power in self.power.items()}
        with worker_pool(None if self.threads else 1) as pool:
            return _added(chain([nothing], mapped(pool, self._of_chunk, chunks)))

    def _of_chunk(self, chunk: Chunk) -> dict[int, Floats]:
        """Those of the groups that are there."""
        x, weights, part = chunk
        complete = ~np.isnan(x[:, : self.p]).any(axis=1)
        owner = np.where(complete, self.group_of[part], -1)
        out = {}
        for g in np.unique(owner[owner >= 0]).tolist():
            mine = owner == g
            own = np.ones(int(mine.sum())) if weights is None else weights[mine]
            out[g] = self.power[g](x[mine, : self.p], own)
        return out


def _added(found: Iterable[dict[int, Floats]]) -> dict[int, Floats]:
    total: dict[int, Floats] = {}
    for more in found:
        for g, power in more.items():
            total[g] = total[g] + power if g in total else power
    return total
