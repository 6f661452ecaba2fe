"""Where persons went between two waves: states before by states after, as a map of shares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.figures.charts.heat import Tile, heat_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section, percent_limits, picture
from csimodels.spec.model import plain_text
from csimodels.tables.vocabulary import PERSONS_OF_MOVES, STATES


def switches(reading: Reading) -> Section | None:
    """The last step of all persons; None without a panel, or where only groups have moves."""
    frame, tests = (_whole(reading, name) for name in ("transition", "transition_tests"))
    if frame is None:
        return None
    last = plain_text(frame["to"].iloc[-1])
    mine = frame[[plain_text(v) == last for v in frame["to"]]].reset_index(drop=True)
    waves = tuple(reading.wave_name(plain_text(mine[end].iloc[0])) for end in ("from", "to"))
    states = list(dict.fromkeys(str(s) for s in mine["state"]))
    table = {(str(r["state"]), str(r["next_state"])): r for r in formatting.records(mine)}
    names = {s: reading.lang.tr(STATES[s]) if s in STATES else reading.lang.label(s) for s in states}
    test = None if tests is None else next((r for r in formatting.records(tests) if plain_text(r["to"]) == last), None)
    tested = _tested(test, 1 - reading.content.level, waves)
    stayed = (_stayed(names[s], table.get((s, s))) for s in (states[-1], states[0]))
    said = (tested, *(m for m in stayed if m is not None))
    rows = [(names[s], [_tile(table.get((s, t)), f"{names[s]} → {names[t]}") for t in states]) for s in states]

    def draw(width: float) -> Scene:
        return heat_chart([f"→ {names[t]}" for t in states], rows, width, 100.0)

    text = "Percent of those in each state in {from} (rows) by their state in {to}; each row adds up to 100"
    subtitle = Message(text, **{"from": waves[0], "to": waves[1]})
    data = mine[[c for c in ("from", "to", "state", "next_state", "persons", "share", "low", "high") if c in mine]]
    drawn = picture(reading, "moves", (tested, subtitle), draw, data, _persons(test, waves))
    title = Message("Moves between states")
    return Section("switches", title, said, (drawn,), small=persons_of_moves(reading.content))


def persons_of_moves(content: Content) -> tuple[Message, ...]:
    """Notes on how many persons the moves rest on; none where the story has no such section.

    They stand beside the moves, not among what has to be read first.
    """
    every = (content.comparison("wave_transition"), content.comparison("transition"))
    shown = next((frame for frame in every if frame is not None), None)
    if shown is None or list(shown.columns).index("from") > 0:
        return ()
    known = PERSONS_OF_MOVES.values()
    return tuple(note for note in content.notes if isinstance(note, Message) and note.template in known)


def _whole(reading: Reading, name: str) -> pd.DataFrame | None:
    """The table of all persons: that of the waves, or the plain one where it has no group columns."""
    frame = reading.content.comparison(f"wave_{name}")
    if frame is None:
        frame = reading.content.comparison(name)
        if frame is not None and list(frame.columns).index("from") > 0:
            return None
    return frame


def _persons(test: Mapping[str, Any] | None, waves: tuple[str, ...]) -> tuple[Message, ...]:
    """How many answered in both waves."""
    both = Message("{from} and {to}", **{"from": waves[0], "to": waves[1]})
    if test is None:
        return (both,)
    return Message("{n} persons of the panel", n=formatting.number(test["persons"], 0)), both


def _tested(test: Mapping[str, Any] | None, alpha: float, waves: tuple[str, ...]) -> Message:
    """A change of the shares only where the test of Stuart and Maxwell rejects at the level of the study."""
    parts = {"from": waves[0], "to": waves[1]}
    p = math.nan if test is None else formatting.as_float(test["p"])
    if math.isfinite(p) and p < alpha:
        return Message("The shares of the states have changed measurably from {from} to {to}.", **parts)
    if math.isfinite(p):
        return Message("No change of the shares of the states is shown from {from} to {to}.", **parts)
    return Message("Where persons went from {from} to {to}", **parts)


def _stayed(name: str, row: object) -> Message | None:
    if not isinstance(row, dict) or not math.isfinite(formatting.as_float(row["share"])):
        return None
    low, high = (100 * formatting.as_float(row[end]) for end in ("low", "high"))
    share = formatting.percent(row["share"])
    if math.isnan(low) or math.isnan(high):
        return Message("Of those in the state “{name}”, {share} stayed there.", name=name, share=share)
    text = "Of those in the state “{name}”, {share} stayed there (interval {limits})."
    return Message(text, name=name, share=share, limits=percent_limits(low, high))


def _tile(row: object, name: str) -> Tile:
    if not isinstance(row, dict):
        return Tile(math.nan, math.nan, False, said=name)
    x, low, high = (100 * formatting.as_float(row[n]) for n in ("share", "low", "high"))
    return Tile(x, x, False, said=f"{name}: {formatting.number(x, 1)}% {formatting.interval(low, high, 1)}")
