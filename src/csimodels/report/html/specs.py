"""Two specs on the same answers as a page: a summary first, then indices, drivers, paths, fit and prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels.i18n import N_, check_languages, translator
from csimodels.messages import Construct, Message, known, say
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.html.parts_page import Part, PartsPage, write_parts
from csimodels.report.html.table_views import Column, Lang, TableView, table_view
from csimodels.report.wording import sayer
from csimodels.spec.model import Model
from csimodels.tables.catalogue import find
from csimodels.tables.vocabulary import MODELS

#: Parts of the page by table: title, and what is said below.
_PARTS = {
    "index": (N_("Indices"), N_("Points from 0 to 100.")),
    "effects": (N_("Drivers"), N_("Total effects on the index construct of the first spec, in points for one point.")),
    "paths": (N_("Path coefficients"), ""),
    "r2": (N_("Explained variance"), ""),
    "fit": (N_("Fit"), N_("Measures of fit have no test of their difference.")),
    "prediction": (N_("Prediction"), N_("Loss of the items in new answers, by cross-validation: less is better.")),
}
_SHOWN = ("first", "second", "difference", "ci", "p_adj", "different", "status")


def write_specs_html(
    table: pd.DataFrame, models: tuple[Model, Model], path: str | Path, langs: Sequence[str], version: str
) -> Path:
    """Write the page; with several languages it has a switch, and opens in the first one.

    Parameters
    ----------
    table : DataFrame
        As :func:`csimodels.compare_specs` gives it.
    models : pair of Model
    path : str or Path
    langs : sequence of str
    version : str
        Of this package.

    Returns
    -------
    Path
        The file written (UTF-8).
    """
    return write_parts([_page(table, models, code) for code in check_languages(langs)], path, version)


def _page(table: pd.DataFrame, models: tuple[Model, Model], code: str) -> PartsPage:
    first = models[0]
    tr = translator(code)
    level = formatting.level_text(first.uncertainty.level)
    lang = Lang(code, tr, first, level, True, sayer(known(table["status"]), first, code, tr))
    specs = find("specs")
    assert specs is not None
    by = tuple(str(name) for name in table.columns if name not in specs.column_names)
    names = [clean(model.title.get(code, model.name)) for model in models]
    if names[0] == names[1]:
        names = [clean(model.name) for model in models]
    called = [tr("First spec"), tr("Second spec")]
    rows = table.assign(
        subject=[tr("(all)") if text == "overall" else _subject(str(text), models, code) for text in table["subject"]],
        measure=[_measure(str(text), lang) for text in table["measure"]],
    )
    return PartsPage(
        lang=lang,
        title=tr("Two specs on the same answers"),
        subtitle=tuple(f"{said}: {name}" for said, name in zip(called, names, strict=True)),
        summary=tuple(clean(say(text, tr)) for text in _summary(table, models, by, code)),
        notes=(),
        parts=tuple(_parts(rows, by, lang)),
        said=(tr("The error of a difference is that of the same respondents in both specs; intervals are linearised, "
                 "at {level}.").format(level=level),),
    )  # fmt: skip


def _subject(text: str, models: tuple[Model, Model], code: str) -> str:
    """Labels of what a row is about, from the spec that has it."""
    return " → ".join(_label(part, models, code) for part in text.split(" -> "))


def _measure(text: str, lang: Lang) -> str:
    """A measure of fit, and which model it is of, in words; the loss of a prediction is said below the table."""
    parts = [part for part in text.split(", ") if part not in ("", "loss", "nan")]
    return lang.tr(", ").join(lang.tr(formatting.MEASURES.get(part, MODELS.get(part, part))) for part in parts)


def _label(name: str, models: tuple[Model, Model], code: str) -> str:
    found = next((model.label(name, code) for model in models if name in model.construct_names), name)
    return clean(found)


def _summary(table: pd.DataFrame, models: tuple[Model, Model], by: tuple[str, ...], code: str) -> list[Message]:
    """The index by both specs where there is one of all respondents, and how many numbers differ measurably."""
    out: list[Message] = []
    own = models[0].index.construct
    index = table[(table["table"] == "index") & (table["subject"] == own)]
    if not by and len(index):
        out.append(_of_index(formatting.records(index)[0], Construct(models[0].label(own, code))))
    tested = table[table["p_adj"].notna()]
    differ = int((tested["different"] == True).sum())  # noqa: E712
    out.append(Message("Numbers that differ measurably: {differ} of {n} tested.", differ=differ, n=len(tested)))
    loss = tested[(tested["table"] == "prediction") & (tested["subject"] == "overall")]
    if not by and len(loss):
        out.append(_of_loss(formatting.records(loss)[0]))
    return out


def _of_index(row: Mapping[str, Any], name: Construct) -> Message:
    parts = {key: formatting.number(row[key], 1) for key in ("first", "second")}
    limits = formatting.interval(row["low"], row["high"], 1)
    if formatting.is_true(row["different"]):
        text = "{name} is {first} by the first spec and {second} by the second: they differ by {change} {limits}."
        return Message(text, name=name, change=formatting.signed(row["difference"], 1), limits=limits, **parts)
    return Message("{name} is {first} by the first spec and {second} by the second: no measurable difference.",
                   name=name, **parts)  # fmt: skip


def _of_loss(row: Mapping[str, Any]) -> Message:
    if str(row["different"]) != "True":
        return Message("Neither predicts new answers measurably better.")
    if formatting.as_float(row["difference"]) < 0:
        return Message("The second spec predicts new answers measurably better.")
    return Message("The first spec predicts new answers measurably better.")


def _parts(rows: pd.DataFrame, by: tuple[str, ...], lang: Lang) -> list[Part]:
    """A section for each table that has rows."""
    out = []
    for name, (title, said) in _PARTS.items():
        part = rows[rows["table"] == name].reset_index(drop=True)
        if len(part):
            out.append(Part(name, lang.tr(title), _view(part, name, by, lang), lang.tr(said) if said else ""))
    return out


def _view(part: pd.DataFrame, name: str, by: tuple[str, ...], lang: Lang) -> TableView:
    """One table, with the columns that tell its rows apart; indices in points."""
    tested = part["p_adj"].notna().any()
    shown = tuple(c for c in _SHOWN if tested or c not in ("ci", "p_adj", "different"))
    if not tested:  # said below the table
        part = part.assign(status=part["status"].mask(part["status"] == "no test", "ok"))
    front = [c for c in (*by, "subject", "measure") if part[c].astype(str).replace("nan", "").ne("").any()]
    titles = {c: clean(lang.names.column(c)) for c in by} | {"subject": lang.tr("Subject")}
    points = name == "index"
    renamed = {"first": "before", "second": "after", "difference": "change"} if points else {}
    frame = part.rename(columns=renamed)
    wanted = (*front, *(renamed.get(c, c) for c in shown))
    view = table_view(frame, f"specs-{name}", wanted, lang, titles, "comparison" if points else "specs")
    if not points:
        return view
    places = {wanted.index("before"): "First spec", wanted.index("after"): "Second spec",
              wanted.index("change"): "Difference"}  # fmt: skip
    heads: list[Column] = [
        replace(head, title=lang.tr(places[k])) if k in places else head for k, head in enumerate(view.columns)
    ]
    return replace(view, columns=tuple(heads))
