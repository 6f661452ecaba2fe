"""Moderated mediation: how an indirect effect changes with a moderator (Hayes 2015, index of moderated mediation)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from csimodels.assess.slopes import coefficients
from csimodels.estimate import Design, Fit
from csimodels.moments.linalg import Floats


@dataclass(frozen=True)
class ModeratedRoute:
    """A route ``source -> mediator -> target`` with a product of two in its first or second path."""

    product: int
    source: int
    mediator: int
    target: int
    moderator: int
    first: bool


@lru_cache(maxsize=64)
def moderated_routes(design: Design) -> tuple[ModeratedRoute, ...]:
    """Every route of two paths of which exactly one is moderated by a construct outside it; either factor may be it."""
    out = []
    for t, product in enumerate(design.products):
        if len(set(product.factors)) != 2 or len(product.factors) != 2:
            continue
        for one, moderator in (product.factors, product.factors[::-1]):
            for end in np.flatnonzero(design.path[:, product.target]).tolist():
                if end != moderator:
                    out.append(ModeratedRoute(t, one, product.target, end, moderator, True))
            for start in design.predecessors[one].tolist():
                if start != moderator and not _moderated(design, start, one, moderator):
                    out.append(ModeratedRoute(t, start, one, product.target, moderator, False))
    return tuple(out)


def _moderated(design: Design, source: int, target: int, moderator: int) -> bool:
    """Whether the same construct moderates this path too: the indirect effect is then no straight line."""
    return any(p.target == target and set(p.factors) == {source, moderator} for p in design.products)


def moderated_mediation(fit: Fit) -> Floats:
    """(*B, routes) change of the indirect effect for one standard deviation of the moderator, of a dummy for 0 to 1."""
    effect = coefficients(fit)
    routes = moderated_routes(fit.design)
    out = np.full((*fit.status.shape, len(routes)), np.nan)
    for k, route in enumerate(routes):
        ends = (route.target, route.mediator) if route.first else (route.mediator, route.source)
        out[..., k] = effect[..., route.product] * fit.paths[..., ends[0], ends[1]]
    return out
