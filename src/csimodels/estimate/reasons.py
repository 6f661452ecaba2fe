"""Why a fit of either family has no usable numbers, in words: one place for everything that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from csimodels.estimate.diagnose import inadmissible_reasons, singular_reasons
from csimodels.estimate.fit import Fit
from csimodels.estimate.ml.diagnose import (
    NO_START,
    ml_cautions,
    ml_inadmissible_reasons,
    ml_singular_reasons,
    ml_unconverged_reasons,
)
from csimodels.estimate.ml.estimator import MLFit
from csimodels.messages import Message
from csimodels.spec.estimators import Family

#: What can be done about a fit that did not converge, beside keeping its numbers.
RAISE, SIMPLIFY = Message("raise estimate: max_iter"), Message("simplify the model")
CORRECT = Message("correct the values, or let them free")


class Reasons(Protocol):
    """Sentences about element `g` of a batch of fits."""

    def singular(self, fit: Fit, g: int, flat: Sequence[str] = ()) -> list[Message]:
        """Why it is singular; `flat` are items with one answer or none in all rows."""
        ...

    def inadmissible(self, fit: Fit, g: int) -> list[Message]:
        """What in it is inadmissible."""
        ...

    def unconverged(self, fit: Fit, g: int) -> tuple[list[Message], Message]:
        """Why it did not converge, and the likely remedy."""
        ...

    def cautions(self, fit: Fit, g: int) -> list[Message]:
        """What a reader has to know although its numbers are shown."""
        ...


class CompositeReasons:
    """PLS and its kin."""

    def singular(self, fit: Fit, g: int, flat: Sequence[str] = ()) -> list[Message]:
        """See :func:`csimodels.estimate.diagnose.singular_reasons`."""
        return singular_reasons(fit, g, flat)

    def inadmissible(self, fit: Fit, g: int) -> list[Message]:
        """See :func:`csimodels.estimate.diagnose.inadmissible_reasons`."""
        return inadmissible_reasons(fit, g)

    def unconverged(self, fit: Fit, g: int) -> tuple[list[Message], Message]:
        """The iteration of the outer weights ran out."""
        return [_unconverged(fit.estimator.title, int(fit.iterations[g]))], RAISE

    def cautions(self, fit: Fit, g: int) -> list[Message]:
        """None: composites always exist."""
        return []


class CovarianceReasons:
    """Covariance structures; see :mod:`csimodels.estimate.ml.diagnose`."""

    def singular(self, fit: Fit, g: int, flat: Sequence[str] = ()) -> list[Message]:
        """Copies and sums of items, or information that is singular."""
        return ml_singular_reasons(_solved(fit), g, flat)

    def inadmissible(self, fit: Fit, g: int) -> list[Message]:
        """Negative variances, correlations beyond 1."""
        return ml_inadmissible_reasons(_solved(fit), g)

    def unconverged(self, fit: Fit, g: int) -> tuple[list[Message], Message]:
        """Why Fisher scoring stopped; no iteration at all means that values were stated which nothing can fit.

        Without stated values it is the data that have no covariance matrix of this form near the start.
        """
        reasons = ml_unconverged_reasons(_solved(fit), g)
        if not fit.iterations[g]:
            return reasons, SIMPLIFY if reasons[0].template == NO_START else CORRECT
        if fit.estimator.casewise:
            reasons[0] = _unconverged("FIML", int(fit.iterations[g]))
        return reasons, SIMPLIFY

    def cautions(self, fit: Fit, g: int) -> list[Message]:
        """Constructs that can hardly be told apart, and the like."""
        return ml_cautions(_solved(fit), g)


def _unconverged(title: str, count: int) -> Message:
    return Message("{estimator} did not converge in {n} iterations", estimator=Message(title), n=count)


def _solved(fit: Fit) -> MLFit:
    return cast(MLFit, fit).as_ml()


_OF_FAMILY: dict[Family, Reasons] = {"composite": CompositeReasons(), "covariance": CovarianceReasons()}


def reasons_of(fit: Fit) -> Reasons:
    """Who knows why fits of this family fail."""
    return _OF_FAMILY[fit.estimator.family]


def solutions_of(fit: Fit) -> MLFit | None:
    """The fit with its covariance structure solution; None for composites."""
    return _solved(fit) if fit.estimator.family == "covariance" else None
