"""Every numerical state is produced, named, and free of leaking warnings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small import simulated, small_model
from sources import changed, moments_of

from csimodels.errors import SpecError, Status
from csimodels.estimate import PLS, Design, PLSc, inadmissible_reasons, singular_reasons
from csimodels.moments import Moments
from csimodels.spec import Model


def batch_of_one(model: Model, x: np.ndarray) -> Moments:
    m = moments_of(model, x)
    return Moments(m.mean[None], m.cov[None], np.atleast_1d(m.n), np.atleast_1d(m.n_eff), m.items)


@pytest.mark.parametrize("estimator", [PLS(), PLSc()], ids=["PLS", "PLSc"])
def test_constant_item_is_singular_and_named(estimator: Any) -> None:
    model = small_model()
    x = simulated(model, 50, 1)
    x[:, 4] = 6.0
    fit = estimator(Design.of(model), batch_of_one(model, x))
    assert fit.status[0] & Status.SINGULAR
    assert np.isnan(fit.paths[0]).any()
    assert "b2" in singular_reasons(fit, 0)[0] and "b1" not in singular_reasons(fit, 0)[0]


def test_copies_in_a_mode_b_block_are_named() -> None:
    model = changed(small_model(), mode="B")
    x = simulated(model, 50, 1)
    x[:, 7] = 2 * x[:, 5] - 3
    fit = PLS()(Design.of(model), batch_of_one(model, x))
    assert fit.status[0] & Status.SINGULAR
    reason = " ".join(singular_reasons(fit, 0))
    assert "construct C" in reason and "c1" in reason and "c3" in reason and "c2" not in reason
    assert PLS()(Design.of(small_model()), batch_of_one(model, x)).status[0] == Status.OK  # mode A does not mind


def test_collinear_predecessors_are_named() -> None:
    model = small_model({"A": 2, "B": 2, "C": 2}, [("A", "C"), ("B", "C")])
    x = simulated(model, 50, 1)
    x[:, 2:4] = x[:, 0:2]
    for scheme in ("path", "factorial", "centroid"):
        fit = PLS(scheme)(Design.of(model), batch_of_one(model, x))
        assert fit.status[0] & Status.SINGULAR, scheme
        assert "C are collinear: A, B" in " ".join(singular_reasons(fit, 0)), scheme


@pytest.mark.parametrize("estimator", [PLS(max_iter=1), PLSc(max_iter=1)], ids=["PLS", "PLSc"])
def test_one_iteration_is_not_converged_but_has_numbers(estimator: Any) -> None:
    model = small_model()
    fit = estimator(Design.of(model), batch_of_one(model, simulated(model, 50, 1)))
    assert fit.status[0] == Status.NOT_CONVERGED
    assert fit.iterations[0] == 1
    assert np.isfinite(fit.paths).all()
    assert Status(int(fit.status[0])).describe() == "not converged"


def between(within: float, across: float) -> Moments:
    """Two blocks of two items with given correlations within and across."""
    corr = np.full((4, 4), across)
    corr[:2, :2] = corr[2:, 2:] = within
    np.fill_diagonal(corr, 1.0)
    return Moments(np.full((1, 4), 5.0), corr[None], np.full(1, 99.0), np.full(1, 99.0), ("a1", "a2", "b1", "b2"))


def test_corrected_correlation_beyond_one_is_inadmissible_and_shown() -> None:
    model = small_model({"A": 2, "B": 2}, [("A", "B")])
    fit = PLSc()(Design.of(model), between(0.3, 0.4))
    assert fit.status[0] == Status.INADMISSIBLE
    # by hand: rho_A = 2 r / (1 + r); proxies correlate 2 across / (1 + within); corrected across / within
    assert fit.paths[0, 1, 0] == pytest.approx(0.4 / 0.3)
    reason = " ".join(inadmissible_reasons(fit, 0))
    assert "A and B is 1.333" in reason


def test_loading_beyond_one_is_inadmissible() -> None:
    model = small_model({"A": 2, "B": 2}, [("A", "B")])
    corr = np.asarray([[1, 0.4, 0.7, 0.7], [0.4, 1, 0.1, 0.1], [0.7, 0.1, 1, 0.9], [0.7, 0.1, 0.9, 1.0]])
    moments = Moments(np.full((1, 4), 5.0), corr[None], np.full(1, 99.0), np.full(1, 99.0), ("a1", "a2", "b1", "b2"))
    fit = PLSc()(Design.of(model), moments)
    assert fit.status[0] & Status.INADMISSIBLE
    assert "a1" in " ".join(inadmissible_reasons(fit, 0))


def test_negative_reliability_is_inadmissible_without_a_warning() -> None:
    model = small_model({"A": 2, "B": 2}, [("A", "B")])
    corr = np.asarray([[1, -0.3, 0.5, 0.5], [-0.3, 1, 0.4, 0.4], [0.5, 0.4, 1, 0.8], [0.5, 0.4, 0.8, 1.0]])
    moments = Moments(np.full((1, 4), 5.0), corr[None], np.full(1, 99.0), np.full(1, 99.0), ("a1", "a2", "b1", "b2"))
    fit = PLSc()(Design.of(model), moments)
    assert fit.status[0] & Status.INADMISSIBLE
    assert fit.rho_a[0, 0] < 0
    assert "rho_A of A" in " ".join(inadmissible_reasons(fit, 0))


def test_indefinite_corrected_correlations_are_solved_and_flagged() -> None:
    """Corrected predecessor correlations without a positive definite matrix still have paths, as in other tools."""
    model = small_model({"A": 2, "B": 2, "C": 2}, [("A", "C"), ("B", "C")])
    corr = np.full((6, 6), 0.35)
    for j in range(3):
        corr[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] = 0.4
    corr[:2, 2:4] = corr[2:4, :2] = 0.45
    np.fill_diagonal(corr, 1.0)
    items = ("a1", "a2", "b1", "b2", "c1", "c2")
    fit = PLSc()(Design.of(model), Moments(np.full((1, 6), 5.0), corr[None], np.full(1, 99.0), np.full(1, 99.0), items))
    phi_ab, phi_c = 0.45 / 0.4, 0.35 / 0.4
    expected = np.linalg.solve([[1, phi_ab], [phi_ab, 1]], [phi_c, phi_c])
    assert fit.status[0] == Status.INADMISSIBLE
    np.testing.assert_allclose(fit.paths[0, 2, :2], expected, atol=1e-9)


def test_an_item_and_its_mirror_image_do_not_leak_warnings() -> None:
    model = small_model({"A": 2, "B": 2}, [("A", "B")])
    x = simulated(model, 50, 2)
    x[:, 1] = 11 - x[:, 0]  # the first scores, with weights of one, have no variance
    fit = PLS()(Design.of(model), batch_of_one(model, x))
    assert fit.status[0] in (Status.OK, Status.SINGULAR)
    if fit.status[0] == Status.OK:
        np.testing.assert_allclose(np.abs(fit.loadings[0, :2, 0]), 1.0)


@pytest.mark.parametrize("kind", [PLS, PLSc])
def test_settings_are_checked_all_at_once(kind: Any) -> None:
    with pytest.raises(SpecError) as caught:
        kind("pth", tol=0, max_iter=0)
    assert [p.where for p in caught.value.problems] == ["scheme", "tol", "max_iter"]
    assert 'did you mean "path"' in str(caught.value)
    for wrong in ({"tol": -1}, {"tol": float("nan")}, {"max_iter": 2.5}, {"max_iter": True}, {"max_iter": -3}):
        with pytest.raises(SpecError):
            kind(**wrong)
    with pytest.raises(TypeError):
        kind(weights="A")


@pytest.mark.parametrize("wrong", [float("inf"), "1e-7", None])
def test_a_tolerance_that_is_no_number_is_refused_in_words(wrong: Any) -> None:
    with pytest.raises(SpecError, match="tolerance"):
        PLS(tol=wrong)


def test_plsc_refuses_reflective_mode_b() -> None:
    model = small_model()
    mixed = replace(model, constructs=tuple(replace(c, mode="B") if c.name in "AD" else c for c in model.constructs))
    with pytest.raises(SpecError, match="construct A") as caught:
        PLSc()(Design.of(mixed), moments_of(mixed, simulated(mixed, 50, 1)))
    assert len(caught.value.problems) == 1  # a single item has no mode
