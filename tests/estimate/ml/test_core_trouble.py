"""Every numerical trouble of a covariance structure model is a status, and is told in names."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sources
from core_cases import acsi, build, sample_of, stated, tables, three
from test_core_estimator import fitted, known, moments

from csimodels.errors import SpecError, Status
from csimodels.estimate import Design
from csimodels.estimate.ml import (
    ML,
    ml_cautions,
    ml_inadmissible_reasons,
    ml_singular_reasons,
    ml_unconverged_reasons,
)
from csimodels.estimate.ml.diagnose import cautions_of, inadmissible_reasons_of, singular_reasons_of
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import solve
from csimodels.estimate.ml.structure import Structure
from csimodels.moments import Moments

ONE = build({"F": ["a", "b", "c"]})
PAIRS = build({"A": ["a1", "a2"], "B": ["b1", "b2"]})


def pairs(variance: float, covariance: float, residual: float) -> np.ndarray:
    """Covariances of two constructs with two items each, all loadings 1."""
    lam = np.kron(np.eye(2), np.ones((2, 1)))
    return lam @ np.array([[variance, covariance], [covariance, variance]]) @ lam.T + residual * np.eye(4)


def rows(n: int = 300, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.7 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 9))


def cov_of(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.cov(x.T, bias=True))


@pytest.mark.parametrize("identification", ["marker", "std_lv"])
def test_heywood_case_is_shown_named_and_not_bounded(identification: str) -> None:
    """l1^2 = r12 r13 / r23 = .81 / .65, so theta1 = 1 - 1.246154 = -.246154 (closed form)."""
    fit = fitted(ONE, np.array([[1, 0.9, 0.9], [0.9, 1, 0.65], [0.9, 0.65, 1.0]]), identification=identification)
    assert fit.status == Status.INADMISSIBLE
    assert fit.solution.matrices.theta[0, 0, 0] == pytest.approx(1 - 0.81 / 0.65, abs=1e-9)
    assert fit.loadings[0, 0] == pytest.approx(np.sqrt(0.81 / 0.65), abs=1e-9)
    assert fit.weights[0, 0] < 0 < fit.weights[1, 0]  # lambda / theta as computed
    assert ml_inadmissible_reasons(fit, ()) == ["the residual variance of a is -0.246 (Heywood case)"]


def test_correlation_beyond_one_names_the_constructs() -> None:
    fit = fitted(PAIRS, pairs(0.5, 0.6, 0.7))
    assert fit.status == Status.INADMISSIBLE and fit.correlations[0, 1] == pytest.approx(1.2, abs=1e-9)
    text = " ".join(ml_inadmissible_reasons(fit, ()))
    assert "the correlation of A and B is 1.200, beyond 1" in text and "not positive definite; involved: A, B" in text
    assert ml_cautions(fit, ()) == []


def test_negative_factor_variance_is_told_apart_from_a_residual() -> None:
    fixed = replace(PAIRS, parameters=tuple(stated("1: A =~ a2", "1: B =~ b2")))
    fit = fitted(fixed, pairs(-0.2, 0.1, 1.0))
    assert fit.status == Status.INADMISSIBLE
    assert "the variance of A is -0.2 (Heywood case)" in ml_inadmissible_reasons(fit, ())
    caused = build({"A": ["a1", "a2", "a3"], "B": ["b1", "b2", "b3"]}, ["A B"])
    sigma, lam, _ = known()
    sigma[3:, 3:] -= 0.85 * np.outer(lam[3:, 1], lam[3:, 1])  # var B = .15 where the path explains .25: psi = -.1
    fit = fitted(caused, sigma)
    assert "the residual variance of B is" in " ".join(ml_inadmissible_reasons(fit, ())) and fit.r2[1] > 1


def test_latent_covariances_that_are_not_positive_definite() -> None:
    """Correlations .9, .9 and 0 are possible in pairs but not together."""
    phi = np.array([[1, 0.9, 0.9], [0.9, 1, 0.0], [0.9, 0.0, 1.0]])
    lam = np.kron(np.eye(3), np.ones((3, 1)))
    fit = fitted(three, lam @ phi @ lam.T * 0.4 + np.eye(9))
    assert fit.status == Status.INADMISSIBLE
    text = "the covariances of the constructs are not positive definite; involved: visual, textual, speed"
    assert ml_inadmissible_reasons(fit, ()) == [text]


@pytest.mark.parametrize("discrepancy", ["ml", "gls"])
def test_an_item_that_is_the_sum_of_two_others_is_named(discrepancy: str) -> None:
    x = rows()
    x[:, 8] = x[:, 0] + x[:, 3]
    fit = fitted(three, cov_of(x), 300.0, discrepancy=discrepancy)
    assert fit.status == Status.SINGULAR
    assert all(np.isnan(values).all() for values in (fit.loadings, fit.correlations, fit.solution.x, fit.solution.chi2))
    (reason,) = ml_singular_reasons(fit, ())
    assert reason.endswith("items are copies or sums of one another: x1, x4, x9")


def test_uls_runs_on_a_singular_matrix_and_says_so() -> None:
    x = rows()
    x[:, 8] = x[:, 0] + x[:, 3]
    fit = fitted(three, cov_of(x), 300.0, discrepancy="uls")
    assert np.isfinite(fit.solution.chi2) and not fit.status & Status.SINGULAR
    assert "copies or sums of one another: x1, x4, x9" in ml_cautions(fit, ())[0]


def test_constant_item_and_too_few_rows() -> None:
    x = rows()
    x[:, 4] = 3.0
    fit = fitted(three, cov_of(x), 300.0)
    assert fit.status == Status.SINGULAR
    assert ml_singular_reasons(fit, ()) == ["item has the same answer in every row, or none at all: x5"]
    assert "x7" in ml_singular_reasons(fit, (), ["x7"])[0]
    fit = fitted(three, cov_of(rows(8)), 8.0)
    assert fit.status == Status.SINGULAR
    assert "8 respondents for 9 items" in ml_singular_reasons(fit, ())[0]
    fit = fitted(three, np.full((9, 9), np.nan), 300.0)
    assert fit.status == Status.SINGULAR and "cannot be computed" in ml_singular_reasons(fit, ())[0]


def test_uncorrelated_pairs_are_not_identified_in_these_data() -> None:
    """Two constructs of two items each are identified by their correlation alone; here it is nil."""
    fit = fitted(PAIRS, pairs(1.0, 0.0, 0.5))
    assert fit.status == Status.SINGULAR and np.isnan(fit.solution.x).all()
    (reason,) = ml_singular_reasons(fit, ())
    assert "not identified in these data" in reason and "A =~ a2" in reason and "A ~~ B" not in reason


def test_one_bad_element_does_not_touch_the_others() -> None:
    good = sample_of("hs_marker").cov[0]
    flat = good.copy()
    flat[4], flat[:, 4] = 0.0, 0.0
    batch = np.stack([good, flat, np.full((9, 9), np.nan), good])
    fit = fitted(three, batch, 300.0)
    assert fit.status.tolist() == [0, Status.SINGULAR, Status.SINGULAR, 0]
    assert np.array_equal(fit.loadings[0], fit.loadings[3])
    assert np.allclose(fit.loadings[0], fitted(three, good, 300.0).loadings, rtol=0, atol=1e-12)
    assert "x5" in ml_singular_reasons(fit, 1)[0]


def test_unidentified_model_is_refused_before_any_number() -> None:
    with pytest.raises(SpecError, match="not identified: 4 parameters, 3 moments"):
        fitted(build({"F": ["a", "b"]}), np.eye(2) + 0.5)
    solution = solve(
        Structure(tables()["hs_marker"][0].of(build({"F": ["a", "b"]}))),
        Sample(np.zeros((1, 2)), np.eye(2)[None] + 0.5, np.array([100.0])),
    )
    assert solution.status == Status.SINGULAR
    assert singular_reasons_of(solution, ()) == ["not identified: 4 parameters, 3 moments"]


def test_one_iteration_is_not_converged_but_has_numbers() -> None:
    sample = sample_of("acsi_marker")
    fit = ML(max_iter=1)(Design.of(acsi()), moments(acsi(), sample.cov[0], 250.0))
    assert fit.status & Status.NOT_CONVERGED and np.isfinite(fit.paths).all() and fit.iterations == 2
    assert "ML did not converge in 2 iterations" in ml_unconverged_reasons(fit, ())[0]


def test_paths_that_run_off_are_named(mobi: pd.DataFrame) -> None:
    """A replicate of the mobile data where Quality is nearly Expectation: F falls for ever as the paths grow."""
    x = mobi[list(acsi().item_names)].to_numpy(float)
    counts = np.random.default_rng(3).multinomial(250, [1 / 250] * 250, size=12)[11]
    centred = x - counts @ x / 250
    fit = fitted(acsi(), (centred * counts[:, None]).T @ centred / 250, 250.0)
    assert fit.status & Status.NOT_CONVERGED
    text = " ".join(ml_unconverged_reasons(fit, ()))
    assert "run off without bound" in text and "Quality" in text


def test_degenerate_ecsi_model_ends_right_and_says_what_is_the_matter(mobi: pd.DataFrame) -> None:
    model = sources.ecsi()
    x = mobi[list(model.item_names)].to_numpy(float)
    for identification in ("marker", "std_lv"):
        fit = fitted(model, cov_of(x), 250.0, identification=identification)
        assert fit.status == Status.NEARLY_UNIDENTIFIED and fit.solution.chi2 == pytest.approx(575.571282, abs=1e-6)
        (caution,) = ml_cautions(fit, ())
        assert "empirically nearly not identified" in caution and "Expectation and Quality (0.995)" in caution
        assert "Loyalty" not in caution


def test_ordinary_fits_get_no_caution() -> None:
    fit = fitted(acsi(), sample_of("acsi_marker").cov[0], 250.0)
    assert fit.status == Status.OK and ml_cautions(fit, ()) == []


def test_reasons_name_the_group() -> None:
    base = sample_of("mg_metric")
    structure = Structure(tables()["mg_metric"][0])
    cov = base.cov.copy()
    cov[1, 4], cov[1, :, 4] = 0.0, 0.0
    solution = solve(structure, Sample(base.mean, cov, base.n))
    assert solution.status == Status.SINGULAR
    reason = "item has the same answer in every row, or none at all: x5 (group 2)"
    assert singular_reasons_of(solution, ()) == [reason]
    cov = base.cov.copy()
    cov[1, 0, 0] *= 0.42
    solution = solve(structure, Sample(base.mean, cov, base.n))
    assert solution.status & Status.INADMISSIBLE
    reasons = inadmissible_reasons_of(solution, ())
    assert any("residual variance of x1" in reason and "(group 2)" in reason for reason in reasons)
    assert not any("group 1" in reason for reason in reasons + cautions_of(solution, ()))


def test_status_of_the_moments_is_kept() -> None:
    sigma, _, _ = known()
    model = build({"A": ["a1", "a2", "a3"], "B": ["b1", "b2", "b3"]}, ["A B"])
    base = moments(model, sigma)
    status = int(Status.NOT_CONVERGED)
    fit = ML()(Design.of(model), Moments(base.mean, base.cov, base.n, base.n_eff, base.items, (), np.asarray(status)))
    assert fit.status == Status.NOT_CONVERGED and fit.solution.status == Status.OK


def test_scipy_is_not_needed_for_a_fit() -> None:
    """Importing scipy.optimize would cost more than the fit."""
    code = "import sys; from csimodels.estimate.ml import ML; print('scipy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
