"""The workbook on paper: one page wide, few pages, links, an outline, comments that explain headings."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from telling import told

from csimodels.report import write_xlsx

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
    turned = [name for name, xml in found.items() if 'orientation="landscape"' in xml]
    assert len(turned) == len(found) - 1  # all but the cover


def test_print_areas_leave_long_tables_to_the_screen(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        xml = parts.read("xl/workbook.xml").decode()
    areas = re.findall(r'name="_xlnm.Print_Area"[^>]*>[^<]*\$A\$1:\$[A-Z]+\$(\d+)<', xml)
    assert len(areas) > 10
    assert max(map(int, areas)) == 61


def test_headings_stand_over_their_numbers(book: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    read = openpyxl.load_workbook(book)
    sheet = read["Roll-up by level" if "Roll-up by level" in read.sheetnames else "分层汇总"]
    assert [cell.alignment.horizontal for cell in sheet[1]][:3] == [None, None, "right"]
    assert {cell.alignment.horizontal for cell in sheet[1][2:]} == {"right", "center"}


def test_headings_of_tables_explain_themselves(book: Path) -> None:
    with zipfile.ZipFile(book) as parts:
        comments = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/comments")]
    assert len(comments) > 10
    assert any("0 (worst) to 100 (best)" in text or "0（最差）" in text for text in comments)


def test_the_pages_that_a_program_prints(book: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    counter = shutil.which("pdfinfo")
    if office is None or counter is None or "分层汇总" in sheets(book):
        pytest.skip("no LibreOffice and pdfinfo here, or counted in English")
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
    series = [part for xml in charts for part in xml.split("<c:ser>")[1:]]
    assert all(part.count("<c:errBars>") <= 1 for part in series)
    assert any("<c:errBars>" in part for part in series)
