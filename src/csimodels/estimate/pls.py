"""PLS path modelling on moments (Wold 1982; Lohmoeller 1989; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005).

Everything runs on the item correlation matrix ``R``; respondents are never seen.  Symbols follow docs/results.md:
``W`` outer weights, ``C = W' R W`` correlations of the proxies, ``E`` inner weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from csimodels.arguments import is_one_of, plain_settings, shown
from csimodels.errors import Problem, SpecError, nearest
from csimodels.estimate.composite import Composite
from csimodels.estimate.core import Core
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, singular_structure, structural
from csimodels.estimate.higher_order import Measured
from csimodels.estimate.outer import Outer, outer_model, rho_a
from csimodels.estimate.signs import own_loadings
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.estimators import EstimatorName

#: A larger tolerance stops the iteration while the weights still move in the digits that are published.
LARGEST_TOL = 1e-3

#: Whether items are standardised before they are weighed.
Metric = Literal["standardised", "raw"]


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
    metric : {"standardised", "raw"}
        Weights of mode A from standardised items (default), or from items in their own units, so that those that vary
        more weigh more (``METRIC`` of LVPLS, ``scaled = FALSE`` of plspm).
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
    metric: Metric = "standardised"

    #: A matrix of construct correlations that is not positive definite has no regression.
    definite: ClassVar[bool] = True
    #: Correlations of the proxies are those of the constructs.
    corrects: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_one_of(self.metric, get_args(Metric)):
            what, allowed = Message("unknown metric"), get_args(Metric)
            near = nearest(self.metric, allowed)
            raise SpecError(Problem(what, "metric", shown(self.metric), ", ".join(allowed), near))

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return super().settings() | {"metric": None if self.metric == "standardised" else self.metric}

    def facts(self) -> dict[str, str]:
        """As of the other estimators, and the metric where it is not the usual one."""
        metric = {"metric": Message("items in their own units, not standardised")} if self.metric == "raw" else {}
        return super().facts() | metric

    def variance(self, moments: Moments) -> Floats | None:
        """(*B, p) of the items under ``metric="raw"``."""
        return moments.sd**2 if self.metric == "raw" else None

    def core(self, design: Design, moments: Moments) -> Core | None:
        """None under ``metric="raw"``, whose fits depend on more than correlations."""
        return None if self.metric == "raw" else super().core(design, moments)

    def refuse(self, design: Design) -> None:
        """Under ``metric="raw"``: constructs of higher order, and products of items."""
        if self.metric == "raw" and (design.higher_order.any() or (design.products and design.way != "two_stage")):
            what = Message("items in their own units are weighed in one stage, with items alone")
            found = Message("a construct of others" if design.higher_order.any() else "products of items")
            raise SpecError(Problem(what, "metric", found, "standardised", "leave metric out"))

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
