"""Which numbers of a core are moved together when derivatives are taken, because no published number hangs on two.

What is about one construct or its items hangs on these items, on correlations of proxies and on reliabilities; what is
about paths hangs on the latter two alone.  So one item of every construct is moved at a time, and the numbers of
:data:`OF_SCORES`, on which no correlation between constructs bears, leave room for means and deviations beside the
correlations.  Some forty fits take the place of a hundred and twenty in the ECSI model.  Numbers that are products of
others (:data:`~csimodels.tables.compound.COMPOUND`) would hang on many more; their derivatives follow afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import Design
from csimodels.moments.linalg import Bools, Floats
from csimodels.tables.compound import COMPOUND
from csimodels.tables.quantities import BLOCKS, OF_ITEMS, Layout

#: Blocks that follow from the means and deviations of the items of one construct, and how much each item counts.
OF_SCORES = ("index", "sd", "weight_unstd", "performance")


@dataclass(frozen=True, eq=False)
class Moves:
    """Moves of ``m`` numbers in ``g`` fits: means, deviations, weights and own loadings of the items, correlations of
    the proxies, a factor of every score's deviation, and reliabilities where these correct correlations.

    Attributes
    ----------
    fits : ``g``, each of which is made on both sides.
    group : (m,) which fit moves each number.
    bears : (m, Q) whether it bears on a published number.
    items : ``k``, the numbers that follow from the items alone (:data:`OF_ITEMS`); they are not moved.
    """

    fits: int
    group: NDArray[np.intp]
    bears: Bools
    items: NDArray[np.intp]

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, layout: Layout, corrects: bool) -> Moves:
        """Moves for the numbers of a layout; `corrects`: reliabilities correct correlations, and move by themselves."""
        design = layout.design
        p, wide = design.mask.shape
        rank = np.empty(p, dtype=np.intp)
        for block in design.blocks:
            rank[block] = np.arange(len(block))
        most, later = _sizes(design)
        pairs = wide * (wide - 1) // 2
        scores = np.full(wide, 2 * most)
        group = [rank, most + rank, later + rank, later + most + rank, np.arange(pairs), scores]
        about, of_scores = _about(layout), _of(layout, OF_SCORES)
        own = design.block[:, None] == about
        of_score, other = own & of_scores, ~(of_scores | _of(layout, (*OF_ITEMS, *COMPOUND)))
        every = np.broadcast_to(other, (pairs, layout.size))
        of_stretch = (np.arange(wide)[:, None] == about) & of_scores
        bears = [of_score, of_score, own, own & other, every, of_stretch]
        if corrects:
            group.append(later + 2 * most + np.arange(wide))
            bears.append(np.broadcast_to(other, (wide, layout.size)))
        places = np.flatnonzero(_of(layout, OF_ITEMS))
        return cls(_moved_fits(design, corrects), np.concatenate(group), np.concatenate(bears), places)

    def moved(self, at: Floats, steps: Floats) -> Floats:
        """(B, 2, g, m) the numbers ``at (B, m)`` moved up and down by ``steps (B, m)``."""
        mine = self.group == np.arange(self.fits)[:, None]
        shift = mine * steps[:, None]
        return np.asarray(at[:, None, None] + np.stack([shift, -shift], axis=1))

    def slopes(self, values: Floats, steps: Floats, wide: int) -> tuple[Floats, Floats]:
        """Derivatives from the published ``values (B, 2, g, Q)`` of the moved fits.

        Parameters
        ----------
        wide : reliabilities that were moved, 0 where none were.

        Returns
        -------
        ``(B, m + k, Q)`` by the core, the factors of deviations and the ``k`` numbers of the items, each of which is
        its own; ``(B, wide, Q)`` by reliabilities.
        """
        number, source, place = self._cells
        change = (values[:, 0] - values[:, 1]).reshape(len(values), -1)
        own, below, size = len(self.group) - wide, len(self.items), values.shape[-1]
        row = number + np.where(number < own, 0, below)
        out = np.zeros((len(values), (len(self.group) + below) * size))
        out[:, row * size + place] = change[:, source] / (2 * steps)[:, number]
        out = out.reshape(len(values), -1, size)
        out[:, own + np.arange(below), self.items] = 1.0
        return out[:, : own + below], out[:, own + below :]

    @cached_property
    def _cells(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Numbers moved; for each a published one that it bears on, by its place among all fits, and in one."""
        number, place = np.nonzero(self.bears)
        return number, self.group[number] * self.bears.shape[1] + place, place


def core_size(layout: Layout) -> int:
    """Number of inner numbers: the core, factors of the scores' deviations, and what follows from the items alone."""
    p, wide = layout.design.mask.shape
    return int(4 * p + wide * (wide + 1) // 2 + _of(layout, OF_ITEMS).sum())


def _moved_fits(design: Design, corrects: bool) -> int:
    """Number of moves, see :class:`Moves`."""
    most, later = _sizes(design)
    return int(later + 2 * most + (len(design.constructs) if corrects else 0))


def _sizes(design: Design) -> tuple[int, int]:
    """Items of the largest block; moves of correlations, beside which those of the numbers of scores have room."""
    most, wide = int(design.mask.sum(axis=0).max()), len(design.constructs)
    return most, max(wide * (wide - 1) // 2, 2 * most + 1)


def _about(layout: Layout) -> NDArray[np.intp]:
    """(Q,) the construct that a number is about, or the items of which; -1 for those about several."""
    design = layout.design
    which = {"construct": np.arange(len(design.constructs)), "item": design.block}
    none = np.empty(0, dtype=np.intp)
    parts = [which.get(block.over, none - 1) for block in BLOCKS]
    sizes = [len(layout.subjects[block.name]) for block in BLOCKS]
    filled = [part if len(part) else np.full(size, -1) for part, size in zip(parts, sizes, strict=True)]
    return np.concatenate(filled).astype(np.intp)


def _of(layout: Layout, names: tuple[str, ...]) -> Bools:
    """(Q,) numbers of some blocks."""
    out = np.zeros(layout.size, dtype=bool)
    for name in names:
        out[layout.blocks[name]] = True
    return out
