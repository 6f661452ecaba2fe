"""The tables as an Excel workbook: one sheet each, a cover with facts and notes, reproducible to the byte."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels.errors import MissingExtraError
from csimodels.i18n import N_, Translate, check_language, translator
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.geometry import text_width, wrap
from csimodels.report.glossary import hint
from csimodels.report.html.about import title_of
from csimodels.report.html.measurement import subject_labels
from csimodels.report.html.table_views import lang_of
from csimodels.report.wording import Names, Say, sayer
from csimodels.report.workbook.cover import contents, cover_sheet
from csimodels.report.workbook.numbers import shown_text, text_cell, years
from csimodels.report.workbook.printing import legible, printed_table
from csimodels.report.workbook.sheet import LINE, Cells, fill, lines_of, sheet_class
from csimodels.report.workbook.story import story_sheets
from csimodels.report.workbook.tables import JOINED, frames
from csimodels.spec.model import Model
from csimodels.tables import catalogue
from csimodels.tables.columns import COLUMNS, DECIMALS, Column

_EPOCH = datetime(1980, 1, 1)
_COVER = N_("Cover")
#: Fonts of cells, where the usual one lacks the letters of a language.
_FONTS = {"zh": "Microsoft YaHei"}
#: Letters across a column of long texts at most, and lines of one in a cell.
_LONG, _LINES = 32.0, 3


def write_xlsx(
    source: Content | Mapping[str, pd.DataFrame], path: str | Path, lang: str = "en", created: datetime | None = None
) -> Path:
    """Write all tables to a workbook.

    Text is written as text: nothing that starts with ``=``, ``+``, ``-`` or ``@`` is ever a formula.  NaN becomes an
    empty cell.  Numbers are written in full and only shown rounded.

    Parameters
    ----------
    source : Content, or mapping of sheet name to DataFrame
        Content also gives the cover sheet, and a label beside every name of a construct or item.
    path : str or Path
    lang : ``"en"`` or ``"zh"``
        Language of headings, sheet names and labels.
    created : datetime, optional
        Date written into the file; that of the content where not given, else 1980-01-01, so that the same tables
        give the same bytes.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingExtraError
        xlsxwriter is not installed.
    """
    tr = translator(check_language(lang))
    content = source if isinstance(source, Content) else None
    tables = frames(content, tr) if content else dict(source)  # type: ignore[arg-type]
    when = created or (content.created if content else None) or _EPOCH
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _open(target, lang) as book:
        about = {"author": "csimodels", "created": when.replace(tzinfo=None), "title": _title(content, lang)}
        book.set_properties(about)
        taken: set[str] = set()
        raw: list[tuple[str, str]] = []
        if content:
            cover, row = cover_sheet(book, content, lang, _sheet_name(tr(_COVER), taken))
            used = {str(column) for frame in tables.values() for column in frame.columns}
            answers = story_sheets(book, content, lang, lambda text: _sheet_name(text, taken), used)
        for name, frame in tables.items():
            sheet = book.add_worksheet(_sheet_name(formatting.title(name, tr), taken), sheet_class())
            on_paper = _Sheet(book, sheet, name, lang, content).write(frame)
            if content:
                sheet.set_tab_color(style.MUTED)
                about_it = [_rows(frame, on_paper, tr), *_beside(name, frame, tables, tr)]
                raw.append((sheet.get_name(), " · ".join(about_it)))
        if content:
            contents(book, cover, row + 2, [*answers, *raw], tr)
    return target


def _rows(frame: pd.DataFrame, printed: int, tr: Translate) -> str:
    """How long a table is, and how much of it prints."""
    text = N_("{n} rows") if printed == len(frame) else N_("{n} rows; the first {most} are printed with the workbook")
    return tr(text).format(n=formatting.number(len(frame), 0), most=formatting.number(printed, 0))


def _beside(name: str, frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame], tr: Translate) -> list[str]:
    """Titles of the tables whose columns stand in this sheet too."""
    own, others = catalogue.find(name), filter(None, map(catalogue.find, JOINED.get(name, ())))
    known = {column.name for column in own.columns} if own else set()
    return [formatting.title(table.name, tr) for table in others
            if table.name not in tables and {column.name for column in table.columns} & {*frame} - known]  # fmt: skip


def _open(target: Path, lang: str) -> Any:
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("xlsxwriter", "report", "writing a workbook") from None
    options: dict[str, Any] = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    if lang in _FONTS:
        options["default_format_properties"] = {"font_name": _FONTS[lang], "font_size": 10}
    return xlsxwriter.Workbook(str(target), options)


def _title(content: Content | None, lang: str) -> str:
    return title_of(content, lang_of(content, lang)) if content else "csimodels"


def _sheet_name(text: str, taken: set[str]) -> str:
    """A legal sheet name: at most 31 characters, none of ``[]:*?/\\``, no apostrophe at the ends, unique."""
    name = clean(text).translate(dict.fromkeys(map(ord, "[]:*?/\\"), "_")).strip("'")[:31] or "_"
    if name.casefold() == "history":  # reserved by Excel
        name += "_"
    base, k = name, 2
    while name.casefold() in taken:
        name = f"{base[: 31 - len(f' {k}')]} {k}"
        k += 1
    taken.add(name.casefold())
    return name


def _plain_value(value: Any) -> str | float | int | None:
    """What a cell holds of a value: a finite number, text, or nothing for NaN."""
    if type(value) is float and math.isfinite(value):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        return shown_text(value)
    if math.isfinite(float(value)):
        return int(value) if isinstance(value, Integral) else float(value)
    return None if math.isnan(float(value)) else formatting.number(value, 0)


def _measure(name: str, tr: Translate) -> str:
    """What a fit measure is called; empty where its name says it, or few readers ask for it."""
    end = next((e for e in formatting.MEASURE_ENDS if name.endswith(e)), "")
    title = formatting.MEASURES.get(name.removesuffix(end), "")
    return tr(formatting.MEASURE_ENDS[end]).format(measure=tr(title)) if title and end else tr(title)


class _Sheet:
    """Writes one table; knows its number formats and widths."""

    def __init__(self, book: Any, sheet: Any, name: str, lang: str, content: Content | None) -> None:
        self._book, self._sheet, self._table = book, sheet, catalogue.find(name)
        self._lang, self._tr, self._model = lang, translator(lang), content.model if content else None
        self._say: Say = sayer(content.messages, content.model, lang, self._tr) if content else str
        self._names = Names(content.model, lang) if content else None
        self._known: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._floor = content.p_floor if content else 0.0
        self._subjects: dict[str, str] = {}
        self._lines, self._wide = 1, 0.0  # of the headings, and of all columns in letters

    def write(self, frame: pd.DataFrame) -> int:
        """Headings, values, frozen heading, filter, widths, bars of the index; returns how many rows print.

        Columns of a joined table stay to the screen where the page would be too small to read with them.
        """
        at, names = 0, self._names
        frame = names.frame(frame) if names else frame
        cells: list[Cells] = []
        behind, paper = self._behind(), (0, 0.0)
        for name in frame.columns:
            values, column = frame[name].tolist(), self._declared(str(name))
            heading = self._tr(column.heading) if column else clean(names.column(name) if names else name)
            cells.append(self._cells(cells, heading, self._said(values, column), column))
            if name == "index" and values:
                bar = {"type": "data_bar", "bar_solid": True, "bar_color": "#9cc3d5"}
                bar |= {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 100}
                self._sheet.conditional_format(1, at, len(values), at, bar)
            at += 1
            if column is not None and column.shown_as == "label" and self._model is not None and values:
                label = f"{heading}: {self._tr('Label')}"
                cells.append(self._cells(cells, label, self._labels(column, values, self._model), None))
                at += 1
            paper = paper if name in behind else (at, self._wide)
        paper = (at, self._wide) if legible(at, self._wide) else paper
        fill(self._sheet, cells)
        if self._lines > 1:
            self._sheet.set_row(0, LINE * self._lines + 2)
        self._sheet.freeze_panes(1, 0)
        if at and len(frame):
            self._sheet.autofilter(0, 0, len(frame), at - 1)
        return printed_table(self._sheet, [self._lines, *lines_of(cells)], *paper)

    def _behind(self) -> set[str]:
        """Columns that the tables joined to this one bring."""
        own = {column.name for column in self._table.columns} if self._table else set()
        joined = filter(None, map(catalogue.find, JOINED.get(self._table.name, ()))) if self._table else ()
        return {column.name for table in joined for column in table.columns} - own

    def _declared(self, name: str) -> Column | None:
        """What the catalogue says of a column; None for group columns."""
        if self._table is None:
            return COLUMNS.get(name)
        tables = [self._table, *filter(None, map(catalogue.find, JOINED.get(self._table.name, ())))]
        return next((column for column in (table.column(name) for table in tables) if column), None)

    def _labels(self, column: Column, values: list[Any], model: Model) -> list[Any]:
        """What the names of a column are called in the language of the workbook."""
        if column.name == "measure":
            return [_measure(str(v), self._tr) for v in values]
        self._subjects = self._subjects or subject_labels(model, self._lang)
        if column.words:
            called = {v: self._route(str(v), column, model) for v in dict.fromkeys(values)}
            return [called[v] for v in values]
        called = {v: self._subjects.get(str(v)) or model.label(str(v), self._lang) for v in dict.fromkeys(values)}
        return [called[v] for v in values]

    def _route(self, text: str, column: Column, model: Model) -> str:
        """Labels of the constructs along a path, or a word of the column."""
        if text in column.words:
            return self._tr(column.words[text])
        return " → ".join(model.label(part, self._lang) for part in text.split(" -> "))

    def _said(self, values: list[Any], column: Column | None) -> list[Any]:
        """Values in the language of the workbook, where csimodels has written them."""
        if column is None or column.shown_as not in ("status", "words", "sentence", "flag"):
            return values
        if column.shown_as == "status":
            said = {v: formatting.status_words(v, self._tr, self._say) for v in dict.fromkeys(values)}
        else:
            there = [v for v in dict.fromkeys(values) if isinstance(v, str | bool)]
            said = {v: formatting.said(v, column, self._tr, self._say) for v in there}
        return [said.get(v, v) for v in values]

    def _cells(self, before: list[Cells], heading: str, values: list[Any], column: Column | None) -> Cells:
        """One column behind those `before` it; its heading and width are written at once."""
        dated = years(values) if column is None or column.shown_as == "text" else None
        values = dated[0] if dated else values
        at, texts = len(before), {v: shown_text(v) for v in dict.fromkeys(v for v in values if type(v) is str)}
        shown = [texts[v] if type(v) is str else _plain_value(v) for v in values]
        right = formatting.is_numeric(column)  # numbers that are groups or waves stand like names
        indent = bool(before) and before[-1].right and not right
        room = self._room(heading, [*texts.values()][:500])
        text_cell(self._sheet, 0, at, heading, self._head(right, indent))
        meaning = hint(column.name, self._tr) if column and self._names else ""
        if meaning:
            self._sheet.write_comment(0, at, meaning, {"author": "csimodels", "x_scale": 1.8})
        self._sheet.set_column(at, at, 3 + 1.75 * room)
        self._lines = max(self._lines, len(wrap(heading, 1.1, room + 0.3, 4)))
        self._wide += 3 + 1.75 * room
        long = {text: len(wrap(text, 1.0, room, _LINES)) for text in texts.values() if text_width(text, 1.0) > room}
        flagged = column is not None and column.shown_as == "status"
        looks = self._looks(column, indent, bool(long)) | ({"num_format": dated[1]} if dated else {})
        marked = self._form(looks | {"font_color": style.AMBER, "bold": True}) if flagged else None
        return Cells(shown, self._form(looks), self._tr("ok"), marked, long, right)

    def _room(self, heading: str, texts: Sequence[str]) -> float:
        """Letters across a column: its longest text, word and half its heading; long texts are broken into lines."""
        widest = max((text_width(v, 1.0) for v in texts), default=4.0)
        words = max(1.1 * text_width(w, 1.0) for w in (heading.split() or [""]))
        return max(min(widest, _LONG), min(max(words, 1.1 * text_width(heading, 1.0) / 2), _LONG))

    def _looks(self, column: Column | None, indent: bool, wrapped: bool) -> dict[str, Any]:
        """The properties of the format of a column."""
        code = self._number(column) if column else ""
        looks: dict[str, Any] = {"num_format": code} if code else {"align": "left"}
        if indent:
            looks["indent"] = 1
        if wrapped:
            looks |= {"text_wrap": True, "valign": "top"}
        return looks

    def _head(self, right: bool, indent: bool) -> Any:
        """The format of a heading: it stands where its column stands."""
        looks = {"bold": True, "bottom": 1, "font_color": style.ACCENT, "text_wrap": True, "valign": "top"}
        return self._form(looks | ({"align": "right"} if right else {"align": "left", "indent": int(indent)}))

    def _form(self, looks: dict[str, Any]) -> Any:
        """A format of the book, made once; None where nothing is asked."""
        key = tuple(sorted(looks.items()))
        if looks and key not in self._known:
            self._known[key] = self._book.add_format(looks)
        return self._known.get(key)

    def _number(self, column: Column) -> str:
        """Number format of a column; empty for text."""
        digits = DECIMALS.get(column.shown_as)
        if digits is None:
            return ""
        decimals = "." + "0" * digits if digits else ""
        if column.shown_as != "p":
            return f"0{decimals}%" if column.shown_as in ("share", "weight") else f"#,##0{decimals}"
        floor = self._floor if column.of_replicates else 0.0
        end = f"<={floor:.12f}" if floor else "<0.0005"
        return f'[{end}]"{formatting.p_value(floor, floor)}";0{decimals}'  # the cell keeps its number
