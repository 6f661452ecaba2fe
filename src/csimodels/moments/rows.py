"""Respondents on their way into sums: any number of replicate weights in one matrix product."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats
from csimodels.moments.products import Products
from csimodels.moments.sums import ExtraSums, Patterns, Sums

#: How rows are summed: see :class:`Rows`.
FORMS = ("complete", "pairwise", "patterns")

#: Rows whose products are held at once; bounds memory, and is fixed so that sums come out the same on every machine.
ROW_BLOCK = 8192


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
    _kept: NDArray[np.bool_] = field(init=False, repr=False)
    _counted: NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"unknown form {self.form!r}: one of {', '.join(FORMS)}")
        present = ~np.isnan(self.x)
        kept = np.asarray(present.all(axis=1) if self.form == "complete" else present.any(axis=1))
        units = kept
        if self.extra is not None:
            if self.extra.shape != (len(self.x), len(self.extra_names)) or not np.isfinite(self.extra).all():
                raise ValueError("extra columns are finite numbers, one name each, one row for every row of answers")
            units = np.ones_like(kept)
        object.__setattr__(self, "_kept", units)
        object.__setattr__(self, "_counted", kept[units])

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
        """Weights of the rows in the moments of the items, ``(n,)``; 0 where only the extra columns count."""
        weights = self.unit_weights
        return weights if self._counted.all() else weights * self._counted

    @cached_property
    def unit_weights(self) -> Floats:
        """Sampling weights of the rows that count, ``(n,)``."""
        if self.weights is None:
            return np.ones(int(self._kept.sum()))
        return np.asarray(self.weights[self._kept], dtype=np.float64)

    @property
    def counted(self) -> Floats:
        """1.0 where the missing rule keeps a row for the moments of the items, ``(n,)``."""
        return self._counted.astype(np.float64)

    @property
    def left_out(self) -> int:
        """Rows given that the missing rule leaves out of the moments of the items."""
        return len(self.x) - int(self._counted.sum())

    @property
    def n(self) -> int:
        """Number of rows that count: those that the missing rule keeps, or all of them with extra columns."""
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
    def masked(self) -> bool:
        """Whether sums of this form need to know which answers are there."""
        return self.form == "pairwise" and not bool(self.present.all())

    @cached_property
    def _pattern_of(self) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        present, code = np.unique(self.present[self._counted].astype(bool), axis=0, return_inverse=True)
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
        n_rows = flat.sum(axis=1) if self._counted.all() else flat @ self._counted
        p = self.z.shape[1]
        columns = Products(p, self.masked)
        total = np.zeros((len(flat), columns.width))
        for start in range(0, self.n, ROW_BLOCK):
            block = slice(start, start + ROW_BLOCK)
            total += columns.accumulate(weighted[:, block], self.z[block], self.present[block])
        sums = columns.unpack(self, total, n_rows, (weighted**2).sum(axis=1))
        return replace(sums, extra=self.extra_sums(flat)).reshaped(batch)

    def extra_sums(self, counts: Floats | None = None) -> ExtraSums | None:
        """Sums of the extra columns, for counts ``(*B, n)`` as in :meth:`sums`; no row is left out.  None without."""
        if self.extra is None:
            return None
        factors = np.ones(self.n) if counts is None else counts
        weighted = factors * self.unit_weights
        squares = (weighted**2).sum(axis=-1)
        return ExtraSums(self.extra_names, factors.sum(axis=-1), weighted.sum(axis=-1), squares, weighted @ self.extra)

    def _pattern_sums(self, flat: Floats, batch: tuple[int, ...]) -> Sums:
        present, code = self._pattern_of
        extra = self.extra_sums(flat)
        z, there = self.z, self.present
        p, a = z.shape[1], self.a
        if not self._counted.all():
            mine = self._counted
            flat, a, z, there = flat[:, mine], a[mine], z[mine], there[mine]
        weighted = flat * a
        w = np.zeros((len(flat), len(present)))
        wx = np.zeros((len(flat), len(present), p))
        wxx = np.zeros((len(flat), len(present), p, p))
        order = np.argsort(code, kind="stable")
        ends = np.cumsum(np.bincount(code, minlength=len(present)))
        columns = Products(p, masked=False)
        for k, rows in enumerate(np.split(order, ends[:-1])[: len(present)]):
            part = columns.accumulate(weighted[:, rows], z[rows], there[rows])
            w[:, k], wx[:, k], wxx[:, k] = columns.first(part)
        shape = (*batch, len(present))
        shaped = Patterns(present, w.reshape(shape), wx.reshape(*shape, p), wxx.reshape(*shape, p, p))
        return Sums(
            self.items,
            self.shift,
            flat.sum(axis=1).reshape(batch),
            shaped.w.sum(axis=-1),
            (weighted**2).sum(axis=1).reshape(batch),
            shaped.wx.sum(axis=-2),
            shaped.wxx.sum(axis=-3),
            self.form,
            None,
            shaped,
            extra=None if extra is None else extra.reshaped(batch),
        )
