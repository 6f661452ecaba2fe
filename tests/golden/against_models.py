"""Models of textbooks and manuals in lavaan's text, as they are written there, beside lavaan.

Generator: tests/golden/reference/lavaan_groups.R with the argument "models"; text and source stand with the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from against_groups import compared, holzinger, of_table
from compared import Row
from front_door import WIDE
from sources import reference, shared_csv

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.spec import Model, from_lavaan


def models(group: str, runs: tuple[str, ...] = (), theirs: dict[str, Any] | None = None) -> Iterator[Row]:
    """Every number of the models, or of some of them."""
    stored = theirs or reference("lavaan_models.json")
    for run in runs or tuple(stored["runs"]):
        case = stored["runs"][run]
        study = cs.Study(model_of(case), data_of(case), estimator=settings_of(case), uncertainty=None)
        wanted = {kind: values for kind, values in case.items() if kind in ("est", "se", "std_all", "std_se", "fit")}
        if not wanted["fit"]["df"]:  # lavaan says 1 where there is no N
            wanted["fit"] = wanted["fit"] | {"cn_05": None, "cn_01": None}
        yield from compared(group, run, of_table(study.run(progress=False)), wanted, stored["version"])


def settings_of(case: dict[str, Any]) -> cs.ML:
    """Observed causes as lavaan takes them, whose baseline model knows them."""
    kind = "fixed" if case["fn"] == "growth" and "c1" in case["model"] else None
    kind = "random" if case["source"].startswith(CAUSES) else kind
    return cs.ML(identification="std_lv" if case["std_lv"] else "marker", covariates=kind)


#: Sources whose models have observed causes.
CAUSES = ("Mplus user's guide, example 3.11", "Mplus user's guide, example 5.8", "MIMIC", "lavaan tutorial: mediation")


def model_of(case: dict[str, Any]) -> Model:
    """The model as the text has it; its index is the first construct that may be one."""
    how = {"growth": case["fn"] == "growth", "std_lv": case["std_lv"], "scale": WIDE}
    words = case["model"].replace("\n", " ").split()
    for name in dict.fromkeys(word for word in words if word.isidentifier()):
        try:
            return from_lavaan(case["model"], index=name, **how)
        except SpecError as error:
            if "as index" not in str(error):
                raise
    raise AssertionError(case["source"])


def data_of(case: dict[str, Any]) -> pd.DataFrame:
    """The rows, or rows of the moments: maximum likelihood of complete answers takes nothing else from them."""
    if case["data"] == "hs":
        return holzinger()[0]
    if case["data"] == "pd":
        return shared_csv("PoliticalDemocracy.csv")
    cov, names = np.asarray(case["cov"]), list(case["mean"])
    z = np.random.default_rng(1).normal(size=(case["n"], len(cov)))
    z -= z.mean(axis=0)
    z = np.linalg.solve(np.linalg.cholesky(np.cov(z.T)), z.T).T
    return pd.DataFrame(z @ np.linalg.cholesky(cov).T + np.asarray([case["mean"][k] for k in names]), columns=names)
