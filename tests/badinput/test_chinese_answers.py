"""Answers of Chinese questionnaires that are no numbers on the scale: the line that is proposed makes the next run."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from bad_forms import TWO, frame

import csimodels as cs
from csimodels.draft.codes import codes_of
from csimodels.survey.answers.words import rated, turned

NAMES = ["Q1", "Q2", "S1", "S2"]
TEN = frame()[NAMES].astype(int)
FIVE = (TEN + 1) // 2
WORDS = ["很不满意", "不太满意", "一般", "较满意", "十分满意"]
Change = Callable[[pd.DataFrame], pd.DataFrame]


def refused(data: pd.DataFrame, spec: str = TWO) -> str:
    with pytest.raises(cs.CsiError) as caught:
        cs.Study(cs.parse_model(spec), data, uncertainty=None).check()
    return str(caught.value)


def lines_of(said: str) -> list[str]:
    """Top-level lines of a spec that a remedy holds."""
    return [f"{found[0]}\n" for found in re.finditer(r"(?:values: \{[^}]*\}|scale: \[[^\]]*\])", said)]


def one(column: str, cells: dict[int, object]) -> pd.DataFrame:
    data = TEN.astype({column: object})
    data.loc[list(cells), column] = list(cells.values())
    return data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (FIVE.map(lambda v: WORDS[v - 1]), FIVE),
        (FIVE.map(lambda v: "★" * v + "☆" * (5 - v)), FIVE),
        (FIVE.map(lambda v: f"{v}={WORDS[v - 1]}"), FIVE),
        (FIVE.map(lambda v: f"{6 - v}.{WORDS[v - 1]}"), FIVE),  # 1 is the best
        (FIVE - 3, FIVE - 3),
        ((TEN - 5).clip(-3, 3), (TEN - 5).clip(-3, 3)),
        (TEN * 10, TEN * 10),
    ],
)
def test_the_proposed_lines_make_the_next_run(data: pd.DataFrame, expected: pd.DataFrame) -> None:
    said = refused(data)
    assert "missing_codes" not in said
    survey = cs.Study(cs.parse_model(TWO + "".join(dict.fromkeys(lines_of(said)))), data, uncertainty=None).survey
    np.testing.assert_array_equal(np.sort(survey.x[:, 0]), np.sort(expected["Q1"]))


def test_a_refusal_is_no_answer_and_gets_no_value() -> None:
    said = refused(FIVE.map(lambda v: WORDS[v - 1]).replace({"Q1": {"一般": "拒答"}}))
    assert "拒答: " not in said and "missing_codes: [拒答]" in said
    assert "missing_codes: [拒答]: these are no answers" in refused(one("Q1", {1: "拒答", 4: "拒答"}))


def test_words_at_the_ends_of_a_scale_among_numbers_are_its_ends() -> None:
    said = refused(one("S1", {3: "十分满意", 5: "很不满意"}))
    assert "values: {十分满意: 10, 很不满意: 1}" in said and "missing_codes" not in said
    assert "missing_codes" not in refused(one("S1", {3: "very satisfied"}))
    assert "values: {满意: ...}" in refused(one("S1", {3: "满意"}))


def test_yes_and_no_on_a_scale_without_0_need_their_scale() -> None:
    data = TEN.assign(S2=["是" if v > 5 else "否" for v in TEN["S2"]])
    said = refused(data)
    line = re.search(r"values: (\{.*?\}), and scale: (\[0, 1\])", said)
    assert line
    spec = TWO.replace("[S1, S2]", f"{{S1: , S2: {{values: {line[1]}, scale: {line[2]}}}}}")
    assert set(cs.Study(cs.parse_model(spec), data, uncertainty=None).survey.x[:, 3]) == {0.0, 1.0}


def test_all_codes_of_no_answer_stand_in_one_line() -> None:
    data = one("Q1", {1: "拒答", 2: "不适用"}).astype({"S1": object})
    data.loc[4, "S1"], data.loc[5, "Q2"] = "说不清", 99
    lines = set(re.findall(r"missing_codes: (\[.*?\])", refused(data)))
    assert len(lines) == 1
    survey = cs.Study(cs.parse_model(f"{TWO}data: {{missing_codes: {lines.pop()}}}\n"), data, uncertainty=None).survey
    assert np.isnan(survey.x).sum() == 4


def test_a_row_of_totals_above_one_of_means() -> None:
    data = TEN.astype(float)
    data.loc[len(data)] = TEN.sum().astype(float)
    data.loc[len(data)] = TEN.mean().round(2)
    assert "delete row 121 if it holds totals" in refused(data)


def test_negative_answers_round_0_are_no_codes() -> None:
    counts = np.asarray([10, 20, 40, 30, 20])
    assert codes_of(["-2", "-1", "0", "1", "2"], counts, {}, {}) == ()
    few = codes_of(["-2", "-1", "1", "2", "3", "4", "5"], np.asarray([1, 1, 9, 9, 9, 9, 9]), {}, {})
    assert [code.value for code in few] == ["-2", "-1"]


def test_words_are_read_by_their_parts() -> None:
    assert rated(["极不同意", "不太同意", "中立", "比较同意", "完全同意"]) == dict(
        zip(["极不同意", "不太同意", "中立", "比较同意", "完全同意"], range(1, 6), strict=True)
    )
    assert rated(["移动", "联通"]) == rated(["会", "不会"]) == rated(["满意", "比较满意"]) == {}
    assert turned(["1=会", "2=不会"], {"1=会": 1, "2=不会": 2}) == {}
