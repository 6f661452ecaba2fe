"""What answers run from and to, and how many there are, in one pass over blocks of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats
from csimodels.moments.pool import in_order

#: Rows looked at in one block.
BLOCK = 8192
#: Rows of a block that are laid side by side: a processor compares long lines faster than many short ones.
_BESIDE = 16
#: Cells of lines that are looked at at once.
_CELLS = 2**17


def blocks(x: Floats) -> Iterator[Floats]:
    """The rows of ``x``, some at a time."""
    return (x[start : start + BLOCK] for start in range(0, len(x), BLOCK))


def without_holes(x: Floats) -> bool:
    """Whether no answer is missing."""
    return not any(np.isnan(np.minimum.reduce(block, axis=None, initial=np.inf)) for block in blocks(x))


@dataclass(frozen=True, eq=False)
class Spans:
    """Of ``n`` answers to each of ``p`` items.

    Attributes
    ----------
    missing : (p,) how many are missing.
    low, high : (p,) the lowest and the highest; infinite and minus infinite where there is none.
    """

    missing: NDArray[np.intp]
    low: Floats
    high: Floats

    @classmethod
    def of(cls, x: Floats) -> Spans:
        """The spans of ``x (n, p)``, NaN where missing."""
        return cls._joined(x.shape[1], [_span(block) for block in blocks(x)])

    @classmethod
    def of_lines(cls, lines: Floats) -> Spans:
        """The spans of ``lines (p, n)``, an item a line; many are looked through by all processors."""
        size = max(1, _CELLS // max(len(lines), 1))
        parts = [lines[:, start : start + size] for start in range(0, lines.shape[1], size)]
        return cls._joined(len(lines), in_order(_span_of_lines, parts))

    @classmethod
    def _joined(cls, p: int, parts: Iterable[tuple[NDArray[np.intp], Floats, Floats]]) -> Spans:
        missing, low, high = np.zeros(p, dtype=np.intp), np.full(p, np.inf), np.full(p, -np.inf)
        for holes, least, most in parts:
            missing += holes
            low, high = np.fmin(low, least), np.fmax(high, most)
        return cls(missing, low, high)


def _span(block: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """(p,) holes, least and greatest answers of a block ``(b, p)``."""
    least, most = _ends(block)
    if not np.isnan(least).any():
        return np.zeros(len(least), dtype=np.intp), least, most
    return np.isnan(block).sum(axis=0), np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)


def _span_of_lines(lines: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """The same of ``(p, b)``."""
    least, most = np.minimum.reduce(lines, axis=1), np.maximum.reduce(lines, axis=1)
    if not np.isnan(least).any():
        return np.zeros(len(least), dtype=np.intp), least, most
    return np.isnan(lines).sum(axis=1), np.fmin.reduce(lines, axis=1), np.fmax.reduce(lines, axis=1)


def _ends(block: Floats) -> tuple[Floats, Floats]:
    """(p,) least and greatest of every column; NaN where it has a hole."""
    rows, p = len(block) // _BESIDE * _BESIDE, block.shape[1]
    if rows < len(block) or not block.flags.c_contiguous:
        return np.minimum.reduce(block, axis=0), np.maximum.reduce(block, axis=0)
    wide = block.reshape(-1, _BESIDE * p)
    least, most = np.minimum.reduce(wide, axis=0), np.maximum.reduce(wide, axis=0)
    return np.minimum.reduce(least.reshape(-1, p), axis=0), np.maximum.reduce(most.reshape(-1, p), axis=0)
