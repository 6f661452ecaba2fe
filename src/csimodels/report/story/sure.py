"""How sure is this: what an interval means, in the numbers of this survey, and how it was made."""

from __future__ import annotations

import math
from statistics import median_low

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.html.about import fact_in_words
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Card, Entry, Section, measure, number, picture


def sure(reading: Reading) -> Section | None:
    """Method for readers; there is always something to say."""
    said: list[Message] = []
    drawn: list[Picture] = []
    typical = _typical(reading)
    if typical is not None:
        said += sentences(reading, typical)
        drawn = [_picture(reading, typical)]
    elif reading.lang.intervals and math.isfinite(reading.top.low):
        said.append(_meaning(reading))
    else:
        said.append(Message("No interval was computed, so nothing is said about how certain the numbers are."))
    title = Message("How sure is this?")
    return Section("sure", title, tuple(said), tuple(drawn), (_facts(reading),))


def sentences(reading: Reading, unit: Unit) -> tuple[Message, ...]:
    """What the interval of a typical unit means for comparing two of them."""
    half = (unit.high - unit.low) / 2
    parts = {"n": formatting.number(unit.n, 0), "half": number(half), "apart": number(math.sqrt(2) * half)}
    text = (
        "{unit}, a typical case with {n} respondents, is known to about ±{half} points: two units like it have to "
        "differ by about {apart} points before the survey tells them apart."
    )
    return (Message(text, unit=unit.name, **parts), _meaning(reading))


def _meaning(reading: Reading) -> Message:
    text = (
        "A {level} interval is made so that, were the survey repeated many times, {level} of the intervals would hold "
        "the true value; it covers chance in who was asked, and nothing else."
    )
    return Message(text, level=reading.lang.level)


def _typical(reading: Reading) -> Unit | None:
    """The unit of the lowest level whose interval is the median one in length."""
    if not reading.levels:
        return None
    units = [u for u in reading.units(reading.levels[0]) if u.ok and math.isfinite(u.low) and math.isfinite(u.high)]
    if len(units) < 3:
        return None
    middle = median_low([u.high - u.low for u in units])
    return next(u for u in units if u.high - u.low == middle)


def _picture(reading: Reading, unit: Unit) -> Picture:
    tr, top = reading.lang.tr, reading.top
    rows = []
    if math.isfinite(top.low):
        level = reading.levels[-1]
        label = (
            reading.content.model.label_of(level, top.unit, reading.lang.code) if top.unit else tr("All respondents")
        )
        rows.append(Row(clean(label), top.index, top.low, top.high, shown=_plus(top.low, top.high)))
    rows.append(Row(unit.name, unit.index, unit.low, unit.high, shown=_plus(unit.low, unit.high)))

    def draw(width: float) -> Scene:
        return dot_chart(rows, width, Look((0, 100)))

    data = pd.DataFrame([(r.label, r.value, r.low, r.high) for r in rows], columns=["unit", "index", "low", "high"])
    title = Message("The fewer respondents, the wider the interval")
    return picture(reading, "precision", (title, measure(reading)), draw, data)


def _plus(low: float, high: float) -> str:
    return f"±{number((high - low) / 2)}"


def _facts(reading: Reading) -> Card:
    """Sample, weights, missing answers and method, as far as the result says."""
    content, tr = reading.content, reading.lang.tr
    wanted = ("n used", "weights", "design", "missing rule", "correlations", "estimator", "uncertainty", "level")
    found = [(key, fact_in_words(content, key, reading.lang)) for key in wanted if content.fact(key)]
    entries = [Entry(tr(formatting.FACTS.get(key, key)), _of_waves(reading, key, value)) for key, value in found]
    return Card(tr("How it was made"), tuple(entries))


def _of_waves(reading: Reading, key: str, value: str) -> str:
    """A number of respondents with the waves that it counts, where there are several; other facts as they are."""
    if key != "n used" or len(reading.waves) < 2:
        return value
    return clean(reading.lang.say(Message("{n} in {waves} waves", n=value, waves=str(len(reading.waves)))))
