"""Why a fit has no usable numbers, in names: constant items, collinear blocks, inadmissible correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.estimate.fit import Fit
from csimodels.estimate.outer import unit_proxies
from csimodels.estimate.plsc import LARGEST
from csimodels.estimate.signs import own_loadings
from csimodels.messages import Construct, Item, Message, constructs, items
from csimodels.moments import linalg


def singular_reasons(fit: Fit, element: int, flat_items: Sequence[str] = ()) -> list[Message]:
    """Sentences that say why element `element` is singular; never empty.

    `flat_items` are items with one and the same answer, or none, in all rows; without them, those of variance zero.
    """
    d = fit.design
    still = np.flatnonzero(np.diagonal(fit.moments.cov[element]) == 0)
    flat = list(flat_items) or list(dict.fromkeys(d.items[k] for k in still))
    if flat:
        return [constant_items(flat)]
    reasons: list[Message] = []
    corr = fit.moments.corr[element]
    for j in np.flatnonzero(d.mode_b & ~d.single):
        block = d.blocks[j]
        involved = linalg.null_items(corr[np.ix_(block, block)])
        if involved:
            names = items([d.items[block[k]] for k in involved])
            text = "construct {name} (mode B): items are copies or sums of one another: {names}"
            reasons.append(Message(text, name=Construct(d.constructs[j]), names=names))
    cross = fit.correlations[element]
    if not np.isfinite(cross).all():
        cross = unit_proxies(d, corr)
        for j in np.flatnonzero(np.isnan(np.diagonal(cross))):
            text = "the items of {name} cancel one another out: is one asked the other way round?"
            reasons.append(Message(text, name=Construct(d.constructs[j])))
    for target, sources in fit.equations:
        block_corr = cross[np.ix_(sources, sources)]
        involved = linalg.null_items(block_corr) if np.isfinite(block_corr).all() else []
        if involved:
            names = constructs([d.constructs[sources[k]] for k in involved])
            text = "the constructs that lead to {name} are collinear: {names}"
            reasons.append(Message(text, name=Construct(d.constructs[target]), names=names))
    linked = d.path | d.path.T
    for j in np.flatnonzero((np.where(linked, np.abs(cross), 0.0) < 1e-12).all(axis=1)):
        text = "{name} is uncorrelated with every construct that it has a path with"
        reasons.append(Message(text, name=Construct(d.constructs[j])))
    return reasons or [Message("the correlation matrix of the items is singular")]


def constant_items(names: Sequence[str]) -> Message:
    """That these items have one and the same answer, or none, in all rows."""
    if len(names) > 1:
        return Message("items have the same answer in every row, or none at all: {names}", names=items(names))
    return Message("item has the same answer in every row, or none at all: {names}", names=items(names))


def inadmissible_reasons(fit: Fit, element: int) -> list[Message]:
    """Sentences that say what is inadmissible in element `element` of a PLSc fit."""
    d = fit.design
    reasons: list[Message] = []
    staged = fit.stages is not None
    rho = fit.rho_a[element]
    of_factors = ~(d.higher_order & ~d.reflective) | ~staged
    for j in np.flatnonzero(~((rho > 0) & (rho <= LARGEST)) & ~np.isnan(rho) & of_factors):
        name = Construct(d.constructs[j])
        reasons.append(Message("rho_A of {name} is {value}, outside (0, 1]", name=name, value=f"{rho[j]:.3f}"))
    own = own_loadings(d, fit.loadings)[element]
    for k in np.flatnonzero((np.abs(own) > LARGEST) & ~(staged & d.higher_order[d.block])):
        text = "the loading of {name} is {value}, beyond 1"
        reasons.append(Message(text, name=Item(d.items[k]), value=f"{own[k]:.3f}"))
    cross = fit.correlations[element]
    for whole, parts in enumerate(d.parts if staged else ()):
        for part in parts:
            if abs(cross[part, whole]) > LARGEST:
                text = "the loading of the dimension {a} on {b} is {value}, beyond 1"
                a, b = Construct(d.constructs[part]), Construct(d.constructs[whole])
                reasons.append(Message(text, a=a, b=b, value=f"{cross[part, whole]:.3f}"))
    for i, j in zip(*np.triu_indices(len(cross), 1), strict=True):
        related = staged and (d.family[i, j] or d.family[j, i])
        if abs(cross[i, j]) > 1 and not related:
            a, b = Construct(d.constructs[i]), Construct(d.constructs[j])
            text = "the corrected correlation of {a} and {b} is {value}, beyond 1"
            reasons.append(Message(text, a=a, b=b, value=f"{cross[i, j]:.3f}"))
    return reasons or [Message("the corrected correlations of the constructs are not positive definite")]
