"""Derivatives through the core of a fit: those of differences of fits, and of a respondent's weight."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import csimodels as cs
from csimodels.estimate import ML, PLS, Design, Estimator, Fit, PLSc
from csimodels.estimate.core import ItemPairs
from csimodels.estimate.core_slopes import CoreSlopes, Spreading
from csimodels.infer import Chain, Near, Statistic, influences, jacobian, linearised_variance, replicate_errors
from csimodels.infer.chain import DeskChain
from csimodels.infer.desk import with_desk
from csimodels.infer.em_influence import perturbed
from csimodels.moments import Moments, Multinomial, Sampling
from csimodels.spec import Model
from csimodels.spec.model import Cut
from csimodels.tables import Layout, index_weights, quantities
from csimodels.tables.derivatives import chains

sys.path.append(str(Path(__file__).resolve().parents[1] / "golden"))

from small import simulated, small_model
from sources import ecsi, moments_of, rows_of

MIXED = {"A": "B", "B": "A", "C": "B", "D": "A"}


def modes(model: Model) -> Model:
    """Some constructs in mode B."""
    return replace(
        model, constructs=tuple(replace(c, mode=MIXED[c.name], measured="composite") for c in model.constructs)
    )


def both_ways(model: Model, estimator: Estimator, moments: Moments, rule: str = "own") -> tuple[Chain, np.ndarray]:
    """The chain, and the matrix of differences of fits."""
    design = Design.of(model)
    layout = Layout.of(model, design)
    given = np.linspace(1.0, 2.0, len(moments.items)) if rule == "fixed" else None

    def raw(fit: Fit) -> np.ndarray:
        return index_weights(fit, layout, rule, given)

    found = chains(layout, estimator, moments[None], raw)[0]
    assert found is not None
    exact = estimator.near(design, moments)

    def statistic(batch: Moments) -> tuple[np.ndarray, np.ndarray]:
        fit = exact(design, batch)
        return quantities(fit, layout, raw(fit)), fit.status

    return found, jacobian(statistic, moments)


def close(chain: Chain, matrix: np.ndarray, moments: Moments) -> None:
    """The same numbers are there, and a move by one standard deviation moves each by the same, to 1e-7.

    Both sides are differences with steps of 1e-5, whose truncation is about 1e-10 of a third derivative.
    """
    sd = moments.sd
    scale = np.concatenate([sd, (sd[:, None] * sd)[np.triu_indices(len(sd))]])
    assert np.array_equal(np.isnan(chain.matrix), np.isnan(matrix))
    size = 1 + np.nan_to_num(np.abs(matrix * scale)).max(axis=1, keepdims=True)
    np.testing.assert_allclose(chain.matrix * scale / size, matrix * scale / size, rtol=0, atol=1e-7)


ESTIMATORS = [PLS(), PLS("factorial"), PLS("centroid"), PLSc(), PLSc("factorial")]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: f"{e.name}-{e.scheme}")
@pytest.mark.parametrize("rule", ["own", "equal", "fixed"])
def test_every_number_has_the_derivative_of_differences(estimator: PLS | PLSc, rule: str) -> None:
    model = small_model(measured="reflective")
    moments = moments_of(model, simulated(model, 150, 1))
    close(*both_ways(model, estimator, moments, rule), moments)


@pytest.mark.parametrize("scheme", ["path", "centroid"])
def test_mode_b_blocks(scheme: str) -> None:
    model = modes(small_model())
    moments = moments_of(model, simulated(small_model(), 150, 1))
    close(*both_ways(model, PLS(scheme), moments), moments)  # type: ignore[arg-type]


def test_the_ecsi_model_with_a_stated_reliability_and_a_negative_item() -> None:
    model = ecsi()
    first = replace(model.constructs[0], measured="reflective", reliability=0.8)
    model = replace(model, constructs=(first, *model.constructs[1:]))
    x = cs.simulate(model, 250, seed=3).data[list(model.item_names)].to_numpy(float).copy()
    x[:, 1] = 11 - x[:, 1]
    moments = moments_of(model, x)
    close(*both_ways(model, PLSc(), moments), moments)


@pytest.mark.parametrize("cuts", [("median", "median"), (0.4, "mean")], ids=str)
def test_gaps_of_drivers_to_a_cut_have_the_derivative_of_differences(cuts: tuple[Cut, Cut]) -> None:
    model = ecsi()
    model = replace(model, report=replace(model.report, cuts=cuts))
    moments = moments_of(model, cs.simulate(model, 250, seed=3).data[list(model.item_names)].to_numpy(float))
    close(*both_ways(model, PLS(), moments), moments)


def test_the_core_itself_moves_as_its_derivatives_say() -> None:
    model = small_model()
    design, moments = Design.of(model), moments_of(model, simulated(model, 150, 1))
    core = PLS().core(design, moments[None])
    assert core is not None
    means, covs, steps = perturbed(moments.mean, moments.cov, 1e-5)
    ones = np.ones(len(means))
    moved = PLS().core(design, Moments(means, covs, moments.n * ones, moments.n_eff * ones, moments.items))
    assert moved is not None
    up, down = moved.values[: len(steps)], moved.values[len(steps) :]
    slopes = CoreSlopes.of(core, np.empty((1, 0, len(ItemPairs.of(design).first)))).each(np.zeros(up[:1].shape, bool))
    np.testing.assert_allclose(slopes[0], ((up - down) / (2 * steps[:, None])).T, rtol=0, atol=1e-8)


@pytest.mark.parametrize("rule", ["listwise", "em"])
def test_derivatives_that_are_not_formed_are_those_of_the_matrix(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of both modes and a single item, a desk beside: equal to rounding, 1e-11 of the largest; fits that move
    one at a time as well."""
    model = modes(small_model())
    x = simulated(small_model(), 60, 1)
    if rule == "em":
        x[::7, 2] = np.nan
    rows = rows_of(model, x, rule)
    moments, sampling = Moments.from_sums(rows.sums(), rule, 1e-13), Sampling.of(60)
    layout = Layout.of(model, Design.of(model))

    def chain() -> Chain:
        found = chains(layout, PLS(), moments[None], lambda fit: index_weights(fit, layout, "own"))[0]
        assert found is not None
        return found

    formed = chain()
    monkeypatch.setattr("csimodels.estimate.core_slopes.MATRIX_CELLS", 0)
    monkeypatch.setattr("csimodels.tables.derivatives.BATCH_BYTES", 1)
    short = chain()
    assert isinstance(formed.inner, np.ndarray) and isinstance(short.inner, Spreading)
    np.testing.assert_allclose(short.matrix, formed.matrix, rtol=0, atol=1e-11 * np.nanmax(np.abs(formed.matrix)))
    for many in (0, 10**6):
        monkeypatch.setattr("csimodels.infer.powers.MANY", many)
        monkeypatch.setattr("csimodels.infer.chain.MANY", many)
        parts = [linearised_variance(rows, moments, rule, sampling, one) for one in (short, formed)]
        for a, b in zip(*parts, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-18)
        both = [influences(rows, moments, rule, sampling, one) for one in (short, formed)]
        np.testing.assert_allclose(both[0], both[1], rtol=0, atol=1e-11 * np.nanmax(np.abs(both[1])))
    rng = np.random.default_rng(3)
    by_extra, by_model = rng.normal(size=(5, 2)), rng.normal(size=(5, layout.size)) * (np.arange(layout.size) % 9 == 1)
    lines, transform = rng.normal(size=(4, len(formed.matrix[0]) + 2)), np.eye(len(formed.matrix[0]) + 2)
    transform[0, 1] = 0.5
    joined = [one.beside(by_extra, by_model).applied(transform)(lines) for one in (short, formed)]
    np.testing.assert_allclose(joined[0], joined[1], rtol=0, atol=1e-11 * np.nanmax(np.abs(joined[1])))


def test_contributions_are_the_limit_of_giving_a_respondent_more_weight() -> None:
    """Infinitesimal jackknife by hand: every weight is raised and lowered a little, and the model fitted anew."""
    model = small_model()
    x = simulated(model, 30, 1)
    rows, moments = rows_of(model, x), moments_of(model, x)
    design = Design.of(model)
    layout = Layout.of(model, design)
    estimator = PLS(tol=1e-12, max_iter=3000)

    def raw(fit: Fit) -> np.ndarray:
        return index_weights(fit, layout, "own")

    def numbers(weights: np.ndarray) -> np.ndarray:
        fit = estimator(design, moments_of(model, x, weights=weights)[None])
        values = quantities(fit, layout, raw(fit))[0]
        values[layout.blocks["r2_adj"]] = 0.0  # takes the number of rows from the weights
        return values

    chain = chains(layout, PLS(), moments[None], raw)[0]
    assert chain is not None
    found = influences(rows, moments, "listwise", Sampling.of(30), chain)
    found[:, layout.blocks["r2_adj"]] = 0.0
    step = 1e-4
    for i in (0, 7, 29):
        unit = np.arange(30) == i
        by_hand = (numbers(1 + step * unit) - numbers(1 - step * unit)) / (2 * step)
        np.testing.assert_allclose(found[i], by_hand, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rule", ["listwise", "mean", "em"])
def test_variances_and_replicate_errors_are_those_of_the_matrix(rule: str) -> None:
    model = small_model()
    x = simulated(model, 60, 1)
    if rule != "listwise":
        x[::7, 2] = np.nan
    rows = rows_of(model, x, rule)
    moments, sampling = Moments.from_sums(rows.sums(), rule, 1e-13), Sampling.of(60)
    chain, matrix = both_ways(model, PLS(), moments)
    by_chain = linearised_variance(rows, moments, rule, sampling, chain)
    by_matrix = linearised_variance(rows, moments, rule, sampling, matrix)
    for a, b in zip(by_chain, by_matrix, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-12)
    design = Design.of(model)
    layout = Layout.of(model, design)

    def near(point: Moments) -> Statistic:
        def statistic(batch: Moments) -> tuple[np.ndarray, np.ndarray]:
            fit = PLS().near(design, point)(design, batch)
            return quantities(fit, layout, index_weights(fit, layout, "own")), fit.status

        return statistic

    def derived(points: Moments) -> list[Chain | None]:
        return chains(layout, PLS(), points, lambda fit: index_weights(fit, layout, "own"))

    plan = Multinomial(60, 10, 3)
    parts = [replicate_errors(rows, plan, sampling, rule, way) for way in (Near(near, derived), Near(near))]
    np.testing.assert_allclose(parts[0], parts[1], rtol=1e-5, atol=1e-9)


def test_numbers_beside_the_model_join_the_chain() -> None:
    rng = np.random.default_rng(1)
    chain, extra, model = Chain(rng.normal(size=(4, 6)), rng.normal(size=(9, 4))), rng.uniform(1, 2, 2), np.ones(9)

    def desk(means: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        return np.stack([means[..., 0] / means[..., 1], numbers[..., 2] * numbers[..., 5] * means[..., 0]], axis=-1)

    whole = chain.with_desk(desk, extra, model)
    np.testing.assert_allclose(whole.matrix, with_desk(chain.matrix, desk, extra, model), rtol=0, atol=1e-9)
    contributions, transform = rng.normal(size=(5, 8)), rng.normal(size=(8, 8))
    expected = contributions @ transform @ whole.matrix.T
    np.testing.assert_allclose(whole.applied(transform)(contributions), expected, rtol=1e-12)


@pytest.mark.parametrize("transformed", [False, True])
def test_zeros_that_are_left_out_change_nothing(transformed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same desk as a matrix with its zeros and without them: rounding alone, 1e-12 of the largest term."""
    rng = np.random.default_rng(2)
    chain, extra, model = Chain(rng.normal(size=(4, 6)), rng.normal(size=(9, 4))), rng.uniform(1, 2, 6), np.ones(9)

    def desk(means: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        ratios = means[..., :5] / means[..., 1:]
        return np.concatenate([ratios[..., :2], numbers[..., [2]] * ratios[..., [2]], ratios[..., 3:]], axis=-1)

    whole = chain.with_desk(desk, extra, model)
    monkeypatch.setattr("csimodels.infer.chain.SPARSE", 0)
    short = chain.with_desk(desk, extra, model)
    assert isinstance(short, DeskChain)
    assert (len(short), short.rows.tolist()) == (len(whole), [2])
    transform = np.eye(12)
    transform[:6, :6] = rng.normal(size=(6, 6))
    contributions, by = rng.normal(size=(5, 12)), transform if transformed else None
    np.testing.assert_allclose(short.applied(by)(contributions), whole.applied(by)(contributions), rtol=0, atol=1e-12)


def test_fits_without_a_core_are_left_to_differences() -> None:
    model = small_model()
    moments = moments_of(model, simulated(model, 60, 1))
    flat = Moments(moments.mean, np.zeros_like(moments.cov), moments.n, moments.n_eff, moments.items)
    both = Moments(
        *(np.stack([getattr(m, k) for m in (moments, flat)]) for k in ("mean", "cov", "n", "n_eff")), moments.items
    )
    layout = Layout.of(model, Design.of(model))

    def raw(fit: Fit) -> np.ndarray:
        return index_weights(fit, layout, "own")

    found = chains(layout, PLS(), both, raw)
    assert found[0] is not None and found[1] is None
    alone = chains(layout, PLS(), moments[None], raw)[0]
    assert alone is not None
    np.testing.assert_allclose(found[0].matrix, alone.matrix, rtol=0, atol=1e-9, equal_nan=True)
    assert chains(layout, ML(), moments[None], raw) == [None]
    staged = cs.load_model("three-level-template")
    assert PLS().core(Design.of(staged), moments[None]) is None


def test_rows_of_many_groups_are_derived_in_batches() -> None:
    """Nine groups, batches of four: the errors of each are those of a study of it alone."""
    data = cs.simulate("scsb", 9 * 40, seed=1).data
    data["g"] = np.repeat(np.arange(9), 40)
    whole = cs.Study("scsb", data, by="g", uncertainty=cs.Linearised()).run(progress=False).index()
    for g in (3, 8):
        own = cs.Study("scsb", data[data["g"] == g], uncertainty=cs.Linearised()).run(progress=False).index()
        np.testing.assert_allclose(whole.loc[whole["g"] == g, "se"], own["se"], rtol=1e-9)
