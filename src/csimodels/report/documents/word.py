"""The story as a Word document: native headings, captions and tables, figures with alternative text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csimodels.errors import MissingExtraError
from csimodels.report.content import Content
from csimodels.report.documents.documents import Book, Chapter, book_of, describe, drawn, without_clock
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.picture import Picture
from csimodels.report.html.sections import index_view
from csimodels.report.html.table_views import TableView

_WIDTH_CM = 16.5
_DPI = 200
_EAST = {"zh": "SimSun", "en": "SimSun"}


def write_docx(content: Content, path: str | Path, lang: str = "en") -> Path:
    """Write the story in one language to a Word document.

    Raises
    ------
    MissingExtraError
        python-docx is not installed.
    """
    try:
        import docx
        from docx.shared import Cm, Pt, RGBColor
    except ImportError:
        raise MissingExtraError("python-docx", "docx", "writing a Word document") from None
    book, target = book_of(content, lang, "page"), Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    document = docx.Document()
    for section in document.sections:
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
        section.top_margin, section.bottom_margin = Cm(2.0), Cm(2.2)
    _fonts(document, lang, (Pt, RGBColor))
    describe(document.core_properties, book)
    document.add_heading(book.title, 0)
    for note in book.notes:
        document.add_paragraph(note, style="Intense Quote")
    for chapter in book.chapters:
        _chapter(document, chapter, book, Cm)
    document.add_heading(book.tell.tr("Indices of all constructs"), 1)
    _table(document, index_view(content, book.tell))
    _numbered(document)
    document.save(str(target))
    without_clock(target, book.created)
    return target


def _fonts(document: Any, lang: str, units: tuple[Any, Any]) -> None:
    """One face for Latin letters and one for Chinese, in every style that is used."""
    from docx.oxml.ns import qn

    points, colour = units
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption", "Intense Quote"):
        font = document.styles[name].font
        font.name = "Arial"
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(kind), None)
        fonts.set(qn("w:eastAsia"), _EAST[lang])
        if name not in ("Normal", "Caption"):
            font.color.rgb = colour.from_string(style.ACCENT[1:].upper())
    document.styles["Normal"].font.size = points(10.5)
    document.styles["Caption"].font.size = points(8.5)


def _chapter(document: Any, chapter: Chapter, book: Book, cm: Any) -> None:
    document.add_heading(chapter.title, 1)
    first, *rest = chapter.sentences
    document.add_paragraph().add_run(first).bold = True
    if rest:
        document.add_paragraph(("" if book.tell.code == "zh" else " ").join(rest))
    with drawn(chapter.pictures, _DPI) as files:
        for picture, file in zip(chapter.pictures, files, strict=True):
            shape = document.add_picture(str(file), width=cm(_WIDTH_CM))
            _told(shape, picture)
    for card in chapter.cards:
        document.add_heading(card.title, 2)
        table = document.add_table(rows=0, cols=2)
        for entry in card.entries:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = entry.name, f"{entry.value} {entry.beside}".strip()
    for text in chapter.small:
        document.add_paragraph(text, style="Caption")


def _told(shape: Any, picture: Picture) -> None:
    """Alternative text of a picture: its finding, and what it measures."""
    about = shape._inline.docPr
    about.set("descr", clean(f"{picture.title} {picture.subtitle}"))
    about.set("title", picture.title)


def _table(document: Any, view: TableView) -> None:
    """A table of the page as a native one, its heading repeated on every page."""
    from docx.oxml import OxmlElement

    keep = [k for k, column in enumerate(view.columns) if column.kind != "mark"]
    table = document.add_table(rows=1, cols=len(keep), style="Light List Accent 1")
    for cell, k in zip(table.rows[0].cells, keep, strict=True):
        cell.text = view.columns[k].title
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in view.rows:
        for cell, k in zip(table.add_row().cells, keep, strict=True):
            cell.text = row[k].text


def _numbered(document: Any) -> None:
    """Number of the page in the footer, as a field."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = document.sections[0].footer.paragraphs[0].add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
