"""Numbers of a stored result, put where this version keeps them: read by the names of their blocks, not by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csimodels.messages import Message, listed
from csimodels.moments.linalg import Floats
from csimodels.tables import Layout


@dataclass(frozen=True, eq=False)
class StoredBlocks:
    """Where the numbers of a stored result stand in the vector of this version.

    Attributes
    ----------
    source : (Q,) intp
        Place of every quantity of this version in the stored vectors; -1 where the result has none.
    absent : tuple of str
        Blocks of this version that the result has not, or not in this size.
    unknown : tuple of str
        Blocks of the result that this version does not know.
    """

    source: NDArray[np.intp]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]

    @classmethod
    def of(cls, stored: Mapping[str, Sequence[int]], layout: Layout) -> StoredBlocks:
        """Match the blocks of ``result.json`` (name: first and last + 1 position) with those of `layout`."""
        source = np.full(layout.size, -1, dtype=np.intp)
        absent = []
        for name, own in layout.blocks.items():
            start, stop = stored.get(name, (0, 0))
            if stop - start == own.stop - own.start:
                source[own] = np.arange(start, stop)
            else:
                absent.append(name)
        return cls(source, tuple(absent), tuple(name for name in stored if name not in layout.blocks))

    def place(self, rows: Sequence[Any]) -> Floats:
        """(G, Q) numbers of this version from the stored vectors of every group; NaN where there is none."""
        values = np.asarray(rows, dtype=np.float64)  # None becomes NaN
        there = self.source >= 0
        out = np.full((len(values), len(self.source)), np.nan)
        out[:, there] = values[:, self.source[there]]
        return out

    def notes(self) -> tuple[Message, ...]:
        """What a reader has to know of blocks that only one side has."""
        notes = []
        if self.absent:
            text = "the stored result has no numbers of {names}: they are empty"
            notes.append(Message(text, names=listed(self.absent, 6)))
        if self.unknown:
            text = "numbers that this version does not know are left out: {names}"
            notes.append(Message(text, names=listed(self.unknown, 6)))
        return tuple(notes)
