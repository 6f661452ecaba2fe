"""Additive sums of weighted rows: the only form in which respondents travel.

``Sums`` of two parts of a survey add up to the ``Sums`` of the whole, so a partition, a bootstrap replicate, a group or
a fold is nothing but another sum.  Answers are shifted by the midpoint of their scale before they are squared, which
keeps the cancellation in ``E[x^2] - E[x]^2`` harmless (Chan, Golub & LeVeque 1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

Key = tuple[object, ...]

#: Rows whose products are held at once; bounds memory, and is fixed so that sums come out the same on every machine.
ROW_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Sums over the rows in which both items of a pair are answered (METHODS, section 2).

    ``w[j, k] = sum a r_j r_k`` and ``wx[j, k] = sum a r_j r_k z_j``, each ``(*B, p, p)``.
    """

    w: Floats
    wx: Floats


@dataclass(frozen=True, eq=False)
class Patterns:
    """Complete-data sums per missing pattern, sufficient for EM and FIML.

    ``present (K, p)`` says which items a pattern has; ``w (*B, K)``, ``wx (*B, K, p)``, ``wxx (*B, K, p, p)`` with
    zeros where an item is missing.
    """

    present: NDArray[np.bool_]
    w: Floats
    wx: Floats
    wxx: Floats


@dataclass(frozen=True, eq=False)
class Sums:
    """Weighted sums of shifted answers ``z = x - shift`` with leading batch axes ``*B``.

    Missing answers count as ``z = 0`` in ``wx`` and ``wxx``; `pairwise` and `patterns` say what was there.

    Attributes
    ----------
    items : names along the item axis ``p``.
    keys : one tuple per group along the first batch axis; empty where there are no groups.
    shift : (p,) what was subtracted.
    n_rows, w, ww : (*B,) rows, sum of weights, sum of squared weights.
    wx : (*B, p);  wxx : (*B, p, p).
    """

    items: tuple[str, ...]
    shift: Floats
    n_rows: Floats
    w: Floats
    ww: Floats
    wx: Floats
    wxx: Floats
    pairwise: Pairwise | None = None
    patterns: Patterns | None = None
    keys: tuple[Key, ...] = ()

    def __add__(self, other: Sums) -> Sums:
        """Sums of the two parts together; both must have the same items, shift, keys and missing form."""
        same = self.items == other.items and self.keys == other.keys and np.array_equal(self.shift, other.shift)
        if not same or (self.patterns is None) != (other.patterns is None):
            raise ValueError("only sums of the same items, shift, groups and missing rule can be added")
        pairwise = None
        if self.pairwise is not None or other.pairwise is not None:
            left, right = self.as_pairwise(), other.as_pairwise()
            pairwise = Pairwise(left.w + right.w, left.wx + right.wx)
        return Sums(
            self.items,
            self.shift,
            self.n_rows + other.n_rows,
            self.w + other.w,
            self.ww + other.ww,
            self.wx + other.wx,
            self.wxx + other.wxx,
            pairwise,
            _merged(self.patterns, other.patterns),
            self.keys,
        )

    def as_pairwise(self) -> Pairwise:
        """The masked sums; where nothing is missing they are the plain sums, repeated."""
        if self.pairwise is not None:
            return self.pairwise
        shape = self.wxx.shape
        return Pairwise(np.broadcast_to(self.w[..., None, None], shape), np.broadcast_to(self.wx[..., :, None], shape))

    @staticmethod
    def stack(parts: Sequence[Sums], keys: Sequence[Key] = ()) -> Sums:
        """Put sums of equal shape side by side along a new first batch axis, for example one part per group."""
        first = parts[0]
        pairwise = None
        if any(s.pairwise is not None for s in parts):
            masked = [s.as_pairwise() for s in parts]
            pairwise = Pairwise(np.stack([m.w for m in masked]), np.stack([m.wx for m in masked]))
        patterns = None
        if first.patterns is not None:
            aligned = _aligned([s.patterns for s in parts if s.patterns])
            patterns = Patterns(
                aligned[0].present,
                np.stack([a.w for a in aligned]),
                np.stack([a.wx for a in aligned]),
                np.stack([a.wxx for a in aligned]),
            )
        return Sums(
            first.items,
            first.shift,
            np.stack([s.n_rows for s in parts]),
            np.stack([s.w for s in parts]),
            np.stack([s.ww for s in parts]),
            np.stack([s.wx for s in parts]),
            np.stack([s.wxx for s in parts]),
            pairwise,
            patterns,
            tuple(keys),
        )


def _aligned(parts: Sequence[Patterns]) -> list[Patterns]:
    """The same patterns in the same order in every part, zeros where a part has none of a pattern."""
    union = np.unique(np.concatenate([p.present for p in parts]), axis=0)
    place = {row.tobytes(): i for i, row in enumerate(union)}
    out = []
    for part in parts:
        where = [place[row.tobytes()] for row in part.present]
        w = np.zeros((*part.w.shape[:-1], len(union)))
        wx = np.zeros((*w.shape, union.shape[1]))
        wxx = np.zeros((*wx.shape, union.shape[1]))
        w[..., where] = part.w
        wx[..., where, :] = part.wx
        wxx[..., where, :, :] = part.wxx
        out.append(Patterns(union, w, wx, wxx))
    return out


def _merged(a: Patterns | None, b: Patterns | None) -> Patterns | None:
    if a is None or b is None:
        return a or b
    left, right = _aligned([a, b])
    return Patterns(left.present, left.w + right.w, left.wx + right.wx, left.wxx + right.wxx)


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
    """

    items: tuple[str, ...]
    x: Floats
    shift: Floats
    weights: Floats | None = None
    form: str = "complete"
    _kept: NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        present = ~np.isnan(self.x)
        kept = present.all(axis=1) if self.form == "complete" else present.any(axis=1)
        object.__setattr__(self, "_kept", kept)

    @cached_property
    def z(self) -> Floats:
        """Shifted answers of the rows that count, zero where missing, ``(n, p)``."""
        return np.asarray(np.nan_to_num(self.x[self._kept] - self.shift))

    @cached_property
    def present(self) -> NDArray[np.float64]:
        """1.0 where an answer is there, ``(n, p)``."""
        return (~np.isnan(self.x[self._kept])).astype(np.float64)

    @cached_property
    def a(self) -> Floats:
        """Sampling weights of the rows that count, ``(n,)``."""
        if self.weights is None:
            return np.ones(int(self._kept.sum()))
        return np.asarray(self.weights[self._kept], dtype=np.float64)

    @property
    def n(self) -> int:
        """Number of rows that count."""
        return int(self._kept.sum())

    @property
    def kept(self) -> NDArray[np.intp]:
        """Positions of the rows that count."""
        return np.flatnonzero(self._kept)

    @property
    def flat_items(self) -> list[str]:
        """Items with one and the same answer, or none, in all rows that count."""
        x = self.x[self._kept]
        low, high = np.fmin.reduce(x, axis=0, initial=np.inf), np.fmax.reduce(x, axis=0, initial=-np.inf)
        return [name for name, flat in zip(self.items, low >= high, strict=True) if flat]

    @property
    def _masked(self) -> bool:
        return self.form == "pairwise" and not bool(self.present.all())

    @cached_property
    def _pattern_of(self) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        present, code = np.unique(self.present.astype(bool), axis=0, return_inverse=True)
        return present, np.asarray(code).ravel()

    @property
    def pattern_count(self) -> int:
        """Number of different missing patterns."""
        return len(self._pattern_of[0])

    def sums(self, counts: Floats | None = None) -> Sums:
        """Sums of all rows, or of every replicate of a plan.

        Parameters
        ----------
        counts : (*B, n) array, optional
            How often each row counts in each replicate (bootstrap counts, 0/1 folds, replicate factors).

        Returns
        -------
        Sums with batch axes ``*B`` (``()`` without counts).
        """
        factors = np.ones(self.n) if counts is None else np.asarray(counts, dtype=np.float64)
        batch = factors.shape[:-1]
        flat = factors.reshape(math.prod(batch), self.n)
        if self.form == "patterns":
            return self._pattern_sums(flat, batch)
        weighted = flat * self.a
        p = self.z.shape[1]
        columns = _Columns(p, self._masked)
        total = np.zeros((len(flat), columns.width))
        for start in range(0, self.n, ROW_BLOCK):
            block = slice(start, start + ROW_BLOCK)
            total += columns.accumulate(weighted[:, block], self.z[block], self.present[block])
        return columns.unpack(total, flat, weighted, batch, self)

    def _pattern_sums(self, flat: Floats, batch: tuple[int, ...]) -> Sums:
        present, code = self._pattern_of
        p, weighted = self.z.shape[1], flat * self.a
        w = np.zeros((len(flat), len(present)))
        wx = np.zeros((len(flat), len(present), p))
        wxx = np.zeros((len(flat), len(present), p, p))
        order = np.argsort(code, kind="stable")
        ends = np.cumsum(np.bincount(code, minlength=len(present)))
        columns = _Columns(p, masked=False)
        for k, rows in enumerate(np.split(order, ends[:-1])[: len(present)]):
            part = columns.accumulate(weighted[:, rows], self.z[rows], self.present[rows])
            w[:, k], wx[:, k], wxx[:, k] = columns.first(part)
        shape = (*batch, len(present))
        shaped = Patterns(present, w.reshape(shape), wx.reshape(*shape, p), wxx.reshape(*shape, p, p))
        return Sums(
            self.items,
            self.shift,
            _row_count(flat).reshape(batch),
            shaped.w.sum(axis=-1),
            (weighted**2).sum(axis=1).reshape(batch),
            shaped.wx.sum(axis=-2),
            shaped.wxx.sum(axis=-3),
            None,
            shaped,
        )


def _row_count(factors: Floats) -> Floats:
    """(B,) rows of each replicate: the sum of whole-number counts, else the number of rows with a factor."""
    if np.array_equal(factors, np.rint(factors)):
        return np.asarray(factors.sum(axis=1))
    return np.asarray((factors != 0).sum(axis=1), dtype=np.float64)


class _Columns:
    """Layout of the product matrix ``[1, z_j, z_j z_k, (r_j r_k, z_j r_k)]`` and its way back into matrices."""

    def __init__(self, p: int, masked: bool) -> None:
        self.p, self.masked = p, masked
        self.upper = np.triu_indices(p)
        pairs = len(self.upper[0])
        self.width = 1 + p + pairs + (pairs + p * p if masked else 0)

    def accumulate(self, weighted: Floats, z: Floats, present: Floats) -> Floats:
        """``(B, width)`` sums of one block of rows; one matrix product for all replicates."""
        rows, cols = self.upper
        if len(weighted) == 1 and not self.masked:  # a single sum needs no table of products
            scaled = weighted[0][:, None] * z
            cross = (scaled.T @ z)[rows, cols]
            return np.concatenate([[weighted[0].sum()], scaled.sum(axis=0), cross])[None]
        parts = [np.ones((len(z), 1)), z, z[:, rows] * z[:, cols]]
        if self.masked:
            parts.append(present[:, rows] * present[:, cols])
            parts.append((z[:, :, None] * present[:, None, :]).reshape(len(z), -1))
        return np.asarray(weighted @ np.concatenate(parts, axis=1))

    def _symmetric(self, flat: Floats) -> Floats:
        full = np.empty((len(flat), self.p, self.p))
        rows, cols = self.upper
        full[:, rows, cols] = flat
        full[:, cols, rows] = flat
        return full

    def first(self, total: Floats) -> tuple[Floats, Floats, Floats]:
        """``w (B,)``, ``wx (B, p)``, ``wxx (B, p, p)``."""
        p, pairs = self.p, len(self.upper[0])
        return total[:, 0], total[:, 1 : 1 + p], self._symmetric(total[:, 1 + p : 1 + p + pairs])

    def unpack(self, total: Floats, flat: Floats, weighted: Floats, batch: tuple[int, ...], rows: Rows) -> Sums:
        """`Sums` of shape ``batch`` from the accumulated columns."""
        p, pairs = self.p, len(self.upper[0])
        w, wx, wxx = self.first(total)
        pairwise = None
        if self.masked:
            start = 1 + p + pairs
            pairwise = Pairwise(
                self._symmetric(total[:, start : start + pairs]).reshape(*batch, p, p),
                total[:, start + pairs :].reshape(*batch, p, p),
            )
        return Sums(
            rows.items,
            rows.shift,
            _row_count(flat).reshape(batch),
            w.reshape(batch),
            (weighted**2).sum(axis=1).reshape(batch),
            wx.reshape(*batch, p),
            wxx.reshape(*batch, p, p),
            pairwise,
        )
