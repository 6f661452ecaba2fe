"""A parameter fixed far off is named, with the direction that the data ask for; one near the data is not."""

from __future__ import annotations

import pandas as pd
import pytest

import csimodels as cs
from csimodels.spec import parse_model

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


@pytest.mark.parametrize(
    ("factor", "direction", "turned"), [(-1.0, "higher", True), (4.0, "lower", True), (0.2, "higher", False)]
)
def test_a_value_far_off_is_named_with_its_cause(
    answers: pd.DataFrame, factor: float, direction: str, turned: bool
) -> None:
    (note,) = notes(answers, "B ~ A", round(factor * free_path(answers), 2))
    assert f"they ask for a {direction} value" in note
    assert "B ~ A" in note and "not standardised" in note
    assert ("sign is turned" in note) == turned
