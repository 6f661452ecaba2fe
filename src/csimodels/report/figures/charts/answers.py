"""How questions were answered: bars of the shares of every answer, low ones to the left of the middle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.geometry import balanced, text_width, wrap
from csimodels.report.figures.scene import MIDDLE, Bar, Line, Scene, Sheet, Text, rows_of

_ROW, _FONT = 40.0, 12.5
#: Letters of questions on three lines, and how much wider than usual a face may be.
_SMALL, _WIDER = 11.0, 1.1
#: From this width on, on slides, more questions than this stand in two halves, so far apart.
_WIDE, _MANY, _GAP = 1000.0, 11, 32.0


@dataclass(frozen=True, slots=True)
class Question:
    """Shares of the answers to one question, from the lowest level up; those of its two boxes, NaN: not shown."""

    name: str
    shares: tuple[float, ...]
    low_box: float
    high_box: float
    said: tuple[str, ...] = ()


def answers_chart(questions: Sequence[Question], width: float, legend: tuple[str, str]) -> Scene:
    """Diverging bars; numbers at the ends are the shares of the lowest and the highest two answers.

    Many questions stand in two halves beside each other where there is room.
    """
    reach = max((max(_sides(q.shares)) for q in questions), default=1.0) or 1.0
    if width < _WIDE or len(questions) <= _MANY:
        return _half(questions, width, legend, reach)
    middle, wide = math.ceil(len(questions) / 2), (width - _GAP) / 2
    left, right = (_half(some, wide, legend, reach) for some in (questions[:middle], questions[middle:]))
    return left.beside(right, _GAP)


def _half(questions: Sequence[Question], width: float, legend: tuple[str, str], reach: float) -> Scene:
    """Questions below one another; `reach` is the longest side of a bar."""
    sheet = Sheet()
    narrow = width < 480
    longest = _WIDER * max((text_width(q.name, _FONT) for q in questions), default=0.0)
    left = 0.0 if narrow else min(longest + 14, 0.4 * width)
    top = 26.0
    free = width - left - 1.15 * sum(text_width(text, 11.5) for text in legend) - 16
    inset = min(44.0, max(0.0, free / 2))
    sheet.add(Text(left + inset, 14, legend[0], 11.5, "amber", "start", 650))
    sheet.add(Text(width - inset, 14, legend[1], 11.5, "accent", "end", 650))
    half = (width - left - 100) / 2
    middle = left + 50 + half
    above = [balanced(q.name, _WIDER * _FONT, width, 3) for q in questions] if narrow else []
    high = 15.0 * max((len(lines) for lines in above), default=0)
    row = _ROW + high + (1 if narrow else 0)
    for k, question in enumerate(questions):
        y = top + row * k
        if narrow:
            first = y + 12 + high - 15 * len(above[k])
            sheet.add(*(Text(0, first + 15 * i, line, _FONT) for i, line in enumerate(above[k])))
            y += high + 1
        else:
            _beside(sheet, question.name, left, y)
        _bars(sheet, question, (middle, y + 7, half / reach))
        sheet.add(Line(((middle, y), (middle, y + _ROW)), "muted", 1.2))  # names above the bars are not struck through
        level = y + _ROW / 2 + 4
        if math.isfinite(question.low_box):
            low = formatting.percent(question.low_box, 0)
            sheet.add(Text(left + 4, level, low, 12, "amber", "start", 650))
        if math.isfinite(question.high_box):
            share = formatting.percent(question.high_box, 0)
            sheet.add(Text(width - 4, level, share, 12, "accent", "end", 650))
    return sheet.scene(width, top + row * len(questions) + 8, rows_of(top, row, len(questions)))


def _beside(sheet: Sheet, name: str, left: float, y: float) -> None:
    """A question left of its bar: on two lines, or on three of smaller letters."""
    size, step, lines = _FONT, 15.0, wrap(name, _WIDER * _FONT, left - 12, 2)
    if lines[-1].endswith("…"):
        size, step, lines = _SMALL, 12.8, wrap(name, _WIDER * _SMALL, left - 12, 3)
    for i, line in enumerate(lines):
        at = y + _ROW / 2 + MIDDLE * size + step * (i - (len(lines) - 1) / 2)
        sheet.add(Text(left - 10, at, line, size, "ink", "end"))


def _sides(shares: Sequence[float]) -> tuple[float, float]:
    """Shares below and above the middle of the scale; a middle answer counts half on each side."""
    half = len(shares) // 2
    odd = shares[half] / 2 if len(shares) % 2 else 0.0
    return sum(shares[:half]) + odd, sum(shares[len(shares) - half :]) + odd


def _bars(sheet: Sheet, question: Question, place: tuple[float, float, float]) -> None:
    middle, y, per = place
    n = len(question.shares)
    x = middle - per * _sides(question.shares)[0]
    for k, share in enumerate(question.shares):
        place_of = 2 * (k + 0.5) / n - 1  # -1 lowest, 1 highest
        colour = "ghost" if abs(place_of) < 1 / n else "accent" if place_of > 0 else "amber"
        said = question.said[k] if k < len(question.said) else ""
        opacity = 0.5 if colour == "ghost" else round(0.25 + 0.75 * abs(place_of), 2)
        sheet.add(Bar(x, y, max(per * share, 0.01), 26, colour, opacity, said=said))
        x += per * share
