"""What customers expected and what they found: gaps by dimension, where the spec asks for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, picture, points, signed_limits
from csimodels.tables.vocabulary import GAP_LEVELS


def gaps(reading: Reading) -> Section | None:
    """Gaps of the dimensions and of all together; None where the spec did not ask for them."""
    table = reading.content.comparison("gaps")
    if table is None:
        return None
    rows = [r for r in formatting.records(table) if str(r["level"]) != "item"]
    rows = [r for r in rows if math.isfinite(formatting.as_float(r["gap"]))]
    if not rows:
        return None
    said = sentences(reading, rows)
    subtitle = Message(
        "Perception less expectation in points of 0 to 100; left of 0 customers get less than they expect"
    )

    def draw(width: float) -> Scene:
        return dot_chart([_row(reading, r) for r in rows], width, Look((-100.0, 100.0), signed=True))

    drawn = picture(reading, "gaps", (said[0], subtitle), draw, table, everybody(reading))
    small = Message("Differences of two answers are less reliable than the answers themselves")
    return Section("gaps", Message("What was expected and what was found"), said, (drawn,), small=(small,))


def sentences(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """All together, with a direction only where the interval leaves 0 out; the dimension furthest below."""
    gap, low, high = _numbers(rows[-1])
    parts = {"gap": points(gap), "limits": signed_limits(low, high)}
    if math.isnan(low) or math.isnan(high):
        text = "The gap between perception and expectation is {gap} points; no interval was computed."
        return (Message(text, gap=formatting.signed(gap, 1)),)
    if high < 0:
        out = [Message("Customers get {gap} points less than they expect (interval {limits}).", **parts)]
    elif low > 0:
        out = [Message("Customers get {gap} points more than they expect (interval {limits}).", **parts)]
    else:
        text = "No gap between perception and expectation is shown: the interval ({limits}) includes 0."
        out = [Message(text, limits=signed_limits(low, high))]
    return (*out, *_worst(reading, [r for r in rows if str(r["level"]) == "dimension"]))


def _worst(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """The dimension that falls furthest short by estimate, and how many others may fall as far short."""
    worst = min(rows, key=lambda r: formatting.as_float(r["gap"]))
    gap, low, high = _numbers(worst)
    if not high < 0:
        return ()
    rivals = sum(_numbers(r)[1] <= high for r in rows if r is not worst)
    text = "By estimate, {dimension} falls furthest short of what is expected: by {gap} points (interval {limits})."
    name = reading.lang.label(worst["name"])
    said = Message(text, dimension=name, gap=points(gap), limits=signed_limits(low, high))
    return (said, Message("By the intervals, {n} others may fall as far short.", n=rivals)) if rivals else (said,)


def _numbers(row: Mapping[str, Any]) -> tuple[float, float, float]:
    gap, low, high = (formatting.as_float(row[name]) for name in ("gap", "low", "high"))
    return gap, low, high


def _row(reading: Reading, row: Mapping[str, Any]) -> Row:
    gap, low, high = _numbers(row)
    level = str(row["level"])
    name = reading.lang.label(row["name"]) if level == "dimension" else reading.lang.tr(GAP_LEVELS[level])
    shown = formatting.signed(gap, 1)
    colour = "amber" if high < 0 else "accent"
    return Row(name, gap, low, high, shown=shown, colour=colour, shaded=level != "dimension", said=f"{name}: {shown}")
