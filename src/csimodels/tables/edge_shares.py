"""What each driver contributes to R2: Shapley values and relative weights of the constructs right before a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csimodels.desk.shapley import MOST_DRIVERS, lmg, relative_weights
from csimodels.estimate import Design, Fit
from csimodels.moments.linalg import Floats

#: Regressions on subsets that are held at once.
_AT_ONCE = 2**19


def shapley_of_edges(fit: Fit) -> Floats:
    """(*B, E) LMG share of R2 of the source of every path; NaN for targets with more than 15 sources."""
    return _of_edges(fit, exact=True)


def relative_of_edges(fit: Fit) -> Floats:
    """(*B, E) Johnson's relative weight of the source of every path."""
    return _of_edges(fit, exact=False)


def _of_edges(fit: Fit, exact: bool) -> Floats:
    d = fit.design
    corr = fit.correlations
    out = np.full((*corr.shape[:-2], len(d.edges)), np.nan)
    for target in d.endogenous:
        at = np.asarray([k for k, (_, t) in enumerate(d.edges) if t == target], dtype=np.intp)
        sources = np.asarray([d.edges[k][0] for k in at], dtype=np.intp)
        if len(at) and (not exact or len(at) <= MOST_DRIVERS):
            out[..., at] = shares_of(corr[..., sources[:, None], sources], corr[..., sources, target], exact)
    return out


def shares_of(correlation: Floats, with_target: Floats, exact: bool) -> Floats:
    """(*B, p) LMG (`exact`) or relative weights, in pieces that bound the memory; NaN where there are no correlations.

    Parameters
    ----------
    correlation, with_target : (*B, p, p) and (*B, p) arrays
    exact : bool
        LMG, by all ``2^p`` subsets.
    """
    p = correlation.shape[-1]
    batch = with_target.shape[:-1]
    flat, right = correlation.reshape(-1, p, p), with_target.reshape(-1, p)
    known = np.isfinite(flat).all(axis=(-2, -1)) & np.isfinite(right).all(axis=-1)
    out = np.full(right.shape, np.nan)
    step = max(1, _AT_ONCE // 2**p) if exact else max(1, len(right))
    rows: NDArray[np.intp] = np.flatnonzero(known)
    for start in range(0, len(rows), step):
        mine = rows[start : start + step]
        out[mine] = (lmg if exact else relative_weights)(flat[mine], right[mine])
    return out.reshape(*batch, p)


def too_many(design: Design) -> list[str]:
    """Targets with more drivers than exact Shapley values take."""
    return [design.constructs[t] for t in design.endogenous if len(design.predecessors[t]) > MOST_DRIVERS]
