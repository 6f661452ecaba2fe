"""Sections beside the model: what is wrong in all of them is said at once, no answer counts that nobody can give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs

SPEC = """\
csi: 1
extends: acsi
items: {REC: {scale: [0, 10]}, K1: {scale: [1, 5]}, K2: {scale: [1, 5]}, COMP: {from: {column: PROB, contains: 1}}}
"""


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    data = cs.simulate("acsi", 60, seed=1).data
    pick = np.random.default_rng(1)
    return data.assign(
        op=pick.choice(["A", "B"], 60), year=pick.choice([2025, 2026], 60), cls=pick.choice(["x", "y"], 60), stay=1,
        spend=pick.uniform(1, 9, 60), one=1, REC=pick.integers(0, 11, 60), K1=pick.integers(1, 6, 60), K2=3, PROB="1;2",
    )  # fmt: skip


def problems(text: str) -> list[str]:
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model(SPEC + text)
    return [str(problem) for problem in caught.value.problems]


WRONG = """\
data: {by: op, wave: year}
benchmark: {unit: op, competitor: C, own: D}
trend: {base: 2020}
focus: {rich: "spend > 99", value: spend}
states: true
classes: {column: cls, weights: {x: 0.5, z: 0.5}}
behaviour: {stays: {outcome: "stay == 1"}}
drivers: {assumed: [Value]}
rollup: {levels: [op, nation], weights: nowhere.csv}
uncertainty: {method: linearised}
"""
#: Every section, and a word of what is wrong with it.
EXPECTED = {
    'there is no unit "C"': "competitor", 'there is no unit "D"': "own", "wave does not occur": "2020",
    "focus": "rich", "cross-sections do not show": "panel", "classes": "y", "behaviour": "stays",
    "assumed order": "Value", "nowhere.csv": "no such file",
}  # fmt: skip


def test_what_is_wrong_in_all_sections_is_said_at_once(answers: pd.DataFrame, tmp_path: Path) -> None:
    for ask in (cs.Study.check, cs.Study.run):
        with pytest.raises(cs.CsiError) as caught:
            ask(cs.Study(cs.parse_model(SPEC + WRONG), answers))
        said = [str(problem) for problem in caught.value.problems]
        for what, word in EXPECTED.items():
            assert any(what in text and word in text for text in said), (what, said)


def test_names_and_judgements_of_a_spec_are_refused_together(answers: pd.DataFrame) -> None:
    text = "hierarchy:\n  T: {of: [K1, K2], ahp: [[1, 3], [3, 1]]}\ntargets: {REC2: 50}\n"
    model = SPEC + text.replace("REC2", "Tenths") + "indices: {Tenths: {kind: ten_point, item: REC}}\n"
    model = model.replace("Tenths: 50", "Tenths: {level: 50, move: [9, 8]}")
    with pytest.raises(cs.SpecError) as caught:
        cs.Study(cs.parse_model(model), answers)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("indices: {T: {kind: top_box, item: K1, levels: [4, 5]}}", ("how many", "kind: share, levels: [4, 5]")),
        ("indices: {T: {kind: top_box, item: K1, levels: 5}}", ("from 1 to 4", "levels: 2")),
        ("indices: {T: {kind: bottom_box, item: K1, levels: 1.5}}", ("lowest", "1.5")),
        ("indices: {T: {kind: top_box, item: COMP}}", ("from 1 to 1", "levels: 1")),
        ("indices: {T: {kind: share, item: K1, levels: [5, 6]}}", ("nobody", "6", "1..5")),
        ("indices: {T: {kind: share, item: K1, levels: 5, among: {COMP: 2}}}", ("nobody", "2", "0..1")),
        ("indices: {T: {kind: mean, item: K1, weights: {K1: .inf}}}", ("finite",)),
        ("indices: {T: {kind: mean, item: Satisfaction}}", ("unknown item", "this is a construct")),
        ("penalty_reward: {K1: {items: [K2], low: 2, high: 9}}", ("nobody", "9", "K2", "1..5")),
        ("hierarchy: {T: {of: [K1, K2], ahp: [[1, .inf], [1/3, 1]]}}", ("above 0", "inf")),
        ("hierarchy: {T: {of: [K1, K2], ahp: [[1, true], [1/3, 1]]}}", ("a number, a text", "true")),
        ("hierarchy: {T: {of: [K1, K2], ahp: [[1, 3], [1/3, 1]], limit: -1}}", ("consistency", "0.1")),
        ("focus: {rich: true, value: spend}", ("rich of focus", "true")),
        ("focus: {rich: a > 1, axes: {a: .nan, b: 1}}", ("finite",)),
        ("fuzzy: {values: [20, 40, 60, 80, .inf]}", ("finite",)),
        ('states: {names: [low, "", high]}', ("the name of a state is empty",)),
        ("report: {cuts: middle}", ("importance", "mean, median, a number")),
        ("report: {brand: {field_dates: 2026}}", ("a text, or {en", 'put it in quotes: "2026"')),
        ("title: 2026", ("a text, or {en", 'put it in quotes: "2026"')),
    ],
)
def test_answers_and_numbers_that_cannot_be_meant(text: str, words: tuple[str, ...]) -> None:
    said = "\n".join(problems(text + "\n"))
    for word in words:
        assert word in said, said


def test_constructs_that_cannot_be_read_are_the_only_problem() -> None:
    text = "constructs: true\npaths: {Quality: Value}\nwhat_if: {Quality: 2}\n"
    text += "effort: {costs: {Quality: 1}}\nstates: {on: Quality}\n"
    with pytest.raises(cs.SpecError) as caught:
        cs.parse_model("csi: 1\n" + text)
    assert len(caught.value.problems) == 1
