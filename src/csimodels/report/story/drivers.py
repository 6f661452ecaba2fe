"""What goes with satisfaction: drivers by the size of their effect, and what the best quarter's level goes with."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.closest import Driver, by_size, closest, of_everybody, surely
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.standing import best_quarter
from csimodels.report.story.differing import changed_paths
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, limits, number, picture


def drivers(reading: Reading) -> Section | None:
    """Drivers of the index construct; only the reason where the model bears no verdict; None without drivers."""
    if reading.content.table("drivers").empty:
        return None
    title = Message("Drivers of {construct}", construct=reading.lang.label(reading.target))
    rows = by_size(reading.content)
    if not rows:
        flagged = Message("The model is flagged: no map and no verdict on drivers.")
        return Section("satisfies", title, (flagged,))
    said = sentences(reading, rows)
    small: tuple[Message, ...] = (
        Message("These are associations within the model, in the answers of one survey, not results of an experiment."),
    )
    changed, drawn = changed_paths(reading)
    figures = (_forest(reading, rows, said[0]), *([] if drawn is None else [drawn]))
    small += of_everybody(reading.content, reading.top.unit, reading.lang.label)
    return Section("satisfies", title, (*said, *changed), figures, small=small)


def sentences(reading: Reading, rows: Sequence[Driver]) -> tuple[Message, ...]:
    """Which driver goes most closely with the index, if one can be told, and the level of the best quarter."""
    said, sure = closest(rows, reading.lang.label(reading.target), reading.lang.label), surely(rows)
    return (*said, *_best(reading, sure[0]), *reading.remark()) if sure else said


def _best(reading: Reading, row: Driver) -> tuple[Message, ...]:
    """What goes with the level of the best quarter, where its whole interval is better than the present level."""
    model, driver = reading.content.model, str(row["driver"])
    found, performance = best_quarter(reading.content, driver), formatting.as_float(row["performance"])
    gain = (found.level - performance) * formatting.as_float(row["importance"])
    if not found.ahead(performance, model.direction(driver)) or gain * model.direction(reading.target) <= 0:
        return ()
    parts = {
        "level": number(found.level), "driver": reading.lang.label(driver), "limits": limits(found.low, found.high),
        "room": number(abs(found.level - performance)), "performance": number(performance),
        "gain": formatting.signed(gain, 1), "construct": reading.lang.label(reading.target),
    }  # fmt: skip
    if model.direction(driver) > 0:
        text = (
            "The best quarter of the groups reach {level} or more in {driver} (interval {limits}), {room} points "
            "above the present {performance}; a difference of that size goes with {gain} points of {construct} (no "
            "interval)."
        )
        return (Message(text, **parts),)
    text = (
        "The best quarter of the groups reach {level} or less in {driver} (interval {limits}), {room} points below "
        "the present {performance}; a difference of that size goes with {gain} points of {construct} (no interval)."
    )
    return (Message(text, **parts),)


def _forest(reading: Reading, rows: Sequence[Driver], title: Message) -> Picture:
    shown = []
    for r in rows:
        x, low, high = (formatting.as_float(r[f"importance{end}"]) for end in ("", "_low", "_high"))
        name = reading.lang.judged(r["driver"])
        said = f"{name}: {formatting.signed(x, 2)} {formatting.interval(low, high, 2)}"
        sure = low > 0 or high < 0
        limited = formatting.interval(low, high, 2) if low == low and high == high else ""
        shown.append(Row(name, x, low, high, shown=formatting.signed(x, 2), colour="accent" if sure else "ghost",
                         said=said, note=limited))  # fmt: skip
    text = "Points of {construct} that go with 1 point more of a driver (total effect)"
    subtitle = Message(text, construct=reading.judged(reading.target))

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, Look(signed=True))

    names = ["driver", "importance", "importance_low", "importance_high", "performance"]
    data = pd.DataFrame([[r[n] for n in names] for r in rows], columns=names)
    return picture(reading, "forest", (title, subtitle), draw, data, everybody(reading))
