"""What explains the index: shares of the variance by Shapley and Johnson, where the spec asks for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, picture

_SMALL = (
    "A share has no sign: that of the effect stands in brackets. Shares are parts of the differences between "
    "respondents."
)


def explained(reading: Reading) -> Section | None:
    """Shares of the constructs right before the index construct; None without them, or where the model is flagged."""
    table = reading.content.comparison("driver_shares")
    if table is None or not reading.content.bears_verdicts:
        return None
    mine = table[(table["target"] == reading.target) & table["lmg"].notna()]
    if mine.empty:
        return None
    rows = formatting.records(mine.sort_values("lmg", ascending=False, kind="stable"))
    said = sentences(reading, rows)
    title = Message("What explains {construct}", construct=reading.lang.label(reading.target))
    return Section("explained", title, said, (_shares(reading, rows, said[0]),), small=(Message(_SMALL),))


def sentences(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Which driver explains most, where its interval lies above those of all others; and what all explain.

    A single driver is the largest of nothing, and without intervals the largest is so by estimate alone.
    """
    first, construct = rows[0], reading.lang.label(reading.target)
    parts = {"driver": reading.lang.label(first["driver"]), "construct": construct,
             "share": formatting.percent(first["lmg_share"])}  # fmt: skip
    whole = Message("Together they explain {r2} of the differences in {construct}.",
                    r2=formatting.percent(first["r2"]), construct=construct)  # fmt: skip
    if len(rows) == 1:
        text = "Of the differences in {construct}, {r2} are explained by {driver}."
        r2 = formatting.percent(first["r2"])
        return (Message(text, driver=parts["driver"], r2=r2, construct=construct),)
    low = formatting.as_float(first["lmg_low"])
    if math.isnan(low):
        text = (
            "By estimate, {driver} has the largest share of what is explained of {construct}: {share}; no interval was "
            "computed."
        )
        return Message(text, **parts), whole
    near = [r for r in rows[1:] if not formatting.as_float(r["lmg_high"]) < low]
    if near:
        text = "It cannot be told which explains most of {construct}, as their intervals overlap: {names}."
        names = reading.lang.tr(", ").join(reading.lang.label(r["driver"]) for r in (first, *near))
        out = Message(text, names=names, construct=construct)
    else:
        text = "{driver} has the largest share of what is explained of {construct}: {share}."
        out = Message(text, **parts)
    return out, whole


def _shares(reading: Reading, rows: Sequence[Mapping[str, Any]], title: Message) -> Picture:
    shown = []
    for r in rows:
        x, low, high, other = (
            100 * formatting.as_float(r[n]) for n in ("lmg", "lmg_low", "lmg_high", "relative_weight")
        )
        sign = "−" if str(r["sign"]) in "-−" else "+"
        name = f"{reading.lang.label(r['driver'])} ({sign})"
        said = f"{name}: {formatting.number(x, 1)} {formatting.interval(low, high, 1)}"
        shown.append(Row(name, x, low, high, other, f"{formatting.number(x, 1)}%", formatting.percent(r["lmg_share"]),
                         said=said))  # fmt: skip
    tr = reading.lang.tr
    look = Look(
        (0.0, 100.0),
        legend=(("accent", tr("Shapley share with interval")), ("tick", tr("relative weight (Johnson)"))),
        heads=("", tr("of what is explained")),
        ticks=True,
    )  # fmt: skip

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, look)

    text = "Percent of the differences in {construct} that each driver explains; in brackets the sign of its effect"
    subtitle = Message(text, construct=reading.lang.label(reading.target))
    names = ["driver", "sign", "lmg", "lmg_low", "lmg_high", "lmg_share", "relative_weight"]
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    return picture(reading, "shares", (title, subtitle), draw, data, everybody(reading))
