"""Sheets of figures whose tables are not their data: map, answers, constructs; their charts and colours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.charts.axis import axis
from csimodels.report.figures.picture import Picture
from csimodels.report.html.table_views import Lang
from csimodels.tables.vocabulary import QUADRANTS

#: Figures by their key.
MAP, INDEX, ANSWERS = "importance_performance", "index", "answers"
_SIDE = {"width": 760, "height": 420}
#: Lines behind a chart.
GRID = {"visible": True, "line": {"color": style.LINE}}
#: Colours of shares from the lowest answer to the highest; those between are mixed of their neighbours.
_SHARES = ("#c0692b", "#e3c4ab", "#e8eef1", "#8fb8cd", "#17587f")


def prepared(picture: Picture, tell: Lang) -> pd.DataFrame:
    """The data of a figure as the table of its sheet, names in words."""
    data = picture.data
    if picture.key == ANSWERS:
        found = data.pivot_table(index="item", columns="level", values="share", sort=False, aggfunc="first")
        levels = sorted(found.columns.map(float))
        shares = found[levels].set_axis([f"{level:g}" for level in levels], axis="columns")
        return shares.reset_index().assign(item=[clean(tell.label(name)) for name in found.index])
    data = data.dropna(axis=1, how="all")
    if "change" not in data:  # of one wave
        data = data.drop(columns="moved", errors="ignore")
    if picture.key == INDEX:
        return data.drop(columns="status", errors="ignore").assign(
            construct=[clean(tell.judged(name)) for name in data["construct"]]
        )
    if "quadrant" in data:
        return data.assign(
            quadrant=[tell.tr(QUADRANTS[name]) if name in QUADRANTS else "" for name in data["quadrant"]]
        )
    return data


def points(
    book: Any, name: str, data: pd.DataFrame, top: int, lengths: Mapping[str, Mapping[str, Any] | None], tell: Lang
) -> Any:
    """Every row a point at its importance and performance, under its name, with whiskers where they are known.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    name : str
        Sheet that holds the data.
    data : DataFrame
    top : int
        Row of the first point.
    lengths : mapping
        Whiskers of ``importance`` and ``performance``, of all rows.
    tell : Lang
        Language of the titles of the axes.
    """
    chart, columns = book.add_chart({"type": "scatter"}), list(data.columns)
    across, up = columns.index("importance"), columns.index("performance")
    for k in range(len(data)):
        at = top + k
        series: dict[str, Any] = {
            "name": [name, at, 0], "categories": [name, at, across, at, across], "values": [name, at, up, at, up],
            "marker": {"type": "circle", "size": 8, "fill": {"color": style.ACCENT}, "border": {"color": "#ffffff"}},
            "data_labels": {"series_name": True, "value": False, "position": "above"},
        }  # fmt: skip
        for way, column in (("x", "importance"), ("y", "performance")):
            whole = lengths.get(column)
            if whole is not None:
                series[f"{way}_error_bars"] = part_of(whole, k, k) | {"line": {"color": style.MUTED, "width": 0.75}}
        chart.add_series(series)
    titles = [{"name": tell.tr(text)} for text in ("Importance", "Performance")]
    plain = {"major_gridlines": GRID, "label_position": "low"}
    chart.set_x_axis(round_ends(data, "importance") | plain | {"num_format": "0.0"} | titles[0])
    chart.set_y_axis(round_ends(data, "performance", (0.0, 100.0)) | plain | {"num_format": "0"} | titles[1])
    chart.set_legend({"none": True})
    chart.set_size(_SIDE)
    return chart


def part_of(whole: Mapping[str, Any], first: int, last: int) -> dict[str, Any]:
    """Whiskers of some rows, counted from 0, out of those of all."""
    from xlsxwriter.utility import xl_cell_to_rowcol, xl_range_formula

    out = dict(whole)
    for end in ("plus", "minus"):
        sheet, _, cells = whole[f"{end}_values"].removeprefix("=").rpartition("!")
        row, column = xl_cell_to_rowcol(cells.split(":")[0])
        name = sheet.strip("'").replace("''", "'")
        out[f"{end}_values"] = "=" + xl_range_formula(name, row + first, column, row + last, column)
        out[f"{end}_data"] = whole[f"{end}_data"][first : last + 1]
    return out


def limits(data: pd.DataFrame, value: str) -> tuple[str, str]:
    """Columns of the interval of `value`."""
    return (f"{value}_low", f"{value}_high") if f"{value}_low" in data else ("low", "high")


def round_ends(
    data: pd.DataFrame, value: str, most: tuple[float, float] = (-math.inf, math.inf), others: Sequence[float] = ()
) -> dict[str, Any]:
    """Ends and step of an axis that holds every `value` with its whiskers and `others`, and passes `most` nowhere."""
    values = pd.concat([data[name].astype(float) for name in (value, *limits(data, value)) if name in data])
    found = axis((*values.dropna(), *others), (0.0, 1.0), most)
    return {"min": found.low, "max": found.high, "major_unit": found.step}


def plain_axes(chart: Any, data: pd.DataFrame) -> None:
    """An upright axis of an index in steps of five points, and no legend."""
    values = pd.concat([data[c] for c in ("index", "low", "high") if c in data]).dropna()
    low, high = 5 * math.floor(values.min() / 5), 5 * math.ceil(values.max() / 5)
    chart.set_y_axis({"min": max(0, low), "max": min(100, high + 5 * (low == high)), "major_gridlines": GRID,
                      "num_format": "0"})  # fmt: skip
    chart.set_legend({"none": True})


def stacks(book: Any, name: str, data: pd.DataFrame, top: int) -> Any:
    """Every row a bar of its shares, the lowest answer to the left."""
    chart = book.add_chart({"type": "bar", "subtype": "percent_stacked"})
    last, levels = top + len(data) - 1, len(data.columns) - 1
    for k in range(1, levels + 1):
        chart.add_series({"name": [name, top - 1, k], "categories": [name, top, 0, last, 0],
                          "values": [name, top, k, last, k], "gap": 40,
                          "fill": {"color": mixed(_SHARES, (k - 1) / max(1, levels - 1))}})  # fmt: skip
    chart.set_y_axis({"reverse": True, "label_position": "low", "interval_unit": 1})
    chart.set_x_axis({"num_format": "0%", "major_gridlines": GRID})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": max(300, 110 + 24 * len(data))})
    return chart


def mixed(colours: Sequence[str], part: float) -> str:
    """The colour so far along a row of them."""
    place = min(1.0, max(0.0, part)) * (len(colours) - 1)
    k = min(int(place), len(colours) - 2)
    pairs = zip(*(bytes.fromhex(colour[1:]) for colour in colours[k : k + 2]), strict=True)
    return "#" + "".join(f"{round(a + (place - k) * (b - a)):02x}" for a, b in pairs)


def heat_colours(direction: int, data: pd.DataFrame, reach: float) -> dict[str, Any]:
    """Colours of a column: white at the value of the whole, blue on its strong side and amber on the weak one."""
    weak, strong = "#f0b27a", "#8db8cf"
    low, high = (weak, strong) if direction > 0 else (strong, weak)
    whole = (data["index"] - data["distance"]).dropna()
    if whole.empty:
        return {"type": "3_color_scale", "min_color": low, "mid_color": "#ffffff", "max_color": high}
    base = whole.median()
    ends = {f"{end}_type": "num" for end in ("min", "mid", "max")}
    places = {"min_value": base - reach, "mid_value": base, "max_value": base + reach}
    return {"type": "3_color_scale", "min_color": low, "mid_color": "#ffffff", "max_color": high} | ends | places


def wide(data: pd.DataFrame, values: str) -> pd.DataFrame:
    """One column of cells as units down and constructs across."""
    return data.pivot_table(index="unit", columns="construct", values=values, sort=False, dropna=False, aggfunc="first")


def matrix(data: pd.DataFrame, tell: Lang) -> pd.DataFrame:
    """Units down, constructs across."""
    found = wide(data, "index")
    found.columns = [tell.judged(name) for name in found.columns]
    return found.reset_index()
