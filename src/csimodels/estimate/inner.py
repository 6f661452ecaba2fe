"""Inner weights of the PLS iteration: how constructs that are joined by a path enter each other's proxies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from csimodels.estimate.design import Design
from csimodels.moments.linalg import Floats, general_solve, spd_solve

Scheme = Literal["path", "factorial", "centroid"]


def _path_weighting(design: Design, cross: Floats, definite: bool) -> Floats:
    inner = np.where(design.path | design.path.T, cross, 0.0)  # one predecessor, and successors: correlation
    for target in design.endogenous:
        sources = design.predecessors[target]
        if len(sources) > 1:
            known, towards = cross[..., sources[:, None], sources], cross[..., sources, target]
            beta = spd_solve(known, towards)
            if not definite and np.isnan(beta).any():
                beta = np.where(np.isnan(beta), general_solve(known, towards), beta)
            inner[..., sources, target] = beta
    return inner


def _factorial(design: Design, cross: Floats, definite: bool) -> Floats:
    return np.where(design.path | design.path.T, cross, 0.0)


def _centroid(design: Design, cross: Floats, definite: bool) -> Floats:
    return np.where(design.path | design.path.T, np.sign(cross), 0.0)


INNER: dict[str, Callable[[Design, Floats, bool], Floats]] = {
    "path": _path_weighting,
    "factorial": _factorial,
    "centroid": _centroid,
}


def inner_weights(design: Design, cross: Floats, scheme: Scheme, *, definite: bool = True) -> Floats:
    """(*B, J, J) inner weights from the correlations of the proxies; column ``j`` holds those of construct ``j``.

    Parameters
    ----------
    definite : whether correlations that are not positive definite have no inner weights (NaN).  Those that were
        corrected for attenuation may be indefinite, and are solved all the same; singular ones never are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return INNER[scheme](design, cross, definite)
