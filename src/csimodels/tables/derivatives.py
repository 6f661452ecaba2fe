"""Derivatives of all published numbers of composite fits, by the chain rule through the core of a fit.

A number follows from the core (:mod:`csimodels.estimate.core`), from the standard deviations of the scores, or, as
alpha and the heterotrait-monotrait ratios, from the correlations of the items alone.  The inner numbers of the chain
are the core, a factor of every such standard deviation, and the numbers of :data:`OF_ITEMS` themselves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from csimodels.assess.indicators import BlockPairs
from csimodels.assess.measurement import positive
from csimodels.estimate import Estimator, Fit
from csimodels.estimate.core import Core, ItemPairs
from csimodels.estimate.core_slopes import CoreSlopes, Spreading
from csimodels.infer.chain import Chain
from csimodels.moments import Moments, chunks
from csimodels.moments.linalg import Bools, Floats, entries
from csimodels.tables.compound import COMPOUND, fill_compound
from csimodels.tables.moves import Moves, core_size
from csimodels.tables.quantities import OF_ITEMS, Layout, quantities
from csimodels.tables.values import normalised, score_sd

#: Step of the central differences of the numbers with respect to the core; of means and deviations as a share of sd.
STEP = 1e-5

#: Most memory that derivatives by the inner numbers may take; larger models are left to differences of fits.
MOST_BYTES = 2**25

#: Memory of the moved fits of one batch.
BATCH_BYTES = 2**24

#: Unstandardised index weights ``(*B, p)`` of a batch of fits, see :func:`csimodels.tables.index_weights`.
RawWeights = Callable[[Fit], Floats]


def chains(layout: Layout, estimator: Estimator, moments: Moments, raw_weights: RawWeights) -> list[Chain | None]:
    """Derivatives of the published numbers at every one of ``moments (B,)``.

    None where fits have no core, one did not converge, or the derivatives would not fit under :data:`MOST_BYTES`.
    """
    core = estimator.core(layout.design, moments) if 8 * layout.size * core_size(layout) <= MOST_BYTES else None
    if core is None:
        return [None] * len(moments.mean)
    moves = Moves.of(layout, core.estimator.corrects)
    out: list[Chain | None] = []
    for start, stop in chunks(len(moments.mean), max(1, BATCH_BYTES // (2 * moves.fits * _each(layout)))):
        at = slice(start, stop)
        out += _chains(layout, core[at], moves, moments[at], raw_weights)
    return out


def _each(layout: Layout) -> int:
    """Memory of one moved fit."""
    return int(8 * (layout.size + 3 * len(layout.design.block) ** 2))


def _chains(layout: Layout, core: Core, moves: Moves, moments: Moments, raw_weights: RawWeights) -> list[Chain | None]:
    """The same of one batch: numbers that follow from the items alone are inner numbers themselves."""
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = core.fit(moments)
        raw = raw_weights(fit)
        point = quantities(fit, layout, raw)
        parts = [_stretch(fit, layout, raw), _of_items(fit, layout, point[:, moves.items])]
        inner = CoreSlopes.of(core, np.concatenate(parts, axis=1))
        outer = _by_core(core, layout, moves, moments, raw_weights)
        fill_compound(outer[:, : -len(moves.items)], point, layout)
    outer[np.isinf(outer)] = np.nan  # nothing is known of a number that has no derivative
    lost, size = ~inner.known, core.values.shape[1]
    whole: Bools = np.asarray(~lost[:, :size].any(axis=1))
    parts_of = zip(whole.tolist(), inner.each(lost), outer, point, lost, strict=True)
    return [_chain(*of_one) if there else None for there, *of_one in parts_of]


def _chain(inner: Floats | Spreading, outer: Floats, point: Floats, lost: Bools) -> Chain:
    """The chain of one fit from its inner numbers and ``outer (m, Q)``; NaN for what hangs on `lost` inner ones."""
    if lost.any():
        outer[:, (outer[lost] != 0).any(axis=0)] = np.nan
    return Chain(inner, outer.T, point)


def _by_core(core: Core, layout: Layout, moves: Moves, moments: Moments, raw_weights: RawWeights) -> Floats:
    """(B, m, Q) derivatives of the numbers by the core, the factors of the scores' deviations and the numbers of items.

    Those of the blocks :data:`COMPOUND` are left at 0.
    """
    p, wide = layout.design.mask.shape
    size, corrects = core.values.shape[1], core.estimator.corrects
    parts = [core.values, np.ones((len(core.values), wide)), *([core.reliability()] if corrects else ())]
    at = np.concatenate(parts, axis=1)
    steps = np.full(at.shape, STEP)
    steps[:, : 2 * p] *= np.tile(moments.sd, 2)
    moved = moves.moved(at, steps)
    there = core.moved(moved[..., :size])
    pieces = []
    for start, stop in chunks(moves.fits, max(1, BATCH_BYTES // (2 * len(at) * _each(layout)))):
        fits = slice(start, stop)
        rho = moved[:, :, fits, size + wide :] if corrects else None
        fit = core.moved(moved[:, :, fits, :size]).fit(moments[:, None, None], rho)
        stretch = moved[:, :, fits, size : size + wide]
        pieces.append(quantities(fit, layout, raw_weights(fit), stretch, (*OF_ITEMS, *COMPOUND)))
    slopes, of_reliability = moves.slopes(np.concatenate(pieces, axis=2), steps, wide if corrects else 0)
    if not corrects:
        return slopes
    change, weights, owner = there.reliability(), np.arange(2 * p, 3 * p), layout.design.block
    up, down = np.moveaxis(change[:, :, moves.group[weights], owner], 1, 0)
    of_weight = np.nan_to_num((up - down) / (2 * STEP))  # a reliability that is not defined corrects nothing
    slopes[:, weights] += of_weight[..., None] * of_reliability[:, owner]
    return slopes


def _stretch(fit: Fit, layout: Layout, raw: Floats) -> Floats:
    """(B, J, E) of the factor of every score's standard deviation by the correlations of pairs, at given weights."""
    pairs, design = ItemPairs.of(layout.design), layout.design
    shares = normalised(raw, layout)
    sd = score_sd(fit, layout, shares)[..., design.block]
    points = shares * 100 / (layout.high - layout.low) * fit.moments.sd / sd
    inside = pairs.same & (design.block[pairs.first] == np.arange(design.mask.shape[1])[:, None])
    return np.asarray(pairs.products(points)[:, None, :] * inside)


def _of_items(fit: Fit, layout: Layout, values: Floats) -> Floats:
    """(B, k, E) of the blocks :data:`OF_ITEMS`, ``values (B, k)``, by correlations of pairs; NaN where these are."""
    return np.asarray(np.concatenate([of(fit, layout) for of in _OF_ITEMS], axis=1) + 0 * values[..., None])


def _alpha(fit: Fit, layout: Layout) -> Floats:
    """(B, J, E) of alpha by the correlations of pairs: ``alpha = k / (k - 1) (1 - k / total)``."""
    design, pairs = layout.design, ItemPairs.of(layout.design)
    size, total = design.mask.sum(axis=0), design.within.form(fit.moments.corr)
    slope = 2 * size**2 / np.maximum(size - 1, 1) / total**2
    inside = pairs.same & (design.block[pairs.first] == np.arange(len(size))[:, None])
    return np.where(inside, slope[..., None], 0.0)


def _ratio(fit: Fit, layout: Layout, means: Floats, by_pair: Floats) -> Floats:
    """(B, pairs of constructs, E) of ``M_ij / sqrt(M_ii M_jj)`` by the correlations of pairs.

    Parameters
    ----------
    means : (B, J, J) means over blocks, of a single item 1;  by_pair : (B, E) their derivatives.
    """
    design, pairs = layout.design, ItemPairs.of(layout.design)
    one, other = layout.construct_pair_ends
    within = np.where(design.single, 1.0, np.diagonal(means, axis1=-2, axis2=-1))
    scale = np.sqrt(within[:, one] * within[:, other])
    ratio = entries(means, one, other) / scale
    owner = design.block[pairs.first]
    touched = pairs.same & ((one[:, None] == owner) | (other[:, None] == owner))
    between = ~pairs.same & (pairs.place == np.arange(len(one))[:, None])
    relative = np.where(pairs.same, by_pair / within[:, owner], 0.0)
    out = np.where(between, by_pair[:, None, :] / scale[..., None], 0.0)
    return np.asarray(out - np.where(touched, 0.5 * ratio[..., None] * relative[:, None, :], 0.0))


def _htmt(fit: Fit, layout: Layout) -> Floats:
    """HTMT: means of absolute correlations."""
    blocks, pairs = BlockPairs.of(layout.design, False), ItemPairs.of(layout.design)
    corr = fit.moments.corr
    sign = np.sign(entries(corr, pairs.first, pairs.second))
    return _ratio(fit, layout, blocks.means(np.abs(blocks.values(corr))), sign / _sizes(layout))


def _htmt2(fit: Fit, layout: Layout) -> Floats:
    """HTMT2: geometric means of absolute correlations; none where one is 0 but for rounding."""
    blocks, pairs = BlockPairs.of(layout.design, False), ItemPairs.of(layout.design)
    corr, block = fit.moments.corr, layout.design.block
    means = np.exp(blocks.means(np.log(positive(blocks.values(corr)))))
    of_pair = entries(means, block[pairs.first], block[pairs.second])
    own = entries(corr, pairs.first, pairs.second)
    known = np.where(positive(own) == np.abs(own), own, np.nan)
    return _ratio(fit, layout, means, of_pair / known / _sizes(layout))


def _sizes(layout: Layout) -> Floats:
    """(E,) how many pairs of items belong to the same two constructs as each, or to the same one."""
    design, pairs = layout.design, ItemPairs.of(layout.design)
    size = design.mask.sum(axis=0)
    a, b = size[design.block[pairs.first]], size[design.block[pairs.second]]
    return np.asarray(np.where(pairs.same, a * (a - 1) / 2, a * b))


#: Derivatives of the blocks :data:`OF_ITEMS`, in their order.
_OF_ITEMS: tuple[Callable[[Fit, Layout], Floats], ...] = (_alpha, _htmt, _htmt2)
