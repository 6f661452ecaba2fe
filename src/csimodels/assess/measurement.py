"""Validity and reliability of blocks beyond those of every run, as functions of a batch of fits."""

from __future__ import annotations

import numpy as np

from csimodels.assess.implied import own_loadings
from csimodels.assess.indicators import BlockPairs, indicators, scored
from csimodels.estimate import Design, Fit
from csimodels.moments.linalg import Floats, safe_inverse

#: Correlations this near 0 are 0 but for rounding.
_ROUNDING = 1e-13


def raw_alpha(fit: Fit) -> Floats:
    """(*B, J) Cronbach's alpha of the raw items, ``k/(k-1) (1 - sum of variances / variance of the sum)``.

    NaN for single items and mode B, where it is not defined.
    """
    d, cov = fit.design, fit.moments.cov
    size = d.mask.sum(axis=0)
    variances = np.diagonal(cov, axis1=-2, axis2=-1) @ d.mask
    total = np.diagonal(d.mask.T @ cov @ d.mask, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = size / np.maximum(size - 1, 1) * (1 - variances / total)
    return np.where(d.single | d.mode_b | d.higher_order, np.nan, value)


def htmt_signed(fit: Fit) -> Floats:
    """Heterotrait-monotrait ratio of correlations with their sign (Henseler, Ringle & Sarstedt 2015), (*B, J, J).

    NaN where the mean within a block is not positive, and where :func:`htmt2` has none.
    """
    pairs = BlockPairs.of(fit.design, fit.stages is not None)
    means = pairs.means(pairs.values(indicators(fit)[0]))
    return _ratio(fit.design, means, np.diagonal(means, axis1=-2, axis2=-1), pairs.sizes)


def htmt2(fit: Fit) -> Floats:
    """HTMT2, the ratio of geometric means of absolute correlations (Roemer, Schuberth & Henseler 2021), (*B, J, J).

    A single item counts as measured without error.  0 where a correlation is 0 but for rounding.  NaN for blocks of
    mode B and between a construct of higher order and its dimensions.
    """
    pairs = BlockPairs.of(fit.design, fit.stages is not None)
    means = np.exp(pairs.means(np.log(positive(pairs.values(indicators(fit)[0])))))
    return _ratio(fit.design, means, np.diagonal(means, axis1=-2, axis2=-1), pairs.sizes)


def positive(correlations: Floats) -> Floats:
    """Their sizes, which have a logarithm: for 0, or what rounding leaves of it, the smallest number above it."""
    size = np.abs(correlations)
    return np.where(size < _ROUNDING, np.finfo(float).tiny, size)


def _ratio(design: Design, between: Floats, within: Floats, size: Floats) -> Floats:
    within = np.where(size == 1, 1.0, within)
    within = np.where((design.mode_b & (size > 1)) | (within <= 0), np.nan, within)
    ratio = between / np.sqrt(within[..., :, None] * within[..., None, :])
    ratio = np.where(design.shares_items, np.nan, ratio)
    index = np.arange(len(design.constructs))
    ratio[..., index, index] = 1.0
    return np.asarray(ratio)


def fornell_larcker_matrix(fit: Fit) -> Floats:
    """(*B, J, J) correlations of the constructs with the root of their AVE on the diagonal (Fornell & Larcker 1981).

    NaN on the diagonal for single items, mode B and repeated items; a higher-order construct that is fitted in stages
    has the AVE of its dimensions.
    """
    d = fit.design
    out = fit.correlations.copy()
    ave = (own_loadings(fit) ** 2) @ d.mask / d.mask.sum(axis=0)
    undefined = d.single | d.mode_b | d.higher_order
    for j, parts in scored(fit):
        ave[..., j] = (fit.correlations[..., parts, j] ** 2).mean(axis=-1)
        undefined[j] = d.mode_b[j] or len(parts) == 1
    index = np.arange(len(d.constructs))
    out[..., index, index] = np.where(undefined, np.nan, np.sqrt(ave))
    return np.asarray(out)


def redundancy(fit: Fit) -> Floats:
    """(*B, p) communality of an item times R2 of its construct; NaN for items of exogenous constructs."""
    return np.asarray(own_loadings(fit) ** 2 * fit.r2[..., fit.design.block])


def full_collinearity(fit: Fit) -> Floats:
    """(*B, J) variance inflation of every construct among all others (Kock & Lynn 2012).

    Above 3.3 is taken as a sign of common method bias or collinearity.  NaN where the correlations are singular.
    """
    return np.asarray(np.diagonal(safe_inverse(fit.correlations), axis1=-2, axis2=-1))
