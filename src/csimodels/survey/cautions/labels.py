"""Labels of groups that look alike, and names in `labels:` that no group has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from csimodels.chinese import simplified
from csimodels.errors import listed, nearest
from csimodels.messages import ColumnName, Message, joined
from csimodels.spec.canonical import as_plain
from csimodels.spec.model import plain_text
from csimodels.spelling import seen
from csimodels.survey.answers.numbers import fold
from csimodels.survey.answers.words import is_total, reason_of
from csimodels.survey.natural_order import in_time
from csimodels.survey.periods import day_number
from csimodels.survey.short_names import long_and_short
from csimodels.survey.survey import Survey

#: Umlauts and dashes in the form that they also take.
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", **dict.fromkeys("‐‑‒–—−~至", "-")})
#: An error value of a spreadsheet; what stands between several answers in one cell.
_ERROR, _BETWEEN = re.compile(r"#[a-z0-9/]+[!?]?"), re.compile(r"[;；,，、|┋]")
#: A year with a quarter or a month.
_PERIOD = re.compile(
    r"((?:19|20)\d\d)(?:[年\s_/.-]*(?:第?([1-4])季度?|q0?([1-4]))|(?:[年/.-]|\s?m)(0?[1-9]|1[0-2])月?)"
)
#: Codes of no answer among groups that are numbered.
_CODES = frozenset({"-1", "-9", "-99", "98", "99", "998", "999", "9999"})
#: Codes further than this from every other number are none of them: 90 and 98 may both be branches.
_GAP = 8
#: Days of interviews lie within ten years; postal codes such as 44135 and 50667 need not.
_SURVEYED_DAYS = 3653
_POSTAL = re.compile(r"(?i)plz|zip|postal|postcode|邮编|邮政编码|邮递区号|郵遞區號")
_BLANK_NAMES = frozenset({"n/a", "#n/a", "na", "null", "none", "nan", "(null)", "(blank)", "(空白)", "无"})


def label_cautions(survey: Survey) -> Iterator[Message]:
    """One sentence for each column of groups whose labels, or names in the spec, are not what they look like."""
    named, data = dict(survey.model.labels), survey.model.data
    yield from _of_nothing(survey)
    sizes: list[dict[str, int]] = []
    for place, column in enumerate(survey.by):
        there = list(dict.fromkeys(plain_text(key[place]) for key in survey.group_keys))
        sizes.append(_sizes(survey, place))
        for alike in _alike(there):
            text = (
                "labels of {column} that differ in case, blanks, width, leading zeros, umlauts, or traditional and "
                "simplified letters alone: {names}; write them alike"
            )
            counts = [Message("{name} ({n})", name=f'"{name}"', n=sizes[place].get(name, 0)) for name in alike]
            yield Message(text, column=column, names=listed(counts))
        for alike in _same_periods(there):
            text = "{column} has one period in several spellings: {names}; write them alike"
            yield Message(text, column=ColumnName(column), names=listed([f'"{name}"' for name in alike]))
        yield from _of_one_name(column, there, sizes[place])
        yield from _day_numbers(column, there, survey.wave)
        yield from _of_nobody(column, there, sizes[place])
        yield from _of_several(column, there, sizes[place])
        if totals := [f'"{name}"' for name in there if is_total(name)]:
            text = "{column} has the group {name}: if its rows are totals or means of others, take them out of the data"
            if len(totals) > 1:
                text = "{column} has the groups {name}: if their rows are totals or means, take them out of the data"
            yield Message(text, column=ColumnName(column), name=listed(totals, 6))
        known = {value for value, _ in named[column].values} if column in named else set()
        absent = sorted(known - set(there))
        if not absent:
            continue
        like = {seen(name): name for name in there if name not in known}
        for value in (value for value in absent if seen(value) in like):
            text = 'labels: "{value}" does not occur in {column}; {hint}'
            yield Message(text, value=value, column=ColumnName(column), hint=nearest(value, there))
        rest = [value for value in absent if seen(value) not in like]
        if rest and not (data.where or data.rule):  # rows left out may have had these
            text = "labels: {names} do not occur in {column}, which holds {there}"
            if len(rest) == 1:
                text = "labels: {names} does not occur in {column}, which holds {there}"
            shown = listed([f'"{name}"' for name in rest])
            yield Message(text, names=shown, column=ColumnName(column), there=listed(there))


def _of_nothing(survey: Survey) -> Iterator[Message]:
    """Names in `labels:` that nothing in the spec has: they would never be shown."""
    model = survey.model
    known = {*survey.by, *_words(as_plain(replace(model, labels=())))}
    if model.decisions.states is not None:
        known.update(model.decisions.states.labels)
    for name in (name for name, _ in model.labels if name not in known):
        text = "labels: {name} names nothing that is used: no group column, behaviour, state, step or feature; {hint}"
        if not (hint := nearest(name, [*survey.by, *model.rollup.levels])):
            text = "labels: {name} names nothing that is used: no group column, behaviour, state, step or feature"
        yield Message(text, name=f'"{name}"', hint=hint)


def _words(value: object) -> Iterator[str]:
    """Every text in nested lists and mappings, and the words in it."""
    if isinstance(value, str):
        yield value
        yield from re.findall(r"[^\W\d]\w*", value)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from (*_words(key), *_words(part))
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _words(part)


def _sizes(survey: Survey, place: int) -> dict[str, int]:
    """Respondents of every label of one group column."""
    found: dict[str, int] = {}
    for key, n in zip(survey.group_keys, survey.sizes, strict=True):
        found[plain_text(key[place])] = found.get(plain_text(key[place]), 0) + int(n)
    return found


def _of_one_name(column: str, there: list[str], sizes: dict[str, int]) -> Iterator[Message]:
    """Groups that may be one, in full and in short: a company with and without *Ltd*, a city with and without 市."""
    pairs = [
        joined([Message("{name} ({n})", name=f'"{name}"', n=sizes.get(name, 0)) for name in names], " / ")
        for names in long_and_short(there)
    ]
    if pairs:
        text = "{column} has groups that may be one, in full and in short: {names}; if they are, write them alike"
        yield Message(text, column=ColumnName(column), names=listed(pairs, 6))


def _day_numbers(column: str, there: list[str], wave: str | None) -> Iterator[Message]:
    """Groups that are dates as a spreadsheet counts them, in days since 1900."""
    days = [day_number(name) for name in there]
    if len(there) < 2 or _POSTAL.search(column) or not 0 < _spread_of(days) <= _SURVEYED_DAYS:
        return
    spelling = f"wave: {{column: {column}, period: month}}" if column == wave else f"by: {{{column}: month}}"
    text = (
        "the numbers in {column} are probably dates as a spreadsheet counts days: {first} would be {day}; format the "
        "cells as dates, or form periods: {spelling}"
    )
    yield Message(text, column=ColumnName(column), first=there[0], day=str(days[0]), spelling=spelling)


def _spread_of(days: list[date | None]) -> int:
    """Days from the first to the last date; 0 where one is none."""
    known = [day for day in days if day is not None]
    return (max(known) - min(known)).days if len(known) == len(days) else 0


def _of_nobody(column: str, there: list[str], sizes: dict[str, int]) -> Iterator[Message]:
    """Groups whose names say that nothing is known of their rows, and identities that a spreadsheet has rounded."""
    none = [name for name in there if _says_nothing(name, there)]
    if none:
        text = "{column} has groups that look like no answer: {names}; leave their rows out by where, if they are none"
        shown = [Message("{name} ({n})", name=f'"{name}"', n=sizes.get(name, 0)) for name in none]
        yield Message(text, column=ColumnName(column), names=listed(shown))


def _of_several(column: str, there: list[str], sizes: dict[str, int]) -> Iterator[Message]:
    """Groups whose names are made of those of others: several answers in one cell."""
    single = {seen(name) for name in there}
    made = [name for name in there if len(parts := _BETWEEN.split(name)) > 1 and {seen(p) for p in parts} <= single]
    if made:
        text = "{column} has groups that are several others in one: {names}; each is a group of its own here"
        shown = [Message("{name} ({n})", name=f'"{name}"', n=sizes.get(name, 0)) for name in made]
        yield Message(text, column=ColumnName(column), names=listed(shown))


def _says_nothing(name: str, there: list[str]) -> bool:
    """Whether a group is called *n/a*, *keine Angabe*, *不知道*, or 99 among small numbers."""
    folded = simplified(fold(name))
    others = [other for other in there if other != name and other not in _CODES]
    numbers = [int(other) for other in others if re.fullmatch(r"\d{1,4}", other)]
    far = name in _CODES and bool(others) and len(numbers) == len(others) and _stands_apart(int(name), numbers)
    return folded in _BLANK_NAMES or bool(_ERROR.fullmatch(folded)) or bool(reason_of(name)) or far


def _stands_apart(code: int, numbers: list[int]) -> bool:
    """Whether a code is none of a run of numbers: more than 8 from the next, or below numbers that begin at 0 or 1."""
    return min(abs(code - number) for number in numbers) > _GAP or code < 0 <= min(numbers)


def _same_periods(labels: Iterable[str]) -> Iterator[list[str]]:
    """Spellings of one quarter or month: ``2025Q1``, ``2025年第一季度``; ``2025年1月``, ``2025-01``, ``2025/1``."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for label in labels:
        if period := _PERIOD.fullmatch(in_time(label.strip()).casefold()):
            year, quarter, q, month = period.groups()
            kind = "m" if month else "q"
            found.setdefault((year, kind, int(month or quarter or q)), []).append(label)
    yield from (names for names in found.values() if len(names) > 1)


def _alike(labels: Iterable[str]) -> Iterator[list[str]]:
    folded: dict[str, list[str]] = {}
    for label in labels:
        plain = seen(in_time(label)).translate(_PLAIN)
        folded.setdefault(plain.lstrip("0") or "0" if plain.isdigit() else plain, []).append(label)
    yield from (group for group in folded.values() if len(group) > 1)
