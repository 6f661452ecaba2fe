"""How the sheets of a workbook print: landscape, one page wide; of a long table only its beginning."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

#: Rows of a long table that are printed at least, on its one page.
MOST_ROWS = 60
#: Pixels of a row.
ROW = 20
#: Pixels across and down a sheet of A4 between its margins, turned and upright.
_TURNED, _UPRIGHT = (1026.0, 669.0), (698.0, 997.0)
#: Scale at which a table is read without effort.
_LEGIBLE = 0.45


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


def turned(wide: float, high: float) -> bool:
    """Whether so many pixels across and down are larger on a page that is turned."""
    return _scale(_TURNED, wide, high) >= _scale(_UPRIGHT, wide, high)


def legible(columns: int, letters: float) -> bool:
    """Whether so many columns, so many letters wide together, can be read on a page."""
    return _scale(_TURNED, _pixels(columns, letters), 1.0) >= _LEGIBLE


def _pixels(columns: int, letters: float) -> float:
    return 7 * letters + 5 * columns + 1


def printed_table(sheet: Any, lines: Sequence[int], columns: int, letters: float) -> int:
    """Page set-up of a table: its first rows on one page, which is turned where they are larger then.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
    lines : sequence of int
        Lines of the headings, and of every row.
    columns : int
    letters : float
        Width of all columns, as spreadsheets count it.

    Returns
    -------
    int
        Rows that are printed.
    """
    ends, rows, wide = list(accumulate(lines)), len(lines) - 1, _pixels(columns, letters)
    found = []
    for page in (_TURNED, _UPRIGHT):
        fitting = bisect_right(ends, page[1] / min(1.0, page[0] / wide) / ROW) - 1
        most = min(rows, max(MOST_ROWS, fitting))
        scale = _scale(page, wide, ROW * ends[most])
        found.append((most == rows and scale >= _LEGIBLE, scale, most, page))
    *_, most, page = max(found, key=lambda found: found[:2])
    printed(sheet, heads=-1, pages=1, wide=page == _TURNED)
    if columns:
        sheet.print_area(0, 0, most, columns - 1)
    if rows > most:
        sheet.set_footer(f"&L&A: 1 – {most} / {rows}&R&P / &N")
    return most


def _scale(page: tuple[float, float], wide: float, high: float) -> float:
    """How large so many pixels across and down are on a page; programs print none larger than they are."""
    return min(1.0, page[0] / wide, page[1] / high)
