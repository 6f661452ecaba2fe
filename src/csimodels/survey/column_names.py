"""Names of columns: trimmed, none twice, or a refusal that says which row may hold those that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.spelling import on_one_line, tidy, trimmed
from csimodels.survey.columns import number_text
from csimodels.survey.table import LogEntry

#: Rows below the header that are looked at for names of columns.
FIRST_ROWS = 5
#: A row that names so many columns more than the first row does is the header.
_UNNAMED = 2


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
    names = tuple("" if name is None else on_one_line(tidy(_heading(name))) for name in raw)
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names, start=1):
        if name:
            places.setdefault(name, []).append(position)
    numbers = [name for name in names if name and _is_number(name)]
    twice = [name for name in numbers if len(places[name]) > 1]
    if twice and 2 * len(numbers) > len([name for name in names if name]) and any(isinstance(r, str) for r in raw):
        raise DataError(_numbers_for_names([name for name in names if name], label, below))
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
        problems.append(_numbers_for_names(list(places), label, below))
    if problems:
        if places and below and names_columns(below[0], len(places)):
            problems = [replace(problem, remedy="") for problem in problems]
            problems[0] = replace(problems[0], remedy=second_header(1, below[0]))
        raise DataError(problems)
    notes = []
    unnamed = [position for position, name in enumerate(names, start=1) if not name]
    if (above := _rows_above(names, below)) is not None:
        text = "the first row of {label} names {n} of {all} columns"
        what = Message(text, label=label, n=len(places), all=len(names))
        raise DataError(Problem(what, found=listed(list(places), 4), remedy=second_header(above, below[above - 1])))
    if unnamed:
        notes.append(LogEntry("columns without a name ignored", label, len(unnamed), _columns(unnamed)))
    plain = [on_one_line(trimmed(_heading(name))) for name in raw]
    tidied = [name for name, new, old in zip(names, plain, raw, strict=True) if name and new != _heading(old)]
    composed = [name for name, new in zip(names, plain, strict=True) if name and name != new]
    if tidied:
        notes.append(LogEntry("spaces and line breaks in column names tidied", label, len(tidied), listed(tidied)))
    if composed:
        notes.append(LogEntry("columns found by composed letters", label, len(composed), listed(composed)))
    return names, tuple(notes)


def _numbers_for_names(cells: Sequence[str], label: str, below: Sequence[Sequence[str]]) -> Problem:
    """The first row holds numbers: there is no header, or the questions are rows and the respondents columns."""
    what = Message("the first row of {label} holds numbers, not column names", label=label)
    firsts = [row[0] for row in below if row]
    lying = len(firsts) > 1 and len(set(firsts)) == len(firsts) and not any(_is_number(text) for text in firsts)
    if lying and all(2 * sum(map(_is_number, row[1:])) > len(row) for row in below[:2]):
        text = "the questions are in rows ({names}): turn the table round (transpose it), one respondent in each row"
        return Problem(what, found=listed(cells, 8), remedy=Message(text, names=listed(firsts, 3)))
    remedy = "put a first row with the names of the columns above the answers"
    return Problem(what, found=listed(cells, 8), remedy=remedy)


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


def _rows_above(names: Sequence[str], below: Sequence[Sequence[str]]) -> int | None:
    """Rows of a title, or of headings over several columns, above the row that names the columns; None without any."""
    named, places = sum(map(bool, names)), [k for k, name in enumerate(names) if not name]
    fits = {
        above: sum(bool(text.strip()) for text in row)
        for above, row in enumerate(below, start=1)
        if sum(bool(row[k].strip()) for k in places if k < len(row)) >= _UNNAMED and names_columns(row, named + 1)
    }
    return max(fits, key=lambda above: fits[above]) if fits else None


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
