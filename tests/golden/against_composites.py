"""Composite models of other tools' tests, manuals and examples: numbers and models in ``reference/composites.json``.

A case states its model in lavaan's syntax, where its data are, how a study takes both, and what the source says.
Where the data are in neither this repository nor the shared folder, a case has their correlations, and rows are made
that have exactly these: PLS sees nothing else of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from against_published import model_of_case
from compared import Row, rows
from peers import Named
from sources import reference, shared_csv

import csimodels as cs
from csimodels.spec import Model

Case = dict[str, Any]
QUALITY = {"alpha": "alpha", "rho_A": "rho_A", "rho_C": "rho_C", "AVE": "AVE", "HTMT": "HTMT", "VIF": "VIF", "f2": "f2"}
FIT = {"SRMR": "SRMR", "d_ULS": "d_ULS", "d_G": "d_G", "NFI": "NFI"}


@cache
def cases() -> tuple[Case, ...]:
    """Every case, in the order of the file."""
    return tuple(reference("composites.json")["cases"])


def results(group: str, kind: str) -> Iterator[Row]:
    """Every number of the cases of one kind beside ours."""
    for case in cases():
        if case["kind"] == kind:
            mine = numbers(fitted(case), case["numbers"])
            for row in rows(group, case["source"], mine, case["numbers"], (case["tolerance"], case["why"])):
                yield replace(row, subject=f"{case['name']}: {row.subject}")


def model_of(case: Case) -> Model:
    """Its model, iterated until weights rest in the tenth decimal."""
    model = model_of_case(case)
    settings = {"tol": 1e-11, "max_iter": 3000, **case.get("estimate", {})}
    return replace(model, estimate=replace(model.estimate, **settings))


def data_of(case: Case) -> pd.DataFrame:
    """The rows of the file, or rows with the correlations that the case states."""
    if "correlations" not in case:
        return shared_csv(case["data"])
    items = case["items"]
    corr = np.eye(len(items))
    corr[np.tril_indices(len(items), -1)] = case["correlations"]
    corr += np.tril(corr, -1).T
    z = np.random.default_rng(1).normal(size=(case["n"], len(items)))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / len(z))).T
    return pd.DataFrame(z @ np.linalg.cholesky(corr).T, columns=items)


@cache
def _fitted(place: int) -> cs.Result:
    case = cases()[place]
    codes = [case["missing_code"]] if "missing_code" in case else None
    study = cs.Study(model_of(case), data_of(case), uncertainty=None, missing_codes=codes, missing=case.get("missing"))
    return study.run(progress=False)


def fitted(case: Case) -> cs.Result:
    """A study of the case, run once."""
    return _fitted(cases().index(case))


def numbers(result: cs.Result, wanted: Named) -> Named:
    """What a study publishes of the quantities `wanted`."""
    finders = {
        "paths": lambda: _between(result.paths(), "estimate"),
        "total effects": lambda: _between(result.effects(), "total"),
        "R2": lambda: dict(result.r2()[["construct", "r2"]].itertuples(index=False)),
        "adjusted R2": lambda: dict(result.r2()[["construct", "r2_adj"]].itertuples(index=False)),
        "weights": lambda: _entries(result, "weight"),
        "loadings": lambda: _entries(result, "loading"),
        "cross-loadings": lambda: _square(result.cross_loadings().drop(columns="construct").set_index("item"), "@"),
        "VIF of items": lambda: dict(result.item_statistics()[["item", "vif"]].itertuples(index=False)),
        "products, standardised": lambda: {
            row.term.replace(" * ", "*"): row.standardised for row in result.interactions().itertuples()
        },
    }
    finders |= {name: lambda key=key: _criterion(result, key) for name, key in QUALITY.items()}
    finders |= {name: lambda key=key: _fit(result, key) for name, key in FIT.items()}
    return {quantity: finders[quantity]() for quantity in wanted}


def _between(table: pd.DataFrame, column: str) -> dict[str, float]:
    return {f"{s}->{t}": float(v) for s, t, v in table[["source", "target", column]].itertuples(index=False)}


def _entries(result: cs.Result, column: str) -> dict[str, float]:
    """Of items and, in a model with dimensions, of these in their construct."""
    table = result.loadings().drop_duplicates("item")
    out = dict(zip(table["item"], table[column], strict=True))
    if result.has_dimensions:
        parts = result.dimensions()
        out |= dict(zip(parts["dimension"], parts[column], strict=True))
    return out


def _criterion(result: cs.Result, name: str) -> dict[str, float]:
    table = result.quality()
    found = table[table["criterion"] == name]
    subjects = found["subject"].str.replace(" -> ", "->").str.replace(" ~ ", "~")
    return dict(zip(subjects, found["value"], strict=True))


def _fit(result: cs.Result, name: str) -> dict[str, float]:
    table = result.model_fit()
    found = table[table["measure"] == name]
    return dict(zip(found["model"], found["value"], strict=True))


def _square(table: pd.DataFrame, joint: str) -> dict[str, float]:
    return {f"{row}{joint}{column}": float(table.loc[row, column]) for row in table.index for column in table.columns}
