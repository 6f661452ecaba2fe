"""Dates in a column of groups turned into years, quarters, months, weeks or days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

import numpy as np

from csimodels.errors import Problem, listed
from csimodels.messages import Message
from csimodels.spec.model import Period
from csimodels.survey.columns import Coded, Column, number_text
from csimodels.survey.natural_order import in_time, natural
from csimodels.survey.table import LogEntry

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?月?(?:[T\s].*)?")
_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T\s].*)?")
_YEAR = re.compile(r"(\d{4})年?")
#: Days since 30 December 1899, as spreadsheets count them: 2000 to 2049.
_FIRST_DAY, _DAYS = datetime.date(1899, 12, 30), (36526, 54788)
#: Years, quarters, halves and months: 2026, 2026Q1, 2026-H2, 2026-01, 2026年.
_PERIOD = re.compile(r"(19|20)\d\d\s*(年|[-/ .]?\s*([QqHhSs]\s?[1-4]|[01]?\d))?月?")


def period_column(
    column: Column, period: Period, name: str, where: str
) -> tuple[Column, list[LogEntry], list[Problem]]:
    """The column with its dates as periods: 2026, ``2026-Q1``, ``2026-01``, ``2026-W01`` or ``2026-01-05``.

    Parameters
    ----------
    column : Column
        Dates as text (year first, or year last where day and month can be told apart), or numbers such as 20260105;
        days as spreadsheets count them where all cells are such numbers (45292 is 2024-01-01), which is said.
    period : str
        ``"year"``, ``"quarter"``, ``"month"``, ``"week"`` (ISO 8601) or ``"day"``.
    name, where : str
        Of the column and of the source, for messages.

    Returns
    -------
    column, log, problems
        Empty cells stay empty; cells that hold no date are one problem.
    """
    coded = column if isinstance(column, Coded) else _as_texts(column)
    used = coded.counts() > 0
    there = [text for text, here in zip(coded.values, used, strict=True) if here and text.strip()]
    days = {text: day_number(text) for text in there}
    counted = bool(there) and None not in days.values()
    texts = [str(days.get(text, text)) for text in coded.values] if counted else coded.values
    day_first = _day_first(there)
    made = [_period(text, period, day_first) for text in texts]
    found = zip(coded.values, made, used, strict=True)
    bad = [text for text, got, there in found if there and got is None and text.strip()]
    if bad:
        remedy = "write dates with the year first, as 2026-01-05"
        text = 'by: "{name}" holds cells that are no dates, and periods ({period}) were to be formed'
        what = Message(text, name=name, period=Message(period))
        shown = listed([f'"{text}"' for text in bad], 5)
        return column, [], [Problem(what, where, shown, Message("dates"), remedy)]
    keys = sorted({text for text in made if text is not None}, key=natural)
    place = {text: k for k, text in enumerate(keys)}
    table = np.asarray([-1 if text is None else place[text] for text in made] + [-1], dtype=np.intp)
    detail = Message("{period}s {few} to {most}", period=Message(period), few=keys[0], most=keys[-1]) if keys else ""
    log = [LogEntry("dates put into periods", name, len(keys), detail)]
    if counted:
        example = Message("{first} is {day}", first=there[0], day=str(days[there[0]]))
        log.insert(0, LogEntry("numbers of days read as dates", name, len(there), example))
    return Coded(table[coded.codes], tuple(keys)), log, []


def day_number(text: str) -> datetime.date | None:
    """The date that a spreadsheet writes as a number of days, from 2000 to 2049; None for any other text.

    >>> day_number("45292"), day_number("2024"), day_number("45292.5")
    (datetime.date(2024, 1, 1), None, None)
    """
    if not re.fullmatch(r"[345]\d{4}", text.strip()) or not _DAYS[0] <= int(text) <= _DAYS[1]:
        return None
    return _FIRST_DAY + datetime.timedelta(days=int(text))


def looks_like_dates(texts: Iterable[object]) -> bool:
    """Whether all of some values are dates."""
    shown = [str(text) for text in texts]
    return bool(shown) and all(_date(text, False) or _date(text, True) for text in shown)


def looks_like_periods(texts: Iterable[object]) -> bool:
    """Whether all of some values are years, quarters, halves or months."""
    shown = [str(text) for text in texts]
    return bool(shown) and all(_PERIOD.fullmatch(in_time(text.strip())) for text in shown)


def _as_texts(column: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Coded:
    unique, codes = np.unique(column, return_inverse=True)
    known = int(np.count_nonzero(~np.isnan(unique)))
    codes = np.where(codes >= known, -1, codes).astype(np.intp)
    return Coded(codes, tuple(number_text(value) for value in unique[:known].tolist()))


def _day_first(texts: Sequence[str]) -> bool | None:
    """Whether dates with the year last begin with the day; None where some of them could be read both ways only."""
    pairs = [(int(m[1]), int(m[2])) for text in texts if (m := _YEAR_LAST.fullmatch(text.strip()))]
    first, second = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    return None if first == second else first


def _period(text: str, period: Period, day_first: bool | None) -> str | None:
    if period == "year" and (m := _YEAR.fullmatch(text.strip())):
        return m[1]
    found = _date(text, day_first)
    if found is None:
        return None
    date, to_the_day = found
    if period in ("week", "day"):
        if not to_the_day:
            return None
        year, week, _ = date.isocalendar()
        return date.isoformat() if period == "day" else f"{year}-W{week:02d}"
    if period == "quarter":
        return f"{date.year}-Q{(date.month + 2) // 3}"
    return str(date.year) if period == "year" else f"{date.year}-{date.month:02d}"


def _date(text: str, day_first: bool | None) -> tuple[datetime.date, bool] | None:
    """The date in a cell and whether it names the day."""
    stripped = text.strip()
    if m := _YEAR_FIRST.fullmatch(stripped) or _PLAIN.fullmatch(stripped):
        year, month, day = int(m[1]), int(m[2]), m[3]
    elif day_first is not None and (m := _YEAR_LAST.fullmatch(stripped)):
        year, month, day = int(m[3]), int(m[2 if day_first else 1]), m[1 if day_first else 2]
    else:
        return None
    try:
        return datetime.date(year, month, int(day or 1)), day is not None
    except ValueError:
        return None
