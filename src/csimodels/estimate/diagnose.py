"""Why a fit has no usable numbers, in names: constant items, collinear blocks, inadmissible correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.errors import listed
from csimodels.estimate.fit import Fit
from csimodels.estimate.pls import own_loadings, unit_proxies
from csimodels.estimate.plsc import LARGEST
from csimodels.moments import linalg


def singular_reasons(fit: Fit, element: int, flat_items: Sequence[str] = ()) -> list[str]:
    """Sentences that say why element `element` is singular; never empty.

    `flat_items` are items with one and the same answer, or none, in all rows; without them, those of variance zero.
    """
    d = fit.design
    still = np.flatnonzero(np.diagonal(fit.moments.cov[element]) == 0)
    flat = list(flat_items) or list(dict.fromkeys(d.items[k] for k in still))
    if flat:
        verb = "items have" if len(flat) > 1 else "item has"
        return [f"{verb} the same answer in every row, or none at all: {listed(flat)}"]
    reasons = []
    corr = fit.moments.corr[element]
    for j in np.flatnonzero(d.mode_b & ~d.single):
        block = d.blocks[j]
        involved = linalg.null_items(corr[np.ix_(block, block)])
        if involved:
            names = listed([d.items[block[k]] for k in involved])
            reasons.append(f"construct {d.constructs[j]} (mode B): items are copies or sums of one another: {names}")
    cross = fit.correlations[element]
    if not np.isfinite(cross).all():
        cross = unit_proxies(d, corr)
        for j in np.flatnonzero(np.isnan(np.diagonal(cross))):
            reasons.append(f"the items of {d.constructs[j]} cancel one another out: is one asked the other way round?")
    for target, sources in fit.equations:
        block_corr = cross[np.ix_(sources, sources)]
        involved = linalg.null_items(block_corr) if np.isfinite(block_corr).all() else []
        if involved:
            names = listed([d.constructs[sources[k]] for k in involved])
            reasons.append(f"the constructs that lead to {d.constructs[target]} are collinear: {names}")
    linked = d.path | d.path.T
    for j in np.flatnonzero((np.where(linked, np.abs(cross), 0.0) < 1e-12).all(axis=1)):
        reasons.append(f"{d.constructs[j]} is uncorrelated with every construct that it has a path with")
    return reasons or ["the correlation matrix of the items is singular"]


def inadmissible_reasons(fit: Fit, element: int) -> list[str]:
    """Sentences that say what is inadmissible in element `element` of a PLSc fit."""
    d = fit.design
    reasons = []
    staged = fit.stages is not None
    rho = fit.rho_a[element]
    of_factors = ~(d.higher_order & ~d.reflective) | ~staged
    for j in np.flatnonzero(~((rho > 0) & (rho <= LARGEST)) & ~np.isnan(rho) & of_factors):
        reasons.append(f"rho_A of {d.constructs[j]} is {rho[j]:.3f}, outside (0, 1]")
    own = own_loadings(d, fit.loadings)[element]
    for k in np.flatnonzero((np.abs(own) > LARGEST) & ~(staged & d.higher_order[d.block])):
        reasons.append(f"the loading of {d.items[k]} is {own[k]:.3f}, beyond 1")
    cross = fit.correlations[element]
    for whole, parts in enumerate(d.parts if staged else ()):
        for part in parts:
            if abs(cross[part, whole]) > LARGEST:
                pair = f"the dimension {d.constructs[part]} on {d.constructs[whole]}"
                reasons.append(f"the loading of {pair} is {cross[part, whole]:.3f}, beyond 1")
    for i, j in zip(*np.triu_indices(len(cross), 1), strict=True):
        related = staged and (d.family[i, j] or d.family[j, i])
        if abs(cross[i, j]) > 1 and not related:
            pair = f"{d.constructs[i]} and {d.constructs[j]}"
            reasons.append(f"the corrected correlation of {pair} is {cross[i, j]:.3f}, beyond 1")
    return reasons or ["the corrected correlations of the constructs are not positive definite"]
