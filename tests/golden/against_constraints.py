"""Constraints between parameters, by lavaan, in its own text.

Generator: tests/golden/reference/lavaan_constraints.R, on the data of Holzinger & Swineford (1939).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from against_groups import compared, holzinger, of_table
from compared import Row
from front_door import WIDE
from sources import reference

import csimodels as cs
from csimodels.spec import from_lavaan

#: Settings of the runs that are not maximum likelihood with expected information.
SETTINGS: dict[str, dict[str, Any]] = {
    "mlr": {"errors": "mlr"}, "mlm": {"errors": "mlm"}, "gls": {"estimator": "gls"}, "uls": {"estimator": "uls"},
    "fiml": {"missing": "fiml"}, "fiml_held": {"missing": "fiml"}, "inequalities_mlm": {"errors": "mlm"},
    "path": {"covariates": "random"}, "tutorial": {"covariates": "random"},
}  # fmt: skip
GROUPS: dict[str, dict[str, Any]] = {"groups": {}, "groups_mean": {"errors": "mlr"}}


def constrained(group: str, runs: tuple[str, ...] = (), theirs: dict[str, Any] | None = None) -> Iterator[Row]:
    """Every number of the runs, or of some of them."""
    stored = theirs or reference("lavaan_constraints.json")
    for run in runs or tuple(stored["runs"]):
        case = stored["runs"][run]
        wanted = {kind: values for kind, values in case.items() if kind != "model"}
        if "fiml" in run:  # of moments or of answers: docs/ml.md
            wanted["fit"] = {key: value for key, value in wanted["fit"].items() if "gfi" not in key}
        yield from compared(group, run, mine(run, case), wanted, stored["version"])


def mine(run: str, case: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Our numbers of a run."""
    model = from_lavaan(case["model"], scale=WIDE, index="visual" if "visual" in case["model"] else "x9")
    data = holzinger()[0].copy()
    if run in GROUPS:
        order = list(dict.fromkeys(data["school"]))
        data["school"] = data["school"].map({level: f"{k} {level}" for k, level in enumerate(order)})
        return of_table(cs.fit_groups(model, data, by="school", **GROUPS[run]), "school")
    model = cs.load_model(model, overrides={"estimate": {"estimator": "ml"} | SETTINGS.get(run, {})})
    if "fiml" in run:
        data = with_holes(data)
    return of_table(cs.Study(model, data, uncertainty=None).run(progress=False))


def with_holes(data: pd.DataFrame) -> pd.DataFrame:
    """The data without some answers, as in the script."""
    rows = np.arange(len(data))
    data.loc[(rows >= 2) & ((rows - 2) % 9 == 0), "x2"] = np.nan
    data.loc[(rows >= 4) & ((rows - 4) % 11 == 0), "x6"] = np.nan
    return data
