"""What is surely a slip in the rows, though every number of it can be used: said with item, row and what to do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item
from csimodels.survey.answers import as_number, fold
from csimodels.survey.columns import Coded, Ints
from csimodels.survey.table import LogEntry, Table
from csimodels.survey.words import TOTALS, reason_of

#: Items of a row of means that must be there.
_MEANS = 3
#: How far a whole number is from the mean that it stands for, at most.
_NEAR = 0.5 + 1e-5


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
    for k, item in enumerate(asked):
        there = item[keep[:-1]]
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
    return [means_entry(int(row[keep[-1]]))]


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


def means_entry(row: int) -> LogEntry:
    """What is said of a row of means that is counted as a respondent."""
    place = Message("row {row}", row=row)
    text = "{row} holds the means of the rows above it: take it out of the data if it is no respondent"
    return LogEntry("row of means counted as a respondent", place, 1, Message(text, row=place))


def says_total(table: Table, place: int) -> bool:
    """Whether a cell of a row of the source is a word for totals or means."""
    columns, _ = table.fetch([name for name in table.names if name], ())
    cells = [c.values[c.codes[place]] for c in columns.values() if isinstance(c, Coded) and c.codes[place] >= 0]
    return any(fold(text) in TOTALS for text in cells)
