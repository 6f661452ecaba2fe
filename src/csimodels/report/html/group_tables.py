"""Groups on the page: all their indices, their paths."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Cell, Column, Lang, TableView, table_view

_MANY_ROWS = 2000  # path coefficients by group beyond this stay in the workbook
_PATH_COLUMNS = ("source", "target", "estimate", "se", "ci", "p", "status")


def matrix(content: Content, groups: pd.DataFrame, lang: Lang) -> TableView:
    """Indices of all constructs, one row per group."""
    return matrix_of(content, groups, content.group_by, lang)


def matrix_of(content: Content, groups: pd.DataFrame, by: Sequence[str], lang: Lang) -> TableView:
    """Indices of all constructs, one row for every unit that the columns `by` name."""
    names = list(content.model.construct_names)
    rows: dict[tuple[object, ...], dict[str, float]] = {}
    bad: dict[tuple[object, ...], bool] = {}
    for row in formatting.records(groups):
        key = tuple(row[c] for c in by)
        rows.setdefault(key, {})[str(row["construct"])] = formatting.as_float(row["index"])
        bad[key] = bad.get(key, False) or not formatting.is_ok(row["status"])
    titles = {
        c: clean(lang.names.column(c)) if c in content.group_by else formatting.heading("rollup", c, lang.tr)
        for c in by
    }
    columns = (*(Column(titles[c], "text") for c in by), *(Column(lang.judged(n)) for n in names))
    body = []
    called = lang.names.frame(pd.DataFrame(list(rows), columns=list(by), dtype=object))
    for key, values in zip(called.itertuples(index=False), rows.values(), strict=True):
        texts = [Cell(clean(k)) for k in key]
        numbers = [values.get(n, math.nan) for n in names]
        body.append((*texts, *(Cell(formatting.number(v, 1), v, "num") for v in numbers)))
    return TableView("matrix", columns, tuple(body), tuple(bad.values()))


def group_paths(content: Content, lang: Lang) -> TableView | None:
    """Path coefficients of every group; None where there are none, or too many for a page."""
    frame = content.group_table("paths")
    if frame is None or len(frame) > _MANY_ROWS:
        return None
    return table_view(frame, "group_paths", (*content.group_by, *_PATH_COLUMNS), lang)
