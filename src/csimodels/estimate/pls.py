"""PLS path modelling on moments (Wold 1982; Lohmoeller 1989; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005).

Everything runs on the item correlation matrix ``R``; respondents are never seen.  Symbols follow docs/results.md:
``W`` outer weights, ``C = W' R W`` correlations of the proxies, ``E`` inner weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from csimodels.arguments import plain_settings
from csimodels.estimate.composite import Composite
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, singular_structure, structural
from csimodels.estimate.higher_order import Measured
from csimodels.estimate.outer import Outer, outer_model, own_loadings, rho_a
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.estimators import EstimatorName

#: A larger tolerance stops the iteration while the weights still move in the digits that are published.
LARGEST_TOL = 1e-3


@plain_settings
@dataclass(frozen=True)
class PLS(Composite):
    """Partial least squares path modelling, modes A and B.

    Parameters
    ----------
    scheme : {"path", "factorial", "centroid"}
        ``"path"`` (default), ``"factorial"`` or ``"centroid"`` inner weights.
    tol : float
        Largest change of a standardised weight at which the iteration stops.
    max_iter : int
        Iterations after which an element is reported as not converged.
    higher_order : {"disjoint", "embedded", "repeated"}
        ``"disjoint"`` (default) or ``"embedded"`` two stages, or ``"repeated"`` items, for constructs made of others
        (Sarstedt et al. 2019; :mod:`csimodels.estimate.higher_order`).
    starts : optional
        Solutions that the iteration begins at, set by :meth:`near`.
    name : str
        Of the estimator in a spec.

    Notes
    -----
    Sign: a construct is oriented so that the majority of its loadings are positive, ties by the largest loading, in the
    fit and in every replicate alike.

    References
    ----------
    Wold (1982); Lohmoeller (1989); Tenenhaus, Esposito Vinzi, Chatelin & Lauro (2005).

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> study = cs.Study("ecsi", data, estimator=cs.PLS(scheme="factorial"), uncertainty=None)
    >>> bool(study.run().paths()["estimate"].between(-1, 1).all())
    True
    """

    name: EstimatorName = "pls"

    #: A matrix of construct correlations that is not positive definite has no regression.
    definite: ClassVar[bool] = True

    def measure(self, design: Design, corr: Floats, sums: Bools) -> Measured:
        """One stage of a model with higher-order constructs; `corr` ``(*B, q, q)`` of the entries of `design`."""
        outer = outer_model(design, corr, self.iteration)
        rho = rho_a(design, corr, outer.weights)
        own, none = own_loadings(design, outer.loadings), np.zeros(len(design.constructs), dtype=bool)
        return Measured(outer.weights, own, np.ones_like(rho), rho, none, outer.status, outer.iterations)

    def assembled(self, design: Design, moments: Moments, outer: Outer, reliability: Floats) -> Fit:
        """What follows from outer weights, loadings and correlations of proxies without iteration.

        Parameters
        ----------
        reliability : (*B, J) rho_A of the proxies.
        """
        paths, r2 = structural(outer.correlations, design)
        status = outer.status | moments.status | singular_structure(paths, outer.status)
        return Fit(
            design,
            moments,
            outer.weights[..., None] * design.mask,
            outer.loadings,
            outer.correlations,
            paths,
            r2,
            reliability,
            status,
            outer.iterations,
            self,
        )
