"""Properties of the minimiser: known truth, batches, starts, scales, and that the discrepancy never rises."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from core_cases import acsi, build, figures, path, sample_of, solved, tables, three
from hypothesis import given
from hypothesis import strategies as st

from csimodels.errors import Status
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import solve
from csimodels.estimate.ml.structure import Structure


def sample(cov: np.ndarray, n: float = 200.0) -> Sample:
    return Sample(np.zeros((1, len(cov))), cov[None], np.array([n]))


def resampled(name: str, size: int, seed: int = 1) -> Sample:
    """`size` Wishart draws round the covariances of a case: samples that differ but fit about as badly."""
    base = sample_of(name)
    rng = np.random.default_rng(seed)
    n = int(base.n[0])
    rows = rng.multivariate_normal(base.mean[0], base.cov[0], size=(size, n))
    cov = np.stack([np.cov(x.T, bias=True) for x in rows])
    return Sample(rows.mean(axis=1)[:, None], cov[:, None], np.full((size, 1), float(n)))


@given(st.integers(0, 10_000), st.sampled_from(["marker", "std_lv"]), st.sampled_from(["ml", "gls", "uls"]))
def test_parameters_are_recovered_from_their_own_covariances(seed: int, identification: str, kind: str) -> None:
    rng = np.random.default_rng(seed)
    structure = Structure(ParameterTable.of(path, identification=identification))  # type: ignore[arg-type]
    x = np.array([truth(row.matrix, row.row == row.col, rng) for row in structure.table.rows if row.free >= 0])
    n = 500.0
    cov = structure.implied(x)[1][0] * (1.0 if kind == "ml" else (n - 1) / n)
    solution = solve(structure, sample(cov, n), kind)  # type: ignore[arg-type]
    assert solution.status == Status.OK
    assert solution.chi2 == pytest.approx(0.0, abs=1e-9)
    assert np.allclose(solution.x, x, rtol=0, atol=1e-6)


def truth(matrix: str, diagonal: bool, rng: np.random.Generator) -> float:
    low, high = {"lambda": (0.6, 1.4), "beta": (0.2, 0.7)}.get(matrix, (0.4, 1.2) if diagonal else (0.1, 0.3))
    return float(rng.uniform(low, high))


def test_three_items_in_closed_form() -> None:
    """Just identified: l2 = s23/s13, l3 = s23/s12, phi = s12 s13 / s23 (Spearman 1904)."""
    cov = np.array([[1.5, 0.6, 0.5], [0.6, 1.2, 0.4], [0.5, 0.4, 1.0]])
    solution = solve(Structure(ParameterTable.of(build({"F": ["a", "b", "c"]}))), sample(cov))
    phi = 0.6 * 0.5 / 0.4
    expected = [0.8, 0.4 / 0.6, 1.5 - phi, 1.2 - 0.64 * phi, 1.0 - phi / 2.25, phi]
    assert np.allclose(solution.x, expected, rtol=0, atol=1e-10)
    assert solution.df == 0 and solution.chi2 == pytest.approx(0.0, abs=1e-10)


@pytest.mark.parametrize("name", ["hs_marker", "acsi_marker"])
def test_a_batch_gives_what_each_element_gives_alone(name: str) -> None:
    table, _ = tables()[name]
    structure, batch = Structure(table), resampled(name, 40)
    together = solve(structure, batch)
    assert (together.status == 0).mean() > 0.8
    for k in range(0, 40, 7):
        alone = solve(structure, batch[k])
        assert alone.x.shape == (structure.q,) and alone.status == together.status[k]
        assert alone.iterations == together.iterations[k]
        assert np.allclose(alone.x, together.x[k], rtol=1e-9, atol=1e-9)


def test_batch_axes_are_kept() -> None:
    structure, batch = Structure(tables()["hs_marker"][0]), resampled("hs_marker", 6)
    folded = Sample(batch.mean.reshape(2, 3, 1, -1), batch.cov.reshape(2, 3, 1, 9, 9), batch.n.reshape(2, 3, 1))
    solution = solve(structure, folded)
    assert solution.x.shape == (2, 3, 21) and solution.status.shape == (2, 3) and solution.sigma.shape[:3] == (2, 3, 1)
    assert np.array_equal(solution.x.reshape(6, -1), solve(structure, batch).x)


def test_groups_without_constraints_are_fits_of_their_own() -> None:
    both, batch = solved("mg_configural"), sample_of("mg_configural")
    structure = Structure(tables()["hs_means"][0])
    parts = [solve(structure, Sample(batch.mean[g : g + 1], batch.cov[g : g + 1], batch.n[g : g + 1])) for g in (0, 1)]
    assert both.chi2 == pytest.approx(sum(float(part.chi2) for part in parts), rel=1e-10)
    assert np.allclose(both.x, np.concatenate([part.x for part in parts]), rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", ["hs_marker", "pd", "acsi_std_lv", "ecsi_marker", "mg_scalar"])
def test_the_discrepancy_never_rises(name: str) -> None:
    table, _ = tables()[name]
    values = [float(solve(Structure(table), sample_of(name), max_iter=k).value) for k in range(1, 16)]
    assert all(after <= before + 1e-12 for before, after in pairwise(values))
    assert values[0] > values[-1]


@given(st.integers(0, 10_000))
def test_other_starts_lead_to_the_same_minimum(seed: int) -> None:
    solution = solved("acsi_marker")
    start = solution.x * (1 + 0.2 * np.random.default_rng(seed).normal(size=solution.x.shape))
    again = solve(solution.structure, solution.sample, start=start)
    assert again.chi2 == pytest.approx(float(solution.chi2), rel=1e-9)
    assert np.allclose(again.x, solution.x, rtol=1e-6, atol=1e-7)


@given(st.integers(0, 10_000))
def test_items_on_other_scales_fit_the_same(seed: int) -> None:
    """ML and GLS do not depend on the units of the items: chi2 stays, loadings take the units."""
    rng = np.random.default_rng(seed)
    base = sample_of("hs_marker")
    unit = 10 ** rng.uniform(-3, 3, size=9) * rng.choice([-1, 1], size=9)
    scaled = Sample(base.mean * unit, base.cov * unit[:, None] * unit, base.n)
    structure = Structure(tables()["hs_marker"][0])
    for kind in ("ml", "gls"):
        one, other = solve(structure, base, kind), solve(structure, scaled, kind)  # type: ignore[arg-type]
        assert other.status == 0 and other.chi2 == pytest.approx(float(one.chi2), rel=1e-8)
        assert np.allclose(other.sigma, one.sigma * unit[:, None] * unit, rtol=1e-5, atol=0)


def test_order_of_items_and_constructs_does_not_matter() -> None:
    base, case = sample_of("hs_marker"), figures()["hs_marker"]
    turned = build({"speed": ["x7", "x9", "x8"], "visual": ["x1", "x3", "x2"], "textual": ["x4", "x6", "x5"]})
    order = [three.item_names.index(item) for item in turned.item_names]
    shuffled = Sample(base.mean[:, order], base.cov[:, order][:, :, order], base.n)
    solution = solve(Structure(ParameterTable.of(turned)), shuffled)
    assert solution.chi2 == pytest.approx(case["chi2"], rel=1e-10)
    names = dict(zip(solution.structure.table.names, solution.x, strict=True))
    assert names["speed =~ x9"] == pytest.approx(solved("hs_marker").x[5], abs=1e-9)


def test_weights_belong_to_wls_alone() -> None:
    structure = Structure(tables()["hs_marker"][0])
    for kind, weight in (("wls", None), ("ml", np.eye(45))):
        with pytest.raises(ValueError, match="wls and dwls need weight"):
            solve(structure, sample_of("hs_marker"), kind, weight=weight)  # type: ignore[arg-type]


def test_wls_with_the_normal_theory_weight_is_gls() -> None:
    """V = D'(S^-1 x S^-1) D / 2 turns wls into gls (Browne 1974): the same numbers by the long way."""
    gls = solved("hs_gls")
    inverse = np.linalg.inv(gls.fitted.cov[0])
    col, row = np.triu_indices(9)
    duplication = np.zeros((81, 45))
    duplication[row * 9 + col, np.arange(45)] = 1
    duplication[col * 9 + row, np.arange(45)] = 1
    weight = duplication.T @ np.kron(inverse, inverse) @ duplication / 2
    wls = solve(Structure(tables()["hs_gls"][0]), sample_of("hs_gls"), "wls", weight=weight)
    assert wls.chi2 == pytest.approx(float(gls.chi2), rel=1e-10)
    assert np.allclose(wls.x, gls.x, rtol=0, atol=1e-7)


def test_iterations_of_the_check_models_are_few() -> None:
    """Newton's end: an ordinary model takes about ten steps, where Fisher scoring alone takes 48 here."""
    assert all(solved(name).iterations <= 20 for name in figures() if name not in ("ecsi_marker", "hs_wls"))
    assert acsi().construct_names == solved("acsi_marker").structure.table.factors
