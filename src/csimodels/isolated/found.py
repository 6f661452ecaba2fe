"""What a reader hands back: plain values that travel from one process to another."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: Cells of a column: numbers (NaN where a cell is empty), or anything (None where a cell is empty).
Packed: TypeAlias = "array[float] | list[Any]"

_NUMBERS = {float, int, type(None)}
_NAN = float("nan")


def packed(cells: Sequence[Any]) -> Packed:
    """The cells of a column, as small as they travel: numbers where all of them are."""
    if set(map(type, cells)) <= _NUMBERS:
        return array("d", [_NAN if cell is None else float(cell) for cell in cells])
    return list(cells)


@dataclass(frozen=True, slots=True)
class Marked:
    """Cells of one kind: how many in each column of the table (from 0), and the first with its address and text."""

    counts: dict[int, int] = field(default_factory=dict)
    first: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many there are in all columns."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """One sheet of a workbook.

    Attributes
    ----------
    sheets, filled : tuple of str
        Names of all sheets, and of those with cells.
    sheet : str
        The one that was read; empty if there is none.
    header : tuple
        Cells of its first row.
    columns : tuple of Packed
        The cells below the header, column by column, without the empty rows at the end.
    n_rows : int
        Rows below the header.
    far, errors, uncalculated : Marked
        Cells left out because they stand far from the table; with an error value; with a formula and no value.
    merged : Marked
        Cells below the header without a value of their own, as they are merged with one above.
    hidden : int
        Rows that the program does not show.
    alike : tuple of str
        Other sheets that are shown and begin with the same header.
    too_large : tuple of int and str, or None
        Rows and columns of a sheet too large to be read, and the address of its last corner.
    """

    sheets: tuple[str, ...]
    filled: tuple[str, ...] = ()
    sheet: str = ""
    header: tuple[Any, ...] = ()
    columns: tuple[Packed, ...] = ()
    n_rows: int = 0
    far: Marked = field(default_factory=Marked)
    errors: Marked = field(default_factory=Marked)
    uncalculated: Marked = field(default_factory=Marked)
    merged: Marked = field(default_factory=Marked)
    hidden: int = 0
    alike: tuple[str, ...] = ()
    too_large: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """An SPSS or Stata file.

    Attributes
    ----------
    columns : mapping
        Cells by column, in the order of the file: a dictionary of Packed and arrays, or a data frame.
    n_rows : int
        Rows of the file.
    encoding, title : str
        As the file states them; may be empty.
    values : dict
        Value labels by column: ``{column: {code: label}}``.
    wordings : dict
        Variable labels by column.
    missing : dict
        Values declared missing by column: list of ``{"lo": ..., "hi": ...}``.
    extended : dict
        Stata's missing values ``.a`` to ``.z`` by column, with their counts; the plain ``.`` is an empty cell.
    """

    columns: Any
    n_rows: int
    encoding: str = ""
    title: str = ""
    values: dict[str, dict[Any, Any]] = field(default_factory=dict)
    wordings: dict[str, str] = field(default_factory=dict)
    missing: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    extended: dict[str, dict[str, int]] = field(default_factory=dict)
