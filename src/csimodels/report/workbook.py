"""The tables as an Excel workbook: one sheet each, a cover with facts and notes, reproducible to the byte."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels.errors import MissingExtraError
from csimodels.i18n import N_, Translate, check_language, translator
from csimodels.report import formatting
from csimodels.report.content import COLUMNS, STRUCTURES, Content
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.geometry import text_width
from csimodels.report.html.measurement import subject_labels
from csimodels.report.html.notes import no_intervals
from csimodels.report.wording import Say, sayer
from csimodels.report.worksheet import Cells, fill, sheet_class
from csimodels.spec.model import Text

_EPOCH = datetime(1980, 1, 1)
_CELL_LIMIT = 32_767  # characters that a cell holds
_COVER = N_("Cover")
_COVER_EMS = 62.0  # letters that fit in one line across the cover
#: Columns of other tables that csimodels has written text into.
_PHRASES = {"survey_log": ("step", "subject", "detail"), "rollup": ("method",)}
_YES, _NO, _OTHERS = N_("yes"), N_("no"), "others"
#: Tables of covariance structures, and what their columns hold in words.
_STRUCTURES = frozenset({*STRUCTURES, "group_parameters", "group_fit_measures"})
_STRUCTURE_WORDS: Mapping[str, Mapping[Any, str]] = {
    "free": {True: _YES, False: _NO}, "kind": formatting.EFFECTS, "errors": formatting.ERROR_NAMES,
}  # fmt: skip
#: Sheets right behind the indices.
_COMPARED = ("rollup", "ranks", "ranks_within", "differences")


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
            sheet = book.add_worksheet(_sheet_name(tr(formatting.TITLES.get(name, name)), taken), sheet_class())
            _Sheet(book, sheet, name, lang, content).write(frame)
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
    out |= {name: content.tables[name] for name in _COMPARED if content.comparison(name) is not None}
    if content.groups is not None:
        out["groups"] = content.groups
    if content.group_paths is not None:
        out["group_paths"] = content.group_paths
    names = [n for n in COLUMNS if n in content.tables] + [n for n in content.tables if n not in COLUMNS]
    out |= {name: content.tables[name] for name in names if name not in out and len(content.tables[name].columns)}
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
    say = sayer(content.messages, content.model, lang, tr)
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    muted = book.add_format({"font_color": style.MUTED, "valign": "top"})
    head = book.add_format({"bold": True, "font_color": style.ACCENT, "font_size": 12})
    _text(sheet, 0, 0, _title(content, lang), book.add_format({"bold": True, "font_size": 18}))
    row = 2
    notes = [n.get(lang) if isinstance(n, Text) else say(n) for n in content.notes]
    if not content.has_intervals:
        notes.append(tr(no_intervals(content)))
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
        _text(sheet, row, 0, tr(formatting.FACTS.get(plain, plain)), muted)
        _text(sheet, row, 1, say(value), wrap)


def _text(sheet: Any, row: int, column: int, text: object, form: Any = None) -> None:
    """Write text as text, whatever it looks like."""
    sheet.write_string(row, column, _shown(text), form)


def _shown(text: object) -> str:
    """Text as a cell holds it: what is too long is cut with a mark."""
    plain = clean(text)
    return plain if len(plain) <= _CELL_LIMIT else plain[: _CELL_LIMIT - 2] + " …"


def _plain_value(value: Any) -> str | float | int | None:
    """What a cell holds of a value: a finite number, text, or nothing for NaN."""
    if type(value) is float and math.isfinite(value):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        return _shown(value)
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
        self._book, self._sheet, self._name = book, sheet, name
        self._lang, self._tr, self._model = lang, translator(lang), content.model if content else None
        self._say: Say = sayer(content.messages, content.model, lang, self._tr) if content else str
        self._head = book.add_format(
            {"bold": True, "bottom": 1, "font_color": style.ACCENT, "text_wrap": True, "valign": "top"}
        )
        self._flag = book.add_format({"font_color": style.AMBER, "bold": True})
        self._quality = name in ("quality", "group_quality")
        self._formats: dict[str, Any] = {}

    def write(self, frame: pd.DataFrame) -> None:
        """Headings, values, frozen heading, filter, widths, bars of the index."""
        at = 0
        cells: list[Cells] = []
        for column in frame.columns:
            values = frame[column].tolist()
            cells.append(self._column(at, str(column), values))
            if column == "index" and values:
                bar = {"type": "data_bar", "bar_solid": True, "bar_color": "#9cc3d5"}
                bar |= {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 100}
                self._sheet.conditional_format(1, at, len(values), at, bar)
            at += 1
            labels = self._labels(str(column), values)
            if labels:
                heading = formatting.heading(self._name, str(column), self._tr)
                cells.append(self._cells(at, f"{heading}: {self._tr('Label')}", labels, None))
                at += 1
        fill(self._sheet, cells)
        self._sheet.freeze_panes(1, 0)
        if at and len(frame):
            self._sheet.autofilter(0, 0, len(frame), at - 1)

    def _labels(self, column: str, values: list[Any]) -> list[Any]:
        """What the names of a column are called in the language of the workbook; empty for other columns."""
        if self._model is None:
            return []
        if column == "subject" and self._quality:
            known = subject_labels(self._model, self._lang)
            return [known.get(str(v), str(v)) for v in values]
        if column == "measure" and self._name in _STRUCTURES:
            return [_measure(str(v), self._tr) for v in values]
        if column not in formatting.NAMES or (column == "source" and self._quality):
            return []
        called = {v: self._model.label(str(v), self._lang) for v in dict.fromkeys(values)}
        return [called[v] for v in values]

    def _column(self, at: int, column: str, values: list[Any]) -> Cells:
        say = self._wording(column)
        if say is not None:
            said = {v: say(v) for v in dict.fromkeys(values)}
            values = [said[v] for v in values]
        return self._cells(at, formatting.heading(self._name, column, self._tr), values, self._format(column))

    def _wording(self, column: str) -> Callable[[Any], Any] | None:
        """How the values of a column are said in the language of the workbook; None where they stay as they are."""
        tr = self._tr
        if column == "status":
            return lambda v: formatting.status_words(v, tr, self._say)
        if self._name in _STRUCTURES and column in _STRUCTURE_WORDS:
            return lambda v: tr(_STRUCTURE_WORDS[column].get(v, str(v)))
        if column == "quadrant":
            return lambda v: tr(formatting.QUADRANTS.get(str(v), str(v)))
        if self._quality and column == "criterion":
            return lambda v: formatting.criterion(str(v), tr)
        if self._quality and column == "verdict":
            return lambda v: tr(formatting.VERDICTS.get(str(v), str(v)))
        if self._quality and column == "threshold":
            return lambda v: formatting.threshold(v, tr)
        if column in _PHRASES.get(self._name, ()):
            return lambda v: self._worded(v) if isinstance(v, str) else v
        if self._name == "differences" and column == "different":
            return lambda v: tr(_YES if v else _NO)
        if self._name == "differences" and column == "against":
            return lambda v: tr(_OTHERS) if v == _OTHERS else v
        return None

    def _worded(self, text: str) -> str:
        """Text that csimodels wrote: a message, or a word of the catalogue."""
        said = self._say(text)
        return self._tr(text) if said == text else said

    def _cells(self, at: int, heading: str, values: list[Any], form: Any) -> Cells:
        """One column; its heading and width are written at once."""
        _text(self._sheet, 0, at, heading, self._head)
        texts = {v: _shown(v) for v in dict.fromkeys(v for v in values if type(v) is str)}
        shown = [texts[v] if type(v) is str else _plain_value(v) for v in values]
        widest = max((text_width(v, 1.0) for v in list(texts)[:500]), default=4.0)
        words_wide = max(text_width(w, 1.0) for w in (heading.split() or [""]))
        self._sheet.set_column(at, at, min(60.0, 3 + 1.75 * max(widest, words_wide, text_width(heading, 1.0) / 2)))
        flagged = heading == self._tr(formatting.HEADINGS["status"])
        return Cells(shown, form, self._tr("ok"), self._flag if flagged else None)

    def _format(self, column: str) -> Any:
        digits = formatting.digits_of(self._name, column)
        if column in formatting.PERCENT:
            code = "0" + ("." + "0" * formatting.PERCENT[column] if formatting.PERCENT[column] else "") + "%"
        elif column in formatting.P_VALUES:
            code = "0.000"
        elif digits is None:
            return None
        else:
            code = "#,##0" + ("." + "0" * digits if digits else "")
        if code not in self._formats:
            self._formats[code] = self._book.add_format({"num_format": code})
        return self._formats[code]
