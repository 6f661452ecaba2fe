"""What the columns of items hold: every different cell with its count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from csimodels.messages import Message
from csimodels.spec.model import Item, Model
from csimodels.survey.answers.numbers import Codes
from csimodels.survey.columns import Ints, number_text
from csimodels.survey.options import Options
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.relation import INTEGERS, Relation, literal
from csimodels.survey.scale.warehouse import BringOver

#: More different cells than this in the first rows: an item is measured on a continuous scale, and only its ends and
#: what does not fit are counted one by one.
MOST_VALUES = 500
#: Rows that are looked at to find such items.
FIRST_ROWS = 50_000
#: Columns that are counted in one query.
AT_ONCE = 30


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
        return {k: with_cells(a, _cells(kept, a)) for k, a in enumerate(asked)}
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
    return {k: with_cells(asked[k], cells_) for k, cells_ in found.items()}


def _cells(kept: Filter, asked: Asked) -> list[tuple[Any, int]]:
    found = kept.relation.rows(f"select {asked.raw} as c, count(*) from {kept.sql} group by 1", "k+")
    return [(cell, int(count)) for cell, count in found]


def with_cells(
    asked: Asked, cells: Sequence[tuple[Any, int]], continuous: bool = False, whole: bool | None = None
) -> Asked:
    """The item with the different cells of its column and how often each occurs."""
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
    return with_cells(asked, cells, True, not n_broken)
