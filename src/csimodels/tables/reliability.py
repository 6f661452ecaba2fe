"""Reliability and validity of the measurement model, as functions of a batch of fits (docs/results.md).

A higher-order construct fitted in stages is measured by the scores of its dimensions (Sarstedt et al. 2019): their
correlations take the place of those of items, their correlations with it that of loadings.  With repeated items, and as
a factor of a covariance structure, it has none of these numbers.
"""

from __future__ import annotations

import numpy as np

from csimodels.assess.indicators import BlockPairs, indicators, scored
from csimodels.estimate import Fit
from csimodels.estimate.signs import own_loadings
from csimodels.moments.linalg import Bools, Floats, spd_solve


def alpha(fit: Fit) -> Floats:
    """Standardised Cronbach alpha ``k r / (1 + (k - 1) r)`` with ``r`` the mean correlation; (*B, J).

    NaN for single items and mode B, where it is not defined.
    """
    total = fit.design.within.form(fit.moments.corr)
    for j, parts in scored(fit):
        total[..., j] = fit.correlations[..., parts[:, None], parts].sum(axis=(-2, -1))
    size = _sizes(fit)
    return _defined(fit, size / np.maximum(size - 1, 1) * (1 - size / total))


def rho_c(fit: Fit) -> Floats:
    """Composite reliability ``(sum l)^2 / ((sum l)^2 + sum (1 - l^2))`` from the loadings (Joereskog 1971); (*B, J)."""
    own = own_loadings(fit.design, fit.loadings)
    sums, rest = own @ fit.design.mask, (1 - own**2) @ fit.design.mask
    for j, parts in scored(fit):
        loadings = fit.correlations[..., parts, j]
        sums[..., j], rest[..., j] = loadings.sum(axis=-1), (1 - loadings**2).sum(axis=-1)
    squared = sums**2
    return _defined(fit, squared / (squared + rest))


def ave(fit: Fit) -> Floats:
    """Average variance extracted, the mean squared loading (Fornell & Larcker 1981); (*B, J)."""
    squares = (own_loadings(fit.design, fit.loadings) ** 2) @ fit.design.mask
    for j, parts in scored(fit):
        squares[..., j] = (fit.correlations[..., parts, j] ** 2).sum(axis=-1)
    return _defined(fit, squares / _sizes(fit))


def rho_a(fit: Fit) -> Floats:
    """Dijkstra-Henseler rho_A of the fit; (*B, J), NaN where it is not defined and none is stated."""
    return np.where(_repeats(fit), np.nan, fit.rho_a)


def fornell_larcker(fit: Fit) -> Floats:
    """``sqrt(AVE)`` minus the largest absolute correlation with another construct; above zero is good; (*B, J)."""
    apart = ~fit.design.shares_items & ~np.eye(len(fit.design.constructs), dtype=bool)
    off = np.where(apart, np.abs(fit.correlations), 0.0)
    return np.asarray(np.sqrt(ave(fit)) - off.max(axis=-1))


def htmt(fit: Fit) -> Floats:
    """Heterotrait-monotrait ratio on absolute correlations (Henseler, Ringle & Sarstedt 2015); (*B, J, J).

    A single item counts as measured without error (its within-block mean is 1).  NaN for mode B blocks, and between a
    higher-order construct and its dimensions, which share items.  The items of a higher-order construct are the scores
    of its dimensions, under PLSc uncorrected, as items are.
    """
    d, single = fit.design, _single(fit)
    pairs = BlockPairs.of(d, fit.stages is not None)
    means = pairs.means(np.abs(pairs.values(indicators(fit)[0])))
    within = np.where(single, 1.0, np.diagonal(means, axis1=-2, axis2=-1))
    within = np.where(d.mode_b & ~single, np.nan, within)
    ratio = means / np.sqrt(within[..., :, None] * within[..., None, :])
    return np.where(d.shares_items, np.nan, ratio)


def vif(fit: Fit) -> Floats:
    """Variance inflation of every source among the sources of its equation; (*B, E) along ``design.edges``.

    1 where an equation has a single source.
    """
    d, c = fit.design, fit.correlations
    out = np.ones((*c.shape[:-2], len(d.edges)))
    among = {(int(source), target): sources for target, sources in fit.equations for source in sources}
    for e, (source, target) in enumerate(d.edges):
        others = np.asarray([k for k in among[source, target] if k != source], dtype=np.intp)
        if len(others):
            known = c[..., others, source]
            explained = (spd_solve(c[..., others[:, None], others], known) * known).sum(axis=-1)
            out[..., e] = 1 / (1 - explained)
    if fit.products is not None:  # beside the products of the same equation
        for e, (source, target) in enumerate(d.edges):
            if target in fit.products.inflation and not d.family[target, source]:
                place = among[source, target].tolist().index(source)
                out[..., e] = fit.products.inflation[target][..., place]
    return out


def f2(fit: Fit, inflation: Floats) -> Floats:
    """Effect size of every path with the construct scores held fixed (Cohen 1988; as cSEM); (*B, E).

    ``(R2 - R2 without the source) / (1 - R2)``, which for standardised variables is ``b^2 / (VIF (1 - R2))``; NaN where
    R2 is 1, and from a dimension to the construct that it is part of (in stages).
    """
    sources = [s for s, _ in fit.design.edges]
    targets = [t for _, t in fit.design.edges]
    rest = 1 - fit.r2[..., targets]
    rest = np.where(np.abs(rest) > 1e-12, rest, np.nan)
    if fit.stages is not None:
        rest = np.where(fit.design.family[targets, sources], np.nan, rest)
    return np.asarray(fit.paths[..., targets, sources] ** 2 / (inflation * rest))


def _sizes(fit: Fit) -> Floats:
    """(J,) number of items of a construct, of dimensions where it is measured by scores."""
    size = fit.design.mask.sum(axis=0)
    for j, parts in scored(fit):
        size[j] = len(parts)
    return np.asarray(size)


def _single(fit: Fit) -> Bools:
    """(J,) constructs with one item, or one dimension."""
    return np.asarray(_sizes(fit) == 1) if fit.stages is not None else fit.design.single


def _repeats(fit: Fit) -> Bools:
    """(J,) constructs that repeat items, or are factors of factors."""
    return np.asarray(fit.design.higher_order & (fit.stages is None))


def _defined(fit: Fit, values: Floats) -> Floats:
    """NaN for single items and dimensions, mode B, and constructs that repeat items."""
    return np.where(_single(fit) | fit.design.mode_b | _repeats(fit), np.nan, values)
