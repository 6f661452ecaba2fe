"""Reliability and validity of the measurement model, as functions of a batch of fits (docs/results.md)."""

from __future__ import annotations

import numpy as np

from csimodels.estimate import Fit
from csimodels.moments.linalg import Floats, spd_solve


def block_sums(fit: Fit, matrix: Floats) -> Floats:
    """(*B, J, J) sums of a ``(*B, p, p)`` matrix over pairs of blocks."""
    mask = fit.design.mask
    return np.asarray(mask.T @ matrix @ mask)


def alpha(fit: Fit) -> Floats:
    """Standardised Cronbach alpha ``k r / (1 + (k - 1) r)`` with ``r`` the mean correlation; (*B, J).

    NaN for single items and mode B, where it is not defined.
    """
    total = np.diagonal(block_sums(fit, fit.moments.corr), axis1=-2, axis2=-1)
    size = fit.design.mask.sum(axis=0)
    return _defined(fit, size / np.maximum(size - 1, 1) * (1 - size / total))


def rho_c(fit: Fit) -> Floats:
    """Composite reliability ``(sum l)^2 / ((sum l)^2 + sum (1 - l^2))`` from the loadings (Joereskog 1971); (*B, J)."""
    own = _own(fit)
    squared = (own @ fit.design.mask) ** 2
    return _defined(fit, squared / (squared + (1 - own**2) @ fit.design.mask))


def ave(fit: Fit) -> Floats:
    """Average variance extracted, the mean squared loading (Fornell & Larcker 1981); (*B, J)."""
    return _defined(fit, (_own(fit) ** 2) @ fit.design.mask / fit.design.mask.sum(axis=0))


def rho_a(fit: Fit) -> Floats:
    """Dijkstra-Henseler rho_A of the fit; (*B, J), NaN where it is not defined and none is stated."""
    return np.where(fit.design.higher_order, np.nan, fit.rho_a)


def fornell_larcker(fit: Fit) -> Floats:
    """``sqrt(AVE)`` minus the largest absolute correlation with another construct; above zero is good; (*B, J)."""
    apart = ~fit.design.shares_items & ~np.eye(len(fit.design.constructs), dtype=bool)
    off = np.where(apart, np.abs(fit.correlations), 0.0)
    return np.asarray(np.sqrt(ave(fit)) - off.max(axis=-1))


def htmt(fit: Fit) -> Floats:
    """Heterotrait-monotrait ratio on absolute correlations (Henseler, Ringle & Sarstedt 2015); (*B, J, J).

    A single item counts as measured without error (its within-block mean is 1).  NaN for mode B blocks, and between a
    higher-order construct and its dimensions, which share items.
    """
    d = fit.design
    sums = block_sums(fit, np.abs(fit.moments.corr))
    size = d.mask.sum(axis=0)
    within = (np.diagonal(sums, axis1=-2, axis2=-1) - size) / np.maximum(size * (size - 1), 1)
    within = np.where(d.single, 1.0, within)
    within = np.where(d.mode_b & ~d.single, np.nan, within)
    between = sums / (size[:, None] * size)
    ratio = between / np.sqrt(within[..., :, None] * within[..., None, :])
    return np.where(d.shares_items, np.nan, ratio)


def vif(fit: Fit) -> Floats:
    """Variance inflation of every source among the sources of its target; (*B, E) along ``design.edges``.

    1 where a target has a single source.
    """
    d, c = fit.design, fit.correlations
    out = np.ones((*c.shape[:-2], len(d.edges)))
    for e, (source, target) in enumerate(d.edges):
        others = np.asarray([k for k in d.predecessors[target] if k != source], dtype=np.intp)
        if len(others):
            known = c[..., others, source]
            explained = (spd_solve(c[..., others[:, None], others], known) * known).sum(axis=-1)
            out[..., e] = 1 / (1 - explained)
    return out


def f2(fit: Fit, inflation: Floats) -> Floats:
    """Effect size of every path with the construct scores held fixed (Cohen 1988; as cSEM); (*B, E).

    ``(R2 - R2 without the source) / (1 - R2)``, which for standardised variables is ``b^2 / (VIF (1 - R2))``; NaN where
    R2 is 1.
    """
    sources = [s for s, _ in fit.design.edges]
    targets = [t for _, t in fit.design.edges]
    rest = 1 - fit.r2[..., targets]
    rest = np.where(np.abs(rest) > 1e-12, rest, np.nan)
    return np.asarray(fit.paths[..., targets, sources] ** 2 / (inflation * rest))


def _own(fit: Fit) -> Floats:
    return np.asarray(fit.loadings[..., np.arange(len(fit.design.block)), fit.design.block])


def _defined(fit: Fit, values: Floats) -> Floats:
    """NaN for single items, mode B and constructs of higher order, whose items are those of their dimensions."""
    d = fit.design
    return np.where(d.single | d.mode_b | d.higher_order, np.nan, values)
