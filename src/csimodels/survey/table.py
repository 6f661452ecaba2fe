"""A table as it was found: names checked, columns fetched when asked for, nothing yet known of the model."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import N_, ColumnName, Message, counted
from csimodels.moments.linalg import Bools, Floats
from csimodels.spelling import WHITE_ENDS, tidy, trimmed

Ints = NDArray[np.intp]

#: Cells that are copied at once on their way into the hash.
_HASHED_AT_ONCE = 65536

_LINE_ENDS = re.compile(r"[ \t]*[\r\n]+[ \t]*")

#: Step of the log that counts the rows of each group.
GROUP_ROWS = N_("rows of the group")

#: Rows below the header that are looked at for names of columns.
FIRST_ROWS = 5


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that was done to the rows, with the number of rows, cells or columns it touched."""

    step: str
    subject: str
    count: int
    detail: str = ""


@dataclass(slots=True)
class Notes:
    """What is said and what is wrong, gathered on the way."""

    where: str
    log: list[LogEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def stop_if_wrong(self) -> None:
        """Raise a `DataError` with all problems, if there are any."""
        if self.problems:
            raise DataError(self.problems)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a survey comes from.

    Attributes
    ----------
    kind : ``csv``, ``excel``, ``parquet``, ``spss``, ``stata``, ``pandas``, ``polars``, ``pyarrow`` or ``dict``.
    name : file name without its folder, or the kind of a frame.
    sha256 : of the bytes of a file; of the names and values of the columns that were used for a frame in memory.
    encoding, separator, sheet : as found or given; empty where they mean nothing.
    n_rows, n_columns : size of the table as it was found, before any row is left out.
    """

    kind: str
    name: str
    sha256: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    n_rows: int = 0
    n_columns: int = 0


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of text: ``values[codes]``, code -1 where the cell is empty.

    ``numeric`` holds the positions in `values` of cells that were numbers among the texts.
    """

    codes: Ints
    values: tuple[str, ...]
    numeric: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.codes)

    def counts(self) -> Ints:
        """(len(values),) how often each value occurs."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).astype(np.intp)

    def lookup(self, table: Floats) -> Floats:
        """(n,) the number of each cell, given the number of each value; NaN where the cell is empty."""
        return np.append(table, np.nan)[self.codes]


Column = Floats | Coded
Fetched = tuple[dict[str, Column], tuple[LogEntry, ...]]


def no_names(column: str) -> dict[str, str]:
    """The value labels of a source that holds none."""
    return {}


def none_declared(column: str) -> dict[str, int]:
    """The values declared missing of a source that declares none."""
    return {}


@dataclass(frozen=True, eq=False)
class Table:
    """A data source with a sound header.

    Attributes
    ----------
    names : column names in the order of the source, trimmed, no two alike.
    source, notes : where it comes from, and what had to be done to read it.
    fetch : ``fetch(names, keys)`` gives the columns in `names`; those also in `keys` label groups, so that ``007``
        must stay text.
    comma_decimal : whether ``7,5`` may be read as 7.5 (the comma does not separate columns).
    label : how to call the source in messages.
    named_values : ``named_values(column)`` gives the value labels that the file holds, by value as text.
    wordings : variable labels that the file holds, by column.
    declared : ``declared(column)`` gives the values that the file declares missing, as text, with their counts.
    first : texts of a few rows below the header, which may be one more header.
    parts : name and number of rows of each file, where there are several.
    """

    names: tuple[str, ...]
    source: Source
    fetch: Callable[[Sequence[str], Sequence[str]], Fetched]
    notes: tuple[LogEntry, ...] = ()
    comma_decimal: bool = False
    named_values: Callable[[str], dict[str, str]] = no_names
    wordings: Mapping[str, str] = field(default_factory=dict)
    declared: Callable[[str], dict[str, int]] = none_declared
    first: tuple[tuple[str, ...], ...] = ()
    parts: tuple[tuple[str, int], ...] = ()

    def shown_rows(self, row: NDArray[np.int64]) -> NDArray[Any]:
        """Numbers of rows as they are told to people: of several files, with the name of the file."""
        if not self.parts:
            return row
        starts = np.cumsum([0, *(n for _, n in self.parts)])
        file = np.searchsorted(starts, row, side="left") - 1
        out: NDArray[Any] = np.empty(len(row), dtype=object)
        out[:] = [f"{self.parts[f][0]}: {n - starts[f]}" for f, n in zip(file.tolist(), row.tolist(), strict=True)]
        return out

    @property
    def label(self) -> str:
        """Name of the source in messages."""
        return self.source.name


def take(column: Column, keep: Bools) -> Column:
    """The cells of `column` where `keep` holds."""
    return Coded(column.codes[keep], column.values, column.numeric) if isinstance(column, Coded) else column[keep]


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


def plain_label_entry(column: str, cells: int, example: str) -> LogEntry:
    """What the log says of labels that were made plain."""
    said = Message("for example {example}", example=f'"{example}"')
    return LogEntry("labels with decomposed letters or unseen ends made plain", ColumnName(column), cells, said)


def joined_labels_entry(column: str, counts: Mapping[str, int]) -> LogEntry | None:
    """What the log says of labels that differ in the blanks at their ends alone, and count as one; None without any.

    Parameters
    ----------
    column : str
        Name of the column.
    counts : Mapping of str to int
        Labels as they are written, and how many cells hold each.
    """
    spelt: dict[str, list[str]] = {}
    for text, n in counts.items():
        if n and fold_ends(text):
            spelt.setdefault(tidy(text), []).append(text)
    joined = sorted(text for texts in spelt.values() if len(texts) > 1 for text in texts if text != fold_ends(text))
    if not joined:
        return None
    said = Message("{text} counts as {plain}", text=f'"{joined[0]}"', plain=f'"{tidy(joined[0])}"')
    cells = sum(counts[text] for text in joined)
    return LogEntry("labels that differ in blanks at their ends count as one", ColumnName(column), cells, said)


def fold_ends(text: str) -> str:
    """`text` without blanks at its ends."""
    return text.strip(WHITE_ENDS)


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


def no_rows(label: str, n_columns: int) -> DataError:
    """The error for a table that is a header and nothing else."""
    columns = counted(n_columns, "{n} column", "{n} columns")
    return DataError(
        Problem(
            Message("{label} has {columns} but no data rows", label=label, columns=columns),
            remedy="check that the export is complete",
        )
    )


def column_of(cells: Iterable[object]) -> Column:
    """A column from cells of any type: numbers where all of them are numbers, else text.

    ``None``, NaN, NA and NaT are empty cells.
    """
    values = np.asarray(cells if isinstance(cells, np.ndarray) else _object_array(list(cells)), dtype=object)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal", "empty"):
        return np.asarray([_float(v) for v in values], dtype=np.float64)
    if kind == "string":
        codes, unique = pd.factorize(values)
        return Coded(np.asarray(codes, dtype=np.intp), tuple(str(u) for u in unique))
    texts = [text_of(value) for value in values]
    pairs = zip(texts, values, strict=True)
    marked = [None if text is None else ("t" if isinstance(cell, str) else "n") + text for text, cell in pairs]
    codes, unique = pd.factorize(_object_array(marked))
    numeric = frozenset(i for i, mark in enumerate(unique) if mark[0] == "n")
    return Coded(np.asarray(codes, dtype=np.intp), tuple(mark[1:] for mark in unique), numeric)


def _float(value: Any) -> float:
    """A number as float: infinite where it is too large for one, NaN where it is none."""
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else float(value)
    if pd.isna(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _object_array(cells: Sequence[object]) -> NDArray[np.object_]:
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def text_of(value: object) -> str | None:
    """One cell as text; ``None`` where it is empty."""
    if isinstance(value, str):
        return value
    if hasattr(value, "__len__"):
        return repr(value)
    if isinstance(value, decimal.Decimal):
        return None if value.is_nan() else number_text(_float(value))
    if value is None or value is pd.NaT or bool(pd.isna(value)):  # type: ignore[call-overload]
        return None
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Real):
        return number_text(_float(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time() and value.tzinfo is None:
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def number_text(value: float) -> str:
    """``2026`` for 2026.0, otherwise the shortest decimal that reads back as the same number."""
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e16 else repr(float(value))


def content_hash(columns: Mapping[str, Column]) -> str:
    """sha256 of names and values, the same in every process; columns in alphabetical order."""
    digest = hashlib.sha256()
    for name in sorted(columns):
        column = columns[name]
        digest.update(f"{len(name)}:{name}".encode(errors="surrogatepass"))
        if isinstance(column, Coded):
            order = np.argsort(np.asarray(column.values, dtype=object), kind="stable")
            place = np.empty(len(order) + 1, dtype=np.int64)
            place[order], place[-1] = np.arange(len(order)), -1
            digest.update(
                "".join(f"{len(column.values[i])}:{column.values[i]}" for i in order).encode(errors="surrogatepass")
            )
            digest.update(np.ascontiguousarray(place[column.codes], dtype="<i8").data)
        else:
            digest.update(b"f8")
            for start in range(0, len(column), _HASHED_AT_ONCE):
                digest.update(_one_nan(column[start : start + _HASHED_AT_ONCE]).data)
    return digest.hexdigest()


def _one_nan(column: Floats) -> Floats:
    """A copy in which every NaN has the same bits, and every zero."""
    plain = np.ascontiguousarray(column + 0.0)
    plain[np.isnan(plain)] = np.nan
    return plain
