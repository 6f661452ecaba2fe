"""How the published numbers follow from a batch of fits; which there are, and their order, stands in quantities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csimodels.assess import slopes
from csimodels.estimate import Fit, total_effects
from csimodels.estimate.product_scores import sample_width
from csimodels.estimate.signs import own_loadings
from csimodels.moments.linalg import Floats, entries
from csimodels.spec.model import Cut
from csimodels.tables import reliability
from csimodels.tables.axes import Places

if TYPE_CHECKING:
    from csimodels.tables.quantities import Layout

#: Both sides of some pairs.
Ends = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Context:
    """What the blocks are made from: a batch of fits ``*B`` and what several blocks share, computed once.

    Attributes
    ----------
    fit : Fit
        Batch ``*B``.
    layout : Layout
        Of the same design.
    raw_weights : array
        ``(*B, p)`` unstandardised index weights, see :func:`index_weights`.
    stretch : array or float
        ``(*B, J)`` factors of the standard deviations of the scores; 1 but where derivatives are taken.
    """

    fit: Fit
    layout: Layout
    raw_weights: Floats
    stretch: Floats | float = 1.0

    @cached_property
    def shares(self) -> Floats:
        """(*B, p) weights of the 0-100 items, see :func:`normalised`."""
        return normalised(self.raw_weights, self.layout)

    @cached_property
    def performance(self) -> Floats:
        """(*B, p) means of the items on the 0-100 scale."""
        low, high = self.layout.low, self.layout.high
        return np.asarray(100 * (self.fit.moments.mean - low) / (high - low))

    @cached_property
    def index(self) -> Floats:
        """(*B, J) the 0-100 indices."""
        return np.asarray((self.shares * self.performance) @ self.fit.design.mask)

    @cached_property
    def sd(self) -> Floats:
        """(*B, J) standard deviations of the 0-100 scores."""
        return np.asarray(score_sd(self.fit, self.layout, self.shares) * self.stretch)

    @cached_property
    def loading(self) -> Floats:
        """(*B, p) loading of every item on its own construct."""
        return self.own(self.fit.loadings)

    @cached_property
    def direct(self) -> Floats:
        """(*B, pairs) standardised direct effects."""
        return self.between(self.fit.paths, self.layout.pair_ends)

    @cached_property
    def total(self) -> Floats:
        """(*B, pairs) standardised total effects."""
        return self.between(total_effects(self.fit.paths, self.fit.design.order), self.layout.pair_ends)

    @cached_property
    def total_unstd(self) -> Floats:
        """(*B, pairs) total effects in points of the target's index per point of the source's."""
        sources, targets = self.layout.pair_ends
        return np.asarray(self.total * _at(self.sd, targets) / _at(self.sd, sources))

    @cached_property
    def item_importance(self) -> Floats:
        """(*B, item pairs) total effects of the constructs times the weights of their items."""
        items, pairs = self.layout.item_pair_ends
        return np.asarray(_at(self.total_unstd, pairs) * _at(self.shares, items))

    @cached_property
    def r2(self) -> Floats:
        """(*B, endogenous) explained variance."""
        return np.asarray(self.fit.r2[..., list(self.fit.design.endogenous)])

    @cached_property
    def vif(self) -> Floats:
        """(*B, edges) variance inflation."""
        return reliability.vif(self.fit)

    def of_products(self, name: str) -> Floats:
        """(*B, products) a part of the interactions, NaN where the fit has none."""
        if self.fit.products is None:
            return np.full((*self.fit.status.shape, len(self.layout.design.products)), np.nan)
        return np.asarray(getattr(self.fit.products, name))

    def of_controls(self, name: str) -> Floats:
        """(*B, controlled) a part of the covariates, NaN where the fit has none."""
        found = None if self.fit.products is None else getattr(self.fit.products, name)
        return np.full((*self.fit.status.shape, len(self.layout.design.controlled)), np.nan) if found is None else found

    def own(self, matrix: Floats) -> Floats:
        """(*B, p) entries of a ``(*B, p, J)`` matrix, every item with its own construct."""
        return own_loadings(self.fit.design, matrix)

    def between(self, matrix: Floats, ends: Ends) -> Floats:
        """(*B, pairs) entries of a ``(*B, J, J)`` matrix ``[target, source]`` at ``(source, target)``."""
        sources, targets = ends
        return entries(matrix, targets, sources)

    def together(self, matrix: Floats) -> Floats:
        """(*B, construct pairs) entries of a symmetric ``(*B, J, J)`` matrix at every two constructs."""
        return entries(matrix, *self.layout.construct_pair_ends)


def priority(c: Context) -> Floats:
    """(*B, pairs) what the target gains when the source reaches its better end (docs/results.md)."""
    sources, targets = c.layout.pair_ends
    room = _at(np.where(c.layout.better > 0, 100 - c.index, -c.index), sources)
    return np.asarray(c.total_unstd * room * c.layout.better[targets])


def item_priority(c: Context) -> Floats:
    """(*B, item pairs) the same of an item."""
    items, pairs = c.layout.item_pair_ends
    better = c.layout.better
    room = _at(np.where(better[c.fit.design.block] > 0, 100 - c.performance, -c.performance), items)
    return np.asarray(c.item_importance * room * better[c.layout.pair_ends[1][pairs]])


def importance_gap(c: Context) -> Floats:
    """(*B, pairs) importance above the cut of the drivers of the same target, towards the better ends of both."""
    sources, targets = c.layout.pair_ends
    towards = c.layout.better[sources] * c.layout.better[targets]
    return above_cut(c.total_unstd * towards, c.layout.rivals, c.layout.cuts[0])


def performance_gap(c: Context) -> Floats:
    """(*B, pairs) performance above the cut of the drivers of the same target, from the worse end of each."""
    sources, _ = c.layout.pair_ends
    performance = _at(np.where(c.layout.better > 0, c.index, 100 - c.index), sources)
    return above_cut(performance, c.layout.rivals, c.layout.cuts[1])


def importance_lead(c: Context) -> Floats:
    """(*B, pairs) size of the importance less the largest size among the other drivers of the same target."""
    return over_others(np.abs(c.total_unstd), c.layout.rivals)


def over_others(values: Floats, rivals: Sequence[NDArray[np.intp]], slopes: Floats | None = None) -> Floats:
    """Values ``(*B, pairs)`` less the largest of the others with the same target; NaN where there is no other.

    With `slopes` ``(*B, pairs)``, which broadcast against `values`, their differences: derivatives of the former.
    """
    taken = values if slopes is None else slopes
    out = np.full(np.broadcast_shapes(values.shape, taken.shape), np.nan)
    for mine in rivals:
        if len(mine) < 2:
            continue
        size = np.where(np.isnan(values[..., mine]), -np.inf, values[..., mine])
        order = np.argsort(-size, axis=-1, kind="stable")
        first, second = order[..., 0, None], order[..., 1, None]
        best = np.where(np.arange(len(mine)) == first, second, first)
        part = taken[..., mine]
        out[..., mine] = part - np.take_along_axis(part, np.broadcast_to(best, part.shape), axis=-1)
    return out


def above_cut(values: Floats, rivals: Sequence[NDArray[np.intp]], cut: Cut) -> Floats:
    """Values ``(*B, pairs)`` less a stated cut, or less the mean or median of those with the same target (`rivals`)."""
    if not isinstance(cut, str):
        return np.asarray(values - cut)
    middle = np.mean if cut == "mean" else np.median
    out = np.empty_like(values)
    for mine in rivals:
        part = values[..., mine]
        out[..., mine] = part - middle(part, axis=-1, keepdims=True)
    return out


def dimension_weight(c: Context) -> Floats:
    """(*B, dimensions) weights of unit-variance scores; NaN where the fit was not made in stages."""
    wholes, parts = c.layout.dimension_ends
    if c.fit.stages is None:
        return np.full((*c.fit.status.shape, len(wholes)), np.nan)
    return np.asarray(c.fit.stages.weights[..., wholes, parts])


def dimension_share(c: Context) -> Floats:
    """(*B, dimensions) weights of the 0-100 indices, which sum to 1 over the dimensions of a construct."""
    d = c.layout.design
    belongs = np.zeros((len(d.block), len(c.layout.dimensions)))
    begins = {j: int(block[0]) for j, block in enumerate(d.blocks)}
    for k, (whole, part) in enumerate(c.layout.dimensions):  # the entries of a construct are those of its dimensions
        end = begins[whole] + len(d.blocks[part])
        belongs[begins[whole] : end, k] = 1.0
        begins[whole] = end
    return np.asarray(c.shares @ belongs) + 0 * dimension_weight(c)


def dimension_loading(c: Context) -> Floats:
    """(*B, dimensions) correlations of dimensions with their construct; NaN where the fit was not made in stages."""
    wholes, parts = c.layout.dimension_ends
    return np.asarray(c.fit.correlations[..., parts, wholes]) + 0 * dimension_weight(c)


def slope_points(c: Context) -> Floats:
    """(*B, slopes) points of the target for a point of the source; of a dummy for the step from 0 to 1."""
    places = [(slope.source, slope.target) for slope in slopes.slopes_of(c.layout.design)]
    sources, targets = ends(tuple(places))
    dummy = c.layout.design.binary[sources]
    return np.asarray(slopes.simple_slopes(c.fit) * c.sd[..., targets] / np.where(dummy, 1.0, c.sd[..., sources]))


def if_asked(c: Context, made: Callable[[Fit], Floats]) -> Floats:
    """(*B, edges) shares of R2; NaN where the spec asks for none."""
    if c.layout.driver_shares:
        return made(c.fit)
    return np.full((*c.fit.status.shape, len(c.fit.design.edges)), np.nan)


def control(c: Context) -> Floats:
    """(*B, controlled) standardised effects of covariates, of a kind for belonging to it."""
    d = c.layout.design
    kinds = np.asarray([bool(d.controls[k].level) for k, _ in d.controlled], dtype=bool)
    effect = c.of_controls("controls")
    return np.asarray(np.where(kinds, effect / c.of_controls("control_sd") / sample_width(c.fit)[..., None], effect))


def control_points(c: Context) -> Floats:
    """(*B, controlled) points of the target's index for one unit of the covariate."""
    targets = np.asarray([target for _, target in c.layout.design.controlled], dtype=np.intp)
    return np.asarray(c.of_controls("controls") * c.sd[..., targets] / c.of_controls("control_sd"))


def index_weights(fit: Fit, layout: Layout, rule: str, given: Floats | None = None) -> Floats:
    """Unstandardised weights ``u`` of the raw items that the index is built with, ``(*B, p)`` (docs/results.md).

    Parameters
    ----------
    rule : ``"own"``: ``w_k / sd_k`` of this fit; ``"equal"``: every item of a block counts the same on the 0-100
        scale; ``"pooled"`` and ``"fixed"``: `given` where it is not NaN, own elsewhere.
    given : (p,) weights of the parent level or of an earlier year.
    """
    if rule == "equal":
        return np.broadcast_to(1.0 / (layout.high - layout.low), fit.moments.mean.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = fit.weights.sum(axis=-1) / fit.moments.sd
    if given is None:
        return np.asarray(own)
    return np.where(np.isnan(given), own, given)


def normalised(raw_weights: Floats, layout: Layout) -> Floats:
    """Weights of the 0-100 items, ``u_k (max_k - min_k)`` scaled to sum to 1 in each block, ``(*B, p)``.

    On items of one scale they equal ``u_k / sum u``, the form in which the ACSI publishes its weights.
    """
    d = layout.design
    spread = raw_weights * (layout.high - layout.low)
    return np.asarray(spread / (spread @ d.mask)[..., d.block])


def score_sd(fit: Fit, layout: Layout, shares: Floats) -> Floats:
    """(*B, J) standard deviation of the 0-100 scores, population form."""
    per_point = shares * 100 / (layout.high - layout.low)
    return np.asarray(np.sqrt(fit.design.within.form(fit.moments.cov, per_point)))


def _at(values: Floats, places: NDArray[np.intp]) -> Floats:
    """(*B, k) some of the last axis."""
    return np.asarray(np.take(values, places, axis=-1))


def ends(pairs: Places) -> Ends:
    """Both sides of some pairs."""
    array = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def adjusted(r2: Floats, fit: Fit) -> Floats:
    """Adjusted R2 with the number of rows and of predecessors, in stages without dimensions of the construct."""
    counted = {target: len(sources) for target, sources in reversed(fit.equations)}
    more = [*(product.target for product in fit.design.products), *(target for _, target in fit.design.controlled)]
    predictors = np.asarray([counted[j] + more.count(j) for j in fit.design.endogenous], dtype=float)
    n = fit.moments.n[..., None]
    return np.asarray(1 - (1 - r2) * (n - 1) / np.where(n - predictors - 1 > 0, n - predictors - 1, np.nan))
