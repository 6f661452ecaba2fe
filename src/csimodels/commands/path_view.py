"""Paths of groups and waves against one another on a terminal: how many were tested and differ, and the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from csimodels.commands.worded import print_table
from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, say
from csimodels.report import formatting
from csimodels.report.html.changes import ADJUSTED
from csimodels.report.standing import current_wave, wave_column, wave_label
from csimodels.report.wording import Names
from csimodels.screen import PATH_TABLES
from csimodels.spec.canonical import plain_text
from csimodels.terminal import escape, out

if TYPE_CHECKING:
    import pandas as pd

    from csimodels import Result

#: What is left to the file of a table.
_REST = ("se", "df", "p", "different", "level", "parent")


def print_paths(result: Result) -> None:
    """Changes of the paths of all respondents, changes and differences of those of groups: what is measurable first.

    Of several waves the differences of the latest are shown, and the changes to it.  A result without groups says that
    there is nothing to compare.
    """
    shown = 0
    tr = translator(language_of_user())
    for name in PATH_TABLES:
        table = result.content.comparison(name)
        if table is None or table.empty:
            continue
        shown += 1
        mine, place = _latest(result, table)
        out.print(f"[bold]{escape(formatting.title(name, tr) + (f'  {place}' if place else ''))}[/]")
        if _with_parents(mine):
            out.print(escape(tr(N_("each less the unit that it belongs to"))))
        for text in _counts(result, table, mine):
            out.print(escape(text), soft_wrap=True)
        print_table(name, _ordered(mine), [result.model], file=f"tables/{name}.csv")
    if not shown:
        out.print(escape(tr(N_("no paths to compare: there are neither several groups nor several waves"))))


def _latest(result: Result, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Rows of the current wave, and what it is called; of changes those to it."""
    lang, now = language_of_user(), current_wave(result.content)
    column = "to" if "to" in table else wave_column(result.content)
    if not column or column not in table:
        return table, ""
    mine = table[table[column].map(plain_text) == now]
    if mine.empty:
        return table, ""
    if column != "to":
        return mine.drop(columns=column), wave_label(result.content, now, lang)
    before = wave_label(result.content, plain_text(mine["from"].iloc[0]), lang)
    text = Message(N_("{before} to {after}"), before=before, after=wave_label(result.content, now, lang))
    return mine.drop(columns=["from", "to"]), say(text, translator(lang))


def _counts(result: Result, table: pd.DataFrame, mine: pd.DataFrame) -> Iterator[str]:
    """How many of the rows shown are measurable, and how many were corrected together: those of a wave, of changes
    those of a level of the roll-up and all waves."""
    lang = language_of_user()
    tr, names, method = translator(lang), Names(result.model, lang), ADJUSTED.get(result.model.rollup.adjust)
    levels = list(dict.fromkeys(mine["level"])) if "level" in mine else [""]
    for level in levels:
        rows, family = (t[t["level"] == level] if level else t for t in (mine, table if "to" in table else mine))
        tested, sure = rows["p"].notna(), rows["different"].map(formatting.is_true)
        n, k = (formatting.number(int(x.sum()), 0) for x in (tested, tested & sure))
        together = formatting.number(int(family["p"].notna().sum()), 0)
        said = Message(N_("measurable: {k} of {n}, each by itself, without correction"), k=k, n=n)
        if method:
            text = N_("measurable: {k} of {n}, corrected for {all} comparisons ({method})")
            said = Message(text, k=k, n=n, all=together, method=Message(method))
        lead = f"{names.column(str(level))}{tr(': ')}" if len(levels) > 1 else ""
        yield lead + say(said, tr)
        if not tested.all():
            yield lead + say(Message(N_("without an interval: {n}"), n=int((~tested).sum())), tr)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """What is measurable first, then by p-value and size; what the title says and the file holds is left out."""
    sure = table["different"].map(formatting.is_true)
    size = -table["change" if "change" in table else "difference"].abs()
    order = table.assign(_sure=~sure, _size=size).sort_values(["_sure", "p", "_size"], kind="stable")
    least = [c for c in _REST if c in table]
    if "status" in table and table["status"].map(formatting.is_ok).all():
        least.append("status")
    if _with_parents(table):
        least.append("against")
    return order.drop(columns=["_sure", "_size", *least])


def _with_parents(table: pd.DataFrame) -> bool:
    """Whether every unit is compared with the one that it belongs to."""
    return "against" in table and "parent" in table and bool((table["against"] == table["parent"]).all())
