"""Delphi, AHP, objective weights, hierarchies, classes: printed values, R, scipy, ahpy, and bad input."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from printed import same_digits
from scipy import stats

from csimodels.desk import ahp, classes, delphi, hierarchy, objective_weights
from csimodels.desk.inputs import check_varies

POINTS = np.asarray(
    [
        [20, 22, 18, 25, 20],
        [18, 15, 20, 18, 17],
        [10, 12, 10, 8, 12],
        [8, 8, 9, 7, 8],
        [14, 13, 13, 12, 13],
        [16, 16, 15, 15, 16],
        [6, 6, 7, 7, 6],
        [8, 8, 8, 8, 8.0],
    ]
)
THREE = np.asarray([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
WEALTH = np.asarray(
    [
        [1, 4, 9, 6, 6, 5, 5],
        [1 / 4, 1, 7, 5, 5, 3, 4],
        [1 / 9, 1 / 7, 1, 1 / 5, 1 / 5, 1 / 7, 1 / 5],
        [1 / 6, 1 / 5, 5, 1, 1, 1 / 3, 1 / 3],
        [1 / 6, 1 / 5, 5, 1, 1, 1 / 3, 1 / 3],
        [1 / 5, 1 / 3, 7, 3, 3, 1, 2],
        [1 / 5, 1 / 4, 5, 3, 3, 1 / 2, 1],
    ]
)


def test_delphi_reproduces_the_printed_values() -> None:
    got = delphi.delphi(POINTS)
    same_digits(got.mean, "21 17.6 10.4 8 13 15.6 6.4 8")
    same_digits(got.weight, ".21 .176 .104 .08 .13 .156 .064 .08")
    same_digits([got.w, got.chi2], ".9691566 33.92048")
    assert got.df == 7
    same_digits(got.p, "0.00001782")
    same_digits(got.cv, ".126 .103 .161 .088 .054 .035 .086 0")
    assert delphi.is_settled(got) and not delphi.is_settled(got, variation=0.15)


def test_kendalls_w_is_friedmans_test_with_ties() -> None:
    """scipy corrects Friedman's statistic for ties; chi2 = m (k - 1) W, so 1e-12."""
    theirs = stats.friedmanchisquare(*POINTS)
    got = delphi.delphi(POINTS)
    assert (got.chi2, got.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


def test_delphi_of_rounds_is_a_batch() -> None:
    two = delphi.delphi(np.stack([POINTS, POINTS[::-1]]))
    assert two.w == pytest.approx(np.full(2, delphi.delphi(POINTS).w))
    assert two.weight[1] == pytest.approx(two.weight[0][::-1])


def test_bad_points_are_all_named() -> None:
    elements, experts = list("abcdefgh"), list("vwxyz")
    assert delphi.check_points(POINTS, elements, experts, "experts.csv") == []
    wrong = POINTS.copy()
    wrong[0, 1], wrong[0, 3] = 30, -1
    assert [p.where for p in delphi.check_points(wrong, elements, experts, "e")] == ["e, expert w", "e, expert y"]
    assert "two experts" in delphi.check_points(POINTS[:, :1], elements, ["v"], "e")[0].what
    assert "ranks" in delphi.check_points(np.full((4, 2), 25.0), list("abcd"), ["v", "w"], "e")[0].what


def test_ahp_reproduces_the_printed_values() -> None:
    got = ahp.ahp(THREE)
    same_digits(got.weight, ".636986 .258285 .104729")
    same_digits([got.lambda_max, got.ci, got.cr], "3.0385111 .0192555 .0331992")
    same_digits(ahp.ahp(THREE, random_index="saaty2005").cr, ".0370")


def test_ahp_reproduces_the_wealth_of_nations() -> None:
    got = ahp.ahp(WEALTH)
    same_digits(got.weight, ".427115 .230293 .020838 .052386 .052386 .122719 .094263")
    same_digits([got.lambda_max, got.cr], "7.6077203 .0767324")


@pytest.mark.parametrize("matrix", [THREE, WEALTH], ids=["three", "wealth"])
def test_ahp_is_ahpys(matrix: np.ndarray) -> None:
    """ahpy 2.1 with its own iteration (stops at 1e-4 of a weight and rounds to 6 digits): weights within 1e-4."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ahpy = pytest.importorskip("ahpy")
    names = [f"e{i}" for i in range(len(matrix))]
    pairs = {(names[i], names[j]): float(matrix[i, j]) for i in range(len(names)) for j in range(i + 1, len(names))}
    theirs = ahpy.Compare("wealth", pairs, precision=6, random_index="saaty")
    got = ahp.ahp(matrix, random_index="saaty2005")
    assert got.weight == pytest.approx([theirs.local_weights[name] for name in names], abs=1e-6)
    assert got.cr == pytest.approx(theirs.consistency_ratio, abs=1e-6)


def test_geometric_means_of_rows_are_the_eigenvector_of_a_consistent_matrix() -> None:
    w = np.asarray([0.5, 0.3, 0.15, 0.05])
    consistent = w[:, None] / w[None, :]
    for method in ("eigenvector", "geometric"):
        got = ahp.ahp(consistent, method=method)
        assert got.weight == pytest.approx(w, abs=1e-12) and got.cr == pytest.approx(0, abs=1e-12)
    rows = np.prod(THREE, axis=1) ** (1 / 3)
    assert ahp.ahp(THREE, method="geometric").weight == pytest.approx(rows / rows.sum())


def test_judges_are_joined_by_geometric_means_and_stay_reciprocal() -> None:
    other = np.asarray([[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]])
    joined = ahp.aggregate_judgements(np.stack([THREE, other]))
    assert joined[0, 1] == pytest.approx(np.sqrt(6)) and joined * joined.T == pytest.approx(np.ones((3, 3)))
    assert ahp.aggregate_judgements(THREE[None]) == pytest.approx(THREE)
    batch = ahp.ahp(np.stack([THREE, other]))
    assert batch.weight[1] == pytest.approx([4 / 7, 2 / 7, 1 / 7]) and batch.cr[0] == pytest.approx(ahp.ahp(THREE).cr)


def test_bad_comparisons_are_named() -> None:
    names = ["price", "network", "service"]
    assert ahp.check_comparisons(THREE, names, "ahp") == []
    wrong = THREE.copy()
    wrong[1, 0] = 3
    assert ahp.check_comparisons(wrong, names, "ahp")[0].where == "ahp, price against network"
    assert "above 0" in ahp.check_comparisons(-THREE, names, "ahp")[0].what
    assert "column per element" in ahp.check_comparisons(THREE[:2], names, "ahp")[0].what
    circle = np.asarray([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]])
    got = ahp.ahp(circle)
    assert got.cr > 0.1 and "saaty1980" in ahp.check_consistency(got, "ahp")[0].found
    assert ahp.check_consistency(ahp.ahp(THREE), "ahp") == []
    bent = WEALTH.copy()
    bent[1, 5], bent[5, 1] = 1 / 9, 9
    assert ahp.most_contradicting(bent, ahp.ahp(WEALTH).weight) == (1, 5)


X = np.asarray([[8, 7, 9], [6, 7, 5], [9, 8, 9], [5, 6, 4], [7, 7, 8.0]])


def test_entropy_reproduces_the_printed_values() -> None:
    same_digits(objective_weights.entropy(X), ".987168 .997455 .970334")
    same_digits(objective_weights.entropy_weights(X), ".284882 .056497 .658621")


def test_entropy_with_zeros_is_scipys() -> None:
    x = np.asarray([[0.0, 1], [2, 3], [5, 1]])
    assert objective_weights.entropy(x) == pytest.approx(stats.entropy(x) / np.log(3))


def test_critic_and_variation_by_their_definitions() -> None:
    scaled = (X - X.min(0)) / (X.max(0) - X.min(0))
    raw = scaled.std(axis=0) * (1 - np.corrcoef(X.T)).sum(axis=1)
    assert objective_weights.critic_weights(X) == pytest.approx(raw / raw.sum())
    cv = stats.variation(X, ddof=1)
    assert objective_weights.variation_weights(X) == pytest.approx(cv / cv.sum())
    for weigh in (
        objective_weights.entropy_weights,
        objective_weights.critic_weights,
        objective_weights.variation_weights,
    ):
        assert weigh(np.stack([X, X + 1]))[1] == pytest.approx(weigh(X + 1))


def test_a_constant_item_is_named_and_gives_no_number() -> None:
    x = np.column_stack([X, np.full(5, 7.0)])
    assert [p.where for p in check_varies(x, list("abcd"), "weights")] == ["weights, d"]
    assert np.isnan(objective_weights.critic_weights(x)).all()


TREE = {"Total": {"Network": 0.6, "Service": 0.4}, "Network": {"a": 0.5, "b": 0.5}, "Service": {"c": 0.7, "d": 0.3}}


def test_hierarchy_reproduces_the_printed_scores() -> None:
    got = hierarchy.compile_hierarchy(TREE)
    assert got.nodes == ("Total", "Network", "Service", "a", "b", "c", "d") and got.questions == tuple("abcd")
    same_digits(got.scores(np.asarray([80.0, 70, 60, 90]))[:3], "72.6 75.0 69.0")
    same_digits(got.effective[0], ".30 .30 .28 .12")
    assert got.parents == ("", "Total", "Total", "Network", "Network", "Service", "Service")


def test_hierarchy_is_linear_and_takes_batches_and_uneven_depth() -> None:
    tree = {"T": {"q1": 0.2, "A": 0.8}, "A": {"q2": 0.25, "B": 0.75}, "B": {"q3": 0.5, "q4": 0.5}}
    got = hierarchy.compile_hierarchy(tree)
    assert dict(zip(got.questions, got.effective[0], strict=True)) == pytest.approx(
        {"q1": 0.2, "q2": 0.2, "q3": 0.3, "q4": 0.3}
    )
    p = np.random.default_rng(1).uniform(0, 100, (5, 6, 4))
    assert got.scores(p).shape == (5, 6, 7)
    assert got.effective.sum(axis=1) == pytest.approx(np.ones(7))
    assert sum(hierarchy.equal_weights("abc").values()) == pytest.approx(1)


def test_bad_trees_are_named_all_at_once() -> None:
    assert hierarchy.check_hierarchy(TREE, "abcd") == []
    bad = {
        "Total": {"Network": 0.6, "Service": 0.5},
        "Network": {"a": 0.5, "b": 0.5},
        "Service": {"a": 0.7, "x": 0.3},
        "Lonely": {"c": 1.0},
    }
    found = [p.what for p in hierarchy.check_hierarchy(bad, "abcd")]
    assert found == [
        "the weights do not add up",
        "a question stands in the hierarchy twice",
        "there is no such question",
        "the hierarchy has more than one top",
    ]
    circle = {"T": {"A": 1.0}, "A": {"B": 1.0}, "B": {"A": 0.5, "q": 0.5}}
    whats = {p.what: p for p in hierarchy.check_hierarchy(circle, ["q"])}
    assert whats["a node is part of itself"].found == "A -> B -> A"
    assert hierarchy.check_hierarchy({"T": {"T": 1.0}}, [])[-1].found == "T -> T"
    assert "empty" in hierarchy.check_hierarchy({}, "ab")[0].what


def test_classes_reproduce_the_printed_index() -> None:
    w, index = np.asarray([0.3, 0.5, 0.2]), np.asarray([78.0, 74, 66])
    same_digits(classes.class_index(w, index), "73.6")
    assert classes.class_index_se(w, np.asarray([1.0, 2, 3])) == pytest.approx(np.sqrt(0.09 + 1 + 0.36))
    assert classes.class_index(np.asarray([0.5, 0.5, 0]), np.asarray([70, 80, np.nan])) == 75
    assert classes.contact_weights(np.asarray([30.0, 50, 20])) == pytest.approx(w)


def test_bad_classes_are_named() -> None:
    sizes = {"home": 100.0, "shop": 50.0, "net": 0.0}
    assert classes.check_classes({"home": 0.5, "shop": 0.5}, sizes) == []
    empty = classes.check_classes({"home": 0.5, "net": 0.5}, sizes)
    assert [p.found for p in empty] == ["net", "shop"]
