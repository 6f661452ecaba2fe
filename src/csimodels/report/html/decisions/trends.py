"""What changed: the index over all waves, and what the last change is made of."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.trend_chart import trend_chart
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.table_views import Lang, table_view
from csimodels.report.standing import wave_column
from csimodels.tables import catalogue

#: Charts of groups, one for each domain.
MOST_CHARTS = 6

_TREND = (
    "Lines with their intervals; a hollow dot lies outside the control limits, a dashed line across is the target, a "
    "dashed line up a break of method."
)
_PARTS = "The change of the index, split exactly into changed answers and changed weights of the questions."


def trends(content: Content, lang: Lang) -> Iterator[Block]:
    """Charts of all respondents and of the groups, with slope and parts of the last change."""
    drawn = tuple(trend_charts(content, lang.code))
    if not drawn:
        return
    tests = _of_index(content, "wave_trend_tests") if content.comparison("wave_trend") is not None else None
    tests = _of_index(content, "trend_tests") if tests is None else tests
    columns = ("waves", "slope", "ci", "p", "q", "df", "p_equal", "pooled")
    view = None if tests is None else table_view(tests, "trend_tests", (*_keys("trend_tests", tests), *columns), lang)
    yield Block(lang.tr("The index over all waves"), lang.tr(_TREND), drawn, view)
    name = "wave_change_parts" if content.comparison("wave_change_parts") is not None else "change_parts"
    parts = _of_index(content, name)
    if parts is not None:
        whole = parts[parts["item"] == ""]
        wanted = (*_keys(name, parts), "from", "to", "answers", "answers_ci", "weights", "weights_ci", "total")
        said = lang.tr(_PARTS)
        yield Block(lang.tr("What the change is made of"), said, (), table_view(whole, "change_parts", wanted, lang))


def _of_index(content: Content, name: str) -> pd.DataFrame | None:
    """Rows of the index construct; None where there is no such table."""
    frame = content.comparison(name)
    return None if frame is None else frame[frame["construct"] == content.model.index.construct].reset_index(drop=True)


def _keys(name: str, frame: pd.DataFrame) -> list[str]:
    """Group columns in front of a table."""
    table = catalogue.find(name)
    known = () if table is None else table.column_names
    return [str(column) for column in frame.columns if column not in known]


def trend_charts(content: Content, lang: str) -> Iterator[tuple[str, str]]:
    """``(name, svg)`` of all respondents and of the groups; none without the table ``trend``."""
    wave = wave_column(content)
    for name in ("wave_trend", "trend"):
        frame = _of_index(content, name)
        if frame is None or wave not in frame or not formatting.records(frame):
            continue
        units = [column for column in _keys("trend", frame) if column != wave]
        yield from _charts(content, frame, (wave, units), lang)


def _charts(
    content: Content, frame: pd.DataFrame, columns: tuple[str, list[str]], lang: str
) -> Iterator[tuple[str, str]]:
    """One chart of all lines; with several group columns one for each domain, with a line for each unit."""
    wave, units = columns
    asked = content.model.decisions.benchmark
    unit = asked.unit if asked is not None and asked.unit in units else "".join(units[:1])
    domains = [column for column in units if column != unit]
    if not domains:
        yield "", trend_chart(frame, wave, units, content.model, lang)
        return
    for key, rows in list(frame.groupby(domains, sort=False))[:MOST_CHARTS]:
        labels = [content.model.label_of(c, v, lang) for c, v in zip(domains, key, strict=True)]
        mine = rows.reset_index(drop=True)
        yield clean(" / ".join(labels)), trend_chart(mine, wave, [unit], content.model, lang)
