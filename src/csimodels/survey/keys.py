"""Columns that label rows: groups, filters, strata, clusters, and the sampling weight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, listed, nearest
from csimodels.messages import N_, ColumnName, Message, Several, Value, counted, joined
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import Code
from csimodels.spelling import tidy
from csimodels.survey.answers import BLANKS, as_number, fold
from csimodels.survey.columns import Coded, Column, Ints, number_text
from csimodels.survey.table import LogEntry

Key = str | float

#: Texts that leave a row without a label; fewer than for answers, as ``NA`` may name a region.
NO_LABEL = frozenset({"", "nan", "null", "<na>", "#n/a", "#null!"})
#: Weights below this, or above its reciprocal, overflow when they are squared.
TINY = 1e-100
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHINESE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
#: A number before a quarter, month, wave or round, as in 第三季度.
_COUNTED = re.compile(r"(?<![一二三四五六七八九十])(?:十[一二]|[一二三四五六七八九十])(?=(?:个)?(?:季|月|期|次|轮|波))")
#: A quarter, half or month before its year.
_LATE_YEAR = re.compile(rf"(?:([QHS][1-4])|({'|'.join(_MONTHS)})[a-z]*\.?)[\s,'/_-]*((?:19|20)\d\d)", re.IGNORECASE)
#: Words of time without a year, and their place in time: months, and what is measured before and after.
_PLACES = {
    **{month: f"m{k:02d}" for k, month in enumerate(_MONTHS, 1)},
    **{
        month: f"m{k:02d}"
        for k, month in enumerate(
            (
                *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
                *("november", "december"),
            ),
            1,
        )
    },
    **dict.fromkeys(("pre", "pre-test", "pretest", "before", "baseline", "first", "初期"), "w1"),
    **dict.fromkeys(("mid", "midline", "during", "second", "中期"), "w2"),
    **dict.fromkeys(("post", "post-test", "posttest", "after", "endline", "third", "末期"), "w3"),
    **dict.fromkeys(("follow-up", "followup", "follow up", "fourth", "后期"), "w4"),
    "fifth": "w5",
}
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


def in_time(text: str) -> str:
    """A quarter, half or month written before its year, with the year first, and Chinese numbers of periods as digits.

    >>> in_time("Q4 2024"), in_time("Dec 2024"), in_time("2024年第三季度"), in_time("Bank 2"), in_time("Feb")
    ('2024 q4', '2024 m12', '2024年第3季度', 'Bank 2', 'm02')
    """
    alone = _PLACES.get(text.strip().casefold().rstrip("."))
    if alone:
        return alone
    text = _COUNTED.sub(lambda found: str(_CHINESE.index(found[0]) + 1), text)
    found = _LATE_YEAR.fullmatch(text.strip())
    if not found:
        return text
    part, month, year = found.groups()
    return f"{year} {part.casefold()}" if part else f"{year} m{_MONTHS.index(month.casefold()) + 1:02d}"


def natural(key: Key) -> tuple[int, float, list[tuple[int, str]], str]:
    """Sort key: numbers by size before texts; within texts runs of digits by size, case last."""
    if not isinstance(key, str):
        return 0, key, [], ""
    parts = re.findall(r"[0-9]+|[^0-9]+", in_time(key).casefold())
    return 1, 0.0, [(int(p), "") if p.isascii() and p.isdigit() else (-1, p) for p in parts], key


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


def matching(
    found: Labels, values: Sequence[Code], column: str, where: str, names: Mapping[str, str] | None = None
) -> tuple[Bools, list[LogEntry], list[Problem]]:
    """Rows whose label is one of `values`; a problem where none is, a log entry for a value that none has.

    `names` are the value labels of the file by code: a value may be given as either.
    """
    place = {label_text(key): i for i, key in enumerate(found.keys)}
    codes = {name: code for code, name in (names or {}).items()}
    asked = [label_text(value) for value in values]
    asked = [codes.get(shown, shown) if shown not in place else shown for shown in asked]
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


def row_name(row: Any) -> int | str:
    """Number of a row; with its file where the source has several."""
    return row if isinstance(row, str) else int(row)


def weight_problems(
    values: Floats,
    bad: Sequence[str],
    row: NDArray[Any],
    subject: str,
    where: str,
    zero: str = Message("out, and says so"),
) -> list[Problem]:
    """What is wrong with the weights of the rows that would be used.

    `subject` names the column in its kind (``weight column "w"``); a weight of 0 leaves a row `zero`.
    """

    correct = Message("fill in or correct the weights; a weight of 0 leaves a row {zero}", zero=zero)

    def problem(hit: Bools, what: str, show: bool = True, remedy: str = correct) -> Problem:
        places = np.flatnonzero(hit)
        most = 5 if show else 20
        cells = [
            Message("row {n}: {value}", n=row_name(row[i]), value=number_text(values[i]))
            if show
            else Message("row {n}", n=row_name(row[i]))
            for i in places
        ]
        return Problem(
            Message(
                "{subject}: {what} in {rows}",
                subject=subject,
                what=what if isinstance(what, Message) else Message(what),
                rows=counted(len(places), "{n} row", "{n} rows"),
            ),
            where,
            found=listed(cells, most),
            allowed=Message("a finite number, 0 or more, in every row"),
            remedy=remedy,
        )

    problems = []
    missing = np.isnan(values)
    if bad:
        problems.append(
            Problem(
                Message("{subject} holds text", subject=subject),
                where,
                found=listed([repr(text) for text in bad], 5),
                allowed=Message("a finite number, 0 or more, in every row"),
                remedy=number_remedy(bad, _no_weights(values)),
            )
        )
    elif missing.any():
        own = isinstance(subject, Message) and subject.template.startswith("weight column")
        leave = Message(
            "write weight_missing: drop under data to leave these rows out (counted), or fill in the weights"
        )
        problems.append(problem(missing, N_("missing"), show=False, remedy=leave if own else correct))
    if (values < 0).any():
        problems.append(problem(values < 0, N_("negative")))
    if np.isinf(values).any():
        problems.append(problem(np.isinf(values), N_("infinite")))
    absurd = (values > 1 / TINY) | ((values > 0) & (values < TINY))
    if not problems and absurd.any():
        problems.append(
            problem(
                absurd,
                Message(
                    "beyond {most} or below {least}, which cannot be computed with,",
                    most=f"{1 / TINY:g}",
                    least=f"{TINY:g}",
                ),
            )
        )
    if not problems and len(values) and not values.any():
        problems.append(
            Problem(
                Message("{subject}: all weights are 0", subject=subject), where, remedy="name another column, or none"
            )
        )
    return problems
