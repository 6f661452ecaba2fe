"""The importance-performance map: which drivers count and stand low, as far as their intervals tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from csimodels.errors import DataError, Problem
from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.plane import Plane, Shape, Spot, plane_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import everybody, picture
from csimodels.tables.vocabulary import QUADRANTS

#: Colour and shape of each corner of the map.
_LOOKS: dict[str, tuple[str, Shape]] = {
    "improve": ("amber", "diamond"), "keep": ("accent", "dot"), "low": ("muted", "square"),
    "overkill": ("muted", "triangle"),
}  # fmt: skip
_CORNERS = ("overkill", "keep", "low", "improve")
_COLUMNS = ["driver", *(f"{name}{end}" for name in ("importance", "performance") for end in ("", "_low", "_high")),
            "quadrant"]  # fmt: skip


def map_picture(reading: Reading) -> Picture:
    """Every driver by its importance and performance, hollow where no corner is certain.

    Raises
    ------
    DataError
        Nothing leads to the index construct, or the fit bears no verdict (not identified, inadmissible, not
        converged), as for the page.
    """
    content = reading.content
    if content.drivers.empty:
        raise DataError(Problem("there are no drivers: nothing leads to the index construct", "drivers"))
    if not content.bears_verdicts:
        what = "the model is flagged: there is no map of drivers"
        remedy = "see result.notes for what is wrong; result.drivers() has the numbers with their state"
        raise DataError(Problem(what, "importance_performance", remedy=remedy))
    drivers = content.drivers
    known = drivers[drivers["importance"].notna() & drivers["performance"].notna()].reset_index(drop=True)
    rows = formatting.records(known)
    spots = [_spot(reading, row) for row in rows]
    cuts = lines_of(known, content.cuts)
    tr = reading.lang.tr
    corners = tuple((tr(QUADRANTS[key]), _LOOKS[key][0]) for key in _CORNERS)
    look = Plane((tr("Importance"), tr("Performance")), cuts, corners, (0.0, 100.0))

    def draw(width: float) -> Scene:
        return plane_chart(spots, width, look)

    words = finding(reading, rows), _measure(reading, rows)
    return picture(reading, "importance_performance", words, draw, known[_COLUMNS], everybody(reading))


def finding(reading: Reading, rows: Sequence[dict[Any, Any]]) -> Message:
    """The drivers that are important and low; only those whose corner the intervals leave no doubt about."""
    found = {key: Several([reading.lang.label(r["driver"]) for r in rows if r["quadrant"] == key], 4)
             for key in ("improve", "keep")}  # fmt: skip
    if not any(math.isfinite(formatting.as_float(r.get("importance_low"))) for r in rows):
        if found["improve"].parts:
            return Message("By the numbers alone, without intervals, important and low: {names}.",
                           names=found["improve"])  # fmt: skip
        return Message("No driver is important and low by the numbers alone; no intervals were computed.")
    if found["improve"].parts:
        return Message("Important and low (the corner “improve first”): {names}.", names=found["improve"])
    if found["keep"].parts:
        text = "Important and already high: {names}; no driver is shown to be important and low."
        return Message(text, names=found["keep"])
    return Message("No driver is shown to be important and low, and none to be important and high.")


def _measure(reading: Reading, rows: Sequence[dict[Any, Any]]) -> Message:
    target = reading.judged(reading.target)
    if any(r["quadrant"] == "unclear" for r in rows):
        return Message("Across: points of {construct} that go with 1 point more of a driver; up: index of the driver; "
                       "hollow: which corner it lies in cannot be told", construct=target)  # fmt: skip
    return Message("Across: points of {construct} that go with 1 point more of a driver; up: index of the driver",
                   construct=target)  # fmt: skip


def _spot(reading: Reading, row: dict[Any, Any]) -> Spot:
    ends = {name: tuple(formatting.as_float(row.get(f"{name}_{end}")) for end in ("low", "high"))
            for name in ("importance", "performance")}  # fmt: skip
    x, y = formatting.as_float(row["importance"]), formatting.as_float(row["performance"])
    label = clean(name_on_map(reading, str(row["driver"])))
    colour, shape = _LOOKS.get(str(row["quadrant"]), ("ink", "dot"))
    said = f"{label}: {formatting.number(x, 2)}, {formatting.number(y, 1)}"
    across, up = ends["importance"], ends["performance"]
    return Spot(label, x, y, (across[0], across[1]), (up[0], up[1]), colour, shape, row["quadrant"] == "unclear",
                said=said)  # fmt: skip


def name_on_map(reading: Reading, name: str) -> str:
    """Label of a driver, and that its index is turned round where lower is better."""
    label = reading.lang.label(name)
    if reading.content.model.direction(name) > 0:
        return label
    return reading.lang.tr("{construct} (100 less its index)").format(construct=label)


def lines_of(drivers: pd.DataFrame, cuts: tuple[float, float] = (math.nan, math.nan)) -> tuple[float, float]:
    """Where the lines between the corners stand: importance, then performance; NaN where there is none.

    They stand at `cuts`.  Where none is stated they stand at the mean if that agrees with the quadrants given, else
    halfway between the drivers on either side; where no straight line agrees there is none.
    """
    across = cuts[0] if math.isfinite(cuts[0]) else _line(drivers, "importance", ("keep", "improve"))
    return across, cuts[1] if math.isfinite(cuts[1]) else _line(drivers, "performance", ("keep", "overkill"))


def _line(drivers: pd.DataFrame, column: str, above: tuple[str, ...]) -> float:
    values = [formatting.as_float(v) for v in drivers[column]]
    known = [(v, q in above) for v, q in zip(values, drivers["quadrant"], strict=True) if q in QUADRANTS]
    known = [(v, up) for v, up in known if math.isfinite(v)]
    mean = sum(v for v, _ in known) / max(1, len(known))
    unclear = [q == "unclear" for v, q in zip(values, drivers["quadrant"], strict=True) if q in QUADRANTS and v == v]
    sure = [pair for pair, open_ in zip(known, unclear, strict=True) if not open_]
    below, over = [v for v, up in sure if not up], [v for v, up in sure if up]
    if any(unclear):
        return mean if max(below, default=mean) <= mean <= min(over, default=mean) else math.nan
    if not below or not over or max(below) > min(over):
        return math.nan
    return mean if max(below) <= mean <= min(over) else (max(below) + min(over)) / 2
