"""Whom it is about: the steps of a focus, with their share of respondents and of value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.funnel import Share, Step, funnel_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, number, percent_limits, picture


def customers(reading: Reading) -> Section | None:
    """The funnel of the focus; None where the spec asks for none."""
    frame = reading.content.comparison("focus")
    if frame is None:
        return None
    rows = formatting.records(frame)
    steps = [_step(reading, r) for r in rows]
    tr = reading.lang.tr
    head = reading.lang.label(reading.target)

    def draw(width: float) -> Scene:
        return funnel_chart(steps, width, (tr("share of respondents"), tr("share of the value")), head)

    said = sentence(reading, rows[-1])
    subtitle = Message("Each step lies within the one before; percent of respondents and of value")
    drawn = picture(reading, "focus", (said, subtitle), draw, frame, everybody(reading))
    return Section("customers", Message("For whom"), (said,), (drawn,))


def sentence(reading: Reading, row: Mapping[str, Any]) -> Message:
    """The last step: how many it holds, and of what value."""
    share, value = (formatting.as_float(row[name]) for name in ("share", "value_share"))
    low, high = (100 * formatting.as_float(row[f"value_share_{end}"]) for end in ("low", "high"))
    parts: dict[str, Any] = {"step": _name(reading, row), "share": formatting.percent(share)}
    if math.isnan(value):
        return Message("The step “{step}” holds {share} of the respondents.", **parts)
    parts["value"] = formatting.percent(value)
    if math.isnan(low) or math.isnan(high):
        return Message("The step “{step}” holds {share} of the respondents and {value} of the value.", **parts)
    text = "The step “{step}” holds {share} of the respondents and {value} of the value (interval {limits})."
    return Message(text, limits=percent_limits(low, high), **parts)


def _name(reading: Reading, row: Mapping[str, Any]) -> str:
    return reading.lang.tr("All") if row["step"] == "all" else clean(reading.lang.label(row["step"]))


def _step(reading: Reading, row: Mapping[str, Any]) -> Step:
    limits = formatting.interval(row["low"], row["high"], 1)
    shown = number(row["index"]) + ("" if limits == formatting.NONE else f" {limits}")
    return Step(_name(reading, row), _share(row, "share"), _share(row, "value_share"), shown)


def _share(row: Mapping[str, Any], name: str) -> Share:
    value, low, high = (formatting.as_float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return value, low, high
