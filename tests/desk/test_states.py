"""Focus, fuzzy evaluation, transitions: printed values, statsmodels, simulation, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from printed import same_digits

from csimodels.desk import focus, fuzzy, transition, weighted_mean

VALUES = np.asarray([100, 80, 60, 40, 30, 20, 10, 5, 3, 2.0])


def test_pareto_and_gini_reproduce_the_printed_values() -> None:
    same_digits(focus.pareto_shares(VALUES), ".2857 .5143 .6857 .8000 .8857 .9429 .9714 .9857 .9943 1")
    same_digits(focus.gini(VALUES), ".513143")
    same_digits(100 * focus.top_share(VALUES, 0.2), "51.43")


def test_gini_is_half_the_relative_mean_difference_also_with_weights() -> None:
    by_pairs = np.abs(VALUES[:, None] - VALUES).mean() / (2 * VALUES.mean())
    assert focus.gini(VALUES) == pytest.approx(by_pairs)
    weight = np.asarray([1, 2, 1, 3, 1, 1, 2, 1, 1, 2.0])
    assert focus.gini(VALUES, weight) == pytest.approx(focus.gini(np.repeat(VALUES, weight.astype(int))))
    assert focus.gini(np.ones(5)) == pytest.approx(0)


def test_two_axes_and_nested_steps() -> None:
    got = focus.two_axis_class(np.asarray([9, 9, 1, 1, np.nan]), np.asarray([9, 1, 9, 1, 9.0]), 5, 5)
    assert got.tolist() == [0, 1, 2, 3, -1]
    member = np.stack([VALUES > 0, VALUES >= 20, VALUES >= 80])
    people, value = focus.subset_shares(member, np.ones(10), VALUES)
    assert people == pytest.approx([1, 0.6, 0.2]) and value == pytest.approx([1, 330 / 350, 180 / 350])
    assert np.isnan(focus.subset_shares(member, np.ones(10))[1]).all()
    assert focus.check_nested(member, ["all", "valued", "high"]) == []
    assert "nested" in focus.check_nested(member[::-1], ["high", "valued", "all"])[0].what
    assert "nobody" in focus.check_nested(np.stack([VALUES > 0, VALUES > 500]), ["all", "high"])[0].what


def test_bad_values_are_named() -> None:
    assert focus.check_values(VALUES, "profit") == []
    assert focus.check_values(np.asarray([1.0, -2, np.nan]), "profit")[0].found == "1 value below 0"
    assert "no value" in focus.check_values(np.zeros(3), "profit")[0].what


W = np.asarray([0.4, 0.3, 0.2, 0.1])
R = np.asarray([[30, 40, 20, 8, 2], [20, 45, 25, 8, 2], [10, 30, 40, 15, 5], [25, 35, 25, 10, 5]]) / 100
GRADES = np.asarray([100.0, 80, 60, 40, 20])


def test_fuzzy_evaluation_reproduces_the_printed_scores() -> None:
    b = fuzzy.compose(W, R)
    same_digits(b, ".225 .390 .260 .096 .029")
    same_digits(fuzzy.fuzzy_score(fuzzy.normalise(b), GRADES), "73.72")
    smaller = fuzzy.compose(W, R, "min_max")
    same_digits(smaller, ".3 .4 .25 .15 .05")
    same_digits(fuzzy.normalise(smaller), ".26087 .347826 .217391 .130435 .043478")
    same_digits(fuzzy.fuzzy_score(fuzzy.normalise(smaller), GRADES), "73.043478")
    assert fuzzy.largest_grade(b) == 1


def test_the_other_compositions_by_hand() -> None:
    w, r = np.asarray([0.7, 0.3]), np.asarray([[0.6, 0.9], [0.5, 0.1]])
    assert fuzzy.compose(w, r, "product_max") == pytest.approx([0.42, 0.63])
    assert fuzzy.compose(w, r, "bounded_sum") == pytest.approx([0.9, 0.8])
    assert fuzzy.compose(w, np.ones((2, 1)), "bounded_sum") == pytest.approx([1])
    b = np.asarray([0.75, 0.25])
    assert fuzzy.squared_score(b, np.asarray([100.0, 20])) == pytest.approx((56.25 + 1.25) / 0.625)


def test_weighted_composition_of_shares_is_the_weighted_mean_and_goes_up_two_levels() -> None:
    score = fuzzy.fuzzy_score(fuzzy.compose(W, R), GRADES)
    assert score == pytest.approx(weighted_mean.weighted_mean(R, W, GRADES))
    upper = fuzzy.compose(np.asarray([0.5, 0.5]), fuzzy.compose(W, np.stack([R, R[::-1]])))
    by_hand = (fuzzy.compose(W, R) + fuzzy.compose(W, R[::-1])) / 2
    assert upper == pytest.approx(by_hand)


def test_membership_of_a_score() -> None:
    same_digits(fuzzy.triangle_membership(np.asarray(72.4541))[2:4], ".377295 .622705")
    rows = fuzzy.triangle_membership(np.asarray([[0.0, 20], [100, 50]]))
    assert rows.shape == (2, 2, 5) and rows.sum(axis=-1) == pytest.approx(np.ones((2, 2)))
    assert rows[0, 0, 0] == rows[1, 0, 4] == 1


N = np.asarray([[160.0, 30, 10], [40, 90, 30], [10, 25, 105]])


def test_transitions_reproduce_the_printed_values() -> None:
    p = transition.transition_matrix(N)
    same_digits(p, ".80 .15 .05 .25 .5625 .1875 .071429 .178571 .75")
    now = N.sum(axis=1) / N.sum()
    same_digits(now, ".40 .32 .28")
    first = transition.next_shares(now, p)
    same_digits(first, ".42 .29 .29")
    same_digits(transition.next_shares(first, p), ".429214 .277911 .292875")
    pi = transition.stationary_shares(p)
    same_digits(pi, ".440415 .269430 .290155")
    same_digits([transition.second_eigenvalue(p), transition.mobility(p)], ".713070 .44375")
    same_digits(pi @ np.asarray([100.0, 50, 0]), "57.512953")
    got = transition.stuart_maxwell(N)
    same_digits([got.chi2, got.p], "1.850394 .396453")
    assert got.df == 2


def test_equal_margins_are_tested_as_statsmodels_does() -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    theirs = tables.SquareTable(N, shift_zeros=False).homogeneity("stuart_maxwell")
    got = transition.stuart_maxwell(np.stack([N, N.T]))
    assert got.chi2 == pytest.approx(np.full(2, theirs.statistic)) and got.p[0] == pytest.approx(theirs.pvalue)


def test_stationary_shares_do_not_change_and_are_unknown_where_not_unique() -> None:
    p = transition.transition_matrix(N)
    absorbed = np.asarray([[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1.0]])
    apart = np.eye(3)
    empty = np.full((3, 3), np.nan)
    pi = transition.stationary_shares(np.stack([p, absorbed, apart, empty]))
    assert transition.next_shares(pi[0], p) == pytest.approx(pi[0])
    assert pi[1] == pytest.approx([0, 0, 1], abs=1e-12)
    for one, of_many in zip((p, absorbed, apart), pi[:3], strict=True):
        assert transition.stationary_shares(one) == pytest.approx(of_many, nan_ok=True)
    assert np.isnan(pi[2:]).all()


def test_waves_and_value_are_sums_of_powers() -> None:
    q = 0.9 * transition.transition_matrix(N)
    assert transition.expected_waves(q) == pytest.approx(np.full(3, 10.0))
    margin, now, total = np.asarray([100.0, 50, 10]), np.eye(3), np.zeros(3)
    for period in range(400):
        total += now @ margin / 1.1**period
        now = now @ q
    assert transition.customer_value(q, margin, 0.1) == pytest.approx(total)
    assert np.isnan(transition.expected_waves(q / 0.9)).all()


def test_counts_leave_out_unknown_states_and_draws_scatter_as_dirichlet() -> None:
    before, after = np.asarray([0, 0, 1, -1, 2]), np.asarray([0, 1, 1, 1, -1])
    assert transition.transition_counts(before, after, 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    draws = transition.dirichlet_draws(N, 4000, 1)
    alpha = N[0] + 0.5
    mean = alpha / alpha.sum()
    sd = np.sqrt(mean * (1 - mean) / (alpha.sum() + 1))
    assert np.abs(draws[:, 0].mean(axis=0) - mean).max() < 4 * sd.max() / np.sqrt(4000)
    assert draws[:, 0].std(axis=0) == pytest.approx(sd, rel=0.05)  # 4 000 draws: 1.1 % of the deviation, four times


def test_bad_panels_are_named() -> None:
    assert transition.check_panel([1, 2, 3], [2, 3, 4]) == []
    found = transition.check_panel([1, 2, 2], [3, 4])
    assert [p.what for p in found] == ["a person stands in a wave twice", "no person is in both waves"]
    assert "cross-sections" in found[1].remedy


def test_bounds_of_eigenvalues_decide_as_the_eigenvalues_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random chains, two closed groups, one with a way between them of 1e-8, nobody lost: the same numbers, exactly."""
    rng = np.random.default_rng(8)
    closed = np.kron(np.eye(2), np.full((2, 2), 0.5))
    hardly = closed + 1e-8 * np.kron([[-1.0, 1], [1, -1]], np.eye(2))
    matrix = np.concatenate([rng.dirichlet(np.ones(4), (6, 4)), [closed, hardly, np.eye(4), np.full((4, 4), np.nan)]])
    kept = np.concatenate([0.9 * matrix, matrix, [np.diag([1.0, 0.5, 0.2, 0.1])]])
    short = transition.stationary_shares(matrix), transition.expected_waves(kept)
    monkeypatch.setattr(transition, "_SHARED", np.inf)
    for quick, full in zip(short, (transition.stationary_shares(matrix), transition.expected_waves(kept)), strict=True):
        assert np.array_equal(quick, full, equal_nan=True)
        assert np.isnan(quick).any(axis=1).sum() >= 3
