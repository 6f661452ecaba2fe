"""What a model means where its file leaves a choice open."""

from __future__ import annotations

from csimodels.spec.estimators import MissingRule
from csimodels.spec.model import Model


def missing_rule(model: Model) -> MissingRule:
    """The missing rule that the spec asks for.

    By default mean replacement for PLS, complete rows for polychoric correlations, EM for maximum likelihood; the other
    covariance structures need complete rows.
    """
    chosen = model.estimate
    if chosen.missing is not None:
        return chosen.missing
    return "listwise" if chosen.correlations == "polychoric" else chosen.entry.missing[0]


def moments_rule(model: Model) -> str:
    """How moments are formed: the missing rule, or that of polychoric correlations."""
    rule = missing_rule(model)
    if not model.estimate.polychoric:
        return rule
    return "polychoric_pairwise" if rule == "pairwise" else "polychoric"
