"""Units of a roll-up and ranks of groups, put together from the finished tables, in the order shown."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.standing import current_wave, wave_column
from csimodels.report.wording import Names
from csimodels.spec.model import plain_text

#: More units of one wave than this are shown without the lowest level of the roll-up.
FEW_UNITS = 60
_ENDS = ("construct", "against", "target")
_TREE = ("level", "unit", "parent")
_OF_BASE = ("low", "high", "n", "n_eff", "status")
_OF_DIFFERENCE = ("against", "difference", "low", "high", "p_adj", "different")


@dataclass(frozen=True, eq=False)
class Wave:
    """Rows of one wave; ``name``, such as ``"year = 2026"`` or with labels, is empty where there are no waves."""

    name: str
    rows: pd.DataFrame


def rolled_units(content: Content, lang: str = "en") -> list[Wave]:
    """The index of every unit of the roll-up, wave by wave: nation first, each unit above its members; the current
    wave last.

    A column ``depth`` counts the levels above.  Where a wave has more than :data:`FEW_UNITS` units, those of the lowest
    level are left out.  Empty where there is no roll-up.
    """
    rolled = content.comparison("rollup")
    if rolled is None:
        return []
    rolled = rolled[rolled["construct"] == content.target]
    return [Wave(wave.name, _in_order(wave.rows)) for wave in _waves(content, rolled, _wave_columns(rolled), lang)]


def levels_of(content: Content) -> list[str]:
    """Levels of the roll-up, lowest first; empty where there is none."""
    rolled = content.comparison("rollup")
    return [] if rolled is None else list(dict.fromkeys(rolled["level"].tolist()))


def upper_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a table of the roll-up without those of its lowest level, the highest level first."""
    levels = list(dict.fromkeys(frame["level"]))
    parts = [frame[frame["level"] == level] for level in levels[:0:-1]]
    upper: pd.DataFrame = pd.concat(parts or [frame.iloc[:0]], ignore_index=True)
    return upper


def league(content: Content, name: str = "ranks", lang: str = "en") -> list[Wave]:
    """Ranked units, wave by wave, each best first, the current wave last; empty where nothing was ranked.

    Beside the columns of the table `name`: ``low, high, n, n_eff`` of the index and, from the differences,
    ``against, difference, difference_low, difference_high, p_adj, different``.  ``status`` is that of the fit where it
    is not ok.
    """
    ranks = content.comparison(name)
    if ranks is None:
        return []
    base, rolled = content.group_table(), content.comparison("rollup")
    if rolled is not None:
        base = rolled[rolled["level"] == rolled["level"].iloc[0]]
    labels = labels_of(ranks)
    out = ranks.reset_index(drop=True)
    if base is not None:
        base = base[base["construct"] == content.target]
        found = _beside(out, base, labels, _OF_BASE)
        states = zip(out["status"], found.pop("status"), strict=True)
        state = [old if formatting.is_ok(new) else new for old, new in states]
        out = out.assign(**found, status=state)
    differences = content.comparison("differences")
    if differences is not None:
        found = _beside(out, differences, labels, _OF_DIFFERENCE)
        out = out.assign(**{f"difference_{k}" if k in ("low", "high") else k: v for k, v in found.items()})
    stated = tuple(c for c in (wave_column(content),) if c in labels)
    return _waves(content, out, _wave_columns(out) if rolled is not None else stated, lang)


def labels_of(frame: pd.DataFrame) -> tuple[str, ...]:
    """Columns that say which unit a row is about: those before its construct."""
    names = [str(c) for c in frame.columns]
    return tuple(names[: min(names.index(end) for end in _ENDS if end in names)])


def _wave_columns(frame: pd.DataFrame) -> tuple[str, ...]:
    """Columns of the waves of a table of the roll-up."""
    return tuple(name for name in labels_of(frame) if name not in _TREE)


def _waves(content: Content, frame: pd.DataFrame, columns: Sequence[str], lang: str) -> list[Wave]:
    if not columns:
        return [Wave("", frame.reset_index(drop=True))]
    keys = [tuple(row[c] for c in columns) for row in formatting.records(frame)]
    out = []
    for key in dict.fromkeys(keys):
        names = Names(content.model, lang)
        name = ", ".join(clean(names.cell(c, v)) for c, v in zip(columns, key, strict=True))
        out.append(Wave(name, frame[[k == key for k in keys]].reset_index(drop=True)))
    now, column = current_wave(content), wave_column(content)
    if column in columns:
        out.sort(key=lambda wave: plain_text(wave.rows[column].iloc[0]) == now)
    return out


def _beside(
    frame: pd.DataFrame, other: pd.DataFrame, labels: Sequence[str], wanted: Sequence[str]
) -> dict[str, list[Any]]:
    """Columns of `other` in the order of `frame`, matched by the text of the labels; NaN where it has no such row."""
    rows = {_key(row, labels): row for row in formatting.records(other)}
    found = [rows.get(_key(row, labels), {}) for row in formatting.records(frame)]
    return {c: [row.get(c, math.nan) for row in found] for c in wanted if c in other.columns}


def _key(row: dict[str, Any], labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row.get(c)) for c in labels)


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Units of one wave from the top down, with their ``depth``; the lowest level only where there are few."""
    shown = frame if len(frame) <= FEW_UNITS else frame[frame["level"] != frame["level"].iloc[0]]
    shown = shown.reset_index(drop=True)
    found = list(_downwards(shown))
    return shown.iloc[[i for i, _ in found]].assign(depth=[depth for _, depth in found]).reset_index(drop=True)


def _downwards(frame: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Position and depth of every unit; the rows of a level stand in the order of their parents."""
    levels = list(dict.fromkeys(frame["level"]))
    waiting = {level: deque(frame.index[frame["level"] == level].tolist()) for level in levels}
    units, parents = [str(u) for u in frame["unit"]], [str(p) for p in frame["parent"]]

    def below(k: int, name: str) -> Iterator[tuple[int, int]]:
        queue = waiting[levels[k]]
        while queue and parents[queue[0]] == name:
            i = queue.popleft()
            yield i, len(levels) - 1 - k
            if k:
                yield from below(k - 1, units[i])

    yield from below(len(levels) - 1, "")
    for k, level in enumerate(levels):  # none, unless a table was made by hand
        yield from ((i, len(levels) - 1 - k) for i in waiting[level])
