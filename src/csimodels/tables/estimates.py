"""Point estimates and their uncertainty for every group: what the tables are cut from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.messages import Message
from csimodels.moments import Key
from csimodels.moments.linalg import Floats
from csimodels.tables.quantities import Layout


@dataclass(frozen=True, eq=False)
class Estimates:
    """Quantities of ``G`` groups; ``value, se, low, high, p, df`` are ``(G, Q)`` in the order of `layout`.

    Without groups ``G`` is 1 and its key is ``()``.  ``se, low, high, p`` are NaN where there is no interval.
    ``df``: degrees of freedom of the intervals, infinite where they use no t distribution, NaN without intervals.
    ``n, n_eff, status, iterations`` and ``smallest_eigenvalue`` of the construct correlations are ``(G,)``.
    """

    layout: Layout
    by: tuple[str, ...]
    keys: tuple[Key, ...]
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats
    df: Floats
    n: Floats
    n_eff: Floats
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]
    smallest_eigenvalue: Floats

    def frame(
        self,
        labels: dict[str, list[str]],
        columns: dict[str, tuple[str, str]],
        rows: list[int] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> pd.DataFrame:
        """A tidy table: group columns, `labels`, `columns`, then `more`, for every group.

        Parameters
        ----------
        labels : column -> its text for each row of one group.
        columns : column -> ``(part, block)``, for example ``{"low": ("low", "index")}``.
        rows : positions within the block; all of it by default.
        more : column -> its cells for all groups.  A frame is made once: each column that is added later costs as much
            as a table of many.
        """
        size = len(next(iter(labels.values())))
        out = self.key_columns(size)
        for name, texts in labels.items():
            out[name] = texts * len(self.keys)
        out |= self.cells(columns, rows)
        return pd.DataFrame(out | dict(more or {}))

    def cells(self, columns: dict[str, tuple[str, str]], rows: list[int] | None = None) -> dict[str, Floats]:
        """The numbers of `columns` for all groups in turn, see :meth:`frame`."""
        out = {}
        for name, (part, block) in columns.items():
            values = getattr(self, part)[:, self.layout.blocks[block]]
            out[name] = np.asarray(values if rows is None else values[:, rows]).ravel()
        return out

    def key_columns(self, size: int) -> dict[str, object]:
        """Group columns of a table with `size` rows a group."""
        keys = {name: np.asarray([key[i] for key in self.keys], dtype=object) for i, name in enumerate(self.by)}
        return {name: pd.Series(np.repeat(labels, size)).infer_objects() for name, labels in keys.items()}

    def status_text(self, size: int) -> list[Message]:
        """The state of each group's fit in words, repeated for the ``size`` rows of the group."""
        return [words for s in self.status for words in [Status(int(s)).describe()] * size]
