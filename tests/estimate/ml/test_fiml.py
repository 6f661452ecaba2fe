"""FIML against lavaan, against the density itself, and in its own terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from missing_cases import (
    BRANCH,
    ERROR,
    ESTIMATE,
    FACTOR,
    HALF,
    STATISTIC,
    WEIGHT,
    acsi,
    answers,
    close,
    halves,
    halves_rows,
    incomplete,
    runs,
    short,
    with_means,
)
from scipy.stats import multivariate_normal

from csimodels.estimate import Design
from csimodels.estimate.ml.estimator import ML
from csimodels.estimate.ml.fiml import casewise
from csimodels.estimate.ml.fiml.errors import fiml_vcov
from csimodels.estimate.ml.fiml.estimator import fit_fiml
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.measures import fiml_measures
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import FimlSolution, derivatives, solve_fiml
from csimodels.estimate.ml.implied import vech_places
from csimodels.estimate.ml.information import weight_matrix
from csimodels.estimate.ml.invariance import STEPS
from csimodels.estimate.ml.solution import solve
from csimodels.estimate.ml.two_stage import two_stage
from csimodels.estimate.ml.vcov import vcov
from csimodels.moments import Moments, Rows
from csimodels.spec.model import Construct, Item, Model

ERRORS = {"fiml": "observed", "fiml_expected": "expected"}


def solved(name: str) -> tuple[FimlSolution, HoledCases]:
    """The fit of a run of ml_missing.R, and its rows."""
    x = answers(acsi())
    weights = WEIGHT if name == "fiml_mlr_weights" else None
    cluster = BRANCH if name == "fiml_mlr_cluster" else None
    data = incomplete(acsi(), x, weights=weights)
    return solve_fiml(with_means(acsi()), data), HoledCases.of(x, weights=weights, cluster=cluster)


def measured(theirs: dict[str, float], mine: dict[str, np.ndarray]) -> list[str]:
    """Which fit measures differ."""
    exact = ("npar", "df", "baseline.df")
    bars = {name: FACTOR if "factor" in name or "robust" in name else STATISTIC for name in theirs}
    return [
        f"{name}: {mine[name]} is not {value}"
        for name, value in theirs.items()
        if not close(mine[name], value, 0.0 if name in exact else bars[name])
    ]


@pytest.mark.parametrize("name", ["fiml", "fiml_expected", "fiml_mlr", "fiml_mlr_weights", "fiml_mlr_cluster"])
def test_agrees_with_lavaan(name: str) -> None:
    run = runs()[name]
    solution, cases = solved(name)
    names = solution.structure.table.names
    assert set(names) == set(run["est"])
    assert close(solution.x, np.array([run["est"][k] for k in names]), ESTIMATE)
    kind = ERRORS.get(name, "mlr")
    se = fiml_vcov(solution, kind, cases).se  # type: ignore[arg-type]
    assert np.allclose(se, [run["se"][k] for k in names], rtol=ERROR, atol=0)
    theirs = dict(run["fit"])
    if name == "fiml_expected":  # lavaan's robust forms then take an expected information that ours do not
        theirs = {k: v for k, v in theirs.items() if "robust" not in k}
    assert not measured(theirs, fiml_measures(solution, cases if kind == "mlr" else None))


@pytest.mark.parametrize(("name", "rows"), [("two_stage", False), ("robust_two_stage", True)])
def test_two_stage_agrees_with_lavaan(name: str, rows: bool) -> None:
    run = runs()[name]
    x = answers(acsi())
    data = incomplete(acsi(), x)
    solution = solve(with_means(acsi()), solve_fiml(with_means(acsi()), data).sample)
    both = two_stage(solution, data, HoledCases.of(x) if rows else None)
    names = solution.structure.table.names
    assert close(solution.x, np.array([run["est"][k] for k in names]), ESTIMATE)
    assert np.allclose(both.vcov.se, [run["se"][k] for k in names], rtol=ERROR, atol=0)
    assert close(both.test.unscaled, run["fit"]["chisq"], STATISTIC)
    assert close(both.test.scaling, run["fit"]["chisq.scaling.factor"], FACTOR)
    assert close(both.baseline.unscaled, run["fit"]["baseline.chisq"], STATISTIC)


@pytest.mark.parametrize("step", ["configural", "metric", "scalar", "strict"])
def test_groups_agree_with_lavaan(step: str) -> None:
    structure = with_means(short, groups=2, equal=STEPS[step])
    solution, cases = solve_fiml(structure, halves()), halves_rows()
    names = structure.table.names
    for name, kind, rows in (("ladder_fiml", "observed", None), ("ladder_fiml_mlr", "mlr", cases)):
        run = runs()[name][step]
        assert close(solution.x, np.array([run["est"][k] for k in names]), ESTIMATE)
        se = fiml_vcov(solution, kind, rows).se  # type: ignore[arg-type]
        assert np.allclose(se, [run["se"][k] for k in names], rtol=ERROR, atol=0)
        theirs = {k: v for k, v in run["fit"].items() if k != "npar"}  # lavaan's counts before equality constraints
        assert not measured(theirs, fiml_measures(solution, rows))


def test_agrees_with_the_stored_reference(reference) -> None:  # type: ignore[no-untyped-def]
    import sources

    stored = reference("ml_lavaan_hs_cfa_FIML_mcar10.json")
    frame = sources.shared_csv("HolzingerSwineford1939_mcar10.csv")
    names = tuple(f"x{k}" for k in range(1, 10))
    model = Model(
        "hs", tuple(Construct(f, tuple(Item(names[3 * k + j]) for j in range(3))) for k, f in enumerate("vts")), ()
    )
    solution = solve_fiml(with_means(model), incomplete(model, frame[list(names)].to_numpy(float), shift=4.0))
    theirs = {k: v for k, v in stored["fit_measures"].items() if v is not None and "gfi" not in k}
    mine = fiml_measures(solution)
    # lavaan's EM stopped at its default 1e-5 there, which shows in what is measured against the EM moments, and its
    # RMSEA limits come from a root finder with a tolerance of 1e-4
    loose = {k: 5e-5 if ".ci." in k or "notclose" in k else 5e-6 for k in theirs if "robust" in k or ".ci." in k}
    wrong = [k for k, v in theirs.items() if not close(mine[k], v, loose.get(k, 1e-6))]
    assert not wrong, [(k, float(mine[k]), theirs[k]) for k in wrong]


def test_the_likelihood_is_that_of_the_density() -> None:
    x, data = answers(short), incomplete(short, answers(short))
    rng = np.random.default_rng(1)
    mean, root = data.mean[0] + 0.2, rng.standard_normal((9, 9)) / 5 + np.eye(9)
    cov = root @ root.T
    direct = 0.0
    for row in x:
        there = ~np.isnan(row)
        direct += multivariate_normal(mean[there], cov[np.ix_(there, there)]).logpdf(row[there])
    mine = casewise.loglik(casewise.terms(data, mean[None], cov[None]))
    assert mine[0] == pytest.approx(direct, rel=1e-12)


def test_derivatives_are_those_of_the_likelihood() -> None:
    """Central differences with steps of 1e-5: the relative error is some 1e-10 of the largest entry."""
    structure = with_means(short, groups=2, equal={"loadings", "intercepts"})
    data = halves()
    x = solve_fiml(structure, data).x * 1.03 + 0.01

    def score(at: np.ndarray) -> np.ndarray:
        return derivatives(structure, data, at)[0]

    def loglik(at: np.ndarray) -> np.ndarray:
        return casewise.loglik(casewise.terms(data, *structure.implied(at))).sum(axis=-1)

    step = 1e-5 * np.eye(len(x))
    gradient, observed = derivatives(structure, data, x)
    by_steps = np.array([(loglik(x + h) - loglik(x - h)) / 2e-5 for h in step])
    assert np.allclose(gradient, by_steps, atol=1e-8 * np.abs(gradient).max() + 1e-6)
    slopes = np.array([(score(x + h) - score(x - h)) / 2e-5 for h in step])
    assert np.allclose(observed, -slopes, atol=1e-7 * np.abs(observed).max())


def test_expected_information_is_the_observed_one_of_expected_scatter() -> None:
    data = halves()
    at = casewise.terms(data, data.mean, data.cov)
    both = data.present[:, :, None] & data.present[:, None, :]
    scatter = at.w[..., None, None] * np.where(both, data.cov[:, None], 0.0)
    ideal = replace(at, deviation=np.zeros_like(at.deviation), scatter=scatter)
    assert np.allclose(casewise.observed_information(ideal), casewise.expected_information(ideal), rtol=1e-9, atol=1e-9)


def test_without_holes_it_is_ml() -> None:
    """Both stop far below the tolerance; the saturated model is then the sample moments."""
    x = answers(short, holes=False)
    structure, data = with_means(short), incomplete(short, x)
    fiml, plain = solve_fiml(structure, data), solve(structure, solve_fiml(structure, data).sample)
    assert np.allclose(fiml.x, plain.x, rtol=1e-7, atol=1e-8)
    assert float(fiml.chi2) == pytest.approx(float(plain.chi2), rel=1e-9)
    for kind in ("expected", "observed"):
        assert np.allclose(fiml_vcov(fiml, kind).cov, vcov(plain, kind).cov, rtol=1e-6, atol=1e-9)  # type: ignore[arg-type]
    full = casewise.expected_information(casewise.terms(data, data.mean, data.cov))
    assert np.allclose(full, 250 * weight_matrix(np.linalg.inv(data.cov), means=True), rtol=1e-8, atol=1e-8)


def test_two_stage_without_holes_scales_nothing() -> None:
    """Gamma is then the inverse of the weights, so the factors of the model and of the baseline are 1."""
    data = incomplete(short, answers(short, holes=False))
    solution = solve(with_means(short), solve_fiml(with_means(short), data).sample)
    both = two_stage(solution, data)
    assert both.test.scaling == pytest.approx(1.0, abs=1e-8)
    assert both.baseline.scaling == pytest.approx(1.0, abs=1e-8)
    holed = incomplete(short, answers(short), counts=np.ones((2, 250)))
    batch = two_stage(solve(with_means(short), solve_fiml(with_means(short), holed).sample), holed)
    assert batch.vcov.cov.shape == (2, 30, 30) and batch.baseline.scaling.shape == (2,)


def test_a_batch_is_a_loop_whatever_its_axes() -> None:
    x = answers(short)
    counts = np.random.default_rng(3).multinomial(250, np.full(250, 1 / 250), size=(2, 2)).astype(float)
    structure = with_means(short)
    batch = solve_fiml(structure, incomplete(short, x, counts=counts))
    assert batch.x.shape == (2, 2, structure.q)
    assert fiml_measures(batch)["cfi.robust"].shape == (2, 2)
    for i, j in np.ndindex(2, 2):
        alone = solve_fiml(structure, incomplete(short, x, counts=counts[i, j]))
        assert np.allclose(batch.x[i, j], alone.x, rtol=1e-8, atol=1e-9)
        assert np.allclose(fiml_vcov(batch).cov[i, j], fiml_vcov(alone).cov, rtol=1e-7, atol=1e-10)


def test_a_whole_weight_is_a_repeated_row_and_patterns_of_groups_need_not_agree() -> None:
    x = answers(short)
    counts = 1.0 + (np.arange(250) % 3 == 0)
    weighted = solve_fiml(with_means(short), incomplete(short, x, counts=counts))
    repeated = solve_fiml(with_means(short), incomplete(short, np.repeat(x, counts.astype(int), axis=0)))
    assert np.allclose(weighted.x, repeated.x, rtol=1e-8)
    assert float(weighted.logl) == pytest.approx(float(repeated.logl), rel=1e-12)
    holed = np.where((HALF == 0)[:, None], answers(short, holes=False), x)  # the first group has no holes
    configural = solve_fiml(with_means(short, groups=2), incomplete(short, holed, group=HALF))
    alone = [solve_fiml(with_means(short), incomplete(short, holed[g == HALF])) for g in (0, 1)]
    assert float(configural.chi2) == pytest.approx(sum(float(a.chi2) for a in alone), rel=1e-8)


@pytest.mark.parametrize(("factor", "shift"), [(1e-3, 0.0), (1e4, 0.0), (1.0, 1e6)])
def test_scale_and_origin_of_an_item_do_not_matter(factor: float, shift: float) -> None:
    x = answers(short)
    moved = x.copy()
    moved[:, 1] = x[:, 1] * factor + shift
    middle = np.full(9, 5.5)
    middle[1] = 5.5 * factor + shift
    data = Incomplete.of([Rows(short.item_names, moved, middle, None, "patterns").sums()])
    plain, other = solve_fiml(with_means(short), incomplete(short, x)), solve_fiml(with_means(short), data)
    assert float(other.chi2) == pytest.approx(float(plain.chi2), rel=1e-6)  # rounding of 1e6 + answers
    place = plain.structure.table.names.index("Quality =~ PERQ2")
    assert other.x[place] == pytest.approx(plain.x[place] * factor, rel=1e-6)
    assert other.status == plain.status


def test_weights_count_by_their_proportions_only() -> None:
    x = answers(short)
    a, b = (solve_fiml(with_means(short), incomplete(short, x, weights=w)) for w in (WEIGHT, 17 * WEIGHT))
    assert float(a.chi2) == pytest.approx(float(b.chi2), rel=1e-9)
    assert np.allclose(fiml_vcov(a).cov, fiml_vcov(b).cov, rtol=1e-8, atol=1e-12)


def test_answers_missing_at_random_do_not_bias() -> None:
    """20 000 rows; the answers on b are missing where the mean of a's items is low, which biases listwise deletion.

    True path .6 and factor mean 0; standard errors are about .012 and .015, so .05 is four of them.
    """
    rng = np.random.default_rng(7)
    n = 20_000
    a = rng.standard_normal(n)
    b = 0.6 * a + 0.8 * rng.standard_normal(n)
    x = np.stack([f + 0.6 * rng.standard_normal(n) for f in (a, a, a, b, b, b)], axis=1)
    x[x[:, :3].mean(axis=1) < -0.3, 3:] = np.nan
    model = Model(
        "mar", tuple(Construct(f, tuple(Item(f"{f}{k}") for k in range(3))) for f in ("a", "b")), (("a", "b"),)
    )
    solution = solve_fiml(with_means(model), incomplete(model, x, shift=0.0))
    found = dict(zip(solution.structure.table.names, zip(solution.x, fiml_vcov(solution).se, strict=True), strict=True))
    assert found["b ~ a"][0] == pytest.approx(0.6, abs=0.05)
    assert found["b0 ~1"][0] == pytest.approx(0.0, abs=0.06)
    assert np.nanmean(x[:, 3]) > 0.2, "the test tests nothing if the answers are not selected"
    assert abs(found["b ~ a"][0] - 0.6) < 4 * found["b ~ a"][1]


def test_the_arrays_of_a_fit() -> None:
    """Without holes the arrays are those of the ML estimator; with them the solution says which they are."""
    design = Design.of(acsi())
    rows = Rows(acsi().item_names, answers(acsi(), holes=False), np.full(19, 5.5), None, "patterns")
    fit = fit_fiml(design, rows.sums())
    plain = ML()(design, Moments.from_sums(replace(rows, form="complete").sums()))
    for name in ("weights", "loadings", "correlations", "paths"):
        assert np.allclose(getattr(fit, name), getattr(plain, name), rtol=1e-6, atol=1e-7), name
    assert np.allclose(fit.r2, plain.r2, rtol=1e-6, atol=1e-7, equal_nan=True)
    holed = fit_fiml(design, Rows(acsi().item_names, answers(acsi()), np.full(19, 5.5), None, "patterns").sums())
    assert close(holed.solution.logl, runs()["fiml"]["fit"]["logl"], STATISTIC)
    assert holed.estimator.name == "ml"


def test_order_of_the_derivatives() -> None:
    rows, cols = vech_places(3)
    assert rows.tolist() == [0, 1, 2, 1, 2, 2] and cols.tolist() == [0, 0, 0, 1, 1, 2]
