"""The level of the best quarter: closed forms, its mirror image, and coverage under known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import csimodels as cs
from csimodels.infer.quarter import level_of_quarter
from csimodels.infer.ranking import normal_draws
from csimodels.moments.linalg import Floats
from csimodels.report import render_html


def free(size: int) -> Floats:
    return np.full(size, np.inf)


def draws(value: Floats, se: Floats, count: int = 400) -> Floats:
    return normal_draws(value, se, free(len(value)), 1, count)


def test_units_far_apart_have_the_interval_of_the_one_that_stands_there() -> None:
    """Five units 50 errors apart: the quarter is the second best for certain, with its own normal interval."""
    value, se = np.asarray([10.0, 60.0, 110.0, 160.0, 210.0]), np.asarray([1.0, 1.0, 1.0, 2.0, 1.0])
    found = level_of_quarter(value, se, free(5), draws(value, se, 20_000))
    reach = stats.norm.ppf(0.975) * 2
    assert (found.value, found.among) == (160.0, 5)
    assert (found.low, found.high) == pytest.approx((160 - reach, 160 + reach))
    assert found.se == pytest.approx(2.0, rel=0.03)  # 20 000 draws: 0.5 %, six of these


def test_the_best_of_units_alike_shares_the_tail_among_all() -> None:
    """Five alike, the second best: too high a limit needs two of five to overshoot, binomial; shared clusters: one."""
    value, se = np.full(5, 70.0), np.ones(5)
    found = level_of_quarter(value, se, free(5), draws(value, se))
    tail = min(0.025, float(stats.beta.ppf(0.025, 2, 4)))
    assert found.low == pytest.approx(70 - stats.norm.isf(tail))
    together = level_of_quarter(value, se, free(5), draws(value, se), cov=0.3 * np.eye(5) + 0.7)
    assert together.low == pytest.approx(70 - stats.norm.isf(0.025 / 4))
    assert together.low < found.low


def test_lower_is_better_is_the_mirror_image() -> None:
    rng = np.random.default_rng(2)
    value, se = rng.normal(70, 3, 9), rng.uniform(0.5, 2, 9)
    up = level_of_quarter(value, se, free(9), draws(value, se))
    down = level_of_quarter(-value, se, free(9), -draws(value, se), direction=-1)
    assert (down.value, down.se, down.low, down.high) == pytest.approx((-up.value, up.se, -up.high, -up.low))


def test_without_errors_or_units_there_is_no_interval() -> None:
    value, nothing = np.asarray([1.0, 2.0, 3.0, 4.0]), np.full(4, np.nan)
    bare = level_of_quarter(value, nothing, nothing, np.full((4, 10), np.nan))
    assert (bare.value, np.isnan([bare.se, bare.low, bare.high]).all()) == (3.25, True)
    few = level_of_quarter(value[:3], np.ones(3), free(3), draws(value[:3], np.ones(3)))
    assert (few.among, np.isnan(few.value)) == (3, True)


@pytest.mark.parametrize("truth", [np.zeros(8), np.linspace(-2, 2, 8), np.asarray([3.0, 3.0, *np.zeros(6)])])
def test_it_covers_where_replicates_of_the_quantile_do_not(truth: Floats) -> None:
    """500 surveys, nominal 95 %: at least 93 % (two errors of simulation below); all alike: percentiles fail."""
    rng, held, plain = np.random.default_rng(3), 0, 0
    for _ in range(500):
        se = rng.uniform(0.6, 1.4, 8)
        value = truth + se * rng.standard_normal(8)
        made = value[:, None] + se[:, None] * rng.standard_normal((8, 200))
        found, true = level_of_quarter(value, se, free(8), made), np.quantile(truth, 0.75)
        held += found.low <= true <= found.high
        low, high = np.quantile(np.quantile(made, 0.75, axis=0), [0.025, 0.975])
        plain += low <= true <= high
    assert held >= 465
    if not truth.any():
        assert plain < 400


def test_a_study_has_the_table_and_keeps_it(tmp_path: object) -> None:
    frame: pd.DataFrame = cs.simulate("acsi", 400, seed=5).data
    frame = frame.assign(company=np.tile(list("abcde"), 80), year=np.repeat([2025, 2026], 200))
    how = cs.Linearised()
    result = cs.Study("acsi", frame, by="company", wave="year", uncertainty=how).run(progress=False)
    table = result.best_quarter()
    assert list(table) == ["year", "construct", "index", "se", "low", "high", "among", "status"]
    index = result.index().query("year == 2026 and construct == 'Satisfaction'")["index"]
    row = table.query("year == 2026 and construct == 'Satisfaction'").iloc[0]
    assert row["index"] == pytest.approx(np.quantile(index, 0.75))
    assert 0 < row["se"] < row["high"] - row["low"]
    cs.save(result, f"{tmp_path}/out")
    again = cs.load_result(f"{tmp_path}/out")
    pd.testing.assert_frame_equal(again.best_quarter(), table)
    assert "前四分之一达到的水平" in render_html(again.content, "zh")
    alone = cs.Study("acsi", frame, uncertainty=None).run(progress=False)
    with pytest.raises(cs.SpecError, match="one group only"):
        alone.best_quarter()
