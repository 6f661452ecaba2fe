"""Columns in which survey tools mark interviews that were not ended, previews and tests: said where such rows count."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from csimodels.messages import Message, listed
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.columns import Coded, Column, Ints, number_text
from csimodels.survey.options import Options
from csimodels.survey.table import LogEntry, Table

#: Step of the log.
UNFINISHED = "rows marked as unfinished or as tests"
_NO = frozenset({"false", "0", "no", "nein", "否"})
_TESTS = frozenset(
    {
        *("survey preview", "survey test", "preview", "test", "pretest", "debug", "spam", "partial", "incomplete"),
        *("disqualified", "screened out", "in progress", "abgebrochen", "未完成", "无效", "测试", "甄别", "配额满"),
    }
)


def _below_100(text: str) -> bool:
    number = as_number(text, comma=False)
    return number is not None and 0 <= number < 100


#: By the name of a column, folded: which of its values mark such a row (Qualtrics, SoSci, Alchemer, Chinese tools).
_MARKS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("finished", "是否完成", "completed"), _NO.__contains__),
    **dict.fromkeys(("status", "distributionchannel", "mode", "答卷状态", "答题状态"), _TESTS.__contains__),
    "progress": _below_100,
}


def unfinished_rows(table: Table, chosen: Options, rows: Ints) -> list[LogEntry]:
    """The first column of such marks in which some of the rows used are marked, with its values.

    Parameters
    ----------
    table : Table
        The source.
    chosen : Options
        Columns that the spec names are its own business.
    rows : (k,) array of int
        Places of the rows used, from 0.
    """
    named = set(chosen.purposes)
    for name in table.names:
        marks = _MARKS.get(fold(name))
        if marks is None or name in named:
            continue
        fetched, _ = table.fetch([name], [name])
        values = [v for v in _values(fetched[name], rows) if v]
        hit = [value for value in values if marks(fold(value))]
        if hit and len(hit) < len(values):
            text = "{column} is {values}; if they are not meant, write where: {rule}"
            kept = list(dict.fromkeys(value for value in values if not marks(fold(value))))
            rule = f"'{name} >= 100'" if marks is _below_100 else f'{{{name}: "{kept[0]}"}}'
            said = listed(dict.fromkeys(hit), 3)
            return [LogEntry(UNFINISHED, name, len(hit), Message(text, column=name, values=said, rule=rule))]
    return []


def _values(column: Column, rows: Ints) -> Sequence[str]:
    """Texts of some cells, empty where a cell is."""
    if isinstance(column, Coded):
        texts = np.asarray([*column.values, ""], dtype=object)
        return [str(text) for text in texts[column.codes[rows]]]
    return ["" if np.isnan(value) else number_text(float(value)) for value in column[rows]]
