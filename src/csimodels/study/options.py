"""What the spec asks for, as the objects that do it."""

from __future__ import annotations

from dataclasses import replace

from csimodels.estimate import PLS, PLSc
from csimodels.infer import Bootstrap
from csimodels.spec import EstimateSpec, MissingRule, Model


def estimator_of(model: Model) -> PLS | PLSc:
    """The estimator that the spec asks for, with its settings."""
    spec = model.estimate
    kind = PLSc if spec.estimator == "plsc" else PLS
    default = kind()
    return kind(
        scheme=spec.scheme or default.scheme,
        tol=default.tol if spec.tol is None else spec.tol,
        max_iter=default.max_iter if spec.max_iter is None else spec.max_iter,
    )


def settings_of(model: Model) -> EstimateSpec:
    """The estimator's settings with every default written out."""
    used = estimator_of(model)
    return replace(
        model.estimate, scheme=used.scheme, tol=used.tol, max_iter=used.max_iter, missing=missing_rule(model)
    )


def missing_rule(model: Model) -> MissingRule:
    """The missing rule that the spec asks for; mean replacement is the field's default for PLS."""
    return model.estimate.missing or "mean"


def bootstrap_of(model: Model) -> Bootstrap | None:
    """The bootstrap that the spec asks for, or None."""
    u = model.uncertainty
    return None if u.method == "none" else Bootstrap(u.replicates, u.seed, u.interval, u.level)
