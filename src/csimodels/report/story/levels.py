"""Sectors and industries: the units of every level between the top and the lowest, in order."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csimodels.messages import Message, Part
from csimodels.report import formatting
from csimodels.report.change_summary import rose_and_fell
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.standing import of_current_wave
from csimodels.report.story.reading import Change, Reading, Unit, change_of
from csimodels.report.story.section import Section, limits, measure, number, overlap, picture, points

_MOST = 40


def levels(reading: Reading) -> Section | None:
    """Units of the levels in between; None where there are none."""
    between = reading.levels[1:-1] if reading.top.unit else reading.levels[1:]
    found = [(level, reading.units(level)) for level in reversed(between)]
    found = [(level, units) for level, units in found if sum(u.ok for u in units) > 1]
    if not found:
        return None
    said = tuple(text for level, units in found for text in sentences(reading, level, units))
    drawn = tuple(_picture(reading, level, units) for level, units in found)
    names = reading.level_words(*(level for level, _ in found))
    return Section("levels", Message("Results by {names}", names=names), said, drawn)


def sentences(reading: Reading, level: str, units: Sequence[Unit]) -> tuple[Message, ...]:
    """Who is highest and lowest, with *leads* only where the interval is clear of all others, and who changed.

    The gap between both is said with its interval, of the table ``first_last``, whose corrected verdict counts.
    """
    ok = [u for u in units if u.ok]
    first, last = ok[0], ok[-1]
    gap = _gap(reading, level, first, last)
    apart = not overlap(first, last) if gap is None else gap.different
    name, n = reading.level_words(level), str(len(ok))
    parts: dict[str, Part] = {"level": name, "n": n, "unit": first.name, "value": number(first.index)}
    near = [other for other in ok[1:] if overlap(first, other) and not (apart and other is last)]
    near = near if near or apart else [ok[1]]
    if near:
        second = near[0]
        text = "By {level}: {unit} is highest of {n} with {value}, but not clear of {other} ({next})."
        if reading.sense < 0:
            text = "By {level}: {unit} is lowest of {n} with {value}, but not clear of {other} ({next})."
        out = [Message(text, **parts, other=second.name, next=number(second.index))]
    else:
        out = [Message("By {level}: {unit} is first of {n} with {value}, clear of the rest.", **parts)]
    out.append(_last(reading, ok, gap) if apart else Message("The highest and the lowest cannot be told apart."))
    return (*out, *changed(ok), *reading.remark())


def _last(reading: Reading, ok: Sequence[Unit], gap: Change | None) -> Message:
    """The last of a level, and how far it is behind the first; the distance only where its interval is known."""
    last, low = ok[-1], reading.sense < 0
    parts: dict[str, str | Message] = {"unit": last.name, "value": number(last.index)}
    near = next((other for other in ok[-2:0:-1] if overlap(last, other)), None)
    if near is not None:
        parts["other"] = near.name
    if gap is None:
        if near is None:
            return Message("{unit} is last with {value}.", **parts)
        text = "{unit} is highest with {value}, but not clear of {other}."
        return Message(text if low else "{unit} is lowest with {value}, but not clear of {other}.", **parts)
    ends = sorted((abs(gap.low), abs(gap.high)))
    parts |= {"gap": points(gap.change), "limits": limits(ends[0], ends[1])}
    if near is not None:
        text = "{unit} is lowest with {value}, {gap} points behind the highest (interval {limits}), but not clear of " \
               "{other}."  # fmt: skip
        if low:
            text = "{unit} is highest with {value}, {gap} points behind the lowest (interval {limits}), but not " \
                   "clear of {other}."  # fmt: skip
        return Message(text, **parts)
    text = "{unit} is last with {value}, {gap} points behind the highest (interval {limits})."
    if low:
        text = "{unit} is last with {value}, {gap} points behind the lowest (interval {limits})."
    return Message(text, **parts)


def _gap(reading: Reading, level: str, first: Unit, last: Unit) -> Change | None:
    """The difference of the first of a level and the last, of the table that tests it; None where it is not there."""
    frame = reading.content.comparison("first_last")
    if frame is None or not level or reading.content.about:
        return None
    for row in formatting.records(of_current_wave(reading.content, frame)):
        if (str(row["level"]), str(row["unit"]), str(row["against"])) == (level, first.key, last.key):
            found = change_of({**row, "change": row["difference"]})
            return found if found.known else None
    return None


def changed(units: Sequence[Unit]) -> tuple[Message, ...]:
    """How many changed measurably after correction; nothing where no change was tested."""
    tested = [u for u in units if u.change.known]
    if not tested:
        return ()
    up, down = (sum(u.change.moved == sign for u in tested) for sign in (1, -1))
    n = str(len(tested))
    if not up and not down:
        return (Message("None of the {n} changed measurably.", n=n),)
    return (Message("Of the {n}, {moves} measurably.", n=n, moves=rose_and_fell(up, down)),)


def row(unit: Unit, colour: str = "accent") -> Row:
    """A unit as a row of a chart of dots: index, interval, last wave's ghost, and its change."""
    change = unit.change
    note = ""
    if change.known:
        note = f"{formatting.signed(change.change, 1)} {'▼ ▲'[change.moved + 1]}".strip()
    said = f"{unit.name}: {number(unit.index)} {formatting.interval(unit.low, unit.high, 1)}"
    told = ("amber", "muted", "accent")[change.better + 1]
    return Row(unit.name, unit.index, unit.low, unit.high, change.before, number(unit.index), note,
               colour if unit.ok else "amber", told, said=said)  # fmt: skip


def legend(reading: Reading, units: Sequence[Unit]) -> tuple[tuple[str, str], ...]:
    """What the marks of a chart of units mean."""
    tr = reading.lang.tr
    out = [("accent", tr("index with interval") if reading.lang.intervals else tr("index"))]
    if any(u.change.known for u in units):
        out.append(("ghost", reading.wave_name(reading.top.before_wave) or tr("wave before")))
    return tuple(out)


def heads(reading: Reading, units: Sequence[Unit]) -> tuple[str, str]:
    """What stands above the numbers of a chart of units, and above their changes."""
    now = reading.wave_name(reading.wave) if reading.wave else ""
    return now, reading.lang.tr("change") if any(u.change.known for u in units) else ""


def frame_of(units: Sequence[Unit]) -> pd.DataFrame:
    """What a chart of units is drawn from."""
    columns = ["unit", "parent", "index", "low", "high", "n", "before", "change", "change_low", "change_high", "moved"]
    rows = [
        (u.name, u.parent, u.index, u.low, u.high, u.n, u.change.before, u.change.change, u.change.low, u.change.high,
         u.change.moved)
        for u in units
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _picture(reading: Reading, level: str, units: Sequence[Unit]) -> Picture:
    shown = units[:_MOST]
    top = reading.top
    line = top.index if top.unit else float("nan")
    above = reading.content.model.label_of(reading.levels[-1], top.unit, reading.lang.code) if top.unit else ""
    look = Look((0, 100), line, f"{above} {number(line)}" if above else "", (top.low, top.high) if top.unit else
                (float("nan"), float("nan")), legend=legend(reading, shown), heads=heads(reading, shown))  # fmt: skip

    def draw(width: float) -> Scene:
        return dot_chart([row(u) for u in shown], width, look)

    said = sentences(reading, level, units)[0]
    key = f"levels_{level}"
    return picture(reading, key, (said, measure(reading)), draw, frame_of(units))
