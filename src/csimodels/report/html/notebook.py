"""A result in a notebook: summary, drivers, figures and notes in tabs, rounded for people, in either language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import count

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.direction import best_first
from csimodels.report.escaping import escape
from csimodels.report.figures.figures import Figures
from csimodels.report.html.notes import notes_of
from csimodels.report.html.table_views import Lang, TableView, lang_of, table_view
from csimodels.report.standing import changed, headline_name, place, standing, wave_column

#: Rows of a table that are shown.
MOST_ROWS = 40
_TABS = (N_("Summary"), N_("Drivers and paths"), N_("Figures"), N_("Notes"))
_number = count(1)
_STYLE = (
    "#{id}>input{{position:absolute;opacity:0}}#{id}>label{{display:inline-block;padding:.2em .8em;cursor:pointer;"
    "border-bottom:2px solid transparent}}#{id}>input:checked+label{{border-color:currentColor;font-weight:600}}"
    "#{id}>input:focus-visible+label{{outline:2px solid currentColor}}#{id}>div{{display:none;margin-top:.5em}}{shown}"
    "#{id} table{{margin:.3em 0 1em}}#{id} td,#{id} th{{text-align:left;padding:.15em .6em}}"
    "#{id} .num{{text-align:right}}"
)


def notebook(content: Content, code: str, figures: Figures) -> str:
    """The result as HTML without scripts: where styles are not let through, the tabs stand one below the other.

    Parameters
    ----------
    content : Content
    code : {"en", "zh"}
    figures : Figures
        Of the same content.
    """
    lang = lang_of(content, code)
    makers: tuple[Callable[[], str], ...] = (
        lambda: _summary(content, lang),
        lambda: _drivers(content, lang),
        lambda: _figures(content, lang, figures),
        lambda: _notes(content, lang),
    )
    made = [make() for make in makers]
    own = f"csi-result-{_told(made[0])}-{next(_number)}"
    heads, panels, shown = "", "", ""
    for k, (title, panel) in enumerate(zip(_TABS, made, strict=True)):
        checked = " checked" if k == 0 else ""
        heads += f'<input type="radio" name="{own}" id="{own}-{k}"{checked}>'
        heads += f'<label for="{own}-{k}">{escape(lang.tr(title))}</label>'
        panels += f"<div>{panel}</div>"
        shown += f"#{own}>#{own}-{k}:checked~div:nth-of-type({k + 1}){{display:block}}"
    style = _STYLE.format(id=own, shown=shown)
    language = "zh-CN" if code == "zh" else "en"
    return f'<style>{style}</style><div id="{own}" lang="{language}">{heads}{panels}</div>'


def _told(text: str) -> str:
    """Letters that go with what is shown: numbers begin anew with the kernel, while outputs of the last one stand."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _summary(content: Content, lang: Lang) -> str:
    """The number at the top, its change, and the indices: of the groups where there are any."""
    top = standing(content)
    limits = formatting.interval(top.low, top.high, 1)
    shown = "" if limits == formatting.NONE else f" {lang.level} {limits}"
    title = content.title.get(lang.code) or content.model.title.get(lang.code, content.model.name)
    number = f"{lang.label(headline_name(content))}: {formatting.number(top.index, 1)}"
    lines = (place(content, top, lang.code), changed(content, top, lang.code, lang.tr))
    head = f"<h3>{escape(title)}</h3><p><b>{escape(number)}</b>{escape(shown)}</p>"
    head += "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    whole = _table(table_view(content.table("index"), "index", ("construct", "index", "ci", "n", "status"), lang), lang)
    groups = content.group_table()
    if groups is None:
        return head + whole
    mine = groups[groups["construct"] == content.model.index.construct]
    mine = best_first(mine, content.model)
    if wave_column(content) in mine and len(content.group_by) > 1:
        mine = mine[mine[wave_column(content)].map(str) == top.wave]
    view = table_view(mine, "groups", (*content.group_by, "index", "ci", "n", "status"), lang, like="index")
    return head + whole + _table(view, lang)


def _drivers(content: Content, lang: Lang) -> str:
    """Drivers, unless the model bears no verdict, and paths."""
    out = ""
    drivers = content.table("drivers")
    if len(drivers) and content.bears_verdicts:
        columns = ("driver", "importance", "importance_ci", "performance", "performance_ci", "quadrant", "status")
        out = _table(table_view(drivers, "drivers", columns, lang), lang)
    paths = content.table("paths")
    if len(paths):
        out += _table(table_view(paths, "paths", ("source", "target", "estimate", "ci", "p", "status"), lang), lang)
    return out or f"<p>{escape(lang.tr('There are no drivers.'))}</p>"


def _figures(content: Content, lang: Lang, figures: Figures) -> str:
    """The path diagram, and how to get every other figure; with its finding where it says one."""
    out = ""
    if len(content.table("paths")):
        out = figures.path_diagram(lang.code).in_notebook()
    calls = [(f'picture("{n}", lang="{lang.code}")', figures.picture(n, lang.code).title) for n in figures.names()]
    calls += [(f'{name}(lang="{lang.code}")', "") for name in figures.others()]
    items = "".join(f"<li><code>result.figures.{escape(call)}</code> {escape(said)}</li>" for call, said in calls)
    return f"{out}<ul>{items}</ul>"


def _notes(content: Content, lang: Lang) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in notes_of(content, lang))
    facts = " · ".join(
        f"{escape(lang.tr(formatting.FACTS.get(key.replace('_', ' '), key)))}: {escape(lang.say(value))}"
        for key, value in content.facts.items()
    )
    return f"<ul>{notes}</ul><small>{facts}</small>"


def _table(view: TableView, lang: Lang) -> str:
    """A plain table, cut at :data:`MOST_ROWS` with the number that is left out."""
    head = "".join(f"<th>{escape(column.title)}</th>" for column in view.columns)
    body = ""
    for row in view.rows[:MOST_ROWS]:
        cells = (f'<td class="{"num" if "num" in cell.kind else "text"}">{escape(cell.text)}</td>' for cell in row)
        body += f"<tr>{''.join(cells)}</tr>"
    more = len(view.rows) - MOST_ROWS
    rest = lang.tr("... {n} more").format(n=more) if more > 0 else ""
    below = "".join(f"<p>{escape(text)}</p>" for text in (rest, view.said) if text)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"
