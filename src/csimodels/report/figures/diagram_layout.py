"""Layered drawing of a path model: who stands where, which way the arrows go, where their coefficients fit.

Sugiyama's scheme: layers by longest path, long arrows through a place of their own in every layer they pass,
fewer crossings by barycentre (Sugiyama, Tagawa & Toda 1981), heights by repeated isotonic regression.  An arrow
never crosses a node, because it passes each layer through its own place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from csimodels.report.figures.diagram_layers import SWEEPS, Place, columns, levels, ordered, route_of, stacks
from csimodels.report.figures.geometry import Box, Point

_MARGIN = 14.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Measures of the drawing in pixels."""

    node: Point = (118.0, 92.0)
    label: Point = (46.0, 18.0)
    gap: float = 68.0
    row: float = 26.0
    stack: float = 62.0


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow: stations in pairs (leave a layer, reach the next one) and the box of its coefficient.

    The arrow of a stack has two stations, one below the other.
    """

    source: str
    target: str
    stations: tuple[Point, ...]
    label: Box

    @property
    def upright(self) -> bool:
        """Whether the arrow runs straight up or down."""
        return self.stations[0][0] == self.stations[-1][0]


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes of the nodes by name, arrows in the order given, and the size of the canvas."""

    nodes: Mapping[str, Box]
    edges: tuple[Edge, ...]
    width: float
    height: float


def layout(
    names: Sequence[str],
    edges: Sequence[tuple[str, str]],
    sizes: Sizes | None = None,
    alone: Sequence[str] = (),
) -> Layout:
    """Places for `names` and arrows for `edges` (source, target).

    With `alone`, nodes that keep a column of their own, long chains are folded: see
    :func:`~csimodels.report.figures.diagram_layers.stacks`.

    Raises
    ------
    SpecError
        If the arrows form a cycle or name an unknown node.
    """
    sizes = sizes or Sizes()
    edges = list(dict.fromkeys(edges))
    level = levels(names, edges)
    stacked = stacks(level, edges, alone)
    level = columns(level, stacked)
    routes = {edge: route_of(edge, level) for edge in edges if edge not in stacked}
    rows = ordered(names, level, routes, stacked)
    links = [pair for route in routes.values() for pair in pairwise(route)]
    height = _heights(rows, links, stacked, sizes)
    stations = _stations(routes, level, height, sizes)
    nodes = {n: Box.centred(_column(level[n], sizes), height[Place(n)], *sizes.node) for n in names}
    stations |= {(a, b): _upright(nodes[a], nodes[b]) for a, b in stacked}
    stations = {edge: stations[edge] for edge in edges}
    labels = _labels(stations, list(nodes.values()), sizes)
    return _framed(nodes, stations, labels)


def _heights(
    rows: Sequence[Sequence[Place]],
    links: Sequence[tuple[Place, Place]],
    stacked: Sequence[tuple[str, str]],
    sizes: Sizes,
) -> dict[Place, float]:
    """Vertical centre of every place: near its neighbours, in order, never closer than the boxes allow."""
    near: dict[Place, list[Place]] = {}
    for a, b in links:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    y: dict[Place, float] = {}
    either = [*stacked, *((b, a) for a, b in stacked)]
    offsets = [_offsets(row, sizes, either) for row in rows]
    for row, offset in zip(rows, offsets, strict=True):
        y.update({p: o - offset[-1] / 2 for p, o in zip(row, offset, strict=True)})
    for sweep in range(2 * SWEEPS):
        order = range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows)))
        for k in order:
            wish = [sum(y[q] for q in near[p]) / len(near[p]) if p in near else y[p] for p in rows[k]]
            weight = [1.0 if p.via is None else 2.0 for p in rows[k]]
            free = _isotonic([w - o for w, o in zip(wish, offsets[k], strict=True)], weight)
            y.update({p: f + o for p, f, o in zip(rows[k], free, offsets[k], strict=True)})
    return y


def _offsets(row: Sequence[Place], sizes: Sizes, stacked: Sequence[tuple[str, str]]) -> list[float]:
    """Least distance of each place of a layer from its first one."""
    out = [0.0]
    for a, b in pairwise(row):
        half = [sizes.node[1] / 2 + 9 if p.via is None else sizes.row / 2 for p in (a, b)]
        out.append(out[-1] + sum(half))
        if a.via is None and b.via is None and (a.name, b.name) in stacked:
            out[-1] += sizes.stack - 18
    return out[: len(row)]


def _upright(a: Box, b: Box) -> tuple[Point, ...]:
    x = a.centre[0]
    return ((x, a.bottom), (x, b.y)) if a.y < b.y else ((x, a.y), (x, b.bottom))


def _isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Nearest non-decreasing sequence (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            v, w, n = pools.pop()
            pool = ((v * w + pool[0] * pool[1]) / (w + pool[1]), w + pool[1], n + pool[2])
        pools.append(pool)
    return [v for v, _, n in pools for _ in range(n)]


def _column(level: int, sizes: Sizes) -> float:
    return level * (sizes.node[0] + sizes.gap)


def _stations(
    routes: Mapping[tuple[str, str], tuple[Place, ...]],
    level: Mapping[str, int],
    height: Mapping[Place, float],
    sizes: Sizes,
) -> dict[tuple[str, str], tuple[Point, ...]]:
    """Points of every arrow; ends are spread over the side of the node, in the order of where they come from."""
    leave = _ports(routes, height, sizes, lambda e: (e[0], routes[e][1]))
    reach = _ports(routes, height, sizes, lambda e: (e[1], routes[e][-2]))
    half = sizes.node[0] / 2
    out: dict[tuple[str, str], tuple[Point, ...]] = {}
    for edge, route in routes.items():
        x0 = _column(level[edge[0]], sizes)
        points = [(x0 + half, height[route[0]] + leave[edge])]
        for k, place in enumerate(route[1:-1], start=level[edge[0]] + 1):
            x = _column(k, sizes)
            points += [(x - half, height[place]), (x + half, height[place])]
        points.append((_column(level[edge[1]], sizes) - half, height[route[-1]] + reach[edge]))
        out[edge] = tuple(points)
    return out


def _ports(
    routes: Mapping[tuple[str, str], tuple[Place, ...]],
    height: Mapping[Place, float],
    sizes: Sizes,
    end: Callable[[tuple[str, str]], tuple[str, Place]],
) -> dict[tuple[str, str], float]:
    at: dict[str, list[tuple[float, tuple[str, str]]]] = {}
    for edge in routes:
        node, next_place = end(edge)
        at.setdefault(node, []).append((height[next_place], edge))
    out: dict[tuple[str, str], float] = {}
    for entries in at.values():
        step = min(20.0, 0.7 * sizes.node[1] / max(1, len(entries) - 1))
        for i, (_, edge) in enumerate(sorted(entries)):
            out[edge] = (i - (len(entries) - 1) / 2) * step
    return out


def curve(a: Point, b: Point, t: float) -> Point:
    """Point at `t` in [0, 1] of the curve from `a` to `b` that leaves and arrives horizontally."""
    u = 1 - t
    mid = (a[0] + b[0]) / 2
    x = u**3 * a[0] + 3 * u * t * mid + t**3 * b[0]
    y = (u**3 + 3 * u * u * t) * a[1] + (3 * u * t * t + t**3) * b[1]
    return x, y


def trace(stations: Sequence[Point], steps: int = 12) -> list[Point]:
    """Points along a whole arrow: the curves between layers and the straight lines through them."""
    return [curve(a, b, i / steps) for a, b in pairwise(stations) for i in range(steps + 1)]


def _labels(
    stations: Mapping[tuple[str, str], tuple[Point, ...]], nodes: Sequence[Box], sizes: Sizes
) -> dict[tuple[str, str], Box]:
    """Boxes for the coefficients: on their arrow, clear of nodes and of each other, off other arrows if possible."""
    traces = {edge: trace(points) for edge, points in stations.items()}
    placed: dict[tuple[str, str], Box] = {}
    for edge in sorted(stations, key=lambda e: len(stations[e])):
        others = [p for e, points in traces.items() if e != edge for p in points]
        best, cost = Box(0, 0, 0, 0), float("inf")
        for rank, (x, y) in enumerate(_candidates(stations[edge])):
            box = Box.centred(x, y, *sizes.label)
            now = 0.15 * rank + sum(box.holds(p, 2) for p in others)
            now += sum(1e4 for other in (*nodes, *placed.values()) if box.overlap(other))
            if now < cost:
                best, cost = box, now
        placed[edge] = _nudged(best, [*nodes, *placed.values()])
    return placed


def _candidates(stations: Sequence[Point]) -> list[Point]:
    """Where a coefficient may stand: the middle of the places passed, then along the curves between layers."""
    pairs = list(zip(stations[::2], stations[1::2], strict=True))
    passing = [((a[0] + b[0]) / 2, a[1]) for a, b in zip(stations[1:-1:2], stations[2:-1:2], strict=True)]
    passing.sort(key=lambda p: abs(p[0] - (stations[0][0] + stations[-1][0]) / 2))
    bends = [curve(a, b, t) for t in (0.5, 0.42, 0.58, 0.36, 0.64) for a, b in pairs]
    return passing + bends


def _nudged(box: Box, taken: Sequence[Box]) -> Box:
    """`box` moved up or down until it is free."""
    for step in range(400):
        for sign in (1, -1):
            moved = Box(box.x, box.y + sign * 3 * step, box.w, box.h)
            if not any(moved.overlap(other) for other in taken):
                return moved
    return box


def _framed(
    nodes: Mapping[str, Box],
    stations: Mapping[tuple[str, str], tuple[Point, ...]],
    labels: Mapping[tuple[str, str], Box],
) -> Layout:
    """Everything shifted into a canvas that starts at (0, 0)."""
    boxes = [*nodes.values(), *labels.values()]
    heights = [p[1] for points in stations.values() for p in points]
    left = min((b.x for b in boxes), default=0.0) - _MARGIN
    top = min([*(b.y for b in boxes), *heights], default=0.0) - _MARGIN
    right = max((b.right for b in boxes), default=0.0) + _MARGIN
    bottom = max([*(b.bottom for b in boxes), *heights], default=0.0) + _MARGIN

    def move(b: Box) -> Box:
        return Box(b.x - left, b.y - top, b.w, b.h)

    edges = tuple(
        Edge(s, t, tuple((x - left, y - top) for x, y in points), move(labels[s, t]))
        for (s, t), points in stations.items()
    )
    return Layout({n: move(b) for n, b in nodes.items()}, edges, right - left, bottom - top)
