"""Rows of the tables that a reviewer asks for, from one fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csimodels import assess
from csimodels.assess.prediction import Antecedents
from csimodels.errors import DataError, Problem
from csimodels.estimate import Design, Fit
from csimodels.infer import worker_pool
from csimodels.messages import Message
from csimodels.moments import Clustered, Multinomial, Plan, Rows, Sampling
from csimodels.moments.linalg import Floats
from csimodels.spec import Model
from csimodels.study.groups import Group
from csimodels.study.settings import Settings
from csimodels.tables import Layout, index_weights, reliability
from csimodels.tables.values import normalised

#: Numbers that groups are compared by.
Compared = Literal["paths", "weights", "loadings", "indices"]

#: Square tables of two constructs.
Pairwise = Literal["correlations", "fornell_larcker", "htmt", "htmt2", "htmt_signed"]

#: How a sample is cut for prediction: folds, repetitions, seed.
Cut = tuple[int, int, int]

#: Group, its sampling design, and its fit.
Part = tuple[Group, Sampling, Fit]


def plan_of(rows: Rows, sampling: Sampling, replicates: int, seed: int) -> Plan:
    """Bootstrap of rows, or of the units of a stratified or clustered sample."""
    return Multinomial(rows.n, replicates, seed) if sampling.simple else Clustered(sampling, replicates, seed)


def predict_part(
    group: Group, sampling: Sampling, fit: Fit, settings: Settings, cut: Cut, antecedents: Antecedents
) -> assess.Prediction:
    """Prediction of one group; clusters are held out as a whole."""
    k, repeats, seed = cut
    whole = None if sampling.units == group.rows.n else sampling.unit
    folds = assess.folds_of(group.rows.n, k, repeats, seed, whole)
    return assess.predict(group.rows, fit.design, settings.estimator, folds, settings.rule, antecedents)


def fit_rows(rows: Rows, fit: Fit, plan: Plan | None, rule: str) -> list[dict[str, object]]:
    """Measures of one fit, with the test of exact fit where there is a plan of replicates."""
    nan = float("nan")
    out: list[dict[str, object]] = []

    def add(measure: str, value: object, model: str = "", subject: str = "") -> dict[str, object]:
        row: dict[str, object] = {"measure": measure, "model": model, "subject": subject, "value": float(value)}  # type: ignore[arg-type]
        row |= {"hi95": nan, "hi99": nan, "p": nan, "kept": 0, "asked": 0}
        out.append(row)
        return row

    names = {"srmr": "SRMR", "d_uls": "d_ULS", "d_g": "d_G", "nfi": "NFI"}
    for kind in get_args(assess.ModelKind):
        found = assess.distances(fit, kind)
        test = None
        if plan is not None and np.isfinite(found.d_g):
            with worker_pool() as pool:
                test = assess.exact_fit(fit, rows, plan, rule, kind, pool)
        for name, measure in names.items():
            row = add(measure, getattr(found, name), kind)
            if test is not None and name in test.names:
                at = test.names.index(name)
                row |= {"hi95": test.hi95[at], "hi99": test.hi99[at], "p": test.p[at]}
                row |= {"kept": test.kept, "asked": test.asked}
    add("RMS_theta", assess.rms_theta(fit))
    add("GoF", assess.goodness_of_fit(fit))
    criteria = assess.equation_criteria(fit)
    for place, j in enumerate(fit.design.endogenous):
        add("AIC", criteria.aic[place], subject=fit.design.constructs[j])
        add("BIC", criteria.bic[place], subject=fit.design.constructs[j])
    return out


def compared(model: Model, design: Design, of: Compared) -> tuple[list[str], Callable[[Fit], Floats]]:
    """What  a comparison of groups looks at: names, and a function of fits."""
    layout = Layout.of(model, design)
    block = {"paths": "path", "weights": "weight", "loadings": "loading", "indices": "index"}[of]
    subjects = layout.subjects[block]
    if of == "paths":
        return subjects, assess.path_values
    if of == "weights":
        return subjects, assess.weight_values
    if of == "loadings":
        return subjects, assess.loading_values
    return subjects, lambda fit: _index(fit, layout, model.index.weights)


def _index(fit: Fit, layout: Layout, rule: str) -> Floats:
    """(*B, J) the 0-100 indices."""
    shares = normalised(index_weights(fit, layout, "equal" if rule == "equal" else "own"), layout)
    performance = 100 * (fit.moments.mean - layout.low) / (layout.high - layout.low)
    return np.asarray((shares * performance) @ fit.design.mask)


def square(fit: Fit, kind: Pairwise) -> Floats:
    """(J, J) table of every two constructs."""
    if kind == "correlations":
        return fit.correlations
    if kind == "fornell_larcker":
        return assess.fornell_larcker_matrix(fit)
    if kind == "htmt":
        return reliability.htmt(fit)
    return assess.htmt2(fit) if kind == "htmt2" else assess.htmt_signed(fit)


def predict_both(
    first: Part,
    second: Part,
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    settings: tuple[Settings, Settings],
    cut: Cut,
) -> tuple[assess.Prediction, assess.Prediction]:
    """Predictions of two models on the same folds; `rows` are the numbers of the respondents that each uses."""
    one, other = np.sort(rows[0]), np.sort(rows[1])
    if not np.array_equal(one, other):
        apart = len(set(one.tolist()) ^ set(other.tolist()))
        what = "CVPAT compares predictions of the same respondents"
        remedy = "take the missing rule mean, or leave out the rows with holes"
        raise DataError(
            Problem(
                what,
                first[0].name,
                Message("{apart} rows that only one of the models uses", apart=apart),
                remedy=remedy,
            )
        )
    group, sampling, fit = first
    whole = None if sampling.units == group.rows.n else sampling.unit
    folds = assess.folds_of(group.rows.n, *cut, whole)
    found = assess.predict(group.rows, fit.design, settings[0].estimator, folds, settings[0].rule)
    there = np.argsort(rows[0], kind="stable")[
        np.searchsorted(one, rows[1])
    ]  # place in the first of each of the second
    mine = assess.predict(second[0].rows, second[2].design, settings[1].estimator, folds[:, there], settings[1].rule)
    back = np.argsort(there, kind="stable")
    ordered = {key: losses[back] for key, losses in mine.squared.items()}
    return found, replace(mine, squared=ordered, weights=mine.weights[back])
