"""The report as a Word document: native headings, captions with numbers, tables whose head repeats, A4."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csimodels.errors import DataError, MissingExtraError, Problem
from csimodels.i18n import N_
from csimodels.report.brand import Logo
from csimodels.report.content import Content
from csimodels.report.documents import word_parts as parts
from csimodels.report.documents.column_widths import shown, unbroken, widths
from csimodels.report.documents.document import (
    Chapter,
    Document,
    Titled,
    arranged,
    captioned,
    described,
    document,
    in_a_line,
)
from csimodels.report.documents.package import write_package
from csimodels.report.documents.painting import png
from csimodels.report.documents.word_styles import of_the_house, our_own
from csimodels.report.figures.picture import Picture
from csimodels.report.html.table_views import TableView
from csimodels.spec import template_path

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

_DPI, _INCH = 200.0, 914_400
_HIGH = 7.6  # inches of the highest figure
#: Letters of a table in one line of so many millimetres, and in the letters of a house: most are wider than ours.
_ROOM, _OF_A_HOUSE, _ACROSS = {"en": 72.0, "zh": 64.0}, 58.0, 170.0
#: Points of the smallest letters of a table: in our own document, and in a house's, whose pages may be narrow.
_LEAST = (7.0, 5.5)
_BELOW = 1.2  # inches of what stands below the highest figure
_TOGETHER = 4  # rows that stay with the head of their table
#: Words of captions: names of the numbers that Word counts, and what stands before these.
CAPTIONS = (N_("Figure"), N_("Table"))


def write_docx(content: Content, path: str | Path, lang: str = "en") -> Path:
    """Write the report as a Word document.

    Parameters
    ----------
    content : Content
        The template that its model names gives styles, page and header; its text is left out.
    path : str or Path
    lang : ``"en"`` or ``"zh"``

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingExtraError
        python-docx is not installed.
    DataError
        The template is no Word document.
    """
    told, template = document(content, lang), template_path(content.model)
    word = _opened(template, told.cover.color)
    paper = _Paper(word, told, house=template is not None)
    paper.cover()
    for chapter in told.chapters:
        paper.chapter(chapter)
    paper.researchers()
    return write_package(word, told, Path(path))


def _opened(template: Path | None, colour: str) -> WordDocument:
    try:
        import docx
        from docx.opc.exceptions import PackageNotFoundError
    except ImportError:
        raise MissingExtraError("python-docx", "docx", "the Word document") from None
    if template is None:
        word = docx.Document()
        our_own(word, colour)
        return word
    try:
        word = docx.Document(str(template))
    except (PackageNotFoundError, KeyError, ValueError, OSError):
        what = "the template is no Word document that can be read"
        raise DataError(Problem(what, str(template), remedy="save it from Word as .docx")) from None
    body = word.element.body
    for element in list(body):
        if not element.tag.endswith("}sectPr"):
            body.remove(element)
    of_the_house(word, colour)
    return word


class _Paper:
    """Puts the parts of a document onto the paper, one below the other."""

    def __init__(self, word: WordDocument, told: Document, *, house: bool = False) -> None:
        self.word, self.told, self.tr, self.house = word, told, told.lang.tr, house
        self.styles = {s.name for s in word.styles}
        section = word.sections[0]
        self.width: int = section.page_width - section.left_margin - section.right_margin
        self.high = min(_HIGH, (section.page_height - section.top_margin - section.bottom_margin) / _INCH - _BELOW)
        self.bookmarks, self.opens_page = 0, False
        self.counts: dict[str, int] = {}
        self._footer()

    def text(self, words: str, kind: str = "Normal", cell: Any = None) -> Any:
        """A paragraph, of a cell where one is given, in a style, or in the usual one if the template lacks that."""
        return (cell or self.word).add_paragraph(words, style=kind if kind in self.styles else None)

    def heading(self, words: str, level: int, kind: str = "") -> None:
        """A heading that the table of contents leads to; that of a table carries its number."""
        head = self.text("" if kind else words, f"Heading {level}")
        if kind:
            self._numbered(head, kind, words)
        if self.opens_page:  # a break of its own would leave an empty page behind a full one
            head.paragraph_format.page_break_before, self.opens_page = True, False
        self.bookmarks += 1
        parts.bookmark(head, self.bookmarks)

    def cover(self) -> None:
        """Title, what the survey holds, the headline and the contents."""
        told = self.told
        if told.cover.logo:
            self._logo(told.cover.logo)
        self.text(told.title, "Title")
        self.text(" · ".join(told.subtitle), "Subtitle")
        for words in told.cover.said:
            self.text(words)
        heads = [chapter.title for chapter in told.chapters] + [self.tr("Appendix for researchers")]
        self.text(self.tr("Contents"), "TOC Heading")
        listed = self.text("")
        parts.contents(listed, heads, self.tr("For page numbers: click here, then press F9."))
        if self.house:  # which may spread its lines from edge to edge
            listed.alignment = 0
        self.opens_page = True

    def _logo(self, logo: Logo) -> None:
        from docx.shared import Mm

        wide, _ = logo.fitted(60.0, 20.0)
        shape = self.word.add_picture(BytesIO(logo.data), width=Mm(wide))
        parts.no_margins(shape._inline)
        shape._inline.docPr.set("descr", self.told.cover.institute or self.told.title)

    def chapter(self, chapter: Chapter) -> None:
        """A section of the story; its heading and sentences stay on the page of its first figure."""
        self.heading(chapter.title, 1)
        for k, sentence in enumerate(chapter.sentences):
            paragraph = self.text(sentence)
            paragraph.runs[0].bold = k == 0
            paragraph.paragraph_format.keep_with_next = bool(chapter.pictures)
        if chapter.cards:
            self._cards(chapter)
        for beside in arranged(chapter):
            self.figures(beside, (chapter.title, *chapter.sentences))
        for words in chapter.small:
            self.text(words, "Caption")

    def _cards(self, chapter: Chapter) -> None:
        """Short lists beside each other, with room below."""
        lists = [[in_a_line(card, entry) for entry in card.entries] for card in chapter.cards]
        rows = [[column[k] if k < len(column) else "" for column in lists] for k in range(max(map(len, lists)))]
        count = len(lists)
        heads, keep = [card.title for card in chapter.cards], bool(chapter.pictures)
        self._grid(heads, rows, [False] * count, [1.0] * count, size=9, keep=keep)
        if keep:
            self._gap().paragraph_format.keep_with_next = True

    def _gap(self) -> Any:
        """A low empty paragraph below a table: a full line may stand alone on the next page."""
        paragraph = self.text("")
        parts.mark_size(paragraph, 4)
        paragraph.paragraph_format.space_after = 0
        return paragraph

    def figures(self, pictures: Sequence[Picture], before: Sequence[str]) -> None:
        """A figure across the page, or two beside each other."""
        if len(pictures) == 1:
            self.figure(pictures[0], before)
            return
        from docx.shared import Emu

        table, wide = self.word.add_table(1, len(pictures)), self.width // len(pictures)
        table.autofit = False
        parts.narrow_margins(table)
        parts.keep_row(table.rows[0], head=False)
        for picture, cell in zip(pictures, table.rows[0].cells, strict=True):
            cell.width = Emu(wide)
            self.figure(picture, before, (cell, wide - Emu(150_000)))
        self._gap()

    def figure(self, picture: Picture, before: Sequence[str], within: tuple[Any, int] | None = None) -> None:
        """A figure with its caption below; in a cell of some width where one is given."""
        from docx.shared import Inches

        cell, most = within or (None, self.width)
        made, width, height = png(picture, "column" if within else "page", _DPI, Inches(self.high) / most)
        room = min(1.0, most / Inches(width), self.high / height)
        paragraph = self.text("") if cell is None else cell.paragraphs[0]
        shape = paragraph.add_run().add_picture(made, width=Inches(width * room))
        parts.no_margins(shape._inline)
        where = shape._inline.docPr
        where.set("descr", described(picture))
        where.set("title", picture.title)
        paragraph.paragraph_format.keep_with_next = True
        self._caption(captioned(picture, self.told, before), cell)

    def researchers(self) -> None:
        """The tables, the notes and how it was computed."""
        told, tr = self.told, self.tr
        self.opens_page = True
        self.heading(tr("Appendix for researchers"), 1)
        for words in told.notes:
            self.text(words if "List Bullet" in self.styles else f"• {words}", "List Bullet")
        for table in told.tables:
            self._table(table)
        self.heading(tr("How it was computed"), 2)
        self._grid([], [list(pair) for pair in told.facts], [False, False], [1, 2])
        self._gap()
        for words in (told.citation, *told.sources):
            self.text(words, "Caption")

    def _table(self, titled: Titled) -> None:
        self.heading(titled.title, 2, "" if titled.table is None else "Table")
        if titled.table is None:
            self.text(titled.said)
            if titled.picture is not None:
                self.figure(titled.picture, (titled.title, titled.said))
            return
        view: TableView = titled.table
        columns = shown(view)
        rows = [[unbroken(row[k], view.columns[k]) for k in columns] for row in view.rows]
        room = (_OF_A_HOUSE if self.house else _ROOM[self.told.lang.code]) * self.width / (_ACROSS * _INCH / 25.4)
        right, wide = [view.columns[k].kind == "num" for k in columns], widths(view, room)
        size = max(_LEAST[self.house], 7.5 * min(1.0, room / sum(wide)))
        table = self._grid([view.columns[k].title for k in columns], rows, right, wide, size=size)
        if titled.said:
            for cell in table.rows[-1].cells:  # the last row stays with what is said of the table
                cell.paragraphs[0].paragraph_format.keep_with_next = True
            self.text(titled.said, "Caption")

    def _grid(
        self, head: list[str], rows: list[list[str]], right: Sequence[bool], wide: Sequence[float], *,
        size: float = 8.0, keep: bool = False,
    ) -> Any:  # fmt: skip
        """A table whose head stays with some of its rows; all of it with what follows where that is to be kept."""
        from docx.shared import Emu, Pt

        given = [head, *rows] if head else rows
        table = self.word.add_table(len(given), len(given[0]))
        table.autofit = False
        parts.narrow_margins(table)
        every = [Emu(int(self.width * part / sum(wide))) for part in wide]
        for column, width in zip(table.columns, every, strict=True):
            column.width = width
        cells = table._cells  # all at once: asking for them one by one takes long
        for k, (texts, row) in enumerate(zip(given, table.rows, strict=True)):
            for c, words in enumerate(texts):
                cell = cells[k * len(texts) + c]
                cell.width = every[c]
                paragraph = cell.paragraphs[0]
                if words:
                    run = paragraph.add_run(words)
                    parts.sized(run.font, size)
                    run.bold = bool(head) and k == 0
                else:
                    parts.mark_size(paragraph, size)
                paragraph.paragraph_format.space_before = Pt(1)
                paragraph.paragraph_format.space_after = Pt(1)
                paragraph.paragraph_format.keep_with_next = keep or k < _TOGETHER or (k == len(given) - 2)
                if right[c] or self.house:
                    paragraph.alignment = 2 * right[c]
            parts.keep_row(row, head=bool(head) and k == 0)
        if head:
            parts.line_below(cells[: len(head)])
        return table

    def _caption(self, words: str, cell: Any = None) -> None:
        """The caption of a figure with its number."""
        paragraph = self.text("", "Caption", cell)
        self._numbered(paragraph, "Figure", words)
        paragraph.paragraph_format.keep_with_next = False

    def _numbered(self, paragraph: Any, kind: str, words: str) -> None:
        """`words` behind a number that Word counts; `kind` is Figure or Table."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        paragraph.add_run(f"{self.tr(kind)} ")
        parts.field(paragraph, f"SEQ {kind} \\* ARABIC", str(self.counts[kind]))
        paragraph.add_run(f"{self.tr('. ')}{words}")

    def _footer(self) -> None:
        paragraph = self.word.sections[0].footer.paragraphs[0]
        if paragraph.text:  # of the template
            return
        paragraph.add_run(f"{self.told.title}    ")
        parts.field(paragraph, "PAGE", "1")
        paragraph.add_run("\u00a0/\u00a0")
        parts.field(paragraph, "NUMPAGES", "1")
        paragraph.alignment = 2
