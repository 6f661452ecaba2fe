"""The canonical order of rows: whatever order they came in, the arrays come out the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.moments.linalg import Floats

#: Steps into which the scale of an item is divided before it is mixed into the key; a power of two, so that the same
#: answer on a rescaled item falls into the same step.
_STEPS = 2.0**32
_MISSING = np.uint64(2**40)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


def canonical_order(
    block: Floats, scales: Sequence[tuple[float, float]], ties: Sequence[NDArray[Any]]
) -> NDArray[np.intp]:
    """Positions that sort the rows by a 64-bit mix of their answers, then by `ties`.

    The key of a row depends on its own answers alone, each measured as a share of its item's scale: neither the order
    of the rows, nor the other rows, nor the unit of an item changes it.  A group read alone therefore stands in the
    same order as the same group within a larger survey.

    Parameters
    ----------
    block : (p, n) answers, NaN where missing.
    scales : p lowest and highest answers.
    ties : arrays (n,) that order rows with the same answers: weight, group, strata, cluster, then margins and replicate
        weights.

    Returns
    -------
    (n,) order; rows that still tie are alike in everything and keep the order they came in.
    """
    key = np.zeros(block.shape[1], dtype=np.uint64)
    for answers, (low, high) in zip(block, scales, strict=True):
        key ^= _step(answers, low, high)
        key *= _ODD
        key ^= key >> _SHIFT
    last_first = list(ties)[::-1]
    order = np.lexsort((*last_first, key)) if last_first else np.argsort(key, kind="stable")
    if _mixed(block, key[order], order):
        order = np.lexsort((*last_first, *block[::-1]))
    return np.asarray(order, dtype=np.intp)


def mixed_key(table: Floats) -> NDArray[np.uint64]:
    """(n,) 64-bit mix of the bits of each row of ``table (n, R)``: one key to order rows by many columns at once."""
    key = np.zeros(len(table), dtype=np.uint64)
    for column in table.T:
        key ^= (column + 0.0).view(np.uint64)
        key *= _ODD
        key ^= key >> _SHIFT
    return key


def _step(answers: Floats, low: float, high: float) -> NDArray[np.uint64]:
    share = (answers - low) / (high - low)
    missing = np.isnan(share)
    share[missing] = 0.0
    step = np.rint(share * _STEPS).astype(np.uint64)
    step[missing] = _MISSING
    return step


def _mixed(block: Floats, key: NDArray[np.uint64], order: NDArray[np.intp]) -> bool:
    """Whether two neighbours with one key differ in an answer: a collision, or answers nearer than a step."""
    same = np.flatnonzero(key[1:] == key[:-1])
    left, right = order[same], order[same + 1]
    return any(not np.array_equal(answers[left], answers[right], equal_nan=True) for answers in block)
