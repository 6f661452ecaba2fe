"""Why a fit of either family has no usable numbers, in words: one place for everything that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from csimodels.estimate.diagnose import inadmissible_reasons, singular_reasons
from csimodels.estimate.fit import Fit
from csimodels.estimate.ml.diagnose import (
    ml_cautions,
    ml_inadmissible_reasons,
    ml_singular_reasons,
    ml_unconverged_reasons,
)
from csimodels.estimate.ml.estimator import MLFit
from csimodels.spec.estimators import Family

#: What can be done about a fit that did not converge, beside keeping its numbers.
RAISE, SIMPLIFY, CORRECT = "raise estimate: max_iter", "simplify the model", "correct the values, or let them free"


class Reasons(Protocol):
    """Sentences about element `g` of a batch of fits."""

    def singular(self, fit: Fit, g: int, flat: Sequence[str] = ()) -> list[str]:
        """Why it is singular; `flat` are items with one answer or none in all rows."""
        ...

    def inadmissible(self, fit: Fit, g: int) -> list[str]:
        """What in it is inadmissible."""
        ...

    def unconverged(self, fit: Fit, g: int) -> tuple[list[str], str]:
        """Why it did not converge, and the likely remedy."""
        ...

    def cautions(self, fit: Fit, g: int) -> list[str]:
        """What a reader has to know although its numbers are shown."""
        ...


class CompositeReasons:
    """PLS and its kin."""

    def singular(self, fit: Fit, g: int, flat: Sequence[str] = ()) -> list[str]:
        """See :func:`csimodels.estimate.diagnose.singular_reasons`."""
        return singular_reasons(fit, g, flat)

    def inadmissible(self, fit: Fit, g: int) -> list[str]:
        """See :func:`csimodels.estimate.diagnose.inadmissible_reasons`."""
        return inadmissible_reasons(fit, g)

    def unconverged(self, fit: Fit, g: int) -> tuple[list[str], str]:
        """The iteration of the outer weights ran out."""
        return [f"{fit.estimator.title} did not converge in {int(fit.iterations[g])} iterations"], RAISE

    def cautions(self, fit: Fit, g: int) -> list[str]:
        """None: composites always exist."""
        return []


class CovarianceReasons:
    """Covariance structures; see :mod:`csimodels.estimate.ml.diagnose`."""

    def singular(self, fit: Fit, g: int, flat: Sequence[str] = ()) -> list[str]:
        """Copies and sums of items, or information that is singular."""
        return ml_singular_reasons(_solved(fit), g, flat)

    def inadmissible(self, fit: Fit, g: int) -> list[str]:
        """Negative variances, correlations beyond 1."""
        return ml_inadmissible_reasons(_solved(fit), g)

    def unconverged(self, fit: Fit, g: int) -> tuple[list[str], str]:
        """Why Fisher scoring stopped; no iteration at all means that values were stated which nothing can fit."""
        reasons = ml_unconverged_reasons(_solved(fit), g)
        if not fit.iterations[g]:
            return reasons, CORRECT
        if fit.estimator.casewise:
            reasons[0] = f"FIML did not converge in {int(fit.iterations[g])} iterations"
        return reasons, SIMPLIFY

    def cautions(self, fit: Fit, g: int) -> list[str]:
        """Constructs that can hardly be told apart, and the like."""
        return ml_cautions(_solved(fit), g)


def _solved(fit: Fit) -> MLFit:
    return cast(MLFit, fit).as_ml()


_OF_FAMILY: dict[Family, Reasons] = {"composite": CompositeReasons(), "covariance": CovarianceReasons()}


def reasons_of(fit: Fit) -> Reasons:
    """Who knows why fits of this family fail."""
    return _OF_FAMILY[fit.estimator.family]


def solutions_of(fit: Fit) -> MLFit | None:
    """The fit with its covariance structure solution; None for composites."""
    return _solved(fit) if fit.estimator.family == "covariance" else None


