"""Implied moments and their derivatives against textbook forms and central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from core_cases import SCALAR, build, path, sample_of, second, stated, three
from hypothesis import given
from hypothesis import strategies as st

from csimodels.estimate.ml.discrepancy import Target
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.start import start_values
from csimodels.estimate.ml.structure import Structure

loose = build(
    {"A": ["x1", "x2", "x3"], "B": ["x4", "x5", "x6"], "C": ["x7", "x8"], "Z": ["x9"]},
    ["H Z"],
    stated("x1 ~~ x4", "A ~~ B", "a: A =~ x2", "a: A =~ x3"),
    H=["A", "B", "C"],
)
MODELS = {"three": three, "path": path, "second": second, "loose": loose}
FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "means": {"mean_structure": True},
    "std_lv": {"identification": "std_lv"},
    "groups": {"groups": 2, "mean_structure": True, "equal": SCALAR},
}


def one_factor() -> Structure:
    return Structure(ParameterTable.of(build({"F": ["a", "b", "c"]}), mean_structure=True))


def test_one_factor_in_closed_form() -> None:
    """Sigma = phi l l' + Theta; x is (l2, l3, theta1..3, phi, nu1..3)."""
    structure = one_factor()
    x = np.array([0.8, 1.2, 0.3, 0.4, 0.5, 2.0, 1.0, 2.0, 3.0])
    mu, sigma = structure.implied(x)
    load = np.array([1.0, 0.8, 1.2])
    assert np.allclose(sigma[0], 2.0 * np.outer(load, load) + np.diag([0.3, 0.4, 0.5]), rtol=0, atol=1e-15)
    assert np.array_equal(mu[0], [1.0, 2.0, 3.0])
    assert structure.table.names == (
        "F =~ b", "F =~ c", "a ~~ a", "b ~~ b", "c ~~ c", "F ~~ F", "a ~1", "b ~1", "c ~1"
    )  # fmt: skip


def test_jacobian_has_means_first_and_vech_column_by_column() -> None:
    """Order of the moments: mu1..mu3, then s11, s21, s31, s22, s32, s33."""
    jacobian = one_factor().jacobian(np.array([0.8, 1.2, 0.3, 0.4, 0.5, 2.0, 1.0, 2.0, 3.0]))[0]
    assert jacobian.shape == (9, 9)
    assert np.array_equal(jacobian[:, 6], [1, 0, 0, 0, 0, 0, 0, 0, 0])
    assert np.array_equal(jacobian[:, 3], [0, 0, 0, 0, 0, 0, 1, 0, 0])  # theta2 moves s22 alone
    assert np.allclose(jacobian[:, 5], [0, 0, 0, 1, 0.8, 1.2, 0.64, 0.96, 1.44], rtol=0, atol=1e-15)  # phi
    assert np.allclose(jacobian[:, 0], [0, 0, 0, 0, 2.0, 0, 3.2, 2.4, 0], rtol=0, atol=1e-15)  # l2


def test_second_order_and_paths_are_the_textbook_form() -> None:
    """(I - B)^{-1} by hand for F2 = .5 F1 + z: var F2 = .25 phi + psi, cov = .5 phi."""
    model = build({"F1": ["a", "b"], "F2": ["c", "d"]}, ["F1 F2"])
    structure = Structure(ParameterTable.of(model))
    x = np.array([1.0, 1.0, 0.5, 0.1, 0.1, 0.1, 0.1, 2.0, 0.3])
    sigma = structure.implied(x)[1][0]
    assert sigma[0, 2] == pytest.approx(1.0) and sigma[2, 3] == pytest.approx(0.25 * 2 + 0.3)


@pytest.mark.parametrize("kind", ["ml", "gls", "uls"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MODELS)
def test_derivatives_are_those_of_central_differences(name: str, form: str, kind: str) -> None:
    """Central differences with step 1e-5 are right to about 1e-9 of the function's third derivative."""
    structure = Structure(ParameterTable.of(MODELS[name], **FORMS[form]))
    sample = sample_of("mg_configural" if form == "groups" else "hs_marker")
    sample = Sample(sample.mean[None], sample.cov[None], sample.n[None])
    target = Target(structure, sample, kind)  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    x = start_values(structure, sample)
    x = x * (1 + 0.03 * rng.normal(size=x.shape)) + 0.01 * rng.normal(size=x.shape)
    gradient, expected, exact = target.derivatives(target.point(x))
    assert exact is not None
    step = 1e-5
    moments = structure.jacobian(x)[0].reshape(-1, structure.q)
    for k in range(structure.q):
        up, down = x.copy(), x.copy()
        up[0, k] += step
        down[0, k] -= step
        high, low = target.point(up), target.point(down)
        assert gradient[0, k] == pytest.approx((high.value - low.value)[0] / (2 * step), rel=1e-5, abs=1e-7)
        turned = (target.derivatives(high)[0] - target.derivatives(low)[0])[0] / (2 * step)
        assert np.allclose(exact[0, k], turned, rtol=1e-4, atol=1e-5 * max(1.0, np.abs(exact).max() / 100))
        moved = (implied(structure, up) - implied(structure, down)) / (2 * step)
        assert np.allclose(moments[:, k], moved, rtol=0, atol=1e-8)
    assert np.allclose(expected, np.swapaxes(expected, -1, -2), rtol=0, atol=1e-12 * np.abs(expected).max())
    assert np.linalg.eigvalsh(expected[0])[0] > -1e-10


def implied(structure: Structure, x: np.ndarray) -> np.ndarray:
    """[mu, vech(Sigma)] of all groups in one vector."""
    mu, sigma = structure.implied(x[0])
    col, row = np.triu_indices(structure.p)
    parts = [sigma[..., row, col]]
    if structure.table.mean_structure:
        parts.insert(0, mu)
    return np.concatenate(parts, axis=-1).reshape(-1)


@given(st.integers(0, 10_000))
def test_expected_hessian_is_jacobian_weight_jacobian(seed: int) -> None:
    """tr(W dS W dS) for all pairs, the long way: 2 J' W J with W = D'(S^-1 x S^-1)D / 2 (Browne 1974)."""
    structure = Structure(ParameterTable.of(path))
    sample = sample_of("hs_marker")
    sample = Sample(sample.mean[None], sample.cov[None], sample.n[None])
    target = Target(structure, sample, "ml")
    rng = np.random.default_rng(seed)
    x = start_values(structure, sample) * (1 + 0.05 * rng.normal(size=(1, structure.q)))
    point = target.point(x)
    if not np.isfinite(point.value).all():
        return
    inverse = np.linalg.inv(structure.implied(x[0])[1][0])
    col, row = np.triu_indices(structure.p)
    jacobian = structure.jacobian(x)[0, 0]
    full = np.zeros((structure.q, structure.p, structure.p))
    full[:, row, col] = jacobian.T
    full[:, col, row] = jacobian.T
    slow = np.einsum("ab,ibc,cd,jda->ij", inverse, full, inverse, full, optimize=True)
    assert np.allclose(target.derivatives(point)[1][0], slow, rtol=1e-9, atol=1e-9)
