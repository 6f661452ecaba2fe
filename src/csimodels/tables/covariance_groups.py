"""One covariance structure of several groups as tables: what each group has, and the group of every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from csimodels.estimate.ml.analysis import Analysis
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.tables.covariance import (
    LEAST_INDEX,
    candidate_rows,
    effect_rows,
    explained_rows,
    residual_rows,
    status_of,
)
from csimodels.tables.vocabulary import ALL_EQUAL, FIXED, FREE, SOME_EQUAL

#: A table, and the group of each of its rows.
ByGroup = tuple[pd.DataFrame, list[int]]


def across(table: ParameterTable) -> list[str]:
    """Of every row of `table`: whether its parameter is free, fixed, or equal to that of other groups."""
    groups: dict[int, set[int]] = {}
    for row in table.rows:
        if row.free >= 0:
            groups.setdefault(row.free, set()).add(row.group)
    out = []
    for row in table.rows:
        shared = len(groups[row.free]) if row.free >= 0 else 0
        out.append(
            FIXED if not shared else FREE if shared == 1 else ALL_EQUAL if shared == table.groups else SOME_EQUAL
        )
    return out


def modification_indices(done: Analysis, least: float = LEAST_INDEX) -> ByGroup:
    """What would improve the fit most: ``lhs, op, rhs, mi, epc, sepc_lv, sepc_all, released, status``.

    ``released``: the parameter is free, but held equal to others; the index is that of letting it go its own way
    (lavaan's ``lavTestScore``), of all others that of freeing it (``modindices``).
    """
    found = done.modification
    if found is None or not done.usable:
        names = ("lhs", "op", "rhs", "mi", "epc", "sepc_lv", "sepc_all", "released", "status")
        return pd.DataFrame({name: [] for name in names}), []
    columns, order = candidate_rows(found, least)
    released = [found.candidates[k].released for k in order]
    out = pd.DataFrame(columns | {"released": released, "status": status_of(done)})
    return out, [found.candidates[k].group for k in order]


def residuals(done: Analysis) -> ByGroup:
    """Sample less implied moments: ``item, other, raw, cor, z, status``; of means, where modelled, `other` is empty.

    ``cor`` of a mean: its residual in standard deviations of the answers.
    """
    return _by_group(done, lambda g: residual_rows(done, g), _mean_rows) if done.usable else _by_group(done, None)


def _mean_rows(done: Analysis, g: int) -> dict[str, Any] | None:
    table = done.solution.structure.table
    if not table.mean_structure:
        return None
    raw, cor, z = done.residuals
    nothing = np.full(len(table.items), np.nan)
    numbers = {"raw": raw.mean[g], "cor": cor.mean[g], "z": nothing if z is None else z.mean[g]}
    return {"item": list(table.items), "other": [""] * len(table.items)} | numbers


def effects(done: Analysis) -> ByGroup:
    """Direct, indirect and total effects: ``source, target, kind, est, se, z, p, std_all, std_all_se, status``."""
    plain, std = done.effects(standardise=False), done.effects(standardise=True)
    table = done.solution.structure.table
    return _by_group(done, lambda g: effect_rows(table, plain, std, done.usable and done.admissible, g))


def explained(done: Analysis) -> ByGroup:
    """Explained variances: ``variable, r2, se, status``."""
    return _by_group(done, lambda g: explained_rows(done, g))


def _by_group(
    done: Analysis,
    make: Callable[[int], dict[str, Any]] | None,
    more: Callable[[Analysis, int], dict[str, Any] | None] | None = None,
) -> ByGroup:
    """The columns of `make`, and under them those of `more`, group after group."""
    parts, groups = [], []
    for g in range(done.solution.structure.table.groups) if make is not None else ():
        for columns in (make(g) if make else None, more(done, g) if more else None):
            if columns:
                part = pd.DataFrame(columns | {"status": status_of(done)})
                parts.append(part)
                groups += [g] * len(part)
    return (pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()), groups
