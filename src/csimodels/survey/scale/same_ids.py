"""Respondents that stand in a survey twice, counted where the rows lie."""

from __future__ import annotations

from collections.abc import Sequence

from csimodels.survey.identity import identifier, twice_entry
from csimodels.survey.keys import label_text
from csimodels.survey.natural_order import Key, natural
from csimodels.survey.options import Options
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter, label_sql, labels_of
from csimodels.survey.scale.same_rows import TOLD_APART, TOLD_APART_IN_PIECES
from csimodels.survey.table import LogEntry


def repeated_ids(kept: Filter, rows: str, used: str, chosen: Options, column: str) -> list[LogEntry]:
    """What to say of an identifier that occurs twice within a group, as the memory engine says it.

    Of more than 200 000 rows (50 000 on a cluster) those ids are counted whose hash falls in one of so many equal
    parts, so that memory stays flat; a database other than DuckDB counts none then.

    Parameters
    ----------
    kept : Filter
        The rows of the source that are kept.
    rows : str
        SQL of the respondents: the id ``k0``, the group columns ``k1 ...``, weight and answers.
    used : str
        SQL of whether one is used.
    chosen : Options
        The settings.
    column : str
        The identifier, see :func:`csimodels.survey.identity.identifier`.
    """
    relation, n = kept.relation, kept.relation.source.n_rows
    if relation.dialect is not DUCKDB and n > TOLD_APART:
        return []
    one_in = -(-n // (TOLD_APART_IN_PIECES if relation.in_pieces else TOLD_APART))
    part = f" and hash(k0) % {one_in} = 0" if one_in > 1 else ""
    names = ", ".join(f"k{i}" for i in range(1 + len(chosen.by)))
    there = f"from ({rows}) where {used} and k0 is not null{part} group by {names}"
    merge = "k" * (1 + len(chosen.by)) + "+"
    if relation.in_pieces:
        every = relation.rows(f"select {names}, count(*) as c {there}", merge)
        pairs, twice = len(every), [row for row in every if row[-1] > 1]
    else:
        pairs = int(relation.rows(f"select count(*) from (select {names} {there}) as pairs", "+")[0][0])
        twice = relation.rows(f"select {names}, count(*) as c {there} having count(*) > 1", merge)
    if not twice or len(twice) > pairs / 2:
        return []
    ordered = _in_order([row[:-1] for row in twice])
    extra = one_in * sum(int(row[-1]) - 1 for row in twice)
    return [twice_entry(column, [label_text(key) for key in dict.fromkeys(ordered)], extra, one_in)]


def ids_in_groups(kept: Filter, chosen: Options) -> tuple[str, list[str]]:
    """The identifier and SQL of it and of the group columns; ``""`` without one that has no other role."""
    column = identifier(kept.relation.names, chosen)
    return column, [label_sql(kept.relation, name) for name in (column, *chosen.by)] if column else []


def _in_order(pairs: Sequence[tuple[object, ...]]) -> list[Key]:
    """Ids of pairs of id and group in the natural order of the groups, then of the ids."""
    labels = []
    for cells in zip(*pairs, strict=True):
        different = list(dict.fromkeys(cells))
        found = labels_of(different)
        names = {value: found.keys[code] for value, code in zip(different, found.codes, strict=True)}
        labels.append([names[cell] for cell in cells])
    ids, *groups = labels
    order = sorted(range(len(ids)), key=lambda i: ([natural(column[i]) for column in groups], natural(ids[i])))
    return [ids[i] for i in order]
