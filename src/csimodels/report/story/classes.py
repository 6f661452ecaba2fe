"""Customer classes, or touchpoints, and their weighted total."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.standing import of_current_wave, wave_column
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, limits, measure, number, picture
from csimodels.spec.model import plain_text


def classes(reading: Reading) -> Section | None:
    """Classes of the current wave on the index; None where the spec has none, or other groups stand beside them."""
    content, asked = reading.content, reading.content.model.desk.classes
    table = content.comparison("classes")
    wave = wave_column(content)
    if table is None or asked is None or set(content.group_by) - {wave, asked.column}:
        return None
    mine = of_current_wave(content, table[table["construct"] == reading.target])
    rows = [r for r in formatting.records(mine) if math.isfinite(formatting.as_float(r["index"]))]
    total = [r for r in rows if plain_text(r[asked.column]) == ""]
    rows = [r for r in rows if plain_text(r[asked.column]) != ""]
    if not total or len(rows) < 2:
        return None
    said = sentences(reading, rows, total[0])

    def draw(width: float) -> Scene:
        drawn = [_row(reading, r) for r in rows]
        whole = formatting.as_float(total[0]["index"])
        look = Look((0.0, 100.0), whole, reading.lang.tr("weighted"), heads=("", reading.lang.tr("Weight")))
        return dot_chart(drawn, width, look)

    drawn = picture(reading, "classes", (said[0], measure(reading)), draw, mine)
    names = clean(reading.lang.model.label_of(asked.column, lang=reading.lang.code))
    return Section("classes", Message("Results by {names}", names=names), said, (drawn,))


def sentences(reading: Reading, rows: Sequence[Mapping[str, Any]], total: Mapping[str, Any]) -> tuple[Message, ...]:
    """The weighted total, and the classes at both ends, told apart only where their intervals are."""
    index, low, high = _numbers(total)
    name = reading.lang.label(reading.target)
    if math.isnan(low) or math.isnan(high):
        text = "Weighted over the classes, {construct} stands at {value}; no interval was computed."
        out = [Message(text, construct=name, value=number(index))]
    else:
        text = "Weighted over the classes, {construct} stands at {value} (interval {limits})."
        out = [Message(text, construct=name, value=number(index), limits=limits(low, high))]
    first, last = (pick(rows, key=lambda r: formatting.as_float(r["index"])) for pick in (max, min))
    if _numbers(first)[1] > _numbers(last)[2]:
        parts = {"first": _name(reading, first), "value": number(_numbers(first)[0])}
        parts |= {"last": _name(reading, last), "other": number(_numbers(last)[0])}
        text = "The highest, {first} with {value}, stands measurably above the lowest, {last} with {other}."
        out.append(Message(text, **parts))
    else:
        out.append(Message("The highest and the lowest cannot be told apart."))
    return tuple(out)


def _numbers(row: Mapping[str, Any]) -> tuple[float, float, float]:
    index, low, high = (formatting.as_float(row[name]) for name in ("index", "low", "high"))
    return index, low, high


def _name(reading: Reading, row: Mapping[str, Any]) -> str:
    asked = reading.content.model.desk.classes
    column = "" if asked is None else asked.column
    return clean(reading.lang.model.label_of(column, row[column], reading.lang.code))


def _row(reading: Reading, row: Mapping[str, Any]) -> Row:
    index, low, high = _numbers(row)
    name, shown = _name(reading, row), number(index)
    share = formatting.percent(row["weight"], 0)
    return Row(name, index, low, high, shown=shown, note=share, said=f"{name}: {shown}")
