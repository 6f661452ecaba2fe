"""PLS of items in their own units: the iteration by hand on rows, what does not hang on units, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import simulated, small_model
from sources import moments_of, second_order

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.estimate import PLS, Design
from csimodels.spec import dump_model
from csimodels.spec.model import IndexSpec, Interaction

SHARP = {"tol": 1e-13, "max_iter": 3000}
SPEC = """
csi: 1
scale: [1, 10]
estimate: {metric: raw}
constructs:
  Image: {items: [I1, I2]}
  Satisfaction: {items: [S1, S2]}
paths: {Image: Satisfaction}
"""


def spread(model: cs.Model) -> np.ndarray:
    """Answers whose items vary by different amounts."""
    x = simulated(model, 150, 1)
    return x.mean(axis=0) + (x - x.mean(axis=0)) * np.linspace(0.3, 1.0, x.shape[1])


def by_hand(model: cs.Model, x: np.ndarray) -> np.ndarray:
    """Scores by the factorial scheme: weights are covariances of centred answers with the inner proxy."""
    centred = x - x.mean(axis=0)
    names, items = list(model.construct_names), list(model.item_names)
    blocks = [[items.index(item.name) for item in c.items] for c in model.constructs]
    linked = np.zeros((len(names), len(names)))
    for s, t in model.paths:
        linked[names.index(s), names.index(t)] = linked[names.index(t), names.index(s)] = 1
    weights = np.ones(len(items))
    for _ in range(500):
        scores = np.column_stack([centred[:, b] @ weights[b] for b in blocks])
        scores /= scores.std(axis=0)
        proxies = scores @ (linked * np.corrcoef(scores.T))
        for j, block in enumerate(blocks):
            weights[block] = centred[:, block].T @ proxies[:, j]
    return scores


def test_it_is_the_iteration_on_centred_answers() -> None:
    model = small_model()
    x = spread(model)
    fit = PLS("factorial", metric="raw", **SHARP)(Design.of(model), moments_of(model, x))
    np.testing.assert_allclose(np.abs(fit.correlations), np.abs(np.corrcoef(by_hand(model, x).T)), atol=1e-10)
    usual = PLS("factorial", **SHARP)(Design.of(model), moments_of(model, x))
    assert np.abs(fit.weights - usual.weights).max() > 0.05


def test_standardised_answers_and_mode_b_have_no_units() -> None:
    model = small_model()
    x, design = spread(model), Design.of(model)
    equal = (x - x.mean(axis=0)) / x.std(axis=0)
    for data, m in ((equal, model), (x, modes(model, "B"))):
        one = PLS(metric="raw", **SHARP)(Design.of(m), moments_of(m, data))
        other = PLS(**SHARP)(Design.of(m), moments_of(m, data))
        np.testing.assert_allclose(one.weights, other.weights, atol=1e-9)
    assert design.mask.shape[0] == x.shape[1]


def modes(model: cs.Model, mode: str) -> cs.Model:
    blocks = tuple(replace(c, mode=mode, measured="composite") for c in model.constructs)  # type: ignore[arg-type]
    return replace(model, constructs=blocks)


def test_linearised_errors_are_those_of_small_changes() -> None:
    """They come from refits beside the solution here, and from the jackknife there: alike in size."""
    model = small_model()
    data = pd.DataFrame(np.clip(spread(model), 1, 10), columns=model.item_names)
    model = replace(model, estimate=replace(model.estimate, metric="raw"), index=IndexSpec(model.construct_names[0]))
    ways = (cs.Linearised(), cs.Jackknife())
    errors = [cs.Study(model, data, uncertainty=how).run(progress=False).paths()["se"] for how in ways]
    np.testing.assert_allclose(errors[0], errors[1], rtol=0.15)


def load(tmp_path, text: str) -> cs.Model:
    (tmp_path / "model.yaml").write_text(text, encoding="utf-8")
    return cs.load_model(tmp_path / "model.yaml")


def test_a_spec_states_it_and_a_result_says_it(tmp_path) -> None:
    model = load(tmp_path, SPEC)
    assert model.estimate.metric == "raw"
    assert (
        load(tmp_path, SPEC.replace("raw", "standardised")).hash == load(tmp_path, SPEC.replace("metric: raw", "")).hash
    )
    x = np.random.default_rng(1).integers(1, 11, (60, 4)).astype(float)
    x[:, 1:] += x[:, :1]
    data = pd.DataFrame(np.clip(x / 2, 1, 10), columns=model.item_names)
    result = cs.Study(model, data, uncertainty=None).run(progress=False)
    assert result.facts["metric"] == "items in their own units, not standardised"
    assert load(tmp_path, dump_model(model)) == model
    plain = cs.Study(model, data, estimator=cs.PLS(), uncertainty=None).run(progress=False)
    assert "metric" not in plain.facts


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{metric: raw}", "{metric: raw, estimator: plsc}", "metric belongs to pls"),
        ("{metric: raw}", "{metric: raw, correlations: polychoric}", "without units"),
        ("items: [S1, S2]", "items: {S1: {scale: [0, 1]}, S2: {}}", "scales of different lengths"),
        ("paths:", "  Whole: {of: [Image, Satisfaction]}\npaths:", "Whole takes two"),
    ],
)
def test_what_has_no_units_in_common_is_refused(tmp_path, old: str, new: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        load(tmp_path, SPEC.replace(old, new))


def test_an_unknown_metric_and_products_of_items_are_refused(mobi: pd.DataFrame, ecsi: cs.Model) -> None:
    with pytest.raises(SpecError, match="unknown metric"):
        PLS(metric="rwa")  # type: ignore[arg-type]
    product = replace(ecsi, interactions=(Interaction(("Image", "Quality"), "Satisfaction"),))
    product = replace(product, estimate=replace(product.estimate, interactions="orthogonal"))
    with pytest.raises(SpecError, match="no products of standardised items"):
        cs.Study(product, mobi, estimator=PLS(metric="raw"), uncertainty=None).run(progress=False)


def test_the_estimator_itself_refuses_constructs_of_others(mobi: pd.DataFrame) -> None:
    model = second_order()
    x = mobi[list(model.item_names)].to_numpy(float)
    with pytest.raises(SpecError, match="one stage"):
        PLS(metric="raw")(Design.of(model), moments_of(model, x))
