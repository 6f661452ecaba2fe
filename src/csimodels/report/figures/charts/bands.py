"""Lines with bands along a scale: an effect where its moderator has each value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from csimodels.report.figures.charts.axis import Axis, across, axis, upright
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.scene import Area, Bar, Line, Scene, Sheet, Text, shortened

#: Level, value, and its interval.
Point = tuple[float, float, float, float]
_COLOURS = ("accent", "amber")


@dataclass(frozen=True, slots=True)
class Band:
    """A line with its interval; its name where there are several."""

    points: tuple[Point, ...]
    name: str = ""


def bands_chart(bands: Sequence[Band], width: float, titles: tuple[str, str]) -> Scene:
    """Lines and bands; a band is deeper where it leaves 0 out.

    Parameters
    ----------
    bands : sequence of Band
        One or two.
    width : float
        In pixels.
    titles : (str, str)
        Of what runs across and of what runs up.
    """
    sheet = Sheet()
    height, left = (350.0 if width > 480 else 300.0), 52.0
    top = 34.0 + (18.0 if len(bands) > 1 else 0.0)
    every = [p for band in bands for p in band.points]
    sideways = axis([p[0] for p in every], (left, width - 16), (0, 100), 5 if width < 480 else 8)
    upwards = axis([0.0, *(v for p in every for v in p[1:])], (height - 46, top))
    across(sheet, sideways, top, height - 46)
    upright(sheet, upwards, left, width - 16)
    sheet.add(Line(((left, upwards.at(0)), (width - 16, upwards.at(0))), "ink", 1.2))
    for colour, band in zip(_COLOURS, bands, strict=False):
        _band(sheet, band, (sideways, upwards), colour)
    if len(bands) > 1:
        x = left
        for colour, band in zip(_COLOURS, bands, strict=False):
            sheet.add(Bar(x, 24, 14, 4, colour), Text(x + 20, 30, band.name, 11.5, "muted"))
            x += 38 + text_width(band.name, 11.5)
    sheet.add(Text((left + width - 16) / 2, height - 6, f"{titles[0]} →", 12.5, "ink", "middle"))
    sheet.add(Text(0, 14, shortened(f"↑ {titles[1]}", 12.5, width), 12.5, "ink"))
    return sheet.scene(width, height)


def _band(sheet: Sheet, band: Band, scales: tuple[Axis, Axis], colour: str) -> None:
    sideways, upwards = scales
    known = [p for p in band.points if math.isfinite(p[2]) and math.isfinite(p[3])]
    for depth, part in ((0.14, known), *((0.3, run) for run in sure_runs(known))):
        if len(part) > 1:
            above = [(sideways.at(x), upwards.at(high)) for x, _, _, high in part]
            below = [(sideways.at(x), upwards.at(low)) for x, _, low, _ in reversed(part)]
            sheet.add(Area((*above, *below), colour, depth))
    line = tuple((sideways.at(x), upwards.at(y)) for x, y, *_ in band.points if math.isfinite(y))
    sheet.add(Line(line, colour, 3.0))


def sure_runs(points: Sequence[Point]) -> list[list[Point]]:
    """Stretches of points whose intervals leave 0 out on the same side."""
    runs = groupby(points, key=lambda p: (p[2] > 0) - (p[3] < 0))
    return [list(run) for side, run in runs if side]
