"""The league: the lowest units ranked, with ties, last wave's ghost, and who is surely ahead of whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from csimodels.i18n import N_
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.group_order import league as ranked
from csimodels.report.story.levels import frame_of, heads, legend, row
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Section, ends_of, kind_of, measure, number, picture
from csimodels.spec.measures import SHARE_KINDS

#: More units than this are drawn as both ends of the league.
MANY, _EACH_END = 60, 20
PLACES = Message("Before a name: the places that the interval of its rank holds.")
SHADED = Message("Shaded: units that the interval of the first one's rank holds as well.")


def league(reading: Reading) -> Section | None:
    """The ranked units; None without at least two of them."""
    if not reading.levels:
        return None
    units = reading.units(reading.levels[0])
    if sum(u.ok for u in units) < 2:
        return None
    ranks = ranks_of(reading)
    said = sentences(reading, units, ranks)
    name = reading.level_words(reading.levels[0])
    figure, small = drawn(reading, units, ranks, said[0])
    title = Message("Ranking by {names}", names=name)
    return Section("league", title, said, (figure,), small=small, drawn=(PLACES, SHADED))


def drawn(
    reading: Reading, units: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]], finding: Message
) -> tuple[Picture, tuple[Message, ...]]:
    """The league as a figure, and how to read it."""
    rows, look = _rows(reading, units, ranks)

    def draw(width: float) -> Scene:
        return dot_chart(rows, width, look)

    key = f"league_{reading.content.about}" if reading.content.about else "league"
    figure = picture(reading, key, (finding, measure(reading)), draw, _frame(units, ranks))
    small = [PLACES] if any(map(_places, ranks.values())) else []
    if any(_tied(u, units, ranks) for u in units):
        small.append(SHADED)
    if reading.lang.intervals:
        small.append(Message("Overlapping whiskers do not prove that two units are equal; the sentences above follow "
                             "the intervals of the ranks."))  # fmt: skip
    return figure, tuple(small)


def ranks_of(reading: Reading) -> Mapping[str, Mapping[str, Any]]:
    """Ranks of the reported wave by the key of the unit: rank, its interval, difference from the parent."""
    waves = ranked(reading.content, lang=reading.lang.code)
    if not waves:
        return {}
    level = reading.levels[0]
    return {reading._key(r, level): r for r in formatting.records(waves[-1].rows)}


def sentences(reading: Reading, units: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]]) -> tuple[Message, ...]:
    """Who has the best value and how surely, who is above and below the parent, and who is flagged."""
    ok = [u for u in units if u.ok]
    out = [_first(reading, ok, ranks)]
    out += _against(reading, ok, ranks)
    bad = [u for u in units if not u.ok]
    if bad:
        out.append(Message("{n} more are flagged and compared with nothing.", n=str(len(bad))))
    return (*out, *reading.remark())


#: Who has the best value, by what is known of its rank; of shares in percent too.
_FIRST = {
    "unknown": N_("{unit} has the highest value, {value}; without intervals of the ranks nothing is said about who is "
                  "ahead."),
    "unknown, lowest": N_("{unit} has the lowest value, {value}; without intervals of the ranks nothing is said about "
                          "who is ahead."),
    "clear": N_("{unit} leads with {value}: by the interval of its rank it is ahead of all {others} others."),
    "open": N_("{unit} has the highest value, {value}, but cannot be told apart from any of the {others} others."),
    "open, lowest": N_("{unit} has the lowest value, {value}, but cannot be told apart from any of the {others} "
                       "others."),
    "partly": N_("{unit} has the highest value, {value}: by the interval of its rank it is ahead of {ahead} of the "
                 "{others} others and cannot be told apart from {tied}."),
    "partly, lowest": N_("{unit} has the lowest value, {value}: by the interval of its rank it is ahead of {ahead} of "
                         "the {others} others and cannot be told apart from {tied}."),
}  # fmt: skip
_FIRST_SHARE = {
    "unknown": N_("{unit} has the highest value, {value}%; without intervals of the ranks nothing is said about who is "
                  "ahead."),
    "unknown, lowest": N_("{unit} has the lowest value, {value}%; without intervals of the ranks nothing is said about "
                          "who is ahead."),
    "clear": N_("{unit} leads with {value}%: by the interval of its rank it is ahead of all {others} others."),
    "open": N_("{unit} has the highest value, {value}%, but cannot be told apart from any of the {others} others."),
    "open, lowest": N_("{unit} has the lowest value, {value}%, but cannot be told apart from any of the {others} "
                       "others."),
    "partly": N_("{unit} has the highest value, {value}%: by the interval of its rank it is ahead of {ahead} of the "
                 "{others} others and cannot be told apart from {tied}."),
    "partly, lowest": N_("{unit} has the lowest value, {value}%: by the interval of its rank it is ahead of {ahead} of "
                         "the {others} others and cannot be told apart from {tied}."),
}  # fmt: skip


def _first(reading: Reading, ok: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]]) -> Message:
    first = ok[0]
    parts: dict[str, str] = {"unit": first.name, "value": number(first.index), "others": str(len(ok) - 1)}
    place = ranks.get(first.key, {})
    low, high = (formatting.as_float(place.get(f"rank_{end}")) for end in ("low", "high"))
    texts = _FIRST_SHARE if kind_of(reading, reading.target) in SHARE_KINDS else _FIRST
    lowest = ", lowest" if reading.sense < 0 else ""
    if math.isnan(low) or math.isnan(high):
        del parts["others"]
        return Message(texts[f"unknown{lowest}"], **parts)
    tied = int(high) - 1
    if tied == 0:
        return Message(texts["clear"], **parts)
    if tied >= len(ok) - 1:
        return Message(texts[f"open{lowest}"], **parts)
    parts |= {"ahead": str(len(ok) - 1 - tied), "tied": str(tied)}
    return Message(texts[f"partly{lowest}"], **parts)


def _against(reading: Reading, ok: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]]) -> tuple[Message, ...]:
    """How many lie measurably above and below what they are compared with, by the corrected differences."""
    known = [ranks[u.key] for u in ok if math.isfinite(formatting.as_float(ranks.get(u.key, {}).get("difference_low")))]
    if not known:
        return ()
    moved = [r["difference"] > 0 for r in known if formatting.is_true(r.get("different"))]
    parts = {"n": str(len(known)), "above": str(sum(moved)), "below": str(len(moved) - sum(moved))}
    if len(reading.levels) > 1:
        name = reading.level_words(reading.levels[1])
        if not moved:
            return (Message("None of {n} differs measurably from its {level}.", n=parts["n"], level=name),)
        return (Message("Of {n}, {above} lie measurably above their {level} and {below} below.", level=name, **parts),)
    if not moved:
        return (Message("None of {n} differs measurably from the mean of the others.", n=parts["n"]),)
    return (Message("Of {n}, {above} lie measurably above the mean of the others and {below} below.", **parts),)


def _places(place: Mapping[str, Any]) -> str:
    """The interval of a rank as it stands before a name, ``"1–6. "``; empty where there is none."""
    low, high = (formatting.number(place.get(f"rank_{end}"), 0) for end in ("low", "high"))
    if formatting.NONE in (low, high):
        return ""
    return f"{low}. " if low == high else f"{low}–{high}. "


def _tied(unit: Unit, units: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a unit stands within the interval of the rank of the first one."""
    high = formatting.as_float(ranks.get(units[0].key, {}).get("rank_high"))
    rank = formatting.as_float(ranks.get(unit.key, {}).get("rank"))
    return bool(high > 1 and rank <= high)


def _rows(reading: Reading, units: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]]) -> tuple[list[Row], Look]:
    ok = [u for u in units if u.ok]
    shown, gap = list(units), 0
    if len(units) > MANY:
        shown, gap = [*ok[:_EACH_END], *ok[-_EACH_END:]], len(ok) - 2 * _EACH_END
    rows = []
    for unit in shown:
        rows.append(replace(row(unit), label=f"{_places(ranks.get(unit.key, {}))}{unit.name}",
                            shaded=_tied(unit, units, ranks)))  # fmt: skip
    if gap:
        text = "… {n} more between these …"
        if reading.content.about:
            text = "… {n} more between these, in the table of ranks on simple indices …"
        between = reading.lang.say(Message(text, n=str(gap)))
        rows.insert(_EACH_END, Row(between))
    tr, top = reading.lang.tr, reading.top
    marks = list(legend(reading, units))
    if any(r.shaded for r in rows):
        marks.append(("shade", tr("cannot be told apart from the first")))
    mean = top.index if top.unit else math.nan
    above = reading.content.model.label_of(reading.levels[-1], top.unit, reading.lang.code) if top.unit else ""
    look = Look(ends_of(reading), mean, f"{above} {number(mean)}" if above else "", (top.low, top.high) if above else
                (math.nan, math.nan), legend=tuple(marks), heads=heads(reading, units))  # fmt: skip
    return rows, look


def _frame(units: Sequence[Unit], ranks: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    frame = frame_of(units)
    for name in ("rank", "rank_low", "rank_high"):
        frame[name] = [formatting.as_float(ranks.get(u.key, {}).get(name)) for u in units]
    return frame
