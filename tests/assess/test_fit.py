"""Overall fit: batches equal loops, the exact test keeps its size, what is singular has no distance."""

from __future__ import annotations

import numpy as np
import pytest
from samples import chain
from sources import answers, changed, ecsi, fit_of, mobi, moments_of, second_order

from csimodels.assess import distances, exact_fit, goodness_of_fit, implied_correlations, rms_theta
from csimodels.errors import EstimationError, SpecError
from csimodels.estimate import PLS, Design, PLSc
from csimodels.moments import Moments, Multinomial


def test_a_batch_gives_what_its_elements_give_alone() -> None:
    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    moments = moments_of(model, x, counts=Multinomial(250, 6, 1).counts(0, 6).reshape(2, 3, 250))
    batch = distances(PLS()(design, moments))
    for i, j in np.ndindex(2, 3):
        alone = distances(PLS()(design, moments[i, j]))
        for name in ("srmr", "d_uls", "d_g", "d_ml", "nfi"):
            assert getattr(batch, name)[i, j] == pytest.approx(float(getattr(alone, name)), abs=1e-10)


def test_a_saturated_structure_fits_as_the_saturated_model() -> None:
    source = chain()
    x = source.draw(200, np.random.default_rng(1))
    fit = PLS()(source.design, Moments.from_sums(source.rows(x).sums()))
    assert np.allclose(implied_correlations(fit, "estimated"), implied_correlations(fit, "saturated"), atol=1e-12)


def test_composites_keep_the_correlations_within_blocks_and_factors_do_not() -> None:
    model = ecsi()
    x = answers(model, mobi())
    within = Design.of(model).block[:, None] == Design.of(model).block
    plain = fit_of(model, x, PLS())
    assert np.array_equal(implied_correlations(plain)[within], plain.moments.corr[within])
    corrected = fit_of(model, x, PLSc())
    assert np.abs(implied_correlations(corrected) - corrected.moments.corr)[within].max() > 0.01
    composites = fit_of(changed(model, measured="composite"), x, PLSc())
    assert np.array_equal(implied_correlations(composites)[within], composites.moments.corr[within])


def test_goodness_of_fit_equals_plspm(reference) -> None:  # type: ignore[no-untyped-def]
    theirs = reference("pls_plspmR_ecsi_modeA_centroid_scaled.json")["tight_tol_1e20"]["gof"]
    model = ecsi()
    fit = fit_of(model, answers(model, mobi()), PLS("centroid", tol=1e-13, max_iter=2000))
    assert float(goodness_of_fit(fit)) == pytest.approx(theirs, abs=1e-8)


def test_repeated_items_have_no_distance_that_needs_an_inverse() -> None:
    model = second_order()
    fit = fit_of(model, answers(model, mobi()), PLS(higher_order="repeated"))
    found = distances(fit)
    assert np.isnan(found.d_g) and np.isnan(found.d_ml) and np.isnan(found.nfi)
    assert np.isfinite(found.srmr)
    with pytest.raises(EstimationError, match="positive definite"):
        exact_fit(fit, chain().rows(np.zeros((3, 9))), Multinomial(3, 2, 1))


def test_an_unknown_model_is_refused_by_name() -> None:
    model = ecsi()
    fit = fit_of(model, answers(model, mobi()), PLS())
    with pytest.raises(SpecError, match='did you mean "saturated"'):
        implied_correlations(fit, "saturatd")  # type: ignore[arg-type]
    assert 0 < float(rms_theta(fit)) < 0.1


def _rejections(broken: float, samples: int) -> np.ndarray:
    """Share of samples in which each distance rejects at 5 %."""
    source, rng = chain(), np.random.default_rng(7)
    low = []
    for number in range(samples):
        x = source.draw(200, rng)
        extra = rng.normal(size=200)
        x[:, 0] = (x[:, 0] + broken * extra) / np.sqrt(1 + broken**2)
        x[:, 3] = (x[:, 3] + broken * extra) / np.sqrt(1 + broken**2)
        rows = source.rows(x)
        fit = PLS()(source.design, Moments.from_sums(rows.sums()))
        low.append(exact_fit(fit, rows, Multinomial(200, 99, number)).p <= 0.05)
    return np.asarray(low).mean(axis=0)


def test_exact_fit_rejects_five_per_cent_of_true_models_and_most_wrong_ones() -> None:
    true = _rejections(0.0, 80)
    assert (true <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)).all()
    assert (_rejections(1.0, 10) >= 0.8).all()
