"""The report as slides, 16:9: one finding a slide, charts that can be edited where there are any, speaker notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from csimodels.errors import MissingExtraError
from csimodels.messages import Message
from csimodels.report.content import Content
from csimodels.report.documents import native
from csimodels.report.documents.document import Chapter, Document, described, document
from csimodels.report.documents.native import Place
from csimodels.report.documents.package import LANGUAGES, write_package
from csimodels.report.documents.painting import png
from csimodels.report.documents.slide_words import (
    AFTER,
    HIGH,
    LEFT,
    ROOM,
    TOP,
    WIDE,
    Said,
    blocks,
    gathered,
    height,
    listed,
    of_cards,
    unsaid,
)
from csimodels.report.figures import style
from csimodels.report.figures.geometry import wrap
from csimodels.report.figures.picture import SIZES, Picture

if TYPE_CHECKING:
    from pptx.presentation import Presentation

_DPI = 200.0
#: Inches of a further line of the subtitle.
_SUBTITLE = 0.2
#: Inches between a figure and what is said below it.
_GAP = 0.3
#: Inches of short lists beside a chart.
_ASIDE = 3.9
#: Pixels across which a low figure is drawn instead, the widest first.
_NARROWER = (960.0, 840.0, 720.0, 600.0)
#: Sizes of a title and the lines of each that stand above the subtitle.
_HEADS = ((26, 2), (22, 2), (18, 3), (15, 4))
#: Sizes of text that fills a slide, the largest that has room; below a figure; beside one.
_FILLING, _BELOW, _BESIDE = (24, 22, 20, 18, 16, 14, 12, 10), (20, 18, 16), (14, 13, 12, 11, 10, 9)
#: Size of the number of the year, and its part of the slide.
_NUMBER, _PART = 115, 0.4 * WIDE
_EAST_ASIA = "Microsoft YaHei"


def write_pptx(content: Content, path: str | Path, lang: str = "en") -> Path:
    """Write the report as slides.

    Parameters
    ----------
    content : Content
    path : str or Path
    lang : ``"en"`` or ``"zh"``

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    MissingExtraError
        python-pptx is not installed.
    """
    try:
        import pptx
    except ImportError:
        raise MissingExtraError("python-pptx", "pptx", "the slides") from None
    told = document(content, lang)
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = (pptx.util.Inches(side) for side in (WIDE, HIGH))
    slides = _Slides(deck, told)
    slides.cover()
    for chapters in (*gathered(told), *([chapter] for chapter in _beside_tables(told))):
        slides.chapters(chapters)
    return write_package(deck, told, Path(path))


class _Slides:
    """Puts the story on slides."""

    def __init__(self, deck: Presentation, told: Document) -> None:
        self.deck, self.told, self.shown = deck, told, list[pd.DataFrame]()
        self.lang, self.said = told.lang, set[str]()  # lines that the slides of a section show
        self.head = deck.slide_layouts[5]

    def cover(self) -> None:
        """Title, what the survey holds, and the headline."""
        slide, cover = self.deck.slides.add_slide(self.head), self.told.cover
        wide = WIDE - 2 * LEFT
        if cover.logo:
            from pptx.util import Inches

            place = (LEFT, 0.5, *cover.logo.fitted(3.0, 0.9))
            made = slide.shapes.add_picture(BytesIO(cover.logo.data), *(Inches(side) for side in place))
            made._element.xpath(".//p:cNvPr")[0].set("descr", cover.institute or self.told.title)
        self.title(slide, (LEFT, 1.9, wide, 1.6), self.told.title, 40)
        if cover.said:
            self.box(slide, (LEFT, 6.5, wide, 0.5), " · ".join(cover.said), 14, style.MUTED)
        self.box(slide, (LEFT, 3.9, wide, 0.5), " · ".join(self.told.subtitle), 16, style.MUTED)
        first = self.told.chapters[0].sentences if self.told.chapters else ()
        if first:
            self.box(slide, (LEFT, 4.7, wide, 0.9), first[0], 22, style.INK)
        if len(first) > 1:  # that the result is flagged, or the first of its kind
            self.box(slide, (LEFT, 5.6, wide, 0.7), first[1], 16, style.INK)
        slide.notes_slide.notes_text_frame.text = "\n".join([self.told.title, *first, *self.told.notes])

    def chapters(self, chapters: Sequence[Chapter]) -> None:
        """A slide for each figure of a section; one of words for sections that have none."""
        chapter = _native(chapters[0])
        self.said = set()
        if not chapter.pictures:
            self.words(chapters)
        for k, picture in enumerate(chapter.pictures):
            if self.shows(picture):
                continue
            finding = chapter.sentences[0] if k == 0 else picture.title
            slide = self.slide(finding, chapter, self.measure(picture), picture.caption)
            self.figure(slide, picture, chapter, first=k == 0)
            self.box(slide, (LEFT, 1.25, WIDE - 2 * LEFT, 0.4), self.measure(picture), 13, style.MUTED)
            self.box(slide, (LEFT, 6.8, WIDE - 2 * LEFT, 0.5), self.source(picture, chapter), 10, style.MUTED)

    def figure(self, slide: Any, picture: Picture, chapter: Chapter, *, first: bool) -> None:
        """A figure, and with the first of a section what else it says, as far as there is room."""
        down = _SUBTITLE * (len(wrap(picture.subtitle, 13, 72 * (WIDE - 2 * LEFT - 0.2), 4)) - 1)
        can, beside = native.can(picture), first and bool(chapter.cards)
        aside = _ASIDE if beside and can else 0.0
        room = (LEFT, TOP + down, WIDE - 2 * LEFT - aside, ROOM - down)
        wish = height(self.below(chapter), _BELOW[-1], room[2]) + _GAP if first and self.below(chapter) else 0.0
        left = min(wish, max(0.0, room[3] - native.needs(picture))) if can and not aside else 0.0
        if not native.draw(slide, picture, (*room[:3], room[3] - left), self.lang.label):
            left = self.image(slide, picture, room, wish)
        slide.shapes[-1]._element.xpath(".//p:cNvPr")[0].set("descr", described(picture))
        if aside:
            self.lines(slide, (WIDE - LEFT - aside + 0.3, TOP, aside - 0.3, ROOM), of_cards(chapter), _BESIDE)
        elif first and left:
            self.rest(slide, chapter, TOP + ROOM - left)

    def shows(self, picture: Picture) -> bool:
        """Whether an earlier slide has a chart of the same numbers, such as the course of a study without levels."""
        if not native.can(picture):
            return False
        known = any(picture.data.equals(data) for data in self.shown)
        self.shown.append(picture.data)
        return known

    def measure(self, picture: Picture) -> str:
        """What a figure measures, and how much of a long table its chart shows."""
        rows = len(picture.data)
        if not native.cut(picture):
            return picture.subtitle
        text = Message("the first {some} and the last {some} of {all}", some=native.ENDS, all=rows)
        return f"{picture.subtitle} · {self.told.lang.say(text)}"

    def source(self, picture: Picture, chapter: Chapter) -> str:
        """Where a figure comes from, and that the notes say more than the slides of its section up to this one."""
        if not unsaid(chapter, self.said, self.lang):
            return picture.caption
        return f"{picture.caption} · {self.lang.tr('more in the notes')}"

    def slide(self, finding: str, chapter: Chapter, *about: str) -> Any:
        """An empty slide whose title is a finding; its notes say all of the section, measure and source of a figure."""
        slide = self.deck.slides.add_slide(self.head)
        size = next((size for size, most in _HEADS if _lines(finding, size) <= most), 13)
        self.title(slide, (LEFT, 0.3, WIDE - 2 * LEFT, 0.95), finding, size)
        self.said.add(finding)
        lines = [chapter.title, *chapter.sentences, *listed(chapter, self.lang), *chapter.small, *about]
        slide.notes_slide.notes_text_frame.text = "\n".join(lines)
        return slide

    def title(self, slide: Any, place: Place, words: str, size: float) -> None:
        """The title of a slide, which its outline shows."""
        from pptx.util import Inches, Pt

        title = slide.shapes.title
        title.left, title.top, title.width, title.height = (Inches(side) for side in place)
        frame = title.text_frame
        frame.word_wrap, frame.text = True, words
        self.style(frame, size, self.told.cover.color, bold=True)
        for paragraph in frame.paragraphs:
            paragraph.font.size = Pt(size)
            paragraph.alignment = 1

    def words(self, chapters: Sequence[Chapter]) -> None:
        """A slide of sentences and short lists; beside those of the year stands its number."""
        chapter = replace(chapters[0], small=tuple(dict.fromkeys(line for c in chapters for line in c.small)))
        slide = self.slide(chapter.sentences[0], chapter)
        left = LEFT
        if chapter.key == "year" and self.told.number:
            left += _PART
            place = (LEFT, 2.4, _PART - 0.4, 2.0)
            self.box(slide, place, self.told.number, _NUMBER, self.told.cover.color, bold=True)
            self.box(slide, (LEFT, 4.5, _PART - 0.4, 0.5), self.told.limits, 20, style.MUTED)
        self.lines(slide, (left, TOP, WIDE - LEFT - left, ROOM), blocks(chapters), _FILLING)
        if len(chapters) > 1:
            notes, more = slide.notes_slide.notes_text_frame, chapters[1:]
            lines = [line for c in more for line in (c.title, *c.sentences, *listed(c, self.lang))]
            notes.text = "\n".join([notes.text, *lines])

    def lines(self, slide: Any, place: Place, lines: Sequence[Said], sizes: Sequence[int]) -> None:
        """Lines, titles in bold, in the largest of `sizes` that has room."""
        from pptx.util import Pt

        if not lines:
            return
        size = next((s for s in sizes if height(lines, s, place[2]) <= place[3]), sizes[-1])
        self.said |= {text for text, _ in lines}
        self.box(slide, place, "\n".join(text for text, _ in lines), size, style.INK)
        for paragraph, (_, bold) in zip(slide.shapes[-1].text_frame.paragraphs, lines, strict=True):
            paragraph.space_after = Pt(AFTER * size)
            for run in paragraph.runs:
                run.font.bold = bold

    def rest(self, slide: Any, chapter: Chapter, top: float) -> None:
        """What else a section says, as far as a figure leaves room for it."""
        wide, high = WIDE - 2 * LEFT, TOP + ROOM - top - _GAP
        place, lines = (LEFT, top + _GAP, wide, high), self.below(chapter, listed_down=True)
        if height(lines, _BELOW[-1], wide) > high:
            lines = self.below(chapter)
        while lines and height(lines, _BELOW[-1], wide) > high:
            lines.pop()
        self.lines(slide, place, lines, _BELOW)

    def below(self, chapter: Chapter, *, listed_down: bool = False) -> list[Said]:
        """What a section says below its figure: its short lists one line a list, or an entry a line."""
        lists = of_cards(chapter) if listed_down else [(line, False) for line in listed(chapter, self.lang)]
        return [*((line, False) for line in chapter.sentences[1:]), *lists, *((line, False) for line in chapter.small)]

    def image(self, slide: Any, picture: Picture, room: Place, below: float) -> float:
        """The drawing as a picture in a box of the slide, a low one so that `below` inches are left; returns how much
        of its height it leaves."""
        from pptx.util import Inches

        left, top, wide, high = room
        made, width, tall = png(picture, _drawn_wide(picture, wide, high - below), _DPI, (high - below) / wide)
        scale = min(wide / width, high / tall)
        down = 0.0 if below else 0.35 * (high - scale * tall)
        place = (left + (wide - scale * width) / 2, top + down, scale * width, scale * tall)
        slide.shapes.add_picture(made, *(Inches(side) for side in place))
        return high - scale * tall

    def box(self, slide: Any, place: Place, words: str, size: float, colour: str,
            *, bold: bool = False) -> None:  # fmt: skip
        """Text in a box: left, top, width, height in inches."""
        from pptx.util import Inches

        frame = slide.shapes.add_textbox(*(Inches(side) for side in place)).text_frame
        frame.word_wrap, frame.text = True, words
        self.style(frame, size, colour, bold=bold)

    def style(self, frame: Any, size: float, colour: str, *, bold: bool = False) -> None:
        """Size, colour and fonts of the text in a frame."""
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        for paragraph in frame.paragraphs:
            for run in paragraph.runs:
                run.font.size, run.font.bold = Pt(size), bold
                run.font.color.rgb = RGBColor.from_string(colour[1:].upper())
                properties = run._r.get_or_add_rPr()
                properties.set("lang", LANGUAGES[self.told.lang.code])
                _east_asia(properties)


def _native(chapter: Chapter) -> Chapter:
    """A section without what is said of our own drawing where PowerPoint draws its chart."""
    if not any(map(native.can, chapter.pictures)):
        return chapter
    return replace(chapter, small=tuple(line for line in chapter.small if line not in chapter.drawn))


def _drawn_wide(picture: Picture, wide: float, high: float) -> float:
    """Pixels across which a figure is drawn: of a low one fewer, so that it fills the slide with larger letters."""
    best = SIZES["slide"]
    for width in _NARROWER:
        if picture.plot(width).height * wide / width > high:
            return best
        best = width
    return best


def _lines(finding: str, size: float) -> int:
    """Lines of a finding as the title of a slide: bold letters are some eighth wider, and a frame has margins."""
    return len(wrap(finding, 1.13 * size, 72 * (WIDE - 2 * LEFT - 0.2), 9))


def _beside_tables(told: Document) -> list[Chapter]:
    """Figures that stand among the researchers' tables, as sections."""
    return [Chapter("", titled.title, (titled.picture.title,), (titled.picture,), (), (titled.said,))
            for titled in told.tables if titled.picture is not None]  # fmt: skip


def _east_asia(properties: Any) -> None:
    """The font of Chinese letters, which stands behind the colour."""
    from pptx.oxml.ns import qn

    font = properties.makeelement(qn("a:ea"), {"typeface": _EAST_ASIA})
    properties.append(font)
