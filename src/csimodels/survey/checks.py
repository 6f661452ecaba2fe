"""From columns to a survey: every answer is checked, every row that is left out is counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, listed
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import Model
from csimodels.survey.answers import Codes, Unfit, answers
from csimodels.survey.headings import label_rows
from csimodels.survey.keys import Labels, crossed, labels, matching, weight_problems, weights
from csimodels.survey.options import Options
from csimodels.survey.order import canonical_order
from csimodels.survey.survey import GroupKey, Survey
from csimodels.survey.table import Column, Ints, LogEntry, Table, number_text, take
from csimodels.survey.unfit import outside_problems, set_missing, text_problem

#: Fewer rows than this have no covariance worth the name.
MIN_ROWS = 3


@dataclass(slots=True)
class _Notes:
    """What is said and what is wrong, gathered on the way."""

    where: str
    log: list[LogEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def stop_if_wrong(self) -> None:
        if self.problems:
            raise DataError(self.problems)


def checked(table: Table, fetched: dict[str, Column], model: Model, chosen: Options) -> Survey:
    """The survey in `fetched`, or every reason why it is none.

    Raises
    ------
    DataError
        All problems found in the answers, the filters, the groups, the design and the weights.
    """
    notes = _Notes(table.label, [_read_entry(table), *table.notes])
    kept, groups = _kept_rows(fetched, model, chosen, notes)
    row = np.flatnonzero(kept).astype(np.int64)
    if len(row) < table.source.n_rows:
        fetched = {name: take(column, kept) for name, column in fetched.items()}
    block = _block(fetched, model, chosen, table, row + 1, notes)
    used = _used_rows(fetched, block, chosen, table, row + 1, notes)
    notes.stop_if_wrong()
    return _assembled(table, model, chosen, _Parts(block, used, row, groups, fetched), notes)


def _read_entry(table: Table) -> LogEntry:
    source = table.source
    parts = [f"{source.n_columns} columns", source.kind]
    found = (("encoding", source.encoding), ("separator", source.separator), ("sheet", source.sheet))
    parts += [f"{name} {value}" for name, value in found if value]
    return LogEntry("read", source.name, source.n_rows, "; ".join(parts))


# ---- rows that are meant ------------------------------------------------------------------------------------------


def _kept_rows(
    fetched: dict[str, Column], model: Model, chosen: Options, notes: _Notes
) -> tuple[Bools, dict[str, Labels]]:
    """Rows left by label rows, `where` and empty groups, and the labels of those rows."""
    n = len(next(iter(fetched.values())))
    keep = np.ones(n, dtype=bool)
    skipped = label_rows([(item, fetched[chosen.columns[item.name]]) for item in model.items], chosen)
    keep[: len(skipped)] = False
    for number, example in enumerate(skipped, start=1):
        notes.log.append(LogEntry("row of labels left out", f"row {number}", 1, f'for example "{example}"'))
    for column, values in chosen.where:
        found = labels(take(fetched[column], keep))
        hit, log, problems = matching(found, values, column, notes.where)
        notes.log += log
        notes.problems += problems
        if not problems:
            keep[np.flatnonzero(keep)[~hit]] = False
    notes.stop_if_wrong()
    for column in chosen.by:
        codes = labels(take(fetched[column], keep)).codes
        empty = int((codes < 0).sum())
        if empty:
            notes.log.append(LogEntry("rows without a group left out", column, empty, f"{column} is empty"))
            keep[np.flatnonzero(keep)[codes < 0]] = False
    if not keep.any():
        what = "no row is left after where and by" if chosen.where or chosen.by else "there are no rows of answers"
        raise DataError(Problem(what, notes.where, remedy="check the filters and the group columns"))
    return keep, {column: labels(take(fetched[column], keep)) for column in chosen.keys}


# ---- answers ------------------------------------------------------------------------------------------------------


def _block(
    fetched: dict[str, Column], model: Model, chosen: Options, table: Table, row: NDArray[np.int64], notes: _Notes
) -> Floats:
    """(p, n) answers of all items, reversed items turned; problems go to `notes`."""
    block = np.empty((len(model.items), len(row)))
    said = table.source.kind != "csv"
    occurred: dict[str, int] = {}
    texts: list[Unfit] = []
    outside: list[Unfit] = []
    for j, item in enumerate(model.items):
        column = chosen.columns[item.name]
        codes = Codes.of((*chosen.missing_codes, *chosen.codes.get(item.name, ())))
        got = answers(fetched[column], item, column, codes, table.comma_decimal, said)
        for code in codes.names:
            occurred[code] = occurred.get(code, 0) + got.recoded.get(code, 0)
        notes.log += got.log
        if got.text:
            texts.append(got.text)
        if got.outside and chosen.out_of_range == "missing" and not got.outside.infinite:
            notes.log.append(set_missing(got.outside))
            got.values[(got.values < item.scale[0]) | (got.values > item.scale[1])] = np.nan
        elif got.outside:
            outside.append(got.outside)
        block[j] = item.scale[0] + item.scale[1] - got.values if item.reverse else got.values
    notes.log += [
        LogEntry("missing code that never occurs", code, 0, "no item has this answer")
        for code, count in occurred.items()
        if not count
    ]
    notes.problems += [text_problem(unfit, chosen, row, table) for unfit in texts]
    notes.problems += outside_problems(outside, chosen, row, notes.where)
    return block


# ---- rows that are used -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Used:
    keep: Bools
    weights: Floats | None


def _used_rows(
    fetched: dict[str, Column], block: Floats, chosen: Options, table: Table, row: NDArray[np.int64], notes: _Notes
) -> _Used:
    """Rows with an answer and a weight above zero; problems of the weights go to `notes`."""
    keep = np.zeros(block.shape[1], dtype=bool)
    for item in block:
        keep |= ~np.isnan(item)
    silent = len(keep) - int(keep.sum())
    if silent and not notes.problems:
        noun = "row" if silent == 1 else "rows"
        detail = f"{silent} {noun} without any answer left out; {len(keep) - silent} used"
        notes.log.append(LogEntry("rows without any answer left out", notes.where, silent, detail))
    if chosen.weight is None:
        return _Used(keep, None)
    values, bad = weights(fetched[chosen.weight], table.comma_decimal)
    notes.problems += weight_problems(values[keep], bad, row[keep], chosen.weight, notes.where)
    zero = keep & (values == 0)
    if zero.any():
        notes.log.append(LogEntry("rows with weight zero left out", chosen.weight, int(zero.sum())))
    return _Used(keep & (values > 0), values)


@dataclass(frozen=True, slots=True)
class _Parts:
    block: Floats
    used: _Used
    row: NDArray[np.int64]
    labels: dict[str, Labels]
    fetched: dict[str, Column]


def _assembled(table: Table, model: Model, chosen: Options, parts: _Parts, notes: _Notes) -> Survey:
    keep = np.flatnonzero(parts.used.keep)
    _refuse_unusable(parts.block, keep, model, notes)
    group, keys = _groups(parts, chosen, keep, notes)
    design = chosen.design
    strata = _design_codes(design.strata, "strata", parts, keep, notes)
    cluster = _design_codes(design.cluster, "cluster", parts, keep, notes)
    notes.stop_if_wrong()
    all_weights = parts.used.weights
    weight = None if all_weights is None else all_weights[keep]
    whole = len(keep) == parts.block.shape[1]
    block = parts.block if whole else parts.block[:, keep]
    ties = [tie for tie in (weight, group if chosen.by else None, strata, cluster) if tie is not None]
    order = canonical_order(block, [item.scale for item in model.items], ties)
    x = np.empty((len(order), len(block)))
    for j, item in enumerate(block):
        x[:, j] = item[order]

    def sorted_(values: Ints | None) -> Ints | None:
        return None if values is None else values[order]

    return Survey(
        model=model,
        x=x,
        weights=None if weight is None else weight[order],
        by=chosen.by,
        group=group[order],
        group_keys=keys,
        strata=sorted_(strata),
        cluster=sorted_(cluster),
        row=parts.row[keep][order] + 1,
        log=tuple(notes.log),
        source=table.source,
    )


def _refuse_unusable(block: Floats, keep: Ints, model: Model, notes: _Notes) -> None:
    if len(keep) < MIN_ROWS:
        shown = ("read", "filtered by where")
        raise DataError(
            Problem(
                f"only {len(keep)} usable {'row' if len(keep) == 1 else 'rows'}",
                notes.where,
                found="; ".join(f"{e.count} {e.step}" for e in notes.log if "left out" in e.step or e.step in shown),
                allowed=f"at least {MIN_ROWS}",
                remedy="check where, weight and missing_codes",
            )
        )
    for name, item in zip(model.item_names, block, strict=True):
        low, high = np.fmin.reduce(item[keep]), np.fmax.reduce(item[keep])
        if np.isnan(low):
            what = f"item {name} has no answer in any row"
            remedy = "remove the item from the model, or correct its column"
            notes.problems.append(Problem(what, notes.where, remedy=remedy))
        elif low == high:
            what = f"item {name} is constant: every answer is {number_text(low)}"
            remedy = "an item that does not vary carries no information: remove it from the model"
            notes.problems.append(Problem(what, notes.where, remedy=remedy))


def _groups(parts: _Parts, chosen: Options, keep: Ints, notes: _Notes) -> tuple[Ints, tuple[GroupKey, ...]]:
    """Group numbers of the rows used; groups of which no row is left are said and dropped."""
    if not chosen.by:
        return np.zeros(len(keep), dtype=np.intp), ((),)
    every, keys = crossed([parts.labels[column] for column in chosen.by])
    group = every[keep]
    sizes = np.bincount(group, minlength=len(keys))
    gone = [" / ".join(map(str, key)) for key, size in zip(keys, sizes, strict=True) if not size]
    if gone:
        notes.log.append(LogEntry("groups without a usable row", ", ".join(chosen.by), len(gone), listed(gone)))
    place = (np.cumsum(sizes > 0) - 1).astype(np.intp)
    return place[group], tuple(key for key, size in zip(keys, sizes, strict=True) if size)


def _design_codes(column: str | None, kind: str, parts: _Parts, keep: Ints, notes: _Notes) -> Ints | None:
    if column is None:
        return None
    codes = parts.labels[column].codes[keep]
    empty = np.flatnonzero(codes < 0)
    if len(empty):
        notes.problems.append(
            Problem(
                f'{kind} column "{column}" is empty in {len(empty)} {"row" if len(empty) == 1 else "rows"}',
                notes.where,
                found=f"rows {listed((parts.row[keep][empty[:6]] + 1).tolist())}",
                remedy="fill it in, or take those rows out of the data",
            )
        )
    present, out = np.unique(codes, return_inverse=True)
    notes.log.append(LogEntry(kind, column, len(present), f"{len(present)} different values"))
    return np.asarray(out, dtype=np.intp)
