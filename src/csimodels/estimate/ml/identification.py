"""Whether a covariance structure model is identified: the rank of the Jacobian of its implied moments."""

from __future__ import annotations

import numpy as np

from csimodels.errors import Problem, SpecError, listed
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.structure import Structure
from csimodels.messages import Message
from csimodels.moments.linalg import Floats

#: Fixed values beyond this are slips: a loading, path or variance of so many scale points.
LARGEST_VALUE = 1e6
#: Singular values of the Jacobian at a generic point below this share of the largest are zero.
RANK_RTOL = 1e-9


def refuse_unidentified(table: ParameterTable) -> None:
    """Refuse a model that no data could identify: more parameters than moments, or parameters that make up for another.

    The rank is that of the Jacobian of the implied moments at a generic point (Wegge 1965; Bekker, Merckens & Wansbeek
    1994): the parameters of its null space can be changed together without any change of the implied moments.

    Raises
    ------
    SpecError
    """
    _refuse_contradictions(table)
    remedy = "fix or equate parameters, or measure with more items: a construct alone needs three, one with paths two"
    with np.errstate(all="ignore"):
        jacobian = _generic_jacobian(table)
    extreme = [f"{row.name} = {row.value:g}" for row in table.rows if abs(row.value) > LARGEST_VALUE]
    if extreme and _lost(jacobian):
        what = Message("parameters are fixed at values so large that the others have no effect beside them")
        raise SpecError(
            Problem(
                what,
                "parameters",
                listed(extreme),
                Message("within +-{LARGEST_VALUE}", LARGEST_VALUE=f"{LARGEST_VALUE:g}"),
                "correct them",
            )
        )
    involved = _null_parameters(jacobian, table)
    if table.df < 0:
        what = Message("not identified: {q} parameters, {moments} moments", q=table.npar, moments=table.moments)
        found = Message("involved: {names}", names=listed(involved)) if involved else ""
        raise SpecError(Problem(what, listed(table.factors), found, remedy=remedy))
    if involved:
        what = Message("not identified: these parameters can change together without any change of the implied moments")
        raise SpecError(Problem(what, "", listed(involved), remedy=remedy))


def _refuse_contradictions(table: ParameterTable) -> None:
    """Refuse linear equalities that cannot hold together."""
    if table.constraints is not None and table.constraints.contradictory:
        texts = [t for t, equal in zip(table.constraints.texts, table.constraints.equal, strict=True) if equal]
        what = "these constraints contradict one another, or what is fixed"
        raise SpecError(Problem(what, "constraints", listed(texts), "", "take one of them out"))


def _lost(jacobian: Floats) -> bool:
    """Whether a Jacobian ``(P, q)`` cannot be computed, or has columns that are rounding beside others."""
    if not np.isfinite(jacobian).all():
        return True
    size = np.abs(jacobian).max(axis=0, initial=0.0)
    return bool((np.abs(jacobian).max(initial=0.0) > size / RANK_RTOL).any())


def _generic_jacobian(table: ParameterTable) -> Floats:
    """(G P, q) Jacobian at parameter values that obey no relation but those of the model, equalities below it."""
    constraints = table.constraints
    x = table.generic if constraints is None else constraints.near()
    p = len(table.items)
    ones = Sample(np.zeros((table.groups, p)), np.tile(np.eye(p), (table.groups, 1, 1)), np.ones(table.groups))
    jacobian = Structure(table).bound(ones).jacobian(x).reshape(-1, table.q)
    if constraints is None:
        return jacobian
    return np.concatenate([jacobian, constraints.held(x, constraints.equal)])


def _null_parameters(jacobian: Floats, table: ParameterTable) -> list[str]:
    """Names of the parameters that take part in the null space of a Jacobian ``(P, q)``."""
    size = np.sqrt((jacobian**2).sum(axis=0))
    scaled = jacobian / np.where(size > 0, size, 1.0)
    if len(scaled) > table.q:  # the triangular factor has the same singular values and right vectors, and is small
        scaled = np.asarray(np.linalg.qr(scaled, mode="r"))
    _, values, vectors = np.linalg.svd(scaled, full_matrices=True)
    values = np.concatenate([values, np.zeros(table.q - len(values))]) if len(values) < table.q else values
    null = vectors[values <= RANK_RTOL * max(values.max(initial=0.0), 1.0)]
    return [table.names[k] for k in np.flatnonzero((np.abs(null) > 0.05).any(axis=0))]
