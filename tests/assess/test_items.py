"""Items on their own: against scipy, closed forms and planted factors."""

from __future__ import annotations

import numpy as np
import pytest
from samples import chain
from scipy import stats
from sources import answers, ecsi, fit_of, mobi

from csimodels.assess import (
    full_collinearity,
    item_statistics,
    parallel_analysis,
    raw_alpha,
    redundancy,
    suitability,
    tetrad_test,
    tetrad_values,
    tetrads_of,
)
from csimodels.errors import DataError
from csimodels.estimate import PLS
from csimodels.moments import Moments, Multinomial


def test_item_statistics_against_scipy_and_whole_number_weights() -> None:
    x = answers(ecsi(), mobi())
    low, high = np.ones(24), np.full(24, 10.0)
    plain = item_statistics(x, low, high)
    assert np.allclose(plain.skewness, stats.skew(x), atol=1e-12)
    assert np.allclose(plain.kurtosis, stats.kurtosis(x), atol=1e-12)
    assert np.allclose(plain.sd, x.std(axis=0, ddof=1), atol=1e-12)
    assert plain.ceiling[0] == (x[:, 0] == 10).mean()
    twice = item_statistics(np.repeat(x, 2, axis=0), low, high)
    weighted = item_statistics(x, low, high, np.full(250, 2.0))
    for name in ("mean", "skewness", "kurtosis", "floor", "ceiling"):
        assert np.allclose(getattr(weighted, name), getattr(twice, name), atol=1e-12)


def test_missing_answers_are_counted_and_constant_items_have_no_shape() -> None:
    x = np.asarray([[1.0, 5.0], [np.nan, 5.0], [3.0, 5.0]])
    found = item_statistics(x, np.ones(2), np.full(2, 5.0))
    assert found.missing[0] == pytest.approx(1 / 3) and found.n[0] == 2
    assert np.isnan(found.skewness[1]) and found.ceiling[1] == 1


def test_kmo_and_bartlett_from_their_definitions() -> None:
    x = answers(ecsi(), mobi())[:, :6]
    corr = np.corrcoef(x.T)
    found = suitability(corr, 250)
    partial = np.empty((6, 6))  # from residuals of regressions, not from the inverse
    for i, j in np.ndindex(6, 6):
        others = [k for k in range(6) if k not in (i, j)]
        z = np.column_stack([np.ones(250), x[:, others]])
        res = [x[:, k] - z @ np.linalg.lstsq(z, x[:, k], rcond=None)[0] for k in (i, j)]
        partial[i, j] = np.corrcoef(res)[0, 1] if i != j else 0.0
    simple = corr - np.eye(6)
    assert found.kmo == pytest.approx((simple**2).sum() / ((simple**2).sum() + (partial**2).sum()), abs=1e-10)
    chi2 = -(250 - 1 - 17 / 6) * np.log(np.linalg.det(corr))
    assert found.chi2 == pytest.approx(chi2, rel=1e-10) and found.df == 15
    assert found.p == pytest.approx(stats.chi2.sf(chi2, 15), rel=1e-9)


def test_bartlett_rejects_five_per_cent_of_uncorrelated_items() -> None:
    rng = np.random.default_rng(3)
    corr = np.asarray([np.corrcoef(rng.normal(size=(5, 100))) for _ in range(1000)])
    assert (suitability(corr, 100).p < 0.05).mean() == pytest.approx(0.05, abs=3 * 0.0069)


def test_parallel_analysis_finds_the_planted_factors() -> None:
    source = chain(paths=(0.2, 0.2, 0.2))
    found = parallel_analysis(source.rows(source.draw(400, np.random.default_rng(5))), replicates=100)
    assert found.factors == 3
    noise = source.rows(np.random.default_rng(6).normal(size=(400, 9)))
    assert parallel_analysis(noise, replicates=100).factors <= 1


def test_parallel_analysis_names_items_that_do_not_vary() -> None:
    source = chain()
    x = source.draw(50, np.random.default_rng(1))
    x[:, 4] = 1.0
    with pytest.raises(DataError, match="B2"):
        parallel_analysis(source.rows(x))


def test_raw_alpha_from_its_definition_and_redundancy() -> None:
    model = ecsi()
    x = answers(model, mobi())
    fit = fit_of(model, x, PLS())
    alpha = raw_alpha(fit)
    for j, block in enumerate(fit.design.blocks):
        k, part = len(block), x[:, fit.design.columns[block]]
        if k > 1:
            wanted = k / (k - 1) * (1 - part.var(axis=0, ddof=1).sum() / part.sum(axis=1).var(ddof=1))
            assert alpha[j] == pytest.approx(wanted, abs=1e-12)
    assert np.isnan(redundancy(fit)[fit.design.blocks[0]]).all()  # Image is exogenous


def test_full_collinearity_is_that_of_regressions_on_all_others() -> None:
    model = ecsi()
    fit = fit_of(model, answers(model, mobi()), PLS())
    c = fit.correlations
    others = list(range(1, 7))
    r2 = c[0, others] @ np.linalg.solve(c[np.ix_(others, others)], c[others, 0])
    assert full_collinearity(fit)[0] == pytest.approx(1 / (1 - r2), rel=1e-12)


def test_tetrads_are_as_many_as_are_independent_and_vanish_under_one_factor() -> None:
    loading = np.asarray([0.9, 0.7, 0.6, 0.8, 0.5, 0.4])
    cov = np.outer(loading, loading) + np.diag(1 - loading**2)
    for k in (4, 5, 6):
        places = tetrads_of(k)
        assert len(places) == k * (k - 3) // 2
        assert np.allclose(tetrad_values(cov[:k, :k], places), 0.0, atol=1e-15)
    assert (tetrads_of(5) + 1).tolist()[:2] == [[1, 2, 3, 4], [1, 2, 4, 3]]


def test_tetrads_keep_a_factor_and_reject_two() -> None:
    source = chain(size=4, paths=(0.3, 0.3, 0.3))
    rng, kept = np.random.default_rng(2), 0
    for number in range(40):
        rows = source.rows(source.draw(200, rng))
        kept += tetrad_test(rows, rows.items[:4], Multinomial(200, 100, number)).reflective
    assert kept >= 40 * 0.95 - 3 * np.sqrt(40 * 0.0475)
    rows = source.rows(source.draw(400, rng))
    mixed = (*rows.items[:2], *rows.items[4:6])  # two items of A, two of B
    assert not tetrad_test(rows, mixed, Multinomial(400, 200, 1)).reflective
    with pytest.raises(DataError, match="four items"):
        tetrad_test(rows, rows.items[:3], Multinomial(400, 10, 1))
    assert Moments.from_sums(rows.sums()).n == 400
