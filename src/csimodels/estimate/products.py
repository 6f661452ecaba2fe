"""Interactions and curves of constructs: products of scores as further predictors of an equation.

*Two-stage* (Chin, Marcolin & Newsted 2003; Becker, Cheah, Gholamzade, Ringle & Sarstedt 2023): the model without
products gives the scores; products of scores of unit variance, not standardised again, join the regressions.  Their
covariances with the scores come from moments of products of answers (:mod:`csimodels.estimate.monomials`), so that a
replicate goes through both stages.  Under PLSc the moments of products are corrected for attenuation as well (Dijkstra
& Schermelleh-Engel 2014): errors of measurement are independent across constructs and symmetric, and fourth powers of
one error are those of a normal distribution.

*Product indicator* (Chin et al. 2003) and *orthogonalising* (Little, Bovaird & Widaman 2006; Henseler & Chin 2010):
products of standardised items are the block of a further construct, the latter after regression on the items.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Estimator, Fit, ProductFit
from csimodels.estimate.product_items import fit_by_items
from csimodels.estimate.product_scores import (
    control_places,
    dummy_values,
    joint_covariances,
    sample_sd,
    scores_of_products,
)
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats, general_solve, safe_inverse


def fit_with_products(design: Design, moments: Moments, estimator: Estimator) -> Fit:
    """Fit a model with interactions.

    Parameters
    ----------
    moments : of the items of the model and of the columns of :func:`~csimodels.estimate.monomials.with_products`.
    """
    if design.way != "two_stage":
        return fit_by_items(design, moments, estimator, item_moments(design, moments))
    fit = _first_stage(design, item_moments(design, moments), estimator)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = scores_of_products(design, fit)
        joint = _corrected(design, fit, joint_covariances(design, moments, scores.values), scores.loading)
        fit = with_regressions(design, fit, joint)
    if fit.products is None or not design.controls:
        return fit
    sd = moments.sd[..., control_places(design, moments)][..., [k for k, _ in design.controlled]]
    return replace(fit, products=replace(fit.products, control_sd=sd))


def item_moments(design: Design, moments: Moments) -> Moments:
    """The moments of the items alone, without columns of products."""
    if design.ends is None or len(moments.items) == len(design.ends):
        return moments
    p = len(design.ends)
    parts = (moments.mean[..., :p], moments.cov[..., :p, :p], moments.n, moments.n_eff, moments.items[:p])
    return Moments(*parts, moments.keys, moments.status, extra=moments.extra)


def _first_stage(design: Design, moments: Moments, estimator: Estimator) -> Fit:
    """The fit without products.  Of a batch in which many elements have the same items, these are fitted once."""
    if len(moments.batch) != 1 or moments.batch[0] < 2 or not isinstance(moments.status, int):
        return estimator(design.additive, moments)
    flat = np.concatenate([moments.mean, moments.cov.reshape(len(moments.mean), -1)], axis=1)
    other = np.flatnonzero((flat != flat[0]).any(axis=1))
    if len(other) > len(flat) // 2:
        return estimator(design.additive, moments)
    fit = estimator(design.additive, moments[np.concatenate([[0], other])])
    place = np.zeros(len(flat), dtype=np.intp)
    place[other] = np.arange(1, len(other) + 1)
    return replace(fit.at(place), moments=design.expand(moments))


def _corrected(design: Design, fit: Fit, raw: Floats, loading: Floats) -> Floats:
    """Covariances of scores and products -> those of the constructs and their products, see the module.

    Parameters
    ----------
    loading : (*B, J) correlation of each score with its construct.
    """
    size = len(design.constructs)
    out = raw.copy()
    out[..., :size, :size] = fit.correlations
    scored = raw[..., :size, :size]
    for t, product in enumerate(design.products):
        of_product = prod((loading[..., j] for j in product.factors), start=np.ones(loading.shape[:-1]))
        cross = raw[..., size + t, :size] / (of_product[..., None] * loading)
        out[..., size + t, :size] = out[..., :size, size + t] = cross
        for u in range(t + 1):
            factors = (product.factors, design.products[u].factors)
            both = raw[..., size + t, size + u]
            if (loading != 1).any():
                both = _fourth(factors, both, scored, fit.correlations, loading)
            out[..., size + t, size + u] = out[..., size + u, size + t] = both
    first = size + len(design.products)  # covariates are measured without error
    of_terms = [prod((loading[..., j] for j in p.factors), start=np.ones(loading.shape[:-1])) for p in design.products]
    scale = np.concatenate([loading, *(part[..., None] for part in of_terms)], axis=-1)
    out[..., first:, :first] = raw[..., first:, :first] / scale[..., None, :]
    out[..., :first, first:] = np.swapaxes(out[..., first:, :first], -1, -2)
    return out


def _fourth(
    factors: tuple[tuple[int, ...], tuple[int, ...]], cov: Floats, scored: Floats, corr: Floats, loading: Floats
) -> Floats:
    """Covariance of two products of two constructs, from that of the products of their scores ``cov (*B,)``.

    ``E prod(Q eta + e)`` is written out; what holds errors is of second order in the constructs and known.
    """
    (a, b), (c, d) = factors
    places = (a, b, c, d)
    moment = cov + scored[..., a, b] * scored[..., c, d]
    for count in (2, 4):
        for errors in combinations(range(4), count):
            rest = [places[k] for k in range(4) if k not in errors]
            noise = _noise([places[k] for k in errors], loading)
            if noise is None:
                continue
            known = loading[..., rest[0]] * loading[..., rest[1]] * corr[..., rest[0], rest[1]] if rest else 1.0
            moment = moment - noise * known
    whole = prod((loading[..., j] for j in places), start=np.ones(loading.shape[:-1]))
    return np.asarray(moment / whole - corr[..., a, b] * corr[..., c, d])


def _noise(constructs: list[int], loading: Floats) -> Floats | None:
    """Mean of a product of errors: None where one stands alone, 3 v^2 for four of a kind."""
    times = {j: constructs.count(j) for j in constructs}
    if any(count % 2 for count in times.values()):
        return None
    out = np.ones(loading.shape[:-1])
    for j, count in times.items():
        variance = 1 - loading[..., j] ** 2
        out = out * (variance if count == 2 else 3 * variance**2)
    return out


def with_regressions(design: Design, fit: Fit, joint: Floats) -> Fit:
    """`fit` with the equations that have products estimated anew.

    Parameters
    ----------
    joint : (*B, J + T, J + T) covariances of the constructs, of variance 1, and of their products.
    """
    size, first = len(design.constructs), len(design.constructs) + len(design.products)
    paths, r2 = fit.paths.copy(), fit.r2.copy()
    coefficient = np.full((*r2.shape[:-1], len(design.products)), np.nan)
    effect = np.full((*r2.shape[:-1], len(design.controlled)), np.nan)
    f2, size_of, inflation = coefficient.copy(), effect.copy(), {}
    for target in dict.fromkeys((*(p.target for p in design.products), *(t for _, t in design.controlled))):
        terms = [t for t, product in enumerate(design.products) if product.target == target]
        held = [(e, k) for e, (k, end) in enumerate(design.controlled) if end == target]
        sources = _sources(design, fit, target)
        own = [size + t for t in terms] + [first + k for _, k in held]
        places = np.asarray([*sources.tolist(), *own], dtype=np.intp)
        beta, growth, sizes, r2[..., target] = _equation(joint, places, target)
        paths[..., target, sources], inflation[target] = beta[..., : len(sources)], growth[..., : len(sources)]
        cut = len(sources) + len(terms)
        coefficient[..., terms], f2[..., terms] = beta[..., len(sources) : cut], sizes[..., len(sources) : cut]
        effect[..., [e for e, _ in held]], size_of[..., [e for e, _ in held]] = beta[..., cut:], sizes[..., cut:]
    sd = sample_sd(design, fit, joint)
    spread = np.sqrt(np.diagonal(joint, axis1=-2, axis2=-1)[..., size:first])
    made = ProductFit(coefficient * spread / sd, sd, f2, inflation, dummy_values(design, fit), effect, size_of)
    lost = np.isnan(coefficient).any(axis=-1) & ((fit.status & int(Status.SINGULAR)) == 0)
    status = fit.status | np.where(lost, int(Status.SINGULAR), 0)
    return replace(fit, design=design, paths=paths, r2=r2, status=status, products=made)


def _equation(joint: Floats, places: NDArray[np.intp], target: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Coefficients, variance inflation and effect sizes ``(*B, sources)``, and R2 ``(*B,)`` of one equation.

    A source that does not vary, a kind that nobody of a group is of, has no coefficient and takes no part.
    """
    known = joint[..., places, target]
    matrix = joint[..., places[:, None], places].copy()
    variance = np.diagonal(matrix, axis1=-2, axis2=-1)
    flat = variance <= 0
    index = np.arange(len(places))
    matrix[..., index, index] = np.where(flat, 1.0, variance)
    beta = general_solve(matrix, known)
    explained = (beta * known).sum(axis=-1)
    spread = np.diagonal(matrix, axis1=-2, axis2=-1)
    growth = np.diagonal(safe_inverse(matrix), axis1=-2, axis2=-1) * spread
    rest = np.where(np.abs(1 - explained) > 1e-12, 1 - explained, np.nan)
    sizes = beta**2 * spread / growth / rest[..., None]
    return np.where(flat, np.nan, beta), growth, np.where(flat, np.nan, sizes), explained


def _sources(design: Design, fit: Fit, target: int) -> NDArray[np.intp]:
    """Sources of the equation that products of `target` stand in: not its dimensions."""
    causes = (s for end, s in fit.equations if end == target and not design.family[end][s].any())
    return next(causes, np.empty(0, dtype=np.intp))
