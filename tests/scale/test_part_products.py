"""Variances from sums of products by part are those of every respondent's contribution to every number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("duckdb")
import large

import csimodels as cs
from csimodels.study import part_products, streamed
from csimodels.survey.scale.many_rows import MANY_ROWS

USUAL = "missing_codes: [98], weight: w, engine: duckdb"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., cs.Result]:
    """A run that takes products from so many respondents on, and so many of these for degrees of freedom."""
    large.write(large.answers(), tmp_path / "rows.parquet")

    def run(least: int, sample: int, data: str, rule: str, all_together: int = 1) -> cs.Result:
        monkeypatch.setattr(part_products, "LARGE", least)
        monkeypatch.setattr(part_products, "LEAST", all_together)
        monkeypatch.setattr(streamed, "SAMPLE", sample)
        rest = f"estimate: {{missing: {rule}}}\nuncertainty: {{method: linearised}}"
        return cs.Study(large.spec(tmp_path, f"file: rows.parquet, {USUAL}, {data}", rest)).run()

    return run


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("by: bank", "mean"),
        ("by: year, design: {strata: region}", "pairwise"),
        ("by: bank, design: {strata: age, lone_strata: adjust}", "listwise"),
    ],
)
def test_errors_are_those_of_the_contributions(
    study: Callable[..., cs.Result], data: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[object] = []
    summed = part_products._summed
    monkeypatch.setattr(part_products, "_summed", lambda *given: passes.append(given) or summed(*given))
    one, two = study(10**9, 10**9, data, rule), study(1, 10**9, data, rule)
    assert len(passes) == 1 and not part_products._KEPT  # the groups take the products of all together
    for a, b in ((one, two), (one.overall, two.overall)):
        assert a is not None and b is not None
        assert (a.estimates.se > 0).any()
        np.testing.assert_allclose(b.estimates.se, a.estimates.se, rtol=1e-9, atol=1e-9)  # sums in another order
        np.testing.assert_array_equal(b.estimates.df, a.estimates.df)


def test_some_respondents_are_enough_for_degrees_of_freedom(study: Callable[..., cs.Result]) -> None:
    """A quarter of them: as uneven as all, within what 100 respondents tell; the same ones every time."""
    every, some, again = (study(1, sample, "by: year", "mean") for sample in (10**9, 50, 50))
    np.testing.assert_array_equal(some.estimates.se, every.estimates.se)
    np.testing.assert_array_equal(some.estimates.df, again.estimates.df)
    ratio = some.estimates.df / every.estimates.df
    assert (ratio != 1).any() and 0.8 < np.nanmedian(ratio) < 1.25


def test_small_surveys_have_the_degrees_of_freedom_of_everybody(
    study: Callable[..., cs.Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the rows from which DuckDB takes over by itself, numbers are those of memory to the last digits."""
    assert part_products.LEAST == MANY_ROWS
    asked: list[object] = []
    monkeypatch.setattr(part_products, "_summed", lambda *given: asked.append(given))
    study(1, 50, "by: year", "mean", 10**6)
    assert not asked
