"""Sliders of the drivers: total effects that add up, so that a little script of the page needs no model.

Where the number at the top is rolled up, so are the levels and effects: what is said of it starts from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.closest import of_everybody
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Lang
from csimodels.report.standing import Standing, headline_name, of_current_wave, standing
from csimodels.report.story.reading import Reading


@dataclass(frozen=True, slots=True)
class Slider:
    """A driver: its name, its level as shown and in full, its total effect on the index and the half-width of that."""

    name: str
    level: str
    at: str
    effect: str
    half: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The index of today, in full and as shown, a slider for every driver, and -1 where a fall is the better change."""

    index: str
    shown: str
    drivers: tuple[Slider, ...]
    sense: int = 1
    remark: str = ""


def what_if(content: Content, lang: Lang) -> WhatIf | None:
    """Sliders of all drivers with an interval; None without any, and where the model bears no verdict."""
    top = standing(content)
    if math.isnan(top.index) or not content.bears_verdicts:
        return None
    rolled = _rolled_drivers(content, top)
    found = []
    for row in rolled or formatting.records(content.table("drivers")):
        names = ("performance", "importance", "importance_low", "importance_high")
        at, effect, low, high = (formatting.as_float(row[name]) for name in names)
        if all(map(math.isfinite, (at, effect, low, high))):
            half = max(high - effect, effect - low)
            name, shown = lang.judged(row["driver"]), formatting.number(at, 1)
            found.append(Slider(name, shown, f"{at:.6g}", f"{effect:.6g}", f"{half:.6g}"))
    if not found:
        return None
    said: tuple[Message, ...] = Reading(content, lang).remark()
    if rolled:
        text = "Levels and effects of the drivers are those of {unit} here, rolled up by shares as the index is."
        said = (Message(text, unit=clean(lang.names.top(top.unit))), *said)
    else:
        said = (*of_everybody(content, top.unit, lang.label), *said)
    remark = " ".join(lang.say(text) for text in said)
    sense = lang.model.direction(headline_name(content))
    return WhatIf(f"{top.index:.6g}", formatting.number(top.index, 1), tuple(found), sense, remark)


def _rolled_drivers(content: Content, top: Standing) -> Sequence[dict[str, Any]]:
    """Drivers of the unit at the top of the roll-up, in the order of all respondents; none without such a unit."""
    rolled = content.comparison("rollup_drivers")
    if not top.unit or rolled is None:
        return []
    rows = of_current_wave(content, rolled)
    rows = rows[(rows["unit"].map(str) == top.unit) & rows["parent"].isin(["", None])]
    rows = rows[rows["level"] == rolled["level"].iloc[-1]]
    found = {str(row["driver"]): row for row in formatting.records(rows[rows["target"] == content.target])}
    named = [str(name) for name in content.table("drivers")["driver"]]
    return [found[name] for name in named if name in found] if len(rows) == len(found) else []
