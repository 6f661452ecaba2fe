"""Sliders of the drivers: total effects that add up, so that a little script of the page needs no model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.html.table_views import Lang
from csimodels.report.standing import headline_name, standing
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
    top, drivers = standing(content), content.table("drivers")
    if math.isnan(top.index) or drivers.empty or not content.bears_verdicts:
        return None
    found = []
    for row in formatting.records(drivers):
        names = ("performance", "importance", "importance_low", "importance_high")
        at, effect, low, high = (formatting.as_float(row[name]) for name in names)
        if all(map(math.isfinite, (at, effect, low, high))):
            half = max(high - effect, effect - low)
            name, shown = lang.judged(row["driver"]), formatting.number(at, 1)
            found.append(Slider(name, shown, f"{at:.6g}", f"{effect:.6g}", f"{half:.6g}"))
    if not found:
        return None
    remark = " ".join(lang.say(text) for text in Reading(content, lang).remark())
    sense = lang.model.direction(headline_name(content))
    return WhatIf(f"{top.index:.6g}", formatting.number(top.index, 1), tuple(found), sense, remark)
