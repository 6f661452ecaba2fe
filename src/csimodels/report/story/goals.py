"""Targets: how far each index is from its own, what a single driver would have to rise, and who would have to move."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, limits, number, picture, points

_SMALL = "Rises of one driver alone, the others as they are: what goes with the target, not a forecast of a measure."
Rows = Sequence[Mapping[str, Any]]


def goals(reading: Reading) -> Section | None:
    """Distances to the targets of the spec; None where it states none."""
    table = reading.content.comparison("targets")
    if table is None:
        return None
    rows = [r for r in formatting.records(table) if math.isfinite(formatting.as_float(r["distance"]))]
    if not rows:
        return None
    said = [_in_wave(reading, distance(reading, r)) for r in rows]
    drawn = [_targets(reading, rows, said[0])]
    rises, model = reading.content.comparison("target_drivers"), reading.content.model
    small: tuple[Message, ...] = ()
    if rises is not None and reading.content.bears_verdicts:
        for r in rows:
            mine = rises[(rises["construct"] == r["construct"]) & rises["rise"].notna()]
            missing = model.direction(str(r["construct"])) * formatting.as_float(r["distance"])
            if len(mine) and missing > 0:
                lead = formatting.records(mine[mine["rise"].map(math.isfinite)])
                drawn += [_rises(reading, r, lead)] if lead else []
                small = (Message(_SMALL),) if lead else small
                said += _away(reading, r, formatting.records(mine[~mine["rise"].map(math.isfinite)]))
    moves = reading.content.comparison("target_moves")
    said += [moved(reading, r) for r in formatting.records(moves)] if moves is not None else []
    return Section("goals", Message("How far from the target"), tuple(said), tuple(drawn), small=small)


def _in_wave(reading: Reading, said: Message) -> Message:
    """With the wave that the tables of all respondents are of, where there are several."""
    if len(reading.waves) < 2 or not reading.content.model.data.wave.column:
        return said
    return Message("{wave}: {said}", wave=reading.wave_name(reading.wave), said=said)


def distance(reading: Reading, row: Mapping[str, Any]) -> Message:
    """Missed, reached or passed only where the interval of the distance leaves 0 out; from above where lower is
    better."""
    x, low, high = (formatting.as_float(row[n]) for n in ("distance", "low", "high"))
    parts: dict[str, Any] = {
        "construct": reading.lang.label(row["construct"]), "target": number(row["target"]), "x": points(x),
        "index": number(row["index"]),
    }  # fmt: skip
    if math.isnan(low) or math.isnan(high):
        return Message(
            "The index of {construct} is {index}, the target is {target}; no interval was computed.", **parts
        )
    if (low > 0 or high < 0) and reading.content.model.direction(str(row["construct"])) < 0:
        text = (
            "The index of {construct} lies {x} points below its target of {target} (interval {limits}); lower is "
            "better."
        )
        if high < 0:
            text = (
                "The index of {construct} lies {x} points above its target of {target} (interval {limits}); lower is "
                "better."
            )
        return Message(text, limits=limits(low, high) if low > 0 else limits(-high, -low), **parts)
    if low > 0:
        text = "The index of {construct} lies {x} points below its target of {target} (interval {limits})."
        return Message(text, limits=limits(low, high), **parts)
    if high < 0:
        text = "The index of {construct} lies {x} points above its target of {target} (interval {limits})."
        return Message(text, limits=limits(-high, -low), **parts)
    return Message("Whether {construct} ({index}) differs from its target of {target} cannot be told.", **parts)


def _away(reading: Reading, target: Mapping[str, Any], rows: Rows) -> list[Message]:
    """Drivers that cannot close the gap, as their effect points the other way; nothing without any."""
    if not rows:
        return []
    names = Several([reading.lang.label(r["driver"]) for r in rows])
    text = "Target {target} of {construct}: the effect of {names} points away from it."
    return [Message(text, target=number(target["target"]), construct=reading.lang.label(target["construct"]),
                    names=names)]  # fmt: skip


def moved(reading: Reading, row: Mapping[str, Any]) -> Message:
    """Respondents who would have to give another answer, or that there are not as many."""
    parts: dict[str, Any] = {
        "construct": reading.lang.label(row["construct"]), "target": number(row["target"]),
        "question": reading.lang.label(row["item"]), "from": f"{row['from']:g}", "to": f"{row['to']:g}",
        "n": formatting.number(row["respondents"], 0), "there": formatting.number(row["there"], 0),
    }  # fmt: skip
    needed, there = (formatting.as_float(row[n]) for n in ("respondents", "there"))
    if not math.isfinite(needed):
        text = (
            "Target {target}, question “{question}”: the number of respondents who would have to answer {to} instead "
            "of {from} is not known."
        )
        return Message(text, **{k: parts[k] for k in ("to", "from", "question", "target")})
    if needed > there:
        text = (
            "Target {target} of {construct}, question “{question}”: {n} respondents would have to answer {to} instead "
            "of {from}, and {there} are there."
        )
        return Message(text, **parts)
    text = (
        "Target {target} of {construct}, question “{question}”: it is reached if {n} of the {there} respondents who "
        "answer {from} choose {to}."
    )
    return Message(text, **parts)


def _targets(reading: Reading, rows: Rows, title: Message) -> Picture:
    shown = []
    for r in rows:
        x, aim, near, far = (formatting.as_float(r[n]) for n in ("index", "target", "low", "high"))
        name = reading.lang.judged(r["construct"])
        shown.append(Row(name, x, aim - far, aim - near, aim, number(x), formatting.signed(x - aim, 1),
                         said=f"{name}: {number(x)} ({number(aim)})"))  # fmt: skip
    tr = reading.lang.tr
    look = Look((0.0, 100.0), legend=(("accent", tr("index with interval")), ("tick", tr("target"))),
                heads=("", tr("to the target")), ticks=True)  # fmt: skip

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, look)

    names = ["construct", "target", "index", "distance", "low", "high", "probability"]
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    subtitle = Message("Index from 0 to 100 beside its target; the interval is that of the distance")
    return picture(reading, "targets", (title, subtitle), draw, data, everybody(reading))


def _rises(reading: Reading, target: Mapping[str, Any], rows: Rows) -> Picture:
    """Rises that one driver alone needs, those beyond the end of its scale in amber."""
    levels = {str(r["construct"]): formatting.as_float(r["index"])
              for r in formatting.records(reading.content.table("index"))}  # fmt: skip
    tr, shown, data = reading.lang.tr, [], []
    for r in sorted(rows, key=lambda r: abs(formatting.as_float(r["rise"]))):
        x, low, high = (formatting.as_float(r[n]) for n in ("rise", "low", "high"))
        after = levels.get(str(r["driver"]), math.nan) + x
        beyond = after > 100 or after < 0
        name = reading.lang.judged(r["driver"])
        end = number(100.0 if after > 100 else 0.0, 0)
        note = f"> {end}" if after > 100 else f"< {end}" if beyond else number(after) if math.isfinite(after) else ""
        shown.append(Row(name, x, low, high, shown=formatting.signed(x, 1), note=note,
                         colour="amber" if beyond else "accent", note_colour="amber" if beyond else "muted",
                         said=f"{name}: {formatting.signed(x, 1)} {formatting.interval(low, high, 1)}"))  # fmt: skip
        data.append((str(r["construct"]), str(r["driver"]), r["effect"], x, low, high, after))

    far = (("amber", tr("beyond the scale")),) if any(row.colour == "amber" for row in shown) else ()

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, Look(signed=True, legend=far, heads=("", tr("then at"))))

    parts = {"construct": reading.lang.label(target["construct"]), "target": number(target["target"])}
    subtitle = Message("Points that one driver would have to rise, the others as they are")
    if any(row.value < 0 for row in shown):
        subtitle = Message("Points by which one driver would have to rise (+) or fall (−), the others as they are")
    words = (Message("What it would take of one driver alone for {construct} to reach {target}", **parts), subtitle)
    frame = pd.DataFrame(data, columns=["construct", "driver", "effect", "rise", "low", "high", "level_after"])
    key = "rises" if str(target["construct"]) == reading.target else f"rises_{target['construct']}"
    return picture(reading, key, words, draw, frame, everybody(reading))
