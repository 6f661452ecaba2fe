"""Which constructs take part in each stage of a model with higher-order constructs, and how they are linked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from csimodels.estimate.design import Design
from csimodels.moments.linalg import Bools

Links = dict[tuple[int, int], None]


@dataclass(frozen=True, eq=False)
class Stage:
    """One fit on the way.

    Attributes
    ----------
    design : Design
        of the constructs that take part; ``columns`` are places among the items of the model and, behind them, the
        scores of its constructs
    constructs : tuple of int
        the construct of the model behind each construct of the stage
    made : tuple of int
        places of the constructs whose weights this stage decides, dimensions before what is made of them
    sums : (K,) bool
        constructs that stand beside their own dimensions, whose correlations with them are then singular
    """

    design: Design
    constructs: tuple[int, ...]
    made: tuple[int, ...]
    sums: Bools


@lru_cache(maxsize=64)
def plan_stages(design: Design, embedded: bool) -> tuple[Stage, ...]:
    """The stages of a model, lowest constructs first.

    Disjoint: paths of a higher-order construct that is not measured yet lead to and from its dimensions; one without
    paths beyond its dimensions repeats their items, where these have no other link.  Embedded: every construct that is
    not measured yet repeats items.  A construct that is measured by scores has no links with its own dimensions, unless
    it has no other links; dimensions with paths of their own stay on as single items.
    """
    return tuple(_Planner(design, embedded).stages())


class _Planner:
    """The state between two stages: which constructs have a block, and which have scores already."""

    def __init__(self, design: Design, embedded: bool) -> None:
        self.design, self.embedded = design, embedded
        self.n_items = int(design.columns.max()) + 1
        first_order = [j for j, parts in enumerate(design.parts) if not parts]
        self.block: dict[int, list[int]] = {j: design.columns[design.blocks[j]].tolist() for j in first_order}
        self.scored: set[int] = set()
        self.lone = [not self._outside(j) for j in range(len(design.constructs))]

    def stages(self) -> Iterator[Stage]:
        """One stage after another until every construct is measured."""
        while True:
            waiting = [j for j in range(len(self.design.constructs)) if j not in self.block]
            next_up = [h for h in waiting if all(part in self.block for part in self.design.parts[h])]
            if not waiting or self.embedded:
                made = {j for j in self.block if j not in self.scored}
            else:
                made = {part for h in next_up for part in self.design.parts[h]} - self.scored
            yield self._stage(waiting, made)
            if not waiting:
                return
            self.scored |= made
            self.block |= {j: [self._score(j)] for j in made}
            self.block |= {h: [self._score(part) for part in self.design.parts[h]] for h in next_up}

    def _score(self, construct: int) -> int:
        return self.n_items + construct

    def _outside(self, construct: int) -> bool:
        """Whether a construct, or one that it is a dimension of, has a path beyond its own family."""
        above = [construct, *np.flatnonzero(self.design.family[:, construct])]
        return any(
            self.design.path[t, s] and not self._related(s, t) and (t in above or s in above)
            for t, s in np.argwhere(self.design.path).tolist()
        )

    def _related(self, one: int, other: int) -> bool:
        family = self.design.family
        return bool(family[one, other] or family[other, one])

    def _stand_ins(self, construct: int) -> list[int]:
        """The construct itself where it has a block, else those that stand for it."""
        if construct in self.block:
            return [construct]
        return list(dict.fromkeys(k for part in self.design.parts[construct] for k in self._stand_ins(part)))

    def _links(self, waiting: list[int]) -> tuple[Links, list[int]]:
        """Source and target of every link, and the constructs that repeat items."""
        links: Links = {}
        repeats = list(waiting) if self.embedded else []
        for t, s in np.argwhere(self.design.path).tolist():
            if self._related(s, t):
                continue
            sources, targets = ([s], [t]) if self.embedded else (self._stand_ins(s), self._stand_ins(t))
            links |= {(a, b): None for a in sources for b in targets if a != b and not self._related(a, b)}
        for h in sorted(waiting, key=lambda j: int(self.design.family[j].sum())):
            linked = {k for link in links for k in link}
            if h not in repeats and self.lone[h] and not linked.issuperset(self._stand_ins(h)):
                repeats.append(h)
                links |= self._family_links(h, self._stand_ins(h))
        for h in waiting if self.embedded else ():
            links |= self._family_links(h, list(self.design.parts[h]))
        for h in self.block:
            if self.design.parts[h] and self.lone[h] and h not in self.scored:
                links |= self._family_links(h, list(self.design.parts[h]))
        return links, repeats

    def _family_links(self, whole: int, parts: list[int]) -> Links:
        """Links with dimensions as the model has them; where it has none, towards a composite, away from a factor."""
        outward = bool(self.design.reflective[whole])
        if len(parts) == 1 and self.design.parts[parts[0]] and not self.design.reflective[parts[0]]:
            outward = False  # the same items as its only dimension: beside those that this is made of it is collinear
        out: Links = {}
        for part in parts:
            stated = self.design.path[part, whole] or self.design.path[whole, part]
            down = bool(self.design.path[part, whole]) if stated else outward
            out[(whole, part) if down else (part, whole)] = None
        return out

    def _stage(self, waiting: list[int], made: set[int]) -> Stage:
        links, repeats = self._links(waiting)
        linked = {k for link in links for k in link}
        there = [j for j in range(len(self.design.constructs)) if j in linked or j in made or j in repeats]
        blocks = [self.block[j] if j in self.block else self._repeated(j) for j in there]
        place = {j: k for k, j in enumerate(there)}
        path = np.zeros((len(there), len(there)), dtype=bool)
        for source, target in links:
            path[place[target], place[source]] = True
        d, at = self.design, np.asarray(there, dtype=np.intp)
        fresh = np.asarray([j in self.block and j not in self.scored for j in there])
        names = (*self._item_names(), *d.constructs)
        columns = np.asarray([k for block in blocks for k in block], dtype=np.intp)
        stage = Design(
            block=np.asarray([k for k, block in enumerate(blocks) for _ in block], dtype=np.intp),
            path=path,
            mode_b=d.mode_b[at],
            reflective=d.reflective[at] & fresh,
            reliability=np.where(fresh, d.reliability[at], np.nan),
            order=tuple(range(len(there))),
            columns=columns,
            items=tuple(names[k] for k in columns),
            constructs=tuple(d.constructs[j] for j in there),
            parts=((),) * len(there),
        )
        ranked = sorted(made, key=lambda j: int(d.family[j].sum()))
        beside = np.asarray([bool(d.family[j][there].any()) for j in there])
        return Stage(stage, tuple(there), tuple(place[j] for j in ranked), beside)

    def _repeated(self, construct: int) -> list[int]:
        """The block of a construct that is not measured yet: those of its dimensions, one after another."""
        if construct in self.block:
            return list(self.block[construct])
        return [k for part in self.design.parts[construct] for k in self._repeated(part)]

    def _item_names(self) -> list[str]:
        known = dict(zip(self.design.columns.tolist(), self.design.items, strict=True))
        return [known[k] for k in range(self.n_items)]
