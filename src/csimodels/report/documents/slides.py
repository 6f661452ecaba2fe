"""The report as slides, 16:9: one finding a slide, charts that can be edited where there are any, speaker notes."""

from __future__ import annotations

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
from csimodels.report.documents.package import LANGUAGES, write_package
from csimodels.report.documents.painting import png
from csimodels.report.figures import style
from csimodels.report.figures.geometry import wrap
from csimodels.report.figures.picture import SIZES, Picture

if TYPE_CHECKING:
    from pptx.presentation import Presentation

_DPI = 200.0
_WIDE, _HIGH = 13.333, 7.5
_LEFT, _TOP, _ROOM = 0.6, 1.65, 4.95
#: Inches of a further line of the subtitle, and of a line below a low figure.
_SUBTITLE, _LINE = 0.2, 0.28
#: Sentences of a section that needs no slide of its own where there is no figure.
_BARE = 3
#: Inches of short lists beside a chart.
_ASIDE = 3.9
#: Pixels across which a low figure is drawn instead, the widest first.
_NARROWER = (960.0, 840.0, 720.0)
#: Sizes of a title and the lines of each that stand above the subtitle.
_HEADS = ((26, 2), (22, 2), (18, 3), (15, 4))
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
    deck.slide_width, deck.slide_height = (pptx.util.Inches(side) for side in (_WIDE, _HIGH))
    slides = _Slides(deck, told)
    slides.cover()
    for chapter in (*_gathered(told), *_beside_tables(told)):
        slides.chapter(chapter)
    return write_package(deck, told, Path(path))


class _Slides:
    """Puts the story on slides."""

    def __init__(self, deck: Presentation, told: Document) -> None:
        self.deck, self.told, self.shown = deck, told, list[pd.DataFrame]()
        self.head, self.plain = deck.slide_layouts[5], deck.slide_layouts[6]

    def cover(self) -> None:
        """Title, what the survey holds, and the headline."""
        slide, cover = self.deck.slides.add_slide(self.plain), self.told.cover
        wide = _WIDE - 2 * _LEFT
        if cover.logo:
            from pptx.util import Inches

            place = (_LEFT, 0.5, *cover.logo.fitted(3.0, 0.9))
            made = slide.shapes.add_picture(BytesIO(cover.logo.data), *(Inches(side) for side in place))
            made._element.xpath(".//p:cNvPr")[0].set("descr", cover.institute or self.told.title)
        self.box(slide, (_LEFT, 1.9, wide, 1.6), self.told.title, 40, cover.color, bold=True)
        if cover.said:
            self.box(slide, (_LEFT, 6.5, wide, 0.5), " · ".join(cover.said), 14, style.MUTED)
        self.box(slide, (_LEFT, 3.9, wide, 0.5), " · ".join(self.told.subtitle), 16, style.MUTED)
        first = self.told.chapters[0].sentences if self.told.chapters else ()
        if first:
            self.box(slide, (_LEFT, 4.7, wide, 0.9), first[0], 22, style.INK)
        if len(first) > 1:  # that the result is flagged, or the first of its kind
            self.box(slide, (_LEFT, 5.6, wide, 0.7), first[1], 16, style.INK)
        slide.notes_slide.notes_text_frame.text = "\n".join([self.told.title, *first, *self.told.notes])

    def chapter(self, chapter: Chapter) -> None:
        """A slide for each figure of a section; one of words where it has none."""
        if not chapter.pictures:
            self.words(chapter)
        for k, picture in enumerate(chapter.pictures):
            if self.shows(picture):
                continue
            finding = chapter.sentences[0] if k == 0 else picture.title
            slide = self.slide(finding, chapter)
            down = _SUBTITLE * (len(wrap(picture.subtitle, 13, 72 * (_WIDE - 2 * _LEFT - 0.2), 4)) - 1)
            aside = _ASIDE if k == 0 and chapter.cards and native.can(picture) else 0.0
            room = (_LEFT, _TOP + down, _WIDE - 2 * _LEFT - aside, _ROOM - down)
            left = 0.0
            if not native.draw(slide, picture, room, self.told.lang.label):
                below = [*chapter.sentences[1:], *_listed(chapter), *chapter.small] if k == 0 else []
                left = self.image(slide, picture, room, centred=not below)
            slide.shapes[-1]._element.xpath(".//p:cNvPr")[0].set("descr", described(picture))
            if aside:
                self.cards(slide, chapter, (_WIDE - _LEFT - aside + 0.3, _TOP, aside - 0.3, _ROOM))
            elif k == 0 and left:
                self.rest(slide, chapter, _TOP + _ROOM - left)
            self.box(slide, (_LEFT, 1.25, _WIDE - 2 * _LEFT, 0.4), self.measure(picture), 13, style.MUTED)
            self.box(slide, (_LEFT, 6.8, _WIDE - 2 * _LEFT, 0.5), picture.caption, 10, style.MUTED)

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

    def slide(self, finding: str, chapter: Chapter) -> Any:
        """An empty slide whose title is a finding, with everything that the section says in the notes."""
        from pptx.util import Inches, Pt

        slide = self.deck.slides.add_slide(self.head)
        title = slide.shapes.title
        title.left, title.top, title.width, title.height = (
            Inches(side) for side in (_LEFT, 0.3, _WIDE - 2 * _LEFT, 0.95)
        )
        frame = title.text_frame
        frame.word_wrap, frame.text = True, finding
        size = next((size for size, most in _HEADS if _lines(finding, size) <= most), 13)
        self.style(frame, size, self.told.cover.color, bold=True)
        for paragraph in frame.paragraphs:
            paragraph.font.size = Pt(size)
            paragraph.alignment = 1
        lines = [chapter.title, *chapter.sentences, *_listed(chapter), *chapter.small]
        slide.notes_slide.notes_text_frame.text = "\n".join(lines)
        return slide

    def words(self, chapter: Chapter) -> None:
        """A slide of sentences and short lists."""
        slide = self.slide(chapter.sentences[0], chapter)
        lines = list(chapter.sentences[1:])
        if lines:
            self.box(slide, (_LEFT, _TOP, _WIDE - 2 * _LEFT, _ROOM / 2), "\n".join(lines), 18, style.INK)
        wide, top = (_WIDE - 2 * _LEFT) / max(1, len(chapter.cards)), _TOP + 0.4 * len(lines) + 0.3
        for k, card in enumerate(chapter.cards):
            place = (_LEFT + k * wide, top, wide - 0.2, _TOP + _ROOM - top)
            self.cards(slide, replace(chapter, cards=(card,)), place, 18)

    def cards(self, slide: Any, chapter: Chapter, place: tuple[float, float, float, float], size: float = 14) -> None:
        """The short lists of a section, one below the other, each under its title."""
        from pptx.util import Pt

        lines = []
        for card in chapter.cards:
            lines += [card.title, *(f"{e.name}  {e.value} {e.beside}".rstrip() for e in card.entries), ""]
        self.box(slide, place, "\n".join(lines[:-1]), size, style.INK)
        titles = {card.title for card in chapter.cards}
        for paragraph in slide.shapes[-1].text_frame.paragraphs:
            for run in paragraph.runs:
                run.font.bold = run.text in titles
            paragraph.space_after = Pt(3)

    def rest(self, slide: Any, chapter: Chapter, top: float) -> None:
        """What else a section says, as far as a figure leaves room for it."""
        lines, wide, room = [], _WIDE - 2 * _LEFT, _TOP + _ROOM - top - 0.3
        for line in (*chapter.sentences[1:], *_listed(chapter), *chapter.small):
            room -= _LINE * len(wrap(line, 16, 72 * (wide - 0.2), 9))
            if room < 0:
                break
            lines.append(line)
        if lines:
            self.box(slide, (_LEFT, top + 0.3, wide, _TOP + _ROOM - top - 0.3), "\n".join(lines), 16, style.INK)

    def image(
        self, slide: Any, picture: Picture, room: tuple[float, float, float, float], *, centred: bool = False
    ) -> float:
        """The drawing as a picture in a box of the slide; returns how much of its height it leaves."""
        from pptx.util import Inches

        left, top, wide, high = room
        made, width, height = png(picture, _drawn_wide(picture, wide, high), _DPI)
        scale = min(wide / width, high / height)
        down = 0.35 * (high - scale * height) if centred else 0.0
        place = (left + (wide - scale * width) / 2, top + down, scale * width, scale * height)
        slide.shapes.add_picture(made, *(Inches(side) for side in place))
        return high - scale * height

    def box(self, slide: Any, place: tuple[float, float, float, float], words: str, size: float, colour: str,
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
    return len(wrap(finding, 1.13 * size, 72 * (_WIDE - 2 * _LEFT - 0.2), 9))


def _listed(chapter: Chapter) -> list[str]:
    """The short lists of a section, one line a list."""
    entries = [(card.title, [f"{e.name} {e.value} {e.beside}".strip() for e in card.entries]) for card in chapter.cards]
    return [f"{title}: {'; '.join(said)}" for title, said in entries]


def _gathered(told: Document) -> list[Chapter]:
    """The sections, those of a sentence or two without figures and lists on one slide, where the first of them is."""
    bare = [c for c in told.chapters if not (c.pictures or c.cards) and len(c.sentences) <= _BARE]
    if len(bare) < 2:
        return list(told.chapters)
    colon, space = (told.lang.tr(": "), "" if told.lang.code == "zh" else " ")
    rest = [f"{c.title}{colon}{space.join(c.sentences)}" for c in bare[1:]]
    small = tuple(dict.fromkeys(line for c in bare for line in c.small))
    first = replace(bare[0], sentences=(*bare[0].sentences, *rest), small=small)
    return [first if c is bare[0] else c for c in told.chapters if c not in bare[1:]]


def _beside_tables(told: Document) -> list[Chapter]:
    """Figures that stand among the researchers' tables, as sections."""
    return [Chapter("", titled.title, (titled.picture.title,), (titled.picture,), (), (titled.said,))
            for titled in told.tables if titled.picture is not None]  # fmt: skip


def _east_asia(properties: Any) -> None:
    """The font of Chinese letters, which stands behind the colour."""
    from pptx.oxml.ns import qn

    font = properties.makeelement(qn("a:ea"), {"typeface": _EAST_ASIA})
    properties.append(font)
