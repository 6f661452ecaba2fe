"""A table of coloured cells: units down, constructs across, colour for the distance to a base."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.geometry import balanced, by_parts, text_width, wrap
from csimodels.report.figures.scene import Bar, Dot, Scene, Sheet, Text, rows_of

_ROW, _FONT = 28.0, 12.5
#: Height of a row among many, and how many that is.
_DENSE, _CROWD = 21.0, 30
#: From this width on, more rows than this stand in two halves, so far apart: on slides.
_WIDE, _MANY, _GAP = 800.0, 16, 28.0
#: Height of rows by the lines that their names take at most.
_TALL = {1: _ROW, 2: 36.0, 3: 46.0}
#: How much of its colour a cell has next to the base and furthest from it: its number stays 4.5:1, at night too.
_FAINT, _FULL = 0.06, 0.5
#: Letters of names on several lines, and the smallest of heads.
_SMALL, _LEAST = 11.0, 9.5


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell: its number, its distance to the base, whether that is measurable; ``sense`` -1: less is stronger.

    ``said`` is its tooltip where that is not number and distance.
    """

    value: float
    distance: float
    sure: bool
    sense: int = 1
    said: str = ""


def heat_chart(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Tile]]], width: float, reach: float = 0.0
) -> Scene:
    """Cells in blue on the strong side of the base, in amber on the other, the deeper the further; dots: measurable.

    Many rows stand in two halves beside each other where there is room.
    """
    finite = [abs(t.distance) for _, tiles in rows for t in tiles if math.isfinite(t.distance)]
    full = reach or max([*finite, 1.0])
    if width < _WIDE or len(rows) <= _MANY:
        return _half(columns, rows, width, full)
    middle, wide = math.ceil(len(rows) / 2), (width - _GAP) / 2
    left, right = (_half(columns, some, wide, full) for some in (rows[:middle], rows[middle:]))
    return left.beside(right, _GAP)


def _half(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Tile]]], width: float, full: float) -> Scene:
    """Rows below one another."""
    sheet = Sheet()
    left = min(1.06 * max((text_width(name, _FONT) for name, _ in rows), default=0.0) + 14, 0.3 * width)
    wide = (width - left) / max(1, len(columns))
    top = _heads(sheet, columns, (left, wide, width))
    row = _TALL[max((len(_lines(name, left - 10)) for name, _ in rows), default=1)]
    row = _DENSE if row == _ROW and len(rows) > _CROWD else row
    size = _FONT if all(1.06 * text_width(name, _FONT) <= left - 10 for name, _ in rows) else _SMALL
    for r, (name, tiles) in enumerate(rows):
        y = top + row * r
        _name(sheet, name, (left - 10, y + row / 2 + 4, size))
        for k, tile in enumerate(tiles):
            _tile(sheet, tile, (left + wide * k, y, wide, row), full, f"{name} · {columns[k]}")
    return sheet.scene(width, top + row * len(rows) + 6, rows_of(top, row, len(rows)))


def _heads(sheet: Sheet, columns: Sequence[str], place: tuple[float, float, float]) -> float:
    """Names of the columns, and where the cells begin; numbers with a key above where names would be cut or broken.

    `place` is where the first column begins, how wide each is, and the width of the whole.
    """
    left, wide, width = place
    size = 11.5 if width > 480 else 11.0
    longest = max((text_width(word, 1.12 * size) for name in columns for word in name.split()), default=0.0)
    key: tuple[str, ...] = ()
    if longest > wide - 8:
        size = 0.99 * size * (wide - 8) / longest
    heads = [wrap(name, 1.12 * size, wide - 8, 4) for name in columns]
    if size < _LEAST or any(lines[-1].endswith("…") for lines in heads):
        size, heads = 11.0, [(str(k + 1),) for k in range(len(columns))]
        names = " · ".join(f"{k + 1} {name}" for k, name in enumerate(columns))
        key = by_parts(names, 1.1 * 11.0, width - 8, 3 * len(columns))
    top = 8 + 1.25 * size * max((len(h) for h in heads), default=1) + 15.0 * len(key) + (6.0 if key else 0.0)
    for k, line in enumerate(key):
        sheet.add(Text(4.0, 12.0 + 15.0 * k, line, 11.0, "muted"))
    for k, lines in enumerate(heads):
        for i, line in enumerate(reversed(lines)):
            sheet.add(Text(left + wide * (k + 0.5), top - 8 - 1.25 * size * i, line, size, "muted", "middle", 650))
    return top


def _name(sheet: Sheet, name: str, at: tuple[float, float, float]) -> None:
    """The name of a row on its lines; all names of a table have letters of one size."""
    right, y, size = at
    lines = _lines(name, right)
    first = -6.0 * (len(lines) - 1)
    sheet.add(*(Text(right, y + first + 12.0 * k, line, size, "ink", "end") for k, line in enumerate(lines)))


def _lines(name: str, right: float) -> tuple[str, ...]:
    """A name on one line, or on up to three of smaller letters."""
    return (name,) if text_width(name, _FONT) <= right else balanced(name, 1.05 * _SMALL, right, 3)


def _tile(sheet: Sheet, tile: Tile, place: tuple[float, float, float, float], full: float, name: str) -> None:
    x, y, wide, high = place
    depth = min(1.0, abs(tile.distance) / full) if math.isfinite(tile.distance) else 0.0
    colour = "accent" if tile.distance * tile.sense > 0 else "amber"
    said = tile.said or f"{name}: {formatting.number(tile.value, 1)} ({formatting.signed(tile.distance, 1)})"
    sheet.add(Bar(x + 1, y + 1, wide - 2, high - 2, "band", said=said))
    if depth:
        sheet.add(Bar(x + 1, y + 1, wide - 2, high - 2, colour, round(_FAINT + (_FULL - _FAINT) * depth, 3), said=said))
    size = min(12.0, 12.0 * (wide - 6) / max(1.0, text_width(formatting.number(tile.value, 1), 12.0)))
    sheet.add(Text(x + wide / 2, y + high / 2 + 4, formatting.number(tile.value, 1), size, "ink", "middle"))
    if tile.sure:
        sheet.add(Dot(x + wide - 6.5, y + 6.5, 2.8, "ink"))
