"""A funnel: for every step the share of respondents above the share of value, and a number beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.scene import Bar, Line, Scene, Sheet, Text, shortened

_FONT, _BAR = 12.5, 15.0
#: Bold letters are wider than :func:`~csimodels.report.figures.geometry.text_width` says.
_BOLD = 1.15

#: A share of 1 and its interval.
Share = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its name, share of respondents, share of value (NaN: none), and what stands at the right."""

    name: str
    share: Share
    value: Share
    shown: str = ""


def funnel_chart(steps: Sequence[Step], width: float, legend: tuple[str, str], head: str) -> Scene:
    """Bars from 0 to 100 %, with the whiskers of their intervals.

    Parameters
    ----------
    steps : sequence of Step
        Each within the one before.
    width : float
        In pixels; on narrow ones names stand above their bars.
    legend : (str, str)
        What the upper and the lower bars are.
    head : str
        What stands above the numbers at the right.
    """
    sheet, narrow = Sheet(), width < 480
    valued = any(math.isfinite(s.value[0]) for s in steps)
    _legend(sheet, legend if valued else legend[:1], head, width)
    named = _BOLD * max((text_width(s.name, _FONT) for s in steps), default=0.0)
    left = 0.0 if narrow else min(named + 14, 0.3 * width)
    beside = max((text_width(t, _FONT) for t in (*(s.shown for s in steps), head)), default=0.0)
    right = width - (48 if narrow else beside + 66)
    high = (20 if narrow else 0) + _BAR * (2 if valued else 1) + 16
    top = 38.0 if narrow and valued else 26.0
    for k, step in enumerate(steps):
        y = top + high * k
        if narrow:
            name = shortened(step.name, _BOLD * _FONT, width - beside - 10)
            sheet.add(Text(0, y + 12, name, _FONT, "ink", weight=650))
            sheet.add(Text(width, y + 12, step.shown, _FONT, "ink", "end"))
            y += 20
        else:
            middle = y + _BAR * (1 if valued else 0.5) + 4.5
            sheet.add(Text(left - 8, middle, shortened(step.name, _BOLD * _FONT, left - 8), _FONT, "ink", "end", 650))
            sheet.add(Text(width, middle, step.shown, _FONT, "ink", "end"))
        _bar(sheet, step.share, (left, right, y), ("accent", f"{step.name}, {legend[0]}"))
        if valued:
            _bar(sheet, step.value, (left, right, y + _BAR + 1), ("amber", f"{step.name}, {legend[1]}"))
    return sheet.scene(width, top + high * len(steps))


def _legend(sheet: Sheet, legend: Sequence[str], head: str, width: float) -> None:
    x, y = 0.0, 13.0
    for colour, text in zip(("accent", "amber"), legend, strict=False):
        wide = 18 + text_width(text, 11.5)
        if x and x + wide > width - text_width(head, 11.5) - 10:
            x, y = 0.0, y + 16
        sheet.add(Bar(x, y - 9, 11, 9, colour), Text(x + 16, y, text, 11.5, "muted"))
        x += wide + 18
    sheet.add(Text(width, 13, head, 11.5, "muted", "end"))


def _bar(sheet: Sheet, share: Share, place: tuple[float, float, float], look: tuple[str, str]) -> None:
    value, low, high = share
    if not math.isfinite(value):
        return
    left, right, y = place
    said = f"{look[1]}: {formatting.percent(value)}"
    sheet.add(Bar(left, y, max((right - left) * value, 1.0), _BAR - 1, look[0], 0.75, said=said))
    end = value
    if math.isfinite(low) and math.isfinite(high) and high > low:
        a, b = (left + (right - left) * v for v in (low, high))
        sheet.add(Line(((a, y + _BAR / 2), (b, y + _BAR / 2)), "ink", 1.6))
        end = max(value, high)
    sheet.add(Text(left + (right - left) * end + 6, y + 11.5, formatting.percent(value), 11.5, "ink"))
