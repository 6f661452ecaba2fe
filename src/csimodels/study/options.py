"""What the spec asks for, as the objects that do it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from csimodels.estimate import FIML, ML, PLS, PLSc, Semopy
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.spec import EstimateSpec, Model, missing_rule
from csimodels.spec.model import COVARIANCE_BASED

#: Whatever an estimator of the spec may be.
Kind = PLS | PLSc | ML | FIML | Semopy

#: Up to so many sampling units ``auto`` takes the jackknife.
AUTO_MOST = 1000

#: Tolerance and iterations of fits that differences are taken of.
SHARP_TOL = 1e-12
SHARP_ITERATIONS = 3000


def estimator_of(model: Model) -> Kind:
    """The estimator that the spec asks for, with its settings.

    For ``wls`` it is still without the weight matrix, which comes from the answers (:func:`with_weight`).
    """
    spec = model.estimate
    if spec.estimator == "semopy":
        plain = Semopy()
        return Semopy(spec.tol or plain.tol, spec.max_iter or plain.max_iter)
    if spec.estimator in COVARIANCE_BASED:
        return _covariance_based(model)
    kind = PLSc if spec.estimator == "plsc" else PLS
    default = kind()
    return kind(
        scheme=spec.scheme or default.scheme,
        tol=default.tol if spec.tol is None else spec.tol,
        max_iter=default.max_iter if spec.max_iter is None else spec.max_iter,
        higher_order=spec.higher_order or default.higher_order,
    )


def _covariance_based(model: Model) -> ML | FIML:
    spec, plain = model.estimate, ML()
    ml = ML(
        spec.estimator if spec.estimator != "wls" else "gls",  # type: ignore[arg-type]
        identification=spec.identification or plain.identification,
        errors=spec.errors,
        tol=plain.tol if spec.tol is None else spec.tol,
        max_iter=plain.max_iter if spec.max_iter is None else spec.max_iter,
    )
    return FIML(ml) if missing_rule(model) == "fiml" else ml


def settings_of(model: Model) -> EstimateSpec:
    """The estimator's settings with every default written out."""
    used, rule = estimator_of(model), missing_rule(model)
    if isinstance(used, (PLS, PLSc)):
        stages = used.higher_order if any(construct.of for construct in model.constructs) else None
        plain = replace(model.estimate, scheme=used.scheme, tol=used.tol, max_iter=used.max_iter, missing=rule)
        return replace(plain, higher_order=stages)
    if isinstance(used, Semopy):
        return replace(model.estimate, tol=used.tol, max_iter=used.max_iter, missing=rule)
    ml = used.ml if isinstance(used, FIML) else used
    return replace(model.estimate, missing=rule, tol=ml.tol, max_iter=ml.max_iter, identification=ml.identification)


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
    """How intervals are made, or None; ``auto`` takes replicate weights where the data have them."""
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
    name = "replicate_weights" if u.method == "auto" and given.columns else u.method
    return by_name.get(name)


def bootstrap_of(model: Model) -> Bootstrap | None:
    """The bootstrap that the spec asks for, or None."""
    method = uncertainty_of(model)
    return method if isinstance(method, Bootstrap) else None


def sharp(estimator: Kind) -> Kind:
    """`estimator` converged far beyond the published digits, for differences between nearly equal moments.

    Covariance structures are solved to rounding already: the last of Newton's steps squares its error.
    """
    if isinstance(estimator, (PLS, PLSc)):
        return replace(estimator, tol=SHARP_TOL, max_iter=max(estimator.max_iter, SHARP_ITERATIONS))
    return estimator
