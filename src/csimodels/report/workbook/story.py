"""The first sheets of the workbook: the story with numbers as numbers, native charts, an outline, and the columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.figures.geometry import wrap
from csimodels.report.figures.picture import Picture
from csimodels.report.glossary import hint, meaning
from csimodels.report.html.table_views import Lang, lang_of
from csimodels.report.story.map import map_picture
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Section
from csimodels.report.story.standings import index_picture
from csimodels.report.story.story import story
from csimodels.report.workbook.figures import HEADINGS, Forms, line_over_waves, names_wide, stories
from csimodels.report.workbook.printing import ROW, printed
from csimodels.tables.columns import COLUMNS

#: Figures of the story that are sheets, and what these are called, beside those of the trend and of the levels.
SHEETS: Mapping[str, str] = {
    "league": N_("League"), "changes": N_("Winners and losers"),
    "forest": N_("Effects of drivers"), "heat_map": N_("By construct"), "answers": N_("What customers answered"),
}  # fmt: skip


def story_sheets(
    book: Any, content: Content, lang: str, name_of: Callable[[str], str], used: Collection[str]
) -> list[tuple[str, str]]:
    """Write the sheets of the story into `book`; returns the name of each with what it answers.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    content : Content
    lang : ``"en"`` or ``"zh"``
    name_of : callable
        A legal and unique name of a sheet for a text.
    used : collection of str
        Columns of the tables behind.
    """
    tell = lang_of(content, lang)
    sections = story(content, tell)
    reading = Reading(content, tell)
    done = [_summary(book, sections, reading, name_of(tell.tr("Summary")))]
    outline = _outline(book, reading, name_of)
    done += [outline] if outline else []
    trend = [p for key in ("waves", "waterfall") for s in sections for p in s.pictures if p.key == key]
    if trend:
        done.append(stories(book, name_of(tell.tr("Trend")), trend, tell))
    for section in sections:
        levels = [picture for picture in section.pictures if picture.key.startswith("levels_")]
        if levels:
            done.append(stories(book, name_of(clean(tell.say(section.title))), levels, tell))
        own = [picture for picture in section.pictures if picture.key in SHEETS]
        done += [stories(book, name_of(tell.tr(SHEETS[picture.key])), [picture, *_with(picture, reading)], tell)
                 for picture in own]  # fmt: skip
        if section.key == "year" and content.groups is None and len(content.table("index")) > 1:
            done.append(stories(book, name_of(tell.tr(SHEETS["heat_map"])), [index_picture(reading)], tell))
    beside = [picture for section in sections for picture in section.pictures if picture.key.startswith("league_")]
    if beside:
        done.append(stories(book, name_of(tell.tr("Leagues of simple indices")), beside, tell))
    return [*done, _columns(book, tell, name_of(tell.tr("Columns")), used)]


def _with(picture: Picture, reading: Reading) -> tuple[Picture, ...]:
    """The importance-performance map below the effects of the drivers, where there is a verdict on any."""
    drivers = reading.content.drivers
    if picture.key != "forest" or not reading.content.bears_verdicts or drivers.empty:
        return ()
    known = (drivers["importance"].notna() & drivers["performance"].notna()).any()
    return (map_picture(reading),) if known else ()


def _summary(book: Any, sections: Sequence[Section], reading: Reading, name: str) -> tuple[str, str]:
    """The number with its change, every finding in words, and the line over the waves."""
    sheet, forms, tell, top = book.add_worksheet(name), Forms(book), reading.lang, reading.top
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 5, 13)
    sheet.write_string(0, 0, clean(tell.label(reading.target)), forms.title)
    if math.isfinite(top.index):
        sheet.set_row(1, 36)
        sheet.write_number(1, 0, top.index, forms.big)
        book.define_name(f"index_{_plain(reading.wave)}" if _plain(reading.wave) else "index_now", f"='{name}'!$A$2")
    rows = [
        (tell.tr("{level} interval").format(level=tell.level), (top.low, top.high), forms.one),
        (tell.tr("Before"), (top.before,), forms.one),
        (formatting.heading("changes", "change", tell.tr), (top.change, top.change_low, top.change_high), forms.signed),
    ]
    at = 2
    for label, values, form in rows:
        known = [v for v in values if math.isfinite(v)]
        if known:
            sheet.write_string(at, 0, clean(label), forms.muted)
            for k, value in enumerate(known):
                sheet.write_number(at, 1 + k, value, forms.at(form, value))
            at += 1
    at += 1
    for section in sections:
        sheet.write_string(at, 0, clean(tell.say(section.title)), forms.head)
        text = clean((" " if tell.code == "en" else "").join(tell.say(s) for s in section.sentences))
        sheet.merge_range(at, 1, at, 9, "", forms.wrap)
        sheet.write_string(at, 1, text, forms.wrap)
        wide = sum(2 if ord(ch) > 0x2E80 else 1 for ch in text)
        sheet.set_row(at, 15.5 * max(1, math.ceil(wide / 105)))
        at += 1
    waves = next((p for s in sections for p in s.pictures if p.key == "headline"), None)
    if waves is not None:
        line_over_waves(book, sheet, waves.data, at + 1, forms, tell)
    printed(sheet, heads=-1, pages=1)
    return name, tell.tr("The number, its change, and every finding")


def _outline(book: Any, reading: Reading, name_of: Callable[[str], str]) -> tuple[str, str] | None:
    """The roll-up in order with rows that fold by level; None without a roll-up."""
    if not reading.top.unit:
        return None
    tell, name = reading.lang, name_of(reading.lang.tr("Roll-up by level"))
    sheet, forms = book.add_worksheet(name), Forms(book)
    tree = _tree(reading)
    wide = names_wide([f"{'  ' * depth}{unit.name}" for depth, _, unit in tree], (34, 60))
    heads = [("unit", wide), ("level", 16), ("index", 11), ("low", 11), ("high", 11), ("n", 14)]
    if any(math.isfinite(unit.change.change) for *_, unit in tree):
        heads[5:5] = [("change", 11), ("change_low", 13), ("change_high", 13), ("moved", 12)]
    sheet.set_row(0, 32)
    for k, (column, width) in enumerate(heads):
        sheet.set_column(k, k, width)
        text = HEADINGS[column] if column in HEADINGS else COLUMNS[column].heading
        sheet.write_string(0, k, tell.tr(text), forms.head if k < 2 else forms.over(forms.of(column)))
    for at, (depth, level, unit) in enumerate(tree, 1):
        sheet.set_row(at, None, None, {"level": min(depth, 7)})
        indent = book.add_format({"indent": depth, "bold": depth == 0})
        sheet.write_string(at, 0, unit.name, indent)
        sheet.write_string(at, 1, reading.level_name(level), forms.muted)
        c = unit.change
        known = {"index": unit.index, "low": unit.low, "high": unit.high, "change": c.change, "change_low": c.low,
                 "change_high": c.high, "moved": float(c.moved) if c.known else math.nan, "n": unit.n}  # fmt: skip
        for k, (column, _) in enumerate(heads[2:], 2):
            if math.isfinite(known[column]):
                sheet.write_number(at, k, known[column], forms.at(forms.of(column), known[column]))
    sheet.freeze_panes(1, 1)
    sheet.outline_settings(True, False, True, False)
    across = sum(7 * width + 5 for _, width in heads)
    printed(sheet, heads=0, wide=len(tree) * ROW < 2 * across)  # long ones upright, which takes half the pages
    return name, tell.tr("Every unit below the one that it belongs to; fold the rows by level")


def _tree(reading: Reading) -> list[tuple[int, str, Unit]]:
    """Units from the top down, each above its members."""
    levels = reading.levels[::-1]
    units = {level: reading.units(level) for level in levels}
    out: list[tuple[int, str, Unit]] = []

    def below(depth: int, parent: str) -> None:
        for unit in units[levels[depth]]:
            if depth == 0 or unit.parent == parent:
                out.append((depth, levels[depth], unit))
                if depth + 1 < len(levels):
                    below(depth + 1, unit.name)

    below(0, "")
    return out


#: Pixels of the letters of a meaning and of its column, and points of a pixel.
_LETTER, _MEANING, _POINTS = 14.2, 640.0, 0.75
#: Units of the columns of tables, by how they are shown; others are texts or plain numbers.
_UNITS: Mapping[str, str] = {
    "index": N_("points, 0 to 100"), "change": N_("points"), "points": N_("points"), "share": N_("share, 0 to 1"),
    "p": N_("probability, 0 to 1"), "count": N_("count"),
}  # fmt: skip


def _columns(book: Any, tell: Lang, name: str, used: Collection[str]) -> tuple[str, str]:
    """Every column of the tables behind: its name in files, its heading, unit and meaning; explained ones first."""
    sheet, forms = book.add_worksheet(name), Forms(book)
    for k, (text, width) in enumerate(((N_("Name"), 24), (N_("Heading"), 34), (N_("Unit"), 18), (N_("Meaning"), 92))):
        sheet.set_column(k, k, width)
        sheet.write_string(0, k, tell.tr(text), forms.head)
    there = [column for column in COLUMNS if column in used]
    told = [column for column in there if hint(column, tell.tr)]
    for at, column in enumerate([*told, *(c for c in there if c not in told)], 1):
        spec = COLUMNS[column]
        unit = _UNITS.get(spec.shown_as, "")
        for k, text in enumerate((column, tell.tr(spec.heading), tell.tr(unit) if unit else "")):
            sheet.write_string(at, k, text, forms.wrap)
        words = meaning(column, tell.tr)
        sheet.write_string(at, 3, words, forms.wrap)
        lines = len(wrap(words, _LETTER, _MEANING, 9))
        if lines > 1:  # programs need not grow rows of their own accord
            sheet.set_row(at, ROW * lines * _POINTS)
    sheet.freeze_panes(1, 0)
    printed(sheet, heads=-1, pages=1)
    sheet.print_area(0, 0, max(1, len(told)), 3)  # headings of the others say what they are
    return name, tell.tr("What the columns of the tables mean")


def _plain(wave: str) -> str:
    """A wave as part of a name of a cell: letters and digits."""
    return "".join(ch for ch in wave if ch.isascii() and ch.isalnum())[:20]
