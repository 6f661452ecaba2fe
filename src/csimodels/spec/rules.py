"""What a model means where its file leaves a choice open."""

from __future__ import annotations

from csimodels.spec.estimators import MissingRule
from csimodels.spec.model import Model


def missing_rule(model: Model) -> MissingRule:
    """The missing rule that the spec asks for.

    By default mean replacement for PLS, EM for maximum likelihood; the other covariance structures need complete rows.
    """
    chosen = model.estimate
    if chosen.missing is not None:
        return chosen.missing
    return chosen.entry.missing[0]
