"""Tables as the page shows them: cells with text, a sort key and, where it helps, a bar or a whisker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from csimodels.i18n import Translate, translator
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.direction import named, said_of
from csimodels.report.escaping import clean
from csimodels.report.glossary import hint
from csimodels.report.wording import Names, Say, sayer
from csimodels.spec.model import Model
from csimodels.tables import catalogue
from csimodels.tables.columns import COLUMNS, DECIMALS
from csimodels.tables.columns import Column as Spec
from csimodels.tables.vocabulary import LEADS, QUADRANTS


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
    """One cell: text, what it sorts by (None: its text), how it looks; a sign beside it and what that says; a link."""

    text: str
    sort: float | None = None
    kind: str = "text"
    mark: Mark | None = None
    sign: str = ""
    hint: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column; ``ticks`` are the ends of the axis of a column of marks."""

    title: str
    kind: str = "num"
    ticks: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table ready for the template; ``said`` stands below it wherever it is shown."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    flags: tuple[bool, ...]
    sortable: bool = True
    said: str = ""

    @property
    def all_flagged(self) -> bool:
        """Whether every row is flagged, so that a flag sets none apart."""
        return len(self.flags) > 1 and all(self.flags)


@dataclass(frozen=True, slots=True)
class Block:
    """A folded table with its title, and what is said under it."""

    title: str
    table: TableView | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Lang:
    """What every view needs: the language, its wording, the model's labels, the confidence level, how what lower
    floors have said is said, and the smallest p-value that replicates can give."""

    code: str
    tr: Translate
    model: Model
    level: str
    intervals: bool
    say: Say
    p_floor: float = 0.0

    @property
    def names(self) -> Names:
        """What groups, levels, units, waves and their columns are called."""
        return Names(self.model, self.code)

    def label(self, name: object) -> str:
        """Label of a construct or item."""
        return clean(self.model.label(str(name), self.code))

    def judged(self, name: object) -> str:
        """The same, and that lower is better where it is."""
        found = named(self.model, str(name), self.code)
        return self.say(found) if isinstance(found, Message) else found


def lang_of(content: Content, code: str) -> Lang:
    """The :class:`Lang` of `content` in language `code`."""
    tr = translator(code)
    say = sayer(content.messages, content.model, code, tr)
    level = formatting.level_text(content.level)
    return Lang(code, tr, content.model, level, content.has_intervals, say, content.p_floor)


def table_view(
    frame: pd.DataFrame,
    name: str,
    wanted: Sequence[str],
    lang: Lang,
    titles: Mapping[str, str] | None = None,
    like: str = "",
) -> TableView:
    """`frame` as a view.

    Parameters
    ----------
    frame : DataFrame
    name : str
        Name of the table, for rounding and element ids.
    wanted : sequence of str
        Columns; ``"ci"`` stands for ``[low, high]`` and ``"x_ci"`` for ``[x_low, x_high]``.  Intervals and ``se``
        are left out where the result has none, and ``status`` where every row is ok.  One state of all rows is said
        below the table, not in every row.
    lang : Lang
    titles : mapping of column to str, optional
        Headings of columns that the user has named.
    like : str, optional
        Table of the catalogue whose columns say how values are shown; `name` by default.
    """
    states = list(frame["status"]) if "status" in frame else []
    ok = [formatting.is_ok(s) for s in states] or [True] * len(frame)
    same = "status" in wanted and len(states) > 1 and not ok[0] and len(set(map(str, states))) == 1
    own = titles or {}
    keep = {c: None if c in own else _declared(c, like or name) for c in wanted if _shown(c, lang, all(ok) or same)}
    columns = tuple(_titled(_column(c, spec, lang), own.get(c)) for c, spec in keep.items())
    records = formatting.records(lang.names.frame(frame))
    rows = tuple(tuple(_cell(row, c, spec, lang) for c, spec in keep.items()) for row in records)
    said = said_of(frame, lang.model, lang.code, lang.tr)
    if same:
        state = lang.tr("Every row: {status}.").format(status=formatting.status_words(states[0], lang.tr, lang.say))
        said = f"{said}{'' if lang.code == 'zh' else ' '}{state}".strip()
    return TableView(name, columns, rows, tuple(not o for o in ok), said=said)


def _titled(column: Column, title: str | None) -> Column:
    return column if title is None else replace(column, title=clean(title))


def _shown(column: str, lang: Lang, all_ok: bool) -> bool:
    if column == "status":
        return not all_ok
    return lang.intervals or not (column in {"se", "ci", "p"} or column.endswith(("_ci", "_se")))


def _is_interval(column: str) -> bool:
    return column == "ci" or column.endswith("_ci")


def _declared(column: str, table: str) -> Spec | None:
    """What the catalogue says of a column; of an interval, what it says of its lower limit."""
    return catalogue.column(table, f"{column[:-2]}low" if _is_interval(column) else column)


def _column(column: str, spec: Spec | None, lang: Lang) -> Column:
    if column == "rank_ci":
        return Column(lang.tr("Interval of the rank"), hint=hint(column, lang.tr))
    if _is_interval(column):
        return Column(lang.tr("{level} interval").format(level=lang.level), hint=hint("ci", lang.tr))
    if column.endswith("_se") and spec is not None:
        return Column(lang.tr(COLUMNS["se"].heading), hint=hint("se", lang.tr))
    text = lang.tr(spec.heading) if spec else clean(lang.names.column(column))
    usual = spec is not None and column in COLUMNS and spec.heading == COLUMNS[column].heading
    return Column(text, "num" if formatting.is_numeric(spec) else "text", hint=hint(column, lang.tr) if usual else "")


def _cell(row: Mapping[str, object], column: str, spec: Spec | None, lang: Lang) -> Cell:
    if _is_interval(column):
        low, high = (row.get(f"{column[:-2]}{end}") for end in ("low", "high"))
        return Cell(formatting.interval_as(low, high, spec), formatting.as_float(low), "num ci")
    value = row.get(column)
    kind = spec.shown_as if spec else "text"
    if kind == "label" and spec is not None:
        return Cell(lang.tr(spec.words[str(value)])) if str(value) in spec.words else label_cell(value, lang)
    text = formatting.shown(value, spec, lang.tr, lang.say, lang.p_floor)
    if kind in DECIMALS:
        more = " rank" if column == "rank" else " se" if column == "se" or column.endswith("_se") else ""
        return Cell(text, formatting.as_float(value), f"num{more}")
    if kind == "status":
        return Cell(text, kind="text" if formatting.is_ok(value) else "text badge")
    if column == "quadrant":
        return Cell(text, kind=f"text quadrant {quadrant_class(value)}")
    return Cell(text, kind="text")


def label_cell(value: object, lang: Lang) -> Cell:
    """Label of a construct, or of several along a path; name of an item and its wording, where it has one."""
    for sign, shown in ((" -> ", " → "), (" ~ ", " ~ ")):
        if sign in str(value):
            return Cell(shown.join(lang.label(part) for part in str(value).split(sign)), kind="text name chain")
    name, wording = clean(value), lang.label(value)
    if value not in lang.model.item_names:
        return Cell(wording, kind="text name")
    return Cell(name if wording == name else f"{name} · {wording}", kind="text item")


def quadrant_class(value: object) -> str:
    """CSS class of a quadrant, ``"none"`` for anything unknown."""
    return f"q-{value}" if value in QUADRANTS or value in LEADS else "q-none"


def with_marks(view: TableView, frame: pd.DataFrame, scale: Scale, after: int, bar: bool, hint: str = "") -> TableView:
    """`view` with a column of marks for ``index`` inserted as column number `after`."""
    ticks = tuple(formatting.number(v, 0) for v in (scale.low, (scale.low + scale.high) / 2, scale.high))
    marks = [_mark(row, scale, bar) for row in formatting.records(frame)]
    return with_column(view, after, Column("", "mark", ticks, hint), marks)


def named_whole(view: TableView, lang: Lang) -> TableView:
    """`view` of all respondents, which no group column names, with a first column that does."""
    called = Cell(lang.tr("All respondents"), kind="text name")
    return with_column(view, 0, Column(lang.tr("Unit"), "text"), [called] * len(view.rows))


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
    odd = (high == low) * 5 + (high - low) % 10
    room = odd if high + odd <= 100 or max(finite) > 100 else 0  # the scale ends at 100: room is made below instead
    return Scale(low - (odd - room), high + room)
