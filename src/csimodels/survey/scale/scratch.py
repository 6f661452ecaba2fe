"""Arrays that a thread uses again for every block: fresh memory has to be cleared by the system page by page."""

from __future__ import annotations

from math import prod
from threading import local
from typing import Any

import numpy as np


class Scratch(local):
    """Arrays by name, of each thread its own; what they held before is still in them.

    Uses that follow each other share a name: ``eight`` and ``mixed`` are the largest rooms, of eight bytes a row.
    """

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}

    def room(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array for a use of that name; the one that was given for it before holds something else from now on."""
        size = prod(shape) * np.dtype(dtype).itemsize
        held = self._held.get(name)
        if held is None or len(held) < size:
            held = self._held[name] = np.empty(size + size // 8, dtype=np.uint8)
        return held[:size].view(dtype).reshape(shape)
