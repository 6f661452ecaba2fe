"""Sums of whole numbers in single precision: the sums of double precision, bit by bit."""

import numpy as np
import pytest

from csimodels.moments import Multinomial, Poisson, Rows
from csimodels.moments.counts import Matrix
from csimodels.moments.products import Products
from csimodels.moments.whole import Grid

RNG = np.random.default_rng(8)
PARTS = ("w", "ww", "wx", "wxx", "n_rows")


def rows(n: int, high: int, holes: float, form: str, shift: float) -> Rows:
    x = RNG.integers(1, high + 1, (n, 5)).astype(float)
    x[RNG.random(x.shape) < holes] = np.nan
    return Rows(tuple("abcde"), x, np.full(5, shift), None, form)


@pytest.mark.parametrize("high, shift", [(10, 5.5), (7, 4.0), (100, 50.5), (2, 1.5)])
@pytest.mark.parametrize("form, holes", [("complete", 0.0), ("complete", 0.1), ("pairwise", 0.1)])
def test_counts_in_bytes_give_the_sums_of_the_same_counts_in_floating_point(
    form: str, holes: float, high: int, shift: float
) -> None:
    answers = rows(9000, high, holes, form, shift)
    drawn = Multinomial(answers.n, 6, 3).drawn(0, 6)
    assert answers._grid is not None and drawn.largest is not None
    single, double = answers.sums(drawn), answers.sums(drawn.of(slice(None)))
    for name in PARTS:
        np.testing.assert_array_equal(getattr(single, name), getattr(double, name))
    if form == "pairwise":
        np.testing.assert_array_equal(single.as_pairwise().w, double.as_pairwise().w)
        np.testing.assert_array_equal(single.as_pairwise().wx, double.as_pairwise().wx)


def test_one_row_drawn_so_often_that_single_precision_would_round_is_summed_in_double() -> None:
    answers = rows(300, 100, 0.0, "complete", 50.5)
    counts = np.zeros((2, 300), dtype=np.uint32)
    counts[:, 7] = 3_000_001
    found = answers.sums(Matrix(counts))
    z = answers.x[7] - 50.5
    np.testing.assert_array_equal(found.wxx[0], 3_000_001 * np.outer(z, z))
    np.testing.assert_array_equal(found.ww, [3_000_001.0**2] * 2)


def test_answers_that_are_no_whole_numbers_or_large_have_no_grid() -> None:
    z = np.asarray([[-4.5, 3.0], [0.5, 1.0]])
    assert Grid.of([z]) == Grid(2.0, 9.0)
    assert Grid.of([z * 2, z]) == Grid(2.0, 18.0)
    assert Grid.of([z / 2]) is None
    assert Grid.of([z * 100]) is None


def test_products_have_their_columns_in_one_order() -> None:
    z, there = RNG.normal(size=(50, 4)), (RNG.random((50, 4)) < 0.8).astype(float)
    a, b = np.triu_indices(4)
    parts = [np.ones((50, 1)), z, z[:, a] * z[:, b], there[:, a] * there[:, b]]
    wanted = np.hstack([*parts, (z[:, :, None] * there[:, None, :]).reshape(50, 16)])
    columns = Products(4, masked=True)
    np.testing.assert_array_equal(columns.table(z, there), wanted)
    assert columns.degrees.tolist() == [0] + [1] * 4 + [2] * 10 + [0] * 10 + [1] * 16


@pytest.mark.parametrize("plan", [Multinomial, Poisson])
def test_many_rows_are_drawn_as_few_are(plan: type, monkeypatch: pytest.MonkeyPatch) -> None:
    n = 2**14 + 3
    large = plan(n, 3, 5).counts(0, 3)
    monkeypatch.setattr("csimodels.moments.replicates._MANY", 2**20)
    np.testing.assert_array_equal(large, plan(n, 3, 5).counts(0, 3))
