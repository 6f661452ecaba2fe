"""Every published number of a fit as one vector, so that uncertainty is computed once for all of them.

``quantities(fit, ...)`` maps a batch of fits ``*B`` to values ``(*B, Q)``; :class:`Layout` says where each number
stands.  A bootstrap replicate, a jackknife or a linearised variance then needs to know nothing of tables, and the
tables nothing of how their intervals were made.

A number is published by one line of :data:`BLOCKS`: its name, what it is about, and how it follows from a
:class:`Context`.  Sizes, places in the vector, stored results and the documentation follow from that line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.assess import slopes
from csimodels.assess.measurement import htmt2
from csimodels.assess.mediation import Routes, specific_indirect
from csimodels.assess.moderated_mediation import moderated_mediation
from csimodels.estimate import Design, Fit, total_effects
from csimodels.estimate.product_scores import sample_width
from csimodels.moments.linalg import Bools, Floats, entries
from csimodels.spec.model import Cut, Model
from csimodels.tables import reliability
from csimodels.tables.axes import (
    SUBJECTS,
    Over,
    Places,
    construct_pairs,
    dimensions,
    has_rivals,
    item_pairs,
    reflects_dimensions,
    reflects_items,
)
from csimodels.tables.edge_shares import relative_of_edges, shapley_of_edges

#: Both sides of some pairs.
Ends = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Rise of a driver, in index points, that an impact is quoted for (Fornell et al. 1996 and the ACSI reports).
IMPACT_POINTS = 5.0


@dataclass(frozen=True)
class Block:
    """A published number.

    Attributes
    ----------
    name : str
        Under which it is stored and found.
    over : str
        What it is about; one number for each.
    value : callable
        From a :class:`Context` to ``(*B, size)``, NaN where the number does not exist.
    judged : callable or None
        From a design to ``(size,)`` bool: the subjects that a rule of thumb is meant for; None: all that have a number.
    """

    name: str
    over: Over
    value: Callable[[Context], Floats]
    judged: Callable[[Design], Bools] | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each quantity stands in the vector of length ``Q``, and what it belongs to (see :data:`BLOCKS`).

    ``driver_shares``: whether the spec asks for shares of R2; else they are not computed.
    """

    design: Design
    low: Floats
    high: Floats
    better: Floats
    cuts: tuple[Cut, Cut]
    driver_shares: bool = False

    @classmethod
    def of(cls, model: Model, design: Design) -> Layout:
        """Layout of a model.

        ``low`` and ``high`` are the ends of the item scales, ``(p,)``; ``better`` is 1 for constructs whose higher
        index is the better one and -1 for the others, ``(J,)``; ``cuts`` split importance and performance of drivers.
        """
        low = np.asarray([item.scale[0] for item in model.items])[design.columns]
        high = np.asarray([item.scale[1] for item in model.items])[design.columns]
        better = np.asarray([float(model.direction(name)) for name in design.constructs])
        asked = model.decisions.drivers
        return cls(design, low, high, better, model.report.cuts, asked is not None and asked.shares)

    @cached_property
    def edge_ends(self) -> Ends:
        """Sources and targets of the paths."""
        return _ends(self.design.edges)

    @cached_property
    def pair_ends(self) -> Ends:
        """Sources and targets of the pairs."""
        return _ends(self.design.pairs)

    @cached_property
    def item_pair_ends(self) -> Ends:
        """Item entries and pairs of :attr:`item_pairs`."""
        return _ends(self.item_pairs)

    @cached_property
    def construct_pair_ends(self) -> Ends:
        """First and second of :attr:`construct_pairs`."""
        return _ends(self.construct_pairs)

    @cached_property
    def dimension_ends(self) -> Ends:
        """Wholes and parts of :attr:`dimensions`."""
        return _ends(self.dimensions)

    @cached_property
    def item_pairs(self) -> Places:
        """``(entry, pair)``: item entries of the source of every pair."""
        return item_pairs(self.design)

    @cached_property
    def construct_pairs(self) -> Places:
        """Every two constructs, ``i < j``."""
        return construct_pairs(self.design)

    @cached_property
    def dimensions(self) -> Places:
        """``(whole, part)``: every dimension of every higher-order construct."""
        return dimensions(self.design)

    @cached_property
    def routes(self) -> Routes:
        """Every chain of two paths or more."""
        return Routes.few(self.design)

    @cached_property
    def subjects(self) -> dict[str, list[str]]:
        """Name of each block -> what each of its numbers is about, as tables name it."""
        names = {over: label(self.design) for over, label in SUBJECTS.items()}
        return {block.name: names[block.over] for block in BLOCKS}

    @cached_property
    def blocks(self) -> dict[str, slice]:
        """Name of each block -> its slice of the vector."""
        out, start = {}, 0
        for name, subjects in self.subjects.items():
            out[name] = slice(start, start + len(subjects))
            start += len(subjects)
        return out

    def judged(self, name: str) -> Bools:
        """(size,) subjects of the block `name` that a rule of thumb is meant for."""
        declared = next(block for block in BLOCKS if block.name == name)
        return np.ones(len(self.subjects[name]), bool) if declared.judged is None else declared.judged(self.design)

    @property
    def size(self) -> int:
        """Length ``Q`` of the vector."""
        last = list(self.blocks.values())[-1]
        return int(last.stop)


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
    """

    fit: Fit
    layout: Layout
    raw_weights: Floats

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
        return score_sd(self.fit, self.layout, self.shares)

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
        block = self.fit.design.block
        return entries(matrix, np.arange(len(block)), block)

    def between(self, matrix: Floats, ends: Ends) -> Floats:
        """(*B, pairs) entries of a ``(*B, J, J)`` matrix ``[target, source]`` at ``(source, target)``."""
        sources, targets = ends
        return entries(matrix, targets, sources)

    def together(self, matrix: Floats) -> Floats:
        """(*B, construct pairs) entries of a symmetric ``(*B, J, J)`` matrix at every two constructs."""
        return entries(matrix, *self.layout.construct_pair_ends)


def _priority(c: Context) -> Floats:
    sources, targets = c.layout.pair_ends
    room = _at(np.where(c.layout.better > 0, 100 - c.index, -c.index), sources)
    return np.asarray(c.total_unstd * room * c.layout.better[targets])


def _item_priority(c: Context) -> Floats:
    items, pairs = c.layout.item_pair_ends
    better = c.layout.better
    room = _at(np.where(better[c.fit.design.block] > 0, 100 - c.performance, -c.performance), items)
    return np.asarray(c.item_importance * room * better[c.layout.pair_ends[1][pairs]])


def _importance_gap(c: Context) -> Floats:
    """(*B, pairs) importance above the cut of the drivers of the same target, towards the better ends of both."""
    sources, targets = c.layout.pair_ends
    towards = c.layout.better[sources] * c.layout.better[targets]
    return _above_cut(c.total_unstd * towards, targets, c.layout.cuts[0])


def _performance_gap(c: Context) -> Floats:
    """(*B, pairs) performance above the cut of the drivers of the same target, from the worse end of each."""
    sources, targets = c.layout.pair_ends
    performance = _at(np.where(c.layout.better > 0, c.index, 100 - c.index), sources)
    return _above_cut(performance, targets, c.layout.cuts[1])


def _above_cut(values: Floats, targets: NDArray[np.intp], cut: Cut) -> Floats:
    """Values ``(*B, pairs)`` less a stated cut, or less the mean or median of those with the same target."""
    if not isinstance(cut, str):
        return np.asarray(values - cut)
    middle = np.mean if cut == "mean" else np.median
    out = np.empty_like(values)
    for target in np.unique(targets):
        mine = np.flatnonzero(targets == target)
        out[..., mine] = values[..., mine] - middle(values[..., mine], axis=-1, keepdims=True)
    return out


def _dimension_weight(c: Context) -> Floats:
    """(*B, dimensions) weights of unit-variance scores; NaN where the fit was not made in stages."""
    wholes, parts = c.layout.dimension_ends
    if c.fit.stages is None:
        return np.full((*c.fit.status.shape, len(wholes)), np.nan)
    return np.asarray(c.fit.stages.weights[..., wholes, parts])


def _dimension_share(c: Context) -> Floats:
    """(*B, dimensions) weights of the 0-100 indices, which sum to 1 over the dimensions of a construct."""
    d = c.layout.design
    belongs = np.zeros((len(d.block), len(c.layout.dimensions)))
    begins = {j: int(block[0]) for j, block in enumerate(d.blocks)}
    for k, (whole, part) in enumerate(c.layout.dimensions):  # the entries of a construct are those of its dimensions
        end = begins[whole] + len(d.blocks[part])
        belongs[begins[whole] : end, k] = 1.0
        begins[whole] = end
    return np.asarray(c.shares @ belongs) + 0 * _dimension_weight(c)


def _dimension_loading(c: Context) -> Floats:
    """(*B, dimensions) correlations of dimensions with their construct; NaN where the fit was not made in stages."""
    wholes, parts = c.layout.dimension_ends
    return np.asarray(c.fit.correlations[..., parts, wholes]) + 0 * _dimension_weight(c)


def _slope_points(c: Context) -> Floats:
    """(*B, slopes) points of the target for a point of the source; of a dummy for the step from 0 to 1."""
    ends = [(slope.source, slope.target) for slope in slopes.slopes_of(c.layout.design)]
    sources, targets = _ends(tuple(ends))
    dummy = c.layout.design.binary[sources]
    return np.asarray(slopes.simple_slopes(c.fit) * c.sd[..., targets] / np.where(dummy, 1.0, c.sd[..., sources]))


def _if_asked(c: Context, made: Callable[[Fit], Floats]) -> Floats:
    """(*B, edges) shares of R2; NaN where the spec asks for none."""
    if c.layout.driver_shares:
        return made(c.fit)
    return np.full((*c.fit.status.shape, len(c.fit.design.edges)), np.nan)


def _control(c: Context) -> Floats:
    """(*B, controlled) standardised effects of covariates, of a kind for belonging to it."""
    d = c.layout.design
    kinds = np.asarray([bool(d.controls[k].level) for k, _ in d.controlled], dtype=bool)
    effect = c.of_controls("controls")
    return np.asarray(np.where(kinds, effect / c.of_controls("control_sd") / sample_width(c.fit)[..., None], effect))


def _control_points(c: Context) -> Floats:
    """(*B, controlled) points of the target's index for one unit of the covariate."""
    targets = np.asarray([target for _, target in c.layout.design.controlled], dtype=np.intp)
    return np.asarray(c.of_controls("controls") * c.sd[..., targets] / c.of_controls("control_sd"))


#: Every published number, in the order in which they stand in the vector; new ones come last.
BLOCKS: tuple[Block, ...] = (
    Block("index", "construct", lambda c: c.index),
    Block("sd", "construct", lambda c: c.sd),
    Block("weight", "item", lambda c: c.own(c.fit.weights)),
    Block("weight_unstd", "item", lambda c: c.shares),
    Block("loading", "item", lambda c: c.loading, judged=reflects_items),
    Block("communality", "item", lambda c: c.loading**2),
    Block("performance", "item", lambda c: c.performance),
    Block("path", "edge", lambda c: c.between(c.fit.paths, c.layout.edge_ends)),
    Block("direct", "pair", lambda c: c.direct),
    Block("indirect", "pair", lambda c: c.total - c.direct),
    Block("total", "pair", lambda c: c.total),
    Block("total_unstd", "pair", lambda c: c.total_unstd),
    Block("priority", "pair", _priority),
    Block("item_importance", "item_pair", lambda c: c.item_importance),
    Block("item_priority", "item_pair", _item_priority),
    Block("r2", "endogenous", lambda c: c.r2),
    Block("r2_adj", "endogenous", lambda c: _adjusted(c.r2, c.fit)),
    Block("alpha", "construct", lambda c: reliability.alpha(c.fit)),
    Block("rho_a", "construct", lambda c: reliability.rho_a(c.fit)),
    Block("rho_c", "construct", lambda c: reliability.rho_c(c.fit)),
    Block("ave", "construct", lambda c: reliability.ave(c.fit)),
    Block("fornell_larcker", "construct", lambda c: reliability.fornell_larcker(c.fit)),
    Block("vif", "edge", lambda c: c.vif, judged=has_rivals),
    Block("f2", "edge", lambda c: reliability.f2(c.fit, c.vif)),
    Block("htmt", "construct_pair", lambda c: c.together(reliability.htmt(c.fit))),
    Block("dimension_weight", "dimension", _dimension_weight),
    Block("dimension_weight_unstd", "dimension", _dimension_share),
    Block("dimension_loading", "dimension", _dimension_loading, judged=reflects_dimensions),
    Block("htmt2", "construct_pair", lambda c: c.together(htmt2(c.fit))),
    Block("specific_indirect", "route", lambda c: specific_indirect(c.fit, c.layout.routes)),
    Block("interaction", "product", lambda c: slopes.coefficients(c.fit)),
    Block("interaction_std", "product", lambda c: c.of_products("coefficient") * c.of_products("sd")),
    Block("interaction_f2", "product", lambda c: c.of_products("f2")),
    Block("slope", "slope", lambda c: slopes.simple_slopes(c.fit)),
    Block("slope_points", "slope", _slope_points),
    Block("control", "control", _control),
    Block("control_points", "control", _control_points),
    Block("moderated_mediation", "moderated_route", lambda c: moderated_mediation(c.fit)),
    Block("control_f2", "control", lambda c: c.of_controls("control_f2")),
    Block("lmg", "edge", lambda c: _if_asked(c, shapley_of_edges)),
    Block("relative_weight", "edge", lambda c: _if_asked(c, relative_of_edges)),
    Block("importance_gap", "pair", _importance_gap),
    Block("performance_gap", "pair", _performance_gap),
)


def over(name: str) -> Over:
    """What the numbers of the block `name` are about."""
    return next(block.over for block in BLOCKS if block.name == name)


def quantities(fit: Fit, layout: Layout, raw_weights: Floats) -> Floats:
    """All published numbers of a batch of fits.

    Parameters
    ----------
    fit : batch ``*B``.
    layout : of the same design.
    raw_weights : (*B, p) unstandardised index weights, see :func:`index_weights`.

    Returns
    -------
    (*B, Q) array; NaN where a number does not exist.
    """
    context = Context(fit, layout, raw_weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.concatenate([block.value(context) for block in BLOCKS], axis=-1)


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


def _ends(pairs: Places) -> Ends:
    array = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _adjusted(r2: Floats, fit: Fit) -> Floats:
    """Adjusted R2 with the number of rows and of predecessors, in stages without dimensions of the construct."""
    counted = {target: len(sources) for target, sources in reversed(fit.equations)}
    more = [*(product.target for product in fit.design.products), *(target for _, target in fit.design.controlled)]
    predictors = np.asarray([counted[j] + more.count(j) for j in fit.design.endogenous], dtype=float)
    n = fit.moments.n[..., None]
    return np.asarray(1 - (1 - r2) * (n - 1) / np.where(n - predictors - 1 > 0, n - predictors - 1, np.nan))
