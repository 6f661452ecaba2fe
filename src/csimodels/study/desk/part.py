"""A part of the desk: row columns that join the sums, the numbers made of them, and the table that shows these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments import Key
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec import Model
from csimodels.spec.model import Item
from csimodels.study.extra_estimates import ExtraEstimates
from csimodels.study.extras import Extras
from csimodels.survey import Survey
from csimodels.survey.recipes import Recipe
from csimodels.survey.scale.cross_tables import Everyone
from csimodels.survey.scale.summed_survey import SummedSurvey


@dataclass(frozen=True, eq=False)
class Answers:
    """All answers that are read, ``x (n, k)``, with their items, and why one is missing (``Survey.reasons``).

    Of a survey of sums there are no answers, and ``summed`` gives the sums of what is made of them.
    """

    items: tuple[Item, ...]
    x: Floats
    group: NDArray[np.intp]
    groups: int
    weighted: bool
    reasons: NDArray[np.int8] | None = None
    summed: SummedSurvey | None = None

    @classmethod
    def of(cls, survey: Survey) -> Answers:
        """Answers to the items of the model, then to those beside it."""
        beside = survey.beside
        x = survey.x if beside is None or not beside.shape[1] else np.hstack([survey.x, beside])
        summed = survey if isinstance(survey, SummedSurvey) else None
        weighted = survey.weights is not None if summed is None else summed.weighted
        return cls(survey.model.asked, x, survey.group, len(survey.group_keys), weighted, survey.reasons, summed)

    def place(self, name: str) -> int:
        """Where an item stands."""
        return next(k for k, item in enumerate(self.items) if item.name == name)

    def item(self, name: str) -> Item:
        """An item."""
        return self.items[self.place(name)]

    def column(self, name: str) -> tuple[Item, Floats]:
        """An item and the answers to it ``(n,)``, NaN where missing."""
        place = self.place(name)
        return self.items[place], self.x[:, place]

    def to(self, names: Sequence[str], rows: NDArray[np.intp] | slice = slice(None)) -> Floats:
        """(n, k) answers to some items, NaN where missing."""
        return self.x[rows][:, [self.place(name) for name in names]]

    def columns(self, recipes: Sequence[Recipe]) -> Made:
        """The columns of some recipes, one after the other."""
        return Made(self, tuple(recipes))

    def counted(self, recipe: Recipe) -> NDArray[np.int64]:
        """(G,) respondents of every group for whom the one column of a recipe is 1."""
        if self.summed is None:
            found = np.bincount(self.group, recipe.make(self.to(recipe.items))[:, 0], minlength=self.groups)
        else:
            found = np.bincount(self.group, self.summed.tables.counted(recipe), minlength=self.groups)
        return np.rint(found).astype(np.int64)

    def distinct(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Sets of answers ``(m, k)`` to some items, and how many respondents gave each ``(m,)``."""
        if self.summed is None:
            return self.to(names), np.ones(len(self.x))
        return self.summed.tables.distinct(tuple(names))

    def whole(self, name: str) -> bool:
        """Whether all answers to an item are whole numbers."""
        if self.summed is not None:
            return bool(self.summed.whole_answers[self.place(name)])
        x = self.column(name)[1]
        return bool((np.isnan(x) | (x == np.rint(x))).all())


@dataclass(frozen=True, eq=False)
class Noted(Answers):
    """No answers, but a note of what is asked of them: ``sets`` of items whose answers are looked at together."""

    sets: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of_model(cls, model: Model) -> Noted:
        """For the items of a model."""
        return cls(model.asked, np.empty((0, len(model.asked))), np.empty(0, dtype=np.intp), 1, False)

    def distinct(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """The ends of the scales, in the place of answers."""
        self.sets.append(tuple(names))
        ends = [self.item(name).scale for name in names]
        return np.asarray(ends, dtype=np.float64).T.reshape(2, len(names)), np.ones(2)


@dataclass(frozen=True, eq=False)
class Made:
    """Columns that recipes make of the answers, when rows are asked for."""

    answers: Answers
    recipes: tuple[Recipe, ...]

    def __getitem__(self, rows: NDArray[np.intp], /) -> Floats:
        """(n, e) columns of some respondents."""
        return self._on_answers(np.take(self.answers.x, rows, axis=0))

    def on_answers(self) -> Callable[[Floats], Floats]:
        """What makes the columns ``(n, e)`` of respondents from their answers ``(n, k)`` to all items."""
        return self._on_answers

    @cached_property
    def _on_answers(self) -> Callable[[Floats], Floats]:
        steps = [([self.answers.place(name) for name in recipe.items], recipe.make) for recipe in self.recipes]

        def made(x: Floats) -> Floats:
            return np.concatenate([np.empty((len(x), 0)), *(make(x[:, at]) for at, make in steps)], axis=1)

        return made

    def of_parts(self) -> tuple[Everyone, Floats]:
        """All respondents of every part of a survey of sums, and the weighted sums of the columns ``(K, e)``."""
        assert self.answers.summed is not None
        tables = self.answers.summed.tables
        sums = [tables.weighted(recipe) for recipe in self.recipes]
        every = tables.everyone
        return every, np.concatenate(sums, axis=1) if sums else np.empty((len(every.n), 0))


@dataclass(frozen=True, eq=False)
class Numbers:
    """Numbers of one part for ``G`` groups, each ``(G, Q)``; ``n``, ``n_eff`` and ``w (G,)``, the sum of the weights,
    are of all respondents."""

    by: tuple[str, ...]
    keys: tuple[Key, ...]
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    df: Floats
    n: Floats
    n_eff: Floats
    level: float
    w: Floats

    @classmethod
    def of(cls, by: tuple[str, ...], made: ExtraEstimates, where: slice, level: float) -> Numbers:
        """The part at `where` of the numbers of all parts."""
        e = made.errors
        value, se, low, high, df = (part[:, where] for part in (made.value, e.se, e.low, e.high, made.df))
        return cls(by, made.keys, value, se, low, high, df, made.sums.n, made.n_eff, level, made.sums.w)

    def labels(self, rows: int) -> dict[str, list[object]]:
        """Group columns of a table with `rows` rows for every group."""
        return {name: [key[k] for key in self.keys for _ in range(rows)] for k, name in enumerate(self.by)}


class DeskPart:
    """One table of the desk; a subclass makes columns, numbers and the table."""

    #: Of the table in the catalogue.
    name = ""

    def extras(self) -> Extras:
        """Columns of the rows and what is made of their means."""
        raise NotImplementedError

    @cached_property
    def asked_for(self) -> Extras:
        """What :meth:`extras` gives, made once; replicates are handed on only of what groups are compared by."""
        return replace(self.extras(), drawn=tuple(self.compared().values()))

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """The tidy table of all groups."""
        raise NotImplementedError

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Further tables by name."""
        return {}

    def counting(self) -> list[Recipe]:
        """What respondents are counted by, beside the columns."""
        return []

    def notes(self) -> list[Message]:
        """What a reader has to know of it."""
        return []

    def cautions(self) -> list[Message]:
        """What in the answers makes its numbers doubtful: stands in the notes, and is said by a check."""
        return []

    def compared(self) -> dict[str, int]:
        """Indices that groups are ranked and compared by, with their places among the numbers."""
        return {}


def presence(x: Floats) -> tuple[Floats, Bools]:
    """1.0 where an answer is there, and the same as a mask."""
    there = ~np.isnan(x)
    return there.astype(np.float64), there


def ratio(top: Floats, bottom: Floats) -> Floats:
    """``top / bottom``, NaN where nothing is below the line."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def state_of(value: Sequence[float] | Floats) -> list[str]:
    """A word for each number: whether there is one."""
    return ["ok" if np.isfinite(v) else "no answers" for v in np.asarray(value, dtype=float).ravel()]
