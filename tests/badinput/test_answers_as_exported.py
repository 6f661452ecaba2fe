"""Answers, weights, waves and tables as panels and spreadsheets export them: read right, or told what to write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from bad_forms import ITEMS, TWO, frame

import csimodels as cs
from csimodels.i18n import translator

NAMES = ["Q1", "Q2", "S1", "S2"]
ANSWERS = frame()[[*NAMES, "bank", "w"]].astype(dict.fromkeys(NAMES, int))
FIVE = ANSWERS.assign(**{name: (ANSWERS[name] + 1) // 2 for name in NAMES})
WORDS = ["非常不满意", "不满意", "一般", "满意", "非常满意"]


def made(text: Callable[[int], object], data: pd.DataFrame = ANSWERS) -> pd.DataFrame:
    return data.astype(dict.fromkeys(NAMES, object)).assign(**{n: [text(v) for v in data[n]] for n in NAMES})


def said(data: object, spec: str = TWO, **options: Any) -> str:
    with pytest.raises(cs.CsiError) as caught:
        cs.Study(cs.parse_model(spec), data, **options).check()
    assert "do:" not in caught.value.said(translator("zh"))
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        lambda v: f"{v}分",
        lambda v: "10分(非常满意)" if v == 10 else "1分（非常不满意）" if v == 1 else f"{v}分",
        lambda v: f"{v}=agree" if v in (1, 10) else f"{v}= ",
        lambda v: f"{v} - x",
        lambda v: "一二三四五六七八九十"[v - 1],
        lambda v: "★" * v,
    ],
)
def test_numbers_in_words_are_translated_by_the_line_that_is_proposed(text: Callable[[int], str]) -> None:
    found = said(made(text))
    assert found.count("do:") == 1
    line = re.search(r"values: \{.*\}", found)
    assert line
    read = cs.Study(cs.parse_model(f"{TWO}{line.group()}\n"), made(text), uncertainty=None).survey
    np.testing.assert_array_equal(np.sort(read.x[:, 0]), np.sort(ANSWERS["Q1"]))


@pytest.mark.parametrize("text", [lambda v: f"{'EDCBA'[v - 1]}.{WORDS[v - 1]}", lambda v: f"{v}-{WORDS[v - 1]}"])
def test_lettered_and_numbered_words(text: Callable[[int], str]) -> None:
    line = re.search(r"values: \{.*\}", said(made(text, FIVE), TWO + "scale: [1, 5]\n"))
    assert line
    model = cs.parse_model(f"{TWO}scale: [1, 5]\n{line.group()}\n")
    read = cs.Study(model, made(text, FIVE), uncertainty=None).survey
    np.testing.assert_array_equal(np.sort(read.x[:, 0]), np.sort(FIVE["Q1"]))


@pytest.mark.parametrize("text", ["7-8", "7~8", "90%", "8/10"])
def test_ranges_and_shares_are_not_taken_for_their_first_number(text: str) -> None:
    data = ANSWERS.astype({"Q1": object}).assign(Q1=lambda d: [text if k % 2 else v for k, v in enumerate(d["Q1"])])
    assert "values: {7" not in said(data) and "values: {9" not in said(data) and "values: {8" not in said(data)


@pytest.mark.parametrize("quote", ["'{}'", '="{}"', "'{}", "“{}”"])
def test_numbers_in_quotes(quote: str) -> None:
    assert "take these off" in said(made(lambda v: quote.format(v)))


@pytest.mark.parametrize("text", ["(跳过)", "(空)"])
def test_words_of_no_answer_in_brackets(text: str) -> None:
    data = ANSWERS.astype({"Q1": object})
    data.loc[[1, 2], "Q1"] = text
    assert f'missing_codes: ["{text}"]' in said(data)


@pytest.mark.parametrize(("text", "word"), [("120%", "plain numbers"), ("1,2", "1.2 for 1,2"), ("￥100", "plain"),
                                            ("high", "name a column")])  # fmt: skip
def test_weights_that_are_no_plain_numbers(text: str, word: str) -> None:
    assert word in said(ANSWERS.assign(w=text), weight="w")


@pytest.mark.parametrize(
    "waves",
    [
        ("Q4 2024", "Q1 2025"), ("H2 2024", "H1 2025"), ("Dec 2024", "Apr 2025"), ("September 2024", "January 2025"),
        ("2024年第二季度", "2024年第三季度"), ("2024年第四季度", "2025年第一季度"), ("第二期", "第三期"),
        ("2024年上半年", "2024年下半年"), ("2024Q4", "2025Q1"), ("W9", "W10"), ("9月", "10月"), ("FY24", "FY25"),
        ("九月", "十一月"),
    ],
)  # fmt: skip
def test_waves_in_their_order(waves: tuple[str, str]) -> None:
    data = ANSWERS.assign(year=np.repeat(waves, 60))
    study = cs.Study(cs.parse_model(TWO), data, wave="year", uncertainty=None)
    assert study.survey.waves == waves
    assert not any("order" in str(text) for text in study.cautions)
    changes = study.run(progress=False).changes()
    assert set(zip(changes["from"], changes["to"], strict=True)) == {waves}


@pytest.mark.parametrize("waves", [("Autumn 2023", "Spring 2024"), ("前", "后")])
def test_waves_whose_order_is_not_known(waves: tuple[str, str]) -> None:
    study = cs.Study(cs.parse_model(TWO), ANSWERS.assign(year=np.repeat(waves, 60)), wave="year")
    assert any("taken in the order" in str(text) for text in study.cautions)


def test_a_group_of_totals_and_a_row_of_bases(tmp_path: Path) -> None:
    data = ANSWERS.copy()
    data.loc[len(data)] = [5, 6, 5, 7, "小计", 1.0]
    cautions = cs.Study(cs.parse_model(TWO), data, by="bank").cautions
    assert any('has the group "小计"' in str(text) for text in cautions)
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["no", *NAMES])
        for k, row in enumerate(ANSWERS[NAMES].to_numpy().tolist(), start=1):
            sheet.write_row(k, 0, [f"r{k}", *row])
        sheet.write_row(121, 0, ["样本量", 120, 120, 120, 120])
    found = said(tmp_path / "a.xlsx")
    assert "delete row 121" in found and "missing_codes" not in found


@pytest.mark.parametrize(("mark", "word"), [("，", "put commas in its place"), (" ", 'separator: " "')])
def test_other_marks_between_columns(tmp_path: Path, mark: str, word: str) -> None:
    text = ANSWERS[NAMES].to_csv(index=False).replace(",", mark)
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    found = said(tmp_path / "a.txt")
    assert word in found and found.count("do:") == 1
    if mark == " ":
        assert cs.Study(cs.parse_model(f'{TWO}data: {{separator: " "}}\n'), tmp_path / "a.txt").check()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (ANSWERS.to_dict("records"), "pandas.DataFrame(rows)"),
        (ANSWERS.to_records(index=False), "pandas.DataFrame(array)"),
        (pa.RecordBatch.from_pandas(ANSWERS), "data.to_pandas()"),
    ],
)
def test_tables_of_other_kinds(data: object, word: str) -> None:
    assert word in said(data)


assert set(NAMES) <= set(ITEMS)
