"""Observed causes as lavaan's x: what fixed and random ones share, and who refuses the setting."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import CsiError

SPEC = """
csi: 1
scale: [1, 10]
constructs: {Age: {items: {AGE: {scale: [18, 90]}}}, A: {items: [a1, a2, a3]}, B: {items: [b1, b2, b3]}}
paths: {Age: [A, B], A: B}
index: B
estimate: {estimator: ml}
"""


@cache
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    age = rng.integers(18, 90, 150)
    a = 0.02 * age + rng.normal(size=150)
    b = 0.5 * a + rng.normal(size=150)
    x = {f"{f}{k}": eta + 0.7 * rng.normal(size=150) for f, eta in (("a", a), ("b", b)) for k in (1, 2, 3)}
    return pd.DataFrame({"AGE": age} | {k: np.clip(np.round(5 + v), 1, 10) for k, v in x.items()})


def fitted(data: pd.DataFrame | None = None, *, parameters: dict[str, Any] | None = None, **more: str) -> cs.Result:
    overrides: dict[str, Any] = {k: v for k, v in {"estimate": more, "parameters": parameters}.items() if v}
    model = cs.load_model(cs.parse_model(SPEC), overrides=overrides)
    return cs.Study(model, answers() if data is None else data, uncertainty=None).run(progress=False)


def measures(run: cs.Result) -> dict[str, float]:
    return dict(run.fit_measures()[["measure", "value"]].itertuples(index=False))


def test_fixed_is_the_likelihood_given_the_covariate() -> None:
    """The normal density of age alone, made here from its sum of squares."""
    plain, fixed = measures(fitted()), measures(fitted(covariates="fixed"))
    age = answers()["AGE"].to_numpy(dtype=float)
    alone = -0.5 * len(age) * (np.log(2 * np.pi * age.var()) + 1)
    assert fixed["logl"] == pytest.approx(plain["logl"] - alone)
    assert fixed["npar"] == plain["npar"] - 1
    assert fixed["chisq"] == plain["chisq"] and fixed["df"] == plain["df"]
    assert fixed["cfi"] == plain["cfi"]  # one covariate has no covariances with others


def test_a_fixed_moment_is_no_estimate() -> None:
    table = fitted(covariates="fixed").parameters().set_index(["lhs", "op", "rhs"])
    row = table.loc[("Age", "~~", "Age")]
    assert not row["free"] and np.isnan(row["se"]) and np.isnan(row["z"])
    assert row["est"] == pytest.approx(answers()["AGE"].var(ddof=0))
    paths = [("A", "~", "Age"), ("B", "~", "A")]
    plain = fitted().parameters().set_index(["lhs", "op", "rhs"])
    np.testing.assert_allclose(table.loc[paths, "se"], plain.loc[paths, "se"])
    assert table.loc[paths[0], "std_all_se"] < plain.loc[paths[0], "std_all_se"]


def test_the_spec_keeps_it() -> None:
    model = fitted(covariates="fixed").model
    assert cs.parse_model(cs.dump_model(model)).estimate.covariates == "fixed"
    assert model.hash != fitted().model.hash


@pytest.mark.parametrize(
    ("more", "parameters", "words"),
    [
        ({"estimator": "gls", "covariates": "fixed"}, None, "covariates"),
        ({"covariates": "fixd"}, None, "covariates"),
        ({"covariates": "fixed"}, {"Age ~~ Age": 400}, "no statement fixes them"),
        ({"covariates": "fixed"}, {"AGE ~~ AGE": 3}, "no construct is an observed cause"),
    ],
)
def test_what_cannot_be_meant(more: dict[str, str], parameters: dict[str, Any] | None, words: str) -> None:
    with pytest.raises(CsiError, match=words):
        fitted(parameters=parameters, **more)


def test_missing_answers_are_refused() -> None:
    data = answers().astype(float)
    data.loc[3, "a1"] = np.nan
    with pytest.raises(CsiError, match="complete rows"):
        fitted(data, covariates="fixed")
    assert measures(fitted(data, covariates="fixed", missing="listwise"))["ntotal"] == 149
