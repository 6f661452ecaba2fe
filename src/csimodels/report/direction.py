"""Which end of an index is the good one, as the report says and orders it; the spec knows it (`Model.direction`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from csimodels.i18n import Translate
from csimodels.messages import Message
from csimodels.report.escaping import clean
from csimodels.spec.model import Model

#: Columns that name a construct or index, and those beside them that say how good it is, or which way it went.
_JUDGED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("construct", "driver", "subject"),
                    frozenset({"index", "quadrant", "distance", "change", "rank", "lead_best", "rise"})),
    "name": frozenset({"value"}),
}  # fmt: skip


def best_first(frame: pd.DataFrame, model: Model, name: str = "", column: str = "index") -> pd.DataFrame:
    """Rows of one construct or index, the best first, those without a number last.

    Parameters
    ----------
    frame : DataFrame
    model : Model
    name : str
        The construct; that of the index where not given.
    column : str
        Level or change: the largest is first, the smallest where lower is better.
    """
    lowest = model.direction(name or model.index.construct) < 0
    return frame.sort_values(column, ascending=lowest, kind="stable", na_position="last")


def named(model: Model, name: str, lang: str) -> str:
    """What a construct is called, and that lower is better where it is."""
    label = clean(model.label(name, lang))
    return Message("{construct} (lower is better)", construct=label) if model.direction(name) < 0 else label


def lower_is_better(model: Model, lang: str, tr: Translate, among: Collection[str] | None = None) -> str:
    """Constructs and simple indices whose lower value is the better one, `among` those named; empty without any."""
    every = [*model.construct_names, *(index.name for index in model.indices)]
    low = [name for name in every if model.direction(name) < 0 and (among is None or name in among)]
    names = tr(", ").join(clean(model.label(name, lang)) for name in low)
    return tr("Lower is better: {names}.").format(names=names) if low else ""


def said_of(frame: pd.DataFrame, model: Model, lang: str, tr: Translate) -> str:
    """What :func:`lower_is_better` says of the rows of a table that judges them; empty for any other table."""
    there = set(map(str, frame.columns))
    subjects = [frame[name] for name, judged in _JUDGED.items() if name in there and judged & there]
    among = {str(value) for column in subjects for value in column.unique()}
    return lower_is_better(model, lang, tr, among) if among else ""
