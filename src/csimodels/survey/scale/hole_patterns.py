"""Which answers a respondent lacks, as numbers in SQL: sums by pattern of holes are what EM and FIML need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.sampling import add_by_code
from csimodels.moments.sums import Patterns
from csimodels.survey.columns import Ints
from csimodels.survey.scale.filters import Filter

#: Items whose holes one number of an answer tells: it fits 32 bits.
HOLES_AT_ONCE = 30
#: Patterns by part that may be asked for, and the memory that their sums may take.
MOST_PATTERNS, PATTERN_BYTES = 200_000, 2**30


def pattern_codes(holed: Sequence[int]) -> list[str]:
    """SQL of the numbers that tell which of the items ``x0, x1 ...`` with holes a respondent did not answer.

    >>> pattern_codes([0, 2])
    ['case when x0 is null then 1 else 0 end + case when x2 is null then 2 else 0 end']
    """
    return [
        " + ".join(
            f"case when x{i} is null then {2**k} else 0 end" for k, i in enumerate(holed[at : at + HOLES_AT_ONCE])
        )
        for at in range(0, len(holed), HOLES_AT_ONCE)
    ]


def codes_of_pattern(there: Bools) -> list[int]:
    """The numbers that :func:`pattern_codes` gives of all items for answers that are ``there (p,)``.

    >>> codes_of_pattern(np.array([False, True, False]))
    [5]
    """
    bits = [~there[at : at + HOLES_AT_ONCE] for at in range(0, len(there), HOLES_AT_ONCE)]
    return [int(sum(1 << k for k in np.flatnonzero(some).tolist())) for some in bits]


def present_of(codes: Sequence[Sequence[Any]], holed: Sequence[int], p: int) -> Bools:
    """(m, p) answers that are there by the numbers of :func:`pattern_codes`, one sequence ``(m,)`` for each.

    >>> present_of([[0, 3]], [0, 2], 3)
    array([[ True,  True,  True],
           [False,  True, False]])
    """
    out = np.ones((len(codes[0]), p), dtype=bool)
    for j, column in enumerate(codes):
        code = np.asarray(column, dtype=np.int64)
        for k, i in enumerate(holed[j * HOLES_AT_ONCE : (j + 1) * HOLES_AT_ONCE]):
            out[:, i] = (code >> k) % 2 == 0
    return out


def patterns_by_part(present: Bools, part: Ints, size: int, sums: tuple[Floats, Floats, Floats]) -> Patterns:
    """Sums of `size` parts by pattern from those of single patterns of single parts.

    Parameters
    ----------
    present : (m, p) answers that are there;  part : (m,) the part.
    sums : ``w (m,)``, ``wx (m, p)`` and ``wxx (m, p, p)``.
    """
    known, which = np.unique(present, axis=0, return_inverse=True)
    cell = part * len(known) + np.asarray(which).ravel()

    def summed(values: Floats) -> Floats:
        total = np.zeros((size * len(known), int(np.prod(values.shape[1:]))))
        add_by_code(total, values.reshape(len(values), -1), cell)
        return total.reshape(size, len(known), *values.shape[1:])

    w, wx, wxx = (summed(values) for values in sums)
    return Patterns(known, w, wx, wxx)


def refuse_many_patterns(kept: Filter, rows: str, n_keys: int, holed: Sequence[int], p: int, condition: str) -> None:
    """Refuse so many patterns of holes that their sums would fill the memory.

    Parameters
    ----------
    rows : SQL of the respondents, with `n_keys` keys of parts and `p` items, those at `holed` with holes.
    condition : SQL of which of them have a hole.

    Raises
    ------
    DataError
    """
    codes = [f"{sql} as k{n_keys + i}" for i, sql in enumerate(pattern_codes(holed))]
    keys = [f"k{i}" for i in range(n_keys)]
    every = ", ".join([*keys, *(f"k{n_keys + i}" for i in range(len(codes)))])
    inner = f"select {', '.join([*keys, *codes])} from ({rows}) where {condition}"
    sql = f"select {every} from ({inner}) group by {every} order by {every} limit {MOST_PATTERNS + 1}"
    found = kept.relation.rows(sql, "k" * (n_keys + len(codes)), MOST_PATTERNS + 1)
    parts, patterns = ({row[at] for row in found} for at in (slice(n_keys), slice(n_keys, None)))
    needed = 8 * (1 + p + p * p) * (len(parts) or 1) * (len(patterns) + 1)
    if len(found) <= MOST_PATTERNS and needed <= PATTERN_BYTES:
        return
    what = Message("so many patterns of missing answers that their sums do not fit into memory")
    text = "{n} patterns of missing answers in {parts} parts"
    if len(found) > MOST_PATTERNS:
        text = "more than {n} patterns of missing answers in {parts} parts"
    told = Message(text, n=min(len(patterns), MOST_PATTERNS), parts=len(parts))
    remedy = "choose missing: pairwise, mean or listwise, group by fewer columns, or write engine: memory"
    raise DataError(Problem(what, "missing", told, remedy=remedy))
