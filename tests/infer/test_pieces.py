"""Products that leave out zeros, against the dense product."""

import numpy as np
import pytest

from csimodels.infer.chain import Chain
from csimodels.infer.pieces import Piecewise

RNG = np.random.default_rng(4)


def matrix(rows: int, columns: int, share: float) -> np.ndarray:
    cells = RNG.normal(size=(rows, columns)) * (RNG.random((rows, columns)) < share)
    cells[: rows // 3, : columns // 2] = 0.0
    return cells


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 1.0])
def test_the_pieces_give_the_dense_product(share: float) -> None:
    cells, lines = matrix(60, 40, share), RNG.normal(size=(40, 33))
    np.testing.assert_allclose(Piecewise.of(cells)(lines), cells @ lines, rtol=0, atol=1e-12)


def test_nan_stays_where_a_number_or_a_contribution_is_missing() -> None:
    cells, lines = matrix(30, 20, 0.2), RNG.normal(size=(20, 6))
    cells[4], cells[9], cells[10] = np.nan, 0.0, 0.0
    cells[10, 3] = 2.0
    lines[:, 2] = np.nan
    found = Piecewise.of(cells)(lines)
    assert np.isnan(found[4]).all() and np.isnan(found[:, 2]).all()
    assert np.isfinite(np.delete(np.delete(found, 4, axis=0), 2, axis=1)).all()


@pytest.mark.parametrize("transform", [None, RNG.normal(size=(20, 20))])
def test_a_chain_of_many_units_is_worth_what_that_of_few_is(transform: np.ndarray | None) -> None:
    chain, contributions = Chain(matrix(12, 20, 0.3), matrix(50, 12, 0.2)), RNG.normal(size=(7, 20))
    few, many = chain.applied(transform)(contributions), chain.applied(transform, 10_000)(contributions)
    np.testing.assert_allclose(many, few, rtol=0, atol=1e-12)
