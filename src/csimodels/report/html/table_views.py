"""Tables as the page shows them: cells with text, a sort key and, where it helps, a bar or a whisker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from csimodels.i18n import Translate, translator
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.wording import Say, sayer
from csimodels.spec.model import Model

#: Tables whose text was written by csimodels; elsewhere it names groups.
_WORDED = frozenset({"survey_log"})


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of a column of marks."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Position of `value` in percent of the axis, kept inside it."""
        return round(min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low))), 2)


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar from the left or a dot, with a whisker where there is an interval; positions in percent."""

    at: float
    low: float | None
    high: float | None
    bar: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, what it sorts by (None: its text), how it looks; a sign beside it and what that says."""

    text: str
    sort: float | None = None
    kind: str = "text"
    mark: Mark | None = None
    sign: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column; ``ticks`` are the ends of the axis of a column of marks."""

    title: str
    kind: str = "num"
    ticks: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table ready for the template."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    flags: tuple[bool, ...]
    sortable: bool = True

    @property
    def all_flagged(self) -> bool:
        """Whether every row is flagged, so that a flag sets none apart."""
        return len(self.flags) > 1 and all(self.flags)


@dataclass(frozen=True, slots=True)
class Lang:
    """What every view needs: the language, its wording, the model's labels, the confidence level, and how what lower
    floors have said is said."""

    code: str
    tr: Translate
    model: Model
    level: str
    intervals: bool
    say: Say

    def label(self, name: object) -> str:
        """Label of a construct or item."""
        return clean(self.model.label(str(name), self.code))


def lang_of(content: Content, code: str) -> Lang:
    """The :class:`Lang` of `content` in language `code`."""
    tr = translator(code)
    say = sayer(content.messages, content.model, code, tr)
    return Lang(code, tr, content.model, formatting.level_text(content.level), content.has_intervals, say)


def table_view(
    frame: pd.DataFrame, name: str, wanted: Sequence[str], lang: Lang, titles: Mapping[str, str] | None = None
) -> TableView:
    """`frame` as a view.

    Parameters
    ----------
    frame : DataFrame
    name : str
        Name of the table, for rounding and element ids.
    wanted : sequence of str
        Columns; ``"ci"`` stands for ``[low, high]`` and ``"x_ci"`` for ``[x_low, x_high]``.  Intervals and ``se``
        are left out where the result has none, and ``status`` where every row is ok.
    lang : Lang
    titles : mapping of column to str, optional
        Headings of columns that the user has named.
    """
    ok = [formatting.is_ok(s) for s in frame["status"]] if "status" in frame else [True] * len(frame)
    keep = [c for c in wanted if _shown(c, lang, all(ok))]
    columns = tuple(_titled(_column(c, name, lang), (titles or {}).get(c)) for c in keep)
    rows = tuple(tuple(_cell(row, c, name, lang) for c in keep) for row in formatting.records(frame))
    return TableView(name, columns, rows, tuple(not o for o in ok))


def _titled(column: Column, title: str | None) -> Column:
    return column if title is None else replace(column, title=clean(title))


def _shown(column: str, lang: Lang, all_ok: bool) -> bool:
    if column == "status":
        return not all_ok
    return lang.intervals or not (column in {"se", "ci", "p"} or column.endswith(("_ci", "_se")))


def _column(column: str, table: str, lang: Lang) -> Column:
    if column == "rank_ci":
        return Column(lang.tr("Interval of the rank"))
    if column == "ci" or column.endswith("_ci"):
        return Column(lang.tr("{level} interval").format(level=lang.level))
    title = formatting.HEADINGS.get("se" if column.endswith("_se") else column)
    text = lang.tr(title) if title else clean(column)
    fractions = column in formatting.PERCENT or column in formatting.P_VALUES
    numeric = formatting.digits_of(table, column) is not None or fractions
    return Column(text, "num" if numeric else "text")


def _cell(row: Mapping[str, object], column: str, table: str, lang: Lang) -> Cell:
    if column == "ci" or column.endswith("_ci"):
        stem = column[:-2]
        digits = formatting.digits_of(table, f"{stem}low") or 0
        low, high = row.get(f"{stem}low"), row.get(f"{stem}high")
        return Cell(formatting.interval(low, high, digits), formatting.as_float(low), "num ci")
    value = row.get(column)
    if column in formatting.NAMES:
        return label_cell(value, lang)
    if column == "status":
        kind = "text" if formatting.is_ok(value) else "text badge"
        return Cell(formatting.status_words(value, lang.tr, lang.say), kind=kind)
    if column == "effect":
        return Cell(lang.tr(formatting.VERDICTS.get(str(value), "")) or formatting.NONE, kind="text")
    if column == "quadrant":
        words = lang.tr(formatting.QUADRANTS.get(str(value), str(value)))
        return Cell(words, kind=f"text quadrant {quadrant_class(value)}")
    return _plain(value, column, table, lang)


def label_cell(value: object, lang: Lang) -> Cell:
    """Label of a construct; name of an item and its wording, where it has one."""
    name, wording = clean(value), lang.label(value)
    if value not in lang.model.item_names:
        return Cell(wording, kind="text name")
    return Cell(name if wording == name else f"{name} · {wording}", kind="text item")


def _plain(value: object, column: str, table: str, lang: Lang) -> Cell:
    digits = formatting.digits_of(table, column)
    if column in formatting.PERCENT:
        return Cell(formatting.percent(value, formatting.PERCENT[column]), formatting.as_float(value), "num")
    if column in formatting.P_VALUES:
        return Cell(formatting.p_value(value), formatting.as_float(value), "num")
    if digits is not None:
        kind = "num rank" if column == "rank" else "num"
        return Cell(formatting.number(value, digits), formatting.as_float(value), kind)
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    text = str(value)
    if table in _WORDED:
        text = lang.tr(text) if column == "step" else lang.say(text)
    return Cell(formatting.NONE if missing else clean(text), kind="text")


def quadrant_class(value: object) -> str:
    """CSS class of a quadrant, ``"none"`` for anything unknown."""
    return f"q-{value}" if value in formatting.QUADRANTS else "q-none"


def with_marks(view: TableView, frame: pd.DataFrame, scale: Scale, after: int, bar: bool, hint: str = "") -> TableView:
    """`view` with a column of marks for ``index`` inserted as column number `after`."""
    ticks = tuple(formatting.number(v, 0) for v in (scale.low, (scale.low + scale.high) / 2, scale.high))
    marks = [_mark(row, scale, bar) for row in formatting.records(frame)]
    return with_column(view, after, Column("", "mark", ticks, hint), marks)


def with_column(view: TableView, after: int, head: Column, cells: Sequence[Cell]) -> TableView:
    """`view` with one more column as its number `after`."""
    columns = (*view.columns[:after], head, *view.columns[after:])
    rows = tuple((*r[:after], cell, *r[after:]) for r, cell in zip(view.rows, cells, strict=True))
    return replace(view, columns=columns, rows=rows)


def _mark(row: Mapping[str, object], scale: Scale, bar: bool) -> Cell:
    value, low, high = (formatting.as_float(row.get(k)) for k in ("index", "low", "high"))
    if math.isnan(value):
        return Cell("", math.nan, "mark")
    whisker = not (math.isnan(low) or math.isnan(high))
    mark = Mark(scale.at(value), scale.at(low) if whisker else None, scale.at(high) if whisker else None, bar)
    return Cell("", value, "mark", mark)


def zoomed(frame: pd.DataFrame) -> Scale:
    """An axis round all values and intervals of ``index``, in steps of 5 within 0-100."""
    values = [formatting.as_float(v) for c in ("index", "low", "high") if c in frame for v in frame[c]]
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return Scale(0, 100)
    low, high = 5 * math.floor((min(finite) - 0.5) / 5), 5 * math.ceil((max(finite) + 0.5) / 5)
    low, high = max(0, low) if min(finite) >= 0 else low, min(100, high) if max(finite) <= 100 else high
    return Scale(low, high + (high == low) * 5 + (high - low) % 10)
