"""The path diagram as SVG: constructs with their index and R2, arrows with their coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from csimodels.i18n import Translate, translator
from csimodels.report.escaping import escape
from csimodels.report.figures import style
from csimodels.report.figures.diagram_layers import columns, levels, stacks
from csimodels.report.figures.diagram_layout import Edge, Layout, Sizes, layout
from csimodels.report.figures.geometry import Box, Point, text_width, wrap
from csimodels.report.formatting import NONE, as_float, includes_zero, interval, number, records
from csimodels.spec.model import Model

_WIDTH = 1090.0  # what the columns share
_NARROW, _WIDE = 118.0, 190.0  # a node
_LABEL_SIZE = 12.5
_ARROW = 9.0
_LEAST = 860.0  # a page narrower than this scrolls the drawing


@dataclass(frozen=True, slots=True)
class _Form:
    """Width of a node, and how much larger than usual everything is."""

    width: float
    scale: float

    def lines(self, model: Model, name: str, lang: str) -> tuple[str, ...]:
        """The label of a node, broken to its width."""
        return wrap(model.label(name, lang), _LABEL_SIZE * self.scale, self.width - 22)


@dataclass(frozen=True, slots=True)
class _Path:
    """What is said about one arrow; NaN where there is no coefficient."""

    estimate: float
    low: float
    high: float

    @property
    def dashed(self) -> bool:
        return includes_zero(self.low, self.high)

    @property
    def width(self) -> float:
        return 1.4 if math.isnan(self.estimate) else 1.2 + 5.0 * min(abs(self.estimate), 1.1)

    @property
    def colour(self) -> str:
        if math.isnan(self.estimate):
            return style.MUTED
        return style.AMBER if self.estimate < 0 else style.ACCENT


def model_layout(model: Model, lang: str) -> Layout:
    """Geometry of the diagram of `model` with labels in `lang`."""
    edges = [*model.paths, *_parts(model)]
    form, alone = _form(model), [model.index.construct]
    s = form.scale
    lines = max((len(form.lines(model, name, lang)) for name in model.construct_names), default=1)
    sizes = Sizes((form.width, s * (62.0 + 16.0 * lines)), (46.0 * s, 18.0 * s), 0.58 * form.width, 28.0 * s, 62.0 * s)
    return layout(model.construct_names, edges, sizes, alone)


def _form(model: Model) -> _Form:
    """Nodes as wide as the number of columns allows."""
    edges = [*model.paths, *_parts(model)]
    level = levels(model.construct_names, edges)
    count = 1 + max(columns(level, stacks(level, edges, [model.index.construct])).values(), default=0)
    width = min(_WIDE, max(_NARROW, _WIDTH / (count + 0.58 * (count - 1))))
    return _Form(width, min(1.25, width / _NARROW))


def path_diagram(model: Model, paths: pd.DataFrame, r2: pd.DataFrame, index: pd.DataFrame, lang: str = "en") -> str:
    """The model as a layered SVG drawing.

    Line widths grow with the size of the coefficient; a line is dashed where the interval includes 0, and drawn in
    the second colour where the coefficient is negative.  A construct made of others (higher order) is joined to
    them by thin lines without a coefficient.

    Parameters
    ----------
    model : Model
    paths, r2, index : DataFrame
        Tables as in :data:`~csimodels.tables.catalogue.CATALOGUE`; rows that are missing leave a dash or no number.
    lang : ``"en"`` or ``"zh"``

    Returns
    -------
    str
        One ``<svg>`` element without references to anything outside itself.
    """
    tr = translator(lang)
    plan = model_layout(model, lang)
    values = {
        (str(r["source"]), str(r["target"])): _Path(*(as_float(r.get(k)) for k in ("estimate", "low", "high")))
        for r in records(paths)
    }
    indices = {str(r["construct"]): as_float(r["index"]) for r in records(index)}
    explained = {str(r["construct"]): as_float(r["r2"]) for r in records(r2)}
    form = _form(model)
    parts = [_head(plan, model, lang, tr)]
    parts += [_edge(e, values.get((e.source, e.target), _Path(math.nan, math.nan, math.nan))) for e in plan.edges]
    known = [e for e in plan.edges if (e.source, e.target) in values]
    parts += [_coefficient(e, values[e.source, e.target], model, (lang, form.scale)) for e in known]
    for name, box in plan.nodes.items():
        numbers = indices.get(name, math.nan), explained.get(name, math.nan)
        parts.append(_node(name, box, model, lang, form, numbers))
    return "".join([*parts, "</svg>"])


def _parts(model: Model) -> list[tuple[str, str]]:
    """From the parts to the higher-order construct, where no path says so already."""
    known = set(model.paths)
    links = [(part, c.name) for c in model.constructs for part in c.of]
    return [(a, b) for a, b in links if (a, b) not in known and (b, a) not in known]


def _head(plan: Layout, model: Model, lang: str, tr: Translate) -> str:
    name = escape(tr("Path diagram of {model}").format(model=model.title.get(lang, model.name)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" lang="{escape(lang)}" '
        f'viewBox="0 0 {plan.width:.0f} {plan.height:.0f}" width="{plan.width:.0f}" height="{plan.height:.0f}" '
        f'style="min-width:{min(plan.width, _LEAST):.0f}px" font-family="{escape(style.FONT_STACK)}">'
        f"<title>{name}</title>"
    )


def _edge(edge: Edge, path: _Path) -> str:
    points = list(edge.stations)
    x, y = points[-1]
    down = math.copysign(1.0, y - points[0][1]) if edge.upright else 0.0
    points[-1] = (x, y - down * (_ARROW - 1)) if edge.upright else (x - _ARROW + 1, y)
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in zip(points[::2], points[1::2], strict=True):
        mid = (x0 + x1) / 2
        d += f" L{x0:.1f} {y0:.1f} C{mid:.1f} {y0:.1f} {mid:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    dash = ' stroke-dasharray="6 5"' if path.dashed else ""
    half = _ARROW / 2 + path.width / 3
    if edge.upright:
        base = y - down * _ARROW
        head = f"M{x - half:.1f} {base:.1f}L{x:.1f} {y:.1f}L{x + half:.1f} {base:.1f}Z"
    else:
        head = f"M{x - _ARROW:.1f} {y - half:.1f}L{x:.1f} {y:.1f}L{x - _ARROW:.1f} {y + half:.1f}Z"
    return (
        f'<g class="edge" data-source="{escape(edge.source)}" data-target="{escape(edge.target)}">'
        f'<path d="{d}" fill="none" stroke="{path.colour}" stroke-width="{path.width:.2f}" stroke-opacity=".72"{dash}/>'
        f'<path d="{head}" fill="{path.colour}"/></g>'
    )


def _coefficient(edge: Edge, path: _Path, model: Model, look: tuple[str, float]) -> str:
    lang, scale = look
    box = edge.label
    x, y = box.centre
    text = number(path.estimate, 2)
    size = 12.5 * scale
    wide = min(box.w, text_width(text, size) + 8)
    hint = f"{model.label(edge.source, lang)} → {model.label(edge.target, lang)}: {number(path.estimate, 3)}"
    limits = interval(path.low, path.high, 3)
    hint += "" if limits == NONE else f" {limits}"
    return (
        f'<g class="coefficient"><title>{escape(hint)}</title><rect x="{x - wide / 2:.1f}" y="{box.y:.1f}" '
        f'width="{wide:.1f}" height="{box.h:.1f}" rx="4" fill="{style.PAPER}"/>'
        f'<text x="{x:.1f}" y="{y + 0.35 * size:.1f}" text-anchor="middle" font-size="{size:g}" font-weight="600" '
        f'fill="{path.colour}">{text}</text></g>'
    )


def _node(name: str, box: Box, model: Model, lang: str, form: _Form, values: tuple[float, float]) -> str:
    index, r2 = values
    x, _ = box.centre
    main = name == model.index.construct
    fill, ink, soft = (style.ACCENT, style.PAPER, "#d5e6ef") if main else (style.PAPER, style.INK, style.MUTED)
    s, lines = form.scale, form.lines(model, name, lang)
    top = box.y + 23 * s + (box.h - s * (62 + 16 * len(lines))) / 2
    if math.isnan(r2):  # one row less
        top += 8 * s
    rows = "".join(
        f'<text x="{x:.1f}" y="{top + 16 * s * i:.1f}" text-anchor="middle" font-size="{_LABEL_SIZE * s:g}" '
        f'fill="{ink}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    low = top + 16 * s * len(lines)
    explained = "" if math.isnan(r2) else _small((x, low + 26 * s), 11 * s, f"R² {number(r2, 2)}", soft)
    return (
        f'<g class="node" data-name="{escape(name)}"><title>{escape(model.label(name, lang))}</title>'
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.w:.1f}" height="{box.h:.1f}" rx="10" fill="{fill}" '
        f'stroke="{style.ACCENT}" stroke-width="1.4"/>{rows}'
        f'<text x="{x:.1f}" y="{low + 8 * s:.1f}" text-anchor="middle" font-size="{20 * s:g}" '
        f'font-weight="650" fill="{ink}">{number(index, 1)}</text>{explained}</g>'
    )


def _small(at: Point, size: float, text: str, colour: str) -> str:
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="middle" font-size="{size:g}" fill="{colour}">{text}</text>'
    )
