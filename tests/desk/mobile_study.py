"""Arrays of the mobile study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mobile:
    """Names of the constructs, paths[target, source], 0-100 indices, standard deviations and scores (250, J)."""

    names: list[str]
    paths: np.ndarray
    index: np.ndarray
    sd: np.ndarray
    scores: np.ndarray

    def of(self, name: str) -> int:
        return self.names.index(name)
