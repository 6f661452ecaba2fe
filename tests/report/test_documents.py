"""Formats of the report: files that are what their names promise, in both languages, without a clock."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from telling import told

from csimodels.errors import DataError, MissingExtraError
from csimodels.report import write_xlsx
from csimodels.report.content import Content
from csimodels.report.documents import pdf
from csimodels.report.formats import FORMATS, files_of, require
from csimodels.report.formats import write as write_report

EVIL = '<b onload="x">&=1+1\u202e\u200b'


def content() -> Content:
    values = {EVIL: 84.0, "Buche": 80.0, "=Carex": 76.0, "Distel": 72.0}
    return told(((1.0, 0.4), (0.6, 0.4)), values=values, rolled=True)


def written(kind: str, path: Path, lang: str) -> Path:
    for name, _ in FORMATS[kind].needs:
        pytest.importorskip(name)
    return write_report(content(), kind, path, (lang,))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_word_has_headings_figures_with_words_and_a_table(tmp_path: Path, lang: str) -> None:
    docx = pytest.importorskip("docx")
    path = written("docx", tmp_path / "a.docx", lang)
    document: Any = docx.Document(str(path))
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert ("Trend" if lang == "en" else "趋势") in heads
    assert len(document.inline_shapes) >= 8
    assert all(shape._inline.docPr.get("descr") for shape in document.inline_shapes)
    assert "tblHeader" in document.tables[-1]._tbl.xml
    fonts = document.styles["Heading 1"].element.xml
    assert 'w:eastAsia="SimSun"' in fonts
    assert path.read_bytes() == written("docx", tmp_path / "b.docx", lang).read_bytes()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_slides_have_one_finding_each_a_native_chart_and_notes(tmp_path: Path, lang: str) -> None:
    pptx = pytest.importorskip("pptx")
    path = written("pptx", tmp_path / "a.pptx", lang)
    slides: Any = pptx.Presentation(str(path)).slides
    assert len(slides) >= 9
    assert sum(shape.has_chart for slide in slides for shape in slide.shapes) == 2
    assert all(slide.notes_slide.notes_text_frame.text for slide in slides)
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time[:3] for info in archive.infolist()} == {(2026, 11, 21)}
        for name in archive.namelist():
            if name.endswith(".xml"):
                assert "\u202e" not in archive.read(name).decode("utf-8")


def test_a_pdf_has_numbered_pages_and_no_clock(tmp_path: Path) -> None:
    if not any(map(shutil.which, pdf.PROGRAMS)):
        pytest.skip("no Chromium is installed")
    text = written("pdf", tmp_path / "a.pdf", "zh").read_bytes()
    assert text.startswith(b"%PDF")
    assert set(re.findall(rb"/CreationDate \(D:(\d{14})", text)) == {b"20261121093000"}
    assert b"/Outlines" in text
    assert b"/StructTreeRoot" in text
    assert len(re.findall(rb"/Type /Page\b", text)) >= 8


def test_what_a_format_needs_is_said_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="print it"):
        require(("pdf",))
    monkeypatch.setattr("csimodels.report.formats.find_spec", lambda name: None if name == "docx" else name)
    with pytest.raises(MissingExtraError, match=r"csimodels\[docx\]"):
        require(("html", "docx"))


def test_further_languages_have_files_of_their_own() -> None:
    found = files_of(("html", "xlsx", "docx"), ("zh", "en"))
    assert [(name, langs) for _, name, langs in found] == [
        ("report.html", ("zh", "en")), ("tables.xlsx", ("zh",)), ("report.docx", ("zh",)), ("report.en.docx", ("en",)),
    ]  # fmt: skip


def test_the_workbook_begins_with_the_story_in_numbers(tmp_path: Path) -> None:
    path = write_xlsx(content(), tmp_path / "t.xlsx", "en")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        parts = {n: archive.read(n).decode() for n in names if n.startswith("xl/worksheets/sheet")}
        book = archive.read("xl/workbook.xml").decode()
    assert sum(name.startswith("xl/charts/chart") for name in names) >= 5
    assert 'name="index_2022"' in book
    assert 'outlineLevel="2"' in "".join(parts.values())
    assert "<hyperlink" in parts["xl/worksheets/sheet1.xml"]
    assert not any("<f>" in xml for xml in parts.values())
    assert all("fitToWidth" in xml or "fitToPage" in xml for xml in parts.values())
    again = write_xlsx(content(), tmp_path / "u.xlsx", "en")
    assert path.read_bytes() == again.read_bytes()
