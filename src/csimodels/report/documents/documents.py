"""What text and slides share: the sections of the story as words and pictures, and files without a clock."""

from __future__ import annotations

import math
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.raster import save_picture
from csimodels.report.html.notes import notes_of
from csimodels.report.html.table_views import Lang, lang_of
from csimodels.report.story.section import Card, Section
from csimodels.report.story.story import story

_EPOCH = datetime(1980, 1, 1)
#: Widths of a drawing alone, in pixels, to choose from.
_WIDTHS = (560.0, 760.0, 960.0, 1120.0)


@dataclass(frozen=True, eq=False)
class Chapter:
    """A section in words: title, sentences, figures, short lists, small print."""

    title: str
    sentences: tuple[str, ...]
    pictures: tuple[Picture, ...]
    cards: tuple[Card, ...]
    small: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Book:
    """Title, notes and chapters of a report in one language."""

    title: str
    notes: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    tell: Lang
    created: datetime


def book_of(content: Content, lang: str, size: str) -> Book:
    """The story of `content`, its figures of a size."""
    tell = lang_of(content, lang)
    chapters = tuple(_chapter(section, tell, size) for section in story(content, tell))
    title = clean(content.title.get(lang) or content.model.title.get(lang, content.model.name))
    return Book(title, notes_of(content, tell), chapters, tell, content.created or _EPOCH)


def _chapter(section: Section, tell: Lang, size: str) -> Chapter:
    said, small = (tuple(clean(tell.say(text)) for text in part) for part in (section.sentences, section.small))
    pictures = tuple(replace(picture, size=size) for picture in section.pictures)
    return Chapter(clean(tell.say(section.title)), said, pictures, section.cards, small)


@contextmanager
def drawn(pictures: tuple[Picture, ...], dpi: float, *, shape: float = 0.0) -> Iterator[list[Path]]:
    """Every picture as a PNG, for as long as it is needed.

    With a `shape` (width over height) the drawings are alone, without title and caption, as near to it as they come.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{k}.png" for k in range(len(pictures))]
        for picture, file in zip(pictures, files, strict=True):
            if shape:
                plots = [picture.plot(width) for width in _WIDTHS]
                best = min(plots, key=lambda plot: abs(math.log(plot.width / plot.height / shape)))
                save_picture(best, picture.theme, file, dpi)
            else:
                picture.save(file, dpi)
        yield files


def describe(properties: Any, book: Book) -> None:
    """What the properties of an office file say: title, this package as author, the date of the content."""
    properties.author = properties.last_modified_by = "csimodels"
    properties.title, properties.comments, properties.revision = book.title, "", 1
    properties.created = properties.modified = book.created


def without_clock(path: Path, when: datetime) -> None:
    """The same archive with every part dated `when`, so that the same report gives the same bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    year = max(when.year, 1980)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            info = zipfile.ZipInfo(name, (year, when.month, when.day, when.hour, when.minute, when.second))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
