"""Errors under sampling designs and replicate weights against R's survey, through the front door (survey_designs.R).

With known weights an index is a weighted mean, which is what ``svymean`` gives an error for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from against_lavaan import labelled
from compared import CENTRED, GIVEN, SURVEY, Bar, Row, rows
from peers import Named
from sources import mobi, reference

import csimodels as cs

STRATA, CLUSTER = {"strata": "stratum"}, {"cluster": "cluster"}
LINEARISED: dict[str, dict[str, Any]] = {
    "simple": {"weight": None},
    "weighted": {},
    "stratified": {"design": STRATA},
    "clustered": {"design": {"cluster": "branch"}},
    "stratified_clustered": {"design": STRATA | CLUSTER},
    "fpc": {"design": STRATA | CLUSTER | {"fpc": "N"}},
}
REPEATED: dict[str, tuple[Any, dict[str, Any], Bar]] = {
    "bootstrap": (cs.ReplicateWeights(columns="boot*", kind="bootstrap"), {}, GIVEN),
    "brr": (cs.ReplicateWeights(columns="brr*", kind="brr"), {}, GIVEN),
    "fay": (cs.ReplicateWeights(columns="fay*", kind="fay", fay=0.5), {}, GIVEN),
    "jkn": (cs.Jackknife(), {"design": STRATA | CLUSTER}, CENTRED),
    "jk1": (cs.Jackknife(), {"design": {"cluster": "branch"}}, CENTRED),
}


def with_design() -> pd.DataFrame:
    """The mobile data with the columns that survey_designs.R makes from the row number."""
    data = mobi()
    i = np.arange(len(data))
    w, stratum, cluster = 1 + (i * 7) % 11 / 10, i % 5, (i // 5) % 10
    data = data.assign(w=w, stratum=stratum, cluster=cluster, branch=stratum * 10 + cluster)
    data["N"] = np.asarray([40, 60, 80, 100, 120])[stratum]
    r = np.arange(1, 21)
    factors = ((i[:, None] * 13 + r * 29 + (i[:, None] * r) % 7) % 5) / 2
    fay = np.where((i[:, None] * 3 + r * 5 + (i[:, None] * r) % 3) % 2 == 0, 1.5, 0.5)
    for name, factor in (("boot", factors), ("brr", 2.0 * (fay > 1)), ("fay", fay)):
        names = [f"{name}{k}" for k in r]
        data = pd.concat([data, pd.DataFrame(factor * w[:, None], columns=names, index=data.index)], axis=1)
    return data


def linearised(group: str) -> Iterator[Row]:
    """Taylor linearisation: weights, strata, clusters, finite population correction."""
    for name, options in LINEARISED.items():
        yield from _compared(group, name, cs.Linearised(), options, SURVEY)


def repeated(group: str) -> Iterator[Row]:
    """Given replicate weights, and the jackknife of clusters."""
    for name, (method, options, bar) in REPEATED.items():
        yield from _compared(group, name, method, options, bar)


def _compared(group: str, name: str, method: Any, options: dict[str, Any], bar: Bar) -> Iterator[Row]:
    stored = reference("survey_designs.json")
    options = {"weight": "w"} | options
    study = cs.Study("ecsi", with_design(), uncertainty=method, index_weights="equal", **options)
    table = study.run(progress=False).index().set_index("construct")
    mine: Named = {"index": table["index"].to_dict(), "standard error": table["se"].to_dict()}
    theirs = stored["designs"][name]
    wanted: Named = {"index": theirs["mean"], "standard error": theirs["se"]}
    yield from labelled(name, rows(group, f"survey (R) {stored['version']}", mine, wanted, bar))
