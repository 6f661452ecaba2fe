"""The funnel of a focus: for every step the share of respondents, of value, and the index."""

from __future__ import annotations

import math

import pandas as pd

from csimodels.i18n import translator
from csimodels.report import formatting
from csimodels.report.escaping import clean, escape
from csimodels.report.figures import style
from csimodels.spec.model import Model

_WIDE, _LEFT, _HIGH = 300.0, 130.0, 46.0


def funnel(rows: pd.DataFrame, model: Model, lang: str = "en") -> str:
    """Steps one below the other as one ``<svg>`` element.

    Parameters
    ----------
    rows : DataFrame
        Of the table ``focus``.
    model : Model
    lang : {"en", "zh"}
    """
    tr = translator(lang)
    records = formatting.records(rows)
    height = _HIGH * len(records) + 34
    title = tr("Focus")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" role="img" lang="{escape(lang)}" '
        f'viewBox="0 0 680 {height:g}" font-family="{escape(style.FONT_STACK)}"><title>{escape(title)}</title>'
    ]
    heads = ((_LEFT, tr("Share of respondents and of value"), "start"), (560.0, tr("Index"), "middle"))
    parts += [_text(x, 16, text, 12, style.MUTED, anchor) for x, text, anchor in heads]
    for k, row in enumerate(records):
        top = 26 + _HIGH * k
        name = tr("All") if row["step"] == "all" else clean(row["step"])
        parts.append(_text(_LEFT - 8, top + 22, name, 13, style.INK, "end"))
        for j, (column, colour) in enumerate((("share", style.ACCENT), ("value_share", style.AMBER))):
            share = formatting.as_float(row[column])
            if math.isfinite(share):
                y = top + 4 + 17 * j
                parts.append(f'<rect x="{_LEFT}" y="{y}" width="{_WIDE * share:.1f}" height="14" fill="{colour}"/>')
                parts.append(_text(_LEFT + _WIDE * share + 6, y + 11, formatting.percent(share), 11, style.INK))
        limits = formatting.interval(row["low"], row["high"], 1)
        said = formatting.number(row["index"], 1) + ("" if limits == formatting.NONE else f" {limits}")
        parts.append(_text(560, top + 22, said, 12, style.INK, "middle"))
    return "".join([*parts, "</svg>"])


def _text(x: float, y: float, text: str, size: float, colour: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
    )
