"""Respondents on their way into sums: any number of replicate weights in one matrix product."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.counts import Counts, Ints, Matrix
from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import Tables, add_counts, codes_of, indicators, mirrored
from csimodels.moments.pool import in_order
from csimodels.moments.products import Products
from csimodels.moments.spans import Spans, without_holes
from csimodels.moments.sums import ExtraSums, Patterns, Sums
from csimodels.moments.whole import Grid

#: How rows are summed: see :class:`Rows`.
FORMS = ("complete", "pairwise", "patterns")

#: Rows whose products are held at once; bounds memory, and is fixed so that sums come out the same on every machine.
ROW_BLOCK = 8192
#: From so many rows on their sums are spread over the processors.
SPREAD = 2**17


@dataclass(frozen=True, eq=False)
class Rows:
    """Answers of one group, ready to be summed with any number of replicate weights at once.

    Parameters
    ----------
    items : names along ``p``.
    x : (n, p) answers, NaN where missing.
    shift : (p,) subtracted before products are formed: the midpoints of the scales.
    weights : (n,) sampling weights, or None for ones.
    form : ``"complete"`` (a row with a hole is left out: listwise), ``"pairwise"`` (masked sums: serves the rules mean
        and pairwise) or ``"patterns"`` (sums per missing pattern: EM, FIML).
    extra : (n, e) finite numbers, or None
        Columns beside the items that are summed and take part in no covariance: indicators of answers, products ...  A
        missing answer is 0, with its presence as a column of its own.
    extra_names : (e,)
        Names of these columns.
    levels : (K_j,) answers of each item, or nothing
        With them every level is counted with every other, for polychoric correlations.

    Notes
    -----
    With extra columns every row given is a sampling unit: resampling plans, designs and contributions have ``n`` rows.
    A row that the missing rule leaves out has weight zero in the moments of the items and its full weight in the extra
    columns, so that a table of answers counts every respondent.  The moments of the items are then those of a domain
    (Cochran 1977, section 2.13); their values are the same as without extra columns.
    """

    items: tuple[str, ...]
    x: Floats
    shift: Floats
    weights: Floats | None = None
    form: str = "complete"
    extra: Floats | None = None
    extra_names: tuple[str, ...] = ()
    levels: tuple[Floats, ...] = ()
    _kept: NDArray[np.bool_] = field(init=False, repr=False)
    _counted: NDArray[np.bool_] = field(init=False, repr=False)
    _whole: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"unknown form {self.form!r}: one of {', '.join(FORMS)}")
        kept = np.ones(len(self.x), dtype=bool)
        whole = without_holes(self.x)
        if not (whole and self.x.shape[1]):
            present = ~np.isnan(self.x)
            kept = np.asarray(present.all(axis=1) if self.form == "complete" else present.any(axis=1))
        units = kept
        if self.extra is not None:
            if self.extra.shape != (len(self.x), len(self.extra_names)) or not np.isfinite(self.extra).all():
                raise ValueError("extra columns are finite numbers, one name each, one row for every row of answers")
            units = np.ones_like(kept)
        object.__setattr__(self, "_kept", units)
        object.__setattr__(self, "_counted", kept[units])
        object.__setattr__(self, "_whole", whole)

    @cached_property
    def answers(self) -> Floats:
        """Answers of the rows that count, NaN where missing, ``(n, p)``; not copied where all rows count."""
        return self.x if self._kept.all() else self.x[self._kept]

    @property
    def z(self) -> Floats:
        """Shifted answers of the rows that count, zero where missing, ``(n, p)``."""
        return self.block(slice(None))[0]

    @property
    def present(self) -> Floats:
        """1.0 where an answer is there, ``(n, p)``."""
        return self.block(slice(None))[1]

    def block(self, at: slice | Ints) -> tuple[Floats, Floats]:
        """`z` and `present` of some of the rows that count, made anew: whole surveys are worked through in blocks."""
        answers = self.answers[at]
        z = answers - self.shift
        if self._full:
            return z, np.broadcast_to(1.0, z.shape)
        missing = np.isnan(answers)
        z[missing] = 0.0
        return z, 1.0 - missing

    @cached_property
    def _full(self) -> bool:
        return self._whole or without_holes(self.answers)

    def blocks(self, most: int = ROW_BLOCK) -> Iterator[slice]:
        """Slices of at most `most` rows, and :data:`ROW_BLOCK`, that cover those that count."""
        n, step = self.n, min(most, ROW_BLOCK)
        return (slice(start, min(start + step, n)) for start in range(0, n, step))

    def counted_in(self, at: slice) -> NDArray[np.bool_]:
        """Whether the missing rule keeps each row of a block for the moments of the items."""
        return self._counted[at]

    @cached_property
    def a(self) -> Floats:
        """Weights of the rows in the moments of the items, ``(n,)``; 0 where only the extra columns count."""
        weights = self.unit_weights
        return weights if self._all_counted else weights * self._counted

    @cached_property
    def unit_weights(self) -> Floats:
        """Sampling weights of the rows that count, ``(n,)``."""
        if self.weights is None:
            return np.ones(int(self._kept.sum()))
        return np.asarray(self.weights[self._kept], dtype=np.float64)

    @cached_property
    def _all_counted(self) -> bool:
        return bool(self._counted.all())

    @property
    def counted(self) -> Floats:
        """1.0 where the missing rule keeps a row for the moments of the items, ``(n,)``."""
        return self._counted.astype(np.float64)

    @property
    def left_out(self) -> int:
        """Rows given that the missing rule leaves out of the moments of the items."""
        return len(self.x) - int(self._counted.sum())

    @cached_property
    def n(self) -> int:
        """Number of rows that count: those that the missing rule keeps, or all of them with extra columns."""
        return int(self._kept.sum())

    @property
    def uneven(self) -> bool:
        """Whether rows that count have different weights."""
        return self.weights is not None and not np.allclose(self.a, self.a[0])

    @property
    def kept(self) -> NDArray[np.intp]:
        """Positions of the rows that count."""
        return np.flatnonzero(self._kept)

    @property
    def unanswered(self) -> NDArray[np.bool_]:
        """(p,) items that no row answered."""
        return np.asarray(Spans.of(self.x).missing == len(self.x))

    @property
    def flat_items(self) -> list[str]:
        """Items with one and the same answer, or none, in all rows that count."""
        spans = Spans.of(self.answers)
        return [name for name, flat in zip(self.items, spans.low >= spans.high, strict=True) if flat]

    @property
    def masked(self) -> bool:
        """Whether sums of this form need to know which answers are there."""
        return self.form == "pairwise" and not self._full

    @cached_property
    def _pattern_of(self) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        return distinct(~np.isnan(self.answers[self._counted]))

    @property
    def pattern_count(self) -> int:
        """Number of different missing patterns."""
        return len(self._pattern_of[0])

    def sums(self, counts: Floats | Counts | None = None) -> Sums:
        """Sums of all rows, or of every replicate of a plan.

        Parameters
        ----------
        counts : (*B, n) array or `Counts`, optional
            How often each row counts in each replicate (bootstrap counts, 0/1 folds, replicate factors).

        Returns
        -------
        Sums with batch axes ``*B`` (``()`` without counts).
        """
        drawn, batch = self._drawn(counts)
        if self.form == "patterns":
            sums = self._pattern_sums(drawn)
        else:
            columns = Products(len(self.items), self.masked)
            total, n_rows, ww = self._totals(drawn, columns)
            sums = columns.unpack(self, total, n_rows, ww)
        if counts is None:
            sums = replace(sums, ww=np.atleast_1d((self.a**2).sum()))
        return replace(sums, extra=self._extra_sums(drawn), tables=self._tables(drawn)).reshaped(batch)

    def _totals(self, drawn: Counts, columns: Products) -> tuple[Floats, Floats, Floats]:
        """Sums ``(B, width)`` of all columns, rows ``(B,)`` and sums of squared weights ``(B,)``."""
        largest = drawn.largest if drawn.size > 1 and self.weights is None else None
        if largest is not None and self._grid is not None:
            return self._grid.totals(self, drawn, largest, columns)
        total, n_rows, ww = np.zeros((drawn.size, columns.width)), np.zeros(drawn.size), np.zeros(drawn.size)

        def one(at: slice) -> tuple[Floats, Floats, Floats]:
            factors = drawn.of(at)
            weighted = factors if self.weights is None and self._all_counted else factors * self.a[at]
            rows = factors.sum(axis=1) if self._all_counted else factors @ self._counted[at]
            squares = np.einsum("bn,bn->b", weighted, weighted)
            return columns.accumulate(weighted, *self.block(at)), rows, squares

        blocks, alone = list(self.blocks()), drawn.size == 1 and self.n >= SPREAD  # replicates are spread by who asks
        self._full, self._all_counted, self.answers, self.a  # noqa: B018  made once, before there are several threads
        for sums, rows, squares in in_order(one, blocks) if alone else map(one, blocks):
            total += sums
            n_rows += rows
            ww += squares
        return total, n_rows, ww

    @cached_property
    def _grid(self) -> Grid | None:
        return Grid.of(self.block(at)[0] for at in self.blocks())

    def extra_sums(self) -> ExtraSums | None:
        """Sums of the extra columns alone, no row left out; None without such columns."""
        drawn, batch = self._drawn(None)
        sums = self._extra_sums(drawn)
        return None if sums is None else sums.reshaped(batch)

    def _drawn(self, counts: Floats | Counts | None) -> tuple[Counts, tuple[int, ...]]:
        """Counts with one batch axis, and the shape that the caller wants."""
        if counts is None:
            return Matrix(np.broadcast_to(1.0, (1, self.n))), ()
        if isinstance(counts, np.ndarray):
            batch = counts.shape[:-1]
            return Matrix(counts.reshape(math.prod(batch), self.n)), batch
        return counts, (counts.size,)

    def _extra_sums(self, drawn: Counts) -> ExtraSums | None:
        if self.extra is None:
            return None
        n, w, ww = np.zeros(drawn.size), np.zeros(drawn.size), np.zeros(drawn.size)
        wx = np.zeros((drawn.size, len(self.extra_names)))
        for at in self.blocks():
            factors = drawn.of(at)
            weighted = factors * self.unit_weights[at]
            n += factors.sum(axis=1)
            w += weighted.sum(axis=1)
            ww += np.einsum("bn,bn->b", weighted, weighted)
            wx += weighted @ self.extra[at]
        return ExtraSums(self.extra_names, n, w, ww, wx)

    def _tables(self, drawn: Counts) -> Tables | None:
        if not self.levels:
            return None
        width = sum(len(values) for values in self.levels)
        counts = np.zeros((drawn.size, width, width))
        if drawn.size == 1:
            for at in self.blocks():
                codes, part = codes_of(self.answers[at], self.levels), np.zeros(at.stop - at.start, dtype=np.intp)
                add_counts(counts, codes, self.levels, drawn.of(at)[0] * self.a[at], part)
            return Tables(self.levels, mirrored(counts))
        for at in self.blocks():
            there = indicators(self.answers[at], self.levels)
            for total, weight in zip(counts, drawn.of(at) * self.a[at], strict=True):
                total += there.T @ (weight[:, None] * there)
        return Tables(self.levels, counts)

    def _pattern_sums(self, drawn: Counts) -> Sums:
        present, code = self._pattern_of
        p, size = len(self.items), drawn.size
        n_rows, ww = np.zeros(size), np.zeros(size)
        w, wx = np.zeros((size, len(present))), np.zeros((size, len(present), p))
        wxx = np.zeros((size, len(present), p, p))
        brief = code.astype(np.uint16) if len(present) < 2**16 else code  # sorted by its digits
        order = np.flatnonzero(self._counted)[np.argsort(brief, kind="stable")]
        ends = np.cumsum(np.bincount(code, minlength=len(present)))
        columns = Products(p, masked=False)
        lone = np.diff(ends, prepend=0) == 1
        if lone.any():  # one row: its sums are its weight times what it is
            at = order[ends[lone] - 1]
            factors, z = drawn.of(at), self.block(at)[0]
            own = factors * self.a[at]
            n_rows += factors.sum(axis=1)
            ww += np.einsum("bn,bn->b", own, own)
            w[:, lone], wx[:, lone] = own, own[..., None] * z
            wxx[:, lone] = own[..., None, None] * (z[:, :, None] * z[:, None, :])
        for k, rows in enumerate(np.split(order, ends[:-1])[: len(present)]):
            for start in range(0, 0 if lone[k] else len(rows), ROW_BLOCK):
                at = rows[start : start + ROW_BLOCK]
                factors = drawn.of(at)
                weighted = factors * self.a[at]
                n_rows += factors.sum(axis=1)
                ww += np.einsum("bn,bn->b", weighted, weighted)
                first = columns.first(columns.accumulate(weighted, *self.block(at)))
                w[:, k], wx[:, k], wxx[:, k] = w[:, k] + first[0], wx[:, k] + first[1], wxx[:, k] + first[2]
        whole = (w.sum(axis=-1), ww, wx.sum(axis=-2), wxx.sum(axis=-3))
        return Sums(self.items, self.shift, n_rows, *whole, self.form, None, Patterns(present, w, wx, wxx, lone))


def distinct(flags: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Ints]:
    """The different rows of ``flags (n, p)`` in lexicographic order, and which of them each row is, ``(n,)``.

    Eight flags become one byte and up to eight bytes one number, which sorts many times faster than whole rows.
    """
    packed = np.packbits(flags, axis=1)
    if packed.shape[1] <= 8:
        wide = np.zeros((len(flags), 8), dtype=np.uint8)
        wide[:, : packed.shape[1]] = packed
        return _distinct(flags, wide.view(">u8").ravel().astype(np.uint64))
    else:
        _, first, code = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return flags[first], np.asarray(code).ravel().astype(np.intp)


def _distinct(flags: NDArray[np.bool_], key: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], Ints]:
    """As :func:`distinct`, by a number for each row; rows of the largest, most often without holes, are not sorted."""
    if not len(key):
        return flags, np.zeros(0, dtype=np.intp)
    last = key == key.max()
    rest = np.flatnonzero(~last)
    _, first, below = np.unique(key[rest], return_index=True, return_inverse=True)
    code = np.full(len(key), len(first), dtype=np.intp)
    code[rest] = below
    return flags[np.append(rest[first], last.argmax())], code
