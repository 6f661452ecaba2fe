"""The comparison of two results as a page: a summary first, what was done differently, then every change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from csimodels.i18n import N_, check_languages
from csimodels.messages import Message, joined, known, say
from csimodels.report import formatting
from csimodels.report.change_summary import summary_of
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.about import title_of
from csimodels.report.html.changes import ADJUSTED
from csimodels.report.html.parts_page import Part, PartsPage, write_parts
from csimodels.report.html.table_views import Cell, Lang, TableView, lang_of, table_view

_NUMBERS = ("before", "after", "change", "ci", "p", "p_adj", "different", "status")
#: Those that need an interval.
_TESTED = ("ci", "p", "p_adj", "different")
#: Constructs, groups and paths stand in tables of their own.
_WHOLE, _GROUPS, _ROLLED, _PATHS, _GROUP_PATHS = "whole", "by-group", "rollup", "paths", "group-paths"
#: Those of simple indices and nodes of the hierarchy.
_SIMPLE, _NODES, _SIMPLE_ROLLED = "simple", "nodes", "simple-rollup"


def write_comparison_html(
    table: pd.DataFrame,
    sides: tuple[Content, Content],
    path: str | Path,
    langs: Sequence[str],
    methods: Sequence[Message] = (),
    adjust: str = "holm",
) -> Path:
    """Write the page of a comparison; with several languages it has a switch, and opens in the first one.

    Parameters
    ----------
    table : DataFrame
        As :func:`csimodels.compare` gives it.
    sides : pair of Content
        Of the earlier and the later result.
    path : str or Path
    langs : sequence of str
    methods : sequence of Message
        Why a change may be one of method, see :func:`csimodels.rollup.changes.method_said`.
    adjust : str
        How p-values were corrected.

    Returns
    -------
    Path
        The file written (UTF-8).
    """
    codes = check_languages(langs)
    pages = [_page(table, sides, lang_of(sides[1], code), methods, adjust) for code in codes]
    return write_parts(pages, path, sides[1].fact("csimodels version"))


def _page(
    table: pd.DataFrame, sides: tuple[Content, Content], lang: Lang, methods: Sequence[Message], adjust: str
) -> PartsPage:
    after = sides[1]
    first, *counts = (say(text, lang.tr) for text in summary_of(table, lang.model, after.group_by, lang.code))
    text = str(joined(methods)) if methods else ""
    rows = table.assign(status=[_own_state(str(state), text) for state in table["status"]])
    tested = table["low"].notna().any()  # two results of the same answers are not
    how = [
        lang.tr(
            "The two results are taken as independent samples; intervals at {level} are normal, those of shares and "
            "net promoter scores by square-and-add."
        )
    ]
    corrected = lang.tr("Adjusted p-values are corrected by {method} among the rows of one construct or path.")
    how += [corrected.format(method=lang.tr(ADJUSTED[adjust]))] if adjust in ADJUSTED else []
    return PartsPage(
        lang=lang,
        title=title_of(after, lang),
        subtitle=(lang.tr("Comparison of two results"), *(_side(content, lang) for content in sides)),
        summary=tuple(clean(part) for part in (first, *(formatting.sentence(c) for c in counts)) if part),
        notes=tuple(clean(formatting.sentence(lang.say(message))) for message in methods),
        parts=tuple(_parts(rows, after, _known(lang, rows, sides))),
        said=tuple(part.format(level=lang.level) for part in how if tested),
    )


def _own_state(state: str, method: str) -> str:
    """A state without what is said of the whole comparison, which stands above the tables once."""
    if method and state == method:
        return "ok"
    return state.removesuffix(f"; {method}") if method else state


def _known(lang: Lang, rows: pd.DataFrame, sides: tuple[Content, Content]) -> Lang:
    """The language with what the columns of both results say."""
    messages: Mapping[str, Message] = {**sides[0].messages, **known(rows["status"])}
    return Lang(lang.code, lang.tr, lang.model, lang.level, True, lambda text: _said(text, lang, messages))


def _said(text: str, lang: Lang, messages: Mapping[str, Message]) -> str:
    return lang.say(messages.get(text, text))


def _side(content: Content, lang: Lang) -> str:
    """Respondents and date of one of the results."""
    index = content.table("index")
    n = formatting.number(index["n"].max(), 0) if len(index) else formatting.NONE
    day = f"{content.created:%Y-%m-%d}" if content.created else ""
    shown = lang.tr("{n} respondents").format(n=n)
    return f"{shown} ({day})" if day else shown


def _parts(table: pd.DataFrame, after: Content, lang: Lang) -> list[Part]:
    """Tables in the order of the page; those without rows are left out."""
    grouped = bool(after.group_by)
    of_all = "overall_" if grouped else ""
    named = {
        _WHOLE: (f"{of_all}index", N_("Indices")),
        _SIMPLE: (f"{of_all}indices", N_("Simple indices")),
        _NODES: (f"{of_all}hierarchy", N_("Hierarchy")),
        _ROLLED: ("rollup", N_("Roll-up")),
        _GROUPS: ("index" if grouped else "", N_("Groups")),
        _SIMPLE_ROLLED: ("simple_rollup", N_("Roll-up of simple indices")),
        f"group-{_SIMPLE}": ("indices" if grouped else "", N_("Simple indices by group")),
        f"group-{_NODES}": ("hierarchy" if grouped else "", N_("Hierarchy by group")),
        _PATHS: (f"{of_all}paths", N_("Path coefficients")),
        _GROUP_PATHS: ("paths" if grouped else "", N_("Path coefficients by group")),
    }
    parts = []
    for key, (name, title) in named.items():
        rows = table[table["table"] == name]
        if len(rows):
            parts.append(Part(key, lang.tr(title), _view(rows, key, after.group_by, lang)))
    return parts


def _view(rows: pd.DataFrame, key: str, by: tuple[str, ...], lang: Lang) -> TableView:
    """One table; group columns, levels and units where they tell rows apart."""
    front = [c for c in (*by, "level", "unit") if c in rows and rows[c].astype(str).ne("").any()]
    like = "compared_paths" if key in (_PATHS, _GROUP_PATHS) else "comparison"
    own = {c: clean(lang.names.column(c)) for c in by if c in front}
    shown = _NUMBERS if rows["low"].notna().any() else tuple(c for c in _NUMBERS if c not in _TESTED)
    view = table_view(rows, key, (*front, "subject", *shown), lang, own, like)
    at = len(front) + 1 + shown.index("change")
    cells = [_coloured(r[at], row, lang) for r, row in zip(view.rows, formatting.records(rows), strict=True)]
    body = tuple((*r[:at], cell, *r[at + 1 :]) for r, cell in zip(view.rows, cells, strict=True))
    return replace(view, rows=body)


def _coloured(cell: Cell, row: Mapping[str, object], lang: Lang) -> Cell:
    """A measurable change of an index in the colour of the better or the worse side; that of a path has none."""
    change, subject = formatting.as_float(row["change"]), str(row["subject"])
    if str(row["different"]) != "True" or " -> " in subject or not change:
        return cell
    better = change * lang.model.direction(subject) > 0
    sign, said = ("▲", lang.tr("rose")) if change > 0 else ("▼", lang.tr("fell"))
    kind, verdict = ("above", lang.tr("for the better")) if better else ("below", lang.tr("for the worse"))
    hint = lang.tr("{change}, {verdict}").format(change=said, verdict=verdict)
    return replace(cell, kind=f"{cell.kind} against {kind}", sign=sign, hint=hint)
