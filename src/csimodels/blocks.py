"""Tables and sentences on a terminal narrower than they are: no number, word or command is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from csimodels.wrapping import lines_of

#: Columns of text wider than this break into lines, down to the second where that spares a block; columns of names
#: share this part of the screen at most.
_WIDE, _LEAST, _NAMES = 24, 14, 0.6
#: And this part where rows are not told apart without them.
_ALIKE = 0.75
_GAP = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """One column as it is printed: heading and cells; numbers stand at the right."""

    head: str
    cells: tuple[str, ...]
    number: bool

    @property
    def natural(self) -> int:
        """Columns of the screen that hold every cell in one line; Chinese characters take two."""
        return max(cell_len(self.head), *map(cell_len, self.cells), 0)

    @property
    def width(self) -> int:
        """Columns of the screen that it needs: all of a number; of text so much that it breaks into few lines."""
        return self.natural if self.number else self._broken(_WIDE)

    @property
    def least(self) -> int:
        """Columns of the screen that it needs at least."""
        return self.natural if self.number else self._broken(_LEAST)

    def _broken(self, most: int) -> int:
        return max(cell_len(self.head), min(self.natural, most))


def blocks(columns: Sequence[Shown], width: int) -> list[list[Shown]]:
    """Columns in blocks no wider than `width`, each behind the columns that name the rows.

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
    if _needed([c.least for c in columns]) <= width:
        return [list(columns)]
    names = _naming(columns, width)
    out, block = list[list[Shown]](), names
    for column in columns[len(names) :]:
        if len(block) > len(names) and _needed([c.width for c in (*block, column)]) > width:
            out.append(block)
            block = names
        block = [*block, column]
    return [*out, block]


def _naming(columns: Sequence[Shown], width: int) -> list[Shown]:
    """The columns of text with which a table begins, and a number (a year) before them."""
    first = next((k for k, column in enumerate(columns) if not column.number), len(columns))
    names = list(columns[:first]) if first < len(columns) else []
    for column in columns[len(names) :]:
        wide = _needed([c.width for c in (*names, column)])
        alike = len(set(zip(*(c.cells for c in names), strict=True))) < len(column.cells)
        if column.number or (names and wide > (_ALIKE if alike else _NAMES) * width):
            break
        names.append(column)
    return names


def _needed(widths: Sequence[int]) -> int:
    return sum(width + _GAP for width in widths) - _GAP


def widths_of(block: Sequence[Shown], width: int) -> list[int]:
    """Columns of the screen for every column: numbers what they need, the rest in like parts to text that is wider."""
    wide = {k: c.natural for k, c in enumerate(block) if not c.number}
    room = width - _needed([0 if k in wide else c.natural for k, c in enumerate(block)])
    given = [c.natural for c in block]
    for left, k in zip(range(len(wide), 0, -1), sorted(wide, key=lambda k: wide[k]), strict=True):
        given[k] = max(1, min(wide[k], room // left))
        room -= given[k]
    return given


def print_blocks(console: Console, columns: Sequence[Shown]) -> None:
    """Print columns as a table without lines, in as many blocks as the screen needs."""
    for block in blocks(columns, console.width):
        table = Table(box=None, header_style="bold", pad_edge=False)
        broken = list[list[str]]()
        for column, width in zip(block, widths_of(block, console.width), strict=True):
            table.add_column(
                escape(_folded(column.head, width)),
                justify="right" if column.number else "left",
                width=max(width, 1),
                no_wrap=True,
            )
            broken.append([_folded(cell, width) for cell in column.cells])
        for row in zip(*broken, strict=True):
            table.add_row(*map(escape, row))
        console.print(table)


def _folded(text: str, width: int) -> str:
    return text if cell_len(text) <= width else "\n".join(lines_of(text, width, fold=True))


def print_text(console: Console, text: str, lead: str = "", style: str = "bold", hanging: int = 2) -> None:
    """Print a paragraph behind words in a style of their own.

    On a screen it breaks between words, with spaces before what follows; written to a file or a program, where a
    sentence is looked for as a whole, it does not.
    """
    whole = lead + text
    lines = lines_of(whole, console.width, hanging) if console.is_terminal else [whole]
    at = 0
    for line in lines:
        bare = line if at == 0 else line.lstrip(" ")
        at = whole.find(bare, at)
        shown = Text(line)
        if at < len(lead):
            shown.stylize(style, len(line) - len(bare), len(line) - len(bare) + len(lead) - at)
        at += len(bare)
        console.print(shown, soft_wrap=True)
