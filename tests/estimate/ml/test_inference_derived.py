"""Standardised solutions, effects, modification indices, residuals, factor scores and Bollen-Stine against lavaan."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from inference_models import Case, figures, keyed, load, names

from csimodels.estimate.ml.bollen_stine import bollen_stine
from csimodels.estimate.ml.defined import effects
from csimodels.estimate.ml.factor_scores import Method, factor_scores
from csimodels.estimate.ml.modification import modification
from csimodels.estimate.ml.residuals import residuals, z_residuals
from csimodels.estimate.ml.standardised import Kind, explained, standardised
from csimodels.estimate.ml.vcov import vcov

#: Both stand at the exact minimum; lavaan differentiates the standardised solution numerically (about 1e-8).
RTOL, ATOL = 1e-6, 2e-8


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for kind in get_args(Kind) for name in names(wanted=kind) if "fit_measures" in figures()[name]],
)
def test_standardised_solution(name: str, kind: Kind) -> None:
    table = figures()[name][kind]
    case = load(name)
    solution = case.solution
    found = standardised(solution.structure, solution.x, vcov(solution).cov, kind)
    for column, ours in (("est.std", found.value), ("se", found.se), ("pvalue", found.p)):
        known = keyed(table, column)
        theirs = [known[r.lhs, r.op, r.rhs, r.group] for r in case.rows]
        np.testing.assert_allclose(ours, theirs, rtol=RTOL, atol=ATOL, err_msg=column)


@pytest.mark.parametrize("name", ["acsi", "hs_second"])
def test_explained_variance(name: str) -> None:
    case = load(name)
    solution, table = case.solution, case.solution.structure.table
    items, factors = explained(solution.structure, solution.x, vcov(solution).cov)
    ours = dict(zip(table.items, items.value[0], strict=True))
    ours |= {f: v for f, v in zip(table.factors, factors.value[0], strict=True) if not np.isnan(v)}
    theirs = case.figures["r2"]
    assert set(theirs) == set(ours)
    np.testing.assert_allclose([ours[k] for k in theirs], list(theirs.values()), rtol=RTOL)


@pytest.mark.parametrize("standard", [False, True])
def test_indirect_and_total_effects(standard: bool) -> None:
    case, part = load("acsi"), figures()["acsi_effects"]
    solution = case.solution
    place = {name: k for k, name in enumerate(solution.structure.table.factors)}
    found = effects(solution.structure, solution.x, vcov(solution).cov, standardise=standard)
    table = part["std_all"] if standard else part["estimates"]
    value, error = keyed(table, "est.std" if standard else "est"), keyed(table, "se")
    defined = {
        "ie_quality_satisfaction": ("indirect", "Quality", "Satisfaction"),
        "te_expectation_quality": ("total", "Expectation", "Quality"),
        "te_expectation_value": ("total", "Expectation", "Value"),
        "te_expectation_satisfaction": ("total", "Expectation", "Satisfaction"),
        "te_expectation_loyalty": ("total", "Expectation", "Loyalty"),
        "ie_satisfaction_loyalty": ("indirect", "Satisfaction", "Loyalty"),
    }
    known = {key[0]: key for key in value if key[1] == ":="}
    for name, (kind, source, target) in defined.items():
        at = (0, place[target], place[source])
        ours = getattr(found, kind)
        np.testing.assert_allclose(ours.value[at], value[known[name]], rtol=RTOL)
        np.testing.assert_allclose(ours.se[at], error[known[name]], rtol=RTOL)
    assert found.total.value[0, place["Expectation"], place["Loyalty"]] == 0
    assert np.isnan(found.total.p[0, place["Expectation"], place["Loyalty"]])


@pytest.mark.parametrize("name", names(wanted="modindices"))
def test_modification_indices(name: str) -> None:
    """All that lavaan lists, and nothing else but released equalities (next test)."""
    case = load(name)
    found = modification(case.solution)
    for column, ours in (
        ("mi", found.mi),
        ("epc", found.epc),
        ("sepc.lv", found.sepc_lv),
        ("sepc.all", found.sepc_all),
    ):
        known = keyed(case.figures["modindices"], column)
        own = {(c.lhs, c.op, c.rhs, c.group): ours[k] for k, c in enumerate(found.candidates) if not c.released}
        own |= {(rhs, op, lhs, g): v for (lhs, op, rhs, g), v in own.items() if op == "~~"}
        if column == "mi":
            assert {k for k, v in own.items() if np.isfinite(v)} == set(known)
        np.testing.assert_allclose([own[k] for k in known], list(known.values()), rtol=RTOL, atol=1e-9, err_msg=column)


def test_released_equalities() -> None:
    """Score tests of single equalities: lavTestScore."""
    case = load("mg_metric")
    found = modification(case.solution)
    released = {(c.lhs, c.op, c.rhs, c.group): found.mi[k] for k, c in enumerate(found.candidates) if c.released}
    score = case.figures["score"]
    table = score["partable"]
    named = {
        label: (lhs, op, rhs, group - 1)
        for lhs, op, rhs, group, label in zip(*(table[k] for k in ("lhs", "op", "rhs", "group", "plabel")), strict=True)
    }
    assert len(score["X2"]) == 6
    for label, value in zip(score["rhs"], score["X2"], strict=True):
        np.testing.assert_allclose(released[named[label]], value, rtol=RTOL)


@pytest.mark.parametrize("name", ["acsi", "hs", "pd", "mg_scalar"])
def test_residuals(name: str) -> None:
    case = load(name)
    solution, theirs = case.solution, case.figures["residuals"]
    plain = {
        "raw": residuals(solution.sample, solution.mu, solution.sigma),
        "cor": residuals(solution.sample, solution.mu, solution.sigma, "cor"),
        "normalized": z_residuals(solution, "normalized"),
        "standardized": z_residuals(solution, "standardized"),
    }
    group = 1 if name == "mg_scalar" else 0
    order = _item_order(case)
    for kind, found in plain.items():
        known_part = theirs[kind] if isinstance(theirs[kind], dict) else {"cov": theirs[kind]}
        cov = np.asarray(known_part["cov"], dtype=float)[np.ix_(order, order)]
        ours = found.cov[group]
        known = ~np.isnan(ours)  # a moment that the model reproduces has no error: lavaan divides by 1 there
        np.testing.assert_allclose(ours[known], cov[known], rtol=RTOL, atol=1e-8, err_msg=kind)
        np.testing.assert_allclose(cov[~known], 0, atol=1e-3)
        if "mean" in known_part:
            mean = np.asarray(known_part["mean"], dtype=float)[order]
            np.testing.assert_allclose(found.mean[group], mean, rtol=RTOL, atol=1e-8, err_msg=kind)


def _item_order(case: Case) -> list[int]:
    """Places of our items in lavaan's order."""
    lavaan = figures()["acsi"]["items"] if case.name == "acsi" else list(case.solution.structure.table.items)
    return [lavaan.index(item) for item in case.solution.structure.table.items]


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for method in get_args(Method) for name in names(wanted=method)]
)
def test_factor_scores(name: str, method: Method) -> None:
    case = load(name)
    group = 1 if name == "mg_scalar" else 0
    x = case.cases.x[case.cases.group == group][:5]
    ours = factor_scores(case.solution, x, np.full(5, group), method)
    order = list(range(ours.shape[1]))
    if name == "acsi":
        order = [case.figures["factors"].index(f) for f in case.solution.structure.table.factors]
    np.testing.assert_allclose(ours, np.asarray(case.figures[method])[:, order], rtol=RTOL, atol=1e-9)


def test_bollen_stine() -> None:
    """Two sets of random draws: mean, spread and p agree within four of their own errors."""
    case, theirs = load("acsi"), figures()["acsi_bollen_stine"]
    found = bollen_stine(case.solution, case.cases, 400, seed=7)
    assert found.kept + int(((found.status & 3) != 0).sum()) == 400
    kept = found.chi2[np.isfinite(found.chi2)]
    both = 1 / found.kept + 1 / theirs["kept"]
    assert abs(kept.mean() - theirs["mean"]) < 4 * theirs["sd"] * np.sqrt(both)
    assert abs(kept.std() - theirs["sd"]) < 4 * theirs["sd"] * np.sqrt(both / 2) * 1.3  # right-skewed
    assert abs(found.p - theirs["p"]) < 4 * np.sqrt(theirs["p"] * (1 - theirs["p"]) * both)
