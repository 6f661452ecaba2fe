"""The fits of golden/reference/ml_inference.R as fits of this package, and lavaan's figures for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import core_cases as core
import numpy as np
import pandas as pd
import pytest
import sources

from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.implied import inverse
from csimodels.estimate.ml.parameters import ParameterTable, Row
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.testing import Scaling
from csimodels.estimate.ml.vcov import Errors
from csimodels.spec.model import Model

SCALINGS: dict[str, Scaling] = {
    "mlm": "satorra_bentler",
    "mlmv": "scaled_shifted",
    "mlmvs": "mean_var_adjusted",
    "mlr": "yuan_bentler",
    "weights": "yuan_bentler",
    "cluster": "yuan_bentler",
}
ERRORS: dict[Scaling, Errors] = {
    "satorra_bentler": "mlm",
    "scaled_shifted": "mlm",
    "mean_var_adjusted": "mlm",
    "yuan_bentler": "mlr",
}


@dataclass(frozen=True, eq=False)
class Case:
    """One fit with its rows, and what it was asked for."""

    name: str
    solution: Solution
    cases: Cases
    errors: Errors
    scaling: Scaling | None

    @property
    def figures(self) -> dict[str, Any]:
        return figures()[self.name]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.solution.structure.table.rows

    def of_free(self, column: str) -> np.ndarray:
        """(q,) a column of lavaan's table of estimates, for each free parameter."""
        known = keyed(self.figures["estimates"], column)
        out = np.full(self.solution.structure.table.q, np.nan)
        for row in self.rows:
            if row.free >= 0:
                out[row.free] = known[row.lhs, row.op, row.rhs, row.group]
        return out


@cache
def figures() -> dict[str, Any]:
    return sources.reference("ml_inference.json")


def names(*, wanted: str = "fit_measures") -> list[str]:
    """Fits of the JSON that hold `wanted`."""
    return [name for name, part in figures().items() if isinstance(part, dict) and wanted in part]


def keyed(table: dict[str, list[Any]], column: str) -> dict[tuple[str, str, str, int], float]:
    """A column of one of lavaan's tables by statement and group (0, 1, ..); covariances under both orders."""
    out = {}
    for lhs, op, rhs, group, value in zip(*(table[k] for k in ("lhs", "op", "rhs", "group", column)), strict=True):
        number = np.nan if value is None else float(value)
        out[lhs, op, rhs, int(group) - 1] = number
        if op == "~~":
            out[rhs, op, lhs, int(group) - 1] = number
    return out


def data(kind: str) -> pd.DataFrame:
    """Rows of one of the data sets; the test is skipped where they are not here."""
    try:
        if kind == "acsi":
            return sources.mobi()
        if kind == "pd":
            return sources.shared_csv("PoliticalDemocracy.csv")
        return sources.shared_csv("HolzingerSwineford1939.csv")
    except sources.UnavailableError as error:
        pytest.skip(str(error))


def model(name: str) -> Model:
    if name == "hs_second":
        return core.second
    return {"acsi": core.acsi, "pd": lambda: core.democracy}.get(name.split("_")[0], lambda: core.three)()


@cache
def load(name: str) -> Case:
    """The fit called `name` in ml_inference.json."""
    kind, *words = name.split("_")
    part = figures()[name]
    settings: dict[str, Any] = {"mean_structure": "~1" in part["estimates"]["op"]}
    if kind == "acsi":
        settings["identification"] = "std_lv"
    if kind == "mg":
        settings |= {"groups": 2, "equal": {"loadings", "intercepts"} if "scalar" in words else {"loadings"}}
    structure = Structure(ParameterTable.of(model(name), **settings))
    cases = rows_of(kind, structure, weighted="weights" in words, clustered="cluster" in words)
    discrepancy: Any = next((word for word in words if word in ("gls", "uls", "wls")), "ml")
    weight = inverse(cases.gamma(means=settings["mean_structure"])) if discrepancy == "wls" else None
    solution = solve(structure, cases.sample, discrepancy, weight=weight)
    scaling = next((SCALINGS[word] for word in words if word in SCALINGS), None)
    errors: Errors = ERRORS[scaling] if scaling else "observed" if "observed" in words else "expected"
    return Case(name, solution, cases, errors, scaling)


def rows_of(kind: str, structure: Structure, *, weighted: bool = False, clustered: bool = False) -> Cases:
    """Rows with the weights and clusters that the R script makes from the row number."""
    frame = data(kind)
    row = np.arange(len(frame))
    weights = (0.5 + (row % 7) / 4 if kind == "acsi" else 0.5 + (row % 5) / 2) if weighted else None
    cluster = (row // 2 if kind == "acsi" else row % 120) if clustered else None
    group = (frame["school"] == "Grant-White").to_numpy().astype(int) if kind == "mg" else None
    x = frame[list(structure.table.items)].to_numpy(float)
    return Cases.of(x, weights=weights, group=group, cluster=cluster)
