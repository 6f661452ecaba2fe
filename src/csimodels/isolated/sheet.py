"""What a sheet of an .xlsx workbook holds, looked up in its XML before any reader sets memory aside for it.

A reader of workbooks makes a rectangle of all cells from the first to the last row and column.  One cell that was hit
by chance far from the table makes that rectangle large beyond any memory: such cells are found first, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

#: So many empty rows or columns between two cells, and the second one does not belong to the table.
GAP_ROWS, GAP_COLUMNS = 1000, 100

_DATA = re.compile(rb"<((?:\w+:)?)sheetData\b[^>]*>")
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d{1,7})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s+ref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_TEXT = re.compile(rb"\bt\s*=\s*[\"'](?:str|s|inlineStr)[\"']")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: row and column (from 1), its attributes and what stands inside, and its place in the XML."""

    row: int
    column: int
    head: bytes
    body: bytes
    start: int
    end: int

    @property
    def address(self) -> str:
        """As the program shows it: ``C7``."""
        return address(self.row, self.column)

    @property
    def text(self) -> str:
        """The value as it is written in the file."""
        said = _VALUE.search(self.body)
        return said[1].decode("utf-8", "replace") if said else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with values: its number, the last column with a value, and its place in the XML."""

    number: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in a sheet.

    Attributes
    ----------
    xml : bytes
        The sheet without the cells that stand far from its table.
    rows, columns : int
        Size of the rectangle from the first to the last value that is kept.
    far : tuple of Cell
        The cells left out.
    last : str
        Address of the last corner of the rectangle.
    errors : tuple of Cell
        Cells that hold an error value, as ``#DIV/0!``.
    uncalculated : tuple of Cell
        Cells that hold a formula and no value.
    hidden : int
        Rows with values that the program does not show, as by a filter.
    merged : tuple of (int, int, str)
        Cells of one column merged over several rows below the first row: column, rows without a value of their own,
        and reference.
    """

    xml: bytes = b""
    rows: int = 0
    columns: int = 0
    far: tuple[Cell, ...] = ()
    last: str = ""
    errors: tuple[Cell, ...] = ()
    uncalculated: tuple[Cell, ...] = ()
    hidden: int = 0
    merged: tuple[tuple[int, int, str], ...] = ()


def address(row: int, column: int) -> str:
    """``address(7, 3)`` is ``C7``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


class Sheet:
    """The XML of a sheet, with the prefix that its writer gave to all tags."""

    def __init__(self, xml: bytes) -> None:
        opened = _DATA.search(xml)
        self.xml = xml
        self.known = opened is not None
        self.prefix = opened[1] if opened else b""
        self.start = opened.end() if opened else len(xml)
        closed = xml.rfind(b"</" + self.prefix + b"sheetData", self.start)
        self.end = closed if closed >= 0 else len(xml)
        tag = re.escape(self.prefix)
        self._row = re.compile(rb"<" + tag + rb"row\b[^>]*>")
        self._cell = re.compile(rb"<" + tag + rb"c\b([^>]*?)(?:/>|>(.*?)</" + tag + rb"c\s*>)", re.DOTALL)
        self._values = tuple(b"<" + self.prefix + name for name in (b"v>", b"v ", b"is>"))
        self._open = b"<" + self.prefix + b"c "

    def has_values(self) -> bool:
        """Whether any cell holds a value."""
        return any(self.xml.find(value, self.start, self.end) >= 0 for value in self._values)

    def rows(self) -> list[Row]:
        """The rows that hold a value, in the order of the file."""
        found: list[Row] = []
        heads = [(hit.start(), hit.end()) for hit in self._row.finditer(self.xml, self.start, self.end)]
        number = 0
        for (start, head), (end, _) in pairwise([*heads, (self.end, self.end)]):
            said = _NUMBER.search(self.xml, start, head)
            number = int(said[1]) if said else number + 1
            value = max(self.xml.rfind(token, head, end) for token in self._values)
            if value >= 0:
                found.append(self._placed(number, start, end, value))
        return found

    def _placed(self, number: int, start: int, end: int, value: int) -> Row:
        """A row by the reference of its last cell with a value; its cells are counted where they have none."""
        opened = self.xml.rfind(self._open, start, value)
        said = _REFERENCE.search(self.xml, opened, value) if opened >= 0 else None
        if said is None:
            return Row(number, self.xml.count(b"<" + self.prefix + b"c", start, value), start, end)
        return Row(int(said[2]), _column(said[1]), start, end)

    def cells(self, start: int, end: int, row: int = 0) -> list[Cell]:
        """The cells between two places of the XML."""
        found: list[Cell] = []
        column = 0
        for hit in self._cell.finditer(self.xml, start, end):
            said = _REFERENCE.search(hit[1])
            row, column = (int(said[2]), _column(said[1])) if said else (row, column + 1)
            found.append(Cell(row, column, hit[1], hit[2] or b"", hit.start(), hit.end()))
        return found

    def values(self, row: Row) -> list[Cell]:
        """The cells of a row that hold a value."""
        return [cell for cell in self.cells(row.start, row.end, row.number) if self._holds(cell)]

    def _holds(self, cell: Cell) -> bool:
        return any(value in cell.body for value in self._values)

    def hidden(self, rows: list[Row]) -> int:
        """How many of these rows are hidden."""
        if b"hidden" not in self.xml:
            return 0
        heads = (self.xml[row.start : self.xml.find(b">", row.start)] for row in rows)
        return sum(_HIDDEN.search(head) is not None for head in heads)

    def merged(self, first: int) -> Iterator[tuple[int, int, str]]:
        """Merged cells below row `first`: column, rows without a value of their own, and reference."""
        for hit in _MERGED.finditer(self.xml, self.end):
            left, top, right, bottom = _column(hit[1]), int(hit[2]), _column(hit[3]), int(hit[4])
            if bottom > top > first:
                for column in range(left, right + 1):
                    yield column, bottom - top, f"{address(top, left)}:{address(bottom, right)}"

    def errors(self) -> list[Cell]:
        """The cells with an error value; nothing is parsed where there is none."""
        if b't="e"' not in self.xml and b"t='e'" not in self.xml:
            return []
        return [cell for cell in self.cells(self.start, self.end) if _ERROR.search(cell.head)]

    def uncalculated(self) -> list[Cell]:
        """Cells that hold a formula and no value; an empty text that a formula gave is a value."""
        formula = re.compile(rb"<" + re.escape(self.prefix) + rb"f\b")
        if b"<" + self.prefix + b"f" not in self.xml or not formula.search(self.xml, self.start, self.end):
            return []
        empty = re.compile(rb"<" + re.escape(self.prefix) + rb"v\s*>[^<]")
        return [
            cell
            for cell in self.cells(self.start, self.end)
            if formula.search(cell.body) and not empty.search(cell.body) and not _TEXT.search(cell.head)
        ]


def look(xml: bytes) -> Look:
    """What a sheet holds, and its XML without the cells that stand far from the table."""
    sheet = Sheet(xml)
    rows = sheet.rows()
    errors, empty = tuple(sheet.errors()), tuple(sheet.uncalculated())
    if not rows:
        return Look(xml, 0, 0, (), "", errors, empty)
    edge = _edge(sheet, rows[0])
    kept, far = _parted(sheet, rows, edge)
    top, bottom = min(row.number for row in kept), max(row.number for row in kept)
    columns = max(min(row.last, edge + GAP_COLUMNS) for row in kept)
    gone = {cell.address for cell in far}
    return Look(
        _without(xml, far),
        bottom - top + 1,
        columns,
        tuple(far),
        address(bottom, columns),
        tuple(cell for cell in errors if cell.address not in gone),
        tuple(cell for cell in empty if cell.address not in gone),
        sheet.hidden(kept[1:]),
        tuple(sheet.merged(top)),
    )


def _edge(sheet: Sheet, header: Row) -> int:
    """The last column of the header that is followed by a long gap, or by nothing."""
    columns = sorted(cell.column for cell in sheet.values(header))
    for left, right in pairwise(columns):
        if right - left > GAP_COLUMNS:
            return left
    return columns[-1] if columns else header.last


def _parted(sheet: Sheet, rows: list[Row], edge: int) -> tuple[list[Row], list[Cell]]:
    """The rows of the table, and the cells that stand far to the right of it or far below.

    A row below a long gap belongs to the table if it fills more than half of the columns that the header has.
    """
    named = len([cell for cell in sheet.values(rows[0]) if cell.column <= edge])
    kept: list[Row] = []
    far: list[Cell] = []
    for row in rows:
        below = bool(kept) and row.number - kept[-1].number > GAP_ROWS
        if not below and row.last <= edge + GAP_COLUMNS:
            kept.append(row)
            continue
        cells = sheet.values(row)
        inside = [cell for cell in cells if cell.column <= edge + GAP_COLUMNS]
        if (below and 2 * len(inside) <= named) or not inside:
            far += cells
        else:
            kept.append(row)
            far += [cell for cell in cells if cell.column > edge + GAP_COLUMNS]
    return kept, far


def _without(xml: bytes, far: list[Cell]) -> bytes:
    if not far:
        return xml
    parts: list[bytes] = []
    at = 0
    for cell in sorted(far, key=lambda cell: cell.start):
        parts.append(xml[at : cell.start])
        at = cell.end
    return b"".join([*parts, xml[at:]])


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
