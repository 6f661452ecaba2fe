"""The trend: the index over the waves, with the units below it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csimodels.messages import Message, Several, counted
from csimodels.report.figures.charts.trend import Series, trend_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import NAN, Change, Reading
from csimodels.report.story.section import Section, in_waves, limits, measure, number, picture

_FEW = 8  # lines beside the main one


def trend(reading: Reading) -> Section | None:
    """The index over the waves; None with a single wave."""
    if len(reading.waves) < 2:
        return None
    waves = [reading.wave_name(wave) for wave in reading.waves]
    every = [main_series(reading), *_below(reading)]

    def draw(width: float) -> Scene:
        return trend_chart(waves, every, width)

    said = sentences(reading)
    drawn = picture(reading, "waves", (said[0], measure(reading)), draw, frame_of(waves, every),
                    in_waves(reading, reading.waves))  # fmt: skip
    small = (Message("The shaded band is the {level} interval.", level=reading.lang.level),)
    return Section("trend", Message("Trend"), said, (drawn,), small=small if reading.lang.intervals else (),
                   drawn=small)  # fmt: skip


def sentences(reading: Reading) -> tuple[Message, ...]:
    """How many steps are measurable, and which way; of two waves, where each stands: the first section has the step."""
    steps = [(wave, _step(reading, wave)) for wave in reading.waves[1:]]
    known = [(wave, step) for wave, step in steps if step.known]
    label = reading.lang.label(reading.target)
    if not known:
        return (Message("Changes of {construct} have no intervals: nothing is said about a trend.", construct=label),)
    if len(steps) == 1:
        return (_both(reading), *reading.remark())
    up, down = (sum(step.told == sign for _, step in known) for sign in (1, -1))
    if not up and not down:
        first, last = reading.wave_name(reading.waves[0]), reading.wave_name(reading.waves[-1])
        text = "None of the {n} changes of {construct} between {first} and {last} is measurable."
        return (Message(text, n=str(len(known)), construct=label, first=first, last=last), *reading.remark())
    moves = [
        *([counted(up, "{n} measurable rise", "{n} measurable rises")] if up else []),
        *([counted(down, "{n} measurable fall", "{n} measurable falls")] if down else []),
    ]
    rest = len(known) - up - down
    if rest:
        moves.append(Message("{n} not measurable", n=str(rest)))
    text = "The last {n} changes of {construct}: {moves}."
    return (Message(text, n=str(len(known)), construct=label, moves=Several(moves)), *reading.remark())


def _both(reading: Reading) -> Message:
    """Where the index stood in each of two waves."""
    out = []
    for wave in reading.waves:
        unit = reading.whole(reading.target, wave)
        parts = {"value": number(unit.index if unit else NAN), "wave": reading.wave_name(wave)}
        if unit and math.isfinite(unit.low) and math.isfinite(unit.high):
            limits_ = limits(unit.low, unit.high)
            out.append(Message("{value} in {wave} (interval {limits})", limits=limits_, **parts))
        else:
            out.append(Message("{value} in {wave}", **parts))
    text = "Two waves show one change and no trend yet: {construct} stood at {values}."
    return Message(text, construct=reading.lang.label(reading.target), values=Several(out, separator=" and "))


def _step(reading: Reading, wave: str) -> Change:
    whole = reading.whole(reading.target, wave)
    return whole.change if whole else Change()


def main_series(reading: Reading) -> Series:
    """The index of the whole over the waves."""
    found = [reading.whole(reading.target, wave) for wave in reading.waves]
    rows = tuple((u.index, u.low, u.high) if u else (NAN, NAN, NAN) for u in found)
    level = reading.levels[-1] if reading.levels else ""
    unit = reading.content.model.label_of(level, reading.top.unit, reading.lang.code) if reading.top.unit else ""
    return Series(unit or reading.lang.tr("All respondents"), rows, main=True)


def _below(reading: Reading) -> list[Series]:
    """Units of the level below the top, where they are few."""
    levels = reading.levels[-2:-1] if reading.top.unit else reading.levels[-1:]
    if not levels:
        return []
    level = levels[0]
    now = reading.units(level)
    if not 1 < len(now) <= _FEW:
        return []
    by_wave = [{u.key: u for u in reading.units(level, wave=wave)} for wave in reading.waves]
    return [
        Series(
            unit.name,
            tuple((u.index, u.low, u.high) if u else (NAN, NAN, NAN) for u in (w.get(unit.key) for w in by_wave)),
        )
        for unit in now
    ]


def frame_of(waves: Sequence[str], series: Sequence[Series]) -> pd.DataFrame:
    """What a trend is drawn from: unit, wave, index, low, high."""
    rows = [(s.name, wave, *row) for s in series for wave, row in zip(waves, s.values, strict=True)]
    return pd.DataFrame(rows, columns=["unit", "wave", "index", "low", "high"])
