"""Linearised errors along the contributions of few units: those of the derivatives, without forming these."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import csimodels as cs
from csimodels.infer import Statistic, influences, jacobian, linearised, linearised_variance, worth
from csimodels.infer.desk import beside
from csimodels.infer.directions import along
from csimodels.moments import Moments, Rows, Sampling
from csimodels.spec.model import Construct, Item, Text

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
sys.path.append(str(GOLDEN))

from sources import rows_of  # noqa: E402
from test_methods import RULES, statistic_of, survey_data  # noqa: E402


def made(rule: str, n: int = 40) -> tuple[Rows, Moments, Statistic]:
    model, x, weights = survey_data(n=n, share=0 if rule == "listwise" else 0.05)
    rows = rows_of(model, x, rule, weights)
    return rows, Moments.from_sums(rows.sums(), rule, 1e-13), statistic_of(model)[1]


@pytest.mark.parametrize("rule", RULES)
def test_errors_along_contributions_are_those_of_the_derivatives(rule: str) -> None:
    """Both are central differences, with steps of 1e-5 sd: they agree to the truncation, 1e-7 of an error."""
    rows, moments, statistic = made(rule)
    code = np.arange(rows.n) // 4
    for sampling in (Sampling.of(rows.n), Sampling.of(rows.n, code // 3, code)):
        slopes = jacobian(statistic, moments)
        whole = linearised_variance(rows, moments, rule, sampling, slopes)
        few = linearised_variance(rows, moments, rule, sampling, along(statistic, moments))
        for a, b in zip(few, whole, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-14)
        np.testing.assert_allclose(
            influences(rows, moments, rule, sampling, along(statistic, moments)),
            influences(rows, moments, rule, sampling, slopes),
            rtol=0,
            atol=1e-6 * np.nanmax(np.abs(moments.mean)),
        )


def test_numbers_beside_the_model_follow_by_the_chain_rule() -> None:
    rows, _, statistic = made("listwise")
    extra = np.column_stack([np.arange(rows.n) % 2, np.arange(rows.n) % 3]).astype(float)
    rows = Rows(rows.items, rows.x, rows.shift, rows.weights, rows.form, extra, ("a", "b"))
    moments, sampling = Moments.from_sums(rows.sums(), "listwise"), Sampling.of(rows.n)

    def desk(means: np.ndarray, model: np.ndarray) -> np.ndarray:
        return np.stack([means[..., 0] / means[..., 1], model[..., 0] * means[..., 0]], axis=-1)

    whole = linearised_variance(rows, moments, "listwise", sampling, jacobian(statistic, moments, desk))
    few = linearised_variance(rows, moments, "listwise", sampling, along(statistic, moments, desk))
    np.testing.assert_allclose(few[0], whole[0], rtol=1e-5, atol=1e-14)
    assert len(few[0]) == len(beside(statistic, desk)(moments[None])[0][0])


def test_a_contribution_of_nothing_is_worth_nothing() -> None:
    _, moments, statistic = made("listwise")
    p = len(moments.items)
    worthless = along(statistic, moments)(np.zeros((2, p + p * (p + 1) // 2)))
    assert np.array_equal(worthless, np.zeros_like(worthless), equal_nan=True) or np.nanmax(np.abs(worthless)) == 0


def counted(statistic: Statistic) -> tuple[Statistic, list[int]]:
    fits: list[int] = []

    def counting(moments: Moments) -> Any:
        fits.append(len(moments.mean))
        return statistic(moments)

    return counting, fits


def test_as_many_fits_as_units_or_moments_ask_for() -> None:
    _, moments, statistic = made("listwise", 80)
    size = len(moments.items) * (len(moments.items) + 3) // 2
    for units in (10, size, size + 1):
        counting, fits = counted(statistic)
        found = worth(counting, moments, "listwise", units, 5)
        if callable(found):
            found(np.ones((units, size)))
        assert sum(fits) == 2 * min(units, size)
        assert callable(found) == (units <= size)


def test_derivatives_that_do_not_fit_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, moments, statistic = made("listwise", 80)
    sampling = Sampling.of(rows.n)
    monkeypatch.setattr(linearised, "SLOPES_BYTES", 2**10)
    found = worth(statistic, moments, "listwise", 10**6, 100)
    assert callable(found)
    monkeypatch.undo()
    whole = linearised_variance(rows, moments, "listwise", sampling, jacobian(statistic, moments))
    np.testing.assert_allclose(
        linearised_variance(rows, moments, "listwise", sampling, found)[0], whole[0], rtol=1e-5, atol=1e-14
    )


def wide_model(constructs: int, items: int) -> cs.Model:
    """A chain of constructs with a second path into every one but the first two."""
    blocks = tuple(
        Construct(f"C{j}", tuple(Item(f"c{j}i{k}", Text(), (1.0, 10.0)) for k in range(items)), Text())
        for j in range(constructs)
    )
    paths = [(f"C{j - 1}", f"C{j}") for j in range(1, constructs)]
    paths += [(f"C{j - 2}", f"C{j}") for j in range(2, constructs, 7)]
    return cs.load_model(
        cs.Model("wide", blocks, tuple(paths)), overrides={"index": {"construct": f"C{constructs - 1}"}}
    )


def test_many_items_have_linearised_errors_in_little_memory() -> None:
    """66 items: the derivatives alone would take 8 D Q bytes, several times what the whole run takes."""
    model = wide_model(22, 3)
    data = cs.simulate(model, 120, seed=1).data
    tracemalloc.start()
    result = cs.Study(model, data, uncertainty=cs.Linearised()).run(progress=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.isfinite(result.index()["se"]).all()
    moments = 66 * 69 // 2
    assert peak < 8 * moments * result.estimates.layout.size
