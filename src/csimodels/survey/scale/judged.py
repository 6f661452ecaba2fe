"""Cells of items judged as the memory engine judges them: what is an answer on the scale, and SQL of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item
from csimodels.survey.answers.numbers import Answers, Codes, Unfit, answers, code_log, number_map, read_as
from csimodels.survey.answers.unfit import set_missing, unfit_problems
from csimodels.survey.columns import Coded, Ints, number_text
from csimodels.survey.options import Options
from csimodels.survey.scale.census import Asked
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.places import beyond_scale, located
from csimodels.survey.scale.relation import literal
from csimodels.survey.table import LogEntry, Notes, Table


@dataclass(frozen=True, eq=False)
class Tallied(Coded):
    """Different texts of a column, each once, with the number of cells that hold it."""

    tally: Ints = None  # type: ignore[assignment]

    def counts(self) -> Ints:
        """(len(values),) how often each value occurs."""
        return self.tally


@dataclass(frozen=True, eq=False)
class Judged:
    """What an item contributes to the sums.

    Attributes
    ----------
    sql : SQL of its answer on the scale, reversed items turned; NULL where missing.
    answered, low, high : answers that fit, the lowest and the highest of them (as they were given).
    values, counts : different answers that fit, and how often each was given; empty for a continuous item.
    integral : `sql` gives whole numbers.
    """

    item: Item
    sql: str
    answered: int
    missing: int
    low: float
    high: float
    values: Floats
    counts: Ints
    whole: bool
    integral: bool = False


def judged(
    kept: Filter, asked: Sequence[Asked], codes: Sequence[Codes], chosen: Options, table: Table, notes: Notes
) -> list[Judged]:
    """Items with SQL of their answers; what was done goes to the log, what cannot be used to the problems."""
    said = table.source.kind != "csv"
    occurred: dict[str, int] = {}
    texts: list[Unfit] = []
    outside: list[Unfit] = []
    rows: list[object] = []
    done = []
    for a, own in zip(asked, codes, strict=True):
        got = _numbers(a, own) if a.is_number else _texts(a, own, table.comma_decimal, said)
        for code in own.names:
            occurred[code] = occurred.get(code, 0) + got.recoded.get(code, 0)
        notes.log += got.log
        low, high = a.item.scale
        beyond = (got.values < low) | (got.values > high)
        if got.text is not None:
            texts.append(located(kept, a, got.text, rows))
        if beyond.any():
            unfit = beyond_scale(kept, a, got.values, beyond, rows, chosen)
            if chosen.out_of_range == "missing" and not unfit.infinite:
                notes.log.append(set_missing(unfit))
            else:
                outside.append(unfit)
        done.append(_judge(a, np.where(beyond, np.nan, got.values), own))
    notes.log += [
        LogEntry("missing code that never occurs", code, 0, Message("no item has this answer"))
        for code, count in occurred.items()
        if not count
    ]
    places: NDArray[Any] = np.empty(len(rows), dtype=object)
    places[:] = rows
    notes.problems += unfit_problems(texts, outside, chosen, places, table, [a.item for a in asked])
    return done


def _numbers(asked: Asked, codes: Codes) -> Answers:
    """Numbers of a column of numbers, one for each different cell."""
    cells = np.asarray([np.nan if v is None else v for v in asked.values], dtype=np.float64)
    done = Answers(cells.copy())
    for old, new in number_map(asked.item).items():
        hit = cells == old
        done.values[hit] = new
        if old != new and hit.any():
            detail = read_as(number_text(old), number_text(new))
            done.log.append(LogEntry("values translated", asked.item.name, int(asked.counts[hit].sum()), detail))
    for code, shown in codes.numbers.items():
        hit = cells == code
        done.recoded[shown] = int(asked.counts[hit].sum())
        done.values[hit] = np.nan
    done.log += code_log(done.recoded, asked.item, codes)
    return done


def _texts(asked: Asked, codes: Codes, comma: bool, said: bool) -> Answers:
    """Numbers of a column of texts, one for each different cell, read as the memory engine reads them."""
    there = [k for k, value in enumerate(asked.values) if value is not None]
    words = tuple(str(asked.values[k]) for k in there)
    column = Tallied(np.arange(len(words)), words, tally=asked.counts[there])
    got = answers(column, asked.item, asked.column, codes, comma, said)
    values = np.full(len(asked.values), np.nan)
    values[there] = got.values
    return replace(got, values=values)


def _judge(asked: Asked, values: Floats, codes: Codes) -> Judged:
    item, (low, high) = asked.item, asked.item.scale
    there = ~np.isnan(values)
    answered = int(asked.counts[there].sum())
    clean = asked.is_number and not asked.continuous and _as_they_are(asked, values)
    integral = clean and asked.is_integer and (low + high).is_integer()
    sql = asked.raw if clean else _answer_sql(asked, values, codes)
    if integral:
        sql = asked.raw.replace(" as double)", " as bigint)")
    if item.reverse:
        sql = f"({int(low + high) if integral else literal(low + high)} - {sql})"
    least, most = (float(values[there].min()), float(values[there].max())) if there.any() else (np.nan, np.nan)
    fits = values[there & (not asked.continuous)]
    counts = asked.counts[there & (not asked.continuous)]
    missing = int(asked.counts.sum()) - answered
    return Judged(item, sql, answered, missing, least, most, fits, counts, asked.whole, integral)


def _as_they_are(asked: Asked, values: Floats) -> bool:
    """Whether every cell is an answer on the scale, or empty."""
    cells = np.asarray([np.nan if v is None else v for v in asked.values], dtype=np.float64)
    empty = np.asarray([v is None for v in asked.values])
    return bool(np.all(np.where(empty, np.isnan(values), cells == values)))


def _answer_sql(asked: Asked, values: Floats, codes: Codes) -> str:
    """SQL of the answer: the number of the cell where it fits, and the other cells one by one."""
    low, high = asked.item.scale
    fits = f"{asked.number} between {literal(low)} and {literal(high)}"
    plain, special, gone = [], [], []
    for cell, value in zip(asked.values, values.tolist(), strict=True):
        if cell is None:
            continue
        number = _plain_number(asked, cell)
        inside = number is not None and low <= number <= high
        if value == number and not asked.by_cell:
            plain.append(cell)
        elif value == value:
            special.append((cell, value))
        elif inside:
            gone.append(cell)
    branches = "".join(f" when {asked.raw} = {literal(cell)} then {literal(value)}" for cell, value in special)
    if gone:
        fits += f" and {asked.raw} not in ({', '.join(map(literal, gone))})"
    if asked.continuous and codes.numbers:
        fits += f" and {asked.number} not in ({', '.join(map(literal, codes.numbers))})"
    return f"case{branches} when {fits} then {asked.number} end"


def _plain_number(asked: Asked, cell: Any) -> float | None:
    """The number that SQL reads in a cell."""
    if asked.is_number:
        return float(cell)
    text = str(cell).strip()
    try:
        return float(text.replace(",", ".")) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
