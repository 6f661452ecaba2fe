"""The model as a figure: constructs, arrows with their coefficients, questions on request, and what differs."""

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
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import everybody, picture
from csimodels.spec.model import plain_text

Edge = tuple[str, str]
Rows = Sequence[Mapping[str, Any]]
_TESTS = ("first", "second", "subject", "difference", "p_adj")


def path_picture(reading: Reading, items: bool = False) -> Picture:
    """The path diagram of all respondents; of a flagged model the numbers alone, without a verdict on any arrow.

    Parameters
    ----------
    reading : Reading
    items : bool
        Show the questions of every construct with their loadings.
    """
    content = reading.content
    rows = formatting.records(content.table("paths"))
    arrows = [_arrow(reading, r) for r in rows] + _unnumbered(reading, rows)
    nodes = _nodes(reading, items)

    def draw(width: float) -> Scene:
        return diagram_chart(nodes, arrows, width)

    words = (_finding(reading, rows), _reading_of(reading, items))
    return picture(reading, "path_diagram", words, draw, _data(reading, items), everybody(reading))


def difference_picture(reading: Reading, tests: pd.DataFrame, first: str = "", second: str = "") -> Picture:
    """What differs between two groups or waves, arrow by arrow.

    Parameters
    ----------
    reading : Reading
    tests : DataFrame
        Of ``result.multigroup("paths")``: ``first, second, subject, difference, p_adj``.
    first, second : str
        Groups as `tests` names them, or by their value alone; the first pair by default.

    Raises
    ------
    DataError
        `tests` has not these columns, or not this pair.
    """
    absent = [name for name in _TESTS if name not in tests]
    if absent:
        remedy = 'give the table of result.multigroup("paths")'
        raise DataError(Problem("the tests of differences lack columns", "tests", listed(absent), remedy=remedy))
    mine = _pair(tests, first, second)
    known = {tuple(str(r["subject"]).split(" -> ")): r for r in formatting.records(mine)}
    pair = tuple(str(mine[name].iloc[0]) for name in ("first", "second"))
    by_group = [_of_group(reading, name) for name in pair]
    names = tuple(group.name for group in by_group)
    alpha = 1 - reading.content.level
    paths = [(str(r["source"]), str(r["target"])) for r in formatting.records(reading.content.table("paths"))]
    arrows = [_difference(reading, edge, known.get(edge), by_group, alpha) for edge in paths]
    arrows += _parts(reading, paths)
    nodes = [_both(reading, name, by_group) for name in reading.content.model.construct_names]

    def draw(width: float) -> Scene:
        return diagram_chart(nodes, arrows, width)

    sure = [e for e in paths if e in known and formatting.as_float(known[e]["p_adj"]) < alpha]
    words = (_differing(reading, names, sure, len(paths)), _how(names))
    basis = tuple(Message("{group}: n = {n}", group=g.name, n=formatting.number(g.n, 0)) for g in by_group)
    kept = mine["kept"].iloc[0] if "kept" in mine else math.nan
    tested = Message("permutations: {n}, p corrected for the pairs", n=formatting.number(kept, 0))
    return picture(reading, "path_differences", words, draw, mine.reset_index(drop=True), (*basis, tested))


def _finding(reading: Reading, rows: Rows) -> Message:
    content = reading.content
    if not content.bears_verdicts:
        return Message("The model is flagged: its numbers, without a verdict.")
    if not rows:
        return Message("The model and its constructs")
    known = [r for r in rows if math.isfinite(formatting.as_float(r["low"]))]
    if not known:
        return Message("The model and its coefficients; no intervals were computed.")
    sure = [r for r in known if not formatting.includes_zero(r["low"], r["high"])]
    if len(sure) == len(rows):
        return Message("All {n} paths are measurable: no interval includes 0.", n=len(rows))
    text = "{n} of {all} paths are measurable; where an arrow is dashed, the interval includes 0."
    return Message(text, n=len(sure), all=len(rows))


def _reading_of(reading: Reading, items: bool) -> Message:
    explained = reading.content.table("r2")["r2"].notna().any()
    if items:
        return Message("Arrows: standardised coefficients; boxes: index, R², questions with their loadings")
    if explained:
        return Message("Arrows: standardised coefficients, the wider the larger; boxes: index from 0 to 100 and R²")
    return Message("Arrows: standardised coefficients, the wider the larger; boxes: index from 0 to 100")


def _arrow(reading: Reading, row: Mapping[str, Any]) -> Arrow:
    x, low, high = (formatting.as_float(row[name]) for name in ("estimate", "low", "high"))
    unsure, verdict = formatting.includes_zero(low, high), reading.content.bears_verdicts
    colour = "muted" if not verdict else "ghost" if unsure else "amber" if x < 0 else "accent"
    label = reading.lang.label
    said = f"{label(row['source'])} → {label(row['target'])}: {formatting.number(x, 3)}"
    limits = formatting.interval(low, high, 3)
    said += "" if limits == formatting.NONE else f" {limits}"
    width = 1.4 if math.isnan(x) else 1.2 + 5.0 * min(abs(x), 1.1)
    ends = str(row["source"]), str(row["target"])
    return Arrow(*ends, formatting.number(x, 2), "", colour, width, verdict and unsure, said)


def _unnumbered(reading: Reading, rows: Rows) -> list[Arrow]:
    """Arrows that the table has no row for: paths of the model, and from the parts to a construct made of them."""
    known, model = [(str(r["source"]), str(r["target"])) for r in rows], reading.content.model
    absent = [e for e in model.paths if e not in known and set(e) <= set(model.construct_names)]
    return [*(Arrow(a, b, colour="ghost") for a, b in absent), *_parts(reading, [*known, *absent])]


def _parts(reading: Reading, paths: Sequence[Edge]) -> list[Arrow]:
    """From the parts to a construct made of them, where no path says so."""
    links = [(part, c.name) for c in reading.content.model.constructs for part in c.of]
    return [Arrow(a, b, colour="ghost") for a, b in links if (a, b) not in paths and (b, a) not in paths]


def _nodes(reading: Reading, items: bool) -> list[Node]:
    content, label = reading.content, reading.lang.label
    index = {str(r["construct"]): r for r in formatting.records(content.table("index"))}
    r2 = {str(r["construct"]): formatting.as_float(r["r2"]) for r in formatting.records(content.table("r2"))}
    loadings = _loadings(reading) if items else {}
    out = []
    for name in content.model.construct_names:
        value = formatting.number(index[name]["index"], 1) if name in index else ""
        explained = r2.get(name, math.nan)
        note = f"R² {formatting.number(explained, 2)}" if math.isfinite(explained) else ""
        asked = tuple((item, formatting.number(x, 2)) for item, x in loadings.get(name, ()))
        out.append(Node(name, label(name), value, note, name == reading.target, asked))
    return out


def _loadings(reading: Reading) -> dict[str, list[tuple[str, float]]]:
    out: dict[str, list[tuple[str, float]]] = {}
    for row in formatting.records(reading.content.table("loadings")):
        out.setdefault(str(row["construct"]), []).append((clean(row["item"]), formatting.as_float(row["loading"])))
    return out


def _data(reading: Reading, items: bool) -> pd.DataFrame:
    paths: pd.DataFrame = reading.content.table("paths")[["source", "target", "estimate", "low", "high"]]
    if not items:
        return paths
    loadings = reading.content.table("loadings")[["construct", "item", "loading", "low", "high"]]
    loadings = loadings.set_axis(list(paths.columns), axis=1)
    both = pd.concat([paths.astype(object), loadings.astype(object)], ignore_index=True)
    both["kind"] = ["path"] * len(paths) + ["loading"] * len(loadings)
    return both


def _pair(tests: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    pairs = list(dict.fromkeys(zip(tests["first"], tests["second"], strict=True)))
    for a, b in pairs:
        if all(not want or str(name) == want or str(name).endswith(f"= {want}")
               for want, name in ((first, a), (second, b))):  # fmt: skip
            found: pd.DataFrame = tests[(tests["first"] == a) & (tests["second"] == b)]
            return found
    known = listed([f"{a} – {b}" for a, b in pairs])
    raise DataError(Problem("no such pair of groups was tested", "path_differences", f"{first} – {second}", known))


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group is called, its respondents, its paths and indices."""

    name: str
    n: float
    paths: Mapping[Edge, float]
    index: Mapping[str, float]


def _of_group(reading: Reading, name: str) -> _Group:
    """What the tables say of the group that a test calls `name`."""
    content = reading.content
    mine = []
    for frame in (content.group_table("paths"), content.group_table("index")):
        rows = [] if frame is None else formatting.records(frame)
        mine.append([r for r in rows if str(cells(content.group_by, [r[c] for c in content.group_by])) == name])
    paths = {(str(r["source"]), str(r["target"])): formatting.as_float(r["estimate"]) for r in mine[0]}
    index = {str(r["construct"]): formatting.as_float(r["index"]) for r in mine[1]}
    called = _called(reading, mine[1][0]) if mine[1] else clean(reading.lang.say(name))
    return _Group(called, max((formatting.as_float(r["n"]) for r in mine[1]), default=math.nan), paths, index)


def _called(reading: Reading, row: Mapping[str, Any]) -> str:
    """A group by its labels; a wave as waves are called."""
    by = reading.content.group_by
    parts = (reading.wave_name(plain_text(row[c])) if c == reading.column else reading.lang.names.value(c, row[c])
             for c in by)  # fmt: skip
    return " / ".join(clean(part) for part in parts)


def _difference(reading: Reading, edge: Edge, test: Mapping[str, Any] | None, groups: Sequence[_Group],
                alpha: float) -> Arrow:  # fmt: skip
    if test is None:
        return Arrow(*edge, colour="ghost")
    x, p = formatting.as_float(test["difference"]), formatting.as_float(test["p_adj"])
    sure = p < alpha
    colour = "ghost" if not sure else "accent" if x > 0 else "amber"
    each = [group.paths.get(edge, math.nan) for group in groups]
    note = " / ".join(formatting.number(v, 2) for v in each) if all(map(math.isfinite, each)) else ""
    label = reading.lang.label
    said = f"{label(edge[0])} → {label(edge[1])}: {formatting.signed(x, 3)}, p = {formatting.number(p, 3)}"
    width = 1.4 if math.isnan(x) else 1.2 + 12.0 * min(abs(x), 0.5)
    return Arrow(*edge, formatting.signed(x, 2), note, colour, width, not sure, said)


def _both(reading: Reading, name: str, groups: Sequence[_Group]) -> Node:
    each = [group.index.get(name, math.nan) for group in groups]
    value = " / ".join(formatting.number(v, 1) for v in each) if all(map(math.isfinite, each)) else ""
    return Node(name, reading.lang.label(name), value, "", name == reading.target)


def _differing(reading: Reading, names: tuple[str, ...], sure: Sequence[Edge], count: int) -> Message:
    parts = {"first": names[0], "second": names[1]}
    if not sure:
        text = "No path is shown to differ between {first} and {second}."
        return Message(text, **parts)
    label = reading.lang.label
    paths = Several([f"{label(a)} → {label(b)}" for a, b in sure], 3)
    text = "{n} of {all} paths differ measurably between {first} and {second}: {paths}."
    return Message(text, n=len(sure), all=count, paths=paths, **parts)


def _how(names: tuple[str, ...]) -> Message:
    text = "Each path of {first} less that of {second}, both below it; boxes: both indices; dashed: not shown to differ"
    return Message(text, first=names[0], second=names[1])
