"""What a cell of the workbook holds: text as text; years and counts as numbers that look as their texts do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from csimodels.report.escaping import clean

_CELL_LIMIT = 32_767  # characters that a cell holds
#: A whole number or decimal with or without marks of thousands, and what may stand behind it; no leading zeros.
_NUMBER = re.compile(r"(0|[1-9]\d{0,14}|[1-9]\d{0,2}(?:,\d{3})+)(\.\d{1,6})?(%|年)?", re.ASCII)
_POWER = re.compile(r"[1-9](\.\d{1,3})?e[-+]\d{1,3}", re.ASCII)


def as_number(text: str) -> tuple[float, str] | None:
    """The number that a text is, and the number format in which it looks like the text; None for other texts.

    Examples
    --------
    >>> as_number("11,015"), as_number("2026年"), as_number("95%"), as_number("1e-07"), as_number("007")
    ((11015.0, '#,##0'), (2026.0, '0"年"'), (0.95, '0%'), (1e-07, '0E+00'), None)
    """
    if _POWER.fullmatch(text):
        digits = len(text.partition("e")[0].partition(".")[2])
        return float(text), f"0{'.' * bool(digits)}{'0' * digits}E+00"
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    whole, decimals, unit = found[1], found[2] or "", found[3] or ""
    form = ("#,##0" if "," in whole else "0") + ("." + "0" * (len(decimals) - 1) if decimals else "")
    value = float(whole.replace(",", "") + decimals)
    if unit == "%":
        return value / 100, form + unit
    return value, f'{form}"{unit}"' if unit else form


def years(values: Sequence[object]) -> tuple[list[float], str] | None:
    """A column of waves that are all written as years, as numbers with their format; None for any other.

    Examples
    --------
    >>> years(["2025年", "2026年"]), years(["2026年", "2026Q1"]), years([2026.0])
    (([2025.0, 2026.0], '0"年"'), None, None)
    """
    known = {text: as_number(text) if isinstance(text, str) and text.endswith("年") else None for text in set(values)}
    if not known or not all(known.values()):
        return None
    return [found[0] for found in map(known.get, values) if found], '0"年"'


def any_cell(book: Any, sheet: Any, place: tuple[int, int], text: str, looks: dict[str, Any] | None = None) -> None:
    """Write a text at (row, column), as a number where it is one, to the left as texts stand."""
    found = as_number(text)
    if found is None:
        text_cell(sheet, *place, text, book.add_format(looks) if looks else None)
        return
    form = {"align": "left", "num_format": found[1]} | (looks or {})
    sheet.write_number(*place, found[0], book.add_format(form))


def text_cell(sheet: Any, row: int, column: int, text: object, form: Any = None) -> None:
    """Write text as text, whatever it looks like."""
    sheet.write_string(row, column, shown_text(text), form)


def shown_text(text: object) -> str:
    """Text as a cell holds it: what is too long is cut with a mark."""
    plain = clean(text)
    return plain if len(plain) <= _CELL_LIMIT else plain[: _CELL_LIMIT - 2] + " …"
