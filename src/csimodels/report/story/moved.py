"""What moved the index: its change as the sum of what each part contributes, share times change."""

from __future__ import annotations

import math

import pandas as pd

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.figures.charts.waterfall import Step, waterfall_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Section, in_waves, picture, points

#: What is left of the change is shown as a step of its own beyond so many points.
_REST = 0.05
_MOST = 12
#: Units that the sentence names.
_LISTED = 5


def moved(reading: Reading) -> Section | None:
    """The change of the whole by the units below it; None without a roll-up of several parts, or without a change."""
    found = parts(reading)
    if found is None:
        return None
    units, rest = found
    top = reading.top
    waves = (reading.wave_name(top.before_wave), reading.wave_name(top.wave))
    steps = [Step(u.name, adds(u), bool(u.change.direction), _note(reading, u)) for u in units]
    if abs(rest) >= _REST:
        steps.append(Step(reading.lang.tr("Weights and missing parts"), rest, False))

    def draw(width: float) -> Scene:
        return waterfall_chart((waves[0], top.before), steps, (waves[1], top.index), width)

    rows = [(u.name, u.share, u.change.change, adds(u), u.share * u.change.low, u.share * u.change.high) for u in units]
    if abs(rest) > 1e-9:
        rows.append((reading.lang.tr("Weights and missing parts"), math.nan, math.nan, rest, math.nan, math.nan))
    data = pd.DataFrame(rows, columns=["unit", "share", "change", "contribution", "low", "high"])
    said = sentences(reading, units, rest)
    text = "Contribution to the change from {before} to {wave}, in points: share of the weight times change"
    subtitle = Message(text, before=waves[0], wave=waves[1])
    drawn = picture(reading, "waterfall", (said[0], subtitle), draw, data,
                    in_waves(reading, (top.before_wave, top.wave)))  # fmt: skip
    small = (Message("A pale bar is a contribution that is not measurable by itself: its interval includes 0."),)
    return Section("moved", Message("What moved it"), said, (drawn,), small=small, drawn=small)


def parts(reading: Reading) -> tuple[list[Unit], float] | None:
    """Units below the top with a share and a change, the largest contribution first, and what they leave over."""
    top = reading.top
    if not top.unit or len(reading.levels) < 2 or math.isnan(top.change_low) or top.status:
        return None
    units = [u for u in reading.units(reading.levels[-2]) if math.isfinite(u.share) and u.change.known]
    if not 2 <= len(units) <= _MOST:
        return None
    rest = top.change - sum(adds(u) for u in units)
    return sorted(units, key=lambda u: -abs(adds(u))), rest


def adds(unit: Unit) -> float:
    """What a unit contributes to the change of the whole: its share of the weight times its change."""
    return unit.share * unit.change.change


def sentences(reading: Reading, units: list[Unit], rest: float) -> tuple[Message, ...]:
    """Contributions in one sentence, each with a remark where it is not measurable by itself."""
    top = reading.top
    alone = any(u.change.direction for u in units)
    listed = Several([_part(u, alone) for u in units[:_LISTED]], separator=", ")
    change = formatting.signed(top.change, 1)
    if top.direction:
        out = [Message("The change of {change} points is made up of {parts}.", change=change, parts=listed)]
    else:
        out = [
            Message("The change of {change} points lies within the error of the survey; by arithmetic it is made up of "
                    "{parts}.", change=change, parts=listed)
        ]  # fmt: skip
    if not alone:
        out.append(Message("None of these parts is measurable by itself."))
    if abs(rest) >= _REST:
        text = "Changed weights and missing parts account for {rest} points."
        out.append(Message(text, rest=formatting.signed(rest, 1)))
    shown = [*map(adds, units), *([rest] if abs(rest) >= _REST else [])]
    if len(units) <= _LISTED and round(sum(round(part, 1) for part in shown) - round(top.change, 1), 1):
        out.append(Message("Each number is rounded by itself; the rounded parts do not add up to the rounded change."))
    return tuple(out)


def _part(unit: Unit, remark: bool) -> Message:
    """What a unit adds, with a remark where others are measurable by themselves and it is not."""
    value = formatting.signed(adds(unit), 1)
    if points(adds(unit)) == "0.0":
        return Message("{unit} hardly anything", unit=unit.name)
    if unit.change.direction or not remark:
        return Message("{unit} {value}", unit=unit.name, value=value)
    return Message("{unit} {value} (not measurable by itself)", unit=unit.name, value=value)


def _note(reading: Reading, unit: Unit) -> str:
    said = Message("{share} of the weight, {change} points", share=formatting.percent(unit.share),
                   change=formatting.signed(unit.change.change, 1))  # fmt: skip
    return reading.lang.say(said)
