"""Which rows are meant: filters, rows of labels, groups and what they are called."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from rich.cells import cell_len

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import ColumnName, Message, columns, joined
from csimodels.moments.linalg import Bools
from csimodels.spec.model import ColumnLabels, Model, Text
from csimodels.survey.columns import Column, Ints, take
from csimodels.survey.files.headings import label_rows
from csimodels.survey.keys import Labels, label_text, labels, matching, renamed
from csimodels.survey.options import Options
from csimodels.survey.periods import day_number, looks_like_dates, period_column
from csimodels.survey.row_rules import holds, never_entries, no_row, strange
from csimodels.survey.table import LogEntry, Notes, Table

#: A column of groups with so many values or more, most of them in one row only, names rows and no groups.
MOST_SINGLES = 10
#: Groups of so many rows are estimated.
MIN_ROWS_OF_GROUP = 10
#: Texts that are longer than this on average are no names.
LONG_TEXT = 25
#: A label of a column that takes more cells than this is a question.
_HEADING = 24
#: Lists and records as they are written out by readers of nested files.
_NESTED = re.compile(r"\{['\"].*\}|\[.*,.*\]", re.DOTALL)


def with_periods(fetched: dict[str, Column], chosen: Options, notes: Notes) -> dict[str, Column]:
    """The columns with dates of groups as the periods that are asked for."""
    done = dict(fetched)
    for column, period in chosen.periods.items():
        if column in chosen.by:
            done[column], log, problems = period_column(fetched[column], period, column, notes.where)
            notes.log += log
            notes.problems += problems
    notes.stop_if_wrong()
    return done


def kept_rows(
    fetched: dict[str, Column], model: Model, chosen: Options, table: Table, notes: Notes
) -> tuple[Bools, dict[str, Labels]]:
    """Rows left by label rows, `where` and empty groups, and the labels of those rows."""
    n = len(next(iter(fetched.values())))
    keep = np.ones(n, dtype=bool)
    skipped = label_rows([(item, fetched[chosen.columns[item.name]]) for item in model.items], chosen)
    keep[: len(skipped)] = False
    for number, example in enumerate(skipped, start=1):
        notes.log.append(_label_row(number, example))
    for column, values in chosen.where:
        found = labels(take(fetched[column], keep))
        hit, log, problems = matching(found, values, column, notes.where, table.named_values(column))
        notes.log += log
        notes.problems += problems
        if not problems:
            keep[np.flatnonzero(keep)[~hit]] = False
    notes.stop_if_wrong()
    _keep_by_rule(fetched, keep, chosen, notes)
    for column in chosen.by:
        codes = labels(take(fetched[column], keep)).codes
        empty = int((codes < 0).sum())
        if empty:
            detail = Message("{column} is empty", column=ColumnName(column))
            notes.log.append(LogEntry("rows without a group left out", column, empty, detail))
            keep[np.flatnonzero(keep)[codes < 0]] = False
    if not keep.any():
        filtered = chosen.where or chosen.by or chosen.rule
        what = "no row is left after where and by" if filtered else "there are no rows of answers"
        raise DataError(Problem(what, notes.where, remedy="check the filters and the group columns"))
    return keep, {column: labels(take(fetched[column], keep)) for column in chosen.keys}


def _label_row(number: int, example: str) -> LogEntry:
    shown = Message("for example {example}", example=f'"{example}"')
    return LogEntry("row of labels left out", Message("row {n}", n=number), 1, shown)


def _keep_by_rule(fetched: dict[str, Column], keep: Bools, chosen: Options, notes: Notes) -> None:
    """Take the rows out of `keep` for which the rule in words is not true."""
    rule = chosen.parsed
    if rule is None or not keep.any():
        return
    there = {c: labels(take(fetched[c], keep)) for c in chosen.rule_columns}
    held, problems = holds(rule, there, notes.where)
    never = strange(rule, there)
    if not problems and not held.true.any():
        held_values = [label_text(key) for key in there[never[0][0]].keys] if never else []
        problems = [no_row(chosen.rule, never, held_values, notes.where)]
    notes.log += never_entries(never)
    notes.problems += problems
    notes.stop_if_wrong()
    kept, every = int(held.true.sum()), int(keep.sum())
    unknown = int((~held.known).sum())
    detail = Message("{condition} keeps {kept} of {n}", condition=chosen.rule, kept=kept, n=every)
    if unknown:
        detail = joined([detail, Message("{n} rows cannot be decided, as a cell is empty", n=unknown)])
    notes.log.append(LogEntry("filtered by where", columns(chosen.rule_columns), every - kept, detail))
    keep[np.flatnonzero(keep)[~held.true]] = False


def named(found: dict[str, Labels], model: Model, chosen: Options, table: Table, notes: Notes) -> dict[str, Labels]:
    """Labels of the group columns by the names that the file has for its codes, where the spec names none of them."""
    done = dict(found)
    for column in chosen.by if chosen.value_labels == "names" else ():
        said = dict(model.labels).get(column, ColumnLabels()).values
        codes = {label_text(key) for key in found[column].keys}
        if not codes & {value for value, _ in said}:
            done[column], log = renamed(found[column], table.named_values(column), column)
            notes.log += log
    return done


def worded(model: Model, table: Table, chosen: Options) -> Model:
    """The model with the variable labels of the file where the spec gives none: wording of items, headings of groups.

    A label that is long or asks a question is no heading of a column of groups.  Groups whose labels are all in both
    languages, ``North / 北店``, have a name in each.
    """
    if not table.wordings and chosen.value_labels != "names":
        return model
    constructs = []
    for construct in model.constructs:
        texts = [table.wordings.get(chosen.columns[item.name], "") for item in construct.items]
        pairs = zip(construct.items, texts, strict=True)
        items = tuple(replace(i, text=Text.told(text)) if text and i.text == Text() else i for i, text in pairs)
        constructs.append(replace(construct, items=items))
    labels = dict(model.labels)
    for column in chosen.by:
        text, said = table.wordings.get(column, ""), labels.get(column, ColumnLabels())
        if text and said.text == Text() and cell_len(text) <= _HEADING and not text.rstrip().endswith(("?", "？")):
            labels[column] = said = replace(said, text=Text.told(text))
        if chosen.value_labels == "names" and not said.values:
            names = {name: Text.told(name) for name in table.named_values(column).values()}
            if names and all(name.en and name.zh for name in names.values()):
                labels[column] = replace(said, values=tuple(names.items()))
    return replace(model, constructs=tuple(constructs), labels=tuple(labels.items()))


def refuse_identifiers(labels_: dict[str, Labels], chosen: Options, keep: Ints, notes: Notes) -> None:
    """Columns of groups that have another value in nearly every row: dates, identifiers or words of respondents."""
    for column in chosen.by:
        codes = labels_[column].codes[keep]
        sizes = np.bincount(codes[codes >= 0])
        different = int(np.count_nonzero(sizes))
        nested = [str(key) for key in labels_[column].keys if _NESTED.fullmatch(str(key))]
        if nested and len(nested) == len(labels_[column].keys):
            what = Message('the cells of column "{column}" hold lists or records, no labels', column=column)
            remedy = "take the value out of them first"
            notes.problems.append(Problem(what, notes.where, listed(nested, 3), remedy=remedy))
        if different < MOST_SINGLES or sizes.max() >= MIN_ROWS_OF_GROUP or 2 * different < len(codes):
            continue
        texts = [str(key) for key in labels_[column].keys]
        kind, remedy = (
            Message("an identifier of respondents or interviews"),
            Message("name the column that holds the groups"),
        )
        days = all(day_number(text) for text in texts[:200])
        if days or looks_like_dates(texts[:200]):
            text = "form periods: by: {{{column}: month}} (or year, quarter, week)"
            if column == chosen.wave:
                text = "form periods: wave: {{column: {column}, period: month}} (or year, quarter)"
            kind = Message("dates, it seems, as a spreadsheet counts days") if days else Message("dates")
            remedy = Message(text, column=column)
        elif np.mean([len(text) for text in texts]) > LONG_TEXT:
            kind = Message("the words of respondents")
        what = Message(
            '{role}: the column "{column}" has {different} different values in {n} rows: these are {kind}',
            role="wave" if column == chosen.wave else "by",
            column=column,
            different=different,
            n=len(codes),
            kind=kind,
        )
        found = listed([f'"{text}"' for text in texts], 3)
        notes.problems.append(
            Problem(what, notes.where, found, Message("columns with several rows for each value"), remedy)
        )
