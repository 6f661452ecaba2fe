"""Linearised errors of a survey of sums: its respondents are gone through once more, piece by piece.

What each respondent adds to the published numbers is summed by stratum as it comes; no contribution is kept, so that
memory does not grow with the number of respondents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import Chain, Near, jacobian
from csimodels.infer.freedom import df_from
from csimodels.infer.influence import contributions_of_parts, influence_of
from csimodels.moments import FORM_OF_RULE, Moments, Rows, Sampling, SummedRows, Sums
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.sampling import LoneStrata, add_by_code, stratum_factors
from csimodels.study.groups import Group
from csimodels.survey.scale.summed_survey import SummedSurvey


@dataclass(frozen=True, eq=False)
class _Group:
    """One group: derivatives ``(D, Q)``, means of contributions and rows by stratum, and the powers that are summed."""

    moments: Moments
    whole: Sums
    slopes: Floats
    centre: Floats
    sizes: NDArray[np.intp]
    powers: Floats


def streamed_variance(
    survey: SummedSurvey,
    groups: Sequence[Group],
    moments: Moments,
    there: Bools,
    rule: str,
    near: Near,
    numbers: int,
) -> tuple[Floats, Floats]:
    """Variances of the published numbers and their degrees of freedom, both ``(G, Q)``; NaN where `there` is not.

    Parameters
    ----------
    survey : SummedSurvey
        Its parts are groups, or groups within strata; its respondents are the sampling units.
    groups, moments : the groups and their moments ``(G,)``.
    there : (G,) groups that have estimates.
    rule : missing rule.
    near : statistic, converged for differences, near given moments.
    numbers : how many numbers are published.
    """
    assert survey.stream is not None
    used = {g: _prepared(survey, groups[g], moments[g], rule, near) for g in np.flatnonzero(there).tolist()}
    group_of, stratum_of = _places(survey, groups)
    for x, weights, part in survey.stream():
        order = np.argsort(group_of[part], kind="stable")
        owner = group_of[part][order]
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        for g, at in zip(owner[first].tolist(), np.split(order, first[1:]), strict=True):
            if g in used:
                own = None if weights is None else weights[at]
                rows = Rows(survey.model.item_names, x[at], survey.shift, own, FORM_OF_RULE[rule])
                _add(used[g], rows, stratum_of[part[at]], rule)
    out = np.full((2, len(groups), numbers), np.nan)
    for g, done in used.items():
        out[:, g] = _variance(done, survey.model.data.design.lone_strata)
    return out[0], out[1]


def strata_of(survey: SummedSurvey, group: Group) -> Sampling:
    """The design of a group whose respondents are the units: strata with two units in place of many."""
    stratum, sizes = _strata(survey, group)
    units = np.repeat(np.arange(len(sizes)), np.minimum(sizes, 2))
    sampling = Sampling(stratum, units.astype(np.intp), np.zeros(len(sizes)))
    return sampling if survey.strata is None else sampling.settled(survey.model.data.design.lone_strata)


def _strata(survey: SummedSurvey, group: Group) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Stratum of each part of a group, numbered within it, and the respondents of each stratum."""
    own = _parts_of(group).n_rows
    if survey.strata is None:
        return np.zeros(len(own), dtype=np.intp), np.asarray([round(float(own.sum()))], dtype=np.intp)
    stratum = np.unique(survey.strata[group.members], return_inverse=True)[1].ravel().astype(np.intp)
    return stratum, np.rint(np.bincount(stratum, own)).astype(np.intp)


def _parts_of(group: Group) -> Sums:
    assert isinstance(group.rows, SummedRows)
    return group.rows.parts


def _places(survey: SummedSurvey, groups: Sequence[Group]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Group of each part, and its stratum within the group."""
    group_of, stratum_of = np.zeros(survey.n, dtype=np.intp), np.zeros(survey.n, dtype=np.intp)
    for g, group in enumerate(groups):
        group_of[group.members] = g
        stratum_of[group.members] = _strata(survey, group)[0]
    return group_of, stratum_of


def _prepared(survey: SummedSurvey, group: Group, moments: Moments, rule: str, near: Near) -> _Group:
    """Derivatives of a group, and the mean contribution of a respondent in each of its strata."""
    whole, own = group.rows.sums(), _parts_of(group)
    chain: Chain | None = near.chains(moments[None])[0]
    matrix = jacobian(near(moments), moments) if chain is None else chain.matrix
    slopes = np.ascontiguousarray(matrix.T)
    stratum, sizes = _strata(survey, group)
    centre = np.zeros((len(sizes), slopes.shape[1]))
    if len(sizes) > 1:
        np.add.at(centre, stratum, contributions_of_parts(own, moments, rule, whole) @ slopes)
        centre /= np.maximum(sizes, 1)[:, None]
        if survey.model.data.design.lone_strata == "adjust":
            centre[sizes < 2] = 0.0
    return _Group(moments, whole, slopes, centre, sizes, np.zeros((2, *centre.shape)))


def _add(group: _Group, rows: Rows, stratum: NDArray[np.intp], rule: str) -> None:
    """Second and fourth powers of what the rows of a piece add to the numbers, by stratum."""
    influence = influence_of(rows, group.moments, rule, group.whole)
    mine = stratum[rows.kept]
    for at in rows.blocks():
        values = influence.direct(at) @ group.slopes
        if len(group.sizes) > 1:
            values -= group.centre[mine[at]]
        np.multiply(values, values, out=values)
        add_by_code(group.powers[0], values, mine[at])
        np.multiply(values, values, out=values)
        add_by_code(group.powers[1], values, mine[at])


def _variance(group: _Group, lone: LoneStrata) -> tuple[Floats, Floats]:
    """Variance and degrees of freedom of simple random samples of respondents within strata."""
    sizes, (second, fourth) = group.sizes, group.powers
    certain = (sizes < 2) & (lone == "certainty")
    units = float(sizes.sum())
    df = df_from(second.sum(axis=0), fourth.sum(axis=0), units, units - len(sizes))
    return stratum_factors(sizes, certain.astype(np.float64), lone) @ second, df
