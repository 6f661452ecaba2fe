"""Simple slopes of interactions and curves: the effect of one construct at levels of others (Aiken & West 1991)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product as every

import numpy as np

from csimodels.estimate import Design, Fit
from csimodels.moments.linalg import Floats

#: Levels of a moderator, in standard deviations from its mean.
GRID = tuple(float(z) for z in np.linspace(-3, 3, 25))

#: Those that a table of simple slopes shows.
SHOWN = (-1.0, 0.0, 1.0)

#: Levels of the second moderator of a product of three.
SECOND = (-1.0, 1.0)


@dataclass(frozen=True)
class Level:
    """A value of a moderator: in standard deviations from its mean, or of a dummy 0 or 1 as it is."""

    construct: int
    value: float
    dummy: bool


@dataclass(frozen=True)
class Slope:
    """The effect of the first factor of a product on its target, at levels of the other factors."""

    product: int
    source: int
    target: int
    levels: tuple[Level, ...]


@lru_cache(maxsize=64)
def slopes_of(design: Design) -> tuple[Slope, ...]:
    """Every slope, product by product: levels of the first moderator run fastest, one second level after the other."""
    out = []
    for place, product in enumerate(design.products):
        source, *moderators = product.factors
        first = _levels(design, moderators[0], GRID)
        rest = [_levels(design, other, SECOND) for other in moderators[1:]]
        out += [Slope(place, source, product.target, (at, *more)) for *more, at in every(*rest, first)]
    return tuple(out)


def _levels(design: Design, construct: int, values: tuple[float, ...]) -> list[Level]:
    dummy = bool(design.binary[construct])
    return [Level(construct, value, dummy) for value in ((0.0, 1.0) if dummy else values)]


def coefficients(fit: Fit) -> Floats:
    """(*B, T) coefficient of every product; a dummy in it counts as it is, 0 or 1."""
    if fit.products is None:
        return np.full((*fit.status.shape, len(fit.design.products)), np.nan)
    width = step_of_dummies(fit)
    parts = [
        fit.products.coefficient[..., t] * width[..., list(product.factors)].prod(axis=-1)
        for t, product in enumerate(fit.design.products)
    ]
    return np.stack(parts, axis=-1) if parts else np.empty((*fit.status.shape, 0))


def step_of_dummies(fit: Fit) -> Floats:
    """(*B, J) standard deviations between 0 and 1 of a dummy; 1 for other constructs."""
    if fit.products is None:
        return np.ones(fit.r2.shape)
    step = np.diff(fit.products.dummies, axis=-1)[..., 0]
    return np.where(np.isnan(step), 1.0, step)


def simple_slopes(fit: Fit) -> Floats:
    """(*B, slopes) standard deviations of the target for one of the source, of a dummy for the step from 0 to 1.

    Factors that are no moderators of the slope are at their mean.  With ``b`` the path and ``b_t`` the coefficients of
    all products into the target, the slope is the derivative ``b + sum_t b_t d prod_t / d source``.
    """
    slopes = slopes_of(fit.design)
    out = np.full((*fit.status.shape, len(slopes)), np.nan)
    if fit.products is None:
        return out
    width = step_of_dummies(fit)
    for k, slope in enumerate(slopes):
        at = {level.construct: _value(fit, level) for level in slope.levels}
        total = fit.paths[..., slope.target, slope.source]
        for t, product in enumerate(fit.design.products):
            if product.target == slope.target:
                total = total + fit.products.coefficient[..., t] * _derivative(product.factors, slope.source, at)
        out[..., k] = total * width[..., slope.source]
    return out


def _value(fit: Fit, level: Level) -> Floats:
    """(*B,) a level in standard deviations of the moderator."""
    if level.dummy and fit.products is not None:
        return np.asarray(fit.products.dummies[..., level.construct, int(level.value)])
    return np.full(fit.status.shape, level.value)


def _derivative(factors: tuple[int, ...], source: int, at: dict[int, Floats]) -> Floats | float:
    """Derivative of a product with respect to `source`, constructs without a level at 0."""
    total: Floats | float = 0.0
    for k, factor in enumerate(factors):
        if factor == source:
            rest: Floats | float = 1.0
            for other in (*factors[:k], *factors[k + 1 :]):
                rest = rest * at.get(other, 0.0)
            total = total + rest
    return total
