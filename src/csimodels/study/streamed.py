"""Linearised errors of a survey of sums: its respondents are gone through once more, piece by piece.

What each respondent adds to the published numbers is summed by stratum as it comes; no contribution is kept, so that
memory does not grow with the number of respondents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import slopes_at
from csimodels.infer.directions import Worth
from csimodels.infer.em_influence import transform_of
from csimodels.infer.freedom import df_from
from csimodels.infer.influence import influence_of
from csimodels.infer.linearised import applied
from csimodels.moments import FORM_OF_RULE, Moments, Rows, Sampling, SummedRows, Sums
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.sampling import LoneStrata, add_by_code, stratum_factors
from csimodels.study.group_errors import Task
from csimodels.study.groups import Group
from csimodels.survey.scale.summed_survey import Chunk, SummedSurvey


@dataclass(frozen=True, eq=False)
class _Group:
    """One group: what contributions are worth ``(Q,)``, extra columns, means and rows by stratum."""

    moments: Moments
    whole: Sums
    items: tuple[str, ...]
    worth: Worth
    of_answers: Callable[[Floats], Floats] | None
    extra_names: tuple[str, ...]
    centre: Floats
    sizes: NDArray[np.intp]


def streamed_variance(
    task: Task, groups: Sequence[Group], moments: Moments, there: Bools, numbers: int
) -> tuple[Floats, Floats]:
    """Variances of the published numbers and their degrees of freedom, both ``(G, Q)``; NaN where `there` is not.

    Parameters
    ----------
    task : Task
        Of a survey of sums whose parts are groups, or groups within strata; its respondents are the sampling units.
    groups, moments : the groups and their moments ``(G,)``.
    there : (G,) groups that have estimates.
    numbers : how many numbers are published.
    """
    survey, rule = task.survey, task.rule
    assert isinstance(survey, SummedSurvey) and survey.stream is not None
    used = {g: _prepared(task, survey, groups[g], moments[g], numbers) for g in np.flatnonzero(there).tolist()}
    passed = _Pass(used, *_places(survey, groups), survey.shift, rule)
    powers = survey.stream.reduced(passed, _added)
    out = np.full((2, len(groups), numbers), np.nan)
    for g, done in used.items():
        out[:, g] = _variance(done.sizes, powers[g], survey.model.data.design.lone_strata)
    return out[0], out[1]


@dataclass(frozen=True, eq=False)
class _Pass:
    """What is made of respondents who are gone through; it travels to the workers of a cluster."""

    groups: dict[int, _Group]
    group_of: NDArray[np.intp]
    stratum_of: NDArray[np.intp]
    shift: Floats
    rule: str

    def __call__(self, chunks: Iterator[Chunk]) -> dict[int, Floats]:
        """Second and fourth powers ``(2, H, Q)`` of what respondents add to the numbers of each group, by stratum."""
        powers = {g: np.zeros((2, *group.centre.shape)) for g, group in self.groups.items()}
        for x, weights, part in chunks:
            order = np.argsort(self.group_of[part], kind="stable")
            owner = self.group_of[part][order]
            first = np.flatnonzero(np.diff(owner, prepend=-1))
            for g, at in zip(owner[first].tolist(), np.split(order, first)[1:], strict=True):
                if g in powers:
                    rows = self._rows(self.groups[g], x[at], None if weights is None else weights[at])
                    _add(powers[g], self.groups[g], rows, self.stratum_of[part[at]], self.rule)
        return powers

    def _rows(self, group: _Group, x: Floats, weights: Floats | None) -> Rows:
        """Respondents of a group, with the extra columns that it has."""
        p = len(group.items)
        extra = None if group.of_answers is None else group.of_answers(x)
        return Rows(group.items, x[:, :p], self.shift[:p], weights, FORM_OF_RULE[self.rule], extra, group.extra_names)


def _added(found: list[dict[int, Floats]]) -> dict[int, Floats]:
    """Powers of parts of the respondents as those of all."""
    total = found[0]
    for more in found[1:]:
        total = {g: powers + more[g] for g, powers in total.items()}
    return total


def strata_of(survey: SummedSurvey, group: Group) -> Sampling:
    """The design of a group whose respondents are the units: strata with two units in place of many."""
    stratum, sizes = _strata(survey, group)
    units = np.repeat(np.arange(len(sizes)), np.minimum(sizes, 2))
    sampling = Sampling(stratum, units.astype(np.intp), np.zeros(len(sizes)))
    return sampling if survey.strata is None else sampling.settled(survey.model.data.design.lone_strata)


def respondents_df(survey: SummedSurvey, group: Group) -> int:
    """Degrees of freedom where respondents are the units: their number less that of the strata."""
    sizes = _strata(survey, group)[1]
    return int(sizes.sum()) - len(sizes)


def _strata(survey: SummedSurvey, group: Group) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Stratum of each part of a group, numbered within it, and the respondents of each stratum.

    With extra columns all respondents are units, those included that the missing rule leaves out.
    """
    assert isinstance(group.rows, SummedRows)
    own = group.rows.parts.n_rows if group.rows.beside is None else group.rows.beside.n
    if survey.strata is None:
        return np.zeros(len(own), dtype=np.intp), np.asarray([round(float(own.sum()))], dtype=np.intp)
    stratum = np.unique(survey.strata[group.members], return_inverse=True)[1].ravel().astype(np.intp)
    return stratum, np.rint(np.bincount(stratum, own)).astype(np.intp)


def _places(survey: SummedSurvey, groups: Sequence[Group]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Group of each part, and its stratum within the group."""
    group_of, stratum_of = np.zeros(survey.n, dtype=np.intp), np.zeros(survey.n, dtype=np.intp)
    for g, group in enumerate(groups):
        group_of[group.members] = g
        stratum_of[group.members] = _strata(survey, group)[0]
    return group_of, stratum_of


def _prepared(task: Task, survey: SummedSurvey, group: Group, moments: Moments, numbers: int) -> _Group:
    """Derivatives of a group, and the mean contribution of a respondent in each of its strata."""
    chain = task.near.all_chains(moments[None], task.desk)[0]
    stratum, sizes = _strata(survey, group)
    slopes = slopes_at(task.near, moments, chain, task.rule, int(sizes.sum()), numbers, task.desk)
    worth = applied(slopes, transform_of(group.rows, moments, task.rule))
    centre = np.zeros((len(sizes), numbers))
    if len(sizes) > 1:
        np.add.at(
            centre, stratum, worth(influence_of(group.rows, moments, task.rule, group.rows.sums()).direct(slice(None)))
        )
        centre /= np.maximum(sizes, 1)[:, None]
        if survey.model.data.design.lone_strata == "adjust":
            centre[sizes < 2] = 0.0
    rows = group.rows
    assert isinstance(rows, SummedRows)
    return _Group(moments, rows.sums(), rows.items, worth, rows.of_answers, rows.extra_names, centre, sizes)


def _add(powers: Floats, group: _Group, rows: Rows, stratum: NDArray[np.intp], rule: str) -> None:
    """Second and fourth powers of what the rows of a piece add to the numbers, by stratum."""
    influence = influence_of(rows, group.moments, rule, group.whole)
    mine = stratum[rows.kept]
    for at in rows.blocks():
        values = group.worth(influence.direct(at))
        if len(group.sizes) > 1:
            values -= group.centre[mine[at]]
        np.multiply(values, values, out=values)
        add_by_code(powers[0], values, mine[at])
        np.multiply(values, values, out=values)
        add_by_code(powers[1], values, mine[at])


def _variance(sizes: NDArray[np.intp], powers: Floats, lone: LoneStrata) -> tuple[Floats, Floats]:
    """Variance and degrees of freedom of simple random samples of respondents within strata."""
    second, fourth = powers
    certain = (sizes < 2) & (lone == "certainty")
    units = float(sizes.sum())
    df = df_from(second.sum(axis=0), fourth.sum(axis=0), units, units - len(sizes))
    return stratum_factors(sizes, certain.astype(np.float64), lone) @ second, df
