"""Full-information maximum likelihood of a covariance structure from incomplete answers (Arbuckle 1996).

The likelihood is a sum over missing patterns, so sums by pattern are all it needs (:mod:`.incomplete`); a batch of
replicates is one call.  Conventions are lavaan's (``missing="fiml"``): ``chi2 = 2 (logl of the saturated model -
logl)``, the saturated model by EM, the baseline model with free means and variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError, Status
from csimodels.estimate.ml.active_set import Ended, Places, within_inequalities
from csimodels.estimate.ml.admissible import inadmissible
from csimodels.estimate.ml.constrained import reduced
from csimodels.estimate.ml.constraints import multipliers, projector, within
from csimodels.estimate.ml.fiml import casewise
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.hessian import Pairs, second, second_of_means
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import AtEstimates, Solution, solve
from csimodels.estimate.ml.structure import Structure
from csimodels.moments.linalg import Bools, Floats, smallest_eigenvalue

#: Stop when the squared length of the next step, in standard errors, is below this.
TOL = 1e-16
MAX_ITER = 500
#: A change of the log-likelihood below this share of it is rounding.
SLACK = 1e-13
#: The damping at which a step is given up: the likelihood does not rise however short the step.
MAX_DAMPING = 1e10
#: An information matrix, scaled to unit diagonal, with an eigenvalue below this does not identify its parameters.
RANK_TOL = 1e-9
#: The observed information, scaled alike, is used for the step where its smallest eigenvalue is above this.
LEAST_CURVATURE = 1e-6


@dataclass(frozen=True, eq=False)
class FimlSolution(AtEstimates):
    """A batch of FIML fits of one structure.

    Attributes
    ----------
    structure : the model, with a mean structure;  data : sums by pattern and the saturated moments.
    x : (*B, q) free parameters;  logl : (*B,) log-likelihood there.
    status : (*B,) :class:`~csimodels.errors.Status` flags;  iterations : (*B,).
    """

    structure: Structure
    data: Incomplete
    x: Floats
    logl: Floats
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]
    discrepancy: str = "fiml"

    @cached_property
    def saturated(self) -> Floats:
        """(*B,) log-likelihood of the saturated model: the EM moments."""
        return total_loglik(self.data, self.data.mean, self.data.cov)

    @cached_property
    def baseline(self) -> Floats:
        """(*B,) log-likelihood of the baseline model: items independent, means and variances free in every group."""
        _, variance = item_moments(self.data)
        answered = answers_per_item(self.data)
        with np.errstate(invalid="ignore", divide="ignore"):
            terms = answered * (casewise.LOG_2PI + np.log(np.where(variance > 0, variance, np.nan)) + 1)
        return np.asarray(-0.5 * terms.sum(axis=(-2, -1)))

    @cached_property
    def chi2(self) -> Floats:
        """(*B,) likelihood ratio against the saturated model."""
        return np.asarray(2 * (self.saturated - self.logl))

    @cached_property
    def value(self) -> Floats:
        """(*B,) ``chi2 / N``, the minimum of the discrepancy function."""
        return np.asarray(self.chi2 / self.data.total)

    @property
    def df(self) -> int:
        """Degrees of freedom: moments of all groups less parameters that are free to move."""
        return self.structure.table.df

    @cached_property
    def baseline_chi2(self) -> Floats:
        """(*B,) likelihood ratio of the baseline against the saturated model."""
        return np.asarray(2 * (self.saturated - self.baseline))

    @property
    def baseline_df(self) -> int:
        """Covariances of all groups."""
        p, groups = len(self.data.items), self.data.n.shape[-1]
        return int(groups * (p * (p - 1) // 2))

    @property
    def sample(self) -> Sample:
        """The saturated moments, what residuals are measured against."""
        return Sample(self.data.mean, self.data.cov, self.data.n)

    def as_ml(self) -> Solution:
        """The estimates as those of ML on the EM moments, for what depends on estimates alone (never for errors)."""
        value = np.asarray(self.value)
        return Solution(self.structure, self.sample, "ml", self.x, value, self.status, self.iterations)


def solve_fiml(
    structure: Structure,
    data: Incomplete,
    *,
    start: Floats | None = None,
    tol: float = TOL,
    max_iter: int = MAX_ITER,
) -> FimlSolution:
    """Maximise the casewise likelihood by damped Newton steps (Levenberg), every batch element of `data`.

    Parameters
    ----------
    structure : a model with a mean structure.
    data : sums by pattern, batch axes ``*B`` and group axis ``G``.
    start : (*B, q), optional.  Default: ML on the EM moments (two-stage estimates).
    tol, max_iter : stop when the squared length of the next step, in standard errors, is below `tol`.

    Raises
    ------
    SpecError
        The structure has no means: with holes, means and covariances are not independent.
    """
    if not structure.table.mean_structure:
        raise SpecError(
            Problem("FIML needs a model with means", found="mean_structure=False", remedy="set mean_structure=True")
        )
    flat = data.flat()
    size, q = len(flat.w), structure.q
    if start is None:
        first = solve(structure, Sample(flat.mean, flat.cov, flat.n)).x
    else:
        first = np.broadcast_to(start, (*data.batch, q)).reshape(size, q)
    x, logl, converged, iterations, _ = _maximised(structure, flat, first, tol, max_iter)
    status = _status(_bound(structure, flat), flat, x, converged)
    lost = status == int(Status.SINGULAR)
    x, logl = np.where(lost[:, None], np.nan, x), np.where(lost, np.nan, logl)
    shape = data.batch
    return FimlSolution(
        _bound(structure, data),
        data,
        x.reshape(*shape, q),
        logl.reshape(shape),
        status.reshape(shape),
        iterations.reshape(shape),
    )


def total_loglik(data: Incomplete, mu: Floats, sigma: Floats) -> Floats:
    """(*B,) log-likelihood summed over groups at means ``(*B, G, p)`` and covariances ``(*B, G, p, p)``."""
    return np.asarray(casewise.loglik(casewise.terms(data, mu, sigma)).sum(axis=-1))


def answers_per_item(data: Incomplete) -> Floats:
    """(*B, G, p) weighted number of answers to each item."""
    return np.asarray(data.w @ data.present.astype(np.float64))


def item_moments(data: Incomplete) -> tuple[Floats, Floats]:
    """Mean (raw scale) and variance of every item over the answers that are there, each ``(*B, G, p)``."""
    answered = answers_per_item(data)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = data.wx.sum(axis=-2) / answered
        square = np.diagonal(data.wxx, axis1=-2, axis2=-1).sum(axis=-2) / answered
    return centre + data.shift, square - centre**2


def _maximised(structure: Structure, data: Incomplete, start: Floats, tol: float, max_iter: int) -> Ended:
    """Maxima under all constraints, see :mod:`csimodels.estimate.ml.active_set`."""
    constraints = structure.table.constraints
    equal = np.zeros(0, dtype=bool) if constraints is None else constraints.equal
    held = np.broadcast_to(equal, (len(start), len(equal)))
    ended = _scoring(structure, data, start, held, tol, max_iter)
    if constraints is None:
        return ended

    def slope(index: Places, x: Floats) -> Floats:
        part = data.take(index)
        score = derivatives(_bound(structure, part), part, x)[0]
        return np.asarray(-score / part.n.sum(axis=-1)[:, None])

    def again(index: Places, x: Floats, active: Bools) -> Ended:
        return _scoring(structure, data.take(index), x, active, tol, max_iter)

    return within_inequalities(constraints, ended, slope, again, np.zeros(len(start), dtype=bool))


def _scoring(structure: Structure, data: Incomplete, start: Floats, held: Bools, tol: float, max_iter: int) -> Ended:
    """``x (N, q)``, ``logl``, converged and iterations ``(N,)`` under the constraints ``held (N, r)``: only elements
    still under way are computed."""
    x = _feasible(structure, np.array(start, dtype=np.float64), held)
    logl = total_loglik(data, *_bound(structure, data).implied(x))
    done = ~np.isfinite(logl)
    converged, damping = np.zeros_like(done), np.zeros(len(x))
    iterations = np.zeros(len(x), dtype=np.int64)
    at: casewise.Terms | None = None  # of the elements under way, where they are known from their last trial
    for _ in range(max_iter):
        live = np.flatnonzero(~done)
        if not len(live):
            break
        part = data.take(live)
        bound = _bound(structure, part)
        step, decrement = _step(bound, part, x[live], held[live], damping[live], at)
        trial = _feasible(structure, x[live] + step, held[live])
        at = casewise.terms(part, *bound.implied(trial))
        value = np.asarray(casewise.loglik(at).sum(axis=-1))
        rises = value >= logl[live] - SLACK * np.abs(logl[live])
        x[live], logl[live] = np.where(rises[:, None], trial, x[live]), np.where(rises, value, logl[live])
        grown = np.maximum(10 * damping[live], 1e-3)
        damping[live] = np.where(rises, np.where(damping[live] < 1e-6, 0.0, damping[live] / 10), grown)
        iterations[live] += 1
        converged[live] = decrement < tol
        done[live] = converged[live] | (damping[live] > MAX_DAMPING) | ~np.isfinite(decrement)
        at = at.take(~done[live]) if rises[~done[live]].all() else None
    return Ended(x, logl, converged, iterations)


def _feasible(structure: Structure, x: Floats, held: Bools) -> Floats:
    """``x (N, q)`` brought to the constraints that are held."""
    constraints = structure.table.constraints
    return x if constraints is None else constraints.met(x, held, 1 / np.maximum(np.abs(x), 0.1))


def _bound(structure: Structure, data: Incomplete) -> Structure:
    return structure.bound(Sample(data.mean, data.cov, data.n))


def _step(
    structure: Structure, data: Incomplete, x: Floats, held: Bools, damping: Floats, at: casewise.Terms | None
) -> tuple[Floats, Floats]:
    """Damped step ``(N, q)`` and the squared length ``g' H^{-1} g`` of the undamped one, in standard errors.

    The Hessian is the observed information (Newton, quadratic at the end) where it is positive definite, else the
    expected one, which always is (scoring); both within the tangent space of the constraints that are held.
    """
    score, information = derivatives(structure, data, x, at)
    slopes = _slopes(structure, x, held)
    unit, right, scale = _reduced(_lagrangian(structure, x, slopes, score, information), score, slopes)
    bent = np.flatnonzero(~(smallest_eigenvalue(unit) > LEAST_CURVATURE))
    if len(bent):
        part, there = data.take(bent), None if slopes is None else slopes[bent]
        first = expected(_bound(structure, part), part, x[bent])
        unit[bent], right[bent], scale[bent] = _reduced(first, score[bent], there)
    right = right[..., None]
    usable = np.asarray(np.isfinite(unit).all(axis=(-2, -1), keepdims=True))
    eye = np.eye(x.shape[-1])
    tiny = np.where(usable, unit, eye) + 1e-13 * eye  # keeps the solver from meeting an exact zero pivot
    whole = np.linalg.solve(tiny, right)[..., 0]
    decrement = (whole * right[..., 0]).sum(axis=-1)
    if damping.any():
        whole = np.linalg.solve(tiny + damping[:, None, None] * eye, right)[..., 0]
    return whole / scale, np.where(usable[:, 0, 0], decrement, np.nan)


def _slopes(structure: Structure, x: Floats, held: Bools) -> Floats | None:
    """(N, r, q) Jacobian of the constraints that are held; None where the model has none."""
    constraints = structure.table.constraints
    return None if constraints is None else constraints.held(x, held)


def _lagrangian(structure: Structure, x: Floats, slopes: Floats | None, score: Floats, information: Floats) -> Floats:
    """The observed information less the curvature of what is held."""
    constraints = structure.table.constraints
    if constraints is None or slopes is None:
        return information
    scale = _scaled(information)[1]
    bent = constraints.bent(x, multipliers(slopes / scale[..., None, :], -score / scale))
    return information if bent is None else np.asarray(information - bent)


def _reduced(information: Floats, score: Floats, slopes: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Information and score in units of its roots ``(N, q)``, within the tangent space of what is held."""
    unit, scale = _scaled(information)
    if slopes is None:
        return unit, score / scale, scale
    project = projector(slopes / scale[..., None, :])
    return within(unit, project), (project @ (score / scale)[..., None])[..., 0], scale


def derivatives(
    structure: Structure, data: Incomplete, x: Floats, at: casewise.Terms | None = None
) -> tuple[Floats, Floats]:
    """Gradient ``(*B, q)`` and observed information ``(*B, q, q)`` of the log-likelihood at ``x (*B, q)``, both exact.

    The observed information is ``J' H J - sum_i g_i d2 theta_i`` with ``theta = [mu, vech Sigma]``, its gradient ``g``
    and second derivatives ``-H``.  `at` are the terms of every pattern there, where they are known.
    """
    parts = structure.parts(x)
    at = casewise.terms(data, parts.mu, parts.sigma) if at is None else at
    jacobian = structure.jacobian(x)
    by_mean, middle = casewise.pulls(at)
    score = (casewise.gradient(at)[..., None, :] @ jacobian)[..., 0, :].sum(axis=-2)
    columns, across = parts.columns, np.swapaxes(parts.columns, -1, -2)
    bent = second(structure, parts, Pairs.of(-across @ middle @ columns, structure.forms), None)
    bent = bent + second_of_means(structure, parts, (across @ by_mean[..., None])[..., 0], None)
    return score, by_parameters(casewise.observed_information(at), jacobian) + by_parameters(
        bent / 2, structure.spreading
    )


def expected(structure: Structure, data: Incomplete, x: Floats) -> Floats:
    """(*B, q, q) expected information at ``x (*B, q)``, given who answered what."""
    at = casewise.terms(data, *structure.implied(x))
    return by_parameters(casewise.expected_information(at), structure.jacobian(x))


def by_parameters(information: Floats, jacobian: Floats) -> Floats:
    """``sum_g J_g' I_g J_g``: ``(*B, q, q)`` from ``(*B, G, P, P)`` and ``(*B, G, P, q)``."""
    return np.asarray((np.swapaxes(jacobian, -1, -2) @ information @ jacobian).sum(axis=-3))


def _scaled(information: Floats) -> tuple[Floats, Floats]:
    """An information matrix with unit diagonal, and the roots ``(*B, q)`` of its diagonal."""
    diagonal = np.diagonal(information, axis1=-2, axis2=-1)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    return information / (scale[..., :, None] * scale[..., None, :]), np.asarray(scale)


def _status(structure: Structure, data: Incomplete, x: Floats, converged: Bools) -> NDArray[np.int64]:
    """(N,) flags: not converged (also EM), inadmissible; singular alone where information or moments are."""
    unit, _ = _scaled(reduced(structure.table, x, expected(structure, data, x)))
    lost = ~np.isfinite(x).all(axis=-1) | (converged & ~(smallest_eigenvalue(unit) > RANK_TOL))
    lost = lost | ~np.isfinite(data.cov).all(axis=(-3, -2, -1)) | (structure.table.df < 0)
    with np.errstate(invalid="ignore"):
        status = np.where(inadmissible(structure, x), int(Status.INADMISSIBLE), 0)
    status |= np.where(converged & data.converged.all(axis=-1), 0, int(Status.NOT_CONVERGED))
    return np.asarray(np.where(lost, int(Status.SINGULAR), status))
