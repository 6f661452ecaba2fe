"""From columns to a survey: every answer is checked, every row that is left out is counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message, columns, counted, joined
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.spans import Spans
from csimodels.spec.model import Model
from csimodels.survey.answers.numbers import Codes, Unfit, answers
from csimodels.survey.answers.several import absent_problem, cell_answers
from csimodels.survey.answers.unfit import set_missing, unfit_problems
from csimodels.survey.aside import asides
from csimodels.survey.cautions.slips import (
    declared_inside,
    fill_groups,
    labelled,
    rows_of_no_respondent,
    says_total,
    upside_down,
)
from csimodels.survey.cautions.tool_marks import unfinished_rows
from csimodels.survey.columns import Column, Ints, number_text, take
from csimodels.survey.design import Cells, Drawn, drawn_rows, raked_rows
from csimodels.survey.identity import repeated_ids
from csimodels.survey.kept import kept_rows, named, refuse_identifiers, with_periods, worded
from csimodels.survey.keys import Labels, crossed, group_in_words
from csimodels.survey.options import Options
from csimodels.survey.order import canonical_rows
from csimodels.survey.roles import role_log
from csimodels.survey.survey import GroupKey, Survey
from csimodels.survey.table import LogEntry, Notes, Table
from csimodels.survey.weights.cells import Weighed, decimal_commas, weights
from csimodels.survey.weights.raking import shares

#: Fewer rows than this have no covariance worth the name.
MIN_ROWS = 3


def checked(table: Table, fetched: dict[str, Column], model: Model, chosen: Options) -> Survey:
    """The survey in `fetched`, or every reason why it is none.

    Raises
    ------
    DataError
        All problems found in the answers, the filters, the groups, the design and the weights.
    """
    notes = Notes(table.label, [read_entry(table), *table.notes])
    notes.log += role_log(chosen.purposes)
    fetched = with_periods(fetched, chosen, notes)
    kept, labels_ = kept_rows(fetched, model, chosen, table, notes)
    row = np.flatnonzero(kept).astype(np.int64) + 1
    if len(row) < table.source.n_rows:
        fetched = {name: take(column, kept) for name, column in fetched.items()}
    shown = table.shown_rows(row)
    last = int(row[-1]) - 1 if len(row) else 0
    block, why = _block(fetched, model, chosen, table, shown, last, notes)
    spans = Spans.of_lines(block)
    used, weight = _used_rows(fetched, block, spans, chosen, table, shown, notes)
    keep = np.flatnonzero(used)
    if not notes.problems:
        _refuse_unusable(block, spans, keep, model, notes)
    elif not len(keep):
        notes.stop_if_wrong()
    notes.log += rows_of_no_respondent(block[: len(model.items)], keep, row, table)
    notes.log += unfinished_rows(table, chosen, row[keep] - 1)
    model = worded(model, table, chosen)
    group, keys = _groups(named(labels_, model, chosen, table, notes), chosen, keep, notes)
    notes.log += repeated_ids(table, chosen, row[keep] - 1, group)
    cells = Cells(fetched, labels_, keep, shown[keep], table.comma_decimal)
    drawn = drawn_rows(cells, Drawn(group, None if weight is None else weight[keep]), chosen, notes)
    notes.stop_if_wrong()
    block = block if len(keep) == block.shape[1] else block[:, keep]
    aside = {text: values[keep] for text, values in asides(labels_, chosen, notes).items()}
    notes.stop_if_wrong()
    order, x = canonical_rows(block, [item.scale for item in model.asked], drawn.ties(bool(chosen.by)))
    drawn = raked_rows(drawn.ordered(order), chosen, notes)
    reasons = None if why is None else np.ascontiguousarray(why[:, keep][:, order].T)
    return Survey(
        model=model,
        x=x[:, : len(model.items)],
        beside=x[:, len(model.items) :],
        weights=drawn.weights,
        by=chosen.by,
        group=drawn.group,
        group_keys=keys,
        strata=drawn.strata,
        cluster=drawn.cluster,
        row=row[keep][order],
        log=tuple(notes.log),
        source=table.source,
        fpc=drawn.fpc,
        replicate_weights=drawn.replicates,
        margins=drawn.margins,
        targets=tuple(shares(margin) for margin in chosen.rake),
        trimmed=drawn.trimmed,
        rake_bounds=chosen.rake_bounds,
        strata_names=drawn.strata_names,
        panel=drawn.panel,
        wave=chosen.wave,
        reasons=reasons,
        aside={text: values[order] for text, values in aside.items()},
    )


def read_entry(table: Table) -> LogEntry:
    """The first line of the log: rows, columns and kind of the source."""
    source = table.source
    parts = [Message("{n} columns", n=source.n_columns), Message(source.kind)]
    if source.encoding:
        parts.append(Message("encoding {name}", name=source.encoding))
    if source.separator:
        parts.append(Message("separator {mark}", mark=Message(source.separator)))
    if source.sheet:
        parts.append(Message("sheet {name}", name=source.sheet))
    return LogEntry("read", source.name, source.n_rows, joined(parts))


# ---- answers ------------------------------------------------------------------------------------------------------


def _block(
    fetched: dict[str, Column], model: Model, chosen: Options, table: Table, row: NDArray[Any], last: int, notes: Notes
) -> tuple[Floats, NDArray[np.int8] | None]:
    """(p, n) answers of all items, reversed items turned, and why they are missing; problems go to `notes`."""
    why = np.zeros((len(model.asked), len(row)), dtype=np.int8) if chosen.reasons else None
    block = np.empty((len(model.asked), len(row)))
    said = table.source.kind != "csv"
    occurred: dict[str, int] = {}
    texts: list[Unfit] = []
    outside: list[Unfit] = []
    shared = Codes.of(chosen.missing_codes, chosen.reasons)
    for j, item in enumerate(model.asked):
        column = chosen.columns[item.name]
        own = chosen.codes.get(item.name, ())
        codes = Codes.of((*chosen.missing_codes, *own), chosen.reasons) if own else shared
        if item.cell is None:
            got = answers(fetched[column], item, column, codes, table.comma_decimal, said, block[j])
        else:
            got = cell_answers(fetched[column], item, codes)
            if not np.nansum(got.values):
                notes.problems.append(absent_problem(fetched[column], item, notes.where))
        for code in codes.names:
            occurred[code] = occurred.get(code, 0) + got.recoded.get(code, 0)
        notes.log += got.log
        notes.log += labelled(got.values, item, column, table)
        notes.log += declared_inside(item, column, table) + upside_down(got.values, item, column, table)
        if why is not None and got.reason is not None:
            why[j] = got.reason
        if got.text:
            texts.append(got.text)
        if got.outside and chosen.out_of_range == "missing" and not got.outside.infinite:
            notes.log.append(set_missing(got.outside))
            got.values[(got.values < item.scale[0]) | (got.values > item.scale[1])] = np.nan
        elif got.outside:
            outside.append(got.outside)
        if item.reverse:
            np.subtract(item.scale[0] + item.scale[1], got.values, out=block[j])
        elif got.values.base is not block:
            block[j] = got.values
    notes.log += [
        LogEntry("missing code that never occurs", code, 0, Message("no item has this answer"))
        for code, count in occurred.items()
        if not count
    ]
    total = partial(says_total, table, last)
    notes.problems += unfit_problems(texts, outside, chosen, row, table, model.asked, total)
    return block, why


# ---- rows that are used -------------------------------------------------------------------------------------------


def _answered(block: Floats, spans: Spans, chosen: Options) -> Bools:
    """(n,) rows with an answer; an empty cell of several answers says nothing, though it counts as none of them."""
    asked = np.asarray([name not in chosen.cells for name in chosen.columns], dtype=bool)
    if not asked.any():
        asked[:] = True
    if (spans.missing[asked] == 0).any():
        return np.ones(block.shape[1], dtype=bool)
    answered = np.zeros(block.shape[1], dtype=bool)
    for item in block[asked]:
        answered |= ~np.isnan(item)
    return answered


def _used_rows(
    fetched: dict[str, Column],
    block: Floats,
    spans: Spans,
    chosen: Options,
    table: Table,
    row: NDArray[Any],
    notes: Notes,
) -> tuple[Bools, Floats | None]:
    """Rows with an answer and a weight above zero, and the weights; problems of the weights go to `notes`."""
    keep = _answered(block, spans, chosen)
    silent = len(keep) - int(keep.sum())
    if silent and not notes.problems:
        detail = counted(
            silent,
            "{n} row without any answer left out; {used} used",
            "{n} rows without any answer left out; {used} used",
            used=len(keep) - silent,
        )
        notes.log.append(LogEntry("rows without any answer left out", notes.where, silent, detail))
    if chosen.weight is None:
        return keep, None
    values, bad = weights(fetched[chosen.weight], table.comma_decimal)
    notes.log += _with_comma(fetched[chosen.weight], chosen.weight, table.comma_decimal)
    lost = keep & np.isnan(values)
    if chosen.weight_missing == "drop" and not bad and lost.any():
        keep &= ~lost
        gone = listed((row[np.flatnonzero(lost)]).tolist(), 20)
        detail = Message("rows {names}; {used} used", names=gone, used=int(keep.sum()))
        notes.log.append(LogEntry("rows without a weight left out", chosen.weight, int(lost.sum()), detail))
    subject = Message('weight column "{weight}"', weight=chosen.weight)
    problems = Weighed(values[keep], bad, row[keep], subject, notes.where).problems()
    notes.problems += problems
    zero = keep & (values == 0)
    if zero.any():
        notes.log.append(LogEntry("rows with weight zero left out", chosen.weight, int(zero.sum())))
    return keep if problems else keep & (values > 0), values


def _with_comma(column: Column, name: str, comma: bool) -> list[LogEntry]:
    """What the log says of weights that were read with a decimal comma."""
    n = decimal_commas(column, comma)
    return [LogEntry("text turned into numbers", name, n, Message("decimal comma"))] if n else []


def _refuse_unusable(block: Floats, spans: Spans, keep: Ints, model: Model, notes: Notes) -> None:
    if len(keep) < MIN_ROWS:
        raise DataError(refuse_few(len(keep), notes))
    if len(keep) < block.shape[1]:
        spans = Spans.of_lines(block[: len(model.items), keep])
    for name, low, high in zip(model.item_names, spans.low, spans.high, strict=False):
        refuse_unvarying(name, low if low <= high else np.nan, high, notes)


def refuse_unvarying(name: str, low: float, high: float, notes: Notes) -> None:
    """A problem for an item without answers (`low` is NaN), and for one with a single answer."""
    if np.isnan(low):
        what = Message("item {name} has no answer in any row", name=name)
        remedy = "remove the item from the model, or correct its column"
        if any(entry.step == "formulas never calculated" for entry in notes.log):
            remedy = "if it holds formulas: open the workbook, let it calculate, and save it; else correct its column"
        notes.problems.append(Problem(what, notes.where, remedy=remedy))
    elif low == high:
        what = Message("item {name} is constant: every answer is {low}", name=name, low=number_text(low))
        remedy = "an item that does not vary carries no information: remove it from the model"
        notes.problems.append(Problem(what, notes.where, remedy=remedy))


def refuse_few(used: int, notes: Notes) -> Problem:
    """Fewer rows than a covariance needs, and what became of the others."""
    shown = ("read", "filtered by where")
    steps = [e for e in notes.log if "left out" in e.step or e.step in shown]
    return Problem(
        counted(used, "only {n} usable row", "only {n} usable rows"),
        notes.where,
        found=joined(Message("{n} {step}", n=e.count, step=Message(e.step)) for e in steps),
        allowed=Message("at least {MIN_ROWS}", MIN_ROWS=MIN_ROWS),
        remedy=_few_remedy(steps),
    )


def _few_remedy(steps: Sequence[LogEntry]) -> Message:
    """What to look at, by what took most rows away."""
    most = max(steps[1:], key=lambda entry: entry.count, default=None)
    if most is None or not most.count:
        return Message("check that the export is complete")
    if most.step == "rows without any answer left out":
        return Message("check the columns of the items, and missing_codes: no item has an answer in these rows")
    if most.step == "rows without a group left out":
        return fill_groups(most)
    return Message("check where, weight and missing_codes")


def say_gone(gone: Sequence[Message], chosen: Options, notes: Notes) -> None:
    """Groups of which no row is left go to the log."""
    if gone:
        notes.log.append(LogEntry("groups without a usable row", columns(chosen.by), len(gone), listed(gone)))


def _groups(labels_: dict[str, Labels], chosen: Options, keep: Ints, notes: Notes) -> tuple[Ints, tuple[GroupKey, ...]]:
    """Group numbers of the rows used; groups of which no row is left are said and dropped."""
    if not chosen.by:
        return np.zeros(len(keep), dtype=np.intp), ((),)
    refuse_identifiers(labels_, chosen, keep, notes)
    every, keys = crossed([labels_[column] for column in chosen.by])
    group = every[keep]
    sizes = np.bincount(group, minlength=len(keys))
    gone = [group_in_words(chosen.by, key) for key, size in zip(keys, sizes, strict=True) if not size]
    say_gone(gone, chosen, notes)
    place = (np.cumsum(sizes > 0) - 1).astype(np.intp)
    return place[group], tuple(key for key, size in zip(keys, sizes, strict=True) if size)
