"""A small model and simulated answers for property tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from csimodels.spec import Construct, Item, Model

PATHS = (("A", "B"), ("A", "C"), ("B", "C"), ("C", "D"))
SIZES = {"A": 3, "B": 2, "C": 3, "D": 1}


def small_model(sizes: dict[str, int] | None = None, paths: Any = PATHS, **fields: Any) -> Model:
    """Four constructs, A -> B, (A, B) -> C -> D; `fields` go to every construct."""
    constructs = tuple(
        Construct(name, tuple(Item(f"{name.lower()}{k + 1}") for k in range(size)), **fields)
        for name, size in (sizes or SIZES).items()
    )
    return Model("small", constructs, tuple(paths))


def simulated(model: Model, n: int, seed: int, noise: float = 0.8) -> np.ndarray:
    """(n, p) continuous answers around 5.5 with one common factor per construct along the paths of the model."""
    rng = np.random.default_rng(seed)
    factor: dict[str, np.ndarray] = {}
    for construct in model.constructs:  # the constructs of small models stand in causal order
        sources = [s for s, t in model.paths if t == construct.name]
        factor[construct.name] = sum((0.6 * factor[s] for s in sources), np.zeros(n)) + 0.7 * rng.standard_normal(n)
    columns = [
        5.5 + 1.5 * factor[c.name] + noise * (1 + 0.3 * k) * rng.standard_normal(n)
        for c in model.constructs
        for k, _ in enumerate(c.items)
    ]
    return np.stack(columns, axis=1)
