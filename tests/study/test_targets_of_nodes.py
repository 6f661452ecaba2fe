"""Targets of the nodes of a hierarchy, from the spec to the tables and the page: probability, movers, least effort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import csimodels as cs
from csimodels.errors import SpecError
from csimodels.report import render_html
from csimodels.study.result import Result

SPEC = """
csi: 1
scale: [0, 10]
items: [Q1, Q2, Q3, Q4]
hierarchy:
  Total: {of: {First: 0.6, Second: 0.4}, label: {en: Whole, zh: 总体}}
  First: [Q1, Q2]
  Second: {of: {Q3: 0.7, Q4: 0.3}, label: {en: Second part, zh: 第二部分}}
targets: {Total: {level: 69.1, move: [7, 8], item: Q3}, First: 75}
effort: {construct: Total, costs: {First: 1, Q3: 2, Q4: 0.5}, budget: 12, caps: {First: 6}}
report: {languages: [en, zh]}
data: {file: survey.csv}
"""
#: Effective weights of the questions in the total: .6 x .5 twice, .4 x .7, .4 x .3.
EFFECTIVE = np.asarray([0.30, 0.30, 0.28, 0.12])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, pd.DataFrame, Path]:
    """120 respondents, from a file to a folder."""
    folder = tmp_path_factory.mktemp("nodes")
    data = pd.DataFrame(np.random.default_rng(5).integers(4, 11, (120, 4)), columns=["Q1", "Q2", "Q3", "Q4"])
    data.to_csv(folder / "survey.csv", index=False)
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    result = cs.Study(folder / "spec.yaml", uncertainty="jackknife").run(progress=False)
    cs.save(result, folder / "out")
    return result, data, folder / "out"


def test_probability_is_that_of_the_mean_of_the_weighted_answers(run: tuple[Result, pd.DataFrame, Path]) -> None:
    """Linear in the answers: mean and error are those of sum w_k P_k; the jackknife's t has n - 1 degrees."""
    table, data = run[0].targets().set_index("construct"), run[1].to_numpy(float)
    for name, target, score in (("Total", 69.1, 10 * data @ EFFECTIVE), ("First", 75, 10 * data[:, :2].mean(axis=1))):
        error = score.std(ddof=1) / np.sqrt(120)
        row = table.loc[name]
        assert row["index"] == pytest.approx(score.mean()) and row["se"] == pytest.approx(error, rel=1e-9)
        assert row["distance"] == pytest.approx(target - score.mean())
        assert row["probability"] == pytest.approx(stats.t.sf((target - score.mean()) / error, 119), rel=1e-9)


def test_so_many_movers_reach_the_target_and_one_fewer_does_not(run: tuple[Result, pd.DataFrame, Path]) -> None:
    result, data, _ = run
    row = result.target_moves().iloc[0]
    there = data.index[data["Q3"] == 7]
    assert row["there"] == len(there) and row["status"] == "ok"

    def total_after(moved: int) -> float:
        answers = data.copy()
        answers.loc[there[:moved], "Q3"] = 8
        return float((10 * answers.to_numpy(float) @ EFFECTIVE).mean())

    respondents = int(row["respondents"])
    assert total_after(respondents) == pytest.approx(row["after"]) and row["after"] >= 69.1 - 1e-9
    assert respondents > 1 and total_after(respondents - 1) < 69.1
    assert row["low"] < row["needed"] < row["high"]


def test_least_effort_and_budget_go_by_the_weights_of_the_parts(run: tuple[Result, pd.DataFrame, Path]) -> None:
    result = run[0]
    weight, cost = np.asarray([0.6, 0.28, 0.12]), np.asarray([1, 2, 0.5])
    gap = result.targets()["distance"].iloc[0]
    least = result.least_effort()
    assert least["driver"].to_list() == ["First", "Q3", "Q4"] and least["effect"].to_numpy() == pytest.approx(weight)
    assert least["rise"].to_numpy() == pytest.approx(gap * (weight / cost) / (weight**2 / cost).sum())
    assert (least["low"] < least["rise"]).all()
    budget = result.budget()  # 6 for First at 1 a point (its cap), 6 left for Q4 at 0.5: 12 points
    assert budget["rise"].to_list() == pytest.approx([6, 0, 12])
    assert budget["gain"].sum() == pytest.approx(0.6 * 6 + 0.12 * 12)


def test_folder_and_page_have_them_in_both_languages(run: tuple[Result, pd.DataFrame, Path]) -> None:
    result, _, folder = run
    for name in ("targets", "target_moves", "least_effort", "budget"):
        stored = pd.read_csv(folder / f"tables/{name}.csv")
        assert len(stored) and set(stored["construct"]) <= {"Total", "First"}, name
    assert cs.verify(folder).same
    for lang, words in (("en", "12 of the 16 respondents who answer 7 choose 8"), ("zh", "总体即达到69.1分")):
        assert words in render_html(result.content, lang), words
    again = cs.parse_model(cs.dump_model(cs.parse_model(SPEC)))
    assert again.desk == cs.parse_model(SPEC).desk


def test_weights_of_the_model_move_with_the_model() -> None:
    """A node by the weights of the index: its movers are those of the construct itself."""
    data = cs.simulate("acsi", 150, seed=6).data
    text = "csi: 1\nextends: acsi\nhierarchy: {Sat: {of: [SAT1, SAT2, SAT3], weights: model}}\ntargets:\n"
    move = "{level: 76, move: [8, 10], item: SAT2}"
    study = cs.Study(cs.parse_model(f"{text}  Sat: {move}\n  Satisfaction: {move}\n"), data, uncertainty="linearised")
    table = study.run(progress=False).target_moves()
    numbers = table.select_dtypes("number").to_numpy()
    assert np.isfinite(numbers[:, :6]).all() and numbers[0] == pytest.approx(numbers[1], rel=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("item: Q3}", "item: Second}", "no question of Total"),
        (", item: Q3", "", "say which one is answered anew"),
        ("First: 1,", "Third: 1,", "no part of Total"),
        ("First: 1,", "First: 1, Q1: 1,", "count twice"),
        ("construct: Total", "construct: Second", "needs the target of Second"),
        ("construct: Total", "construct: Totl", "unknown construct"),
    ],
)
def test_what_a_node_has_not_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        cs.parse_model(SPEC.replace(old, new))
