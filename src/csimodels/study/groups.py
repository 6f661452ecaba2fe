"""The groups of a survey, one fit each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import Design
from csimodels.estimate.monomials import with_controls, with_products
from csimodels.messages import Message, cells
from csimodels.moments import Key, Rows
from csimodels.survey import Survey

#: Groups with fewer usable rows are refused by name: a correlation matrix of a handful of rows says nothing.
MIN_ROWS = 10


@dataclass(frozen=True, eq=False)
class Group:
    """One fit: its key, its name for messages, its rows and where they stand in the survey ``(n,)``."""

    key: Key
    name: str
    rows: Rows
    members: NDArray[np.intp]

    @property
    def unasked(self) -> tuple[str, ...]:
        """Items that nobody of the group answered."""
        absent = self.rows.unanswered
        return tuple(item for item, gone in zip(self.rows.items, absent, strict=True) if gone)

    @property
    def used(self) -> NDArray[np.intp]:
        """Positions in the survey of the rows that the missing rule keeps."""
        return self.members[self.rows.kept]


def groups_of(survey: Survey, form: str) -> list[Group]:
    """Every group of `survey` with its rows in the form that the missing rule needs; one group without ``by``."""
    if not survey.by:
        return [Group((), group_name((), ()), rows_of(survey, form), np.arange(survey.n))]
    return [
        Group(key, group_name(survey.by, key), rows_of(survey, form, g), survey.members_of[g])
        for g, key in enumerate(survey.group_keys)
    ]


def rows_of(survey: Survey, form: str, group: int | None = None) -> Rows:
    """Rows of a group, or of all, with the columns that interactions of the model need behind the items."""
    rows = survey.rows(form, group)
    if not (survey.model.interactions or survey.model.controls):
        return rows
    design = Design.of(survey.model)
    rows = with_products(rows, design, np.asarray(np.isnan(survey.x).any(axis=0)))
    if not design.controls or survey.beside is None:
        return rows
    members = slice(None) if group is None else survey.group == group
    place = [item.name for item in survey.model.beside]
    answers = survey.beside[members][:, [place.index(column.item) for column in design.controls]]
    return with_controls(rows, design, answers)


def group_name(by: tuple[str, ...], key: Key) -> Message:
    """``"bank = Harbour"``, for messages."""
    return cells(by, key) if by else Message("all respondents")
