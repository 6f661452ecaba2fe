"""Rows of means, two headers, packed files, dates, masks, labels of nobody: said, with the remedy that is meant."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xlsxwriter
from bad_forms import ITEMS, SPEC, TWO, frame, model

import csimodels as cs
from csimodels.i18n import translator

ANSWERS = frame().astype(dict.fromkeys(ITEMS, int))
NAMES = ",".join(ANSWERS.columns)
ROWS = ANSWERS.to_csv(index=False, header=False)


def said(call: Callable[[], object]) -> tuple[str, str]:
    """What is refused, in both languages."""
    with pytest.raises(cs.CsiError) as caught:
        call()
    english, chinese = (caught.value.said(translator(language)) for language in ("en", "zh"))
    return english, chinese


def log(data: object, text: str = "", **options: Any) -> dict[str, str]:
    """Steps of the log, and cautions."""
    study = cs.Study(model(text), data, **options)
    return {entry.step: str(entry.detail) for entry in study.check().log} | {str(s): "" for s in study.cautions}


@pytest.mark.parametrize(("digits", "word"), [(2, "Mean"), (1, "r121"), (0, "平均"), (0, "Mean")])
def test_a_row_of_rounded_means_named_in_another_column(digits: int, word: str) -> None:
    means = ANSWERS[list(ITEMS)].mean().round(digits)
    data = ANSWERS.assign(id=[f"r{k}" for k in range(len(ANSWERS))]).astype(dict.fromkeys(ITEMS, float))
    data.loc[len(data)] = {**means, "bank": "Delta", "w": 1.0, "id": word}
    assert "row 121 holds the means" in log(data)["row of means counted as a respondent"]


def test_answers_that_happen_to_be_the_means_are_answers() -> None:
    data = ANSWERS.copy()
    data.loc[len(data)] = {**ANSWERS[list(ITEMS)].mean().round(), "bank": "Delta", "w": 1.0}
    assert not any("means" in step for step in log(data))


def test_labels_of_nobody() -> None:
    text = "labels: {bank: {Delta: {zh: 三角}, Wharf: {zh: 码头}}, region: {N: {zh: 北}}, Quality: {zh: 质量}}\n"
    told = " ".join(log(ANSWERS, text + "data: {by: bank}\n"))
    assert '"Wharf" does not occur in bank, which holds Delta, Harbour' in told
    assert '"region" names nothing that is used' in told
    assert '"Delta"' not in told and '"Quality"' not in told
    filtered = " ".join(log(ANSWERS, text + "data: {by: bank, where: {bank: [Delta, Harbour]}}\n"))
    assert "Wharf" not in filtered  # rows that a filter leaves out may have had it


def test_two_rows_of_headings(tmp_path: Path) -> None:
    above = {
        "merged.csv": "质量,质量,质量,价值,价值,满意,满意,满意,忠诚,银行,权重\n",
        "filled.csv": "Quality,,,Value,,Satisfaction,,,Loyalty,,\n",
        "deep.csv": "Survey of 2026,,,,,,,,,,\nQuality,,,Value,,Satisfaction,,,Loyalty,,\n",
    }
    for name, text in above.items():
        (tmp_path / name).write_text(f"{text}{NAMES}\n{ROWS}", encoding="utf-8")
        english, chinese = said(lambda name=name: cs.Study(model(), tmp_path / name).check())
        row = 3 if name == "deep.csv" else 2
        assert f"row {row} names the columns (Q1, Q2, Q3, V1" in english and english.count("do:") == 1
        assert f"列名在第{row}行" in chinese
    with xlsxwriter.Workbook(tmp_path / "two.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:C1", "Quality")
        for k, row in enumerate([list(ANSWERS.columns), *ANSWERS.to_numpy().tolist()], start=1):
            sheet.write_row(k, 0, row)
    assert "row 2 names the columns" in said(lambda: cs.Study(model(), tmp_path / "two.xlsx").check())[0]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.zip", "a.sav"])
def test_a_zip_file_by_any_name(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as packed:
        packed.writestr("folder/survey.csv", ROWS)
    english, chinese = said(lambda: cs.Study(model(), tmp_path / name).check())
    assert "is a zip file" in english and "name the file in it: folder/survey.csv" in english
    assert "请解压" in chinese


@pytest.mark.parametrize("cell", ["05-Mar", "3-May", "Mar-05", "5月3日", "2024/5/3", "03.05.2024", "2024-05-03"])
def test_answers_that_a_spreadsheet_made_dates_of(cell: str) -> None:
    data = ANSWERS.astype({"Q1": object})
    data.loc[3, "Q1"] = cell
    english, chinese = said(lambda: cs.Study(model(), data).check())
    assert "make dates of answers such as 3-5: type them again" in english and "missing_codes" not in english
    assert "变成日期" in chinese


@pytest.mark.parametrize(
    ("old", "new"), [("Quality: Satisfaction", "Quality: S1"), ("index: Satisfaction", "index: S1")]
)
def test_an_item_where_a_construct_is_meant(old: str, new: str) -> None:
    english, chinese = said(lambda: cs.parse_model(f"{TWO}index: Satisfaction\n".replace(old, new)))
    assert "S1 is an item of Satisfaction: write Satisfaction" in english and english.count("do:") == 1
    assert "did you mean" not in english
    assert "S1是Satisfaction的题项" in chinese


MASK = ANSWERS["bank"] == "Delta"
OPTIONS: list[tuple[str, Any, str]] = [
    ("where", MASK, "data[mask]"),
    ("where", MASK.to_numpy(), "data[mask]"),
    ("where", MASK.tolist(), "data[mask]"),
    ("where", pl.Series(MASK.to_numpy()), "data[mask]"),
    ("by", ANSWERS["bank"], 'by="bank"'),
    ("by", ANSWERS["bank"].to_numpy(), "put the values into a column"),
    ("wave", pd.Categorical(ANSWERS["bank"]), "put the values into a column"),
    ("weight", ANSWERS["w"], 'weight="w"'),
    ("weight", pl.Series("w", ANSWERS["w"].to_numpy()), 'weight="w"'),
    ("columns", pd.Series({"Q1": "V17"}), "columns=dict(columns)"),
    ("design", ANSWERS["bank"], 'design={"cluster": "branch"}'),
    ("index_weights", pd.Series({"S1": 1.0}), "index_weights=dict(index_weights)"),
    ("index_weights", np.array([0.5, 0.5]), 'index_weights={"S1": 0.4, "S2": 0.6}'),
]


@pytest.mark.parametrize(("name", "value", "remedy"), OPTIONS)
def test_values_of_rows_as_an_option(name: str, value: Any, remedy: str) -> None:
    english, chinese = said(lambda: cs.Study(SPEC_FILE, ANSWERS, **{name: value}))
    assert remedy.lower() in english.lower() and english.count("do:") == 1
    assert "do:" not in chinese


SPEC_FILE = cs.parse_model(SPEC)
