"""The compiled model: order, edges, reach, repeated items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import simulated, small_model
from sources import moments_of, second_order

from csimodels.errors import SpecError
from csimodels.estimate import PLS, Design, PLSc, total_effects
from csimodels.moments import Moments
from csimodels.spec.graph import causal_order


@st.composite
def acyclic(draw: st.DrawFn) -> np.ndarray:
    """A random path matrix ``[target, source]`` without circles, constructs in any order."""
    size = draw(st.integers(1, 7))
    lower = np.tril(np.asarray(draw(st.lists(st.booleans(), min_size=49, max_size=49))).reshape(7, 7)[:size, :size], -1)
    order = np.asarray(draw(st.permutations(range(size))))
    return np.asarray(lower[np.ix_(order, order)])


def sources_of(path: np.ndarray) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in path]


@given(path=acyclic())
def test_sources_stand_before_their_targets(path: np.ndarray) -> None:
    order = causal_order(sources_of(path))
    assert order is not None
    assert sorted(order) == list(range(len(path)))
    place = {j: i for i, j in enumerate(order)}
    assert all(place[s] < place[t] for t, s in np.argwhere(path))


@given(path=acyclic(), extra=st.integers(0, 1000))
def test_a_circle_is_refused(path: np.ndarray, extra: int) -> None:
    arrows = np.argwhere(path)
    if not len(arrows):
        path[0, 0] = True  # a construct that leads to itself
    else:
        target, source = arrows[extra % len(arrows)]
        path[source, target] = True
    assert causal_order(sources_of(path)) is None


def test_a_design_of_a_circle_is_refused() -> None:
    model = small_model({"A": 2, "B": 2}, [("A", "B")])
    with pytest.raises(SpecError, match="circle"):
        Design.of(replace(model, paths=(("A", "B"), ("B", "A"))))


@given(path=acyclic(), seed=st.integers(0, 999))
def test_total_effects_are_the_inverse(path: np.ndarray, seed: int) -> None:
    b = np.where(path, np.random.default_rng(seed).uniform(-1, 1, (3, *path.shape)), 0.0)
    eye = np.eye(len(path))
    np.testing.assert_allclose(total_effects(b), np.linalg.inv(eye - b) - eye, atol=1e-12)


@given(path=acyclic())
def test_pairs_are_the_directed_routes(path: np.ndarray) -> None:
    size = len(path)
    names = [chr(65 + j) for j in range(size)]
    arrows = [(names[s], names[t]) for t, s in np.argwhere(path)]
    design = Design.of(small_model(dict.fromkeys(names, 1), arrows))
    eye = np.eye(size)
    routes = np.linalg.inv(eye - path.astype(float)) - eye > 0.5  # counts of routes
    assert set(design.pairs) == {(int(s), int(t)) for t, s in np.argwhere(routes)}
    assert len(set(design.pairs)) == len(design.pairs)
    assert set(design.edges) == {(int(s), int(t)) for t, s in np.argwhere(path)}
    assert design.endogenous == tuple(np.flatnonzero(path.any(axis=1)))


def test_blocks_and_masks() -> None:
    design = Design.of(small_model())
    assert design.items == ("a1", "a2", "a3", "b1", "b2", "c1", "c2", "c3", "d1")
    assert [list(b) for b in design.blocks] == [[0, 1, 2], [3, 4], [5, 6, 7], [8]]
    assert list(design.single) == [False, False, False, True]
    assert (design.mask.sum(axis=1) == 1).all()
    assert [list(p) for p in design.predecessors] == [[], [0], [0, 1], [2]]


def test_second_order_blocks_repeat_the_items_of_their_dimensions() -> None:
    model = second_order()
    design = Design.of(model)
    quality = [i.name for i in model.construct("Quality").items]
    value = [i.name for i in model.construct("Value").items]
    offer = design.blocks[design.constructs.index("Offer")]
    assert [design.items[k] for k in offer] == quality + value
    assert len(design.items) == len(model.items) + len(offer)
    assert [model.item_names[c] for c in design.columns] == list(design.items)


def test_third_order_blocks_reach_down_to_items() -> None:
    model = second_order()
    offer = model.construct("Offer")
    top = replace(offer, name="Top", of=("Offer", "Image"))
    design = Design.of(replace(model, constructs=(*model.constructs, top)))
    reached = [design.items[k] for k in design.blocks[design.constructs.index("Top")]]
    parts = ("Quality", "Value", "Image")
    assert reached == [i.name for part in parts for i in model.construct(part).items]


def test_expanding_repeats_rows_and_columns() -> None:
    design = Design.of(second_order())
    p = int(design.columns.max()) + 1
    root = np.random.default_rng(0).standard_normal((2, p, p + 4))
    cov = root @ np.swapaxes(root, 1, 2)
    moments = Moments(np.arange(2.0 * p).reshape(2, p), cov, np.ones(2), np.ones(2), second_order().item_names)
    wide = design.expand(moments)
    for i, a in enumerate(design.columns):
        assert np.array_equal(wide.mean[:, i], moments.mean[:, a])
        for j, b in enumerate(design.columns):
            assert np.array_equal(wide.cov[:, i, j], moments.cov[:, a, b])


def test_moments_of_other_items_or_another_order_are_refused() -> None:
    model = small_model()
    x = simulated(model, 40, 1)
    moments = moments_of(model, x)
    with pytest.raises(ValueError, match="items of this design"):
        PLS()(Design.of(model), replace(moments, items=moments.items[::-1]))
    for estimator in (PLS(), PLSc()):
        fit = estimator(Design.of(model), moments)
        assert estimator(Design.of(model), fit.moments).paths.shape == (4, 4)
