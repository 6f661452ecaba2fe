"""Delivered value: what customers get less what it costs them, where the spec asks for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, number, picture, points, signed_limits
from csimodels.tables.vocabulary import DELIVERED


def delivered(reading: Reading) -> Section | None:
    """Parts, sums and their difference; None where the spec asks for none."""
    table = reading.content.comparison("delivered_value")
    if table is None:
        return None
    rows = [r for r in formatting.records(table) if math.isfinite(formatting.as_float(r["score"]))]
    net = [r for r in rows if str(r["part"]) == "delivered"]
    if not net:
        return None
    said = (sentence(net[0]),)
    shown = [_row(reading, r) for r in rows]

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, Look((-100.0, 100.0), signed=True))

    subtitle = Message("Index points: what is got, what it costs, and the difference; above 0 customers get more")
    names = ["part", "name", "weight", "score", "low", "high"]
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    drawn = picture(reading, "delivered", (said[0], subtitle), draw, data, everybody(reading))
    return Section("delivered", Message("Delivered value"), said, (drawn,))


def sentence(row: Mapping[str, Any]) -> Message:
    """More or less than it costs only where the interval leaves 0 out."""
    x, low, high = (formatting.as_float(row[n]) for n in ("score", "low", "high"))
    if math.isnan(low) or math.isnan(high):
        return Message("Delivered value is {x}; no interval was computed.", x=formatting.signed(x, 1))
    parts = {"x": points(x), "limits": signed_limits(low, high)}
    if low > 0:
        return Message("Customers get {x} points more than it costs them (interval {limits}).", **parts)
    if high < 0:
        return Message("Customers get {x} points less than it costs them (interval {limits}).", **parts)
    text = "Whether customers get more than it costs them cannot be told: the interval ({limits}) includes 0."
    return Message(text, limits=parts["limits"])


def _row(reading: Reading, row: Mapping[str, Any]) -> Row:
    part = str(row["part"])
    x, low, high = (formatting.as_float(row[n]) for n in ("score", "low", "high"))
    name = reading.lang.label(row["name"]) if part in ("value", "cost") else reading.lang.tr(DELIVERED[part])
    shown = formatting.signed(x, 1) if part == "delivered" else number(x)
    colour = "amber" if part.endswith("cost") or (part == "delivered" and high < 0) else "accent"
    return Row(name, x, low, high, shown=shown, colour=colour, shaded=part not in ("value", "cost"),
               said=f"{name}: {shown} {formatting.interval(low, high, 1)}")  # fmt: skip
