"""Points on a plane with their intervals: importance against performance, importance against the lead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from csimodels.report.figures.charts.axis import Axis, across, axis, upright
from csimodels.report.figures.geometry import Box, balanced, place_labels, text_width
from csimodels.report.figures.scene import Anchor, Area, Bar, Dot, Line, Scene, Sheet, Text

Shape = Literal["dot", "diamond", "square", "triangle"]
Ends = tuple[float, float]
_NONE: Ends = (math.nan, math.nan)
_FONT, _LINE, _THICK = 12.5, 15.0, 4.0
_TOP, _LEFT, _FOOT = 26.0, 44.0, 46.0
#: A name farther from its point than this is joined to it by a line.
_FAR = 18.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A point with its intervals across and up; a hollow one is not certain."""

    label: str
    x: float
    y: float
    across: Ends = _NONE
    up: Ends = _NONE
    colour: str = "accent"
    shape: Shape = "dot"
    open: bool = False
    r: float = 6.5
    said: str = ""


@dataclass(frozen=True, slots=True)
class Plane:
    """What a plane has besides its points.

    Attributes
    ----------
    titles : (str, str)
        Of the axis across and of the one up.
    cuts : (float, float)
        Where the lines between the quarters stand; NaN: none.
    corners : tuple of (str, str)
        Text and colour of the corners: top left, top right, bottom left, bottom right; none without both lines.
    ends : (float, float)
        Bounds of the axis up.
    """

    titles: tuple[str, str]
    cuts: Ends = _NONE
    corners: tuple[tuple[str, str], ...] = ()
    ends: Ends = (-math.inf, math.inf)


def plane_chart(spots: Sequence[Spot], width: float, look: Plane) -> Scene:
    """All points with their names, for a width in pixels."""
    sheet = Sheet()
    height = min(460.0, max(400.0, 0.62 * width))
    frame = Box(_LEFT, _TOP, width - _LEFT - 14, height - _FOOT - _TOP)
    xs = [v for s in spots for v in (s.x, *s.across)] + [look.cuts[0]]
    ys = [v for s in spots for v in (s.y, *s.up)] + [look.cuts[1]]
    scales = axis(xs, (frame.x, frame.right)), axis(ys, (frame.bottom, frame.y), look.ends)
    sheet.add(Bar(frame.x, frame.y, frame.w, frame.h, "band"))
    across(sheet, scales[0], frame.y, frame.bottom)
    upright(sheet, scales[1], frame.x, frame.right)
    taken = _quarters(sheet, look, scales, frame)
    for spot in spots:
        taken += _whiskers(sheet, spot, scales)
    places = [(scales[0].at(s.x), scales[1].at(s.y)) for s in spots]
    for spot, (x, y) in zip(spots, places, strict=True):
        _mark(sheet, spot, x, y)
    _names(sheet, spots, places, frame, taken)
    sheet.add(Text(frame.centre[0], height - 8, f"{look.titles[0]} →", _FONT, "ink", "middle"))
    sheet.add(Text(0, 14, f"↑ {look.titles[1]}", _FONT, "ink"))
    return sheet.scene(width, height)


def _quarters(sheet: Sheet, look: Plane, scales: tuple[Axis, Axis], frame: Box) -> list[Box]:
    """Lines between the quarters and the names of these; returns what they take from labels."""
    x, y = (scale.at(cut) if math.isfinite(cut) else math.nan for scale, cut in zip(scales, look.cuts, strict=True))
    if math.isfinite(x):
        sheet.add(Line(((x, frame.y), (x, frame.bottom)), "muted", 1.2, "4 4"))
    if math.isfinite(y):
        sheet.add(Line(((frame.x, y), (frame.right, y)), "muted", 1.2, "4 4"))
    if not (math.isfinite(x) and math.isfinite(y)):
        return []
    taken = [Box(x - 1, frame.y, 2, frame.h), Box(frame.x, y - 1, frame.w, 2)]
    for k, (text, colour) in enumerate(look.corners):
        right, low = k % 2, k // 2
        at = frame.right - 7 if right else frame.x + 7
        base = frame.bottom - 8 if low else frame.y + 16
        wide = text_width(text, 11.5)
        taken.append(Box(at - wide if right else at, base - 12, wide, 16))
        sheet.add(Text(at, base, text, 11.5, colour, "end" if right else "start", 650))
    return taken


def _whiskers(sheet: Sheet, spot: Spot, scales: tuple[Axis, Axis]) -> list[Box]:
    """The intervals of a point as lines; returns the room that they take from labels."""
    x, y, out = scales[0].at(spot.x), scales[1].at(spot.y), []
    if all(map(math.isfinite, spot.across)):
        low, high = map(scales[0].at, spot.across)
        sheet.add(Line(((low, y), (high, y)), "muted", 1.5, opacity=0.6))
        out.append(Box(low, y - _THICK / 2, high - low, _THICK))
    if all(map(math.isfinite, spot.up)):
        low, high = map(scales[1].at, spot.up)
        sheet.add(Line(((x, low), (x, high)), "muted", 1.5, opacity=0.6))
        out.append(Box(x - _THICK / 2, high, _THICK, low - high))
    return out


def _mark(sheet: Sheet, spot: Spot, x: float, y: float) -> None:
    if spot.shape == "dot":
        sheet.add(Dot(x, y, spot.r, spot.colour, spot.open, spot.said))
        return
    for size, colour in ((spot.r + 1.5, "paper"), (spot.r, spot.colour), *([(spot.r - 2, "paper")] * spot.open)):
        corners = {
            "diamond": ((x, y - 1.25 * size), (x + 1.25 * size, y), (x, y + 1.25 * size), (x - 1.25 * size, y)),
            "square": ((x - size, y - size), (x + size, y - size), (x + size, y + size), (x - size, y + size)),
            "triangle": ((x, y - 1.2 * size), (x + 1.15 * size, y + 0.9 * size), (x - 1.15 * size, y + 0.9 * size)),
        }[spot.shape]
        sheet.add(Area(corners, colour))


def _names(
    sheet: Sheet, spots: Sequence[Spot], places: Sequence[tuple[float, float]], frame: Box, taken: list[Box]
) -> None:
    """Names beside their points, clear of lines, corners and one another."""
    lines = [balanced(spot.label, _FONT, min(170.0, 0.42 * frame.w), 3) for spot in spots]
    sizes = [(max(text_width(t, _FONT) for t in text) + 4, _LINE * len(text)) for text in lines]
    boxes = place_labels(places, sizes, frame, taken, 11.0)
    for spot, text, box, (x, y) in zip(spots, lines, boxes, places, strict=True):
        at, anchor = _beside(box, x)
        near = min(max(x, box.x), box.right), min(max(y, box.y), box.bottom)
        far = math.dist(near, (x, y))
        if far > _FAR:
            edge = (spot.r + 1) / far
            sheet.add(Line(((x + edge * (near[0] - x), y + edge * (near[1] - y)), near), "ink", 1.0))
        sheet.add(Bar(box.x, box.y, box.w, box.h, "band", 0.8))
        for k, line in enumerate(text):
            sheet.add(Text(at, box.y + 11.5 + _LINE * k, line, _FONT, "ink", anchor))


def _beside(box: Box, x: float) -> tuple[float, Anchor]:
    """Where a name begins, ends or has its middle, by the side of its point."""
    if box.x > x:
        return box.x, "start"
    return (box.right, "end") if box.right < x else (box.centre[0], "middle")
