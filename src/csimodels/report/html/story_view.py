"""The story as the page shows it: sentences in words, figures for wide and narrow screens, their data to copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from csimodels.report.content import Content
from csimodels.report.escaping import clean, safe_cell
from csimodels.report.figures.picture import SIZES, Picture
from csimodels.report.figures.scene import svg
from csimodels.report.formatting import sentence
from csimodels.report.html.table_views import Lang
from csimodels.report.story.section import Card, Section
from csimodels.report.story.story import story

#: Width of a drawing on a telephone, in pixels: there it is shown as it is drawn, not smaller.
_NARROW = 354.0


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure: what it says, the drawing for wide and for narrow screens, and its data as CSV."""

    key: str
    title: str
    subtitle: str
    caption: str
    wide: str
    narrow: str
    csv: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of the story in one language; the first sentence is its finding."""

    key: str
    title: str
    lead: str
    sentences: tuple[str, ...]
    figures: tuple[FigureView, ...]
    cards: tuple[Card, ...]
    small: tuple[str, ...]


def story_view(content: Content, lang: Lang) -> tuple[SectionView, ...]:
    """Every section of the story of `content`."""
    return tuple(_section(section, lang) for section in story(content, lang))


def _section(section: Section, lang: Lang) -> SectionView:
    first, *rest = (clean(lang.say(text)) for text in section.sentences)
    figures = tuple(figure_view(picture) for picture in section.pictures)
    small = tuple(sentence(clean(lang.say(text))) for text in section.small)
    return SectionView(section.key, clean(lang.say(section.title)), first, tuple(rest), figures, section.cards, small)


def figure_views(pictures: Iterable[Picture]) -> tuple[FigureView, ...]:
    """Several figures of one kind; each after the first has its number in its key, which links go to."""
    named = (replace(p, key=p.key if not k else f"{p.key}_{k + 1}") for k, p in enumerate(pictures))
    return tuple(map(figure_view, named))


def figure_view(picture: Picture) -> FigureView:
    """A figure for the page, whose style sheet has the colours."""
    wide, narrow = (svg(picture.plot(width), "", picture.lang, picture.title) for width in (SIZES["page"], _NARROW))
    table = picture.data.map(safe_cell).to_csv(index=False, lineterminator="\n", float_format="%.10g")
    return FigureView(picture.key, picture.title, picture.subtitle, picture.caption, wide, narrow, clean(table))
