"""The map of a unit's drivers: importance across, lead over the best other up, performance by size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.plane import Plane, Spot, plane_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.standing import of_current_wave, wave_column
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import picture
from csimodels.spec.model import plain_text
from csimodels.tables.vocabulary import LEADS

#: Corners of the map with their colours: top left, top right, bottom left, bottom right.
QUARTERS = ((LEADS["keep"], "muted"), (LEADS["advantage"], "accent"), (LEADS["watch"], "muted"),
            (LEADS["urgent"], "amber"))  # fmt: skip
_COLUMNS = ["driver", "importance", "performance", "lead_best", "lead_best_low", "lead_best_high", "different"]


def leads_pictures(reading: Reading) -> Iterator[tuple[str, Picture]]:
    """``(domain, figure)`` of the unit that the spec names as its own, or that leads; none without drivers by
    group."""
    frame, drivers = reading.content.comparison("benchmark"), reading.content.comparison("group_drivers")
    if frame is None or drivers is None:
        return
    frame, drivers = of_current_wave(reading.content, frame), of_current_wave(reading.content, drivers)
    unit, domains = unit_of(reading.content, frame), domains_of(reading.content, frame)
    own = own_unit(reading.content, frame, unit)
    keys = [*domains, unit]
    mine = frame[[plain_text(value) == own for value in frame[unit]]].rename(columns={"construct": "driver"})
    both = drivers.merge(mine[[*keys, *(c for c in _COLUMNS if c in mine)]], on=[*keys, "driver"], how="inner")
    parts = both.groupby(domains, sort=False) if domains else [((), both)]
    for key, rows in parts:
        values = key if isinstance(key, tuple) else (key,)
        domain = _Domain(unit, own, tuple(zip(domains, values, strict=True)))
        if rows["importance"].notna().any() and rows["lead_best"].notna().any():
            yield domain.name(reading), _picture(reading, domain, rows)


@dataclass(frozen=True, slots=True)
class _Domain:
    """One unit in one league, such as an operator in a service."""

    column: str
    unit: str
    values: tuple[tuple[str, object], ...]

    def name(self, reading: Reading) -> str:
        """The league, by its labels; empty where there is only one."""
        label = reading.content.model.label_of
        return clean(" / ".join(label(c, v, reading.lang.code) for c, v in self.values))

    def whole(self, reading: Reading) -> str:
        """The unit, and its league where there are several."""
        own = clean(reading.content.model.label_of(self.column, self.unit, reading.lang.code))
        return f"{own} / {self.name(reading)}" if self.values else own

    def respondents(self, reading: Reading) -> float:
        """How many were asked about it in the reported wave."""
        groups = reading.content.group_table()
        wanted = {**dict(self.values), self.column: self.unit}
        if groups is None or not set(wanted) <= set(groups.columns):
            return math.nan
        rows = formatting.records(of_current_wave(reading.content, groups))
        mine = [r["n"] for r in rows if all(plain_text(r[c]) == plain_text(v) for c, v in wanted.items())]
        return max(map(formatting.as_float, mine), default=math.nan)


def _front(frame: pd.DataFrame) -> list[str]:
    names = [str(name) for name in frame.columns]
    return names[: names.index("construct")]


def unit_of(content: Content, frame: pd.DataFrame) -> str:
    """The column of the units: the last before the construct."""
    return _front(frame)[-1]


def domains_of(content: Content, frame: pd.DataFrame) -> list[str]:
    """Columns that set leagues of one wave apart."""
    return [name for name in _front(frame)[:-1] if name != wave_column(content)]


def own_unit(content: Content, frame: pd.DataFrame, unit: str) -> str:
    """The unit that the spec names as its own, else the one that leads."""
    asked = content.model.decisions.benchmark
    if asked is not None and asked.own:
        return asked.own
    first = frame[frame["construct"] == content.model.index.construct].sort_values("rank", kind="stable")
    return plain_text(first[unit].iloc[0])


def _picture(reading: Reading, domain: _Domain, frame: pd.DataFrame) -> Picture:
    known = frame[frame["importance"].notna() & frame["lead_best"].notna()].reset_index(drop=True)
    rows, tr = formatting.records(known), reading.lang.tr
    spots = [_spot(reading, row) for row in rows]
    cut = sum(spot.x for spot in spots) / max(1, len(spots))
    corners = tuple((tr(text), colour) for text, colour in QUARTERS)
    look = Plane((tr("Importance"), tr("Lead over the best other")), (cut, 0.0), corners)

    def draw(width: float) -> Scene:
        return plane_chart(spots, width, look)

    unit = domain.whole(reading)
    subtitle = Message("Across: importance for {construct}; up: lead over the best other in points; larger: higher "
                       "performance; hollow: the lead is not certain",
                       construct=reading.lang.label(reading.target))  # fmt: skip
    n = domain.respondents(reading)
    counted = Message("{group}: n = {n}", group=unit, n=formatting.number(n, 0))
    named = counted if math.isfinite(n) else Message("{group}", group=unit)
    wave = (Message("{wave}", wave=reading.wave_name(reading.wave)),) if reading.wave else ()
    columns = [name for name in _COLUMNS if name in known]
    return picture(reading, "leads", (finding(reading, unit, rows), subtitle), draw, known[columns],
                   (named, *wave))  # fmt: skip


def finding(reading: Reading, unit: str, rows: Sequence[dict[Any, Any]]) -> Message:
    """In what a unit is ahead of the best other and behind it, by the intervals of its leads."""
    if not any(math.isfinite(end) for row in rows for end in _ends(row)):
        return Message("Leads of {unit} over the best other in every driver; no interval was computed.", unit=unit)
    sides: dict[int, list[str]] = {1: [], -1: []}
    for row in rows:
        low, high = _ends(row)
        side = (low > 0) - (high < 0)
        if side:
            sides[side].append(reading.lang.label(row["driver"]))
    parts = {"unit": unit, "ahead": Several(sides[1], 3), "behind": Several(sides[-1], 3)}
    if sides[1] and sides[-1]:
        return Message("{unit} is measurably ahead of the best other in {ahead} and behind in {behind}.", **parts)
    if sides[1]:
        return Message("{unit} is measurably ahead of the best other in {ahead}.", unit=unit, ahead=parts["ahead"])
    if sides[-1]:
        return Message("{unit} is measurably behind the best other in {behind}.", unit=unit, behind=parts["behind"])
    return Message("In no driver is {unit} shown to be ahead of the best other or behind it.", unit=unit)


def _ends(row: dict[Any, Any]) -> tuple[float, float]:
    return formatting.as_float(row["lead_best_low"]), formatting.as_float(row["lead_best_high"])


def _spot(reading: Reading, row: dict[Any, Any]) -> Spot:
    """A driver; importance counts towards the better ends, as the lead does."""
    model, name = reading.content.model, str(row["driver"])
    x = float(row["importance"]) * model.direction(reading.target) * model.direction(name)
    lead, performance = float(row["lead_best"]), formatting.as_float(row["performance"])
    size = 4 + 5 * (performance / 100 if math.isfinite(performance) else 0.5)
    low, high = _ends(row)
    label = reading.lang.label(name)
    said = f"{label}: {formatting.signed(lead, 1)} {formatting.interval(low, high, 1)}"
    unsure = not math.isfinite(low) or formatting.includes_zero(low, high)
    return Spot(label, x, lead, up=(low, high), colour="accent" if lead >= 0 else "amber", open=unsure, r=size,
                said=said)  # fmt: skip
