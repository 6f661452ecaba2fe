"""Constraints, bounds and start values: as labels, as a batch, as brute force; what is refused and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.estimate.design import Design
from csimodels.estimate.ml.estimator import compiled
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import solve

SPEC = """
csi: 1
constructs: {A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}, Satisfaction: {items: [s1, s2, s3]}}
paths: {A: [B, Satisfaction], B: Satisfaction}
estimate: {estimator: ml}
parameters: {B ~ A: p, Satisfaction ~ B: q, Satisfaction ~ A: r, A =~ a2: k, A =~ a3: m, s2 ~~ s2: e}
"""


def spec(constraints: str = "", **parameters: str) -> cs.Model:
    text = SPEC + (f"constraints: [{constraints}]\n" if constraints else "")
    return cs.load_model(cs.parse_model(text), overrides={"parameters": parameters} if parameters else {})


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return cs.simulate(spec(), 300, seed=4).data


def run(model: cs.Model, data: pd.DataFrame, **options: object) -> cs.Result:
    return cs.Study(model, data, uncertainty=None, **options).run(progress=False)


def estimates(result: cs.Result) -> pd.DataFrame:
    table = result.parameters()
    return table.set_index(["lhs", "op", "rhs"])[["est", "se", "std_all", "std_all_se"]]


def fit(result: cs.Result) -> pd.Series:
    return result.fit_measures().set_index("measure")["value"]


@pytest.mark.parametrize(
    "options",
    [{}, {"errors": "mlr"}, {"errors": "mlm"}, {"estimator": "gls"}, {"missing": "em"}, {"missing": "fiml"}],
    ids=lambda options: "-".join(map(str, options.values())) or "ml",
)
def test_an_equality_is_an_equal_label(data: pd.DataFrame, options: dict[str, str]) -> None:
    """The same model by two roads: a parameter that two places share, and a constraint in the tangent space."""
    if "missing" in options:
        data = data.astype(float)
        data.iloc[::9, 1] = np.nan
    by_constraint = run(spec('"p == q"', **{"A =~ a3": "m"}), data, **options)
    label = cs.load_model(spec(), overrides={"parameters": {"Satisfaction ~ B": "p"}})
    by_label = run(label, data, **options)
    one, two = estimates(by_constraint), estimates(by_label)
    assert one.index[-1] == ("p", "==", "q") and abs(one["est"].iloc[-1]) < 1e-12
    pd.testing.assert_frame_equal(one.iloc[:-1], two, rtol=1e-6, atol=1e-9)  # where Newton's steps end
    pd.testing.assert_series_equal(fit(by_constraint), fit(by_label), rtol=1e-6, atol=1e-9)


def test_a_batch_holds_what_each_sample_needs(data: pd.DataFrame) -> None:
    """Of resampled moments some meet an inequality and a bound, some do not: each as if it stood alone."""
    x, random = data.to_numpy(float), np.random.default_rng(7)
    draws = [x[random.integers(0, len(x), len(x))] for _ in range(24)]
    mean, cov = np.stack([d.mean(axis=0) for d in draws]), np.stack([np.cov(d.T, bias=True) for d in draws])
    n = np.full((24, 1), float(len(x)))
    loose = compiled(Design.of(spec()), "marker")
    free = solve(loose, Sample(mean[:, None], cov[:, None], n))
    p, k = (float(np.median(free.x[:, loose.table.names.index(name)])) for name in "pk")
    model = spec(f'"p > {p:.6f}"')
    low = tuple(replace(said, lower=round(k, 6)) if said.label == "k" else said for said in model.parameters)
    structure = compiled(Design.of(replace(model, parameters=low)), "marker")
    constraints = structure.table.constraints
    assert constraints is not None and constraints.texts[1].startswith("A =~ a2 >= ")
    together = solve(structure, Sample(mean[:, None], cov[:, None], n))
    active = constraints.active(together.x)
    assert (active.sum(axis=0) > 5).all() and (active.sum(axis=0) < 19).all() and not together.status.any()
    met = constraints.gaps(free.x) > 1e-6
    np.testing.assert_allclose(together.x[met.all(axis=1)], free.x[met.all(axis=1)], rtol=1e-7, atol=1e-9)
    assert (constraints.gaps(together.x) > -1e-12).all() and (together.value >= free.value - 1e-12).all()
    for g in range(0, 24, 5):
        alone = solve(structure, Sample(mean[g, None], cov[g, None], n[g]))
        np.testing.assert_allclose(alone.x, together.x[g], rtol=1e-7, atol=1e-9)
        pulls = alone.value - free.value[g]  # no minimum with less of it held is both allowed and lower
        assert (pulls > 1e-9) == (~met[g]).any()


def test_a_curved_constraint_is_a_minimum_along_it(data: pd.DataFrame) -> None:
    """Brute force: r fixed on a grid at q^2 of any q gives no lower chi-square than the constraint r == q^2."""
    found = run(spec('"r == q^2"'), data)
    table = found.parameters().set_index("label")
    q, r = table.loc["q", "est"], table.loc["r", "est"]
    assert r == pytest.approx(q**2, rel=1e-10)
    assert fit(found)["df"] == fit(run(spec(), data))["df"] + 1
    values = []
    for near in (q - 1e-3, q, q + 1e-3):
        said = {"Satisfaction ~ B": float(near), "Satisfaction ~ A": float(near) ** 2}
        values.append(fit(run(cs.load_model(spec(), overrides={"parameters": said}), data))["chisq"])
    assert min(values[0], values[2]) > values[1] and values[1] == pytest.approx(fit(found)["chisq"], abs=1e-8)


def test_bounds_are_inequalities_and_are_said(data: pd.DataFrame) -> None:
    bound = cs.load_model(spec(), overrides={"parameters": {"B ~ A": {"label": "p", "lower": 0.9, "start": 1.5}}})
    one, two = run(bound, data), run(spec('"p > 0.9"'), data)
    pd.testing.assert_frame_equal(estimates(one), estimates(two).iloc[:-1], rtol=1e-7, atol=1e-9)
    assert any("end of what is allowed: B ~ A >= 0.9" in str(note) for note in one.notes)
    assert any("p > 0.9" in str(note) for note in two.notes)
    row = one.parameters().set_index("label").loc["p"]
    assert row["est"] == 0.9 and np.isnan(row["se"]) and row["free"]
    assert fit(one)["df"] == fit(run(spec(), data))["df"]


def test_variances_that_may_not_fall_below_zero() -> None:
    """A Heywood case becomes a residual of 0; nothing else is touched where no variance is negative."""
    rng = np.random.default_rng(1)
    f = rng.normal(size=(60, 1))
    x = f + 0.7 * rng.normal(size=(60, 3))
    x[:, 0] = 0.6 * (x[:, 1] + x[:, 2]) + 0.2 * rng.normal(size=60)
    frame = pd.DataFrame(np.round(x, 3), columns=["a1", "a2", "a3"])
    model = cs.from_lavaan("A =~ a1 + a2 + a3", index="A", scale=(-20, 20))
    wild = run(model, frame).parameters()
    assert (wild["est"][wild["op"] == "~~"] < 0).any()
    tame = run(model, frame, estimator=cs.ML(bounds="pos.var"))
    table = tame.parameters()
    assert table["est"][table["op"] == "~~"].min() == 0.0 and set(table["status"]) == {"ok"}
    assert any("a1 ~~ a1 >= 0" in str(note) for note in tame.notes)
    assert "variances not below 0" in str(tame.facts)
    written = cs.to_lavaan(cs.load_model(model, overrides={"estimate": {"bounds": "pos.var"}}))
    assert '# fit with bounds = "pos.var"' in written


@pytest.mark.parametrize(
    ("constraints", "what"),
    [
        ('"p == 2 * w"', 'no parameter has the label "w"'),
        ('"p = q"', "=="),
        ('"p + q"', "one of == < >"),
        ('"p == "', "ends where"),
        ('"p == gamma(q)"', "no function"),
        ('"1 == 2"', "names no parameter"),
    ],
)
def test_what_is_no_constraint_is_said(constraints: str, what: str) -> None:
    with pytest.raises(cs.SpecError) as caught:
        spec(constraints)
    assert what in str(caught.value) and ":7:" in str(caught.value)


def test_what_cannot_be_held_is_refused(data: pd.DataFrame) -> None:
    with pytest.raises(cs.SpecError, match="contradict"):
        run(spec('"p == q", "p == q + 1"'), data)
    with pytest.raises(cs.SpecError, match="constraints belong to the estimators ml"):
        run(spec('"p == q"'), data, estimator="pls")
    both = run(spec('"p == q", "2 * p == 2 * q"'), data)  # said twice: counts once
    assert fit(both)["df"] == fit(run(spec('"p == q"'), data))["df"]


def test_a_spec_keeps_them() -> None:
    model = cs.load_model(
        spec('"p == q + r^2", "e > 0"'),
        overrides={"parameters": {"A =~ a2": {"label": "k", "lower": 0, "upper": 2.5, "start": 0.9}}},
    )
    assert cs.parse_model(cs.dump_model(model)) == model and model.hash != spec().hash
    assert cs.from_lavaan(cs.to_lavaan(model)).constraints == ("p == q + r^2", "e > 0")
    assert "lower(0)*a2 + upper(2.5)*a2 + start(0.9)*a2 + k*a2" in cs.to_lavaan(model)


def test_intervals_are_those_of_the_constrained_model(data: pd.DataFrame) -> None:
    """Paths that are held equal have one and the same interval; of the standardised ones only where scales agree."""
    result = cs.Study(spec('"p == 0.5", "q == 2 * r"'), data, uncertainty="linearised").run(progress=False)
    free = cs.Study(spec(), data, uncertainty="linearised").run(progress=False)
    assert (result.paths()["se"] < free.paths()["se"]).all()
