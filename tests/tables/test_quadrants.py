"""Quadrants are verdicts: importance and performance have to clear the cut, whose own error counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import dump_model, load_model, parse_model
from csimodels.tables.drivers import _quadrants, _sides

UP = np.ones((3, 2))
MEANS = ("mean", "mean")


def drivers(half: float, status: str = "ok") -> pd.DataFrame:
    """Performances 76.0, 76.1, 76.0 and clearly different importances, as a reviewer found them with three verdicts."""
    frame = pd.DataFrame({"importance": [0.6, 0.3, 0.1], "performance": [76.0, 76.1, 76.0], "status": status})
    for name, spread in (("importance", 0.05), ("performance", half)):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - spread, frame[name] + spread
    return frame


def verdicts(table: pd.DataFrame, cuts: tuple = MEANS, signs: np.ndarray = UP) -> list[str]:  # type: ignore[type-arg]
    return _quadrants(table, _sides(table, signs, cuts))


def test_differences_within_the_error_get_no_verdict() -> None:
    assert verdicts(drivers(0.9)) == ["unclear"] * 3
    assert verdicts(drivers(0.01)) == ["improve", "unclear", "low"]  # the second: importance holds the mean, 0.333


def test_cuts_are_where_they_are_stated() -> None:
    assert verdicts(drivers(0.01), (0.2, 70.0)) == ["keep", "keep", "overkill"]
    assert verdicts(drivers(0.01), (0.2, "median")) == ["unclear", "keep", "unclear"]  # the median is 76.0


def test_of_complaints_the_lower_end_is_the_good_one() -> None:
    """Importance -0.6 of an index of 5 that should be low: as 0.6 of an index of 95 that should be high."""
    table = drivers(0.01)
    turned = table.copy()
    turned.loc[0, ["importance", "importance_low", "importance_high"]] = [-0.6, -0.65, -0.55]
    turned.loc[0, ["performance", "performance_low", "performance_high"]] = [24.0, 23.99, 24.01]
    signs = UP.copy()
    signs[0] = -1
    assert verdicts(turned, MEANS, signs) == verdicts(table) == ["improve", "unclear", "low"]


@pytest.mark.parametrize("status", ["inadmissible", "not converged", "nearly not identified; singular"])
def test_a_flagged_fit_gets_none(status: str) -> None:
    assert verdicts(drivers(0.01, status)) == [""] * 3


def test_without_intervals_nothing_is_clear() -> None:
    result = cs.Study("acsi", cs.simulate("acsi", 200, seed=3).data, uncertainty=None).run(progress=False)
    assert set(result.drivers()["quadrant"]) == {"unclear"}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame: pd.DataFrame = cs.simulate("acsi", 400, seed=3).data
    return frame


@pytest.mark.parametrize("cut", ["mean", 70.0])
def test_the_error_of_a_distance_is_that_of_the_bootstrap(answers: pd.DataFrame, cut: str | float) -> None:
    """Linearised errors of the distances from the cut against 600 replicates (3 % Monte Carlo error; 12 %: four).

    A mean of all drivers moves with each of them: the distance of an index from it is far better known than the index.
    """
    model = replace(load_model("acsi"), report=replace(load_model("acsi").report, cuts=(0.3, cut)))
    done = [
        cs.Study(model, answers, uncertainty=how).run(progress=False)
        for how in (cs.Linearised(), cs.Bootstrap(replicates=600, seed=1, interval="normal"))
    ]
    layout = done[0].estimates.layout
    for name in ("importance_gap", "performance_gap"):
        first, second = (one.estimates.se[0, layout.blocks[name]] for one in done)
        assert first == pytest.approx(second, rel=0.12)
    into = [i for i, (_, t) in enumerate(layout.design.pairs) if layout.design.constructs[t] == "Satisfaction"]
    sources = [layout.design.pairs[i][0] for i in into]
    index = done[0].estimates.value[0, layout.blocks["index"]][sources]
    gap = done[0].estimates.value[0, layout.blocks["performance_gap"]][into]
    assert gap == pytest.approx(index - (index.mean() if cut == "mean" else 70.0))
    plain = done[0].estimates.se[0, layout.blocks["index"]][sources]
    own = done[0].estimates.se[0, layout.blocks["performance_gap"]][into]
    assert (own < 0.8 * plain).all() if cut == "mean" else own == pytest.approx(plain)
    tables = [one.drivers().set_index("driver") for one in done]
    size = tables[0]["importance"].abs()
    others = {name: size[name] - size.drop(name).max() for name in size.index}
    assert tables[0]["effect_lead"].to_dict() == pytest.approx(others)
    first, second = (one["effect_lead_se"].to_numpy() for one in tables)
    assert first == pytest.approx(second, rel=0.12)


def test_cuts_stand_in_the_spec_and_come_back() -> None:
    model = parse_model("csi: 1\nextends: acsi\nreport: {cuts: {importance: 0.3, performance: median}}\n")
    assert model.report.cuts == (0.3, "median")
    assert parse_model(dump_model(model)) == model
    both = parse_model("csi: 1\nextends: acsi\nreport: {cuts: median}\n")
    assert both.report.cuts == ("median", "median")
    assert parse_model(dump_model(both)) == both
    assert len({model.hash, both.hash, load_model("acsi").hash}) == 3
    for wrong in ("top", "{performance: 101}", "{importance: yes}", "{level: 3}"):
        with pytest.raises(cs.SpecError, match="cut"):
            parse_model(f"csi: 1\nextends: acsi\nreport: {{cuts: {wrong}}}\n")
