"""The index over all waves: lines with bands, targets drawn, breaks of method marked."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csimodels.i18n import translator
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.chart import SERIES, Axis, Chart
from csimodels.spec.model import Model, plain_text

#: Lines in one chart; of more units the first are drawn.
MOST_LINES = len(SERIES)


def trend_chart(rows: pd.DataFrame, wave: str, units: Sequence[str], model: Model, lang: str = "en") -> str:
    """Lines through the waves as one ``<svg>`` element.

    Parameters
    ----------
    rows : DataFrame
        Of the table ``trend``, one construct.
    wave : str
        Column of the waves.
    units : sequence of str
        Columns that name a line; none for all respondents together.
    model : Model
    lang : {"en", "zh"}
    """
    tr = translator(lang)
    construct = str(rows["construct"].iloc[0])
    waves = list(dict.fromkeys(plain_text(value) for value in rows[wave]))
    records = formatting.records(rows)
    lines = list(dict.fromkeys(tuple(plain_text(r[u]) for u in units) for r in records))[:MOST_LINES]
    shown = [r for r in records if tuple(plain_text(r[u]) for u in units) in lines]
    values = [formatting.as_float(r[end]) for r in shown for end in ("index", "low", "high", "target")]
    names = [clean(model.label_of(wave, name, lang)) for name in waves]
    chart = Chart(Axis.of_names(names), Axis.over(values), tr("Index by wave"), lang)
    legend = []
    for k, line in enumerate(lines):
        mine = [r for r in shown if tuple(plain_text(r[u]) for u in units) == line]
        at = [float(waves.index(plain_text(r[wave]))) for r in mine]
        low, high, index = (
            [(x, formatting.as_float(r[end])) for x, r in zip(at, mine, strict=True)]
            for end in ("low", "high", "index")
        )
        chart.band(low, high, SERIES[k])
        chart.line(index, SERIES[k])
        for (x, y), r in zip(index, mine, strict=True):
            chart.dot(x, y, SERIES[k], 4, hollow=bool(r["outside"]))
        label = " / ".join(clean(model.label_of(u, v, lang)) for u, v in zip(units, line, strict=True))
        legend.append((SERIES[k], label or clean(model.label(construct, lang))))
    _marks(chart, shown, wave, waves)
    chart.legend(legend)
    return chart.svg("", f"{clean(model.label(construct, lang))} ↑")


def _marks(chart: Chart, rows: Sequence[dict[str, object]], wave: str, waves: Sequence[str]) -> None:
    """The target as a dashed line across, breaks of method as dashed lines up."""
    goal = formatting.as_float(rows[0]["target"])
    chart.line([(chart.x.low, goal), (chart.x.high, goal)], style.INK, 1.3, dashed=True)
    for k, name in enumerate(waves):
        if any(plain_text(r[wave]) == name and r["break"] is True for r in rows):
            chart.line([(k - 0.5, chart.y.low), (k - 0.5, chart.y.high)], style.MUTED, 1.3, dashed=True)
