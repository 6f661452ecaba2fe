"""What stands at the top of the page: the index of the whole in the current wave, its change, what goes with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.closest import by_size, closest
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Lang, Mark, Scale
from csimodels.report.standing import (
    Standing,
    changed,
    flag,
    headline_name,
    not_compared,
    place,
    standing,
    wave_label,
)


@dataclass(frozen=True, slots=True)
class Headline:
    """The index: number, of whom and when, interval, place on the scale, change with its class, what it means."""

    construct: str
    value: str
    interval: str
    mark: Mark | None
    state: str
    sentences: tuple[str, ...]
    place: str = ""
    change: str = ""
    change_class: str = ""


def headline(content: Content, lang: Lang) -> Headline:
    """The index of the current wave in words, what it is made of, its change, and what goes with it most."""
    top = standing(content)
    label, scale = lang.label(headline_name(content)), Scale(0, 100)
    state = flag(content, top, lang.tr, lang.say)
    if math.isnan(top.index):
        return Headline(label, formatting.NONE, "", None, state, (lang.tr("There is no index: see the notes below."),))
    limits = formatting.interval(top.low, top.high, 1)
    known = limits != formatting.NONE
    low, high = (scale.at(top.low), scale.at(top.high)) if known else (None, None)
    return Headline(
        label,
        formatting.number(top.index, 1),
        lang.tr("{level} confidence interval {limits}").format(level=lang.level, limits=limits) if known else "",
        Mark(scale.at(top.index), low, high, True),
        state,
        (*_meaning(top, label, content, lang), *_made_of(content, top, label, lang), *_strongest(content, label, lang)),
        place(content, top, lang.code),
        changed(content, top, lang.code, lang.tr),
        ("down", "same", "up")[top.direction + 1],
    )


def _meaning(top: Standing, label: str, content: Content, lang: Lang) -> tuple[str, ...]:
    where = place(content, top, lang.code)
    subject = lang.tr("{construct} ({where})").format(construct=label, where=where) if where else label
    scale = lang.tr(
        "On a scale from 0 (every answer the worst possible) to 100 (every answer the best possible), "
        "{construct} stands at {value}."
    )
    if content.model.direction(headline_name(content)) < 0:
        scale = lang.tr("On a scale from 0 to 100, on which lower is better, {construct} stands at {value}.")
    out = [scale.format(construct=subject, value=formatting.number(top.index, 1))]
    if math.isnan(top.low) or math.isnan(top.high):
        out.append(lang.tr("No interval was computed, so nothing is said about how certain this number is."))
    else:
        out.append(
            lang.tr("The {level} confidence interval runs from {low} to {high}.").format(
                level=lang.level, low=formatting.number(top.low, 1), high=formatting.number(top.high, 1)
            )
        )
    return (*out, *_change_sentence(top, content, lang))


def _change_sentence(top: Standing, content: Content, lang: Lang) -> tuple[str, ...]:
    if math.isnan(top.change):
        wave = wave_label(content, top.before_wave, lang.code) if top.before_wave else ""
        silent = not_compared(top, lang.tr, lang.say, wave)
        return () if silent is None else (lang.say(silent),)
    if math.isnan(top.change_low):
        text = lang.tr(
            "In {wave} it stood at {before}; without an interval of the difference nothing is said about a change."
        )
    else:
        higher = lang.tr("It was higher in {wave}, {before}: the interval of the change, {limits}, leaves 0 out.")
        lower = lang.tr("It was lower in {wave}, {before}: the interval of the change, {limits}, leaves 0 out.")
        same = lang.tr("No significant change from {wave} ({before}): the interval of the change, {limits}, holds 0.")
        text = (higher, same, lower)[top.direction + 1]
        if top.corrected_away:
            text = lang.tr(
                "No significant change from {wave} ({before}) once its p-value is corrected for all steps between "
                "waves: {p}; by itself the interval of the change, {limits}, leaves 0 out."
            )
    said = text.format(
        wave=wave_label(content, top.before_wave, lang.code),
        before=formatting.number(top.before, 1),
        limits=formatting.interval(top.change_low, top.change_high, 1),
        p=formatting.p_value(top.corrected),
    )
    shown = round(round(top.index, 1) - round(top.before, 1) - round(top.change, 1), 1)
    note = lang.tr("Changes are computed before numbers are rounded.") if shown else ""
    return tuple(part for part in (said, note) if part)


def _made_of(content: Content, top: Standing, label: str, lang: Lang) -> tuple[str, ...]:
    """That the number is rolled up, and whom the tables on constructs, drivers and paths are of."""
    if not top.unit:
        return ()
    index = content.table("index")
    mine = formatting.records(index[index["construct"] == content.model.index.construct])
    pooled = top.wave and not content.model.data.wave.column
    text = (
        lang.tr(
            "It is the mean of the members of {unit}, weighted by their shares. The tables on constructs, drivers and "
            "paths below are of all respondents of all waves together, whose {construct} is {value}."
        )
        if pooled
        else lang.tr(
            "It is the mean of the members of {unit}, weighted by their shares. The tables on constructs, drivers and "
            "paths below are of all respondents together, whose {construct} is {value}."
        )
    )
    value = formatting.number(mine[0]["index"], 1) if mine else formatting.NONE
    return (text.format(unit=clean(lang.names.top(top.unit)), construct=label, value=value),)


def _strongest(content: Content, target: str, lang: Lang) -> tuple[str, ...]:
    """The driver that goes most closely with it, as the story says it; nothing where the model bears no verdict."""
    rows = by_size(content)
    return tuple(lang.say(text) for text in closest(rows, target, lang.label)) if rows else ()
