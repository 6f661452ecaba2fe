"""The model as a figure: constructs, arrows with their coefficients, and questions on request."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.diagram import Arrow, Node, diagram_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import everybody, picture

Edge = tuple[str, str]
Rows = Sequence[Mapping[str, Any]]


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
    return [*(Arrow(a, b, colour="ghost") for a, b in absent), *parts(reading, [*known, *absent])]


def parts(reading: Reading, paths: Sequence[Edge]) -> list[Arrow]:
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
