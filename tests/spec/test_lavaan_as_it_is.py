"""Texts of lavaan that need what its functions do beside the syntax: growth curves, shared items, items in paths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

GROWTH = "i =~ 1*y1 + 1*y2 + 1*y3 + 1*y4\ns =~ 0*y1 + 1*y2 + 2*y3 + 3*y4\n"


def rows(cov: np.ndarray, mean: np.ndarray, names: list[str], n: int = 200) -> pd.DataFrame:
    """Rows whose means and covariances (divisor n) are exactly these."""
    z = np.random.default_rng(3).normal(size=(n, len(cov)))
    z -= z.mean(axis=0)
    z = np.linalg.solve(np.linalg.cholesky(z.T @ z / n), z.T).T
    return pd.DataFrame(z @ np.linalg.cholesky(cov).T + mean, columns=names)


def found(text: str, data: pd.DataFrame, index: str, **how: bool) -> tuple[pd.Series, pd.Series]:
    model = cs.from_lavaan(text, index=index, scale=(-100, 100), **how)
    result = cs.Study(model, data, uncertainty=None).run()
    table = result.parameters()
    names = (table["lhs"] + " " + table["op"] + " " + table["rhs"].fillna("")).str.strip()
    return table.set_index(names)["est"], result.fit_measures().set_index("measure")["value"]


def test_a_growth_curve_with_covariates_of_the_curve_and_of_single_times() -> None:
    """Known truth, met by the moments exactly: y_t = i + s t + 0.3 c_t, i on x; lavaan's ``growth()``."""
    load = np.column_stack([np.ones(4), np.arange(4.0)])
    psi = np.array([[0.8, 0.1], [0.1, 0.3]])
    outer = np.diag([1.0, 1.5, 0.7, 0.9, 1.2])  # x, c1 .. c4
    level = np.array([0.4, -0.2, 0.1, 0.3, 0.5])
    slope = np.array([[0.5, 0.0], [0.2, 0.0]])  # of i and s on x (first column); nothing on c
    on = np.hstack([load @ slope[:, :1], 0.3 * np.eye(4)])  # y on x, c1 .. c4
    cov = np.block([[on @ outer @ on.T + load @ psi @ load.T + 0.5 * np.eye(4), on @ outer], [outer @ on.T, outer]])
    mean = np.concatenate([load @ [2.0, 0.6] + on @ level, level])
    data = rows(cov, mean, ["y1", "y2", "y3", "y4", "x", "c1", "c2", "c3", "c4"])
    text = GROWTH + "i ~ x\ns ~ x\n" + "".join(f"y{t} ~ c{t}\n" for t in (1, 2, 3, 4))
    est, fit = found(text, data, "i", growth=True)
    wanted = {"i ~1": 2.0, "s ~1": 0.6, "i ~ x": 0.5, "s ~ x": 0.2, "i ~~ i": 0.8, "i ~~ s": 0.1, "s ~~ s": 0.3}
    wanted |= {f"y{t} ~ c{t}": 0.3 for t in (1, 2, 3, 4)} | {"y2 ~~ y2": 0.5, "x ~1": 0.4, "y1 ~1": 0.0}
    np.testing.assert_allclose(est[list(wanted)].to_numpy(), list(wanted.values()), atol=1e-8)
    assert fit["chisq"] == pytest.approx(0, abs=1e-8) and fit["df"] == 54 - 35


def test_every_construct_keeps_an_item_where_that_can_be() -> None:
    """Bifactor: the general factor, listed last, takes an item that a group factor can spare."""
    text = "a =~ y1 + y2 + y3\nb =~ y4 + y5 + y6\ng =~ " + " + ".join(f"y{k}" for k in range(1, 7))
    model = cs.from_lavaan(text, index="g", std_lv=True)
    items = {c.name: [item.name for item in c.items] for c in model.constructs}
    assert items == {"a": ["y1", "y2", "y3"], "b": ["y4", "y5"], "g": ["y6"]}
    assert model.estimate.identification == "std_lv"
    assert {(p.lhs, p.rhs, p.value) for p in model.parameters} == {
        ("b", "y6", None), *(("g", f"y{k}", None) for k in range(1, 6))
    }  # fmt: skip


def test_the_only_item_of_its_own_has_a_residual_where_others_measure_the_construct_too() -> None:
    load = np.array([[1, 0], [0.8, 0], [0.7, 0.4], [0, 1], [0, 0.9]])
    phi = np.array([[1.0, 0.3], [0.3, 1.2]])
    cov = load @ phi @ load.T + np.diag([0.5, 0.4, 0.6, 0.7, 0.3])
    data = rows(cov, np.zeros(5), [f"y{k}" for k in range(1, 6)])
    est, fit = found("a =~ y1 + y2 + y3\nb =~ y4 + y3 + y5", data, "a")
    assert fit["chisq"] == pytest.approx(0, abs=1e-8) and est["y4 ~~ y4"] == pytest.approx(0.7, abs=1e-8)
    est, fit = found("a =~ y1 + y2 + y3 + 0*y5\nb =~ y5 + y4 + y3", data, "a")
    assert fit["chisq"] == pytest.approx(0, abs=1e-8)
    assert est["y5 ~~ y5"] == pytest.approx(0.3, abs=1e-7) and est["b ~~ b"] == pytest.approx(1.2 * 0.81, abs=1e-7)


def test_an_item_on_the_left_of_a_path_is_a_construct_of_its_own() -> None:
    """MIMIC with an effect on one item, and a latent change score (the same item as construct and as indicator)."""
    load = np.array([1.0, 0.8, 0.7])
    cov = np.empty((4, 4))
    slope = 0.5 * load + np.array([0, 0, 0.4])
    cov[:3, :3] = np.outer(load, load) * 0.6 + 2.0 * np.outer(slope, slope) + np.diag([0.5, 0.4, 0.3])
    cov[3, :3] = cov[:3, 3] = 2.0 * slope
    cov[3, 3] = 2.0
    est, _ = found("f =~ y1 + y2 + y3\nf ~ x\ny3 ~ x", rows(cov, np.zeros(4), ["y1", "y2", "y3", "x"]), "f")
    assert est["y3 ~ x"] == pytest.approx(0.4, abs=1e-8) and est["y3 ~~ y3"] == pytest.approx(0.3, abs=1e-8)
    first = np.array([[1.0, 0.8], [0.8, 1.5]])
    change = "y2 ~ 1*y1\nd =~ 1*y2\ny2 ~ 0*1\ny2 ~~ 0*y2\nd ~ 1\ny1 ~ 1\nd ~ y1"
    est, _ = found(change, rows(first, np.array([2.0, 2.7]), ["y1", "y2"]), "d")
    assert est[["d ~1", "d ~ y1", "d ~~ d"]].to_numpy() == pytest.approx([0.7 + 0.4, -0.2, 1.5 - 0.64], abs=1e-8)


def test_two_constructs_of_the_same_items() -> None:
    """Twins: additive and common parts of one answer each (Mplus user's guide, example 5.18, by fixed covariances)."""
    text = "".join(f"{c}{k} =~ NA*t{k} + {c.lower()}*t{k}\n{c}{k} ~~ 1*{c}{k}\n" for c in "AC" for k in (1, 2))
    model = cs.from_lavaan(text + "A1 ~~ 0.5*A2\nC1 ~~ 1*C2\nt1 ~~ e*t1\nt2 ~~ e*t2", index="A1")
    assert [c.name for c in model.constructs] == ["A1", "A2", "C1", "C2", "t1", "t2"]
    assert all(c.of for c in model.constructs[:4])


def test_intercepts_that_are_fixed_far_from_the_answers_are_no_trouble() -> None:
    """Factors carry the level then; the start was the covariances alone, and nothing converged."""
    load, phi = np.array([1, 0.8, 0.9, 1.1]), 20.0
    mean = load * np.sqrt(18.0)
    cov = np.outer(load, load) * 2.0 + 0.5 * np.eye(4)
    est, fit = found("f =~ y1 + y2 + y3 + y4\n" + "".join(f"y{k} ~ 0*1\n" for k in (1, 2, 3, 4)),
                     rows(cov, mean, ["y1", "y2", "y3", "y4"]), "f")  # fmt: skip
    assert est["f ~~ f"] == pytest.approx(phi, abs=1e-6) and est["f =~ y4"] == pytest.approx(1.1, abs=1e-8)
    assert fit["rmsea"] > 0.2


def test_observed_variables_keep_their_scale_where_constructs_have_variance_1() -> None:
    """A loading fixed beside an item in a path was fixed in units of that item's residual."""
    load, on, resid = np.array([1.2, 0.9, 0.7]), np.array([0.0, 0.0, 0.4]), np.array([0.5, 0.4, 0.3])
    slope = 0.5 * load + on
    cov = np.block([
        [np.outer(load, load) + 2.0 * np.outer(slope, slope) + np.diag(resid), 2.0 * slope[:, None]],
        [2.0 * slope[None], np.full((1, 1), 2.0)],
    ])  # fmt: skip
    data = rows(cov, np.zeros(4), ["y1", "y2", "y3", "x"])
    est, fit = found("f =~ y1 + 0.9*y2 + y3\nf ~ x\ny3 ~ x", data, "f", std_lv=True)
    wanted = {
        "f =~ y1": 1.2,
        "f =~ y3": 0.7,
        "f ~ x": 0.5,
        "y3 ~ x": 0.4,
        "y1 ~~ y1": 0.5,
        "x ~~ x": 2.0,
        "f ~~ f": 1.0,
    }
    np.testing.assert_allclose(est[list(wanted)].to_numpy(), list(wanted.values()), atol=1e-8)
    assert fit["chisq"] == pytest.approx(0, abs=1e-8)
