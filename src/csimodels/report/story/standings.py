"""Figures of what stands where: indices, groups, ranks, and every unit of a roll-up above its members."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.direction import best_first
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.group_order import league as ranked
from csimodels.report.group_order import rolled_units
from csimodels.report.standing import of_current_wave, wave_column
from csimodels.report.story import league, levels, trend
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import everybody, limits, measure, number, picture

#: Of more units than this the first and the last :data:`_EACH_END` are drawn.
MANY, _EACH_END = 60, 20
_RANKS = ("rank", "rank_low", "rank_high", "among")
_LEVELS = ("accent", "accent", "muted")


def index_picture(reading: Reading) -> Picture:
    """The index of every construct with its interval."""
    rows = formatting.records(reading.content.table("index"))
    shown = [_index_row(reading.lang.judged(r["construct"]), r) for r in rows]
    mine = next((r for r in rows if r["construct"] == reading.target), rows[0])

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, Look((0.0, 100.0)))

    columns = ["construct", "index", "low", "high", "n", "status"]
    data = pd.DataFrame([[r[c] for c in columns] for r in rows], columns=columns)
    name: Message | str = reading.lang.label(mine["construct"])
    if reading.top.unit:  # the number at the top is rolled up, and another one
        name = Message("{construct} of all respondents together", construct=name)
    words = stands(reading, name, mine), Message("Indices from 0 to 100")
    return picture(reading, "index", words, draw, data, everybody(reading))


def stands(reading: Reading, name: Message | str, row: Mapping[str, Any]) -> Message:
    """Where an index stands, with its interval; of a flagged one the number, and that no verdict is drawn from it."""
    x, low, high = (formatting.as_float(row[c]) for c in ("index", "low", "high"))
    if math.isnan(x):
        return Message("{construct} has no index.", construct=name)
    if not formatting.is_ok(row.get("status")):
        text = "{construct} stands at {x} of 100; the result is flagged, and no verdict is drawn from it."
        return Message(text, construct=name, x=number(x))
    if math.isnan(low) or math.isnan(high):
        return Message("{construct} stands at {x} of 100; no interval was computed.", construct=name, x=number(x))
    return Message("{construct} stands at {x} of 100 (interval {limits}).", construct=name, x=number(x),
                   limits=limits(low, high))  # fmt: skip


def _index_row(name: str, row: Mapping[str, Any], colour: str = "accent") -> Row:
    x, low, high = (formatting.as_float(row[c]) for c in ("index", "low", "high"))
    ok = formatting.is_ok(row.get("status"))
    said = f"{name}: {number(x)} {formatting.interval(low, high, 1)}"
    return Row(name, x, low, high, shown=number(x), colour=colour if ok else "amber", open=not ok, said=said)


def groups_picture(reading: Reading) -> Picture:
    """The groups of the current wave by the index, the best first; flagged ones hollow; of many both ends.

    Raises
    ------
    DataError
        The result has no groups.
    """
    content, by = reading.content, reading.content.group_by
    groups = content.group_table()
    if groups is None:
        raise DataError(Problem("the result has no groups", "groups", remedy="name the group column with by="))
    column = wave_column(content)
    if column and len(by) > 1:
        groups = of_current_wave(content, groups)
        by = tuple(name for name in by if name != column)
    mine = best_first(groups[groups["construct"] == reading.target], content.model)
    rows = formatting.records(mine)
    ends, gap = (rows, 0) if len(rows) <= MANY else both_ends(rows)
    shown = [_index_row(reading.lang.names.key(r, by), r) for r in ends]
    if gap:
        shown.insert(_EACH_END, _between(reading, gap))

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, Look((0.0, 100.0)))

    columns = [*by, "index", "low", "high", "n", "status"]
    data = pd.DataFrame([[r[c] for c in columns] for r in rows], columns=columns)
    return picture(reading, "groups", (_of_groups(reading, rows, by), measure(reading)), draw, data)


def _of_groups(reading: Reading, rows: Sequence[Mapping[str, Any]], by: Sequence[str]) -> Message:
    """Who leads and how surely, as the league says it; of waves what they show of a trend."""
    if not reading.levels:
        return trend.sentences(reading)[0]
    units = [unit for unit in reading.units(reading.levels[0]) if unit.ok]
    if len(units) > 1:
        return league.sentences(reading, units, league.ranks_of(reading))[0]
    return stands(reading, reading.lang.names.key(rows[0], by), rows[0])


def ranks_picture(reading: Reading) -> Picture:
    """Ranks of the latest wave with their intervals, first at the top, and the index beside; of more than
    :data:`MANY` units both ends.

    Raises
    ------
    DataError
        The result has no ranks.
    """
    waves = ranked(reading.content, lang=reading.lang.code)
    if not waves:
        raise DataError(Problem("the result has no ranks", "ranks", remedy="name the group column with by="))
    rolled = reading.content.comparison("rollup") is not None
    by = ["unit"] if rolled else [c for c in reading.content.group_by if c != reading.column or not reading.levels]
    rows = formatting.records(reading.lang.names.frame(waves[-1].rows))
    shown, gap = _ends(rows)
    drawn = [_rank_row(" / ".join(clean(r[c]) for c in by), r) for r in shown]
    if gap:
        drawn.insert(_EACH_END, _between(reading, gap))
    known = [formatting.as_float(r[c]) for r in rows for c in ("rank", "among")]
    last = max((v for v in known if math.isfinite(v)), default=1.0)
    tr = reading.lang.tr
    look = Look((0.5, last + 0.5), heads=(tr("Rank"), tr("Index")), marks=_ticks(int(last)))

    def draw(width: float) -> Scene:
        return dot_chart(drawn, width, look)

    columns = [*by, *_RANKS, "index", "status"]
    data = pd.DataFrame([[r[c] for c in columns] for r in rows], columns=columns)
    subtitle = Message("Rank by {construct} with its interval; to the right the index from 0 to 100",
                       construct=reading.judged(reading.target))  # fmt: skip
    return picture(reading, "ranks", (first(rows), subtitle), draw, data)


def _ticks(last: int) -> tuple[float, ...]:
    """Every rank where there are few; else the first, multiples of a round number, and the last."""
    if last <= 9:
        return tuple(map(float, range(1, last + 1)))
    step = next(s * 10**e for e in range(7) for s in (1, 2, 5) if last / (s * 10**e) <= 5)
    return (1.0, *map(float, range(step, last - step // 2, step)), float(last))


def first(rows: Sequence[Mapping[str, Any]]) -> Message:
    """How many may be first, by the intervals of their ranks."""
    known = [r for r in rows if formatting.is_ok(r["status"]) and math.isfinite(formatting.as_float(r["rank_low"]))]
    n, may = str(len(known)), sum(formatting.as_float(r["rank_low"]) <= 1 for r in known)
    if not known:
        return Message("Ranks without intervals: nothing is said about who is first.")
    if may == 1:
        return Message("Only one of {n} may be first: the intervals of all other ranks leave 1 out.", n=n)
    if may == len(known):
        return Message("Who of {n} is first cannot be told: every rank's interval reaches to 1.", n=n)
    return Message("{may} of {n} may be first: the intervals of their ranks reach to 1.", may=str(may), n=n)


def _rank_row(name: str, row: Mapping[str, Any]) -> Row:
    rank, low, high = (formatting.as_float(row[c]) for c in _RANKS[:3])
    ok = formatting.is_ok(row["status"])
    shown = formatting.number(rank, 0) if math.isfinite(rank) else formatting.NONE
    if math.isfinite(low) and math.isfinite(high):
        shown = f"{formatting.number(low, 0)}–{formatting.number(high, 0)}" if low < high else shown
    return Row(name, rank, low, high, shown=shown, note=number(row["index"]), colour="accent" if ok else "amber",
               open=not ok, said=f"{name}: {shown}")  # fmt: skip


def _ends(rows: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Mapping[str, Any]], int]:
    """All rows where there are few, else both ends of the ranked ones; and how many are left out between."""
    known = [r for r in rows if math.isfinite(formatting.as_float(r["rank"]))]
    if len(rows) <= MANY or len(known) <= MANY:
        return (rows if len(rows) <= MANY else known), 0
    return both_ends(known)


def both_ends(rows: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Mapping[str, Any]], int]:
    """The first and the last of many rows, and how many lie between."""
    return [*rows[:_EACH_END], *rows[-_EACH_END:]], len(rows) - 2 * _EACH_END


def _between(reading: Reading, gap: int) -> Row:
    """A row that says how many are left out."""
    return Row(reading.lang.say(Message("… {n} more between these …", n=str(gap))))


def rollup_picture(reading: Reading) -> Picture:
    """Every unit of the roll-up of the latest wave, each above its members and further in than these.

    Raises
    ------
    DataError
        The result has no roll-up.
    """
    waves = rolled_units(reading.content, reading.lang.code)
    if not waves:
        remedy = "add rollup: {levels: [...], weights: file} to the spec (docs/rollup.md)"
        raise DataError(Problem("the result has no roll-up", "rollup", remedy=remedy))
    raw = formatting.records(waves[-1].rows)
    called = formatting.records(reading.lang.names.frame(waves[-1].rows))
    shown = [_unit_row(r) for r in called]
    top = raw[0]
    look = Look((0.0, 100.0), formatting.as_float(top["index"]), f"{clean(called[0]['unit'])} {number(top['index'])}",
                tree=True)  # fmt: skip

    def draw(width: float) -> Scene:
        return dot_chart(shown, width, look)

    columns = ["level", "unit", "parent", "depth", "index", "low", "high", "n", "weight_share", "status"]
    data = pd.DataFrame([[r[c] for c in columns] for r in raw], columns=columns)
    subtitle = Message("{measure}; each unit above its members, whose weighted mean it is", measure=measure(reading))
    words = _of_rollup(reading, clean(called[0]["unit"]), top), subtitle
    return picture(reading, "rollup", words, draw, data)


def _of_rollup(reading: Reading, name: str, top: Mapping[str, Any]) -> Message:
    """Where the top stands, and what is said of the level below it."""
    whole = stands(reading, name, top)
    below = reading.levels[-2] if len(reading.levels) > 1 else ""
    units = reading.units(below) if below else []
    if sum(u.ok for u in units) < 2:
        return whole
    return Message("{whole} {below}", whole=whole, below=levels.sentences(reading, below, units)[0])


def _unit_row(row: Mapping[str, Any]) -> Row:
    depth = int(row["depth"])
    return replace(_index_row(clean(row["unit"]), row, _LEVELS[min(depth, 2)]), depth=depth)
