"""Sampling weights that a database holds: what is wrong with them, in the words of the memory engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import listed
from csimodels.messages import Message, counted
from csimodels.survey.answers.numbers import BLANKS, fold
from csimodels.survey.options import Options
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.warehouse import BringOver
from csimodels.survey.table import LogEntry, Notes, row_name
from csimodels.survey.weights.cells import TINY, Weighed

#: Rows whose weights are wrong that are looked at one by one.
MOST_WRONG = 100_000


def checked_weight(
    kept: Filter, items: Sequence[Judged], chosen: Options, notes: Notes
) -> tuple[tuple[str, float] | None, int]:
    """SQL of the weight with the largest one (None without weights), and how many rows are used.

    Rows without any answer are counted here.
    """
    some = _some_answer(items)
    if chosen.weight is None:
        sql = f"select count(*), count(*) filter (where {some}) from {kept.sql}"
        every, answered = kept.relation.rows(sql, "++")[0]
        _silent(every - answered, answered, notes)
        return None, int(answered)
    if some == "true" and (sound := _sound(kept, chosen.weight)) is not None:
        return sound
    weight, is_text = _weight_sql(kept, chosen.weight)
    bad = _texts(kept, chosen.weight, weight) if is_text else []
    absurd = f"({weight}) > {1 / TINY!r} or (({weight}) > 0 and ({weight}) < {TINY!r})"
    wrong = f"{some} and (({weight}) is null or ({weight}) < 0 or {absurd})"
    counts = [
        "count(*)",
        f"count(*) filter (where {some})",
        f"count(*) filter (where {some} and ({weight}) is null)",
        f"count(*) filter (where {some} and ({weight}) = 0)",
        f"count(*) filter (where {wrong})",
        f"max({weight}) filter (where {some})",
    ]
    sql = f"select {', '.join(counts)} from {kept.sql}"
    every, answered, lost, zero, amiss, largest = kept.relation.rows(sql, "+++++>")[0]
    _silent(every - answered, answered, notes)
    if chosen.weight_missing == "drop" and lost and not bad:
        rows = [row_name(row) for row, _ in _places(kept, f"{some} and ({weight}) is null", weight, 20)]
        names = listed(rows, 20) if lost <= 20 else Message("{names}, ...", names=listed(rows, 20))
        detail = Message("rows {names}; {used} used", names=names, used=answered - lost)
        notes.log.append(LogEntry("rows without a weight left out", chosen.weight, lost, detail))
        wrong, amiss, answered, lost = f"{wrong} and ({weight}) is not null", amiss - lost, answered - lost, 0
    subject = Message('weight column "{weight}"', weight=chosen.weight)
    if amiss or bad or (answered and not largest):
        found = _places(kept, wrong, weight, MOST_WRONG) if amiss else []
        row: NDArray[Any] = np.empty(len(found) or 1, dtype=object)
        row[: len(found)] = [place for place, _ in found]
        values = np.asarray([np.nan if w is None else w for _, w in found] if found else [0.0 if not largest else 1.0])
        notes.problems += Weighed(values, bad, row, subject, notes.where).problems()
    if zero:
        notes.log.append(LogEntry("rows with weight zero left out", chosen.weight, zero))
    return (weight, float(largest or 1.0)), int(answered - zero)


def _sound(kept: Filter, column: str) -> tuple[tuple[str, float], int] | None:
    """The weight, the largest one, and the rows used, where every row has one that is sound; None otherwise.

    DuckDB knows the ends of a column of a Parquet file without reading it; NaN is its greatest number.
    """
    relation = kept.relation
    if relation.dialect is not DUCKDB or not relation.is_number(column):
        return None
    number = relation.number(column)
    sql = f"select count(*), count({number}), min({number}), max({number}) from {kept.sql}"
    every, there, low, high = relation.rows(sql, "++<>")[0]
    if not every or there != every or not TINY <= low <= high <= 1 / TINY:
        return None
    return (number, float(high)), int(every)


def _some_answer(items: Sequence[Judged]) -> str:
    """SQL of whether a row has an answer; where an item misses none, every row has one."""
    if any(not j.missing for j in items):
        return "true"
    return "coalesce(" + ", ".join(j.sql for j in items) + ") is not null"


def _silent(silent: int, used: int, notes: Notes) -> None:
    if silent and not notes.problems:
        one, many = (
            "{n} row without any answer left out; {used} used",
            "{n} rows without any answer left out; {used} used",
        )
        detail = counted(silent, one, many, used=used)
        notes.log.append(LogEntry("rows without any answer left out", notes.where, silent, detail))


def _weight_sql(kept: Filter, column: str) -> tuple[str, bool]:
    relation = kept.relation
    if relation.is_number(column):
        number = relation.number(column)
        isnan = relation.dialect.nan.format(x=number)
        if not isnan or not relation.rows(f"select count(*) filter (where {isnan}) from {kept.sql}", "+")[0][0]:
            return number, False
        return f"case when {isnan} then null else {number} end", False
    if relation.dialect is not DUCKDB:
        raise BringOver(Message('numbers are read from the texts of column "{column}"', column=column))
    text = f"trim({relation.text(column)})"
    plain = f"replace({text}, ',', '.')" if relation.comma_decimal else text
    return f"try_cast({plain} as double)", True


def _texts(kept: Filter, column: str, weight: str) -> list[str]:
    """Texts in a column of weights that are no numbers."""
    text = kept.relation.text(column)
    sql = f"select distinct {text} as t from {kept.sql} and {text} is not null and ({weight}) is null"
    found = [row[0] for row in kept.relation.rows(f"select t from ({sql}) order by t limit 20", "k", 20)]
    return [text for text in found if fold(text) not in BLANKS]


def _places(kept: Filter, where: str, weight: str, most: int) -> list[tuple[Any, float | None]]:
    """Rows for which a condition holds, with their weights."""
    file, row = kept.relation.place
    conditions = " and ".join(f"({c})" for c in [*kept.conditions, where])
    inner = f"select *, {file} as file_, {row} as row_ from {kept.relation.scan}"
    sql = f"select file_, row_, {weight} from ({inner}) where {conditions} order by 1, 2 limit {most}"
    return [(int(n) if name is None else f"{name}: {n}", w) for name, n, w in kept.relation.rows(sql, "kkk", most)]
