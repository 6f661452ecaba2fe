"""What PLS and its kin share: their settings, and the way from moments to a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self, get_args

from csimodels.arguments import is_one_of, shown
from csimodels.errors import Problem, SpecError, is_real, is_whole, nearest
from csimodels.estimate.core import Core, core_of
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, Registered
from csimodels.estimate.higher_order import HigherOrder, Measured, fit_in_stages, refuse_outside_causes
from csimodels.estimate.inner import Scheme
from csimodels.estimate.near import starts_near
from csimodels.estimate.outer import Iteration, Outer, Start, outer_model, rho_a
from csimodels.estimate.products import fit_with_products
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.estimators import ESTIMATORS, EstimatorName

#: Tolerance and iterations of fits that differences are taken of.
SHARP_TOL = 1e-12
SHARP_ITERATIONS = 3000
#: A larger tolerance stops the iteration while the weights still move in the digits that are published.
LARGEST_TOL = 1e-3


@dataclass(frozen=True)
class Composite(Registered):
    r"""An estimator whose constructs are weighted sums of their items, found by iteration.

    A kind of it says how one stage is :meth:`measure`\ d, what is :meth:`assembled` from the outer weights, and which
    designs it refuses.  Settings are those of :class:`~csimodels.estimate.PLS`.
    """

    scheme: Scheme = "path"
    tol: float = 1e-7
    max_iter: int = 300
    name: EstimatorName = "pls"
    higher_order: HigherOrder = "disjoint"
    starts: Mapping[Design, Start] = field(default_factory=dict, repr=False, compare=False, kw_only=True)

    #: Whether correlations of constructs must be positive definite for a regression to have a solution.
    definite: ClassVar[bool]
    #: Whether reliabilities correct correlations of the proxies.
    corrects: ClassVar[bool]

    def __post_init__(self) -> None:
        _check_settings(self.scheme, self.tol, self.max_iter, self.higher_order)

    def measure(self, design: Design, corr: Floats, sums: Bools) -> Measured:
        """One stage of a model with higher-order constructs.

        Parameters
        ----------
        corr : (*B, q, q) correlations of the entries of `design`.
        sums : (J,) constructs that stand beside their own dimensions.
        """
        raise NotImplementedError

    def assembled(self, design: Design, moments: Moments, outer: Outer, reliability: Floats) -> Fit:
        """What follows from outer weights, loadings and correlations of proxies without iteration.

        Parameters
        ----------
        reliability : (*B, J) rho_A of the proxies.
        """
        raise NotImplementedError

    def variance(self, moments: Moments) -> Floats | None:
        """(*B, p) of the items where these are not standardised; None where they are."""
        return None

    def refuse(self, design: Design) -> None:
        """Refuse designs that this kind is not defined for; PLS takes all of them."""

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return {
            "estimator": self.name,
            "scheme": self.scheme,
            "tol": self.tol,
            "max_iter": self.max_iter,
            "higher_order": self.higher_order,
        }

    def facts(self) -> dict[str, str]:
        """Estimator, scheme and tolerance as a reader is told them."""
        title = ESTIMATORS[self.name].title
        return {"estimator": Message(title), "scheme": Message(self.scheme), "tolerance": f"{self.tol:g}"}

    def sharp(self) -> Self:
        """Converged to 1e-12, for differences between nearly equal moments."""
        return replace(self, tol=SHARP_TOL, max_iter=max(self.max_iter, SHARP_ITERATIONS))

    def near(self, design: Design, moments: Moments) -> Self:
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
        self.refuse(design)
        if design.extended:
            return fit_with_products(design, moments, self)
        if design.higher_order.any() and self.higher_order != "repeated":
            return fit_in_stages(design, moments, self)
        refuse_outside_causes(design)
        moments = design.expand(moments)
        outer = outer_model(design, moments.corr, self.iteration, self.variance(moments))
        return self.assembled(design, moments, outer, rho_a(design, moments.corr, outer.weights))


def _check_settings(scheme: str, tol: float, max_iter: int, higher_order: str) -> None:
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
