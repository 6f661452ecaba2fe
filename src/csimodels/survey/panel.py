"""The respondents of a panel: their numbers, and whether the column that identifies them does so in every wave."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np

from csimodels.errors import Problem, listed
from csimodels.messages import Message, counted, joined
from csimodels.spelling import tidy
from csimodels.survey.columns import Ints
from csimodels.survey.keys import Labels, label_text
from csimodels.survey.options import Options
from csimodels.survey.table import LogEntry, Notes

#: Steps of the log that a reader has to know of.
UNLINKED, ALIKE = "panel without anybody in two waves", "identities that differ in spelling alone"
#: Rows for each identity beyond which a column identifies no respondents.
_ROWS_EACH = 10


def panel(labels: Mapping[str, Labels], keep: Ints, group: Ints, chosen: Options, notes: Notes) -> Ints | None:
    """Numbers of the respondents (n,), -1 where the identity is empty; None where no panel is named.

    Refuses an identity that stands twice in a group of one wave; says how many respondents stand in several waves.
    """
    column = chosen.design.panel
    if column is None:
        return None
    found = labels[column]
    codes = found.codes[keep]
    there = np.flatnonzero(codes >= 0)
    used = np.flatnonzero(np.bincount(codes[there], minlength=len(found.keys)))
    different = len(used)
    place = np.sort(group[there] * len(found.keys) + codes[there])
    twice = place[1:][place[1:] == place[:-1]] % max(len(found.keys), 1)
    if len(twice):
        names = [label_text(found.keys[code]) for code in dict.fromkeys(twice.tolist())]
        notes.problems.append(_twice(column, names, different, len(there), chosen.wave, notes.where))
    said = [Message("{n} respondents", n=different)]
    if chosen.wave is not None and not len(twice):
        wave = labels[chosen.wave].codes[keep][there]
        linked = _in_several(codes[there], wave)
        said.append(Message("{n} in two waves or more", n=linked))
        notes.log += _alike(column, found, used)
        if not linked and len(np.unique(wave)) > 1:
            text = "changes count as those of independent samples; look at how the identities are written in each wave"
            notes.log.append(LogEntry(UNLINKED, column, different, Message(text)))
    if empty := len(codes) - len(there):
        said.append(Message("{n} rows without an identity", n=empty))
    notes.log.append(LogEntry("panel", column, len(there), joined(said)))
    return np.asarray(codes, dtype=np.intp)


def _in_several(codes: Ints, wave: Ints) -> int:
    """Identities that stand in two waves or more."""
    waves = int(wave.max(initial=-1)) + 2  # -1 where a row has none
    pairs = np.sort(codes * waves + wave + 1)
    return int((np.bincount(pairs[np.diff(pairs, prepend=-1) > 0] // waves) > 1).sum())


def _twice(column: str, names: list[str], different: int, rows: int, wave: str | None, where: str) -> Problem:
    """Identities `names` stand twice in a group of one wave: the column is none, or there is no wave, or they do."""
    if rows > _ROWS_EACH * different:
        what = Message(
            'panel column "{column}" identifies nobody: {n} in {rows}',
            column=column,
            n=counted(different, "{n} different value", "{n} different values"),
            rows=counted(rows, "{n} row", "{n} rows"),
        )
        return Problem(what, where, listed(names, 6), remedy="name the column that identifies the respondents")
    text = 'panel column "{column}": {n} respondents stand twice in a group of one wave'
    remedy = "keep one interview of each respondent and wave, or name the column that identifies them"
    if wave is None:
        text = 'panel column "{column}": {n} respondents stand twice, and no wave is named'
        remedy = "name the column of the waves: write wave: under data"
    return Problem(Message(text, column=column, n=len(names)), where, listed(names, 6), remedy=remedy)


def _alike(column: str, found: Labels, used: Ints) -> list[LogEntry]:
    """Identities that are one but for case, zeros in front or decimals of a whole number: ``0012``, ``12``."""
    texts = [key for key in map(found.keys.__getitem__, used.tolist()) if isinstance(key, str)]  # numbers all differ
    rough = list(map(_roughly, texts))
    times = Counter(rough)
    same: dict[str, list[str]] = {}
    for name in (label_text(key) for key, form in zip(texts, rough, strict=True) if times[form] > 1):
        same.setdefault(_bare(name), []).append(name)
    alike = [names for names in same.values() if len(names) > 1]
    if not alike:
        return []
    shown = listed([joined([f'"{name}"' for name in names[:2]], " and ") for names in alike], 4)
    text = "they count as different respondents: {names}; write them alike in all waves"
    return [LogEntry(ALIKE, column, len(alike), Message(text, names=shown))]


def _roughly(key: str) -> str:
    """The same for all identities that :func:`_bare` takes for one, at times for others too; quick, for millions."""
    return tidy(key).casefold().lstrip("0").rstrip("0.")


def _bare(name: str) -> str:
    return re.sub(r"\.0+$", "", name.strip()).casefold().lstrip("0")
