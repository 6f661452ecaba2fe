"""Figures of the story as sheets of the workbook: their data as numbers, and native charts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.picture import Picture
from csimodels.report.html.table_views import Lang
from csimodels.report.workbook_print import printed
from csimodels.tables.columns import COLUMNS

HEADINGS: Mapping[str, str] = {
    "wave": N_("Wave"), "share": COLUMNS["weight_share"].heading, "contribution": N_("Contribution"),
    "change_low": N_("Lower limit of the change"), "change_high": N_("Upper limit of the change"),
    "moved": N_("Measurable"), "distance": N_("Distance to the whole"), "sure": N_("Measurable"),
    "outcome": N_("Outcome"),
}  # fmt: skip
_ARROWS = '"▲";"▼";""'
_CHART = {"width": 760, "height": 360}
_MOST_BARS = 60
_ROW = 20  # pixels of a row
_ONE_PAGE = 120  # rows, charts included, that can be read on one page
_BAR = "#8fb8cd"  # light, so that whiskers show


class Forms:
    """Formats of the cells, made once a workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 15, "font_color": style.INK})
        self.muted = book.add_format({"font_color": style.MUTED})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        heading = {"bold": True, "bottom": 1, "font_color": style.ACCENT, "text_wrap": True, "valign": "top"}
        self.head = book.add_format(heading)
        self.head_right = book.add_format(heading | {"align": "right"})
        self.head_middle = book.add_format(heading | {"align": "center"})
        self.big = book.add_format({"bold": True, "font_size": 26, "font_color": style.ACCENT, "num_format": "0.0"})
        self.one = book.add_format({"num_format": "0.0"})
        self.two = book.add_format({"num_format": "0.00"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self.share = book.add_format({"num_format": "0%"})
        self.signed = book.add_format({"num_format": "+0.0;-0.0;0.0"})
        self.arrow = book.add_format({"num_format": _ARROWS, "align": "center"})

    def over(self, form: Any) -> Any:
        """The format of the heading of numbers in `form`: it stands where they stand."""
        return self.head_middle if form is self.arrow else self.head_right

    def of(self, column: str, heat: bool = False) -> Any:
        """The format of a column of a figure's data."""
        if heat:
            return self.one
        if column in ("change", "contribution", "distance") or column.startswith("change_"):
            return self.signed
        kinds = {"n": self.whole, "share": self.share, "moved": self.arrow, "sure": self.arrow}
        if column.startswith("rank"):
            return self.whole
        return kinds.get(column, self.two if column.startswith("importance") else self.one)


def line_over_waves(book: Any, sheet: Any, name: str, data: pd.DataFrame, at: int, forms: Forms) -> None:
    """Waves and their index below the findings, and a native line chart of them beside."""
    for k, row in enumerate(formatting.records(data)):
        sheet.write_string(at + k, 0, clean(row["wave"]))
        for j, column in enumerate(("index", "low", "high")):
            if math.isfinite(row[column]):
                sheet.write_number(at + k, 1 + j, row[column], forms.one)
    chart = book.add_chart({"type": "line"})
    last = at + len(data) - 1
    chart.add_series(_series(name, clean(data["unit"].iloc[0]), (at, last), (0, 1), _lengths(data, "index")))
    _plain_axes(chart, data)
    chart.set_size(_CHART)
    sheet.insert_chart(at, 5, chart, {"object_position": 3})


def _series(
    name: str, called: str, rows: tuple[int, int], columns: tuple[int, int], lengths: dict[str, Any] | None
) -> dict[str, Any]:
    """A line through the cells of a sheet, with whiskers where there are lengths."""
    (first, last), (x, y) = rows, columns
    series: dict[str, Any] = {
        "name": called, "categories": [name, first, x, last, x], "values": [name, first, y, last, y],
        "line": {"color": style.ACCENT, "width": 2.5},
        "marker": {"type": "circle", "size": 7, "fill": {"color": style.ACCENT}, "border": {"color": "#ffffff"}},
        "data_labels": {"value": True, "position": "above"},
    }  # fmt: skip
    return series | ({"y_error_bars": lengths} if lengths else {})


def _lengths(data: pd.DataFrame, value: str) -> dict[str, Any] | None:
    """Whiskers as a native chart takes them: their lengths up and down; None without intervals."""
    low, high = (f"{value}_low", f"{value}_high") if f"{value}_low" in data else ("low", "high")
    if low not in data or data[[low, high]].isna().any(axis=None):
        return None
    up, down = (data[high] - data[value]).round(6).tolist(), (data[value] - data[low]).round(6).tolist()
    return {"type": "custom", "plus_values": up, "minus_values": down, "line": {"color": style.INK}}


def _plain_axes(chart: Any, data: pd.DataFrame) -> None:
    values = pd.concat([data[c] for c in ("index", "low", "high") if c in data]).dropna()
    low, high = 5 * math.floor(values.min() / 5), 5 * math.ceil(values.max() / 5)
    grid = {"visible": True, "line": {"color": style.LINE}}
    chart.set_y_axis({"min": max(0, low), "max": min(100, high + 5 * (low == high)), "major_gridlines": grid,
                      "num_format": "0"})  # fmt: skip
    chart.set_legend({"none": True})


def stories(book: Any, name: str, pictures: Sequence[Picture], tell: Lang) -> tuple[str, str]:
    """A sheet of figures below one another; returns its name and the first finding."""
    sheet, start = book.add_worksheet(name), 0
    for picture in pictures:
        start = _Story(book, sheet, picture, tell, start).write()
    printed(sheet, heads=-1, pages=1 if start <= _ONE_PAGE else 0)
    return name, pictures[0].title


class _Story:
    """One figure on a sheet: finding, measure, its data, a native chart, where it comes from."""

    def __init__(self, book: Any, sheet: Any, picture: Picture, tell: Lang, start: int) -> None:
        self._book, self._name, self._picture, self._tell = book, sheet.get_name(), picture, tell
        self._sheet, self._forms, self._start = sheet, Forms(book), start
        heat = picture.key == "heat_map"
        self._data = _matrix(picture.data, tell) if heat else picture.data.dropna(axis=1, how="all")

    def write(self) -> int:
        """Write it; returns the row below it."""
        sheet, forms, data, top = self._sheet, self._forms, self._data, self._start + 4
        sheet.write_string(top - 4, 0, self._picture.title, forms.title)
        sheet.write_string(top - 3, 0, self._picture.subtitle, forms.muted)
        heat = self._picture.key == "heat_map"
        sheet.set_row(top - 1, 32)
        for k, column in enumerate(data.columns):
            named = k == 0 or column in ("parent", "wave", "driver")
            form = forms.of(str(column), heat)
            text = column if heat and k else self._heading(str(column))
            sheet.write_string(top - 1, k, text, forms.head if named else forms.over(form))
            values = data.iloc[:, k].tolist()  # two constructs may have one label
            if named:
                sheet.set_column(k, k, 26)
                for r, value in enumerate(values):
                    sheet.write_string(top + r, k, clean(self._tell.label(value) if column == "driver" else value))
            else:
                sheet.set_column(k, k, 13)
                self._numbers(k, values, form)
        if not self._start:
            sheet.freeze_panes(top, 1)
        last = top - 1 + len(data)
        high = 0
        if heat:
            for k, name in enumerate(dict.fromkeys(self._picture.data["construct"]), 1):
                sheet.conditional_format(top, k, last, k, _heat(self._tell.model.direction(str(name))))
        elif len(data) <= _MOST_BARS:
            high = self._chart(last)
        sheet.write_string(last + 2, 0, self._picture.caption, forms.muted)
        return last + 5 + math.ceil(high / _ROW)

    def _numbers(self, k: int, values: list[Any], form: Any) -> None:
        for r, value in enumerate(values):
            number = formatting.as_float(value)
            if math.isfinite(number):
                self._sheet.write_number(self._start + 4 + r, k, number, form)

    def _heading(self, column: str) -> str:
        if column in HEADINGS:
            return self._tell.tr(HEADINGS[column])
        return self._tell.tr(COLUMNS[column].heading) if column in COLUMNS else column

    def _chart(self, last: int) -> int:
        """A native chart of the main column: a line over waves, else bars, the first on top, with whiskers.

        Returns its height in pixels.
        """
        data, line = self._data, self._picture.key == "waves"
        value = next((c for c in ("contribution", "importance", "index") if c in data), "")
        value = "change" if self._picture.key == "changes" else value
        if not value:
            return 0
        top = self._start + 4
        rows, place = (top, last), list(data.columns).index(value)
        if line:
            return self._lines(rows)
        chart = self._book.add_chart({"type": "bar"})
        shown = data[data[value].notna()]
        lengths = _lengths(_own(shown, value), value) if len(shown) == len(data) else None
        series = {"categories": [self._name, top, 0, last, 0], "values": [self._name, top, place, last, place],
                  "gap": 40, "fill": {"color": _BAR}}  # fmt: skip
        chart.add_series(series | ({"y_error_bars": lengths} if lengths else {}))
        chart.set_y_axis({"reverse": True, "label_position": "low"})
        ends = {"min": 0, "max": 100} if value == "index" and data[value].between(0, 100).all() else {}
        chart.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": style.LINE}}} | ends)
        chart.set_legend({"none": True})
        chart.set_title({"name": self._picture.subtitle, "name_font": {"size": 11, "bold": False}})
        high = max(240, 90 + 22 * len(data))
        chart.set_size({"width": 760, "height": high})
        self._sheet.insert_chart(last + 4, 0, chart, {"object_position": 3})
        return high

    def _lines(self, rows: tuple[int, int]) -> int:
        chart, at = self._book.add_chart({"type": "line"}), rows[0]
        columns = list(self._data.columns)
        for unit, part in self._data.groupby("unit", sort=False):
            own = (at, at + len(part) - 1)
            places = (columns.index("wave"), columns.index("index"))
            lengths = _lengths(part, "index") if at == rows[0] else None
            series = _series(self._name, clean(unit), own, places, lengths)
            if at != rows[0]:
                series |= {"line": {"color": "#aab6bf", "width": 1.5}, "data_labels": {}, "marker": {"type": "none"}}
            chart.add_series(series)
            at += len(part)
        _plain_axes(chart, self._data)
        chart.set_legend({"position": "right"})
        chart.set_size(_CHART)
        self._sheet.insert_chart(rows[1] + 4, 0, chart, {"object_position": 3})
        return _CHART["height"]


def _heat(direction: int) -> dict[str, str]:
    """Colours of a column by how good its numbers are: amber where they are weak, blue where strong."""
    weak, strong = "#f0b27a", "#8db8cf"
    low, high = (weak, strong) if direction > 0 else (strong, weak)
    return {"type": "3_color_scale", "min_color": low, "mid_color": "#ffffff", "max_color": high}


def _own(data: pd.DataFrame, value: str) -> pd.DataFrame:
    """The interval that belongs to a column, under the names of one."""
    if value != "change" or "change_low" in data:
        return data
    return data.drop(columns=["low", "high"], errors="ignore")


def _matrix(data: pd.DataFrame, tell: Lang) -> pd.DataFrame:
    """Units down, constructs across."""
    wide = data.pivot_table(index="unit", columns="construct", values="index", sort=False, dropna=False)
    wide.columns = [tell.judged(name) for name in wide.columns]
    return wide.reset_index()
