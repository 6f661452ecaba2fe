"""What goes with the index: a line with the band of its slope, and groups as points round it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report.figures.charts.axis import across, axis, upright
from csimodels.report.figures.scene import Area, Dot, Line, Scene, Sheet, Text

#: More points than this are drawn smaller.
_MANY = 100


@dataclass(frozen=True, slots=True)
class Link:
    """A line through (x, y) with a slope and its interval."""

    x: float
    y: float
    slope: tuple[float, float, float]


def link_chart(link: Link, points: Sequence[tuple[str, float, float]], titles: tuple[str, str], width: float) -> Scene:
    """The line over the range of the points, its band, and every point with its name as a tooltip."""
    sheet = Sheet()
    height, left = (380.0 if width > 480 else 300.0), 44.0
    xs = [x for _, x, _ in points if math.isfinite(x)] or [link.x - 10, link.x + 10]
    ys = [y for _, _, y in points if math.isfinite(y)]
    ends = [link.y + b * (x - link.x) for x in (min(xs), max(xs)) for b in link.slope if math.isfinite(b)]
    sideways = axis(xs, (left, width - 14), (0, 100))
    upwards = axis([*ys, *ends], (height - 46, 26.0), (0, 100))
    across(sheet, sideways, 26.0, height - 46)
    upright(sheet, upwards, left, width - 14)
    slope, low, high = link.slope

    def at(x: float, b: float) -> tuple[float, float]:
        return sideways.at(x), upwards.at(link.y + b * (x - link.x))

    a, b = min(xs), max(xs)
    if math.isfinite(low) and math.isfinite(high):
        sheet.add(Area((at(a, low), at(link.x, slope), at(b, high), at(b, low), at(link.x, slope), at(a, high)),
                       "accent", 0.18))  # fmt: skip
    size = 4.5 if len(points) <= _MANY else 3.0
    for name, x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            sheet.add(Dot(sideways.at(x), upwards.at(y), size, "ghost", said=name))
    sheet.add(Line((at(a, slope), at(b, slope)), "accent", 3.0))
    sheet.add(Text((left + width - 14) / 2, height - 6, f"{titles[0]} →", 12.5, "ink", "middle"))
    sheet.add(Text(0, 14, f"↑ {titles[1]}", 12.5, "ink"))
    return sheet.scene(width, height)
