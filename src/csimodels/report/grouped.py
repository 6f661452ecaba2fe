"""Groups on the page: ranked by the index, all their indices, their paths."""

from __future__ import annotations

import math

import pandas as pd

from csimodels.report import words
from csimodels.report.content import Content
from csimodels.report.names import clean
from csimodels.report.views import Cell, Column, Lang, TableView, table_view, with_marks, zoomed

_MANY_ROWS = 2000  # path coefficients by group beyond this stay in the workbook
_PATH_COLUMNS = ("source", "target", "estimate", "se", "ci", "p", "status")


def ranking(content: Content, groups: pd.DataFrame, lang: Lang) -> TableView:
    """The index of every group, best first, on an axis round all of them."""
    mine = groups[groups["construct"] == content.model.index.construct]
    mine = mine.sort_values("index", ascending=False, kind="stable", na_position="last").reset_index(drop=True)
    wanted = (*content.group_by, "index", "ci", "n", "n_eff", "status")
    view = table_view(mine, "groups", wanted, lang)
    view = with_marks(view, mine, zoomed(mine), len(content.group_by), bar=False)
    ranks = mine["index"].rank(ascending=False, method="min")
    cells = [Cell(words.number(r, 0), words.as_float(r), "num rank") for r in ranks]
    rows = tuple((cell, *row) for cell, row in zip(cells, view.rows, strict=True))
    return TableView("groups", (Column(lang.tr("Rank")), *view.columns), rows, view.flags)


def matrix(content: Content, groups: pd.DataFrame, lang: Lang) -> TableView:
    """Indices of all constructs, one row per group."""
    by, names = list(content.group_by), list(content.model.construct_names)
    rows: dict[tuple[object, ...], dict[str, float]] = {}
    bad: dict[tuple[object, ...], bool] = {}
    for row in words.records(groups):
        key = tuple(row[c] for c in by)
        rows.setdefault(key, {})[str(row["construct"])] = words.as_float(row["index"])
        bad[key] = bad.get(key, False) or not words.is_ok(row["status"])
    columns = (*(Column(clean(c), "text") for c in by), *(Column(lang.label(n)) for n in names))
    body = []
    for key, values in rows.items():
        texts = [Cell(clean(k)) for k in key]
        numbers = [values.get(n, math.nan) for n in names]
        body.append((*texts, *(Cell(words.number(v, 1), v, "num") for v in numbers)))
    return TableView("matrix", columns, tuple(body), tuple(bad.values()))


def group_paths(content: Content, lang: Lang) -> TableView | None:
    """Path coefficients of every group; None where there are none, or too many for a page."""
    frame = content.group_table("paths")
    if frame is None or len(frame) > _MANY_ROWS:
        return None
    return table_view(frame, "group_paths", (*content.group_by, *_PATH_COLUMNS), lang)
