"""Quality of the measurement on the page: the number first, then a quiet mark where a rule of thumb is missed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from csimodels.messages import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.html.table_views import Cell, Column, Lang, TableView, table_view
from csimodels.spec.model import Model
from csimodels.tables.columns import COLUMNS
from csimodels.tables.quality import CRITERIA
from csimodels.tables.quantities import over
from csimodels.tables.vocabulary import VERDICTS

#: Criteria of a construct by itself: columns of the table of reliability.
_RELIABILITY = tuple(c.name for c in CRITERIA if over(c.block) == "construct")
#: Marks of a missed rule of thumb.
SIGNS = {"below": "▾", "above": "▴", "unclear": "≈"}
_PATHS = ("source", "target", "estimate", "se", "ci", "p")
_DIMENSIONS = ("construct", "dimension", "weight", "weight_unstd", "loading", "se", "ci", "communality")
_LOADINGS = ("construct", "item", "weight", "weight_unstd", "loading", "se", "ci", "communality")

Rows = Mapping[tuple[str, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Measured:
    """A table and the rules of thumb that stand under it."""

    table: TableView
    rules: str = ""


#: What the marks at numbers mean.
MARKS = N_(
    "The mark ▾ stands at a value whose interval lies wholly below its rule of thumb, ▴ at one wholly above it, ≈ "
    "where the interval covers the rule; without an interval the value itself is judged. Rules of thumb are "
    "conventions: look at the number first, then at the questions, then at the rule."
)


def judged(shown: Measured, lang: Lang) -> str:
    """The rules of thumb of a table, and what its marks mean where it has any: on paper every table says it itself."""
    marked = any(cell.sign for row in shown.table.rows for cell in row)
    space = "" if lang.code == "zh" else " "
    return space.join(part for part in (shown.rules, lang.tr(MARKS) if marked else "") if part)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Loadings and paths with their criteria; None where nothing is known of ``reliability`` and ``discriminant``.

    ``dimensions``: of higher-order constructs, None where there are none.
    """

    loadings: Measured
    dimensions: Measured | None
    paths: Measured
    reliability: Measured | None
    discriminant: Measured | None

    @property
    def marks(self) -> str:
        """What the marks at numbers mean, to be translated."""
        return MARKS


def measurement(content: Content, lang: Lang) -> Measurement:
    """Everything that `content` says about the quality of measurement and model, for all respondents together."""
    rows = {(str(r["criterion"]), str(r["subject"])): r for r in formatting.records(content.table("quality"))}
    tables = (_loadings(content, rows, lang), _dimensions(content, rows, lang), _paths(content, rows, lang))
    return Measurement(*tables, *_validity(content, rows, lang))


def subject_labels(model: Model, lang: str) -> dict[str, str]:
    """Label of every subject of the quality table: constructs, items, pairs of constructs, paths."""
    names = model.construct_names
    label = {name: model.label(name, lang) for name in names}
    out = dict(label)
    out |= {f"{i.name} ({c.name})": f"{model.label(i.name, lang)}" for c in model.constructs for i in c.items}
    out |= {f"{part} ({c.name})": f"{label[part]}" for c in model.constructs for part in c.of}
    out |= {f"{a} ~ {b}": f"{label[a]} ~ {label[b]}" for a in names for b in names}
    return out | {f"{a} -> {b}": f"{label[a]} → {label[b]}" for a in names for b in names}


def _validity(content: Content, rows: Rows, lang: Lang) -> tuple[Measured | None, Measured | None]:
    return _reliability(content, rows, lang), _discriminant(content, rows, lang)


def _reliability(content: Content, rows: Rows, lang: Lang) -> Measured | None:
    """One row per construct; single items and formative constructs, for which nothing is defined, have dashes."""
    shown = [c for c in _RELIABILITY if any(key[0] == c for key in rows)]
    if not shown:
        return None
    body = []
    for name in content.model.construct_names:
        found = [rows.get((criterion, name)) for criterion in shown]
        body.append((Cell(lang.label(name), kind="text name"), *(number_cell(r, 3, lang) for r in found)))
    columns = (Column(_title("construct", lang), "text"), *(Column(formatting.criterion(c, lang.tr)) for c in shown))
    return Measured(_with_state("reliability", columns, body, _state(rows), lang), _rules(rows, shown, lang))


def _discriminant(content: Content, rows: Rows, lang: Lang) -> Measured | None:
    """HTMT as a lower triangle; constructs without any value are left out."""
    pairs = {}
    for a in content.model.construct_names:
        for b in content.model.construct_names:
            row = rows.get(("HTMT", f"{a} ~ {b}"))
            if row is not None:
                pairs[a, b] = pairs[b, a] = row
    names = [n for n in content.model.construct_names if any(a == n for a, _ in pairs)]
    if not names:
        return None
    columns = (Column("", "text"), *(Column(lang.label(n)) for n in names[:-1]))
    body = []
    for k, name in enumerate(names[1:], start=1):
        found = [pairs.get((name, other)) for other in names[:k]]
        blank = [Cell("", kind="num")] * (len(names) - 1 - k)
        body.append((Cell(lang.label(name), kind="text name"), *(number_cell(r, 3, lang) for r in found), *blank))
    table = _with_state("htmt", columns, body, _state(rows), lang)
    return Measured(replace(table, sortable=False), _rules(rows, ["HTMT"], lang))


def _loadings(content: Content, rows: Rows, lang: Lang) -> Measured:
    frame = content.table("loadings")
    alone = ~frame["construct"].duplicated(keep=False)  # a loading of 1 by definition has no error
    frame.loc[alone, ["se", "low", "high"]] = math.nan
    view = table_view(frame, "loadings", _LOADINGS, lang)
    keys = [f"{item} ({construct})" for item, construct in zip(frame["item"], frame["construct"], strict=True)]
    view = _marked(view, "loading", [rows.get(("loading", k)) for k in keys], lang)
    return Measured(view, _rules(rows, ["loading"], lang))


def _dimensions(content: Content, rows: Rows, lang: Lang) -> Measured | None:
    frame = content.table("dimensions")
    if frame.empty:
        return None
    keys = [f"{part} ({whole})" for part, whole in zip(frame["dimension"], frame["construct"], strict=True)]
    view = _marked(
        table_view(frame, "dimensions", _DIMENSIONS, lang), "loading", [rows.get(("loading", k)) for k in keys], lang
    )
    return Measured(view, _rules(rows, ["loading"], lang))


def _paths(content: Content, rows: Rows, lang: Lang) -> Measured:
    """Path coefficients with the collinearity of the source and the size of its effect, where these are known."""
    frame = content.table("paths")
    keys = [f"{s} -> {t}" for s, t in zip(frame["source"], frame["target"], strict=True)]
    vif, f2 = ([rows.get((criterion, k)) for k in keys] for criterion in ("VIF", "f2"))
    known = [name for name, found in (("vif", vif), ("f2", f2)) if any(found)]
    frame = frame.assign(vif=_values(vif), f2=_values(f2), effect=[_size(r) for r in f2])
    more = [*known, *(["effect"] if any(frame["effect"]) else [])]
    view = _marked(table_view(frame, "paths", (*_PATHS, *more, "status"), lang), "vif", vif, lang)
    return Measured(view, _rules(rows, ["VIF", "f2"], lang))


def _values(rows: list[Mapping[str, object] | None]) -> list[float]:
    return [math.nan if r is None else formatting.as_float(r["value"]) for r in rows]


def _verdict(row: Mapping[str, object] | None) -> str:
    return "" if row is None else str(row["verdict"])


def _size(row: Mapping[str, object] | None) -> str:
    """The size of an effect in words; none of a fit with a state, on which no verdict stands."""
    return _verdict(row) if row is not None and formatting.is_ok(row["status"]) else ""


def _marked(view: TableView, column: str, rows: list[Mapping[str, object] | None], lang: Lang) -> TableView:
    """`view` with the verdicts of `rows` at its numbers in `column`."""
    at = next((k for k, c in enumerate(view.columns) if c.title == _title(column, lang)), None)
    if at is None:
        return view
    body = []
    for cells, row in zip(view.rows, rows, strict=True):
        sign, hint = _sign(row, lang)
        kind = f"{cells[at].kind} miss" if _missed(row) else cells[at].kind
        body.append((*cells[:at], replace(cells[at], sign=sign, hint=hint, kind=kind), *cells[at + 1 :]))
    return replace(view, rows=tuple(body))


def number_cell(row: Mapping[str, object] | None, digits: int, lang: Lang) -> Cell:
    """The value of a criterion with its mark; its interval and the missed rule of thumb are the hint."""
    if row is None or math.isnan(formatting.as_float(row["value"])):
        return Cell(formatting.NONE, math.nan, "num")
    sign, hint = _sign(row, lang)
    limits = formatting.interval(row["low"], row["high"], digits)
    if limits != formatting.NONE:
        said = f"{lang.tr('{level} interval').format(level=lang.level)} {limits}"
        hint = lang.tr("; ").join([said, hint] if hint else [said])
    value = formatting.as_float(row["value"])
    while _missed(row) and digits < 6 and _bound(row) == round(value, digits):
        digits += 1  # 0.6998 is below 0.70, 0.700 does not show it
    return Cell(formatting.number(value, digits), value, "num miss" if _missed(row) else "num", sign=sign, hint=hint)


def _missed(row: Mapping[str, object] | None) -> bool:
    """Whether a rule is missed for sure."""
    return _verdict(row) in ("below", "above")


def _sign(row: Mapping[str, object] | None, lang: Lang) -> tuple[str, str]:
    """The mark of a rule that is missed, or neither missed nor met, and what it says; empty where the rule is met."""
    sign = SIGNS.get(_verdict(row), "")
    if row is None or not sign:
        return "", ""
    text = lang.tr(VERDICTS[_verdict(row)])
    return sign, f"{text} ({formatting.threshold(row['threshold'], lang.tr)})"


def _bound(row: Mapping[str, object]) -> float:
    return formatting.as_float(str(row["threshold"]).lstrip("<>= "))


def _rules(rows: Rows, criteria: list[str], lang: Lang) -> str:
    """``Rules of thumb: AVE ≥ 0.50 (Fornell & Larcker 1981)`` for the criteria shown; empty where there is none."""
    out = []
    for name in criteria:
        row = next((r for (criterion, _), r in rows.items() if criterion == name), None)
        if row is not None:
            text = lang.tr("{criterion} {threshold} ({source})")
            title, bound = formatting.criterion(name, lang.tr), formatting.threshold(row["threshold"], lang.tr)
            out.append(text.format(criterion=title, threshold=bound, source=row["source"]))
    return lang.tr("Rules of thumb: {rules}.").format(rules=lang.tr("; ").join(out)) if out else ""


def _state(rows: Rows) -> str:
    """The state of the one fit that all rows come from."""
    return next((str(r["status"]) for r in rows.values() if not formatting.is_ok(r["status"])), "ok")


def _with_state(
    name: str, columns: tuple[Column, ...], body: list[tuple[Cell, ...]], state: str, lang: Lang
) -> TableView:
    """A table; what state the fit of all its rows is in stands below it where that is not ok."""
    if formatting.is_ok(state):
        return TableView(name, columns, tuple(body), (False,) * len(body))
    status = formatting.status_words(state, lang.tr, lang.say)
    said = lang.tr("Every row: {status}.").format(status=status)
    return TableView(name, columns, tuple(body), (True,) * len(body), said=said)


def _title(column: str, lang: Lang) -> str:
    return lang.tr(COLUMNS[column].heading)
