"""The last row of a source that a database reads, where it holds the means of the rows above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from csimodels.errors import DataError
from csimodels.survey.answers.numbers import fold
from csimodels.survey.answers.words import TOTALS
from csimodels.survey.cautions.slips import means_above, means_entry
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.relation import literal
from csimodels.survey.table import LogEntry


def last_row_of_means(kept: Filter, items: Sequence[Judged], rows: str, used: str) -> list[LogEntry]:
    """What the memory engine says of such a row; it is looked at only where the counts allow it.

    At most one answer of each item is not whole then, or none is and there is a column of texts that names the row.

    Parameters
    ----------
    rows, used : SQL of the rows with the answers of `items` as ``x0, x1 ...``, and of whether one is used.
    """
    relation = kept.relation
    asked = [j for j in items if len(j.values)]
    broken = [int(j.counts[j.values != np.rint(j.values)].sum()) for j in asked]
    texts = [name for name in relation.names if not relation.is_number(name)]
    if max(broken, default=2) > 1 or not (any(broken) or texts):
        return []
    cells = [j.sql for j in asked]
    try:
        found = _last_row(kept, cells + [relation.text(name) for name in texts])
    except DataError:  # one of several text files lacks a column that the model has no use for
        found = _last_row(kept, cells)
    if found is None:
        return []
    row, *found = found
    at = [k for k, j in enumerate(items) if len(j.values)]
    last, near = [], []
    for k, j, answer in zip(at, asked, found, strict=False):
        if answer is not None and j.answered > 1:
            last.append(sum(j.item.scale) - answer if j.item.reverse else answer)
            mean = (float(j.values @ j.counts) - last[-1]) / (j.answered - 1)
            near.append(k if abs(last[-1] - mean) < 1 else -1)  # of all rows; those that are used are asked for now
    if min(near, default=-1) < 0:
        return []
    asked_for = ", ".join(f"count(x{k}), coalesce(sum(x{k}), 0)" for k in near)
    sums = relation.rows(f"select {asked_for} from ({rows}) as rows_ where {used}", "+" * (2 * len(near)))[0]
    above = []
    for k, own, n, total in zip(near, last, sums[::2], sums[1::2], strict=True):
        item = items[k].item
        given = n * sum(item.scale) - float(total) if item.reverse else float(total)
        above.append((given - own) / max(n - 1, 1))
    rounded = means_above(np.asarray(last, dtype=np.float64), np.asarray(above))
    named = any(fold(text) in TOTALS for text in found[len(asked) :] if text is not None)
    return [means_entry(row)] if rounded and (rounded < 0.5 or named) else []


def _last_row(kept: Filter, cells: Sequence[str]) -> list[Any] | None:
    """The number of the last row that is read, with its cells; None where the last of several files has no such row."""
    relation, (file, row) = kept.relation, kept.relation.place
    names = [path.name for path in relation.files]
    several = len(names) > 1
    met = [f"({condition})" for condition in kept.conditions]
    if several and not relation.in_pieces:
        met.append(f"file_ = {literal(names[-1])}")
    where = " and ".join(met) or "1 = 1"
    rows = f"(select *, {file} as file_, {row} as row_ from {relation.scan}) as numbered_ where {where}"
    number = f"(select max(row_) from {rows})"
    if relation.dialect is DUCKDB and not relation.in_pieces:  # it finds a row of a Parquet file by a plain number
        number = str(relation.rows(f"select {number}", "")[0][0] or 0)
    last = f"select file_, row_, {', '.join(cells)} from {rows} and row_ = {number}"
    found = relation.rows(last, "k" * (2 + len(cells)))
    if several:
        found = [line for line in found if line[0] == names[-1]]
    if not found:
        return None
    name, number, *answers = max(found, key=lambda line: int(line[1]))
    own = int(number) - relation.file_starts.get(name, 0)
    return [f"{name}: {own}" if several else own, *answers]
