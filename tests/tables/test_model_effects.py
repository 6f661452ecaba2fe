"""Which effects a covariance structure has is told from its paths, never from rounded numbers."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import csimodels as cs
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.spec import Model, load_model
from csimodels.spec.model import Parameter
from csimodels.tables.covariance import routes


def chains(model: Model) -> set[tuple[str, str, str]]:
    """Every effect by walking the paths of `model` one by one."""
    found: set[tuple[str, str, str]] = set()

    def walk(start: str, at: str, steps: int) -> None:
        for source, target in model.paths:
            if source == at:
                found.update({(start, target, "direct" if steps == 0 else "indirect"), (start, target, "total")})
                walk(start, target, steps + 1)

    for name in model.construct_names:
        walk(name, name, 0)
    return found


def named(model: Model) -> set[tuple[str, str, str]]:
    table = ParameterTable.of(model)
    return {(table.factors[s], table.factors[t], kind) for s, t, kind in routes(table)}


@pytest.mark.parametrize("name", ["acsi", "ecsi", "ccsi"])
def test_routes_are_those_of_the_paths(name: str) -> None:
    model = load_model(name)
    assert named(model) == chains(model)


def test_a_path_fixed_at_zero_is_a_route_in_every_table() -> None:
    """An effect exists where the graph has a route: `effects` and `model_effects` list the same ones, 0 as 0."""
    model = load_model("acsi")
    pairs = (("Expectation", "Value"), ("Satisfaction", "Complaints"))
    zeros = tuple(Parameter(t, "~", s, value=0.0) for s, t in pairs)
    fixed = replace(model, parameters=(*model.parameters, *zeros))
    assert named(fixed) == chains(model)
    result = cs.Study(fixed, cs.simulate("acsi", 200, seed=3).data, estimator="ml", uncertainty=None).run()
    table, wanted = result.model_effects(), result.effects().set_index(["source", "target"])
    totals = table[table["kind"] == "total"].set_index(["source", "target"])
    assert set(totals.index) == set(wanted.index)
    assert totals["std_all"].to_dict() == pytest.approx(wanted["total"].to_dict(), abs=1e-12)
    gone = totals.loc[("Quality", "Complaints")]
    assert (gone["est"], gone["se"]) == (0, 0) and gone[["z", "p"]].isna().all()


def test_the_table_has_a_row_for_every_route_and_for_nothing_else() -> None:
    data: pd.DataFrame = cs.simulate("acsi", 200, seed=3).data
    table = cs.Study("acsi", data, estimator="ml", uncertainty=None).run().model_effects()
    rows = list(zip(table["source"], table["target"], table["kind"], strict=True))
    assert len(rows) == len(set(rows)) and set(rows) == chains(load_model("acsi"))
    assert not any(source == "Loyalty" for source, _, _ in rows)
    assert table["se"].gt(0).all()
