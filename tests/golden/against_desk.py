"""Shares, NPS, means, gaps and models of behaviour under sampling designs against R's survey (desk_survey.R)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from against_designs import with_design
from compared import EXACT, GLM, MEANS, SHARES, Row, rows
from peers import Named
from sources import reference

import csimodels as cs
from csimodels.desk.behaviour import Kind, fit_behaviour
from csimodels.desk.design_mean import design_means
from csimodels.desk.gaps import gap_columns
from csimodels.desk.nps import CutPoints, net_column
from csimodels.desk.shares import logit_interval, wilson
from csimodels.moments import Sampling

OUTCOMES: dict[Kind, str] = {"logit": "retained", "gamma": "spend", "poisson": "calls"}


def _data() -> pd.DataFrame:
    """The columns that desk_survey.R makes."""
    d = with_design()
    x = (d["CUSA1"] - 1) / 9 * 100
    amount = np.exp(1 + 0.02 * x) * (0.4 + 1.2 * ((np.arange(len(d)) * 17) % 23) / 23)
    return d.assign(x=x, z=(d["PERV1"] - 1) / 9 * 100, retained=d["CUSL1"] >= 8, spend=amount, calls=d["CUSL2"])


def _designs(d: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, Sampling]]:
    n = len(d)
    w = d["w"].to_numpy(float)
    yield "simple", np.ones(n), Sampling.of(n)
    yield "weighted", w, Sampling.of(n)
    yield "stratified_clustered", w, Sampling.of(n, d["stratum"].to_numpy(), d["cluster"].to_numpy())


def means(group: str) -> Iterator[Row]:
    """Shares with logit-t intervals, net promoter score with named cut points, paired gap."""
    stored, d = reference("desk_survey.json"), _data()
    shares = {"top2": d["CUSA1"] >= 9, "top3": d["CUSA2"] >= 8, "bottom5": d["PERV1"] <= 5, "tens": d["CUSL1"] == 10}
    nps = net_column(d["CUSL3"].to_numpy(float), CutPoints())
    gap = gap_columns(d[["PERQ1"]].to_numpy(float), d[["CUEX1"]].to_numpy(float), np.eye(1))
    columns = np.column_stack([*shares.values(), nps, gap]).astype(float)
    for name, w, sampling in _designs(d):
        got = design_means(columns, w, sampling)
        low, high = logit_interval(got.mean[:4], got.se[:4], float(sampling.df))
        for k, subject in enumerate([*shares, "nps", "gap"]):
            mine = {"mean": got.mean[k], "se": got.se[k]}
            if subject in shares:
                mine |= {"low": low[k], "high": high[k]}
            yield from _rows(group, name, subject, mine, stored, SHARES)


def behaviour(group: str) -> Iterator[Row]:
    """Logit, gamma and Poisson models: coefficients, design errors, predictions on the link scale."""
    stored, d = reference("desk_survey.json"), _data()
    scores = d[["x", "z"]].to_numpy(float)
    at = np.asarray([[1.0, 60, 50], [1, 80, 50]])
    for name, w, sampling in _designs(d):
        for kind, column in OUTCOMES.items():
            got = fit_behaviour(d[column].to_numpy(float), scores, kind, w, sampling)
            se, of_link = (np.sqrt(np.diag(v)) for v in (got.covariance, at @ got.covariance @ at.T))
            values = [*got.coefficients, *se, *(at @ got.coefficients), *of_link, got.df]
            mine = dict(zip(stored["designs"][name][kind], values, strict=True))
            yield from _rows(group, name, kind, mine, stored, GLM)


#: Every question stands for itself: its score is the answer on 0 to 100.
STUDY = """
csi: 1
items: [CUSA1, CUSA2, CUSA3, PERV1]
indices:
  elements: {kind: weighted_mean, items: [CUSA1, CUSA2, CUSA3], weights: {CUSA1: 2, CUSA2: 1, CUSA3: 1}}
  tenths: {kind: ten_point, items: [CUSA1, CUSA2]}
behaviour: {retained: {outcome: "CUSL1 >= 8", on: [CUSA1, PERV1]}}
uncertainty: {method: linearised}
"""
OPTIONS: dict[str, dict[str, Any]] = {
    "simple": {},
    "weighted": {"weight": "w"},
    "stratified_clustered": {"weight": "w", "design": {"strata": "stratum", "cluster": "cluster"}},
}


def front_door(group: str) -> Iterator[Row]:
    """Wilson's intervals; tables of a study: weighted means, and a logit of the scores in each of two groups."""
    yield from tables(group, reference("desk_survey.json"))


def tables(group: str, stored: dict) -> Iterator[Row]:
    """The same beside the numbers in `stored`, which R may just have given."""
    d, tool = with_design(), f"survey (R) {stored['version']}"
    d["half"] = np.arange(len(d)) % 2
    for subject, (item, least) in {"top2": ("CUSA1", 9), "top3": ("CUSA2", 8), "tens": ("CUSL1", 10)}.items():
        ends = zip(
            ("low", "high"), wilson(np.asarray(float((d[item] >= least).sum())), np.asarray(float(len(d)))), strict=True
        )
        mine: Named = {end: {f"Wilson: {subject}": float(value)} for end, value in ends}
        wanted: Named = {end: {f"Wilson: {subject}": value} for end, value in stored["wilson"][subject].items()}
        yield from rows(group, "prop.test (R)", mine, wanted, EXACT)
    for name, options in OPTIONS.items():
        result = cs.Study(cs.parse_model(STUDY), d, by="half", **options).run(progress=False)
        means = result.whole.indices().set_index("name")
        for index in ("elements", "tenths"):
            values = {"mean": means.loc[index, "value"], "se": means.loc[index, "se"]}
            yield from _rows(group, name, index, values, stored, MEANS)
        for half, terms in result.behaviour("terms").groupby("half"):
            made = stored["halves"][str(half)][name]
            for k, row in enumerate(terms.itertuples()):
                ours = {f"b{k}": {f"{name}: logit of half {half}": row.estimate},
                        f"se{k}": {f"{name}: logit of half {half}": row.se}}  # fmt: skip
                theirs = {quantity: dict.fromkeys(found, made[quantity]) for quantity, found in ours.items()}
                yield from rows(group, tool, ours, theirs, GLM)


def _rows(
    group: str, design: str, subject: str, mine: dict[str, float], stored: dict, bar: tuple[float, str]
) -> Iterator[Row]:
    wanted: Named = {
        quantity: {f"{design}: {subject}": v} for quantity, v in stored["designs"][design][subject].items()
    }
    own: Named = {quantity: {f"{design}: {subject}": float(v)} for quantity, v in mine.items()}
    yield from rows(group, f"survey (R) {stored['version']}", own, wanted, bar)
