"""Robust errors of covariance structures where the rows stay: a pass over the respondents, or sums of clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import ML
from csimodels.estimate.ml.analysis import SCALING, chosen_errors
from csimodels.estimate.ml.fiml.rows import ROW_BLOCK
from csimodels.estimate.ml.fiml.summed_holes import Power, SummedHoles
from csimodels.estimate.ml.fiml.summed_holes import power_of_clusters as power_of_cluster_scores
from csimodels.estimate.ml.fiml.summed_holes import power_of_rows as power_of_holed
from csimodels.estimate.ml.summed_cases import SummedCases, power_of_clusters, power_of_rows
from csimodels.estimate.ml.vcov import Errors
from csimodels.moments import Moments, SummedRows, Sums
from csimodels.moments.linalg import Floats
from csimodels.study.groups import MIN_ROWS, Group
from csimodels.survey import Survey
from csimodels.survey.scale.refused import refuse_without_fourth_moments
from csimodels.survey.scale.summed_survey import Chunk, SummedSurvey


def summed_cases(
    survey: Survey, groups: Sequence[Group], moments: Moments, ml: ML, errors: Errors | None, rule: str
) -> Mapping[int, SummedCases | SummedHoles]:
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
    assert survey.stream is not None
    group_of = np.full(survey.n, -1, dtype=np.intp)
    for g in robust:
        group_of[groups[g].members] = g
    passed = _Pass(tuple(robust), group_of, moments.mean)
    return survey.stream.reduced(passed, _added)


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
class _Pass:
    """Powers of the complete respondents of each group; it travels to the workers of a cluster."""

    groups: tuple[int, ...]
    group_of: NDArray[np.intp]
    mean: Floats

    def __call__(self, chunks: Iterator[Chunk]) -> dict[int, Floats]:
        p = self.mean.shape[1]
        out = {g: power_of_rows((), p) for g in self.groups}
        for x, weights, part in chunks:
            complete = ~np.isnan(x[:, :p]).any(axis=1)
            owner = np.where(complete, self.group_of[part], -1)
            for g in np.unique(owner[owner >= 0]).tolist():
                mine = owner == g
                own = np.ones(int(mine.sum())) if weights is None else weights[mine]
                out[g] += power_of_rows([(x[mine, :p] - self.mean[g], own)], p)
        return out


def _added(found: list[dict[int, Floats]]) -> dict[int, Floats]:
    total = found[0]
    for more in found[1:]:
        total = {g: power + more[g] for g, power in total.items()}
    return total
