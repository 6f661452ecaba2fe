from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sample

from csimodels.errors import MissingExtraError, SpecError
from csimodels.report import write_xlsx

calamine = pytest.importorskip("python_calamine")


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_values_are_those_of_the_tables(tmp_path: Path) -> None:
    data = sample.content()
    read = sheets(write_xlsx(data, tmp_path / "x" / "t.xlsx", "en"))
    names = {"Indices": "index", "Paths": "paths", "Measurement": "loadings", "Effects": "effects"}
    names |= {"Drivers": "drivers", "Driver items": "driver_items", "R²": "r2", "Best quarter": "best_quarter"}
    first = ["Cover", "Summary", "League", "Effects of drivers", "By construct", "Columns"]
    assert list(read)[: len(first)] == first  # the story, then the tables
    assert set(read) == {*first, *names, "Survey log"}
    frames = {sheet: data.tables[name] for sheet, name in names.items()}
    for sheet, groups in (("Indices", data.groups), ("Paths", data.group_paths)):
        assert groups is not None
        whole = frames[sheet].assign(bank="All respondents")
        frames[sheet] = pd.concat([whole[[*groups.columns]], groups], ignore_index=True)
    for sheet, frame in frames.items():
        head, *rows = read[sheet]
        body = pd.DataFrame(rows, columns=head)
        body = body[[h for h in head if not str(h).endswith(": Label")]]
        assert body.shape == frame.shape, sheet
        for k, column in enumerate(frame.columns):
            if pd.api.types.is_numeric_dtype(frame[column]):
                # the format keeps 16 significant digits
                np.testing.assert_allclose(body.iloc[:, k].astype(float), frame[column], rtol=1e-15, err_msg=column)
            elif column not in ("status", "quadrant"):
                assert body.iloc[:, k].tolist() == frame[column].tolist()


def test_chinese_workbook(tmp_path: Path) -> None:
    read = sheets(write_xlsx(sample.content(), tmp_path / "t.xlsx", "zh"))
    assert [name for name in read if name in ("封面", "摘要", "排名榜", "列说明", "指数", "路径")] == [
        "封面", "摘要", "排名榜", "列说明", "指数", "路径"
    ]  # fmt: skip
    first = ["潜变量", "潜变量: 标签", "指数", "标准误", "下限", "上限", "受访者数", "有效样本量"]
    assert read["指数"][0][1:] == [*first, "设计效应", "状态"]
    assert read["指数"][1][:3] == ["全体受访者", "Expectation", "顾客期望"]
    assert read["驱动因素"][1][-2:] == ["继续保持", "正常"]
    cover = " ".join(str(v) for row in read["封面"] for v in row)
    assert "2026年零售银行" in cover
    assert "随机种子" in cover
    assert "拒绝计算：Kestrel仅有3条可用记录" in cover


def test_byte_for_byte_the_same(tmp_path: Path) -> None:
    first = write_xlsx(sample.content(), tmp_path / "a.xlsx", "zh").read_bytes()
    assert first == write_xlsx(sample.content(), tmp_path / "b.xlsx", "zh").read_bytes()
    tables = sample.tables()
    plain = write_xlsx(tables, tmp_path / "c.xlsx", "en").read_bytes()
    assert plain == write_xlsx(tables, tmp_path / "d.xlsx", "en").read_bytes()
    other = write_xlsx(tables, tmp_path / "e.xlsx", "en", datetime(2026, 1, 2)).read_bytes()
    assert other != plain


def test_nothing_is_a_formula_or_a_link(tmp_path: Path) -> None:
    names = ("=cmd()", "+1", "-1", "@x", "http://example.org", "'", "a\x00\x1bb", "1e5", "x" * 40_000)
    frame = pd.DataFrame({"=SUM(A1)": names, "n": np.arange(len(names)), "flag": [True, None, np.nan] * 3})
    frames = dict.fromkeys(("=1+1", "a/b[1]:*?", "A_B_1____", "'", "y" * 40), frame)
    path = write_xlsx(frames, tmp_path / "t.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")}
    assert parts
    assert not any("<f>" in xml or "hyperlink" in xml for xml in parts.values())
    read = sheets(path)
    assert len(read) == 5
    assert all(0 < len(name) <= 31 for name in read)
    column = [row[0] for row in read["=1+1"]]
    assert column[0] == "=SUM(A1)"
    assert column[1:6] == list(names[:5])
    assert column[8] == "1e5"
    assert column[9].endswith(" …")


def test_nan_is_empty_and_infinity_is_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"index": [1.5, np.nan, np.inf, -np.inf], "n": pd.array([1, None, 3, 4], dtype="Int64")})
    rows = sheets(write_xlsx({"t": frame}, tmp_path / "t.xlsx"))["t"]
    assert rows[1:] == [[1.5, 1.0], ["", ""], ["∞", 3.0], ["−∞", 4.0]]


def test_empty_tables_and_no_intervals(tmp_path: Path) -> None:
    tables = {k: sample.without_intervals(t, drop=True) for k, t in sample.tables().items()}
    tables["drivers"] = tables["drivers"].iloc[:0]
    tables["extra"] = pd.DataFrame()
    read = sheets(write_xlsx(replace(sample.content(False), tables=tables), tmp_path / "t.xlsx"))
    assert "extra" not in read
    assert "Groups" not in read
    assert len(read["Drivers"]) == 1
    assert "uncertainty: none" in str(read["Cover"])


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecError, match="language"):
        write_xlsx(sample.tables(), tmp_path / "t.xlsx", "de")
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match="xlsxwriter"):
        write_xlsx(sample.tables(), tmp_path / "t.xlsx")
