"""Words of slides: sections and short lists as lines, how high these are, and which sections share a slide."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from csimodels.messages import Message
from csimodels.report.documents.document import Chapter, Document
from csimodels.report.figures.geometry import wrap
from csimodels.report.html.table_views import Lang

#: A line of text, and whether it is bold.
Said = tuple[str, bool]
#: Inches of a slide, of its margins, and below its title.
WIDE, HIGH = 13.333, 7.5
LEFT, TOP, ROOM = 0.6, 1.65, 4.95
#: Height of a line and room below a paragraph, in sizes of its letters.
LEADING, AFTER = 1.2, 0.25
#: Sentences of a section that needs no slide of its own where there is no figure.
_BARE = 3
#: Least size at which sections without figures share a slide.
_LEGIBLE = 16


def listed(chapter: Chapter, lang: Lang) -> list[str]:
    """The short lists of a section, one line a list."""
    entries = [(card.title, [f"{e.name} {e.value} {e.beside}".strip() for e in card.entries]) for card in chapter.cards]
    return [lang.say(Message("{name}: {text}", name=title, text=lang.tr("; ").join(said))) for title, said in entries]


def unsaid(chapter: Chapter, shown: Collection[str], lang: Lang) -> bool:
    """Whether a section says more than the lines that its slides show."""
    lists = [line for line in listed(chapter, lang) if line not in shown]
    entries = {text for text, _ in of_cards(chapter)}
    cards = bool(lists) and not entries <= {*shown, ""}
    return cards or any(line not in shown for line in (*chapter.sentences, *chapter.small))


def height(lines: Sequence[Said], size: float, wide: float) -> float:
    """Inches down that lines take in a box so many inches wide."""
    rows = sum(len(wrap(line, 1.05 * size, 72 * (wide - 0.2), 9)) for line, _ in lines)
    return 0.1 + size * (LEADING * rows + AFTER * len(lines)) / 72


def of_cards(chapter: Chapter) -> list[Said]:
    """The short lists of a section, each under its title, with room between them."""
    lines: list[Said] = []
    for card in chapter.cards:
        lines += [("", False)] * bool(lines)
        lines += [(card.title, True), *((f"{e.name}  {e.value} {e.beside}".rstrip(), False) for e in card.entries)]
    return lines


def blocks(chapters: Sequence[Chapter]) -> list[Said]:
    """What sections say below the finding of the first, which is the title of their slide."""
    lines: list[Said] = []
    for k, chapter in enumerate(chapters):
        own = [(text, False) for text in chapter.sentences[0 if k else 1 :]]
        own += of_cards(chapter)
        lines += [("", False)] * bool(lines and own) + [(chapter.title, True)] * bool(k) + own
    return lines


def gathered(told: Document) -> list[list[Chapter]]:
    """The sections by slides: those without figures that follow one another share one, as far as it has room; those of
    a sentence or two stand where the first of them is."""
    out: list[list[Chapter]] = []
    home: list[Chapter] | None = None
    for chapter in told.chapters:
        short = not (chapter.pictures or chapter.cards) and len(chapter.sentences) <= _BARE
        if short and home is not None:
            home.append(chapter)
            continue
        last = out[-1] if out else []
        shares = last and not (chapter.pictures or last[0].pictures) and last[0].key != "year"
        if shares and _has_room([*last, chapter]):
            last.append(chapter)
        else:
            out.append([chapter])
        home = out[-1] if short and home is None else home
    return out


def _has_room(chapters: Sequence[Chapter]) -> bool:
    return height(blocks(chapters), _LEGIBLE, WIDE - 2 * LEFT) <= ROOM
