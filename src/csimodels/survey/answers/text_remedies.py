"""The likely remedy for texts that are no numbers: one rule per kind of text, the first that holds is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.nodes import shorten
from csimodels.survey.answers.advice import code_list
from csimodels.survey.answers.in_words import key, rating_remedy
from csimodels.survey.answers.numbers import Unfit, fold
from csimodels.survey.answers.one_row import delete_totals, only_in
from csimodels.survey.answers.words import TOTALS, is_rating, numbered, rated, reason_of
from csimodels.survey.columns import number_text
from csimodels.survey.keys import is_plain
from csimodels.survey.options import Options
from csimodels.survey.table import Table, row_name

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
#: Signs that stand beside a number in a cell: currencies, quotes, units of points.
_BESIDE = re.compile(r"[$￥¥€'\"“”‘’=分星元\s]")
#: A text so long in the last row, and nowhere else, is a note.
_LONG_NOTE = 12


@dataclass(frozen=True)
class Texts:
    """The texts of one item that are no numbers, and what the rules look at.

    Attributes
    ----------
    unfit : Unfit
    chosen : Options
    row : (n,) array
        Numbers of rows in the source.
    table : Table
    """

    unfit: Unfit
    chosen: Options
    row: NDArray[Any]
    table: Table

    @property
    def first(self) -> str:
        """The text that comes first."""
        return self.unfit.values[0][0]

    @cached_property
    def texts(self) -> list[str]:
        """Texts as they stand in the cells."""
        return [text for text, _, _ in self.unfit.values if not isinstance(text, Message)]

    @cached_property
    def bare(self) -> list[str]:
        """Texts without signs of currencies, quotes and points."""
        return [fold(_BESIDE.sub("", text)) for text in self.texts]

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The number that each text holds or rates; empty where not all have one."""
        if read := numbered(self.bare):
            return {text: read[part] for text, part in zip(self.texts, self.bare, strict=True)}
        return dict(rated(self.texts)) if self.unfit.item.scale in ((1, 5), (0, 5)) else {}


def text_remedy(said: Texts) -> Message:
    """What to do with texts that are no numbers: the first rule that holds, else a code for no answer."""
    return next((remedy for rule in _RULES if (remedy := rule(said))), None) or _code_or_value(said)


def _dates(said: Texts) -> Message | None:
    if not _DATE.match(said.first.strip()):
        return None
    if said.unfit.count < said.unfit.answered:
        return Message("spreadsheets make dates of answers such as 3-5: type them again, in cells formatted as text")
    return Message("a date is no answer: check the column; spreadsheets make dates of answers such as 3-5")


def _lists(said: Texts) -> Message | None:
    first = said.first
    if first[:1] not in "[{(" or first[-1:] not in "]})" or reason_of(first) or said.table.source.kind in _OF_TEXT:
        return None
    return Message("the cells hold lists or records: take the answer out of them first")


def _totals(said: Texts) -> Message | None:
    return delete_totals(said.row) if fold(said.first) in TOTALS and only_in([said.unfit], len(said.row) - 1) else None


def _note(said: Texts) -> Message | None:
    """Several words in the last row, and nowhere else."""
    text, count, first = said.unfit.values[0]
    alone = len(said.unfit.values) == count == 1 and first[0] == len(said.row) - 1
    if not alone or not (len(str(text)) > _LONG_NOTE or ":" in fold(str(text))):
        return None
    return Message("delete row {row} if it is a note below the table", row=row_name(said.row[first[0]]))


def _letters_as_digits(said: Texts) -> Message | None:
    if not all(_LETTERS_AS_DIGITS.fullmatch(fold(text).replace(" ", "")) for text in said.texts):
        return None
    return Message("correct these cells: a letter or a blank stands where a digit was meant, as in 1O for 10")


def _spreadsheet_errors(said: Texts) -> Message | None:
    if not all(_ERROR.fullmatch(text.strip()) for text in said.texts):
        return None
    return Message("these are errors of a spreadsheet: mend the formulas, or leave the cells empty")


def _percentages(said: Texts) -> Message | None:
    if not all(_PERCENT.fullmatch(fold(text)) for text in said.texts):
        return None
    if said.unfit.item.scale == (0, 100):
        return Message("take the percent signs off")
    return Message("the cells are percentages: write scale: [0, 100] in the item and take the signs off")


def _words_with_numbers(said: Texts) -> Message | None:
    if not said.numbers or any(is_plain(text) for text in said.bare):
        return None
    shown = ", ".join(f"{key(word)}: {number_text(number)}" for word, number in said.numbers.items())
    return Message("{place}: values: {{{words}}}", place=Message("write in the item"), words=shown)


def _ratings(said: Texts) -> Message | None:
    if said.unfit.item.values or not any(is_rating(text) for text in said.texts):
        return None
    return rating_remedy(said.texts, said.unfit.item.scale)


def _numbers_among_signs(said: Texts) -> Message | None:
    if not fold(said.first)[:1].isdigit() and not all(is_plain(text) for text in said.bare):
        return None
    if "," not in said.first or said.table.comma_decimal:
        return Message("keep the number only in these cells, or translate them with values: {text: number} in the item")
    if all(_THOUSANDS.fullmatch(text) for text, _, _ in said.unfit.values):
        return Message("take out the commas between thousands")
    return Message("write decimals with a point, or save the file with ; as separator")


def _untranslated(said: Texts) -> Message | None:
    """Words that `values` does not translate, where those that it does are of a known scale."""
    if not said.unfit.item.values or any(reason_of(text) for text in said.texts) or reason_of(said.first):
        return None
    known = {word: number for word, number in said.unfit.item.values if isinstance(word, str)}
    meant = rated([*known, *said.texts])
    if not meant or any(meant.get(word) != number for word, number in known.items()):
        return None
    shown = ", ".join(f"{key(text)}: {meant[text]}" for text in said.texts)
    return Message("values has no number for {texts}: add {words}", texts=listed(said.texts, 3), words=shown)


def _code_or_value(said: Texts) -> Message:
    none: Sequence[str] = [text for text in said.texts if reason_of(text)] or [said.first]
    if len(none) == len(said.unfit.values) and all(map(reason_of, none)):
        codes = code_list(said.chosen, [key(shorten(text)) for text in none])
        return Message("add missing_codes: {codes}: these are no answers", codes=codes)
    return Message(
        "add missing_codes: {codes} if it means no answer, or values: {{{first}: ...}} to the item",
        codes=code_list(said.chosen, [key(shorten(text)) for text in none]),
        first=key(shorten(said.first)),
    )


#: Rules in the order in which they are tried; each gives None where it does not hold.
_RULES: tuple[Callable[[Texts], Message | None], ...] = (
    _dates,
    _lists,
    _totals,
    _note,
    _letters_as_digits,
    _spreadsheet_errors,
    _percentages,
    _words_with_numbers,
    _ratings,
    _numbers_among_signs,
    _untranslated,
)
