"""Numbers that are products, sums and gaps of other published numbers: their derivatives by the rules for these."""

from __future__ import annotations

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.spec.model import Cut
from csimodels.tables.quantities import Layout
from csimodels.tables.values import above_cut, over_others

#: Blocks that follow from others; see :mod:`csimodels.tables.values`.
COMPOUND = (
    "total_unstd", "priority", "item_importance", "item_priority", "importance_gap", "performance_gap",
    "importance_lead",
)  # fmt: skip


def fill_compound(slopes: Floats, point: Floats, layout: Layout) -> None:
    """Put the derivatives of the blocks :data:`COMPOUND` into ``slopes (B, m, Q)``, which holds those of the others.

    Parameters
    ----------
    point : (B, Q) the numbers where the derivatives are taken.
    """
    by, at = _Blocks(slopes, layout), _Blocks(point[:, None], layout)
    better, (sources, targets) = layout.better, layout.pair_ends
    items, pairs = layout.item_pair_ends
    of_source, of_target = at["sd"][..., sources], at["sd"][..., targets]
    by["total_unstd"] = (
        by["total"] * of_target + at["total"] * by["sd"][..., targets] - at["total_unstd"] * by["sd"][..., sources]
    ) / of_source
    up = better > 0
    room, room_of_item = (np.where(up, 100 - at["index"], -at["index"]), at["performance"])
    by["priority"] = better[targets] * (
        by["total_unstd"] * room[..., sources] - at["total_unstd"] * by["index"][..., sources]
    )
    by["item_importance"] = (
        by["total_unstd"][..., pairs] * at["weight_unstd"][..., items]
        + at["total_unstd"][..., pairs] * by["weight_unstd"][..., items]
    )
    room_of_item = np.where(up[layout.design.block], 100 - room_of_item, -room_of_item)[..., items]
    by["item_priority"] = better[targets[pairs]] * (
        by["item_importance"] * room_of_item - at["item_importance"] * by["performance"][..., items]
    )
    towards, turned = better[sources] * better[targets], np.where(up, 1.0, -1.0)
    importance, performance = layout.cuts
    by["importance_gap"] = _gap(by["total_unstd"] * towards, at["total_unstd"] * towards, layout, importance)
    index = np.where(up, at["index"], 100 - at["index"])[..., sources]
    by["performance_gap"] = _gap((by["index"] * turned)[..., sources], index, layout, performance)
    size = by["total_unstd"] * np.sign(at["total_unstd"])
    by["importance_lead"] = over_others(np.abs(at["total_unstd"]), layout.rivals, size)


class _Blocks:
    """Blocks of an array ``(..., Q)`` by name."""

    def __init__(self, values: Floats, layout: Layout) -> None:
        self.values, self.places = values, layout.blocks

    def __getitem__(self, name: str) -> Floats:
        return np.asarray(self.values[..., self.places[name]])

    def __setitem__(self, name: str, values: Floats) -> None:
        self.values[..., self.places[name]] = values


def _gap(slopes: Floats, values: Floats, layout: Layout, cut: Cut) -> Floats:
    """Derivatives of ``values (B, 1, pairs)`` above a cut, from theirs ``(B, m, pairs)``."""
    if cut != "median":
        return above_cut(slopes, layout.rivals, cut) if isinstance(cut, str) else slopes
    out = np.empty_like(slopes)
    for mine in layout.rivals:
        part, count = slopes[..., mine], len(mine)
        order = np.argsort(values[..., mine], axis=-1)[..., (count - 1) // 2 : count // 2 + 1]
        middle = np.take_along_axis(part, np.broadcast_to(order, (*part.shape[:-1], order.shape[-1])), axis=-1)
        out[..., mine] = part - middle.mean(axis=-1, keepdims=True)
    return out
