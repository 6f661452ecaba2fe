"""What the story reads from the finished tables: waves, units of a level with their changes, in one form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from csimodels.messages import Message, Several
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.direction import named
from csimodels.report.escaping import clean
from csimodels.report.group_order import levels_of
from csimodels.report.html.table_views import Lang
from csimodels.report.standing import Standing, current_wave, standing, wave_column
from csimodels.spec.model import plain_text
from csimodels.survey.natural_order import natural

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Change:
    """A change with its interval; ``corrected`` is its p-value after correction, ``different`` the verdict on it.

    ``sense`` is -1 where a fall is the better change (``better: low``).
    """

    before: float = NAN
    change: float = NAN
    low: float = NAN
    high: float = NAN
    corrected: float = NAN
    different: bool = False
    sense: int = 1

    @property
    def known(self) -> bool:
        """Whether there is a change with an interval."""
        return math.isfinite(self.change) and math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def direction(self) -> int:
        """1 and -1 where its own interval leaves 0 out, else 0: of a part by itself, without correction."""
        return (self.low > 0) - (self.high < 0)

    @property
    def told(self) -> int:
        """1 and -1 where its interval leaves 0 out, and the table of changes, which corrects, says so too, else 0."""
        return self.direction if self.different else 0

    @property
    def moved(self) -> int:
        """1 and -1 where it is measurable after correction, else 0."""
        return (1 if self.change > 0 else -1) if self.different else 0

    @property
    def better(self) -> int:
        """1 where it is measurably for the better, -1 for the worse, else 0."""
        return self.moved * self.sense


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a level in one wave: what it is called, its index with interval, and its change since the last one."""

    key: str
    name: str
    parent: str
    index: float
    low: float
    high: float
    n: float
    status: str
    share: float = NAN
    change: Change = Change()

    @property
    def ok(self) -> bool:
        """Whether it has a number that nothing is said against."""
        return formatting.is_ok(self.status) and math.isfinite(self.index)


@dataclass(frozen=True)
class Reading:
    """The tables of a report, as its story reads them in one language."""

    content: Content
    lang: Lang

    @property
    def target(self) -> str:
        """The index construct, or the simple index that the tables are about."""
        return self.content.target

    @property
    def sense(self) -> int:
        """-1 where a lower index of the index construct is the better one, else 1."""
        return self.content.model.direction(self.target)

    def judged(self, name: str) -> str:
        """What a construct is called, and that lower is better where it is; part of a message."""
        return named(self.content.model, name, self.lang.code)

    def remark(self) -> tuple[Message, ...]:
        """That lower is better, where it is."""
        text = "Lower is better here: a fall of {construct} is an improvement."
        return (Message(text, construct=self.lang.label(self.target)),) if self.sense < 0 else ()

    @cached_property
    def top(self) -> Standing:
        """The number at the top."""
        return standing(self.content)

    @cached_property
    def column(self) -> str:
        """The column of the waves; empty without waves."""
        return wave_column(self.content)

    @cached_property
    def wave(self) -> str:
        """The wave that is reported; empty without waves."""
        return current_wave(self.content)

    @cached_property
    def waves(self) -> tuple[str, ...]:
        """Every wave up to the reported one, the earliest first."""
        groups = self.content.groups
        if groups is None or not self.column:
            return ()
        every = [_text(wave) for wave in sorted(groups[self.column].unique().tolist(), key=natural)]
        return tuple(every[: every.index(self.wave) + 1]) if self.wave in every else tuple(every)

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Levels of the roll-up, lowest first; one nameless level of groups without a roll-up; empty without groups."""
        rolled = tuple(levels_of(self.content))
        if rolled:
            return rolled
        return ("",) if self._names else ()

    @property
    def _names(self) -> tuple[str, ...]:
        """Group columns that name a group within a wave."""
        return tuple(c for c in self.content.group_by if c != self.column)

    def wave_name(self, wave: str) -> str:
        """What a wave is called; in Chinese a year without a label is written as one."""
        return clean(self.lang.names.wave(wave, self.column))

    def level_name(self, level: str) -> str:
        """What a level of the roll-up, or the groups, are called."""
        names = [level] if level else list(self._names)
        return self.lang.tr(", ").join(clean(self.lang.names.column(name)) for name in names)

    def level_words(self, *levels: str) -> Several:
        """Levels of the roll-up, or the groups, as they are called inside a sentence."""
        names = [name for level in levels for name in ([level] if level else self._names)]
        called = [clean(self.lang.names.noun(name)) for name in names]
        return Several(called, separator=" and " if len(called) == 2 else ", ")

    def units(self, level: str, construct: str = "", wave: str | None = None) -> list[Unit]:
        """Units of `level` in `wave` (the reported one), the best first; flagged ones behind."""
        asked = level, construct or self.target, self.wave if wave is None else wave
        if asked not in self._known:  # most sections ask for the same ones
            changes = self._changes(*asked)
            found = [self._unit(row, level, changes) for row in self._rows(*asked)]
            sense = self.content.model.direction(asked[1])
            order = sorted(found, key=lambda u: (not u.ok, -sense * u.index if math.isfinite(u.index) else 0.0))
            self._known[asked] = tuple(order)
        return list(self._known[asked])

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], tuple[Unit, ...]]:
        return {}

    def whole(self, construct: str, wave: str | None = None) -> Unit | None:
        """The unit that the number at the top is of, for another construct or wave; None where it has no number."""
        wave = self.wave if wave is None else wave
        if self.top.unit:
            level = self.levels[-1]
            found = [u for u in self.units(level, construct, wave) if u.key == self.top.unit]
            return found[0] if found else None
        frame, changes = self._all_by_wave("index"), self._all_by_wave("changes")
        if frame is None or not wave:
            index = self.content.table("index")
            rows = formatting.records(index[index["construct"] == construct])
            return _bare(rows[0], Change()) if rows else None
        rows = formatting.records(frame[(frame["construct"] == construct) & (frame[self.column].map(_text) == wave)])
        change = Change()
        if changes is not None:
            mine = changes[(changes["construct"] == construct) & (changes["to"].map(_text) == wave)]
            sense = self.content.model.direction(construct)
            change = change_of(formatting.records(mine)[0], sense) if len(mine) == 1 else Change()
        return _bare(rows[0], change) if len(rows) == 1 else None

    def _all_by_wave(self, kind: str) -> pd.DataFrame | None:
        """Index or changes of all respondents by wave: in tables of their own, or those of the waves as only groups."""
        own = self.content.comparison(f"wave_{kind}")
        if own is not None:
            return own
        if not self.column or len(self.content.group_by) != 1:
            return None
        return self.content.groups if kind == "index" else self.content.comparison("changes")

    def _rows(self, level: str, construct: str, wave: str) -> list[dict[Any, Any]]:
        rolled = self.content.comparison("rollup")
        frame = self.content.group_table() if not level else rolled
        if frame is None:
            return []
        frame = frame[frame["construct"] == construct]
        if level:
            frame = frame[frame["level"] == level]
        if self.column in frame and wave:
            frame = frame[frame[self.column].map(_text) == wave]
        return formatting.records(frame)

    def _changes(self, level: str, construct: str, wave: str) -> Mapping[str, Change]:
        frame = self.content.comparison("changes")
        if frame is None or not wave or (not level and not self._names):
            return {}
        frame = frame[(frame["construct"] == construct) & (frame["to"].map(_text) == wave)]
        if level and "level" in frame:
            frame = frame[frame["level"] == level]
        sense = self.content.model.direction(construct)
        return {self._key(row, level): change_of(row, sense) for row in formatting.records(frame)}

    def key_of(self, row: Mapping[Any, Any]) -> str:
        """The key of the unit of the lowest level that a row of any table is about."""
        return self._key(row, self.levels[0] if self.levels else "")

    def _key(self, row: Mapping[Any, Any], level: str) -> str:
        return str(row.get("unit")) if level else "\x1f".join(_text(row.get(c)) for c in self._names)

    def _unit(self, row: Mapping[Any, Any], level: str, changes: Mapping[str, Change]) -> Unit:
        key, label, code = self._key(row, level), self.content.model.label_of, self.lang.code
        if level:
            name = label(level, row["unit"], code)
        else:
            name = " / ".join(label(c, row[c], code) for c in self._names)
        bare, parent = _bare(row, changes.get(key, Change())), row.get("parent")
        share = formatting.as_float(row.get("weight_share"))
        above = self._above(level)
        called = clean(label(above, parent, code)) if isinstance(parent, str) and above else ""
        return Unit(key, clean(name), called, bare.index, bare.low, bare.high, bare.n, bare.status, share, bare.change)

    def _above(self, level: str) -> str:
        place = self.levels.index(level) + 1 if level in self.levels else len(self.levels)
        return self.levels[place] if place < len(self.levels) else ""


def _bare(row: Mapping[Any, Any], change: Change) -> Unit:
    index, low, high, n = (formatting.as_float(row.get(c)) for c in ("index", "low", "high", "n"))
    state = row.get("status")
    return Unit("", "", "", index, low, high, n, "" if formatting.is_ok(state) else str(state), NAN, change)


def change_of(row: Mapping[Any, Any], sense: int = 1) -> Change:
    """A row of a table of changes; `sense` is -1 where a fall is the better change."""
    before, change, low, high, p = (
        formatting.as_float(row.get(c)) for c in ("before", "change", "low", "high", "p_adj")
    )
    return Change(before, change, low, high, p, formatting.is_true(row.get("different")), sense)


def _text(wave: object) -> str:
    return plain_text(wave) if isinstance(wave, (int, float)) else str(wave)
