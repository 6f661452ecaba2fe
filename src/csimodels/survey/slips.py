"""What is surely a slip in the rows, though every number of it can be used: said with item, row and what to do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item
from csimodels.survey.answers import as_number, fold
from csimodels.survey.table import Ints, LogEntry, Table
from csimodels.survey.words import reason_of

#: Items of a row of means that must be there, and how far rounding puts one from the mean of its column.
_MEANS, _ROUNDED = 3, 0.00501


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


def row_of_means(block: Floats, keep: Ints, row: NDArray[np.int64]) -> list[LogEntry]:
    """The last row of a sheet, where it holds the means of the rows above it.

    Parameters
    ----------
    block : (p, n) array
        Answers of all rows that were read.
    keep : (k,) array of int
        Rows that are used.
    row : (n,) array of int
        Their numbers in the source.
    """
    if len(keep) < 2:
        return []
    asked = [item for item in block if not np.isnan(item[keep[-1]])]
    last = np.asarray([item[keep[-1]] for item in asked])
    if len(asked) < _MEANS or (last == np.rint(last)).all():
        return []
    for item, mean in zip(asked, last.tolist(), strict=True):
        above = item[keep[:-1]]
        there = above[~np.isnan(above)]
        if not len(there) or abs(mean - float(there.mean())) > _ROUNDED or (there != np.rint(there)).any():
            return []
    place = Message("row {row}", row=int(row[keep[-1]]))
    text = "{row} holds the means of the rows above it: take it out of the data if it is no respondent"
    return [LogEntry("row of means counted as a respondent", place, 1, Message(text, row=place))]
