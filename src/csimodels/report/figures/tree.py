"""A hierarchy of weights as one ``<svg>`` element: the total at the left, questions at the right."""

from __future__ import annotations

import math

import pandas as pd

from csimodels.report import formatting
from csimodels.report.escaping import clean, escape
from csimodels.report.figures import style
from csimodels.report.figures.geometry import Box, text_width
from csimodels.spec.model import Model

_HIGH, _GAP, _ACROSS, _MARGIN = 40.0, 10.0, 74.0, 12.0
_FONT, _SMALL = 12.0, 11.0
#: Longer names are cut in the boxes; the table below has them whole.
_LONGEST = 190.0


def tree(rows: pd.DataFrame, model: Model, lang: str = "en") -> str:
    """The hierarchy of one group.

    Parameters
    ----------
    rows : DataFrame
        ``node, parent, depth, weight, index, low, high``, every node followed by its parts.
    model : Model
    lang : {"en", "zh"}
    """
    records = formatting.records(rows)
    names = {str(r["node"]): _short(clean(model.label(str(r["node"]), lang))) for r in records}
    said = {str(r["node"]): _said(r) for r in records}
    boxes = _boxes(records, names, said)
    high = max(box.bottom for box in boxes.values()) + _MARGIN
    wide = max(box.right for box in boxes.values()) + _MARGIN
    parts = [_edge(boxes, r) for r in records if str(r["parent"] or "") in boxes]
    parts += [_node(boxes[name], names[name], said[name]) for name in names]
    top = clean(model.label(str(records[0]["node"]), lang))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map tree" role="img" lang="{escape(lang)}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" style="max-width:{wide:.0f}px" '
        f'font-family="{escape(style.FONT_STACK)}"><title>{escape(top)}</title>{"".join(parts)}</svg>'
    )


def _short(text: str) -> str:
    while text_width(text, _FONT) > _LONGEST:
        text = text[:-2].rstrip() + "…"
    return text


def _said(row: dict[str, object]) -> str:
    """Index and interval of a node."""
    limits = formatting.interval(row["low"], row["high"], 1)
    index = formatting.number(row["index"], 1)
    return index if limits == formatting.NONE else f"{index} {limits}"


def _boxes(records: list[dict[str, object]], names: dict[str, str], said: dict[str, str]) -> dict[str, Box]:
    """Leaves below one another, every other node in the middle of its parts; a column for each depth."""
    depth = {str(r["node"]): int(str(r["depth"])) for r in records}
    wide = [0.0] * (max(depth.values()) + 1)
    for name, at in depth.items():
        wide[at] = max(wide[at], text_width(names[name], _FONT) + 18, text_width(said[name], _SMALL) + 18)
    left = [_MARGIN + sum(wide[:at]) + at * _ACROSS for at in range(len(wide))]
    parts: dict[str, list[str]] = {}
    for r in records:
        parts.setdefault(str(r["parent"] or ""), []).append(str(r["node"]))
    tops: dict[str, float] = {}
    leaves = [name for name in depth if name not in parts]
    for place, name in enumerate(leaves):
        tops[name] = _MARGIN + place * (_HIGH + _GAP)
    for name in sorted((n for n in depth if n in parts), key=lambda n: -depth[n]):
        mine = [tops[part] for part in parts[name]]
        tops[name] = (min(mine) + max(mine)) / 2
    return {name: Box(left[depth[name]], tops[name], wide[depth[name]], _HIGH) for name in depth}


def _edge(boxes: dict[str, Box], row: dict[str, object]) -> str:
    """A line from a node to one of its parts, with the weight of the part; wider for more weight."""
    parent, part = boxes[str(row["parent"])], boxes[str(row["node"])]
    weight = formatting.as_float(row["weight"])
    x0, y0, x1, y1 = parent.right, parent.centre[1], part.x, part.centre[1]
    bend = x0 + 26
    width = 1 + 3 * (weight if math.isfinite(weight) else 0.0)
    text = formatting.number(100 * weight, 1) + " %" if math.isfinite(weight) else formatting.NONE
    return (
        f'<path d="M{x0:.1f} {y0:.1f}H{bend:.1f}V{y1:.1f}H{x1:.1f}" fill="none" stroke="#a9b4bd" '
        f'stroke-width="{width:.1f}"/>'
        f'<text x="{x1 - 4:.1f}" y="{y1 - 5:.1f}" text-anchor="end" font-size="10" fill="{style.MUTED}">{text}</text>'
    )


def _node(box: Box, name: str, said: str) -> str:
    middle = box.centre[0]
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.w:.1f}" height="{box.h:.1f}" rx="5" '
        f'fill="{style.ACCENT_SOFT}" stroke="{style.ACCENT}"/>'
        f'<text x="{middle:.1f}" y="{box.y + 16:.1f}" text-anchor="middle" font-size="{_FONT:g}" '
        f'fill="{style.INK}">{escape(name)}</text>'
        f'<text x="{middle:.1f}" y="{box.y + 32:.1f}" text-anchor="middle" font-size="{_SMALL:g}" '
        f'fill="{style.MUTED}">{escape(said)}</text>'
    )
