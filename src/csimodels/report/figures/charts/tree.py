"""A hierarchy of weights: boxes from the total to the questions where there is room, else rows that step inwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from csimodels.report.figures.geometry import Box, text_width
from csimodels.report.figures.scene import Bar, Line, Scene, Sheet, Text, shortened

_FONT, _SMALL = 12.0, 11.0
_HIGH, _GAP, _ACROSS, _ROW = 40.0, 10.0, 70.0, 42.0


@dataclass(frozen=True, slots=True)
class Part:
    """A node: key, key of what it is a part of, depth, name, its number in words, its weight and that in words."""

    key: str
    parent: str
    depth: int
    label: str
    said: str
    weight: float
    weighs: str


def tree_chart(parts: Sequence[Part], width: float) -> Scene:
    """Every node with its number, and the weight with which it enters what stands above it.

    Parameters
    ----------
    parts : sequence of Part
        Every node followed by its parts.
    width : float
        In pixels.
    """
    depths = 1 + max((p.depth for p in parts), default=0)
    room = (width - _ACROSS * (depths - 1) - 2) / depths
    needed = max((min(text_width(p.label, _FONT), 120.0) for p in parts), default=0.0) + 16
    needed = max(needed, max((text_width(p.said, _SMALL) for p in parts), default=0.0) + 14)
    return _rows(parts, width) if room < needed else _boxes(parts, width, min(room, 220.0))


def _boxes(parts: Sequence[Part], width: float, room: float) -> Scene:
    sheet = Sheet()
    boxes = _places(parts, room)
    for part in parts:
        if part.parent in boxes:
            _branch(sheet, boxes[part.parent], boxes[part.key], part)
    for part in parts:
        box = boxes[part.key]
        sheet.add(Bar(box.x, box.y, box.w, box.h, "accent", round=6, said=f"{part.label}: {part.said}"))
        inside = (box.x + 1.2, box.y + 1.2, box.w - 2.4, box.h - 2.4)
        sheet.add(Bar(*inside, "accent-soft", round=5, said=f"{part.label}: {part.said}"))
        middle = box.centre[0]
        sheet.add(Text(middle, box.y + 17, shortened(part.label, _FONT, box.w - 12), _FONT, "ink", "middle", 650))
        sheet.add(Text(middle, box.y + 32, part.said, _SMALL, "ink", "middle"))
    return sheet.scene(width, max((b.bottom for b in boxes.values()), default=0.0) + 6)


def _places(parts: Sequence[Part], room: float) -> dict[str, Box]:
    """Leaves below one another, every other node in the middle of its parts; a column for each depth."""
    below: dict[str, list[str]] = {}
    for part in parts:
        below.setdefault(part.parent, []).append(part.key)
    tops: dict[str, float] = {}
    for place, part in enumerate(p for p in parts if p.key not in below):
        tops[part.key] = 4 + place * (_HIGH + _GAP)
    for part in sorted((p for p in parts if p.key in below), key=lambda p: -p.depth):
        mine = [tops[key] for key in below[part.key]]
        tops[part.key] = (min(mine) + max(mine)) / 2
    return {p.key: Box(p.depth * (room + _ACROSS) + 1, tops[p.key], room, _HIGH) for p in parts}


def _branch(sheet: Sheet, above: Box, box: Box, part: Part) -> None:
    x0, y0, x1, y1 = above.right, above.centre[1], box.x, box.centre[1]
    bend, width = x0 + 18, 1 + 4 * (part.weight if math.isfinite(part.weight) else 0.0)
    sheet.add(Line(((x0, y0), (bend, y0), (bend, y1), (x1, y1)), "ghost", width))
    sheet.add(Text(x1 - 5, y1 - 5, part.weighs, _SMALL, "ink", "end"))


def _rows(parts: Sequence[Part], width: float) -> Scene:
    """One row for each node: its weight and name, below them its number; lines down from what it is a part of."""
    sheet = Sheet()
    at = {p.key: (16.0 * p.depth, _ROW * k) for k, p in enumerate(parts)}
    for part in parts:
        x, y = at[part.key]
        if part.parent in at:
            left, top = at[part.parent]
            sheet.add(Line(((left + 5, top + 32), (left + 5, y + 15), (x - 3, y + 15)), "ghost", 1.5))
        weighs = f"{part.weighs}  " if part.parent in at else ""
        weight = 650 if part.depth < 2 else 400
        lead = text_width(weighs, _SMALL)
        sheet.add(Text(x, y + 19, weighs.strip(), _SMALL, "muted"))
        sheet.add(Text(x + lead, y + 19, shortened(part.label, _FONT, width - x - lead), _FONT, "ink", weight=weight))
        sheet.add(Text(x + lead, y + 34, part.said, _SMALL, "accent", weight=650))
    return sheet.scene(width, _ROW * len(parts) + 4)
