"""The importance-performance map as SVG, and the driver table in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from csimodels.i18n import Translate, translator
from csimodels.report import formatting
from csimodels.report.escaping import escape
from csimodels.report.figures import style
from csimodels.report.figures.geometry import Box, Point, place_labels, text_width, wrap
from csimodels.spec.model import Model
from csimodels.tables.vocabulary import QUADRANTS

_SIZE = Box(0, 0, 500, 430)
_FRAME = Box(50, 14, 436, 366)
_FONT = 12.5
_THICK = 4.0  # room that an interval takes from labels


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of the map: ends, ticks, and the line between low and high (NaN: none)."""

    low: float
    high: float
    ticks: tuple[float, ...]
    digits: int
    cut: float


def axes_of(drivers: pd.DataFrame, cuts: tuple[float, float] = (math.nan, math.nan)) -> tuple[Axis, Axis]:
    """Axes of the map: importance, then performance.

    The quadrant lines stand at `cuts` (importance, performance).  Where none is stated they stand at the mean if
    that agrees with the quadrants given, else halfway between the drivers on either side; where no straight line
    agrees there is none.
    """
    x = _axis(drivers, "importance", cuts[0], ("keep", "improve"))
    return x, _axis(drivers, "performance", cuts[1], ("keep", "overkill"))


def _axis(drivers: pd.DataFrame, column: str, cut: float, above: tuple[str, ...]) -> Axis:
    names = [c for c in (column, f"{column}_low", f"{column}_high") if c in drivers]
    values = [v for c in names for v in map(formatting.as_float, drivers[c]) if math.isfinite(v)] or [0.0, 1.0]
    line = cut if math.isfinite(cut) else _line(drivers, column, above)
    values += [line] if math.isfinite(line) else []
    pad = 0.12 * (max(values) - min(values)) or max(0.05, 0.05 * abs(max(values)))
    low, high = min(values) - pad, max(values) + pad
    step = _step(high - low)
    ticks = tuple(step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1))
    return Axis(low, high, ticks, max(0, -math.floor(math.log10(step) + 1e-9)), line)


def _step(span: float) -> float:
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next((power * k for k in (1, 2, 5) if span / (power * k) <= 6), power * 10)


def _line(drivers: pd.DataFrame, column: str, above: tuple[str, ...]) -> float:
    values = [formatting.as_float(v) for v in drivers[column]]
    known = [(v, q in above) for v, q in zip(values, drivers["quadrant"], strict=True) if q in QUADRANTS]
    known = [(v, up) for v, up in known if math.isfinite(v)]
    mean = sum(v for v, _ in known) / max(1, len(known))
    unclear = [q == "unclear" for v, q in zip(values, drivers["quadrant"], strict=True) if q in QUADRANTS and v == v]
    sure = [pair for pair, open_ in zip(known, unclear, strict=True) if not open_]
    below, over = [v for v, up in sure if not up], [v for v, up in sure if up]
    if any(unclear):
        return mean if max(below, default=mean) <= mean <= min(over, default=mean) else math.nan
    if not below or not over or max(below) > min(over):
        return math.nan
    return mean if max(below) <= mean <= min(over) else (max(below) + min(over)) / 2


def drivers_map(
    drivers: pd.DataFrame, model: Model, lang: str = "en", cuts: tuple[float, float] = (math.nan, math.nan)
) -> str:
    """Importance (across) against performance (up) of every driver, as one ``<svg>`` element.

    Parameters
    ----------
    drivers : DataFrame
        Driver table, see :data:`~csimodels.tables.catalogue.CATALOGUE`; rows without importance or performance are left
        out of the map (they stay in the table).
    model : Model
    lang : ``"en"`` or ``"zh"``
    cuts : (float, float)
        Where the quadrant lines stand (importance, performance); NaN: see :func:`axes_of`.
    """
    tr = translator(lang)
    shown = drivers[drivers["importance"].notna() & drivers["performance"].notna()].reset_index(drop=True)
    x, y = axes_of(shown, cuts)
    title = escape(tr("Importance-performance map"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" role="img" lang="{escape(lang)}" '
        f'viewBox="0 0 {_SIZE.w:g} {_SIZE.h:g}" font-family="{escape(style.FONT_STACK)}"><title>{title}</title>'
    ]
    corners, obstacles = _corners(x, y, tr)
    parts += [_ticks(x, y), corners, _titles(tr)]
    records = formatting.records(shown)
    places = [(formatting.as_float(r["importance"]), formatting.as_float(r["performance"])) for r in records]
    points = [(_px(x, across), _py(y, up)) for across, up in places]
    labels = [wrap(name_on_map(model, str(r["driver"]), lang), _FONT, 150, 2) for r in records]
    sizes = [(max(text_width(line, _FONT) for line in text) + 4, 15.0 * len(text)) for text in labels]
    obstacles += [box for row, point in zip(records, points, strict=True) for box in _cross(row, point, (x, y))]
    boxes = place_labels(points, sizes, _FRAME, obstacles)
    for row, point in zip(records, points, strict=True):
        parts.append(_whiskers(row, point, (x, y)))
    for row, point, text, box in zip(records, points, labels, boxes, strict=True):
        parts.append(_driver(str(row["quadrant"]), point, text, box))
    return "".join([*parts, "</svg>"])


def name_on_map(model: Model, name: str, lang: str) -> str:
    """Label of a driver, and that its index is turned round where lower is better."""
    label = model.label(name, lang)
    if model.direction(name) > 0:
        return label
    tr = translator(lang)
    return tr("{construct} (100 less its index)").format(construct=label)


def _px(axis: Axis, value: float) -> float:
    return _FRAME.x + _FRAME.w * (value - axis.low) / (axis.high - axis.low)


def _py(axis: Axis, value: float) -> float:
    return _FRAME.bottom - _FRAME.h * (value - axis.low) / (axis.high - axis.low)


def _ticks(x: Axis, y: Axis) -> str:
    out = [
        f'<rect x="{_FRAME.x}" y="{_FRAME.y}" width="{_FRAME.w}" height="{_FRAME.h}" fill="#fbfcfd" '
        f'stroke="{style.LINE}"/>'
    ]
    for v in x.ticks:
        out.append(_text((_px(x, v), _FRAME.bottom + 17), formatting.number(v, x.digits), 11, style.MUTED))
    for v in y.ticks:
        out.append(_text((_FRAME.x - 7, _py(y, v) + 4), formatting.number(v, y.digits), 11, style.MUTED, "end"))
    for line, a, b in (
        (x.cut, (_px(x, x.cut), _FRAME.y), (_px(x, x.cut), _FRAME.bottom)),
        (y.cut, (_FRAME.x, _py(y, y.cut)), (_FRAME.right, _py(y, y.cut))),
    ):
        if math.isfinite(line):
            out.append(
                f'<line class="cut" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
                f'stroke="#a9b4bd" stroke-dasharray="3 4"/>'
            )
    return "".join(out)


def _corners(x: Axis, y: Axis, tr: Translate) -> tuple[str, list[Box]]:
    """Names of the quadrants in the corners of the map; none where a line is missing."""
    if not (math.isfinite(x.cut) and math.isfinite(y.cut)):
        return "", []
    out, boxes = [], []
    for key, right, low in (("improve", 1, 1), ("keep", 1, 0), ("low", 0, 1), ("overkill", 0, 0)):
        text = tr(QUADRANTS[key])
        width = text_width(text, 11.5)
        left = _FRAME.right - 8 - width if right else _FRAME.x + 8
        top = _FRAME.bottom - 23 if low else _FRAME.y + 7
        boxes.append(Box(left, top, width, 16))
        at = (_FRAME.right - 8, top + 12) if right else (left, top + 12)
        out.append(_text(at, text, 11.5, style.QUADRANT_COLOURS[key], "end" if right else "start", 650))
    return "".join(out), boxes


def _titles(tr: Translate) -> str:
    across = _text((_FRAME.centre[0], _SIZE.bottom - 8), f"{tr('Importance')} →", 12, style.INK)
    x, y = 13.0, _FRAME.centre[1]
    up = (
        f'<text x="{x}" y="{y}" transform="rotate(-90 {x} {y})" text-anchor="middle" font-size="12" '
        f'fill="{style.INK}">{escape(tr("Performance"))} →</text>'
    )
    return across + up


def _cross(row: Mapping[str, object], point: Point, axes: tuple[Axis, Axis]) -> list[Box]:
    """The intervals of a driver as thin boxes; none where there is no interval."""
    x0, x1 = (formatting.as_float(row.get(f"importance_{end}")) for end in ("low", "high"))
    y0, y1 = (formatting.as_float(row.get(f"performance_{end}")) for end in ("low", "high"))
    out = []
    if math.isfinite(x0) and math.isfinite(x1):
        out.append(Box(_px(axes[0], x0), point[1] - _THICK / 2, _px(axes[0], x1) - _px(axes[0], x0), _THICK))
    if math.isfinite(y0) and math.isfinite(y1):
        out.append(Box(point[0] - _THICK / 2, _py(axes[1], y1), _THICK, _py(axes[1], y0) - _py(axes[1], y1)))
    return out


def _whiskers(row: Mapping[str, object], point: Point, axes: tuple[Axis, Axis]) -> str:
    out = ""
    for box in _cross(row, point, axes):
        (x, y), across = box.centre, box.h == _THICK
        line = f"M{box.x:.1f} {y:.1f}H{box.right:.1f}" if across else f"M{x:.1f} {box.y:.1f}V{box.bottom:.1f}"
        out += f'<path class="whisker" d="{line}" stroke="{style.MUTED}" stroke-opacity=".5" stroke-width="1.5"/>'
    return out


def _driver(quadrant: str, point: Point, lines: tuple[str, ...], box: Box) -> str:
    colour = style.QUADRANT_COLOURS.get(quadrant, style.MUTED)
    x, y = point
    shape = {
        "improve": f"M{x} {y - 8}L{x + 8} {y}L{x} {y + 8}L{x - 8} {y}Z",
        "low": f"M{x - 6} {y - 6}h12v12h-12Z",
        "overkill": f"M{x} {y - 7.5}L{x + 7.5} {y + 6}L{x - 7.5} {y + 6}Z",
    }.get(quadrant, f"M{x - 6.5} {y}a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0 -13 0Z")
    left, right = box.x > x, box.right < x
    anchor, at = ("start", box.x) if left else ("end", box.right) if right else ("middle", box.centre[0])
    fill, edge = (style.PAPER, colour) if quadrant == "unclear" else (colour, style.PAPER)
    out = f'<path class="driver" d="{shape}" fill="{fill}" stroke="{edge}" stroke-width="1.5"/>'
    for i, line in enumerate(lines):
        halo = f'paint-order="stroke" stroke="{style.PAPER}" stroke-width="3" stroke-linejoin="round"'
        out += (
            f'<text x="{at:.1f}" y="{box.y + 11.5 + 15 * i:.1f}" text-anchor="{anchor}" font-size="{_FONT}" '
            f'fill="{style.INK}" {halo}>{escape(line)}</text>'
        )
    return out


def _text(at: Point, text: str, size: float, colour: str, anchor: str = "middle", weight: int = 400) -> str:
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
