"""What stands in each column of a file: kind, answers, codes of no answer, levels, range, and what it looks like."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from csimodels.draft.codes import CodeFound, codes_of
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Item
from csimodels.survey.answers.numbers import BLANKS, Unfit, as_number, fold
from csimodels.survey.answers.several import several
from csimodels.survey.columns import Coded, Column, number_text
from csimodels.survey.files.headings import question_rows
from csimodels.survey.identity import NAMES
from csimodels.survey.periods import looks_like_dates
from csimodels.survey.table import LogEntry, Source, Table

#: Levels are listed up to so many different values; beyond, the range tells more.
MOST_LEVELS = 25
#: Words of respondents: so many different texts, in more than half of the answers, so wide on average.
LEAST_VERBATIMS, WIDE_TEXT = 10, 16.0
#: An identifier has another value in nearly every row.
DIFFERENT = 0.99
LEAST_IDENTIFIERS = 20

#: Kinds and marks; what readers see of them: ``tables/vocabulary.py``.
NUMBER, TEXT, DATE, EMPTY = "number", "text", "date", "empty"
IDENTIFIER, TIMESTAMP, VERBATIM, CONSTANT, SEVERAL = "identifier", "timestamp", "verbatim", "constant", "several"


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a column: as text, its label in the file, how many rows have it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class ColumnFacts:
    """What stands in one column.

    Attributes
    ----------
    name, label : str
        Name; variable label or question text of the file.
    kind : str
        ``number``, ``text``, ``date`` or ``empty``.
    n, empty : int
        Cells with an answer, without anything.
    codes : tuple of CodeFound
        Values that stand for no answer, with the reason and how they are known.
    levels : tuple of Level
        Different answers with labels and counts, in their order; only the first ones of many.
    distinct : int
        Different answers.
    low, high, mean : float
        Of numbers (codes of no answer left out); NaN for others.
    whole : bool
        Whether all numbers are whole.
    mark : str
        What the column looks like beside answers; empty for nothing in particular.
    names : mapping of str to str
        All value labels of the file, by value as text.
    """

    name: str
    label: str
    kind: str
    n: int
    empty: int
    codes: tuple[CodeFound, ...]
    levels: tuple[Level, ...]
    distinct: int
    low: float = math.nan
    high: float = math.nan
    mean: float = math.nan
    whole: bool = False
    mark: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileFacts:
    """A file and its columns.

    ``questions`` are rows of question texts under the header; ``comma`` says whether ``7,5`` may be 7.5.
    """

    source: Source
    columns: tuple[ColumnFacts, ...]
    n: int
    questions: int = 0
    notes: tuple[LogEntry, ...] = ()
    comma: bool = False
    title: str = ""

    def __getitem__(self, name: str) -> ColumnFacts:
        return next(column for column in self.columns if column.name == name)


def file_facts(table: Table) -> tuple[FileFacts, dict[str, Column]]:
    """Facts of every named column of a table, and the cells, without rows of question texts.

    Parameters
    ----------
    table : Table
        A file or frame, as it is read for a survey.
    """
    names = [name for name in table.names if name]
    cells, notes = table.fetch(names, [])
    texts = question_rows(list(cells.values()))
    wordings = {**_wordings(list(cells), texts), **dict(table.wordings)}
    skip = len(texts)
    if skip:
        cells = {name: _without_first(column, skip) for name, column in cells.items()}
    facts = tuple(column_facts(name, column, table, wordings.get(name, "")) for name, column in cells.items())
    rows, said = table.source.n_rows - skip, (*table.notes, *notes)
    return FileFacts(table.source, facts, rows, skip, said, table.comma_decimal, table.title), cells


def _wordings(names: Sequence[str], texts: Sequence[Sequence[str]]) -> dict[str, str]:
    """The longest of the texts that stand under each name."""
    return {name: max((row[k] for row in texts), key=len) for k, name in enumerate(names)} if texts else {}


def _without_first(column: Column, skip: int) -> Column:
    """The cells below the first ones."""
    if not isinstance(column, Coded):
        return column[skip:]
    return Coded(column.codes[skip:], column.values, column.numeric)


def column_facts(name: str, column: Column, table: Table, label: str) -> ColumnFacts:
    """Facts of one column."""
    blank = ColumnFacts(name, label, EMPTY, 0, 0, (), (), 0, names=table.named_values(name))
    return _filled(blank, column, table.declared(name), {}, table.comma_decimal)


def with_codes(facts: ColumnFacts, column: Column, codes: Mapping[str, str], comma: bool) -> ColumnFacts:
    """Facts of a column in which further values, with their reasons, are codes of no answer."""
    declared = {code.value: code.count for code in facts.codes if code.how == "declared"}
    return _filled(facts, column, declared, codes, comma)


def _filled(
    blank: ColumnFacts, column: Column, declared: Mapping[str, int], elsewhere: Mapping[str, str], comma: bool
) -> ColumnFacts:
    labels = blank.names
    texts, counts = _values(column)
    empty = len(column) - int(counts.sum())
    found = codes_of(texts, counts, labels, declared, elsewhere)
    gone = {code.value for code in found}
    kept = [k for k, text in enumerate(texts) if text not in gone]
    texts, counts = [texts[k] for k in kept], counts[kept]
    numbers = [as_number(fold(text), comma=comma) for text in texts]
    facts = ColumnFacts(blank.name, blank.label, EMPTY, int(counts.sum()), empty, found, (), len(texts), names=labels)
    if not texts:
        return facts
    if None not in numbers:
        facts = _of_numbers(facts, np.asarray(numbers, dtype=np.float64), counts, labels)
    else:
        order = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        levels = tuple(Level(texts[k], labels.get(texts[k], ""), int(counts[k])) for k in order)
        facts = replace(facts, kind=DATE if _dates(texts) else TEXT, levels=levels)
    return replace(facts, mark=_mark(facts, texts, counts))


def _of_numbers(facts: ColumnFacts, values: Floats, counts: np.ndarray, labels: Mapping[str, str]) -> ColumnFacts:
    merged, back = np.unique(values, return_inverse=True)
    many = np.bincount(back, weights=counts).astype(int)
    shown = [number_text(value) for value in merged[:MOST_LEVELS]]
    levels = tuple(Level(text, labels.get(text, ""), int(n)) for text, n in zip(shown, many, strict=False))
    finite = merged[np.isfinite(merged)]
    low, high = (float(finite[0]), float(finite[-1])) if len(finite) else (math.nan, math.nan)
    mean = float(np.average(values, weights=counts)) if len(finite) == len(merged) else math.nan
    whole = bool(len(finite)) and bool((finite == np.round(finite)).all())
    return replace(facts, kind=NUMBER, levels=levels, distinct=len(merged), low=low, high=high, mean=mean, whole=whole)


def _values(column: Column) -> tuple[list[str], np.ndarray]:
    """Different cells as text and how often each stands; empty ones left out."""
    if isinstance(column, Coded):
        counts = column.counts()
        pairs = [(v.strip(), n) for v, n in zip(column.values, counts, strict=True) if n and fold(v) not in BLANKS]
        merged: dict[str, int] = {}
        for value, n in pairs:
            merged[value] = merged.get(value, 0) + int(n)
        return list(merged), np.asarray(list(merged.values()), dtype=int)
    unique, many = np.unique(column[~np.isnan(column)], return_counts=True)
    return [number_text(value) for value in unique.tolist()], many.astype(int)


def _dates(texts: Sequence[str]) -> bool:
    some = [text for text in texts[:200] if not re.fullmatch(r"\d{4}", text)]
    return len(some) == len(texts[:200]) and looks_like_dates(some)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two.

    >>> width("abc"), width("满意")
    (3, 4)
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def _mark(facts: ColumnFacts, texts: Sequence[str], counts: np.ndarray) -> str:
    """What a column looks like, where it is nothing to be averaged or compared."""
    if facts.distinct == 1:
        return CONSTANT
    named = fold(facts.name).replace(" ", "").replace("_", "") in NAMES
    many = facts.n >= LEAST_IDENTIFIERS and facts.distinct >= DIFFERENT * facts.n
    if facts.kind == NUMBER:
        running = facts.whole and facts.high - facts.low <= 2 * facts.n
        long = facts.whole and facts.low >= 1e6
        return IDENTIFIER if named or (many and (running or long)) else ""
    if facts.kind == DATE:
        timed = any(re.search(r"\d:\d", text) for text in texts[:50])
        return TIMESTAMP if timed or facts.distinct > MOST_LEVELS else ""
    parts = tuple((text, int(n), ()) for text, n in zip(texts, counts, strict=True))
    if several(Unfit(Item(facts.name), facts.name, parts[:400], answered=facts.n)):
        return SEVERAL
    wide = float(np.average([width(text) for text in texts], weights=counts))
    if facts.distinct >= LEAST_VERBATIMS and 2 * facts.distinct > facts.n and wide >= WIDE_TEXT:
        return VERBATIM
    return IDENTIFIER if named or (many and wide < WIDE_TEXT) else ""
