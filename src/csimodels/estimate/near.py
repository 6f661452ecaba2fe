"""Fits at moments near those of one fit, for differences between them: where each stage of the fit begins."""

from __future__ import annotations

from typing import Protocol

from csimodels.errors import UNUSABLE
from csimodels.estimate.design import Design
from csimodels.estimate.higher_order import StagedEstimator, measured_stages
from csimodels.estimate.outer import Iteration, Start, outer_model, start_at
from csimodels.estimate.products import item_moments
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats


class Iterative(StagedEstimator, Protocol):
    """An estimator of composites whose outer weights are found by iteration."""

    @property
    def iteration(self) -> Iteration:
        """How outer weights are found."""
        ...

    def variance(self, moments: Moments) -> Floats | None:
        """(*B, p) of the items where these are not standardised."""
        ...


def starts_near(estimator: Iterative, design: Design, moments: Moments) -> dict[Design, Start]:
    """By design, that of every stage where there are several, the solution at `moments` (no batch axes).

    Without an entry for what did not converge: fits nearby have nothing to begin at.  The solution is as sharp as the
    estimator's own; Newton steps take those of nearby moments all the way.
    """
    if design.products:
        if design.way != "two_stage":  # the blocks of products are made anew in every fit
            return {}
        return starts_near(estimator, design.additive, item_moments(design, moments))
    if design.higher_order.any() and estimator.higher_order != "repeated":
        stages = measured_stages(design, moments, estimator)
        found = [(stage, corr, done.weights, done.status) for stage, corr, done in stages]
        variance = None  # stages above the first are of scores, and PLS in raw units refuses them
    else:
        expanded = design.expand(moments)
        corr, variance = expanded.corr, estimator.variance(expanded)
        outer = outer_model(design, corr, estimator.iteration, variance)
        found = [(design, corr, outer.weights, outer.status)]
    scheme, unusable = estimator.iteration.scheme, int(UNUSABLE)
    starts = {d: start_at(d, corr, scheme, w, variance) for d, corr, w, status in found if not status & unusable}
    return {d: start for d, start in starts.items() if start is not None}
