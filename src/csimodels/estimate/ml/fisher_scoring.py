"""Batched Fisher scoring that ends in Newton steps, with a Levenberg ridge; every element stops at its own convergence.

The step solves ``(H + lambda diag E) step = -g``: ``H`` is the exact Hessian where it is positive definite, so that the
last steps square their error, else the expected one ``E`` (Fisher scoring).  A step that does not lower the discrepancy
is not taken: ``lambda`` grows and the element tries again, so the discrepancy never rises (Marquardt 1963).

Held constraints leave steps in their tangent space, with the Hessian of the Lagrangian in the place of that of the
discrepancy; after each step the point goes back to the constraints by the shortest way (gradient projection,
Rosen 1961).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.ml.active_set import Ended
from csimodels.estimate.ml.constraints import multipliers, projector, within
from csimodels.estimate.ml.discrepancy import SIGMA_RTOL, Point, Target
from csimodels.estimate.ml.structure import Parts
from csimodels.moments.linalg import Bools, Floats, cholesky, finite_solve

#: Always added to the scaled Hessian: too small to slow the iteration, enough that it can be inverted.
FLOOR = 1e-12
#: First ridge after a step that failed, and the largest: a step this short that still fails is the end.
FIRST_RIDGE, LEAST_RIDGE, LAST_RIDGE = 1e-3, 1e-8, 1e12
#: Steps of the expected Hessian shrink by a factor only, so the last one has to be this much smaller than Newton's.
CAUTION = 1e-3
#: Steps with the expected Hessian before the exact one is tried: far from the minimum it is seldom positive definite.
EXPECTED_FIRST = 2
#: Elements whose Hessians are worked on at a time.
CHUNK = 32
#: Rounding of a discrepancy: a rise below this is none.
NOISE = 1e-13


@dataclass(eq=False)
class _Running:
    """The elements that still move: their places in the batch, target, current point and ridge; steps done by all."""

    index: NDArray[np.intp]
    target: Target
    point: Point
    ridge: Floats
    count: int = 0


def score(target: Target, start: Floats, tol: float, max_iter: int) -> Ended:
    """Minimise `target` from `start` ``(N, q)``.

    An element has converged when its full step is below `tol`: ``max_i |step_i| sqrt(H_ii) <= tol``, the change of each
    parameter in units in which a change of 1 alone would raise ``F`` by about 1/2.  Elements whose start has no finite
    discrepancy are not begun.
    """
    first = target.point(_feasible(target, start))
    size = len(start)
    x, value = first.x.copy(), first.value.copy()
    converged = np.zeros(size, dtype=bool)
    iterations = np.zeros(size, dtype=np.int64)
    begun = np.flatnonzero(np.isfinite(first.value))
    whole = len(begun) == size
    part, here = (target, first) if whole else (target.take(begun), _chosen(first, begun))
    run = _Running(begun, part, here, np.zeros(len(begun)))
    for _ in range(max_iter):
        if not len(run.index):
            break
        still = _advance(run, tol, converged)
        run.count += 1
        iterations[run.index] += 1
        x[run.index], value[run.index] = run.point.x, run.point.value
        if not still.any():
            return Ended(x, value, converged, iterations, run.point if len(run.index) == size else None)
        if not still.all():
            keep = np.flatnonzero(still)
            run = _Running(run.index[keep], run.target.take(keep), _chosen(run.point, keep), run.ridge[keep], run.count)
    return Ended(x, value, converged, iterations)


def _advance(run: _Running, tol: float, converged: Bools) -> Bools:
    """One step of every running element; returns which of them go on."""
    step, size, promise, newton = _steps(run)
    small = size <= np.where(newton, tol, tol * CAUTION)
    trial = run.target.point(_feasible(run.target, run.point.x + step))
    allowed = run.point.value + NOISE * (1 + np.abs(run.point.value))
    better = trial.value <= allowed
    with np.errstate(all="ignore"):
        ratio = (run.point.value - trial.value) / promise
    run.point = _merged(run.point, trial, better)
    done = small & (run.ridge == 0)
    grown = np.maximum(run.ridge * 5, FIRST_RIDGE)
    shrunk = run.ridge / np.where(np.abs(ratio - 1) < 0.25, 30, 4)
    shrunk = np.where(small | (shrunk < LEAST_RIDGE), 0.0, shrunk)
    run.ridge = np.where(better, np.where(small | (ratio > 0.25), shrunk, run.ridge), grown)
    stuck = ~np.isfinite(size) | (run.ridge > LAST_RIDGE)
    converged[run.index[done]] = True
    return np.asarray(~(done | stuck))


def _steps(run: _Running) -> tuple[Floats, Floats, Floats, Bools]:
    """:func:`_step` of all running elements, in pieces whose Hessians stay in the cache of the processor."""
    size = len(run.index)
    pieces = [slice(k, k + CHUNK) for k in range(0, size, CHUNK)]
    done = []
    for piece in pieces:
        whole = len(pieces) == 1
        target, point = (run.target, run.point) if whole else (run.target.take(piece), _chosen(run.point, piece))
        derivatives = target.derivatives(point, exact=run.count >= EXPECTED_FIRST)
        done.append(_step(_held(target, point, derivatives), run.ridge[piece]))
    if len(done) == 1:
        return done[0]
    step, largest, promise, newton = (np.concatenate(parts) for parts in zip(*done, strict=True))
    return step, largest, promise, newton


class _Scaled(NamedTuple):
    """Gradient (N, q), expected and exact Hessian (N, q, q) in units of ``scale`` (N, q), within held constraints."""

    gradient: Floats
    expected: Floats
    exact: Floats | None
    scale: Floats


def _held(target: Target, point: Point, derivatives: tuple[Floats, Floats, Floats | None]) -> _Scaled:
    """Derivatives in units in which the expected Hessian has the diagonal 1, in the tangent space of what is held."""
    gradient, expected, exact = derivatives
    scale = np.sqrt(np.maximum(np.diagonal(expected, axis1=-2, axis2=-1), 1e-300))
    norm = scale[..., :, None] * scale[..., None, :]
    right, constraints = gradient / scale, target.structure.table.constraints
    if constraints is None:
        return _Scaled(right, expected / norm, None if exact is None else exact / norm, scale)
    slopes = constraints.held(point.x, target.held) / scale[..., None, :]
    project = projector(slopes)
    if exact is not None:
        bent = constraints.bent(point.x, multipliers(slopes, right))
        exact = within((exact if bent is None else exact - bent) / norm, project)
    return _Scaled((project @ right[..., None])[..., 0], within(expected / norm, project), exact, scale)


def _feasible(target: Target, x: Floats) -> Floats:
    """``x (N, q)`` brought to the constraints that are held; NaN where they are not met."""
    constraints = target.structure.table.constraints
    if constraints is None or not target.held.any():
        return x
    spread = np.maximum(np.abs(x), 0.1)  # parameters move in proportion to their size
    return constraints.met(x, target.held, 1 / spread)


def _step(held: _Scaled, ridge: Floats) -> tuple[Floats, Floats, Floats, Bools]:
    """The step ``(N, q)``, its largest scaled entry ``(N,)``, the fall that it promises, and whether it is Newton's."""
    right, expected, exact, scale = held
    ridged = (FLOOR + ridge)[:, None, None] * np.eye(scale.shape[-1])
    scaled = (expected if exact is None else exact) + ridged
    newton = np.full(len(ridge), exact is not None)
    if exact is not None:
        newton = np.asarray(np.isfinite(cholesky(scaled, SIGMA_RTOL)).all(axis=(-2, -1)))
        if not newton.all():
            scaled[~newton] = (expected + ridged)[~newton]
    solved = -finite_solve(scaled, right)
    promise = -(right * solved).sum(axis=-1) / 2
    return solved / scale, np.abs(solved).max(axis=-1, initial=0.0), promise, newton


def _chosen(point: Point, index: NDArray[np.intp] | slice) -> Point:
    return Point(point.x[index], point.value[index], Parts(*(part[index] for part in point.parts)), point.weight[index])


def _merged(old: Point, new: Point, better: Bools) -> Point:
    """`new` where it is `better`, else `old`."""
    if better.all():
        return new
    if not better.any():
        return old

    def pick(a: Floats, b: Floats) -> Floats:
        return np.where(better.reshape(-1, *(1,) * (a.ndim - 1)), b, a)

    parts = Parts(*(pick(a, b) for a, b in zip(old.parts, new.parts, strict=True)))
    return Point(pick(old.x, new.x), pick(old.value, new.value), parts, pick(old.weight, new.weight))
