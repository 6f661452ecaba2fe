"""Columns of a table on paper: which there are, and how wide each is, in letters."""

from __future__ import annotations

from csimodels.report.figures.geometry import text_width, tokens
from csimodels.report.html.table_views import Cell, Column, TableView

#: A blank at which no line ends.
UNBROKEN = "\u00a0"
#: Texts in a table are broken into about so many lines at most, of so many letters at least.
_MOST_LINES, _LEAST_LINE = 3, 20.0
#: Size of bold letters beside others, and headings of numbers up to so wide wish one line.
_BOLD, _SHORT = 1.15, 9.0
#: Names in Chinese up to so wide are not broken.
_NAME = 6.0
#: Room beside the text of a column, in letters.
_BESIDE = 1.3


def unbroken(cell: Cell, column: Column) -> str:
    """The text of a cell; numbers and intervals stand in one line."""
    text = f"{cell.text}{cell.sign}"
    return text.replace(" ", UNBROKEN) if column.kind == "num" else text


def shown(view: TableView) -> list[int]:
    """Columns of a table that stand on paper: all but those of marks."""
    return [k for k, column in enumerate(view.columns) if not column.ticks]


def widths(view: TableView, room: float) -> list[float]:
    """Width of every shown column, in letters: numbers stand in one line, texts and headings share what they leave.

    Parameters
    ----------
    view : TableView
    room : float
        Letters in one line across the page.

    Returns
    -------
    list of float
        Their sum exceeds `room` where even the longest words do not fit.
    """
    columns = shown(view)
    least = [_least(view, k) for k in columns]
    wish = [max(low, _longest(view, k) if view.columns[k].kind != "num" else _in_two_lines(view.columns[k].title))
            for low, k in zip(least, columns, strict=True)]  # fmt: skip
    left, wanted = room - sum(least), sum(wish) - sum(least)
    part = min(1.0, max(0.0, left / wanted)) if wanted > 0 else 0.0
    return [round(low + part * (full - low), 2) for low, full in zip(least, wish, strict=True)]


def _least(view: TableView, k: int) -> float:
    """The longest word of a column, or its longest number; of long texts what they need on a few lines."""
    column = view.columns[k]
    heading = max((text_width(word, _BOLD) for word in _words(column.title)), default=1.0)
    texts = [unbroken(row[k], column) for row in view.rows]
    body = max((text_width(word, 1.0) for text in texts for word in _words(text)), default=1.0)
    lines = max((text_width(text, 1.0) for text in texts), default=1.0) / _MOST_LINES if column.kind != "num" else 0.0
    return max(min(heading, 16.0), min(max(body, lines), _LEAST_LINE)) + _BESIDE


def _words(text: str) -> list[str]:
    """The parts of a text that are not broken over lines: words, and short names in Chinese."""
    return [text] if " " not in text and text_width(text, 1.0) <= _NAME else [word.strip(" ") for word in tokens(text)]


def _in_two_lines(title: str) -> float:
    """Width of a heading of numbers on one line where it is short, else on two."""
    words = title.split()
    parts = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(len(words))]
    lines = [max(text_width(part, _BOLD) for part in both) for both in parts]
    return (lines[0] if lines and lines[0] <= _SHORT else min(lines, default=0.0)) + _BESIDE


def _longest(view: TableView, k: int) -> float:
    title = view.columns[k].title
    return max([text_width(title, 1.1), *(text_width(row[k].text, 1.0) for row in view.rows)], default=1.0) + _BESIDE
