"""Every published number of a fit as one vector, so that uncertainty is computed once for all of them.

``quantities(fit, ...)`` maps a batch of fits ``*B`` to values ``(*B, Q)``; :class:`Layout` says where each number
stands.  A bootstrap replicate, a jackknife or a linearised variance then needs to know nothing of tables, and the
tables nothing of how their intervals were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate import Design, Fit, total_effects
from csimodels.moments.linalg import Floats
from csimodels.spec.model import Model
from csimodels.tables import reliability

#: Rise of a driver, in index points, that an impact is quoted for (Fornell et al. 1996 and the ACSI reports).
IMPACT_POINTS = 5.0


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each quantity stands in the vector of length ``Q``, and what it belongs to.

    Blocks: ``index, sd`` by construct; ``weight, weight_unstd, loading, communality, performance`` by item entry;
    ``path`` by edge; ``direct, indirect, total, total_unstd, priority`` by pair; ``item_importance, item_priority`` by
    item and target; ``r2, r2_adj`` by endogenous construct; ``alpha, rho_a, rho_c, ave, fornell_larcker`` by construct;
    ``vif, f2`` by edge; ``htmt`` by pair of constructs; ``dimension_weight, dimension_weight_unstd,
    dimension_loading`` by dimension of a higher-order construct.
    """

    design: Design
    low: Floats
    high: Floats

    @classmethod
    def of(cls, model: Model, design: Design) -> Layout:
        """Layout of a model; ``low`` and ``high`` are the ends of the item scales, ``(p,)``."""
        low = np.asarray([item.scale[0] for item in model.items])[design.columns]
        high = np.asarray([item.scale[1] for item in model.items])[design.columns]
        return cls(design, low, high)

    @cached_property
    def item_pairs(self) -> tuple[tuple[int, int], ...]:
        """``(entry, pair)``: item entries of the source of every pair."""
        return tuple((int(k), i) for i, (s, _) in enumerate(self.design.pairs) for k in self.design.blocks[s])

    @cached_property
    def dimensions(self) -> tuple[tuple[int, int], ...]:
        """``(whole, part)``: the dimensions of every higher-order construct."""
        return tuple((whole, part) for whole, parts in enumerate(self.design.parts) for part in parts)

    @cached_property
    def construct_pairs(self) -> tuple[tuple[int, int], ...]:
        """Every two constructs, ``i < j``."""
        return tuple(combinations(range(len(self.design.constructs)), 2))

    @cached_property
    def blocks(self) -> dict[str, slice]:
        """Name of each block -> its slice of the vector."""
        d = self.design
        n_item, n_construct, n_pair, n_end = len(d.items), len(d.constructs), len(d.pairs), len(d.endogenous)
        sizes = {
            "index": n_construct,
            "sd": n_construct,
            "weight": n_item,
            "weight_unstd": n_item,
            "loading": n_item,
            "communality": n_item,
            "performance": n_item,
            "path": len(d.edges),
            "direct": n_pair,
            "indirect": n_pair,
            "total": n_pair,
            "total_unstd": n_pair,
            "priority": n_pair,
            "item_importance": len(self.item_pairs),
            "item_priority": len(self.item_pairs),
            "r2": n_end,
            "r2_adj": n_end,
            "alpha": n_construct,
            "rho_a": n_construct,
            "rho_c": n_construct,
            "ave": n_construct,
            "fornell_larcker": n_construct,
            "vif": len(d.edges),
            "f2": len(d.edges),
            "htmt": len(self.construct_pairs),
            "dimension_weight": len(self.dimensions),
            "dimension_weight_unstd": len(self.dimensions),
            "dimension_loading": len(self.dimensions),
        }
        out, start = {}, 0
        for name, size in sizes.items():
            out[name] = slice(start, start + size)
            start += size
        return out

    @property
    def size(self) -> int:
        """Length ``Q`` of the vector."""
        last = list(self.blocks.values())[-1]
        return int(last.stop)


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
    d = fit.design
    block, entry = d.block, np.arange(len(d.block))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = normalised(raw_weights, layout)
        performance = 100 * (fit.moments.mean - layout.low) / (layout.high - layout.low)
        index = (shares * performance) @ d.mask
        sd = score_sd(fit, layout, shares)
        total = total_effects(fit.paths)
        sources, targets = _ends(d.pairs)
        pair_total, pair_direct = total[..., targets, sources], fit.paths[..., targets, sources]
        unstd = pair_total * sd[..., targets] / sd[..., sources]
        items, pair_of_item = _ends(layout.item_pairs)
        item_importance = unstd[..., pair_of_item] * shares[..., items]
        loading = fit.loadings[..., entry, block]
        edge_source, edge_target = _ends(d.edges)
        r2 = fit.r2[..., list(d.endogenous)]
        parts = {
            "index": index,
            "sd": sd,
            "weight": fit.weights[..., entry, block],
            "weight_unstd": shares,
            "loading": loading,
            "communality": loading**2,
            "performance": performance,
            "path": fit.paths[..., edge_target, edge_source],
            "direct": pair_direct,
            "indirect": pair_total - pair_direct,
            "total": pair_total,
            "total_unstd": unstd,
            "priority": unstd * (100 - index[..., sources]),
            "item_importance": item_importance,
            "item_priority": item_importance * (100 - performance[..., items]),
            "r2": r2,
            "r2_adj": _adjusted(r2, fit),
            **_quality(fit, layout),
            **_dimensions(fit, layout, shares),
        }
        return np.concatenate([parts[name] for name in layout.blocks], axis=-1)


def _quality(fit: Fit, layout: Layout) -> dict[str, Floats]:
    """The blocks of reliability and validity."""
    inflation = reliability.vif(fit)
    first, second = _ends(layout.construct_pairs)
    return {
        "alpha": reliability.alpha(fit),
        "rho_a": reliability.rho_a(fit),
        "rho_c": reliability.rho_c(fit),
        "ave": reliability.ave(fit),
        "fornell_larcker": reliability.fornell_larcker(fit),
        "vif": inflation,
        "f2": reliability.f2(fit, inflation),
        "htmt": reliability.htmt(fit)[..., first, second],
    }


def _dimensions(fit: Fit, layout: Layout, shares: Floats) -> dict[str, Floats]:
    """Dimensions as the items of their construct, where it was fitted in stages; NaN elsewhere."""
    wholes, parts = _ends(layout.dimensions)
    if fit.stages is None:
        unknown = np.full((*shares.shape[:-1], len(wholes)), np.nan)
        return dict.fromkeys(("dimension_weight", "dimension_weight_unstd", "dimension_loading"), unknown)
    return {
        "dimension_weight": fit.stages.weights[..., wholes, parts],
        "dimension_weight_unstd": shares @ _entries_of_dimensions(layout),
        "dimension_loading": fit.correlations[..., parts, wholes],
    }


def _entries_of_dimensions(layout: Layout) -> Floats:
    """(p, dimensions) 1.0 where an entry of a higher-order construct comes from the dimension."""
    d = layout.design
    out = np.zeros((len(d.block), len(layout.dimensions)))
    begins = {j: int(block[0]) for j, block in enumerate(d.blocks)}
    for k, (whole, part) in enumerate(layout.dimensions):
        end = begins[whole] + len(d.blocks[part])
        out[begins[whole] : end, k] = 1.0
        begins[whole] = end
    return out


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
    out = np.empty((*shares.shape[:-1], len(fit.design.constructs)))
    for j, block in enumerate(fit.design.blocks):
        v = per_point[..., block]
        s = fit.moments.cov[..., block[:, None], block]
        out[..., j] = np.sqrt((v[..., None, :] @ s @ v[..., :, None])[..., 0, 0])
    return out


def _ends(pairs: tuple[tuple[int, int], ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    array = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _adjusted(r2: Floats, fit: Fit) -> Floats:
    """Adjusted R2 with the number of rows and of predecessors, in stages without dimensions of the construct."""
    counted = {target: len(sources) for target, sources in reversed(fit.equations)}
    predictors = np.asarray([counted[j] for j in fit.design.endogenous], dtype=float)
    n = fit.moments.n[..., None]
    return np.asarray(1 - (1 - r2) * (n - 1) / np.where(n - predictors - 1 > 0, n - predictors - 1, np.nan))
