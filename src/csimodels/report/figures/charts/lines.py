"""Several lines over waves with their intervals, named at their ends; targets across, breaks of method up."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.charts.axis import Axis, axis, upright
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.figures.scene import Area, Bar, Dot, Line, Scene, Sheet, Text

#: Colour and dash of the lines in their order; of more units the first are drawn.
STYLES = (("accent", ""), ("amber", ""), ("muted", ""), ("ink", "7 3"), ("accent", "3 3"), ("amber", "3 3"))
_FONT = 12.5


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval in one wave; a hollow dot lies outside the control limits."""

    wave: int
    value: float
    low: float = math.nan
    high: float = math.nan
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """One line: its name and its points, one or more, in the order of the waves."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """A target across (NaN: none) with what it is called, and waves before which the method broke."""

    target: float = math.nan
    said: str = ""
    breaks: tuple[int, ...] = ()
    break_said: str = ""


def lines_chart(waves: Sequence[str], courses: Sequence[Course], width: float, marks: Marks) -> Scene:
    """All lines on one axis, for a width in pixels."""
    sheet = Sheet()
    height, foot = (360.0 if width > 480 else 310.0), 30.0
    names = [wrap(f"{_end(c)}  {c.name}", _FONT, 0.32 * width, 2) for c in courses]
    room = max((1.18 * text_width(line, _FONT) for lines in names for line in lines), default=0.0)
    left, right = 36.0, width - room - 16
    values = [v for c in courses for p in c.points for v in (p.value, p.low, p.high)] + [marks.target]
    scale = axis(values, (height - foot, 22.0), (0, 100), 5)
    upright(sheet, scale, left, right)
    gap = (right - left - 40) / max(1, len(waves) - 1)
    places = [left + 20 + gap * k for k in range(len(waves))]
    _waves(sheet, waves, places, (gap, height))
    _marks(sheet, marks, places, (scale, left, right, gap))
    bands = len(courses) <= 3
    for k, course in enumerate(courses):
        _line(sheet, course, places, scale, (*STYLES[k % len(STYLES)], bands))
    if math.isfinite(marks.target):  # above the lines, which would strike it through
        x, y = _free(courses, places, scale, (marks, left, right))
        sheet.add(Bar(x, y - 10, text_width(marks.said, 11) + 4, 13, "paper", 0.75))
        sheet.add(Text(x + 2, y, marks.said, 11, "ink"))
    last = [scale.at(c.points[-1].value) for c in courses]
    _names(sheet, list(zip(last, names, strict=True)), right)
    return sheet.scene(width, height)


def _free(
    courses: Sequence[Course], places: Sequence[float], scale: Axis, room: tuple[Marks, float, float]
) -> tuple[float, float]:
    """Left end and base line of the name of the target: along its line, above or below, farthest from all lines."""
    marks, left, right = room
    width, line = text_width(marks.said, 11) + 4, scale.at(marks.target)
    shown = [[(places[p.wave], scale.at(p.value)) for p in c.points if math.isfinite(p.value)] for c in courses]
    starts = [left + 2, *(x + 8 for x in places[:-1]), right - width - 2]
    spots = [(x, line + dy) for x in starts for dy in (-5.0, 13.0)]

    def clear(spot: tuple[float, float]) -> float:
        x, middle = spot[0], spot[1] - 4
        ways = [_height(course, x + part * width) for course in shown if course for part in (0.0, 0.5, 1.0)]
        return min((abs(y - middle) for y in ways), default=math.inf)

    return max(spots, key=lambda spot: min(clear(spot), 14.0))


def _height(course: Sequence[tuple[float, float]], x: float) -> float:
    """Where a line stands at `x`; beyond its ends, as at these."""
    for (x0, y0), (x1, y1) in itertools.pairwise(course):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return course[0][1] if x < course[0][0] else course[-1][1]


def _end(course: Course) -> str:
    return formatting.number(course.points[-1].value, 1)


def _waves(sheet: Sheet, waves: Sequence[str], places: Sequence[float], room: tuple[float, float]) -> None:
    gap, height = room
    widest = max((text_width(w, 12) for w in waves), default=0.0)
    every = max(1, math.ceil(1.2 * widest / max(gap, 1.0))) if len(waves) > 1 else 1
    for k, (x, wave) in enumerate(zip(places, waves, strict=True)):
        if (len(waves) - 1 - k) % every == 0:
            sheet.add(Text(x, height - 8, wave, 12, "muted", "middle"))


def _marks(sheet: Sheet, marks: Marks, places: Sequence[float], room: tuple[Axis, float, float, float]) -> None:
    scale, left, right, gap = room
    top, bottom = scale.end, scale.start
    for wave in marks.breaks:
        x = places[wave] - gap / 2
        sheet.add(Line(((x, top), (x, bottom)), "muted", 1.3, "2 4"))
        sheet.add(Text(x, top - 6, marks.break_said, 11, "muted", "middle"))
    if math.isfinite(marks.target):
        y = scale.at(marks.target)
        sheet.add(Line(((left, y), (right, y)), "ink", 1.3, "7 4"))


def _line(sheet: Sheet, course: Course, places: Sequence[float], scale: Axis, how: tuple[str, str, bool]) -> None:
    colour, dash, band = how
    known = [p for p in course.points if math.isfinite(p.value)]
    ends = [p for p in known if math.isfinite(p.low) and math.isfinite(p.high)]
    if band and len(ends) > 1:
        edge = [(places[p.wave], scale.at(p.high)) for p in ends]
        edge += [(places[p.wave], scale.at(p.low)) for p in reversed(ends)]
        sheet.add(Area(tuple(edge), colour, 0.14))
    for p in ends:
        x = places[p.wave]
        sheet.add(Line(((x, scale.at(p.low)), (x, scale.at(p.high))), colour, 1.3, opacity=0.7))
    if len(known) > 1:
        sheet.add(Line(tuple((places[p.wave], scale.at(p.value)) for p in known), colour, 2.4, dash))
    for p in known:
        said = f"{course.name}: {formatting.number(p.value, 1)} {formatting.interval(p.low, p.high, 1)}"
        sheet.add(Dot(places[p.wave], scale.at(p.value), 4.5, colour, p.outside, said))


def _names(sheet: Sheet, ends: Sequence[tuple[float, tuple[str, ...]]], right: float) -> None:
    """Last value and name of every line right of the plot, moved apart where they would touch."""
    known = [(y, lines, STYLES[k % len(STYLES)][0]) for k, (y, lines) in enumerate(ends) if math.isfinite(y)]
    taken = -math.inf
    for y, lines, colour in sorted(known):
        at = max(y + 4.5, taken + 16)
        taken = at + 14 * (len(lines) - 1)
        sheet.add(*(Text(right + 6, at + 14 * k, line, _FONT, colour, "start", 650) for k, line in enumerate(lines)))
