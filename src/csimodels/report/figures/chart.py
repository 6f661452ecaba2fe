"""A small canvas for charts as one ``<svg>`` element: axes, dots, whiskers, lines and bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from csimodels.report import formatting
from csimodels.report.escaping import escape
from csimodels.report.figures import style
from csimodels.report.figures.geometry import Box, Point, place_labels, text_width

_FRAME = Box(58, 22, 560, 300)
#: Colours of several series, apart for colour-blind readers.
SERIES = (style.ACCENT, style.AMBER, "#3c7a4e", "#7a4a86", "#7b8791", "#5b9bb8")


@dataclass(frozen=True, slots=True)
class Axis:
    """Ends and ticks of an axis; ``names`` stand at the ticks instead of their numbers."""

    low: float
    high: float
    ticks: tuple[float, ...]
    digits: int = 0
    names: tuple[str, ...] = ()

    @classmethod
    def over(cls, values: Sequence[float], zero: bool = False) -> Axis:
        """An axis with some room round the finite `values`, and round 0 where it is wanted."""
        finite = [v for v in values if math.isfinite(v)] + ([0.0] if zero else []) or [0.0, 1.0]
        low, high = min(finite), max(finite)
        pad = 0.1 * (high - low) or max(0.5, 0.05 * abs(high))
        low, high = low - pad, high + pad
        power = 10.0 ** math.floor(math.log10((high - low) / 4))
        step = next((power * k for k in (1, 2, 5) if (high - low) / (power * k) <= 6), power * 10)
        ticks = tuple(step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1))
        return cls(low, high, ticks, max(0, -math.floor(math.log10(step) + 1e-9)))

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Axis:
        """An axis with one place for each name."""
        return cls(-0.5, len(names) - 0.5, tuple(map(float, range(len(names)))), 0, tuple(names))


@dataclass
class Chart:
    """Collects the parts of a chart; :meth:`svg` is the whole."""

    x: Axis
    y: Axis
    title: str
    lang: str
    parts: list[str] = field(default_factory=list)
    obstacles: list[Box] = field(default_factory=list)
    bottom: float = 50.0

    def at(self, x: float, y: float) -> Point:
        """A point of the axes in the picture."""
        across = _FRAME.x + _FRAME.w * (x - self.x.low) / (self.x.high - self.x.low)
        return across, _FRAME.bottom - _FRAME.h * (y - self.y.low) / (self.y.high - self.y.low)

    def dot(self, x: float, y: float, colour: str, size: float = 5.0, hollow: bool = False) -> None:
        """A dot; nothing where a number is missing."""
        if math.isfinite(x) and math.isfinite(y):
            px, py = self.at(x, y)
            fill = style.PAPER if hollow else colour
            self.parts.append(
                f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{size:.1f}" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
            )

    def line(self, points: Sequence[Point], colour: str, width: float = 2.0, dashed: bool = False) -> None:
        """A line through points of the axes; missing ones are left out."""
        known = [self.at(*p) for p in points if all(map(math.isfinite, p))]
        if len(known) > 1:
            path = "L".join(f"{px:.1f} {py:.1f}" for px, py in known)
            dash = ' stroke-dasharray="5 4"' if dashed else ""
            self.parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')

    def band(self, low: Sequence[Point], high: Sequence[Point], colour: str) -> None:
        """The area between two lines."""
        points = [*low, *reversed(high)]
        known = [self.at(*p) for p in points if all(map(math.isfinite, p))]
        if len(known) > 2:
            path = "L".join(f"{px:.1f} {py:.1f}" for px, py in known)
            self.parts.append(f'<path d="M{path}Z" fill="{colour}" fill-opacity=".16" stroke="none"/>')

    def text(self, at: Point, text: str, size: float = 11.0, colour: str = style.MUTED, anchor: str = "middle") -> None:
        """Text at a point of the picture."""
        self.parts.append(
            f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" '
            f'paint-order="stroke" stroke="{style.PAPER}" stroke-width="3">{escape(text)}</text>'
        )

    def names(self, points: Sequence[Point], labels: Sequence[str]) -> None:
        """Labels beside points of the axes, placed so that they do not overlap."""
        places = [self.at(*p) for p in points]
        sizes = [(text_width(t, 12) + 4, 15.0) for t in labels]
        for text, box in zip(labels, place_labels(places, sizes, _FRAME, self.obstacles, 13.0), strict=True):
            self.text((box.centre[0], box.y + 11.5), text, 12, style.INK)

    def legend(self, entries: Sequence[tuple[str, str]]) -> None:
        """``(colour, name)`` of the series below the chart, in as many lines as they need."""
        left, line = _FRAME.x, 0
        for colour, name in entries:
            width = text_width(name, 11.5) + 30
            if left > _FRAME.x and left + width > _FRAME.right:
                left, line = _FRAME.x, line + 1
            top = _FRAME.bottom + 46 + 18 * line
            self.parts.append(f'<rect x="{left:.1f}" y="{top - 9:.1f}" width="12" height="9" fill="{colour}"/>')
            self.text((left + 17, top), name, 11.5, style.INK, "start")
            left += width
        self.bottom = 68.0 + 18 * line

    def svg(self, across: str = "", up: str = "") -> str:
        """The chart with its axes and their titles."""
        size = (_FRAME.right + 22, _FRAME.bottom + self.bottom)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="map" role="img" lang="{escape(self.lang)}" '
            f'viewBox="0 0 {size[0]:g} {size[1]:g}" font-family="{escape(style.FONT_STACK)}">'
            f"<title>{escape(self.title)}</title>"
        )
        axes = Chart(self.x, self.y, "", self.lang)
        axes.parts.append(
            f'<rect x="{_FRAME.x}" y="{_FRAME.y}" width="{_FRAME.w}" height="{_FRAME.h}" fill="#fbfcfd" '
            f'stroke="{style.LINE}"/>'
        )
        shown = self.x.names or [formatting.number(t, self.x.digits) for t in self.x.ticks]
        for t, name in zip(self.x.ticks, shown, strict=True):
            axes.text((self.at(t, self.y.low)[0], _FRAME.bottom + 16), name)
        for t in self.y.ticks:
            axes.line([(self.x.low, t), (self.x.high, t)], style.LINE, 1)
            axes.text((_FRAME.x - 7, self.at(self.x.low, t)[1] + 4), formatting.number(t, self.y.digits), anchor="end")
        if across:
            axes.text((_FRAME.centre[0], _FRAME.bottom + 33), across, 12, style.INK)
        if up:
            axes.text((_FRAME.x, _FRAME.y - 8), up, 12, style.INK, "start")
        return "".join([head, *axes.parts, *self.parts, "</svg>"])
