"""What ``csi run``, ``csi check`` and ``csi compare`` say first: one screen, with counts of what is not shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from csimodels.blocks import print_text
from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, counted, say
from csimodels.report import formatting
from csimodels.report.change_summary import summary_of
from csimodels.report.overview import overview, rows_of
from csimodels.survey.table import GROUP_ROWS
from csimodels.terminal import out, print_line, safe, tell

if TYPE_CHECKING:
    import pandas as pd

    from csimodels import Result
    from csimodels.survey import Survey

#: What each file of a folder of results is for.
_FILES = (
    ("report.html", N_("the report, for a browser")),
    ("tables.xlsx", N_("all tables as a workbook")),
    ("tables", N_("the same tables as CSV files")),
)

#: Tables of paths of groups and waves against one another, all respondents first.
PATH_TABLES = ("wave_path_changes", "path_changes", "path_differences")


def print_screen(result: Result) -> None:
    """Headline with its change, constructs, units of the roll-up, league, drivers, and the first notes."""
    out.print()
    for line in overview(result.content, language_of_user(), out.width):
        print_line(line)


def print_how_to_see_all(result: Result, command: str) -> None:
    """How many notes and lines of the survey's log there are, and how `command` shows them with all tables; and how
    paths were compared, where they were."""
    text = "{notes}, {steps} in the log of the survey; all of it: {command}"
    if any_paths(result):
        text = "{notes}, {steps} in the log of the survey; all of it: {command} (paths compared: --paths)"
    notes = len(result.notes)
    tell(
        text,
        notes=counted(notes, "{n} note", "{n} notes") if notes else Message("no notes"),
        steps=counted(len(result.survey_log), "{n} line", "{n} lines"),
        command=command,
    )


def any_paths(result: Result) -> bool:
    """Whether paths of groups or waves were compared."""
    return any(result.content.comparison(name) is not None for name in PATH_TABLES)


def print_files(folder: Path, written: int) -> None:
    """How many files were written, and the three to open."""
    tell("wrote {n} files to {folder}; open", n=written, folder=str(folder))
    tr = translator(language_of_user())
    there = [(str(folder / name), tr(what)) for name, what in _FILES if (folder / name).exists()]
    for line in rows_of(there, (False, False)):
        print_line(line)


def print_log_counts(survey: Survey) -> None:
    """What was done to the rows, one line for each kind of step: how often, and how much together."""
    tr = translator(language_of_user())
    found: dict[str, list[int]] = {}
    for entry in survey.entries():
        found.setdefault(str(entry.step), []).append(int(entry.count))
    rows = []
    for step, counts in found.items():
        total = formatting.number(sum(counts), 0)
        where = sum(count > 0 for count in counts)  # an item without missing answers has its line, with a 0
        places = counted(where, "in {n} place", "in {n} places")
        if step == GROUP_ROWS:
            places = counted(where, "in {n} group", "in {n} groups")
        rows.append((say(Message(step), tr), total, say(places, tr) if where and len(counts) > 1 else ""))
    for line in rows_of(rows, (False, True, False)):
        print_line(line)


def print_change_summary(table: pd.DataFrame, result: Result) -> None:
    """What a comparison comes to: the index of the whole, and how many groups and paths changed measurably."""
    lang = language_of_user()
    first, *rest = summary_of(table, result.model, result.by, lang)
    if first:
        print_text(out, "", safe(say(first, translator(lang))))
    for text in rest:
        print_text(out, safe(say(text, translator(lang))))
