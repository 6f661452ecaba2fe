"""Fits near a solution: the same numbers as from the usual start, in two or three steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small import simulated, small_model
from sources import moments_of

from csimodels import load_model, simulate
from csimodels.errors import Status
from csimodels.estimate import PLS, Design, Fit, PLSc, outer
from csimodels.infer.em_influence import perturbed
from csimodels.moments import Moments

ESTIMATORS = [PLS("path"), PLS("factorial"), PLS("centroid"), PLSc("path"), PLS("path", metric="raw")]


def moved(moments: Moments, step: float) -> Moments:
    means, covs, _ = perturbed(moments.mean, moments.cov, step)
    ones = np.ones(len(means))
    return Moments(means, covs, moments.n * ones, moments.n_eff * ones, moments.items)


def same(a: Fit, b: Fit, tol: float) -> None:
    for name in ("weights", "loadings", "correlations", "paths", "rho_a"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=0, atol=tol, err_msg=name)
    assert np.array_equal(a.status, b.status)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
@pytest.mark.parametrize("step", [1e-5, 1e-3])
def test_the_numbers_are_those_of_the_usual_start(estimator: Any, step: float) -> None:
    model = small_model()
    design, moments = Design.of(model), moments_of(model, simulated(model, 200, 1))
    batch = moved(moments, step)
    near, usual = estimator.near(design, moments)(design, batch), estimator.sharp()(design, batch)
    same(near, usual, 2e-11)
    assert near.iterations.max() <= 4 < usual.iterations.max()


def test_modes_and_every_stage_have_a_start_of_their_own() -> None:
    model = load_model("three-level-template")
    design = Design.of(model)
    moments = moments_of(model, simulate(model, 300, seed=2).data[list(model.item_names)].to_numpy(float))
    for estimator in (PLS(), PLS(higher_order="embedded"), PLSc()):
        near = estimator.near(design, moments)
        assert len(near.starts) > 1
        fit = near(design, moved(moments, 1e-5))
        same(fit, estimator.sharp()(design, moved(moments, 1e-5)), 2e-11)


def test_mode_b_blocks() -> None:
    model = small_model()
    model = replace(model, constructs=tuple(replace(c, mode="B", measured="composite") for c in model.constructs))
    design, moments = Design.of(model), moments_of(model, simulated(small_model(), 200, 1))
    same(PLS().near(design, moments)(design, moved(moments, 1e-5)), PLS().sharp()(design, moved(moments, 1e-5)), 2e-11)


def test_elements_far_away_are_left_to_the_plain_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model()
    design = Design.of(model)
    moments, far = (moments_of(model, simulated(model, 60, seed)) for seed in (1, 2))
    monkeypatch.setattr(outer, "STEPS", 2)
    batch = Moments(far.mean[None], far.cov[None], far.n[None], far.n_eff[None], far.items)
    near = PLS().near(design, moments)(design, batch)
    usual = PLS().sharp()(design, batch)
    same(near, usual, 1e-15)
    assert near.iterations[0] == usual.iterations[0]


def test_without_a_solution_nothing_is_begun_at() -> None:
    model = small_model()
    design, moments = Design.of(model), moments_of(model, simulated(model, 60, 1))
    assert PLS(max_iter=1).near(design, moments).starts == {}
    assert PLS(max_iter=1)(design, moments).status == int(Status.NOT_CONVERGED)
