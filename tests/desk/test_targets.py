"""What a target takes, what-if, budget: printed values, scipy's linear programme, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from mobile_study import Mobile
from printed import same_digits
from scipy import optimize

from csimodels.desk import budget, targets
from csimodels.desk.inputs import check_target

LEVELS = np.arange(1.0, 11.0)
COUNTS = np.asarray([0, 0, 0, 0, 0, 1, 2, 34, 1, 0.0])
SCORE = 3010 / 38


def test_three_respondents_from_8_to_9_reach_80() -> None:
    points = targets.points_needed(80, np.asarray(SCORE), np.asarray(38.0))
    assert points == pytest.approx(3)
    assert targets.respondents_to_move(points, 1) == 3
    for moved, printed in ((3, "80.000"), (2, "79.7368"), (4, "80.2632")):
        after = targets.move_respondents(COUNTS, LEVELS, 8, 9, np.asarray(float(moved)))
        same_digits(after @ LEVELS / 38 * 10, printed)
    after = targets.move_respondents(COUNTS, LEVELS, 8, 9, np.asarray(3.0))
    same_digits(100 * after[8:].sum() / 38, "10.526")
    same_digits(100 * (after[8:].sum() - COUNTS[8:].sum()) / 38, "7.895")


def test_respondents_round_up_and_weights_do_not() -> None:
    assert targets.respondents_to_move(np.asarray([3.0, 3.1, -2.0]), 2).tolist() == [2, 2, 0]
    assert targets.respondents_to_move(np.asarray(3.1), 2, whole=False) == pytest.approx(1.55)
    assert targets.points_needed(80, np.asarray(SCORE), np.asarray(380.0)) == pytest.approx(30)


def test_one_point_of_one_respondent_moves_the_index_so_far() -> None:
    rng = np.random.default_rng(3)
    x, a, u = rng.integers(1, 10, (20, 3)).astype(float), rng.uniform(0.5, 2, 20), np.asarray([0.5, 0.3, 0.4])
    low, high = np.ones(3), np.full(3, 10.0)

    def index(answers: np.ndarray) -> float:
        return float(100 * (u * (a @ answers / a.sum() - low)).sum() / (u * (high - low)).sum())

    effect = targets.one_point_effect(a, a.sum(), u, low, high)
    for i, k in ((0, 0), (7, 2)):
        moved = x.copy()
        moved[i, k] += 1
        assert index(moved) - index(x) == pytest.approx(effect[i, k])


def test_probability_that_the_target_is_reached() -> None:
    same_digits(targets.probability_reached(np.asarray(74.2), np.asarray(0.9), np.asarray(75.0)), ".187031")
    t = targets.probability_reached(
        np.asarray([74.2, 74.2]), np.asarray([0.9, 0.9]), np.asarray(75.0), np.asarray([5, np.inf])
    )
    assert t[0] > t[1] == pytest.approx(0.187031, abs=1e-6)


def test_needed_rise_of_quality_in_the_mobile_study(mobile: Mobile) -> None:
    q, s = mobile.of("Quality"), mobile.of("Satisfaction")
    direct = targets.unstandardised(mobile.paths, mobile.sd)
    change = np.full(7, np.nan)
    change[q] = 1
    total = targets.what_if(direct, change, "shocks")[s]
    same_digits(total, ".639795")
    gap = 75 - mobile.index[s]
    same_digits(mobile.index[s], "72.4541")
    rise = targets.needed_rise(np.asarray(gap), np.asarray([total, 0.0, -0.1]))
    same_digits(rise[0], "3.979")
    assert np.isinf(rise[1:]).all()
    assert targets.is_reachable(rise, np.asarray([mobile.index[q], 50, 50])).tolist() == [True, False, False]


def test_what_if_in_both_meanings(mobile: Mobile) -> None:
    q, v, s = (mobile.of(name) for name in ("Quality", "Value", "Satisfaction"))
    direct = targets.unstandardised(mobile.paths, mobile.sd)
    same_digits(
        [mobile.paths[s, q], mobile.sd[s] / mobile.sd[q], direct[s, q], direct[s, v]],
        ".512024 1.030661 .527723 .138289",
    )
    change = np.full(7, np.nan)
    change[[q, v]] = 2
    same_digits(targets.what_if(direct, change, "shocks")[s], "1.5562")
    levels = targets.what_if(direct, change)
    same_digits(levels[s], "1.3320")
    assert levels[[q, v]].tolist() == [2, 2]


def test_what_if_holds_a_construct_that_is_named_with_zero(mobile: Mobile) -> None:
    q, v, s = (mobile.of(name) for name in ("Quality", "Value", "Satisfaction"))
    direct = targets.unstandardised(mobile.paths, mobile.sd)
    change = np.full(7, np.nan)
    change[q], change[v] = 2, 0
    assert targets.what_if(direct, change)[s] == pytest.approx(2 * direct[s, q])


def test_what_if_of_a_batch_equals_its_elements() -> None:
    rng = np.random.default_rng(2)
    direct = np.tril(rng.normal(size=(4, 5, 5)), -1)
    change = np.where(rng.random((4, 5)) < 0.4, rng.normal(size=(4, 5)), np.nan)
    for meaning in ("levels", "shocks"):
        both = targets.what_if(direct, change, meaning)
        for b in range(4):
            named = ~np.isnan(change[b])
            kept = direct[b] * (1 if meaning == "shocks" else ~named[:, None])
            solved = np.linalg.solve(np.eye(5) - kept, np.nan_to_num(change[b]))
            assert both[b] == pytest.approx(solved)


def test_least_effort_reproduces_the_printed_rises() -> None:
    effect = np.asarray([0.64, 0.31, 0.22])
    got = targets.least_effort(np.asarray(2.0), effect, np.ones(3))
    same_digits(got, "2.310052 1.118932 .794080")
    assert got @ effect == pytest.approx(2)


def test_least_effort_is_the_optimum_of_scipy() -> None:
    """SLSQP stops at 1e-12 of the cost, which is flat in the rises: 1e-5 of them."""
    effect, cost = np.asarray([0.64, 0.31, 0.22]), np.asarray([4.0, 1, 0.5])
    best = optimize.minimize(
        lambda d: cost @ d**2, np.ones(3), constraints={"type": "eq", "fun": lambda d: d @ effect - 2}, tol=1e-12
    )
    assert targets.least_effort(np.asarray(2.0), effect, cost) == pytest.approx(best.x, abs=1e-5)


def test_bad_targets_and_moves_are_named() -> None:
    assert check_target(75) == []
    assert [check_target(t)[0].allowed for t in (-1, 101, float("nan"))] == ["0 to 100"] * 3
    assert targets.check_move(COUNTS, LEVELS, 8, 9, 3, "target") == []
    assert "too few" in targets.check_move(COUNTS, LEVELS, 6, 7, 3, "target")[0].what
    assert "move up" in targets.check_move(COUNTS, LEVELS, 8, 7, 3, "target")[0].what
    assert targets.check_move(COUNTS, LEVELS, 8, 11, 3, "target")[0].found == "11"


T, C = np.asarray([0.64, 0.31, 0.22, 0.15]), np.asarray([4, 1.5, 2, 0.8])


def test_budget_reproduces_the_printed_rises() -> None:
    same_digits(T / C, ".16 .2067 .11 .1875")
    rise = budget.allocate_budget(T, C, np.full(4, 5.0), np.asarray(20.0))
    same_digits(rise, "2.125 5 0 5")
    same_digits(budget.gain(T, rise), "3.66")


def test_budget_is_the_optimum_of_a_linear_programme() -> None:
    rng = np.random.default_rng(8)
    effect, cost, cap = rng.normal(0.3, 0.3, (30, 5)), rng.uniform(0.5, 4, (30, 5)), rng.uniform(0, 6, (30, 5))
    money = rng.uniform(0, 40, 30)
    rise = budget.allocate_budget(effect, cost, cap, money)
    for b in range(30):
        best = optimize.linprog(
            -effect[b], cost[b : b + 1], money[b : b + 1], bounds=list(zip(np.zeros(5), cap[b], strict=True))
        )
        assert budget.gain(effect[b], rise[b]) == pytest.approx(-best.fun, abs=1e-9)
        assert cost[b] @ rise[b] <= money[b] + 1e-9


def test_bad_budgets_are_named() -> None:
    assert budget.check_budget(C, np.full(4, 5.0), 20, list("abcd")) == []
    found = budget.check_budget(np.asarray([4, 0, 2, 1.0]), np.asarray([5, 5, -1, 5.0]), -1, list("abcd"))
    assert [p.where for p in found] == ["budget", "budget, b", "budget, c"]
