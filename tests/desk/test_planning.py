"""Sample sizes: printed values, statsmodels, identities."""

from __future__ import annotations

import numpy as np
import pytest
from printed import same_digits

from csimodels.desk import planning


def test_sizes_for_a_half_width_reproduce_the_printed_numbers() -> None:
    size = planning.size_for_half_width
    same_digits((1.959963985 * 20 / 2) ** 2, "384.146")
    assert size(20, 2) == 385
    assert size(20, 2, population=1000) == 278
    assert size(20, 1.5, deff=1.6) == 1093
    assert size(18, 2) == 312
    assert size(np.asarray([20.0, 18]), 2).tolist() == [385, 312]


def test_half_width_reached_and_the_claim_of_250_interviews() -> None:
    assert planning.half_width(20, 385) <= 2 < planning.half_width(20, 384)
    same_digits(planning.largest_sd(2, 250), "16.13")


def test_size_for_a_difference_is_statsmodels() -> None:
    power = pytest.importorskip("statsmodels.stats.power")
    assert planning.size_for_difference(20, 3) == 698
    theirs = power.NormalIndPower().solve_power(3 / 20, alpha=0.05, power=0.8)
    assert np.ceil(theirs) == 698


def test_sizes_for_paths_reproduce_the_printed_numbers() -> None:
    assert planning.size_for_path(np.asarray([0.2, -0.2, 0.1])).tolist() == [155, 155, 619]
    assert np.isinf(planning.size_for_path(np.asarray(0.0)))


def test_strata_reproduce_the_printed_allocations() -> None:
    population, sd = np.asarray([5000.0, 3000, 2000]), np.asarray([15.0, 20, 30])
    neyman = planning.neyman_allocation(800, population, sd)
    same_digits(neyman, "307.7 246.2 246.2")
    same_digits(planning.proportional_allocation(800, population), "400 240 160")
    whole = planning.whole_allocation(neyman)
    assert whole.sum() == 800 and np.abs(whole - neyman).max() < 1
    best = (population**2 * sd**2 / neyman).sum()
    for step in ([1, -1, 0], [0, 1, -1], [-1, 0, 1]):
        assert (population**2 * sd**2 / (neyman + np.asarray(step))).sum() > best


def test_design_effects() -> None:
    assert planning.weighting_effect(np.ones(7)) == 1
    assert planning.weighting_effect(np.asarray([1.0, 3])) == pytest.approx(2 * 10 / 16)
    assert planning.cluster_effect(11, 0.06) == pytest.approx(1.6)


def test_bad_plans_are_named() -> None:
    assert planning.check_plan({"sd": 20, "half_width": 2}) == []
    found = planning.check_plan({"sd": 0, "half_width": -2, "deff": float("inf")})
    assert [p.where for p in found] == ["plan, sd", "plan, half_width", "plan, deff"]
