"""The year on one page: the number, its change, and who stands at the ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.closest import by_size, surely
from csimodels.report.figures.charts.trend import trend_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.standing import Standing, headline_name, not_compared
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import (
    Card,
    Entry,
    Section,
    in_waves,
    limits,
    measure,
    number,
    picture,
    points,
    signed_limits,
)
from csimodels.report.story.trend import frame_of, main_series

_MOST = 3


def year(reading: Reading) -> Section:
    """The first section: there is one for every result."""
    title = Message("The year on one page") if reading.wave else Message("The result on one page")
    drawn = (_small_trend(reading),) if len(reading.waves) > 1 else ()
    return Section("year", title, sentences(reading), drawn, tuple(_cards(reading)))


def sentences(reading: Reading) -> tuple[Message, ...]:
    """The headline, and what qualifies it."""
    top = reading.top
    out = [headline(reading)]
    if top.status:
        out.append(
            Message("The result is flagged ({status}): the number is shown, and no verdict is drawn from it.",
                    status=formatting.status_words(top.status, reading.lang.tr, reading.lang.say))
        )  # fmt: skip
    elif not reading.content.bears_verdicts:
        words = [formatting.status_words(s, reading.lang.tr, reading.lang.say) for s in reading.content.doubts]
        out.append(
            Message("The model is flagged ({status}): no verdict is drawn from its paths and drivers.",
                    status=Several(words, separator="; "))
        )  # fmt: skip
    if math.isnan(top.index):
        return tuple(out)
    silent = not_compared(top, reading.lang.tr, reading.lang.say, reading.wave_name(top.before_wave))
    out += [] if silent is None else [silent]
    if len(reading.waves) == 1:
        wave = reading.wave_name(reading.wave)
        out.append(Message("{wave} is the first wave: there is nothing yet to compare it with.", wave=wave))
    if reads_otherwise(top):
        out.append(Message("Changes are computed before numbers are rounded."))
    return tuple(out)


def reads_otherwise(top: Standing) -> bool:
    """Whether the rounded numbers differ by something else than the rounded change."""
    if math.isnan(top.change):
        return False
    return bool(round(round(top.index, 1) - round(top.before, 1) - round(top.change, 1), 1))


def headline(reading: Reading) -> Message:
    """The number in one sentence, with *above* and *below* only where the interval of the change leaves 0 out."""
    top, parts = reading.top, _parts(reading)
    if math.isnan(top.index):
        return Message("There is no index of {construct}: see the notes.", construct=parts["construct"])
    stated = {**parts, "value": number(top.index)}
    if math.isnan(top.low) or math.isnan(top.high):
        return Message("{construct} stands at {value} of 100; no interval was computed.", **stated)
    stated |= {"level": reading.lang.level, "limits": limits(top.low, top.high)}
    if math.isnan(top.change) or top.status:
        return Message("{construct} stands at {value} of 100 ({level} interval {limits}).", **stated)
    stated |= {"before": reading.wave_name(top.before_wave), "was": number(top.before)}
    if math.isnan(top.change_low) or math.isnan(top.change_high):
        return Message(
            "{construct} stands at {value} of 100 ({level} interval {limits}). In {before} it was {was}; without an "
            "interval of the difference nothing is said about a change.", **stated
        )  # fmt: skip
    if top.corrected_away:
        stated |= {"range": signed_limits(top.change_low, top.change_high), "p": formatting.p_value(top.corrected)}
        return Message(
            "{construct} stands at {value} of 100 ({level} interval {limits}): no measurable change from {before} "
            "({was}) once its p-value is corrected for all steps between waves ({p}); by itself the interval of the "
            "change, {range}, leaves 0 out.", **stated
        )  # fmt: skip
    if not top.direction:
        return Message(
            "{construct} stands at {value} of 100 ({level} interval {limits}): no measurable change from {before} "
            "({was}).", **stated
        )  # fmt: skip
    stated |= {"change": points(top.change), "range": signed_limits(top.change_low, top.change_high)}
    del stated["was"]
    if top.direction > 0:
        return Message(
            "{construct} stands at {value} of 100 ({level} interval {limits}), {change} points above {before} "
            "(interval {range}).", **stated
        )  # fmt: skip
    return Message(
        "{construct} stands at {value} of 100 ({level} interval {limits}), {change} points below {before} "
        "(interval {range}).", **stated
    )  # fmt: skip


def _parts(reading: Reading) -> dict[str, Message | str]:
    """What the number is of: the construct, with the unit and the wave where there are any."""
    construct = reading.lang.label(headline_name(reading.content))
    level = reading.levels[-1] if reading.levels else ""
    unit = reading.content.model.label_of(level, reading.top.unit, reading.lang.code) if reading.top.unit else ""
    wave = reading.wave_name(reading.wave) if reading.wave else ""
    if unit and wave:
        return {"construct": Message("{construct} in {unit} in {wave}", construct=construct, unit=unit, wave=wave)}
    if unit or wave:
        return {"construct": Message("{construct} in {unit}", construct=construct, unit=unit or wave)}
    return {"construct": construct}


def _small_trend(reading: Reading) -> Picture:
    series = main_series(reading)
    waves = [reading.wave_name(wave) for wave in reading.waves]

    def draw(width: float) -> Scene:
        return trend_chart(waves, [series], width, small=True)

    return picture(reading, "headline", (headline(reading), measure(reading)), draw, frame_of(waves, [series]),
                   in_waves(reading, reading.waves))  # fmt: skip


def _cards(reading: Reading) -> list[Card]:
    """The highest and the lowest units, the largest measurable changes, the drivers; none that says nothing."""
    out = []
    units = [u for u in reading.units(reading.levels[0]) if u.ok] if reading.levels else []
    tr = reading.lang.tr
    if len(units) >= 2 * _MOST:
        first, last = (tr("Highest"), tr("Lowest"))[:: reading.sense]
        out.append(Card(first, tuple(_entry(u) for u in units[:_MOST])))
        out.append(Card(last, tuple(_entry(u) for u in units[: -_MOST - 1 : -1])))
        moved = sorted((u for u in units if u.change.moved), key=lambda u: -abs(u.change.change))
        if moved:
            out.append(Card(tr("Measurable changes"), tuple(_moved(u) for u in moved[:_MOST])))
    drivers = strongest(reading)
    if drivers:
        title = tr("Goes with {construct}").format(construct=reading.lang.label(reading.target))
        out.append(Card(title, tuple(Entry(d.name, formatting.signed(d.effect, 2), d.limits) for d in drivers[:_MOST])))
    return out


def _entry(unit: Unit) -> Entry:
    return Entry(
        unit.name, number(unit.index), formatting.interval(unit.low, unit.high, 1).replace(formatting.NONE, "")
    )


def _moved(unit: Unit) -> Entry:
    change = unit.change
    return Entry(unit.name, formatting.signed(change.change, 1), formatting.interval(change.low, change.high, 1))


@dataclass(frozen=True, slots=True)
class Strong:
    """A driver whose effect is surely not 0, with its interval."""

    name: str
    effect: float
    limits: str


def strongest(reading: Reading) -> list[Strong]:
    """Drivers whose effect is surely not 0, the largest first; empty where the model bears no verdict."""
    return [
        Strong(
            reading.lang.label(row["driver"]), formatting.as_float(row["importance"]),
            formatting.interval(row["importance_low"], row["importance_high"], 2),
        )
        for row in surely(by_size(reading.content))
    ]  # fmt: skip
