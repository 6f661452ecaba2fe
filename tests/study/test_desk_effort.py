"""Least effort for a target and a budget divided among drivers, from the model's own effects."""

from __future__ import annotations

import numpy as np
import pytest

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.estimate import Design
from csimodels.spec.desk import EffortSpec
from csimodels.study.desk.effort import Effort
from csimodels.study.desk.part import Noted
from csimodels.tables import Layout

SPEC = """
csi: 1
extends: acsi
targets: {Satisfaction: 80}
effort: {costs: {Quality: 4, Value: 1.5, Expectation: 2}, budget: 20, caps: {Value: 5}}
"""


def test_the_printed_numbers_of_f8_and_f18() -> None:
    """Gap 2, T .64 .31 .22, costs 1: 2.310052 1.118932 .794080.  T .64 .31 .22, costs 4 1.5 2, cap 5, budget 20."""
    layout, none = (
        Layout.of(cs.load_model("acsi"), Design.of(cs.load_model("acsi"))),
        Noted.of_model(cs.load_model("acsi")),
    )
    d, blocks = layout.design, layout.blocks
    model = np.zeros(layout.size)
    model[blocks["index"].start + d.constructs.index("Satisfaction")] = 78
    for name, effect in (("Quality", 0.64), ("Value", 0.31), ("Expectation", 0.22)):
        pair = (d.constructs.index(name), d.constructs.index("Satisfaction"))
        model[blocks["total_unstd"].start + d.pairs.index(pair)] = effect
    equal = EffortSpec("Satisfaction", (("Quality", 1.0), ("Value", 1.0), ("Expectation", 1.0)))
    found = Effort(equal, 80.0, layout, none).extras().values(np.empty(0), model)[3:6]
    assert [round(float(x), 6) for x in found] == [2.310052, 1.118932, 0.794080]
    costs = (("Quality", 4.0), ("Value", 1.5), ("Expectation", 2.0))
    caps = tuple((name, 5.0) for name, _ in costs)
    asked = EffortSpec("Satisfaction", costs, 20.0, caps)
    rises = Effort(asked, 80.0, layout, none).extras().values(np.empty(0), model)[6:9]
    assert rises.tolist() == pytest.approx([3.125, 5, 0], abs=1e-12)  # 7.5 for Value first, 12.5 / 4 for Quality


def test_from_spec_to_tables_with_groups(tmp_path) -> None:  # type: ignore[no-untyped-def]
    data = cs.simulate("acsi", 400, seed=4).data
    data["bank"] = np.tile(["x", "y"], 200)
    model = cs.parse_model(SPEC)
    result = cs.Study(model, data, by="bank", uncertainty="linearised").run(progress=False)
    least = result.whole.least_effort()
    gap = result.whole.targets()["distance"].iloc[0]
    assert (least["effect"] * least["rise"]).sum() == pytest.approx(gap, abs=1e-8)
    budget = result.budget()
    for _, mine in budget.groupby("bank"):
        assert mine["spent"].sum() <= 20 + 1e-9 and mine.set_index("driver").loc["Value", "rise"] <= 5 + 1e-9
        assert (mine["gain"] - mine["effect"] * mine["rise"]).abs().max() < 1e-9
    cs.save(result, tmp_path / "out")
    assert (tmp_path / "out/tables/budget.csv").exists()
    assert cs.parse_model(cs.dump_model(model)).desk == model.desk


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("targets: {Satisfaction: 80}", "", "effort needs the target"),
        ("Quality: 4", "Quality: 0", "cost of one point"),
        ("Quality: 4", "Loyalty: 4", "does not lead to"),
        ("budget: 20", "budget: -1", "a budget must be"),
        ("Value: 5", "Value: -5", "largest rise"),
    ],
)
def test_what_cannot_be_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        cs.parse_model(SPEC.replace(old, new))
