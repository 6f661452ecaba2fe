"""Sums of powers of what sampling units add to the numbers, against the values themselves."""

import numpy as np
import pytest

from csimodels.infer.chain import MANY, Chain
from csimodels.infer.powers import PowerSums, multiples, power_sums

RNG = np.random.default_rng(11)


def chain(absent: bool = False) -> Chain:
    inner = RNG.normal(size=(12, 20)) * (RNG.random((12, 20)) < 0.5)
    outer = RNG.normal(size=(30, 12)) * (RNG.random((30, 12)) < 0.3)
    outer[3], outer[7], outer[8], outer[9] = -2.5 * outer[2], outer[2], 0.0, 1e-7 * outer[1]
    if absent:
        outer[5], inner[4] = np.nan, np.nan
    return Chain(inner, outer)


@pytest.mark.parametrize("transform", [None, RNG.normal(size=(20, 20))])
@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize("copies", [None, RNG.integers(1, 4, 40).astype(float)])
def test_the_sums_are_those_of_the_values(
    transform: np.ndarray | None, absent: bool, copies: np.ndarray | None
) -> None:
    one, contributions, counts = chain(absent), RNG.normal(size=(40, 20)), RNG.random(40)
    moved = contributions if transform is None else contributions @ transform
    used = np.where(np.isnan(one.inner), 0.0, one.inner)
    values = moved @ used.T @ np.nan_to_num(one.outer).T
    lost = np.isnan(one.outer).any(axis=1) | (one.outer[:, np.isnan(one.inner).any(axis=1)] != 0).any(axis=1)
    times = np.ones(40) if copies is None else copies
    expected = np.stack([(counts * times) @ values**2, times @ values**2, times @ values**4])
    expected[:, lost] = np.nan
    sums = PowerSums.of_chain(one, transform)
    np.testing.assert_allclose(sums.spread(sums.of_block(contributions, counts, copies)), expected, rtol=1e-12)


def test_few_units_are_summed_from_their_values() -> None:
    one, contributions, counts = chain(), RNG.normal(size=(9, 20)), np.ones(9)
    few, many = (power_sums(one, None, units) for units in (9, MANY))
    sums = [of.spread(of.of_block(contributions.copy(), counts, None)) for of in (few, many)]
    np.testing.assert_allclose(sums[1], sums[0], rtol=1e-12)


def test_rows_that_are_multiples_stand_once() -> None:
    cells = np.array([[1.0, 2.0, 0.0], [-3.0, -6.0, -0.0], [0.0, 0.0, 0.0], [np.nan, 1.0, 0.0], [1.0, 2.0, 1e-9]])
    rows, of, factor = multiples(cells)
    assert sorted(rows.tolist()) == [0, 2, 3, 4]
    np.testing.assert_array_equal(cells[rows][of] * factor[:, None], cells)
