"""Covariance of the estimates: expected and observed information, Satorra-Bentler, Huber-White."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from csimodels.errors import UNUSABLE, Problem, SpecError, nearest
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.constrained import constrained_inverse
from csimodels.estimate.ml.discrepancy import Target
from csimodels.estimate.ml.implied import Tangent, inverse, tangent
from csimodels.estimate.ml.information import expected, weight_matrix, weighted_crossproduct
from csimodels.estimate.ml.solution import Solution
from csimodels.messages import Message
from csimodels.moments.linalg import Floats

Errors = Literal["expected", "observed", "mlm", "mlr"]


@dataclass(frozen=True, eq=False)
class Vcov:
    """Covariance of the free parameters.

    Attributes
    ----------
    errors : ``"expected"``, ``"observed"``, ``"mlm"`` or ``"mlr"``.
    cov : (*B, q, q);  NaN where the information is not positive definite, or the fit has no usable numbers.
    """

    errors: Errors
    cov: Floats

    @property
    def se(self) -> Floats:
        """(*B, q) standard errors."""
        variance = np.diagonal(self.cov, axis1=-2, axis2=-1)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(variance))


def vcov(solution: Solution, errors: Errors = "expected", cases: Cases | None = None) -> Vcov:
    """Covariance matrix of the estimates of `solution`.

    Parameters
    ----------
    errors : ``"expected"`` and ``"observed"`` invert an information matrix (any batch axes); ``"mlm"`` corrects the
        expected information by the fourth moments of the data (Satorra & Bentler 1994), ``"mlr"`` is the sandwich of
        the observed information and the casewise scores (Huber 1967; White 1982; Yuan & Bentler 2000).
    cases : the rows, for the last two: with the weights that made the moments, and clusters where the rows have them.

    Notes
    -----
    The expected information of ULS takes its own weights for those of the moments, as lavaan does: such errors are too
    large or too small even for normal answers.  Its ``"mlm"`` errors are valid.

    Raises
    ------
    SpecError
        An unknown kind, rows that are missing or not those of the solution, a kind the discrepancy does not have.
    """
    refuse_errors(solution, errors, cases)
    usable = (np.asarray(solution.status) & int(UNUSABLE)) == 0
    n = np.where(usable, divisor(solution), np.nan)[..., None, None]
    if errors == "observed":
        return Vcov(errors, observed_inverse(solution) / n)
    if errors == "expected" and solution.discrepancy == "ml":
        return Vcov(errors, _inverted(solution, _looked_up(solution)) / n)
    at = tangent(solution.structure, solution.sample, solution.x)
    if errors == "mlr" and cases is not None:
        bread = observed_inverse(solution)
        middle = (solution.sample.share[..., None, None] * score_meat(at, cases)).sum(axis=-3)
    elif errors == "mlm" and cases is not None:
        bread = _inverted(solution, information(solution, at))
        weighted = saturated_weight(solution, at) @ at.jacobian
        by_group = weighted.swapaxes(-1, -2) @ cases.gamma(means=at.means) @ weighted
        middle = (solution.sample.share[..., None, None] * by_group).sum(axis=-3)
    else:
        return Vcov(errors, _inverted(solution, information(solution, at)) / n)
    return Vcov(errors, bread @ middle @ bread / n)


def divisor(solution: Solution) -> Floats:
    """(*B,) what the inverse information is divided by: N; N less the groups where S has divisor n - 1 (lavaan)."""
    total = solution.sample.total
    return np.asarray(total if solution.discrepancy == "ml" else total - solution.sample.n.shape[-1])


def saturated_weight(solution: Solution, at: Tangent) -> Floats:
    """(*B, G, P, P) weights of the moments at the solution: normal theory at Sigma for ML, at S for GLS, 1 for ULS."""
    if solution.discrepancy == "ml":
        return weight_matrix(at.inverse, means=at.means)
    if solution.discrepancy == "gls":
        return weight_matrix(inverse(solution.fitted.cov), means=at.means)
    if solution.discrepancy == "uls":
        return weight_of_uls(at)
    weight: Floats | None = solution.weight
    if weight is None:
        raise ValueError("errors and tests of wls need a solution that keeps its weight matrices")
    return np.asarray(weight)


def weight_of_uls(at: Tangent) -> Floats:
    """(*B, G, P, P) weights of unweighted least squares: 1 for every moment (lavaan)."""
    size = at.jacobian.shape[-2]
    return np.broadcast_to(np.eye(size), (*at.sigma.shape[:-2], size, size))


def information(solution: Solution, at: Tangent) -> Floats:
    """(*B, q, q) expected information per observation under the weights of the discrepancy."""
    if solution.discrepancy == "ml":
        return expected(at, solution.sample)
    if solution.discrepancy == "gls":
        return expected(at, solution.sample, inverse(solution.fitted.cov))
    return weighted_crossproduct(at, saturated_weight(solution, at), solution.sample)


def observed_inverse(solution: Solution) -> Floats:
    """(*B, q, q) inverse of the observed information, half the exact Hessian; NaN where the minimum is none."""
    _, hessian = _hessians(solution, exact=True)
    if hessian is None:
        raise ValueError("the observed information needs a discrepancy with second derivatives")
    return _inverted(solution, 0.5 * hessian)


def _inverted(solution: Solution, matrix: Floats) -> Floats:
    """(*B, q, q) inverse of an information matrix, within the constraints of the model."""
    return constrained_inverse(solution.structure.table, solution.x, matrix)


def information_inverse(solution: Solution, at: Tangent) -> Floats:
    """(*B, q, q) inverse of :func:`information`, within the constraints of the model."""
    return _inverted(solution, information(solution, at))


def _looked_up(solution: Solution) -> Floats:
    """(*B, q, q) :func:`information` of maximum likelihood, half the expected Hessian, without the derivatives of
    Sigma themselves."""
    return 0.5 * _hessians(solution, exact=False)[0]


def _hessians(solution: Solution, *, exact: bool) -> tuple[Floats, Floats | None]:
    """(*B, q, q) expected and exact Hessian of the discrepancy at the solution."""
    flat, q = solution.fitted.flat(), solution.structure.q
    target = Target(solution.structure.bound(flat), flat, solution.discrepancy)
    _, expected_one, exact_one = target.derivatives(target.point(solution.x.reshape(-1, q)), exact=exact)
    shape = (*solution.x.shape[:-1], q, q)
    return expected_one.reshape(shape), None if exact_one is None else exact_one.reshape(shape)


def parameter_scores(at: Tangent, cases: Cases) -> Floats:
    """(n, q) weighted derivatives of each row's log-likelihood by the free parameters."""
    scores = cases.scores(at.mu, at.inverse, means=at.means)
    out = np.empty((len(scores), at.q))
    for g in range(cases.groups):
        rows = cases.group == g
        out[rows] = scores[rows] @ at.jacobian[g]
    return out


def score_meat(at: Tangent, cases: Cases) -> Floats:
    """(G, q, q) first-order information of each group about the free parameters."""
    return cases.meat(parameter_scores(at, cases))


def refuse_errors(solution: Solution, errors: str, cases: Cases | None) -> None:
    """Say what cannot be done about errors of one kind, before any arithmetic."""
    allowed = get_args(Errors)
    problems = []
    if errors not in allowed:
        problems.append(
            Problem("unknown kind of errors", "errors", repr(errors), ", ".join(allowed), nearest(errors, allowed))
        )
    if errors in ("observed", "mlr") and solution.discrepancy != "ml":
        problems.append(
            Problem(
                Message("errors {errors} need the maximum-likelihood discrepancy", errors=repr(errors)),
                "errors",
                solution.discrepancy,
                "ml",
                "use errors 'expected' or 'mlm', or discrepancy 'ml'",
            )
        )
    if errors in ("mlm", "mlr"):
        problems += _row_problems(solution, errors, cases)
    if problems:
        raise SpecError(problems)


def _row_problems(solution: Solution, errors: str, cases: Cases | None) -> list[Problem]:
    if cases is None:
        return [
            Problem(
                Message("errors {errors} need the rows, not only their moments", errors=repr(errors)),
                "errors",
                remedy="pass the rows",
            )
        ]
    if np.ndim(solution.status):
        return [Problem(Message("errors {errors} are of one solution, not of a batch", errors=repr(errors)), "errors")]
    fits = cases.x.shape[1] == solution.sample.mean.shape[-1] and cases.groups == solution.sample.mean.shape[-2]
    if not fits or not np.allclose(cases.sample.mean, solution.sample.mean, rtol=1e-6, atol=1e-8):
        return [
            Problem(
                Message("errors {errors} need the rows that the solution was fitted to", errors=repr(errors)),
                "rows",
                Message("other moments"),
            )
        ]
    return []
