"""Several estimates of the same numbers: a row for each number, a dot with its whisker for each estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report.figures.charts.axis import across, axis
from csimodels.report.figures.geometry import balanced, text_width
from csimodels.report.figures.scene import Bar, Dot, Line, Scene, Sheet, Text

#: Colours of the estimates, in their order.
COLOURS = ("accent", "amber", "muted", "ink", "ghost")
_FONT, _SMALL, _STEP = 12.5, 11.0, 9.0

#: A value, its interval, and whether nothing is said against it.
Estimate = tuple[float, float, float, bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """A number and its estimates, in the order of the legend."""

    label: str
    estimates: tuple[Estimate, ...]


def several_chart(
    subjects: Sequence[Subject],
    width: float,
    legend: Sequence[str],
    title: str,
    ends: tuple[float, float] = (-math.inf, math.inf),
) -> Scene:
    """Rows of dots on one axis; hollow dots are of a doubtful fit, and what has no estimate has no dot.

    Parameters
    ----------
    subjects : sequence of Subject
    width : float
        In pixels.
    legend : sequence of str
        Names of the estimates; empty for a second panel.
    title : str
        Of the axis.
    ends : (float, float)
        Bounds of the axis.
    """
    sheet, narrow = Sheet(), width < 480
    count = max((len(s.estimates) for s in subjects), default=1)
    row = max(24.0, _STEP * count + 10)
    named = max((text_width(s.label, _FONT) for s in subjects), default=0.0) + 14
    left = min(named, (0.38 if narrow else 0.45) * width)
    values = [v for s in subjects for e in s.estimates for v in e[:3]]
    values += [0.0] if ends[0] < 0 else []
    scale = axis(values, (left + 8, width - 12), ends, 4 if narrow else 6)
    top = _legend(sheet, legend, width)
    bottom = top + row * len(subjects)
    for k in range(1, len(subjects), 2):
        sheet.add(Bar(0, top + row * k, width, row, "band"))
    across(sheet, scale, top, bottom)
    if scale.low < 0 < scale.high:
        sheet.add(Line(((scale.at(0), top), (scale.at(0), bottom)), "muted", 1.2))
    for k, subject in enumerate(subjects):
        middle = top + row * (k + 0.5)
        _label(sheet, subject.label, left, middle)
        for j, estimate in enumerate(subject.estimates):
            y = middle + _STEP * (j - (len(subject.estimates) - 1) / 2)
            _dot(sheet, estimate, (scale.at, y), COLOURS[j % len(COLOURS)], subject.label)
    sheet.add(Text((scale.start + scale.end) / 2, bottom + 32, title, 11.5, "muted", "middle"))
    return sheet.scene(width, bottom + 42)


def _legend(sheet: Sheet, legend: Sequence[str], width: float) -> float:
    x, y = 0.0, 12.0
    for k, text in enumerate(legend):
        wide = 26 + 1.1 * text_width(text, 11.5)
        if x and x + wide > width:
            x, y = 0.0, y + 18
        colour = COLOURS[k % len(COLOURS)]
        sheet.add(Line(((x, y - 4), (x + 16, y - 4)), colour, 1.6), Dot(x + 8, y - 4, 4.0, colour))
        sheet.add(Text(x + 21, y, text, 11.5, "muted"))
        x += wide + 14
    return y + 10 if legend else 6.0


def _label(sheet: Sheet, text: str, left: float, y: float) -> None:
    whole = text_width(text, _FONT) <= left
    lines, size = ((text,), _FONT) if whole else (balanced(text, _SMALL, left, 2), _SMALL)
    for k, line in enumerate(lines):
        sheet.add(Text(left, y + 4.5 + 12.0 * (k - (len(lines) - 1) / 2), line, size, "ink", "end"))


def _dot(sheet: Sheet, estimate: Estimate, place: tuple[object, float], colour: str, label: str) -> None:
    value, low, high, ok = estimate
    at, y = place
    assert callable(at)
    if not math.isfinite(value):
        return
    if math.isfinite(low) and math.isfinite(high):
        sheet.add(Line(((at(low), y), (at(high), y)), colour, 1.6))
    sheet.add(Dot(at(value), y, 4.0, colour, not ok, label))
