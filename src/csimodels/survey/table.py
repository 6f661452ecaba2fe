"""A table as it was found: names checked, columns fetched when asked for, nothing yet known of the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import N_, ColumnName, Message, counted
from csimodels.spelling import tidy, unspaced
from csimodels.survey.columns import Coded, Column

#: Numbers as a spreadsheet writes those that are too long for it.
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d{2,}")
#: Step of the log that counts the rows of each group.
GROUP_ROWS = N_("rows of the group")


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
    title : what the file calls itself; may be empty.
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
    title: str = ""

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
    if all(text == unspaced(text) for text in counts):
        return None
    spelt: dict[str, list[str]] = {}
    for text, n in counts.items():
        if n and unspaced(text):
            spelt.setdefault(tidy(text), []).append(text)
    joined = sorted(text for texts in spelt.values() if len(texts) > 1 for text in texts if text != unspaced(text))
    if not joined:
        return None
    said = Message("{text} counts as {plain}", text=f'"{joined[0]}"', plain=f'"{tidy(joined[0])}"')
    cells = sum(counts[text] for text in joined)
    return LogEntry("labels that differ in blanks at their ends count as one", ColumnName(column), cells, said)


def rounded_entry(name: str, column: Coded) -> list[LogEntry]:
    """What the log says of labels such as ``1.23E+17``: numbers that a spreadsheet has rounded."""
    counts = column.counts()
    hit = [k for k, text in enumerate(column.values) if counts[k] and _ROUNDED.fullmatch(text.strip())]
    if not hit:
        return []
    text = "{label} is a rounded number: different ones may count as one; format the column as text and export it again"
    detail = Message(text, label=column.values[hit[0]].strip())
    return [LogEntry("labels rounded by a spreadsheet", ColumnName(name), int(counts[hit].sum()), detail)]


def no_rows(label: str, n_columns: int, sheets: Sequence[str] = ()) -> DataError:
    """The error for a table that is a header and nothing else; a workbook may have other sheets with cells."""
    columns = counted(n_columns, "{n} column", "{n} columns")
    remedy = Message("check that the export is complete")
    if sheets:
        text = "{sheet} was read; the others are {names}: name the one with the data by sheet: under data"
        remedy = Message(text, sheet=sheets[0], names=listed(sheets[1:]))
    return DataError(
        Problem(
            Message("{label} has {columns} but no data rows", label=label, columns=columns),
            remedy=remedy,
        )
    )


def row_name(row: Any) -> int | str:
    """Number of a row; with its file where the source has several."""
    return row if isinstance(row, str) else int(row)
