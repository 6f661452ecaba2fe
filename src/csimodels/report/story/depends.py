"""Where an effect is there: an interaction along the scale of its moderator (floodlight, Spiller et al. 2013)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.figures.charts.bands import Band, Point, bands_chart, sure_runs
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, everybody, number, picture

#: What names the curve of one interaction.
OF_CURVE = ("source", "moderator", "second", "target")


def depends(reading: Reading) -> Section | None:
    """A figure for every interaction; None without, or where the model is flagged."""
    curve = reading.content.table("floodlight_curve")
    if curve.empty or not reading.content.bears_verdicts:
        return None
    drawn = [_curve(reading, rows.reset_index(drop=True)) for _, rows in _curves(curve)]
    said = tuple(sentence(reading, rows.reset_index(drop=True)) for _, rows in _curves(curve))
    small = Message("Within the deeper part of a band the interval leaves 0 out: there the effect is measurable.")
    return Section("depends", Message("What it depends on"), said, tuple(drawn), small=(small,))


def _curves(curve: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    filled = curve.assign(second=curve["second"].fillna(""))
    return list(filled.groupby(list(OF_CURVE), sort=False))


def sentence(reading: Reading, rows: pd.DataFrame) -> Message:
    """Levels of the moderator at which the effect is measurable, by the intervals along the curve."""
    label = reading.lang.label
    names = {name: label(rows[name].iloc[0]) for name in ("source", "target", "moderator")}
    bands = _bands(reading, rows)
    if len(bands) != 1:
        return Message("The effect of {source} on {target} along {moderator}", **names)
    points = [p for p in bands[0].points if p[2] == p[2] and p[3] == p[3]]
    if not points:
        return Message("The effect of {source} on {target} along {moderator}; no interval was computed.", **names)
    runs = sure_runs(points)
    if not runs:
        return Message("At no level of {moderator} an effect of {source} on {target} is shown.", **names)
    if len(runs) == 1 and len(runs[0]) == len(points):
        text = "The effect of {source} on {target} is measurable at every level of {moderator}."
        return Message(text, **names)
    where = [Message("{low} to {high}", low=number(run[0][0], 0), high=number(run[-1][0], 0)) for run in runs]
    text = "The effect of {source} on {target} is measurable where {moderator} stands at {levels}."
    return Message(text, levels=Several(where), **names)


def _bands(reading: Reading, rows: pd.DataFrame) -> Sequence[Band]:
    out = []
    for level, mine in rows.groupby(rows["second_at"].astype(float).fillna(0.0), sort=False):
        name = f"{reading.lang.label(mine['second'].iloc[0])}: {formatting.signed(level, 0)}"
        points: list[Point] = []
        for r in formatting.records(mine.sort_values("level")):
            x, y, low, high = (formatting.as_float(r[c]) for c in ("level", "estimate", "low", "high"))
            points.append((x, y, low, high))
        out.append(Band(tuple(points), name))
    return out


def _curve(reading: Reading, rows: pd.DataFrame) -> Picture:
    label, bands = reading.lang.label, _bands(reading, rows)
    source, target, moderator = (label(rows[name].iloc[0]) for name in ("source", "target", "moderator"))
    titles = (f"{moderator}", f"{reading.lang.tr('Effect')}: {source} → {target}")

    def draw(width: float) -> Scene:
        return bands_chart(bands, width, titles)

    subtitle = Message("Standardised effect where {moderator} has each value of its index, with intervals",
                       moderator=moderator)  # fmt: skip
    key = "_".join(str(rows[name].iloc[0]) for name in ("source", "moderator", "second") if rows[name].iloc[0])
    words = (sentence(reading, rows), subtitle)
    return picture(reading, f"floodlight_{key}", words, draw, rows, everybody(reading))
