"""Names of columns: trimmed, none twice, or a refusal that says which row may hold those that are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.spelling import tidy, trimmed
from csimodels.survey.columns import number_text
from csimodels.survey.table import LogEntry

_LINE_ENDS = re.compile(r"[ \t]*[\r\n]+[ \t]*")

#: Rows below the header that are looked at for names of columns.
FIRST_ROWS = 5


def sound_names(
    raw: Sequence[object], label: str, below: Sequence[Sequence[str]] = ()
) -> tuple[tuple[str, ...], tuple[LogEntry, ...]]:
    """Column names, trimmed, letters composed, line breaks turned to spaces; the empty string for a column without one.

    `below` are texts of the rows below: where names repeat, the first of them may hold the names that are meant.

    Raises
    ------
    DataError
        A name stands over two columns, no column has a name, or the header holds numbers.
    """
    names = tuple("" if name is None else _LINE_ENDS.sub(" ", tidy(_heading(name))) for name in raw)
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names, start=1):
        if name:
            places.setdefault(name, []).append(position)
    problems = [
        Problem(
            Message("column {name} appears twice (columns {at})", name=name, at=_and(at))
            if len(at) == 2
            else Message("column {name} appears {n} times (columns {at})", name=name, n=len(at), at=_and(at)),
            label,
            remedy="rename or remove all but one of them: which one is meant cannot be guessed",
        )
        for name, at in places.items()
        if len(at) > 1
    ]
    if not places:
        problems.append(
            Problem(Message("{label} has no column names", label=label), remedy="the first row must name the columns")
        )
    elif all(isinstance(name, str) and _is_number(name) for name in places) and any(isinstance(r, str) for r in raw):
        problems.append(
            Problem(
                Message("the first row of {label} holds numbers, not column names", label=label),
                found=listed(list(places), 8),
                remedy="put a first row with the names of the columns above the answers",
            )
        )
    if problems:
        if places and below and names_columns(below[0], len(places)):
            problems = [replace(problem, remedy="") for problem in problems]
            problems[0] = replace(problems[0], remedy=second_header(1, below[0]))
        raise DataError(problems)
    notes = []
    unnamed = [position for position, name in enumerate(names, start=1) if not name]
    if unnamed:
        notes.append(LogEntry("columns without a name ignored", label, len(unnamed), _columns(unnamed)))
    plain = [_LINE_ENDS.sub(" ", trimmed(_heading(name))) for name in raw]
    tidied = [name for name, new, old in zip(names, plain, raw, strict=True) if name and new != _heading(old)]
    composed = [name for name, new in zip(names, plain, strict=True) if name and name != new]
    if tidied:
        notes.append(LogEntry("spaces and line breaks in column names tidied", label, len(tidied), listed(tidied)))
    if composed:
        notes.append(LogEntry("columns found by composed letters", label, len(composed), listed(composed)))
    return names, tuple(notes)


def names_columns(row: Sequence[str], least: int = 2) -> bool:
    """Whether a row of texts could be a header of at least so many columns: no number in it, and none twice."""
    texts = [text.strip() for text in row if text.strip()]
    return len(texts) >= max(least, 2) and len(set(texts)) == len(texts) and not any(map(_is_number, texts))


def second_header(above: int, row: Sequence[str]) -> Message:
    """The remedy where a later row names the columns."""
    shown = listed([text for text in row if text.strip()], 4)
    text = "row {row} names the columns ({names}): delete the row above it"
    if above > 1:
        text = "row {row} names the columns ({names}): delete the {n} rows above it"
    return Message(text, row=above + 1, names=shown, n=above)


def _heading(name: object) -> str:
    """A heading as text; a workbook holds the heading 1 as the number 1.0."""
    return number_text(name) if isinstance(name, float) else str(name)


def _columns(positions: Sequence[int]) -> Message:
    return Message("columns {n}", n=listed(positions))


def _and(numbers_: Sequence[int]) -> Message:
    return Message("{a} and {b}", a=", ".join(map(str, numbers_[:-1])), b=str(numbers_[-1]))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
