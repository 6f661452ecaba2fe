"""Rows of question texts under the header, as survey tools export them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.spec.model import Item
from csimodels.survey.answers.numbers import BLANKS, Codes, as_number, fold
from csimodels.survey.columns import Coded, Column
from csimodels.survey.options import Options


def label_rows(columns: Sequence[tuple[Item, Column]], chosen: Options) -> list[str]:
    """First cells of the rows under the header that hold question texts instead of answers: none, one or two."""
    found: list[str] = []
    for number in range(3):
        cells = [_cell(column, number) for _, column in columns]
        texts = [text for text in cells if text is not None]
        distinct = len(set(texts))
        if len(texts) < len(cells) / 2 or distinct <= len(texts) / 2 or distinct < 2:
            return found
        if not all(_is_label(column, number, item, chosen) for item, column in columns):
            return found
        found.append(texts[0])
    return []


def _cell(column: Column, number: int) -> str | None:
    """Text of a cell; None where it is empty or the column is one of numbers."""
    if not isinstance(column, Coded) or number >= len(column) or column.codes[number] < 0:
        return None
    return column.values[column.codes[number]].strip() or None


def _is_label(column: Column, number: int, item: Item, chosen: Options) -> bool:
    """Whether a cell is empty, or a text that is no answer and stands in its column once."""
    text = _cell(column, number)
    if text is None or not isinstance(column, Coded):
        return number < len(column) and (isinstance(column, Coded) or bool(np.isnan(column[number])))
    folded = fold(text)
    codes = Codes.of((*chosen.missing_codes, *chosen.codes.get(item.name, ())), chosen.reasons)
    answer = folded in codes.texts or folded in BLANKS or folded in {fold(label) for label, _ in item.values}
    once = int(np.count_nonzero(column.codes == column.codes[number])) == 1
    return once and not answer and as_number(folded, comma=True) is None


def question_rows(columns: Sequence[Column]) -> list[list[str]]:
    """Rows under the header that hold question texts, where no model says what the answers are: none, one or two.

    A row counts where most of its cells are texts, no numbers, different from each other, and found once in their
    columns, and where the columns hold numbers or few words otherwise.
    """
    found: list[list[str]] = []
    for number in range(3):
        cells = [_cell(column, number) for column in columns]
        texts = [text for text in cells if text is not None]
        if len(texts) < max(2, 0.8 * len(cells)) or len(set(texts)) < 0.8 * len(texts):
            return found
        once = [column for column, text in zip(columns, cells, strict=True) if text and _stands_once(column, number)]
        plain = [text for text in texts if as_number(fold(text), comma=True) is None]
        if min(len(once), len(plain)) < 0.9 * len(texts) or np.mean([len(text) for text in texts]) < 5:
            return found
        found.append([text or "" for text in cells])
    return []


def _stands_once(column: Column, number: int) -> bool:
    """Whether a text stands in one cell of its column, while others there are repeated."""
    if not isinstance(column, Coded):
        return False
    return int(np.count_nonzero(column.codes == column.codes[number])) == 1
