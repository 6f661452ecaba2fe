"""What answers run from and to, and how many there are, in one pass over blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

#: Rows looked at in one block.
BLOCK = 8192
#: Rows of a block that are laid side by side: a processor compares long lines faster than many short ones.
_BESIDE = 16


def blocks(x: Floats) -> Iterator[Floats]:
    """The rows of ``x``, some at a time."""
    return (x[start : start + BLOCK] for start in range(0, len(x), BLOCK))


def without_holes(x: Floats) -> bool:
    """Whether no answer is missing."""
    return not any(np.isnan(block).any() for block in blocks(x))


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
        p = x.shape[1]
        missing, low, high = np.zeros(p, dtype=np.intp), np.full(p, np.inf), np.full(p, -np.inf)
        for block in blocks(x):
            least, most = _ends(block)
            if np.isnan(least).any():
                missing += np.isnan(block).sum(axis=0)
                least, most = np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)
            low, high = np.fmin(low, least), np.fmax(high, most)
        return cls(missing, low, high)


def _ends(block: Floats) -> tuple[Floats, Floats]:
    """(p,) least and greatest of every column; NaN where it has a hole."""
    rows, p = len(block) // _BESIDE * _BESIDE, block.shape[1]
    if rows < len(block) or not block.flags.c_contiguous:
        return np.minimum.reduce(block, axis=0), np.maximum.reduce(block, axis=0)
    wide = block.reshape(-1, _BESIDE * p)
    least, most = np.minimum.reduce(wide, axis=0), np.maximum.reduce(wide, axis=0)
    return np.minimum.reduce(least.reshape(-1, p), axis=0), np.maximum.reduce(most.reshape(-1, p), axis=0)
