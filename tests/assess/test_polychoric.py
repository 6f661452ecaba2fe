"""Polychoric correlations: check value, planted correlations, weights as repeated rows, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from samples import chain
from scipy.stats import multivariate_normal
from sources import mobi

from csimodels.assess import polychoric, with_correlations
from csimodels.errors import DataError
from csimodels.estimate import PLS
from csimodels.moments import Moments
from csimodels.moments.polychoric import Tables, corners, correlations


def test_two_satisfaction_items_as_lavaan_and_polycor_have_them() -> None:
    data = mobi()
    codes = np.column_stack([np.searchsorted([4, 6, 7, 8], data[item]) for item in ("CUSA1", "CUSA2")]).astype(float)
    found = polychoric(codes)
    assert found.correlation[0, 1] == pytest.approx(0.578849262, abs=1e-8)  # lavaan 0.6-14 lavCor; F29
    assert found.log_likelihood[0] == pytest.approx(-662.53090, abs=1e-5)
    assert found.converged
    assert np.corrcoef(codes.T)[0, 1] == pytest.approx(0.516285, abs=1e-6)


@pytest.mark.parametrize("rho", [-0.97, -0.4, 0.0, 0.6, 0.95])
def test_cells_are_those_of_the_bivariate_normal(rho: float) -> None:
    low, high = np.asarray([-0.7, 0.0, 0.4]), np.asarray([0.0, 1.1])
    found = corners(low, high, np.asarray(rho))
    normal = multivariate_normal(cov=[[1, rho], [rho, 1]])
    direct = [[normal.cdf([a, b]) for b in high] for a in low]
    assert found.below[1:-1, 1:-1] == pytest.approx(np.asarray(direct), abs=1e-12)
    assert found.below[-1, -1] == pytest.approx(1.0) and found.below[0] == pytest.approx(0.0, abs=1e-15)
    step = 1e-5
    up, down = (corners(low, high, np.asarray(rho + s)) for s in (step, -step))
    assert found.density == pytest.approx((up.below - down.below) / (2 * step), abs=1e-7)
    assert found.bent == pytest.approx((up.density - down.density) / (2 * step), rel=1e-5, abs=1e-6)


def test_planted_correlations_come_back_from_coarse_answers() -> None:
    rng = np.random.default_rng(1)
    true = np.asarray([[1, 0.7, -0.3], [0.7, 1, 0.2], [-0.3, 0.2, 1]])
    x = rng.multivariate_normal(np.zeros(3), true, size=20_000)
    codes = np.column_stack([np.searchsorted(cuts, x[:, j]) for j, cuts in enumerate(([-0.5, 0.8], [0.3], [-1, 0, 1]))])
    found = polychoric(codes.astype(float)).correlation
    assert np.allclose(found, true, atol=0.04)  # standard errors of up to .01
    assert abs(np.corrcoef(codes.T)[0, 1]) < 0.6  # what the codes alone show


def test_weights_are_repeated_rows_and_holes_are_left_out() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(1, 5, (80, 3)).astype(float)
    times = rng.integers(0, 3, 80)
    weighted = polychoric(codes, np.stack([times, np.ones(80)]).astype(float))
    repeated = polychoric(np.repeat(codes, times, axis=0))
    assert weighted.correlation.shape == (2, 3, 3)
    assert weighted.correlation[0] == pytest.approx(repeated.correlation, abs=1e-8)
    holed = np.vstack([codes, [[np.nan, 1.0, 2.0]]])
    assert np.array_equal(polychoric(holed).correlation, polychoric(codes).correlation)


def test_ordinal_pls_is_pls_on_these_correlations() -> None:
    source = chain()
    x = np.round(source.draw(400, np.random.default_rng(3)))
    x = np.clip(x, -1, 1)
    moments = Moments.from_sums(source.rows(x).sums())
    found = polychoric(x).correlation
    fit = PLS()(source.design, with_correlations(moments, found))
    assert fit.moments.corr == pytest.approx(found, abs=1e-12) and fit.status == 0
    assert fit.paths[1, 0] > PLS()(source.design, moments).paths[1, 0]  # coarse answers attenuate


def test_items_without_or_with_too_many_categories_are_refused() -> None:
    with pytest.raises(DataError, match="item 2: 1"):
        polychoric(np.column_stack([np.arange(10) % 2, np.ones(10)]).astype(float))
    with pytest.raises(DataError, match="item 1: 30"):
        polychoric(np.column_stack([np.arange(30), np.arange(30) % 2]).astype(float))


def test_a_level_that_goes_with_one_level_of_another_item() -> None:
    """An empty corner of a 2 x 2 table: the likelihood rises to a correlation of 1, and is flat before it."""
    levels = (np.asarray([1.0, 2.0]),) * 2
    counts = np.asarray([[145.0, 0, 106, 39], [0, 155, 0, 155], [106, 0, 106, 0], [39, 155, 0, 194]])
    corr, converged = correlations(Tables(levels, counts))
    assert converged and corr[0, 1] == pytest.approx(0.9999, abs=1e-9)
