"""Rows of a weights file, and the tree of a roll-up that they make of the groups of a survey."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.messages import Message
from csimodels.moments import Key
from csimodels.survey.columns import text_of
from csimodels.survey.natural_order import natural
from csimodels.tables.rollup import Tree

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the weights file: its names by level (None where blank), its wave, its weight."""

    row: int
    names: tuple[str | None, ...]
    wave: tuple[str | None, ...]
    weight: float

    @property
    def level(self) -> int:
        """The level that the row is about: the lowest that is filled."""
        return next((k for k, name in enumerate(self.names) if name is not None), len(self.names))

    @property
    def path(self) -> Names:
        """Names from the row's own level to the top."""
        return tuple(name or "" for name in self.names[self.level :])

    @property
    def called(self) -> str:
        """``"row 3 (Harbour)"``."""
        return (
            Message("row {row} ({path})", row=self.row, path=self.path[0])
            if self.path
            else Message("row {row}", row=self.row)
        )


@dataclass(frozen=True, slots=True)
class Layers:
    """Levels of the roll-up, group columns, and the group columns that are no level but stand in the weights file."""

    levels: Names
    by: Names
    file_waves: Names = ()

    @property
    def waves(self) -> Names:
        """Group columns that are no level: the roll-up is repeated for each of their values."""
        return tuple(name for name in self.by if name not in self.levels)

    @property
    def own(self) -> tuple[int, ...]:
        """Levels that are group columns: what tells one group of a wave from another."""
        return tuple(k for k, name in enumerate(self.levels) if name in self.by)

    def group(self, key: Key) -> Names:
        """What a group is called within its wave."""
        return tuple(text_of(key[self.by.index(self.levels[k])]) or "" for k in self.own)

    def wave(self, key: Key) -> Key:
        """The wave of a group."""
        return tuple(key[self.by.index(name)] for name in self.waves)

    def in_file(self, wave: Key) -> tuple[str | None, ...]:
        """A wave as the file names it."""
        return tuple(text_of(wave[self.waves.index(name)]) for name in self.file_waves)

    def entry_group(self, entry: Entry) -> Names:
        """What a row of the lowest level calls its group."""
        return tuple(entry.names[k] or "" for k in self.own)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit of the tree while it is built; fields as in :class:`Tree`."""

    level: int
    path: Names
    identity: tuple[int, Names]
    wave: Key
    parent: int
    group: int
    weight: float


def built(entries: Sequence[Entry], layers: Layers, keys: Sequence[Key], waves: Sequence[Key]) -> Tree:
    """The tree of all `waves`, from rows without contradictions.

    Parameters
    ----------
    keys : (G,) keys of the groups.
    """
    place = {(layers.wave(key), layers.group(key)): g for g, key in enumerate(keys)}
    units: list[_Unit] = []
    for wave in waves:
        units += _units_of(entries, layers, wave, place, len(units))
    return Tree(
        levels=layers.levels,
        waves=layers.waves,
        columns=(),
        level=np.asarray([u.level for u in units], dtype=np.intp),
        unit=tuple((u.path[0],) for u in units),
        identity=tuple(u.identity for u in units),
        wave=tuple(u.wave for u in units),
        parent=np.asarray([u.parent for u in units], dtype=np.intp),
        group=np.asarray([u.group for u in units], dtype=np.intp),
        weight=np.asarray([u.weight for u in units], dtype=float),
    )


def _units_of(
    entries: Sequence[Entry], layers: Layers, wave: Key, place: Mapping[tuple[Key, Names], int], start: int
) -> list[_Unit]:
    """The units of one wave, lowest level first, each level in the order of its parents, from `start` on."""
    in_file = layers.in_file(wave)
    mine = [e for e in entries if e.wave == in_file]
    stated = {e.path: e.weight for e in mine if e.level}
    group = {e.path: layers.entry_group(e) for e in mine if e.level == 0}
    weight = {e.path: e.weight for e in mine if e.level == 0}
    tiers = [sorted(weight, key=_order)]
    for _ in layers.levels[1:]:
        above: dict[Names, float] = defaultdict(float)
        for path in tiers[-1]:
            above[path[1:]] += weight[path]
        weight |= {path: stated.get(path, total) for path, total in above.items()}
        tiers.append(sorted(above, key=_order))
    at = {path: start + i for i, path in enumerate(path for tier in tiers for path in tier)}
    return [
        _Unit(
            level=level,
            path=path,
            identity=(level, group.get(path, path)),
            wave=wave,
            parent=at.get(path[1:], -1),
            group=place.get((wave, group[path]), -1) if level == 0 else -1,
            weight=weight[path] if len(path) > 1 else np.nan,
        )
        for level, tier in enumerate(tiers)
        for path in tier
    ]


def _order(path: Names) -> list[tuple[int, float, str, str]]:
    return [natural(name) for name in reversed(path)]
