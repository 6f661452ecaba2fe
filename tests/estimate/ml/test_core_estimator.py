"""The estimator: standardised arrays of the Fit, outer weights, orientation, settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from core_cases import acsi, build, figures, path, reliable, sample_of, second, solved, stated, three

from csimodels.errors import SpecError, Status
from csimodels.estimate import Design
from csimodels.estimate.ml import ML, MLFit
from csimodels.moments import Moments
from csimodels.spec.model import Model


def moments(model: Model, cov: np.ndarray, n: float = 200.0) -> Moments:
    """Moments of the items of `model` with given covariances (*B, p, p)."""
    rows = np.full(cov.shape[:-2], n)
    return Moments(np.zeros(cov.shape[:-1]), cov, rows, rows, model.item_names)


def fitted(model: Model, cov: np.ndarray, n: float = 200.0, **settings: Any) -> MLFit:
    return ML(**settings)(Design.of(model), moments(model, cov, n))


def known(paths: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sigma, loadings and residual variances of A -> B with three items each, var A = 1, psi B = .75."""
    lam = np.zeros((6, 2))
    lam[:3, 0], lam[3:, 1] = [0.8, 0.7, 0.6], [0.9, 0.5, 0.7]
    theta = np.array([0.4, 0.5, 0.6, 0.3, 0.7, 0.5])
    phi = np.array([[1.0, paths], [paths, paths**2 + 0.75]])
    return lam @ phi @ lam.T + np.diag(theta), lam, theta


TWO = build({"A": ["a1", "a2", "a3"], "B": ["b1", "b2", "b3"]}, ["A B"])


@pytest.mark.parametrize("settings", [{}, {"identification": "std_lv"}, {"discrepancy": "gls"}, {"discrepancy": "uls"}])
def test_standardised_solution_of_known_covariances(settings: dict[str, Any]) -> None:
    sigma, lam, _ = known()
    fit = fitted(TWO, sigma, **settings)
    assert fit.status == Status.OK and fit.estimator.name == settings.get("discrepancy", "ml")
    sd = np.sqrt(np.diag(sigma))
    assert np.allclose(fit.loadings[:3, 0], lam[:3, 0] / sd[:3], rtol=0, atol=1e-8)
    assert np.allclose(fit.loadings[3:, 1], lam[3:, 1] / sd[3:], rtol=0, atol=1e-8)  # var B = .25 + .75
    assert np.allclose(fit.loadings[:3, 1], 0.5 * lam[:3, 0] / sd[:3], rtol=0, atol=1e-8)
    assert fit.paths[1, 0] == pytest.approx(0.5, abs=1e-8) and fit.paths[0, 1] == 0
    assert fit.correlations[0, 1] == pytest.approx(0.5, abs=1e-8)
    assert np.isnan(fit.r2[0]) and fit.r2[1] == pytest.approx(0.25, abs=1e-8)
    assert np.isnan(fit.rho_a).all()


def test_weights_are_the_bartlett_weights_of_the_own_items() -> None:
    """(L' T^-1 L)^-1 L' T^-1 of the whole model, on raw items: zero for other blocks, the same rays as the weights."""
    sigma, lam, theta = known()
    fit = fitted(TWO, sigma)
    bartlett = np.linalg.inv(lam.T @ np.diag(1 / theta) @ lam) @ lam.T @ np.diag(1 / theta)
    sd = np.sqrt(np.diag(sigma))
    raw = fit.weights / sd[:, None]
    for j, block in enumerate(([0, 1, 2], [3, 4, 5])):
        ratio = raw[block, j] / bartlett[j, block]
        assert np.allclose(ratio, ratio[0], rtol=1e-7, atol=0)
        assert not np.delete(bartlett[j], block).any() and not np.delete(fit.weights[:, j], block).any()
        assert fit.weights[:, j] @ fit.moments.corr @ fit.weights[:, j] == pytest.approx(1.0, abs=1e-12)


def test_weights_with_correlated_residuals_regress_the_construct_on_its_own_items() -> None:
    """S_bb^-1 cov(x_b, eta): what a regression of the construct on its items would give."""
    model = replace(TWO, parameters=tuple(stated("a1 ~~ a2")))
    sigma, lam, _ = known()
    sigma[0, 1] += 0.1
    sigma[1, 0] += 0.1
    fit = fitted(model, sigma)
    own = np.linalg.solve(sigma[:3, :3], lam[:3, 0]) * np.sqrt(np.diag(sigma)[:3])
    ratio = fit.weights[:3, 0] / own
    assert np.allclose(ratio, ratio[0], rtol=1e-6, atol=0)


def test_against_lavaan_standardised_on_the_mobile_data(
    mobi: pd.DataFrame, reference: Callable[[str], dict[str, Any]]
) -> None:
    """std.all and R2 of lavaan, which stopped at about five digits."""
    theirs = reference("ml_lavaan_mobi_acsi_ML.json")
    model, d = acsi(), Design.of(acsi())
    x = mobi[list(model.item_names)].to_numpy(float)
    fit = fitted(model, np.cov(x.T, bias=True), len(x))
    standard = theirs["standardized_solution"]
    for lhs, op, rhs, value in zip(*(standard[key] for key in ("lhs", "op", "rhs", "est.std")), strict=True):
        if op == "=~":
            ours = fit.loadings[d.items.index(rhs), d.constructs.index(lhs)]
        elif op == "~":
            ours = fit.paths[d.constructs.index(lhs), d.constructs.index(rhs)]
        else:
            continue
        assert ours == pytest.approx(value, abs=5e-5), f"{lhs} {op} {rhs}"
    own = fit.loadings[np.arange(len(d.items)), d.block] ** 2
    assert np.allclose(np.concatenate([own, fit.r2[1:]]), theirs["r2"], rtol=0, atol=1e-4)
    assert fit.solution.chi2 == pytest.approx(figures()["acsi_marker"]["chi2"], rel=1e-9)


def test_reversed_items_turn_signs_only() -> None:
    """The first item of A is asked the other way round: the marker turns the construct, the sign rule turns it back."""
    sigma, _, _ = known()
    turn = np.array([-1.0, 1, 1, 1, 1, 1])
    for settings in ({}, {"identification": "std_lv"}):
        base, fit = fitted(TWO, sigma, **settings), fitted(TWO, sigma * turn[:, None] * turn, **settings)
        assert np.allclose(fit.loadings, base.loadings * turn[:, None], rtol=0, atol=1e-8)
        assert np.allclose(fit.weights, base.weights * turn[:, None], rtol=0, atol=1e-8)
        assert np.allclose(fit.paths, base.paths, rtol=0, atol=1e-8)


def test_single_item_and_its_reliability() -> None:
    cov = sample_of("acsi_marker").cov[0]
    plain, stated_ = fitted(acsi(), cov, 250.0), fitted(reliable(0.8), cov, 250.0)
    d = plain.design
    j, k = d.constructs.index("Complaints"), d.items.index("CUSCO")
    assert plain.loadings[k, j] == pytest.approx(1.0, abs=1e-12) and plain.weights[k, j] == pytest.approx(1.0)
    assert stated_.loadings[k, j] == pytest.approx(np.sqrt(0.8), abs=1e-9) and stated_.weights[k, j] == pytest.approx(
        1.0
    )
    assert stated_.rho_a[j] == 0.8 and np.isnan(plain.rho_a[j])
    source = d.constructs.index("Satisfaction")
    assert stated_.paths[j, source] == pytest.approx(plain.paths[j, source] / np.sqrt(0.8), abs=1e-8)


def test_reliability_is_a_share_of_each_batch_elements_own_variance() -> None:
    cov = sample_of("acsi_marker").cov[0]
    scale = np.ones(19)
    scale[acsi().item_names.index("CUSCO")] = 3.0
    batch = np.stack([cov, cov * scale[:, None] * scale])
    fit = fitted(reliable(0.8), batch, 250.0)
    assert np.allclose(fit.loadings[0], fit.loadings[1], rtol=0, atol=1e-8)
    k = acsi().item_names.index("CUSCO")
    assert np.allclose(fit.solution.matrices.theta[:, 0, k, k], 0.2 * batch[:, k, k], rtol=1e-12, atol=0)


def test_higher_order_construct_has_the_arrays_of_its_design() -> None:
    """Second-order loadings times first-order ones, from lavaan's estimates by hand."""
    fit = fitted(second, sample_of("hs_second").cov[0], 301.0)
    d = fit.design
    assert fit.loadings.shape == (18, 4) and d.constructs[3] == "general"
    case = figures()["hs_second"]
    est = {(a, o, b): v for a, o, b, v in zip(case["lhs"], case["op"], case["rhs"], case["est"], strict=True)}
    general = est["general", "~~", "general"]
    variance = est["textual", "~~", "textual"] + est["general", "=~", "textual"] ** 2 * general
    item = est["textual", "=~", "x5"] ** 2 * variance + est["x5", "~~", "x5"]
    loading = est["textual", "=~", "x5"] * est["general", "=~", "textual"] * np.sqrt(general) / np.sqrt(item)
    for place in np.flatnonzero(np.asarray(d.items) == "x5"):
        assert fit.loadings[place, 3] == pytest.approx(loading, abs=1e-8)
    corr = est["general", "=~", "textual"] * np.sqrt(general / variance)
    assert fit.correlations[3, 1] == pytest.approx(corr, abs=1e-8)
    assert np.count_nonzero(fit.weights[:, 3]) == 9 and not fit.weights[:9, 3].any()
    score = fit.weights[:, 3]
    assert score @ fit.moments.corr @ score == pytest.approx(1.0, abs=1e-12)


def test_batch_axes_and_elements() -> None:
    sigma, _, _ = known()
    other, _, _ = known(0.3)
    fit = fitted(TWO, np.stack([[sigma, other], [other, sigma]]))
    assert fit.status.shape == (2, 2) and fit.weights.shape == (2, 2, 6, 2) and fit.solution.x.shape == (2, 2, 13)
    alone = fitted(TWO, other)
    assert np.allclose(fit.paths[0, 1], alone.paths, rtol=0, atol=1e-12)
    assert np.allclose(fit.weights[1, 0], alone.weights, rtol=0, atol=1e-12)


def test_structural_paths_are_the_correlations_of_a_saturated_model() -> None:
    """Three paths among three constructs only rewrite the correlations of the CFA: same fit, OLS paths."""
    cov = sample_of("hs_marker").cov[0]
    free = fitted(three, cov, 301.0)
    full = fitted(replace(path, paths=(*path.paths, ("textual", "speed"))), cov, 301.0)
    assert full.solution.chi2 == pytest.approx(float(free.solution.chi2), rel=1e-10)
    assert np.allclose(full.correlations, free.correlations, rtol=0, atol=1e-8)
    beta = np.linalg.solve(free.correlations[:2, :2], free.correlations[:2, 2])
    assert np.allclose(full.paths[2, :2], beta, rtol=0, atol=1e-7)
    assert full.solution.df == solved("hs_marker").df


def test_wls_takes_its_weight_from_the_settings() -> None:
    """lavaan's own weight matrix (inverse of the ADF covariances): chi2 83.318579740 (lavaan_core.json)."""
    case = figures()["hs_wls"]
    fit = fitted(three, sample_of("hs_wls").cov[0], 301.0, discrepancy="wls", weight=np.asarray(case["weight"][0]))
    assert fit.status == Status.OK and fit.solution.chi2 == pytest.approx(case["chi2"], rel=1e-9)


def test_settings_are_refused_all_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        ML("mll", "marked", "mlrr", tol=0.5, max_iter=0)  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.startswith("5 problems") and 'did you mean "ml"?' in text and 'did you mean "mlr"?' in text
    for bad in ({"tol": True}, {"tol": 0.0}, {"max_iter": 1.5}, {"discrepancy": "wls"}, {"weight": np.eye(3)}):
        with pytest.raises(SpecError):
            ML(**bad)  # type: ignore[arg-type]


def test_estimators_compare_by_their_settings() -> None:
    assert ML() == ML() and ML() != ML(identification="std_lv") and ML("gls").name == "gls"
    assert hash(ML()) == hash(ML())
