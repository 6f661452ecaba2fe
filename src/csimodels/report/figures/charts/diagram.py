"""A path diagram: boxes of constructs, arrows with their numbers; across where there is room, downwards on telephones.

Places come from :func:`~csimodels.report.figures.diagram_layout.layout`; the upright drawing is the one across with its
two axes exchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from csimodels.report.figures.diagram_layout import Edge, Layout, Sizes, layout, trace
from csimodels.report.figures.geometry import Box, Point, text_width, wrap
from csimodels.report.figures.scene import Area, Bar, Line, Mark, Scene, Sheet, Text, shortened

#: Narrower drawings run downwards.
NARROW = 480.0
#: Lines that the name of a construct takes at most.
_MOST = 4
_WIDTHS = (190.0, 165.0, 145.0, 128.0, 114.0, 102.0, 90.0)
_FONT, _ITEM, _LEAST, _HEAD = 12.5, 10.5, 9.0, 9.0
_LINE, _ITEM_LINE = 15.0, 14.0


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its name, the number in it, what stands below that, and rows of items with their loadings."""

    name: str
    label: str
    value: str = ""
    note: str = ""
    main: bool = False
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another: its number, a second one below it, colour and width; dashed where it is not sure."""

    source: str
    target: str
    text: str = ""
    note: str = ""
    colour: str = "accent"
    width: float = 1.4
    dashed: bool = False
    said: str = ""


def diagram_chart(nodes: Sequence[Node], arrows: Sequence[Arrow], width: float) -> Scene:
    """The whole diagram, for a width in pixels.

    Parameters
    ----------
    nodes : sequence of Node
    arrows : sequence of Arrow
        Those without text are thin lines without a number.
    width : float
        In pixels; of less than :data:`NARROW` the arrows run downwards.
    """
    upright = width < NARROW
    words = [word for node in nodes for word in node.label.split()]
    needed = min(140.0, max((text_width(word, _FONT) for word in words), default=0.0) + 20)
    for room in _WIDTHS:
        plan = _plan(nodes, arrows, max(room, needed), upright)
        wide = plan.height if upright else plan.width
        if wide <= width:
            break
    high = plan.width if upright else plan.height
    sheet = Sheet()
    by_name = {(a.source, a.target): a for a in arrows}
    for edge in plan.edges:
        _arrow(sheet, edge, by_name[edge.source, edge.target], upright)
    for edge in plan.edges:
        _number(sheet, edge, by_name[edge.source, edge.target], upright)
    for node in nodes:
        _node(sheet, node, _turned(plan.nodes[node.name], upright))
    scale = min(1.0, width / wide)
    left = (width - scale * wide) / 2
    marks = Scene(width, high, tuple(_scaled(mark, scale) for mark in sheet.marks)).moved(left, 0.0)
    return Scene(width, scale * high, marks)


def _plan(nodes: Sequence[Node], arrows: Sequence[Arrow], room: float, upright: bool) -> Layout:
    names, edges = [n.name for n in nodes], [(a.source, a.target) for a in arrows]
    box = (room, max((_height(n, room) for n in nodes), default=60.0))
    noted = any(a.note for a in arrows)
    wide = max((text_width(t, _FONT) for a in arrows for t in (a.text, a.note)), default=30.0) + 8
    label = (wide, 33.0 if noted else 18.0)
    if upright:
        sizes = Sizes((box[1], box[0]), (label[1], label[0]), 34.0 + label[1], label[0] + 6, 60.0)
        return layout(names, edges, sizes)
    alone = [n.name for n in nodes if n.main]
    return layout(names, edges, Sizes(box, label, max(label[0] + 18, 0.5 * room), label[1] + 10, 62.0), alone)


def _height(node: Node, room: float) -> float:
    lines = len(wrap(node.label, _FONT, room - 16, _MOST))
    items = _ITEM_LINE * len(node.items) + 8 if node.items else 0.0
    return 16 + _LINE * lines + (24 if node.value else 0) + (15 if node.note else 0) + items


def _turned(box: Box, upright: bool) -> Box:
    return Box(box.y, box.x, box.h, box.w) if upright else box


def _at(point: Point, upright: bool) -> Point:
    return (point[1], point[0]) if upright else point


def _arrow(sheet: Sheet, edge: Edge, arrow: Arrow, upright: bool) -> None:
    points = [_at(p, upright) for p in trace(edge.stations, 20)]
    (x0, y0), (x, y) = points[-2] if points[-2] != points[-1] else points[-3], points[-1]
    sideways = abs(x - x0) >= abs(y - y0) if edge.upright else not upright
    step = math.copysign(1.0, x - x0) if sideways else math.copysign(1.0, y - y0)
    half = _HEAD / 2 + arrow.width / 3
    if sideways:
        base, end = x - step * _HEAD, (x - step * (_HEAD - 1), y)
        head = ((base, y - half), (x, y), (base, y + half))
    else:
        base, end = y - step * _HEAD, (x, y - step * (_HEAD - 1))
        head = ((x - half, base), (x, y), (x + half, base))
    behind = [p for p in points[:-1] if math.hypot(p[0] - x, p[1] - y) > _HEAD]
    dash = "6 5" if arrow.dashed else ""
    sheet.add(Line((*behind, end), arrow.colour, arrow.width, dash, 0.8), Area(head, arrow.colour))


def _number(sheet: Sheet, edge: Edge, arrow: Arrow, upright: bool) -> None:
    if not arrow.text:
        return
    box = _turned(edge.label, upright)
    x, y = box.centre
    wide = max(text_width(arrow.text, _FONT), text_width(arrow.note, 11.0)) + 8
    sheet.add(Bar(x - wide / 2, box.y, wide, box.h, "paper", round=4, said=arrow.said))
    colour = "muted" if arrow.colour == "ghost" else arrow.colour
    first = y + 4.5 if not arrow.note else y - 2.5
    sheet.add(Text(x, first, arrow.text, _FONT, colour, "middle", 400 if arrow.dashed else 650))
    if arrow.note:
        sheet.add(Text(x, y + 11.5, arrow.note, 11.0, "muted", "middle"))


def _node(sheet: Sheet, node: Node, box: Box) -> None:
    sheet.add(Bar(box.x, box.y, box.w, box.h, "accent", round=10, said=node.label))
    if not node.main:
        sheet.add(Bar(box.x + 1.4, box.y + 1.4, box.w - 2.8, box.h - 2.8, "paper", round=8.8, said=node.label))
    ink, soft = ("on-accent", "on-accent") if node.main else ("ink", "muted")
    x, _ = box.centre
    y = box.y + (box.h - _height(node, box.w)) / 2 + 8
    for line in wrap(node.label, _FONT, box.w - 16, _MOST):
        y += _LINE
        sheet.add(Text(x, y - 3, line, _FONT, ink, "middle"))
    if node.value:
        y += 24
        size = min(19.0, round(19.0 * (box.w - 14) / max(1.22 * text_width(node.value, 19.0), 1.0), 1))
        sheet.add(Text(x, y - 4, node.value, size, ink, "middle", 650))
    if node.note:
        y += 15
        sheet.add(Text(x, y - 3, node.note, 11.0, soft, "middle"))
    if node.items:
        y += 4
        sheet.add(Line(((box.x + 8, y), (box.x + box.w - 8, y)), "line"))
    for name, shown in node.items:
        y += _ITEM_LINE
        room = box.w - 24 - text_width(shown, _ITEM)
        sheet.add(Text(box.x + 9, y, shortened(name, _ITEM, room), _ITEM, soft))
        sheet.add(Text(box.right - 9, y, shown, _ITEM, ink, "end"))


def _scaled(mark: Mark, k: float) -> Mark:
    """A mark with every measure times `k`; text stays legible."""
    if k == 1.0:
        return mark
    if isinstance(mark, (Line, Area)):
        points = tuple((k * x, k * y) for x, y in mark.points)
        return replace(mark, points=points)
    if isinstance(mark, Text):
        return replace(mark, x=k * mark.x, y=k * mark.y, size=max(_LEAST, round(k * mark.size, 1)))
    if isinstance(mark, Bar):
        return replace(mark, x=k * mark.x, y=k * mark.y, w=k * mark.w, h=k * mark.h, round=k * mark.round)
    return replace(mark, x=k * mark.x, y=k * mark.y, r=k * mark.r)
