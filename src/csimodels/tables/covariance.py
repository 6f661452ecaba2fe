"""Covariance structure models as tables: parameters, fit, effects, modification indices, residuals.

Names of columns and measures are lavaan's (Rosseel 2012), so that numbers can be laid beside one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from csimodels.errors import Status
from csimodels.estimate.ml.analysis import Analysis
from csimodels.estimate.ml.defined import Effects
from csimodels.estimate.ml.delta import Estimated
from csimodels.estimate.ml.modification import Modification
from csimodels.estimate.ml.parameters import ParameterTable, Row
from csimodels.moments import Key
from csimodels.moments.linalg import Floats

#: Modification indices below this are left out of the table unless asked for: the 1 % point of chi-square with 1 df.
LEAST_INDEX = 6.63

Analyses = Sequence[tuple[Key, Analysis | None]]


def parameters(
    analyses: Analyses, by: tuple[str, ...], level: float = 0.95, defined: Sequence[tuple[str, str]] = ()
) -> pd.DataFrame:
    """Every parameter, free and fixed, and the functions of them that are `defined`, ``(name, formula)``.

    Columns: group columns; ``lhs, op, rhs, label, free``; ``est, se, z, p, low, high``; ``std_lv``: constructs
    standardised; ``std_all`` with ``std_all_se``: constructs and items; ``status``.  ``se`` is NaN for fixed parameters
    and where the model did not converge or is not identified; ``errors`` says how it was made.  Constraints stand last
    (``op`` is ``==``, ``>`` or ``<``), ``est`` is the left less the right side.  ``z`` and ``p`` are NaN
    where the solution is inadmissible: normal theory does not hold beside a variance below zero.
    """
    reach = NormalDist().inv_cdf((1 + level) / 2)
    parts = []
    for key, done in analyses:
        if done is None:
            continue
        table = done.solution.structure.table
        made, gaps = done.defined(defined), np.asarray([r[3] for r in done.relations])
        blank = np.full(len(gaps), np.nan)
        own, partial, full = (
            done.parameters.with_more(made[0]).with_more(Estimated(gaps, blank, blank)),
            done.std_lv.with_more(made[1]).with_more(Estimated(blank, blank, blank)),
            done.std_all.with_more(made[2]).with_more(Estimated(blank, blank, blank)),
        )
        more = [*((name, ":=", text, name) for name, text in defined), *((*r[:3], "") for r in done.relations)]
        bears = done.usable and done.admissible
        parts.append(
            _keyed(
                by,
                key,
                {
                    "lhs": [row.lhs for row in table.rows] + [one[0] for one in more],
                    "op": [row.op for row in table.rows] + [one[1] for one in more],
                    "rhs": [row.rhs for row in table.rows] + [one[2] for one in more],
                    "label": [row.label for row in table.rows] + [one[3] for one in more],
                    "free": [_estimated(row, done) for row in table.rows] + [False] * len(more),
                    "est": own.value,
                    "se": own.se,
                    "z": np.where(bears, own.z, np.nan),
                    "p": np.where(bears, own.p, np.nan),
                    "low": own.value - reach * own.se,
                    "high": own.value + reach * own.se,
                    "std_lv": partial.value,
                    "std_all": full.value,
                    "std_all_se": full.se,
                    "errors": done.errors,
                    "status": status_of(done),
                },
            )
        )
    return _joined(parts)


def _estimated(row: Row, done: Analysis) -> bool:
    """Whether a parameter is free; a moment of a fixed covariate is none, and has no error."""
    held = done.solution.structure.table.constraints is not None  # at a bound it has no error either
    return row.free >= 0 and (held or float(done.vcov.se[row.free]) != 0)


def fit_measures(analyses: Analyses, by: tuple[str, ...]) -> pd.DataFrame:
    """Chi-square, CFI, TLI, RMSEA, SRMR, information criteria and their robust forms: ``measure, value, status``."""
    parts = []
    for key, done in analyses:
        if done is None:
            continue
        names = list(done.measures)
        values = [float(np.asarray(done.measures[name]).item()) for name in names]
        parts.append(_keyed(by, key, {"measure": names, "value": np.asarray(values), "status": status_of(done)}))
    return _joined(parts)


def model_effects(analyses: Analyses, by: tuple[str, ...]) -> pd.DataFrame:
    """Direct, indirect and total effects among constructs with delta-method errors, where the paths make such a route.

    An effect exists where the graph has a route, whatever the values along it, as in ``effects`` and
    ``specific_effects``: an effect that runs through paths fixed at 0 only is 0 with error 0, and has no ``z`` and
    ``p``.

    Columns: group columns, ``source, target``; ``kind`` (direct, indirect, total); ``est, se, z, p`` on the scale of
    the markers; ``std_all, std_all_se``; ``status``.  ``z`` and ``p`` are NaN where the solution is inadmissible.
    """
    parts = []
    for key, done in analyses:
        if done is None:
            continue
        table = done.solution.structure.table
        plain, std = done.effects(standardise=False), done.effects(standardise=True)
        parts.append(_keyed(by, key, effect_rows(table, plain, std, done.admissible) | {"status": status_of(done)}))
    return _joined(parts)


def routes(table: ParameterTable, g: int = 0) -> list[tuple[int, int, str]]:
    """``(source, target, kind)`` of every effect of group `g`, told from its paths and not from their values.

    ``direct``: a path, fixed at 0 or not; ``indirect``: a chain of at least two; ``total``: either.
    """
    m = len(table.factors)
    direct = np.zeros((m, m), dtype=bool)
    for row in table.rows:
        if row.group == g and row.matrix == "beta":
            direct[row.row, row.col] = True
    reached = direct.copy()
    for _ in range(m):
        reached = direct | (direct.astype(int) @ reached.astype(int) > 0)
    indirect = direct.astype(int) @ reached.astype(int) > 0
    kinds = {"direct": direct, "indirect": indirect, "total": reached}
    return [(s, t, kind) for s in range(m) for t in range(m) for kind, there in kinds.items() if there[t, s]]


def effect_rows(table: ParameterTable, plain: Effects, std: Effects, bears: bool, g: int = 0) -> dict[str, Any]:
    """Columns of the effects of group `g`; without ``z`` and ``p`` where the solution does not bear them."""
    names, there = table.factors, routes(table, g)

    def part(effects: Effects, name: str) -> Floats:
        found = [getattr(getattr(effects, kind), name)[g, t, s] for s, t, kind in there]
        return np.asarray(found, dtype=np.float64)

    return {
        "source": [names[s] for s, _, _ in there],
        "target": [names[t] for _, t, _ in there],
        "kind": [kind for _, _, kind in there],
        "est": part(plain, "value"),
        "se": part(plain, "se"),
        "z": np.where(bears, part(plain, "z"), np.nan),
        "p": np.where(bears, part(plain, "p"), np.nan),
        "std_all": part(std, "value"),
        "std_all_se": part(std, "se"),
    }


def modification_indices(analyses: Analyses, by: tuple[str, ...], least: float = LEAST_INDEX) -> pd.DataFrame:
    """What would improve the fit most: ``lhs, op, rhs, mi, epc, sepc_lv, sepc_all``, the largest first.

    ``mi``: expected fall of chi-square if the parameter were free; ``epc``: its expected value then; ``sepc``: the same
    standardised.  Indices below `least` are left out.
    """
    parts = []
    for key, done in analyses:
        if done is None or done.modification is None or not done.usable:
            continue
        columns, _ = candidate_rows(done.modification, least)
        parts.append(_keyed(by, key, columns | {"status": status_of(done)}))
    names = ("lhs", "op", "rhs", "mi", "epc", "sepc_lv", "sepc_all", "status")
    return _joined(parts) if parts else _keyed(by, ("",) * len(by), {name: [] for name in names})


def candidate_rows(found: Modification, least: float) -> tuple[dict[str, Any], list[int]]:
    """Columns of the parameters whose index is `least` or more, the largest first, and which candidates they are."""
    order = [int(k) for k in np.argsort(-np.nan_to_num(found.mi, nan=-1.0), kind="stable") if found.mi[k] >= least]
    numbers = {"mi": found.mi, "epc": found.epc, "sepc_lv": found.sepc_lv, "sepc_all": found.sepc_all}
    names = {side: [getattr(found.candidates[k], side) for k in order] for side in ("lhs", "op", "rhs")}
    return names | {name: values[order] for name, values in numbers.items()}, order


def model_residuals(analyses: Analyses, by: tuple[str, ...]) -> pd.DataFrame:
    """Sample less implied covariances of every two items: ``item, other, raw, cor, z``.

    ``cor``: difference of the correlations; ``z``: the raw residual over its standard error (complete data only).
    """
    parts = []
    for key, done in analyses:
        if done is None or not done.usable:
            continue
        parts.append(_keyed(by, key, residual_rows(done) | {"status": status_of(done)}))
    return (
        _joined(parts)
        if parts
        else _keyed(by, ("",) * len(by), {name: [] for name in ("item", "other", "raw", "cor", "z", "status")})
    )


def residual_rows(done: Analysis, g: int = 0) -> dict[str, Any]:
    """Columns of the residuals of the covariances of group `g`, item by item."""
    items = done.solution.structure.table.items
    raw, cor, z = done.residuals
    rows, cols = np.tril_indices(len(items))
    order = np.lexsort((rows, cols))
    rows, cols = rows[order], cols[order]
    return {
        "item": [items[i] for i in cols],
        "other": [items[j] for j in rows],
        "raw": raw.cov[g, rows, cols],
        "cor": cor.cov[g, rows, cols],
        "z": np.full(len(rows), np.nan) if z is None else z.cov[g, rows, cols],
    }


def explained_items(analyses: Analyses, by: tuple[str, ...]) -> pd.DataFrame:
    """Explained variance of items and constructs: ``variable, r2, se, status``."""
    parts = []
    for key, done in analyses:
        if done is None:
            continue
        parts.append(_keyed(by, key, explained_rows(done) | {"status": status_of(done)}))
    return _joined(parts)


def explained_rows(done: Analysis, g: int = 0) -> dict[str, Any]:
    """Columns of the explained variances of group `g`: items, then constructs that have predictors."""
    table = done.solution.structure.table
    items, factors = done.explained
    names = [*table.items, *table.factors]
    r2 = np.concatenate([items.value[g], factors.value[g]])
    se = np.concatenate([items.se[g], factors.se[g]])
    there = np.flatnonzero(~np.isnan(r2)) if done.usable else np.arange(len(names))
    return {"variable": [names[k] for k in there], "r2": r2[there], "se": se[there]}


def status_of(done: Analysis) -> str:
    """State of a fit in words."""
    return Status(done.status).describe()


def _keyed(by: tuple[str, ...], key: Key, columns: Mapping[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    for place, group in enumerate(by):
        name = group if group not in table else f"{group}_group"  # a group column that is called like one of lavaan's
        table.insert(place, name, np.full(len(table), key[place], dtype=object))
        table[name] = table[name].infer_objects()
    return table


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
