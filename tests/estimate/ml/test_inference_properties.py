"""Inference for ML: what has to hold whatever the data, what is refused, and errors against simulated truth."""

from __future__ import annotations

from dataclasses import replace
from math import erfc
from typing import Any

import core_cases as core
import numpy as np
import pytest
from inference_models import load, rows_of

from csimodels.errors import SpecError, Status
from csimodels.estimate.ml.bollen_stine import bollen_stine, transformed
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.defined import effects
from csimodels.estimate.ml.delta import delta
from csimodels.estimate.ml.difference import at_estimates_of, difference, scaled_difference
from csimodels.estimate.ml.factor_scores import score_coefficients
from csimodels.estimate.ml.implied import inverse, tangent, unvech, vech
from csimodels.estimate.ml.information import weight_matrix, weighted_crossproduct
from csimodels.estimate.ml.measures import fit_measures
from csimodels.estimate.ml.modification import modification
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.residuals import z_residuals
from csimodels.estimate.ml.rmsea import noncentrality, rmsea
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution, solve
from csimodels.estimate.ml.standardised import explained, standardised
from csimodels.estimate.ml.structure import Structure
from csimodels.estimate.ml.testing import scaled, standard
from csimodels.estimate.ml.vcov import observed_inverse, parameter_scores, vcov

STRUCTURE = Structure(ParameterTable.of(core.three, identification="std_lv"))
#: Population of the simulations: loadings, correlations of three factors, residual variances.
LOADINGS = np.kron(np.eye(3), np.array([[0.8], [0.7], [0.6]]))
FACTORS = np.full((3, 3), 0.4) + 0.6 * np.eye(3)
SIGMA = LOADINGS @ FACTORS @ LOADINGS.T + np.diag(np.tile([0.36, 0.51, 0.64], 3))


def normal_rows(n: int, seed: int, draws: int = 1) -> np.ndarray:
    """(draws, n, 9) rows of the population."""
    root = np.linalg.cholesky(SIGMA)
    return np.random.default_rng(seed).standard_normal((draws, n, 9)) @ root.T + 5.0


def heavy_rows(n: int, seed: int, draws: int = 1) -> np.ndarray:
    """The same moments with heavy tails: multivariate t with 9 degrees of freedom, kurtosis 1.2."""
    rng = np.random.default_rng(seed)
    scale = np.sqrt(7 / rng.chisquare(9, size=(draws, n, 1)))
    return (normal_rows(n, seed + 1, draws) - 5.0) * scale + 5.0


def samples(rows: np.ndarray) -> Sample:
    """Batch of one-group samples from (draws, n, p) rows."""
    mean = rows.mean(axis=1)
    z = rows - mean[:, None, :]
    cov = z.swapaxes(1, 2) @ z / rows.shape[1]
    return Sample(mean[:, None], cov[:, None], np.full((len(rows), 1), float(rows.shape[1])))


def fitted(cases: Cases, structure: Structure = STRUCTURE, **settings: Any) -> Solution:
    return solve(structure, cases.sample, **settings)


@pytest.fixture(scope="module")
def cases() -> Cases:
    return Cases.of(heavy_rows(150, 3)[0])


def test_information_by_matrices_and_by_traces_are_one(cases: Cases) -> None:
    """``1/2 tr(V dS V dS)`` without P x P matrices equals ``Delta' V Delta``, for every group and for means."""
    rows = Cases.of(cases.x, group=np.arange(len(cases.x)) % 2)
    two = ParameterTable.of(core.three, groups=2, mean_structure=True, equal={"loadings", "intercepts"})
    for solution in (fitted(cases), fitted(rows, Structure(two))):
        at = tangent(solution.structure, solution.sample, solution.x)
        whole = weighted_crossproduct(at, weight_matrix(at.inverse, means=at.means), solution.sample)
        np.testing.assert_allclose(inverse(whole) / solution.sample.total, vcov(solution).cov, rtol=1e-8, atol=1e-14)
        np.testing.assert_allclose(at.jacobian, solution.structure.jacobian(solution.x), rtol=1e-10, atol=1e-12)


def test_observed_information_is_the_slope_of_the_gradient(cases: Cases) -> None:
    """Casewise scores add up to minus the gradient; its central differences are the observed information."""
    solution = fitted(cases)
    n, q, step = len(cases.x), STRUCTURE.q, 1e-4

    def score(x: np.ndarray) -> np.ndarray:
        return parameter_scores(tangent(STRUCTURE, cases.sample, x), cases).sum(axis=0) / n

    assert np.abs(score(solution.x)).max() < 1e-7
    slope = [(score(solution.x + h) - score(solution.x - h)) / (2 * step) for h in step * np.eye(q)]
    # error of the differences: step^2 times third derivatives
    np.testing.assert_allclose(np.linalg.inv(-np.asarray(slope)), observed_inverse(solution), rtol=1e-4, atol=1e-6)


def test_a_batch_is_its_elements_one_by_one() -> None:
    batch = samples(normal_rows(120, 5, draws=4))
    whole = solve(STRUCTURE, batch)
    many = fit_measures(whole)
    changes = modification(whole)
    for k in range(4):
        one = solve(STRUCTURE, batch[k])
        for kind in ("expected", "observed"):
            np.testing.assert_allclose(vcov(whole, kind).cov[k], vcov(one, kind).cov, rtol=1e-6, atol=1e-12)
        for name, value in fit_measures(one).items():
            np.testing.assert_allclose(many[name][k], value, rtol=1e-7, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(changes.mi[k], modification(one).mi, rtol=1e-6, atol=1e-8)
        both = [standardised(STRUCTURE, s.x, vcov(s).cov) for s in (whole, one)]
        np.testing.assert_allclose(both[0].se[k], both[1].se, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(score_coefficients(whole)[k], score_coefficients(one), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["expected", "observed", "mlm", "mlr"])
def test_units_of_the_items_leave_standardised_results(cases: Cases, kind: Any) -> None:
    unit = 10.0 ** np.arange(-4, 5)
    other = Cases.of(cases.x * unit + 3.0)
    parts = []
    for rows in (cases, other):
        solution = fitted(rows)
        found = standardised(STRUCTURE, solution.x, vcov(solution, kind, rows).cov)
        parts.append((found.value, found.se, solution.chi2))
    for one, two in zip(*parts, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("kind", ["satorra_bentler", "yuan_bentler", "mean_var_adjusted", "scaled_shifted"])
def test_scaled_tests_do_not_depend_on_units_or_row_order(cases: Cases, kind: Any) -> None:
    order = np.random.default_rng(1).permutation(len(cases.x))
    other = Cases.of(cases.x[order] * np.linspace(0.01, 50, 9))
    one, two = (scaled(fitted(rows), kind, rows) for rows in (cases, other))
    for name in ("stat", "df", "p", "scaling"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-6)


def test_normal_theory_is_what_the_corrections_vanish_under() -> None:
    """200 000 normal rows: the scaling factor is 1 and all errors agree (Monte Carlo error of fourth moments: 1 %)."""
    rows = Cases.of(normal_rows(200_000, 11)[0])
    solution = fitted(rows)
    for kind in ("satorra_bentler", "yuan_bentler"):
        assert abs(scaled(solution, kind, rows).scaling - 1) < 0.02
    base = vcov(solution).se
    for kind in ("observed", "mlm", "mlr"):
        np.testing.assert_allclose(vcov(solution, kind, rows).se, base, rtol=0.03)


def test_weights_are_relative_and_ones_change_nothing(cases: Cases) -> None:
    w = np.linspace(0.5, 2, len(cases.x))
    one, two = (Cases.of(cases.x, weights=weights) for weights in (w, 1000 * w))
    np.testing.assert_allclose(vcov(fitted(one), "mlr", one).cov, vcov(fitted(two), "mlr", two).cov, rtol=1e-9)
    flat = Cases.of(cases.x, weights=np.full(len(cases.x), 7.0))
    np.testing.assert_allclose(vcov(fitted(flat), "mlr", flat).cov, vcov(fitted(cases), "mlr", cases).cov, rtol=1e-9)


def test_clusters_of_one_row_are_independent_rows(cases: Cases) -> None:
    n = len(cases.x)
    alone = Cases.of(cases.x, cluster=np.array([f"c{k}" for k in range(n)]))
    plain = vcov(fitted(cases), "mlr", cases).cov
    np.testing.assert_allclose(vcov(fitted(alone), "mlr", alone).cov, plain * n / (n - 1), rtol=1e-9)


def test_every_row_twice_in_clusters_is_the_rows_once(cases: Cases) -> None:
    """Two copies in a cluster carry the information of one: errors are those of the single rows."""
    n = len(cases.x)
    twice = Cases.of(np.repeat(cases.x, 2, axis=0), cluster=np.repeat(np.arange(n), 2))
    plain = vcov(fitted(cases), "mlr", cases).cov
    np.testing.assert_allclose(vcov(fitted(twice), "mlr", twice).cov, plain * n / (n - 1), rtol=1e-7)


def test_delta_method_of_known_functions() -> None:
    """x y, x / y and sqrt(x): derivatives (y, x), (1/y, -x/y^2), 1 / (2 sqrt x); a constant has no error."""
    x, cov = np.array([4.0, 2.0]), np.array([[0.5, 0.1], [0.1, 0.3]])

    def known(v: np.ndarray) -> np.ndarray:
        one, two = v[..., 0], v[..., 1]
        return np.stack([one * two, one / two, np.sqrt(one), 0 * one + 1], axis=-1)

    found = delta(known, x, cov)
    gradients = np.array([[2.0, 4.0], [0.5, -1.0], [0.25, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(found.value, [8, 2, 2, 1])
    np.testing.assert_allclose(found.se, np.sqrt(np.einsum("ki,ij,kj->k", gradients, cov, gradients)), rtol=1e-14)
    assert np.isnan(found.p[-1])
    np.testing.assert_allclose(found.p[1], erfc(found.z[1] / np.sqrt(2)), rtol=1e-12)


def test_vech_and_back() -> None:
    a = np.arange(16.0).reshape(4, 4)
    a = a + a.T
    assert vech(a).tolist() == [a[i, j] for j in range(4) for i in range(j, 4)]
    np.testing.assert_array_equal(unvech(vech(a), 4), a)


def test_noncentrality_gives_back_the_probability() -> None:
    from scipy.stats import ncx2

    stat, df = np.array([300.0, 25.0, 5.0]), np.array([144.0, 24.0, 24.0])
    for probability in (0.05, 0.95):
        found = noncentrality(stat, df, probability)
        known = found > 0
        np.testing.assert_allclose(ncx2.cdf(stat[known], df[known], found[known]), probability, rtol=1e-9)
    assert noncentrality(stat, df, 0.95)[2] == 0
    assert np.isnan(noncentrality(np.array(np.nan), np.array(3.0), 0.05))
    flat = rmsea(np.array(0.0), np.array(0.0), np.array(100.0), 1)
    assert flat.value == flat.low == flat.high == 0
    assert np.isnan(flat.p_close)


def test_modification_indices_foresee_the_fall_of_chi_square() -> None:
    """Freeing the parameter lowers chi-square by about its index and moves it by about the expected change."""
    population = SIGMA.copy()
    population[0, 4] = population[4, 0] = population[0, 4] + 0.08
    sample = Sample(np.zeros((1, 9)), population[None], np.array([400.0]))
    before = solve(STRUCTURE, sample)
    found = modification(before)
    best = int(np.nanargmax(found.mi))
    assert {found.candidates[best].lhs, found.candidates[best].rhs} == {"x1", "x5"}
    freed = replace(core.three, parameters=tuple(core.stated("x1 ~~ x5")))
    after = solve(Structure(ParameterTable.of(freed, identification="std_lv")), sample)
    place = after.structure.table.spelled.index("x1 ~~ x5")
    np.testing.assert_allclose(found.mi[best], before.chi2 - after.chi2, rtol=0.15)  # a quadratic approximation
    np.testing.assert_allclose(found.epc[best], after.x[place], rtol=0.15)
    np.testing.assert_allclose(after.x[place], 0.08, rtol=1e-4)


def test_bollen_stine_rows_have_the_implied_moments(cases: Cases) -> None:
    for means in (False, True):
        structure = Structure(ParameterTable.of(core.three, mean_structure=means))
        solution = fitted(cases, structure)
        rows = transformed(solution, cases)
        np.testing.assert_allclose(np.cov(rows, rowvar=False, bias=True), solution.sigma[0], atol=1e-10)
        np.testing.assert_allclose(rows.mean(axis=0), cases.x.mean(axis=0), atol=1e-10)
        again = fitted(Cases.of(rows), structure)
        assert again.chi2 < 1e-8


def test_bollen_stine_is_reproducible_and_chunks_do_not_matter(cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    solution = fitted(cases)
    one = bollen_stine(solution, cases, 60, seed=5)
    monkeypatch.setattr("csimodels.estimate.ml.bollen_stine.CHUNK", 17)
    two = bollen_stine(solution, cases, 60, seed=5)
    np.testing.assert_allclose(one.chi2, two.chi2, rtol=1e-6)
    assert one.p == two.p
    assert not np.allclose(one.chi2, bollen_stine(solution, cases, 60, seed=6).chi2, rtol=1e-3)


def test_simulated_errors_and_tests() -> None:
    """Heavy tails, n = 400, 300 draws: the sandwich has the spread of the estimates, the expected errors do not; the
    scaled statistics have the mean of their distribution, chi-square itself is far above it."""
    rows = heavy_rows(400, 21, draws=300)
    batch = solve(STRUCTURE, samples(rows))
    good = batch.status == 0
    assert good.mean() > 0.95
    spread = batch.x[good].std(axis=0)
    kept = np.flatnonzero(good)
    robust, plain, statistics = [], vcov(batch).se[good], {"satorra_bentler": [], "yuan_bentler": []}
    for k in kept:
        cases, one = Cases.of(rows[k]), solve(STRUCTURE, batch.sample[k], start=batch.x[k])
        robust.append(vcov(one, "mlr", cases).se)
        for kind, into in statistics.items():
            into.append(float(scaled(one, kind, cases).stat))
    # a standard deviation from 300 draws has a relative error of 4 to 6 %; here the mean and the largest of 21
    ratio = np.sqrt(np.mean(np.square(robust), axis=0)) / spread
    assert abs(ratio.mean() - 1) < 0.04
    assert np.abs(ratio - 1).max() < 0.2
    assert (np.sqrt(np.mean(plain**2, axis=0)) / spread).mean() < 0.9
    df, error = batch.df, np.sqrt(2 * batch.df / len(kept))
    assert batch.chi2[good].mean() > df * 1.25
    for values in statistics.values():
        assert abs(np.mean(values) - df) < 4 * error + 0.05 * df  # a bias of some 5 % at this n


def test_fits_without_usable_numbers_have_no_errors() -> None:
    batch = samples(normal_rows(120, 5, draws=2))
    solution = solve(STRUCTURE, batch)
    lost = replace(solution, status=np.array([int(Status.NOT_CONVERGED), 0]))
    for kind in ("expected", "observed"):
        se = vcov(lost, kind).se
        assert np.isnan(se[0]).all()
        assert np.isfinite(se[1]).all()


def everything(solution: Solution) -> dict[str, np.ndarray]:
    """All that is computed for batches, but what does not depend on the data."""
    constant = {"npar", "ntotal", "df", "baseline.df", "rmsea.ci.level", "rmsea.close.h0", "rmsea.notclose.h0"}
    out = {name: value for name, value in fit_measures(solution).items() if name not in constant}
    found, structure = vcov(solution), solution.structure
    out |= {"se": found.se, "mi": modification(solution).mi, "scores": score_coefficients(solution)}
    out |= {"z": z_residuals(solution).cov, "std": standardised(structure, solution.x, found.cov).value}
    return out | {"total": effects(structure, solution.x, found.cov).total.value}


def test_singular_elements_of_a_batch_are_blank_and_leave_the_others_alone() -> None:
    good = samples(normal_rows(80, 5, draws=4))
    cov = good.cov.copy()
    cov[1, 0, :, 0] = cov[1, 0, :, 1]
    cov[1, 0, 0, :] = cov[1, 0, 1, :]
    cov[2] = np.nan
    structure = Structure(ParameterTable.of(core.path))
    batch, alone = (everything(solve(structure, sample)) for sample in (replace(good, cov=cov), good))
    for name, value in batch.items():
        assert np.isnan(value[1:3]).all(), name
        np.testing.assert_allclose(value[[0, 3]], alone[name][[0, 3]], rtol=1e-6, atol=1e-9, err_msg=name)


def test_a_negative_variance_is_shown_with_its_consequences() -> None:
    """A population whose first residual variance is -.1: nothing is bounded, R2 is above 1."""
    loadings = LOADINGS.copy()
    loadings[0, 0] = 1.05
    theta = np.diag(np.r_[-0.1, np.tile([0.36, 0.51, 0.64], 3)[1:]])
    cov = loadings @ FACTORS @ loadings.T + theta
    solution = solve(STRUCTURE, Sample(np.zeros((1, 9)), cov[None], np.array([300.0])))
    assert int(solution.status) == int(Status.INADMISSIBLE)
    found = vcov(solution)
    assert np.isfinite(found.se).all()
    items, _ = explained(STRUCTURE, solution.x, found.cov)
    np.testing.assert_allclose(items.value[0, 0], 1.05**2 / (1.05**2 - 0.1), rtol=1e-5)
    std = standardised(STRUCTURE, solution.x, found.cov)
    place = [r.name for r in STRUCTURE.table.rows].index("x1 ~~ x1")
    np.testing.assert_allclose(std.value[place], -0.1 / (1.05**2 - 0.1), rtol=1e-5)


def test_saturated_models_have_no_test_but_all_measures() -> None:
    one = core.build({"visual": ["x1", "x2", "x3"]})
    rows = Cases.of(normal_rows(100, 8)[0][:, :3])
    structure = Structure(ParameterTable.of(one))
    solution = fitted(rows, structure)
    assert solution.df == 0
    assert np.isnan(standard(solution).p)
    found = fit_measures(solution, "satorra_bentler", rows)
    np.testing.assert_allclose(found["cfi"], 1, atol=1e-9)
    assert found["rmsea"] == 0
    assert np.isnan(found["chisq.scaled"])
    assert np.isnan(modification(solution).mi).all()


def refused(*words: str) -> Any:
    return pytest.raises(SpecError, match="(?s)" + ".*".join(words))


def test_refusals_about_errors(cases: Cases) -> None:
    solution = fitted(cases)
    with refused("unknown kind of errors", "robust", "expected, observed, mlm, mlr"):
        vcov(solution, "robust", cases)  # type: ignore[arg-type]
    with refused("need the rows"):
        vcov(solution, "mlr")
    with refused("need the rows"):
        fit_measures(solution, "satorra_bentler")
    with refused("rows that the solution was fitted to"):
        vcov(solution, "mlr", Cases.of(cases.x + 1.0))
    with refused("maximum-likelihood"):
        vcov(fitted(cases, discrepancy="gls"), "observed")
    with refused("not of a batch"):
        vcov(solve(STRUCTURE, samples(normal_rows(50, 1, draws=2))), "mlm", cases)
    with refused("unknown test", "satorra_bentler"):
        scaled(solution, "satorra-bentler", cases)  # type: ignore[arg-type]
    with refused("ml or gls"):
        modification(fitted(cases, discrepancy="uls"))


def test_refusals_about_rows() -> None:
    x = normal_rows(20, 1)[0]
    with pytest.raises(ValueError, match="complete rows"):
        Cases.of(np.where(x == x[0, 0], np.nan, x))
    with pytest.raises(ValueError, match="differ in length"):
        Cases.of(x, weights=np.ones(19))
    for weights in (np.zeros(20), -np.ones(20), np.full(20, np.inf)):
        with pytest.raises(ValueError, match="weights"):
            Cases.of(x, weights=weights)


def test_refusals_about_bollen_stine(cases: Cases) -> None:
    solution = fitted(cases)
    with refused("needs replicates"):
        bollen_stine(solution, cases, 0)
    for bad in (
        Cases.of(cases.x, weights=np.linspace(1, 2, len(cases.x))),
        Cases.of(cases.x, cluster=np.arange(len(cases.x)) // 2),
    ):
        with refused("not defined"):
            bollen_stine(solution, bad, 10)


def test_refusals_about_differences(cases: Cases) -> None:
    marker = fitted(cases, Structure(ParameterTable.of(core.three)))
    solution = fitted(cases)
    freed = replace(core.three, parameters=tuple(core.stated("x1 ~~ x5")))
    larger = fitted(cases, Structure(ParameterTable.of(freed, identification="std_lv")))
    with refused("more restricted"):
        difference(standard(larger), standard(solution))
    with refused("different kinds"):
        difference(standard(solution), scaled(larger, "satorra_bentler", cases))
    with refused("no difference test"):
        difference(*(scaled(s, "scaled_shifted", cases) for s in (solution, larger)))
    with refused("not nested", "visual ~~ visual", "2001"):
        scaled_difference(marker, larger, "satorra_bentler", cases)
    x = at_estimates_of(solution, larger)
    place = larger.structure.table.spelled.index("x1 ~~ x5")
    assert x[place] == 0
    np.testing.assert_array_equal(np.delete(x, place), solution.x)


def test_robust_errors_in_a_real_survey_need_the_weights() -> None:
    """The weighted rows belong to the weighted moments: other weights are refused."""
    case = load("acsi_weights")
    with refused("rows that the solution was fitted to"):
        vcov(case.solution, "mlr", rows_of("acsi", case.solution.structure))
