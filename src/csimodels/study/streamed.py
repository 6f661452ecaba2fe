"""Linearised errors of a survey of sums: its respondents are gone through once more, piece by piece.

Powers of what each respondent adds to the published numbers are summed as it comes; no contribution is kept, so that
memory does not grow with the number of respondents.  Where parts are large, variances come from the sums of
:mod:`~csimodels.study.part_products` instead, and the degrees of freedom, which need fourth powers, from some of the
respondents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from csimodels.infer import slopes_at
from csimodels.infer.chain import Chain, DeskChain
from csimodels.infer.em_influence import transform_of
from csimodels.infer.freedom import df_from
from csimodels.infer.influence import influence_of
from csimodels.infer.linearised import block_rows
from csimodels.infer.powers import PowerSums, power_sums
from csimodels.moments import FORM_OF_RULE, Moments, Rows, Sampling, SummedRows, Sums, chunks
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.pool import mapped, worker_pool
from csimodels.moments.sampling import add_by_code, stratum_factors
from csimodels.study.group_errors import TOGETHER, Task
from csimodels.study.groups import Group
from csimodels.study.part_products import PartProducts, part_products
from csimodels.survey.scale.summed_survey import Chunk, SummedSurvey

#: Respondents of a group by whom its degrees of freedom are found, about, where variances need nobody's powers.
SAMPLE = 8_192


@dataclass(frozen=True, eq=False)
class _Summed:
    """Sums of powers of what some respondents add to the numbers of a group (see
    :class:`~csimodels.infer.powers.PowerSums`), and how many they are."""

    powers: Floats
    rows: int

    def __add__(self, other: _Summed) -> _Summed:
        return _Summed(self.powers + other.powers, self.rows + other.rows)


#: Of each group.
Powers = dict[int, _Summed]


@dataclass(frozen=True, eq=False)
class _Group:
    """One group: how powers of contributions are summed, extra columns, and by stratum the mean contribution, what a
    squared deviation counts, and the number of respondents; variances, where these are known already."""

    moments: Moments
    whole: Sums
    items: tuple[str, ...]
    powers: PowerSums
    of_answers: Callable[[Floats], Floats] | None
    extra_names: tuple[str, ...]
    centre: Floats
    factors: Floats
    sizes: NDArray[np.intp]
    variance: Floats | None

    @property
    def share(self) -> float:
        """Of the respondents, who are gone through."""
        return 1.0 if self.variance is None else min(1.0, SAMPLE / float(self.sizes.sum()))


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
    used = _all_prepared(task, survey, groups, moments, np.flatnonzero(there), numbers)
    threads = not survey.stream.in_pieces
    passed = _Pass(used, *_places(survey, groups), survey.shift, rule, numbers, threads)
    powers = survey.stream.reduced(passed, _added)
    out = np.full((2, len(groups), numbers), np.nan)
    for g, done in used.items():
        variance, second, fourth = done.powers.spread(powers[g].powers)
        units = float(done.sizes.sum())
        times = units / powers[g].rows
        df = df_from(second * times, fourth * times, units, units - len(done.sizes))
        out[:, g] = variance if done.variance is None else done.variance, df
    return out[0], out[1]


@dataclass(frozen=True, eq=False)
class _Pass:
    """What is made of respondents who are gone through; it travels to the workers of a cluster.

    Attributes
    ----------
    threads : whether all processors work here; a cluster has workers of its own.
    """

    groups: dict[int, _Group]
    group_of: NDArray[np.intp]
    stratum_of: NDArray[np.intp]
    shift: Floats
    rule: str
    numbers: int
    threads: bool

    def __call__(self, chunks: Iterator[Chunk]) -> Powers:
        """Powers of all respondents, who are added in their order whatever the number of threads."""
        with worker_pool(None if self.threads else 1) as pool:
            return _added(mapped(pool, self._of_chunk, enumerate(chunks)))

    def _of_chunk(self, numbered: tuple[int, Chunk]) -> Powers:
        number, (x, weights, part) = numbered
        order = np.argsort(self.group_of[part], kind="stable")
        if (self.shares < 1).any():
            order = order[_drawn(number, len(part))[order] < self.shares[self.group_of[part[order]]]]
        x, part = x[order], part[order]
        weights = None if weights is None else weights[order]
        owner = self.group_of[part]
        first = np.flatnonzero(np.diff(owner, prepend=-1)).tolist()
        powers: Powers = {}
        for start, end in pairwise([*first, len(owner)]):
            at, g = slice(start, end), int(owner[start])
            if g in self.groups:
                rows = self._rows(self.groups[g], x[at], None if weights is None else weights[at])
                powers[g] = self._of_rows(self.groups[g], rows, self.stratum_of[part[at]])
        return powers

    @cached_property
    def shares(self) -> Floats:
        """(G,) of the respondents of each group, who are gone through."""
        out = np.ones(int(self.group_of.max()) + 1)
        for g, group in self.groups.items():
            out[g] = group.share
        return out

    def _rows(self, group: _Group, x: Floats, weights: Floats | None) -> Rows:
        """Respondents of a group, with the extra columns that it has."""
        p = len(group.items)
        extra = None if group.of_answers is None else group.of_answers(x)
        form, levels = FORM_OF_RULE[self.rule], () if group.whole.tables is None else group.whole.tables.levels
        return Rows(group.items, x[:, :p], self.shift[:p], weights, form, extra, group.extra_names, levels)

    def _of_rows(self, group: _Group, rows: Rows, stratum: NDArray[np.intp]) -> _Summed:
        """Powers of what the rows of a group add to its numbers."""
        influence = influence_of(rows, group.moments, self.rule, group.whole)
        mine = stratum[rows.kept]
        powers: Floats = np.zeros(())
        for at in rows.blocks(block_rows(influence.size, self.numbers)):
            contributions = influence.direct(at)
            if len(group.sizes) > 1:
                contributions -= group.centre[mine[at]]
            powers = powers + group.powers.of_block(contributions, group.factors[mine[at]], None)
        return _Summed(powers, len(mine))


def _drawn(number: int, rows: int) -> Floats:
    """(rows,) numbers from 0 to 1 of the rows of a chunk, which hang on their places alone.

    A multiplicative hash (Knuth 1998, section 6.4) of each place, mixed twice.
    """
    place = np.arange(rows, dtype=np.uint64) + np.uint64(number) * np.uint64(2**32)
    for factor in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F):
        place = (place ^ (place >> np.uint64(32))) * np.uint64(factor)
    return np.asarray((place >> np.uint64(11)) * 2.0**-53)


def _added(found: Iterable[Powers]) -> Powers:
    """Powers of parts of the respondents as those of all."""
    total: Powers = {}
    for more in found:
        for g, powers in more.items():
            total[g] = total[g] + powers if g in total else powers
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


def _all_prepared(
    task: Task,
    survey: SummedSurvey,
    groups: Sequence[Group],
    moments: Moments,
    those: NDArray[np.intp],
    numbers: int,
) -> dict[int, _Group]:
    """Those groups by number; derivatives of some are made at once."""
    made: dict[int, _Group] = {}
    products = part_products(task)
    for start, stop in chunks(len(those), TOGETHER):
        some = those[start:stop]
        chains = task.near.all_chains(moments[some], task.desk)
        for g, chain in zip(some.tolist(), chains, strict=True):
            made[g] = _prepared(task, survey, groups[g], (moments[g], chain, products), numbers)
    return made


def _prepared(
    task: Task,
    survey: SummedSurvey,
    group: Group,
    at: tuple[Moments, Chain | DeskChain | None, PartProducts | None],
    numbers: int,
) -> _Group:
    """Derivatives of a group, and the mean contribution of a respondent in each of its strata.

    Parameters
    ----------
    at : its moments, the chain of derivatives there, and the products of all parts.
    """
    moments, chain, products = at
    stratum, sizes = _strata(survey, group)
    rows, lone, units = group.rows, survey.model.data.design.lone_strata, int(sizes.sum())
    slopes = slopes_at(task.near, moments, chain, task.rule, units, numbers, task.desk)
    powers = power_sums(slopes, transform_of(rows, moments, task.rule), units)
    assert isinstance(rows, SummedRows)
    whole = rows.sums()
    influence = influence_of(rows, moments, task.rule, whole)
    centre = np.zeros((len(sizes), influence.size))
    if len(sizes) > 1:
        add_by_code(centre, influence.direct(slice(None)), stratum)
        centre /= np.maximum(sizes, 1)[:, None]
        if lone == "adjust":
            centre[sizes < 2] = 0.0
    certain = (sizes < 2) & (lone == "certainty")
    factors = stratum_factors(sizes, certain.astype(np.float64), lone)
    variance = None
    if products is not None and isinstance(slopes, Chain):
        parts, strata = (group.members, stratum), (centre, factors, sizes)
        variance = products.variance(slopes, (moments, whole, task.rule), parts, strata)
    items = rows.items
    return _Group(moments, whole, items, powers, rows.of_answers, rows.extra_names, centre, factors, sizes, variance)
