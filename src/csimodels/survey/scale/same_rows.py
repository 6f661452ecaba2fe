"""Rows with one answer throughout, and rows with all answers of another one, counted where the rows lie."""

from __future__ import annotations

from collections.abc import Sequence

from csimodels.survey.cautions.counts import MANY_ITEMS, widest
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.relation import literal

#: Rows whose answers are told apart exactly: of more, those of one in so many values of a mix of the answers.
TOLD_APART, TOLD_APART_IN_PIECES = 200_000, 50_000


def same_rows(kept: Filter, rows: str, items: Sequence[Judged], used: str) -> tuple[int, int | None, int]:
    """Rows with one answer to all items of the most frequent scale, and rows with all answers of another row.

    Parameters
    ----------
    rows : SQL of the respondents: answers ``x0, x1 ...``, weight ``w``.
    used : SQL of whether one is used.

    Returns
    -------
    straight, repeated, one_in : int
        As the memory engine counts them; `repeated` is counted in one of `one_in` equal parts of the rows and is that
        number times `one_in`.  It is None for more than 200 000 rows of a database other than DuckDB.
    """
    wide = widest([judged.item for judged in items])
    flat = "false"
    if len(wide) >= MANY_ITEMS:
        asked = [_asked(items[k], k) for k in wide]
        first = f"coalesce({', '.join(asked)})"
        same = " and ".join(f"({x} is null or {x} = {first})" for x in asked)
        flat = f"({same} and {_answered(wide)} >= {MANY_ITEMS})"
    sql = f"select count(*) filter (where {flat}) from ({rows}) where {used}"
    straight = int(kept.relation.rows(sql, "+")[0][0])
    if len(items) < MANY_ITEMS:
        return straight, 0, 1
    several = f"{used} and not ({flat}) and {_answered(range(len(items)))} >= {MANY_ITEMS}"
    return straight, *_repeated(kept, rows, len(items), several)


def _repeated(kept: Filter, rows: str, p: int, condition: str) -> tuple[int | None, int]:
    """Rows beyond the first of each set of answers, and in which share of the rows they were counted."""
    relation, answers = kept.relation, ", ".join(f"x{k}" for k in range(p))
    n = relation.source.n_rows
    if relation.dialect is not DUCKDB:
        if n > TOLD_APART:
            return None, 1
        sets = f"select count(*) as c from ({rows}) where {condition} group by {answers}"
        return int(relation.rows(f"select coalesce(sum(c - 1), 0) from ({sets})", "+")[0][0]), 1
    one_in = -(-n // (TOLD_APART_IN_PIECES if relation.in_pieces else TOLD_APART))
    mixed = f"select hash({answers}) as h from ({rows}) where {condition}"
    sets = f"select h, count(*) as c from ({mixed}) where h % {one_in} = 0 group by h"
    if relation.in_pieces:
        return one_in * sum(int(c) - 1 for _, c in relation.rows(sets, "k+")), one_in
    return one_in * int(relation.rows(f"select coalesce(sum(c - 1), 0) from ({sets})", "+")[0][0]), one_in


def _asked(judged: Judged, k: int) -> str:
    """SQL of an answer as it was given."""
    item = judged.item
    return f"({literal(item.scale[0] + item.scale[1])} - x{k})" if item.reverse else f"x{k}"


def _answered(positions: Sequence[int]) -> str:
    """SQL of how many of some items are answered."""
    return "(" + " + ".join(f"case when x{k} is null then 0 else 1 end" for k in positions) + ")"
