"""Weighted sums: they add, do not know the order of rows, and count whole weights as repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import holes

from csimodels.moments import FORM_OF_RULE, Moments, Rows, Sums
from csimodels.moments import rows as rows_module

ITEMS = ("a", "b", "c", "d")
SHIFT = np.asarray([5.5, 5.5, 3.0, 0.0])
RULES = ["listwise", "mean", "pairwise", "em"]
SEEDS = st.integers(0, 10_000)


def data(seed: int, n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n, 1))
    return holes(5 + common + rng.standard_normal((n, 4)), 0.12, seed)


def rows(x: np.ndarray, rule: str, weights: np.ndarray | None = None) -> Rows:
    return Rows(ITEMS, x, SHIFT, weights, FORM_OF_RULE[rule])


def moments(x: np.ndarray, rule: str, weights: np.ndarray | None = None) -> Moments:
    return Moments.from_sums(rows(x, rule, weights).sums(), rule)


def close(a: Moments, b: Moments, tol: float = 1e-12) -> None:
    np.testing.assert_allclose(a.mean, b.mean, rtol=0, atol=tol)
    np.testing.assert_allclose(a.cov, b.cov, rtol=0, atol=tol)


def weights_of(seed: int, n: int = 40) -> np.ndarray:
    return np.random.default_rng(seed + 1).uniform(0.2, 3.0, n)


@pytest.mark.parametrize("rule", RULES)
@given(seed=SEEDS, cut=st.integers(1, 39))
def test_parts_add_up_to_the_whole(rule: str, seed: int, cut: int) -> None:
    x, a = data(seed), weights_of(seed)
    parts = rows(x[:cut], rule, a[:cut]).sums() + rows(x[cut:], rule, a[cut:]).sums()
    whole = rows(x, rule, a).sums()
    for name in ("n_rows", "w", "ww", "wx", "wxx"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12, atol=1e-11)
    tol = 1e-7 if rule == "em" else 1e-11
    close(Moments.from_sums(parts, rule), Moments.from_sums(whole, rule), tol)


@given(seed=SEEDS)
def test_adding_has_no_order(seed: int) -> None:
    x = data(seed, 60)
    a, b, c = (rows(x[i : i + 20], "em").sums() for i in (0, 20, 40))
    for left, right in (((a + b) + c, a + (b + c)), (a + b, b + a)):
        assert left.patterns is not None and right.patterns is not None
        assert np.array_equal(left.patterns.present, right.patterns.present)
        np.testing.assert_allclose(left.patterns.wxx, right.patterns.wxx, atol=1e-12)
        np.testing.assert_allclose(left.wxx, right.wxx, atol=1e-11)


@pytest.mark.parametrize("rule", RULES)
@given(seed=SEEDS)
def test_row_order_does_not_matter(rule: str, seed: int) -> None:
    x, a = data(seed), weights_of(seed)
    order = np.random.default_rng(seed + 2).permutation(len(x))
    close(moments(x, rule, a), moments(x[order], rule, a[order]), 1e-7 if rule == "em" else 1e-12)


@pytest.mark.parametrize("rule", RULES)
@given(seed=SEEDS)
def test_whole_weights_are_repeated_rows(rule: str, seed: int) -> None:
    x = data(seed)
    times = np.random.default_rng(seed + 3).integers(1, 4, len(x))
    close(
        moments(x, rule, times.astype(float)),
        moments(np.repeat(x, times, axis=0), rule),
        1e-7 if rule == "em" else 1e-11,
    )


@pytest.mark.parametrize("rule", RULES)
@given(seed=SEEDS)
def test_only_the_ratio_of_weights_matters(rule: str, seed: int) -> None:
    x, a = data(seed), weights_of(seed)
    one, two = moments(x, rule, a), moments(x, rule, 37.0 * a)
    close(one, two, 1e-7 if rule == "em" else 1e-11)
    used = a[rows(x, rule).kept]
    assert two.n_eff == pytest.approx(used.sum() ** 2 / (used**2).sum())


@pytest.mark.parametrize("rule", RULES)
def test_counts_are_a_batch_of_weighted_sums(rule: str) -> None:
    x, a = data(11), weights_of(11)
    source = rows(x, rule, a)
    counts = np.random.default_rng(4).integers(0, 3, (2, 3, source.n)).astype(float)
    batch = Moments.from_sums(source.sums(counts), rule)
    assert batch.batch == (2, 3)
    full = np.zeros(len(x))
    for index in np.ndindex(2, 3):
        full[source.kept] = counts[index]
        close(batch[index], moments(x, rule, full * a), 1e-7 if rule == "em" else 1e-11)


def test_plain_moments_are_those_of_numpy() -> None:
    x, a = np.random.default_rng(3).normal(5, 2, (200, 4)), weights_of(3, 200)
    done = moments(x, "listwise", a)
    np.testing.assert_allclose(done.mean, np.average(x, axis=0, weights=a), rtol=1e-13)
    np.testing.assert_allclose(done.cov, np.cov(x.T, aweights=a, ddof=0), rtol=1e-11, atol=1e-13)
    sd = np.sqrt(np.diag(np.cov(x.T, aweights=a, ddof=0)))
    np.testing.assert_allclose(done.corr, np.cov(x.T, aweights=a, ddof=0) / np.outer(sd, sd), atol=1e-12)
    np.testing.assert_allclose(done.sd, sd, rtol=1e-12)
    assert done.n == 200


def test_listwise_leaves_out_rows_and_says_which() -> None:
    x = data(5)
    source = rows(x, "listwise")
    whole = np.flatnonzero(~np.isnan(x).any(axis=1))
    assert np.array_equal(source.kept, whole)
    assert source.n == len(whole) < len(x)
    assert Moments.from_sums(source.sums()).n == len(whole)


@pytest.mark.parametrize("rule", ["mean", "pairwise", "em"])
def test_rows_without_any_answer_do_not_count(rule: str) -> None:
    x = np.concatenate([data(6), np.full((5, 4), np.nan)])
    done = moments(x, rule)
    assert done.n == 40
    close(done, moments(x[:40], rule), 0.0)


def test_row_blocks_do_not_change_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    x, a = data(8, 100), weights_of(8, 100)
    counts = np.random.default_rng(1).integers(0, 3, (5, 100)).astype(float)
    for rule in ("mean", "em"):
        source = rows(x, rule, a)
        whole = source.sums(counts)
        monkeypatch.setattr(rows_module, "ROW_BLOCK", 7)
        np.testing.assert_allclose(source.sums(counts).wxx, whole.wxx, rtol=1e-12, atol=1e-11)
        monkeypatch.undo()


def test_far_shifted_answers_keep_their_covariance() -> None:
    x = np.random.default_rng(2).integers(1, 11, (100, 4)).astype(float)
    near = moments(x, "listwise")
    far = Rows(ITEMS, x + 1e12, SHIFT + 1e12)
    close(Moments.from_sums(far.sums()), Moments(near.mean + 1e12, near.cov, near.n, near.n_eff, ITEMS), 1e-3)
    np.testing.assert_allclose(Moments.from_sums(far.sums()).cov, near.cov, rtol=1e-12, atol=1e-12)


def test_a_constant_item_has_no_variance_at_all() -> None:
    x = np.random.default_rng(2).integers(1, 11, (50, 4)).astype(float)
    x[:, 1] = 8.3  # off the shift, so that E[z^2] - E[z]^2 leaves rounding noise
    done = moments(x, "listwise", weights_of(9, 50))
    assert done.cov[1, 1] == 0
    assert (done.cov[1] == 0).all()
    assert np.isnan(done.corr[1]).all()
    assert np.isfinite(np.delete(np.delete(done.corr, 1, 0), 1, 1)).all()


@pytest.mark.parametrize("rule", RULES)
def test_no_rows_give_nan_not_an_error(rule: str) -> None:
    done = moments(np.empty((0, 4)), rule)
    assert done.n == 0
    assert np.isnan(done.mean).all() and np.isnan(done.cov).all()


@pytest.mark.parametrize("rule", RULES)
def test_stacked_groups_equal_groups_alone(rule: str) -> None:
    parts = [data(seed) for seed in (21, 22, 23)]
    parts[1] = np.where(np.isnan(parts[1]), 5.0, parts[1])  # one group without holes
    stacked = Sums.stack([rows(x, rule).sums() for x in parts], [("g",), ("h",), ("i",)])
    together = Moments.from_sums(stacked, rule)
    assert together.keys == (("g",), ("h",), ("i",))
    for g, x in enumerate(parts):
        close(together[g], moments(x, rule), 1e-7 if rule == "em" else 1e-12)


def test_only_sums_of_one_kind_add() -> None:
    x = data(1)
    with pytest.raises(ValueError, match="same items"):
        rows(x, "mean").sums() + Rows(("a", "b", "c", "e"), x, SHIFT, None, "pairwise").sums()
    with pytest.raises(ValueError, match="same items"):
        rows(x, "mean").sums() + Rows(ITEMS, x, SHIFT + 1, None, "pairwise").sums()
    with pytest.raises(ValueError, match="missing rule"):
        rows(x, "mean").sums() + rows(x, "em").sums()


def test_em_needs_patterns() -> None:
    with pytest.raises(ValueError, match="patterns"):
        Moments.from_sums(rows(data(1), "mean").sums(), "em")


def test_a_bootstrap_replicate_has_as_many_rows_as_were_drawn() -> None:
    source = rows(data(3), "mean")
    counts = np.random.default_rng(0).multinomial(source.n, np.full(source.n, 1 / source.n), 5).astype(float)
    assert (source.sums(counts).n_rows == source.n).all()
    left_out = np.ones((1, source.n))
    left_out[0, :7] = 0
    assert source.sums(left_out).n_rows == source.n - 7
    assert rows(data(3), "em").sums(counts).n_rows.tolist() == [source.n] * 5
