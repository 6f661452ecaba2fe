"""What is said of answers that cannot be used: the cells, and the line of the spec that is likely to help."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import Message, counted, joined
from csimodels.spec.model import Item
from csimodels.spec.nodes import shorten
from csimodels.survey.advice import Proposal, like_the_others, proposal, scale_remedy
from csimodels.survey.answers import Unfit, fold
from csimodels.survey.answers_in_words import in_words, key, rating_remedy, subject, words_problem
from csimodels.survey.cells import several, several_problem
from csimodels.survey.columns import number_text
from csimodels.survey.keys import is_plain
from csimodels.survey.one_row import SourceRows, row_alone, row_problem, same_in_several, texts_of_one_row
from csimodels.survey.options import Options
from csimodels.survey.table import LogEntry, Table, row_name
from csimodels.survey.words import TOTALS, is_rating, numbered, rated, reason_of

#: Numbers of rows in the source; texts where a row stands in one of several files.
Rows = NDArray[Any]

_OF_TEXT = ("csv", "excel", "spss", "stata")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
#: Dates as programs write them, and what spreadsheets make of 3-5: 05-Mar, Mar-05, 3月5日, 5/3/2024.
_DATE = re.compile(
    rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}[-/ .]{_MONTH}|{_MONTH}[-/ .]\d{{1,4}}|\d{{1,2}}月\d{{1,2}}[日号]?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}",
    re.IGNORECASE,
)
_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?|#N/A")
_LETTERS_AS_DIGITS = re.compile(r"[1il][0o]")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_PERCENT = re.compile(r"\d+([.,]\d+)? ?%")
#: A text so long in the last row, and nowhere else, is a note.
_LONG_NOTE = 12
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
    first = unfit.values[0][0]
    texts = [text for text, _, _ in unfit.values if not isinstance(text, Message)]
    none = [text for text in texts if reason_of(text)] or [first]
    remedy = Message(
        "add missing_codes: {codes} if it means no answer, or values: {{{first}: ...}} to the item",
        codes=_code_list(chosen, [key(shorten(text)) for text in none]),
        first=key(shorten(first)),
    )
    if unfit.item.values and none == [first] and not reason_of(first):
        remedy = _untranslated(unfit, texts, remedy)
    bare = [fold(re.sub(r"[$￥¥€'\"“”‘’=分星元\s]", "", text)) for text in texts]
    read = numbered(bare)
    numbers = {text: read[part] for text, part in zip(texts, bare, strict=True)} if read else {}
    if not read and unfit.item.scale in ((1, 5), (0, 5)):
        numbers = dict(rated(texts))
    if _DATE.match(first.strip()):
        remedy = Message("a date is no answer: check the column; spreadsheets make dates of answers such as 3-5")
        if unfit.count < unfit.answered:
            text = "spreadsheets make dates of answers such as 3-5: type them again, in cells formatted as text"
            remedy = Message(text)
    elif first[:1] in "[{(" and first[-1:] in "]})" and not reason_of(first) and table.source.kind not in _OF_TEXT:
        remedy = Message("the cells hold lists or records: take the answer out of them first")
    elif fold(first) in TOTALS and _only_in([unfit], len(row) - 1):
        remedy = _delete_totals(row)
    elif _is_note(unfit, row):
        remedy = Message("delete row {row} if it is a note below the table", row=row_name(row[unfit.values[0][2][0]]))
    elif all(_LETTERS_AS_DIGITS.fullmatch(fold(text).replace(" ", "")) for text in texts):
        remedy = Message("correct these cells: a letter or a blank stands where a digit was meant, as in 1O for 10")
    elif all(_ERROR.fullmatch(text.strip()) for text in texts):
        remedy = Message("these are errors of a spreadsheet: mend the formulas, or leave the cells empty")
    elif all(_PERCENT.fullmatch(fold(text)) for text in texts):
        remedy = Message("the cells are percentages: write scale: [0, 100] in the item and take the signs off")
        if unfit.item.scale == (0, 100):
            remedy = Message("take the percent signs off")
    elif numbers and not any(is_plain(text) for text in bare):
        shown = ", ".join(f"{key(word)}: {number_text(number)}" for word, number in numbers.items())
        remedy = Message("{place}: values: {{{words}}}", place=Message("write in the item"), words=shown)
    elif not unfit.item.values and any(is_rating(text) for text in texts):
        remedy = rating_remedy(texts, unfit.item.scale)
    elif fold(first)[:1].isdigit() or all(is_plain(text) for text in bare):
        remedy = Message(
            "keep the number only in these cells, or translate them with values: {text: number} in the item"
        )
        if "," in first and not table.comma_decimal:
            remedy = Message("write decimals with a point, or save the file with ; as separator")
            if all(_THOUSANDS.fullmatch(text) for text, _, _ in unfit.values):
                remedy = Message("take out the commas between thousands")
    return Problem(
        Message(
            "{unfit}: {answers} text, not a number",
            unfit=subject(unfit),
            answers=counted(unfit.count, "{n} answer is", "{n} answers are"),
        ),
        table.label,
        _found(unfit, row, '"'),
        Message(
            "numbers from {scale} to {scale2}",
            scale=number_text(unfit.item.scale[0]),
            scale2=number_text(unfit.item.scale[1]),
        ),
        remedy,
    )


def _untranslated(unfit: Unfit, texts: Sequence[str], otherwise: Message) -> Message:
    """What to do with words that `values` does not translate; their numbers where they are of a known scale."""
    known = {word: number for word, number in unfit.item.values if isinstance(word, str)}
    meant = rated([*known, *texts])
    if meant and all(meant.get(word) == number for word, number in known.items()):
        shown = ", ".join(f"{key(text)}: {meant[text]}" for text in texts)
        return Message("values has no number for {texts}: add {words}", texts=listed(texts, 3), words=shown)
    return otherwise


def _only_in(unfits: Sequence[Unfit], place: int) -> bool:
    """Whether each of them has one cell only, in the row at `place`."""
    return all(len(unfit.values) == unfit.count == 1 and unfit.values[0][2][0] == place for unfit in unfits)


def _are_totals(outside: Sequence[Unfit], place: int) -> bool:
    """Whether the row at `place`, and no other, has different values as large as sums of answers of 1 and more."""
    if len(outside) < 2 or not _only_in(outside, place):
        return False
    values = [float(unfit.values[0][0]) for unfit in outside]
    large = all(value >= unfit.answered - 1 for value, unfit in zip(values, outside, strict=True))
    return large and len(set(values)) > 1 and all(v > u.item.scale[1] for v, u in zip(values, outside, strict=True))


def _delete_totals(row: Rows, at: int = -1) -> Message:
    return Message("delete row {row} if it holds totals of the rows above it", row=row_name(row[at]))


def _is_note(unfit: Unfit, row: Rows) -> bool:
    """Whether the only text of an item is several words in the last row."""
    text, count, first = unfit.values[0]
    return (
        len(unfit.values) == count == 1
        and first[0] == len(row) - 1
        and (len(str(text)) > _LONG_NOTE or ":" in fold(str(text)))
    )


# ---- numbers ------------------------------------------------------------------------------------------------------


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
    if _are_totals(outside, at) or (_only_in(outside, at) and says_total()):
        if len(outside) > 1:
            return [row_problem(outside, at, SourceRows(row, where, len(items)), _delete_totals(row, at))]
        remedies = [_delete_totals(row)] * len(outside)
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
        codes = _code_list(chosen, add) if shared else f"{{{unfit.item.name}: [{', '.join(add)}]}}"
        parts.append(Message("if they mean no answer, add missing_codes: {codes} to data", codes=codes))
    if not parts:
        many = len(unfit.values) > 6 or 20 * unfit.count > unfit.answered
        parts.append(Message("correct the scale of the item") if many else Message("correct these answers in the data"))
    rest = Message("or write out_of_range: missing under data to leave these answers out")
    return joined([*parts, rest])


def _code_list(chosen: Options, add: Sequence[str]) -> str:
    old = [code if isinstance(code, str) else number_text(float(code)) for code in chosen.missing_codes]
    return f"[{', '.join(dict.fromkeys([*old, *add]))}]"
