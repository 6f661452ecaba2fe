"""Tables of commands in the language of the user: headings, words, measures and labels by the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from csimodels.i18n import Translate, language_of_user, translator
from csimodels.report import formatting
from csimodels.report.wording import Names, sayer
from csimodels.tables.catalogue import column, find
from csimodels.tables.columns import COLUMNS, Column
from csimodels.tables.vocabulary import MODELS
from csimodels.terminal import print_frame

if TYPE_CHECKING:
    from csimodels import Model

#: A p-value below it has no digit among three decimals.
SMALL_P = 0.0005
#: What stands between two names in the subject of a row.
_BETWEEN = (" -> ", " ~ ")


def print_table(
    name: str,
    frame: pd.DataFrame,
    models: Sequence[Model] = (),
    *,
    plain: bool = True,
    words: bool = False,
    file: str = "",
) -> None:
    """Print a table that the catalogue declares.

    Parameters
    ----------
    name : str
        Of the table.
    frame : DataFrame
    models : sequence of Model
        Whose labels constructs, groups and columns have; of several the first that has a name.
    plain : bool
        Whether English keeps the names that columns and words have in Python, as tables of parameters do.
    words : bool
        Whether the cells are said in words all the same, as where headings in words would need more blocks.
    file : str
        Which holds the whole of a long table; empty where all of it is printed.
    """
    lang = language_of_user()
    tr = translator(lang)
    names = Names(models[0], lang) if models else None
    out = frame.copy() if names is None else names.frame(frame).copy()
    worded = lang != "en" or not plain
    for text in map(str, frame.columns):
        declared = column(name, text)
        if declared is None:
            continue
        if declared.shown_as == "count" and frame[text].dtype.kind == "f":
            out[text] = frame[text].astype("Int64")
        if declared.shown_as == "p":
            out[text] = [formatting.p_value(p) if p < SMALL_P else p for p in frame[text]]
        if worded or words:
            out[text] = _said(out[text], declared, models, tr, lang)
    if worded:
        out.columns = [
            formatting.heading(name, text, tr) if column(name, text) else names.column(text) if names else text
            for text in map(str, frame.columns)
        ]
    print_frame(out, file)


def print_measures(frame: pd.DataFrame, model: Model) -> None:
    """Print measures of fit below one another: whole degrees of freedom, and no p-value of 0.000.

    Parameters
    ----------
    frame : DataFrame
        Columns ``measure, value``.
    model : Model
    """
    rows = [_measured(str(name), x) for name, x in zip(frame["measure"], frame["value"], strict=True)]
    shown = frame.astype({"value": object})
    shown["value"] = pd.Series(rows, index=frame.index, dtype=object)
    print_table("fit_measures", shown, (model,))


def _measured(name: str, value: float) -> object:
    if name == "df" and float(value).is_integer():
        return int(value)
    return formatting.p_value(value) if name.startswith("pvalue") and value < SMALL_P else float(value)


def _said(cells: pd.Series, declared: Column, models: Sequence[Model], tr: Translate, lang: str) -> pd.Series:
    """The cells of a column in words; numbers and parts of statements stay."""
    if declared.shown_as in ("words", "flag", "status"):
        say = sayer({}, models[0], lang, tr) if models else str
        return cells.map(lambda cell: formatting.shown(cell, declared, tr, say)).astype(object)
    if declared.name == "measure":
        return cells.map(lambda cell: measure(str(cell), tr))
    if declared.name in ("construct", "source", "target", "subject", "quantity"):
        return cells.map(lambda cell: _labels(str(cell), models, tr, lang))
    if declared.name == "table":
        return cells.map(lambda cell: _title(str(cell), tr))
    return cells


def measure(text: str, tr: Translate) -> str:
    """A measure of fit in words, with what it is of: ``"NFI, estimated"``; as it is where nobody has a word for it."""
    said = []
    for part in text.split(", "):
        end = next((e for e in formatting.MEASURE_ENDS if part.endswith(e)), "")
        known = formatting.MEASURES.get(part.removesuffix(end)) or MODELS.get(part) or _heading(part.removesuffix(end))
        said.append(tr(formatting.MEASURE_ENDS[end]).format(measure=tr(known)) if end else tr(known))
    return tr(", ").join(said)


def _labels(text: str, models: Sequence[Model], tr: Translate, lang: str) -> str:
    """Names in a text by their labels: ``"Value -> Loyalty"``, ``"index Value"``."""
    for between in _BETWEEN:
        if between in text:
            return between.join(_labels(part, models, tr, lang) for part in text.split(between))
    front, _, last = text.rpartition(" ")
    for model in models:
        if last in model.construct_names:
            return " ".join(filter(None, (tr(_heading(front)), model.label(last, lang))))
    return tr("(all)") if text == "overall" else text


def _heading(name: str) -> str:
    """What a column of this name is called; the name itself where there is none."""
    return COLUMNS[name].heading if name in COLUMNS else name


def _title(name: str, tr: Translate) -> str:
    """The title of a table, or of a part that is none."""
    return formatting.title(name, tr) if find(name) else tr(formatting.sentence(name))
