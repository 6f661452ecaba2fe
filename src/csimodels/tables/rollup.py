"""Group results carried up: companies to industries, sectors and the nation (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.messages import Message, Value, cells
from csimodels.moments import Key
from csimodels.moments.linalg import Bools, Floats
from csimodels.tables.quantities import IMPACT_POINTS

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Tree:
    """Units of a roll-up along one axis ``U``: wave by wave, and in each wave the lowest level first.

    Without a roll-up, a tree of one level holds the groups themselves.

    Attributes
    ----------
    levels : names of the levels, lowest first.
    waves : group columns that are no level (a year): the roll-up is repeated for each of their values.
    columns : group columns that name the units, where there is no roll-up; empty for a roll-up.
    level : (U,) position in `levels`.
    unit : (U,) names: one per entry of `columns`; a single one in a roll-up.
    identity : (U,) what a unit is called in every wave.
    wave : (U,) values of the columns in `waves`.
    parent : (U,) position of the unit above, -1 at the top.
    group : (U,) position among the ``G`` groups, -1 for upper units and for companies without answers in this wave.
    weight : (U,) weight within the parent, as stated or summed; NaN where there is no parent.
    """

    levels: tuple[str, ...]
    waves: tuple[str, ...]
    columns: tuple[str, ...]
    level: Ints
    unit: tuple[Key, ...]
    identity: tuple[Hashable, ...]
    wave: tuple[Key, ...]
    parent: Ints
    group: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.unit)

    @cached_property
    def members(self) -> tuple[Ints, ...]:
        """Positions of the units right below each unit."""
        below: list[list[int]] = [[] for _ in self.unit]
        for i, above in enumerate(self.parent):
            if above >= 0:
                below[above].append(i)
        return tuple(np.asarray(some, dtype=np.intp) for some in below)

    def ancestor(self, level: int) -> Ints:
        """(U,) position of the unit at `level` that each unit belongs to, itself included; -1 where there is none."""
        at = np.arange(len(self))
        for _ in self.levels:
            below = (at >= 0) & (self.level[at] < level)
            at = np.where(below, self.parent[at], at)
        return np.where((at >= 0) & (self.level[at] == level), at, -1)

    def describe(self, i: int) -> Message:
        """``"Harbour (year = 2026)"``, for messages."""
        if not self.waves:
            return self.named(i)
        return Message("{said} ({where})", said=self.named(i), where=cells(self.waves, self.wave[i]))

    def named(self, i: int) -> Message:
        """The name of a unit, for messages."""
        columns = self.columns or (self.levels[int(self.level[i])],)
        names = [Value(name, column) for name, column in zip(self.unit[i], columns, strict=True)]
        return listed(names, 0) if names else Message("all respondents")

    def called(self, i: int) -> str:
        """The name of a unit as one text."""
        return ", ".join(map(str, self.unit[i])) or "all respondents"


@dataclass(frozen=True, eq=False)
class Shares:
    """How units are made of groups.

    Attributes
    ----------
    of_groups : (U, G) share of every group in every unit; a row sums to 1, or to 0 where nothing is there.
    of_parent : (U,) share in the mean of the parent: 0 for what is left out, NaN without a parent.
    covered : (U,) part of the weight, all the way down, that has an estimate.
    """

    of_groups: Floats
    of_parent: Floats
    covered: Floats


def shares(tree: Tree, usable: Bools) -> Shares:
    """Weights normalised within the parent, level by level, over what is `usable` (G,).

    A unit of which nothing is usable is left out of its parent's mean; one of which a part is usable keeps its weight.
    """
    of_groups = np.zeros((len(tree), len(usable)))
    of_parent, covered = np.full(len(tree), np.nan), np.zeros(len(tree))
    lowest = np.flatnonzero(tree.group >= 0)
    lowest = lowest[usable[tree.group[lowest]]]
    of_groups[lowest, tree.group[lowest]] = covered[lowest] = 1.0
    for level in range(1, len(tree.levels)):
        for above in np.flatnonzero(tree.level == level):
            below = tree.members[above]
            weight = tree.weight[below]
            counted = np.where(covered[below] > 0, weight, 0.0)
            of_parent[below] = counted / counted.sum() if counted.any() else 0.0
            of_groups[above] = of_parent[below] @ of_groups[below]
            covered[above] = weight @ covered[below] / weight.sum()
    return Shares(of_groups, of_parent, covered)


def flat_tree(by: tuple[str, ...], keys: Sequence[Key], within: Sequence[str] = (), *, alone: bool = False) -> Tree:
    """The groups themselves as a tree of one level; the columns in `within` (some of `by`) make its waves.

    Raises
    ------
    SpecError
        `within` names something else than group columns, or (unless `alone`: all respondents are the one unit of every
        wave) there are no groups, or none besides the waves.
    """
    if not by and (within or not alone):
        remedy = "pass by= to the study, or add by: under data"
        raise SpecError(Problem("ranks, differences and changes need groups", "by", remedy=remedy))
    problems = [
        Problem("not a column that forms the groups", "within", repr(name), nearest(name, by) or listed(by))
        for name in within
        if name not in by
    ]
    if problems:
        raise SpecError(problems)
    if set(by) <= set(within) and not alone:
        remedy = "leave out the column whose groups are to be compared, or group by another one as well"
        raise SpecError(Problem("no column of groups is left to compare", "within", listed(within), listed(by), remedy))
    waves = tuple(name for name in by if name in within)
    own = [i for i, name in enumerate(by) if name not in within]
    names = tuple(tuple(key[i] for i in own) for key in keys)
    return Tree(
        levels=(", ".join(by[i] for i in own),),
        waves=waves,
        columns=tuple(by[i] for i in own),
        level=np.zeros(len(keys), dtype=np.intp),
        unit=names,
        identity=names,
        wave=tuple(tuple(key[by.index(name)] for name in waves) for key in keys),
        parent=np.full(len(keys), -1, dtype=np.intp),
        group=np.arange(len(keys)),
        weight=np.full(len(keys), np.nan),
    )


@dataclass(frozen=True, eq=False)
class RolledUp:
    """Numbers of every unit of a tree: quantities along ``Q``, each ``(U, Q)``; NaN where nothing is known.

    Attributes
    ----------
    names : of the quantities (constructs).
    df : (U, Q) degrees of freedom of `se`, inf where the normal holds.
    n, members : (U,) rows and groups behind the numbers.
    method, status : (U,) how the interval was made, and what is to be said.
    group_cov : (Q, G, G) covariances of the groups that share respondents or clusters; None where groups are
        independent.
    uneven : whether differences are made of the limits, which are not symmetric.
    """

    tree: Tree
    shares: Shares
    names: tuple[str, ...]
    value: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    n: Floats
    members: Floats
    method: tuple[Message, ...]
    status: tuple[Message, ...]
    group_cov: Floats | None = None
    uneven: bool = False

    def unit_cov(self, first: Ints, second: Ints) -> Floats | None:
        """(K, Q) covariances of pairs of units, 0 where a position is -1; None where groups are independent."""
        if self.group_cov is None:
            return None
        a, b = self.shares.of_groups[first], self.shares.of_groups[second]
        cov = np.stack([((a @ part) * b).sum(axis=-1) for part in self.group_cov], axis=-1)
        return np.where(((first >= 0) & (second >= 0))[:, None], cov, 0.0)


def unit_columns(tree: Tree, rows: Ints) -> dict[str, list[object]]:
    """Wave columns, then ``level, unit, parent`` of the units at `rows`, or their group columns without a roll-up."""
    out: dict[str, list[object]] = {}
    for k, name in enumerate(tree.waves):
        out[name] = [tree.wave[i][k] for i in rows]
    if len(tree.levels) == 1:
        return out | {name: [tree.unit[i][k] for i in rows] for k, name in enumerate(tree.columns)}
    out["level"] = [tree.levels[tree.level[i]] for i in rows]
    out["unit"] = [tree.called(i) for i in rows]
    out["parent"] = [tree.called(tree.parent[i]) if tree.parent[i] >= 0 else "" for i in rows]
    return out


def rollup(rolled: RolledUp) -> pd.DataFrame:
    """Index of every unit and construct.

    Columns: wave columns (group columns that are no level); ``level, unit, parent, construct``; ``index`` with
    ``se, low, high``; ``n`` rows and ``members`` (groups) behind it; ``weight_share`` of the unit in
    the mean of its parent (0: left out); ``covered``: part of the weight below that has an estimate; ``method`` of the
    interval; ``status``.
    """
    rows, size = np.arange(len(rolled.tree)), len(rolled.names)
    every = np.repeat(rows, size)
    table = pd.DataFrame(unit_columns(rolled.tree, every))
    table["construct"] = list(rolled.names) * len(rows)
    for name, part in {"index": rolled.value, "se": rolled.se, "low": rolled.low, "high": rolled.high}.items():
        table[name] = part.ravel()
    table["n"] = rolled.n[every].astype(np.int64)
    table["members"] = rolled.members[every].astype(np.int64)
    table["weight_share"] = rolled.shares.of_parent[every]
    table["covered"] = rolled.shares.covered[every]
    table["method"] = [rolled.method[i] for i in every]
    table["status"] = [rolled.status[i] for i in every]
    return table


def rollup_drivers(importance: RolledUp, performance: RolledUp, target: str) -> pd.DataFrame:
    """Drivers of `target` for every unit, as weighted means of the companies' own importance and performance.

    A mean of effects within companies, not the effect in a model fitted to all their customers together, which would
    also hold the differences between companies.

    Columns: wave columns; ``level, unit, parent, target, driver``; ``importance``: points of the target's index per
    point of the driver's; ``impact``: the same for a rise by 5 points; ``performance``: index of the driver; each with
    ``_se, _low, _high``; ``members``; ``status``.

    Parameters
    ----------
    importance : quantities named by driver.
    performance : the indices of (at least) these drivers.
    """
    tree, size = importance.tree, len(importance.names)
    every = np.repeat(np.arange(len(tree)), size)
    columns = [performance.names.index(name) for name in importance.names]
    table = pd.DataFrame(unit_columns(tree, every))
    table["target"] = target
    table["driver"] = list(importance.names) * len(tree)
    parts = {"": "value", "_se": "se", "_low": "low", "_high": "high"}
    for suffix, part in parts.items():
        table[f"importance{suffix}"] = getattr(importance, part).ravel()
    for suffix, part in parts.items():
        table[f"impact{suffix}"] = IMPACT_POINTS * getattr(importance, part).ravel()
    for suffix, part in parts.items():
        table[f"performance{suffix}"] = getattr(performance, part)[:, columns].ravel()
    table["members"] = importance.members[every].astype(np.int64)
    table["status"] = [importance.status[i] for i in every]
    return table
