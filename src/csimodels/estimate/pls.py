"""PLS path modelling on moments (Wold 1982; Lohmoeller 1989; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005).

Everything runs on the item correlation matrix ``R``; respondents are never seen.  Symbols follow docs/results.md:
``W`` outer weights, ``C = W' R W`` correlations of the proxies, ``E`` inner weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from csimodels.arguments import is_one_of, plain_settings, shown
from csimodels.errors import Problem, SpecError, Status, is_real, is_whole, nearest
from csimodels.estimate.composite import SHARP_ITERATIONS, SHARP_TOL, composite_facts, composite_settings
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit, Registered, singular_structure, structural
from csimodels.estimate.higher_order import HigherOrder, Measured, fit_in_stages, refuse_outside_causes
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats, safe_inverse, spd_solve
from csimodels.spec.estimators import EstimatorName

Scheme = Literal["path", "factorial", "centroid"]

#: A larger tolerance stops the iteration while the weights still move in the digits that are published.
LARGEST_TOL = 1e-3


@plain_settings
@dataclass(frozen=True)
class PLS(Registered):
    """Partial least squares path modelling, modes A and B.

    Parameters
    ----------
    scheme : ``"path"`` (default), ``"factorial"`` or ``"centroid"`` inner weights.
    tol : largest change of a standardised weight at which the iteration stops.
    max_iter : iterations after which an element is reported as not converged.
    higher_order : ``"disjoint"`` (default) or ``"embedded"`` two stages, or ``"repeated"`` items, for constructs made
        of others (Sarstedt et al. 2019; :mod:`csimodels.estimate.higher_order`).

    Notes
    -----
    Sign: a construct is oriented so that the majority of its loadings are positive, ties by the largest loading, in the
    fit and in every replicate alike.
    """

    scheme: Scheme = "path"
    tol: float = 1e-7
    max_iter: int = 300
    name: EstimatorName = "pls"
    higher_order: HigherOrder = "disjoint"

    #: A matrix of construct correlations that is not positive definite has no regression.
    definite: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_settings(self.scheme, self.tol, self.max_iter, self.higher_order)

    def measure(self, design: Design, corr: Floats, sums: Bools) -> Measured:
        """One stage of a model with higher-order constructs; `corr` ``(*B, q, q)`` of the entries of `design`."""
        outer = outer_model(design, corr, self.scheme, self.tol, self.max_iter)
        rho = rho_a(design, corr, outer.weights)
        own, none = own_loadings(design, outer.loadings), np.zeros(len(design.constructs), dtype=bool)
        return Measured(outer.weights, own, np.ones_like(rho), rho, none, outer.status, outer.iterations)

    def settings(self) -> dict[str, Any]:
        """Keys of `estimate` in a spec file."""
        return composite_settings(self)

    def facts(self) -> dict[str, str]:
        """Scheme and tolerance."""
        return composite_facts(self)

    def sharp(self) -> PLS:
        """Converged to 1e-12, for differences between nearly equal moments."""
        return replace(self, tol=SHARP_TOL, max_iter=max(self.max_iter, SHARP_ITERATIONS))

    def __call__(self, design: Design, moments: Moments) -> Fit:
        """Fit every batch element of `moments` ``(*B, p)``; trouble is a status, never an exception."""
        if design.higher_order.any() and self.higher_order != "repeated":
            return fit_in_stages(design, moments, self)
        refuse_outside_causes(design)
        moments = design.expand(moments)
        outer = outer_model(design, moments.corr, self.scheme, self.tol, self.max_iter)
        paths, r2 = structural(outer.correlations, design)
        status = outer.status | moments.status | singular_structure(paths, outer.status)
        return Fit(
            design,
            moments,
            outer.weights[..., None] * design.mask,
            outer.loadings,
            outer.correlations,
            paths,
            r2,
            rho_a(design, moments.corr, outer.weights),
            status,
            outer.iterations,
            self,
        )


def check_settings(scheme: str, tol: float, max_iter: int, higher_order: str) -> None:
    """Refuse settings that no run could use, all at once."""
    problems = []
    texts = (
        (Message("unknown inner weighting scheme"), "scheme", scheme, get_args(Scheme)),
        (Message("unknown way with higher-order constructs"), "higher_order", higher_order, get_args(HigherOrder)),
    )
    for what, where, value, allowed in texts:
        if not is_one_of(value, allowed):
            problems.append(Problem(what, where, shown(value), ", ".join(allowed), nearest(value, allowed)))
    if not is_real(tol) or not 0 < tol <= LARGEST_TOL:
        range_ = Message("above 0, at most {LARGEST_TOL}; usual: 1e-7", LARGEST_TOL=f"{LARGEST_TOL:g}")
        problems.append(Problem("the tolerance must be a small number", "tol", shown(tol), range_))
    if not is_whole(max_iter) or max_iter < 1:
        text = "the number of iterations must be a whole number of at least 1"
        problems.append(Problem(text, "max_iter", shown(max_iter)))
    if problems:
        raise SpecError(problems)


@dataclass(frozen=True, eq=False)
class Outer:
    """Converged outer model: weights ``(*B, p)``, cross-loadings ``(*B, p, J)``, proxy correlations ``(*B, J, J)``."""

    weights: Floats
    loadings: Floats
    correlations: Floats
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]


def outer_model(design: Design, corr: Floats, scheme: Scheme, tol: float, max_iter: int) -> Outer:
    """The PLS iteration for a batch of correlation matrices ``(*B, p, p)``.

    Every element stops at its own convergence, so an element of a batch gets the numbers it would get alone.
    """
    batch, p = corr.shape[:-2], corr.shape[-1]
    flat = corr.reshape(-1, p, p)
    status = np.where(np.isfinite(flat).all(axis=(1, 2)), 0, int(Status.SINGULAR))
    inverses = _mode_b_inverses(design, flat)
    for inverse in inverses.values():
        status |= np.where(np.isfinite(inverse).all(axis=(1, 2)), 0, int(Status.SINGULAR))
    with np.errstate(invalid="ignore", divide="ignore"):
        weights, iterations = _iterate(design, flat, inverses, _INNER[scheme], status, (tol, max_iter))
        return _oriented(design, flat, weights, status, iterations, batch)


def _iterate(
    design: Design,
    corr: Floats,
    inverses: dict[int, Floats],
    inner: Callable[[Design, Floats], Floats],
    status: NDArray[np.int64],
    stop: tuple[float, int],
) -> tuple[Floats, NDArray[np.int64]]:
    """Run the elements ``(B, p, p)`` whose `status` is 0 to convergence; `status` takes note of those that fail.

    Returns standardised weights ``(B, p)``, NaN for elements that never started, and iterations ``(B,)``.
    """
    tol, max_iter = stop
    weights = np.full(corr.shape[:2], np.nan)
    iterations = np.zeros(len(corr), dtype=np.int64)
    active = np.flatnonzero(status == 0)
    work, inv = corr[active], {j: inverse[active] for j, inverse in inverses.items()}
    proxies = _standardise(design, work, np.ones(work.shape[:2]))
    current = proxies[0]
    moving = np.ones(len(active), dtype=bool)
    for iteration in range(1, max_iter + 1):
        if not moving.any():
            break
        proxies = _standardise(design, work, _outer_weights(design, proxies, inner, inv))
        change = np.abs(proxies[0] - current).max(axis=1)
        current = proxies[0]
        broken = ~np.isfinite(change)
        stopped = moving & ((change < tol) | broken)
        weights[active[stopped]] = current[stopped]
        iterations[active[moving]] = iteration
        status[active[moving & broken]] |= int(Status.SINGULAR)
        moving &= ~stopped
        if moving.any() and moving.sum() * 2 <= len(moving):  # carry on with those that still move
            active, work = active[moving], work[moving]
            inv = {j: inverse[moving] for j, inverse in inv.items()}
            proxies = (proxies[0][moving], proxies[1][moving], proxies[2][moving])
            current = proxies[0]
            moving = np.ones(len(active), dtype=bool)
    weights[active[moving]] = current[moving]
    status[active[moving]] |= int(Status.NOT_CONVERGED)
    return weights, iterations


def unit_proxies(design: Design, corr: Floats) -> Floats:
    """(*B, J, J) correlations of the constructs with weights of one, the start of the iteration.

    NaN for a construct whose items cancel one another out.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return _standardise(design, corr, np.ones(corr.shape[:-1]))[2]


def _standardise(design: Design, corr: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Scale block weights to unit proxy variance; returns weights ``w``, ``R W`` and ``C = W' R W``."""
    spread = corr * weights[..., None, :]  # R W as one matrix product for the whole batch
    loadings = (spread.reshape(-1, spread.shape[-1]) @ design.mask).reshape(*spread.shape[:-1], design.mask.shape[1])
    cross = design.mask.T @ (weights[..., None] * loadings)
    scale = np.sqrt(np.diagonal(cross, axis1=-2, axis2=-1))
    scaled = weights / scale[..., design.block]
    return scaled, loadings / scale[..., None, :], cross / (scale[..., :, None] * scale[..., None, :])


def _outer_weights(
    design: Design,
    proxies: tuple[Floats, Floats, Floats],
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


def _path_weighting(design: Design, cross: Floats) -> Floats:
    inner = np.where(design.path | design.path.T, cross, 0.0)  # one predecessor, and successors: correlation
    for target in design.endogenous:
        sources = design.predecessors[target]
        if len(sources) > 1:
            inner[..., sources, target] = spd_solve(cross[..., sources[:, None], sources], cross[..., sources, target])
    return inner


def _factorial(design: Design, cross: Floats) -> Floats:
    return np.where(design.path | design.path.T, cross, 0.0)


def _centroid(design: Design, cross: Floats) -> Floats:
    return np.where(design.path | design.path.T, np.sign(cross), 0.0)


_INNER: dict[str, Callable[[Design, Floats], Floats]] = {
    "path": _path_weighting,
    "factorial": _factorial,
    "centroid": _centroid,
}


def _mode_b_inverses(design: Design, corr: Floats) -> dict[int, Floats]:
    """Inverse within-block correlations of the mode-B blocks with more than one item."""
    wanted = np.flatnonzero(design.mode_b & ~design.single)
    return {int(j): safe_inverse(corr[:, design.blocks[j][:, None], design.blocks[j]]) for j in wanted}


def _oriented(
    design: Design,
    corr: Floats,
    weights: Floats,
    status: NDArray[np.int64],
    iterations: NDArray[np.int64],
    batch: tuple[int, ...],
) -> Outer:
    """Apply the sign rule and restore the batch axes."""
    weights, loadings, cross = _standardise(design, corr, weights)
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
        iterations.reshape(batch),
    )


def own_loadings(design: Design, loadings: Floats) -> Floats:
    """(*B, p) each item's loading on its own construct."""
    return np.asarray(loadings[..., np.arange(len(design.block)), design.block])


def majority_sign(own: Floats, design: Design) -> Floats:
    """(*B, J) +1 or -1: the sign of most of a construct's loadings, ties by its largest loading."""
    votes = np.sign(own) @ design.mask
    out = np.sign(votes)
    tied = votes == 0
    if np.any(tied):
        for j, block in enumerate(design.blocks):
            values = own[..., block]
            largest = np.take_along_axis(values, np.abs(values).argmax(axis=-1)[..., None], axis=-1)[..., 0]
            out[..., j] = np.where(tied[..., j], np.sign(largest), out[..., j])
    return np.where(out == 0, 1.0, out)


def rho_a(design: Design, corr: Floats, weights: Floats) -> Floats:
    """Reliability of the composites (Dijkstra & Henseler 2015, eq. 3), ``(*B, J)``.

    ``rho_A = (w'w)^2 [w'(S - diag S)w] / [w'(ww' - diag ww')w]``.  NaN for single items and mode B, where it is not
    defined; a reliability stated in the spec stands in its place.
    """
    out = np.full((*weights.shape[:-1], len(design.constructs)), np.nan)
    for j, block in enumerate(design.blocks):
        if len(block) == 1 or design.mode_b[j]:
            continue
        w = weights[..., block]
        s = corr[..., block[:, None], block]
        size = (w**2).sum(axis=-1)
        fourth = (w**4).sum(axis=-1)
        quadratic = (w[..., None, :] @ s @ w[..., :, None])[..., 0, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            out[..., j] = size**2 * (quadratic - size) / (size**2 - fourth)
    return np.where(np.isnan(design.reliability), out, design.reliability)
