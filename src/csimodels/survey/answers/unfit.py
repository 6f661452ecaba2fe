"""What is said of answers that cannot be used: the cells, and the line of the spec that is likely to help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import Message, counted, joined
from csimodels.spec.model import Item
from csimodels.spec.nodes import shorten
from csimodels.survey.answers.advice import Proposal, code_list, like_the_others, proposal, scale_remedy
from csimodels.survey.answers.in_words import in_words, key, subject, words_problem
from csimodels.survey.answers.numbers import Unfit
from csimodels.survey.answers.one_row import (
    SourceRows,
    delete_totals,
    only_in,
    row_alone,
    row_problem,
    same_in_several,
    texts_of_one_row,
)
from csimodels.survey.answers.several import several, several_problem
from csimodels.survey.answers.text_remedies import Texts, text_remedy
from csimodels.survey.answers.words import reason_of
from csimodels.survey.columns import number_text
from csimodels.survey.options import Options
from csimodels.survey.table import LogEntry, Table, row_name

#: Numbers of rows in the source; texts where a row stands in one of several files.
Rows = NDArray[Any]

#: Totals stand in one of so many rows at the end.
_BELOW = 5


def set_missing(unfit: Unfit) -> LogEntry:
    """The entry for answers outside the scale that were set to missing."""
    values = listed([Message("{value} ({n} times)", value=value, n=count) for value, count, _ in unfit.values], 8)
    return LogEntry("out of range set to missing", unfit.item.name, unfit.count, values)


def _found(unfit: Unfit, row: Rows, quote: str = "") -> Message:
    def place(value: str, count: int, first: Sequence[int]) -> Message:
        rows = listed([row_name(row[i]) for i in first], 0)
        rows = Message("{names}, ...", names=rows) if count > len(first) else rows
        shown = value if isinstance(value, Message) else f"{quote}{shorten(value)}{quote}"
        return counted(
            count, "{value} ({n} time: row {rows})", "{value} ({n} times: rows {rows})", value=shown, rows=rows
        )

    return listed([place(value, count, first) for value, count, first in unfit.values], 6)


# ---- texts --------------------------------------------------------------------------------------------------------


def unfit_problems(
    texts: Sequence[Unfit],
    outside: Sequence[Unfit],
    chosen: Options,
    row: Rows,
    table: Table,
    items: Sequence[Item],
    says_total: Callable[[], bool] = bool,
) -> list[Problem]:
    """What is said of texts and of numbers outside the scale; all of them name the same missing codes in one line.

    Parameters
    ----------
    texts, outside : sequence of Unfit
    chosen : Options
    row : (n,) array
        Numbers of rows in the source.
    table : Table
    items : sequence of Item
        All items that are asked for.
    says_total : function
        Whether the last row has a word for totals, means or bases in any column.
    """
    meant = like_the_others([proposal(unfit) for unfit in outside], outside)
    numbers = _shared_codes(meant, items)
    words = dict.fromkeys(str(text) for unfit in texts for text, _, _ in unfit.values if reason_of(str(text)))
    every = replace(chosen, missing_codes=(*chosen.missing_codes, *numbers, *map(key, words)))
    problems = text_problems(texts, every, row, table)
    return problems + (outside_problems(outside, every, row, table.label, items, says_total) if outside else [])


def text_problems(texts: Sequence[Unfit], chosen: Options, row: Rows, table: Table) -> list[Problem]:
    """Texts that are no numbers; items whose answers are words of one scale make one problem."""
    worded = [unfit for unfit in texts if in_words(unfit)]
    alone = [unfit for unfit in texts if len(worded) < 2 or unfit not in worded]
    of_row = None
    if not all(_says_none(unfit) for unfit in alone):
        of_row = texts_of_one_row(alone, SourceRows(row, table.label, len(chosen.columns)))
    if of_row is not None:
        problems = [of_row]
    else:
        problems = same_in_several([(unfit, _text_problem(unfit, chosen, row, table)) for unfit in alone], row)
    scales = dict.fromkeys(unfit.item.scale for unfit in worded) if len(worded) > 1 else {}
    return problems + [words_problem([u for u in worded if u.item.scale == scale], table) for scale in scales]


def _says_none(unfit: Unfit) -> bool:
    """Whether every text of an item is one of the words that mean no answer."""
    return all(bool(reason_of(text)) for text, _, _ in unfit.values)


def _text_problem(unfit: Unfit, chosen: Options, row: Rows, table: Table) -> Problem:
    if parts := several(unfit):
        return several_problem(unfit, parts, table.label, _found(unfit, row, '"'))
    if in_words(unfit):
        return words_problem([unfit], table)
    answers = counted(unfit.count, "{n} answer is", "{n} answers are")
    what = Message("{unfit}: {answers} text, not a number", unfit=subject(unfit), answers=answers)
    low, high = (number_text(limit) for limit in unfit.item.scale)
    allowed = Message("numbers from {scale} to {scale2}", scale=low, scale2=high)
    return Problem(what, table.label, _found(unfit, row, '"'), allowed, text_remedy(Texts(unfit, chosen, row, table)))


# ---- numbers ------------------------------------------------------------------------------------------------------


def _are_totals(outside: Sequence[Unfit], place: int) -> bool:
    """Whether the row at `place`, and no other, has different values as large as sums of answers of 1 and more."""
    if len(outside) < 2 or not only_in(outside, place):
        return False
    values = [float(unfit.values[0][0]) for unfit in outside]
    large = all(value >= unfit.answered - 1 for value, unfit in zip(values, outside, strict=True))
    return large and len(set(values)) > 1 and all(v > u.item.scale[1] for v, u in zip(values, outside, strict=True))


def outside_problems(
    outside: Sequence[Unfit],
    chosen: Options,
    row: Rows,
    where: str,
    items: Sequence[Item],
    says_total: Callable[[], bool] = bool,
) -> list[Problem]:
    """One problem per item; items with the same likely remedy have it once, at the last of them.

    `says_total` tells whether the last row has a word for totals, means or bases in any column.
    """
    meant = like_the_others([proposal(unfit) for unfit in outside], outside)
    remedies = [
        _remedy(unfit, guess, _shared_codes(meant, items), chosen) for unfit, guess in zip(outside, meant, strict=True)
    ]
    end = len(row) - 1
    alone = row_alone(outside)
    at = alone if alone is not None and end - alone < _BELOW else end
    if _are_totals(outside, at) or (only_in(outside, at) and says_total()):
        if len(outside) > 1:
            return [row_problem(outside, at, SourceRows(row, where, len(items)), delete_totals(row, at))]
        remedies = [delete_totals(row)] * len(outside)
    problems = []
    for k, unfit in enumerate(outside):
        low, high = (number_text(limit) for limit in unfit.item.scale)
        one, many = "{unfit}: {n} answer outside {scale}", "{unfit}: {n} answers outside {scale}"
        if unfit.infinite:
            one = "{unfit}: {n} answer infinite or outside {scale}"
            many = "{unfit}: {n} answers infinite or outside {scale}"
        scale = Message("the scale {low}..{high}", low=low, high=high)
        what = counted(unfit.count, one, many, unfit=subject(unfit), scale=scale)
        last = remedies[k] if remedies[k] not in remedies[k + 1 :] else ""
        problems.append(Problem(what, where, _found(unfit, row), Message("{low} to {high}", low=low, high=high), last))
    problems[-1] = replace(
        problems[-1], remedy=Message("{remedy} (rows are counted from 1 under the header)", remedy=problems[-1].remedy)
    )
    return problems


def _shared_codes(meant: Sequence[Proposal], items: Sequence[Item]) -> tuple[float, ...]:
    """Codes that may stand for all items at once: no item has one of them inside its scale."""
    codes = sorted({code for guess in meant for code in guess.codes})
    inside = any(item.scale[0] <= code <= item.scale[1] for item in items for code in codes)
    return () if inside else tuple(codes)


def _remedy(unfit: Unfit, guess: Proposal, shared: tuple[float, ...], chosen: Options) -> str:
    parts: list[str] = []
    if guess.swap:
        parts.append(Message("write values: {1: 1, 2: 0} in the item, where 1 is yes and 2 is no"))
    if guess.scale is not None:
        parts.append(scale_remedy(guess.scale, [value for value, _, _ in unfit.values]))
    if guess.codes:
        add = [number_text(code) for code in shared or guess.codes]
        codes = code_list(chosen, add) if shared else f"{{{unfit.item.name}: [{', '.join(add)}]}}"
        parts.append(Message("if they mean no answer, add missing_codes: {codes} to data", codes=codes))
    if not parts:
        many = len(unfit.values) > 6 or 20 * unfit.count > unfit.answered
        parts.append(Message("correct the scale of the item") if many else Message("correct these answers in the data"))
    rest = Message("or write out_of_range: missing under data to leave these answers out")
    return joined([*parts, rest])
