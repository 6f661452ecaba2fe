"""What stands at the top of the page: the index of all respondents and what it means."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.html.rollup import rolled_headline
from csimodels.report.html.table_views import Lang, Mark, Scale


@dataclass(frozen=True, slots=True)
class Headline:
    """The index of all respondents: number, interval, place on the scale, what it means."""

    construct: str
    value: str
    interval: str
    mark: Mark | None
    state: str
    sentences: tuple[str, ...]


def headline(content: Content, lang: Lang) -> Headline:
    """The index of all respondents in words, with what it rolls up to and what drives it most."""
    name = content.model.index.construct
    index = content.table("index")
    rows = formatting.records(index[index["construct"] == name])
    row = rows[0] if rows else {}
    value, low, high = (formatting.as_float(row.get(k)) for k in ("index", "low", "high"))
    label, scale = lang.label(name), Scale(0, 100)
    flagged = not formatting.is_ok(row.get("status"))
    state = (
        lang.tr("Result flagged: {status}").format(status=formatting.status_words(row["status"], lang.tr, lang.say))
        if flagged
        else ""
    )
    limits = formatting.interval(low, high, 1)
    if math.isnan(value):
        return Headline(label, formatting.NONE, "", None, state, (lang.tr("There is no index: see the notes below."),))
    known = limits != formatting.NONE
    mark = Mark(scale.at(value), scale.at(low) if known else None, scale.at(high) if known else None, True)
    meaning = lang.tr(
        "On a scale from 0 (every answer the worst possible) to 100 (every answer the best possible), "
        "{construct} stands at {value}."
    ).format(construct=label, value=formatting.number(value, 1))
    if known:
        certain = lang.tr("The {level} confidence interval runs from {low} to {high}.").format(
            level=lang.level, low=formatting.number(low, 1), high=formatting.number(high, 1)
        )
    else:
        certain = lang.tr("No interval was computed, so nothing is said about how certain this number is.")
    text = lang.tr("{level} confidence interval {limits}").format(level=lang.level, limits=limits) if known else ""
    sentences = (meaning, certain, *rolled_headline(content, lang), *_strongest(content.table("drivers"), label, lang))
    return Headline(label, formatting.number(value, 1), text, mark, state, sentences)


def _strongest(drivers: pd.DataFrame, target: str, lang: Lang) -> tuple[str, ...]:
    known = drivers[drivers["importance"].notna()]
    if known.empty:
        return ()
    top = max(formatting.records(known), key=lambda row: formatting.as_float(row["importance"]))
    if formatting.as_float(top["importance"]) <= 0:
        return ()
    text = lang.tr("Its strongest driver is {driver}: 1 point more there goes with {x} points more {target}.")
    said = text.format(driver=lang.label(top["driver"]), target=target, x=formatting.number(top["importance"], 2))
    if not formatting.includes_zero(top["importance_low"], top["importance_high"]):
        return (said,)
    return (said, lang.tr("The interval of this effect includes 0: its direction is not certain."))
