"""The story as the page shows it: sentences in words, figures for wide and narrow screens, their data to copy."""

from __future__ import annotations

from dataclasses import dataclass

from csimodels.report.content import Content
from csimodels.report.escaping import clean, safe_cell
from csimodels.report.figures import style
from csimodels.report.figures.picture import SIZES, Picture
from csimodels.report.figures.scene import THEMES, svg
from csimodels.report.formatting import sentence
from csimodels.report.html.table_views import Lang
from csimodels.report.story.section import Card, Section
from csimodels.report.story.story import story


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


#: Colours of drawings that are made for paper, and the variables of the page that stand for them.
_VARIABLES = {
    **{f'"{value}"': f'"var(--{name})"' for name, value in THEMES["light"].items() if name != "on-accent"},
    f'"{style.PAPER}"': '"var(--paper)"', '"#7b8791"': '"var(--muted)"', '"#5b9bb8"': '"var(--q-overkill)"',
    '"#fbfcfd"': '"var(--band)"', '"#a9b4bd"': '"var(--ghost)"', '"#d5e6ef"': '"var(--on-accent)"',
}  # fmt: skip


def themed(drawing: str) -> str:
    """SVG text whose colours follow the theme of the page."""
    for colour, variable in _VARIABLES.items():
        drawing = drawing.replace(colour, variable)
    return drawing


def figure_view(picture: Picture) -> FigureView:
    """A figure for the page, whose style sheet has the colours."""
    wide, narrow = (svg(picture.plot(SIZES[size]), "", picture.lang, picture.title) for size in ("page", "column"))
    table = picture.data.map(safe_cell).to_csv(index=False, lineterminator="\n", float_format="%.10g")
    return FigureView(picture.key, picture.title, picture.subtitle, picture.caption, wide, narrow, clean(table))
