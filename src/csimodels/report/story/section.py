"""A section of the story: its sentences, its figures, and how numbers stand in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csimodels.i18n import N_, Translate
from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.picture import Draw, Picture
from csimodels.report.story.reading import Reading, Unit
from csimodels.spec.measures import SHARE_KINDS
from csimodels.spec.model import Model, plain_text

#: Between the parts of a caption.
_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a short list: a name, a number, and what is said beside it."""

    name: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A short list under a title."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, eq=False)
class Section:
    """One section of the story.

    Attributes
    ----------
    key : str
        Its name in links and among the figures.
    title : Message
    sentences : tuple of Message
        The finding first; each is chosen by a test on the numbers of a table.
    pictures : tuple of Picture
    cards : tuple of Card
    small : tuple of Message
        How to read it, in small print.
    drawn : tuple of Message
        Those of `small` that speak of colours and bands of our drawing, which a chart of another program lacks.
    """

    key: str
    title: Message
    sentences: tuple[Message, ...]
    pictures: tuple[Picture, ...] = ()
    cards: tuple[Card, ...] = ()
    small: tuple[Message, ...] = ()
    drawn: tuple[Message, ...] = ()


def points(value: float, digits: int = 1) -> str:
    """A number without its sign, as it stands beside *above* and *below*."""
    return formatting.number(abs(value), digits)


def number(value: float, digits: int = 1) -> str:
    """A number in a sentence."""
    return formatting.number(value, digits)


def limits(low: float, high: float, digits: int = 1) -> Message:
    """An interval in words."""
    return Message("{low} to {high}", low=number(low, digits), high=number(high, digits))


def percent_limits(low: float, high: float) -> Message:
    """An interval of a percentage in words."""
    return Message("{low} to {high}", low=f"{number(low, 0)}%", high=f"{number(high, 0)}%")


def signed_limits(low: float, high: float, digits: int = 1) -> Message:
    """An interval of a difference, its ends with their signs."""
    return Message("{low} to {high}", low=formatting.signed(low, digits), high=formatting.signed(high, digits))


def names(units: Sequence[Unit], most: int = 5) -> Several:
    """Names of units in one line, cut at `most`."""
    return Several([unit.name for unit in units], most)


def overlap(one: Unit, other: Unit) -> bool:
    """Whether intervals of two units overlap, or one is missing; apart, they differ at the level or beyond."""
    known = all(math.isfinite(v) for v in (one.low, one.high, other.low, other.high))
    return not known or (one.low <= other.high and other.low <= one.high)


def picture(
    reading: Reading,
    key: str,
    words: tuple[Message, Message],
    draw: Draw,
    data: pd.DataFrame,
    basis: tuple[Message, ...] | None = None,
) -> Picture:
    """A figure in the language of `reading`; `words` are its finding, and its measure and unit.

    `basis` says whom it is of where that is not the respondents of the reported wave, see :func:`everybody`.
    """
    say = reading.lang.say
    title, subtitle = (clean(say(text)) for text in words)
    return Picture(key, title, subtitle, clean(say(caption(reading, basis))), draw, data, reading.lang.code)


def respondents(reading: Reading) -> tuple[Message, ...]:
    """How many respondents the numbers at the top are of, and of which wave."""
    wave = (Message("{wave}", wave=reading.wave_name(reading.wave)),) if reading.wave else ()
    return *_counted(reading), *wave


def in_all(reading: Reading) -> tuple[Message, ...]:
    """As :func:`respondents`, where numbers of one unit stand beside: how many there are in all."""
    said = respondents(reading)
    return tuple(Message("{said} in all", said=text) if text.template == "{n} respondents" else text for text in said)


def everybody(reading: Reading) -> tuple[Message, ...]:
    """Whom tables of all respondents are of: as :func:`respondents`, or all waves where the spec names no wave."""
    if len(reading.waves) > 1 and not reading.content.model.data.wave.column:
        return *_counted(reading), Message("all waves together")
    return respondents(reading)


def in_waves(reading: Reading, waves: Sequence[str]) -> tuple[Message, ...]:
    """How many respondents several waves have together, and which waves they are."""
    first, last = reading.wave_name(waves[0]), reading.wave_name(waves[-1])
    said = Message("{low} to {high}", low=first, high=last)
    if len(waves) == 2:
        said = Message("{from} and {to}", **{"from": first, "to": last})
    frame = reading.content.comparison("wave_index")
    frame = reading.content.group_table() if frame is None and len(reading.content.group_by) == 1 else frame
    if frame is None or not {reading.column, "n"} <= set(frame.columns):
        return (said,)
    rows = formatting.records(frame[frame["construct"] == reading.target])
    n = {plain_text(row[reading.column]): formatting.as_float(row["n"]) for row in rows}
    total = sum(n.get(wave, math.nan) for wave in waves)
    return (Message("{n} respondents", n=formatting.number(total, 0)), said) if math.isfinite(total) else (said,)


def _counted(reading: Reading) -> tuple[Message, ...]:
    """Nothing where the tables do not say how many."""
    n = reading.content.table("index")["n"].max()
    return (Message("{n} respondents", n=formatting.number(n, 0)),) if n == n else ()


def caption(reading: Reading, basis: tuple[Message, ...] | None = None) -> Message:
    """Respondents, wave (or what `basis` says instead), field dates, method and source of a figure."""
    content = reading.content
    parts = [*(respondents(reading) if basis is None else basis), *field_work(content.model, reading.lang.code)]
    method = content.fact("estimator")
    if method and not content.about:
        parts.append(Message("estimated by {method}", method=method))
    if reading.lang.intervals:
        parts.append(Message("{level} intervals", level=reading.lang.level))
    parts.append(Message("source: {title}", title=clean(content.title.get(reading.lang.code, content.model.name))))
    return Message("{all}", all=Several(parts, separator=_BETWEEN))


def in_running_text(said: str, tr: Translate) -> str:
    """A caption whose parts stand in a sentence: no line of it ends with a dot in its middle."""
    return said.replace(_BETWEEN, tr("; "))


def field_work(model: Model, lang: str) -> tuple[Message, ...]:
    """When the answers were given, as the spec says it; nothing where it does not."""
    dates = clean(model.report.brand.field_dates.get(lang))
    return (Message("field work: {dates}", dates=dates),) if dates else ()


def measure(reading: Reading, construct: str = "") -> Message:
    """What an index is called, with its scale."""
    name = construct or reading.target
    lower, kind = reading.content.model.direction(name) < 0, kind_of(reading, name)
    if kind in SCALES:
        parts: dict[str, Any] = {"construct": reading.lang.label(name), "measure": Message(SCALES[kind][0])}
        text = "{construct}, {measure}, lower is better" if lower else "{construct}, {measure}"
        return Message(text, **parts)
    if lower:
        return Message("{construct}, index from 0 to 100, lower is better", construct=reading.lang.label(name))
    return Message("{construct}, index from 0 to 100", construct=reading.lang.label(name))


def ends_of(reading: Reading) -> tuple[float, float]:
    """Bounds of the scale of the index that the tables are about."""
    return SCALES.get(kind_of(reading, reading.target), ("", (0.0, 100.0)))[1]


def kind_of(reading: Reading, name: str) -> str:
    """The kind of a simple index; empty for constructs and nodes of the hierarchy."""
    return next((index.kind for index in reading.content.model.indices if index.name == name), "")


_PERCENT, _EITHER_WAY = N_("percent of the respondents"), N_("points from −100 to 100")
#: What the numbers of an index are, and within which bounds they lie, by its kind; others are on 0 to 100.
SCALES: Mapping[str, tuple[str, tuple[float, float]]] = {
    "nps": (_EITHER_WAY, (-100.0, 100.0)), "gap": (_EITHER_WAY, (-100.0, 100.0)),
    **dict.fromkeys(SHARE_KINDS, (_PERCENT, (0.0, 100.0))),
    "ten_point": (N_("ten times the mean answer on ten points"), (0.0, 100.0)),
    "weighted_mean": (N_("mean of the values of the answers"), (-math.inf, math.inf)),
}  # fmt: skip
