"""Two groups or waves as one path diagram: what differs, by intervals or by permutation; and what changed, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message, Several, cells
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.diagram import Arrow, Node, diagram_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.diagram import parts
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import picture, signed_limits
from csimodels.spec.model import plain_text

Edge = tuple[str, str]
Row = Mapping[Any, Any]
#: Columns of permutation tests, and of differences with intervals.
_PERMUTED = ("first", "second", "subject", "difference", "p_adj")
_TESTED = ("source", "target", "low", "high", "p_adj", "different")
#: Where a table of results is looked for, the first that is there.
_CHANGES = ("wave_path_changes", "path_changes")


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group is called, its respondents, its paths and indices."""

    name: str
    n: float
    paths: Mapping[Edge, float]
    index: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Contrast:
    """The first less the second of one path; limits NaN where it was tested by permutation."""

    difference: float
    low: float
    high: float
    p: float
    sure: bool


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two groups with the tests of their paths, and how these were made."""

    first: _Group
    second: _Group
    tests: Mapping[Edge, _Contrast]
    data: pd.DataFrame
    how: Message


def difference_picture(
    reading: Reading, tests: pd.DataFrame | None = None, first: str = "", second: str = ""
) -> Picture:
    """What differs between two groups or waves, arrow by arrow.

    Parameters
    ----------
    reading : Reading
    tests : DataFrame
        Of ``result.path_changes()``, ``result.path_differences(against="pairs")`` or ``result.multigroup("paths")``;
        the changes to the last wave, or the two groups there are, where left out.
    first, second : str
        Groups as `tests` names them, or by their value alone; the last step of waves or the first pair by default.

    Raises
    ------
    DataError
        `tests` has not these columns, or not this pair; without tests: there are neither waves nor two groups.
    """
    pair = _pair_of(reading, _own(reading) if tests is None else tests, first, second)
    both, names = (pair.first, pair.second), (pair.first.name, pair.second.name)
    paths = [(str(r["source"]), str(r["target"])) for r in formatting.records(reading.content.table("paths"))]
    arrows = [_arrow(reading, edge, pair.tests.get(edge), both) for edge in paths]
    arrows += parts(reading, paths)
    nodes = [_node(reading, name, both) for name in reading.content.model.construct_names]

    def draw(width: float) -> Scene:
        return diagram_chart(nodes, arrows, width)

    sure = [e for e in paths if e in pair.tests and pair.tests[e].sure]
    words = (_finding(reading, names, sure, len(paths)), _how(names))
    text = "{group}: n = {n}"
    basis = [Message(text, group=g.name, n=formatting.number(g.n, 0)) for g in both if math.isfinite(g.n)]
    return picture(reading, "path_differences", words, draw, pair.data.reset_index(drop=True), (*basis, pair.how))


def changed_paths(reading: Reading) -> tuple[tuple[Message, ...], Picture | None]:
    """What is said of the paths since the wave before, and the figure where one changed; nothing without waves."""
    table = _changes(reading)
    if table is None or not reading.content.bears_verdicts:
        return (), None
    last = table[table["to"].map(_text) == reading.wave]
    known = last[last["low"].notna()]
    if known.empty:
        return (), None
    wave, rows = reading.wave_name(_text(last["from"].iloc[0])), formatting.records(known)
    together = int(table["p_adj"].notna().sum())  # of all steps
    sure = [r for r in rows if formatting.is_true(r["different"])]
    if not sure:
        text = (
            "No path of the model is shown to have changed since {wave}, with p-values corrected for all {n} changes "
            "between waves."
        )
        return (Message(text, wave=wave, n=together),), None
    said = [_said(reading, r) for r in sure]
    text = (
        "Changed measurably since {wave}, with p-values corrected for all {n} changes of paths between waves: {paths}."
    )
    return (Message(text, wave=wave, n=together, paths=Several(said, 3)),), difference_picture(reading, table)


def _said(reading: Reading, row: Row) -> Message:
    label, parts_of = reading.lang.label, (formatting.as_float(row[c]) for c in ("change", "low", "high"))
    x, low, high = parts_of
    text = "{path} by {change} (interval {limits})"
    path = f"{label(row['source'])} → {label(row['target'])}"
    return Message(text, path=path, change=formatting.signed(x, 2), limits=signed_limits(low, high, 2))


def _changes(reading: Reading) -> pd.DataFrame | None:
    """Changes of the paths of all respondents; those of the waves where they are the only groups."""
    names = _CHANGES if len(reading.content.group_by) == 1 else _CHANGES[:1]
    return next((t for t in map(reading.content.comparison, names) if t is not None), None)


def _own(reading: Reading) -> pd.DataFrame:
    """What the result itself has of two waves, or of the two groups there are."""
    found = _changes(reading)
    if found is None:
        found = reading.content.comparison("path_differences")
    if found is None or ("from" not in found and len(_pairs(reading, found)) != 1):
        remedy = 'give result.path_differences(against="pairs"), path_changes() or multigroup("paths")'
        raise DataError(Problem("which groups the figure compares is not stated", "path_differences", remedy=remedy))
    return found


def _pair_of(reading: Reading, tests: pd.DataFrame, first: str, second: str) -> _Pair:
    """The pair that is asked for."""
    if "subject" in tests or "first" in tests:
        return _permuted(reading, tests, first, second)
    kind = ("from", "to", "change") if "from" in tests else ("against", "difference")
    absent = [name for name in (*_TESTED, *kind) if name not in tests]
    if absent:
        remedy = 'give the table of result.path_differences(against="pairs"), path_changes() or multigroup("paths")'
        raise DataError(Problem("the tests of differences lack columns", "tests", listed(absent), remedy=remedy))
    pairs = _pairs(reading, tests)
    if "from" in tests and not (first or second):
        last = [key for key in pairs if key[0][-1] == reading.wave] or list(pairs)
        pairs = {key: pairs[key] for key in last[:1]}
    for (own, other), rows in pairs.items():
        if (not first or first in (*own, " / ".join(own))) and (not second or second in (*other, " / ".join(other))):
            return _with_intervals(reading, (own, other), rows)
    raise _unknown(first, second, [" – ".join(map(" / ".join, key)) for key in pairs])


def _unknown(first: str, second: str, known: Sequence[str]) -> DataError:
    what = "no such pair of groups was tested"
    return DataError(Problem(what, "path_differences", f"{first} – {second}", listed(list(dict.fromkeys(known)))))


def _pairs(reading: Reading, tests: pd.DataFrame) -> dict[tuple[tuple[str, ...], tuple[str, ...]], pd.DataFrame]:
    """Rows of every pair; a group by the texts of its columns, the wave last."""
    place = [*tests.columns].index("from" if "from" in tests else "against")
    units = [c for c in tests.columns[:place] if c not in ("level", "parent")]
    out: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = {}
    for i, row in enumerate(formatting.records(tests)):
        own = tuple(_text(row[c]) for c in units if c != reading.column)
        if "from" in row:
            key = (*own, _text(row["to"])), (*own, _text(row["from"]))
        else:
            wave = tuple(_text(row[c]) for c in units if c == reading.column)
            key = (*own, *wave), (_text(row["against"]), *wave)
        out.setdefault(key, []).append(i)
    return {key: tests.iloc[rows] for key, rows in out.items()}


def _with_intervals(reading: Reading, key: tuple[tuple[str, ...], tuple[str, ...]], rows: pd.DataFrame) -> _Pair:
    """Two groups by the rows of a table with intervals."""
    changes = "from" in rows
    known: dict[Edge, _Contrast] = {}
    sides: tuple[dict[Edge, float], dict[Edge, float]] = {}, {}
    for row in formatting.records(rows):
        edge = str(row["source"]), str(row["target"])
        x, low, high, p = (formatting.as_float(row[c]) for c in ("change" if changes else "difference", *_TESTED[2:5]))
        known[edge] = _Contrast(x, low, high, p, formatting.is_true(row["different"]))
        if changes:
            for side, column in zip(sides, ("after", "before"), strict=True):
                side[edge] = formatting.as_float(row[column])
    groups = [_found(reading, texts, side) for texts, side in zip(key, sides, strict=True)]
    level = f"{100 * reading.content.level:g}"
    how = Message("{level} % intervals, p corrected for all paths", level=level)
    return _Pair(groups[0], groups[1], known, rows, how)


def _found(reading: Reading, texts: tuple[str, ...], paths: Mapping[Edge, float]) -> _Group:
    """A group by the texts of its columns, with the indices that the tables have of it."""
    content, column = reading.content, reading.column
    by = [*(c for c in content.group_by if c != column), *([column] if column else [])]
    frames = [content.groups, content.group_table("paths")]
    if len(texts) < len(by):  # a wave of all respondents
        by, frames = [column], [content.comparison("wave_index"), None]
    rows = [[] if f is None else [r for r in formatting.records(f) if _texts(r, by) == texts] for f in frames]
    own = {(str(r["source"]), str(r["target"])): formatting.as_float(r["estimate"]) for r in rows[1]}
    name = " / ".join(_called(reading, c, t) for c, t in zip(by, texts, strict=False))
    return _of_rows(name or " / ".join(texts), rows[0], dict(paths) or own)


def _texts(row: Row, by: Sequence[str]) -> tuple[str, ...]:
    return tuple(_text(row[c]) for c in by)


def _of_rows(name: str, index: Sequence[Row], paths: Mapping[Edge, float]) -> _Group:
    n = max((formatting.as_float(r["n"]) for r in index), default=math.nan)
    return _Group(name, n, paths, {str(r["construct"]): formatting.as_float(r["index"]) for r in index})


def _permuted(reading: Reading, tests: pd.DataFrame, first: str, second: str) -> _Pair:
    """Two groups by permutation tests."""
    absent = [name for name in _PERMUTED if name not in tests]
    if absent:
        remedy = 'give the table of result.multigroup("paths")'
        raise DataError(Problem("the tests of differences lack columns", "tests", listed(absent), remedy=remedy))
    mine, alpha = _asked(tests, first, second), 1 - reading.content.level
    known = {}
    for row in formatting.records(mine):
        a, b = str(row["subject"]).split(" -> ")
        p = formatting.as_float(row["p_adj"])
        known[(a, b)] = _Contrast(formatting.as_float(row["difference"]), math.nan, math.nan, p, p < alpha)
    groups = [_named(reading, str(mine[side].iloc[0])) for side in ("first", "second")]
    kept = mine["kept"].iloc[0] if "kept" in mine else math.nan
    how = Message("permutations: {n}, p corrected for the pairs", n=formatting.number(kept, 0))
    return _Pair(groups[0], groups[1], known, mine, how)


def _asked(tests: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    pairs = list(dict.fromkeys(zip(tests["first"], tests["second"], strict=True)))
    for a, b in pairs:
        if all(not want or str(name) == want or str(name).endswith(f"= {want}")
               for want, name in ((first, a), (second, b))):  # fmt: skip
            found: pd.DataFrame = tests[(tests["first"] == a) & (tests["second"] == b)]
            return found
    raise _unknown(first, second, [f"{a} – {b}" for a, b in pairs])


def _named(reading: Reading, name: str) -> _Group:
    """What the tables say of the group that a permutation test calls `name`."""
    content = reading.content
    by, mine = content.group_by, []
    for frame in (content.group_table("paths"), content.group_table("index")):
        rows = [] if frame is None else formatting.records(frame)
        mine.append([r for r in rows if str(cells(by, [r[c] for c in by])) == name])
    paths = {(str(r["source"]), str(r["target"])): formatting.as_float(r["estimate"]) for r in mine[0]}
    called = [_called(reading, c, mine[1][0][c]) for c in by] if mine[1] else [clean(reading.lang.say(name))]
    return _of_rows(" / ".join(called), mine[1], paths)


def _called(reading: Reading, column: str, value: object) -> str:
    """A value by its label; a wave as waves are called."""
    names = reading.lang.names
    return clean(reading.wave_name(_text(value)) if column == reading.column else names.value(column, value))


def _text(value: object) -> str:
    return plain_text(value) if isinstance(value, (int, float)) else str(value)


def _arrow(reading: Reading, edge: Edge, test: _Contrast | None, groups: Sequence[_Group]) -> Arrow:
    if test is None:
        return Arrow(*edge, colour="ghost")
    x, verdict = test.difference, reading.content.bears_verdicts
    colour = "muted" if not verdict else "ghost" if not test.sure else "accent" if x > 0 else "amber"
    each = [group.paths.get(edge, math.nan) for group in groups]
    note = " / ".join(formatting.number(v, 2) for v in each) if all(map(math.isfinite, each)) else ""
    label, limits = reading.lang.label, formatting.interval(test.low, test.high, 3)
    said = f"{label(edge[0])} → {label(edge[1])}: {formatting.signed(x, 3)}"
    said += "" if limits == formatting.NONE else f" {limits}"
    said += f", p = {formatting.number(test.p, 3)}"
    width = 1.4 if math.isnan(x) else 1.2 + 12.0 * min(abs(x), 0.5)
    return Arrow(*edge, formatting.signed(x, 2), note, colour, width, verdict and not test.sure, said)


def _node(reading: Reading, name: str, groups: Sequence[_Group]) -> Node:
    each = [group.index.get(name, math.nan) for group in groups]
    value = " / ".join(formatting.number(v, 1) for v in each) if all(map(math.isfinite, each)) else ""
    return Node(name, reading.lang.label(name), value, "", name == reading.target)


def _finding(reading: Reading, names: tuple[str, ...], sure: Sequence[Edge], count: int) -> Message:
    if not reading.content.bears_verdicts:
        return Message("The model is flagged: its numbers, without a verdict.")
    groups = {"first": names[0], "second": names[1]}
    if not sure:
        text = "No path is shown to differ between {first} and {second}."
        return Message(text, **groups)
    label = reading.lang.label
    paths = Several([f"{label(a)} → {label(b)}" for a, b in sure], 3)
    text = "{n} of {all} paths differ measurably between {first} and {second}: {paths}."
    return Message(text, n=len(sure), all=count, paths=paths, **groups)


def _how(names: tuple[str, ...]) -> Message:
    text = "Each path of {first} less that of {second}, both below it; boxes: both indices; dashed: not shown to differ"
    return Message(text, first=names[0], second=names[1])
