"""Whether the rows can be counted and summed in one pass, and that pass: see :mod:`~csimodels.survey.scale.sweep`.

It applies where every item is a column of whole numbers that fit a byte, and the weight one of sound numbers.  DuckDB
reads, filters and hands over blocks of rows; threads count and sum them.  Other answers (texts, decimals, codes of
several digits) are counted first, and the pass then sums what was made of them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np

from csimodels.moments.linalg import Bools
from csimodels.moments.threads import single_blas
from csimodels.survey.answers.numbers import Codes, number_map
from csimodels.survey.cautions.counts import widest
from csimodels.survey.columns import Ints
from csimodels.survey.scale.arrow_blocks import Block, arrow_blocks, streams
from csimodels.survey.scale.block_sums import FINE_BITS, HALF_BITS
from csimodels.survey.scale.census import Asked
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.relation import Relation, literal, quoted, reading
from csimodels.survey.scale.same_rows import TOLD_APART
from csimodels.survey.scale.sums import key_cells
from csimodels.survey.scale.sweep import NO_ANSWER, NOT_WHOLE, Plan, Sweep
from csimodels.survey.scale.whole_numbers import WEIGHT_BITS, Scaled, Weighing
from csimodels.survey.weights.cells import TINY

#: Memory that sums of products may take.
PRODUCTS_BYTES = 2**28
#: A table of the keys of the parts, and of their numbers.
PARTS = "csi_parts_"


def swept(
    kept: Filter, asked: Sequence[Asked], p: int, codes: Sequence[Codes], design: tuple[str | None, list[str], str]
) -> Sweep | None:
    """The pass over the rows; None where it does not apply: the questions are asked one by one then.

    Parameters
    ----------
    kept : rows that are meant.
    asked : every item that is read; the first `p` are summed.
    codes : missing codes of each.
    design : the column of the weight, SQL of the keys of parts, and the form of the sums.
    """
    relation = kept.relation
    weight, keys, form = design
    if relation.dialect is not DUCKDB or not streams(relation.connection):
        return None
    if any(not a.is_number or number_map(a.item) for a in asked):
        return None
    step = 0.0 if weight is None else _step(kept, weight)
    if step is None or not _narrow(kept, asked):
        return None
    parts = _known_parts(kept, keys, p, form)
    if parts is None:
        return None
    cells = [_byte(relation, a) for a in asked]
    number = None if weight is None else relation.number(weight)
    wide = widest([a.item for a in asked[:p]])
    unfit = np.stack([_unfit(a, own) for a, own in zip(asked, codes, strict=True)])
    largest = max(abs(end) for a in asked[:p] for end in a.item.scale)
    one_in, places = _one_in(relation), _places(parts)
    done = Sweep.empty(Plan(tuple(asked), p, unfit, wide, parts, step, form, largest, one_in, places))
    return done if _gone_through(kept, done, cells, number, keys) else None


def swept_answers(
    kept: Filter, every: Sequence[Judged], p: int, weight: tuple[str, float] | None, keys: Sequence[str], form: str
) -> Sweep | None:
    """The pass over answers that were counted and judged before; None where it does not apply.

    Cells are the answers as they were given, from the middle of their scale on, in steps of their grid.

    Parameters
    ----------
    every : the items with SQL of their answers; the first `p` are summed.
    weight : SQL of the weight and the largest one.
    """
    relation, items = kept.relation, every[:p]
    if relation.dialect is not DUCKDB or not streams(relation.connection):
        return None
    scaled = Scaled.of(items)
    middle = [(j.item.scale[0] + j.item.scale[1]) / 2 for j in items]
    largest = scaled.largest * scaled.grid
    if not 0 < largest < 2**FINE_BITS or scaled.shift.tolist() != middle:
        return None
    parts = _known_parts(kept, keys, p, form)
    if parts is None or relation.source.n_rows * largest**2 >= 2.0 ** (63 - HALF_BITS):
        return None
    bits, kind = (8, "tinyint") if largest < -NOT_WHOLE else (16, "smallint")
    moved = [
        f"{literal(m)} - {j.sql}" if j.item.reverse else f"{j.sql} - {literal(m)}"
        for j, m in zip(items, middle, strict=True)
    ]
    cells = [f"cast(round(({sql}) * {float(scaled.grid)!r}) as {kind})" for sql in moved]
    cells += [f"cast(case when ({j.sql}) is not null then 0 end as {kind})" for j in every[p:]]
    number, step = None, 0.0
    if weight is not None:
        number, step = weight[0], Weighing.of("w", weight[1], scaled).step
    asked = tuple(Asked(j.item, "", True, "", "") for j in every)
    wide = widest([j.item for j in items])
    plan = Plan(asked, p, None, wide, parts, step, form, largest, _one_in(relation), _places(parts), bits)
    done = Sweep.empty(plan)
    return done if _gone_through(kept, done, cells, number, keys) else None


def _one_in(relation: Relation) -> int:
    """Repeated rows are looked for in one of so many parts of the rows."""
    return -(-relation.source.n_rows // TOLD_APART)


def _narrow(kept: Filter, asked: Sequence[Asked]) -> bool:
    """Whether every cell of the items fits one byte, and sums of their products 63 bits."""
    relation = kept.relation
    ends = ", ".join(f"min({name}), max({name})" for name in (quoted(relation.raw[a.column]) for a in asked))
    found = [v for v in relation.rows(f"select {ends} from {relation.scan}", "")[0] if v is not None]
    if not found or not all(NOT_WHOLE < v < -NO_ANSWER for v in found):
        return False
    bits = math.ceil(math.log2(max(abs(min(found)), abs(max(found)), 1) * 4 + 2))
    return HALF_BITS + 2 * bits + math.ceil(math.log2(relation.source.n_rows + 1)) <= 63


def _byte(relation: Relation, asked: Asked) -> str:
    """SQL of the cell of an item as a byte."""
    if asked.is_integer:
        return f"cast({quoted(relation.raw[asked.column])} as tinyint)"
    number = asked.raw
    return f"cast(case when {number} <> trunc({number}) then {NOT_WHOLE} else {number} end as tinyint)"


def _step(kept: Filter, column: str) -> float | None:
    """What 1 is of a weight in fixed point; None for weights that have to be looked at more closely."""
    relation = kept.relation
    if not relation.is_number(column):
        return None
    number = relation.number(column)
    low, high = relation.rows(f"select min({number}), max({number}) from {kept.sql}", "<>")[0]
    if high is None or not 0 <= low <= high <= 1 / TINY or high < TINY:
        return None
    return float(2.0 ** (math.floor(math.log2(high)) + 1 - WEIGHT_BITS))


def _unfit(asked: Asked, codes: Codes) -> Bools:
    """(256,) cells, by their bytes, that are no answer on the scale."""
    value = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float64)
    low, high = asked.item.scale
    return np.asarray((value < low) | (value > high) | np.isin(value, list(codes.numbers)) | (value == NO_ANSWER))


def _known_parts(kept: Filter, keys: Sequence[str], p: int, form: str) -> tuple[list[Any], ...] | None:
    """The keys of the parts, in a table of the database where there are any; None for too many of them."""
    if not keys:
        return ()
    most = PRODUCTS_BYTES // (16 * (p**2 + (form == "pairwise") * (2 * p) ** 2))
    names = ", ".join(f"k{i}" for i in range(len(keys)))
    columns = ", ".join(f"{key} as k{i}" for i, key in enumerate(keys))
    different = f"select {names} from (select {columns} from {kept.sql}) group by {names} limit {most + 1}"
    number = f"cast(row_number() over (order by {names}) - 1 as integer) as part_"
    with reading(kept.relation.source.name):
        kept.relation.connection.execute(
            f"create or replace temp table {PARTS} as select {number}, * from ({different})"
        )
    found = kept.relation.columns(f"select {names} from {PARTS} order by part_")
    done = tuple(key_cells(found[f"k{i}"]) for i in range(len(keys)))
    if 0 < len(done[0]) <= most:
        return done
    _clear(kept.relation)
    return None


def _clear(relation: Relation) -> None:
    """Leave no table in a connection, which may be that of the caller."""
    import duckdb

    with suppress(duckdb.Error):
        relation.connection.execute(f"drop table if exists {PARTS}")


def _places(keys: tuple[list[Any], ...]) -> tuple[Ints, int] | None:
    """Part of each whole number from the least key on, and that; None where keys are no whole numbers of one column."""
    if len(keys) != 1 or not all(isinstance(key, int) for key in keys[0]):
        return None
    low, high = min(keys[0]), max(keys[0])
    if high - low >= 2**16 or not -(2**31) <= low <= high < 2**31:
        return None
    table = np.zeros(high - low + 1, dtype=np.int64)
    table[np.asarray(keys[0]) - low] = np.arange(len(keys[0]))
    return table, low


def _gone_through(kept: Filter, done: Sweep, given: Sequence[str], weight: str | None, keys: Sequence[str]) -> bool:
    """Go through the rows; False where the database could not, or a number is not whole.

    Parameters
    ----------
    given, weight, keys : SQL of the cells of the items, of the weight, and of what tells parts apart.
    """
    import duckdb
    import pyarrow as pa

    relation, plan = kept.relation, done.plan
    threads = int(relation.connection.execute("select current_setting('threads')").fetchall()[0][0])
    cells = [f"{cell} as x{j}" for j, cell in enumerate(given)]
    if weight is not None:
        cells.append(f"{weight} as w")
    told = [f"cast({keys[0]} as integer)"] if plan.places is not None else keys
    rows = f"select {', '.join([*cells, *(f'{key} as k{i}' for i, key in enumerate(told))])} from {kept.sql}"
    if keys and plan.places is None:
        same = " and ".join(f"rows_.k{i} is not distinct from {PARTS}.k{i}" for i in range(len(keys)))
        shown = ", ".join([*(f"x{j}" for j in range(len(plan.asked))), *(["w"] if weight is not None else []), "part_"])
        rows = f"select {shown} from ({rows}) as rows_ join {PARTS} on {same}"
    together = max(1, min(2, plan.parts // 50), min(8, plan.parts // 300))
    running: deque[Future[None]] = deque()
    try:
        with single_blas(), ThreadPoolExecutor(threads) as pool:
            for some in _groups(arrow_blocks(relation.connection, rows), together):
                running.append(pool.submit(done.take, some))
                if len(running) >= threads:
                    running.popleft().result()
                if done.counts[:, NOT_WHOLE % 256].any():
                    return False
            while running:
                running.popleft().result()
            done.finish()
    except (duckdb.Error, pa.ArrowException, OSError):
        return False
    finally:
        _clear(relation)
    return not done.counts[:, NOT_WHOLE % 256].any()


def _groups(blocks: Iterator[Block], most: int) -> Iterator[list[Block]]:
    """Blocks, some at a time."""
    some: list[Block] = []
    for block in blocks:
        some.append(block)
        if len(some) == most:
            yield some
            some = []
    if some:
        yield some
