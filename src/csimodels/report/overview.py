"""The main things of a result in a few lines of text: what ``csi run`` prints first, and :meth:`Result.summary`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len

from csimodels.messages import N_, Message, say
from csimodels.report import formatting
from csimodels.report.closest import by_size, of_everybody
from csimodels.report.content import Content
from csimodels.report.direction import best_first, lower_is_better
from csimodels.report.group_order import league, levels_of, rolled_units
from csimodels.report.html.about import size_of
from csimodels.report.html.table_views import Lang, lang_of
from csimodels.report.standing import (
    changed,
    current_wave,
    flag,
    headline_name,
    not_compared,
    own_columns,
    place,
    standing,
    wave_column,
)
from csimodels.report.story.reading import Reading
from csimodels.report.wording import Names
from csimodels.spec.model import Text
from csimodels.tables.vocabulary import QUADRANTS
from csimodels.wrapping import lines_of

if TYPE_CHECKING:
    import pandas as pd

#: Groups at either end of the league that are shown; drivers; notes; units in one line.
ENDS = 3
MOST_DRIVERS = 5
MOST_NOTES = 2
MOST_UNITS = 8
#: Columns of the screen that a line of a name has at least.
LEAST_NAME = 12
#: What stands before a note, and in the place of drivers of a flagged model.
NOTE = N_("note")
FLAGGED = N_("the fit of the model is flagged: no statement about drivers")


@dataclass(frozen=True)
class Line:
    """A line of text: its lead, which a terminal shows bold or, of a note, in colour, and what follows it."""

    lead: str = ""
    text: str = ""
    kind: Literal["plain", "note"] = "plain"

    def __str__(self) -> str:
        return self.lead + self.text


def overview(content: Content, language: str, width: int) -> list[Line]:
    """Title, headline with its change, constructs, units of the roll-up, league, drivers, and the first notes.

    Parameters
    ----------
    content : Content
        The tables of a result.
    language : str
        ``"en"`` or ``"zh"``.
    width : int
        Columns of the screen; names that follow one another are broken into lines no wider.  Full-width letters take
        two columns.

    Returns
    -------
    list of Line
        The lines from top to bottom.
    """
    lang, model = lang_of(content, language), content.model
    lower = lower_is_better(model, lang.code, lang.tr)
    notes = [note.get(lang.code) if isinstance(note, Text) else lang.say(note) for note in content.notes]
    size = size_of(content, lang)
    return [
        Line(model.title.get(lang.code, model.name), size and f"  {size}"),
        headline(content, lang.code),
        *_constructs(content, lang, width),
        *([Line(text=lower)] if lower else []),
        *_upper_units(content, lang, width),
        *_league(content, lang, width),
        *_drivers(content, lang, width),
        *(Line(f"{lang.tr(NOTE)} ", note, "note") for note in notes[:MOST_NOTES]),
    ]


def headline(content: Content, language: str) -> Line:
    """The number at the top with its interval, what it is of, its change, and whether it or its model is flagged."""
    top, lang = standing(content), lang_of(content, language)
    called = content.model.label(headline_name(content), language)
    limits = formatting.interval(top.low, top.high, 1)
    parts = [
        "" if limits == formatting.NONE else f"{formatting.level_text(content.level)} {limits}",
        place(content, top, language),
        changed(content, top, language, lang.tr),
        flag(content, top, lang.tr, lang.say),
    ]
    wave = lang.names.wave(top.before_wave, wave_column(content)) if top.before_wave else ""
    silent = not_compared(top, lang.tr, lang.say, wave)
    parts += [] if silent is None else [lang.say(silent)]
    return Line(f"{called} {formatting.number(top.index, 1)}", "".join(f"  {part}" for part in parts if part))


def rows_of(rows: Sequence[Sequence[str]], numbers: Sequence[bool], screen: int = 0) -> list[Line]:
    """Rows without headings, indented; columns of numbers to the right; long names broken where a `screen` needs it."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    over, at = sum(widths) + 2 * len(widths) - screen, widths.index(max(widths))
    if screen and over > 0:
        widths[at] = max(widths[at] - over, min(widths[at], LEAST_NAME))
    lines = []
    for row in rows:
        first, *rest = lines_of(row[at], widths[at], fold=True)
        shown = [first if k == at else text for k, text in enumerate(row)]
        parts = [
            " " * (width - cell_len(text)) + text if number else text + " " * (width - cell_len(text))
            for text, width, number in zip(shown, widths, numbers, strict=True)
        ]
        lines.append(Line(text="  " + "  ".join(parts).rstrip()))
        before = " " * (2 + sum(width + 2 for width in widths[:at]))
        lines += [Line(text=before + text) for text in rest]
    return lines


def _constructs(content: Content, lang: Lang, width: int) -> list[Line]:
    """The index of every construct: a table for one sample, one line where groups follow."""
    table = content.table("index")
    table = table[table["construct"] != content.model.index.construct]
    records = formatting.records(table)
    label = {str(row["construct"]): content.model.label(str(row["construct"]), lang.code) for row in records}
    if content.group_by:
        reading = Reading(content, lang)
        whole = {name: reading.whole(name) for name in label}  # of the unit and wave that the headline is of
        shown = [f"{label[name]} {_number(unit.index, unit.status, lang)}" for name, unit in whole.items() if unit]
        return _flow(shown, width)
    rows = [
        (
            label[str(row["construct"])],
            formatting.number(row["index"], 1),
            _limits(row["low"], row["high"], 1),
            "" if formatting.is_ok(row["status"]) else formatting.status_words(row["status"], lang.tr, lang.say),
        )
        for row in records
    ]
    return [Line(lang.tr(N_("Indices"))), *rows_of(rows, (False, True, True, False), width)] if rows else []


def _flow(parts: Sequence[str], width: int, head: str = "") -> list[Line]:
    """Parts in lines no wider than the screen behind a heading, broken between two of them; all indented."""
    lines: list[str] = []
    for part in parts:
        before = f"{lines[-1]} · " if lines else ""
        room = width - 4 - (cell_len(head) if len(lines) == 1 else 0)
        if lines and cell_len(before + part) <= room:
            lines[-1] = before + part
        else:
            lines.append(part)
    ends = ["" if k == len(lines) - 1 else " ·" for k in range(len(lines))]
    return [Line("" if k else head, f"  {text}{end}") for k, (text, end) in enumerate(zip(lines, ends, strict=True))]


def _limits(low: object, high: object, digits: int) -> str:
    text = formatting.interval(low, high, digits)
    return "" if text == formatting.NONE else text


def _number(index: object, status: object, lang: Lang) -> str:
    """A number in a line of several, and that something is to be said against it."""
    number = formatting.number(index, 1)
    return number if formatting.is_ok(status) else say(Message("{number} (flagged)", number=number), lang.tr)


def _more(n: int, lang: Lang) -> str:
    return say(Message("... {n} more", n=n), lang.tr)


def _upper_units(content: Content, lang: Lang, width: int) -> list[Line]:
    """Units at the top of the roll-up, or below a single one, the best first, in one line."""
    waves, levels = rolled_units(content, lang.code), levels_of(content)
    if not waves:
        return []
    names, rows = Names(content.model, lang.code), waves[-1].rows
    single = int((rows["level"] == levels[-1]).sum()) == 1
    if len(levels) < 2 + single:
        return []  # the units below are the groups of the league
    level = levels[-1 - single]
    mine = rows[(rows["level"] == level) & rows["index"].notna()]
    mine = best_first(mine, content.model)
    shown = [
        f"{names.unit(row['unit'], level)} {_number(row['index'], row.get('status'), lang)}"
        for row in formatting.records(mine)
    ]
    more = [say(Message("{n} more", n=len(shown) - MOST_UNITS), lang.tr)] * (len(shown) > MOST_UNITS)
    return _flow([*shown[:MOST_UNITS], *more], width, names.column(level))


def _league(content: Content, lang: Lang, width: int) -> list[Line]:
    """The first and the last groups of the current wave, and how many stand between them."""
    rows = _current_groups(content)
    if rows is None or rows.empty:
        return []
    names = Names(content.model, lang.code)
    known = best_first(rows[rows["index"].notna()], content.model)
    by = ("unit",) if "unit" in rows else own_columns(content)
    called = [names.column(name) for name in (levels_of(content)[:1] or by)]
    head = Message(
        N_("{construct} by {names} ({n})"),
        construct=content.model.label(content.model.index.construct, lang.code),
        names=lang.tr(", ").join(called),
        n=str(len(rows)),
    )
    lines = [_league_line(row, by, lang) for row in formatting.records(names.frame(known))]
    if len(lines) > 2 * ENDS + 1:
        gap = ("", _more(len(lines) - 2 * ENDS, lang), "", "", "")
        lines = [*lines[:ENDS], gap, *lines[-ENDS:]]
    without = Message("{n} groups have no index", n=len(rows) - len(known))
    return [
        Line(say(head, lang.tr)),
        *(rows_of(lines, (True, False, True, True, False), width) if lines else []),
        *([Line(text=say(without, lang.tr))] if len(known) < len(rows) else []),
    ]


def _current_groups(content: Content) -> pd.DataFrame | None:
    """Index of the groups of the current wave, with ranks where there are any."""
    waves = league(content)
    if waves:
        return waves[-1].rows
    groups = content.group_table()
    if groups is None or not own_columns(content):
        return None
    mine = groups[groups["construct"] == content.model.index.construct]
    column, now = wave_column(content), current_wave(content)
    return mine[mine[column].map(lambda wave: str(wave) == now)] if column and now else mine


def _league_line(row: dict[str, object], by: Sequence[str], lang: Lang) -> tuple[str, str, str, str, str]:
    rank = formatting.number(row.get("rank"), 0)
    places = ""
    if "rank_low" in row and not math.isnan(formatting.as_float(row["rank_low"])):
        few, most = (formatting.number(row[k], 0) for k in ("rank_low", "rank_high"))
        places = say(Message("rank {few} to {most}", few=few, most=most), lang.tr)
        if few == most:
            places = say(Message("rank {rank}", rank=few), lang.tr)
    if not formatting.is_ok(row.get("status")):
        places = formatting.status_words(row["status"], lang.tr, lang.say)
    name = " / ".join(str(row[c]) for c in by)
    limits = _limits(row.get("low"), row.get("high"), 1)
    return "" if rank == formatting.NONE else rank, name, formatting.number(row["index"], 1), limits, places


def _drivers(content: Content, lang: Lang, width: int) -> list[Line]:
    """What goes with the index construct most; nothing where the model bears no verdict, which is said."""
    if not content.table("drivers")["importance"].notna().any():
        return []
    drivers = by_size(content)
    if not drivers:
        return [Line(text=lang.tr(FLAGGED))]
    model = content.model
    text = "Drivers of {construct}: points that go with 1 point more; level"
    head = Message(text, construct=model.label(model.index.construct, lang.code))
    for whose in of_everybody(content, standing(content).unit, lang.label, short=True):
        head = whose
    rows = [
        (
            model.label(str(row["driver"]), lang.code),
            formatting.signed(row["importance"], 2),
            _limits(row["importance_low"], row["importance_high"], 2),
            formatting.number(row["performance"], 1),
            lang.tr(QUADRANTS[str(row["quadrant"])]) if str(row["quadrant"]) in QUADRANTS else "",
        )
        for row in drivers[:MOST_DRIVERS]
    ]
    if len(drivers) > MOST_DRIVERS:
        rows.append((_more(len(drivers) - MOST_DRIVERS, lang), "", "", "", ""))
    return [Line(say(head, lang.tr)), *rows_of(rows, (False, True, True, True, False), width)]
