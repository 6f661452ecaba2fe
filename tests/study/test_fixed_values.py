"""A parameter fixed far off is named, with what it would be if it were free; one near the data is not."""

from __future__ import annotations

import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import parse_model
from csimodels.study.fixed_values import far_off

SPEC = """\
csi: 1
constructs:
  A: {{items: [a1, a2, a3]}}
  B: {{items: [b1, b2, b3]}}
paths: {{A: B}}
index: B
parameters: {{"{name}": {value}}}
estimate: {{estimator: ml}}
"""


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame: pd.DataFrame = cs.simulate(parse_model(SPEC.format(name="A =~ a2", value=1)), n=600, seed=2).data
    return frame


def notes(answers: pd.DataFrame, name: str, value: float) -> list[str]:
    model = parse_model(SPEC.format(name=name, value=value))
    said = cs.Study(model, answers, uncertainty=None).run(progress=False).notes
    return [note for note in said if "fixed parameter" in note]


def free_path(answers: pd.DataFrame) -> float:
    model = parse_model(SPEC.format(name="A =~ a1", value=1))
    table = cs.Study(model, answers, uncertainty=None).run(progress=False).parameters()
    return float(table.loc[(table["lhs"] == "B") & (table["op"] == "~"), "est"].item())


def test_a_value_near_the_data_is_not_named(answers: pd.DataFrame) -> None:
    assert notes(answers, "B ~ A", round(free_path(answers), 2)) == []


@pytest.mark.parametrize(("factor", "turned"), [(-1.0, True), (4.0, False), (0.2, False)])
def test_a_value_far_off_is_named_with_what_it_would_be(answers: pd.DataFrame, factor: float, turned: bool) -> None:
    """The number is the estimate of the model without the statement, to the three digits that are printed."""
    free = free_path(answers)
    (note,) = notes(answers, "B ~ A", round(factor * free, 2))
    assert f"it would be {free:.3g} if it were free" in note
    assert "B ~ A" in note and "not standardised" in note
    assert ("sign is turned" in note) == turned


def test_where_the_free_fit_gives_nothing_the_direction_is_said(answers: pd.DataFrame) -> None:
    model = parse_model(SPEC.format(name="B ~ A", value=4))
    structures = cs.Study(model, answers, uncertainty=None).run(progress=False).structures
    ((_, done),) = structures.analyses
    assert done is not None
    (said,) = far_off(model, done, lambda _: float("nan"))
    assert "they ask for a lower value" in str(said)
