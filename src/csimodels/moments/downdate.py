"""Jackknife sums: the whole less one unit, without a second pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from csimodels.moments.counts import At
from csimodels.moments.design_replicates import DeleteUnit
from csimodels.moments.linalg import Floats
from csimodels.moments.products import Products
from csimodels.moments.replicates import chunks
from csimodels.moments.rows import ROW_BLOCK, Rows
from csimodels.moments.sampling import Sampling, add_by_code, added
from csimodels.moments.summed import SummedRows
from csimodels.moments.sums import ExtraSums, Pairwise, Sums


def deleted(rows: Rows, sampling: Sampling, step: int) -> Iterator[Sums]:
    """Sums with one unit left out, unit after unit, at most `step` to a batch.

    The other units of the stratum count ``n_h / (n_h - 1)`` times, so that every stratum keeps its weight: replicate
    ``c`` of stratum ``h`` is ``total + S_h / (n_h - 1) - S_c n_h / (n_h - 1)``, with ``S`` the sums of a stratum or
    unit.  Sums by missing pattern and tables of levels are formed row by row instead.
    """
    if isinstance(rows, SummedRows) and rows.parts.patterns is None and not rows.levels:
        yield from _without_parts(rows, sampling, step)
        return
    if rows.form == "patterns" or rows.levels or isinstance(rows, SummedRows):
        plan = DeleteUnit(sampling)
        yield from (rows.sums(plan.counts(*chunk)) for chunk in chunks(plan.size, step))
        return
    products = Products(len(rows.items), rows.masked)
    squares = _Downdated.of(sampling, lambda at: rows.a[at, None] ** 2)
    table = _Downdated.of(
        sampling, lambda at: np.multiply(rows.a[at, None], products.table(*rows.block(at)), order="C")
    )
    beside = None if rows.extra is None else _Beside.of(rows, rows.extra, sampling)
    number = _rows_left(rows, sampling)
    for chunk in chunks(sampling.units, step):
        n_rows = number(chunk) if beside is None or not rows.left_out else beside.rows.sums(chunk)[:, 1]
        sums = products.unpack(rows, table.sums(chunk), n_rows, squares.sums(chunk, squared=True)[:, 0])
        yield sums if beside is None else replace(sums, extra=beside.sums(chunk))


def _without_parts(rows: SummedRows, sampling: Sampling, step: int) -> Iterator[Sums]:
    """The same of parts whose sums are held."""
    parts, beside, size = rows.parts, rows.beside, len(rows.parts.w)

    def downdated(values: Floats) -> Callable[..., Floats]:
        flat = values.reshape(size, -1)
        sums = _Downdated.of(sampling, lambda at: flat[at])
        return lambda chunk, squared=False: sums.sums(chunk, squared).reshape(chunk[1] - chunk[0], *values.shape[1:])

    n, w, wx, wxx, ww = (downdated(x) for x in (parts.n_rows, parts.w, parts.wx, parts.wxx, parts.ww))
    both = None if parts.pairwise is None else (downdated(parts.pairwise.w), downdated(parts.pairwise.wx))
    extra = None if beside is None else [downdated(x) for x in (beside.n, beside.w, beside.ww, beside.wx)]
    for chunk in chunks(sampling.units, step):
        more = None
        if beside is not None and extra is not None:
            more = ExtraSums(beside.names, *(without(chunk, squared=k == 2) for k, without in enumerate(extra)))
        yield replace(
            parts,
            form=rows.form,
            keys=(),
            n_rows=n(chunk),
            w=w(chunk),
            ww=ww(chunk, squared=True),
            wx=wx(chunk),
            wxx=wxx(chunk),
            pairwise=None if both is None else Pairwise(*(without(chunk) for without in both)),
            extra=more,
        )


def _rows_left(rows: Rows, sampling: Sampling) -> Callable[[tuple[int, int]], Floats]:
    """Rows that each replicate stands for: all, where units are rows; more or fewer with clusters of several sizes."""
    if sampling.units == rows.n:
        return lambda chunk: np.full(chunk[1] - chunk[0], float(rows.n))
    number = _Downdated.of(sampling, lambda at: np.ones((len(rows.a[at]), 1)))
    return lambda chunk: number.sums(chunk)[:, 0]


@dataclass(frozen=True, eq=False)
class _Downdated:
    """Sums of columns over strata ``(H, k)``; those of units are made again, chunk by chunk, when they are left out."""

    columns: Callable[[At], Floats]
    strata: Floats
    sampling: Sampling

    @classmethod
    def of(cls, sampling: Sampling, columns: Callable[[At], Floats]) -> _Downdated:
        """From a function that gives the columns ``(b, k)`` of some rows."""
        strata = np.zeros((len(sampling.sizes), columns(slice(0, 0)).shape[1]))
        for start, stop in chunks(len(sampling.unit), ROW_BLOCK):
            at = slice(start, stop)
            add_by_code(strata, columns(at), sampling.stratum[sampling.unit[at]])
        return cls(columns, strata, sampling)

    def sums(self, chunk: tuple[int, int], squared: bool = False) -> Floats:
        """(stop - start, k) sums without each unit of the chunk; of squares, the factor counts squared."""
        at, local = self.sampling.rows_of(slice(*chunk))
        mine = added(self.columns(at), local, chunk[1] - chunk[0])
        of_stratum = self.sampling.stratum[slice(*chunk)]
        rest = (1.0 / np.maximum(self.sampling.sizes - 1.0, 1.0))[of_stratum][:, None]
        total, stratum = self.strata.sum(axis=0), self.strata[of_stratum]
        if squared:
            return np.asarray(total - stratum + (1 + rest) ** 2 * (stratum - mine))
        return np.asarray(total + rest * stratum - (1 + rest) * mine)


@dataclass(frozen=True, eq=False)
class _Beside:
    """Sums of the extra columns by unit; of all its rows, and of those that the missing rule keeps."""

    names: tuple[str, ...]
    rows: _Downdated
    weighted: _Downdated
    squares: _Downdated

    @classmethod
    def of(cls, rows: Rows, extra: Floats, sampling: Sampling) -> _Beside:
        a = rows.unit_weights

        def counted(at: At) -> Floats:
            return np.column_stack([np.ones(len(a[at])), rows.counted[at]])

        def weighted(at: At) -> Floats:
            return np.column_stack([a[at], a[at, None] * extra[at]])

        parts = (counted, weighted, lambda at: a[at, None] ** 2)
        return cls(rows.extra_names, *(_Downdated.of(sampling, part) for part in parts))

    def sums(self, chunk: tuple[int, int]) -> ExtraSums:
        """Sums of the extra columns without each unit of the chunk."""
        table, n = self.weighted.sums(chunk), self.rows.sums(chunk)[:, 0]
        return ExtraSums(self.names, n, table[:, 0], self.squares.sums(chunk, squared=True)[:, 0], table[:, 1:])
