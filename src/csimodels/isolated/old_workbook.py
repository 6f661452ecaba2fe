"""Cells with an error value in a workbook of the older binary kind (.xls), which its reader gives as empty.

The file is a compound document (Microsoft MS-CFB) with a stream of records (MS-XLS, BIFF5 and BIFF8): of these only
the names of the sheets, the cells that hold an error, and the formulas whose result is one are looked at.  The library
for such files, xlrd 2.0.2, tells errors too (the tests compare), but takes memory without bound for some damaged files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

#: First bytes of a compound document, and the end of a chain of its sectors.
_COMPOUND, _END = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0xFFFFFFFA
#: Kinds of records: begin and end of a part, sheet, truth or error, formula.
_BEGIN, _STOP, _SHEET, _ERROR, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0205, 0x0006
#: Errors by their code (MS-XLS 2.5.10).
_CODES = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

_HEAD, _PLACE, _LONG = struct.Struct("<HH"), struct.Struct("<HH"), struct.Struct("<I")


def error_cells(path: str, sheet: str, position: int) -> list[tuple[int, int, str]]:
    """Row and column (from 1) and text of every cell of a sheet that holds an error value.

    Parameters
    ----------
    path : str
        The file; of one that is no such workbook, or is damaged, nothing is said.
    sheet, position : str, int
        Name of the sheet, and its place among all sheets, for files whose names are in an unknown encoding.
    """
    try:
        book = _stream(Path(path).read_bytes())
        begins = _begins(book)
        start = begins.get(sheet, list(begins.values())[position] if position < len(begins) else -1)
        return [] if start < 0 else list(_errors(book, start))
    except (struct.error, IndexError):
        return []


def _stream(data: bytes) -> bytes:
    """The stream of the workbook out of a compound document."""
    if not data.startswith(_COMPOUND):
        return b""
    size, small = 1 << struct.unpack_from("<H", data, 30)[0], 1 << struct.unpack_from("<H", data, 32)[0]
    table = _table(data, size)
    first, cutoff, first_small = (_LONG.unpack_from(data, at)[0] for at in (48, 56, 60))
    folder = _chain(data, table, first, size, size)
    root, found = b"", b""
    for at in range(0, len(folder) - 127, 128):
        entry = folder[at : at + 128]
        length = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
        begin, many = _LONG.unpack_from(entry, 116)[0], _LONG.unpack_from(entry, 120)[0]
        if entry[66] == 5:
            root = _chain(data, table, begin, size, size)
        elif name in ("Workbook", "Book") and not found:
            if many < cutoff and root:
                places = _numbers(_chain(data, table, first_small, size, size))
                found = _chain(root, places, begin, small, 0)[:many]
            else:
                found = _chain(data, table, begin, size, size)[:many]
    return found


def _table(data: bytes, size: int) -> list[int]:
    """For every sector the one that follows."""
    known = list(struct.unpack_from("<109I", data, 76))
    more, seen = _LONG.unpack_from(data, 68)[0], 0
    while more < _END and seen * size < len(data):
        part = _numbers(data[(more + 1) * size : (more + 2) * size])
        known += part[:-1]
        more, seen = part[-1], seen + 1
    return [n for sector in known if sector < _END for n in _numbers(data[(sector + 1) * size : (sector + 2) * size])]


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _chain(data: bytes, table: list[int], first: int, size: int, header: int) -> bytes:
    """The sectors from `first` on, one after another; a chain that runs in a circle ends."""
    parts: list[bytes] = []
    while first < len(table) and len(parts) <= len(table):
        parts.append(data[first * size + header : (first + 1) * size + header])
        first = table[first]
    return b"".join(parts)


def _begins(book: bytes) -> dict[str, int]:
    """Where each sheet begins, by its name."""
    found: dict[str, int] = {}
    for kind, at, _ in _records(book, 0):
        if kind == _SHEET:
            letters, wide = book[at + 6], book[at + 7] & 1
            name = book[at + 8 : at + 8 + letters * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
            found[name] = _LONG.unpack_from(book, at)[0]
    return found


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of the records of one part, without those of the parts within it."""
    depth = 0
    while at + 4 <= len(book):
        kind, length = _HEAD.unpack_from(book, at)
        depth += (kind == _BEGIN) - (kind == _STOP)
        if depth == 1:
            yield kind, at + 4, length
        elif depth < 1:
            return
        at += 4 + length


def _errors(book: bytes, start: int) -> Iterator[tuple[int, int, str]]:
    for kind, at, _ in _records(book, start):
        if kind == _ERROR and book[at + 7] == 1:
            code = book[at + 6]
        elif kind == _FORMULA and book[at + 12 : at + 14] == b"\xff\xff" and book[at + 6] == 2:
            code = book[at + 8]
        else:
            continue
        row, column = _PLACE.unpack_from(book, at)
        yield row + 1, column + 1, _CODES.get(code, "#ERR")
