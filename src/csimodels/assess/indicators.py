"""What each construct of a fit is measured by: its items, or the scores of its dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import Design, Fit
from csimodels.moments.linalg import Floats


def scored(fit: Fit) -> tuple[tuple[int, NDArray[np.intp]], ...]:
    """Constructs that a fit in stages measures by scores, and the places of their dimensions."""
    if fit.stages is None:
        return ()
    return tuple((j, np.asarray(parts, dtype=np.intp)) for j, parts in enumerate(fit.design.parts) if parts)


def indicators(fit: Fit) -> tuple[Floats, Floats]:
    """Correlations ``(*B, q, q)`` of all indicators, and ``(q, J)`` 1.0 where one belongs to a construct.

    Indicators are the entries of the design and, behind them, in a fit in stages, the scores of the constructs (under
    PLSc uncorrected, as items are); a higher-order construct has the scores of its dimensions instead of their items
    (Sarstedt et al. 2019, section 5).
    """
    d, corr = fit.design, fit.moments.corr
    if fit.stages is None:
        return corr, d.mask
    cross = corr @ fit.weights
    between = np.swapaxes(fit.weights, -1, -2) @ cross
    whole = np.block([[corr, cross], [np.swapaxes(cross, -1, -2), between]])
    mask = np.concatenate([d.mask * ~d.higher_order, np.zeros((len(d.constructs),) * 2)])
    for j, parts in scored(fit):
        mask[len(d.block) + parts, j] = 1.0
    return np.asarray(whole), mask


@dataclass(frozen=True)
class BlockPairs:
    """Every two indicators of every two constructs, ordered by constructs: sums over blocks read each pair once.

    Attributes
    ----------
    place : (P,) of the pairs in a matrix of all indicators, row by row.
    starts : (K,) where the pairs of two constructs, or of one within itself, begin.
    first, second : (K,) these constructs, ``first <= second``.
    sizes : (J,) indicators of each construct.
    """

    place: NDArray[np.intp]
    starts: NDArray[np.intp]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    sizes: Floats

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, design: Design, staged: bool) -> BlockPairs:
        """Pairs of the indicators that :func:`indicators` gives of a fit of `design`, in stages or not."""
        blocks, width = list(design.blocks), len(design.block)
        if staged:
            scores = [np.asarray(parts, dtype=np.intp) + width for parts in design.parts]
            blocks = [score if len(score) else block for score, block in zip(scores, blocks, strict=True)]
            width += len(design.constructs)
        places, ends = [], []
        for a, b in combinations_with_replacement(range(len(blocks)), 2):
            i, j = (index.ravel() for index in np.meshgrid(blocks[a], blocks[b], indexing="ij"))
            apart = (i < j) | (a != b)
            if apart.any():
                places.append((i * width + j)[apart])
                ends.append((a, b))
        starts = np.cumsum([0, *(len(place) for place in places[:-1])])[: len(places)]  # one single item has no pair
        first, second = np.asarray(ends, dtype=np.intp).reshape(-1, 2).T
        sizes = np.asarray([len(block) for block in blocks], dtype=np.float64)
        return cls(np.concatenate([*places, np.empty(0, dtype=np.intp)]), starts, first, second, sizes)

    def values(self, matrix: Floats) -> Floats:
        """(*B, P) entries of ``(*B, q, q)`` matrices of all indicators."""
        return np.asarray(np.take(matrix.reshape(*matrix.shape[:-2], matrix.shape[-1] ** 2), self.place, axis=-1))

    def means(self, values: Floats) -> Floats:
        """(*B, J, J) means of ``values (*B, P)`` between constructs, on the diagonal within (0 for one indicator)."""
        wide = len(self.sizes)
        if not len(self.place):
            return np.zeros((*values.shape[:-1], wide, wide))
        count = np.diff([*self.starts, len(self.place)])
        mean = np.add.reduceat(values, self.starts, axis=-1) / count
        out = np.zeros((*values.shape[:-1], wide, wide))
        out[..., self.first, self.second] = mean
        out[..., self.second, self.first] = mean
        return out
