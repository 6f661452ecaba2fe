"""Interactions by items: products of standardised items as the block of a further construct (Chin et al. 2003).

Orthogonalising (Little, Bovaird & Widaman 2006; Henseler & Chin 2010) regresses the products on the items of both
constructs first, so that the paths of these stay those without an interaction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csimodels.estimate.design import Design
from csimodels.estimate.fit import Estimator, Fit, ProductFit
from csimodels.estimate.monomials import centred_means, expansions_of
from csimodels.estimate.product_scores import dummy_values, item_values, joint_covariances, sample_sd
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats, safe_inverse


def fit_by_items(design: Design, moments: Moments, estimator: Estimator, items: Moments) -> Fit:
    """Fit a model whose interactions have blocks of products of items.

    Parameters
    ----------
    moments : of the items and of the columns of products.
    items : of the items alone.

    Returns
    -------
    Fit
        Of the constructs of the model.  ``products.coefficient`` is the path of the interaction, whose score has
        variance 1, divided by ``products.sd``, the standard deviation of the product of the two scores.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        cov, blocks = _with_blocks(design, moments, items)
    size, p = len(design.constructs), len(design.items)
    longer = _longer(design, blocks)
    mean = np.zeros(cov.shape[:-1])
    fit = estimator(longer, Moments(mean, cov, moments.n, moments.n_eff, longer.items, moments.keys, moments.status))
    own = Fit(
        design,
        design.expand(items),
        fit.weights[..., :p, :size],
        fit.loadings[..., :p, :size],
        fit.correlations[..., :size, :size],
        fit.paths[..., :size, :size],
        fit.r2[..., :size],
        fit.rho_a[..., :size],
        fit.status,
        fit.iterations,
        estimator,
    )
    return replace(own, products=_products(own, fit, moments, _directions(fit, cov, blocks, design)))


def _products(own: Fit, fit: Fit, moments: Moments, direction: Floats) -> ProductFit:
    design, size = own.design, len(own.design.constructs)
    targets = [product.target for product in design.products]
    places = np.arange(size, size + len(targets))
    path = fit.paths[..., targets, places] * direction
    sd = sample_sd(design, own, joint_covariances(design, moments, item_values(design, own.weights, own.moments.sd)))
    f2, inflation = np.full(path.shape, np.nan), {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for target in dict.fromkeys(targets):
            sources = fit.design.predecessors[target]
            growth = np.diagonal(safe_inverse(fit.correlations[..., sources[:, None], sources]), axis1=-2, axis2=-1)
            inflation[target] = growth[..., sources < size]
            for t in (t for t, end in enumerate(targets) if end == target):
                place = int(np.flatnonzero(sources == size + t)[0])
                f2[..., t] = path[..., t] ** 2 / growth[..., place] / (1 - fit.r2[..., target])
        return ProductFit(path / sd, sd, f2, inflation, dummy_values(design, own))


def _directions(fit: Fit, cov: Floats, blocks: list[list[tuple[int, int]]], design: Design) -> Floats:
    """(*B, T) +1 or -1: whether the score of each interaction goes with the product of the scores it stands for.

    Loadings do not tell: after orthogonalising most of them may be negative where the score goes with the product.
    """
    entry = {int(column): k for k, column in enumerate(design.columns)}
    weights, out, start = fit.weights.sum(axis=-1), [], len(design.items)
    for pairs in blocks:
        first, second = ([entry[pair[side]] for pair in pairs] for side in (0, 1))
        place = slice(start, start + len(pairs))
        product = weights[..., first] * weights[..., second]
        made = weights[..., place] / np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1)[..., place])
        together = np.einsum("...i,...ij,...j->...", made, cov[..., place, place], product)
        out.append(np.where(together < 0, -1.0, 1.0))
        start += len(pairs)
    return np.stack(out, axis=-1)


def _with_blocks(design: Design, moments: Moments, items: Moments) -> tuple[Floats, list[list[tuple[int, int]]]]:
    """Covariances of items and products of standardised items, and the items of each product."""
    p, q = len(items.items), len(moments.items)
    mean, scale = centred_means(design, moments.mean), 1 / items.sd
    rows = [np.broadcast_to(np.eye(p, q), (*moments.batch, p, q))]
    blocks = []
    for product, expansion in zip(design.products, expansions_of(design, moments.items), strict=True):
        pairs = list(dict.fromkeys(map(tuple, expansion.items.tolist())))
        blocks.append([(int(a), int(b)) for a, b in pairs])
        made = []
        for a, b in pairs:
            one = np.zeros((*moments.batch, p, len(product.factors)))
            one[..., a, 0], one[..., b, 1] = scale[..., a], scale[..., b]
            made.append(expansion.coefficients(one, mean, q))
        rows.append(np.stack(made, axis=-2))
    transform = np.concatenate(rows, axis=-2)
    cov = transform @ moments.cov @ np.swapaxes(transform, -1, -2)
    if design.way == "orthogonal":
        cov = _orthogonal(cov, blocks, p)
    return np.asarray(cov), blocks


def _orthogonal(cov: Floats, blocks: list[list[tuple[int, int]]], p: int) -> Floats:
    """Covariances with the products replaced by their residuals on the items that they are made of."""
    keep = np.broadcast_to(np.eye(cov.shape[-1]), cov.shape).copy()
    start = p
    for pairs in blocks:
        used = np.asarray(sorted({k for pair in pairs for k in pair}), dtype=np.intp)
        place = np.arange(start, start + len(pairs))
        slope = cov[..., place[:, None], used] @ safe_inverse(cov[..., used[:, None], used])
        keep[..., place[:, None], used] = -slope
        start += len(pairs)
    return np.asarray(keep @ cov @ np.swapaxes(keep, -1, -2))


def _longer(design: Design, blocks: list[list[tuple[int, int]]]) -> Design:
    """The design with a construct for every interaction."""
    size, more = len(design.constructs), len(blocks)
    path = np.zeros((size + more, size + more), dtype=bool)
    path[:size, :size] = design.path
    for t, product in enumerate(design.products):
        path[product.target, size + t] = True
    names = dict(zip(design.columns.tolist(), design.items, strict=True))
    made = [f"{names[a]} x {names[b]} ({t})" for t, pairs in enumerate(blocks) for a, b in pairs]
    lengths = [len(pairs) for pairs in blocks]
    total = int(design.columns.max()) + 1
    return Design(
        block=np.concatenate([design.block, np.repeat(np.arange(size, size + more), lengths)]),
        path=path,
        mode_b=np.concatenate([design.mode_b, np.zeros(more, dtype=bool)]),
        reflective=np.concatenate([design.reflective, np.zeros(more, dtype=bool)]),
        reliability=np.concatenate([design.reliability, np.full(more, np.nan)]),
        order=(*range(size, size + more), *design.order),
        columns=np.concatenate([design.columns, np.arange(total, total + sum(lengths))]),
        items=(*design.items, *made),
        constructs=(*design.constructs, *(f"({t})" for t in range(more))),
        parts=(*design.parts, *(() for _ in range(more))),
    )
