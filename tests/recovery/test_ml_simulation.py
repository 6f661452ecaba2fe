"""A small version of benchmarks/simulate_ml.py: bias, coverage and test size of ML where the truth is known."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import ml_populations  # noqa: E402
import simulate_ml  # noqa: E402
import simulate_ml_page  # noqa: E402

EXACT = ("normal", "skewed factors", "skewed answers")
SURVEYS, N = 300, 250


@cache
def population(name: str) -> ml_populations.Answers:
    return ml_populations.populations()[name]


@cache
def cell(name: str) -> simulate_ml.Cell:
    return simulate_ml.simulated(population(name), N, SURVEYS, seed=7)


def coverage(name: str, errors: str, scale: str) -> float:
    value, se = cell(name).paths[errors, scale]
    truth = simulate_ml.target(population(name))[0][scale]
    return float((np.abs(value - truth) <= simulate_ml.REACH * se).mean())


@pytest.mark.parametrize("name", EXACT)
def test_in_the_population_ml_finds_the_generating_paths(name: str) -> None:
    """The covariances are those of the model, so that the minimum is exact: 1e-7 is the square root of rounding."""
    import csimodels as cs

    made = cs.simulate("acsi", 10, seed=0).truth.groups[0]
    place = {c: j for j, c in enumerate(made.model.construct_names)}
    expected = [made.paths[place[t], place[s]] for s, t in simulate_ml.names()]
    found, rmsea = simulate_ml.target(population(name))
    assert found["standardised"] == pytest.approx(np.asarray(expected), abs=1e-7)
    assert rmsea < 1e-6


@pytest.mark.parametrize("name", [*EXACT, "1 to 10"])
def test_surveys_have_the_moments_of_their_population(name: str) -> None:
    """100 000 rows: a correlation has a standard error of 0.3 % at most, twice that with heavy tails."""
    x = population(name).draw(np.random.default_rng(3), 100_000)
    sd = np.sqrt(np.diag(population(name).cov))
    assert np.abs(np.cov(x.T) / np.outer(sd, sd) - population(name).cov / np.outer(sd, sd)).max() < 0.03
    if name == "skewed answers":
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        assert (z**3).mean(axis=0) == pytest.approx(np.full(x.shape[1], ml_populations.SKEW), abs=0.1)
        assert (z**4).mean(axis=0) - 3 == pytest.approx(np.full(x.shape[1], ml_populations.KURTOSIS), abs=0.6)


@pytest.mark.parametrize("name", [*EXACT, "1 to 10"])
def test_paths_are_right_on_average(name: str) -> None:
    """300 surveys leave 0.06 of a standard deviation; 0.25 is four of these, for the largest of nine paths."""
    truth = simulate_ml.target(population(name))[0]["marker"]
    value, _ = cell(name).paths["ML", "marker"]
    assert np.abs((value.mean(axis=0) - truth) / value.std(axis=0)).max() < 0.25
    assert (cell(name).status == 0).mean() > 0.98


@pytest.mark.parametrize("name", [*EXACT, "1 to 10"])
def test_sandwich_intervals_cover_whatever_the_answers(name: str) -> None:
    """Mean over nine paths of 300 surveys: about 0.7 % of error; nominal 95 %, known at n = 250: 94 %."""
    for scale in ("marker", "standardised"):
        assert 0.915 <= coverage(name, "MLR", scale) <= 0.97


def test_ordinary_intervals_cover_normal_answers_only() -> None:
    assert 0.925 <= coverage("normal", "ML", "marker") <= 0.975
    for name in ("skewed answers", "1 to 10"):
        assert coverage(name, "ML", "marker") < coverage(name, "MLR", "marker") - 0.01


def test_scaled_tests_keep_their_size_and_the_plain_one_does_not() -> None:
    """Standard error of a share near 8 % of 300 surveys: 1.6 %; known with 4 000 surveys: 7, 42, 9 and 16 %."""

    def rejected(name: str, test: str) -> float:
        return float((cell(name).tests[test][1] < 0.05).mean())

    assert rejected("normal", "chi-square") < 0.13
    assert rejected("skewed factors", "chi-square") < 0.13, "asymptotic robustness"
    assert rejected("skewed answers", "chi-square") > 0.30
    assert rejected("skewed answers", "Satorra-Bentler") < 0.15
    assert rejected("skewed answers", "Yuan-Bentler") < 0.24


def test_the_page_shows_the_stored_results() -> None:
    text = simulate_ml_page.PAGE.read_text(encoding="utf-8")
    assert simulate_ml_page.page(text) == text, "run benchmarks/simulate_ml.py --page"
    assert "| normal | 250 |" in text
