"""Small surveys and models that the tests of the assessment room share."""

from __future__ import annotations

import numpy as np

from csimodels.estimate import Design
from csimodels.moments import Rows
from csimodels.spec import Construct, Item, Model, Text


def chain(loading: float = 0.8, paths: tuple[float, float, float] = (0.6, 0.3, 0.4), size: int = 3) -> Chain:
    """Three constructs A, B, C of `size` items each with paths A -> B, A -> C, B -> C."""
    return Chain(loading, paths, size)


class Chain:
    """A population with known paths; `draw` gives answers."""

    def __init__(self, loading: float, paths: tuple[float, float, float], size: int) -> None:
        self.loading, self.paths, self.size = loading, paths, size
        constructs = tuple(
            Construct(
                name,
                tuple(Item(f"{name}{k + 1}", Text(), (-9.0, 9.0)) for k in range(size)),
                measured="composite",
            )
            for name in "ABC"
        )
        self.model = Model("chain", constructs, (("A", "B"), ("A", "C"), ("B", "C")))
        self.design = Design.of(self.model)

    def draw(self, n: int, rng: np.random.Generator, composite: bool = False) -> np.ndarray:
        """(n, 3 size) answers: common factors, or composites whose PLS paths are the true ones."""
        ab, ac, bc = self.paths
        a = rng.normal(size=n)
        b = ab * a + np.sqrt(1 - ab**2) * rng.normal(size=n)
        explained = ac**2 + bc**2 + 2 * ab * ac * bc
        c = ac * a + bc * b + np.sqrt(1 - explained) * rng.normal(size=n)
        parts = []
        for score in (a, b, c):
            noise = rng.normal(size=(n, self.size))
            if composite:  # residuals that cancel in the sum, so that the mean of the items is the score
                noise -= noise.mean(axis=1, keepdims=True)
            parts.append(self.loading * score[:, None] + np.sqrt(1 - self.loading**2) * noise)
        return np.concatenate(parts, axis=1)

    def rows(self, x: np.ndarray, weights: np.ndarray | None = None) -> Rows:
        return Rows(self.model.item_names, x, np.zeros(x.shape[1]), weights)
