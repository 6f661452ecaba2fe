"""The last row of a file that DuckDB reads, where it holds the means of the rows above it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.survey.answers import fold
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.judged import Judged
from csimodels.survey.slips import means_above, means_entry
from csimodels.survey.table import LogEntry
from csimodels.survey.words import TOTALS


def last_row_of_means(kept: Filter, items: Sequence[Judged]) -> list[LogEntry]:
    """What the memory engine says of such a row; it is looked at only where the counts allow it.

    At most one answer of each item is not whole then, or none is and there is a column of texts that names the row.
    """
    relation = kept.relation
    asked = [j for j in items if len(j.values)]
    broken = [int(j.counts[j.values != np.rint(j.values)].sum()) for j in asked]
    texts = [name for name in relation.names if not relation.is_number(name)]
    if relation.dialect is not DUCKDB or relation.in_pieces or len(relation.files) > 1 or max(broken, default=2) > 1:
        return []
    if not any(broken) and not texts:
        return []
    met = " and ".join(f"({condition})" for condition in kept.conditions) or "true"
    rows = f"(select *, {relation.place[1]} as row_ from {relation.scan}) where {met}"
    cells = [j.sql for j in asked] + [relation.text(name) for name in texts]
    where = f"row_ = (select max(row_) from {rows})"
    row, *found = relation.rows(f"select row_, {', '.join(cells)} from {rows} and {where}", "")[0]
    last, above = [], []
    for j, answer in zip(asked, found, strict=False):
        if answer is not None and j.answered > 1:
            given = sum(j.item.scale) - answer if j.item.reverse else answer
            last.append(given)
            above.append((float(j.values @ j.counts) - given) / (j.answered - 1))
    rounded = means_above(np.asarray(last, dtype=np.float64), np.asarray(above))
    named = any(fold(text) in TOTALS for text in found[len(asked) :] if text is not None)
    return [means_entry(int(row))] if rounded and (rounded < 0.5 or named) else []
