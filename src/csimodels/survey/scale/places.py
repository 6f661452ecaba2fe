"""Where answers stand that cannot be used: rows are looked for only when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.survey.answers.numbers import Unfit
from csimodels.survey.columns import number_text
from csimodels.survey.options import Options
from csimodels.survey.scale.census import Asked
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.relation import literal

#: Rows that are named for each answer that cannot be used.
SHOWN_ROWS = 4


def beyond_scale(
    kept: Filter, asked: Asked, values: Floats, beyond: NDArray[np.bool_], rows: list[object], chosen: Options
) -> Unfit:
    """Answers outside the scale of an item: fifty different ones with their rows, and how many others there are."""
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
    return located(kept, asked, done, rows, [asked.values[k] for k in order[:50].tolist()])


def located(kept: Filter, asked: Asked, unfit: Unfit, rows: list[object], cells: Sequence[Any] | None = None) -> Unfit:
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
