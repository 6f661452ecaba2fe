"""Bars to both sides of 0, with whiskers: penalty and reward, better and worse, or shares that add up to a whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report.figures.charts.axis import Axis, across, axis
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.figures.scene import Bar, Line, Scene, Sheet, Text, shortened

_ROW, _FONT = 40.0, 12.5

#: A value and its interval.
Estimate = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers of one thing, one to each side of 0; ``note`` is a word on it, ``said`` what each bar is called."""

    label: str
    left: Estimate
    right: Estimate
    note: str = ""
    said: tuple[str, str] = ("", "")


def sides_chart(
    pairs: Sequence[Pair],
    width: float,
    legend: tuple[str, str],
    ends: tuple[float, float] = (-math.inf, math.inf),
) -> Scene:
    """Bars in amber to the left and in blue to the right, with the whiskers of their intervals.

    Parameters
    ----------
    pairs : sequence of Pair
    width : float
        In pixels.
    legend : (str, str)
        What the bars to the left and to the right are.
    ends : (float, float)
        Bounds that the axis cannot pass.
    """
    sheet, narrow = Sheet(), width < 480
    left = 0.0 if narrow else min(max((text_width(p.label, _FONT) for p in pairs), default=0.0) + 14, 0.36 * width)
    note = 0.0 if narrow else max((text_width(p.note, _FONT) for p in pairs), default=0.0)
    right = width - (note + 16 if note else 8)
    values = [v for p in pairs for v in (*p.left, *p.right)]
    scale = axis([*values, 0.0], (left + 8, right - 8), ends, 4 if narrow else 6)
    top, row = 26.0, _ROW + (16.0 if narrow else 0.0)
    wide = sum(text_width(text, 12.5) for text in legend) + 60
    start, end = (left + 8, right - 8) if wide < right - left else (0.0, width)
    sheet.add(Text(start, 14, f"← {legend[0]}", 11.5, "amber", "start", 650))
    sheet.add(Text(end, 14, f"{legend[1]} →", 11.5, "accent", "end", 650))
    bottom = top + row * len(pairs)
    across(sheet, scale, top, bottom, True)
    sheet.add(Line(((scale.at(0), top), (scale.at(0), bottom)), "muted", 1.2))
    for k, pair in enumerate(pairs):
        y = top + row * k
        if narrow:
            wide = text_width(pair.note, _FONT)
            sheet.add(Bar(0, y, width, 16, "paper"))
            sheet.add(Text(0, y + 12, shortened(pair.label, _FONT, width - wide - 12), _FONT))
            sheet.add(Text(width, y + 12, pair.note, _FONT, "muted", "end"))
            y += 14
        else:
            _label(sheet, pair.label, left, y)
            sheet.add(Text(width, y + _ROW / 2 + 4.5, pair.note, _FONT, "muted", "end"))
        _bar(sheet, scale, pair.left, y + _ROW / 2, ("amber", pair.said[0]))
        _bar(sheet, scale, pair.right, y + _ROW / 2, ("accent", pair.said[1]))
    return sheet.scene(width, bottom + 26)


def _label(sheet: Sheet, label: str, left: float, y: float) -> None:
    lines = wrap(label, _FONT, left - 14, 2)
    for i, line in enumerate(lines):
        at = y + _ROW / 2 + 4.5 + 15 * (i - (len(lines) - 1) / 2)
        sheet.add(Text(left - 6, at, line, _FONT, "ink", "end"))


def _bar(sheet: Sheet, scale: Axis, estimate: Estimate, y: float, look: tuple[str, str]) -> None:
    value, low, high = estimate
    if not math.isfinite(value):
        return
    start, end = sorted((scale.at(0.0), scale.at(value)))
    sheet.add(Bar(start, y - 8, max(end - start, 0.6), 16, look[0], 0.55, said=look[1]))
    if math.isfinite(low) and math.isfinite(high):
        sheet.add(Line(((scale.at(low), y), (scale.at(high), y)), "ink", 1.6))
