"""How the sheets of a workbook print: landscape, one page wide; of a long table only its beginning."""

from __future__ import annotations

from typing import Any

#: Rows of a table that are printed: one page.
MOST_ROWS = 60


def printed(sheet: Any, *, heads: int, pages: int = 0, wide: bool = True) -> None:
    """Page set-up: one page wide, headings on every page, number of the page below.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
    heads : int
        Last row of the headings that are repeated, from 0; below 0 for none.
    pages : int
        Pages that it may take; 0 for as many as it needs.
    wide : bool
        Whether the page is turned.
    """
    if wide:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, pages)
    if heads >= 0:
        sheet.repeat_rows(0, heads)
    sheet.set_footer("&L&A&R&P / &N")


def printed_table(sheet: Any, rows: int, columns: int) -> bool:
    """Page set-up of a table: its first rows on one page; whether that is all of it."""
    printed(sheet, heads=-1, pages=1)
    if columns:
        sheet.print_area(0, 0, min(rows, MOST_ROWS), columns - 1)
    if rows > MOST_ROWS:
        sheet.set_footer(f"&L&A: 1 – {MOST_ROWS} / {rows}&R&P / &N")
    return rows <= MOST_ROWS
