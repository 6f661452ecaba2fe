"""Additive sums of weighted rows: the only form in which respondents travel.

``Sums`` of two parts of a survey add up to the ``Sums`` of the whole, so a partition, a bootstrap replicate, a group or
a fold is nothing but another sum.  Answers are shifted by the midpoint of their scale before they are squared, which
keeps the cancellation in ``E[x^2] - E[x]^2`` harmless (Chan, Golub & LeVeque 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats
from csimodels.moments.polychoric import Tables

Key = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Sums over the rows in which both items of a pair are answered (docs/data.md).

    ``w[j, k] = sum a r_j r_k`` and ``wx[j, k] = sum a r_j r_k z_j``, each ``(*B, p, p)``.
    """

    w: Floats
    wx: Floats


@dataclass(frozen=True, eq=False)
class Patterns:
    """Complete-data sums per missing pattern, sufficient for EM and FIML.

    ``present (K, p)`` says which items a pattern has; ``w (*B, K)``, ``wx (*B, K, p)``, ``wxx (*B, K, p, p)`` with
    zeros where an item is missing.  ``lone (K,)`` marks patterns that are known to be of one row in every element.
    """

    present: NDArray[np.bool_]
    w: Floats
    wx: Floats
    wxx: Floats
    lone: NDArray[np.bool_] | None = None

    @property
    def single(self) -> NDArray[np.bool_]:
        """`lone`, False where nothing is known."""
        return np.zeros(len(self.present), dtype=bool) if self.lone is None else self.lone

    def at(self, index: NDArray[np.generic] | slice) -> Patterns:
        """Those elements of the first batch axis."""
        return Patterns(self.present, self.w[index], self.wx[index], self.wxx[index], self.lone)

    def some(self, which: NDArray[np.bool_]) -> Patterns:
        """Those patterns."""
        if which.all():
            return self
        sums = self.w[..., which], self.wx[..., which, :], self.wxx[..., which, :, :]
        return Patterns(self.present[which], *sums, self.single[which])


@dataclass(frozen=True, eq=False)
class ExtraSums:
    """Weighted sums of columns beside the items, over every row given, whatever the missing rule keeps of the items.

    Attributes
    ----------
    names : (e,)
        Of the columns.
    n, w, ww : (*B,)
        Rows, sum of weights, sum of squared weights, rows that the missing rule leaves out included.
    wx : (*B, e)
        ``sum a_i e_i``; a missing answer is coded 0 by whoever made the column, with its presence as another column.
    """

    names: tuple[str, ...]
    n: Floats
    w: Floats
    ww: Floats
    wx: Floats

    def __add__(self, other: ExtraSums) -> ExtraSums:
        """Sums of the two parts together."""
        if self.names != other.names:
            raise ValueError("only sums of the same extra columns can be added")
        return ExtraSums(self.names, self.n + other.n, self.w + other.w, self.ww + other.ww, self.wx + other.wx)

    def reshaped(self, batch: tuple[int, ...]) -> ExtraSums:
        """The same sums with the batch axes `batch`."""
        n, w, ww = (a.reshape(batch) for a in (self.n, self.w, self.ww))
        return ExtraSums(self.names, n, w, ww, self.wx.reshape(*batch, len(self.names)))

    @staticmethod
    def stack(parts: Sequence[ExtraSums]) -> ExtraSums:
        """Side by side along a new first batch axis."""
        n, w, ww, wx = (np.stack([getattr(part, name) for part in parts]) for name in ("n", "w", "ww", "wx"))
        return ExtraSums(parts[0].names, n, w, ww, wx)


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
    form : how the rows were summed, see :class:`csimodels.moments.Rows`.
    extra : sums of the extra columns, None without.
    tables : counts of levels by levels, for polychoric correlations; None without.
    """

    items: tuple[str, ...]
    shift: Floats
    n_rows: Floats
    w: Floats
    ww: Floats
    wx: Floats
    wxx: Floats
    form: str = "complete"
    pairwise: Pairwise | None = None
    patterns: Patterns | None = None
    keys: tuple[Key, ...] = ()
    extra: ExtraSums | None = None
    tables: Tables | None = None

    def __add__(self, other: Sums) -> Sums:
        """Sums of the two parts together; both must have the same items, shift, keys and missing form."""
        same = self.items == other.items and self.keys == other.keys and np.array_equal(self.shift, other.shift)
        if not same or self.form != other.form or (self.extra is None) != (other.extra is None):
            what = "items, shift, groups, missing rule and extra columns"
            raise ValueError(f"only sums of the same {what} can be added")
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
            self.form,
            pairwise,
            _merged(self.patterns, other.patterns),
            self.keys,
            self.extra + other.extra if self.extra is not None and other.extra is not None else None,
            self.tables + other.tables if self.tables is not None and other.tables is not None else None,
        )

    def as_pairwise(self) -> Pairwise:
        """The masked sums; where nothing is missing they are the plain sums, repeated."""
        if self.pairwise is not None:
            return self.pairwise
        if self.patterns is not None:
            there = self.patterns.present.astype(np.float64)
            both = np.swapaxes(self.patterns.w[..., None] * there, -1, -2) @ there
            return Pairwise(both, np.swapaxes(self.patterns.wx, -1, -2) @ there)
        shape = self.wxx.shape
        return Pairwise(np.broadcast_to(self.w[..., None, None], shape), np.broadcast_to(self.wx[..., :, None], shape))

    def reshaped(self, batch: tuple[int, ...]) -> Sums:
        """The same sums with the batch axes `batch`; they have one batch axis."""
        p = len(self.items)
        square = (*batch, p, p)
        pairwise, patterns = self.pairwise, self.patterns
        if patterns is not None:
            inner = (*batch, len(patterns.present))
            w, wx = patterns.w.reshape(inner), patterns.wx.reshape(*inner, p)
            patterns = Patterns(patterns.present, w, wx, patterns.wxx.reshape(*inner, p, p), patterns.lone)
        return Sums(
            self.items,
            self.shift,
            self.n_rows.reshape(batch),
            self.w.reshape(batch),
            self.ww.reshape(batch),
            self.wx.reshape(*batch, p),
            self.wxx.reshape(square),
            self.form,
            None if pairwise is None else Pairwise(pairwise.w.reshape(square), pairwise.wx.reshape(square)),
            patterns,
            extra=None if self.extra is None else self.extra.reshaped(batch),
            tables=None if self.tables is None else self.tables.reshaped(batch),
        )

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
                np.logical_and.reduce([a.single for a in aligned]),
            )
        return Sums(
            first.items,
            first.shift,
            np.stack([s.n_rows for s in parts]),
            np.stack([s.w for s in parts]),
            np.stack([s.ww for s in parts]),
            np.stack([s.wx for s in parts]),
            np.stack([s.wxx for s in parts]),
            first.form,
            pairwise,
            patterns,
            tuple(keys),
            None if first.extra is None else ExtraSums.stack([s.extra for s in parts if s.extra is not None]),
            Tables.stack([s.tables for s in parts if s.tables is not None]),
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
        lone = np.ones(len(union), dtype=bool)
        lone[where] = part.single
        out.append(Patterns(union, w, wx, wxx, lone))
    return out


def _merged(a: Patterns | None, b: Patterns | None) -> Patterns | None:
    if a is None or b is None:
        return a or b
    left, right = _aligned([a, b])
    return Patterns(left.present, left.w + right.w, left.wx + right.wx, left.wxx + right.wxx)
