"""Tables of the ladder of invariance: its steps, and means of the constructs by group."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from csimodels.report.html.table_views import Lang, TableView, table_view
from csimodels.tables.vocabulary import HELD_EQUAL

_LADDER = (
    "step",
    "equal",
    "chisq",
    "df",
    "p",
    "cfi",
    "rmsea",
    "chisq_diff",
    "df_diff",
    "p_diff",
    "delta_cfi",
    "status",
)
#: Columns that a page of the annual report has no room for: they stand in its workbook.
_WIDE = ("equal", "p", "scaling")
_MEANS = ("construct", "mean", "se", "z", "p")


def ladder_view(ladder: pd.DataFrame, lang: Lang, *, narrow: bool = False) -> tuple[TableView, str]:
    """The steps of a ladder as a table, and how to read it; `narrow` without what the names of the steps say."""
    shown = ladder.assign(equal=[_held(text, lang) for text in ladder["equal"]])
    scaled = ("scaling",) if (ladder["scaling"] != 1).any() else ()
    columns = [c for c in (*_LADDER[:5], *scaled, *_LADDER[5:]) if not narrow or c not in _WIDE]
    view = table_view(shown, "invariance", columns, lang)
    said = lang.tr(
        "A fall of CFI by more than 0.01 is the usual sign that a step does not hold (Cheung & Rensvold 2002); the "
        "test compares each step with the one before it."
    )
    return view, said


def means_view(frame: pd.DataFrame, front: Mapping[str, str], lang: Lang) -> tuple[TableView, str]:
    """Means of the constructs by group as a table, and on which scale they are."""
    view = table_view(frame, "latent_means", (*_MEANS[:1], *front, *_MEANS[1:]), lang, front)
    return view, lang.tr("On the scale of the first question of each construct; 0 in the first group, the reference.")


def _held(text: object, lang: Lang) -> str:
    """What a step holds equal, in words."""
    names = [name for name in str(text).split(", ") if name]
    return lang.tr(", ").join(lang.tr(HELD_EQUAL.get(name, name)) for name in names)
