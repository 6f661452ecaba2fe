"""What must be there and what delights: penalties and rewards of questions, Kano categories of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.sides import Estimate, Pair, sides_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, picture
from csimodels.tables.vocabulary import FACTORS, KANO

Rows = Sequence[Mapping[str, Any]]


def features(reading: Reading) -> Section | None:
    """Contrasts of questions and categories of features; None where the spec asks for neither."""
    said: list[Message] = []
    drawn: list[Picture] = []
    contrasts, kano = (reading.content.comparison(name) for name in ("penalty_reward", "kano"))
    if contrasts is not None:
        for target in dict.fromkeys(contrasts["target"]):
            rows = formatting.records(contrasts[(contrasts["target"] == target) & contrasts["penalty"].notna()])
            if rows:
                said.append(penalties(reading, rows))
                drawn.append(_penalties(reading, str(target), rows, said[-1], first=len(drawn) == 0))
    if kano is not None:
        rows = formatting.records(kano[kano["better"].notna()])
        if rows:
            said.append(categories(reading, rows))
            drawn.append(_kano(reading, rows, said[-1]))
    title = Message("What must be there and what delights")
    return Section("features", title, tuple(said), tuple(drawn)) if drawn else None


def penalties(reading: Reading, rows: Rows) -> Message:
    """Questions whose low answers cost measurably more than their high ones bring, and the other way round."""
    if not any(str(r["factor"]) for r in rows):  # asked of the interval of the asymmetry
        return Message("What goes with low and with high answers, by estimate; no interval was computed.")
    lists = {
        kind: Several([reading.lang.label(r["item"]) for r in rows if str(r["factor"]) == kind], 4)
        for kind in ("basic", "excitement")
    }
    here = {kind: any(str(r["factor"]) == kind for r in rows) for kind in lists}
    if here["basic"] and here["excitement"]:
        text = (
            "Low answers cost measurably more than high ones bring for {basic}; the other way round for {excitement}."
        )
        return Message(text, **lists)
    if here["basic"]:
        return Message("Low answers cost measurably more than high ones bring for {basic}.", basic=lists["basic"])
    if here["excitement"]:
        text = "High answers bring measurably more than low ones cost for {excitement}."
        return Message(text, excitement=lists["excitement"])
    return Message("For no question a low answer measurably costs more or less than a high one brings.")


def categories(reading: Reading, rows: Rows) -> Message:
    """Features whose category is certain."""
    sure = [r for r in rows if r["significant"] is True or str(r["significant"]) in ("True", "1", "1.0")]
    if not sure:
        return Message("No feature has a certain category: the two largest shares cannot be told apart.")
    named = [f"{reading.lang.label(r['name'])} ({reading.lang.tr(KANO[str(r['category'])])})" for r in sure]
    text = "Features with a certain category, {n} of {all}: {names}."
    return Message(text, n=str(len(sure)), all=str(len(rows)), names=Several(named, 4))


def _estimate(row: Mapping[str, Any], name: str) -> Estimate:
    value, low, high = (formatting.as_float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return value, low, high


def _told(name: str, word: str, estimate: Estimate, digits: int) -> str:
    value, low, high = estimate
    return f"{name}, {word}: {formatting.signed(value, digits)} {formatting.interval(low, high, digits)}"


def _pair(label: str, note: str, words: tuple[str, str], both: tuple[Estimate, Estimate]) -> Pair:
    told = (_told(label, words[0], both[0], 2), _told(label, words[1], both[1], 2))
    return Pair(label, both[0], both[1], note, told)


def _penalties(reading: Reading, target: str, rows: Rows, title: Message, first: bool) -> Picture:
    tr = reading.lang.tr
    legend = (tr("penalty of a low answer"), tr("reward of a high answer"))
    pairs = [
        _pair(reading.lang.label(r["item"]), tr(FACTORS.get(str(r["factor"]), clean(r["factor"]))), legend,
              (_estimate(r, "penalty"), _estimate(r, "reward")))
        for r in rows
    ]  # fmt: skip

    def draw(width: float) -> Scene:
        return sides_chart(pairs, width, legend)

    subtitle = Message("Points of “{target}” that go with a low or a high answer instead of a middle one",
                       target=reading.lang.label(target))  # fmt: skip
    numbers = [f"{part}{end}" for part in ("penalty", "reward") for end in ("", "_low", "_high")]
    names = ["target", "item", *numbers, "factor"]
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    key = "penalties" if first else f"penalties_{target}"
    return picture(reading, key, (title, subtitle), draw, data, everybody(reading))


def _kano(reading: Reading, rows: Rows, title: Message) -> Picture:
    tr = reading.lang.tr
    legend = (tr("worse if absent"), tr("better if there"))
    pairs = [
        _pair(reading.lang.label(r["name"]), tr(KANO.get(str(r["category"]), clean(r["category"]))), legend,
              (_estimate(r, "worse"), _estimate(r, "better")))
        for r in rows
    ]  # fmt: skip

    def draw(width: float) -> Scene:
        return sides_chart(pairs, width, legend, (-1.0, 1.0))

    subtitle = Message("Shares of those who judge: satisfied if it is there, dissatisfied if it is not (-1 to 1)")
    names = ["name", "category", "better", "better_low", "better_high", "worse", "worse_low", "worse_high",
             "significant"]  # fmt: skip
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    return picture(reading, "kano", (title, subtitle), draw, data, everybody(reading))
