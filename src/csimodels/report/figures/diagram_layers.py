"""First half of the layered drawing: the layer of every node, and the order within the layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from csimodels.errors import Problem, SpecError, listed
from csimodels.messages import Message

SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Place:
    """A node (``via`` empty) or the place of a long arrow in one layer."""

    name: str
    via: tuple[str, str] | None = None


def levels(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Layer of every node: its longest path from a start; a start stands next to what it leads to.

    Raises
    ------
    SpecError
        If the arrows form a cycle or name an unknown node.
    """
    unknown = sorted({n for edge in edges for n in edge} - set(names))
    if unknown:
        raise SpecError(
            Problem(
                Message("paths name unknown constructs: {names}", names=listed(unknown)), allowed=listed(list(names))
            )
        )
    level = dict.fromkeys(names, 0)
    before = {n: [s for s, t in edges if t == n] for n in names}
    done: set[str] = set()
    while len(done) < len(names):
        ready = [n for n in names if n not in done and done.issuperset(before[n])]
        if not ready:
            raise SpecError(
                Problem(Message("the paths form a cycle: {names}", names=listed([n for n in names if n not in done])))
            )
        for n in ready:
            level[n] = 1 + max((level[s] for s in before[n]), default=-1)
        done.update(ready)
    for n in names:  # a start stands next to what it leads to
        after = [level[t] for s, t in edges if s == n]
        if not before[n] and after:
            level[n] = min(after) - 1
    return level


def stacks(
    level: Mapping[str, int], edges: Sequence[tuple[str, str]], alone: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Arrows to be drawn downwards: each joins the only nodes of two neighbouring layers, which become one column.

    A long chain is thus half as wide.  Nodes in `alone` keep a column of their own; without any, and in drawings of
    at most four layers, there are no stacks.
    """
    last = max(level.values(), default=0)
    if not alone or last < 4:
        return ()
    layers = [[n for n, k in level.items() if k == layer] for layer in range(last + 1)]
    out: list[tuple[str, str]] = []
    layer = 0
    while layer < last:
        pair = layers[layer] + layers[layer + 1]
        if len(pair) == 2 and (pair[0], pair[1]) in edges and not set(pair) & set(alone):
            out.append((pair[0], pair[1]))
            layer += 1
        layer += 1
    return tuple(out)


def columns(level: Mapping[str, int], stacked: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Layer of every node after the ends of each stack have moved into one column."""
    gone = [level[target] for _, target in stacked]
    return {name: k - sum(1 for g in gone if g <= k) for name, k in level.items()}


def route_of(edge: tuple[str, str], level: Mapping[str, int]) -> tuple[Place, ...]:
    """The node, a place of its own in every layer passed, the node reached."""
    source, target = edge
    passing = (Place(f"{k}", edge) for k in range(level[source] + 1, level[target]))
    return (Place(source), *passing, Place(target))


def ordered(
    names: Sequence[str],
    level: Mapping[str, int],
    routes: Mapping[tuple[str, str], tuple[Place, ...]],
    stacked: Sequence[tuple[str, str]] = (),
) -> list[list[Place]]:
    """Places of every layer in the order with the fewest crossings found (barycentre sweeps); stacks stay together."""
    mates = {Place(b): Place(a) for a, b in stacked} | {Place(a): Place(b) for a, b in stacked}
    rows: list[list[Place]] = [[] for _ in range(1 + max(level.values(), default=0))]
    for name in names:
        rows[level[name]].append(Place(name))
    for (source, _), route in routes.items():
        for k, place in enumerate(route[1:-1], start=level[source] + 1):
            rows[k].append(place)
    links = [pair for route in routes.values() for pair in pairwise(route)]
    up: dict[Place, list[Place]] = {}
    down: dict[Place, list[Place]] = {}
    for a, b in links:
        down.setdefault(a, []).append(b)
        up.setdefault(b, []).append(a)
    best, fewest = [list(r) for r in rows], _crossings(rows, down)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for k in range(len(rows)) if forward else reversed(range(len(rows))):
            _sort_row(rows, k, up if forward else down, -1 if forward else 1, mates)
        now = _crossings(rows, down)
        if now < fewest:
            best, fewest = [list(r) for r in rows], now
    return best


def _sort_row(
    rows: list[list[Place]],
    k: int,
    neighbours: Mapping[Place, list[Place]],
    towards: int,
    mates: Mapping[Place, Place],
) -> None:
    """Sort layer `k` by the mean place of the neighbours in layer ``k + towards``; those without stay."""
    if not 0 <= k + towards < len(rows):
        return
    beside = {p: i / max(1, len(rows[k + towards]) - 1) for i, p in enumerate(rows[k + towards])}
    size = max(1, len(rows[k]) - 1)

    def barycentre(entry: tuple[int, Place]) -> float:
        near = neighbours.get(entry[1], [])
        return sum(beside[p] for p in near) / len(near) if near else entry[0] / size

    own = {p: (barycentre((i, p)), i) for i, p in enumerate(rows[k])}

    def together(place: Place) -> tuple[float, int, float, int]:
        mate = mates.get(place, place)
        return (own[place][0] + own[mate][0]) / 2, min(own[place][1], own[mate][1]), *own[place]

    rows[k].sort(key=together)


def _crossings(rows: Sequence[Sequence[Place]], down: Mapping[Place, list[Place]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        where = {p: i for i, p in enumerate(lower)}
        ends = [where[b] for a in upper for b in sorted(down.get(a, []), key=lambda q: where[q])]
        total += sum(1 for i, e in enumerate(ends) for f in ends[i + 1 :] if f < e)
    return total
