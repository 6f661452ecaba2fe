"""How the total is made: the hierarchy of weights as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.figures.charts.tree import Part, tree_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, number, picture

#: Trees with more nodes are not drawn.
MOST_NODES = 80


def weights(reading: Reading) -> Section | None:
    """The hierarchy of all respondents; None where the spec has none, or a very large one."""
    frame = reading.content.comparison("hierarchy")
    if frame is None or len(frame) > MOST_NODES:
        return None
    rows = formatting.records(frame)
    parts = [_part(reading, r) for r in rows]

    def draw(width: float) -> Scene:
        return tree_chart(parts, width)

    said = sentence(reading, rows[0], rows)
    subtitle = Message("Index from 0 to 100 of every node; at the lines the weight with which it enters the one above")
    drawn = picture(reading, "hierarchy", (said, subtitle), draw, frame, everybody(reading))
    return Section("weights", Message("How the total is made"), (said,), (drawn,))


def sentence(reading: Reading, total: Mapping[str, Any], rows: list[dict[Any, Any]]) -> Message:
    """The total, and the part that weighs most in it."""
    mine = [r for r in rows if r["parent"] == total["node"]]
    parts = {"total": reading.lang.label(total["node"]), "value": number(total["index"])}
    weighed = [r for r in mine if formatting.as_float(r["weight"]) > 0]
    if len(weighed) < 2:
        return Message("{total} stands at {value}.", **parts)
    most = max(weighed, key=lambda r: formatting.as_float(r["weight"]))
    equal = all(abs(r["weight"] - most["weight"]) < 1e-9 for r in weighed)
    if equal:
        text = "{total} stands at {value}; its {n} parts weigh the same."
        return Message(text, n=len(weighed), **parts)
    share = formatting.percent(most["weight"], 0)
    heaviest = [reading.lang.label(r["node"]) for r in weighed if abs(r["weight"] - most["weight"]) < 1e-9]
    if len(heaviest) > 1:
        text = "{total} stands at {value}; {names} weigh most with {share} each."
        return Message(text, names=Several(heaviest), share=share, **parts)
    text = "{total} stands at {value}; {part} weighs most with {share}."
    return Message(text, part=heaviest[0], share=share, **parts)


def _part(reading: Reading, row: Mapping[str, Any]) -> Part:
    limits = formatting.interval(row["low"], row["high"], 1)
    said = number(row["index"]) + ("" if limits == formatting.NONE else f" {limits}")
    weight = formatting.as_float(row["weight"])
    parent = "" if row["parent"] is None or row["parent"] != row["parent"] else str(row["parent"])
    weighs = formatting.percent(weight, 1)
    return Part(str(row["node"]), parent, int(row["depth"]), reading.lang.label(row["node"]), said, weight, weighs)
