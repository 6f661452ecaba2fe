"""The report as a text document, a PDF and slides: the same sentences, native parts, the same bytes."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import sample
from telling import told

import csimodels as cs
from csimodels.errors import DataError, MissingExtraError, SpecError
from csimodels.report import write_xlsx
from csimodels.report.content import Content
from csimodels.report.documents import native
from csimodels.report.documents import pdf as pdf_module
from csimodels.report.documents import slides as slides_module
from csimodels.report.documents import word as word_module
from csimodels.report.documents.column_widths import shown, widths
from csimodels.report.documents.document import Titled, arranged, captioned, document, in_a_line
from csimodels.report.documents.painting import png
from csimodels.report.documents.slide_words import height, of_cards
from csimodels.report.documents.word import write_docx
from csimodels.report.escaping import written_here
from csimodels.report.figures import raster
from csimodels.report.figures.canvas import chinese_font
from csimodels.report.figures.charts.answers import Question, answers_chart
from csimodels.report.figures.charts.heat import Tile, heat_chart
from csimodels.report.figures.charts.slope import Slope, slope_chart
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Text as Words
from csimodels.report.formats import files_of, require
from csimodels.report.formats import write as write_report
from csimodels.report.html.table_views import Cell, Column, TableView
from csimodels.report.story.section import Card, Entry
from csimodels.spec.model import Text

docx = pytest.importorskip("docx")
pptx = pytest.importorskip("pptx")
typst = pytest.importorskip("typst")
KINDS = ("docx", "pdf", "pptx")
NASTY = 'A "quoted" <b>name</b> #let x = 1 $a^2$ =SUM(A1) \\n [c] @d'


def write(content: Content, kind: str, path: Path, lang: str = "en") -> Path:
    if lang == "zh" and not chinese_font():
        pytest.skip("no Chinese font here")
    return write_report(content, kind, path, (lang,))


Made = Callable[[str, str], Path]


def one_png(picture: Picture, size: str, dpi: float, ratio: float = 1.0) -> tuple[BytesIO, float, float]:
    """The same small picture for every figure: what they show is tested elsewhere."""
    return BytesIO(_dot()), 6.0, 3.0


@cache
def _dot() -> bytes:
    return png(document(told(), "en").chapters[0].pictures[0], "column", 20.0)[0].getvalue()


@pytest.fixture(scope="module", autouse=True)
def no_drawing() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_module, "png", one_png)
        patch.setattr(slides_module, "png", one_png)
        yield


@pytest.fixture(scope="module")
def story() -> Content:
    return told(rolled=True)


@pytest.fixture(scope="module")
def made(story: Content, tmp_path_factory: pytest.TempPathFactory, no_drawing: None) -> Made:
    """Each document, written once."""
    folder = tmp_path_factory.mktemp("documents")

    @cache
    def of(kind: str, lang: str) -> Path:
        return write(story, kind, folder / f"{lang}.{kind}", lang)

    return of


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_input_gives_the_same_bytes(story: Content, made: Made, tmp_path: Path, kind: str) -> None:
    again = write(story, kind, tmp_path / f"b.{kind}")
    assert made(kind, "en").read_bytes() == again.read_bytes()
    assert written_here(again)


def test_a_figure_gives_the_same_dots(story: Content) -> None:
    picture = document(story, "en").chapters[0].pictures[0]
    one, two = (png(picture, "page", 40.0) for _ in range(2))
    assert one[0].getvalue() == two[0].getvalue()
    assert one[1:] == two[1:]


def _word(path: Path) -> Any:
    return docx.Document(str(path))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_word_has_the_story_under_native_headings(story: Content, made: Made, lang: str) -> None:
    said = document(story, lang)
    word = _word(made("docx", lang))
    heads = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert heads == [*(c.title for c in said.chapters), said.lang.tr("Appendix for researchers")]
    texts = {p.text for p in word.paragraphs}
    assert {s for c in said.chapters for s in c.sentences} <= texts
    pictures = [p for c in said.chapters for p in c.pictures]
    assert len(word.inline_shapes) == len(pictures)
    assert all(shape._inline.get(f"dist{side}") == "0" for shape in word.inline_shapes for side in "TBLR")
    inside = [p for table in word.tables for cell in table._cells for p in cell.paragraphs]
    captions = [p.text for p in (*word.paragraphs, *inside) if p.style.name == "Caption"]
    for chapter in said.chapters:
        before = (chapter.title, *chapter.sentences)
        for picture in chapter.pictures:
            assert any(captioned(picture, said, before) in text for text in captions)
            assert picture.title not in chapter.sentences or picture.title not in captioned(picture, said, before)
    described = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    laid = [p for c in said.chapters for beside in arranged(c) for p in beside]
    assert described == [f"{p.title} {p.subtitle}" for p in laid] and set(map(id, laid)) == set(map(id, pictures))


def test_word_tables_repeat_their_head_and_hold_the_numbers(story: Content, made: Made) -> None:
    word = _word(made("docx", "en"))
    headed = [t for t in word.tables if t.rows[0]._tr.xpath(".//w:tblHeader")]
    assert len(headed) == len(document(story, "en").tables) + sum(bool(c.cards) for c in document(story, "en").chapters)
    titles = [titled.title for titled in document(story, "en").tables]
    texts = [p.text for p in word.paragraphs]
    assert [t for t in texts if t.startswith("Table ")] == [f"Table {k}. {t}" for k, t in enumerate(titles, 1)]
    assert not set(titles) & set(texts)  # said once
    cells = {
        cell.text for row in next(t for t in headed if t.cell(0, 0).text == "Construct").rows for cell in row.cells
    }
    first = document(story, "en").tables[0]
    for said, kept in (("Lower is better.", True), ("", False)):
        word_module._Paper(word, document(story, "en"))._table(replace(first, said=said))
        last = word.tables[-1].rows[-1].cells[0].paragraphs[0]
        assert bool(last.paragraph_format.keep_with_next) == kept  # it stays with what is said of the table
    shown = story.table("index").set_index("construct")["index"]
    assert f"{shown['Loyalty']:.1f}" in cells


def test_word_has_no_empty_pages_and_no_rows_higher_than_their_text(story: Content, made: Made) -> None:
    word = _word(made("docx", "en"))
    assert not word.element.xpath('//w:br[@w:type="page"]')  # behind a full page it makes an empty one
    assert all(p.text or p._p.xpath(".//w:drawing") or p._p.xpath("./w:pPr/w:rPr/w:sz[@w:val<=8]") for p in
               word.paragraphs)  # fmt: skip
    opened = [p.text for p in word.paragraphs if p.paragraph_format.page_break_before]
    heads = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert opened == [heads[0], heads[-1]]
    word_module._Paper(word, document(story, "en"))._grid([], [["1.5"], [""]], [True], [1.0], size=7.5)
    full, empty = (cell.paragraphs[0]._p for cell in word.tables[-1]._cells)
    assert full.xpath("./w:r/w:rPr/w:sz/@w:val") == empty.xpath("./w:pPr/w:rPr/w:sz/@w:val") == ["15"]


def test_word_names_a_font_and_the_language_of_chinese(made: Made) -> None:
    path = made("docx", "zh")
    with zipfile.ZipFile(path) as parts:
        styles, body = (parts.read(f"word/{name}.xml").decode() for name in ("styles", "document"))
    assert 'w:eastAsia="SimSun"' in styles and 'w:eastAsia="zh-CN"' in styles
    assert "SEQ Figure" in body and "TOC \\o" in body


def with_template(content: Content, path: Path) -> Content:
    looks = replace(content.model.report, template=str(path))
    return replace(content, model=replace(content.model, report=looks))


def test_a_template_gives_styles_and_none_of_its_text(tmp_path: Path) -> None:
    house = docx.Document()
    house.add_paragraph("Lorem ipsum of the house")
    house.sections[0].header.paragraphs[0].text = "The Institute"
    house.styles["Heading 1"].font.name = "Courier New"
    house.save(str(tmp_path / "house.docx"))
    plain = sample.content(grouped=False)
    word = _word(write_docx(with_template(plain, tmp_path / "house.docx"), tmp_path / "r.docx"))
    assert word.sections[0].header.paragraphs[0].text == "The Institute"
    assert word.styles["Heading 1"].font.name == "Courier New"
    assert not any("Lorem" in p.text for p in word.paragraphs)
    (tmp_path / "bad.docx").write_bytes(b"no document")
    with pytest.raises(DataError, match="no Word document"):
        write_docx(with_template(plain, tmp_path / "bad.docx"), tmp_path / "r2.docx")
    with pytest.raises(SpecError, match="no such template"):
        cs.check_report(("en",), ("docx",), with_template(plain, tmp_path / "none.docx").model)


def test_a_template_lends_its_fonts_and_gets_the_styles_that_it_lacks(tmp_path: Path) -> None:
    """Word stores the styles that somebody used; letters of a house are wider, so that tables take smaller ones."""
    house, lost = docx.Document(), ("Title", "Heading 2", "Caption", "List Bullet", "TOC Heading")
    for name in lost:
        house.styles[name].delete()
    fonts = house.styles["Normal"].element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(docx.oxml.ns.qn("w:eastAsia"), "KaiTi")
    section = house.sections[0]
    section.page_width, section.page_height = 7 * section.page_width // 8, section.page_height // 2
    house.save(str(tmp_path / "house.docx"))
    plain = sample.content(grouped=False)
    word = _word(write_docx(with_template(plain, tmp_path / "house.docx"), tmp_path / "r.docx"))
    heads = [p for p in word.paragraphs if p.style.name == "Heading 2"]
    assert [p.text for p in heads if p.text.startswith("Table 1.")] and heads[0].style.paragraph_format.keep_with_next
    assert any(p.style.name == "Caption" for p in word.paragraphs)
    styles = word.styles.element.xml
    assert "KaiTi" in styles and "SimSun" not in styles and "majorHAnsi" in styles
    assert all(kind.base_style.style_id in styles for kind in word.styles if getattr(kind, "base_style", None))
    room = section.page_height - section.top_margin - section.bottom_margin
    assert all(shape.height < room for shape in word.inline_shapes)
    numbers = [(c.width.pt, r) for t in word.tables for c in t._cells for r in c.paragraphs[0].runs if "." in r.text]
    assert len(numbers) > 100
    assert all(text_width(r.text, 1.15 * r.font.size.pt) < wide for wide, r in numbers if "[" in r.text)


def test_slides_say_one_finding_each_with_notes(story: Content, made: Made) -> None:
    said = document(story, "en")
    deck = pptx.Presentation(str(made("pptx", "en")))
    slides = list(deck.slides)
    assert len(slides) == 1 + sum(max(1, len(c.pictures)) for c in said.chapters)
    titles = [slide.shapes.title.text_frame.text for slide in slides[1:]]
    assert titles[0] == said.chapters[0].sentences[0]
    notes = slides[1].notes_slide.notes_text_frame.text
    assert all(sentence in notes for sentence in said.chapters[0].sentences)
    pictures = [picture for c in said.chapters for picture in c.pictures]
    for slide, picture in zip((s for s in slides[1:] if len(s.shapes) > 2), pictures, strict=True):
        measure, source = slide.notes_slide.notes_text_frame.text.splitlines()[-2:]
        assert (measure, source) == (picture.subtitle, picture.caption)
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=1e-3)


def _charts(path: Path) -> list[Any]:
    deck = pptx.Presentation(str(path))
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def test_native_charts_hold_the_numbers_and_their_intervals(story: Content, made: Made) -> None:
    said = document(story, "en")
    league = next(p for c in said.chapters for p in c.pictures if p.key == "league").data[::-1]
    charts = _charts(made("pptx", "en"))
    found = [c for c in charts if list(c.plots[0].categories) == list(league["unit"])]
    assert found, "there is no chart of the league"
    series = found[0].plots[0].series[0]
    np.testing.assert_allclose(series.values, league["index"], atol=1e-9)
    space = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    plus, minus = (
        [float(v.text) for v in series._element.findall(f".//c:errBars/c:{side}//c:v", space)]
        for side in ("plus", "minus")
    )
    np.testing.assert_allclose(plus, league["high"] - league["index"], atol=1e-5)
    np.testing.assert_allclose(minus, league["index"] - league["low"], atol=1e-5)
    assert (found[0].value_axis.minimum_scale, found[0].value_axis.maximum_scale) == (0, 100)


def test_drivers_on_slides_have_their_labels(made: Made) -> None:
    charts = _charts(made("pptx", "zh"))
    assert any("感知质量" in list(chart.plots[0].categories) for chart in charts)


def test_the_pdf_is_tagged_with_bookmarks_and_a_language(made: Made) -> None:
    made = made("pdf", "en").read_bytes()
    assert made.startswith(b"%PDF-")
    for part in (b"/StructTreeRoot", b"/MarkInfo", b"/Outlines", b"/Lang"):
        assert part in made


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_text_and_nothing_else(story: Content, tmp_path: Path, kind: str) -> None:
    """Markup, formulas, control and direction characters in a title and in a group end up as letters."""
    hostile = replace(
        story,
        title=Text(en=NASTY + "\u202e\x07"),
        groups=story.groups.replace({"company": {"Ahorn": NASTY}}),  # type: ignore[union-attr]
        tables={
            name: t.replace({"company": {"Ahorn": NASTY}, "unit": {"Ahorn": NASTY}}) if len(t) else t
            for name, t in story.tables.items()
        },
    )
    path = write(hostile, kind, tmp_path / f"r.{kind}")
    if kind == "docx":
        assert _word(path).paragraphs[0].text.startswith(NASTY)
    elif kind == "pptx":
        first = pptx.Presentation(str(path)).slides[0].shapes[0].text_frame.text
        assert first.startswith(NASTY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_without_groups_or_intervals_is_reported(tmp_path: Path, kind: str) -> None:
    plain = sample.content(grouped=False)
    tables = {name: sample.without_intervals(t, drop=False) if len(t) else t for name, t in plain.tables.items()}
    assert write(replace(plain, tables=tables), kind, tmp_path / f"r.{kind}").stat().st_size > 2000


# ---- through the door -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def result() -> cs.Result:
    data = cs.simulate("acsi", 100, seed=3).data
    return cs.Study("acsi", data, uncertainty=None).run()


def test_a_document_that_somebody_went_on_writing_is_not_replaced(result: cs.Result, tmp_path: Path) -> None:
    if not chinese_font():
        pytest.skip("no Chinese font here")
    cs.save(result, tmp_path / "out", report=False)
    written = result.report(tmp_path / "out", ("en", "zh"), "docx")
    assert [p.name for p in written] == ["report.docx", "report.zh.docx"]
    ours = (tmp_path / "out" / "report.docx").read_bytes()
    word = _word(written[0])
    word.add_paragraph("A sentence of ours")
    word.save(str(written[0]))  # this program leaves the name of the last writer as it was
    with pytest.raises(DataError, match="somebody has edited"):
        result.report(tmp_path / "out", "en", "docx")
    written[0].write_bytes(ours)
    result.report(tmp_path / "out", "en", "docx")  # our own may be written again
    word = _word(written[0])
    word.core_properties.last_modified_by = "An analyst"
    (tmp_path / "other").mkdir()
    word.save(str(tmp_path / "other" / "report.docx"))
    with pytest.raises(DataError, match="would be replaced"):
        result.report(tmp_path / "other", "en", "docx")


def test_long_tables_stay_in_the_workbook() -> None:
    plain = sample.content(grouped=False)
    rows = pd.concat([plain.tables["effects"]] * 40, ignore_index=True)
    long = document(replace(plain, tables={**plain.tables, "effects": rows}), "en")
    effects = next(t for t in long.tables if t.title == "Effects")
    assert effects.table is None and effects.said.startswith(f"{len(rows)} rows")


def test_the_appendix_holds_fit_and_parameters_of_a_covariance_structure() -> None:
    from test_report_covariance import PLAIN, content

    plain = {t.title for t in document(sample.content(), "en").tables}
    found = {t.title: t for t in document(content(PLAIN), "en").tables}
    assert "Fit at a glance" in found and "Fit at a glance" not in plain
    assert found["Fit at a glance"].said
    assert {"Loadings", "Paths", "Largest residuals"} <= set(found)
    largest = found["Largest residuals"].table
    assert largest is not None and any("0.27" in cell.text for row in largest.rows for cell in row)
    flagged = content(PLAIN)
    flagged.tables["parameters"]["status"] = "nearly not identified"
    said = {lang: next(t.said for t in document(flagged, lang).tables if t.picture is None and "χ²" in t.said)
            for lang in ("en", "zh")}  # fmt: skip
    assert said["en"].startswith("Result flagged: nearly not identified. ")
    assert said["zh"].split("χ²")[0].endswith("。")


def test_widths_of_a_table_share_the_page() -> None:
    plain = document(sample.content(grouped=False), "en")
    for titled in plain.tables:
        assert titled.table is not None
        wide = widths(titled.table, 60.0)
        assert len(wide) == len(shown(titled.table))
        assert all(w > 1 for w in wide)
        assert sum(widths(titled.table, 500.0)) < 500
    items = next(t for t in plain.tables if t.title == "Loadings").table
    assert items is not None
    assert sum(widths(items, 75.0)) <= 75.1


def test_no_table_of_a_pdf_has_letters_below_seven_points_and_wide_ones_lie_last(
    story: Content, tmp_path: Path
) -> None:
    said = document(story, "en")
    long = Cell("How well do you think that this company has met what you needed from it in the past year?")
    for texts in range(1, 4):
        columns = (*(Column("Question", "text") for _ in range(texts)), *(Column("95% interval") for _ in range(4)))
        row = (*(long for _ in range(texts)), *(Cell("[−0.025, 0.037]") for _ in range(4)))
        wide = Titled(f"Wide {texts}", TableView("t", columns, (row,), (False,)))
        source = pdf_module._source(replace(said, chapters=(), tables=(wide, *said.tables)), tmp_path)
        upright, turned, last = source.partition("#set page(flipped: true)")
        assert bool(turned) == pdf_module._turned(wide) == (texts > 1)
        assert (f'"Wide {texts}"' in last) == (texts > 1) and upright.count("#heading(level: 2") > len(said.tables)
        sizes = [float(size) for size in re.findall(r"text\(([\d.]+)pt, table\(columns", source)]
        assert len(sizes) > len(said.tables) and min(sizes) >= 7.0


def test_a_column_of_chinese_is_as_wide_as_its_words_and_not_as_its_texts() -> None:
    columns = (Column("顾客满意度指数", "text"), Column("95%置信区间", "num"))
    view = TableView("t", columns, ((Cell("顾客感知质量与期望的差距"), Cell("[−0.025, 0.037]")),), (False,))
    name, interval = widths(view, 1.0)
    short = TableView("t", columns[:1], ((Cell("顾客满意度"),),), (False,))
    assert widths(replace(short, columns=(Column("起点", "text"),)), 1.0)[0] > 5.0  # a name is not broken
    assert name < 6.0 < text_width("[−0.025, 0.037]", 1.0) < interval


def test_headings_of_numbers_stand_on_two_lines_where_there_is_room() -> None:
    heads = ("Lead over the best other", "p-value", "p-value that all waves are equal")
    columns = (Column("Driver", "text"), *map(Column, heads))
    view = TableView("drivers", columns, ((Cell("Brand image"), *(Cell("0.123") for _ in heads)),), (False,))
    _, lead, short, long = widths(view, 60.0)
    assert lead >= text_width("Lead over the", 1.15) and long >= text_width("that all waves are", 1.15)
    assert short < lead < long
    assert all(w < text_width(head, 1.0) for w, head in zip((lead, long), heads[::2], strict=True))
    assert sum(widths(view, 20.0)) < sum(widths(view, 60.0))


def test_an_interval_of_a_short_list_stays_in_one_line() -> None:
    numbers = Card("Highest", (Entry("Harbour / Fixed line", "79.9", "[77.2, 82.6]"),))
    assert in_a_line(numbers, numbers.entries[0]) == "Harbour / Fixed line 79.9\u00a0[77.2,\u00a082.6]"
    words = Card("How it was made", (Entry("Weights:", "of the survey"),))
    assert in_a_line(words, words.entries[0]) == "Weights: of the survey"


def test_names_from_right_to_left_do_not_turn_the_numbers_beside_them_round() -> None:
    name = "שלום עולם"
    said = document(told(((1.0, 0.4),), values={name: 84.0} | {f"U{k}": 80.0 - k for k in range(9)}), "en")
    assert f"\u2068{name}\u2069" in [e.name for card in said.chapters[0].cards for e in card.entries]
    league = next(c for c in said.chapters if c.key == "league")
    assert league.sentences[0].startswith(f"\u2068{name}\u2069 ")
    assert league.pictures[0].title not in captioned(league.pictures[0], said, league.sentences)  # said once
    drawn = {text: raster._drawn(Words(0, 0, text), ("DejaVu Sans",)) for text in (f"1–6. {name}", "1–6. Name")}
    assert list(drawn.values()) == [f"\u200e1–6. {name}", "1–6. Name"]  # the places of its rank stay before it


def test_letters_from_right_to_left_are_as_large_as_others_in_word(made: Made) -> None:
    """Word counts their size by itself."""
    word = _word(made("docx", "en"))
    for body in (word.element, word.styles["Normal"].element, word.styles["Caption"].element):
        sizes = [(p.xpath("./w:sz/@w:val"), p.xpath("./w:szCs/@w:val")) for p in body.xpath(".//w:r/w:rPr | ./w:rPr")]
        assert any(size for size, _ in sizes) and all(size == other for size, other in sizes)


def _absent(lost: str, name: str) -> object:
    return None if name == lost else name


def test_what_a_format_needs_is_said_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, package in (("docx", "docx"), ("pptx", "pptx"), ("pdf", "typst")):
        monkeypatch.setattr(
            "csimodels.report.formats.find_spec", lambda name, lost=package: None if name == lost else 1
        )
        with pytest.raises(MissingExtraError, match=rf"csimodels\[{kind}\]"):
            require(("html", kind))


def test_further_languages_have_files_of_their_own() -> None:
    found = files_of(("html", "xlsx", "docx"), ("zh", "en"))
    assert [(name, langs) for _, name, langs in found] == [
        ("report.html", ("zh", "en")), ("tables.xlsx", ("zh",)), ("report.docx", ("zh",)), ("report.en.docx", ("en",)),
    ]  # fmt: skip


def test_the_workbook_begins_with_the_story_in_numbers(story: Content, tmp_path: Path) -> None:
    path = write_xlsx(story, tmp_path / "t.xlsx", "en")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        parts = {n: archive.read(n).decode() for n in names if n.startswith("xl/worksheets/sheet")}
        book = archive.read("xl/workbook.xml").decode()
    assert sum(name.startswith("xl/charts/chart") for name in names) >= 4
    assert 'name="index_2021"' in book
    assert 'outlineLevel="2"' in "".join(parts.values())
    assert "<hyperlink" in parts["xl/worksheets/sheet1.xml"]
    assert not any("<f>" in xml for xml in parts.values())
    again = write_xlsx(story, tmp_path / "u.xlsx", "en")
    assert path.read_bytes() == again.read_bytes()


def test_the_executive_part_of_a_pdf_is_short_and_its_pages_are_numbered(made: Made) -> None:
    reader, counter = shutil.which("pdftotext"), shutil.which("pdfinfo")
    if reader is None or counter is None:
        pytest.skip("no pdftotext here")
    text = subprocess.run([reader, "-layout", str(made("pdf", "en")), "-"], check=True, capture_output=True, text=True)
    pages = text.stdout.split("\f")[:-1]
    first = next(k for k, page in enumerate(pages) if "Appendix for researchers" in page)
    assert first <= 12
    heads = {chapter.title for chapter in document(told(rolled=True), "en").chapters}
    for k, page in enumerate(pages, 1):
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        assert lines[-1].replace(" ", "") == f"{k}/{len(pages)}"
        assert lines[-2] not in heads  # no heading alone at the foot of a page
        assert k == 1 or lines[0].startswith("Retail banks 2026")  # the running title


def test_documents_hold_the_map_of_drivers_unless_the_model_is_flagged(story: Content) -> None:
    def keys(content: Content) -> list[str]:
        return [p.key for c in document(content, "en").chapters if c.key == "satisfies" for p in c.pictures]

    assert keys(story) == ["forest", "importance_performance"]
    flagged = replace(story, tables={**story.tables, "paths": story.tables["paths"].assign(status="not converged")})
    assert keys(flagged) == []


def test_a_low_figure_is_drawn_with_larger_letters_on_a_slide(story: Content) -> None:
    found = {p.key: p for c in document(story, "en").chapters for p in c.pictures}
    assert slides_module._drawn_wide(found["precision"], 12.1, 4.95) == 600
    assert slides_module._drawn_wide(found["heat_map"], 12.1, 0.5) == 1120


def test_figures_stand_beside_each_other_where_their_heights_are_alike(story: Content) -> None:
    chapter = next(c for c in document(story, "en").chapters if c.key == "loyalty")
    first, second = chapter.pictures
    assert arranged(chapter) == ((first, second),)

    def high(width: float) -> Any:
        return replace(second.draw(width), height=5 * second.draw(width).height)

    tall = replace(second, draw=high)
    assert arranged(replace(chapter, pictures=(first, tall))) == ((first,), (tall,))


def test_a_long_league_on_a_slide_is_its_first_and_last_units(story: Content) -> None:
    picture = next(p for c in document(story, "en").chapters for p in c.pictures if p.key == "league")
    data = pd.concat([picture.data] * 20, ignore_index=True)
    names = [f"Unit {k}" for k in range(len(data))]
    long = replace(picture, data=data.assign(unit=names))
    assert native.cut(long) and not native.cut(picture)
    shown = native.ends_of(long.data, "unit")
    between = f"… {len(data) - 2 * native.ENDS} …"
    assert list(shown["unit"]) == [*names[: native.ENDS], between, *names[-native.ENDS :]]
    assert np.isnan(float(shown["index"].iloc[native.ENDS]))
    assert native.ends_of(picture.data, "unit") is picture.data
    slide = pptx.Presentation().slides.add_slide(pptx.Presentation().slide_layouts[6])
    assert native.draw(slide, long, (0.5, 1.0, 12.0, 5.0), str)
    chart = slide.shapes[-1].chart
    assert list(chart.plots[0].categories) == list(shown["unit"])[::-1]
    assert list(chart.plots[0].series[0].values)[native.ENDS] is None


def test_lists_stand_beside_the_first_chart(story: Content, made: Made) -> None:
    slides = list(pptx.Presentation(str(made("pptx", "en"))).slides)
    year = document(story, "en").chapters[0]
    assert year.cards and native.can(year.pictures[0])
    text = "\n".join(shape.text_frame.text for shape in slides[1].shapes if shape.has_text_frame)
    assert all(card.title in text for card in year.cards)
    assert all(entry.name in text for card in year.cards for entry in card.entries)
    chart = next(shape for shape in slides[1].shapes if shape.has_chart)
    framed = [shape for shape in slides[1].shapes if shape.has_text_frame]
    lists = next(shape for shape in framed if year.cards[0].title in shape.text_frame.text)
    assert chart.left + chart.width <= lists.left


def test_figures_among_the_tables_have_slides(story: Content) -> None:
    plain = document(story, "en")
    picture = plain.chapters[0].pictures[0]
    beside = replace(plain, tables=(*plain.tables, Titled("The ladder", None, "How to read it.", picture)))
    (chapter,) = slides_module._beside_tables(beside)
    assert (chapter.sentences, chapter.pictures, chapter.small) == ((picture.title,), (picture,), ("How to read it.",))
    assert slides_module._beside_tables(plain) == []


def test_a_flagged_survey_has_its_numbers_and_the_flag_on_slides(tmp_path: Path) -> None:
    content = sample.content(grouped=False)
    paths = content.tables["paths"].assign(status="not converged")
    flagged = replace(content, tables={**content.tables, "paths": paths})
    said = document(flagged, "en")
    assert [p.key for p in said.chapters[0].pictures] == ["index"]
    slides = list(pptx.Presentation(str(write(flagged, "pptx", tmp_path / "flagged.pptx"))).slides)
    texts = ["\n".join(s.text_frame.text for s in slide.shapes if s.has_text_frame) for slide in slides]
    assert said.chapters[0].sentences[1].startswith("The model is flagged")
    assert said.chapters[0].sentences[1] in texts[0]
    bare = [c for c in said.chapters if not c.pictures]
    assert len(bare) > 2 and len(slides) == 2 + len(said.chapters) - len(bare)  # which share one
    picture = said.chapters[0].pictures[0]
    wide = slides_module._drawn_wide(picture, 12.1, 4.95 - 0.8)  # which leaves room for the flag below it
    assert picture.plot(wide).height * 12.1 / wide <= 4.95 - 0.8
    (mine,) = [text for text in texts if bare[0].sentences[0] in text]
    assert all(sentence in mine for c in bare for sentence in c.sentences)
    (rows,) = [c.cards[0].entries for c in bare if c.cards]
    assert all(f"{entry.name}  {entry.value}" in mine for entry in rows)


def test_a_year_without_a_figure_shows_its_number(tmp_path: Path) -> None:
    content = told(steps=())
    said = document(content, "en")
    assert said.chapters[0].key == "year" and not said.chapters[0].pictures
    slide = pptx.Presentation(str(write(content, "pptx", tmp_path / "one.pptx"))).slides[1]
    sizes = {s.text_frame.text: s.text_frame.paragraphs[0].runs[0].font.size.pt for s in slide.shapes}
    row = content.tables["index"].set_index("construct").loc[content.model.index.construct]
    assert sizes[f"{row['index']:.1f}"] > 100
    assert f"95% [{row['low']:.1f}, {row['high']:.1f}]" in sizes


def test_words_on_slides_take_the_largest_letters_that_have_room(story: Content) -> None:
    card = next(c for c in document(story, "en").chapters if c.cards)
    lines = of_cards(card)
    assert len(lines) == sum(2 + len(c.entries) for c in card.cards) - 1  # titles, and one empty line between lists
    many = [("A name that is rather long, and its number 77.7 [66.6, 88.8]", False)] * 40
    for wide in (3.6, 12.0):
        assert height(many, 10, wide) < height(many, 12, wide)
    assert height(many, 10, 3.6) > 1.7 * height(many, 10, 12.0)
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slides_module._Slides(deck, document(story, "en")).lines(slide, (0.6, 1.6, 3.6, 4.95), many[:12], (24, 12, 9))
    size = slide.shapes[-1].text_frame.paragraphs[0].runs[0].font.size.pt
    assert height(many[:12], size, 3.6) <= 4.95 and size < 24


def test_axes_of_bars_have_a_tick_at_zero(story: Content) -> None:
    picture = next(p for c in document(story, "en").chapters for p in c.pictures if p.key == "forest")
    slide = pptx.Presentation().slides.add_slide(pptx.Presentation().slide_layouts[6])
    data = picture.data.assign(importance_low=-7.31, importance_high=8.12)
    assert native.draw(slide, replace(picture, data=data), (0.5, 1.0, 12.0, 5.0), str)
    axis = slide.shapes[-1].chart.value_axis
    assert (axis.minimum_scale, axis.maximum_scale, axis.major_unit) == (-10, 10, 5)
    assert axis.tick_labels.number_format == "0"


def test_many_rows_of_a_heat_map_stand_in_two_halves_on_a_slide() -> None:
    rows = [(f"Unit {k}", [Tile(70.0 + k, float(k), True)]) for k in range(40)]
    high = {width: heat_chart(["Index"], rows, width).height for width in (724.0, 1120.0)}
    assert high[1120.0] < 0.7 * high[724.0]
    texts = [m for m in heat_chart(["Index"], rows, 1120.0).marks if isinstance(m, Words)]
    assert {f"Unit {k}" for k in range(40)} < {m.text for m in texts}
    assert sum(m.text == "Index" for m in texts) == 2


def test_names_of_many_units_and_questions_can_be_read_on_a_slide() -> None:
    """Both fill a slide of 1120 by 457 pixels, instead of being drawn smaller."""
    slopes = [Slope(f"Unit {k}", 60.0 + k, 61.0 + k % 20) for k in range(24)]
    questions = [Question(f"Question {k}", (0.1, 0.2, 0.3, 0.4), 0.3, 0.7) for k in range(22)]
    ends = ("lowest two answers", "highest two")
    for high, drawn in ((460, lambda w: slope_chart(("1", "2"), slopes, w)),
                        (500, lambda w: answers_chart(questions, w, ends))):  # fmt: skip
        scene = drawn(1120.0)
        assert scene.height < high < drawn(724.0).height
        names = {m.text.split("  ")[-1]: m for m in scene.marks if isinstance(m, Words)}
        assert all(f"{kind} {k}" in names for kind in ("Unit", "Question") for k in range(22) if f"{kind} 0" in names)
    low, high = (next(m for m in scene.marks if isinstance(m, Words) and m.text == said)
                 for said in ends)  # fmt: skip
    assert low.x + text_width(low.text, low.size) < high.x - text_width(high.text, high.size)


def test_a_native_chart_says_nothing_of_our_own_drawing(story: Content, made: Made) -> None:
    """Bands and pale bars are of the drawing; what a slide leaves out is in its notes, and the slide says so."""
    said = document(story, "en")
    drawn = {line for c in said.chapters for line in c.drawn if line in c.small}
    assert drawn
    for slide in pptx.Presentation(str(made("pptx", "en"))).slides:
        texts = [s.text_frame.text for s in slide.shapes if s.has_text_frame]
        notes = slide.notes_slide.notes_text_frame.text.splitlines()
        assert slide.shapes.title.text_frame.text
        assert not drawn & {*notes, *"\n".join(texts).splitlines()} or not any(s.has_chart for s in slide.shapes)
        chapter = next((c for c in said.chapters if c.title == notes[0] and texts[0] == c.sentences[0]), None)
        if chapter and chapter.pictures:
            shown = "\n".join(texts)
            whole = all(line in shown for line in (*chapter.sentences, *chapter.small) if line not in drawn)
            whole &= all(e.value in shown for card in chapter.cards for e in card.entries)
            assert whole != ("more in the notes" in shown), chapter.key


def test_numbers_of_bars_stand_behind_the_names_where_whiskers_would_cross_them(story: Content) -> None:
    picture = next(p for c in document(story, "en").chapters for p in c.pictures if p.key == "forest")
    slide = pptx.Presentation().slides.add_slide(pptx.Presentation().slide_layouts[6])
    names = {}
    for low in (0.3, 0.01):
        data = picture.data.assign(importance=0.5, importance_low=low, importance_high=0.9)
        assert native.draw(slide, replace(picture, data=data), (0.5, 1.0, 12.0, 5.0), str)
        chart = slide.shapes[-1].chart
        names[low] = list(chart.plots[0].categories)
        assert chart.plots[0].has_data_labels == (low > 0.1)
        assert chart.category_axis._element.xpath("./c:tickLblSkip/@val") == ["1"]
        ids = chart._chartSpace.xpath(".//c:axId/@val")
        assert len(ids) == 4 and all(int(number) > 0 for number in ids)  # as the standard wants them
    assert names[0.01] == [f"{name}  +0.50" for name in names[0.3]]


def test_small_print_stands_on_the_page_of_its_figure(tmp_path: Path) -> None:
    """A league of 60 fills a page but for as much as stands below it."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext is installed")
    story = document(told(values={f"Company {k:02d}": 90.0 - 0.5 * k for k in range(60)}), "en")
    league = next(c for c in story.chapters if c.key == "league")
    small = tuple(f"Line {k} of the small print." for k in range(6))
    only = replace(story, chapters=(replace(league, small=small),), tables=())
    (tmp_path / "report.typ").write_text(pdf_module._source(only, tmp_path), encoding="utf-8")
    typst.compile(tmp_path / "report.typ", output=tmp_path / "a.pdf", root=tmp_path)
    done = subprocess.run([reader, tmp_path / "a.pdf", "-"], check=True, capture_output=True, text=True)
    pages = done.stdout.split("\f")
    at = next(k for k, page in enumerate(pages) if "60. Company 59" in page)
    assert all(line in pages[at] for line in small)


def test_the_headline_of_a_survey_without_groups_is_said_once() -> None:
    chapter = document(replace(sample.content(), groups=None), "en").chapters[0]
    (picture,) = chapter.pictures
    assert picture.key == "index" and picture.title == chapter.sentences[0]


def test_colours_of_the_workbook_are_white_at_the_whole_and_dots_are_measurable(tmp_path: Path) -> None:
    """The heat map says so, and its cells have to."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = told(rolled=True)
    (picture,) = [p for c in document(content, "en").chapters for p in c.pictures if p.key == "heat_map"]
    with zipfile.ZipFile(write_xlsx(content, tmp_path / "t.xlsx")) as parts:
        book, styles = (ElementTree.fromstring(parts.read(f"xl/{name}.xml")) for name in ("workbook", "styles"))
        at = [e.get("name") for e in book.iter(f"{{{main}}}sheet")].index("By construct") + 1
        sheet = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{at}.xml"))
    forms = {e.get("numFmtId"): e.get("formatCode") for e in styles.iter(f"{{{main}}}numFmt")}
    cells = [e.get("numFmtId") for e in styles.iterfind(f"{{{main}}}cellXfs/*")]
    shown = [forms.get(cells[int(c.get("s", 0))], "") for c in sheet.iter(f"{{{main}}}c")
             if c.get("t") is None and c.find(f"{{{main}}}v") is not None]  # fmt: skip
    assert sum("•" in form and "_•" not in form for form in shown) == int(picture.data["sure"].sum()) > 0
    middles = [[float(v.get("val", "nan")) for v in scale.iter(f"{{{main}}}cfvo")][1]
               for scale in sheet.iter(f"{{{main}}}colorScale")]  # fmt: skip
    whole = (picture.data["index"] - picture.data["distance"]).groupby(picture.data["construct"], sort=False).median()
    assert middles == pytest.approx(whole.tolist())


def test_paths_of_waves_are_tables_of_documents(story: Content) -> None:
    row = {"from": "2025", "to": "2026", "source": "Quality", "target": "Satisfaction", "before": 0.5, "after": 0.6,
           "change": 0.1, "se": 0.02, "df": np.inf, "low": 0.06, "high": 0.14, "p": 0.001, "p_adj": 0.002,
           "different": True, "status": "ok"}  # fmt: skip
    content = replace(story, tables={**story.tables, "wave_path_changes": pd.DataFrame([row])})
    found = [t for t in document(content, "en").tables if t.title == "Changes of paths of all respondents"]
    assert len(found) == 1 and found[0].table is not None
    cells = [cell.text for cell in found[0].table.rows[0]]
    assert "0.100" in cells or "+0.100" in cells
    for n in (250, 1200):  # more than a document holds, more than a page does
        many = replace(content, tables={**story.tables, "wave_path_changes": pd.DataFrame([row] * n)})
        (long,) = [t for t in document(many, "en").tables if t.title == found[0].title]
        assert long.table is None and long.said.replace(",", "").startswith(f"{n} rows")
