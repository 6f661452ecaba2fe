"""Slips that leave every number usable, files of another kind, encodings: said or refused, the likely cause first."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import xlsxwriter
from survey_forms import ITEMS, frame, model, rows_of, with_data, write_excel

import csimodels as cs
from csimodels.survey import cautions, read_survey

DATA = frame(20).assign(**{name: np.clip(frame(20)[name], 1, 9) for name in ITEMS})


def log_of(data: object, **keys: Any) -> dict[tuple[str, str], tuple[int, str]]:
    survey = read_survey(data, with_data(**keys))
    return {(e.step, str(e.subject)): (e.count, str(e.detail)) for e in survey.log}


def refusal(data: object, **keys: Any) -> str:
    with pytest.raises(cs.CsiError) as caught:
        read_survey(data, with_data(**keys))
    return str(caught.value)


def test_values_labelled_as_no_answer_are_said_where_they_count(tmp_path: Path) -> None:
    data = DATA.assign(SAT1=np.where(np.arange(20) < 3, 8.0, np.clip(DATA["SAT1"], 1, 5)))
    labels = {"SAT1": {1: "bad", 5: "good", 8: "不知道", 9: "refused"}, "SAT2": {8: "very good"}}
    pyreadstat.write_sav(data, str(tmp_path / "a.sav"), variable_value_labels=labels)
    count, detail = log_of(tmp_path / "a.sav")["answers labelled as none", "SAT1"]
    assert count == 3 and "missing_codes: {SAT1: [8]}" in detail
    assert ("answers labelled as none", "SAT2") not in log_of(tmp_path / "a.sav")
    coded = log_of(tmp_path / "a.sav", missing_codes=(8.0,))
    assert ("answers labelled as none", "SAT1") not in coded
    result = cs.Study(model(), tmp_path / "a.sav", uncertainty=None).run()
    assert any("不知道" in str(note) for note in result.notes)


def test_missing_values_of_stata_are_counted(tmp_path: Path) -> None:
    data = DATA.astype({"SAT1": object})
    data.loc[[0, 1, 5], "SAT1"] = ["a", "b", "a"]
    data.loc[2, "SAT1"] = np.nan
    pyreadstat.write_dta(data, str(tmp_path / "a.dta"), missing_user_values={"SAT1": ["a", "b"]})
    said = log_of(tmp_path / "a.dta")
    assert said["declared missing in the file", "SAT1"] == (3, ".a (2 times), .b (1 time)")
    assert [key for key in said if key[0].startswith("declared")] == [("declared missing in the file", "SAT1")]


def test_a_last_row_of_means_is_said(tmp_path: Path) -> None:
    means = DATA[list(ITEMS)].mean().round(2)
    data = pd.concat([DATA, means.to_frame().T], ignore_index=True).fillna({"w": 1.0, "bank": "Mean"})
    assert log_of(data)["row of means counted as a respondent", "row 21"][0] == 1
    data.loc[20, "SAT2"] += 0.3
    assert not any(step == "row of means counted as a respondent" for step, _ in log_of(data))


def test_a_row_of_several_files_is_named_with_its_file(tmp_path: Path) -> None:
    means = DATA[list(ITEMS)].mean().round(2)
    last = pd.concat([DATA, means.to_frame().T], ignore_index=True).fillna({"w": 1.0, "bank": "Mean"})
    for name, part in (("a", DATA), ("b", last)):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    said = log_of([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert ("row of means counted as a respondent", "row b.csv: 21") in said
    odd = DATA.astype(dict.fromkeys(ITEMS, float))
    odd.loc[7, list(ITEMS)] += 0.5
    odd.to_csv(tmp_path / "b.csv", index=False)
    said = log_of([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert ("rows of decimals among whole answers", "row b.csv: 8") in said


def test_hundredths_of_per_cent_cells_are_said() -> None:
    spec = cs.parse_model(
        "csi: 1\nconstructs: {A: {items: {X: {scale: [0, 25]}}}, B: {items: [Y]}}\npaths: {A: B}\nindex: B\n"
    )
    x = np.arange(20.0)
    survey = read_survey(pd.DataFrame({"X": x / 100, "Y": x % 9 + 1}), spec)
    assert any("hundredths" in str(text) and "X 0..0.19 on 0..25" in str(text) for text in cautions(survey))
    whole = read_survey(pd.DataFrame({"X": x, "Y": x % 9 + 1}), spec)
    assert not any("hundredths" in str(text) for text in cautions(whole))


def test_waves_whose_names_tell_no_time_are_said() -> None:
    def said(names: list[str]) -> list[str]:
        data = DATA.assign(wave=np.resize(names, 20))
        survey = cs.Study(model(), data, wave="wave").survey
        return [str(text) for text in cautions(survey) if "in the order" in str(text)]

    assert "Autumn, Spring" in said(["Spring", "Autumn"])[0]
    assert not said(["1月", "10月"]) and not said(["2025", "2026"])


Fill = Callable[[Any, Any], None]


def workbook(path: Path, fill: Fill) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("first")
        for r, row in enumerate(rows_of(DATA)):
            sheet.write_row(r, 0, row)
        fill(book, sheet)
    return path


def test_hidden_rows_and_sheets_and_merged_cells_are_said(tmp_path: Path) -> None:
    def filtered(book: Any, sheet: Any) -> None:
        for row in (3, 4, 9):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(0, 0, None, None, {"hidden": True})

    path = workbook(tmp_path / "hidden.xlsx", filtered)
    assert log_of(path)["hidden rows read like the others", "hidden.xlsx"][0] == 3

    def merged(book: Any, sheet: Any) -> None:
        sheet.merge_range(1, 5, 10, 5, "North")
        sheet.merge_range(11, 5, 20, 5, "South")

    count, detail = log_of(workbook(tmp_path / "m.xlsx", merged), by=("bank",))["merged cells below the header", "bank"]
    assert count == 18 and "F2:F11" in detail
    assert not any("merged" in step for step, _ in log_of(tmp_path / "m.xlsx"))

    def behind(book: Any, sheet: Any) -> None:
        other = book.add_worksheet("second")
        for r, row in enumerate(rows_of(DATA.iloc[:15])):
            other.write_row(r, 0, row)
        sheet.hide()
        other.activate()
        other.set_first_sheet()

    survey = read_survey(workbook(tmp_path / "two.xlsx", behind), model())
    assert (survey.n, survey.source.sheet) == (15, "second")
    assert read_survey(tmp_path / "two.xlsx", with_data(sheet="first")).n == 20


def test_whole_numbers_as_headings_of_a_workbook(tmp_path: Path) -> None:
    rows = rows_of(DATA)
    rows[0][:4] = [1, 2, 3, 4]
    path = write_excel(tmp_path / "a.xlsx", {"s": rows})
    assert read_survey(path, with_data(columns={n: str(k) for k, n in enumerate(ITEMS, 1)})).n == 20


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"IMAG1,IMAG2\n1,2\n", ("a text file", "a.csv")),
        ("a.sav", b"IMAG1;IMAG2\n1;2\n", ("a text file", "a.csv")),
        ("a.parquet", b"IMAG1,IMAG2\n1,2\n", ("a text file", "a.csv")),
        ("a.xls", b"<html><table><tr><td>IMAG1</td></tr></table>", ("a web page", ".xlsx")),
        ("a.xls", b"PK\x03\x04" + bytes(300), ("an Excel or zip file", "a.xlsx")),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), ("an Excel 97 file", "a.xls")),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), ("password",)),
        ("a.dta", b"$FL2" + bytes(300), ("an SPSS file", "a.sav")),
        ("a.csv", b"\xef\xbb\xbf", ("is empty (3 bytes)",)),
        ("a.csv", b"\xef\xbb\xbf\r\n\r\n", ("is empty",)),
    ],
)
def test_files_that_are_another_kind(tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]) -> None:
    (tmp_path / name).write_bytes(content)
    said = refusal(tmp_path / name)
    assert all(word in said for word in words), said


NAMED = DATA.assign(bank=np.where(DATA["w"] > 1.2, "第一銀行臺灣分行", "匯豐銀行"))


@pytest.mark.parametrize(
    ("encoding", "remedy"),
    [("big5", "encoding: big5 (or"), ("utf-16-le", "encoding: utf-16-le"), ("utf-16-be", "encoding: utf-16-be")],
)
def test_the_likely_encoding_is_the_first_remedy(tmp_path: Path, encoding: str, remedy: str) -> None:
    (tmp_path / "a.csv").write_bytes(NAMED.to_csv(index=False).encode(encoding))
    assert remedy in refusal(tmp_path / "a.csv")
    assert read_survey(tmp_path / "a.csv", with_data(encoding=encoding)).n == 20


@pytest.mark.parametrize("encoding", ["utf-32", "gb18030", "utf-16"])
def test_encodings_that_are_recognised(tmp_path: Path, encoding: str) -> None:
    data = DATA.assign(bank=np.where(DATA["w"] > 1.2, "第一银行台湾分行", "汇丰银行"))
    (tmp_path / "a.csv").write_bytes(data.to_csv(index=False).encode(encoding))
    keys = {key[0] for key in read_survey(tmp_path / "a.csv", with_data(by=("bank",))).group_keys}
    assert keys == {"第一银行台湾分行", "汇丰银行"}


def text_in(name: str, value: object, row: int = 0) -> pd.DataFrame:
    data = DATA.astype({name: object})
    data.at[row, name] = value
    return data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (text_in("SAT1", datetime.date(2026, 3, 5)), ("make dates of answers", "3-5")),
        (text_in("SAT1", "1,021"), ("take out the commas between thousands",)),
        (text_in("SAT1", "Source: fieldwork in May", 19), ("delete row 20",)),
        (DATA.assign(SAT1=np.resize(["满意", "很满意", "一般"], 20)), ("很满意: 5", "scale: [1, 5]")),
        (DATA.iloc[:1], ("only 1 usable row", "check that the export is complete")),
        (DATA.assign(**dict.fromkeys(ITEMS, np.nan)), ("check the columns of the items",)),
    ],
)
def test_the_likely_cause_is_the_first_remedy(data: pd.DataFrame, words: tuple[str, ...]) -> None:
    said = refusal(data)
    assert all(word in said for word in words), said


def test_cells_that_hold_lists(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(DATA)
    lists = pa.array([[int(v)] for v in DATA["SAT1"]])
    pq.write_table(table.set_column(table.schema.get_field_index("SAT1"), "SAT1", lists), tmp_path / "a.parquet")
    assert "lists or records" in refusal(tmp_path / "a.parquet")


def test_groups_that_are_all_too_small_want_larger_groups() -> None:
    data = frame(60).assign(bank=[f"b{k // 6}" for k in range(60)])
    with pytest.raises(cs.DataError, match="fewer and larger groups under by"):
        cs.Study(model(), data, by="bank", uncertainty=None).run()


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_labels_of_a_file_are_headings_and_title(kind: str, tmp_path: Path) -> None:
    data = DATA.assign(bank=[1.0, 2.0] * 10, region=[1.0, 2.0] * 10)
    wordings = {"SAT1": "Overall satisfaction", "bank": "Main bank", "region": "In which region do you live?"}
    write = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
    write(data, str(tmp_path / f"a.{kind}"), file_label="Banks 2026", column_labels=wordings)
    survey = read_survey(tmp_path / f"a.{kind}", with_data(by=("bank", "region")))
    assert dict(survey.model.labels)["bank"].text.en == "Main bank"
    assert "region" not in dict(survey.model.labels)  # a question is no heading
    assert "Banks 2026" in cs.init(data=tmp_path / f"a.{kind}").text()
