"""Excel workbooks: one sheet, read in a process of its own."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from csimodels.errors import DataError, MissingExtraError, Problem, listed, nearest
from csimodels.isolated.found import Marked, Packed, ReadSheet
from csimodels.isolated.limits import CELLS
from csimodels.isolated.process import EXCEL, read_apart
from csimodels.messages import Message
from csimodels.survey.column_names import FIRST_ROWS, sound_names
from csimodels.survey.columns import Column, column_of, text_of
from csimodels.survey.files.state import file_hash, file_state, refuse_changed, refuse_empty
from csimodels.survey.table import Fetched, LogEntry, Source, Table, no_rows

#: What the names of files begin with that Excel makes beside an open workbook.
_LOCK = "~$"


def excel_table(path: Path, sheet: str | None) -> Table:
    """One sheet of a workbook, .xlsx or .xls.

    The first row that holds anything is the header.  Without `sheet` the first sheet with cells is read, and the
    report says which others there are.  Cells far from the table, cells with an error value and formulas that were
    never calculated are said, with their number and the address of the first.
    """
    if find_spec("python_calamine") is None:
        raise MissingExtraError("python-calamine", "excel", "reading Excel files")
    refuse_empty(path)
    if path.name.startswith(_LOCK):
        text = "{path} is the mark that Excel sets while a workbook is open, and holds no answers"
        what = Message(text, path=path.name)
        raise DataError(Problem(what, remedy=Message("name the workbook: {name}", name=path.name.removeprefix(_LOCK))))
    state = file_state(path)
    digest = file_hash(path)
    found: ReadSheet = read_apart(path, EXCEL, sheet)
    refuse_changed(path, state)
    _refuse(path, sheet, found)
    below = _first_rows(found)
    names, notes = sound_names(found.header, path.name, below)
    if not found.n_rows:
        raise no_rows(path.name, len(names), found.filled if len(found.filled) > 1 else ())
    place = {name: position for position, name in enumerate(names) if name}

    errors, merged = partial(_errors, found.errors), partial(_merged, found.merged)

    def fetch(wanted: Sequence[str], keys: Sequence[str]) -> Fetched:
        columns = {name: unpacked(found.columns[place[name]]) for name in wanted}
        said = [about(name, place[name]) for name in wanted for about in (errors, merged)]
        return columns, tuple(entry for entry in said if entry.count)

    source = Source("excel", path.name, digest, sheet=found.sheet, n_rows=found.n_rows, n_columns=len(names))
    return Table(names, source, fetch, (*notes, *_notes(path, found)), first=below)


def _first_rows(found: ReadSheet) -> tuple[tuple[str, ...], ...]:
    """Texts of the first rows below the header."""
    rows = zip(*(list(cells[:FIRST_ROWS]) for cells in found.columns), strict=False)
    return tuple(tuple(text_of(cell) or "" for cell in row) for row in rows)


def unpacked(cells: Packed) -> Column:
    """A column of the worker as numbers or as text."""
    return np.frombuffer(cells, dtype=np.float64) if isinstance(cells, array) else column_of(cells)


def _refuse(path: Path, sheet: str | None, found: ReadSheet) -> None:
    if sheet is not None and sheet not in found.sheets:
        raise DataError(
            Problem(
                Message('{path} has no sheet "{sheet}"', path=path.name, sheet=sheet),
                allowed=nearest(sheet, found.sheets),
                found=Message("the sheets are {names}", names=listed(found.sheets)),
                remedy="correct the name of the sheet",
            )
        )
    if not found.filled:
        what = (
            Message('sheet "{sheet}" of {path} is empty', sheet=sheet, path=path.name)
            if sheet
            else Message("no sheet of {path} holds any cell", path=path.name)
        )
        raise DataError(Problem(what, remedy="check the file, or name another sheet"))
    if found.too_large is not None:
        rows, columns, last = found.too_large
        text = 'sheet "{sheet}" of {path} has {rows} rows and {columns} columns, to {last}'
        what = Message(text, sheet=found.sheet, path=path.name, rows=rows, columns=columns, last=last)
        remedy = "delete what stands far from the table, or export the data as CSV or Parquet"
        raise DataError(Problem(what, allowed=Message("{n} cells", n=f"{CELLS:,}".replace(",", " ")), remedy=remedy))


def _notes(path: Path, found: ReadSheet) -> list[LogEntry]:
    """What was done to read the sheet."""
    notes: list[LogEntry] = []
    if others := found.filled[1:]:
        detail = Message("{sheet} was read; the others are {names}", sheet=found.sheet, names=listed(others))
        notes.append(LogEntry("sheets not read", path.name, len(others), detail))
    if found.alike:
        text = "{names}: the same header as {sheet}; put the rows into one sheet, or choose one with sheet: under data"
        detail = Message(text, names=listed(found.alike), sheet=found.sheet)
        notes.append(LogEntry("sheets with the same columns not read", path.name, len(found.alike), detail))
    if found.far.total:
        detail = Message("empty rows or columns part them from the table; the first is {cell}", cell=_first(found.far))
        notes.append(LogEntry("cells far from the table left out", path.name, found.far.total, detail))
    if found.hidden:
        detail = Message("as by a filter of the sheet; if they are not meant, take them out or write where")
        notes.append(LogEntry("hidden rows read like the others", path.name, found.hidden, detail))
    if found.uncalculated.total:
        text = "their cells are read as empty, the first is {cell}: open the workbook, let it calculate, and save it"
        detail = Message(text, cell=_first(found.uncalculated))
        notes.append(LogEntry("formulas never calculated", path.name, found.uncalculated.total, detail))
    return notes


def _first(marked: Marked) -> str:
    return next(iter(marked.first.values()))[0]


def _errors(errors: Marked, name: str, place: int) -> LogEntry:
    """Cells of a column with an error value, which are read as empty."""
    cell, value = errors.first.get(place, ("", ""))
    detail = Message("the first is {value} in {cell}", value=value, cell=cell)
    return LogEntry("error values read as empty", name, errors.counts.get(place, 0), detail)


def _merged(merged: Marked, name: str, place: int) -> LogEntry:
    """Cells of a column that are empty because they are merged with one above."""
    cell, _ = merged.first.get(place, ("", ""))
    detail = Message("only the first of {cells} holds the value: unmerge them, and fill it down", cells=cell)
    return LogEntry("merged cells below the header", name, merged.counts.get(place, 0), detail)
