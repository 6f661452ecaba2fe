"""What a published number can be about: a construct, an item, a path ... with the names that tables show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Literal

import numpy as np

from csimodels.assess.mediation import Routes
from csimodels.assess.moderated_mediation import moderated_routes
from csimodels.assess.slopes import slopes_of
from csimodels.estimate import Design
from csimodels.moments.linalg import Bools

#: ``item``: every item of every construct (a higher-order construct repeats items); ``edge``: every path; ``pair``:
#: every two constructs that a chain of paths joins; ``endogenous``: every construct with a path into it;
#: ``construct_pair``: every two constructs; ``item_pair``: every item of the source of every pair; ``dimension``: every
#: dimension of every higher-order construct; ``route``: every chain of two paths or more (none where there are more of
#: them than a table can hold).
#: ``product``: every interaction; ``slope``: every level of its moderators at which its first factor has an effect.
#: ``control``: every effect of a covariate on a construct.
#: ``moderated_route``: every route of two paths of which a product moderates one.
Over = Literal[
    "construct", "item", "edge", "pair", "endogenous", "construct_pair", "item_pair", "dimension", "route", "product",
    "slope", "control", "moderated_route",
]  # fmt: skip

Places = tuple[tuple[int, int], ...]


def construct_pairs(design: Design) -> Places:
    """Every two constructs, ``i < j``."""
    return tuple(combinations(range(len(design.constructs)), 2))


def item_pairs(design: Design) -> Places:
    """``(entry, pair)``: item entries of the source of every pair."""
    return tuple((int(k), i) for i, (s, _) in enumerate(design.pairs) for k in design.blocks[s])


def dimensions(design: Design) -> Places:
    """``(whole, part)``: every dimension of every higher-order construct."""
    return tuple((whole, part) for whole, parts in enumerate(design.parts) for part in parts)


def _joined(design: Design, places: Places, sign: str) -> list[str]:
    return [f"{design.constructs[i]} {sign} {design.constructs[j]}" for i, j in places]


def _items(design: Design) -> list[str]:
    return [f"{item} ({design.constructs[j]})" for item, j in zip(design.items, design.block, strict=True)]


def _item_pairs(design: Design) -> list[str]:
    items, targets = _items(design), [design.constructs[t] for _, t in design.pairs]
    return [f"{items[k]} -> {targets[i]}" for k, i in item_pairs(design)]


def _products(design: Design) -> list[str]:
    named = [" * ".join(design.constructs[j] for j in product.factors) for product in design.products]
    return [f"{name} -> {design.constructs[p.target]}" for name, p in zip(named, design.products, strict=True)]


def _slopes(design: Design) -> list[str]:
    names = design.constructs
    return [
        f"{names[s.source]} -> {names[s.target]} ({', '.join(f'{names[x.construct]} {x.value:g}' for x in s.levels)})"
        for s in slopes_of(design)
    ]


#: Names of the subjects along each axis, in order; their number is the size of a block.
SUBJECTS: Mapping[Over, Callable[[Design], list[str]]] = {
    "construct": lambda design: list(design.constructs),
    "item": _items,
    "edge": lambda design: _joined(design, design.edges, "->"),
    "pair": lambda design: _joined(design, design.pairs, "->"),
    "endogenous": lambda design: [design.constructs[j] for j in design.endogenous],
    "construct_pair": lambda design: _joined(design, construct_pairs(design), "~"),
    "item_pair": _item_pairs,
    "dimension": lambda design: [f"{design.constructs[k]} ({design.constructs[j]})" for j, k in dimensions(design)],
    "route": lambda design: Routes.few(design).names(design),
    "product": _products,
    "slope": _slopes,
    "moderated_route": lambda design: [
        " -> ".join(design.constructs[j] for j in (r.source, r.mediator, r.target))
        + f" ({design.constructs[r.moderator]})"
        for r in moderated_routes(design)
    ],
    "control": lambda design: [
        f"{design.controls[k].name.removeprefix('control ')} -> {design.constructs[t]}" for k, t in design.controlled
    ],
}

#: The axes in words, for the documentation.
AXES: Mapping[Over, str] = {
    "construct": "construct",
    "item": "item of a construct",
    "edge": "path",
    "pair": "two constructs that a chain of paths joins",
    "endogenous": "construct with a path into it",
    "construct_pair": "two constructs",
    "item_pair": "item of the source of two constructs that a chain of paths joins",
    "dimension": "dimension of a higher-order construct",
    "route": "chain of two paths or more",
    "product": "interaction of constructs, or curve",
    "slope": "level of the moderators of an interaction",
    "moderated_route": "route of two paths of which an interaction moderates one",
    "control": "covariate and construct that it leads to",
}


def reflects_items(design: Design) -> Bools:
    """(p,) item entries whose loading is to be judged: not of single items, mode B, or higher order."""
    return np.asarray(~(design.single | design.mode_b | design.higher_order)[design.block])


def reflects_dimensions(design: Design) -> Bools:
    """(dimensions,) dimensions whose loading is to be judged: not the only one, not of mode B."""
    return np.asarray([len(design.parts[j]) > 1 and not design.mode_b[j] for j, _ in dimensions(design)], dtype=bool)


def has_rivals(design: Design) -> Bools:
    """(E,) paths beside at least one other path into the same construct."""
    return np.asarray([len(design.predecessors[target]) > 1 for _, target in design.edges], dtype=bool)
