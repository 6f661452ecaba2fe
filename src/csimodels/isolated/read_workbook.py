"""One sheet of a workbook as columns of cells."""

from __future__ import annotations

import io
import posixpath
import zipfile
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from csimodels.isolated.found import Marked, ReadSheet, packed
from csimodels.isolated.limits import CELLS
from csimodels.isolated.old_workbook import error_cells
from csimodels.isolated.sheet import Cell, Look, Sheet, look

#: Sheets larger than this, unpacked, are taken to hold something without a look.
_LARGE = 20_000_000
#: Attributes of `sheet` in the workbook, and of its relations.
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def read_sheet(path: str, sheet: str | None) -> ReadSheet:
    """The sheet of that name, or the first that holds any cell, of those that are shown if there is one."""
    book = calamine.CalamineWorkbook.from_path(path)
    names = tuple(book.sheet_names)
    if sheet is not None and sheet not in names:
        return ReadSheet(names)
    members = _members(path)
    hidden = {s.name for s in book.sheets_metadata if s.visible != calamine.SheetVisibleEnum.Visible}
    order = sorted(names, key=hidden.__contains__) if sheet is None else [sheet]
    filled = tuple(name for name in order if _holds(path, members, book, name))
    if not filled:
        return ReadSheet(names)
    chosen = filled[0]
    found = _look(path, members.get(chosen))
    if found.rows * found.columns > CELLS:
        return ReadSheet(names, filled, chosen, too_large=(found.rows, found.columns, found.last))
    if chosen not in members:
        found = replace(found, errors=_old_errors(path, chosen, names.index(chosen)))
    if found.far:
        book = calamine.CalamineWorkbook.from_filelike(_rewritten(path, members[chosen], found.xml))
    read = _read(book, names, filled, found)
    others = [name for name in filled[1:] if name not in hidden and _small(path, members, name)]
    return replace(read, alike=tuple(name for name in others if _header(book, name) == read.header))


def _small(path: str, members: Mapping[str, str], name: str) -> bool:
    """Whether a sheet may be looked into beside the one that is read."""
    if name not in members:
        return False
    with zipfile.ZipFile(path) as book:
        return book.getinfo(members[name]).file_size <= _LARGE


def _header(book: Any, name: str) -> tuple[Any, ...]:
    """The cells of the first row of a sheet."""
    rows = book.get_sheet_by_name(name).to_python(nrows=1)
    return tuple(None if cell == "" else cell for cell in rows[0]) if rows else ()


def _read(book: Any, names: tuple[str, ...], filled: tuple[str, ...], found: Look) -> ReadSheet:
    sheet = book.get_sheet_by_name(filled[0])
    left = (sheet.start or (0, 0))[1]
    cells = sheet.to_python()
    if not cells:
        return ReadSheet(names)
    while len(cells) > 1 and all(cell == "" for cell in cells[-1]):
        cells.pop()
    header, body = cells[0], cells[1:]
    columns = [packed([None if cell == "" else cell for cell in column]) for column in zip(*body, strict=True)]
    return ReadSheet(
        sheets=names,
        filled=filled,
        sheet=filled[0],
        header=tuple(None if cell == "" else cell for cell in header),
        columns=tuple(columns) if body else tuple(array("d") for _ in header),
        n_rows=len(body),
        far=_marked(found.far, left),
        errors=_marked(found.errors, left),
        uncalculated=_marked(found.uncalculated, left),
        merged=_merged(found.merged, left),
        hidden=found.hidden,
    )


def _old_errors(path: str, sheet: str, position: int) -> tuple[Cell, ...]:
    """Cells with an error value of a workbook that is no archive."""
    cells = error_cells(path, sheet, position)
    return tuple(Cell(row, column, b"", f"<v>{text}</v>".encode(), 0, 0) for row, column, text in cells)


def _marked(cells: Iterable[Cell], left: int) -> Marked:
    counts: dict[int, int] = {}
    first: dict[int, tuple[str, str]] = {}
    for cell in cells:
        place = cell.column - 1 - left
        counts[place] = counts.get(place, 0) + 1
        first.setdefault(place, (cell.address, cell.text))
    return Marked(counts, first)


def _merged(ranges: Iterable[tuple[int, int, str]], left: int) -> Marked:
    counts: dict[int, int] = {}
    first: dict[int, tuple[str, str]] = {}
    for column, rows, reference in ranges:
        place = column - 1 - left
        counts[place] = counts.get(place, 0) + rows
        first.setdefault(place, (reference, ""))
    return Marked(counts, first)


def _members(path: str) -> Mapping[str, str]:
    """Name of each sheet to its file in the archive; nothing where the workbook is no archive or names none."""
    try:
        with zipfile.ZipFile(path) as book:
            sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter()
            relations = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
            known = set(book.namelist())
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return {}
    target = {part.get("Id"): posixpath.normpath(posixpath.join("/xl", part.get("Target", ""))) for part in relations}
    found: dict[str, str] = {}
    for part in sheets:
        if part.tag.rpartition("}")[2] == "sheet":
            member = target.get(part.get(_RELATION) or part.get(_STRICT), "").lstrip("/")
            if member in known:
                found[part.get("name", "")] = member
    return found


def _xml(path: str, member: str) -> bytes:
    with zipfile.ZipFile(path) as book:
        return book.read(member)


def _holds(path: str, members: Mapping[str, str], book: Any, name: str) -> bool:
    """Whether a sheet holds any cell."""
    if name not in members:
        return bool(book.get_sheet_by_name(name).to_python())
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(members[name]).file_size > _LARGE:
            return True
        sheet = Sheet(archive.read(members[name]))
    return sheet.has_values() or not sheet.known


def _look(path: str, member: str | None) -> Look:
    """What a sheet holds; nothing is said of a sheet that is no XML file in an archive."""
    return look(_xml(path, member)) if member else Look()


def _rewritten(path: str, member: str, xml: bytes) -> io.BytesIO:
    """The workbook with other XML for one of its sheets."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part in old.namelist():
            new.writestr(part, xml if part == member else old.read(part))
    made.seek(0)
    return made
