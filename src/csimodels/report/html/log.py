"""What was done to the data, step by step: short tables, and one of its own for every step with many entries."""

from __future__ import annotations

import pandas as pd

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Lang, TableView, table_view

_MANY_ENTRIES = 5  # of one step
_MISSING = "missing answers"
#: Steps whose detail counts rows.
_OF_ROWS = ("rows used", "panel", _MISSING)
_NONE_MISSING = N_("no answer is missing in {n} items")


def log_view(content: Content, lang: Lang) -> tuple[TableView | None, tuple[tuple[str, TableView], ...]]:
    """What was done to the data: a table, and one of its own with a title for every step with many entries.

    Where no answer is missing, one row says so for all items; the workbook has the row of every item.
    """
    log = _in_short(content.survey_log, lang)
    long = [step for step, n in log["step"].value_counts(sort=False).items() if n > _MANY_ENTRIES]
    columns = ("step", "subject", "count", "detail")
    short = log[~log["step"].isin(long)]
    more = []
    for step in long:
        part = log[log["step"] == step]
        title = lang.tr("{step}: {n} entries, {total} together").format(
            step=clean(lang.tr(str(step))),
            n=formatting.number(len(part), 0),
            total=formatting.number(part["count"].sum(), 0),
        )
        more.append((formatting.sentence(title), table_view(part, "survey_log", columns[1:], lang)))
    return None if short.empty else table_view(short, "survey_log", columns, lang), tuple(more)


def _in_short(log: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """The log as the page shows it: numbers of rows with marks of thousands, one row where no answer is missing."""
    log = log.reset_index(drop=True)
    counted = log["step"].isin(_OF_ROWS)
    log["detail"] = [
        formatting.with_marks(lang.say(str(text))) if of_rows else text
        for text, of_rows in zip(log["detail"], counted, strict=True)
    ]
    missing = log["step"] == _MISSING
    if missing.sum() < 2 or log.loc[missing, "count"].astype(float).any():
        return log
    first = missing.tolist().index(True)
    log.loc[first, "subject"] = lang.tr("all items")
    log.loc[first, "detail"] = lang.tr(_NONE_MISSING).format(n=formatting.number(int(missing.sum()), 0))
    kept: pd.DataFrame = log[~missing | (log.index == first)].reset_index(drop=True)
    return kept
