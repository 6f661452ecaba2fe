"""What PLS and PLSc must keep: units, order, direction of items, batches, populations."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import PATHS, SIZES, simulated, small_model
from sources import answers, changed, fit_of, moments_of

from csimodels.errors import Status
from csimodels.estimate import PLS, Design, Fit, PLSc
from csimodels.estimate.signs import majority_sign
from csimodels.moments import Moments
from csimodels.spec import Model
from csimodels.spec.model import Mode

TIGHT: dict[str, Any] = {"tol": 1e-12, "max_iter": 3000}
ESTIMATORS = [PLS(s, **TIGHT) for s in ("path", "factorial", "centroid")] + [PLSc("path", **TIGHT)]
BY_NAME: dict[str, Any] = {"ids": lambda e: f"{e.name}-{e.scheme}"}
SEEDS = st.integers(0, 5000)
FIELDS = ("weights", "loadings", "correlations", "paths", "r2", "rho_a")


def same(a: Fit, b: Fit, tol: float = 1e-9, but: tuple[str, ...] = ()) -> None:
    for name in FIELDS:
        if name not in but:
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=0, atol=tol, err_msg=name)
    assert np.array_equal(a.status, b.status)


def modes(model: Model, letters: str) -> Model:
    which: dict[str, Mode] = {"A": "A", "B": "B"}
    blocks = tuple(replace(c, mode=which[m]) for c, m in zip(model.constructs, letters, strict=True))
    return replace(model, constructs=blocks)


@pytest.mark.parametrize("estimator", ESTIMATORS, **BY_NAME)
@given(seed=SEEDS)
def test_units_of_items_do_not_matter(estimator: Any, seed: int) -> None:
    model = small_model()
    rng = np.random.default_rng(seed)
    x = simulated(model, 80, seed)
    scale, shift = 10 ** rng.uniform(-3, 3, x.shape[1]), rng.uniform(-5, 5, x.shape[1])
    same(fit_of(model, x, estimator), fit_of(model, x * scale + shift * scale, estimator), 1e-8)


@pytest.mark.parametrize("estimator", ESTIMATORS, **BY_NAME)
def test_answers_and_scale_moved_by_a_trillion(estimator: Any, mobi: Any, ecsi: Model) -> None:
    far = replace(
        ecsi,
        constructs=tuple(
            replace(c, items=tuple(replace(i, scale=(1e12 + 1, 1e12 + 10)) for i in c.items)) for c in ecsi.constructs
        ),
    )
    x = answers(ecsi, mobi)
    same(fit_of(ecsi, x, estimator), fit_of(far, x + 1e12, estimator), 1e-10)


@pytest.mark.parametrize("estimator", ESTIMATORS, **BY_NAME)
def test_reversing_an_item_turns_signs_only(estimator: Any, mobi: Any, ecsi: Model) -> None:
    x = answers(ecsi, mobi)
    straight = fit_of(ecsi, x, estimator)
    for k in (0, 4, 10, 18):  # items of blocks in which most loadings stay positive
        turned = x.copy()
        turned[:, k] = 11 - turned[:, k]
        fit = fit_of(ecsi, turned, estimator)
        sign = np.ones(x.shape[1])
        sign[k] = -1
        same(straight, fit, 1e-9, but=("weights", "loadings"))
        np.testing.assert_allclose(fit.loadings, straight.loadings * sign[:, None], atol=1e-9)
        np.testing.assert_allclose(fit.weights, straight.weights * sign[:, None], atol=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS, **BY_NAME)
def test_reversing_a_whole_block_turns_it_round(estimator: Any, mobi: Any, ecsi: Model) -> None:
    x = answers(ecsi, mobi)
    design = Design.of(ecsi)
    j = design.constructs.index("Value")
    turned = x.copy()
    turned[:, design.blocks[j]] = 11 - turned[:, design.blocks[j]]
    fit, straight = fit_of(ecsi, turned, estimator), fit_of(ecsi, x, estimator)
    own = fit.loadings[design.blocks[j], j]
    assert (own > 0).all()
    sign = np.where(np.arange(7) == j, -1.0, 1.0)
    np.testing.assert_allclose(fit.paths, straight.paths * np.outer(sign, sign), atol=1e-9)
    np.testing.assert_allclose(fit.r2, straight.r2, atol=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS, **BY_NAME)
@given(seed=SEEDS)
def test_order_of_constructs_items_and_paths_does_not_matter(estimator: Any, seed: int) -> None:
    model = small_model()
    rng = np.random.default_rng(seed)
    x = simulated(model, 90, seed)
    blocks = [replace(c, items=tuple(rng.permutation(np.asarray(c.items, dtype=object)))) for c in model.constructs]
    order = rng.permutation(len(blocks))
    other = replace(
        model,
        constructs=tuple(blocks[i] for i in order),
        paths=tuple(model.paths[i] for i in rng.permutation(len(model.paths))),
    )
    columns = np.asarray([model.item_names.index(name) for name in other.item_names])
    one, two = fit_of(model, x, estimator), fit_of(other, x[:, columns], estimator)
    np.testing.assert_allclose(two.paths, one.paths[np.ix_(order, order)], atol=1e-9)
    np.testing.assert_allclose(two.loadings, one.loadings[np.ix_(columns, order)], atol=1e-9)
    np.testing.assert_allclose(two.r2, one.r2[order], atol=1e-9)
    assert two.status == one.status


@pytest.mark.parametrize("letters", ["AAAA", "BBBB", "ABBA"])
@given(seed=SEEDS)
def test_weights_give_scores_of_unit_variance_and_their_regressions(letters: str, seed: int) -> None:
    model = modes(small_model(), letters)
    x = simulated(model, 70, seed)
    fit = fit_of(model, x, PLS(**TIGHT))
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    y = z @ fit.weights
    np.testing.assert_allclose(y.var(axis=0), 1, atol=1e-10)
    np.testing.assert_allclose(np.corrcoef(y.T), fit.correlations, atol=1e-10)
    np.testing.assert_allclose(z.T @ y / len(z), fit.loadings, atol=1e-10)
    for j in fit.design.endogenous:
        sources = fit.design.predecessors[j]
        beta, residual = np.linalg.lstsq(y[:, sources], y[:, j], rcond=None)[:2]
        np.testing.assert_allclose(fit.paths[j, sources], beta, atol=1e-9)
        assert fit.r2[j] == pytest.approx(1 - residual[0] / len(y), abs=1e-9)
    assert np.count_nonzero(fit.paths) == len(PATHS)


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
@pytest.mark.parametrize("letters", ["AAAA", "BBBB"])
def test_the_weights_are_a_fixed_point_of_the_textbook_step(scheme: Any, letters: str) -> None:
    """One step of Wold's algorithm on scores, written out, does not move the weights."""
    model = modes(small_model(), letters)
    x = simulated(model, 120, 8)
    fit = fit_of(model, x, PLS(scheme, **TIGHT))
    d = fit.design
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    y = z @ fit.weights
    for j, block in enumerate(d.blocks):
        sources, followers = np.flatnonzero(d.path[j]), np.flatnonzero(d.path[:, j])
        near = np.concatenate([sources, followers])
        inner = np.asarray([np.corrcoef(y[:, j], y[:, k])[0, 1] for k in near])
        if scheme == "centroid":
            inner = np.sign(inner)
        elif scheme == "path" and len(sources):
            inner[: len(sources)] = np.linalg.lstsq(y[:, sources], y[:, j], rcond=None)[0]
        proxy = y[:, near] @ inner
        new = z[:, block].T @ proxy if letters[j] == "A" else np.linalg.lstsq(z[:, block], proxy, rcond=None)[0]
        new = new / (z[:, block] @ new).std()
        np.testing.assert_allclose(new * np.sign(new @ fit.weights[block, j]), fit.weights[block, j], atol=1e-9)


def factor_population(reliability_of_d: float = 1.0) -> tuple[Model, Moments, np.ndarray, np.ndarray]:
    """Exact covariances of a factor model with known loadings and paths."""
    model = small_model()
    path = np.zeros((4, 4))
    path[1, 0], path[2, 0], path[2, 1], path[3, 2] = 0.6, 0.3, 0.5, 0.4
    loading = np.asarray([0.9, 0.7, 0.6, 0.8, 0.7, 0.85, 0.75, 0.5, np.sqrt(reliability_of_d)])
    phi = np.eye(4)
    for j in range(1, 4):
        phi[j, :j] = phi[:j, j] = path[j, :j] @ phi[:j, :j]
    design = Design.of(model)
    lam = design.mask * loading[:, None]
    corr = lam @ phi @ lam.T
    np.fill_diagonal(corr, 1.0)
    sd = np.linspace(0.5, 3, 9)
    moments = Moments(np.full(9, 5.0), corr * np.outer(sd, sd), np.asarray(1e6), np.asarray(1e6), model.item_names)
    return model, moments, path, loading


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_plsc_finds_the_population_of_a_factor_model(scheme: Any) -> None:
    model, moments, path, loading = factor_population()
    fit = PLSc(scheme, **TIGHT)(Design.of(model), moments)
    np.testing.assert_allclose(fit.paths, path, atol=1e-9)
    np.testing.assert_allclose(fit.loadings[np.arange(9), fit.design.block], loading, atol=1e-9)
    plain = PLS(scheme, **TIGHT)(Design.of(model), moments)
    assert abs(plain.paths[1, 0]) < 0.55  # attenuated: the correction does something
    assert fit.status == Status.OK


def test_plsc_uses_a_stated_reliability_of_a_single_item() -> None:
    model, moments, path, loading = factor_population(reliability_of_d=0.7)
    known = tuple(replace(c, reliability=0.7) if c.name == "D" else c for c in model.constructs)
    fit = PLSc(**TIGHT)(Design.of(replace(model, constructs=known)), moments)
    np.testing.assert_allclose(fit.paths, path, atol=1e-9)
    np.testing.assert_allclose(fit.loadings[8, 3], loading[8], atol=1e-9)
    assert fit.rho_a[3] == 0.7


def test_plsc_leaves_composites_as_pls_gives_them() -> None:
    model = changed(small_model(), measured="composite")
    x = simulated(model, 100, 3)
    same(fit_of(model, x, PLS(**TIGHT)), fit_of(model, x, PLSc(**TIGHT)))


@given(own=st.lists(st.sampled_from([-0.9, -0.5, -0.2, 0.0, 0.2, 0.5, 0.9]), min_size=9, max_size=9))
def test_sign_rule(own: list[float]) -> None:
    design = Design.of(small_model())
    signs = majority_sign(np.asarray(own), design)
    for j, block in enumerate(design.blocks):
        values = [own[k] for k in block]
        votes = sum(np.sign(values))
        largest = max(values, key=abs)
        if votes:
            assert signs[j] == np.sign(votes)
        elif largest and sum(abs(v) == abs(largest) for v in values) == 1:
            assert signs[j] == np.sign(largest)
        else:
            assert signs[j] in (-1.0, 1.0)


@given(seed=SEEDS)
def test_most_loadings_are_positive_whatever_the_answers(seed: int) -> None:
    model = small_model()
    x = simulated(model, 60, seed) * np.random.default_rng(seed).choice([-1.0, 1.0], 9)
    fit = fit_of(model, x, PLS(**TIGHT))
    own = fit.loadings[np.arange(9), fit.design.block]
    for block in fit.design.blocks:
        votes = np.sign(own[block]).sum()
        assert votes > 0 or (votes == 0 and own[block][np.abs(own[block]).argmax()] > 0)


def awkward_batch(model: Model) -> Moments:
    """Good elements with a constant item, copies, NaN and a slow element between them."""
    parts = []
    for seed in range(9):
        x = simulated(model, 60, seed)
        if seed == 1:
            x[:, 2] = 4.0
        if seed == 3:
            x[:, 1] = x[:, 0]
        if seed == 5:
            x[:, 3:5] = x[:, 0:2]
        if seed == 6:
            x = np.random.default_rng(6).standard_normal(x.shape)  # noise: converges slowly
        parts.append(moments_of(model, x))
    mean, cov = np.stack([m.mean for m in parts]), np.stack([m.cov for m in parts])
    cov[7] = np.nan
    return Moments(mean, cov, np.full(9, 60.0), np.full(9, 60.0), model.item_names)


@pytest.mark.parametrize("letters", ["AAAA", "BBBB", "ABAB"])
@pytest.mark.parametrize("max_iter", [1, 9, 300])
@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_a_batch_is_the_same_as_one_by_one(scheme: Any, max_iter: int, letters: str) -> None:
    model = modes(small_model(), letters)
    design, moments = Design.of(model), awkward_batch(model)
    kinds: list[Any] = [PLS(scheme, 1e-9, max_iter)]
    if letters == "AAAA":
        kinds.append(PLSc(scheme, 1e-9, max_iter))
    for estimator in kinds:
        batch = estimator(design, moments)
        seen = set()
        for b in range(9):
            alone = estimator(design, moments[b])
            for name in FIELDS:
                np.testing.assert_allclose(getattr(batch, name)[b], getattr(alone, name), rtol=1e-12, atol=1e-12)
            assert batch.status[b] == alone.status
            assert batch.iterations[b] == alone.iterations
            seen.add(int(alone.status) & int(Status.NOT_CONVERGED))
        assert batch.status[7] & Status.SINGULAR and batch.status[1] & Status.SINGULAR
        assert max_iter != 9 or scheme == "centroid" or seen == {0, int(Status.NOT_CONVERGED)}


def test_batch_axes_of_any_shape() -> None:
    model = small_model()
    design, moments = Design.of(model), awkward_batch(model)
    square = Moments(
        moments.mean.reshape(3, 3, 9), moments.cov.reshape(3, 3, 9, 9), np.full((3, 3), 60.0), np.full((3, 3), 60.0), ()
    )
    square = replace(square, items=moments.items)
    for estimator in (PLS(), PLSc()):
        flat, deep = estimator(design, moments), estimator(design, square)
        for name in (*FIELDS, "status", "iterations"):
            a, b = getattr(flat, name), getattr(deep, name)
            np.testing.assert_allclose(b.reshape(a.shape), a, rtol=1e-12, atol=1e-12, err_msg=name)


def test_an_empty_batch_is_an_empty_fit() -> None:
    model = small_model()
    moments = awkward_batch(model)[:0]
    fit = PLS()(Design.of(model), moments)
    assert fit.paths.shape == (0, 4, 4) and fit.status.shape == (0,)


def test_sizes_of_the_small_model_cover_the_cases() -> None:
    assert sorted(SIZES.values()) == [1, 2, 3, 3]
    assert len(set(itertools.chain(*PATHS))) == 4


@pytest.mark.parametrize("estimator", ESTIMATORS, **BY_NAME)
@given(seed=SEEDS)
def test_single_items_are_a_path_analysis(estimator: Any, seed: int) -> None:
    model = small_model(dict.fromkeys("ABCD", 1))
    x = simulated(model, 50, seed)
    fit, corr = fit_of(model, x, estimator), np.asarray(np.corrcoef(x.T))
    np.testing.assert_allclose(fit.correlations, corr, atol=1e-12)
    np.testing.assert_allclose(fit.paths[2, :2], np.linalg.solve(corr[:2, :2], corr[:2, 2]), atol=1e-10)
    assert fit.paths[1, 0] == pytest.approx(corr[0, 1]) and fit.paths[3, 2] == pytest.approx(corr[2, 3])
    assert np.isnan(fit.rho_a).all()
