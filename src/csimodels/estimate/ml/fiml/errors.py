"""Errors of FIML estimates: expected and observed information, Huber-White.

Conventions are lavaan's (``missing="fiml"``): the observed information is the default, and the bread of the sandwich
(``estimator="MLR"``), whose meat are the products of the casewise scores at the implied moments.
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.estimate.ml.constrained import constrained_inverse
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import FimlSolution, by_parameters, derivatives, expected
from csimodels.estimate.ml.vcov import Errors, Vcov
from csimodels.messages import Message
from csimodels.moments.linalg import Floats

#: The kinds of errors that FIML has.
KINDS = ("expected", "observed", "mlr")


def fiml_vcov(solution: FimlSolution, errors: Errors = "observed", cases: HoledCases | None = None) -> Vcov:
    """Covariance of the FIML estimates.

    Parameters
    ----------
    errors : ``"observed"`` holds where answers are missing at random, ``"expected"`` where they are missing completely
        at random (Kenward & Molenberghs 1998); both for any batch axes.  ``"mlr"`` holds without normality too.
    cases : the rows of one fit, for ``"mlr"``.

    Raises
    ------
    SpecError
        ``"mlm"`` or an unknown kind; ``"mlr"`` without rows, or with rows that are not those of the solution.
    """
    refuse(solution, errors, cases)
    if errors == "expected":
        return Vcov(errors, _inverted(solution, expected(solution.structure, solution.data, solution.x)))
    bread = observed_bread(solution)
    if errors == "mlr" and cases is not None:
        return Vcov(errors, bread @ outer_products(solution, cases) @ bread)
    return Vcov(errors, bread)


def observed_bread(solution: FimlSolution) -> Floats:
    """(*B, q, q) inverse observed information, within the constraints of the model."""
    return _inverted(solution, derivatives(solution.structure, solution.data, solution.x)[1])


def _inverted(solution: FimlSolution, matrix: Floats) -> Floats:
    return constrained_inverse(solution.structure.table, solution.x, matrix)


def outer_products(solution: FimlSolution, cases: HoledCases) -> Floats:
    """(q, q) sum of the products of casewise scores by the free parameters, at the estimates."""
    return by_parameters(cases.meat(solution.mu, solution.sigma), solution.structure.jacobian(solution.x))


def refuse(solution: FimlSolution, errors: str, cases: HoledCases | None) -> None:
    """Say what cannot be done about errors of one kind, before any arithmetic."""
    problems = []
    if errors == "mlm":
        what = "errors 'mlm' need complete rows: their correction is not defined for incomplete ones"
        problems.append(Problem(what, "errors", repr(errors), listed(KINDS), "use errors 'mlr'"))
    elif errors not in get_args(Errors):
        problems.append(
            Problem("unknown kind of errors", "errors", repr(errors), listed(KINDS), nearest(errors, KINDS))
        )
    if errors == "mlr":
        problems += foreign(solution, cases)
    if problems:
        raise SpecError(problems)


def foreign(solution: FimlSolution, cases: HoledCases | None) -> list[Problem]:
    """What is wrong with the rows of a solution: none given, a batch of solutions, or other rows."""
    if cases is None:
        return [
            Problem("errors and tests without normality need the rows, not only their sums", remedy="pass the rows")
        ]
    if solution.data.batch:
        return [Problem("errors and tests without normality are of one solution, not of a batch")]
    sizes = cases.sizes
    fits = cases.x.shape[1] == len(solution.data.items) and sizes == np.rint(solution.data.n).astype(int).tolist()
    if not fits:
        found = Message("{names} rows of {shape} items", names=listed(sizes), shape=cases.x.shape[1])
        own = Message(
            "{names} rows of {n} items",
            names=listed(np.rint(solution.data.n).astype(int).tolist()),
            n=len(solution.data.items),
        )
        return [Problem("these are not the rows that the solution was fitted to", "rows", found, own)]
    return []
