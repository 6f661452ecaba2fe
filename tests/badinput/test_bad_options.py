"""Options of the wrong type, sign or size through the Python interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from bad_forms import SPEC, frame, model, refused, run, same_numbers

import csimodels as cs
from csimodels.errors import SpecError

DATA = frame()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"replicates": 1}, ("replicates", "at least 2", "1")),
        ({"replicates": 0}, ("replicates", "at least 2")),
        ({"replicates": -10}, ("replicates", "-10", "at least 2")),
        ({"replicates": True}, ("replicates", "True")),
        ({"replicates": 20.0}, ("replicates", "20.0", "whole number")),
        ({"replicates": "20"}, ("replicates", "'20'")),
        ({"replicates": None}, ("replicates", "None")),
        ({"replicates": 10**12}, ("replicates", "1000000")),
        ({"replicates": 10**400}, ("replicates", "1000000")),
        ({"seed": -1}, ("seed", "-1")),
        ({"seed": 1.5}, ("seed", "1.5")),
        ({"seed": None}, ("seed", "None")),
        ({"seed": "1"}, ("seed", "'1'")),
        ({"seed": 2**63}, ("seed", str(2**63))),
        ({"level": 0}, ("level", "between 0 and 1")),
        ({"level": 1}, ("level", "between 0 and 1")),
        ({"level": 95}, ("level", "95", "0.95")),
        ({"level": "0.95"}, ("level", "'0.95'")),
        ({"level": None}, ("level", "None")),
        ({"level": float("nan")}, ("level", "nan")),
        ({"level": True}, ("level", "True")),
        ({"interval": "bac"}, ("interval", "percentile")),
        ({"interval": None}, ("interval", "percentile")),
    ],
)
def test_bootstrap(settings: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(SpecError) as caught:
        cs.Bootstrap(**settings)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("kind", [cs.PLS, cs.PLSc])
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tol": 0}, ("tol", "above 0")),
        ({"tol": -1e-7}, ("tol", "above 0")),
        ({"tol": 0.5}, ("tol", "0.5", "1e-7")),
        ({"tol": float("inf")}, ("tol", "inf")),
        ({"tol": float("nan")}, ("tol", "nan")),
        ({"tol": "1e-7"}, ("tol", "'1e-7'")),
        ({"tol": None}, ("tol", "None")),
        ({"max_iter": 0}, ("max_iter", "at least 1")),
        ({"max_iter": 300.0}, ("max_iter", "300.0")),
        ({"max_iter": "300"}, ("max_iter", "'300'")),
        ({"max_iter": True}, ("max_iter", "True")),
        ({"scheme": "paths"}, ("scheme", 'did you mean "path"?')),
        ({"scheme": None}, ("scheme", "path, factorial, centroid")),
        ({"scheme": ["path"]}, ("scheme", "path, factorial, centroid")),
    ],
)
def test_estimators(kind: type, settings: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(SpecError) as caught:
        kind(**settings)
    for word in words:
        assert word in str(caught.value)


def test_all_problems_of_an_estimator_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        cs.PLS(scheme="x", tol=0, max_iter=0)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3


def test_numpy_numbers_are_numbers() -> None:
    plain = run(DATA, estimator=cs.PLS(tol=1e-8, max_iter=200), uncertainty=cs.Bootstrap(20, seed=3, level=0.9))
    numpy = run(
        DATA,
        estimator=cs.PLS(tol=np.float64(1e-8), max_iter=np.int64(200)),
        uncertainty=cs.Bootstrap(np.int64(20), seed=np.uint8(3), level=np.float64(0.9)),
    )
    assert np.array_equal(plain.estimates.low, numpy.estimates.low, equal_nan=True)
    assert numpy.facts["seed"] == "3" and numpy.facts["replicates"].startswith("20 per fit")


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_the_ends_of_the_seeds(seed: int) -> None:
    one, two = (run(DATA, uncertainty=cs.Bootstrap(20, seed=seed)) for _ in range(2))
    assert np.array_equal(one.estimates.se, two.estimates.se, equal_nan=True)
    assert one.facts["seed"] == str(seed)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"estimator": "MLX"}, ("estimator", "MLX", "pls, plsc")),
        ({"estimator": "PLS"}, ('did you mean "pls"?',)),
        ({"estimator": ""}, ("estimator", "pls, plsc")),
        ({"estimator": cs.PLS}, ("estimator", "PLS(...)")),
        ({"estimator": 3}, ("estimator", "3")),
        ({"missing": "avg"}, ("missing", "avg", "listwise, mean, pairwise, em")),
        ({"missing": False}, ("missing", "False")),
        ({"uncertainty": cs.Bootstrap}, ("uncertainty", "Bootstrap(...)")),
        ({"uncertainty": 500}, ("uncertainty", "500")),
        ({"uncertainty": "jackknive"}, ("uncertainty", "jackknive")),
        ({"uncertainty": DATA}, ("uncertainty", "Bootstrap(...)")),
        ({"uncertainty": np.arange(3)}, ("uncertainty", "Bootstrap(...)")),
        ({"index_weights": "eqaul"}, ('did you mean "equal"?',)),
        ({"index_weights": "fixed"}, ("fixed", "S1: 1, S2: 1, S3: 1")),
        ({"weight": DATA["w"]}, ("weight must be the name of a column", "Series")),
        ({"weight": DATA["w"].to_numpy()}, ("weight must be the name of a column", "ndarray")),
        ({"weight": ""}, ("weight", "empty")),
        ({"columns": ["Q1"]}, ("columns", "mapping")),
        ({"columns": {"Q9": "x"}}, ('"Q9"', "no item of the model")),
        ({"columns": {"Q2": "Q1"}}, ('items "Q1" and "Q2" both take column "Q1"',)),
        ({"columns": {"Q1": "q7"}}, ('no column "q7" for item Q1',)),
        ({"missing_codes": {"S9": [98]}}, ('"S9"', "no item of the model")),
        ({"missing_codes": [None]}, ("missing_codes",)),
        ({"missing_codes": [True]}, ("missing_codes", "True")),
        ({"missing_codes": [float("nan")]}, ("missing code", "finite")),
        ({"missing_codes": {98, 99}}, ("set",)),
        ({"where": {"bank": []}}, ("bank", "no row would be left")),
        ({"where": {"y": DATA}}, ("DataFrame",)),
    ],
)
def test_study(keywords: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(DATA, *words, **keywords)


def test_unknown_keywords_are_refused() -> None:
    with pytest.raises(TypeError, match='did you mean "weight"'):
        cs.Study(model(), DATA, weights="w")  # type: ignore[call-arg]


@pytest.mark.parametrize("source", [5, None, DATA, ["acsi"]])
def test_models_that_are_none(source: Any) -> None:
    with pytest.raises(SpecError, match="Path, str, Model"):
        cs.Study(source, DATA)


@pytest.mark.parametrize("by", [np.array(["bank"]), pd.Index(["bank"]), ("bank",), ["bank"], "bank"])
def test_names_in_any_list(by: Any) -> None:
    assert run(DATA, by=by).by == ("bank",)


@pytest.mark.parametrize("codes", [np.array([98, 99]), np.int64(98), 98, "98", [98.0], (98, "DK"), {"Q1": 98}])
def test_codes_in_any_list(codes: Any) -> None:
    data = DATA.astype({"Q1": object})
    data.loc[0, "Q1"] = 98
    same_numbers(run(data, missing_codes=codes), run(DATA.assign(Q1=DATA["Q1"].where(DATA.index > 0))), 1e-12)


@pytest.mark.parametrize("replicates", [2, 50])
def test_few_replicates_are_noted(replicates: int) -> None:
    result = run(DATA, uncertainty=cs.Bootstrap(replicates))
    assert any(f"only {replicates} bootstrap replicates" in note for note in result.notes)


def test_one_iteration_is_an_error_by_default() -> None:
    refused(DATA, "did not converge in 1 iteration", "max_iter", "warn", estimator=cs.PLS(max_iter=1))


def test_one_iteration_kept_is_flagged_in_every_table() -> None:
    spec = SPEC + "estimate: {on_nonconvergence: warn}\n"
    result = run(DATA, base=spec, estimator=cs.PLS(max_iter=1), uncertainty=cs.Bootstrap(20))
    for table in (result.index(), result.paths(), result.effects(), result.drivers()):
        assert set(table["status"]) == {"not converged"}
    assert any("did not converge in 1 iteration" in note for note in result.notes)
    assert int(result.replicates()["not_converged"][0]) == 20
