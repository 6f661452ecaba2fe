"""Cells of an item's column turned into numbers: text, missing codes, scale limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import REASONS, Code, Item
from csimodels.spelling import trimmed
from csimodels.survey.columns import Coded, Column, number_text
from csimodels.survey.table import LogEntry

#: Texts that stand for an empty cell in the exports of common survey tools (case and spaces do not matter).
BLANKS = frozenset({"", "na", "n/a", "nan", "null", ".", "#n/a", "#null!", "<na>"})

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?")
#: More different numbers than this are not looked through for the scale that they run on.
_MOST_HELD = 200
_COMMA = re.compile(r"[+-]?\d+,\d+")
_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Codes:
    """Missing codes of one item, as numbers and as folded text, each with the code as it was written."""

    numbers: dict[float, str]
    texts: dict[str, str]
    reasons: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, codes: Sequence[Code], reasons: Mapping[str, Sequence[Code]] | None = None) -> Codes:
        """Codes as written in a spec; ``"98"`` and ``98.0`` are the number 98.

        Parameters
        ----------
        codes : sequence of float or str
            Codes of no answer.
        reasons : mapping of str to codes, optional
            Reason (one of :data:`~csimodels.spec.model.REASONS`) -> codes, which are missing codes too.
        """
        meant = dict(reasons or {})
        parts = {number: cls._read(meant.get(name, ())) for number, name in enumerate(REASONS, 1)}
        why = {shown: number for number, part in parts.items() for shown in part.names}
        whole = cls._read([*codes, *(code for part in meant.values() for code in part)])
        return cls(whole.numbers, whole.texts, why)

    @classmethod
    def _read(cls, codes: Sequence[Code]) -> Codes:
        numbers: dict[float, str] = {}
        texts: dict[str, str] = {}
        for code in codes:
            value = float(code) if not isinstance(code, str) else as_number(fold(code), comma=False)
            if value is None:
                texts[fold(str(code))] = str(code)
            else:
                numbers[value] = number_text(value)
        return cls(numbers, texts)

    @property
    def names(self) -> list[str]:
        """The codes as they are shown."""
        return [*self.numbers.values(), *self.texts.values()]


@dataclass(frozen=True, slots=True)
class Unfit:
    """Values of one item that cannot be used: each with its count and the first positions at which it stands.

    ``held`` are all numbers of the item, inside and outside its scale; ``answered`` counts cells that are not empty.
    """

    item: Item
    column: str
    values: tuple[tuple[str, int, tuple[int, ...]], ...]
    infinite: bool = False
    held: tuple[float, ...] = ()
    answered: int = 0

    @property
    def count(self) -> int:
        """Number of cells."""
        return sum(count for _, count, _ in self.values)


@dataclass(slots=True)
class Answers:
    """Numbers of one item with what was done to get them; ``recoded`` counts cells per missing code.

    ``reason`` (n,) is the number of the reason that a missing code stands for, 0 elsewhere; None where none has one.
    """

    values: Floats
    log: list[LogEntry] = field(default_factory=list)
    recoded: dict[str, int] = field(default_factory=dict)
    text: Unfit | None = None
    outside: Unfit | None = None
    reason: NDArray[np.int8] | None = None


def fold(text: str) -> str:
    """Full-width forms to plain ones, spaces off the ends, case away.

    Raised and lowered digits and fractions stay what they are: ``7²`` is a seven with a footnote, not 72.
    """
    if text.isascii():
        return trimmed(text).casefold()
    if not any(map(_is_mark, text)):
        return trimmed(unicodedata.normalize("NFKC", text)).casefold()
    return trimmed("".join(c if _is_mark(c) else unicodedata.normalize("NFKC", c) for c in text)).casefold()


def _is_mark(character: str) -> bool:
    return unicodedata.decomposition(character).startswith(("<super>", "<sub>", "<fraction>"))


def as_number(folded: str, comma: bool) -> float | None:
    """The number a folded text holds, or None; ``7,5`` counts only where `comma` says so."""
    if _NUMBER.fullmatch(folded):
        return float(folded)
    if comma and _COMMA.fullmatch(folded):
        return float(folded.replace(",", "."))
    return None


def answers(
    column: Column, item: Item, name: str, codes: Codes, comma: bool, said: bool, into: Floats | None = None
) -> Answers:
    """Numbers of one item, on its scale as written (not yet turned).

    Parameters
    ----------
    column : cells; not changed.
    name : of the column, for messages.
    comma : ``7,5`` is 7.5.
    said : report numbers that were held as text (in a text file every number is).
    into : (n,) where the values may be put, so that a column of numbers is copied once.

    Returns
    -------
    Answers
        ``values`` (n,) with NaN where missing; what could not be used stands in ``text`` and ``outside``.
    """
    if isinstance(column, Coded):
        done = _from_text(column, item, name, codes, comma, said)
    else:
        done = _from_numbers(column, item, codes, np.empty(len(column)) if into is None else into)
    low, high = item.scale
    if done.values.size and (np.fmin.reduce(done.values) < low or np.fmax.reduce(done.values) > high):
        done.outside = _unfit(done.values, (done.values < low) | (done.values > high), item, name)
    done.log += code_log(done.recoded, item, codes)
    return done


def code_log(recoded: Mapping[str, int], item: Item, codes: Codes) -> list[LogEntry]:
    """What is said of the missing codes of an item: how many cells held each, and which lie on its scale."""
    low, high = item.scale
    said = [
        LogEntry("missing codes recoded", item.name, n, Message("code {code}", code=c)) for c, n in recoded.items() if n
    ]
    return said + [
        LogEntry("missing code inside the scale", item.name, recoded.get(shown, 0), in_range(shown, item))
        for code, shown in codes.numbers.items()
        if low <= code <= high
    ]


def in_range(code: str, item: Item) -> Message:
    """That a code lies on the scale of an item."""
    low, high = map(number_text, item.scale)
    return Message("{code} in {low}..{high}", code=code, low=low, high=high)


def read_as(text: str, number: str) -> Message:
    """What a text or number was taken for."""
    return Message("{text} read as {number}", text=text, number=number)


def number_map(item: Item) -> dict[float, float]:
    """Entries of ``values`` whose text is itself a number, for columns that hold numbers (``1: 1, 2: 0``)."""
    pairs = ((as_number(fold(text), comma=False), value) for text, value in item.values)
    return {text: value for text, value in pairs if text is not None}


def _from_numbers(column: Floats, item: Item, codes: Codes, into: Floats) -> Answers:
    into[:] = column
    done = Answers(into)
    if not len(column):
        return done
    low, high = (np.fmin.reduce(column), np.fmax.reduce(column)) if codes.numbers else (np.nan, np.nan)
    for old, new in number_map(item).items():
        hit = column == old
        done.values[hit] = new
        if old != new and hit.any():
            detail = read_as(number_text(old), number_text(new))
            done.log.append(LogEntry("values translated", item.name, int(hit.sum()), detail))
    for code, shown in codes.numbers.items():
        done.recoded[shown] = 0
        if low <= code <= high:
            hit = column == code
            done.recoded[shown] = int(np.count_nonzero(hit))
            done.values[hit] = np.nan
            if shown in codes.reasons:
                done.reason = np.zeros(len(column), dtype=np.int8) if done.reason is None else done.reason
                done.reason[hit] = codes.reasons[shown]
    return done


@dataclass(slots=True)
class _Reading:
    """How the distinct texts of a column are read: number, code or neither."""

    numbers: Floats
    bad: Bools
    reason: NDArray[np.float64]
    log: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, step: str, detail: str, count: int) -> None:
        self.log[step, detail] = self.log.get((step, detail), 0) + count


def _from_text(column: Coded, item: Item, name: str, codes: Codes, comma: bool, said: bool) -> Answers:
    counts = column.counts()
    size = len(column.values)
    reading = _Reading(np.full(size, np.nan), np.zeros(size, dtype=bool), np.zeros(size))
    recoded = dict.fromkeys(codes.names, 0)
    labels = {fold(text): value for text, value in item.values}
    translated = number_map(item)
    for i, text in enumerate(column.values):
        count, folded = int(counts[i]), fold(text)
        if not count:
            continue
        value = as_number(folded, comma)
        shown = codes.texts.get(folded) if value is None else codes.numbers.get(value)
        if shown is not None:
            recoded[shown] += count
            reading.reason[i] = codes.reasons.get(shown, 0)
        elif folded in labels:
            reading.numbers[i] = labels[folded]
            reading.note("values translated", read_as(f'"{text.strip()}"', number_text(labels[folded])), count)
        elif folded in BLANKS:
            reading.note("blank answers", Message("{text} counts as missing", text=f'"{text}"'), count)
        elif folded in _TRUTH:
            reading.numbers[i] = _TRUTH[folded]
            reading.note("text turned into numbers", read_as(text.strip(), str(int(_TRUTH[folded]))), count)
        elif value is None:
            reading.bad[i] = True
        else:
            reading.numbers[i] = translated.get(value, value)
            _note_number(reading, text, folded, count, said and i not in column.numeric)
    log = [LogEntry(step, item.name, count, detail) for (step, detail), count in reading.log.items()]
    done = Answers(column.lookup(reading.numbers), log, recoded)
    if reading.reason.any():
        done.reason = np.nan_to_num(column.lookup(reading.reason)).astype(np.int8)
    if reading.bad.any():
        done.text = _unfit_text(column, reading.bad, item, name)
    return done


def _note_number(reading: _Reading, text: str, folded: str, count: int, said: bool) -> None:
    """Say what had to be done to read a number: always where it changed the text, else where `said` asks for it."""
    if "," in folded:
        reading.note("text turned into numbers", Message("decimal comma"), count)
    elif text.strip() != trimmed(text):
        reading.note("text turned into numbers", Message("characters without width taken off"), count)
    elif not folded.isascii():
        reading.note("text turned into numbers", Message("digits of another script"), count)
    elif text.strip().casefold() != folded:
        reading.note("text turned into numbers", Message("full-width digits"), count)
    elif said:
        reading.note("text turned into numbers", Message("numbers held as text"), count)


def _unfit(values: Floats, bad: Bools, item: Item, name: str) -> Unfit:
    where = np.flatnonzero(bad)
    distinct, code, counts = np.unique(values[where], return_inverse=True, return_counts=True)
    shown = tuple(
        (number_text(value), int(count), _first(where[code == i]))
        for i, (value, count) in enumerate(zip(distinct[:50].tolist(), counts, strict=False))
    )
    if len(distinct) > 50:
        rest = int(counts[50:].sum())
        shown += ((Message("{n} other values", n=len(distinct) - 50), rest, _first(where[code >= 50])),)
    held = np.unique(values[~np.isnan(values)])
    few = tuple(held.tolist()) if len(held) <= _MOST_HELD else ()
    return Unfit(item, name, shown, bool(np.isinf(distinct).any()), few, int((~np.isnan(values)).sum()))


def _unfit_text(column: Coded, bad: Bools, item: Item, name: str) -> Unfit:
    counts = column.counts()
    order = [i for i in np.argsort(-counts, kind="stable").tolist() if bad[i]]
    shown = tuple((column.values[i], int(counts[i]), _first(np.flatnonzero(column.codes == i))) for i in order[:50])
    if len(order) > 50:
        rest = np.flatnonzero(np.isin(column.codes, order[50:]))
        shown += ((Message("{n} other texts", n=len(order) - 50), int(counts[order[50:]].sum()), _first(rest)),)
    return Unfit(item, name, shown, answered=int(counts.sum()))


def _first(positions: NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(int(i) for i in positions[:4])
