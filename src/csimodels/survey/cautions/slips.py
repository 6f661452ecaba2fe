"""What is surely a slip in the rows, though every number of it can be used: said with item, row and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message, counted, listed
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import in_order
from csimodels.spec.model import Item
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.answers.words import TOTALS, rated, reason_of
from csimodels.survey.columns import Coded, Ints, number_text
from csimodels.survey.table import LogEntry, Table, row_name

#: Items of a row of means that must be there.
_MEANS = 3
#: How far a whole number is from the mean that it stands for, at most.
_NEAR = 0.5 + 1e-5
#: ``1=非常满意``, ``10 = very dissatisfied`` in the words of a question.
_MEANS_BY = re.compile(r"(?<![\w.])(\d{1,3})\s*分?\s*(?:[=＝:：]|代表|表示)\s*([^\d,，;；、/()（）]+)")
#: Share of rows up to which decimals among whole answers are a slip.
_FEW_ROWS = 0.05
#: Answers that are looked at at once.
_CELLS = 2**15


def labelled(values: Floats, item: Item, column: str, table: Table) -> list[LogEntry]:
    """Answers within the scale whose value label in the file says that they are none, as 8 for *don't know*."""
    low, high = item.scale
    found = []
    for code, label in table.named_values(column).items():
        number = as_number(fold(code), comma=False)
        if number is None or not low <= number <= high or not reason_of(label):
            continue
        n = int(np.count_nonzero(values == number))
        text = '{code} is "{label}" in the file; if it is no answer, add missing_codes: {{{item}: [{code}]}} to data'
        detail = Message(text, code=code, label=label, item=item.name)
        found += [LogEntry("answers labelled as none", item.name, n, detail)] if n else []
    return found


def declared_inside(item: Item, column: str, table: Table) -> list[LogEntry]:
    """Answers on the scale that the file declares missing, as 10 of 1..10."""
    low, high = item.scale
    found = []
    for code, n in table.declared(column).items():
        number = as_number(fold(code), comma=False)
        if n and number is not None and low <= number <= high:
            text = "the file declares {code} missing: if it is an answer, take the declaration out of the file"
            found.append(LogEntry("missing code inside the scale", item.name, n, Message(text, code=code)))
    return found


def upside_down(values: Floats, item: Item, column: str, table: Table) -> list[LogEntry]:
    """Answers that fall from good to bad, by value labels or the question: 1 *very good* .. 5 *very bad*."""
    asked = (column, table.wordings.get(column, ""), item.text.zh, item.text.en)
    ends = falling(table.named_values(column), asked)
    if item.reverse or item.values or not ends:
        return []
    text = '{low} is "{best}" and {high} is "{worst}": write reverse: true in the item if more is to be better'
    detail = Message(text, **ends)
    return [LogEntry("answers that run from good to bad", item.name, int(np.count_nonzero(~np.isnan(values))), detail)]


def falling(names: Mapping[str, str], asked: Sequence[str]) -> dict[str, str]:
    """The lowest answer and the highest of a scale that falls from good to bad, in words of ratings; empty for another.

    Parameters
    ----------
    names : mapping of str to str
        Value labels by code.
    asked : sequence of str
        Texts of the question, which are looked at where there are no value labels.

    Returns
    -------
    dict
        ``low`` and its label ``best``, ``high`` and its label ``worst``.
    """
    named = {as_number(fold(code), comma=False): label for code, label in names.items()}
    named = named or next((found for text in asked if (found := ends_in(text))), {})
    shown = {label: code for code, label in named.items() if code is not None and not reason_of(label)}
    place = rated(list(shown)) if len(shown) == len(set(map(fold, shown))) else {}
    codes = sorted(place, key=lambda label: shown[label])
    if len(codes) < 2 or any(place[a] <= place[b] for a, b in pairwise(codes)):
        return {}
    low, high = (number_text(shown[label]) for label in (codes[0], codes[-1]))
    return {"low": low, "best": codes[0], "high": high, "worst": codes[-1]}


def ends_in(question: str) -> dict[float | None, str]:
    """What the answers mean by the words of a question, two at least.

    >>> ends_in("总体满意度（1=非常满意，10=非常不满意）"), ends_in("Q1=2026 survey")
    ({1.0: '非常满意', 10.0: '非常不满意'}, {})
    """
    found = {as_number(number, comma=False): label.strip() for number, label in _MEANS_BY.findall(question or "")}
    return found if len(found) > 1 else {}


def row_of_means(block: Floats, keep: Ints, row: NDArray[np.int64], table: Table) -> list[LogEntry]:
    """The last row of a sheet, where it holds the means of the rows above it, rounded or not.

    Whole numbers may be answers: they are means where a word says so in a column that the model does not use.

    Parameters
    ----------
    block : (p, n) array
        Answers of all rows that were read.
    keep : (k,) array of int
        Rows that are used.
    row : (n,) array of int
        Their numbers in the source.
    table : Table
        The source.
    """
    if len(keep) < 2:
        return []
    asked = [item for item in block if not np.isnan(item[keep[-1]])]
    last, above = np.asarray([item[keep[-1]] for item in asked]), np.full(len(asked), np.nan)
    if len(asked) < _MEANS or np.isinf(last).any():
        return []
    every = len(keep) == block.shape[1]
    for k, item in enumerate(asked):
        there = item[:-1] if every else item[keep[:-1]]
        there = there[~np.isnan(there)]
        if (there != np.rint(there)).any():
            return []
        with np.errstate(invalid="ignore"):  # the mean of endless answers is near nothing
            above[k] = there.mean() if len(there) else np.nan
            if not abs(last[k] - above[k]) <= _NEAR:
                return []
    rounded = means_above(last, above)
    if not rounded or (rounded == 0.5 and not says_total(table, int(row[keep[-1]]) - 1)):
        return []
    return [means_entry(row_name(table.shown_rows(row[keep[-1:]])[0]))]


def means_above(last: Floats, above: Floats) -> float:
    """To which half of a unit the answers of a row are rounded means of the rows above it; 0 where they are none.

    Parameters
    ----------
    last, above : (p,) answers of the row, and means of the others.
    """
    if len(last) < _MEANS or np.isinf(last).any():
        return 0.0
    places = (k for k in range(4) if k == 3 or (np.abs(last - np.round(last, k)) <= 1e-9).all())
    rounded = 0.5 * 10.0 ** -next(places)
    with np.errstate(invalid="ignore"):
        near = np.abs(last - above) <= rounded + _NEAR - 0.5
    return rounded if near.all() else 0.0


def means_entry(row: int | str) -> LogEntry:
    """What is said of a row of means that is counted as a respondent."""
    place = Message("row {row}", row=row)
    text = "{row} holds the means of the rows above it: take it out of the data if it is no respondent"
    return LogEntry("row of means counted as a respondent", place, 1, Message(text, row=place))


def rows_of_no_respondent(block: Floats, keep: Ints, row: NDArray[np.int64], table: Table) -> list[LogEntry]:
    """The last row, where it holds means; else the few rows with decimals in a survey of whole answers.

    Parameters
    ----------
    block, keep, row, table
        As in :func:`row_of_means`.
    """
    means = row_of_means(block, keep, row, table)
    if means or not len(keep) or _all_whole(block):
        return means
    decimals = np.zeros(block.shape[1], dtype=np.int64)
    for item in block:  # one after the other: all at once would be as large as the data again
        odd = (item != np.rint(item)) & ~np.isnan(item)
        if odd.any():
            decimals += odd
    rows = decimals[keep]
    hit = np.flatnonzero(rows >= min(_MEANS, len(block)))
    if not 0 < len(hit) <= max(1, _FEW_ROWS * len(keep)) or rows.sum() > rows[hit].sum():
        return []
    place = counted(len(hit), "row {rows}", "rows {rows}", rows=listed(table.shown_rows(row[keep[hit]]).tolist(), 6))
    detail = Message("they look like means of other rows: take them out of the data if they are no respondents")
    return [LogEntry("rows of decimals among whole answers", place, len(hit), detail)]


def _all_whole(block: Floats) -> bool:
    """Whether every answer that is there is a whole number; many are looked through by all processors."""
    starts = range(0, block.shape[1], size := max(1, _CELLS // max(len(block), 1)))

    def whole(start: int) -> bool:
        part = block[:, start : start + size]
        return not ((part != np.rint(part)) & (part == part)).any()

    return all(in_order(whole, starts))


def fill_groups(lost: LogEntry) -> Message:
    """What to do where most rows have no group: a table made for people names it once."""
    text = "write {column} into every row: it is empty in {n} rows, as where cells are merged or hold it once for many"
    return Message(text, column=lost.subject, n=lost.count)


def says_total(table: Table, place: int) -> bool:
    """Whether a cell of a row of the source is a word for totals or means."""
    columns, _ = table.fetch([name for name in table.names if name], ())
    cells = [c.values[c.codes[place]] for c in columns.values() if isinstance(c, Coded) and c.codes[place] >= 0]
    return any(fold(text) in TOTALS for text in cells)
