"""PLSpredict of a model with an interaction, against each training set fitted and carried forward by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels import assess

ITEMS = [f"{c}{k}" for c in "ABCD" for k in range(3)]


def answers(n: int = 160, product: float = 0.6) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    a = rng.standard_normal(n)
    b = 0.4 * a + rng.standard_normal(n)
    c = 0.3 * a + 0.3 * b + product * a * b + 0.5 * rng.standard_normal(n)
    d = 0.6 * c + 0.6 * rng.standard_normal(n)
    noise = 0.4 * rng.standard_normal((n, 12))
    return pd.DataFrame(np.repeat(np.column_stack([a, b, c, d]), 3, axis=1) + noise, columns=ITEMS)


def model(**estimate: str) -> cs.Model:
    blocks = tuple(cs.Construct(c, tuple(cs.Item(f"{c}{k}", scale=(-30.0, 30.0)) for k in range(3))) for c in "ABCD")
    plain = cs.Model("product", blocks, (("A", "C"), ("B", "C"), ("C", "D")))
    paths = {"A": "C", "B": "C", "C": "D", "A * B": "C"}
    return cs.load_model(plain, overrides={"paths": paths, "index": {"construct": "D"}, "estimate": estimate})


def by_hand(x: np.ndarray, fold: np.ndarray, direct: bool) -> np.ndarray:
    """Squared errors of the items of C and D: weights by PLS on the training rows, then ordinary least squares."""
    plain = cs.load_model(model(), overrides={"paths": {"A": "C", "B": "C", "C": "D", "A * B": None}})
    out = np.full((len(x), 6), np.nan)
    for f in range(fold.max() + 1):
        train, held = x[fold != f], x[fold == f]
        fit = cs.Study(plain, pd.DataFrame(train, columns=ITEMS), uncertainty=None).run()
        weights = fit.loadings().set_index("item")["weight"].to_numpy()
        mean, sd = train.mean(axis=0), train.std(axis=0, ddof=1)

        def scores(rows: np.ndarray, m: np.ndarray = mean, s: np.ndarray = sd, w: np.ndarray = weights) -> np.ndarray:
            return (((rows - m) / s) * w).reshape(len(rows), 4, 3).sum(axis=2)

        t = scores(train)
        t_sd = t.std(axis=0, ddof=1)
        t, h = t / t_sd, scores(held) / t_sd
        product = t[:, 0] * t[:, 1]
        right = np.column_stack([t[:, 0], t[:, 1], product - product.mean()])
        beta = np.linalg.lstsq(right, t[:, 2], rcond=None)[0]
        to_d = (t[:, 2] @ t[:, 3]) / (t[:, 2] @ t[:, 2])
        c = np.column_stack([h[:, 0], h[:, 1], h[:, 0] * h[:, 1] - product.mean()]) @ beta
        d = to_d * (h[:, 2] if direct else c)
        loading = [np.corrcoef(train[:, 6 + k], t[:, 2 + k // 3])[0, 1] for k in range(6)]
        guess = np.column_stack([c, c, c, d, d, d]) * loading * sd[6:] + mean[6:]
        out[fold == f] = (held[:, 6:] - guess) ** 2
    return out


@pytest.mark.parametrize("antecedents", ["earliest", "direct"])
def test_errors_are_those_of_each_training_set(antecedents: str) -> None:
    """Weights of the default tolerance: errors of items agree to 1e-5."""
    data = answers()
    result = cs.Study(model(), data, uncertainty=None).run()
    found = result.prediction(4, 1, seed=3, antecedents=antecedents)  # type: ignore[arg-type]
    survey = result.survey
    assert survey is not None
    folds = assess.folds_of(len(data), 4, 1, 3)[0]
    fold = np.empty(len(data), dtype=int)
    fold[survey.row - 1] = folds  # rows of the survey stand in an order of their own
    expected = np.sqrt(by_hand(data.to_numpy(), fold, antecedents == "direct").mean(axis=0))
    assert np.allclose(found["rmse"], expected, rtol=1e-5)


def test_an_interaction_that_is_there_predicts_better() -> None:
    data = answers(400)
    result = cs.Study(model(), data, uncertainty=None).run()
    plain = cs.load_model(model(), overrides={"paths": {"A": "C", "B": "C", "C": "D", "A * B": None}})
    without = cs.Study(plain, data, uncertainty=None).run()
    test = result.cvpat_between(without, 5, 2).set_index("construct")
    assert test.loc["C", "difference"] < 0 and test.loc["C", "p"] < 0.01


def test_other_ways_are_refused_by_name() -> None:
    data = answers()
    result = cs.Study(model(interactions="product_indicator"), data, uncertainty=None).run()
    with pytest.raises(cs.SpecError, match="one of two stages"):
        result.prediction(4, 1)
    consistent = cs.Study(model(estimator="plsc"), data, uncertainty=None).run()
    with pytest.raises(cs.SpecError, match="earliest"):
        consistent.prediction(4, 1, antecedents="direct")
    with pytest.raises(cs.SpecError, match="model with interactions"):
        cs.Study(model(), data, uncertainty=None).run().model_fit()
