"""The first sheets of the workbook: the story with numbers as numbers, native charts, an outline, and the columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.picture import Picture
from csimodels.report.glossary import hint
from csimodels.report.html.table_views import Lang, lang_of
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Section
from csimodels.report.story.story import story
from csimodels.report.workbook_print import printed
from csimodels.tables.columns import COLUMNS

#: Figures of the story that are sheets, and what these are called, beside those of the trend and of the levels.
SHEETS: Mapping[str, str] = {
    "league": N_("League"), "changes": N_("Winners and losers"),
    "forest": N_("Effects of drivers"), "heat_map": N_("By construct"),
}  # fmt: skip
_HEADINGS: Mapping[str, str] = {
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


def story_sheets(
    book: Any, content: Content, lang: str, name_of: Callable[[str], str], used: Collection[str]
) -> list[tuple[str, str]]:
    """Write the sheets of the story into `book`; returns the name of each with what it answers.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    content : Content
    lang : ``"en"`` or ``"zh"``
    name_of : callable
        A legal and unique name of a sheet for a text.
    used : collection of str
        Columns of the tables behind.
    """
    tell = lang_of(content, lang)
    sections = story(content, tell)
    reading = Reading(content, tell)
    done = [_summary(book, sections, reading, name_of(tell.tr("Summary")))]
    outline = _outline(book, reading, name_of)
    done += [outline] if outline else []
    trend = [p for key in ("waves", "waterfall") for s in sections for p in s.pictures if p.key == key]
    if trend:
        done.append(_stories(book, name_of(tell.tr("Trend")), trend, tell))
    for section in sections:
        levels = [picture for picture in section.pictures if picture.key.startswith("levels_")]
        if levels:
            done.append(_stories(book, name_of(clean(tell.say(section.title))), levels, tell))
        own = [picture for picture in section.pictures if picture.key in SHEETS]
        done += [_stories(book, name_of(tell.tr(SHEETS[picture.key])), [picture], tell) for picture in own]
    return [*done, _columns(book, tell, name_of(tell.tr("Columns")), used)]


class _Forms:
    """Formats of the cells, made once a workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 15, "font_color": style.INK})
        self.muted = book.add_format({"font_color": style.MUTED})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.head = book.add_format(
            {"bold": True, "bottom": 1, "font_color": style.ACCENT, "text_wrap": True, "valign": "top"}
        )
        self.big = book.add_format({"bold": True, "font_size": 26, "font_color": style.ACCENT, "num_format": "0.0"})
        self.one = book.add_format({"num_format": "0.0"})
        self.two = book.add_format({"num_format": "0.00"})
        self.whole = book.add_format({"num_format": "#,##0"})
        self.share = book.add_format({"num_format": "0%"})
        self.signed = book.add_format({"num_format": "+0.0;-0.0;0.0"})
        self.arrow = book.add_format({"num_format": _ARROWS, "align": "center"})

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


def _summary(book: Any, sections: Sequence[Section], reading: Reading, name: str) -> tuple[str, str]:
    """The number with its change, every finding in words, and the line over the waves."""
    sheet, forms, tell, top = book.add_worksheet(name), _Forms(book), reading.lang, reading.top
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 4, 13)
    sheet.write_string(0, 0, clean(tell.label(reading.target)), forms.title)
    if math.isfinite(top.index):
        sheet.set_row(1, 36)
        sheet.write_number(1, 0, top.index, forms.big)
        book.define_name(f"index_{_plain(reading.wave)}" if _plain(reading.wave) else "index_now", f"='{name}'!$A$2")
    rows = [
        (tell.tr("{level} interval").format(level=tell.level), (top.low, top.high), forms.one),
        (tell.tr("Before"), (top.before,), forms.one),
        (formatting.heading("changes", "change", tell.tr), (top.change, top.change_low, top.change_high), forms.signed),
    ]
    at = 2
    for label, values, form in rows:
        known = [v for v in values if math.isfinite(v)]
        if known:
            sheet.write_string(at, 0, clean(label), forms.muted)
            for k, value in enumerate(known):
                sheet.write_number(at, 1 + k, value, form)
            at += 1
    at += 1
    for section in sections:
        sheet.write_string(at, 0, clean(tell.say(section.title)), forms.head)
        text = clean((" " if tell.code == "en" else "").join(tell.say(s) for s in section.sentences))
        sheet.merge_range(at, 1, at, 9, "", forms.wrap)
        sheet.write_string(at, 1, text, forms.wrap)
        wide = sum(2 if ord(ch) > 0x2E80 else 1 for ch in text)
        sheet.set_row(at, 15.5 * max(1, math.ceil(wide / 105)))
        at += 1
    waves = next((p for s in sections for p in s.pictures if p.key == "headline"), None)
    if waves is not None:
        _line(book, sheet, name, waves.data, at + 1, forms)
    printed(sheet, heads=-1, pages=1)
    return name, tell.tr("The number, its change, and every finding")


def _line(book: Any, sheet: Any, name: str, data: pd.DataFrame, at: int, forms: _Forms) -> None:
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


def _stories(book: Any, name: str, pictures: Sequence[Picture], tell: Lang) -> tuple[str, str]:
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
        self._sheet, self._forms, self._start = sheet, _Forms(book), start
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
            sheet.write_string(top - 1, k, column if heat and k else self._heading(str(column)), forms.head)
            values = data.iloc[:, k].tolist()  # two constructs may have one label
            if k == 0 or column in ("parent", "wave", "driver"):
                sheet.set_column(k, k, 26)
                for r, value in enumerate(values):
                    sheet.write_string(top + r, k, clean(self._tell.label(value) if column == "driver" else value))
            else:
                sheet.set_column(k, k, 13)
                self._numbers(k, values, forms.of(str(column), heat))
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
        if column in _HEADINGS:
            return self._tell.tr(_HEADINGS[column])
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
        ends = {"min": 0, "max": 100} if value == "index" else {}
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


def _outline(book: Any, reading: Reading, name_of: Callable[[str], str]) -> tuple[str, str] | None:
    """The roll-up in order with rows that fold by level; None without a roll-up."""
    if not reading.top.unit:
        return None
    tell, name = reading.lang, name_of(reading.lang.tr("Roll-up by level"))
    sheet, forms = book.add_worksheet(name), _Forms(book)
    heads = [("unit", 34), ("level", 16), ("index", 11), ("low", 11), ("high", 11), ("change", 11), ("change_low", 13),
             ("change_high", 13), ("moved", 12), ("n", 11)]  # fmt: skip
    sheet.set_row(0, 32)
    for k, (column, width) in enumerate(heads):
        sheet.set_column(k, k, width)
        text = _HEADINGS[column] if column in _HEADINGS else COLUMNS[column].heading
        sheet.write_string(0, k, tell.tr(text), forms.head)
    for at, (depth, level, unit) in enumerate(_tree(reading), 1):
        sheet.set_row(at, None, None, {"level": min(depth, 7)})
        indent = book.add_format({"indent": depth, "bold": depth == 0})
        sheet.write_string(at, 0, unit.name, indent)
        sheet.write_string(at, 1, reading.level_name(level), forms.muted)
        c = unit.change
        values = (
            unit.index,
            unit.low,
            unit.high,
            c.change,
            c.low,
            c.high,
            float(c.moved) if c.known else math.nan,
            unit.n,
        )
        for k, ((column, _), value) in enumerate(zip(heads[2:], values, strict=True), 2):
            if math.isfinite(value):
                sheet.write_number(at, k, value, forms.of(column))
    sheet.freeze_panes(1, 1)
    sheet.outline_settings(True, False, True, False)
    printed(sheet, heads=0)
    return name, tell.tr("Every unit below the one that it belongs to; fold the rows by level")


def _tree(reading: Reading) -> list[tuple[int, str, Unit]]:
    """Units from the top down, each above its members."""
    levels = reading.levels[::-1]
    units = {level: reading.units(level) for level in levels}
    out: list[tuple[int, str, Unit]] = []

    def below(depth: int, parent: str) -> None:
        for unit in units[levels[depth]]:
            if depth == 0 or unit.parent == parent:
                out.append((depth, levels[depth], unit))
                if depth + 1 < len(levels):
                    below(depth + 1, unit.name)

    below(0, "")
    return out


#: Units of the columns of tables, by how they are shown; others are texts or plain numbers.
_UNITS: Mapping[str, str] = {
    "index": N_("points, 0 to 100"), "change": N_("points"), "points": N_("points"), "share": N_("share, 0 to 1"),
    "p": N_("probability, 0 to 1"), "count": N_("count"),
}  # fmt: skip


def _columns(book: Any, tell: Lang, name: str, used: Collection[str]) -> tuple[str, str]:
    """Every column of the tables behind: its name in files, its heading, unit and meaning; explained ones first."""
    sheet, forms = book.add_worksheet(name), _Forms(book)
    for k, (text, width) in enumerate(((N_("Name"), 24), (N_("Heading"), 34), (N_("Unit"), 18), (N_("Meaning"), 90))):
        sheet.set_column(k, k, width)
        sheet.write_string(0, k, tell.tr(text), forms.head)
    there = [column for column in COLUMNS if column in used]
    told = [column for column in there if hint(column, tell.tr)]
    for at, column in enumerate([*told, *(c for c in there if c not in told)], 1):
        spec = COLUMNS[column]
        unit = _UNITS.get(spec.shown_as, "")
        sheet.write_string(at, 0, column)
        sheet.write_string(at, 1, tell.tr(spec.heading))
        sheet.write_string(at, 2, tell.tr(unit) if unit else "")
        sheet.write_string(at, 3, hint(column, tell.tr), forms.wrap)
    sheet.freeze_panes(1, 0)
    printed(sheet, heads=-1, pages=1)
    sheet.print_area(0, 0, max(1, len(told)), 3)  # headings of the others say what they are
    return name, tell.tr("What the columns of the tables mean")


def _plain(wave: str) -> str:
    """A wave as part of a name of a cell: letters and digits."""
    return "".join(ch for ch in wave if ch.isascii() and ch.isalnum())[:20]
