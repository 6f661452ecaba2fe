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
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.figures.picture import Picture
from csimodels.report.html.table_views import Lang
from csimodels.report.workbook.charts import (
    ANSWERS,
    GRID,
    MAP,
    heat_colours,
    limits,
    matrix,
    part_of,
    plain_axes,
    points,
    prepared,
    round_ends,
    stacks,
    wide,
)
from csimodels.report.workbook.numbers import any_cell
from csimodels.report.workbook.printing import ROW, printed, turned
from csimodels.tables.columns import COLUMNS

HEADINGS: Mapping[str, str] = {
    "wave": N_("Wave"), "share": COLUMNS["weight_share"].heading, "contribution": N_("Contribution"),
    "change_low": N_("Lower limit of the change"), "change_high": N_("Upper limit of the change"),
    "moved": N_("Measurable"), "distance": N_("Distance to the whole"), "sure": N_("Measurable"),
    "outcome": N_("Outcome"),
}  # fmt: skip
#: Headings of the lengths of whiskers, which a chart takes from cells.
WHISKERS: Mapping[str, str] = {"plus": N_("Up to the limit"), "minus": N_("Down to the limit")}
_ARROWS = '"▲";"▼";""'
_CHART = {"width": 760, "height": 360}
_MOST_BARS, _EACH_END = 60, 20
_NUMBERS = 96  # pixels of a column of numbers
_NAMES = (26.0, 50.0)  # least and greatest width of a column of names, in letters
_ONE_PAGE = 120  # rows, charts included, that can be read on one page
_HEAD = 3  # row of the headings of the first figure
_BAR = "#8fb8cd"  # light, so that whiskers show


class Forms:
    """Formats of the cells, made once a workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 15, "font_color": style.INK, "text_wrap": True,
                                     "valign": "top"})  # fmt: skip
        self.muted = book.add_format({"font_color": style.MUTED})
        self.below = book.add_format({"font_color": style.MUTED, "text_wrap": True, "valign": "top"})
        self.inset = book.add_format({"indent": 1})
        self.name = book.add_format({"shrink": True})  # a longer one is not cut at the numbers
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        heading = {"bold": True, "bottom": 1, "font_color": style.ACCENT, "text_wrap": True, "valign": "top"}
        self.head = book.add_format(heading)
        self.head_right = book.add_format(heading | {"align": "right"})
        self.head_middle = book.add_format(heading | {"align": "center"})
        self.head_quiet = book.add_format(heading | {"align": "right", "font_color": style.MUTED})
        self.quiet = book.add_format({"num_format": "0.00", "font_color": style.MUTED})
        self.big = book.add_format({"bold": True, "font_size": 26, "font_color": style.ACCENT, "num_format": "0.0"})
        self.one = book.add_format({"num_format": "0.0"})
        self.dotted = book.add_format({"num_format": '0.0" •"'})
        self.undotted = book.add_format({"num_format": "0.0_ _•"})
        self.two = book.add_format({"num_format": "0.00"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self.share = book.add_format({"num_format": "0%"})
        self.signed = book.add_format({"num_format": "+0.0;-0.0;0.0"})
        self.unsigned = book.add_format({"num_format": "0.0;0.0"})
        self.arrow = book.add_format({"num_format": _ARROWS, "align": "center"})

    def at(self, form: Any, value: float) -> Any:
        """`form`, without a sign where `value` is shown as 0."""
        return self.unsigned if form is self.signed and formatting.number(value, 1) == "0.0" else form

    def over(self, form: Any) -> Any:
        """The format of the heading of numbers in `form`: it stands where they stand."""
        return self.head_middle if form is self.arrow else self.head_right

    def of(self, column: str, heat: bool = False) -> Any:
        """The format of a column of a figure's data."""
        if heat:
            return self.undotted
        if column in ("change", "contribution", "distance") or column.startswith("change_"):
            return self.signed
        kinds = {"n": self.whole, "share": self.share, "moved": self.arrow, "sure": self.arrow}
        if column.startswith("rank"):
            return self.whole
        return kinds.get(column, self.two if column.startswith("importance") else self.one)


def line_over_waves(book: Any, sheet: Any, data: pd.DataFrame, at: int, forms: Forms, tell: Lang) -> int:
    """Waves and their index below the findings, and a native line chart of them beside; returns the row below."""
    columns = ("wave", "index", "low", "high")
    for k, column in enumerate(columns):
        sheet.write_string(at, k, _heading(column, tell), forms.head if k == 0 else forms.head_right)
    first, last = at + 1, at + len(data)
    for k, row in enumerate(formatting.records(data), first):
        any_cell(book, sheet, (k, 0), clean(row["wave"]))
        for j, column in enumerate(columns[1:], 1):
            if math.isfinite(row[column]):
                sheet.write_number(k, j, row[column], forms.one)
    chart = book.add_chart({"type": "line"})
    whiskers = _whiskers(sheet, data, "index", (at, len(columns)), forms, tell)
    chart.add_series(_series(sheet.get_name(), clean(data["unit"].iloc[0]), (first, last), (0, 1), whiskers))
    plain_axes(chart, data)
    chart.set_size(_CHART | {"width": 560})
    sheet.insert_chart(at, len(columns) + 2, chart, {"object_position": 3})
    return max(last + 1, at + math.ceil(_CHART["height"] / ROW))


def _heading(column: str, tell: Lang) -> str:
    if column in HEADINGS:
        return tell.tr(HEADINGS[column])
    return tell.tr(COLUMNS[column].heading) if column in COLUMNS else column


def _series(
    name: str, called: str, rows: tuple[int, int], columns: tuple[int, int], whiskers: dict[str, Any] | None
) -> dict[str, Any]:
    """A line through the cells of a sheet, with whiskers where there are any."""
    (first, last), (x, y) = rows, columns
    series: dict[str, Any] = {
        "name": called, "categories": [name, first, x, last, x], "values": [name, first, y, last, y],
        "line": {"color": style.ACCENT, "width": 2.5},
        "marker": {"type": "circle", "size": 7, "fill": {"color": style.ACCENT}, "border": {"color": "#ffffff"}},
        "data_labels": {"value": True, "position": "above"},
    }  # fmt: skip
    return series | ({"y_error_bars": whiskers} if whiskers else {})


def _whiskers(
    sheet: Any, data: pd.DataFrame, value: str, place: tuple[int, int], forms: Forms, tell: Lang
) -> dict[str, Any] | None:
    """Whiskers of a native chart, whose lengths are cells right of the table; None without intervals.

    `place` is the row of the headings and the first free column.
    """
    low, high = limits(data, value)
    if low not in data or data[[low, high]].isna().any(axis=None):
        return None
    from xlsxwriter.utility import xl_range_formula

    (at, k), ends = place, {"plus": data[high] - data[value], "minus": data[value] - data[low]}
    whiskers: dict[str, Any] = {"type": "custom", "line": {"color": style.INK}}
    for j, (end, lengths) in enumerate(ends.items(), k):
        sheet.set_column(j, j, 13)
        sheet.write_string(at, j, tell.tr(WHISKERS[end]), forms.head_quiet)
        given = lengths.round(6).tolist()
        for r, length in enumerate(given, at + 1):
            sheet.write_number(r, j, length, forms.quiet)
        whiskers[f"{end}_values"] = "=" + xl_range_formula(sheet.get_name(), at + 1, j, at + len(given), j)
        whiskers[f"{end}_data"] = given
    return whiskers


def stories(book: Any, name: str, pictures: Sequence[Picture], tell: Lang) -> tuple[str, str]:
    """A sheet of figures below one another; returns its name and the first finding."""
    sheet, start, across = book.add_worksheet(name), 0, 0
    named = names_wide([text for p in pictures for text in prepared(p, tell).iloc[:, 0].map(str)], _NAMES)
    for picture in pictures:
        story = _Story(book, sheet, picture, tell, start, named)
        start, across = story.write(), max(across, story.across)
    one, wide = start <= _ONE_PAGE, _pixels(named) + _NUMBERS * across
    heads = -1 if one or len(pictures) > 1 else _HEAD
    printed(sheet, heads=heads, pages=int(one), wide=turned(wide, ROW * start))
    sheet.print_area(0, 0, start, across)  # the lengths of whiskers stand right of it
    return name, pictures[0].title


def names_wide(names: Sequence[str], ends: tuple[float, float]) -> float:
    """Width of a column that holds names, in letters as spreadsheets count them, between `ends`."""
    return min(ends[1], max(ends[0], 3 + 1.75 * max((text_width(clean(name), 1.0) for name in names), default=0.0)))


def _pixels(letters: float) -> float:
    return 7 * letters + 5


class _Story:
    """One figure on a sheet: finding, measure, its data, a native chart, where it comes from."""

    def __init__(self, book: Any, sheet: Any, picture: Picture, tell: Lang, start: int, named: float) -> None:
        self._book, self._name, self._picture, self._tell = book, sheet.get_name(), picture, tell
        self._sheet, self._forms, self._start, self._named = sheet, Forms(book), start, named
        heat = picture.key == "heat_map"
        self._data = matrix(picture.data, tell) if heat else prepared(picture, tell)
        if heat:
            self._sure = wide(picture.data, "sure").T.to_numpy().tolist()
            self._reach = max(1.0, picture.data["distance"].abs().max())
        bare = _CHART["width"] - _pixels(named) if not heat else 0
        self.across = max(len(self._data.columns) - 1, math.ceil(bare / _NUMBERS))

    def write(self) -> int:
        """Write it; returns the row below it."""
        sheet, forms, data, top = self._sheet, self._forms, self._data, self._start + 4
        self._across(top - 4, self._picture.title, forms.title, 22)
        self._across(top - 3, self._picture.subtitle, forms.below, 15)
        heat = self._picture.key == "heat_map"
        heads = [str(c) if heat and k else _heading(str(c), self._tell) for k, c in enumerate(data.columns)]
        sheet.set_row(top - 1, max(32, 15 * max(len(wrap(text, 14.5, _NUMBERS - 4, 4)) for text in heads) + 2))
        for k, (column, text) in enumerate(zip(data.columns, heads, strict=True)):
            named = k == 0 or column in ("parent", "wave", "driver", "quadrant")
            form = forms.share if self._picture.key == ANSWERS else forms.of(str(column), heat)
            sheet.write_string(top - 1, k, text, forms.head if named else forms.over(form))
            values = data.iloc[:, k].tolist()  # two constructs may have one label
            if named:
                sheet.set_column(k, k, _NAMES[0] if k else self._named)
                for r, value in enumerate(values):
                    text = clean(self._tell.label(value) if column == "driver" else value)
                    if column == "wave":
                        any_cell(self._book, sheet, (top + r, k), text)
                    else:  # a unit is a name, whatever it looks like
                        sheet.write_string(top + r, k, text, forms.inset if column == "quadrant" else forms.name)
            else:
                sheet.set_column(k, k, 13)
                self._numbers(k, values, form, self._sure[k - 1] if heat and k else ())
        if not self._start:
            sheet.freeze_panes(top, 1)
        last = top - 1 + len(data)
        high = 0
        if heat:
            for k, (name, own) in enumerate(self._picture.data.groupby("construct", sort=False), 1):
                colours = heat_colours(self._tell.model.direction(str(name)), own, self._reach)
                sheet.conditional_format(top, k, last, k, colours)
        elif len(data) <= _MOST_BARS:
            high = self._chart(last)
        else:
            self._both_ends(last)
        sheet.write_string(last + 2, 0, self._picture.caption, forms.muted)
        return last + 5 + math.ceil(high / ROW)

    def _across(self, at: int, text: str, form: Any, letter: float) -> None:
        """A text across the table, in as many lines as its letters take; merged cells do not grow."""
        lines = len(wrap(text, 1.0, (_pixels(self._named) + _NUMBERS * self.across) / letter, 4))
        self._sheet.merge_range(at, 0, at, self.across, "", form)
        self._sheet.write_string(at, 0, text, form)
        self._sheet.set_row(at, 0.9 * letter * lines + 2)

    def _numbers(self, k: int, values: list[Any], form: Any, dots: Sequence[Any]) -> None:
        """A column of numbers, with a dot where there are `dots`."""
        for r, value in enumerate(values):
            number = formatting.as_float(value)
            if math.isfinite(number):
                own = self._forms.dotted if len(dots) and bool(dots[r]) else self._forms.at(form, number)
                self._sheet.write_number(self._start + 4 + r, k, number, own)

    def _chart(self, last: int) -> int:
        """A native chart below the table: a line over waves, points, shares, else bars, the first on top.

        Returns its height in pixels.
        """
        data, top = self._data, self._start + 4
        if self._picture.key == "waves":
            return self._lines((top, last))
        if self._picture.key == MAP:
            ends = {name: self._whiskers(data, name, 2 * k) for k, name in enumerate(("importance", "performance"))}
            chart = points(self._book, self._name, data, top, ends, self._tell)
        elif self._picture.key == ANSWERS:
            chart = stacks(self._book, self._name, data, top)
        else:
            value = self._main()
            chart = self._bars(value, (top, last), self._ends_of(value)) if value else None
        if chart is None:
            return 0
        self._sheet.insert_chart(last + 4, 0, chart, {"object_position": 3})
        return int(chart.height)

    def _both_ends(self, last: int) -> None:
        """Charts of the first and the last of many rows, right of the table, where paper does not reach."""
        value, top = self._main(), self._start + 4
        if not value:
            return
        ends, at = self._ends_of(value), top - 1
        for rows in ((top, top + _EACH_END - 1), (last - _EACH_END + 1, last)):
            chart = self._bars(value, rows, ends)
            self._sheet.insert_chart(at, len(self._data.columns) + 3, chart, {"object_position": 3})
            at += math.ceil(chart.height / ROW) + 1

    def _main(self) -> str:
        """The column that bars are drawn of."""
        if self._picture.key == "changes":
            return "change"
        return next((c for c in ("contribution", "importance", "index") if c in self._data), "")

    def _ends_of(self, value: str) -> dict[str, Any] | None:
        """Whiskers of all rows; None where one has none."""
        known = self._data[self._data[value].notna()]
        return self._whiskers(_own(known, value), value) if len(known) == len(self._data) else None

    def _bars(self, value: str, rows: tuple[int, int], whiskers: dict[str, Any] | None) -> Any:
        """Bars of some rows with their whiskers, under the measure."""
        (first, last), data, place = rows, self._data, list(self._data.columns).index(value)
        chart = self._book.add_chart({"type": "bar"})
        series = {"categories": [self._name, first, 0, last, 0], "values": [self._name, first, place, last, place],
                  "gap": 40, "fill": {"color": _BAR}}  # fmt: skip
        if whiskers:
            top = self._start + 4
            series["y_error_bars"] = part_of(whiskers, first - top, last - top)
        chart.add_series(series)
        chart.set_y_axis({"reverse": True, "label_position": "low", "interval_unit": 1})
        whole = value == "index" and data[value].between(0, 100).all()
        ends = {"min": 0.0, "max": 100.0} if whole else round_ends(_own(data, value), value, others=[0.0])
        chart.set_x_axis({"major_gridlines": GRID} | ends)
        chart.set_legend({"none": True})
        chart.set_title({"name": self._picture.subtitle, "name_font": {"size": 11, "bold": False}})
        chart.set_size({"width": 760, "height": max(240, 90 + 22 * (last - first + 1))})
        return chart

    def _whiskers(self, data: pd.DataFrame, value: str, beside: int = 0) -> dict[str, Any] | None:
        place = (self._start + 3, len(self._data.columns) + beside)
        return _whiskers(self._sheet, data, value, place, self._forms, self._tell)

    def _lines(self, rows: tuple[int, int]) -> int:
        chart, at = self._book.add_chart({"type": "line"}), rows[0]
        columns = list(self._data.columns)
        for unit, part in self._data.groupby("unit", sort=False):
            own = (at, at + len(part) - 1)
            places = (columns.index("wave"), columns.index("index"))
            whiskers = self._whiskers(part, "index") if at == rows[0] else None
            series = _series(self._name, clean(unit), own, places, whiskers)
            if at != rows[0]:
                series |= {"line": {"color": style.GHOST, "width": 1.5}, "data_labels": {}, "marker": {"type": "none"}}
            chart.add_series(series)
            at += len(part)
        plain_axes(chart, self._data)
        chart.set_legend({"none": True} if at == rows[0] + len(part) else {"position": "right"})
        chart.set_size(_CHART)
        self._sheet.insert_chart(rows[1] + 4, 0, chart, {"object_position": 3})
        return _CHART["height"]


def _own(data: pd.DataFrame, value: str) -> pd.DataFrame:
    """The interval that belongs to a column, under the names of one."""
    if value != "change" or "change_low" in data:
        return data
    return data.drop(columns=["low", "high"], errors="ignore")
