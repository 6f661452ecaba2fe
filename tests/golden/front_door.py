"""Results of covariance structures as users get them, by quantity and lavaan's names; and the models they are of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from peers import Named
from sources import ecsi, mobi, shared_csv, without

import csimodels as cs
from csimodels.spec import Construct, Item, Model
from csimodels.spec.model import IndexSpec, Parameter

#: What lavaan calls the columns of ``modification_indices()``.
CHANGES = {"mi": "mi", "epc": "epc", "sepc_lv": "sepc.lv", "sepc_all": "sepc.all"}
WIDE = (-100.0, 100.0)  # of items that are no survey answers


def name(lhs: str, op: str, rhs: str | None) -> str:
    """A statement as text; covariances in one order."""
    left, right = (sorted((lhs, rhs or "")) if op == "~~" else (lhs, rhs or ""))[:2]
    return f"{left} {op} {right}".strip()


def parameters(table: pd.DataFrame) -> Named:
    """Estimates, errors and standardised values of the free parameters; free and fixed ones standardised."""
    keys = [name(*row) for row in table[["lhs", "op", "rhs"]].itertuples(index=False)]
    free = table["free"].to_numpy()
    out = {}
    for quantity, column, some in (
        ("estimates", "est", free),
        ("errors", "se", free),
        ("std_lv", "std_lv", np.ones(len(table), dtype=bool)),
        ("std_all", "std_all", np.ones(len(table), dtype=bool)),
        ("errors of std_all", "std_all_se", np.ones(len(table), dtype=bool)),
    ):
        out[quantity] = {k: float(v) for k, v, use in zip(keys, table[column], some, strict=True) if use}
    return out


def published(result: cs.Result) -> Named:
    """Everything that one covariance structure without groups publishes."""
    out = parameters(result.parameters())
    measures = result.fit_measures()
    out["fit"] = dict(zip(measures["measure"], measures["value"], strict=True))
    out["R2"] = dict(result.explained()[["variable", "r2"]].itertuples(index=False))
    effects = result.model_effects()
    for quantity, column in (("effects", "est"), ("errors of effects", "se")):
        rows = effects[["source", "target", "kind", column]].itertuples(index=False)
        out[quantity] = {f"{kind} {source}->{target}": float(value) for source, target, kind, value in rows}
    residual = result.model_residuals()
    pairs = [name(a, "~~", b) for a, b in residual[["item", "other"]].itertuples(index=False)]
    for column in ("raw", "cor", "z"):
        out[f"residuals, {column}"] = dict(zip(pairs, residual[column], strict=True))
    if result.parameters()["errors"].iloc[0] in ("expected", "observed", "mlm", "mlr"):
        changes = result.modification_indices(least=0.0)
        keys = [name(*row) for row in changes[["lhs", "op", "rhs"]].itertuples(index=False)]
        for column in CHANGES:
            out[f"modification, {column}"] = dict(zip(keys, changes[column], strict=True))
    return out


def factor_scores(result: cs.Result) -> Named:
    """The factor scores of the first five rows."""
    out = {}
    for method in ("regression", "bartlett"):
        table = result.factor_scores(method).set_index("row").iloc[:5]
        out[f"{method} scores"] = {f"{c} row {i}": float(table.loc[i, c]) for c in table.columns for i in table.index}
    return out


def block(blocks: Mapping[str, str], paths: str = "", parameters: tuple[Parameter, ...] = (), **of: str) -> Model:
    """A model of items that are no survey answers: ``block({"visual": "x1 x2 x3"}, "visual speed, ...")``."""
    constructs = [Construct(c, tuple(Item(i, scale=WIDE) for i in items.split())) for c, items in blocks.items()]
    constructs += [Construct(c, (), of=tuple(parts.split())) for c, parts in of.items()]
    pairs = tuple((path.split()[0], path.split()[1]) for path in paths.split(",") if path)
    return Model("m", tuple(constructs), pairs, parameters=parameters, index=IndexSpec(next(iter(blocks))))


THREE = {"visual": "x1 x2 x3", "textual": "x4 x5 x6", "speed": "x7 x8 x9"}
DEMOCRACY = {"ind60": "x1 x2 x3", "dem60": "y1 y2 y3 y4", "dem65": "y5 y6 y7 y8"}
RESIDUALS = ("y1 y5", "y2 y4", "y2 y6", "y3 y7", "y4 y8", "y6 y8")


@cache
def model_of(kind: str) -> Model:
    """``acsi`` (mobile data), ``hs`` and ``hs_second`` (Holzinger & Swineford), ``pd`` (Political Democracy)."""
    if kind == "acsi":
        return without(ecsi(), "Image")
    if kind == "pd":
        stated = tuple(Parameter(pair.split()[0], "~~", pair.split()[1]) for pair in RESIDUALS)
        return block(DEMOCRACY, "ind60 dem60,ind60 dem65,dem60 dem65", stated)
    return block(THREE, general="visual textual speed") if kind == "hs_second" else block(THREE)


def data_of(kind: str) -> pd.DataFrame:
    """Its rows, with the weights and clusters that ml_inference.R makes from the row number."""
    if kind == "acsi":
        data = mobi()
        row = np.arange(len(data))
        return data.assign(w=0.5 + (row % 7) / 4, c=row // 2)
    data = shared_csv("PoliticalDemocracy.csv" if kind == "pd" else "HolzingerSwineford1939.csv")
    row = np.arange(len(data))
    return data.assign(w=0.5 + (row % 5) / 2, c=row % 120)


def fitted(kind: str, estimator: cs.ML | str = "ml", **study: Any) -> cs.Result:
    """A run of one of the models on its data, without intervals from replicates."""
    return cs.Study(model_of(kind), data_of(kind), estimator=estimator, uncertainty=None, **study).run()
