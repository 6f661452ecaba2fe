"""Lines over waves with bands of their intervals, labelled at their ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.charts.axis import Axis, axis, upright
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.scene import Area, Dot, Line, Scene, Sheet, Text, shortened

_FONT = 12.5


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, and value, low and high at every wave (NaN: none)."""

    name: str
    values: tuple[tuple[float, float, float], ...]
    main: bool = False


def trend_chart(waves: Sequence[str], series: Sequence[Series], width: float, small: bool = False) -> Scene:
    """Lines over `waves`; the main one with its band and its numbers."""
    sheet = Sheet()
    height = 150.0 if small else 340.0 if width > 480 else 300.0
    names = [shortened(s.name, _FONT, 0.3 * width) for s in series]
    room = max((text_width(n, _FONT) for n in names), default=0.0) if len(series) > 1 or not small else 0.0
    left, right = 36.0, width - room - 46
    scale = axis([v for s in series for row in s.values for v in row], (height - 30, 12.0), (0, 100), 3 if small else 5)
    upright(sheet, scale, left, right + 10)
    gap = (right - left - 40) / max(1, len(waves) - 1)
    places = [left + 20 + gap * k for k in range(len(waves))] if len(waves) > 1 else [(left + right) / 2]
    every = max(1, math.ceil(max(text_width(w, 12) for w in waves) * 1.3 / max(gap, 1))) if len(waves) > 1 else 1
    for k, (x, wave) in enumerate(zip(places, waves, strict=True)):
        if (len(waves) - 1 - k) % every == 0:
            sheet.add(Text(x, height - 8, wave, 12, "muted", "middle"))
    for one in sorted(series, key=lambda s: s.main):
        _line(sheet, one, places, scale)
    _names(sheet, series, names, (places[-1], scale), small)
    return sheet.scene(width, height)


def _line(sheet: Sheet, series: Series, places: Sequence[float], scale: Axis) -> None:
    known = [(x, *row) for x, row in zip(places, series.values, strict=True) if math.isfinite(row[0])]
    band = [(x, low, high) for x, _, low, high in known if math.isfinite(low) and math.isfinite(high)]
    colour = "accent" if series.main else "ghost"
    if series.main and len(band) > 1:
        edge = [(x, scale.at(high)) for x, _, high in band] + [(x, scale.at(low)) for x, low, _ in reversed(band)]
        sheet.add(Area(tuple(edge), "accent", 0.16))
    if series.main:
        for x, low, high in band:
            sheet.add(Line(((x, scale.at(low)), (x, scale.at(high))), "accent", 1.6))
    if len(known) > 1:
        sheet.add(Line(tuple((x, scale.at(v)) for x, v, _, _ in known), colour, 3.0 if series.main else 2.0))
    for x, value, low, high in known:
        said = f"{series.name}: {formatting.number(value, 1)} {formatting.interval(low, high, 1)}"
        sheet.add(Dot(x, scale.at(value), 5.5 if series.main else 4.0, colour, said=said))
    if series.main:
        for x, value, _, high in known[:-1]:
            top = high if math.isfinite(high) else value
            sheet.add(Text(x, scale.at(top) - 8, formatting.number(value, 1), 12.5, "accent", "middle", 650))


def _names(sheet: Sheet, series: Sequence[Series], names: Sequence[str], end: tuple[float, Axis], small: bool) -> None:
    """Name and last value of every line beside its end, moved apart where they would touch."""
    x, scale = end
    last = [
        (scale.at(s.values[-1][0]), n, s) for s, n in zip(series, names, strict=True) if math.isfinite(s.values[-1][0])
    ]
    taken = -math.inf
    for y, name, one in sorted(last, key=lambda entry: entry[0]):
        at = max(y + 4.5, taken + 16)
        taken = at
        value, colour = formatting.number(one.values[-1][0], 1), "accent" if one.main else "muted"
        text = value if small and len(series) == 1 else f"{value}  {name}"
        sheet.add(Text(x + 12, at, text, _FONT, colour, "start", 650 if one.main else 400))
