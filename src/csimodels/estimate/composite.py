"""What PLS and its kin share: their settings as a spec and a reader know them."""

from __future__ import annotations

from typing import Any, Protocol

from csimodels.messages import Message
from csimodels.spec.estimators import ESTIMATORS, EstimatorName

#: Tolerance and iterations of fits that differences are taken of.
SHARP_TOL = 1e-12
SHARP_ITERATIONS = 3000


class Composite(Protocol):
    """An estimator of composites: name, inner weighting scheme and stopping rule."""

    @property
    def name(self) -> EstimatorName:
        """As written in a spec file."""
        ...

    @property
    def scheme(self) -> str:
        """Inner weighting scheme."""
        ...

    @property
    def tol(self) -> float:
        """Largest change of a weight at which the iteration stops."""
        ...

    @property
    def max_iter(self) -> int:
        """Most iterations."""
        ...

    @property
    def higher_order(self) -> str:
        """How constructs made of others are estimated."""
        ...


def composite_settings(estimator: Composite) -> dict[str, Any]:
    """Keys of `estimate` in a spec file."""
    return {
        "estimator": estimator.name,
        "scheme": estimator.scheme,
        "tol": estimator.tol,
        "max_iter": estimator.max_iter,
        "higher_order": estimator.higher_order,
    }


def composite_facts(estimator: Composite) -> dict[str, str]:
    """Estimator, scheme and tolerance as a reader is told them."""
    title = ESTIMATORS[estimator.name].title
    return {"estimator": Message(title), "scheme": Message(estimator.scheme), "tolerance": f"{estimator.tol:g}"}
