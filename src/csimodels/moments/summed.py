"""Rows that are sums already: the respondents of a stratum, a cluster or a bucket, added up where they lie.

Whatever is a function of sums (replicates of plans, the jackknife, contributions of clusters to the moments) takes a
*part* for a row: its sums are those of its respondents.  No respondent is held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.counts import Counts, Matrix
from csimodels.moments.linalg import Floats
from csimodels.moments.rows import Rows
from csimodels.moments.sums import ExtraSums, Pairwise, Patterns, Sums


@dataclass(frozen=True, eq=False)
class SummedRows(Rows):
    """``K`` parts of one group in place of its respondents.

    Attributes
    ----------
    parts : Sums
        Of every part, ``(K,)``.
    answered : (p,)
        Answers to each item, unweighted.
    given : int
        Respondents, those included that the missing rule leaves out.
    beside : ExtraSums or None
        Of the extra columns, for every part ``(K,)``.
    of_answers : function or None
        Makes the extra columns of respondents from their answers, where these are gone through.
    """

    parts: Sums = field(kw_only=True)
    answered: Floats = field(kw_only=True)
    given: int = field(kw_only=True)
    beside: ExtraSums | None = field(kw_only=True, default=None)
    of_answers: Callable[[Floats], Floats] | None = field(kw_only=True, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_kept", np.ones(len(self.parts.w), dtype=bool))
        object.__setattr__(self, "_counted", self._kept)

    @classmethod
    def of(cls, parts: Sums, answered: Floats, given: int, form: str) -> SummedRows:
        """Parts as rows of a group.

        Parameters
        ----------
        parts : Sums with one batch axis.
        answered : (p,) answers to each item.
        given : respondents of the group.
        form : how a missing rule wants them summed.
        """
        blank = np.empty((len(parts.w), 0))
        levels = () if parts.tables is None else parts.tables.levels
        own = {"parts": parts, "answered": answered, "given": given}
        return cls(parts.items, blank, parts.shift, None, form, levels=levels, **own)  # type: ignore[arg-type]

    @property
    def n(self) -> int:
        """Number of respondents that count."""
        return round(float(self.parts.n_rows.sum()))

    @property
    def uneven(self) -> bool:
        """Whether respondents that count have different weights."""
        w, ww = self.parts.w.sum(), self.parts.ww.sum()
        return not np.isclose(w**2, self.parts.n_rows.sum() * ww, rtol=1e-9)

    @property
    def left_out(self) -> int:
        """Respondents that the missing rule leaves out."""
        return self.given - self.n

    @property
    def unanswered(self) -> NDArray[np.bool_]:
        """(p,) items that nobody answered."""
        return np.asarray(self.answered == 0)

    @property
    def flat_items(self) -> list[str]:
        """Items with one and the same answer, or none, in all rows that count."""
        whole = self.sums()
        masked = whole.as_pairwise()
        with np.errstate(invalid="ignore", divide="ignore"):
            count, first = np.diagonal(masked.w), np.diagonal(masked.wx)
            square = np.diagonal(whole.wxx) / count
            spread = square - (first / count) ** 2
            flat = ~(spread > 1e-12 * square)
        return [name for name, same in zip(self.items, flat, strict=True) if same]

    @property
    def masked(self) -> bool:
        """Whether answers are missing."""
        return self.parts.pairwise is not None

    @property
    def pattern_count(self) -> int:
        """Number of different missing patterns; 1 where they are not told apart."""
        return 1 if self.parts.patterns is None else len(self.parts.patterns.present)

    def sums(self, counts: Floats | Counts | None = None) -> Sums:
        """Sums of all parts, or of every replicate of a plan that counts them.

        Parameters
        ----------
        counts : (*B, K) array or `Counts`, optional
            How often each part counts in each replicate.
        """
        drawn, batch = self._drawn_parts(counts)
        extra = None if self.beside is None else _beside(self.beside, drawn)
        return replace(_weighted(self.parts, drawn, self.form), extra=extra).reshaped(batch)

    def extra_sums(self) -> ExtraSums | None:
        """Sums of the extra columns of all parts; None without such columns."""
        if self.beside is None:
            return None
        return _beside(self.beside, self._drawn_parts(None)[0]).reshaped(())

    def _drawn_parts(self, counts: Floats | Counts | None) -> tuple[Floats, tuple[int, ...]]:
        """Counts ``(B, K)`` of the parts, and the shape that the caller wants."""
        if counts is None:
            return np.ones((1, len(self.parts.w))), ()
        if isinstance(counts, np.ndarray):
            return Matrix(counts.reshape(-1, len(self.parts.w))).of(slice(None)), counts.shape[:-1]
        return counts.of(slice(None)), (counts.size,)


def _weighted(parts: Sums, counts: Floats, form: str) -> Sums:
    """Sums ``(B,)`` of parts ``(K,)`` that count ``(B, K)`` times."""
    p, size = len(parts.items), len(counts)
    pairwise = None
    if parts.pairwise is not None:
        w, wx = parts.pairwise.w.reshape(-1, p * p), parts.pairwise.wx.reshape(-1, p * p)
        pairwise = Pairwise((counts @ w).reshape(size, p, p), (counts @ wx).reshape(size, p, p))
    patterns = None
    if parts.patterns is not None and form == "patterns":
        own = parts.patterns
        w, wx, wxx = (
            (counts @ values.reshape(len(values), -1)).reshape(size, *values.shape[1:])
            for values in (own.w, own.wx, own.wxx)
        )
        patterns = Patterns(own.present, w, wx, wxx)
    elif parts.patterns is not None and form == "pairwise":
        pairwise = _weighted(parts, counts, "patterns").as_pairwise()
    return replace(
        parts,
        n_rows=counts @ parts.n_rows,
        w=counts @ parts.w,
        ww=counts**2 @ parts.ww,
        wx=counts @ parts.wx,
        wxx=(counts @ parts.wxx.reshape(len(parts.w), p * p)).reshape(size, p, p),
        form=form,
        pairwise=pairwise,
        patterns=patterns,
        keys=(),
        tables=None if parts.tables is None else parts.tables.counted(counts),
    )


def _beside(parts: ExtraSums, counts: Floats) -> ExtraSums:
    """Sums ``(B,)`` of extra columns of parts ``(K,)`` that count ``(B, K)`` times."""
    return ExtraSums(parts.names, counts @ parts.n, counts @ parts.w, counts**2 @ parts.ww, counts @ parts.wx)
