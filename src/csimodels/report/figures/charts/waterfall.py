"""A change as a staircase: what it starts from, what every part adds, where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.charts.axis import across, axis
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.scene import Bar, Line, Scene, Sheet, Text, shortened

_ROW, _FONT = 34.0, 12.5


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a change: its name, what it adds, and whether that is measurable by itself."""

    name: str
    adds: float
    measured: bool
    note: str = ""


def waterfall_chart(before: tuple[str, float], steps: Sequence[Step], after: tuple[str, float], width: float) -> Scene:
    """Bars from the value before to the value after; parts that are not measurable by themselves are pale."""
    sheet = Sheet()
    names = [before[0], *(s.name for s in steps), after[0]]
    left = min(max(text_width(n, _FONT) for n in names) + 14, 0.36 * width)
    sums = [before[1]]
    for step in steps:
        sums.append(sums[-1] + step.adds)
    notes = max((text_width(s.note, 11.5) for s in steps), default=0.0) if width > 480 else 0.0
    scale = axis([*sums, after[1]], (left + 8, width - 20 - max(44.0, notes)), (0, 100), 5)
    top, bottom = 6.0, 6.0 + _ROW * len(names)
    across(sheet, scale, top, bottom)
    for k, name in enumerate(names):
        y = top + _ROW * (k + 0.5)
        whole = k in (0, len(names) - 1)
        text = shortened(name, _FONT, left)
        sheet.add(Text(left, y + 4.5, text, _FONT, "ink", "end", 650 if whole else 400))
    _ends(sheet, before[1], after[1], scale.at, (top, bottom))
    for k, (step, start) in enumerate(zip(steps, sums, strict=False)):
        y, a, b = top + _ROW * (k + 1.5), scale.at(start), scale.at(start + step.adds)
        colour = "accent" if step.adds >= 0 else "amber"
        bar = Bar(min(a, b), y - 10, max(abs(b - a), 1.0), 20, colour, 1 if step.measured else 0.38, said=step.note)
        sheet.add(bar, Line(((b, y - 10), (b, y - 10 + _ROW)), "muted", 1.0, "2 3"))
        sheet.add(Text(max(a, b) + 7, y + 4.5, formatting.signed(step.adds, 1), _FONT, "ink", "start", 650))
        if notes:
            sheet.add(Text(width, y + 4.5, step.note, 11.5, "muted", "end"))
    return sheet.scene(width, bottom + 26)


def _ends(sheet: Sheet, before: float, after: float, at: object, place: tuple[float, float]) -> None:
    assert callable(at)
    top, bottom = place
    for value, y in ((before, top + _ROW / 2), (after, bottom - _ROW / 2)):
        x = at(value)
        sheet.add(Line(((x, y - 12), (x, y + 12)), "ink", 4.0))
        sheet.add(Text(x + 9, y + 4.5, formatting.number(value, 1), _FONT, "ink", "start", 650))
    if math.isfinite(before):
        sheet.add(Line(((at(before), top + _ROW / 2), (at(before), top + _ROW + 4)), "muted", 1.0, "2 3"))
