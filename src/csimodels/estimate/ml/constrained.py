"""Information about parameters between which constraints hold, and its inverse."""

from __future__ import annotations

import numpy as np

from csimodels.estimate.ml.constraints import projector, within
from csimodels.estimate.ml.implied import inverse
from csimodels.estimate.ml.parameters import ParameterTable
from csimodels.moments.linalg import Floats

#: A parameter of which less than this is left by the constraints does not move at all.
STILL = 1e-12


def constrained_inverse(table: ParameterTable, x: Floats, information: Floats) -> Floats:
    """(*B, q, q) inverse of an information matrix within the constraints that hold with equality at ``x (*B, q)``.

    That of lavaan's augmented information; active inequalities count like equalities, so that what they hold has no
    error, and the errors of the others are those given it.  The plain inverse where there are no constraints; NaN where
    it is not positive definite.
    """
    if table.constraints is None:
        return inverse(information)
    scaled, project, norm = _within(table, x, information)
    back = project @ inverse(scaled) @ project
    still = np.diagonal(project, axis1=-2, axis2=-1) < STILL
    back = np.where(still[..., :, None] | still[..., None, :], 0.0 * back, back)
    return np.asarray(back / norm)


def reduced(table: ParameterTable, x: Floats, information: Floats) -> Floats:
    """An information matrix within the constraints at ``x (*B, q)``, in units of its roots; as it is without any."""
    return information if table.constraints is None else _within(table, x, information)[0]


def _within(table: ParameterTable, x: Floats, information: Floats) -> tuple[Floats, Floats, Floats]:
    """The scaled form within the tangent space, the projector on it, and the products of the roots (*B, q, q)."""
    constraints = table.constraints
    assert constraints is not None
    diagonal = np.diagonal(information, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore"):
        scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    norm = scale[..., :, None] * scale[..., None, :]
    project = projector(constraints.held(x, constraints.active(x)) / scale[..., None, :])
    return within(information / norm, project), project, norm
