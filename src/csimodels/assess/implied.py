"""Correlations of the items that a PLS or PLSc fit implies, saturated or with its structural model."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError, nearest
from csimodels.estimate import PLS, Fit, total_effects
from csimodels.moments.linalg import Bools, Floats

#: ``saturated``: all constructs correlate freely; ``estimated``: they correlate as the paths say.
ModelKind = Literal["saturated", "estimated"]


def common_factors(fit: Fit) -> Bools:
    """(J,) constructs whose items correlate through the construct only.

    PLS without correction makes composites of all constructs; the others treat a reflective block as a common factor.
    """
    if isinstance(fit.estimator, PLS):
        return np.zeros(len(fit.design.constructs), dtype=bool)
    return fit.design.factor


def judged_entries(fit: Fit) -> NDArray[np.intp]:
    """Entries whose correlations a model is judged by: in stages those of first-order constructs, else all."""
    d = fit.design
    return np.flatnonzero((fit.stages is None) | ~d.higher_order[d.block])


def own_loadings(fit: Fit) -> Floats:
    """(*B, p) loading of every item on its own construct."""
    return np.asarray(fit.loadings[..., np.arange(len(fit.design.block)), fit.design.block])


def construct_correlations(fit: Fit, kind: ModelKind) -> Floats:
    """Correlations of the constructs, as they are (saturated) or as the paths imply (estimated).

    The estimated ones are ``(I - B)^{-1} Psi (I - B)^{-T}`` with ``Psi`` the correlations of the exogenous constructs
    and ``1 - R2`` for the others.  Where the model leaves paths out, the variances on the diagonal come out a little
    off 1; they are set to 1, as in cSEM.  NaN for a fit in stages: its paths do not say how dimensions correlate.

    Parameters
    ----------
    fit : Fit
        A batch of fits ``*B``.
    kind : {"saturated", "estimated"}
        Which model.

    Returns
    -------
    (*B, J, J) array
    """
    _check_kind(kind)
    if kind == "saturated":
        return fit.correlations
    if fit.stages is not None:
        return np.full_like(fit.correlations, np.nan)
    ends = np.asarray(fit.design.endogenous, dtype=np.intp)
    psi = fit.correlations.copy()
    psi[..., ends, :] = 0.0
    psi[..., :, ends] = 0.0
    psi[..., ends, ends] = 1 - fit.r2[..., ends]
    carried = np.eye(psi.shape[-1]) + total_effects(fit.paths)
    out = carried @ psi @ np.swapaxes(carried, -1, -2)
    index = np.arange(psi.shape[-1])
    out[..., index, index] = 1.0
    return np.asarray(out)


def implied_correlations(fit: Fit, kind: ModelKind = "estimated") -> Floats:
    """Model-implied correlations of the items (Dijkstra & Henseler 2015, section 2.4; Schuberth et al. 2018).

    ``lambda_i c_ab lambda_k`` between blocks and within the block of a common factor; the items of a composite keep
    the correlations that they have.

    Parameters
    ----------
    fit : Fit
        A batch of fits ``*B``.
    kind : {"saturated", "estimated"}
        Which model.

    Returns
    -------
    (*B, p, p) array
    """
    d = fit.design
    loading = own_loadings(fit)
    between = construct_correlations(fit, kind)[..., d.block[:, None], d.block]
    implied = loading[..., :, None] * between * loading[..., None, :]
    free = (d.block[:, None] == d.block) & ~common_factors(fit)[d.block][:, None]
    implied = np.where(free, fit.moments.corr, implied)
    index = np.arange(len(d.block))
    implied[..., index, index] = 1.0
    return np.asarray(implied)


def _check_kind(kind: str) -> None:
    allowed = get_args(ModelKind)
    if kind not in allowed:
        raise SpecError(Problem("unknown model", "kind", repr(kind), ", ".join(allowed), nearest(kind, allowed)))
