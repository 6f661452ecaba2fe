"""Simple indices beside the model's own: recommendation score, boxes, means, gaps (docs/desk.md).

Every one is a weighted sum over items of the mean of a respondent column, so it has the replicates of the index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.nps import CutPoints, net_column
from csimodels.desk.shares import bottom_levels, top_levels
from csimodels.errors import DataError, Problem
from csimodels.messages import Message, counted
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.measures import SHARE_KINDS
from csimodels.spec.model import Item, SimpleIndex
from csimodels.study.desk.part import Answers, DeskPart, Numbers, presence, ratio, state_of
from csimodels.study.extras import Extras
from csimodels.survey.recipes import Recipe, key_of

#: Kinds that give every level its own points.
BY_LEVEL = (*SHARE_KINDS, "weighted_mean")
#: Answers so near to a level are on it.
ROUNDING = 1e-9
_REMEDY = "take kind: mean, which counts every number, or put whole answers into the file"
#: Levels in a box where the spec names no number, and cut points of the recommendation score.
BOX = 2
CUTS = (6.0, 9.0)


@dataclass(frozen=True, eq=False)
class SimpleIndices(DeskPart):
    """Table ``indices``: group columns; ``name, kind``; ``value, se, low, high, n, status``."""

    indices: tuple[SimpleIndex, ...]
    answers: Answers
    name = "indices"

    def refuse_between(self) -> None:
        """Refuse answers between the levels of an index that counts levels: 7.5 of 1 to 10.

        Raises
        ------
        DataError
            All such items, with how many answers; recommendation scores have cut points and means any number.
        """
        problems = []
        for index in self.indices:
            for name in index.items if index.kind in BY_LEVEL else ():
                if self.answers.whole(name) and float(self.answers.item(name).scale[0]).is_integer():
                    continue
                item, (x, n) = self.answers.item(name), self.answers.distinct((name,))
                between = np.mod(x[:, 0] - item.scale[0], 1) > ROUNDING
                if between.any():
                    least = x[between, 0].min()
                    size = int(n[between].sum())
                    found = counted(size, "{n} answer, {value}", "{n} answers, such as {value}", value=f"{least:g}")
                    where = Message("indices, {index}, {item}", index=index.name, item=name)
                    low, high = (f"{end:g}" for end in item.scale)
                    allowed = Message("whole levels from {low} to {high}", low=low, high=high)
                    problems.append(Problem("answers stand between the levels", where, found, allowed, _REMEDY))
        if problems:
            raise DataError(problems)

    def extras(self) -> Extras:
        """Two columns for every item of every index: the value of the answer, and whether there is one."""
        recipes, names, owner, weight = [], [], [], []
        there: dict[int, tuple[int, ...]] = {}
        for k, index in enumerate(self.indices):
            for item, share in weights_of(index):
                recipes.append(_recipe(index, self.answers.item(item), self.answers))
                names += [f"{index.name} {item}", f"{index.name} {item} there"]
                there[k] = (*there.get(k, ()), len(names) - 1)
                owner.append(k)
                weight.append(share)
        place = np.asarray(owner)
        map_to = np.where(place[:, None] == np.arange(len(self.indices)), np.asarray(weight)[:, None], 0.0)

        def values(means: Floats, model: Floats) -> Floats:
            return np.asarray(ratio(means[..., ::2], means[..., 1::2]) @ map_to)

        numbers = tuple(index.name for index in self.indices)
        shares = tuple(k for k, index in enumerate(self.indices) if index.kind in SHARE_KINDS)
        scores = tuple(k for k, index in enumerate(self.indices) if index.kind == "nps")
        made = self.answers.columns(recipes)
        bases = tuple((k, there[k]) for k in (*shares, *scores))
        return Extras(tuple(names), made, numbers, values, percentages=shares, balances=scores, bases=bases)

    def counting(self) -> list[Recipe]:
        """Who the indices are of, where not everybody."""
        return [among_of(index) for index in self.indices if index.among]

    def compared(self) -> dict[str, int]:
        """Every index."""
        return {index.name: k for k, index in enumerate(self.indices)}

    def _sizes(self, numbers: Numbers) -> NDArray[np.int64]:
        """(G, k) respondents that each index is of."""
        every = numbers.n.astype(np.int64)
        return np.stack([self.answers.counted(among_of(i)) if i.among else every for i in self.indices], axis=1)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """One row for each index and group; ``n`` counts all respondents of the group that the index is of."""
        size = len(self.indices)
        frame = pd.DataFrame(numbers.labels(size))
        frame["name"] = [index.name for index in self.indices] * len(numbers.keys)
        frame["kind"] = [index.kind for index in self.indices] * len(numbers.keys)
        for column in ("value", "se", "low", "high"):
            frame[column] = getattr(numbers, column).ravel()
        frame["n"] = self._sizes(numbers).ravel()
        frame["status"] = state_of(numbers.value)
        return frame


def _recipe(index: SimpleIndex, item: Item, answers: Answers) -> Recipe:
    """The value of the answer to an item of an index, 0 where there is none, and whether there is one."""
    gap = index.kind == "gap"
    items = (item.name, *(index.items[1:] if gap else ()), *(name for name, _ in index.among))
    first = 2 if gap else 1

    def make(x: Floats) -> Floats:
        own = x[:, 0] - x[:, 1] if gap else x[:, 0]
        there, known = presence(np.where(within(index, x[:, first:]), own, np.nan))
        value = answer_points(index, item, np.where(known, own, item.scale[0]))
        return np.stack([np.where(known, value, 0.0), there], axis=1)

    meant = (index.levels, index.values, index.cuts, index.among)
    scales = tuple(answers.item(name).scale for name in items)
    return Recipe(key_of(index.kind, items, scales, *meant), items, 2, make)


def within(index: SimpleIndex, x: Floats) -> Bools:
    """(n,) who gave the answers ``x (n, k)`` that an index is restricted to."""
    base = np.ones(len(x), dtype=bool)
    for own, (_, answers_counted) in zip(x.T, index.among, strict=True):
        base &= np.isin(own, answers_counted)
    return base


def among_of(index: SimpleIndex) -> Recipe:
    """1 for respondents that an index is of."""
    items = tuple(name for name, _ in index.among)
    return Recipe(key_of("among", index.among), items, 1, lambda x: within(index, x)[:, None].astype(np.float64))


def weights_of(index: SimpleIndex) -> list[tuple[str, float]]:
    """Items of an index with their shares, which sum to 1; a gap is one column of pairs."""
    if index.kind == "gap":
        return [(index.items[0], 1.0)]
    stated = dict(index.weights) or dict.fromkeys(index.items, 1.0)
    total = sum(stated.get(item, 0.0) for item in index.items)
    return [(item, stated.get(item, 0.0) / total) for item in index.items]


def answer_points(index: SimpleIndex, item: Item, x: Floats) -> Floats:
    """(n,) what each answer counts, in points."""
    low, high = item.scale
    if index.kind == "nps":
        cuts = index.cuts or CUTS
        return net_column(x, CutPoints(cuts[0], cuts[1]))
    if index.kind in SHARE_KINDS:
        return 100 * np.isin(x, _counted(index, low, high)).astype(np.float64)
    if index.kind == "mean":
        return np.asarray(100 * (x - low) / (high - low))
    if index.kind == "ten_point":
        return 10 * x
    if index.kind == "gap":
        return np.asarray(100 * x / (high - low))
    values = np.asarray(index.values or np.linspace(0, 100, int(high - low) + 1))
    return np.asarray(values[np.rint(x - low).astype(np.intp)])  # whole levels: see SimpleIndices.refuse_between


def _counted(index: SimpleIndex, low: float, high: float) -> tuple[float, ...]:
    levels = [float(level) for level in np.arange(low, high + 1)]
    if index.kind == "share":
        return index.levels
    size = int(index.levels[0]) if index.levels else BOX
    return top_levels(levels, size) if index.kind == "top_box" else bottom_levels(levels, size)
