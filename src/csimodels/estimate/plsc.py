"""Consistent PLS (Dijkstra & Henseler 2015): PLS corrected for attenuation with rho_A."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import plain_settings
from csimodels.errors import Problem, SpecError, Status
from csimodels.estimate.composite import Composite
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, singular_structure, structural
from csimodels.estimate.higher_order import Measured
from csimodels.estimate.outer import Outer, outer_model, rho_a
from csimodels.estimate.signs import own_loadings
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats, is_positive_definite
from csimodels.spec.estimators import EstimatorName

#: A reliability or loading above this is beyond 1, rounding aside.
LARGEST = 1 + 1e-9


@plain_settings
@dataclass(frozen=True)
class PLSc(Composite):
    """Consistent partial least squares for reflective constructs; composites are left as PLS gives them.

    Parameters
    ----------
    scheme : {"path", "factorial", "centroid"}
        As for :class:`~csimodels.estimate.PLS`.
    tol : float
        As for PLS.
    max_iter : int
        As for PLS.
    higher_order : {"disjoint", "embedded", "repeated"}
        As for PLS.
    starts : optional
        As for PLS.
    name : str
        Of the estimator in a spec.

    Notes
    -----
    Correlations between constructs are divided by ``sqrt(rho_A_i rho_A_j)``, with rho_A = 1 for single items and
    composites unless the spec states a reliability.  A correlation or loading beyond 1, a rho_A outside (0, 1] or a
    corrected correlation matrix that is not positive definite is shown as computed and flagged ``INADMISSIBLE``.

    Higher-order constructs: the stage above starts from the corrected correlations of the dimensions, so that a
    composite of common factors is one of the factors, not of their scores; a reflective one is corrected once more,
    with its own rho_A.

    References
    ----------
    Dijkstra & Henseler (2015).

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> result = cs.Study("ecsi", data, estimator=cs.PLSc(), uncertainty=None).run()
    >>> paths = result.paths().set_index(["source", "target"])["estimate"]
    >>> round(float(paths["Image", "Satisfaction"]), 2)  # PLS: 0.37
    0.41
    """

    name: EstimatorName = "plsc"

    #: Corrected correlations may be indefinite; they are solved all the same, and flagged.
    definite: ClassVar[bool] = False
    #: Reliabilities correct them.
    corrects: ClassVar[bool] = True

    def measure(self, design: Design, corr: Floats, sums: Bools) -> Measured:
        """One stage of a model with higher-order constructs; `corr` ``(*B, q, q)`` of the entries of `design`.

        Constructs in `sums` stand beside their own dimensions: correlations with them say nothing on admissibility.
        """
        outer = outer_model(design, corr, replace(self.iteration, definite=self.definite))  # scores are corrected ones
        rho = rho_a(design, corr, outer.weights)
        attenuation = _attenuation(design, rho)
        loadings = _consistent_loadings(design, outer.weights, outer.loadings, attenuation)
        apart = np.flatnonzero(~sums)
        correlations = _disattenuated(outer.correlations, attenuation)[..., apart[:, None], apart]
        status = outer.status | _inadmissible(design, rho, correlations, loadings, outer.status)
        corrected = design.factor | ~np.isnan(design.reliability)
        own = own_loadings(design, loadings)
        return Measured(outer.weights, own, attenuation, rho, corrected, status, outer.iterations)

    def refuse(self, design: Design) -> None:
        """Reflective constructs of several items in mode B."""
        _refuse_mode_b(design)

    def assembled(self, design: Design, moments: Moments, outer: Outer, reliability: Floats) -> Fit:
        """The correction for attenuation, and what follows from it; see :meth:`PLS.assembled`."""
        attenuation = _attenuation(design, reliability)
        correlations = _disattenuated(outer.correlations, attenuation)
        loadings = _consistent_loadings(design, outer.weights, outer.loadings, attenuation)
        with np.errstate(invalid="ignore"):
            paths, r2 = structural(correlations, design, definite=False)
        status = outer.status | _inadmissible(design, reliability, correlations, loadings, outer.status)
        status = status | moments.status | singular_structure(paths, status)
        return Fit(
            design,
            moments,
            outer.weights[..., None] * design.mask,
            loadings,
            correlations,
            paths,
            r2,
            reliability,
            status,
            outer.iterations,
            self,
        )


def _refuse_mode_b(design: Design) -> None:
    wrong = np.flatnonzero(design.mode_b & design.reflective & ~design.single)
    if len(wrong):
        raise SpecError(
            Problem(
                "PLSc is defined for reflective constructs in mode A only",
                f"construct {design.constructs[j]}",
                "measured: reflective, mode: B",
                remedy="write measured: composite (no correction), or mode: A",
            )
            for j in wrong
        )


def _attenuation(design: Design, reliability: Floats) -> Floats:
    """(*B, J) ``sqrt(rho_A)`` of the constructs that are corrected, 1 for the others; NaN where rho_A is negative."""
    stated = ~np.isnan(design.reliability)
    corrected = design.factor | stated
    with np.errstate(invalid="ignore"):
        return np.where(corrected, np.sqrt(reliability), 1.0)


def _disattenuated(correlations: Floats, attenuation: Floats) -> Floats:
    corrected = correlations / (attenuation[..., :, None] * attenuation[..., None, :])
    index = np.arange(corrected.shape[-1])
    corrected[..., index, index] = 1.0
    return np.asarray(corrected)


def _consistent_loadings(design: Design, weights: Floats, loadings: Floats, attenuation: Floats) -> Floats:
    """Cross-loadings divided by ``sqrt(rho_A)``; own loadings ``w sqrt(rho_A) / w'w`` for corrected constructs."""
    corrected = loadings / attenuation[..., None, :]
    size = (weights**2) @ design.mask
    own = weights * (attenuation / size)[..., design.block]
    item = np.arange(len(design.block))
    factor = design.factor[design.block]
    keep = own_loadings(design, loadings) * np.where(design.single, attenuation, 1.0)[..., design.block]
    corrected[..., item, design.block] = np.where(factor, own, keep)
    return np.asarray(corrected)


def can_be_reliability(values: Floats) -> Bools:
    """Whether numbers lie in (0, 1], rounding aside; False for NaN."""
    return np.asarray((values > 0) & (values <= LARGEST))


def _inadmissible(
    design: Design, reliability: Floats, correlations: Floats, loadings: Floats, status: NDArray[np.int64]
) -> NDArray[np.int64]:
    """``INADMISSIBLE`` where a reliability, loading or correlation cannot be one; 0 elsewhere."""
    with np.errstate(invalid="ignore"):
        bad = (~can_be_reliability(reliability) & design.factor).any(axis=-1)
        bad |= (np.abs(own_loadings(design, loadings)) > LARGEST).any(axis=-1)
        bad |= ~is_positive_definite(correlations)
    usable = (status & int(Status.SINGULAR)) == 0
    return np.where(bad & usable, int(Status.INADMISSIBLE), 0)
