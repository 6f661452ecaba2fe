"""Weighted, masked sums of every part in SQL: what :class:`csimodels.moments.Rows` forms from rows in memory.

Answers are shifted by the midpoint of their scale.  Where they lie on a grid (whole points, halves ...) the shifted
answers are whole numbers, and so are the weights in fixed point: sums are then exact, and the same bits come out for
any number of threads.  A missing answer is zero, and a flag of its own says whether it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import Any, Protocol

import numpy as np

from csimodels.moments import Pairwise, Sums
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.sampling import add_by_code
from csimodels.moments.sums import Patterns
from csimodels.survey.columns import Ints
from csimodels.survey.scale.block_sums import PARTS_AT_ONCE
from csimodels.survey.scale.dialects import DUCKDB
from csimodels.survey.scale.filters import Filter
from csimodels.survey.scale.hole_patterns import pattern_codes, patterns_by_part, present_of, refuse_many_patterns
from csimodels.survey.scale.judged import Judged
from csimodels.survey.scale.relation import Relation, literal
from csimodels.survey.scale.whole_numbers import Scaled, Weighing

#: What is asked of the rows with holes for each form of sums.
_KINDS = {"complete": "counts", "pairwise": "masked", "patterns": "patterns"}


@dataclass(frozen=True, eq=False)
class Parts:
    """Sums of parts, ``(K,)``, with what names each of them.

    Attributes
    ----------
    keys : one list of K values for each key column, as the database has them.
    sums : Sums
    answered : (K, p) answers to each item, unweighted.
    given : (K,) rows, those included that the missing rule leaves out.
    """

    keys: tuple[list[Any], ...]
    sums: Sums
    answered: Floats
    given: Ints


class Ready(Protocol):
    """Sums that were formed in another way."""

    def tables(self, items: Sequence[Judged], scaled: Scaled, weighing: Weighing) -> list[dict[str, Any]] | None:
        """What the queries would answer; None where it does not fit them."""
        ...


def table_of_rows(kept: Filter, keys: Sequence[str], weight: str | None, items: Sequence[Judged]) -> str:
    """SQL of the rows: keys ``k0, k1 ...``, weight ``w``, answers ``x0, x1 ...``."""
    columns = [f"{key} as k{i}" for i, key in enumerate(keys)]
    columns += [f"{weight or '1.0'} as w", *(f"{j.sql} as x{i}" for i, j in enumerate(items))]
    return f"select {', '.join(columns)} from {kept.sql}"


def summed(
    kept: Filter,
    keys: Sequence[str],
    weight: tuple[str, float] | None,
    every: Sequence[Judged],
    p: int,
    form: str,
    ready: Ready | None = None,
) -> Parts:
    """Sums of every part that `keys` tell apart.

    Parameters
    ----------
    keys : SQL of what tells parts apart.
    weight : SQL of the weight and the largest one; None without.
    every : all items that are read, with SQL of their answers; the first `p` are summed, and an answer to any of the
        others makes a respondent count among the rows of his part.
    form : ``complete``, ``pairwise`` or ``patterns``, see :class:`csimodels.moments.Rows`.
    ready : sums that were formed before, taken where they fit.

    Raises
    ------
    DataError
        More patterns of holes than their sums fit into memory.
    """
    items = every[:p]
    scaled = Scaled.of(items)
    largest = None if weight is None else weight[1]
    weighing = Weighing.of(None if weight is None else "w", largest or 1.0, scaled, kept.relation.dialect.wide)
    rows = table_of_rows(kept, keys, None if weight is None else weight[0], every)
    query = _Query(rows, len(keys), items, scaled, weighing, kept.relation)
    tables = None if ready is None else ready.tables(items, scaled, weighing)
    if tables is None:
        with kept.relation.in_order(bool(scaled.grid)):
            tables = _asked(query, kept, every, weight is not None, form)
    return _joined(query, tables, form)


def _asked(query: _Query, kept: Filter, every: Sequence[Judged], weighted: bool, form: str) -> list[dict[str, Any]]:
    """Sums that the database is asked for: of complete rows, then of the others."""
    p = query.p
    used = " and w > 0" if weighted else ""
    full = " and ".join(f"x{i} is not null" for i in query.holed) or "true"
    done = [query.answer(kept, f"{full}{used}", "plain")]
    if query.holed:
        some = "true"
        if len(query.holed) == p:
            some = "(" + " or ".join(f"x{i} is not null" for i in query.holed) + ")"
        incomplete = f"not ({full}) and {some}{used}"
        if form == "patterns":
            refuse_many_patterns(kept, query.rows, query.n_keys, query.holed, p, incomplete)
        done.append(query.answer(kept, incomplete, _KINDS[form]))
        if some != "true" and len(every) > p:
            beside = " or ".join(f"x{i} is not null" for i in range(p, len(every)))
            done.append(query.answer(kept, f"not {some} and ({beside}){used}", "counts"))
    return done


class _Query:
    """The sums of some rows as one query, and its answer as arrays."""

    def __init__(
        self, rows: str, n_keys: int, items: Sequence[Judged], scaled: Scaled, weighing: Weighing,
        relation: Relation,
    ) -> None:  # fmt: skip
        self.dialect, self.in_pieces = relation.dialect, relation.in_pieces
        self.rows, self.n_keys, self.items, self.scaled, self.weighing = rows, n_keys, items, scaled, weighing
        self.p = len(items)
        self.holed = [i for i, j in enumerate(items) if j.missing]
        self.upper = list(combinations_with_replacement(range(self.p), 2))

    def answer(self, kept: Filter, condition: str, kind: str) -> dict[str, Any]:
        """Sums of the rows that meet a condition, by key.

        Parameters
        ----------
        kind : ``plain``, ``masked``, ``patterns`` (of holes, whose numbers are further keys), or ``counts`` of answers.
        """
        keys = [f"k{i}" for i in range(self.n_keys)]
        given, masked = list(keys), kind == "masked"
        if kind == "patterns":
            codes = pattern_codes(self.holed)
            keys += [f"k{self.n_keys + i}" for i in range(len(codes))]
            given += [f"{sql} as k{self.n_keys + i}" for i, sql in enumerate(codes)]
        counts = ["count(*)", *(f"count(z{j})" for j in range(self.p))]
        sums = counts if kind == "counts" else self._sums(masked)
        group = f" group by {', '.join(keys)} order by {', '.join(keys)}" if keys else ""
        columns = self._columns(masked or kind == "patterns")
        inner = f"select {', '.join([*given, *columns])} from ({self.rows}) where {condition}{self.dialect.once}"
        found: dict[str, Any] = {}
        most = kept.relation.dialect.most
        for start in range(0, len(sums), most):
            some = [*keys, *(f"{sql} as s{start + i}" for i, sql in enumerate(sums[start : start + most]))]
            found |= kept.relation.columns(f"select {', '.join(some)} from ({inner}){group}")
        numbers = np.stack([np.ma.filled(found[f"s{i}"], 0).astype(np.float64) for i in range(len(sums))], axis=1)
        return {"keys": [key_cells(found[key]) for key in keys], "numbers": numbers, "kind": kind}

    def _columns(self, masked: bool) -> list[str]:
        """SQL of whole (or plain) shifted answers ``z``, flags ``r`` and weight ``a``."""
        kind = "bigint" if self.scaled.grid and self.weighing.exact not in ("1", self.weighing.plain) else "double"
        out = [f"{self.weighing.exact} as a"]
        for i, shift in enumerate(self.scaled.shift.tolist()):
            moved = f"x{i} - {literal(shift)}"
            grid = self.scaled.grid
            if grid and self.items[i].integral and float(shift * grid).is_integer():
                moved = f"cast(x{i} * {grid} - {int(shift * grid)} as {kind})"
            elif grid:
                moved = f"cast(round(({moved}) * {float(self.scaled.grid)!r}) as {kind})"
            if masked and self.items[i].missing:
                out += [f"coalesce({moved}, 0) as z{i}", f"{self._flag(i, kind)} as r{i}"]
            else:
                out += [f"{moved} as z{i}", f"1 as r{i}"]
        return out

    def _flag(self, i: int, kind: str) -> str:
        """SQL of 1 where an item is answered; what is fast in DuckDB is no cast elsewhere."""
        if self.dialect is DUCKDB:
            return f"cast(x{i} is not null as {kind})"
        return f"case when x{i} is null then 0 else 1 end"

    def _sums(self, masked: bool) -> list[str]:
        one = self.weighing.exact == "1"
        a = "" if one else "a * "
        fixed = self.scaled.grid and self.weighing.exact != self.weighing.plain
        square = "cast(a as hugeint) * a" if fixed else "a * a"
        out = ["count(*)", "count(*)" if one else "sum(a)", "count(*)" if one else f"sum({square})"]
        out += [f"sum({a}z{j})" for j in range(self.p)]
        out += [f"sum({a}z{j} * z{k})" for j, k in self.upper]
        if masked:  # an item that everybody answered needs no flag
            out += [f"sum(r{h})" for h in self.holed]
            out += [f"sum({a}r{h} * r{k})" for h, k in combinations_with_replacement(self.holed, 2)]
            out += [f"sum({a}z{j} * r{h})" for j, h in product(range(self.p), self.holed)]
        return out if self.in_pieces else [f"cast({sql} as double)" for sql in out]

    def unpacked(self, found: dict[str, Any]) -> dict[str, Floats]:
        """Sums in scale points and weights."""
        numbers, p, step = found["numbers"], self.p, self.weighing.step
        if found["kind"] == "counts":
            return {"n": numbers[:, 0], "answered": numbers[:, 1:]}
        grid = float(self.scaled.grid or 1)
        pairs = len(self.upper)
        out = {"n": numbers[:, 0], "w": numbers[:, 1] * step, "ww": numbers[:, 2] * step**2}
        out["wx"] = numbers[:, 3 : 3 + p] * (step / grid)
        out["wxx"] = self._square(numbers[:, 3 + p : 3 + p + pairs]) * (step / grid**2)
        size = len(numbers)
        out["answered"] = np.repeat(out["n"][:, None], p, axis=1)
        if found["kind"] == "patterns":
            out["answered"] = out["answered"] * present_of(found["keys"][self.n_keys :], self.holed, p)
        out["pw"] = np.broadcast_to(out["w"][:, None, None], (size, p, p))
        out["pwx"] = np.broadcast_to(out["wx"][:, :, None], (size, p, p))
        if found["kind"] == "masked":
            self._mask(out, numbers[:, 3 + p + pairs :], step, grid)
        return out

    def _mask(self, out: dict[str, Floats], numbers: Floats, step: float, grid: float) -> None:
        """Sums over the rows that have both answers, put where an item has holes."""
        holed, size, p = self.holed, len(numbers), self.p
        h = len(holed)
        pairs = h * (h + 1) // 2
        out["answered"][:, holed] = numbers[:, :h]
        pw, pwx = out["pw"].copy(), out["pwx"].copy()
        rows, cols = np.asarray(list(combinations_with_replacement(holed, 2))).T
        both = numbers[:, h : h + pairs] * step
        pw[:, rows, cols] = both
        pw[:, cols, rows] = both
        own = pw[:, holed, holed]
        full = [j for j in range(p) if j not in set(holed)]
        pw[np.ix_(range(size), full, holed)] = own[:, None, :]
        pw[np.ix_(range(size), holed, full)] = own[:, :, None]
        pwx[:, :, holed] = numbers[:, h + pairs :].reshape(size, p, h) * (step / grid)
        out["pw"], out["pwx"] = pw, pwx

    def _square(self, flat: Floats) -> Floats:
        full = np.empty((len(flat), self.p, self.p))
        rows, cols = np.asarray(self.upper).T
        full[:, rows, cols] = flat
        full[:, cols, rows] = flat
        return full


def key_cells(values: Any) -> list[Any]:
    """Cells of a key: None where it is empty."""
    empty = np.ma.getmaskarray(values)
    cells = np.ma.getdata(values).tolist()
    return [None if gone or value != value else value for value, gone in zip(cells, empty.tolist(), strict=True)]


def _joined(query: _Query, tables: list[dict[str, Any]], form: str) -> Parts:
    """Complete and incomplete rows of every part together; the list is emptied, so that no sums are held twice."""
    n_keys, p, several = query.n_keys, query.p, len(tables) > 1
    own = [list(zip(*table["keys"][:n_keys], strict=True)) for table in tables]
    keys = list(dict.fromkeys(key for table in own for key in table)) if n_keys else [()]
    place = {key: k for k, key in enumerate(keys)}
    size = len(keys)
    total = {name: np.zeros((size, *shape)) for name, shape in _shapes(p).items()}
    given = np.zeros((size, 1))
    cells: list[tuple[Bools, Ints, dict[str, Floats]]] = []
    for keys_ in own:
        table = tables.pop(0)
        every = np.asarray([place[key] for key in keys_] if n_keys else [0] * len(table["numbers"]), dtype=np.intp)
        for at, part in _unpacked_in_blocks(query, table, every):
            add_by_code(given, part["n"][:, None], at)
            for name in total if table["kind"] != "counts" else ("answered",):
                add_by_code(total[name].reshape(size, -1), part[name].reshape(len(at), -1), at)
            if form == "patterns" and table["kind"] != "counts":
                codes = table["keys"][n_keys:] or [[0] * len(at)]
                cells.append((present_of(codes, query.holed, p), at, part))
    pairwise = Pairwise(total["pw"], total["pwx"]) if several and form == "pairwise" else None
    names = tuple(j.item.name for j in query.items)
    n, w, ww, wx, wxx = (total[name] for name in ("n", "w", "ww", "wx", "wxx"))
    patterns = _by_pattern(cells, size) if cells else None
    sums = Sums(names, query.scaled.shift, n, w, ww, wx, wxx, form, pairwise, patterns)
    named = tuple([key[i] for key in keys] for i in range(n_keys))
    return Parts(named, sums, total["answered"], given[:, 0].astype(np.intp))


def _unpacked_in_blocks(query: _Query, table: dict[str, Any], at: Ints) -> Iterator[tuple[Ints, dict[str, Floats]]]:
    """The sums of some parts after the others; of patterns of holes, of which a part has several, all at once."""
    step = PARTS_AT_ONCE if table["kind"] != "patterns" else max(len(at), 1)
    for start in range(0, len(at), step):
        some = slice(start, start + step)
        yield at[some], query.unpacked({**table, "numbers": table["numbers"][some]})


def _by_pattern(cells: Sequence[tuple[Bools, Ints, dict[str, Floats]]], size: int) -> Patterns:
    """Sums of parts by pattern of holes, of which there is some respondent."""
    present, part = (np.concatenate([cell[i] for cell in cells]) for i in (0, 1))
    w, wx, wxx = (np.concatenate([cell[2][name] for cell in cells]) for name in ("w", "wx", "wxx"))
    there = w > 0
    return patterns_by_part(present[there], part[there], size, (w[there], wx[there], wxx[there]))


def _shapes(p: int) -> dict[str, tuple[int, ...]]:
    return {"n": (), "w": (), "ww": (), "wx": (p,), "wxx": (p, p), "answered": (p,), "pw": (p, p), "pwx": (p, p)}
