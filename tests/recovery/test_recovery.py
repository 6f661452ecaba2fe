"""Estimators find the population that a survey was drawn from.

Sampling error of a path at n = 5 000 is 0.008 to 0.016 here, of the Satisfaction index 0.25 points, so that about eight
surveys in ten pass the bounds of 0.03 for *all* paths and 0.5 points: the single survey has a fixed seed, and the mean
over eight further surveys has a bound that leaves no room for luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from csimodels.estimate import PLS, Design, Fit, PLSc
from csimodels.moments import Moments, Rows
from csimodels.simulation.simulate import Population, Simulated, simulate
from csimodels.spec import Model, load_model

N = 5_000
SEED = 2026
OTHER_SEEDS = range(1, 9)

ACSI = Population(
    paths={
        ("Expectation", "Quality"): 0.50,
        ("Expectation", "Value"): 0.15,
        ("Expectation", "Satisfaction"): 0.15,
        ("Quality", "Value"): 0.70,
        ("Quality", "Satisfaction"): 0.45,
        ("Value", "Satisfaction"): 0.40,
        ("Satisfaction", "Complaints"): -0.35,
        ("Satisfaction", "Loyalty"): 0.80,
        ("Complaints", "Loyalty"): -0.10,
    },
    loadings=0.95,
    sd=18,
    levels={"Expectation": 66, "Quality": 67, "Value": 62, "Satisfaction": 64, "Complaints": 30, "Loyalty": 60},
)
CCSI = Population(
    paths={
        ("Image", "Expectation"): 0.40,
        ("Image", "Quality"): 0.25,
        ("Image", "Satisfaction"): 0.20,
        ("Image", "Loyalty"): 0.30,
        ("Expectation", "Quality"): 0.40,
        ("Expectation", "Value"): 0.15,
        ("Expectation", "Satisfaction"): 0.10,
        ("Quality", "Value"): 0.70,
        ("Quality", "Satisfaction"): 0.45,
        ("Value", "Satisfaction"): 0.35,
        ("Satisfaction", "Loyalty"): 0.60,
    },
    loadings=0.95,
    sd=18,
    levels={"Image": 68, "Expectation": 66, "Quality": 67, "Value": 62, "Satisfaction": 64, "Loyalty": 60},
)


@dataclass(frozen=True)
class Case:
    """A model, its population, and the model with the reliability of its single items stated."""

    model: Model
    population: Population
    corrected: Model


def case_of(name: str) -> Case:
    """A yes/no answer is unreliable by nature; PLSc can only find the paths when its reliability is stated."""
    model, population = load_model(name), ACSI if name == "acsi" else CCSI
    group = simulate(model, 1, seed=0, truth=population).truth.groups[0]
    reliability = {
        c.name: float(group.loadings[group.block.index(j)] ** 2)
        for j, c in enumerate(model.constructs)
        if len(c.items) == 1
    }
    constructs = tuple(replace(c, reliability=reliability.get(c.name)) for c in model.constructs)
    return Case(model, population, replace(model, constructs=constructs))


@pytest.fixture(scope="module", params=["acsi", "ccsi"])
def case(request: pytest.FixtureRequest) -> Case:
    """The ACSI and the CCSI model of the library."""
    return case_of(request.param)


def drawn_moments(drawn: Simulated) -> Moments:
    """Moments of the drawn answers."""
    model = drawn.truth.model
    x = drawn.data[list(model.item_names)].to_numpy(np.float64)
    return Moments.from_sums(Rows(model.item_names, x, np.full(x.shape[1], 5.0)).sums())


def index(fit: Fit, model: Model) -> float:
    """The 0-100 index of the model's index construct, own unstandardised weights (docs/results.md)."""
    low, high = np.asarray([item.scale for item in model.items]).T
    j = model.construct_names.index(model.index.construct)
    u = fit.weights[:, j] / fit.moments.sd
    return float(100.0 * (u @ (fit.moments.mean - low)) / (u @ (high - low)))


def test_plsc_on_population_moments_gives_the_generating_paths(case: Case) -> None:
    """What remains is the curvature that cutting adds to correlations, below 0.015 for answers that lean so little."""
    truth = simulate(case.model, 1, seed=0, truth=case.population).truth
    fit = PLSc()(Design.of(case.corrected), truth.moments())
    assert fit.status == 0
    assert np.abs(fit.paths - truth.groups[0].paths).max() < 0.015


def test_index_on_population_moments_is_the_stated_level(case: Case) -> None:
    truth = simulate(case.model, 1, seed=0, truth=case.population).truth
    fit = PLS()(Design.of(case.model), truth.moments())
    assert index(fit, case.model) == pytest.approx(64.0, abs=1e-6)


def test_one_survey_recovers_paths_and_index(case: Case) -> None:
    drawn = simulate(case.model, N, seed=SEED, truth=case.population)
    moments = drawn_moments(drawn)
    fit = PLSc()(Design.of(case.corrected), moments)
    assert fit.status == 0
    assert np.abs(fit.paths - drawn.truth.groups[0].paths).max() < 0.03
    assert index(PLS()(Design.of(case.model), moments), case.model) == pytest.approx(64.0, abs=0.5)


def test_mean_over_eight_surveys_is_unbiased(case: Case) -> None:
    design, plain = Design.of(case.corrected), Design.of(case.model)
    paths, indices = [], []
    for seed in OTHER_SEEDS:
        drawn = simulate(case.model, N, seed=seed, truth=case.population)
        moments = drawn_moments(drawn)
        paths.append(PLSc()(design, moments).paths)
        indices.append(index(PLS()(plain, moments), case.model))
    target = PLSc()(design, drawn.truth.moments()).paths
    spread = np.std(paths, axis=0, ddof=1) / np.sqrt(len(paths))
    assert spread.max() < 0.008
    assert np.abs(np.mean(paths, axis=0) - target).max() < 0.02
    assert np.mean(indices) == pytest.approx(64.0, abs=4 * 0.28 / np.sqrt(len(indices)))


def test_plain_pls_is_attenuated_and_its_own_population_value_is_found(case: Case) -> None:
    drawn = simulate(case.model, 40_000, seed=SEED, truth=case.population)
    design = Design.of(case.model)
    population, sample = PLS()(design, drawn.truth.moments()), PLS()(design, drawn_moments(drawn))
    j, k = (case.model.construct_names.index(name) for name in ("Satisfaction", "Loyalty"))
    assert population.paths[k, j] < drawn.truth.groups[0].paths[k, j] - 0.01
    assert np.abs(sample.paths - population.paths).max() < 0.025


def test_weights_that_depend_on_satisfaction_are_recovered_with_the_weights_only() -> None:
    case = case_of("ccsi")
    pop = replace(case.population, weight_cv=0.5, informative=0.7)
    drawn = simulate(case.model, 20_000, seed=SEED, truth=pop)
    names = case.model.item_names
    x, w = drawn.data[list(names)].to_numpy(np.float64), drawn.data["weight"].to_numpy()
    design = Design.of(case.model)
    found = [
        index(PLS()(design, Moments.from_sums(Rows(names, x, np.full(x.shape[1], 5.0), a).sums())), case.model)
        for a in (w, None)
    ]
    assert found[0] == pytest.approx(64.0, abs=0.6)
    assert found[1] < 60.0
