"""The first sheet of a workbook: who publishes it, what to know first, how it was computed, and where what stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from csimodels.i18n import Translate
from csimodels.report.brand import cover_of
from csimodels.report.content import Content
from csimodels.report.figures import style
from csimodels.report.figures.geometry import text_width
from csimodels.report.html.about import facts_of, title_of
from csimodels.report.html.notes import no_intervals, notes_to_read
from csimodels.report.html.table_views import lang_of
from csimodels.report.workbook.numbers import any_cell, text_cell
from csimodels.report.workbook.printing import printed
from csimodels.spec.model import Text

_COVER_EMS = 62.0  # letters that fit in one line across the cover


def cover_sheet(book: Any, content: Content, lang: str, name: str) -> tuple[Any, int]:
    """Title, notes and facts; returns the sheet and its last row."""
    tell = lang_of(content, lang)
    tr, say, cover = tell.tr, tell.say, cover_of(content, tell)
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    wrapped = {"text_wrap": True, "valign": "top"}
    wrap = book.add_format(wrapped)
    muted = book.add_format({"font_color": style.MUTED, "valign": "top"})
    head = book.add_format({"bold": True, "font_color": cover.color, "font_size": 12})
    title = {"bold": True, "font_size": 18} | ({"font_color": cover.color} if content.model.report.brand.color else {})
    text_cell(sheet, 0, 0, title_of(content, tell), book.add_format(title))
    row = 2
    if cover.logo:
        wide, high = cover.logo.fitted(200, 60)
        sheet.set_row(0, 50)
        scale = {"x_scale": wide / cover.logo.width, "y_scale": high / cover.logo.height}
        about = {"image_data": BytesIO(cover.logo.data), "description": cover.institute or title_of(content, tell)}
        sheet.insert_image(0, 1, f"logo.{cover.logo.kind}", scale | about | {"x_offset": 420})
    for words in cover.said:
        text_cell(sheet, row - 1, 0, words, muted)
        row += 1
    notes = [n.get(lang) if isinstance(n, Text) else say(n) for n in notes_to_read(content)]
    if not content.has_intervals:
        notes.append(tr(no_intervals(content)))
    if notes:
        text_cell(sheet, row, 0, tr("Read this first"), head)
        for note in notes:
            row += 1
            sheet.merge_range(row, 0, row, 1, "", wrap)
            sheet.set_row(row, 15 * math.ceil(text_width(note, 1.0) / _COVER_EMS))  # merged cells do not grow
            text_cell(sheet, row, 0, note, wrap)
        row += 2
    text_cell(sheet, row, 0, tr("How it was computed"), head)
    for called, value in facts_of(content, tell):
        row += 1
        text_cell(sheet, row, 0, called, muted)
        any_cell(book, sheet, (row, 1), value, wrapped)
    printed(sheet, heads=-1, wide=False, pages=1)
    return sheet, row


def contents(book: Any, sheet: Any, row: int, sheets: Sequence[tuple[str, str]], tr: Translate) -> None:
    """Every sheet with a link, and what it answers."""
    text_cell(
        sheet, row, 0, tr("Contents"), book.add_format({"bold": True, "font_color": style.ACCENT, "font_size": 12})
    )
    link = book.add_format({"font_color": style.ACCENT, "underline": 1})
    for at, (name, answer) in enumerate(sheets, row + 1):
        quoted = name.replace("'", "''")
        sheet.write_url(at, 0, f"internal:'{quoted}'!A1", link, string=name)
        if answer:
            text_cell(sheet, at, 1, answer)
