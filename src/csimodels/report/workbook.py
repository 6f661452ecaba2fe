"""The tables as an Excel workbook: one sheet each, a cover with facts and notes, reproducible to the byte."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels.errors import MissingExtraError
from csimodels.report import style, words
from csimodels.report.content import COLUMNS, Content
from csimodels.report.geometry import text_width
from csimodels.report.i18n import N_, check_language, translator
from csimodels.report.measurement import subject_labels
from csimodels.report.names import clean
from csimodels.report.phrases import phrase
from csimodels.spec.model import Model, Text

_EPOCH = datetime(1980, 1, 1)
_CELL_LIMIT = 32_767  # characters that a cell holds
_COVER = N_("Cover")
_COVER_EMS = 62.0  # letters that fit in one line across the cover
_QUALITY_WORDS = {"criterion": words.CRITERIA, "verdict": words.VERDICTS}


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
    frames = _frames(content) if content else dict(source)  # type: ignore[arg-type]
    when = created or (content.created if content else None) or _EPOCH
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _open(target) as book:
        about = {"author": "csimodels", "created": when.replace(tzinfo=None), "title": _title(content, lang)}
        book.set_properties(about)
        taken: set[str] = set()
        if content:
            _cover(book, content, lang, _sheet_name(tr(_COVER), taken))
        for name, frame in frames.items():
            sheet = book.add_worksheet(_sheet_name(tr(words.TITLES.get(name, name)), taken))
            _Sheet(book, sheet, name, lang, content.model if content else None).write(frame)
    return target


def _open(target: Path) -> Any:
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("xlsxwriter", "report", "writing a workbook") from None
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(str(target), options)


def _frames(content: Content) -> dict[str, pd.DataFrame]:
    """All tables in the order of the page; empty ones are left out."""
    out: dict[str, pd.DataFrame] = {"index": content.tables["index"]}
    if content.groups is not None:
        out["groups"] = content.groups
    if content.group_paths is not None:
        out["group_paths"] = content.group_paths
    names = [n for n in COLUMNS if n in content.tables] + [n for n in content.tables if n not in COLUMNS]
    out |= {name: content.tables[name] for name in names if name != "index" and len(content.tables[name].columns)}
    out["survey_log"] = content.survey_log
    return out


def _title(content: Content | None, lang: str) -> str:
    return clean(content.title.get(lang, content.model.name)) if content else "csimodels"


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


def _cover(book: Any, content: Content, lang: str, name: str) -> None:
    tr = translator(lang)
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    muted = book.add_format({"font_color": style.MUTED, "valign": "top"})
    head = book.add_format({"bold": True, "font_color": style.ACCENT, "font_size": 12})
    _text(sheet, 0, 0, _title(content, lang), book.add_format({"bold": True, "font_size": 18}))
    row = 2
    notes = [n.get(lang) if isinstance(n, Text) else phrase(n, tr) for n in content.notes]
    if not content.has_intervals:
        notes.append(tr("No standard errors or intervals were computed (uncertainty: none)."))
    if notes:
        _text(sheet, row, 0, tr("Read this first"), head)
        for note in notes:
            row += 1
            sheet.merge_range(row, 0, row, 1, "", wrap)
            sheet.set_row(row, 15 * math.ceil(text_width(note, 1.0) / _COVER_EMS))  # merged cells do not grow
            _text(sheet, row, 0, note, wrap)
        row += 2
    _text(sheet, row, 0, tr("How it was computed"), head)
    for key, value in content.facts.items():
        row += 1
        plain = key.replace("_", " ")
        _text(sheet, row, 0, tr(words.FACTS.get(plain, plain)), muted)
        _text(sheet, row, 1, phrase(str(value), tr), wrap)


def _text(sheet: Any, row: int, column: int, text: object, form: Any = None) -> None:
    """Write text as text, whatever it looks like; what a cell cannot hold is cut with a mark."""
    plain = clean(text)
    if len(plain) > _CELL_LIMIT:
        plain = plain[: _CELL_LIMIT - 2] + " …"
    sheet.write_string(row, column, plain, form)


class _Sheet:
    """Writes one table; knows its number formats and widths."""

    def __init__(self, book: Any, sheet: Any, name: str, lang: str, model: Model | None) -> None:
        self._book, self._sheet, self._name = book, sheet, name
        self._lang, self._tr, self._model = lang, translator(lang), model
        self._head = book.add_format(
            {"bold": True, "bottom": 1, "font_color": style.ACCENT, "text_wrap": True, "valign": "top"}
        )
        self._flag = book.add_format({"font_color": style.AMBER, "bold": True})
        self._quality = name in ("quality", "group_quality")
        self._formats: dict[str, Any] = {}

    def write(self, frame: pd.DataFrame) -> None:
        """Headings, values, frozen heading, filter, widths, bars of the index."""
        at = 0
        for column in frame.columns:
            values = frame[column].tolist()
            self._column(at, str(column), values)
            if column == "index" and values:
                bar = {"type": "data_bar", "bar_solid": True, "bar_color": "#9cc3d5"}
                bar |= {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 100}
                self._sheet.conditional_format(1, at, len(values), at, bar)
            at += 1
            labels = self._labels(str(column), values)
            if labels:
                heading = words.heading(self._name, str(column), self._tr)
                self._cells(at, f"{heading}: {self._tr('Label')}", labels, None)
                at += 1
        self._sheet.freeze_panes(1, 0)
        if at and len(frame):
            self._sheet.autofilter(0, 0, len(frame), at - 1)

    def _labels(self, column: str, values: list[Any]) -> list[str]:
        """What the names of a column are called in the language of the workbook; empty for other columns."""
        if self._model is None:
            return []
        if column == "subject" and self._quality:
            known = subject_labels(self._model, self._lang)
            return [known.get(str(v), str(v)) for v in values]
        named = column in words.NAMES and column not in words.TABLE_HEADINGS.get(self._name, {})
        return [self._model.label(str(v), self._lang) for v in values] if named else []

    def _column(self, at: int, column: str, values: list[Any]) -> None:
        if column == "status":
            values = [words.status_words(v, self._tr) for v in values]
        if column == "quadrant":
            values = [self._tr(words.QUADRANTS.get(str(v), str(v))) for v in values]
        if self._name == "survey_log" and column in ("step", "subject", "detail"):
            values = [phrase(v, self._tr) if isinstance(v, str) else v for v in values]
        if self._quality and column in _QUALITY_WORDS:
            known = _QUALITY_WORDS[column]
            values = [self._tr(known.get(str(v), str(v))) for v in values]
        if self._quality and column == "threshold":
            values = [words.threshold(v, self._tr) for v in values]
        self._cells(at, words.heading(self._name, column, self._tr), values, self._format(column))

    def _cells(self, at: int, heading: str, values: list[Any], form: Any) -> None:
        _text(self._sheet, 0, at, heading, self._head)
        ok = self._tr("ok")
        flagged = heading == self._tr(words.HEADINGS["status"])
        for row, value in enumerate(values, start=1):
            self._cell(row, at, value, self._flag if flagged and value != ok else form)
        widest = max((text_width(str(v), 1.0) for v in values[:500] if isinstance(v, str)), default=4.0)
        words_wide = max(text_width(w, 1.0) for w in (heading.split() or [""]))
        self._sheet.set_column(at, at, min(60.0, 3 + 1.75 * max(widest, words_wide, text_width(heading, 1.0) / 2)))

    def _cell(self, row: int, at: int, value: Any, form: Any) -> None:
        if value is None or value is pd.NA or value is pd.NaT:
            return
        if isinstance(value, bool) or not isinstance(value, Real):
            _text(self._sheet, row, at, value, form)
        elif math.isnan(float(value)):
            return
        elif math.isinf(float(value)):
            _text(self._sheet, row, at, words.number(value, 0), form)
        else:
            self._sheet.write_number(row, at, int(value) if isinstance(value, Integral) else float(value), form)

    def _format(self, column: str) -> Any:
        digits = words.digits_of(self._name, column)
        if column in words.PERCENT:
            code = "0%"
        elif column in words.P_VALUES:
            code = "0.000"
        elif digits is None:
            return None
        else:
            code = "#,##0" + ("." + "0" * digits if digits else "")
        if code not in self._formats:
            self._formats[code] = self._book.add_format({"num_format": code})
        return self._formats[code]
