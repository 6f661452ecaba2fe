"""Columns that label rows: groups, filters, strata and clusters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import ColumnName, Message, Several, Value, joined
from csimodels.moments.linalg import Bools
from csimodels.spec.model import Code
from csimodels.spelling import tidy
from csimodels.survey.answers.numbers import fold
from csimodels.survey.columns import Coded, Column, Ints, number_text
from csimodels.survey.natural_order import Key, natural
from csimodels.survey.table import LogEntry

#: Texts that leave a row without a label; fewer than for answers, as ``NA`` may name a region.
NO_LABEL = frozenset({"", "nan", "null", "<na>", "#n/a", "#null!"})
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
#: Numbers with more digits than this are not told apart by a float: they stay text, as identity numbers must.
EXACT_DIGITS = 15


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of the rows: ``keys[codes]``, sorted; code -1 where a row has none."""

    codes: Ints
    keys: tuple[Key, ...]


def labels(column: Column) -> Labels:
    """The distinct labels of a column in natural order (2 before 10, ``Bank 2`` before ``Bank 10``).

    Text that holds nothing but plain numbers gives numbers, so that a year is the same key in every kind of file;
    whole numbers are ints; ``007`` keeps the whole column text, and so do numbers of more than 15 digits.
    """
    if not isinstance(column, Coded):
        unique, codes = np.unique(column, return_inverse=True)
        known = int(np.count_nonzero(~np.isnan(unique)))
        codes = np.where(codes >= known, -1, codes).astype(np.intp)
        return Labels(codes, tuple(_number(value) for value in unique[:known].tolist()))
    used = column.counts() > 0
    texts = [text.strip() for text in column.values]
    named = [bool(seen) and fold(text) not in NO_LABEL for seen, text in zip(used, texts, strict=True)]
    plain = all(is_plain(text) for text, there in zip(texts, named, strict=True) if there)
    keys: list[Key | None] = [
        (_number(float(text)) if plain else text) if there else None for text, there in zip(texts, named, strict=True)
    ]
    order = sorted({key for key in keys if key is not None}, key=natural)
    place = {key: i for i, key in enumerate(order)}
    table = np.asarray([-1 if key is None else place[key] for key in keys] + [-1], dtype=np.intp)
    return Labels(table[column.codes], tuple(order))


def is_plain(text: str) -> bool:
    """Whether a text is a number as people write it, that a float holds exactly enough to tell it from others."""
    return _PLAIN.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= EXACT_DIGITS


def _number(value: float) -> Key:
    if not np.isfinite(value):
        return str(value)
    return int(value) if value == int(value) else value


def renamed(found: Labels, names: Mapping[str, str], column: str) -> tuple[Labels, list[LogEntry]]:
    """Labels with the names that the file gives to its codes, in the order of the codes; codes without one stay.

    Two codes with one name are told apart by their codes.
    """
    shown = [names.get(label_text(key)) for key in found.keys]
    keys: list[Key] = [
        key if name is None else f"{name} ({label_text(key)})" if shown.count(name) > 1 else name
        for key, name in zip(found.keys, shown, strict=True)
    ]
    pairs = [
        Message("{code} = {name}", code=label_text(old), name=Value(new, column))
        for old, new in zip(found.keys, keys, strict=True)
        if old != new
    ]
    if not pairs:
        return found, []
    entry = LogEntry("value labels name the groups", ColumnName(column), len(pairs), listed(pairs))
    return Labels(found.codes, tuple(keys)), [entry]


def _truth(shown: str, there: Sequence[str]) -> str:
    """How a column writes the truth value that was asked for: in other letters (``TRUE``), or as 1 and 0."""
    word = shown.casefold()
    if word not in ("true", "false"):
        return shown
    alike = [text for text in there if text.casefold() == word]
    if set(there) <= {"0", "1"}:
        alike = [str(int(word == "true"))]
    return alike[0] if len(alike) == 1 else shown


def matching(
    found: Labels, values: Sequence[Code], column: str, where: str, names: Mapping[str, str] | None = None
) -> tuple[Bools, list[LogEntry], list[Problem]]:
    """Rows whose label is one of `values`; a problem where none is, a log entry for a value that none has.

    `names` are the value labels of the file by code: a value may be given as either.
    """
    place = {label_text(key): i for i, key in enumerate(found.keys)}
    codes = {name: code for code, name in (names or {}).items()}
    asked = [label_text(value) for value in values]
    asked = [shown if shown in place else codes.get(shown, _truth(shown, list(place))) for shown in asked]
    unknown = [shown for shown in asked if shown not in place]
    values = Several([Value(shown, column) for shown in asked], separator=" or ")
    what = Message("{column} = {values}", column=ColumnName(column), values=values)
    keep = np.isin(found.codes, [place[shown] for shown in asked if shown in place])
    if not keep.any():
        problem = Problem(
            Message("where: {what} matches no row", what=what),
            where,
            found=Message("{column} holds {names}", column=column, names=listed(list(place), 20))
            if place
            else Message("{column} is empty", column=column),
            allowed=nearest(asked[0], place),
            remedy="write one of the values that exist",
        )
        return keep, [], [problem]
    kept = Message("{condition} keeps {kept} of {n}", condition=what, kept=int(keep.sum()), n=len(keep))
    log = [LogEntry("filtered by where", ColumnName(column), int((~keep).sum()), kept)]
    log += [LogEntry("where value that never occurs", ColumnName(column), 0, Value(shown, column)) for shown in unknown]
    return keep, log, []


def label_text(value: Code) -> str:
    """A label or code as it is compared and shown: ``1``, ``"1"`` and ``1.0`` are the same."""
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) and abs(value) >= 2**53:
        return repr(float(value))  # never like the text of an identity number, which it may not be
    text = tidy(value) if isinstance(value, str) else number_text(float(value))
    return number_text(float(text)) if is_plain(text) else text


def group_in_words(by: Sequence[str], key: Sequence[object]) -> Message:
    """``"Harbour / 2026"``: the values of a group, without their columns."""
    return joined([Value(value, name) for name, value in zip(by, key, strict=True)], " / ")


def crossed(parts: Sequence[Labels]) -> tuple[Ints, tuple[tuple[Key, ...], ...]]:
    """Groups formed by several label columns at once: ``(n,)`` numbers, -1 where any label is missing, and the keys."""
    n = len(parts[0].codes)
    code, missing = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
    for part in parts:  # numbered anew at every column: a product of many sizes would not fit an integer
        code = np.unique(code * (len(part.keys) + 1) + part.codes + 1, return_inverse=True)[1].astype(np.int64)
        missing |= part.codes < 0
    _, first, back = np.unique(code[~missing], return_index=True, return_inverse=True)
    out = np.full(n, -1, dtype=np.intp)
    out[~missing] = back
    rows = np.flatnonzero(~missing)[first].tolist()
    return out, tuple(tuple(part.keys[part.codes[row]] for part in parts) for row in rows)
