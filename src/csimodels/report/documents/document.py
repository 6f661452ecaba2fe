"""What every document holds, in words of one language: the story, the researchers' tables, notes, how it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.brand import Cover, cover_of
from csimodels.report.content import Content
from csimodels.report.documents.column_widths import UNBROKEN
from csimodels.report.escaping import clean, kept_apart
from csimodels.report.figures.picture import SIZES, Picture
from csimodels.report.html.about import citation_of, facts_of, subtitle_of, title_of
from csimodels.report.html.appendix import catalogue_block
from csimodels.report.html.covariance import covariance
from csimodels.report.html.decisions import decisions
from csimodels.report.html.invariance import TITLE, invariance
from csimodels.report.html.measurement import Measured, judged, measurement
from csimodels.report.html.notes import notes_of
from csimodels.report.html.sections import DRIVER_COLUMNS, ITEM_COLUMNS, effects_view, index_view
from csimodels.report.html.table_views import Lang, TableView, lang_of, table_view
from csimodels.report.standing import standing
from csimodels.report.story.map import map_picture
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Card, Entry, Section, in_running_text
from csimodels.report.story.standings import index_picture
from csimodels.report.story.story import story

#: Figures of one section that stand beside each other where their heights are alike, by the beginning of their names.
_PAIRED, _ALIKE = ("link", "levels", "changes", "slope"), 2.0
#: Longer tables stay in the workbook and in the folder of tables.
MANY_ROWS = 200


@dataclass(frozen=True, eq=False)
class Chapter:
    """A section of the story; the first of `sentences` is its finding, `small` says how to read it, of which `drawn`
    holds for our own drawing alone."""

    key: str
    title: str
    sentences: tuple[str, ...]
    pictures: tuple[Picture, ...]
    cards: tuple[Card, ...]
    small: tuple[str, ...]
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Titled:
    """A table under its title, and what is said below it; a figure where it has one stands between.

    `table` is None where it has more than :data:`MANY_ROWS` rows, and where there is nothing but what is said.
    """

    title: str
    table: TableView | None
    said: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, eq=False)
class Document:
    """A report in one language, ready to be laid out.

    Attributes
    ----------
    lang : Lang
    title : str
    subtitle : tuple of str
        Model, respondents, waves, groups.
    chapters : tuple of Chapter
        The managers' part.
    tables : tuple of Titled
        The researchers' part.
    notes : tuple of str
    facts : tuple of (str, str)
        How it was computed.
    citation : str
    sources : tuple of str
    number, limits : str
        The number of the headline and its interval; empty where there is none.
    cover : Cover
        Who publishes it.
    created : datetime or None
        None unless a date was stated: the same input then gives the same bytes.
    """

    lang: Lang
    title: str
    subtitle: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    tables: tuple[Titled, ...]
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    citation: str
    sources: tuple[str, ...]
    number: str
    limits: str
    cover: Cover
    created: datetime | None


def document(content: Content, code: str) -> Document:
    """The report of `content` in the language `code`."""
    lang = lang_of(content, code)
    chapters = tuple(
        Chapter(
            section.key,
            clean(lang.say(section.title)),
            tuple(kept_apart(clean(lang.say(text))) for text in section.sentences),
            (*section.pictures, *_beside(section, content, lang)),
            tuple(_spoken(card, lang) for card in section.cards),
            *(
                tuple(formatting.sentence(clean(lang.say(text))) for text in texts)
                for texts in (section.small, section.drawn)
            ),
        )
        for section in story(content, lang)
    )
    sources = tuple(clean(source) for source in content.model.sources)
    notes = tuple(map(formatting.sentence, notes_of(content, lang)))
    return Document(
        lang, title_of(content, lang), subtitle_of(content, lang), chapters, tuple(_tables(content, lang)),
        notes, facts_of(content, lang), citation_of(content, lang), sources, *_headline(content),
        cover_of(content, lang), content.created,
    )  # fmt: skip


def counted(card: Card) -> bool:
    """Whether every entry of a short list is a number."""
    return all(entry.value[:1] in "+-−±0123456789" and " " not in entry.value for entry in card.entries)


def in_a_line(card: Card, entry: Entry) -> str:
    """An entry of a short list; its number and interval are not broken over lines."""
    value = f"{entry.value} {entry.beside}".strip()
    return f"{entry.name} {value.replace(' ', UNBROKEN) if counted(card) else value}".strip()


def _spoken(card: Card, lang: Lang) -> Card:
    """A short list whose names end in a colon where words stand behind them."""
    card = replace(card, entries=tuple(replace(entry, name=kept_apart(entry.name)) for entry in card.entries))
    if counted(card):
        return card
    names = [lang.say(Message("{name}: {text}", name=entry.name, text="")).rstrip() for entry in card.entries]
    entries = tuple(replace(entry, name=name) for entry, name in zip(card.entries, names, strict=True))
    return replace(card, entries=entries)


def _headline(content: Content) -> tuple[str, str]:
    top = standing(content)
    number, limits = formatting.number(top.index, 1), formatting.interval(top.low, top.high, 1)
    if number == formatting.NONE:
        return "", ""
    return number, "" if limits == formatting.NONE else f"{formatting.level_text(content.level)} {limits}"


def _beside(section: Section, content: Content, lang: Lang) -> tuple[Picture, ...]:
    """What the page shows elsewhere: the indices of a survey without groups, and the importance-performance map among
    the drivers, which there is none of where there is no verdict on any."""
    if section.key == "year" and content.groups is None and len(content.table("index")) > 1:
        finding = clean(lang.say(section.sentences[0]))  # the headline is of the same number: it is said once
        return (replace(index_picture(Reading(content, lang)), title=finding),)
    known = content.drivers["importance"].notna() & content.drivers["performance"].notna()
    if section.key != "satisfies" or not content.bears_verdicts or not known.any():
        return ()
    return (map_picture(Reading(content, lang)),)


def arranged(chapter: Chapter) -> tuple[tuple[Picture, ...], ...]:
    """The figures of a section: each alone, then those in pairs that go beside each other."""
    alike = [picture for picture in chapter.pictures if picture.key.split("_")[0] in _PAIRED]
    high = [picture.plot(SIZES["column"]).height for picture in alike]
    pairs = alike if len(alike) > 1 and max(high) <= _ALIKE * min(high) else []
    alone = [(picture,) for picture in chapter.pictures if picture not in pairs]
    return (*alone, *(tuple(pairs[k : k + 2]) for k in range(0, len(pairs), 2)))


def captioned(picture: Picture, told: Document, said: Sequence[str]) -> str:
    """The caption of a figure: what it finds, where `said` does not hold it already, measure and unit, source."""
    tr = told.lang.tr
    source = in_running_text(picture.caption, tr)
    if kept_apart(picture.title) in said:
        space = "" if told.lang.code == "zh" else " "
        return f"{picture.subtitle}{tr('.')}{space}{source}"
    stop, end = tr("."), "" if picture.title.endswith((".", "。")) else tr(".")
    space = "" if told.lang.code == "zh" else " "
    return f"{picture.title}{end}{space}{picture.subtitle}{stop}{space}{source}"


def described(picture: Picture) -> str:
    """What a figure shows, for readers who hear it."""
    return f"{picture.title} {picture.subtitle}"


def _tables(content: Content, lang: Lang) -> Iterator[Titled]:
    """The researchers' tables that have rows."""
    tr, measured = lang.tr, measurement(content, lang)

    def plain(name: str, columns: Sequence[str]) -> TableView:
        return table_view(content.table(name), name, columns, lang)

    found: list[tuple[str, TableView | Measured | None]] = [
        (tr("Indices of all constructs"), index_view(content, lang)),
        (tr("Drivers"), plain("drivers", DRIVER_COLUMNS)),
        (tr("Drivers item by item"), plain("driver_items", ITEM_COLUMNS)),
        (tr("Effects"), effects_view(content, lang)),
        (tr("Explained variance"), plain("r2", ("construct", "r2", "r2_adj"))),
        (tr("Loadings"), measured.loadings),
        (tr("Dimensions of higher-order constructs"), measured.dimensions),
        (tr("Path coefficients"), measured.paths),
        (tr("Reliability and convergent validity"), measured.reliability),
        (tr("Discriminant validity (HTMT)"), measured.discriminant),
    ]
    for title, shown in found:
        table, below = (shown.table, judged(shown, lang)) if isinstance(shown, Measured) else (shown, "")
        if table is not None and table.rows:
            yield _titled(title, table, lang, below)
    yield from _differing(content, lang)
    yield from _structure(content, lang)
    yield from _invariance(content, lang)
    for block in decisions(content, lang):
        if block.table is not None and block.table.rows:
            said = "" if block.figures else block.said  # which says how to read figures that stand in the page alone
            yield _titled(block.title, block.table, lang, said)


def _differing(content: Content, lang: Lang) -> Iterator[Titled]:
    """Paths of groups and waves against one another."""
    for name in ("path_differences", "path_changes", "wave_path_changes"):
        frame = content.comparison(name)
        if frame is None:
            continue
        block = catalogue_block(frame, name, lang)
        if block.table is None:
            yield Titled(block.title, None, clean(block.said))
        else:
            yield _titled(block.title, block.table, lang, block.said)


def _invariance(content: Content, lang: Lang) -> Iterator[Titled]:
    """The ladder of invariance; none where it was not climbed."""
    found = invariance(content, lang)
    if found is None:
        return
    yield Titled(lang.tr(TITLE), None, clean(found.said), found.picture)
    for block in found.blocks:
        if block.table is not None:
            yield _titled(block.title, block.table, lang, block.said)


def _structure(content: Content, lang: Lang) -> Iterator[Titled]:
    """Fit, parameters and misfit of a covariance structure; none for other estimators."""
    found = covariance(content, lang)
    if found is None:
        return
    space = "" if lang.code == "zh" else " "
    state = f"{found.state}{lang.tr('.')}" if found.state else ""
    glance, said = _table(found.glance), space.join(part for part in (state, found.summary, *found.how) if part)
    yield Titled(lang.tr("Fit at a glance"), glance, clean(said))
    for block in found.folded:
        if block.table is not None and block.table.rows:
            yield _titled(block.title, block.table, lang, block.said)
        elif block.said:
            yield Titled(block.title, None, clean(block.said))


def _table(measured: Measured | None) -> TableView | None:
    return None if measured is None else measured.table


def _titled(title: str, table: TableView, lang: Lang, below: str = "") -> Titled:
    if len(table.rows) <= MANY_ROWS:
        space = "" if lang.code == "zh" else " "
        return Titled(title, table, clean(space.join(part for part in (below, table.said) if part)))
    said = Message("{n} rows: in the workbook and in the folder of tables.", n=str(len(table.rows)))
    return Titled(title, None, lang.say(said))
