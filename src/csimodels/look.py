"""What ``csi codebook`` and ``csi init --data`` say of a file."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from csimodels.i18n import language_of_user, translator
from csimodels.messages import Message, counted, say
from csimodels.report.codebook_files import shown_cell
from csimodels.study.file_dictionary import levels_parts, range_text, with_count
from csimodels.terminal import escape, out, tell

if TYPE_CHECKING:
    from csimodels import Codebook
    from csimodels.draft.facts import ColumnFacts

#: Cells of the terminal that a name and a label may take in a line.
NAME_CELLS, LABEL_CELLS = 24, 44


def print_codebook(book: Codebook) -> None:
    """Two or three lines for each column: name, label, mark; kind, answers, codes; levels."""
    facts = book.facts
    n_columns = counted(len(facts.columns), "{n} column", "{n} columns")
    tell("{file}: {rows} rows, {columns}", file=facts.source.name, rows=facts.n, columns=n_columns)
    if facts.questions:
        tell("{n} rows under the header hold question texts; they are the labels", n=facts.questions)
    widest = min(NAME_CELLS, max(cell_len(column.name) for column in facts.columns))
    for column in facts.columns:
        _print_column(column, widest)


def _print_column(column: ColumnFacts, widest: int) -> None:
    name = column.name if cell_len(column.name) > widest else set_cell_size(column.name, widest)
    mark = shown_cell("mark", column.mark, language_of_user())
    label = f"  {escape(cut(column.label, LABEL_CELLS))}" if column.label else ""
    name = name if label or mark else column.name
    out.print(f"[bold]{escape(name)}[/]{label}" + (f"  [yellow]{escape(mark)}[/]" if mark else ""), soft_wrap=True)
    _indented(_about(column), " · ", widest)
    if column.mark not in ("identifier", "timestamp", "verbatim"):
        _indented(levels_parts(column), ", ", widest)


def _about(column: ColumnFacts) -> list[str]:
    """Kind with range, number of answers, different ones, empty cells, codes of no answer."""
    lang = language_of_user()
    parts = [" ".join(filter(None, (shown_cell("kind", column.kind, lang), range_text(column))))]
    parts.append(say(counted(column.n, "{n} answer", "{n} answers"), translator(lang)))
    parts.append(say(Message("{n} different", n=column.distinct), translator(lang)))
    if column.empty:
        parts.append(say(counted(column.empty, "{n} empty cell", "{n} empty cells"), translator(lang)))
    if column.codes:
        codes = ", ".join(map(with_count, column.codes))
        parts.append(say(Message("no answer: {codes}", codes=codes), translator(lang)))
    return parts


def _indented(parts: list[str], between: str, by: int) -> None:
    """Parts below a name, wrapped to the width of the terminal as it shows them."""
    for line in wrapped(parts, between, max(40, out.width - by - 2)):
        out.print(" " * (by + 2) + escape(line), soft_wrap=True)


def cut(text: str, cells: int) -> str:
    """`text` in so many cells of the terminal, with a mark where it is cut.

    >>> cut("satisfaction", 6), cut("总体满意度", 6)
    ('satis…', '总体…')
    """
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…"


def wrapped(parts: list[str], between: str, cells: int) -> list[str]:
    """Lines of at most so many cells, broken between parts; a part that is longer than a line is broken in it.

    >>> wrapped(["1 满意 (20)", "2 一般 (3)"], ", ", 12)
    ['1 满意 (20),', '2 一般 (3)']
    """
    lines: list[str] = []
    for number, part in enumerate(parts):
        text = part + (between.rstrip() if between.startswith(",") and number < len(parts) - 1 else "")
        gap = " " if between.startswith(",") else between
        if lines and cell_len(lines[-1]) + cell_len(gap) + cell_len(text) <= cells:
            lines[-1] += gap + text
        elif cell_len(text) <= cells:
            lines.append(text)
        else:
            lines += textwrap.wrap(text, max(1, cells if text.isascii() else cells // 2))
    return lines
