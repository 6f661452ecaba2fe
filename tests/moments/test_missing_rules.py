"""Missing rules against definitions written out row by row."""

from __future__ import annotations

import numpy as np
import pytest
from sources import holes

from csimodels.moments import FORM_OF_RULE, Moments, Rows
from csimodels.moments.em import em

ITEMS = ("a", "b", "c", "d")
SHIFT = np.full(4, 5.5)


def moments(x: np.ndarray, rule: str, weights: np.ndarray | None = None, counts: np.ndarray | None = None) -> Moments:
    return Moments.from_sums(Rows(ITEMS, x, SHIFT, weights, FORM_OF_RULE[rule]).sums(counts), rule)


def incomplete(n: int = 120, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = 5 + rng.standard_normal((n, 1)) + rng.standard_normal((n, 4))
    return holes(x, 0.15, seed), rng.uniform(0.3, 2.0, n)


def loglik(x: np.ndarray, a: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> float:
    """Observed-data normal log-likelihood, one row at a time."""
    total = 0.0
    for row, weight in zip(x, a, strict=True):
        seen = ~np.isnan(row)
        s, d = cov[np.ix_(seen, seen)], row[seen] - mean[seen]
        total -= 0.5 * weight * (np.linalg.slogdet(s)[1] + d @ np.linalg.solve(s, d))
    return total


def test_em_is_the_maximum_of_the_observed_likelihood() -> None:
    x, a = incomplete()
    done = moments(x, "em", a)
    top = loglik(x, a, done.mean, done.cov)
    step = 1e-4
    gradient = []
    for k in range(4):
        move = step * np.eye(4)[k]
        up, down = loglik(x, a, done.mean + move, done.cov), loglik(x, a, done.mean - move, done.cov)
        assert max(up, down) < top
        gradient.append((up - down) / (2 * step))
    for i in range(4):
        for j in range(i + 1):
            move = np.zeros((4, 4))
            move[i, j] = move[j, i] = step
            up, down = loglik(x, a, done.mean, done.cov + move), loglik(x, a, done.mean, done.cov - move)
            assert max(up, down) < top
            gradient.append((up - down) / (2 * step))
    assert np.abs(gradient).max() < 2e-5 * a.sum()


def test_em_without_holes_is_the_plain_covariance() -> None:
    x = np.random.default_rng(1).normal(5, 2, (60, 4))
    one, two = moments(x, "em"), moments(x, "listwise")
    np.testing.assert_allclose(one.mean, two.mean, atol=1e-12)
    np.testing.assert_allclose(one.cov, two.cov, atol=1e-11)


def test_em_replicates_equal_refitting_the_drawn_rows() -> None:
    x, _ = incomplete(80, 9)
    draws = np.random.default_rng(5).integers(0, 80, (6, 80))
    counts = np.stack([np.bincount(d, minlength=80) for d in draws]).astype(float)
    batch = moments(x, "em", counts=counts)
    for b, drawn in enumerate(draws):  # the drawn rows have fewer patterns than the batch carries
        alone = moments(x[drawn], "em")
        np.testing.assert_allclose(batch.mean[b], alone.mean, atol=1e-8)
        np.testing.assert_allclose(batch.cov[b], alone.cov, atol=1e-8)


def test_em_that_does_not_converge_is_flagged_and_leaves_its_neighbours() -> None:
    x, _ = incomplete(60, 2)
    counts = np.stack([np.ones(60), np.ones(60)])
    counts[1, ~np.isnan(x[:, 0])] = 0  # nobody answers the first item
    both = moments(x, "em", counts=counts)
    alone = moments(x, "em")
    assert np.isnan(both.cov[1]).all()
    np.testing.assert_allclose(both.cov[0], alone.cov, atol=1e-12)
    _, _, converged = em(Rows(ITEMS, x, SHIFT, None, "patterns").sums(), max_iter=1)
    assert not converged
    _, _, converged = em(Rows(ITEMS, x, SHIFT, None, "patterns").sums())
    assert converged


def test_mean_replacement_fills_with_the_weighted_mean() -> None:
    x, a = incomplete()
    done = moments(x, "mean", a)
    means = np.asarray([np.average(c[~np.isnan(c)], weights=a[~np.isnan(c)]) for c in x.T])
    filled = np.where(np.isnan(x), means, x)
    np.testing.assert_allclose(done.mean, means, rtol=1e-13)
    np.testing.assert_allclose(done.cov, np.cov(filled.T, aweights=a, ddof=0), atol=1e-12)


def test_pairwise_uses_the_rows_that_answer_both() -> None:
    x, a = incomplete()
    done = moments(x, "pairwise", a)
    for i in range(4):
        for j in range(4):
            both = ~np.isnan(x[:, i]) & ~np.isnan(x[:, j])
            expected = np.cov(x[both][:, [i, j]].T, aweights=a[both], ddof=0)[0, 1]
            assert done.cov[i, j] == pytest.approx(expected, abs=1e-12)


def test_pairwise_covariances_that_contradict_each_other_are_nan() -> None:
    base = np.random.default_rng(0).standard_normal(90)
    x = np.full((90, 4), np.nan)
    x[:30, 0], x[:30, 1] = base[:30], base[:30]
    x[30:60, 1], x[30:60, 2] = base[30:60], base[30:60]
    x[60:, 0], x[60:, 2] = base[60:], -base[60:]
    x[:, 3] = np.random.default_rng(1).standard_normal(90)
    counts = np.ones((1, 90))
    assert np.isnan(moments(x, "pairwise", counts=counts).cov).all()
    assert np.isfinite(moments(x, "mean", counts=counts).cov).all()


def test_an_item_nobody_answers_in_a_replicate_is_nan_there_only() -> None:
    x, _ = incomplete(60, 2)
    counts = np.ones((2, 60))
    counts[1, ~np.isnan(x[:, 0])] = 0
    done = moments(x, "mean", counts=counts)
    assert np.isnan(done.mean[1, 0])
    assert np.isnan(done.cov[1, 0]).all()
    assert np.isfinite(done.cov[1, 1:, 1:]).all()
    np.testing.assert_allclose(done.cov[0], moments(x, "mean").cov, atol=1e-13)


@pytest.mark.parametrize(
    ("form", "rule"),
    [
        ("pairwise", "listwise"),
        ("patterns", "listwise"),
        ("patterns", "mean"),
        ("patterns", "pairwise"),
        ("complete", "em"),
        ("pairwise", "em"),
        ("pairwise", "Mean"),
        ("complete", ""),
    ],
)
def test_a_rule_needs_its_own_form(form: str, rule: str) -> None:
    """Sums made for one rule and read by another would count holes as answers at the middle of the scale."""
    x, a = incomplete()
    sums = Rows(ITEMS, x, SHIFT, a, form).sums()
    with pytest.raises(ValueError):
        Moments.from_sums(sums, rule)


def test_an_unknown_form_is_refused() -> None:
    x, a = incomplete()
    with pytest.raises(ValueError):
        Rows(ITEMS, x, SHIFT, a, "pairwse").sums()
