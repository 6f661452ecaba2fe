"""Scores and products of scores from moments of items and of products of items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csimodels.estimate.design import Design
from csimodels.estimate.fit import Fit
from csimodels.estimate.monomials import centred_means, expansions_of
from csimodels.moments import Moments
from csimodels.moments.linalg import Floats


@dataclass(frozen=True, eq=False)
class ProductScores:
    """Scores that products are made of, one a construct.

    Attributes
    ----------
    values : (*B, p, J) what a deviation of each item of the model counts in a score of variance 1.
    loading : (*B, J) correlation of a score with its construct: 1 but for the factors of PLSc and what these make.
    """

    values: Floats
    loading: Floats


def scores_of_products(design: Design, fit: Fit) -> ProductScores:
    """Scores of all constructs whose errors have nothing to do with the constructs.

    Those of the fit are of this kind but for PLSc's constructs of others: a sum of scores of dimensions that are not
    equally reliable is no multiple of the same sum of the dimensions and an error.  With every score divided by its
    loading it is: ``sum w_d (s_d / q_d) = sum w_d (F_d + e_d / q_d)``.
    """
    weights, loading = fit.weights, _root_reliabilities(design, fit)
    if fit.estimator.name == "plsc" and fit.stages is not None:
        weights, loading, spread = weights.copy(), loading.copy(), np.ones(loading.shape)
        for j in sorted(np.flatnonzero(design.higher_order).tolist(), key=lambda j: int(design.family[j].sum())):
            parts, block = np.asarray(design.parts[j]), design.blocks[j]
            share = fit.stages.weights[..., j, parts] / spread[..., parts]
            within = fit.correlations[..., parts[:, None], parts]
            spread[..., j] = 1 / np.sqrt(_quadratic(within, share))  # of the score, as the factors have variance 1
            share = share * spread[..., j, None] / loading[..., parts]
            each = [weights[..., design.blocks[d], d] * share[..., k, None] for k, d in enumerate(parts.tolist())]
            made = np.concatenate(each, axis=-1)
            sd = np.sqrt(_quadratic(fit.moments.corr[..., block[:, None], block], made))
            weights[..., block, j] = made / sd[..., None]
            loading[..., j] = loading[..., j] / sd
    return ProductScores(item_values(design, weights, fit.moments.sd), loading)


def _quadratic(matrix: Floats, vector: Floats) -> Floats:
    """(*B,) ``v' A v``."""
    return np.asarray((vector[..., None, :] @ matrix @ vector[..., :, None])[..., 0, 0])


def _root_reliabilities(design: Design, fit: Fit) -> Floats:
    """(*B, J) roots of the reliabilities that PLSc corrects with, 1 where it does not.

    A factor of one dimension is that dimension.
    """
    if fit.estimator.name != "plsc":
        return np.ones(fit.r2.shape)
    alone = np.asarray([len(parts) == 1 for parts in design.parts]) & (fit.stages is not None)
    corrected = (design.factor & ~alone) | ~np.isnan(design.reliability)
    return np.where(corrected, np.sqrt(fit.rho_a), 1.0)


def joint_covariances(design: Design, moments: Moments, values: Floats) -> Floats:
    """(*B, J + T + C, J + T + C) covariances of scores of variance 1, of their products, and of covariates.

    Covariates have variance 1; 0 where they do not vary.

    Parameters
    ----------
    values : (*B, p, J) what a deviation of each item counts in the scores.
    """
    mean, q = centred_means(design, moments.mean), len(moments.items)
    columns = [_padded(values, q)]
    for product, expansion in zip(design.products, expansions_of(design, moments.items), strict=True):
        chosen = values[..., list(product.factors)]
        columns.append(expansion.coefficients(chosen, mean, q)[..., None])
    if design.controls:
        columns.append(_control_transform(design, moments))
    transform = np.concatenate(columns, axis=-1)
    return np.asarray(np.swapaxes(transform, -1, -2) @ moments.cov @ transform)


def control_places(design: Design, moments: Moments) -> list[int]:
    """Places of the columns of covariates along the items of the moments."""
    place = {name: k for k, name in enumerate(moments.items)}
    return [place[column.name] for column in design.controls]


def _control_transform(design: Design, moments: Moments) -> Floats:
    places = control_places(design, moments)
    sd = moments.sd[..., places]
    out = np.zeros((*moments.batch, len(moments.items), len(places)))
    out[..., places, np.arange(len(places))] = np.where(sd > 0, 1 / sd, 0.0)
    return out


def _padded(values: Floats, size: int) -> Floats:
    out = np.zeros((*values.shape[:-2], size, values.shape[-1]))
    out[..., : values.shape[-2], :] = values
    return out


def item_values(design: Design, weights: Floats, sd: Floats) -> Floats:
    """(*B, p, J) what a deviation of each item of the model counts in scores of these weights ``(*B, entries, J)``."""
    size = int(design.columns.max()) + 1
    entries = weights / sd[..., None]
    spread = np.zeros((size, len(design.columns)))
    spread[design.columns, np.arange(len(design.columns))] = 1.0
    return np.asarray(spread @ entries)


def sample_sd(design: Design, fit: Fit, joint: Floats) -> Floats:
    """(*B, T) standard deviation of products of scores that are standardised with divisor n - 1, as others do.

    In standard deviations of the target: the effect of a product times this is that of the product standardised.
    """
    size = len(design.constructs)
    spread = np.sqrt(np.diagonal(joint, axis1=-2, axis2=-1)[..., size : size + len(design.products)])
    order = np.asarray([len(product.factors) - 1 for product in design.products])
    return np.asarray(spread / sample_width(fit)[..., None] ** order)


def sample_width(fit: Fit) -> Floats:
    """(*B,) standard deviation with divisor n - 1 for one with divisor n: products are of the former, as elsewhere."""
    n = np.asarray(fit.moments.n, dtype=np.float64)
    return np.asarray(np.sqrt(n / (n - 1)))


def dummy_values(design: Design, fit: Fit) -> Floats:
    """(*B, J, 2) the values 0 and 1 of dummies in standard deviations from their mean, NaN for other constructs."""
    out = np.full((*fit.r2.shape, 2), np.nan)
    for j in np.flatnonzero(design.binary):
        entry = design.blocks[j][0]
        mean, sd = fit.moments.mean[..., entry], fit.moments.sd[..., entry] * sample_width(fit)
        sign = np.sign(fit.weights[..., entry, j])
        out[..., j, :] = sign[..., None] * (np.asarray([0.0, 1.0]) - mean[..., None]) / sd[..., None]
    return out
