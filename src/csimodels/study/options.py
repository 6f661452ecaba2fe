"""What the spec asks for, as the objects that do it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from csimodels.estimate import PLS, PLSc
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.spec import EstimateSpec, MissingRule, Model

#: Up to so many sampling units ``auto`` takes the jackknife.
AUTO_MOST = 1000

#: Tolerance and iterations of fits that differences are taken of.
SHARP_TOL = 1e-12
SHARP_ITERATIONS = 3000


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


@dataclass(frozen=True)
class Auto:
    """Jackknife-t for groups of up to `most` sampling units, linearised errors beyond (docs/uncertainty.md)."""

    level: float = 0.95
    most: int = AUTO_MOST


Uncertainty = Bootstrap | Jackknife | Linearised | ReplicateWeights | Auto


def chosen(method: Auto, units: int) -> Jackknife | Linearised:
    """What ``auto`` means for a group of `units` sampling units."""
    return Jackknife(method.level) if units <= method.most else Linearised(method.level)


def uncertainty_of(model: Model) -> Uncertainty | None:
    """How intervals are made, or None."""
    u = model.uncertainty
    given = model.data.replicate_weights
    by_name: dict[str, Uncertainty] = {
        "bootstrap": Bootstrap(u.replicates, u.seed, u.interval, u.level, u.draw),
        "jackknife": Jackknife(u.level),
        "linearised": Linearised(u.level),
        "replicate_weights": ReplicateWeights(
            given.columns, given.kind, given.fay, given.scale, given.rscales, u.level
        ),
        "auto": Auto(u.level),
    }
    return by_name.get(u.method)


def bootstrap_of(model: Model) -> Bootstrap | None:
    """The bootstrap that the spec asks for, or None."""
    method = uncertainty_of(model)
    return method if isinstance(method, Bootstrap) else None


def sharp(estimator: PLS | PLSc) -> PLS | PLSc:
    """`estimator` converged far beyond the published digits, for differences between nearly equal moments."""
    return replace(estimator, tol=SHARP_TOL, max_iter=max(estimator.max_iter, SHARP_ITERATIONS))
