"""Inner weights of the PLS iteration: how constructs that are joined by a path enter each other's proxies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from csimodels.estimate.design import Design
from csimodels.moments.linalg import Floats, spd_solve

Scheme = Literal["path", "factorial", "centroid"]


def _path_weighting(design: Design, cross: Floats) -> Floats:
    inner = np.where(design.path | design.path.T, cross, 0.0)  # one predecessor, and successors: correlation
    for target in design.endogenous:
        sources = design.predecessors[target]
        if len(sources) > 1:
            inner[..., sources, target] = spd_solve(cross[..., sources[:, None], sources], cross[..., sources, target])
    return inner


def _factorial(design: Design, cross: Floats) -> Floats:
    return np.where(design.path | design.path.T, cross, 0.0)


def _centroid(design: Design, cross: Floats) -> Floats:
    return np.where(design.path | design.path.T, np.sign(cross), 0.0)


INNER: dict[str, Callable[[Design, Floats], Floats]] = {
    "path": _path_weighting,
    "factorial": _factorial,
    "centroid": _centroid,
}


def inner_weights(design: Design, cross: Floats, scheme: Scheme) -> Floats:
    """(*B, J, J) inner weights from the correlations of the proxies; column ``j`` holds those of construct ``j``."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return INNER[scheme](design, cross)
