"""Files: encodings, separators, headers, sheets, declared missing values; what is recognised and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from survey_forms import ITEMS, frame, model, rows_of, with_data, write_excel

from csimodels.errors import DataError, MissingExtraError, SpecError
from csimodels.spec.model import Item
from csimodels.survey import Survey, read_survey

ZH = ("总体形象", "品牌形象", "总体满意", "与期望比")
COLUMNS = dict(zip(ITEMS, ZH, strict=True))


def put(folder: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def text(data: pd.DataFrame, sep: str = ",") -> str:
    return data.to_csv(index=False, sep=sep, lineterminator="\n")


def said(survey: Survey, step: str) -> list[tuple[str, int, str]]:
    return [(e.subject, e.count, e.detail) for e in survey.log if e.step == step]


def fails(data: object, *words: str, **keys: object) -> str:
    with pytest.raises(DataError) as caught:
        read_survey(data, model(), **keys)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    return str(caught.value)


def test_empty_and_header_only(tmp_path: Path) -> None:
    fails(put(tmp_path, b""), "x.csv is empty (0 bytes)")
    names = [f"Q{i}" for i in range(24)]
    fails(put(tmp_path, ",".join(names) + "\n"), "x.csv has 24 columns but no data rows")
    fails(pd.DataFrame(columns=list(ITEMS)), "has 4 columns but no data rows")
    for suffix in ("xlsx", "parquet", "sav", "dta"):
        fails(put(tmp_path, b"", f"x.{suffix}"), f"x.{suffix} is empty (0 bytes)")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_chinese_headers_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    data = frame(20).rename(columns=COLUMNS)
    data["bank"] = ["工商银行", "农业银行"] * 10
    path = put(tmp_path, text(data).encode(encoding))
    survey = read_survey(path, model(), columns=COLUMNS, by="bank")
    assert survey.group_keys == (("农业银行",), ("工商银行",))[:: 1 if "农" < "工" else -1]
    expected = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "utf-16": "utf-16"}.get(encoding, "gb18030")
    assert survey.source.encoding == expected
    assert bool(said(survey, "encoding recognised")) == (expected == "gb18030")
    back = np.empty_like(survey.x)
    back[survey.row - 1] = survey.x
    assert np.array_equal(back, frame(20)[list(ITEMS)].to_numpy())


def test_western_bytes_are_not_taken_for_chinese(tmp_path: Path) -> None:
    data = frame(6).assign(bank=["Société", "Crédit", "Épargne", "Générale", "été", "né"])
    path = put(tmp_path, text(data).encode("cp1252"))
    fails(path, "the encoding of x.csv is not clear", "x.csv:2", "encoding: cp1252 (or gb18030")
    survey = read_survey(path, model(), encoding="cp1252", by="bank")
    assert ("Société",) in survey.group_keys


def test_wrong_and_unknown_encoding(tmp_path: Path) -> None:
    path = put(tmp_path, text(frame(6).rename(columns=COLUMNS)).encode("gb18030"))
    fails(path, "is not in the encoding utf-8", encoding="utf-8", columns=COLUMNS)
    with pytest.raises(SpecError, match="unknown encoding"):
        read_survey(path, model(), encoding="utf-9")


@pytest.mark.parametrize(("sep", "shown"), [(",", ","), (";", ";"), ("\t", "tab"), ("|", "|")])
def test_separators(sep: str, shown: str, tmp_path: Path) -> None:
    survey = read_survey(put(tmp_path, text(frame(12), sep), "x.txt"), model(), weight="w")
    assert survey.source.separator == shown
    assert np.array_equal(survey.x, read_survey(frame(12), model(), weight="w").x)


@pytest.mark.parametrize("separator", ["\t", "tab", "\\t"])
def test_given_separator(separator: str, tmp_path: Path) -> None:
    path = put(tmp_path, text(frame(12), "\t"))
    assert read_survey(path, model(), separator=separator).n == 12
    fails(path, "one column only: pass separator", separator=";")
    for wrong in ("::", "a", '"'):
        with pytest.raises(SpecError, match="a separator is one character"):
            read_survey(path, model(), separator=wrong)


def test_dates_as_groups_are_the_same_in_every_form(tmp_path: Path) -> None:
    data = frame(6).assign(bank=pd.to_datetime(["2026-01-02", "2026-01-03"] * 3))
    for source in (data, pl.from_pandas(data), put(tmp_path, text(data))):
        assert read_survey(source, model(), by="bank").group_keys == (("2026-01-02",), ("2026-01-03",))


def test_decimal_comma_with_semicolon(tmp_path: Path) -> None:
    data = frame(12)
    data.loc[2, "SAT1"] = 7.5
    path = put(tmp_path, data.to_csv(index=False, sep=";", decimal=","))
    survey = read_survey(path, model(), weight="w")
    plain = read_survey(data, model(), weight="w")
    assert np.array_equal(survey.x, plain.x)
    assert np.array_equal(survey.weights, plain.weights)
    assert ("SAT1", 12, "decimal comma") in said(survey, "text turned into numbers")


def test_decimal_comma_elsewhere_is_refused() -> None:
    data = frame(12).astype({"SAT1": object})
    data.loc[2, "SAT1"] = "7,5"
    fails(data, "item SAT1: 1 answer is text", '"7,5" (1 time: row 3)', "write decimals with a point")


def test_windows_and_old_mac_line_ends_quotes_and_index_column(tmp_path: Path) -> None:
    plain = read_survey(frame(12), model())
    for ending in ("\r\n", "\r"):
        path = put(tmp_path, text(frame(12)).replace("\n", ending))
        assert np.array_equal(read_survey(path, model()).x, plain.x)
    data = frame(12).assign(remark='said "well, fine"\nand left')
    assert np.array_equal(read_survey(put(tmp_path, text(data)), model()).x, plain.x)
    frame(12).to_csv(tmp_path / "i.csv")
    survey = read_survey(tmp_path / "i.csv", model())
    assert said(survey, "columns without a name ignored") == [("i.csv", 1, "columns 1")]


def test_repeated_column(tmp_path: Path) -> None:
    line = "IMAG1,IMAG1,IMAG2,SAT1,SAT2\n1,2,3,4,5\n"
    assert "column IMAG1 appears twice (columns 1 and 2)" in fails(put(tmp_path, line))
    doubled = pd.concat([frame(6)[["IMAG1"]], frame(6)], axis=1)
    fails(doubled, "column IMAG1 appears twice (columns 1 and 2)")
    table = pa.table([[1, 2], [3, 4], [5, 6]], names=["IMAG1", "IMAG2", "IMAG1"])
    fails(table, "column IMAG1 appears twice (columns 1 and 3)")
    pq.write_table(table, tmp_path / "d.parquet")
    fails(tmp_path / "d.parquet", "column IMAG1 appears twice (columns 1 and 3)")
    fails(
        write_excel(tmp_path / "d.xlsx", {"s": [["A", "B", "A", "A"], [1, 2, 3, 4]]}),
        "A appears 3 times (columns 1, 3 and 4)",
    )


def test_ragged_lines_are_named(tmp_path: Path) -> None:
    lines = text(frame(8)).split("\n")
    lines[3] += ",9"
    lines[5] = lines[5].rpartition(",")[0]
    fails(
        put(tmp_path, "\n".join(lines)),
        "2 lines do not have the 6 fields",
        "line 4: 7 fields",
        "line 6: 5 fields",
        "x.csv:4",
    )
    lines[1] = '"1"' + lines[1][lines[1].index(",") :]
    fails(put(tmp_path, "\n".join(lines)), "line 4: 7 fields", "line 6: 5 fields")


def test_an_open_quote_does_not_swallow_the_rest(tmp_path: Path) -> None:
    lines = text(frame(8)).split("\n")
    lines[4] = lines[4].replace("Bank", '"Bank', 1)
    fails(put(tmp_path, "\n".join(lines)), "the quotes of a field do not match", "x.csv:")


def test_blank_lines_keep_the_line_numbers(tmp_path: Path) -> None:
    lines = text(frame(8)).split("\n")
    lines.insert(3, "")
    survey = read_survey(put(tmp_path, "\n".join(lines) + "\n\n\n"), model())
    assert survey.n == 8
    assert sorted(survey.row.tolist()) == [1, 2, 4, 5, 6, 7, 8, 9]
    assert said(survey, "blank lines") == [("x.csv", 1, "each counts as a row without any answer")]


def test_file_without_header(tmp_path: Path) -> None:
    fails(put(tmp_path, "1,2,3,4\n5,6,7,8\n"), "the first row of x.csv holds numbers, not column names")


def test_wrong_suffix_folder_missing_file_address(tmp_path: Path) -> None:
    path = put(tmp_path, text(frame(6)), "banks-2026.csv")
    fails(tmp_path / "bank-2026.csv", "no such file", 'did you mean "banks-2026.csv"?')
    fails(str(tmp_path), "is a folder, not a file")
    fails(tmp_path / "nowhere" / "x.csv", "does not exist either")
    fails("https://example.org/x.csv", "not read", "download")
    fails(put(tmp_path, b"a", "x.docx"), "files of Word are not read", ".xlsx")
    fails(put(tmp_path, b"a", "x.mdb"), 'suffix ".mdb"', ".csv", ".sav")
    path.rename(tmp_path / "excel.csv")
    fails(
        write_excel(tmp_path / "e.xlsx", {"s": [["a"]]}).rename(tmp_path / "f.csv"),
        "an Excel or zip file by its first bytes",
    )
    for suffix in ("xlsx", "parquet", "sav", "dta"):
        fails(put(tmp_path, b"no such format at all", f"bad.{suffix}"), f"bad.{suffix} cannot be read as")


def test_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path, text(frame(6)))
    assert read_survey("~/x.csv", model()).n == 6


def test_excel_sheets(tmp_path: Path) -> None:
    book = write_excel(tmp_path / "b.xlsx", {"readme": [], "wave 1": rows_of(frame(6)), "wave 2": rows_of(frame(9))})
    first = read_survey(book, model())
    assert (first.n, first.source.sheet) == (6, "wave 1")
    assert said(first, "sheets not read") == [("b.xlsx", 1, "wave 1 was read; the others are wave 2")]
    assert read_survey(book, model(), sheet="wave 2").n == 9
    fails(book, 'has no sheet "wave2"', 'did you mean "wave 2"?', "readme, wave 1, wave 2", sheet="wave2")
    fails(book, 'sheet "readme" of b.xlsx is empty', sheet="readme")


def test_excel_mixed_cells_and_blank_tail(tmp_path: Path) -> None:
    rows = rows_of(frame(6))
    rows[2][2] = "DK"
    rows[3][2] = "8"
    rows += [["", "", "", "", "", ""]]
    survey = read_survey(write_excel(tmp_path / "b.xlsx", {"s": rows}), model(), missing_codes=["dk"])
    assert survey.source.n_rows == 6
    assert said(survey, "missing codes recoded") == [("SAT1", 1, "code dk")]
    assert said(survey, "text turned into numbers") == [("SAT1", 1, "numbers held as text")]


def test_label_rows_are_left_out_and_said(tmp_path: Path) -> None:
    rows = rows_of(frame(6))
    labels = ["Overall image", "Brand image", "Overall satisfaction", "Compared with ideal", "Weight", "Bank"]
    rows.insert(1, labels)
    survey = read_survey(write_excel(tmp_path / "b.xlsx", {"s": rows}), model(), weight="w", by="bank")
    assert (survey.n, sorted(survey.row.tolist())) == (6, [2, 3, 4, 5, 6, 7])
    assert said(survey, "row of labels left out") == [("row 1", 1, 'for example "Overall image"')]
    assert ("Bank",) not in survey.group_keys
    rows.insert(2, ["{id:1}", "{id:2}", "{id:3}", "{id:4}", "{id:5}", "{id:6}"])
    body = "\n".join(",".join(map(str, row)) for row in rows)
    assert len(said(read_survey(put(tmp_path, body), model()), "row of labels left out")) == 2


def test_a_first_row_of_undeclared_texts_is_not_taken_for_labels() -> None:
    data = frame(6).astype(object)
    data.loc[0, list(ITEMS)] = "DK"
    fails(data, "the same texts in 4 items", '"DK" (4 times: rows 1)', "missing_codes: [DK]")


def test_spss_declared_missing_values_and_ranges(tmp_path: Path) -> None:
    data = frame(10)
    data.loc[1, "SAT1"], data.loc[2, "SAT1"], data.loc[3, "SAT2"] = 98, 97, 99
    path = tmp_path / "s.sav"
    ranges = {"SAT1": [{"lo": 97, "hi": 98}], "SAT2": [99], "bank": ["Bank 8"]}
    pyreadstat.write_sav(data, str(path), missing_ranges=ranges, variable_value_labels={"SAT1": {1: "bad", 98: "DK"}})
    survey = read_survey(path, model(), by="bank")
    found = said(survey, "declared missing in the file")
    assert found == [("SAT1", 2, "97..98"), ("SAT2", 1, "99"), ("bank", 4, "Bank 8")]
    assert survey.group_keys == (("Bank 9",), ("Bank 10",))
    assert np.isnan(survey.x).sum() == sum(i % 3 != 0 for i in (1, 2, 3))


def test_parquet_types_and_odd_names(tmp_path: Path) -> None:
    data = (
        pl.from_pandas(frame(12))
        .with_columns(
            pl.col("SAT1").cast(pl.Int8), pl.col("SAT2").cast(pl.Decimal(6, 2)), pl.col("IMAG1").cast(pl.Utf8)
        )
        .rename({"IMAG2": 'odd "name"; drop'})
    )
    path = tmp_path / "a[1]*.parquet"
    data.with_columns(pl.lit([1, 2]).alias("nested")).write_parquet(path)
    survey = read_survey(path, model(), columns={"IMAG2": 'odd "name"; drop'}, by="bank")
    assert np.array_equal(survey.x, read_survey(frame(12), model(), by="bank").x)


def test_frames_that_are_none() -> None:
    fails(pl.LazyFrame({"a": [1]}), "LazyFrame", "data.collect()")
    fails(np.ones((3, 4)), "array without column names", "(3, 4)")
    fails([1, 2], "is not a table", "list")
    fails({"IMAG1": [1, 2], "SAT1": [1]}, "not lists of one length", "IMAG1: 2, SAT1: 1")
    fails({}, "is empty")
    fails(pd.DataFrame(), "has no columns")


def test_options_that_mean_nothing_here_are_refused() -> None:
    with pytest.raises(SpecError, match="sheet is for files"):
        read_survey(frame(6), model(), sheet="s")


def test_no_data_and_data_of_the_model(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no data was given"):
        read_survey(None, model())
    path = put(tmp_path, text(frame(6)))
    assert read_survey(None, with_data(file=str(path))).source.name == "x.csv"


@pytest.mark.parametrize(
    ("package", "suffix"), [("python_calamine", "xlsx"), ("duckdb", "parquet"), ("pyreadstat", "sav")]
)
def test_missing_extra(package: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingExtraError, match=r'pip install "csimodels\['):
        read_survey(put(tmp_path, b"x", f"x.{suffix}"), model())


def test_leading_zeros_keep_group_labels_text(tmp_path: Path) -> None:
    rows = text(frame(6).assign(bank=["007", "7", "010"] * 2))
    survey = read_survey(put(tmp_path, rows), model(), by="bank")
    assert sorted(key[0] for key in survey.group_keys) == ["007", "010", "7"]
    floats = read_survey(frame(6).assign(bank=[2026.0, 2025.0] * 3), model(), by="bank")
    assert floats.group_keys == ((2025,), (2026,))
    assert str(floats.group_keys[0][0]) == "2025"


def test_reversed_item_and_true_false(tmp_path: Path) -> None:
    data = frame(8)
    data["SAT2"] = [True, False] * 4
    spec = model(SAT1=Item("SAT1", reverse=True), SAT2=Item("SAT2", scale=(0.0, 1.0)))
    for source in (data, put(tmp_path, text(data)), write_excel(tmp_path / "t.xlsx", {"s": rows_of(data)})):
        survey = read_survey(source, spec)
        back = np.empty_like(survey.x)
        back[survey.row - 1] = survey.x
        assert np.array_equal(back[:, 2], 11 - data["SAT1"].to_numpy())
        assert back[:, 3].tolist() == [1.0, 0.0] * 4
        assert ("SAT2", 4, "True read as 1") in said(survey, "text turned into numbers")


def test_a_line_break_in_a_header_is_a_space(tmp_path: Path) -> None:
    """Excel headers are often wrapped by hand; a spec cannot hold a line break."""
    data = pd.DataFrame(np.random.default_rng(0).integers(1, 11, (30, len(ITEMS))), columns=list(ITEMS))
    data = data.rename(columns={ITEMS[0]: "总体\n满意度"})
    path = tmp_path / "wrapped.csv"
    data.to_csv(path, index=False)
    survey = read_survey(path, model(), columns={ITEMS[0]: "总体 满意度"})
    assert survey.n == 30
    assert "spaces and line breaks in column names tidied" in set(survey.report()["step"])
