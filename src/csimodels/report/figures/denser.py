"""A drawing made lower: its rows closer together, its letters as large as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csimodels.report.figures.geometry import Box, text_width
from csimodels.report.figures.scene import MIDDLE, Anchor, Area, Bar, Dot, Line, Mark, Scene, Text

#: No drawing is brought below this part of its height: rows of 21 pixels keep 15, for letters of 12.
LEAST = 0.7
#: Height of a line of text, in sizes of its letters.
_LINE = 1.02
_BEFORE: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}


def denser(scene: Scene, least: float = LEAST) -> Scene:
    """`scene` at `least` of its height, or at what of it lets no text touch another text or a dot it stood clear of.

    Everything moves up in proportion; letters, dots and the width stay.

    Parameters
    ----------
    scene : Scene
    least : float
        Part of the height that is wished, in (0, 1]; :data:`LEAST` is the smallest that is given.
    """
    part = max(least, LEAST, _tightest(scene.marks))
    if part >= 1.0:
        return scene
    marks = tuple(_lower(mark, part) for mark in scene.marks)
    return Scene(scene.width, part * scene.height, marks, tuple(part * y for y in scene.rows))


def lowered(scene: Scene, ratio: float) -> Scene:
    """`scene`, denser where it is higher than `ratio` times its width, so far as it goes."""
    return scene if scene.height <= ratio * scene.width else denser(scene, ratio * scene.width / scene.height)


def lettered(scene: Scene) -> float:
    """Size in pixels of the smallest letters of a drawing; 12 where it has none."""
    return min((mark.size for mark in scene.marks if isinstance(mark, Text)), default=12.0)


def _lower(mark: Mark, part: float) -> Mark:
    if isinstance(mark, (Line, Area)):
        return replace(mark, points=tuple((x, part * y) for x, y in mark.points))
    if isinstance(mark, Bar):
        return replace(mark, y=part * mark.y, h=part * mark.h)
    if isinstance(mark, Text):  # its middle moves, its letters stay
        return replace(mark, y=part * (mark.y - MIDDLE * mark.size) + MIDDLE * mark.size)
    return replace(mark, y=part * mark.y)


def _tightest(marks: Sequence[Mark]) -> float:
    """The smallest part of the height at which texts stay clear of each other and of dots."""
    texts = [_box(mark) for mark in marks if isinstance(mark, Text) and mark.text.strip()]
    dots = [Box.centred(mark.x, mark.y, 2 * mark.r, 2 * mark.r) for mark in marks if isinstance(mark, Dot)]
    found = 0.0
    for k, one in enumerate(texts):
        for other in (*texts[k + 1 :], *dots):
            if min(one.right, other.right) > max(one.x, other.x):
                apart, needed = abs(one.centre[1] - other.centre[1]), (one.h + other.h) / 2
                if apart >= needed:
                    found = max(found, needed / apart)
    return found


def _box(mark: Text) -> Box:
    wide = text_width(mark.text, mark.size)
    left = mark.x - _BEFORE[mark.anchor] * wide
    return Box(left, mark.y - (MIDDLE + _LINE / 2) * mark.size, wide, _LINE * mark.size)
