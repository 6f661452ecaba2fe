"""Why a fit has no usable numbers, in names: constant items, collinear blocks, inadmissible correlations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Status
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit
from csimodels.estimate.higher_order import StagedEstimator, measured_stages
from csimodels.estimate.outer import unit_proxies
from csimodels.estimate.plsc import LARGEST, can_be_reliability
from csimodels.estimate.signs import own_loadings
from csimodels.messages import N_, Construct, Item, Message, constructs, items
from csimodels.moments import Moments, linalg
from csimodels.moments.linalg import Floats

#: Sentences that others ask for: see :mod:`csimodels.study.status`.
COLLINEAR = N_("the constructs that lead to {name} are collinear: {names}")
FLAT_PRODUCT = N_("{name} does not vary")
LOST_PRODUCT = N_("{name} has no variance left once the errors of measurement of its constructs are taken out")


def singular_reasons(fit: Fit, element: int, flat_items: Sequence[str] = ()) -> list[Message]:
    """Sentences that say why element `element` is singular; never empty.

    `flat_items` are items with one and the same answer, or none, in all rows; without them, those of variance zero.
    """
    d = fit.design
    still = np.flatnonzero(np.diagonal(fit.moments.cov[element]) == 0)
    flat = list(flat_items) or list(dict.fromkeys(d.items[k] for k in still))
    if flat:
        return [constant_items(flat)]
    of_products = _lost_products(fit, element)
    if of_products:
        return of_products
    for design, corr, cross, equations in _levels(fit, element):
        reasons = [*_of_blocks(design, corr), *_of_links(design, corr, cross, equations)]
        if reasons:
            return reasons
    return [Message("the correlation matrix of the items is singular")]


def _lost_products(fit: Fit, element: int) -> list[Message]:
    """Products of constructs that have no effect although the model without them has one; empty where it has none."""
    if fit.products is None or not np.isfinite(fit.correlations[element]).all():
        return []
    reasons = []
    for product, spread in zip(fit.design.products, fit.products.sd[element], strict=True):
        if spread > 0:
            continue
        first, *others = (Construct(fit.design.constructs[j]) for j in product.factors)
        name: Construct | Message = first
        for other in others:
            name = Message("{a} * {b}", a=name, b=other)
        reasons.append(Message(LOST_PRODUCT if np.isnan(spread) else FLAT_PRODUCT, name=name))
    return reasons


Level = tuple[Design, Floats, Floats, Sequence[tuple[int, NDArray[np.intp]]]]


def _levels(fit: Fit, element: int) -> Iterator[Level]:
    """What is fitted at once: design, correlations of its entries and of its constructs, equations."""
    d, corr, cross = fit.design, fit.moments.corr[element], fit.correlations[element]
    lost = not np.isfinite(cross).all()
    if lost and fit.stages is not None:
        _, first = np.unique(d.columns, return_index=True)
        m, names = fit.moments, tuple(d.items[k] for k in first)
        at = (m.mean[element, first], m.cov[element][np.ix_(first, first)], m.n[element], m.n_eff[element])
        estimator = cast(StagedEstimator, fit.estimator)
        for stage, entries, done in measured_stages(d.additive, Moments(*at, names), estimator):
            if done.status & int(Status.SINGULAR):
                yield stage, entries, unit_proxies(stage, entries), stage.equations
    yield d, corr, unit_proxies(d, corr) if lost else cross, fit.equations


def _of_blocks(d: Design, corr: Floats) -> Iterator[Message]:
    """Blocks of mode B that are singular."""
    for j in np.flatnonzero(d.mode_b & ~d.single):
        block = d.blocks[j]
        involved = linalg.null_items(corr[np.ix_(block, block)])
        if involved:
            names = items([d.items[block[k]] for k in involved])
            text = "construct {name} (mode B): items are copies or sums of one another: {names}"
            yield Message(text, name=Construct(d.constructs[j]), names=names)


def _of_links(
    d: Design, corr: Floats, cross: Floats, equations: Sequence[tuple[int, NDArray[np.intp]]]
) -> Iterator[Message]:
    """Constructs without variance, collinear ones, and those that nothing is correlated with."""
    for j in np.flatnonzero(np.isnan(np.diagonal(cross))):
        text = "the items of {name} cancel one another out: is one asked the other way round?"
        yield Message(text, name=Construct(d.constructs[j]))
    for target, sources in equations:
        block_corr = cross[np.ix_(sources, sources)]
        involved = linalg.null_items(block_corr) if np.isfinite(block_corr).all() else []
        if involved:
            names = constructs([d.constructs[sources[k]] for k in involved])
            yield Message(COLLINEAR, name=Construct(d.constructs[target]), names=names)
    linked = d.path | d.path.T
    apart = (np.where(linked, np.abs(cross), 0.0) < 1e-12).all(axis=1)
    for j in np.flatnonzero(apart & linked.any(axis=1)):  # dimensions may have no path at all
        text = "{name} is uncorrelated with every construct that it has a path with"
        yield Message(text, name=Construct(d.constructs[j]))


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
    of_factors = ~(staged & d.higher_order & ~d.reflective)
    for j in np.flatnonzero(~can_be_reliability(rho) & ~np.isnan(rho) & of_factors):
        name = Construct(d.constructs[j])
        reasons.append(Message("rho_A of {name} is {value}, outside (0, 1]", name=name, value=f"{rho[j]:.3f}"))
    for j in np.flatnonzero(np.isnan(rho) & d.factor & of_factors & ~d.higher_order):
        text = "rho_A of {name} is not defined: all its weight is on one item"
        reasons.append(Message(text, name=Construct(d.constructs[j])))
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
