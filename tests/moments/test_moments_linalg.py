"""Batched linear algebra: numpy's answers, with NaN for singular elements and nothing for their neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csimodels.moments.linalg import (
    correlation,
    finite_inverse,
    finite_solve,
    general_solve,
    is_positive_definite,
    null_items,
    safe_inverse,
    spd_solve,
)


def definite(rng: np.random.Generator, batch: tuple[int, ...], k: int) -> np.ndarray:
    root = rng.standard_normal((*batch, k, k + 3))
    return root @ np.swapaxes(root, -1, -2)


@given(seed=st.integers(0, 9999), k=st.integers(1, 8), shape=st.sampled_from([(), (1,), (4,), (2, 3)]))
def test_solves_as_numpy_does(seed: int, k: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    a, b = definite(rng, shape, k), rng.standard_normal((*shape, k))
    expected = np.linalg.solve(a, b[..., None])[..., 0]
    condition = np.linalg.cond(a).max()
    np.testing.assert_allclose(spd_solve(a, b), expected, rtol=1e-14 * condition * 10, atol=1e-13 * condition)
    np.testing.assert_allclose(safe_inverse(a) @ a, np.broadcast_to(np.eye(k), a.shape), atol=1e-12 * condition)


@given(seed=st.integers(0, 9999), k=st.integers(2, 6), bad=st.integers(0, 4))
def test_a_singular_element_is_nan_and_its_neighbours_are_not_touched(seed: int, k: int, bad: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = definite(rng, (5,), k), rng.standard_normal((5, k))
    good = spd_solve(a, b)
    a[bad, -1] = a[bad, 0]  # the last variable copies the first
    a[bad, :, -1] = a[bad, :, 0]
    a[bad, -1, -1] = a[bad, 0, 0]
    with np.errstate(all="raise", under="ignore"):
        done = spd_solve(a, b)
    assert np.isnan(done[bad]).all()
    rest = np.arange(5) != bad
    assert np.array_equal(done[rest], good[rest])
    assert np.isnan(safe_inverse(a)[bad]).all()
    assert np.isfinite(safe_inverse(a)[rest]).all()
    assert np.array_equal(is_positive_definite(a), rest)


@pytest.mark.parametrize("value", [np.nan, 0.0, -1.0])
def test_a_pivot_that_is_not_positive_is_singular(value: float) -> None:
    a = np.stack([np.eye(3), np.eye(3)])
    a[1, 1, 1] = value
    done = spd_solve(a, np.ones((2, 3)))
    assert np.isnan(done[1]).all()
    np.testing.assert_array_equal(done[0], 1.0)
    assert list(is_positive_definite(a)) == [True, False]
    assert np.isnan(safe_inverse(a)[1]).all()


def test_an_infinite_entry_is_not_definite() -> None:
    a = np.stack([np.eye(2), np.full((2, 2), np.inf)])
    assert list(is_positive_definite(a)) == [True, False]
    assert np.isnan(safe_inverse(a)[1]).all()


def test_a_scalar_batch_has_no_axis() -> None:
    assert spd_solve(np.asarray([[4.0]]), np.asarray([2.0])).shape == (1,)
    assert is_positive_definite(np.eye(3)).shape == ()


def test_right_sides_broadcast_against_one_matrix() -> None:
    a = definite(np.random.default_rng(0), (), 3)
    b = np.random.default_rng(1).standard_normal((4, 3))
    np.testing.assert_allclose(spd_solve(np.broadcast_to(a, (4, 3, 3)), b), np.linalg.solve(a, b.T).T, rtol=1e-10)


def test_correlation_of_a_constant_item_is_nan_in_its_row_only() -> None:
    cov = definite(np.random.default_rng(0), (), 4)
    cov[2] = cov[:, 2] = 0.0
    corr = correlation(cov)
    assert np.isnan(corr[2]).all() and np.isnan(corr[:, 2]).all()
    rest = [0, 1, 3]
    sd = np.sqrt(np.diag(cov))[rest]
    np.testing.assert_allclose(corr[np.ix_(rest, rest)], cov[np.ix_(rest, rest)] / np.outer(sd, sd), rtol=1e-14)
    assert (np.diag(corr)[rest] == 1).all()


def test_null_items_names_copies_and_sums() -> None:
    x = np.random.default_rng(0).standard_normal((200, 5))
    x[:, 4] = x[:, 0]
    assert null_items(np.asarray(np.corrcoef(x.T))) == [0, 4]
    x[:, 4] = x[:, 1] + x[:, 2]
    assert null_items(np.asarray(np.corrcoef(x.T))) == [1, 2, 4]
    assert null_items(np.eye(4)) == []


@given(seed=st.integers(0, 9999), k=st.integers(1, 6))
def test_the_general_solver_takes_indefinite_matrices(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.uniform(-1.3, 1.3, (3, k, k))
    a = (a + np.swapaxes(a, 1, 2)) / 2
    a[:, np.arange(k), np.arange(k)] = 1.0
    b = rng.standard_normal((3, k))
    if np.linalg.cond(a).max() > 1e6:
        return
    np.testing.assert_allclose(general_solve(a, b), np.linalg.solve(a, b[..., None])[..., 0], rtol=1e-9, atol=1e-9)
    a[1] = 1.0  # all variables the same
    done = general_solve(a, b)
    assert np.isnan(done[1]).all() == (k > 1)
    assert np.isfinite(done[[0, 2]]).all()


@pytest.mark.parametrize(("size", "rho"), [(10, 0.97), (12, 0.9), (2, 0.999999)])
def test_the_general_solver_minds_condition_not_size(size: int, rho: float) -> None:
    a = np.full((size, size), rho)
    np.fill_diagonal(a, 1.0)
    x = np.arange(1.0, size + 1)
    np.testing.assert_allclose(general_solve(a, a @ x), x, rtol=1e-8)


def test_a_copy_is_singular_whatever_the_last_bits_say() -> None:
    """Rounding leaves a copied item a pivot and an eigenvalue of either sign: none of them may pass as definite."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((400, 60, 4))
    x = np.concatenate([x, x[..., :1] + x[..., 1:2] * 0.3], axis=-1)
    covs = np.swapaxes(x, -1, -2) @ x / 60
    covs = covs * (1 + 1e-15 * rng.standard_normal(covs.shape))
    covs = (covs + np.swapaxes(covs, -1, -2)) / 2
    lowest = np.linalg.eigvalsh(covs)[..., 0]
    assert (lowest > 0).any() and (lowest < 0).any()  # so the sign is no judge
    assert not is_positive_definite(covs).any()
    assert np.isnan(safe_inverse(covs)).all()


def test_definite_does_not_hang_on_the_units_of_an_item() -> None:
    a = definite(np.random.default_rng(1), (), 4)
    units = np.asarray([1e-8, 1.0, 1e6, 1e3])
    assert is_positive_definite(a * np.outer(units, units))
    a[3] = a[0]
    a[:, 3] = a[:, 0]
    a[3, 3] = a[0, 0]
    assert not is_positive_definite(a * np.outer(units, units))


@pytest.mark.parametrize("kind", [float, complex])
def test_a_matrix_that_is_not_finite_is_nan_and_no_error(kind: type) -> None:
    """LAPACK calls this one singular, and its neighbours with it: NaN below a zero."""
    rng = np.random.default_rng(0)
    a = np.eye(7, dtype=kind) - np.tril(rng.standard_normal((3, 7, 7)), -1)
    a[1][np.tril_indices(7, -1)] = np.where(rng.random(21) < 0.5, np.nan, 0.0)
    inverse = finite_inverse(a)
    assert np.isnan(inverse[1]).all() and np.isfinite(inverse[[0, 2]]).all()
    np.testing.assert_allclose(inverse[[0, 2]] @ a[[0, 2]], np.broadcast_to(np.eye(7), (2, 7, 7)), atol=1e-9)
    solved = finite_solve(a.real, np.ones((3, 7)))
    assert np.isnan(solved[1]).all()
    np.testing.assert_allclose(solved[[0, 2]], np.linalg.solve(a.real[[0, 2]], np.ones((2, 7, 1)))[..., 0])
