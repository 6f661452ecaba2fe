"""MICOM and multigroup analysis: against rows, at their nominal size, with power, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from samples import Chain, chain
from sources import answers, ecsi, mobi, rows_of

from csimodels.assess import (
    Groups,
    PermutationPlan,
    adjust_pairs,
    distance_test,
    henseler_p,
    micom,
    omnibus_test,
    parametric_test,
    path_values,
    permutation_tests,
    weight_values,
)
from csimodels.errors import DataError, EstimationError, SpecError
from csimodels.estimate import PLS, Design
from csimodels.moments import Moments, Rows

PLAN = PermutationPlan(99, 1)


def mobile() -> tuple[Groups, Design, np.ndarray]:
    model = ecsi()
    x = answers(model, mobi())
    group = (np.arange(250) % 5 < 2).astype(np.intp)
    return Groups(rows_of(model, x), group, ("first", "second")), Design.of(model), x


def _by_rows(x: np.ndarray, group: np.ndarray, design: Design, scale: str) -> np.ndarray:
    """Steps 2 and 3 from respondents: scores, their correlation, means and variances."""
    tight = PLS(tol=1e-12, max_iter=1000)

    def fitted(part: np.ndarray) -> np.ndarray:
        rows = Rows(tuple(ecsi().item_names), part, np.full(24, 5.5))
        return tight(design, Moments.from_sums(rows.sums())).weights

    z = (x - x.mean(axis=0)) / x.std(axis=0)
    base = z if scale == "pooled" else x
    one, two = (base @ fitted(x[group == g]) for g in (0, 1))
    correlation = [np.corrcoef(one[:, j], two[:, j])[0, 1] for j in range(7)]
    score = z @ fitted(x)
    a, b = score[group == 0], score[group == 1]
    return np.concatenate(
        [correlation, a.mean(axis=0) - b.mean(axis=0), np.log(a.var(axis=0, ddof=1) / b.var(axis=0, ddof=1))]
    )


@pytest.mark.parametrize("scale", ["pooled", "raw"])
def test_micom_on_moments_is_micom_on_respondents(scale: str) -> None:
    groups, design, x = mobile()
    tight = PLS(tol=1e-12, max_iter=1000)
    found = micom(groups, design, tight, PermutationPlan(2, 1), scale)  # type: ignore[arg-type]
    mine = np.concatenate([found.correlation, found.mean, found.variance])
    assert np.allclose(mine, _by_rows(x, groups.group, design, scale), atol=1e-9)


def test_a_permutation_is_a_refit_of_relabelled_respondents() -> None:
    groups, design, x = mobile()
    counts = groups.permuted(1, 0, 1)[0]
    relabelled = counts.argmax(axis=0)
    assert counts.sum() == 250 and (relabelled == 0).sum() == 150
    again = Groups(groups.rows, relabelled, groups.names)
    plan = PermutationPlan(1, 1)
    found = permutation_tests(groups, design, PLS(), weight_values, plan)[0]
    direct = permutation_tests(again, design, PLS(), weight_values, plan)[0]
    assert found.low == pytest.approx(direct.difference, abs=1e-9)  # of a single permutation
    assert Rows(tuple(ecsi().item_names), x, np.zeros(24)).n == 250


def test_chunks_do_not_change_the_numbers() -> None:
    groups, _, _ = mobile()
    whole = groups.permuted(3, 0, 6)
    assert np.array_equal(np.concatenate([groups.permuted(3, 0, 2), groups.permuted(3, 2, 6)]), whole)


def test_whole_clusters_change_groups_together() -> None:
    source = chain()
    x = source.draw(120, np.random.default_rng(1))
    unit = np.repeat(np.arange(12), 10)
    groups = Groups(source.rows(x), (unit % 2).astype(np.intp), ("a", "b"), unit)
    drawn = groups.permuted(1, 0, 5).argmax(axis=1).reshape(5, 12, 10)
    assert (drawn == drawn[:, :, :1]).all() and (drawn[:, :, 0].sum(axis=1) == 6).all()


def _two(source: Chain, other: Chain, n: int, rng: np.random.Generator, shift: float = 0.0) -> Groups:
    x = np.concatenate([source.draw(n, rng), other.draw(n, rng) + shift])
    return Groups(source.rows(x), np.repeat([0, 1], n), ("a", "b"))


def test_under_the_null_five_per_cent_are_rejected() -> None:
    """80 samples of 2 x 80; per number the rejections are binomial, over numbers their mean is steadier still."""
    source, rng = chain(), np.random.default_rng(11)
    second, means, spreads, paths = [], [], [], []
    for _ in range(80):
        groups = _two(source, source, 80, rng)
        found = micom(groups, source.design, PLS(), PLAN)
        second.append(found.correlation_p <= 0.05)
        means.append(found.mean_p <= 0.05)
        spreads.append(found.variance_p <= 0.05)
        paths.append(permutation_tests(groups, source.design, PLS(), path_values, PLAN)[0].p <= 0.05)
    for rejected in (second, means, spreads, paths):
        share = np.asarray(rejected).mean(axis=0)
        assert (share <= 0.05 + 3.2 * np.sqrt(0.05 * 0.95 / 80)).all()
        assert 0.01 <= share.mean() <= 0.1


def test_differences_that_are_there_are_found() -> None:
    source, other, rng = chain(), chain(paths=(-0.2, 0.3, 0.4)), np.random.default_rng(4)
    groups = _two(source, other, 150, rng, shift=0.6)
    assert permutation_tests(groups, source.design, PLS(), path_values, PLAN)[0].p[0] == pytest.approx(0.01)
    found = micom(groups, source.design, PLS(), PLAN)
    assert (found.mean_p <= 0.02).all() and (found.mean < 0).all()
    assert found.verdict() != ["full"] * 3
    assert (distance_test(groups, source.design, PLS(), plan=PLAN).p_large() <= 0.05).all()


def test_three_groups_have_an_overall_test_and_holm_over_pairs() -> None:
    source, other, rng = chain(), chain(paths=(-0.3, 0.3, 0.4)), np.random.default_rng(4)
    x = np.concatenate([source.draw(100, rng), source.draw(100, rng), other.draw(100, rng)])
    groups = Groups(source.rows(x), np.repeat([0, 1, 2], 100), ("a", "b", "c"))
    assert omnibus_test(groups, source.design, PLS(), plan=PLAN).p_large()[0] == pytest.approx(0.01)
    tests = permutation_tests(groups, source.design, PLS(), plan=PLAN)
    assert [t.groups for t in tests] == [("a", "b"), ("a", "c"), ("b", "c")]
    corrected = adjust_pairs(tests)
    raw = np.stack([t.p for t in tests])
    assert corrected[0, 0] == pytest.approx(max(raw[0, 0], 2 * sorted(raw[:, 0])[1]), abs=1e-12)
    assert corrected[1:, 0] == pytest.approx(0.03)  # 3 x 0.01, and no smaller for the second


def test_groups_that_are_alike_have_distance_zero() -> None:
    source = chain()
    x = source.draw(60, np.random.default_rng(1))
    groups = Groups(source.rows(np.concatenate([x, x])), np.repeat([0, 1], 60), ("a", "b"))
    found = distance_test(groups, source.design, PLS(), plan=PermutationPlan(19, 1))
    assert np.allclose(found.value, 0.0, atol=1e-12) and (found.p_large() == 1).all()


def test_henseler_p_is_that_of_seminr_and_of_all_pairs() -> None:
    from seminr.mga.estimate_pls_mga import henseler_p as theirs

    rng = np.random.default_rng(1)
    a, b = rng.normal(0.3, 0.1, (200, 3)), rng.normal(0.35, 0.1, (200, 3))
    mine = henseler_p(a, b)
    assert np.allclose(mine, [theirs(a[:, q], b[:, q]) for q in range(3)], atol=1e-12)
    pairs = 2 * a[:, 0].mean() - a[:, None, 0] - 2 * b[:, 0].mean() + b[None, :, 0] > 0
    assert mine[0] == pytest.approx(1 - pairs.mean(), abs=1e-12)


def test_henseler_p_is_uniform_under_the_null() -> None:
    rng = np.random.default_rng(2)
    centre = rng.normal(size=(2, 2000)) * 0.1  # estimates of 2000 samples, replicates spread as they do
    noise = rng.normal(size=(2, 400)) * 0.1
    p = henseler_p(centre[0] + noise[0][:, None], centre[1] + noise[1][:, None])
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.02) and (p > 0.95).mean() == pytest.approx(0.05, abs=0.02)


def test_parametric_tests_by_hand() -> None:
    value, se = (np.asarray([0.5]), np.asarray([0.3])), (np.asarray([0.08]), np.asarray([0.05]))
    equal = parametric_test(value, se, (100, 150), equal_variances=True)
    pooled = np.sqrt((99**2 * 0.08**2 + 149**2 * 0.05**2) / 248) * np.sqrt(1 / 100 + 1 / 150)
    assert equal.t[0] == pytest.approx(0.2 / pooled) and equal.df[0] == 248
    welch = parametric_test(value, se, (100, 150))
    assert welch.t[0] == pytest.approx(0.2 / np.sqrt(0.99 * 0.08**2 + 149 / 150 * 0.05**2))
    assert 150 < welch.df[0] < 200


def test_what_cannot_be_compared_is_named() -> None:
    source = chain()
    x = source.draw(60, np.random.default_rng(1))
    with pytest.raises(DataError, match="small: a group is too small"):
        Groups(source.rows(x), (np.arange(60) >= 55).astype(np.intp), ("large", "small"))
    with pytest.raises(DataError, match="only one group"):
        Groups(source.rows(x), np.zeros(60, dtype=np.intp), ("all",))
    with pytest.raises(DataError, match="clusters in several groups"):
        Groups(source.rows(x), (np.arange(60) % 2).astype(np.intp), ("a", "b"), np.arange(60) // 10)
    x[:30, 4] = 2.0
    groups = Groups(source.rows(x), np.repeat([0, 1], 30), ("flat", "other"))
    with pytest.raises(EstimationError, match="flat: a group has no usable fit") as caught:
        permutation_tests(groups, source.design, PLS(), plan=PLAN)
    assert "B2" in str(caught.value)
    three = Groups(source.rows(x), np.repeat([0, 1, 2], 20), ("a", "b", "c"))
    with pytest.raises(SpecError, match="two groups at a time"):
        micom(three, source.design, PLS(), PLAN)
