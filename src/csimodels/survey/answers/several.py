"""Cells that hold several answers, as ``1┋3`` or ``price; service``: told apart, and made items of 0 and 1."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from csimodels.errors import Problem, listed
from csimodels.messages import Message, counted
from csimodels.spec.model import FromCell, Item
from csimodels.survey.answers.numbers import BLANKS, Answers, Codes, Unfit, as_number, fold
from csimodels.survey.columns import Coded, Column, number_text
from csimodels.survey.table import LogEntry

#: Marks between two answers in the exports of common survey tools.
_MARKS = "┋;；|｜、，,\n\t"
_BETWEEN = re.compile(f"[{re.escape(_MARKS)}]+")
_BLANK = re.compile(r"\s+")
#: More different parts than this are no list of answers to tick.
_MOST_PARTS = 40


def parts_of(text: str, separator: str = "") -> list[str]:
    """The answers in one cell, folded; numbers in their plain form.

    >>> parts_of("1┋3"), parts_of("2"), parts_of("Price; Service")
    (['1', '3'], ['2'], ['price', 'service'])
    """
    pieces = text.split(separator) if separator else _BETWEEN.split(text)
    folded = [fold(piece) for piece in pieces]
    if not separator and len(folded) == 1 and all(as_number(p, comma=False) is not None for p in folded[0].split()):
        folded = _BLANK.split(folded[0])
    return [_plain(piece) for piece in folded if piece]


def _plain(folded: str) -> str:
    value = as_number(folded, comma=False)
    return folded if value is None else number_text(value)


def cell_answers(column: Column, item: Item, codes: Codes) -> Answers:
    """1 where a cell holds the answer of `item`, else 0, and what was done to get there.

    Parameters
    ----------
    column : Column
        The cells; not changed.
    item : Item
        An item with ``cell``.
    codes : Codes
        Missing codes: a cell that is one of them is missing.

    Returns
    -------
    Answers
        ``values`` (n,) of 0, 1 and NaN.
    """
    cell = item.cell
    assert cell is not None
    wanted = _plain(fold(cell.contains if isinstance(cell.contains, str) else number_text(cell.contains)))
    blank = 0.0 if cell.empty == "none" else np.nan
    recoded = dict.fromkeys(codes.names, 0)
    if isinstance(column, Coded):
        values = _from_texts(column, cell, wanted, codes, blank, recoded)
        empty = int((column.codes < 0).sum())
    else:
        values, empty = _from_numbers(column, wanted, codes, blank, recoded)
    log = [
        LogEntry("missing codes recoded", item.name, n, Message("code {code}", code=c)) for c, n in recoded.items() if n
    ]
    held = int(np.nansum(values))
    text = "{answer} stands in {n} cells of {column}; {empty} empty cells count as missing"
    if cell.empty == "none":
        text = "{answer} stands in {n} cells of {column}; {empty} empty cells count as 0: none of the answers"
    detail = Message(text, n=held, column=cell.column, answer=wanted, empty=empty)
    return Answers(values, [*log, LogEntry("answer found in cells of several", item.name, held, detail)], recoded)


def _from_texts(
    column: Coded, cell: FromCell, wanted: str, codes: Codes, blank: float, recoded: dict[str, int]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    counts, table = column.counts(), np.zeros(len(column.values) + 1)
    table[-1] = blank
    for i, text in enumerate(column.values):
        folded = fold(text)
        number = as_number(folded, comma=False)
        shown = codes.texts.get(folded) if number is None else codes.numbers.get(number)
        if shown is not None:
            recoded[shown] += int(counts[i])
            table[i] = np.nan
        elif folded in BLANKS:
            table[i] = blank
        else:
            table[i] = float(wanted in (_plain(folded), *parts_of(text, cell.separator)))
    return table[column.codes]


def _from_numbers(
    column: np.ndarray[tuple[int], np.dtype[np.float64]],
    wanted: str,
    codes: Codes,
    blank: float,
    recoded: dict[str, int],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    number = as_number(wanted, comma=False)
    values = (column == number).astype(np.float64) if number is not None else np.zeros(len(column))
    empty = np.isnan(column)
    values[empty] = blank
    for code, shown in codes.numbers.items():
        hit = column == code
        recoded[shown] = int(hit.sum())
        values[hit] = np.nan
    return values, int(empty.sum())


def absent_problem(column: Column, item: Item, where: str) -> Problem:
    """No cell holds the answer of `item`: the answers that there are."""
    cell = item.cell
    assert cell is not None
    if isinstance(column, Coded):
        held = [text for text, n in zip(column.values, column.counts(), strict=True) if n]
        there = sorted({part for text in held for part in parts_of(text, cell.separator)})
    else:
        there = [number_text(value) for value in np.unique(column[~np.isnan(column)]).tolist()]
    what = Message(
        'item {item}: no cell of column "{column}" holds {contains}',
        item=item.name,
        column=cell.column,
        contains=str(cell.contains),
    )
    return Problem(
        what,
        where,
        Message("the cells hold {names}", names=listed(there)),
        remedy="correct contains, or leave the item out",
    )


def several(unfit: Unfit) -> list[str]:
    """The answers that stand together in the cells of `unfit`; empty where the texts are no lists of answers."""
    texts = [text for text, _, _ in unfit.values if text.strip()]
    lists = [parts_of(text) for text in texts]
    parts = list(dict.fromkeys(part for found in lists for part in found))
    joined = [text for text, found in zip(texts, lists, strict=True) if len(found) > 1]
    if len(joined) < max(2, len(texts) / 2) or len(parts) > _MOST_PARTS:
        return []
    if all(re.fullmatch(r"[^,，]*[,，][^,，]*", text) for text in joined):  # one comma: a decimal, or a sentence
        return []
    numeric = all(as_number(part, comma=False) is not None for part in parts)
    return sorted(parts, key=lambda p: (len(p), p)) if numeric or len(parts) < len(texts) else []


def several_problem(unfit: Unfit, parts: Sequence[str], where: str, found: str) -> Problem:
    """Several answers in a cell: the items to make of them."""
    name = unfit.item.name
    texts = [part if as_number(part, comma=False) is not None else f'"{part}"' for part in parts]
    shown = [f"{name}_{k}: {{from: {{column: {unfit.column}, contains: {p}}}}}" for k, p in enumerate(texts, start=1)]
    what = Message(
        "item {name}: several answers stand in one cell, in {rows}",
        name=name,
        rows=counted(unfit.count, "{n} row", "{n} rows"),
    )
    items = ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")
    remedy = Message("make an item of 0 and 1 of each answer, in the place of {name}: {items}", name=name, items=items)
    return Problem(what, where, found, Message("one answer in a cell"), remedy)
