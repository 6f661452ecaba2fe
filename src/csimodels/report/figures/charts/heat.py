"""A table of coloured cells: units down, constructs across, colour for the distance to a base."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.figures.scene import Bar, Dot, Scene, Sheet, Text

_ROW, _FONT = 28.0, 12.5
#: Letters of names on two lines, and the smallest of heads.
_SMALL, _LEAST = 11.0, 8.0


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
    """Cells in blue on the strong side of the base, in amber on the other, the deeper the further; dots: measurable."""
    sheet = Sheet()
    left = min(max((text_width(name, _FONT) for name, _ in rows), default=0.0) + 14, 0.3 * width)
    wide = (width - left) / max(1, len(columns))
    size = _of_heads(columns, 11.5 if width > 480 else 9.5, wide - 8)
    heads = [wrap(name, 1.12 * size, wide - 8, 3) for name in columns]
    top = 8 + 1.25 * size * max((len(h) for h in heads), default=1)
    for k, lines in enumerate(heads):
        for i, line in enumerate(reversed(lines)):
            sheet.add(Text(left + wide * (k + 0.5), top - 8 - 1.25 * size * i, line, size, "muted", "middle", 650))
    finite = [abs(t.distance) for _, tiles in rows for t in tiles if math.isfinite(t.distance)]
    full = reach or max([*finite, 1.0])
    for r, (name, tiles) in enumerate(rows):
        y = top + _ROW * r
        _name(sheet, name, left - 10, y + _ROW / 2 + 4)
        for k, tile in enumerate(tiles):
            _tile(sheet, tile, (left + wide * k, y, wide), full, f"{name} · {columns[k]}")
    return sheet.scene(width, top + _ROW * len(rows) + 6)


def _of_heads(columns: Sequence[str], size: float, width: float) -> float:
    """The size of letters, `size` at most, at which no word of a head is broken."""
    longest = max((text_width(word, 1.12 * size) for name in columns for word in name.split()), default=0.0)
    return size if longest <= width else max(size * width / longest, _LEAST)


def _name(sheet: Sheet, name: str, right: float, y: float) -> None:
    """The name of a row: in smaller letters, on two lines at most, where one line does not hold it."""
    if text_width(name, _FONT) <= right:
        sheet.add(Text(right, y, name, _FONT, "ink", "end"))
        return
    lines = wrap(name, _SMALL, right, 2)
    ends = (0.0,) if len(lines) == 1 else (-6.0, 6.0)
    sheet.add(*(Text(right, y + end, line, _SMALL, "ink", "end") for line, end in zip(lines, ends, strict=True)))


def _tile(sheet: Sheet, tile: Tile, place: tuple[float, float, float], full: float, name: str) -> None:
    x, y, wide = place
    depth = min(1.0, abs(tile.distance) / full) if math.isfinite(tile.distance) else 0.0
    colour = "accent" if tile.distance * tile.sense > 0 else "amber"
    said = tile.said or f"{name}: {formatting.number(tile.value, 1)} ({formatting.signed(tile.distance, 1)})"
    sheet.add(Bar(x + 1, y + 1, wide - 2, _ROW - 2, "band", said=said))
    if depth:
        sheet.add(Bar(x + 1, y + 1, wide - 2, _ROW - 2, colour, round(0.06 + 0.5 * depth, 3), said=said))
    size = 12.0 if wide > 46 else 10.0
    sheet.add(Text(x + wide / 2, y + _ROW / 2 + 4, formatting.number(tile.value, 1), size, "ink", "middle"))
    if tile.sure:
        sheet.add(Dot(x + wide - 9, y + 8, 2.8, "ink"))
