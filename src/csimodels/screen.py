"""What ``csi run``, ``csi check`` and ``csi compare`` say first: one screen, with counts of what is not shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, Translate, counted, say
from csimodels.report import formatting
from csimodels.report.change_summary import summary_of
from csimodels.report.content import Content
from csimodels.report.direction import best_first
from csimodels.report.group_order import league, levels_of, rolled_units
from csimodels.report.html.table_views import lang_of
from csimodels.report.standing import current_wave, wave_column
from csimodels.report.story.reading import Reading
from csimodels.report.wording import Names
from csimodels.tables.vocabulary import QUADRANTS
from csimodels.terminal import Words, escape, out, print_direction, print_headline, print_note, tell

if TYPE_CHECKING:
    import pandas as pd

    from csimodels import Result
    from csimodels.survey import Survey

#: Groups at either end of the league that are shown; drivers; notes; units in one line.
ENDS = 3
MOST_DRIVERS = 5
MOST_NOTES = 2
MOST_UNITS = 8
_FEW_LETTERS = 12
#: What each file of a folder of results is for.
_FILES = (
    ("report.html", N_("the report, for a browser")),
    ("tables.xlsx", N_("all tables as a workbook")),
    ("tables", N_("the same tables as CSV files")),
)


def print_screen(result: Result) -> None:
    """Headline with its change, constructs, units of the roll-up, league, drivers, and the first notes."""
    content, lang = result.content, language_of_user()
    words = Words.of(result)
    out.print(f"\n[bold]{escape(result.model.title.get(lang, result.model.name))}[/]")
    print_headline(result, lang)
    _print_constructs(result, words)
    print_direction(result)
    _print_upper_units(content, words)
    _print_league(content, words)
    _print_drivers(content, words)
    _print_notes(result, words)


def _head(template: str, **parts: str) -> None:
    out.print(f"[bold]{escape(say(Message(template, **parts), translator(language_of_user())))}[/]")


def _rows(rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> None:
    """Rows without headings, indented; columns of numbers to the right."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if out.is_terminal:  # which would break the lines
        rows, widths = _fitted(rows, widths, out.width - 2 * len(widths))
    for row in rows:
        parts = [
            " " * (width - cell_len(text)) + text if number else text + " " * (width - cell_len(text))
            for text, width, number in zip(row, widths, numbers, strict=True)
        ]
        out.print(escape("  " + "  ".join(parts).rstrip()), soft_wrap=True)


def _fitted(
    rows: Sequence[Sequence[str]], widths: list[int], room: int
) -> tuple[Sequence[Sequence[str]], list[int]]:
    """Rows whose widest column, the one of names, is cut as far as the screen needs, but not under a few letters."""
    over, at = sum(widths) - room, widths.index(max(widths))
    if over <= 0:
        return rows, widths
    most = max(widths[at] - over, min(widths[at], _FEW_LETTERS))
    cut = [[_cut(text, most) if k == at else text for k, text in enumerate(row)] for row in rows]
    return cut, [most if k == at else width for k, width in enumerate(widths)]


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _print_constructs(result: Result, words: Words) -> None:
    """The index of every construct: a table for one sample, one line where groups follow."""
    table = result.whole.index()
    table = table[table["construct"] != result.model.index.construct]
    records = formatting.records(table)
    label = {str(row["construct"]): result.model.label(str(row["construct"]), words.lang) for row in records}
    if result.by:
        reading = Reading(result.content, lang_of(result.content, words.lang))
        whole = {name: reading.whole(name) for name in label}  # of the unit and wave that the headline is of
        _flow([f"{label[name]} {formatting.number(unit.index, 1)}" for name, unit in whole.items() if unit])
        return
    tr = translator(words.lang)
    rows = [
        (
            label[str(row["construct"])],
            formatting.number(row["index"], 1),
            _limits(row["low"], row["high"], 1),
            "" if formatting.is_ok(row["status"]) else formatting.status_words(row["status"], tr, words.told),
        )
        for row in records
    ]
    if rows:
        _head(N_("Indices"))
        _rows(rows, (False, True, True, False))


def _flow(parts: Sequence[str], head: str = "") -> None:
    """Parts in lines no wider than the screen behind a heading, broken between two of them; all indented."""
    lines: list[str] = []
    for part in parts:
        before = f"{lines[-1]} · " if lines else ""
        room = out.width - 4 - (cell_len(head) if len(lines) == 1 else 0)
        if lines and cell_len(before + part) <= room:
            lines[-1] = before + part
        else:
            lines.append(part)
    for k, line in enumerate(lines):
        lead = f"[bold]{escape(head)}[/]  " if head and not k else "  "
        out.print(f"{lead}{escape(line)}{' ·' if k < len(lines) - 1 else ''}", soft_wrap=True)


def _limits(low: object, high: object, digits: int) -> str:
    text = formatting.interval(low, high, digits)
    return "" if text == formatting.NONE else text


def _print_upper_units(content: Content, words: Words) -> None:
    """Units at the top of the roll-up, or below a single one, the best first, in one line."""
    waves, levels = rolled_units(content, words.lang), levels_of(content)
    if not waves:
        return
    names, rows = Names(content.model, words.lang), waves[-1].rows
    single = int((rows["level"] == levels[-1]).sum()) == 1
    if len(levels) < 2 + single:
        return  # the units below are the groups of the league
    level = levels[-1 - single]
    mine = rows[(rows["level"] == level) & rows["index"].notna()]
    mine = best_first(mine, content.model)
    shown = [
        f"{names.unit(row['unit'], level)} {formatting.number(row['index'], 1)}" for row in formatting.records(mine)
    ]
    more = [say(Message("{n} more", n=len(shown) - MOST_UNITS), translator(words.lang))] * (len(shown) > MOST_UNITS)
    _flow([*shown[:MOST_UNITS], *more], names.column(level))


def _print_league(content: Content, words: Words) -> None:
    """The first and the last groups of the current wave, and how many stand between them."""
    rows = _current_groups(content)
    if rows is None or rows.empty:
        return
    names, tr = Names(content.model, words.lang), translator(words.lang)
    known = best_first(rows[rows["index"].notna()], content.model)
    by = ("unit",) if "unit" in rows else _own_columns(content)
    level = levels_of(content)[:1]
    called = [names.column(name) for name in (level or by)]
    _head(
        N_("{construct} by {names} ({n})"),
        construct=content.model.label(content.model.index.construct, words.lang),
        names=tr(", ").join(called),
        n=str(len(rows)),
    )
    shown = names.frame(known)
    lines = [_league_line(row, by, tr) for row in formatting.records(shown)]
    if len(lines) > 2 * ENDS + 1:
        between = len(lines) - 2 * ENDS
        gap = ("", say(Message("... {n} more", n=between), tr), "", "", "")
        lines = [*lines[:ENDS], gap, *lines[-ENDS:]]
    _rows(lines, (True, False, True, True, False))
    if len(known) < len(rows):
        tell("{n} groups have no index", n=len(rows) - len(known))


def _current_groups(content: Content) -> pd.DataFrame | None:
    """Index of the groups of the current wave, with ranks where there are any."""
    waves = league(content)
    if waves:
        return waves[-1].rows
    groups = content.group_table()
    if groups is None or not _own_columns(content):
        return None
    mine = groups[groups["construct"] == content.model.index.construct]
    column, now = wave_column(content), current_wave(content)
    return mine[mine[column].map(lambda wave: str(wave) == now)] if column and now else mine


def _own_columns(content: Content) -> tuple[str, ...]:
    """The group columns without that of the waves; all of them where the waves are the only groups."""
    return tuple(c for c in content.group_by if c != wave_column(content)) or content.group_by


def _league_line(row: dict[str, object], by: Sequence[str], tr: Translate) -> tuple[str, str, str, str, str]:
    rank = formatting.number(row.get("rank"), 0)
    places = ""
    if "rank_low" in row and not math.isnan(formatting.as_float(row["rank_low"])):
        few, most = (formatting.number(row[k], 0) for k in ("rank_low", "rank_high"))
        places = say(Message("rank {few} to {most}", few=few, most=most), tr)
        if few == most:
            places = say(Message("rank {rank}", rank=few), tr)
    name = " / ".join(str(row[c]) for c in by)
    limits = _limits(row.get("low"), row.get("high"), 1)
    return "" if rank == formatting.NONE else rank, name, formatting.number(row["index"], 1), limits, places


def _print_drivers(content: Content, words: Words) -> None:
    """What goes with the index construct most; nothing where the model bears no verdict, which is said."""
    drivers = content.table("drivers")
    towards = content.drivers["importance"]  # the better end of the index, the largest first
    drivers = drivers.loc[towards[towards.notna()].sort_values(ascending=False, kind="stable").index]
    if drivers.empty:
        return
    if not content.bears_verdicts:
        tell("the fit of the model is flagged: no statement about drivers")
        return
    tr, model = translator(words.lang), content.model
    _head(
        N_("Drivers of {construct}: points that go with 1 point more; level"),
        construct=model.label(model.index.construct, words.lang),
    )
    rows = [
        (
            model.label(str(row["driver"]), words.lang),
            formatting.signed(row["importance"], 2),
            _limits(row["importance_low"], row["importance_high"], 2),
            formatting.number(row["performance"], 1),
            tr(QUADRANTS[str(row["quadrant"])]) if str(row["quadrant"]) in QUADRANTS else "",
        )
        for row in formatting.records(drivers.head(MOST_DRIVERS))
    ]
    if len(drivers) > MOST_DRIVERS:
        rows.append((say(Message("... {n} more", n=len(drivers) - MOST_DRIVERS), tr), "", "", "", ""))
    _rows(rows, (False, True, True, True, False))


def _print_notes(result: Result, words: Words) -> None:
    """The first notes in full; how many there are stands below."""
    for note in result.notes[:MOST_NOTES]:
        print_note(words.say(note))


def print_how_to_see_all(result: Result, command: str) -> None:
    """How many notes and lines of the survey's log there are, and the command that shows them with all tables."""
    notes = len(result.notes)
    tell(
        "{notes}, {steps} in the log of the survey; all of it: {command}",
        notes=counted(notes, "{n} note", "{n} notes") if notes else Message("no notes"),
        steps=counted(len(result.survey_log), "{n} line", "{n} lines"),
        command=command,
    )


def print_files(folder: Path, written: int) -> None:
    """How many files were written, and the three to open."""
    tell("wrote {n} files to {folder}; open", n=written, folder=str(folder))
    tr = translator(language_of_user())
    there = [(str(folder / name), tr(what)) for name, what in _FILES if (folder / name).exists()]
    _rows(there, (False, False))


def print_log_counts(survey: Survey) -> None:
    """What was done to the rows, one line for each kind of step: how often, and how much together."""
    tr = translator(language_of_user())
    found: dict[str, list[int]] = {}
    for entry in survey.entries():
        found.setdefault(str(entry.step), []).append(int(entry.count))
    rows = []
    for step, counts in found.items():
        total = formatting.number(sum(counts), 0)
        places = counted(len(counts), "in {n} place", "in {n} places")
        rows.append((say(Message(step), tr), total, "" if len(counts) == 1 else say(places, tr)))
    _rows(rows, (False, True, False))


def print_change_summary(table: pd.DataFrame, result: Result) -> None:
    """What a comparison comes to: the index of the whole, and how many groups and paths changed measurably."""
    lang = language_of_user()
    first, *rest = summary_of(table, result.model, result.by, lang)
    out.print(f"[bold]{escape(say(first, translator(lang)))}[/]" if first else "", end="\n" if first else "")
    for text in rest:
        out.print(escape(say(text, translator(lang))), soft_wrap=True)
