"""The PLS iteration on a batch of correlation matrices: outer weights, proxies and their correlations.

Symbols follow docs/results.md: ``R`` item correlations, ``W`` outer weights, ``C = W' R W`` correlations of the
proxies, ``E`` inner weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate.design import Design
from csimodels.estimate.inner import INNER, Scheme
from csimodels.estimate.signs import majority_sign, own_loadings
from csimodels.moments.linalg import Bools, Floats, finite_inverse, regular_inverse, safe_inverse

#: Standardised weights ``w``, ``R W`` and ``C = W' R W``.
Proxies = tuple[Floats, Floats, Floats]

#: Most Newton steps from a nearby solution.
STEPS = 8

#: Step of the differences that the derivative of the iteration is taken with, as a share of the largest weight.
SLOPE_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Outer:
    """Converged outer model: weights ``(*B, p)``, cross-loadings ``(*B, p, J)``, proxy correlations ``(*B, J, J)``."""

    weights: Floats
    loadings: Floats
    correlations: Floats
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Start:
    """Where fits at nearby moments begin: the solution of one element, and how far a step from it leads.

    Attributes
    ----------
    weights : (p,) its outer weights.
    correction : (p, p) ``(I - DH)^{-1}`` of the iteration ``H`` at the solution, see :func:`_aim`.
    """

    weights: Floats
    correction: Floats


@dataclass(frozen=True, eq=False)
class Iteration:
    """How outer weights are found.

    Attributes
    ----------
    scheme : inner weights.
    tol, max_iter : largest change of a weight at which an element stops, and most iterations.
    starts : by design, where the elements begin; with weights of one where nothing is known.
    definite : whether correlations of proxies must be positive definite; see
        :func:`~csimodels.estimate.inner.inner_weights`.
    """

    scheme: Scheme
    tol: float
    max_iter: int
    starts: Mapping[Design, Start] = field(default_factory=dict)
    definite: bool = True


@dataclass(frozen=True, eq=False)
class _Problem:
    """Elements ``(B, p, p)`` of correlations with the inverses of their mode-B blocks.

    ``lift (B, p)`` multiplies the weights of mode A, see :func:`outer_model`; None where items are standardised.
    """

    design: Design
    corr: Floats
    inverses: dict[int, Floats]
    inner: Callable[[Design, Floats], Floats]
    lift: Floats | None = None

    def __getitem__(self, at: Bools | NDArray[np.intp]) -> _Problem:
        inverses = {j: inverse[at] for j, inverse in self.inverses.items()}
        return _Problem(self.design, self.corr[at], inverses, self.inner, None if self.lift is None else self.lift[at])

    def standardised(self, weights: Floats) -> Proxies:
        return _standardise(self.design, self.corr, weights)

    def next_weights(self, proxies: Proxies) -> Floats:
        new = _outer_weights(self.design, proxies, self.inner, self.inverses)
        return new if self.lift is None else new * self.lift


def outer_model(design: Design, corr: Floats, how: Iteration, variance: Floats | None = None) -> Outer:
    """The PLS iteration for a batch of correlation matrices ``(*B, p, p)``.

    Every element stops at its own convergence, so an element of a batch gets the numbers it would get alone.

    Parameters
    ----------
    variance : (*B, p) of the items, where these are not standardised: weights of mode A are then covariances of the
        items with the inner proxy, those of the standardised items ``s_k^2 cor(x_k, z)`` up to their length.  Mode B
        does not depend on units.
    """
    batch, p = corr.shape[:-2], corr.shape[-1]
    flat = corr.reshape(-1, p, p)
    status = np.where(np.isfinite(flat).all(axis=(1, 2)), 0, int(Status.SINGULAR))
    inner = _inner(how.scheme, how.definite)
    problem = _Problem(design, flat, _mode_b_inverses(design, flat, how.definite), inner, _lift(design, variance))
    for inverse in problem.inverses.values():
        status |= np.where(np.isfinite(inverse).all(axis=(1, 2)), 0, int(Status.SINGULAR))
    found = _Found.nothing(len(flat), design)
    with np.errstate(invalid="ignore", divide="ignore"):
        if design in how.starts:
            _settle(problem, how.starts[design], how.tol, status, found)
        _iterate(problem, how, status, found)
        return _oriented(design, found, status, batch)


def _inner(scheme: Scheme, definite: bool = True) -> Callable[[Design, Floats], Floats]:
    weights = INNER[scheme]
    return lambda design, cross: weights(design, cross, definite)


def _lift(design: Design, variance: Floats | None) -> Floats | None:
    """(B, p) variances of the items of mode A, 1 for those of mode B; (1, p) for one element."""
    if variance is None:
        return None
    return np.where(design.mode_b[design.block], 1.0, variance.reshape(-1, variance.shape[-1]))


@dataclass(frozen=True, eq=False)
class _Found:
    """Proxies of ``B`` elements and iterations ``(B,)``, filled as they stop; NaN and 0 for those that never did."""

    proxies: Proxies
    iterations: NDArray[np.int64]

    @classmethod
    def nothing(cls, size: int, design: Design) -> _Found:
        p, wide = design.mask.shape
        shapes = ((size, p), (size, p, wide), (size, wide, wide))
        weights, loadings, cross = (np.full(shape, np.nan) for shape in shapes)
        return cls((weights, loadings, cross), np.zeros(size, dtype=np.int64))

    def keep(self, at: NDArray[np.intp], proxies: Proxies, which: Bools) -> None:
        for whole, part in zip(self.proxies, proxies, strict=True):
            whole[at] = part[which]


def _settle(problem: _Problem, start: Start, tol: float, status: NDArray[np.int64], found: _Found) -> None:
    """Newton steps from `start` with its frozen derivative, for elements near it (implicit function theorem).

    Each step leaves of the error a share about as large as the first step was.  An element stops when what is left is
    below `tol`; those that do not, after :data:`STEPS`, are left to the plain iteration.
    """
    active = np.flatnonzero(status == 0)
    work = problem[active] if len(active) < len(status) else problem
    weights = np.broadcast_to(start.weights, (len(active), len(start.weights))).copy()
    last = np.full(len(active), np.nan)
    moving = np.ones(len(active), dtype=bool)
    for step in range(1, STEPS + 1):
        move = (_aim(work, start.weights, weights) - weights) @ start.correction.T
        weights += np.where(moving[:, None], move, 0.0)
        change = np.abs(move).max(axis=1)
        left = change * np.minimum(change / last, 1.0) if step > 1 else change
        found.iterations[active[moving]] = step
        moving &= ~(left < tol)
        last = change
        if not moving.any():
            break
    settled = ~moving
    found.keep(active[settled], work.standardised(weights), settled)


def _aim(problem: _Problem, start: Floats, weights: Floats) -> Floats:
    """``H``: the next weights of ``weights (B, p)``, each block as long as `start` ``(p,)`` in its direction.

    Fixed points are those of the iteration.  The length costs no product with the correlations, and as proxies are
    standardised, ``H`` does not hang on the length of `weights`: ``I - DH`` is regular.
    """
    design = problem.design
    new = problem.next_weights(problem.standardised(weights))
    share = (start**2 @ design.mask) / ((start * new) @ design.mask)
    return np.asarray(new * share[..., design.block])


def start_at(
    design: Design, corr: Floats, scheme: Scheme, weights: Floats, variance: Floats | None = None
) -> Start | None:
    """Where fits near a solution begin; None where the iteration has no finite derivative there.

    Parameters
    ----------
    corr : (p, p) correlations;  weights : (p,) their outer weights, converged;  variance : (p,), see
        :func:`outer_model`.
    """
    p = len(weights)
    size = SLOPE_STEP * np.abs(weights).max()
    moved = weights + size * np.concatenate([np.eye(p), -np.eye(p)])
    every = np.broadcast_to(corr, (2 * p, p, p))
    problem = _Problem(design, every, _mode_b_inverses(design, every), _inner(scheme), _lift(design, variance))
    with np.errstate(invalid="ignore", divide="ignore"):
        aims = _aim(problem, weights, moved)
    slope = (aims[:p] - aims[p:]).T / (2 * size)
    correction = finite_inverse(np.eye(p) - slope)
    return Start(weights, correction) if np.isfinite(correction).all() else None


def _iterate(problem: _Problem, how: Iteration, status: NDArray[np.int64], found: _Found) -> None:
    """Run the elements to convergence whose `status` is 0 and that are not `found` yet; `status` notes what fails."""
    active = np.flatnonzero((status == 0) & np.isnan(found.proxies[0][:, 0]))
    if not len(active):
        return
    work = problem[active] if len(active) < len(status) else problem
    proxies = work.standardised(np.ones(work.corr.shape[:2]))
    current = proxies[0]
    moving = np.ones(len(active), dtype=bool)
    for iteration in range(1, how.max_iter + 1):
        proxies = work.standardised(work.next_weights(proxies))
        change = np.abs(proxies[0] - current).max(axis=1)
        current = proxies[0]
        broken = ~np.isfinite(change)
        stopped = moving & ((change < how.tol) | broken)
        found.keep(active[stopped], proxies, stopped)
        found.iterations[active[moving]] = iteration
        status[active[moving & broken]] |= int(Status.SINGULAR)
        moving &= ~stopped
        if not moving.any():
            return
        if moving.sum() * 2 <= len(moving):  # carry on with those that still move
            active, work = active[moving], work[moving]
            proxies = (proxies[0][moving], proxies[1][moving], proxies[2][moving])
            current = proxies[0]
            moving = np.ones(len(active), dtype=bool)
    found.keep(active[moving], proxies, moving)
    status[active[moving]] |= int(Status.NOT_CONVERGED)


def unit_proxies(design: Design, corr: Floats) -> Floats:
    """(*B, J, J) correlations of the constructs with weights of one, the start of the iteration.

    NaN for a construct whose items cancel one another out.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return _standardise(design, corr, np.ones(corr.shape[:-1]))[2]


def _standardise(design: Design, corr: Floats, weights: Floats) -> Proxies:
    """Scale block weights to unit proxy variance; returns weights ``w``, ``R W`` and ``C = W' R W``."""
    spread = corr * weights[..., None, :]  # R W as one matrix product for the whole batch
    loadings = (spread.reshape(-1, spread.shape[-1]) @ design.mask).reshape(*spread.shape[:-1], design.mask.shape[1])
    cross = design.mask.T @ (weights[..., None] * loadings)
    scale = np.sqrt(np.diagonal(cross, axis1=-2, axis2=-1))
    scaled = weights / scale[..., design.block]
    return scaled, loadings / scale[..., None, :], cross / (scale[..., :, None] * scale[..., None, :])


def _outer_weights(
    design: Design,
    proxies: Proxies,
    inner: Callable[[Design, Floats], Floats],
    inverses: dict[int, Floats],
) -> Floats:
    """New outer weights, unscaled: covariances with the inner proxies (mode A), regression on the block (mode B).

    Each block keeps its direction, so that a weight vector that only changes its sign is not taken for movement.
    """
    old, loadings, cross = proxies
    estimate = inner(design, cross)  # (*B, J, J), column j: inner weights of construct j
    new = (loadings * np.swapaxes(estimate, -1, -2)[..., design.block, :]).sum(axis=-1)
    for j, inverse in inverses.items():
        block = design.blocks[j]
        new[..., block] = (inverse @ new[..., block, None])[..., 0]
    agreement = (old * new) @ design.mask
    return np.asarray(new * np.where(agreement < 0, -1.0, 1.0)[..., design.block])


def _mode_b_inverses(design: Design, corr: Floats, definite: bool = True) -> dict[int, Floats]:
    """Inverse within-block correlations of the mode-B blocks with more than one item."""
    wanted = np.flatnonzero(design.mode_b & ~design.single)
    inverse = safe_inverse if definite else regular_inverse
    return {int(j): inverse(corr[:, design.blocks[j][:, None], design.blocks[j]]) for j in wanted}


def _oriented(design: Design, found: _Found, status: NDArray[np.int64], batch: tuple[int, ...]) -> Outer:
    """Apply the sign rule and restore the batch axes."""
    weights, loadings, cross = found.proxies
    sign = majority_sign(own_loadings(design, loadings), design)
    weights = weights * sign[..., design.block]
    loadings = loadings * sign[..., None, :]
    cross = cross * sign[..., :, None] * sign[..., None, :]
    p, size = weights.shape[-1], cross.shape[-1]
    return Outer(
        weights.reshape(*batch, p),
        loadings.reshape(*batch, p, size),
        cross.reshape(*batch, size, size),
        status.reshape(batch),
        found.iterations.reshape(batch),
    )


def rho_a(design: Design, corr: Floats, weights: Floats) -> Floats:
    """Reliability of the composites (Dijkstra & Henseler 2015, eq. 3), ``(*B, J)``.

    ``rho_A = (w'w)^2 [w'(S - diag S)w] / [w'(ww' - diag ww')w]``.  NaN for single items and mode B, where it is not
    defined; a reliability stated in the spec stands in its place.
    """
    return reliability_of(design, weights, design.within.form(corr, weights))


def reliability_of(design: Design, weights: Floats, variance: Floats) -> Floats:
    """:func:`rho_a` from the variances ``w' S w`` of the proxies ``(*B, J)``."""
    squares = weights * weights
    size, fourth = squares @ design.mask, (squares * squares) @ design.mask
    with np.errstate(invalid="ignore", divide="ignore"):
        value = size**2 * (variance - size) / (size**2 - fourth)
    value = np.where(design.single | design.mode_b, np.nan, value)
    return np.where(np.isnan(design.reliability), value, design.reliability)
