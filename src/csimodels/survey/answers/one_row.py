"""Cells of one row, or the same texts in several items, that cannot be used: one problem, not one for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import Item, Message, counted, items
from csimodels.spec.nodes import shorten
from csimodels.survey.answers.numbers import Unfit, fold
from csimodels.survey.answers.words import TOTALS
from csimodels.survey.table import row_name

#: So many items make a row that holds no answers, wherever it stands.
_MANY = 3


@dataclass(frozen=True)
class SourceRows:
    """Numbers of rows in the source ``(n,)``, what the source is called, and how many items are asked."""

    row: NDArray[Any]
    label: str
    asked: int


def row_alone(unfits: Sequence[Unfit]) -> int | None:
    """The place of the one row that holds all that does not fit, in two items or more; None where there is none."""
    if len(unfits) < 2:
        return None
    places = {unfit.values[0][2][0] if len(unfit.values) == unfit.count == 1 else -1 for unfit in unfits}
    place = places.pop()
    return None if places or place < 0 else place


def only_in(unfits: Sequence[Unfit], place: int) -> bool:
    """Whether each of them has one cell only, in the row at `place`."""
    return all(len(unfit.values) == unfit.count == 1 and unfit.values[0][2][0] == place for unfit in unfits)


def delete_totals(row: NDArray[Any], at: int = -1) -> Message:
    """What to do with a row of sums; `row` holds the numbers of rows in the source ``(n,)``."""
    return Message("delete row {row} if it holds totals of the rows above it", row=row_name(row[at]))


def texts_of_one_row(texts: Sequence[Unfit], rows: SourceRows) -> Problem | None:
    """A row of units, of names of columns, of totals; None where the texts stand in several rows or may be answers."""
    place = row_alone(texts)
    if place is None:
        return None
    said = [str(unfit.values[0][0]) for unfit in texts]
    name = row_name(rows.row[place])
    if all(fold(text) == fold(unfit.column) for text, unfit in zip(said, texts, strict=True)):
        remedy = Message("delete row {row}: it holds the names of the columns again", row=name)
    elif any(fold(text) in TOTALS for text in said):
        remedy = Message("delete row {row} if it holds totals of other rows", row=name)
    elif place == 0:
        remedy = Message("delete row {row} if it holds units or words about the columns, not answers", row=name)
    elif len(texts) >= _MANY and 2 * len(texts) >= rows.asked:
        remedy = Message("delete row {row} if it is no respondent", row=name)
    else:
        return None
    return row_problem(texts, place, rows, remedy)


def row_problem(unfits: Sequence[Unfit], place: int, rows: SourceRows, remedy: str) -> Problem:
    """One problem for a row whose cells are no answers to several items."""
    text, what = (
        "{item}: {value}",
        "row {row}: the cells of {n} items are no answers (rows are counted from 1 under the header)",
    )
    cells = [Message(text, item=Item(u.item.name), value=f'"{shorten(str(u.values[0][0]))}"') for u in unfits]
    name = row_name(rows.row[place])
    return Problem(Message(what, row=name, n=len(unfits)), rows.label, listed(cells, 6), remedy=remedy)


def same_in_several(problems: Sequence[tuple[Unfit, Problem]], row: NDArray[Any]) -> list[Problem]:
    """Problems of texts; those of several items with the same texts and the same remedy are one."""
    alike: dict[tuple[object, ...], list[tuple[Unfit, Problem]]] = {}
    for unfit, problem in problems:
        texts = frozenset(str(text) for text, _, _ in unfit.values)
        alike.setdefault((texts, unfit.item.scale, problem.remedy), []).append((unfit, problem))
    out: list[Problem] = []
    for group in alike.values():
        if len(group) < _MANY:
            out += [problem for _, problem in group]
            continue
        counts: dict[str, int] = {}
        places: dict[str, set[int]] = {}
        for unfit, _ in group:
            for text, n, first in unfit.values:
                counts[str(text)] = counts.get(str(text), 0) + n
                places.setdefault(str(text), set()).update(first)
        model = group[0][1]
        names = items([unfit.item.name for unfit, _ in group])
        rows = {text: [row_name(row[k]) for k in sorted(some)] for text, some in places.items()}
        found = listed([_cell(text, n, rows[text]) for text, n in counts.items()], 6)
        what = Message("the same texts in {n} items, not numbers: {names}", n=len(group), names=names)
        out.append(Problem(what, model.where, found, model.allowed, model.remedy))
    return out


def _cell(text: str, n: int, rows: Sequence[int | str]) -> Message:
    """A text with the number of cells that hold it, and the first of their rows."""
    shown = listed(rows[:4], 0) if len(rows) <= 4 else Message("{names}, ...", names=listed(rows[:4], 0))
    value = f'"{shorten(text)}"'
    return counted(n, "{value} ({n} time: row {rows})", "{value} ({n} times: rows {rows})", value=value, rows=shown)
