"""Specific indirect effects: one for every directed route through mediators, with shares of the total and types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError
from csimodels.estimate import Design, Fit, total_effects
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats, entries

#: More routes than this are no table that anybody reads.
MOST_ROUTES = 1000

#: Types of mediation (Zhao, Lynch & Chen 2010, figure 2), by number.
TYPES = ("no effect", "direct only", "indirect only", "complementary", "competitive")


@dataclass(frozen=True)
class Routes:
    """Every directed route of at least two paths, as places of constructs, source first.

    Attributes
    ----------
    nodes : tuple of tuples of int
        Ordered by pair of ends as ``design.pairs``, shorter routes first.
    """

    nodes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, design: Design) -> Routes:
        """Routes of a recursive model; :class:`~csimodels.errors.SpecError` beyond :data:`MOST_ROUTES`."""
        number = _count(design)
        if number > MOST_ROUTES:
            raise SpecError(
                Problem(
                    "too many specific indirect effects",
                    found=Message("{number} routes", number=number),
                    allowed=Message("at most {MOST_ROUTES}", MOST_ROUTES=MOST_ROUTES),
                    remedy="leave out paths, or read the indirect effects of pairs",
                )
            )
        ends = {pair: place for place, pair in enumerate(design.pairs)}
        found = [route for start in design.order for route in _from(start, design) if len(route) > 2]
        return cls(tuple(sorted(found, key=lambda route: (ends[route[0], route[-1]], len(route), route))))

    @classmethod
    @lru_cache(maxsize=64)
    def few(cls, design: Design) -> Routes:
        """The same, without any routes beyond :data:`MOST_ROUTES`."""
        return cls.of(design) if _count(design) <= MOST_ROUTES else cls(())

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """``(source, target)`` of every route."""
        return tuple((route[0], route[-1]) for route in self.nodes)

    @cached_property
    def steps(self) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]], ...]:
        """For every place along the routes: those that go on there, and where from and to."""
        out = []
        for step in range(max(map(len, self.nodes), default=1) - 1):
            longer = [r for r, route in enumerate(self.nodes) if len(route) > step + 1]
            sources, targets = np.asarray([self.nodes[r][step : step + 2] for r in longer], dtype=np.intp).T
            out.append((np.asarray(longer, dtype=np.intp), sources, targets))
        return tuple(out)

    def names(self, design: Design) -> list[str]:
        """Routes in words: ``Image -> Quality -> Satisfaction``."""
        return [" -> ".join(design.constructs[j] for j in route) for route in self.nodes]


def _count(design: Design) -> int:
    """Number of routes: entries of the powers of the path matrix from the second on."""
    adjacency = design.path.astype(np.float64)
    return int((total_effects(adjacency) - adjacency).sum())


def _from(start: int, design: Design) -> list[tuple[int, ...]]:
    """All routes that start at a construct, the construct alone included."""
    after = [np.flatnonzero(design.path[:, j]).tolist() for j in range(len(design.constructs))]
    routes: list[tuple[int, ...]] = []
    open_ends: list[tuple[int, ...]] = [(start,)]
    while open_ends:
        route = open_ends.pop()
        routes.append(route)
        open_ends.extend((*route, target) for target in after[route[-1]])
    return routes


def specific_indirect(fit: Fit, routes: Routes) -> Floats:
    """(*B, R) product of the paths along every route, standardised."""
    out = np.ones((*fit.paths.shape[:-2], len(routes.nodes)))
    for longer, sources, targets in routes.steps:
        out[..., longer] *= entries(fit.paths, targets, sources)
    return out


def share_of_total(fit: Fit, routes: Routes) -> Floats:
    """(*B, R) variance accounted for, indirect effect / total effect (F28; Hair et al. 2014, section 7.3).

    Reads as a share only where all effects of the pair have one sign: it leaves 0 to 1 where they do not, and is NaN
    where the total is zero.
    """
    total = total_effects(fit.paths)
    sources, targets = _ends(routes)
    whole = total[..., targets, sources]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole == 0, np.nan, specific_indirect(fit, routes) / whole)


def direct_of_route(fit: Fit, routes: Routes) -> Floats:
    """(*B, R) direct effect between the ends of every route, 0 where there is no path."""
    sources, targets = _ends(routes)
    return np.asarray(fit.paths[..., targets, sources])


def mediation_type(indirect: Floats, direct: Floats, indirect_there: Bools, direct_there: Bools) -> NDArray[np.intp]:
    """Place in :data:`TYPES` (Zhao, Lynch & Chen 2010).

    Parameters
    ----------
    indirect, direct : array
        Effects of equal shape.
    indirect_there, direct_there : bool array
        Whether the interval of each leaves zero out.
    """
    same = np.sign(indirect) == np.sign(direct)
    both = np.where(same, 3, 4)
    one = np.where(indirect_there, 2, np.where(direct_there, 1, 0))
    return np.where(indirect_there & direct_there, both, one).astype(np.intp)


def _ends(routes: Routes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    ends = np.asarray(routes.pairs, dtype=np.intp).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]
