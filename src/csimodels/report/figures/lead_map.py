"""The map of a unit's drivers: importance across, lead over the best other up, performance by size."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from csimodels.i18n import N_, translator
from csimodels.report import formatting
from csimodels.report.figures import style
from csimodels.report.figures.chart import Axis, Chart
from csimodels.spec.model import Model

#: Names of the quarters of the map: important or not, ahead or behind.
QUARTERS = {"advantage": N_("Advantage"), "urgent": N_("Urgent"), "keep": N_("Keep up"), "watch": N_("Watch")}


def lead_map(rows: pd.DataFrame, model: Model, lang: str = "en") -> str:
    """Drivers of one unit as one ``<svg>`` element.

    Parameters
    ----------
    rows : DataFrame
        ``driver, importance, performance, lead_best, lead_best_low, lead_best_high``; drivers without importance or
        lead are left out.  A hollow dot: the interval of the lead includes 0.
    model : Model
    lang : {"en", "zh"}
    """
    tr = translator(lang)
    known = rows[rows["importance"].notna() & rows["lead_best"].notna()]
    ends = model.direction(model.index.construct)
    records = [
        {**r, "importance": r["importance"] * ends * model.direction(str(r["driver"]))}
        for r in formatting.records(known)
    ]
    x = Axis.over([float(r["importance"]) for r in records])
    leads = ("lead_best", "lead_best_low", "lead_best_high")
    y = Axis.over([formatting.as_float(r[end]) for r in records for end in leads], zero=True)
    chart = Chart(x, y, tr("Importance and lead"), lang)
    chart.line([(x.low, 0.0), (x.high, 0.0)], style.MUTED, 1.2, dashed=True)
    cut = sum(float(r["importance"]) for r in records) / max(1, len(records))
    chart.line([(cut, y.low), (cut, y.high)], style.MUTED, 1.2, dashed=True)
    _quarters(chart, tr)
    for r in records:
        low, high = (formatting.as_float(r[f"lead_best_{end}"]) for end in ("low", "high"))
        place, lead = float(r["importance"]), float(r["lead_best"])
        colour = style.ACCENT if lead >= 0 else style.AMBER
        chart.line([(place, low), (place, high)], style.MUTED, 1.3)
        performance = formatting.as_float(r["performance"])
        size = 4 + 5 * (performance / 100 if math.isfinite(performance) else 0.5)
        chart.dot(place, lead, colour, size, hollow=formatting.includes_zero(low, high))
    points = [(float(r["importance"]), float(r["lead_best"])) for r in records]
    chart.names(points, [model.label(str(r["driver"]), lang) for r in records])
    return chart.svg(f"{tr('Importance')} →", f"{tr('Lead over the best other')} ↑")


def _quarters(chart: Chart, tr: Callable[[str], str]) -> None:
    (left, bottom), (right, top) = chart.at(chart.x.low, chart.y.low), chart.at(chart.x.high, chart.y.high)
    for key, at, anchor in (
        ("advantage", (right - 8, top + 16), "end"),
        ("urgent", (right - 8, bottom - 8), "end"),
        ("keep", (left + 8, top + 16), "start"),
        ("watch", (left + 8, bottom - 8), "start"),
    ):
        chart.text(at, tr(QUARTERS[key]), 11.5, style.AMBER if key == "urgent" else style.MUTED, anchor)
