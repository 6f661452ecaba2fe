"""Tables on a terminal narrower than they are: numbers are never cut, what is too wide comes in several blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

#: Columns of text wider than this break into lines; columns of names share this part of the screen at most.
_WIDE, _NAMES = 24, 0.6
_GAP = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """One column as it is printed: heading and cells; numbers stand at the right."""

    head: str
    cells: tuple[str, ...]
    number: bool

    @property
    def width(self) -> int:
        """Columns of the screen that it needs; Chinese characters take two."""
        cells = max(map(cell_len, self.cells), default=0)
        return max(cell_len(self.head), cells if self.number else min(cells, _WIDE))


def blocks(columns: Sequence[Shown], width: int) -> list[list[Shown]]:
    """Columns in blocks no wider than `width`, each behind the columns of text with which the table begins.

    Parameters
    ----------
    columns : sequence of Shown
    width : int
        Columns of the screen.

    Returns
    -------
    list of list of Shown
        One block where all fit.
    """
    names: list[Shown] = []
    for column in columns:
        if column.number or _needed([*names, column]) > _NAMES * width:
            break
        names.append(column)
    out, block = list[list[Shown]](), names
    for column in columns[len(names) :]:
        if len(block) > len(names) and _needed([*block, column]) > width:
            out.append(block)
            block = names
        block = [*block, column]
    return [*out, block]


def _needed(columns: Sequence[Shown]) -> int:
    return sum(c.width + _GAP for c in columns) - _GAP


def print_blocks(console: Console, columns: Sequence[Shown]) -> None:
    """Print columns as a table without lines, in as many blocks as the screen needs."""
    for block in blocks(columns, console.width):
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in block:
            narrowest = None if column.number else min(column.width, console.width)
            table.add_column(
                escape(column.head),
                justify="right" if column.number else "left",
                no_wrap=column.number,
                min_width=narrowest,
            )
        for row in zip(*(column.cells for column in block), strict=True):
            table.add_row(*map(escape, row))
        console.print(table)
