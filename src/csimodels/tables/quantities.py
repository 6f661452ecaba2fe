"""Every published number of a fit as one vector, so that uncertainty is computed once for all of them.

``quantities(fit, ...)`` maps a batch of fits ``*B`` to values ``(*B, Q)``; :class:`Layout` says where each number
stands.  A bootstrap replicate, a jackknife or a linearised variance then needs to know nothing of tables, and the
tables nothing of how their intervals were made.

A number is published by one line of :data:`BLOCKS`: its name, what it is about, and how it follows from a
:class:`Context`.  Sizes, places in the vector, stored results and the documentation follow from that line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csimodels.assess import slopes
from csimodels.assess.measurement import htmt2
from csimodels.assess.mediation import Routes, specific_indirect
from csimodels.assess.moderated_mediation import moderated_mediation
from csimodels.estimate import Design, Fit
from csimodels.moments.linalg import Bools, Floats
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
from csimodels.tables.values import (
    Context,
    Ends,
    adjusted,
    control,
    control_points,
    dimension_loading,
    dimension_share,
    dimension_weight,
    ends,
    if_asked,
    importance_gap,
    importance_lead,
    item_priority,
    performance_gap,
    priority,
    slope_points,
)

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
        return ends(self.design.edges)

    @cached_property
    def pair_ends(self) -> Ends:
        """Sources and targets of the pairs."""
        return ends(self.design.pairs)

    @cached_property
    def rivals(self) -> tuple[NDArray[np.intp], ...]:
        """Places of the pairs of each target."""
        targets = self.pair_ends[1]
        return tuple(np.flatnonzero(targets == target) for target in np.unique(targets))

    @cached_property
    def item_pair_ends(self) -> Ends:
        """Item entries and pairs of :attr:`item_pairs`."""
        return ends(self.item_pairs)

    @cached_property
    def construct_pair_ends(self) -> Ends:
        """First and second of :attr:`construct_pairs`."""
        return ends(self.construct_pairs)

    @cached_property
    def dimension_ends(self) -> Ends:
        """Wholes and parts of :attr:`dimensions`."""
        return ends(self.dimensions)

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
    Block("priority", "pair", priority),
    Block("item_importance", "item_pair", lambda c: c.item_importance),
    Block("item_priority", "item_pair", item_priority),
    Block("r2", "endogenous", lambda c: c.r2),
    Block("r2_adj", "endogenous", lambda c: adjusted(c.r2, c.fit)),
    Block("alpha", "construct", lambda c: reliability.alpha(c.fit)),
    Block("rho_a", "construct", lambda c: reliability.rho_a(c.fit)),
    Block("rho_c", "construct", lambda c: reliability.rho_c(c.fit)),
    Block("ave", "construct", lambda c: reliability.ave(c.fit)),
    Block("fornell_larcker", "construct", lambda c: reliability.fornell_larcker(c.fit)),
    Block("vif", "edge", lambda c: c.vif, judged=has_rivals),
    Block("f2", "edge", lambda c: reliability.f2(c.fit, c.vif)),
    Block("htmt", "construct_pair", lambda c: c.together(reliability.htmt(c.fit))),
    Block("dimension_weight", "dimension", dimension_weight),
    Block("dimension_weight_unstd", "dimension", dimension_share),
    Block("dimension_loading", "dimension", dimension_loading, judged=reflects_dimensions),
    Block("htmt2", "construct_pair", lambda c: c.together(htmt2(c.fit))),
    Block("specific_indirect", "route", lambda c: specific_indirect(c.fit, c.layout.routes)),
    Block("interaction", "product", lambda c: slopes.coefficients(c.fit)),
    Block("interaction_std", "product", lambda c: c.of_products("coefficient") * c.of_products("sd")),
    Block("interaction_f2", "product", lambda c: c.of_products("f2")),
    Block("slope", "slope", lambda c: slopes.simple_slopes(c.fit)),
    Block("slope_points", "slope", slope_points),
    Block("control", "control", control),
    Block("control_points", "control", control_points),
    Block("moderated_mediation", "moderated_route", lambda c: moderated_mediation(c.fit)),
    Block("control_f2", "control", lambda c: c.of_controls("control_f2")),
    Block("lmg", "edge", lambda c: if_asked(c, shapley_of_edges)),
    Block("relative_weight", "edge", lambda c: if_asked(c, relative_of_edges)),
    Block("importance_gap", "pair", importance_gap),
    Block("performance_gap", "pair", performance_gap),
    Block("importance_lead", "pair", importance_lead),
)


#: Blocks that follow from the correlations of the items alone.
OF_ITEMS = ("alpha", "htmt", "htmt2")


def over(name: str) -> Over:
    """What the numbers of the block `name` are about."""
    return next(block.over for block in BLOCKS if block.name == name)


def quantities(
    fit: Fit, layout: Layout, raw_weights: Floats, stretch: Floats | float = 1.0, still: Sequence[str] = ()
) -> Floats:
    """All published numbers of a batch of fits.

    Parameters
    ----------
    fit : batch ``*B``.
    layout : of the same design.
    raw_weights : (*B, p) unstandardised index weights, see :func:`index_weights`.
    stretch : (*B, J) factors of the standard deviations of the scores, where numbers are moved apart from the
        correlations of the items (:mod:`csimodels.tables.derivatives`).
    still : blocks that are left at 0 there.

    Returns
    -------
    (*B, Q) array; NaN where a number does not exist.
    """
    context = Context(fit, layout, raw_weights, stretch)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [
            np.zeros((*fit.status.shape, len(layout.subjects[b.name]))) if b.name in still else b.value(context)
            for b in BLOCKS
        ]
        found = np.concatenate(parts, axis=-1)
        found += 0.0  # a path fixed at 0 times a negative one is 0, not -0
        return found
