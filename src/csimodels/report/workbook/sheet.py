"""Tables written into a worksheet column by column.

xlsxwriter makes and looks up an object for every cell, which takes most of the time of a workbook with the tables of
hundreds of groups.  Here the XML of a table is put together by columns; headings, formats, widths and everything else
are xlsxwriter's.  Where a version of xlsxwriter lacks what this needs, cells are written one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Value = str | float | int | None
#: Points of a line of text.
LINE = 15


@dataclass(frozen=True, slots=True)
class Cells:
    """A column below its heading.

    Parameters
    ----------
    values : text that cells can hold, finite numbers, None for an empty cell.
    form : format of the cells, or None.
    plain, marked : text other than `plain` has the format `marked`, where there is one.
    lines : lines of the texts that need more than one.
    right : whether it holds numbers, which stand at the right.
    """

    values: Sequence[Value]
    form: Any = None
    plain: str = ""
    marked: Any = None
    lines: Mapping[str, int] = field(default_factory=dict)
    right: bool = False

    def form_of(self, value: Value) -> Any:
        """The format of one cell."""
        return self.marked if self.marked is not None and type(value) is str and value != self.plain else self.form


@cache
def sheet_class() -> Any:
    """A kind of worksheet that takes whole columns, or None where xlsxwriter does not allow for it."""
    from xlsxwriter.format import Format
    from xlsxwriter.sharedstrings import SharedStringTable
    from xlsxwriter.utility import xl_col_to_name
    from xlsxwriter.worksheet import Worksheet

    needed = (
        (Worksheet, "_write_rows"),
        (Worksheet, "_check_dimensions"),
        (SharedStringTable, "_get_shared_string_index"),
        (Format, "_get_xf_index"),
    )
    if not all(hasattr(owner, name) for owner, name in needed):
        return None

    class TableSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter has no types
        """A worksheet whose rows below the first come from `columns`."""

        columns: Sequence[Cells] = ()
        dim_rowmax: int

        def fill(self, columns: Sequence[Cells]) -> None:
            self.columns = columns
            self._check_dimensions(len(columns[0].values), len(columns) - 1)
            share = self.str_table._get_shared_string_index
            texts = (v for column in columns for v in column.values if type(v) is str)
            self.shared = {text: share(text) for text in texts}

        def _write_rows(self) -> None:
            last = self.dim_rowmax
            self.dim_rowmax = min(last, 0)  # the heading
            super()._write_rows()
            self.dim_rowmax = last
            pieces = [self._pieces(xl_col_to_name(k), column) for k, column in enumerate(self.columns)]
            rows = zip(range(2, last + 2), lines_of(self.columns), zip(*pieces, strict=True), strict=True)
            self.fh.write("".join(f'<row r="{r}"{_high(n)}>{"".join(cells)}</row>' for r, n, cells in rows))

        def _pieces(self, letter: str, column: Cells) -> Iterator[str]:
            known = {id(form): form._get_xf_index() for form in (column.form, column.marked) if form is not None}
            style = {key: f' s="{index}"' for key, index in known.items()}
            for r, value in enumerate(column.values, start=2):
                if value is None:
                    yield ""
                elif type(value) is str:
                    s = style.get(id(column.form_of(value)), "")
                    yield f'<c r="{letter}{r}"{s} t="s"><v>{self.shared[value]}</v></c>'
                else:
                    yield f'<c r="{letter}{r}"{style.get(id(column.form), "")}><v>{value:.16G}</v></c>'

    return TableSheet


def lines_of(columns: Sequence[Cells]) -> list[int]:
    """Lines of every row: those of its longest text."""
    if not columns:
        return []
    out = [1] * len(columns[0].values)
    for column in columns:
        if column.lines:
            known = column.lines
            out = [max(n, known.get(v, 1)) if type(v) is str else n for n, v in zip(out, column.values, strict=True)]
    return out


def _high(lines: int) -> str:
    return f' ht="{LINE * lines}" customHeight="1"' if lines > 1 else ""


def fill(sheet: Any, columns: Sequence[Cells]) -> None:
    """Write `columns`, all of one length, from the second row of `sheet` on."""
    if not columns or not len(columns[0].values):
        return
    kind = sheet_class()
    if kind is not None and isinstance(sheet, kind):
        sheet.fill(columns)
        return
    for row, lines in enumerate(lines_of(columns), start=1):
        if lines > 1:
            sheet.set_row(row, LINE * lines)
    for at, column in enumerate(columns):
        for row, value in enumerate(column.values, start=1):
            if type(value) is str:
                sheet.write_string(row, at, value, column.form_of(value))
            elif value is not None:
                sheet.write_number(row, at, value, column.form)
