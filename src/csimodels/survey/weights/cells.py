"""Weights as numbers, and what is wrong with those of the rows that would be used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import N_, Message, counted
from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.answers.numbers import BLANKS, as_number, fold
from csimodels.survey.columns import Coded, Column, number_text
from csimodels.survey.table import row_name

#: Weights below this, or above its reciprocal, overflow when they are squared.
TINY = 1e-100
#: What every row has to hold.
_ALLOWED = N_("a finite number, 0 or more, in every row")


def weights(column: Column, comma: bool) -> tuple[Floats, list[str]]:
    """Weights as numbers, NaN where a cell is empty or holds no number; the second part lists such texts."""
    if not isinstance(column, Coded):
        return column, []
    texts = [fold(text) for text in column.values]
    numbers = [as_number(text, comma) for text in texts]
    used = column.counts() > 0
    bad = [
        raw
        for raw, text, number, seen in zip(column.values, texts, numbers, used, strict=True)
        if seen and number is None and text not in BLANKS
    ]
    return column.lookup(np.asarray([np.nan if v is None else v for v in numbers], dtype=np.float64)), bad


def decimal_commas(column: Column, comma: bool) -> int:
    """Cells of weights that were read with a decimal comma."""
    if not comma or not isinstance(column, Coded):
        return 0
    counts = column.counts()
    return sum(int(n) for text, n in zip(column.values, counts, strict=True) if re.fullmatch(r"\d*,\d+", text))


def _bare(folded: str) -> str:
    """A number without signs of money and a short unit, as in ``100秒``, ``€ 3``, ``12 %``; else the text as it is."""
    found = re.fullmatch(r"[^\d\s,.+-]{0,3}\s*([+-]?[\d.,]*\d)\s*[^\d\s,.]{0,7}", folded)
    return found[1] if found else folded


def number_remedy(bad: Sequence[str], otherwise: str) -> str:
    """What to do with texts in the place of numbers; `otherwise` where they are no numbers at all.

    A comma with three figures behind it may divide thousands; with any other count it stands for the decimal point.
    """
    bare = [_bare(fold(text)) for text in bad]
    decimals = [text for text in bare if re.fullmatch(r"\d+,(\d{1,2}|\d{4,})", text)]
    if decimals and all(re.fullmatch(r"[\d.,]+", text) for text in bare):
        text = "write the decimals with a point, {right} for {wrong}; in a CSV file separated by ; a comma will do too"
        return Message(text, right=decimals[0].replace(",", "."), wrong=decimals[0])
    if all(re.fullmatch(r"-?\d+(\.\d+)?", text.replace(",", "")) for text in bare):
        return Message("write plain numbers such as 1234.5: without thousands separators, units, % and signs of money")
    return otherwise


def _no_weights(values: Floats) -> Message:
    """What to do where cells of a weight hold words: in some of its rows, or throughout."""
    if 2 * np.count_nonzero(~np.isnan(values)) > len(values):
        return Message("fill in the weights, or leave these cells empty and write weight_missing: drop under data")
    return Message("name a column that holds weights")


@dataclass(frozen=True, eq=False)
class Weighed:
    """The weights of the rows that would be used.

    Attributes
    ----------
    values : (n,) as numbers, NaN where a cell is empty or holds text.
    bad : texts that are no numbers.
    row : (n,) what the rows are called.
    subject : the column in its kind (``weight column "w"``);  ``where`` : the file.
    zero : where a weight of 0 leaves a row.
    """

    values: Floats
    bad: Sequence[str]
    row: NDArray[Any]
    subject: str
    where: str
    zero: str = Message("out, and says so")

    def problems(self) -> list[Problem]:
        """What is wrong with them; what can only be judged of sound weights is said of these alone."""
        found = [*self._without_number(), *self._unsound()]
        return found or [*self._beyond(), *self._nothing()]

    def _without_number(self) -> list[Problem]:
        """Cells of text; without any of these, empty cells."""
        if self.bad:
            return [
                Problem(
                    Message("{subject} holds text", subject=self.subject),
                    self.where,
                    found=listed([repr(text) for text in self.bad], 5),
                    allowed=Message(_ALLOWED),
                    remedy=number_remedy(self.bad, _no_weights(self.values)),
                )
            ]
        remedy = self._correct
        if isinstance(self.subject, Message) and self.subject.template.startswith("weight column"):
            text = "write weight_missing: drop under data to leave these rows out (counted), or fill in the weights"
            remedy = Message(text)
        return self._said(np.isnan(self.values), Message("missing"), show=False, remedy=remedy)

    def _unsound(self) -> list[Problem]:
        negative = self._said(self.values < 0, Message("negative"))
        return negative + self._said(np.isinf(self.values), Message("infinite"))

    def _beyond(self) -> list[Problem]:
        text = "beyond {most} or below {least}, which cannot be computed with,"
        absurd = (self.values > 1 / TINY) | ((self.values > 0) & (self.values < TINY))
        return self._said(absurd, Message(text, most=f"{1 / TINY:g}", least=f"{TINY:g}"))

    def _nothing(self) -> list[Problem]:
        if not len(self.values) or self.values.any():
            return []
        what = Message("{subject}: all weights are 0", subject=self.subject)
        return [Problem(what, self.where, remedy="name another column, or none")]

    @property
    def _correct(self) -> Message:
        return Message("fill in or correct the weights; a weight of 0 leaves a row {zero}", zero=self.zero)

    def _said(self, hit: Bools, what: Message, show: bool = True, remedy: Message | None = None) -> list[Problem]:
        """The rows that are `hit`, with their values where these are to be shown; nothing where there are none."""
        places = np.flatnonzero(hit)
        if not len(places):
            return []
        named = [Message("row {n}", n=row_name(self.row[i])) for i in places]
        if show:
            cells = [(row_name(self.row[i]), number_text(self.values[i])) for i in places]
            named = [Message("row {n}: {value}", n=row, value=value) for row, value in cells]
        rows = counted(len(places), "{n} row", "{n} rows")
        return [
            Problem(
                Message("{subject}: {what} in {rows}", subject=self.subject, what=what, rows=rows),
                self.where,
                found=listed(named, 5 if show else 20),
                allowed=Message(_ALLOWED),
                remedy=remedy or self._correct,
            )
        ]
