"""Files as they really come: encodings, separators, headers, spreadsheets, files that are something else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_forms import ITEMS, frame, model, refused, run, said, same_numbers

import csimodels as cs
from csimodels.errors import CsiError

DATA = frame()
CSV = DATA[list(ITEMS)].astype(int).to_csv(index=False, lineterminator="\n")
LINES = CSV.splitlines()
LONG = "y" * 200_000


def written(folder: Path, content: str | bytes, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def with_note(first: str, *, header: str = "note") -> str:
    """The survey with a last column of text, whose first cell is `first`."""
    return "\n".join([f"{LINES[0]},{header}", f"{LINES[1]},{first}", *(f"{line},x" for line in LINES[2:])])


#: Content that must be read, and give the numbers of the sound file.
READ: dict[str, tuple[str | bytes, str]] = {
    "plain": (CSV, "utf-8"),
    "byte order mark": ("\ufeff" + CSV, "utf-8"),
    "two byte order marks": ("\ufeff\ufeff" + CSV, "utf-8"),
    "utf-16 with a mark": (CSV, "utf-16"),
    "crlf": (CSV.replace("\n", "\r\n"), "utf-8"),
    "old Mac line ends": (CSV.replace("\n", "\r"), "utf-8"),
    "mixed line ends": ("\r\n".join(LINES[:50]) + "\r" + "\n".join(LINES[50:]), "utf-8"),
    "semicolons": (CSV.replace(",", ";"), "utf-8"),
    "tabs": (CSV.replace(",", "\t"), "utf-8"),
    "Excel's sep= line": ("sep=;\n" + CSV.replace(",", ";"), "utf-8"),
    "blanks round cells": (CSV.replace(",", " , "), "utf-8"),
    "everything quoted": ("\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in LINES), "utf-8"),
    "quoted line breaks": (with_note('"good\nvery good"'), "utf-8"),
    "a cell of 100 000 characters": (with_note(LONG[:100_000]), "utf-8"),
    "a cell of 200 000 characters": (with_note(LONG), "utf-8"),
    "a separator at every line end": ("\n".join(line + "," for line in LINES), "utf-8"),
    "empty lines between": ("\n\n".join(LINES), "utf-8"),
    "a row of question texts": ("\n".join([LINES[0], ",".join(f"How is {n}?" for n in ITEMS), *LINES[1:]]), "utf-8"),
    "a name with white space of all kinds": (CSV.replace("Q1", " \u00a0Q1\u200b\ufeff ", 1), "utf-8"),
}


@pytest.mark.parametrize("case", READ)
def test_is_read_with_the_same_numbers(tmp_path: Path, case: str) -> None:
    content, encoding = READ[case]
    same_numbers(run(written(tmp_path, content, encoding=encoding)), run(DATA), 1e-12)


def test_gb18030_is_read_and_said(tmp_path: Path) -> None:
    content = CSV.replace("Q1", "质量评价", 1)
    result = run(written(tmp_path, content, encoding="gb18030"), columns={"Q1": "质量评价"})
    same_numbers(result, run(DATA), 1e-12)
    assert "gb18030" in said(result)


#: Content that must be refused, with words that the message has to hold.
REFUSED: dict[str, tuple[str | bytes, str, tuple[str, ...]]] = {
    "empty": ("", "utf-8", ("a.csv is empty (0 bytes)",)),
    "only white space": (" \n\n", "utf-8", ("a.csv is empty (3 bytes)",)),
    "header only": (LINES[0], "utf-8", ("a.csv has 9 columns but no data rows",)),
    "no header": ("\n".join(LINES[1:]), "utf-8", ("first row", "numbers, not column names")),
    "a name twice": (CSV.replace("Q2", "Q1", 1), "utf-8", ("column Q1 appears twice (columns 1 and 2)",)),
    "zero byte": (CSV.replace("6", "6\0", 1), "utf-8", ("zero bytes", "utf-16-le")),
    "utf-16 without a mark": (CSV, "utf-16-le", ("zero bytes", "utf-16-le")),
    "latin-1": (CSV.replace("Q1", "Qualité", 1), "latin-1", ("a.csv:1", "encoding", "cp1252")),
    "big5": (CSV.replace("Q1", "品質", 1), "big5", ("a.csv:1", "encoding", "big5")),
    "quote not closed": (with_note('"abc'), "utf-8", ("a.csv:2", "quotes of a field do not match")),
    "quoted cell beyond the reader's limit": (with_note(f'"{LONG}"'), "utf-8", ("a.csv:2", "too long", "quote")),
    "header beyond the reader's limit": (with_note("x", header=LONG), "utf-8", ("a.csv:1", "too long")),
    "title above the header": ("Survey 2026\n" + CSV, "utf-8", ("a.csv:2", "delete the lines above")),
    "padded title above the header": ("Survey,,,,,,,,\n" + CSV, "utf-8", ("Q1", "names the columns")),
    "one field more in every line": (
        "\n".join([LINES[0], *(line + "," for line in LINES[1:])]),
        "utf-8",
        ("120 lines", "separator at line ends"),
    ),
    "a short line": ("\n".join([*LINES[:5], "1,2", *LINES[5:]]), "utf-8", ("a.csv:6", "line 6: 2 fields")),
    "a total below": (CSV + "Total of 120\n", "utf-8", ("a.csv:122", "1 field")),
    "separated by blanks": (CSV.replace(",", " "), "utf-8", ("one column only", "separator")),
    "a workbook": (b"PK\x03\x04" + b"x" * 80, "", ("an Excel or zip file", "suffix")),
    "gzip": (gzip.compress(CSV.encode()), "", ("a gzip file",)),
    "a web page": ("<!DOCTYPE html><html><table></table></html>", "utf-8", ("web page", "CSV (UTF-8)")),
    "an infinite number": (CSV.replace("\n7,", "\n1e400,", 1), "utf-8", ("item Q1", "infinite", "inf", "row 1")),
    "a number of 400 digits": (CSV.replace("\n7,", f"\n{'9' * 400},", 1), "utf-8", ("item Q1", "row 1", "1 to 10")),
    "a number of 20 digits": (CSV.replace("\n7,", f"\n{'9' * 20},", 1), "utf-8", ("item Q1", "1e+20", "row 1")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_with_what_where_and_remedy(tmp_path: Path, case: str) -> None:
    content, encoding, words = REFUSED[case]
    error = refused(written(tmp_path, content, encoding=encoding), *words)
    assert any(p.remedy for p in error.problems)


def test_the_encoding_named_in_the_spec_must_fit(tmp_path: Path) -> None:
    path = written(tmp_path, CSV.replace("Q1", "质量评价", 1), encoding="gb18030")
    refused(path, "a.csv:1", "not in the encoding utf-8", "gb18030", spec="data: {encoding: utf-8}\n")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"", ("a.xlsx is empty (0 bytes)",)),
        ("a.xlsx", b"garbage", ("cannot be read as an Excel workbook", "password")),
        ("~$a.xlsx", b"somebody", ("the mark that Excel sets", "name the workbook: a.xlsx")),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, ("cannot be read as an Excel workbook",)),
        ("a.parquet", b"PAR1 garbage PAR1", ("cannot be read as a Parquet file",)),
        ("a.sav", b"$FL2 garbage", ("cannot be read as an SPSS file",)),
        ("a.dta", b"q" * 500, ("cannot be read as a Stata file",)),
        ("a.dta", b"<stata_dta>garbage", ("cannot be read as a Stata file",)),
        ("a.json", b"{}", ("files of JSON", "CSV")),
        ("a.csv.gz", b"x", ("files of gzip", "unpack")),
        ("a", b"x", ('suffix ""',)),
    ],
)
def test_damaged_or_unknown_kinds_of_file(tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]) -> None:
    refused(written(tmp_path, content, name), *words)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", ("is a folder",)),
        ("nowhere/a.csv", ("no such file: nowhere/a.csv", "folder")),
        ("suvrey.csv", ("no such file", 'did you mean "survey.csv"?')),
        ("a\0b.csv", ("no such file",)),
        ("x" * 5000 + ".csv", ("too long",)),
        ("https://example.org/a.csv", ("network", "download")),
    ],
)
def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, words: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, CSV, "survey.csv")
    refused(data, *words)


# ---- spreadsheets -------------------------------------------------------------------------------------------------

Fill = Callable[[Any], None]


def put(sheet: Any, first: int = 0, data: Any = DATA) -> None:
    for j, name in enumerate(ITEMS):
        sheet.write(first, j, name)
        for i, value in enumerate(data[name]):
            sheet.write(first + 1 + i, j, value)


def two_sheets(book: Any) -> None:
    book.add_worksheet("empty")
    put(book.add_worksheet("answers"))


def lower_down(book: Any) -> None:
    put(book.add_worksheet(), 3)


def as_text(book: Any) -> None:
    put(book.add_worksheet(), data=DATA.astype(dict.fromkeys(ITEMS, int)).astype(dict.fromkeys(ITEMS, str)))


def cached_formula(book: Any) -> None:
    sheet = book.add_worksheet()
    put(sheet)
    sheet.write_formula(1, 0, "=3+4", value=DATA["Q1"][0])


def far_column(book: Any) -> None:
    sheet = book.add_worksheet()
    put(sheet)
    sheet.write(0, 20, "remarks")


@pytest.mark.parametrize("fill", [two_sheets, lower_down, as_text, cached_formula, far_column])
def test_spreadsheets_that_are_read(tmp_path: Path, fill: Fill) -> None:
    same_numbers(run(workbook(tmp_path, fill)), run(DATA), 1e-12)


def no_cells(book: Any) -> None:
    book.add_worksheet()


def only_header(book: Any) -> None:
    put(book.add_worksheet(), data=DATA.iloc[:0])


def merged_headers(book: Any) -> None:
    sheet = book.add_worksheet()
    put(sheet, 1)
    sheet.merge_range(0, 0, 0, 2, "Quality")
    sheet.merge_range(0, 3, 0, 4, "Value")


def uncached_formulas(book: Any) -> None:
    sheet = book.add_worksheet()
    put(sheet)
    for i in range(len(DATA)):
        sheet.write_formula(1 + i, 0, "=3+4", value="")


def a_date(book: Any) -> None:
    import datetime

    sheet = book.add_worksheet()
    put(sheet)
    sheet.write_datetime(1, 0, datetime.datetime(2026, 1, 7), book.add_format({"num_format": "d/m/yyyy"}))


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (no_cells, ("no sheet of a.xlsx holds any cell",)),
        (only_header, ("a.xlsx has 9 columns but no data rows",)),
        (merged_headers, ("names 2 of 9 columns", "Quality, Value", "row 2 names the columns (Q1, Q2")),
        (uncached_formulas, ("item Q1 has no answer in any row",)),
        (a_date, ("item Q1", "2026-01-07", "row 1")),
    ],
)
def test_spreadsheets_that_are_refused(tmp_path: Path, fill: Fill, words: tuple[str, ...]) -> None:
    refused(workbook(tmp_path, fill), *words)


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    refused(
        workbook(tmp_path, two_sheets), 'no sheet "answer"', 'did you mean "answers"?', spec="data: {sheet: answer}\n"
    )


def workbook(folder: Path, fill: Fill) -> Path:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(folder / "a.xlsx"))
    fill(book)
    book.close()
    return folder / "a.xlsx"


# ---- Parquet ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.parquet", "a*[1]?.parquet", "a'b.parquet"])
def test_parquet_names_are_no_patterns(tmp_path: Path, name: str) -> None:
    DATA.to_parquet(tmp_path / name)
    DATA.assign(**dict.fromkeys(ITEMS, 1.0)).to_parquet(tmp_path / "a1x.parquet")
    same_numbers(run(tmp_path / name), run(DATA), 1e-12)


def test_parquet_column_with_quotes(tmp_path: Path) -> None:
    DATA.rename(columns={"Q1": 'Q"; drop'}).to_parquet(tmp_path / "a.parquet")
    same_numbers(run(tmp_path / "a.parquet", columns={"Q1": 'Q"; drop'}), run(DATA), 1e-12)


def test_no_data_at_all() -> None:
    with pytest.raises(CsiError, match="no data was given"):
        run(None, model())


@pytest.mark.parametrize("engine", ["auto", "duckdb", "dask"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_name_that_is_too_long_is_refused_by_every_engine(engine: str, suffix: str) -> None:
    model = cs.load_model("ecsi", overrides={"data": {"engine": engine}})
    with pytest.raises(cs.DataError, match="no file name: it is too long"):
        cs.Study(model, "x" * 300 + suffix).run()
