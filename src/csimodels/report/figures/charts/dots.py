"""Rows of dots with whiskers: leagues, levels, changes, drivers and ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from csimodels.report.figures.charts.axis import Axis, across, axis
from csimodels.report.figures.geometry import balanced, text_width
from csimodels.report.figures.scene import Anchor, Bar, Dot, Line, Scene, Sheet, Text, rows_of, shortened

#: Height of a row, of one among many and among so many that they fill a printed page, and how many these are.
_ROW, _DENSE, _PACKED, _MANY, _CROWD = 26.0, 19.0, 16.0, 30, 45
_FONT, _SMALL, _STEP = 12.5, 11.0, 12.0


@dataclass(frozen=True, slots=True)
class Row:
    """One dot with its whisker, a ghost to compare with, words to the left and numbers to the right.

    The ghost is the wave before, or the whole; where it is the whole, `before` is a hollow one of the wave before.  A
    row without a value is a heading; ``depth`` counts the steps inwards of a tree.
    """

    label: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    ghost: float = math.nan
    shown: str = ""
    note: str = ""
    colour: str = "accent"
    note_colour: str = "muted"
    shaded: bool = False
    open: bool = False
    said: str = ""
    before: float = math.nan
    depth: int = 0

    @property
    def heading(self) -> bool:
        """Whether this row only names those below."""
        return math.isnan(self.value) and not self.shown


@dataclass(frozen=True, slots=True)
class Look:
    """What a chart of dots has besides its rows.

    Attributes
    ----------
    ends : (float, float)
        Bounds of the axis.
    line, line_said : float, str
        A line through all rows, such as the mean, and what it is.
    band : (float, float)
        An interval behind all rows.
    signed : bool
        Whether ticks carry a sign; 0 is then drawn.
    legend : tuple of (str, str)
        Kind of a mark (``dot``, ``ghost``, ``shade``, ``open``, ``tick``) and what it means.
    heads : (str, str)
        What stands above the numbers and above the notes.
    ticks : bool
        Ghosts are upright strokes across the dot, so that they are seen where both agree.
    tree : bool
        Names begin at the left, each step of their depth further in.
    marks : tuple of float
        Ticks of the axis instead of round ones, such as ranks from 1.
    """

    ends: tuple[float, float] = (-math.inf, math.inf)
    line: float = math.nan
    line_said: str = ""
    band: tuple[float, float] = (math.nan, math.nan)
    signed: bool = False
    legend: tuple[tuple[str, str], ...] = ()
    heads: tuple[str, str] = ("", "")
    ticks: bool = False
    tree: bool = False
    marks: tuple[float, ...] = ()


def dot_chart(rows: Sequence[Row], width: float, look: Look) -> Scene:
    """Dots of all rows on one axis, for a width in pixels."""
    sheet, narrow = Sheet(), width < 480
    top = _legend(sheet, look, width)
    names = (text_width(r.label, _FONT) + _STEP * r.depth for r in rows if not r.heading)
    left = min(1.06 * max(names, default=0.0) + 14, width * (0.4 if narrow else 0.36))
    size = _size(rows, left, look.tree)
    least = _ROW if len(rows) <= _MANY else _DENSE if len(rows) <= _CROWD else _PACKED
    high = max((_height(r, left, look.tree, least) for r in rows), default=least)
    shown = max((text_width(t, _FONT) for t in (*(r.shown for r in rows), look.heads[0])), default=0.0)
    note = max((text_width(t, _FONT) for t in (*(r.note for r in rows), look.heads[1])), default=0.0)
    right = 12 + shown + (0 if narrow or not note else 12 + 1.06 * note)  # of wide faces
    values = [v for r in rows for v in (r.value, r.low, r.high, r.ghost, r.before)]
    values += [look.line] + ([0.0] if look.signed else [])
    scale = axis(values, (left + 8, width - right - 8), look.ends, 4 if narrow else 6)
    scale = replace(scale, own=look.marks)
    top += 16 if look.line_said or any(look.heads) else 4
    bottom = top + high * len(rows)
    for k, row in enumerate(rows):
        if row.shaded:
            sheet.add(Bar(0, top + high * k, width, high, "accent-soft", 0.6))
    _behind(sheet, look, scale, top, bottom)
    radius = _radius(rows, scale)
    _heads(sheet, look, (scale.end + 14 + shown, width, top), narrow)
    for k, row in enumerate(rows):
        y = top + high * (k + 0.5)
        if not row.heading:
            _label(sheet, row, (left, y, size), look.tree)
        _row(sheet, row, scale, (y, width, shown, radius), (narrow, look.ticks))
    return sheet.scene(width, bottom + 26, rows_of(top, high, len(rows)))


def _behind(sheet: Sheet, look: Look, scale: Axis, top: float, bottom: float) -> None:
    low, high = look.band
    if math.isfinite(low) and math.isfinite(high):
        sheet.add(Bar(scale.at(low), top, scale.at(high) - scale.at(low), bottom - top, "accent-soft"))
    across(sheet, scale, top, bottom, look.signed)
    if look.signed:
        sheet.add(Line(((scale.at(0), top), (scale.at(0), bottom)), "muted", 1.2))
    if math.isfinite(look.line):
        x = scale.at(look.line)
        sheet.add(Line(((x, top - 4), (x, bottom)), "ink", 1.2, "3 4"))
        wide = text_width(look.line_said, 11.5) / 2
        middle = min(max(x, scale.start + wide), scale.end - wide) if scale.end - scale.start > 2 * wide else x
        sheet.add(Text(middle, top - 9, look.line_said, 11.5, "ink", "middle"))


def _heads(sheet: Sheet, look: Look, at: tuple[float, float, float], narrow: bool) -> None:
    x, width, top = at
    sheet.add(Text(x, top - 9, look.heads[0], 11.5, "muted", "end"))
    if not narrow:
        sheet.add(Text(width, top - 9, look.heads[1], 11.5, "muted", "end"))


def _radius(rows: Sequence[Row], scale: Axis) -> float:
    """Size of the dots: smaller where they would hide the whiskers of most rows."""
    halves = sorted((scale.at(r.high) - scale.at(r.low)) / 2 for r in rows if math.isfinite(r.high - r.low))
    return min(5.5, max(3.2, 0.42 * halves[len(halves) // 2])) if halves else 5.5


def _row(sheet: Sheet, row: Row, scale: Axis, at: tuple[float, float, float, float], how: tuple[bool, bool]) -> None:
    """One row: its ghost behind, then the whisker, so that no end of it is hidden, then the dot."""
    (y, width, shown, radius), (narrow, ticks) = at, how
    if row.heading:
        sheet.add(Bar(0, y - _DENSE / 2, width, _DENSE, "paper"))
        sheet.add(Text(0, y + 4.5, shortened(row.label, _FONT, width), _FONT, "accent", "start", 650))
        return
    if math.isfinite(row.ghost) and not ticks:
        sheet.add(Dot(scale.at(row.ghost), y, min(4.5, radius), "ghost"))
    if math.isfinite(row.before):
        sheet.add(Dot(scale.at(row.before), y, min(4.0, radius), "muted", True))
    if math.isfinite(row.low) and math.isfinite(row.high):
        sheet.add(Line(((scale.at(row.low), y), (scale.at(row.high), y)), row.colour, 2.0))
    if math.isfinite(row.ghost) and ticks:
        x = scale.at(row.ghost)
        sheet.add(Line(((x, y - 8.5), (x, y + 8.5)), "ink", 2.0))
    if math.isfinite(row.value):
        sheet.add(Dot(scale.at(row.value), y, radius, row.colour, row.open, row.said))
    x = scale.end + 14 + shown
    sheet.add(Text(x, y + 4.5, row.shown, _FONT, "ink", "end", 650))
    if row.note and not narrow:
        sheet.add(Text(width, y + 4.5, row.note, _FONT, row.note_colour, "end"))


def _size(rows: Sequence[Row], left: float, tree: bool) -> float:
    """Size of the letters of all names: one for a chart, smaller where a name does not fit on one line."""
    whole = all(1.06 * text_width(r.label, _FONT) <= _room(r, left, tree) for r in rows if not r.heading)
    return _FONT if whole else _SMALL


def _room(row: Row, left: float, tree: bool) -> float:
    return left - (_STEP * row.depth if tree else 0.0)


def _lines(name: str, room: float) -> tuple[str, ...]:
    """A name on one line, or on up to three of smaller letters; faces differ in width."""
    return (name,) if 1.06 * text_width(name, _FONT) <= room else balanced(name, 1.1 * _SMALL, room, 3)


def _height(row: Row, left: float, tree: bool, least: float) -> float:
    """Height of a row: more than `least` where its name takes several lines."""
    return least if row.heading else max(least, 12.0 * len(_lines(row.label, _room(row, left, tree))) + 6.0)


def _label(sheet: Sheet, row: Row, at: tuple[float, float, float], tree: bool) -> None:
    """A name on its lines; in a tree further in by its depth."""
    left, y, size = at
    room = _room(row, left, tree)
    lines = _lines(row.label, room)
    first = y + 4.5 - 6.0 * (len(lines) - 1)
    weight = 650 if tree and not row.depth else 400
    for k, line in enumerate(lines):
        place: tuple[float, Anchor] = (left - room, "start") if tree else (left, "end")
        sheet.add(Text(place[0], first + 12.0 * k, line, size, "ink", place[1], weight))


def _legend(sheet: Sheet, look: Look, width: float) -> float:
    """Marks and what they mean, in as many lines as they need; returns their height."""
    x, y = 0.0, 12.0
    for kind, text in look.legend:
        wide = 25 + 1.1 * text_width(text, 11.5) + 18
        if x and x + wide - 18 > width:
            x, y = 0.0, y + 18
        _sample(sheet, kind, x + 10, y - 4)
        sheet.add(Text(x + 25, y, text, 11.5, "muted"))
        x += wide
    return y + 10 if look.legend else 4.0


def _sample(sheet: Sheet, kind: str, x: float, y: float) -> None:
    if kind == "ghost":
        sheet.add(Dot(x, y, 4.0, "ghost"))
    elif kind == "shade":
        sheet.add(Bar(x - 7, y - 6, 14, 12, "accent-soft"))
    elif kind == "tick":
        sheet.add(Line(((x, y - 7), (x, y + 7)), "ink", 2.0))
    elif kind == "open":
        sheet.add(Dot(x, y, 5.0, "muted", True))
    else:
        sheet.add(Line(((x - 10, y), (x + 10, y)), kind, 2.0), Dot(x, y, 4.0, kind))
