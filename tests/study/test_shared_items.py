"""An item of two constructs: what it means for scores and index, which forms it is written in, who refuses it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.spec import from_lavaan, to_lavaan

TEXT = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3 + a3\nB ~ A\n"


@cache
def answers() -> pd.DataFrame:
    """Three standard loadings of .8 each; a3 belongs to both constructs."""
    rng = np.random.default_rng(8)
    a = rng.normal(size=400)
    b = 0.5 * a + rng.normal(size=400) * 0.75**0.5
    x = {f"{f}{k}": 0.8 * eta + 0.6 * rng.normal(size=400) for f, eta in (("a", a), ("b", b)) for k in (1, 2, 3)}
    x["a3"] = 0.5 * a + 0.5 * b + 0.5 * rng.normal(size=400)
    return pd.DataFrame({k: np.clip(np.round(5.5 + 1.6 * v), 1, 10) for k, v in x.items()})


@cache
def result(method: str | None = None) -> cs.Result:
    return cs.Study(from_lavaan(TEXT, index="A"), answers(), uncertainty=method).run(progress=False)


def test_it_loads_on_both_and_belongs_to_the_first() -> None:
    run = result()
    table = run.parameters().query("op == '=~' and rhs == 'a3'").set_index("lhs")
    assert table["free"].all()
    assert (table["std_all"] > 0.3).all()
    assert run.loadings().query("item == 'a3'")["construct"].tolist() == ["A"]


def test_its_weight_is_that_of_the_regression_score_from_the_items_of_its_construct() -> None:
    run = result()
    table = run.parameters().set_index(["lhs", "op", "rhs"])["est"]
    lam = pd.DataFrame({c: {i: table.get((c, "=~", i), 0.0) for i in answers()} for c in "AB"}).to_numpy()
    path, v, residual = table["B", "~", "A"], table["A", "~~", "A"], table["B", "~~", "B"]
    phi = np.array([[v, path * v], [path * v, path**2 * v + residual]])
    theta = np.diag([table[i, "~~", i] for i in answers()])
    sigma = lam @ phi @ lam.T + theta
    own = [list(answers()).index(i) for i in ("a1", "a2", "a3")]
    expected = np.linalg.solve(sigma[np.ix_(own, own)], (lam @ phi)[own, 0])
    found = run.loadings().query("construct == 'A'")["weight_unstd"].to_numpy()
    np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), rtol=1e-9)


def test_errors_of_the_index_by_two_roads() -> None:
    """Linearised and jackknife errors agree to the terms of order 1/n."""
    first, second = (result(method).index()["se"] for method in ("linearised", "jackknife"))
    np.testing.assert_allclose(first, second, rtol=0.02)


def test_a_shared_marker_is_that_of_lavaan() -> None:
    """lavaan gives the first item of each construct the loading 1, be it shared or not."""
    model = from_lavaan("A =~ a1 + a2 + a3\nB =~ a3 + b1 + b2 + b3\nB ~ A\n", index="A")
    assert model.construct("B").items[0].name == "b1"
    table = cs.Study(model, answers(), uncertainty=None).run().parameters().set_index(["lhs", "op", "rhs"])
    assert table.loc[("B", "=~", "a3"), "est"] == 1
    assert table.loc[("B", "=~", "b1"), "free"]
    other = result().fit_measures().set_index("measure")["value"]
    run = cs.Study(model, answers(), uncertainty=None).run().fit_measures().set_index("measure")["value"]
    assert run["chisq"] == pytest.approx(other["chisq"], rel=1e-8)


@pytest.mark.parametrize("second", ["a3 + b1 + b2", "b1 + b2 + 0.3*a3", "b1 + b2 + k*a3", "NA*a3 + 1*b1 + b2"])
def test_lavaan_in_and_out(second: str) -> None:
    model = from_lavaan(f"A =~ a1 + a2 + a3\nB =~ {second}\nB ~ A\n", index="A")
    again = from_lavaan(to_lavaan(model), index="A")
    assert again.parameters == model.parameters and again.item_names == model.item_names
    assert cs.parse_model(cs.dump_model(model)).hash == model.hash


def test_semopy_fits_the_same_model() -> None:
    pytest.importorskip("semopy")
    beside = cs.crosscheck(result())
    assert beside["difference"].abs().max() < 1e-4


def test_pls_says_why_it_takes_no_shared_item() -> None:
    with pytest.raises(SpecError, match="PLS weighs an item for one construct only"):
        cs.Study(from_lavaan(TEXT, index="A"), answers(), estimator="plsc").run()


def test_a_construct_takes_an_item_that_another_can_spare() -> None:
    model = from_lavaan("A =~ a1 + a2 + a3\nB =~ a2 + a3\nB ~ A", index="A")
    assert [[item.name for item in c.items] for c in model.constructs] == [["a1", "a2"], ["a3"]]
