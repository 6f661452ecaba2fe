"""Tables as survey tools and spreadsheets leave them: what no respondent gave, and what the likely line is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import xlsxwriter
from bad_forms import ITEMS, frame, model, refused

import csimodels as cs

DATA = frame(120).astype(dict.fromkeys(ITEMS, int))
ROW = np.arange(len(DATA))


def cautions(data: object, spec: str = "", **keywords: Any) -> str:
    """What ``csi check`` would say."""
    return " | ".join(map(str, cs.Study(model(spec), data, uncertainty=None, **keywords).cautions))


def text_of(data: pd.DataFrame, folder: Path) -> Path:
    data.to_csv(folder / "d.csv", index=False)
    return folder / "d.csv"


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("Finished", np.where(ROW % 10 == 0, "False", "True"), 'is False; if they are not meant, write where: {Fin'),
        ("Progress", np.where(ROW % 10 == 0, 45, 100), "where: 'Progress >= 100'"),
        ("Status", np.where(ROW == 7, "Survey Preview", "IP Address"), "Status is Survey Preview"),
        ("答卷状态", np.where(ROW == 7, "未完成", "完成"), "答卷状态 is 未完成"),
    ],
)  # fmt: skip
def test_rows_that_a_tool_marks(tmp_path: Path, column: str, values: Any, words: str) -> None:
    path = text_of(DATA.assign(**{column: values}), tmp_path)
    assert words in cautions(path)
    assert "unfinished" not in cautions(text_of(DATA.assign(**{column: values[1]}), tmp_path))


def test_a_column_that_the_spec_names_is_its_own_business(tmp_path: Path) -> None:
    path = text_of(DATA.assign(Finished=np.where(ROW % 10 == 0, "False", "True")), tmp_path)
    assert "unfinished" not in cautions(path, where={"Finished": ["True", "False"]})


@pytest.mark.parametrize("words", [("False", "True"), ("FALSE", "TRUE"), (0, 1)])
def test_true_in_quotes_finds_the_truth_however_the_column_writes_it(tmp_path: Path, words: tuple[Any, Any]) -> None:
    """``where: {Finished: true}`` is told to put quotes round it: that has to be all there is to do."""
    path = text_of(DATA.assign(Finished=np.where(ROW % 10 == 0, *words)), tmp_path)
    for asked, part in (("true", 0.9), ("false", 0.1)):
        keep = cs.read_survey(path, model(""), where={"Finished": asked}).n
        assert keep == pytest.approx(part * len(DATA), abs=1)


def test_rows_of_means_among_others_are_counted() -> None:
    mean = pd.DataFrame([DATA[:60][list(ITEMS)].mean().round(2)])
    data = pd.concat([DATA[:60], mean, DATA[60:]], ignore_index=True)[list(ITEMS)]
    assert "row 61: 1 (they look like means of other rows" in cautions(data)
    assert "decimals among" not in cautions(DATA.assign(Q1=DATA.Q1 - 0.5 * (DATA.Q1 > 1)))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({name: name for name in ITEMS}, "delete row 50: it holds the names of the columns again"),
        (dict.fromkeys(ITEMS, "(1-10)"), "delete row 50 if it is no respondent"),
    ],
)
def test_one_row_that_holds_no_answers_is_one_problem(cells: dict[str, str], words: str) -> None:
    data = DATA.astype(object)
    data.loc[49, list(cells)] = list(cells.values())
    assert len(refused(data, "the cells of 9 items are no answers", words).problems) == 1


def test_the_same_word_in_many_items_is_one_problem() -> None:
    data = DATA.astype(object)
    for k, name in enumerate(ITEMS):
        data.loc[k, name] = "weiß nicht"
    error = refused(data, "the same texts in 9 items", '"weiß nicht" (9 times: rows 1, 2, 3, 4, ...)')
    assert len(error.problems) == 1 and 'missing_codes: ["weiß nicht"]' in str(error)


def test_words_that_values_leaves_out_get_their_number() -> None:
    words = {1: "very dissatisfied", 2: "dissatisfied", 3: "neutral", 4: "satisfied", 5: "very satisfied"}
    data = DATA.assign(**{name: ((DATA[name] + 1) // 2).map(words) for name in ITEMS})
    refused(data, "and scale: [1, 5]", 'satisfied: 4, "very satisfied": 5')
    known = ", ".join(f'"{text}": {k}' for k, text in words.items() if k != 3)
    refused(data, "add neutral: 3", spec=f"scale: [1, 5]\nvalues: {{{known}}}\n")


@pytest.mark.parametrize(
    ("rename", "words"),
    [
        (str.lower, "columns: {Q1: q1, Q2: q2"),
        (lambda name: f"{name}. How good?", 'columns: {Q1: "Q1. How good?"'),
        (lambda name: f"wording of {name}", "csi init --data FILE"),
    ],
)
def test_columns_that_are_called_otherwise_get_the_line(rename: Callable[[str], str], words: str) -> None:
    refused(DATA.rename(columns={name: rename(name) for name in ITEMS}), "no columns for 9 items", words)


def test_a_long_table_is_named(tmp_path: Path) -> None:
    long = DATA.assign(id=ROW).melt(id_vars=["id", "bank", "w"], var_name="question", value_name="answer")
    refused(text_of(long, tmp_path), "question names the item", "pivot")


def test_sheets_with_the_same_columns_are_said(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "d.xlsx") as book:
        for name, part in (("2025", DATA[:60]), ("2026", DATA[60:])):
            sheet = book.add_worksheet(name)
            for j, column in enumerate(part.columns):
                sheet.write_column(0, j, [column, *part[column].tolist()])
    assert "2026: the same header as 2025" in cautions(tmp_path / "d.xlsx")
    assert "the same header" not in cautions(tmp_path / "d.xlsx", "data: {sheet: '2025'}\n")


def test_labels_that_fall_and_top_answers_declared_missing(tmp_path: Path) -> None:
    falls = {1: "sehr zufrieden", 10: "sehr unzufrieden"}
    labels = {"Q1": {1: "very satisfied", 10: "very dissatisfied"}, "Q2": falls, "Q3": {1: "不满意", 10: "满意"}}
    pyreadstat.write_sav(DATA, str(tmp_path / "d.sav"), variable_value_labels=labels, missing_ranges={"V1": [9]})
    said = cautions(tmp_path / "d.sav")
    assert '1 is "very satisfied" and 10 is "very dissatisfied"' in said and '1 is "sehr zufrieden"' in said
    assert "Q3" not in said and "the file declares 9 missing" in said


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (np.where(ROW % 10 == 0, "n/a", "Pax"), '"n/a" (12)'),
        (np.where(ROW % 10 == 0, "keine Angabe", "Pax"), '"keine Angabe" (12)'),
        (np.where(ROW % 10 == 0, "99", (ROW % 3).astype(str)), '"99" (12)'),
        (np.where(ROW % 2 == 0, "01", "1"), 'letters alone: "01" (60), "1" (60)'),
        (np.where(ROW % 2 == 0, "Münch", "Muench"), '"Muench" (60), "Münch" (60)'),
        (np.where(ROW % 2 == 0, "1.23E+17", "2"), "1.23E+17 is a rounded number"),
    ],
)  # fmt: skip
def test_groups_that_are_none_or_the_same(tmp_path: Path, groups: Any, words: str) -> None:
    assert words in cautions(text_of(DATA.assign(bank=groups), tmp_path), by="bank")


def test_years_and_plain_names_are_no_missing_groups(tmp_path: Path) -> None:
    said = cautions(text_of(DATA.assign(bank=np.where(ROW % 2 == 0, "98", "97")), tmp_path), by="bank")
    assert "no answer" not in said


def test_columns_that_differ_in_width_are_said(tmp_path: Path) -> None:
    assert '"Q1" is read, not "Ｑ１"' in cautions(text_of(DATA.assign(**{"Ｑ１": DATA.Q2}), tmp_path))


def test_a_column_of_groups_that_stands_once_for_many(tmp_path: Path) -> None:
    data = DATA.assign(bank=DATA["bank"].astype(object).where(ROW < 4))
    refused(text_of(data, tmp_path), "write bank into every row: it is empty in 116 rows", by="bank")
