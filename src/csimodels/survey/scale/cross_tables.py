"""Answers counted by part: from these tables come the sums of columns that sections of the spec ask for.

A table says how many respondents of a part gave each set of answers to a few items, and their weight.  Weights are
added as whole numbers in fixed point, as in :mod:`~csimodels.survey.scale.sums`, so that the sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.sampling import add_by_code
from csimodels.survey.columns import Ints
from csimodels.survey.recipes import Recipe
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.refusals import changed_rows
from csimodels.survey.scale.sums import key_cells, table_of_rows
from csimodels.survey.scale.whole_numbers import Scaled, Weighing

#: Sets of answers by part that one table may have.
MOST_CELLS = 2_000_000
#: Tables that are asked for in one query.
TABLES_AT_ONCE = 8
#: Whole numbers from the midpoint on: the columns of recipes are no part of the sums in fixed point.
_UNSHIFTED = Scaled(np.zeros(1), 1, 1.0)


@dataclass(frozen=True, eq=False)
class CrossTable:
    """Respondents of every part by their answers to some items.

    Attributes
    ----------
    x : (m, k) answers, NaN where missing.
    part : (m,) part that they are of.
    n, w : (m,) respondents and the sum of their weights.
    ww : (m,) sum of the squared weights.
    """

    x: Floats
    part: Ints
    n: Floats
    w: Floats
    ww: Floats


@dataclass(frozen=True, eq=False)
class Everyone:
    """Respondents ``n (K,)`` of every part, the sum of their weights ``w`` and of the squares of these ``ww``; those
    included that a missing rule leaves out."""

    n: Floats
    w: Floats
    ww: Floats


class BesideSums(Protocol):
    """Sums of columns beside the items, part by part."""

    @property
    def everyone(self) -> Everyone:
        """All respondents."""
        ...

    def weighted(self, recipe: Recipe) -> Floats:
        """(K, e) ``sum a_i e_i`` of the columns of a recipe."""
        ...

    def counted(self, recipe: Recipe) -> Floats:
        """(K,) sum of the one column of a recipe, every respondent once."""
        ...

    def distinct(self, items: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Different sets of answers ``(m, k)`` to some items, and how many respondents gave each ``(m,)``."""
        ...

    def chosen(self, keep: Bools) -> BesideSums:
        """Those of some parts, numbered anew."""
        ...


@dataclass(frozen=True, eq=False)
class CrossTables:
    """Tables of a survey, asked for when they are first needed.

    Attributes
    ----------
    kept : rows that are meant;  keys : SQL of what tells parts apart;  weight : SQL of the weight and the largest one.
    items : every item that is read, with SQL of its answers.
    place : key of a part -> its number;  given : (K,) respondents of each part.
    used : SQL of whether a respondent is used.
    """

    kept: Filter
    keys: tuple[str, ...]
    weight: tuple[str, float] | None
    items: tuple[Judged, ...]
    place: Mapping[tuple[Any, ...], int]
    given: Ints
    used: str
    number: Ints | None = None
    known: dict[tuple[str, ...], CrossTable] = field(default_factory=dict)

    @cached_property
    def everyone(self) -> Everyone:
        """All respondents."""
        table = self.table(())
        out = np.zeros((3, self._size))
        for total, values in zip(out, (table.n, table.w, table.ww), strict=True):
            np.add.at(total, table.part, values)
        return Everyone(*out)

    @property
    def _size(self) -> int:
        return len(self.given) if self.number is None else int((self.number >= 0).sum())

    def weighted(self, recipe: Recipe) -> Floats:
        """(K, e) ``sum a_i e_i`` of the columns of a recipe."""
        table = self.table(recipe.items)
        out = np.zeros((self._size, recipe.width))
        add_by_code(out, table.w[:, None] * recipe.make(table.x), table.part)
        return out

    def counted(self, recipe: Recipe) -> Floats:
        """(K,) sum of the one column of a recipe, every respondent once."""
        table = self.table(recipe.items)
        found = table.n * recipe.make(table.x)[:, 0]
        return np.bincount(table.part, found, minlength=self._size).astype(np.float64)

    def distinct(self, items: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Different sets of answers to some items, and how many respondents gave each."""
        table = self.table(items)
        return table.x, table.n

    def chosen(self, keep: Bools) -> CrossTables:
        """Those of some parts, numbered anew."""
        number = np.where(keep, np.cumsum(keep) - 1, -1)
        if self.number is not None:
            before = self.number
            number = np.where(before >= 0, number[np.maximum(before, 0)], -1)
        return replace(self, number=number)

    def asked(self, wanted: Iterable[tuple[str, ...]]) -> None:
        """Ask for tables at once, while the rows are those that were summed; several in one pass."""
        missing = [items for items in dict.fromkeys(wanted) if items not in self.known]
        step = TABLES_AT_ONCE if self.kept.relation.dialect.sets else 1
        for start in range(0, len(missing), step):
            some = missing[start : start + step]
            self.known.update(zip(some, self._tables(some), strict=True))

    def table(self, items: tuple[str, ...]) -> CrossTable:
        """Respondents of the parts by their answers to `items`.

        Raises
        ------
        DataError
            More different answers than :data:`MOST_CELLS`, or the rows are not those that were summed.
        """
        self.asked([items])
        whole = self.known[items]
        if self.number is None:
            return whole
        mine = self.number[whole.part] >= 0
        part = self.number[whole.part[mine]]
        return CrossTable(whole.x[mine], part, whole.n[mine], whole.w[mine], whole.ww[mine])

    def _tables(self, sets: Sequence[tuple[str, ...]]) -> list[CrossTable]:
        """Tables of some sets of items, which grouping sets count in one pass."""
        position = {judged.item.name: i for i, judged in enumerate(self.items)}
        for items in sets:
            self._refuse_many(items, [position[name] for name in items])
        relation, n_keys = self.kept.relation, len(self.keys)
        names = list(dict.fromkeys(name for items in sets for name in items))
        column = {name: f"k{n_keys + j}" for j, name in enumerate(names)}
        keys = [f"k{i}" for i in range(n_keys)]
        largest = 1.0 if self.weight is None else self.weight[1]
        own = Weighing.of(None if self.weight is None else "w", largest, _UNSHIFTED, relation.dialect.wide)
        rows = table_of_rows(self.kept, self.keys, None if self.weight is None else self.weight[0], self.items)
        answers = [f"x{position[name]} as {column[name]}" for name in names]
        inner = f"select {', '.join([*keys, *answers, f'{own.exact} as a'])} from ({rows}) where {self.used}"
        every, which = [*keys, *column.values()], f"k{n_keys + len(names)}"
        shown = [*every, *(f"{sql} as s{i}" for i, sql in enumerate(_weight_sums(own, relation.in_pieces)))]
        group = f" group by {', '.join(every)} order by {', '.join(every)}" if every else ""
        if len(sets) > 1:
            shown.insert(len(every), f"grouping({', '.join(column.values())}) as {which}")
            each = [", ".join([*keys, *(column[name] for name in items)]) for items in sets]
            group = f" group by grouping sets ({', '.join(f'({some})' for some in each)})"
            group += f" order by {', '.join([which, *every])}"
        with relation.in_order(relation.dialect.wide):
            found = relation.columns(f"select {', '.join(shown)} from ({inner}){group}")
        relation.refuse_changed()
        of_set = np.ma.filled(found[which], 0).astype(np.int64) if len(sets) > 1 else None
        part = self._parts([found[key] for key in keys], len(found["s0"]))
        sums = [np.ma.filled(found[f"s{i}"], 0).astype(np.float64) for i in range(3)]
        out = []
        for items in sets:
            absent = sum(1 << k for k, name in enumerate(reversed(names)) if name not in items)
            mine = slice(None) if of_set is None else np.flatnonzero(of_set == absent)
            x = [np.ma.filled(np.ma.asarray(found[column[n]][mine]).astype(np.float64), np.nan) for n in items]
            n, w, ww = (values[mine] for values in sums)
            self._refuse_changed(part[mine], n)
            given = np.stack(x, axis=1) if x else np.empty((len(n), 0))
            out.append(CrossTable(given, part[mine], n, w * own.step, ww * own.step**2))
        return out

    def _parts(self, keys: Sequence[Any], size: int) -> Ints:
        """Number of the part of each row of an answer, -1 for one that is not known."""
        if not keys:
            return np.zeros(size, dtype=np.intp)
        cells = zip(*(key_cells(key) for key in keys), strict=True)
        return np.asarray([self.place.get(key, -1) for key in cells], dtype=np.intp)

    def _refuse_many(self, items: tuple[str, ...], at: Sequence[int]) -> None:
        """Refuse items with so many sets of answers that they would fill the memory."""
        sizes = [float(len(self.items[i].values)) + 1 if len(self.items[i].values) else np.inf for i in at]
        most = min(float(np.prod(sizes)) * len(self.given), float(self.given.sum()))
        if most <= MOST_CELLS:
            return
        rows = table_of_rows(self.kept, self.keys, None if self.weight is None else self.weight[0], self.items)
        every = ", ".join([*(f"k{i}" for i in range(len(self.keys))), *(f"x{i}" for i in at)])
        sql = f"select {every} from ({rows}) where {self.used} group by {every}"
        if self.kept.relation.different(sql, MOST_CELLS + 1) > MOST_CELLS:
            what = Message("{items} have too many different answers for a table of them", items=listed(items, 6))
            remedy = "write engine: memory under data, or round the answers"
            allowed = str(MOST_CELLS)
            raise DataError(Problem(what, self.kept.notes.where, allowed=allowed, remedy=remedy))

    def _refuse_changed(self, part: Ints, n: Floats) -> None:
        """Refuse rows that are not those that were summed."""
        if (part < 0).any() or (np.bincount(part, n, minlength=len(self.given)) != self.given).any():
            found = Message("{n} rows, {before} before", n=round(float(n.sum())), before=int(self.given.sum()))
            raise changed_rows(self.kept.relation.source.name, found)


def _weight_sums(own: Weighing, in_pieces: bool) -> list[str]:
    """SQL of the number of rows, the sum of their weights and of the squares."""
    square = "cast(a as hugeint) * a" if own.exact not in ("1", own.plain) else "a * a"
    sums = ["count(*)", "sum(a)", f"sum({square})"]
    return sums if in_pieces else [f"cast({sql} as double)" for sql in sums]


@dataclass(frozen=True, eq=False)
class TravelledSums:
    """Sums that a folder brought along, by the keys of recipes; ``columns`` ``(K, e)``, ``counts`` ``(K,)``."""

    everyone: Everyone
    columns: Mapping[str, Floats]
    counts: Mapping[str, Floats]

    def weighted(self, recipe: Recipe) -> Floats:
        """(K, e) of the columns of a recipe."""
        return self._found(self.columns, recipe)

    def counted(self, recipe: Recipe) -> Floats:
        """(K,) of the one column of a recipe."""
        return self._found(self.counts, recipe)

    def distinct(self, items: tuple[str, ...]) -> tuple[Floats, Floats]:
        """No answers travel.

        Raises
        ------
        DataError
        """
        what = Message("the answers to {items} are needed, and sums that travel hold none", items=listed(items, 6))
        raise DataError(Problem(what, "moments", remedy="run it where the answers are"))

    def chosen(self, keep: Bools) -> TravelledSums:
        """Those of some parts."""
        every = Everyone(self.everyone.n[keep], self.everyone.w[keep], self.everyone.ww[keep])
        columns = {key: values[keep] for key, values in self.columns.items()}
        return TravelledSums(every, columns, {key: values[keep] for key, values in self.counts.items()})

    def merged(self, matrix: Floats) -> TravelledSums:
        """Sums of parts that a matrix ``(parts, K)`` of zeros and ones puts together."""
        every = Everyone(matrix @ self.everyone.n, matrix @ self.everyone.w, matrix @ self.everyone.ww)
        columns = {key: matrix @ values for key, values in self.columns.items()}
        return TravelledSums(every, columns, {key: matrix @ values for key, values in self.counts.items()})

    @staticmethod
    def of(tables: BesideSums, columns: Iterable[Recipe], counts: Iterable[Recipe]) -> TravelledSums:
        """The sums of some recipes, ready to travel."""
        made = {recipe.key: tables.weighted(recipe) for recipe in columns}
        return TravelledSums(tables.everyone, made, {recipe.key: tables.counted(recipe) for recipe in counts})

    @staticmethod
    def together(parts: Sequence[TravelledSums]) -> TravelledSums:
        """Parts of several folders one after the other, with the sums that all of them have."""

        def joined(name: str) -> dict[str, Floats]:
            known = [getattr(part, name) for part in parts]
            keys = [key for key in known[0] if all(key in own for own in known)]
            return {key: np.concatenate([own[key] for own in known]) for key in keys}

        every = (np.concatenate([getattr(part.everyone, name) for part in parts]) for name in ("n", "w", "ww"))
        return TravelledSums(Everyone(*every), joined("columns"), joined("counts"))

    @staticmethod
    def _found(known: Mapping[str, Floats], recipe: Recipe) -> Floats:
        if recipe.key not in known:
            what = Message("the sums hold no such number of the answers to {items}", items=listed(recipe.items, 6))
            remedy = "form them anew with a spec that asks for it: csi moments"
            raise DataError(Problem(what, "moments", remedy=remedy))
        return known[recipe.key]
