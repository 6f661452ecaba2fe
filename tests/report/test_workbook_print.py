"""The workbook on paper: one page wide, few pages, links, an outline, comments that explain headings."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import sample
from telling import told

import csimodels as cs
from csimodels.report import write_xlsx
from csimodels.report.html.table_views import lang_of
from csimodels.report.story.story import story
from csimodels.report.workbook.charts import prepared
from csimodels.report.workbook.figures import names_wide
from csimodels.report.workbook.numbers import as_number
from csimodels.report.workbook.printing import MOST_ROWS, printed_table
from csimodels.report.workbook.tables import both, frames

pytest.importorskip("xlsxwriter")
MOST_PAGES = 40


@pytest.fixture(scope="module", params=["en", "zh"])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_xlsx(
        told(((1.0, 0.4), (0.6, 0.4)), rolled=True), tmp_path_factory.mktemp("b") / "t.xlsx", request.param
    )


def sheets(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as parts:
        names = re.findall(r'<sheet name="([^"]+)"', parts.read("xl/workbook.xml").decode())
        return {name: parts.read(f"xl/worksheets/sheet{k}.xml").decode() for k, name in enumerate(names, 1)}


def test_every_sheet_is_one_page_wide_and_one_page_long_but_the_roll_up(book: Path) -> None:
    found = sheets(book)
    long = [name for name, xml in found.items() if 'fitToHeight="0"' in xml]
    assert long == [name for name in found if name in ("Roll-up by level", "分层汇总")]
    assert all('fitToPage="1"' in xml and 'paperSize="9"' in xml for xml in found.values())
    assert 'orientation="landscape"' not in next(iter(found.values()))  # the cover
    assert 'orientation="landscape"' in found[long[0]]


def test_print_areas_leave_long_tables_to_the_screen(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        xml = parts.read("xl/workbook.xml").decode()
    areas = re.findall(r'name="_xlnm.Print_Area"[^>]*>[^<]*\$A\$1:\$[A-Z]+\$(\d+)<', xml)
    assert len(areas) > 10
    assert max(map(int, areas)) <= 2 * (MOST_ROWS + 1)


class Paper:
    """A worksheet that keeps how it is to be printed."""

    def __init__(self) -> None:
        self.turned, self.area, self.footer = False, (0, 0, 0, 0), ""

    def set_landscape(self) -> None:
        self.turned = True

    def print_area(self, *area: int) -> None:
        self.area = area

    def set_footer(self, text: str) -> None:
        self.footer = text

    def set_paper(self, kind: int) -> None:
        assert kind == 9

    def set_margins(self, **sides: float) -> None:
        assert len(sides) == 4

    def fit_to_pages(self, across: int, down: int) -> None:
        assert (across, down) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "letters", "turned", "printed"),
    [
        (20, 140, True, 20),  # short and wide: turned, at full size
        (48, 60, False, 48),  # long and narrow: upright
        (400, 60, False, MOST_ROWS),  # more rows than a page: the first
        (400, 300, True, 69),  # wide tables are small: more rows have room
        (84, 200, False, 84),  # all of it where that can be read
    ],
)
def test_a_table_lies_as_it_is_larger_on_its_page(rows: int, letters: float, turned: bool, printed: int) -> None:
    sheet = Paper()
    assert printed_table(sheet, [1] * (rows + 1), 10, letters) == printed
    assert (sheet.turned, sheet.area[2]) == (turned, printed)
    assert (str(rows) in sheet.footer) == (printed < rows)


def test_all_respondents_stand_above_the_groups_in_one_sheet(book: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    read = calamine.CalamineWorkbook.from_path(book)
    zh = "分层汇总" in read.sheet_names
    head, *rows = read.get_sheet_by_name("指数" if zh else "Indices").to_python()
    assert not {"Groups", "Group paths", "分组", "分组路径"} & set(read.sheet_names)
    everyone = "全体受访者" if zh else "All respondents"
    above = [row for row in rows if row[0] == everyone]
    assert rows[: len(above)] == above and 0 < len(above) < len(rows)
    data = told(((1.0, 0.4), (0.6, 0.4)), rolled=True)
    assert data.groups is not None
    place = head.index("指数" if zh else "Index")
    assert [row[place] for row in rows] == [*data.tables["wave_index"]["index"], *data.groups["index"]]
    assert [row[1] for row in above] == [*data.tables["wave_index"]["year"]]  # the wave that they are of


def test_years_and_counts_are_numbers_that_look_like_their_texts(book: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    read = calamine.CalamineWorkbook.from_path(book)
    zh = "分层汇总" in read.sheet_names
    for name in ("封面", "摘要", "趋势") if zh else ("Cover", "Summary", "Trend"):
        cells = [cell for row in read.get_sheet_by_name(name).to_python() for cell in row]
        assert not [cell for cell in cells if isinstance(cell, str) and as_number(cell)], name
        assert name in ("封面", "Cover") or {2020, 2021, 2022} <= {c for c in cells if isinstance(c, float)}
    with zipfile.ZipFile(book) as parts:
        assert ('formatCode="0&quot;年&quot;"' in parts.read("xl/styles.xml").decode()) is zh


def test_texts_that_only_look_like_numbers_stay_texts() -> None:
    for text in (
        "007",
        "1,23",
        "12,345,67",
        "2026/27",
        "1e5",
        "e-7",
        "٣",
        "--5",
        "0.2.0",
        "6ea1",
        "12345678901234567",
        "",
    ):
        assert as_number(text) is None, text
    known = {"0": 0.0, "2026": 2026.0, "12.50": 12.5, "1,234,567": 1234567.0, "99.5%": 0.995, "5e-08": 5e-8}
    assert {text: (as_number(text) or (None,))[0] for text in known} == known


def test_columns_of_names_are_as_wide_as_their_names(tmp_path: Path) -> None:
    name = "Harbour Communications / Broadband and Fixed line"
    path = write_xlsx(told(values={name: 84.0, "Buche": 80.0}, rolled=True), tmp_path / "t.xlsx", "en")
    for sheet in ("League", "By construct", "Roll-up by level"):
        found = re.search(r'<col min="1" max="1" width="([\d.]+)"', sheets(path)[sheet])
        assert found and float(found[1]) >= len(name)
    style = int(re.findall(r'<c r="A6" s="(\d+)"', sheets(path)["By construct"])[0])
    with zipfile.ZipFile(path) as parts:  # longer ones take smaller letters and are not cut at the numbers
        formats = parts.read("xl/styles.xml").decode().partition("<cellXfs")[2]
    assert 'shrinkToFit="1"' in formats.split("<xf ")[style + 1]
    assert names_wide(["A", "B"], (26.0, 50.0)) == 26.0 and names_wide(["W" * 99], (26.0, 50.0)) == 50.0


def test_one_wave_has_no_column_of_changes() -> None:
    for steps, moves in (((), {}), (((1.0, 0.4),), {"Ahorn": (5.0, True)})):
        content = told(steps, moves=moves)
        league = next(p for s in story(content, "en") for p in s.pictures if p.key == "league")
        assert ("moved" in prepared(league, lang_of(content, "en"))) == bool(moves)


def test_waves_without_all_indices_do_not_replace_those_of_the_current_wave() -> None:
    data = told(((1.0, 0.4), (0.6, 0.4)))
    waves = data.tables["wave_index"]
    for part in (waves[waves["construct"] == waves["construct"].iloc[0]], waves[waves["year"] < 2022]):
        found = frames(replace(data, tables={**data.tables, "wave_index": part}), str)
        assert found["wave_index"] is part
        above = found["index"][found["index"]["company"] == "All respondents"]
        assert [*above["index"]] == [*data.tables["index"]["index"]] and set(above["year"]) == {2022}


def test_fits_and_replicates_of_the_same_groups_are_one_sheet() -> None:
    data, keys = told(), {"company": ["A", "B"], "year": [2020, 2020]}
    fits = pd.DataFrame(keys | {"n": [90, 80], "converged": True, "iterations": 4, "smallest_eigenvalue": 0.2})
    kept = pd.DataFrame(keys | {"asked": 50, "kept": [50, 49], "failed": [0, 1]})
    kept = kept.assign(not_converged=0, singular=0, inadmissible=0)
    found = frames(replace(data, tables={**data.tables, "fits": fits, "replicates": kept}), str)
    assert [*found["fits"]] == [*fits, *[*kept][2:]] and "replicates" not in found
    turned = frames(replace(data, tables={**data.tables, "fits": fits, "replicates": kept.iloc[::-1]}), str)
    assert [*turned["fits"]["kept"]] == [50, 49] and "replicates" not in turned  # by group, not by place
    odd = kept.assign(company=["A", "C"])
    other = frames(replace(data, tables={**data.tables, "fits": fits, "replicates": odd}), str)
    assert [*other["replicates"]["kept"]] == [50, 49]  # other groups: a sheet of its own


def test_the_fit_of_all_respondents_stands_above_those_of_the_groups() -> None:
    data = cs.simulate("acsi", 120, seed=1).data.assign(company=["A", "B"] * 60)
    result = cs.Study("acsi", data, by="company", uncertainty=None).run(progress=False)
    sheet = frames(result.content, str)["fits"]
    assert [*sheet["company"]] == ["All respondents", "A", "B"] and [*sheet["n"]] == [120, 60, 60]


def test_columns_stand_behind_a_table_only_where_its_numbers_are_the_same() -> None:
    keys = {"company": ["A", "B", "C"], "construct": "Satisfaction"}
    ranks = pd.DataFrame(keys | {"index": [80.0, 70.0, 60.0], "rank": [1, 2, 3], "status": "ok"})
    more = pd.DataFrame(keys | {"index": [80.0, 70.0, 60.0], "difference": [9.0, -1.0, -8.0]}).iloc[[2, 0]]
    found = both(ranks, more)
    assert found is not None and found["difference"].tolist() == [9.0, None, -8.0]
    assert both(ranks, more.assign(index=[60.0, 80.1])) is None
    assert both(ranks, pd.concat([more, more])) is None  # against several


def test_every_table_of_all_respondents_stands_above_that_of_the_groups() -> None:
    data, keys = told(((1.0, 0.4), (0.6, 0.4))), {"from": [2020], "to": [2021], "persons": [40], "mobility": [0.2]}
    keys |= {"second_eigenvalue": [0.5], "chi2": [3.0], "df": [4.0]}
    tables = {"transition_tests": pd.DataFrame({"company": ["A"]} | keys), "wave_transition_tests": pd.DataFrame(keys)}
    found = frames(replace(data, tables={**data.tables, **tables}), str)
    assert found["transition_tests"]["company"].tolist() == ["All respondents", "A"]
    assert "wave_transition_tests" not in found


def test_wrapped_headings_have_room(book: Path) -> None:
    """A program that opens the file does not make rows higher by itself."""
    xml = sheets(book)["分层汇总" if "分层汇总" in sheets(book) else "Roll-up by level"]
    assert re.search(r'<row r="1"[^>]*customHeight', xml)
    for name in ("Quality", "Measurement", "质量评价", "测量"):
        found = sheets(book).get(name, "")
        heights = [float(x) for x in re.findall(r'<row r="1"[^>]* ht="([\d.]+)"', found)]
        assert not found or (heights and heights[0] > 30)


def test_whiskers_are_cells_of_the_sheet(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    bars = [part.split("</c:errBars>")[0] for xml in charts for part in xml.split("<c:errBars>")[1:]]
    assert bars
    for part in bars:
        assert "<c:numLit>" not in part and part.count("<c:f>") == 2
        values = [float(v) for v in re.findall(r"<c:v>([^<]+)</c:v>", part)]
        assert values and all(v >= 0 for v in values)


def charts_of(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as parts:
        return [parts.read(name).decode() for name in sorted(parts.namelist()) if name.startswith("xl/charts/chart")]


def test_the_map_of_drivers_is_a_native_chart_of_the_cells(book: Path) -> None:
    maps = [xml for xml in charts_of(book) if "<c:scatterChart>" in xml]
    drivers = told().drivers
    assert len(maps) == 1 and maps[0].count("<c:ser>") == len(drivers)
    across = [float(v) for v in re.findall(r"<c:xVal>.*?<c:v>([^<]+)</c:v>", maps[0])]
    up = [float(v) for v in re.findall(r"<c:yVal>.*?<c:v>([^<]+)</c:v>", maps[0])]
    assert sorted(across) == sorted(drivers["importance"]) and sorted(up) == sorted(drivers["performance"])


def test_a_league_of_hundreds_has_charts_of_its_ends(tmp_path: Path) -> None:
    names = {f"Unit {k:03d}": 90.0 - 0.1 * k for k in range(70)}
    path = write_xlsx(told(values=names, rolled=True), tmp_path / "t.xlsx", "en")
    bars = [xml for xml in charts_of(path) if "'League'!" in xml or "League!" in xml]
    firsts = [re.findall(r"<c:cat>.*?<c:v>([^<]+)</c:v>", xml)[0] for xml in bars]
    assert firsts == ["Unit 000", "Unit 050"]
    assert all(len(re.findall(r"<c:pt ", xml.split("<c:cat>")[1].split("</c:cat>")[0])) == 20 for xml in bars)


def test_one_sample_has_a_chart_of_its_constructs(tmp_path: Path) -> None:
    plain = sample.content(grouped=False)
    sheet = sheets(write_xlsx(plain, tmp_path / "t.xlsx", "en"))
    assert "By construct" in sheet and "<drawing" in sheet["By construct"]


def test_headings_stand_over_their_numbers(book: Path) -> None:
    found = sheets(book)
    sheet = found["Roll-up by level" if "Roll-up by level" in found else "分层汇总"]
    with zipfile.ZipFile(book) as parts:
        styles = parts.read("xl/styles.xml").decode()
    formats = re.findall(r"<xf .*?(?:/>|</xf>)", styles[styles.index("<cellXfs") : styles.index("</cellXfs>")])
    head = sheet[sheet.index("<row") : sheet.index("</row>")]
    lies = [re.search(r'horizontal="(\w+)"', formats[int(s)]) for s in re.findall(r'<c r="\w+" s="(\d+)"', head)]
    sides = [None if found is None else found[1] for found in lies]
    assert sides[:3] == [None, None, "right"]
    assert set(sides[2:]) == {"right", "center"}


def test_headings_of_tables_explain_themselves(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        comments = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/comments")]
    assert len(comments) > 10
    assert any("0 (every answer the lowest)" in text or "0（每题均取最低分）" in text for text in comments)


@pytest.mark.parametrize("book", ["en"], indirect=True)
def test_the_pages_that_a_program_prints(book: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    counter = shutil.which("pdfinfo")
    if office is None or counter is None:
        pytest.skip("no LibreOffice and pdfinfo here")
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    command = [office, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    said = subprocess.run([counter, str(tmp_path / "t.pdf")], check=True, capture_output=True, text=True).stdout
    pages = int(re.search(r"Pages:\s+(\d+)", said)[1])  # type: ignore[index]
    assert len(sheets(book)) <= pages <= min(MOST_PAGES, len(sheets(book)) + 1)


def test_a_series_has_one_set_of_whiskers(book: Path) -> None:
    """More than one is against the schema of charts of bars, and a program may call the file damaged."""
    with zipfile.ZipFile(book) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    for xml in charts:
        most = 2 if "<c:scatterChart>" in xml else 1  # points have them both ways
        assert all(part.count("<c:errBars>") <= most for part in xml.split("<c:ser>")[1:])
    assert any("<c:errBars>" in xml for xml in charts)


def test_changes_of_all_respondents_stand_above_those_of_the_units() -> None:
    content = told(rolled=True)
    row = {"from": 2020, "to": 2021, "construct": "Satisfaction", "before": 70.0, "after": 71.0, "change": 1.0,
           "df": 9.0, "p_adj": 0.5, "different": False}  # fmt: skip
    below = pd.DataFrame([{"level": "company", "unit": "A", "parent": "X", **row}])
    tables = {**content.tables, "changes": below, "wave_changes": pd.DataFrame([row])}
    made = frames(replace(content, tables=tables), str)
    assert "wave_changes" not in made
    assert made["changes"]["unit"].tolist() == ["All respondents", "A"]
    assert made["changes"]["parent"].tolist() == [None, "X"]
