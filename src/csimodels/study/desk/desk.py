"""The desk of one result: which parts the spec asks for, their numbers from one pass, their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from csimodels.estimate import Design
from csimodels.messages import Message
from csimodels.spec import Model
from csimodels.study.desk.answers import AnswerTable
from csimodels.study.desk.contrasts import Contrasts
from csimodels.study.desk.fuzzy import FuzzyTable
from csimodels.study.desk.item_drivers import ItemDrivers
from csimodels.study.desk.kano import KanoTable
from csimodels.study.desk.part import Answers, DeskPart, Made, Noted, Numbers
from csimodels.study.desk.sections import section_parts
from csimodels.study.desk.simple import SimpleIndices
from csimodels.study.desk.targets import Targets
from csimodels.study.desk.what_if import WhatIf
from csimodels.study.extra_estimates import ExtraEstimates, plain_sample
from csimodels.study.extras import Extras, SideBySide
from csimodels.survey import Survey
from csimodels.survey.recipes import Recipe
from csimodels.tables import Layout


@dataclass(frozen=True, eq=False)
class Desk:
    """Parts that a study asks for; ``stored`` holds the finished tables of a loaded result instead.

    ``more`` are tables for decisions, made from finished estimates (:mod:`csimodels.study.decisions`).
    """

    parts: tuple[DeskPart, ...] = ()
    by: tuple[str, ...] = ()
    level: float = 0.95
    made: ExtraEstimates | None = None
    stored: dict[str, pd.DataFrame] = field(default_factory=dict)
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def extras(self) -> Extras | None:
        """Columns and numbers of all parts, for one pass over the replicates; None where nothing is asked for."""
        return Extras.joined(self._extras) if self.parts else None

    @cached_property
    def _extras(self) -> tuple[Extras, ...]:
        return tuple(part.asked_for for part in self.parts)

    @property
    def recipes(self) -> tuple[list[Recipe], list[Recipe]]:
        """How the columns of all parts are made, and what respondents are counted by."""
        if not self.parts:
            return [], []
        columns = SideBySide(tuple(extras.columns for extras in self._extras)).flat()
        made = [recipe for part in columns if isinstance(part, Made) for recipe in part.recipes]
        return made, [recipe for part in self.parts for recipe in part.counting()]

    @property
    def comparable(self) -> Desk:
        """With the parts alone that groups are compared by."""
        return replace(self, parts=tuple(part for part in self.parts if part.compared()))

    @property
    def compared(self) -> dict[str, int]:
        """Indices that groups are compared by, with their places among the numbers of all parts."""
        starts = np.cumsum([0, *(len(extras.quantities) for extras in self._extras)])
        return {
            name: int(start + k)
            for part, start in zip(self.parts, starts, strict=False)
            for name, k in part.compared().items()
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name, as in the catalogue."""
        out = {name: table.copy() for name, table in (self.stored or self.more).items()}
        if self.stored or self.made is None:
            return out
        start = 0
        for part, asked in zip(self.parts, self._extras, strict=True):
            size = len(asked.quantities)
            numbers = Numbers.of(self.by, self.made, slice(start, start + size), self.level)
            start += size
            out |= {part.name: part.table(numbers)} | part.more(numbers)
        return out

    @cached_property
    def notes(self) -> tuple[Message, ...]:
        """What a reader has to know of the parts."""
        return tuple(said for part in self.parts for said in (*part.cautions(), *part.notes()))

    @property
    def cautions(self) -> tuple[Message, ...]:
        """What in the answers makes the numbers of the parts doubtful."""
        return tuple(said for part in self.parts for said in part.cautions())


def desk_of(model: Model, survey: Survey, *, answers: bool = False) -> Desk:
    """The parts that `model` asks for, over the rows of `survey`.

    Parameters
    ----------
    answers : bool
        Describe every item too.
    """
    given = Answers.of(survey)
    parts = _parts(model, given) + _of_decisions(model, given)
    if answers or model.report.answers:
        parts.append(AnswerTable(given, plain_sample(survey)))
    return Desk(tuple(parts), survey.by, model.uncertainty.level)


def _parts(model: Model, given: Answers) -> list[DeskPart]:
    """Parts of the sections beside the model."""
    parts: list[DeskPart] = []
    if model.indices:
        simple = SimpleIndices(model.indices, given)
        simple.refuse_between()
        parts.append(simple)
    if model.targets:
        parts.append(Targets(model, given, Layout.of(model, Design.of(model))))
    if model.what_if:
        parts.append(WhatIf(model.what_if, Layout.of(model, Design.of(model)), given))
    return parts + section_parts(model, given)


def answers_wanted(model: Model) -> list[tuple[str, ...]]:
    """Sets of items whose answers are counted together where the rows lie, for what `model` asks for."""
    noted = Noted.of_model(model)
    parts = _parts(model, noted)
    if model.report.answers:
        parts.append(AnswerTable(noted, True))
    columns, counts = Desk(tuple(parts)).recipes
    wanted = [recipe.items for recipe in (*columns, *counts)] + noted.sets
    return list(dict.fromkeys(((), *wanted))) if parts else []


def _of_decisions(model: Model, given: Answers) -> list[DeskPart]:
    """Parts of the sections for decisions (docs/decisions.md)."""
    asked = model.decisions
    parts: list[DeskPart] = []
    if asked.drivers is not None and asked.drivers.items:
        parts.append(ItemDrivers(asked.drivers.items, given))
    if asked.penalty_reward:
        parts.append(Contrasts(asked.penalty_reward, given))
    if asked.kano:
        parts.append(KanoTable(asked.kano, given))
    if asked.fuzzy is not None:
        parts.append(FuzzyTable(asked.fuzzy, given, Layout.of(model, Design.of(model))))
    return parts
