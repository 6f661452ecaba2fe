"""Units by constructs: where each stands against the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.heat import Tile, heat_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Section, names, picture

_MOST = 40


def heat(reading: Reading) -> Section | None:
    """Indices of all constructs by unit, coloured by the distance to the whole; None without several of both."""
    level = _level(reading)
    constructs = list(reading.content.model.construct_names)
    if level is None or len(constructs) < 2:
        return None
    base = {name: reading.whole(name) for name in constructs}
    table = {name: {u.key: u for u in reading.units(level, name)} for name in constructs}
    sense = {name: _turned(reading, name) for name in constructs}
    units = [u for u in reading.units(level) if u.ok][:_MOST]
    rows = [(u, [_tile(table[name].get(u.key), base[name], sense[name]) for name in constructs]) for u in units]
    said = sentences(reading, rows)
    labels = [reading.lang.label(name) for name in constructs]
    tiles = [(u.name, cells) for u, cells in rows]

    def draw(width: float) -> Scene:
        return heat_chart(labels, tiles, width)

    subtitle = Message(
        "Indices from 0 to 100; blue: the stronger side of the whole, amber: the weaker one; a dot where the interval "
        "does not hold the value of the whole"
        if reading.lang.intervals
        else "Indices from 0 to 100; blue: the stronger side of the whole, amber: the weaker one"
    )
    data = pd.DataFrame(
        [
            (u.name, name, t.value, t.distance, t.sure)
            for u, cells in rows
            for name, t in zip(constructs, cells, strict=True)
        ],
        columns=["unit", "construct", "index", "distance", "sure"],
    )  # fmt: skip
    drawn = picture(reading, "heat_map", (said[0], subtitle), draw, data)
    title = Message("All indices by {names}", names=reading.level_words(level))
    return Section("heat", title, said, (drawn,), small=_by_chance(reading, rows))


def _by_chance(reading: Reading, rows: Sequence[tuple[Unit, Sequence[Tile]]]) -> tuple[Message, ...]:
    """How many cells would carry a dot were there no differences; nothing without intervals."""
    n = sum(math.isfinite(t.distance) for _, tiles in rows for t in tiles)
    if not reading.lang.intervals or not n:
        return ()
    text = (
        "Each cell is judged by itself, without correction: were there no differences at all, about {k} of the {n} "
        "cells would still carry a dot."
    )
    return (Message(text, k=formatting.number(n * (1 - reading.content.level), 0), n=formatting.number(n, 0)),)


def _level(reading: Reading) -> str | None:
    """The lowest level that is no more than a page of rows."""
    below = reading.levels[:-1] if reading.top.unit else reading.levels
    for level in below:
        if 2 <= sum(u.ok for u in reading.units(level)) <= _MOST:
            return level
    return None


def _tile(unit: Unit | None, base: Unit | None, sense: int) -> Tile:
    if unit is None or not unit.ok:
        return Tile(math.nan, math.nan, False)
    if base is None or math.isnan(base.index):
        return Tile(unit.index, math.nan, False)
    known = math.isfinite(unit.low) and math.isfinite(unit.high)
    sure = known and not unit.low <= base.index <= unit.high
    return Tile(unit.index, unit.index - base.index, sure, sense)


def sentences(reading: Reading, rows: Sequence[tuple[Unit, Sequence[Tile]]]) -> tuple[Message, ...]:
    """Units that lie apart from the whole in every construct, the same way as in the index construct."""
    up = [u for u, tiles in rows if _all(tiles, 1)]
    down = [u for u, tiles in rows if _all(tiles, -1)]
    if not reading.lang.intervals:
        return (Message("Distances to the whole; without intervals none of them is called measurable."),)
    if not up and not down:
        return (_furthest(rows),)
    out = []
    if down:
        out.append(Message("Measurably worse than the whole in every construct: {names}.", names=names(down)))
    if up:
        out.append(Message("Measurably better than the whole in every construct: {names}.", names=names(up)))
    return tuple(out)


def _furthest(rows: Sequence[tuple[Unit, Sequence[Tile]]]) -> Message:
    """Who differs from the whole in most constructs, where none does in every one."""
    counts = [(sum(t.sure for t in tiles), u) for u, tiles in rows]
    most = max((count for count, _ in counts), default=0)
    if not most:
        return Message("No unit differs measurably from the whole in any construct.")
    first, all_ = [u for count, u in counts if count == most], len(rows[0][1])
    parts = {"k": str(most), "n": str(all_), "names": names(first)}
    if len(first) > 1:
        text = "These differ measurably from the whole in {k} of {n} constructs each, more than any other: {names}."
        return Message(text, **parts)
    return Message("{names} differs measurably from the whole in {k} of {n} constructs, more than any other.", **parts)


def _all(tiles: Sequence[Tile], sign: int) -> bool:
    """Whether every tile is sure and on the side that goes with `sign` of the index construct."""
    return all(t.sure and t.distance * sign * t.sense > 0 for t in tiles)


def _turned(reading: Reading, construct: str) -> int:
    """-1 for a construct whose lower index is the better one: as the spec says, else by the sign of its effect on the
    index construct, if one can be told."""
    model = reading.content.model
    if model.direction(construct) < 0 or construct == reading.target or not reading.content.bears_verdicts:
        return model.direction(construct)
    effects = reading.content.table("effects")
    rows = effects[(effects["source"] == reading.target) & (effects["target"] == construct)]
    found = formatting.records(rows)
    if not found:
        return model.direction(construct)
    total, low, high = (formatting.as_float(found[0].get(f"total{end}")) for end in ("", "_low", "_high"))
    if formatting.includes_zero(low, high):
        return model.direction(construct)
    return reading.sense * (-1 if total < 0 else 1)
