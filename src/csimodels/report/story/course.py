"""The index over all waves with targets, breaks of method and control limits, of all respondents and of the groups."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.change_summary import rose_and_fell
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.lines import STYLES, Course, Marks, Point, lines_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.standing import wave_column
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import measure, picture, signed_limits
from csimodels.spec.model import plain_text
from csimodels.tables import catalogue

#: Charts of groups, one for each domain.
MOST_CHARTS = 6
_YEAR = re.compile("(19|20)[0-9]{2}")


def course_pictures(reading: Reading) -> Iterator[tuple[str, Picture]]:
    """``(name, figure)`` of all respondents and of the groups; none without the table ``trend``."""
    wave = wave_column(reading.content)
    for name in ("wave_trend", "trend"):
        frame = of_index(reading.content, name)
        if frame is None or wave not in frame or frame.empty:
            continue
        units = [column for column in keys_of("trend", frame) if column != wave]
        tests = of_index(reading.content, f"{name}_tests")
        yield from _charts(reading, frame, tests, units)


def of_index(content: Content, name: str) -> pd.DataFrame | None:
    """Rows of the index construct; None where there is no such table."""
    frame = content.comparison(name)
    return None if frame is None else frame[frame["construct"] == content.model.index.construct].reset_index(drop=True)


def keys_of(name: str, frame: pd.DataFrame) -> list[str]:
    """Group columns in front of a table."""
    table = catalogue.find(name)
    known = () if table is None else table.column_names
    return [str(column) for column in frame.columns if column not in known]


def _charts(
    reading: Reading, frame: pd.DataFrame, tests: pd.DataFrame | None, units: list[str]
) -> Iterator[tuple[str, Picture]]:
    """One chart of all lines; with several group columns one for each domain, with a line for each unit."""
    asked = reading.content.model.decisions.benchmark
    unit = asked.unit if asked is not None and asked.unit in units else "".join(units[:1])
    domains = [column for column in units if column != unit]
    if not domains:
        yield "", _picture(reading, frame, tests, units, "")
        return
    for key, rows in list(frame.groupby(domains, sort=False))[:MOST_CHARTS]:
        label = reading.content.model.label_of
        name = clean(" / ".join(label(c, v, reading.lang.code) for c, v in zip(domains, key, strict=True)))
        mine = tests
        if tests is not None:
            same = [all(plain_text(r[c]) == plain_text(v) for c, v in zip(domains, key, strict=True))
                    for r in formatting.records(tests)]  # fmt: skip
            mine = tests[same]
        yield name, _picture(reading, rows.reset_index(drop=True), mine, [unit], name)


def _picture(
    reading: Reading, frame: pd.DataFrame, tests: pd.DataFrame | None, units: Sequence[str], domain: str
) -> Picture:
    wave = wave_column(reading.content)
    records = formatting.records(frame)
    waves = list(dict.fromkeys(plain_text(r[wave]) for r in records))
    lines = list(dict.fromkeys(tuple(plain_text(r[u]) for u in units) for r in records))[: len(STYLES)]
    rows = [r for r in records if tuple(plain_text(r[u]) for u in units) in lines]
    mine = {line: [r for r in rows if tuple(plain_text(r[u]) for u in units) == line] for line in lines}
    courses = [_course(reading, mine[line], (units, line), waves) for line in lines]
    tr = reading.lang.tr
    goal = formatting.as_float(rows[0]["target"])
    breaks = tuple(k for k, w in enumerate(waves) if k and any(plain_text(r[wave]) == w and r["break"] is True
                                                               for r in rows))  # fmt: skip
    marks = Marks(goal, f"{tr('target')} {formatting.number(goal, 1)}", breaks, tr("break of method"))
    names = [reading.wave_name(w) for w in waves]

    def draw(width: float) -> Scene:
        return lines_chart(names, courses, width, marks)

    n = _counted(reading, rows, [column for column in keys_of("trend", frame) if column != wave])
    parts = [Message("{domain}", domain=domain)] if domain else []
    parts += [Message("{n} respondents in all waves", n=formatting.number(n, 0))] if math.isfinite(n) else []
    parts.append(Message("{low} to {high}", low=names[0], high=names[-1]))
    columns = [wave, *units, "index", "low", "high", "target", "break", "outside"]
    words = finding(reading, tests, waves), _measure(reading, rows)
    return picture(reading, "trend", words, draw, frame[columns], tuple(parts))


def _counted(reading: Reading, rows: Sequence[dict[Any, Any]], units: Sequence[str]) -> float:
    """Respondents of the waves and units that are drawn; NaN where the tables do not say."""
    wave, content = wave_column(reading.content), reading.content
    frame = content.group_table() if units or len(content.group_by) == 1 else content.comparison("wave_index")
    if frame is None or not {wave, *units, "n"} <= set(frame.columns):
        return math.nan
    drawn = {tuple(plain_text(r[c]) for c in (wave, *units)) for r in rows}
    own = formatting.records(frame[frame["construct"] == reading.target])
    return sum(formatting.as_float(r["n"]) for r in own if tuple(plain_text(r[c]) for c in (wave, *units)) in drawn)


def _course(
    reading: Reading, rows: Sequence[dict[Any, Any]], of: tuple[Sequence[str], tuple[str, ...]], waves: Sequence[str]
) -> Course:
    wave, label, code = wave_column(reading.content), reading.content.model.label_of, reading.lang.code
    name = clean(" / ".join(label(u, v, code) for u, v in zip(*of, strict=True)))
    points = []
    for r in rows:
        x, low, high = (formatting.as_float(r[c]) for c in ("index", "low", "high"))
        points.append(Point(waves.index(plain_text(r[wave])), x, low, high, bool(r["outside"])))
    return Course(name or reading.lang.tr("All respondents"), tuple(points))


def _measure(reading: Reading, rows: Sequence[dict[Any, Any]]) -> Message:
    if any(bool(r["outside"]) for r in rows):
        return Message("{measure}; hollow: outside the control limits", measure=measure(reading))
    return measure(reading)


def finding(reading: Reading, tests: pd.DataFrame | None, waves: Sequence[str]) -> Message:
    """Whether the slope of the waves is measurable; of several lines how many rise and fall."""
    rows = [] if tests is None else formatting.records(tests)
    label = reading.lang.label(reading.target)
    sides = [_side(r) for r in rows]
    if not rows or all(side is None for side in sides):
        return Message("{construct} over {n} waves; no slope was tested.", construct=label, n=str(len(waves)))
    if len(rows) > 1:
        up, down = (sum(side == sign for side in sides) for sign in (1, -1))
        if not up and not down:
            return Message("None of {n} groups rose or fell measurably.", n=str(len(rows)))
        return Message("Of {n} groups, {moves} measurably.", n=str(len(rows)), moves=rose_and_fell(up, down))
    slope, low, high = (formatting.as_float(rows[0][c]) for c in ("slope", "low", "high"))
    parts = {"construct": label, "x": formatting.signed(slope, 1), "limits": signed_limits(low, high)}
    yearly = all(_YEAR.fullmatch(w) for w in waves)
    if not sides[0]:
        if yearly:
            return Message("No measurable slope of {construct}: {x} points a year (interval {limits}).", **parts)
        return Message("No measurable slope of {construct}: {x} points a wave (interval {limits}).", **parts)
    if yearly:
        return Message("{construct} changes measurably, by {x} points a year (interval {limits}).", **parts)
    return Message("{construct} changes measurably, by {x} points a wave (interval {limits}).", **parts)


def _side(row: dict[Any, Any]) -> int | None:
    """1 and -1 where the interval of a slope leaves 0 out; None without one."""
    low, high = formatting.as_float(row["low"]), formatting.as_float(row["high"])
    return None if math.isnan(low) or math.isnan(high) else int(low > 0) - int(high < 0)
