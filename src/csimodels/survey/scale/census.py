"""What the columns of items hold: every different cell with its count, judged as the memory engine does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item, Model
from csimodels.survey.answers import (
    Answers,
    Codes,
    Unfit,
    answers,
    code_log,
    number_map,
    read_as,
)
from csimodels.survey.options import Options
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.source import INTEGERS, Relation, literal
from csimodels.survey.scale.warehouse import BringOver
from csimodels.survey.table import Coded, Ints, LogEntry, Notes, Table, number_text
from csimodels.survey.unfit import outside_problems, set_missing, text_problems

#: More different cells than this in the first rows: an item is measured on a continuous scale, and only its ends and
#: what does not fit are counted one by one.
MOST_VALUES = 500
#: Rows that are looked at to find such items.
FIRST_ROWS = 50_000
#: Columns that are counted in one query.
AT_ONCE = 30
#: Rows that are named for each answer that cannot be used.
SHOWN_ROWS = 4


@dataclass(frozen=True, eq=False)
class Tallied(Coded):
    """Different texts of a column, each once, with the number of cells that hold it."""

    tally: Ints = None  # type: ignore[assignment]

    def counts(self) -> Ints:
        """(len(values),) how often each value occurs."""
        return self.tally


@dataclass(frozen=True, eq=False)
class Asked:
    """One item: its column, what its cells hold with counts, and SQL of its answer.

    Attributes
    ----------
    values, counts : the different cells (None: empty) and how often each occurs; of a continuous item its lowest and
        highest answer stand for all that fit.
    number : SQL of the cell as a number.
    by_cell : whether every cell is named in the SQL of the answer, as the database reads no numbers from texts.
    """

    item: Item
    column: str
    is_number: bool
    number: str
    raw: str
    values: tuple[Any, ...] = ()
    counts: Ints = None  # type: ignore[assignment]
    whole: bool = True
    continuous: bool = False
    is_integer: bool = False
    by_cell: bool = False


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


def asked_items(relation: Relation, model: Model, chosen: Options) -> list[Asked]:
    """The items with SQL of their cells."""
    out = []
    for item in model.asked:
        column = chosen.columns[item.name]
        is_number = relation.is_number(column)
        raw = relation.number(column) if is_number else relation.text(column)
        number = raw
        if not is_number:
            plain = f"replace({raw}, ',', '.')" if relation.comma_decimal else raw
            number = f"try_cast(trim({plain}) as double)" if relation.dialect is DUCKDB else "cast(null as double)"
        is_integer, by_cell = relation.types[column] in INTEGERS, not is_number and relation.dialect is not DUCKDB
        out.append(Asked(item, column, is_number, number, raw, is_integer=is_integer, by_cell=by_cell))
    return out


def counted(kept: Filter, asked: Sequence[Asked], codes: Sequence[Codes]) -> list[Asked]:
    """The items with the different cells of their columns."""
    raw = [f"{a.raw} as c{k}" for k, a in enumerate(asked)]
    first = f"(select {', '.join(raw)} from {kept.sql} limit {FIRST_ROWS})"
    many = kept.relation.first(f"select {', '.join(f'count(distinct c{k})' for k in range(len(asked)))} from {first}")
    done: dict[int, Asked] = {}
    plain = [k for k, n in enumerate(many) if n <= MOST_VALUES]
    for start in range(0, len(plain), AT_ONCE):
        part = plain[start : start + AT_ONCE]
        for k, values in _census(kept, [asked[k] for k in part]).items():
            done[part[k]] = values
    for k, n in enumerate(many):
        if n > MOST_VALUES:
            done[k] = _ends(kept, asked[k], codes[k])
    return [done[k] for k in range(len(asked))]


def _census(kept: Filter, asked: Sequence[Asked]) -> dict[int, Asked]:
    """Different cells of some columns: grouping sets count all of them in one pass."""
    if not kept.relation.dialect.sets:
        return {k: _with(a, _cells(kept, a)) for k, a in enumerate(asked)}
    names = [f"c{k}" for k in range(len(asked))]
    cells = ", ".join(f"{a.raw} as {name}" for a, name in zip(asked, names, strict=True))
    sets = ", ".join(f"({name})" for name in names)
    which = f"grouping({', '.join(names)})"
    inner = f"select {cells} from {kept.sql}"
    sql = f"select {which}, {', '.join(names)}, count(*) from ({inner}) group by grouping sets ({sets})"
    found: dict[int, list[tuple[Any, int]]] = {k: [] for k in range(len(asked))}
    every = (1 << len(asked)) - 1
    for mask, *values, count in kept.relation.rows(sql, "k" * (1 + len(names)) + "+"):
        k = len(asked) - (every & ~int(mask)).bit_length()
        found[k].append((values[k], count))
    return {k: _with(asked[k], cells_) for k, cells_ in found.items()}


def _cells(kept: Filter, asked: Asked) -> list[tuple[Any, int]]:
    found = kept.relation.rows(f"select {asked.raw} as c, count(*) from {kept.sql} group by 1", "k+")
    return [(cell, int(count)) for cell, count in found]


def _with(asked: Asked, cells: Sequence[tuple[Any, int]], continuous: bool = False, whole: bool | None = None) -> Asked:
    ordered = sorted(cells, key=lambda cell: (cell[0] is not None, "" if cell[0] is None else cell[0]))
    values, counts = [value for value, _ in ordered], np.asarray([n for _, n in ordered], dtype=np.intp)
    numbers = [v for v in values if isinstance(v, float) and np.isfinite(v)]
    is_whole = all(v == int(v) for v in numbers) if whole is None else whole
    return replace(asked, values=tuple(values), counts=counts, continuous=continuous, whole=is_whole)


def _ends(kept: Filter, asked: Asked, codes: Codes) -> Asked:
    """A continuous item: its ends, and the cells that are no answers on the scale one by one."""
    if not asked.is_number and kept.relation.dialect is not DUCKDB:
        raise BringOver(Message('numbers are read from the texts of column "{column}"', column=asked.column))
    low, high = asked.item.scale
    fits = f"({asked.number} between {literal(low)} and {literal(high)})"
    if codes.numbers:
        fits = f"({fits} and {asked.number} not in ({', '.join(map(literal, codes.numbers))}))"
    ends = f"min({asked.number}) filter (where {fits}), max({asked.number}) filter (where {fits})"
    broken = f"count(*) filter (where {fits} and {asked.number} <> round({asked.number}))"
    least, most, n, n_broken = kept.relation.rows(
        f"select {ends}, count(*) filter (where {fits}), {broken} from {kept.sql}", "<>++"
    )[0]
    other = f"select {asked.raw}, count(*) from {kept.sql} and not coalesce({fits}, false) group by 1 limit 100000"
    cells = kept.relation.rows(other, "k+", 100_000)
    if n:
        one, two = (number_text(v) for v in (least, most)) if not asked.is_number else (least, most)
        cells += [(one, n)] if least == most else [(one, n - 1), (two, 1)]
    return _with(asked, cells, True, not n_broken)


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
            texts.append(_located(kept, a, got.text, rows))
        if beyond.any():
            unfit = _beyond(kept, a, got.values, beyond, rows, chosen)
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
    notes.problems += text_problems(texts, chosen, places, table)
    notes.problems += outside_problems(outside, chosen, places, notes.where, [a.item for a in asked]) if outside else []
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


# ---- where the answers stand that cannot be used ------------------------------------------------------------------


def _beyond(
    kept: Filter, asked: Asked, values: Floats, beyond: NDArray[np.bool_], rows: list[object], chosen: Options
) -> Unfit:
    at = np.flatnonzero(beyond)
    order = at[np.argsort(values[at], kind="stable")]
    shown = [(number_text(float(values[k])), int(asked.counts[k]), ()) for k in order[:50].tolist()]
    held = np.unique(values[~np.isnan(values)])
    few = tuple(held.tolist()) if len(held) <= 200 and not asked.continuous else ()
    answered = int(asked.counts[~np.isnan(values)].sum())
    if len(order) > 50:
        rest = int(asked.counts[order[50:]].sum())
        shown.append((Message("{n} other values", n=len(order) - 50), rest, ()))
    done = Unfit(asked.item, asked.column, tuple(shown), bool(np.isinf(values[at]).any()), few, answered)
    if chosen.out_of_range == "missing" and not done.infinite:
        return done
    return _located(kept, asked, done, rows, [asked.values[k] for k in order[:50].tolist()])


def _located(kept: Filter, asked: Asked, unfit: Unfit, rows: list[object], cells: Sequence[Any] | None = None) -> Unfit:
    """The first rows of each answer that cannot be used; they are looked for only now."""
    cells = [text for text, _, _ in unfit.values if not isinstance(text, Message)] if cells is None else cells
    where = f"{asked.raw} in ({', '.join(map(_cell, cells))})"
    found = first_rows(kept, where, asked.raw)
    out = []
    for k, (text, count, _) in enumerate(unfit.values):
        mine = found.get(cells[k], []) if k < len(cells) else []
        out.append((text, count, tuple(range(len(rows), len(rows) + len(mine)))))
        rows += mine
    return replace(unfit, values=tuple(out))


def _cell(value: Any) -> str:
    if isinstance(value, float) and np.isinf(value):
        return f"cast('{'-' if value < 0 else ''}infinity' as double)"
    return literal(value)


def first_rows(kept: Filter, where: str, cell: str, most: int = SHOWN_ROWS) -> dict[Any, list[object]]:
    """By cell, the first rows for which a condition holds: numbers, with the file where there are several."""
    file, row = kept.relation.place
    conditions = " and ".join(f"({c})" for c in [*kept.conditions, where])
    inner = f"select *, {file} as file_, {row} as row_ from {kept.relation.scan}"
    ranked = f"select file_, row_, {cell} as cell_, row_number() over (partition by {cell} order by file_, row_) as k"
    found = f"{ranked} from ({inner}) where {conditions}"
    sql = f"select cell_, file_, row_ from ({found}) where k <= {most} order by 1, 2, 3"
    out: dict[Any, list[object]] = {}
    for value, name, number in kept.relation.rows(sql, "kkk"):
        rows = out.setdefault(value, [])
        if len(rows) < most:
            own = int(number) - kept.relation.file_starts.get(name, 0)
            rows.append(own if name is None else f"{name}: {own}")
    return out
