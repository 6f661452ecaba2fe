"""What follows: the predicted share or mean of a behaviour along the index, where the spec asks for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.curve import Level, curve_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, number, picture

Rows = Sequence[Mapping[str, Any]]


def follows(reading: Reading) -> Section | None:
    """Predictions at levels of the score, one figure for each behaviour; None where the spec states none."""
    at, terms = (reading.content.comparison(name) for name in ("behaviour_at", "behaviour"))
    if at is None or terms is None:
        return None
    said: list[Message] = []
    drawn: list[Picture] = []
    for outcome in dict.fromkeys(at["outcome"]):
        rows = formatting.records(at[(at["outcome"] == outcome) & at["predicted"].notna()].sort_values("level"))
        mine = formatting.records(terms[(terms["outcome"] == outcome) & (terms["term"] != "(constant)")])
        if len(rows) > 1 and mine:
            said.append(sentence(reading, rows, mine))
            drawn.append(_curve(reading, rows, mine, said[-1]))
    if not drawn:
        return None
    small = Message("An association in the answers of one survey, not what a change would bring about.")
    return Section("follows", Message("What customers do"), tuple(said), tuple(drawn), small=(small,))


def sentence(reading: Reading, rows: Rows, terms: Rows) -> Message:
    """The predictions at the ends, with a direction only where the interval of the ratio leaves 1 out."""
    first, last = rows[0], rows[-1]
    share = str(first["kind"]) == "logit"
    parts: dict[str, Any] = {
        "outcome": reading.lang.label(first["outcome"]),
        "least": number(first["level"], 0), "most": number(last["level"], 0),
        "low": _written(first["predicted"], share), "high": _written(last["predicted"], share),
    }  # fmt: skip
    low, high = (formatting.as_float(terms[0][f"ratio_{end}"]) for end in ("low", "high"))
    if len(terms) > 1 or math.isnan(low) or math.isnan(high):
        text = "{outcome}: {low} where the scores stand at {least}, {high} where they stand at {most}."
        return Message(text, **parts)
    parts["construct"] = reading.lang.label(terms[0]["term"])
    if low > 1:
        text = "{outcome} goes up with {construct}: {low} at {least}, {high} at {most} (model)."
    elif high < 1:
        text = "{outcome} goes down with {construct}: {low} at {least}, {high} at {most} (model)."
    else:
        text = "No link between {construct} and {outcome} is shown."
        parts = {name: parts[name] for name in ("construct", "outcome")}
    return Message(text, **parts)


def _written(value: object, share: bool) -> str:
    return formatting.percent(value) if share else formatting.number(value, 1)


def _curve(reading: Reading, rows: Rows, terms: Rows, title: Message) -> Picture:
    share, name = str(rows[0]["kind"]) == "logit", str(rows[0]["outcome"])
    times = 100.0 if share else 1.0
    levels: list[Level] = []
    for r in rows:
        x, y, low, high = (formatting.as_float(r[n]) for n in ("level", "predicted", "low", "high"))
        levels.append((x, times * y, times * low, times * high))
    tr = reading.lang.tr
    of = reading.lang.label(terms[0]["term"]) if len(terms) == 1 else tr("scores")
    outcome = f"{reading.lang.label(name)}{tr(', percent') if share else ''}"
    ends = (0.0, 100.0) if share else (-math.inf, math.inf)

    def draw(width: float) -> Scene:
        return curve_chart(levels, width, (of, outcome), lambda v: _written(v / times, share), ends)

    subtitle = Message("Predicted at levels of the score from 0 to 100")
    names = ["outcome", "kind", "level", "predicted", "low", "high"]
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    return picture(reading, f"behaviour_{name}", (title, subtitle), draw, data, everybody(reading))
