"""A high drawing of rows in parts, for paper: cut between rows, with its head above and its axis below every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from csimodels.report.figures.scene import MIDDLE, Area, Bar, Dot, Line, Mark, Scene, Text


def cuts(scene: Scene, first: float, last: float, least: float) -> tuple[float, ...]:
    """Heights between rows at which a drawing may be cut, from above its first row to below its last.

    Parameters
    ----------
    scene : Scene
    first, last, least : float
        Pixels of the rows above the first cut, below the last one, and between two, at least.

    Returns
    -------
    tuple of float
        Empty where the drawing has no rows, or too few of them.
    """
    if not scene.rows:
        return ()
    top, *between, bottom = scene.rows
    kept = [top]
    for place in between:
        if place - kept[-1] >= (first if len(kept) == 1 else least) and bottom - place >= last:
            kept.append(place)
    return (*kept, bottom) if len(kept) > 1 else ()


def parted(scene: Scene, places: tuple[float, ...]) -> tuple[Scene, ...]:
    """What stands above the first of `places`, between each two of them, and below the last."""
    ends = (0.0, *places, scene.height)
    return tuple(Scene(scene.width, low - high, tuple(_within(scene, high, low))) for high, low in pairwise(ends))


def _within(scene: Scene, high: float, low: float) -> Iterator[Mark]:
    """The marks between two heights, moved up; what reaches further is cut there."""
    for mark in scene.marks:
        cut = _cut(mark, high, low)
        if cut is not None:
            yield from Scene(0.0, 0.0, (cut,)).moved(0.0, -high)


def _cut(mark: Mark, high: float, low: float) -> Mark | None:
    if isinstance(mark, Bar):
        top, bottom = max(mark.y, high), min(mark.y + mark.h, low)
        return replace(mark, y=top, h=bottom - top) if bottom > top else None
    if isinstance(mark, Line) and _upright(mark):
        (x, start), (_, end) = mark.points
        top, bottom = max(min(start, end), high), min(max(start, end), low)
        return replace(mark, points=((x, top), (x, bottom))) if bottom > top else None
    return mark if high <= _middle(mark) < low else None


def _middle(mark: Line | Area | Dot | Text) -> float:
    """The height that says to which row a mark belongs that is not cut."""
    if isinstance(mark, Text):
        return mark.y - MIDDLE * mark.size
    return mark.y if isinstance(mark, Dot) else mark.points[0][1]


def _upright(line: Line) -> bool:
    return len(line.points) == 2 and line.points[0][0] == line.points[1][0]
