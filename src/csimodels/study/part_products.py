"""Variances of many numbers of many groups from one pass over the respondents, whatever the derivatives are.

What a respondent adds to the moments of a group is linear in what it adds to the sums of its part: its weight, its
weighted answers and their products (:func:`~csimodels.infer.influence.contributions_of_parts`).  So the sums over the
respondents of a part of all products of two of these give the variance of every number, as a quadratic form in its
derivatives: of a group, and of all groups together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from csimodels.infer.chain import Chain
from csimodels.infer.influence import contributions_of_parts
from csimodels.moments import FORM_OF_RULE, Moments, Rows, Sums
from csimodels.moments.linalg import Bools, Floats, upper_triangle
from csimodels.moments.pool import mapped, worker_pool
from csimodels.moments.sums import Pairwise
from csimodels.study.group_errors import Task
from csimodels.survey.scale.many_rows import MANY_ROWS
from csimodels.survey.scale.summed_survey import Chunk, Respondents, SummedSurvey

#: Respondents of a part, on average, from which on products of all of them take less time than all numbers of each.
LARGE = 16_384
#: Respondents in all: with fewer, which an engine in memory takes as well, degrees of freedom are those of everybody.
LEAST = MANY_ROWS
#: Most memory that the products of all parts may take.
PRODUCTS_BYTES = 2**28
#: Rows that are multiplied at once.
_AT_ONCE = 1024
#: Rules under which contributions are linear in what a respondent adds to the sums.
_LINEAR = ("listwise", "mean", "pairwise")


@dataclass(frozen=True, eq=False)
class Addends:
    """What a respondent adds to the sums of its part, a line each: its weight, times its answers, times their products,
    and for items with holes times whether these are answered, alone, with each other and with the answers.

    Attributes
    ----------
    items : (p,) names.
    holed : (p,) items that somebody did not answer.
    """

    items: tuple[str, ...]
    holed: Bools

    @property
    def _flags(self) -> tuple[list[int], list[tuple[int, int]], list[tuple[int, int]]]:
        """Items with holes, pairs of them, and answers with the flag of another item."""
        holes = np.flatnonzero(self.holed).tolist()
        return holes, list(combinations(holes, 2)), [(j, h) for h in holes for j in range(len(self.items)) if j != h]

    @property
    def size(self) -> int:
        """Number of lines."""
        p = len(self.items)
        return 1 + p + p * (p + 1) // 2 + sum(len(lines) for lines in self._flags)

    def of(self, rows: Rows, at: slice) -> Floats:
        """(size, b) lines of some of the rows that count."""
        z, present = rows.block(at)
        p = len(self.items)
        lines = np.empty((self.size, len(z)))
        lines[0], lines[1 : 1 + p] = 1.0, z.T
        answers, first = lines[1 : 1 + p], 1 + p
        for j in range(p):
            np.multiply(answers[j], answers[j:], out=lines[first : first + p - j])
            first += p - j
        holes, both, beside = self._flags
        flags = present.T
        for h in holes:
            lines[first] = flags[h]
            first += 1
        for one, two in [*((flags[h], flags[k]) for h, k in both), *((answers[j], flags[h]) for j, h in beside)]:
            np.multiply(one, two, out=lines[first])
            first += 1
        lines *= rows.a[at]
        return lines

    def sums(self, whole: Sums) -> Sums:
        """``(size,)`` sums of parts each of which has one line of 1 and no other; items, shift and form of `whole`."""
        p, size, full = len(self.items), self.size, ~self.holed
        w, wx, wxx = np.zeros(size), np.zeros((size, p)), np.zeros((size, p, p))
        there, crossed = np.zeros((size, p, p)), np.zeros((size, p, p))
        j, (rows, cols) = np.arange(p), upper_triangle(p)
        w[0], wx[1 + j, j] = 1.0, 1.0
        pairs = 1 + p + np.arange(len(rows))
        wxx[pairs, rows, cols] = wxx[pairs, cols, rows] = 1.0
        there[0] = np.outer(full, full)
        crossed[1 + j, j] = full
        crossed[1 + j, j, j] = 1.0
        holes, both, beside = self._flags
        k = 1 + p + len(rows)
        for h in holes:
            there[k, h, full] = there[k, full, h] = there[k, h, h] = 1.0
            k += 1
        for g, h in both:
            there[k, g, h] = there[k, h, g] = 1.0
            k += 1
        for i, h in beside:
            crossed[k, i, h] = 1.0
            k += 1
        masked = Pairwise(there, crossed) if holes else None
        return Sums(self.items, whole.shift, w, w, w, wx, wxx, whole.form, masked)


@dataclass(frozen=True, eq=False)
class PartProducts:
    """Sums over the respondents of each part of products of two of their addends, ``sums (K, size, size)``."""

    addends: Addends
    sums: Floats

    def variance(
        self,
        slopes: Chain,
        of_group: tuple[Moments, Sums, str],
        parts: tuple[NDArray[np.intp], NDArray[np.intp]],
        strata: tuple[Floats, Floats, NDArray[np.intp]],
    ) -> Floats:
        """(Q,) variances of the numbers of a group; NaN of those that are not there.

        Parameters
        ----------
        of_group : its moments, the sums they were formed from, and the missing rule.
        parts : the parts of the group, and the stratum of each.
        strata : mean contribution ``(H, D)`` that is taken off in each, what the square of a distance counts ``(H,)``,
            and respondents ``(H,)``.
        """
        moments, whole, rule = of_group
        (members, stratum), (centre, factors, sizes) = parts, strata
        worth, weights = slopes.applied(), factors[stratum]
        products = np.zeros(self.sums.shape[1:])
        for k, weight in zip(members.tolist(), weights.tolist(), strict=True):
            products += weight * self.sums[k]
        by_lines = worth(contributions_of_parts(self.addends.sums(whole), moments, rule, whole)).T
        variance = ((by_lines @ products) * by_lines).sum(axis=1)
        if len(sizes) > 1:
            variance -= worth(centre).T ** 2 @ (factors * sizes)
        return np.asarray(variance)


#: Of respondents that are gone through for several partitions of the same parts.
_KEPT: WeakKeyDictionary[Respondents, tuple[str, PartProducts]] = WeakKeyDictionary()


def part_products(task: Task) -> PartProducts | None:
    """The products of the parts of a survey; None where they do not save time or do not fit.

    Those of all respondents together are kept for the groups, which are asked for next and have the same parts.
    """
    survey, rule = task.survey, task.rule
    assert isinstance(survey, SummedSurvey) and survey.stream is not None
    if rule not in _LINEAR or task.desk is not None or survey.stream.in_pieces:
        return None
    if survey.respondents < max(LEAST, LARGE * survey.n):
        return None
    items, form = survey.parts.sums.items, FORM_OF_RULE[rule]
    holed: Bools = np.asarray(survey.missing)[: len(items)] > (0 if form == "pairwise" else survey.respondents)
    addends = Addends(items, holed)
    if survey.n * addends.size**2 * 8 > PRODUCTS_BYTES:
        return None
    known = _KEPT.pop(survey.stream, None)
    if known is None or known[0] != form or len(known[1].sums) != survey.n:
        known = form, PartProducts(addends, _summed(survey, addends, form))
    if not survey.by and survey.n > (1 if survey.strata is None else len(survey.strata_names)):
        _KEPT[survey.stream] = known
    return known[1]


def _summed(survey: SummedSurvey, addends: Addends, form: str) -> Floats:
    """(K, size, size) products of all parts: those of a part are added in the order of its respondents."""
    total = np.zeros((survey.n, addends.size, addends.size))
    p, shift = len(addends.items), survey.shift

    def one(rows: Rows, part: int) -> None:
        for at in rows.blocks(_AT_ONCE):
            lines = addends.of(rows, at)
            total[part] += lines @ lines.T

    def passed(chunks: Iterator[Chunk]) -> None:
        with worker_pool() as pool:
            for x, weights, part in chunks:
                order = np.argsort(part, kind="stable")
                first = np.flatnonzero(np.diff(part[order], prepend=-1)).tolist()
                runs = [order[start:end] for start, end in pairwise([*first, len(order)])]

                def of_run(run: NDArray[np.intp], chunk: Chunk = (x[:, :p], weights, part)) -> None:
                    x, weights, part = chunk
                    own = None if weights is None else weights[run]
                    one(Rows(addends.items, x[run], shift[:p], own, form), int(part[run[0]]))

                list(mapped(pool, of_run, runs))

    assert survey.stream is not None
    survey.stream.reduced(passed, lambda _: None)
    return total
