"""What satisfaction leads to: complaints, loyalty and recommendation, with their levels, changes and links."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from csimodels.i18n import N_
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.link import Link, link_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Change, Reading
from csimodels.report.story.section import Section, everybody, kind_of, limits, number, picture, points
from csimodels.spec.measures import SHARE_KINDS

#: Impacts are those of so many points.
_RISE = 5.0


def loyalty(reading: Reading) -> Section | None:
    """Constructs that the index construct leads to, and a net promoter score; None where there is neither."""
    outcomes = [t for s, t in reading.content.model.paths if s == reading.target]
    promoter = _promoter(reading)
    if not outcomes and not promoter:
        return None
    said: list[Message] = []
    drawn: list[Picture] = []
    for name in outcomes:
        effect = _effect(reading, name)
        if effect is not None and reading.content.bears_verdicts:
            said.append(link(reading, name, effect))
            drawn += _picture(reading, name, effect, said[-1])
        said += level(reading, name)
    if outcomes and not reading.content.bears_verdicts:
        said.insert(0, Message("The model is flagged: levels alone, and no verdict on the links."))
    if promoter:
        said.append(promoter)
    names = reading.lang.tr(", ").join(reading.lang.label(name) for name in outcomes)
    title = Message("What follows: {names}", names=names) if names else Message("Recommendation")
    return Section("loyalty", title, tuple(said), tuple(drawn)) if said else None


def level(reading: Reading, construct: str) -> list[Message]:
    """The level of a construct, with a word on its change only where it is measurable."""
    whole = reading.whole(construct)
    if whole is None or math.isnan(whole.index):
        return []
    return stands(reading, construct, (whole.index, whole.low, whole.high), whole.change)


#: The level of a number, by what is known of its change; of shares in percent too.  Without a verb: names of
#: constructs stand in the singular and in the plural.
_STANDS = {
    "": N_("{construct}: {value}."),
    "same": N_("{construct}: {value}; no measurable change from {before} ({was})."),
    "up": N_("{construct}: {value}, measurably higher than in {before} ({was}; {change} points)."),
    "down": N_("{construct}: {value}, measurably lower than in {before} ({was}; {change} points)."),
}
_STANDS_SHARE = _STANDS | {
    "same": N_("{construct}: {value}; no measurable change from {before} ({was}%)."),
    "up": N_("{construct}: {value}, measurably higher than in {before} ({was}%; {change} percentage points)."),
    "down": N_("{construct}: {value}, measurably lower than in {before} ({was}%; {change} percentage points)."),
}
#: The number itself: in points and in percent, with its interval and without.
_VALUE = {
    (False, False): N_("{points}"), (False, True): N_("{points} (interval {limits})"),
    (True, False): N_("{points}%"), (True, True): N_("{points}% (interval {limits})"),
}  # fmt: skip


def stands(reading: Reading, name: str, at: tuple[float, float, float], change: Change) -> list[Message]:
    """Where a number and the ends of its interval (NaN where there is none) stand, and whether it has moved since the
    wave before."""
    share = kind_of(reading, name) in SHARE_KINDS
    texts, known = _STANDS_SHARE if share else _STANDS, math.isfinite(at[1]) and math.isfinite(at[2])
    inner: dict[str, str] = {"points": number(at[0])} | ({"limits": limits(*at[1:])} if known else {})
    parts: dict[str, str] = {"construct": reading.lang.label(name), "value": Message(_VALUE[share, known], **inner)}
    if not change.known or len(reading.waves) < 2:
        return [Message(texts[""], **parts)]
    parts |= {"before": reading.wave_name(reading.waves[-2]), "was": number(change.before)}
    if not change.told:
        return [Message(texts["same"], **parts)]
    return [Message(texts["up" if change.told > 0 else "down"], change=points(change.change), **parts)]


def link(reading: Reading, construct: str, effect: Mapping[str, Any]) -> Message:
    """What 5 points more of the index go with, with a direction only where the interval leaves 0 out."""
    x, low, high = (formatting.as_float(effect.get(f"impact{end}")) for end in ("", "_low", "_high"))
    parts: dict[str, str] = {
        "source": reading.lang.label(reading.target), "construct": reading.lang.label(construct),
        "limits": limits(low, high),
    }  # fmt: skip
    if math.isnan(low) or math.isnan(high):
        del parts["limits"]
        return Message("{source} 5 points higher goes with {x} points of {construct}; no interval was computed.",
                       x=formatting.signed(x, 1), **parts)  # fmt: skip
    if low <= 0 <= high:
        return Message("No link between {source} and {construct} is shown: the interval ({limits}) includes 0.",
                       **parts)  # fmt: skip
    if x > 0:
        text = "{source} 5 points higher goes with {construct} higher by {x} points (interval {limits})."
    else:
        text = "{source} 5 points higher goes with {construct} lower by {x} points (interval {limits})."
        parts["limits"] = limits(-high, -low)
    return Message(text, x=points(x), **parts)


def _effect(reading: Reading, construct: str) -> Mapping[str, Any] | None:
    effects = reading.content.table("effects")
    rows = effects[(effects["source"] == reading.target) & (effects["target"] == construct)]
    found = formatting.records(rows)
    return found[0] if found and math.isfinite(formatting.as_float(found[0]["impact"])) else None


def _promoter(reading: Reading) -> Message | None:
    """The net promoter score in one sentence, where the spec has one."""
    table = reading.content.comparison("indices")
    if table is None:
        return None
    rows = [r for r in formatting.records(table) if str(r["kind"]) == "nps"]
    rows = [r for r in rows if math.isfinite(formatting.as_float(r["value"]))]
    if not rows:
        return None
    row = rows[0]
    value, name = formatting.signed(row["value"], 1), clean(row["name"])
    if math.isnan(formatting.as_float(row["low"])):
        return Message("The net promoter score ({name}) is {value}.", name=name, value=value)
    return Message("The net promoter score ({name}) is {value} (interval {limits}).", name=name, value=value,
                   limits=limits(row["low"], row["high"]))  # fmt: skip


def _picture(reading: Reading, construct: str, effect: Mapping[str, Any], title: Message) -> list[Picture]:
    """The link as a line through the means, with the groups as points; none without at least three groups."""
    index = {
        r["construct"]: formatting.as_float(r["index"]) for r in formatting.records(reading.content.table("index"))
    }
    if not reading.levels or reading.target not in index or construct not in index:
        return []
    here = {u.key: u for u in reading.units(reading.levels[0]) if u.ok}
    there = {u.key: u for u in reading.units(reading.levels[0], construct) if u.ok}
    dots = [(u.name, u.index, there[key].index) for key, u in here.items() if key in there]
    if len(dots) < 3:
        return []
    slope = tuple(formatting.as_float(effect.get(f"impact{end}")) / _RISE for end in ("", "_low", "_high"))
    line = Link(index[reading.target], index[construct], (slope[0], slope[1], slope[2]))
    titles = (reading.lang.label(reading.target), reading.lang.label(construct))

    def draw(width: float) -> Scene:
        return link_chart(line, dots, titles, width)

    text = "Line and band: effect in the model among all respondents; points: by {names}"
    subtitle = Message(text, names=reading.level_words(reading.levels[0]))
    data = pd.DataFrame(dots, columns=["unit", "index", "outcome"])
    return [picture(reading, f"link_{construct}", (title, subtitle), draw, data, everybody(reading))]
