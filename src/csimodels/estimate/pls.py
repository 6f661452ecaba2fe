"""PLS path modelling on moments (Wold 1982; Lohmoeller 1989; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005).

Everything runs on the item correlation matrix ``R``; respondents are never seen.  Symbols follow docs/results.md:
``W`` outer weights, ``C = W' R W`` correlations of the proxies, ``E`` inner weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args

import numpy as np

from csimodels.arguments import is_one_of, plain_settings, shown
from csimodels.errors import Problem, SpecError, is_real, is_whole, nearest
from csimodels.estimate.composite import SHARP_ITERATIONS, SHARP_TOL, composite_facts, composite_settings
from csimodels.estimate.core import Core, core_of
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, Registered, singular_structure, structural
from csimodels.estimate.higher_order import HigherOrder, Measured, fit_in_stages, refuse_outside_causes
from csimodels.estimate.near import starts_near
from csimodels.estimate.outer import Iteration, Outer, Scheme, Start, outer_model, own_loadings, rho_a
from csimodels.estimate.products import fit_with_products
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.estimators import EstimatorName

#: A larger tolerance stops the iteration while the weights still move in the digits that are published.
LARGEST_TOL = 1e-3


@plain_settings
@dataclass(frozen=True)
class PLS(Registered):
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

    scheme: Scheme = "path"
    tol: float = 1e-7
    max_iter: int = 300
    name: EstimatorName = "pls"
    higher_order: HigherOrder = "disjoint"
    starts: Mapping[Design, Start] = field(default_factory=dict, repr=False, compare=False, kw_only=True)

    #: A matrix of construct correlations that is not positive definite has no regression.
    definite: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self.scheme, self.tol, self.max_iter, self.higher_order)

    def measure(self, design: Design, corr: Floats, sums: Bools) -> Measured:
        """One stage of a model with higher-order constructs; `corr` ``(*B, q, q)`` of the entries of `design`."""
        outer = outer_model(design, corr, self.iteration)
        rho = rho_a(design, corr, outer.weights)
        own, none = own_loadings(design, outer.loadings), np.zeros(len(design.constructs), dtype=bool)
        return Measured(outer.weights, own, np.ones_like(rho), rho, none, outer.status, outer.iterations)

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return composite_settings(self)

    def facts(self) -> dict[str, str]:
        """Scheme and tolerance."""
        return composite_facts(self)

    def sharp(self) -> PLS:
        """Converged to 1e-12, for differences between nearly equal moments."""
        return replace(self, tol=SHARP_TOL, max_iter=max(self.max_iter, SHARP_ITERATIONS))

    def near(self, design: Design, moments: Moments) -> PLS:
        """:meth:`sharp` for moments near those of one element (no batch axes): it begins at their solution."""
        return replace(self.sharp(), starts=starts_near(self, design, moments))

    def core(self, design: Design, moments: Moments) -> Core | None:
        """Cores of the fits of ``moments (B,)``, as sharp as :meth:`sharp`; None where the design's fits have none."""
        return core_of(self.sharp(), design, moments)

    @property
    def iteration(self) -> Iteration:
        """How outer weights are found."""
        return Iteration(self.scheme, self.tol, self.max_iter, self.starts)

    def __call__(self, design: Design, moments: Moments) -> Fit:
        """Fit every batch element of `moments` ``(*B, p)``; trouble is a status, never an exception."""
        if design.extended:
            return fit_with_products(design, moments, self)
        if design.higher_order.any() and self.higher_order != "repeated":
            return fit_in_stages(design, moments, self)
        refuse_outside_causes(design)
        moments = design.expand(moments)
        outer = outer_model(design, moments.corr, self.iteration)
        return self.assembled(design, moments, outer, rho_a(design, moments.corr, outer.weights))

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


def check_settings(scheme: str, tol: float, max_iter: int, higher_order: str) -> None:
    """Refuse settings that no run could use, all at once."""
    problems = []
    texts = (
        (Message("unknown inner weighting scheme"), "scheme", scheme, get_args(Scheme)),
        (Message("unknown way with higher-order constructs"), "higher_order", higher_order, get_args(HigherOrder)),
    )
    for what, where, value, allowed in texts:
        if not is_one_of(value, allowed):
            problems.append(Problem(what, where, shown(value), ", ".join(allowed), nearest(value, allowed)))
    if not is_real(tol) or not 0 < tol <= LARGEST_TOL:
        range_ = Message("above 0, at most {LARGEST_TOL}; usual: 1e-7", LARGEST_TOL=f"{LARGEST_TOL:g}")
        problems.append(Problem("the tolerance must be a small number", "tol", shown(tol), range_))
    if not is_whole(max_iter) or max_iter < 1:
        text = "the number of iterations must be a whole number of at least 1"
        problems.append(Problem(text, "max_iter", shown(max_iter)))
    if problems:
        raise SpecError(problems)
