"""Two waves side by side, one line for each unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from csimodels.report import formatting
from csimodels.report.figures.charts.axis import Axis, axis
from csimodels.report.figures.geometry import text_width
from csimodels.report.figures.scene import Dot, Line, Scene, Sheet, Text, shortened

_FONT, _LINE = 12.0, 15.0
#: From this width on, on slides, a chart of more units than this is as high as its names need, in larger letters.
_WIDE, _MANY = 1000.0, 16
_LARGE, _LARGE_LINE = 13.0, 16.5


@dataclass(frozen=True, slots=True)
class Slope:
    """One unit before and after; ``moved`` is 1 where it is measurably better, -1 where worse."""

    name: str
    before: float
    after: float
    moved: int = 0


def slope_chart(waves: tuple[str, str], slopes: Sequence[Slope], width: float) -> Scene:
    """Lines from the wave before to this one, named on the right; measurable changes are coloured."""
    sheet = Sheet()
    known = [s for s in slopes if math.isfinite(s.before) and math.isfinite(s.after)]
    large = width >= _WIDE and len(known) > _MANY
    font, line = (_LARGE, _LARGE_LINE) if large else (_FONT, _LINE)
    height = 56 + line * len(known) if large else max(300.0, min(860.0, 60 + 21.0 * len(known)))
    scale = axis([v for s in known for v in (s.before, s.after)], (height - 14, 40.0), (0, 100))
    if large:  # no ticks: the lines may fill the height
        scale = _filling(known, scale)
    room = min(max((1.06 * text_width(f"{s.name}  00.0", font) for s in known), default=0.0) + 16, 0.5 * width)
    left, right = 62.0, width - room - 20
    for x, wave, anchor in ((left, waves[0], "middle"), (right, waves[1], "middle")):
        sheet.add(Line(((x, 28), (x, height - 6)), "line", 1.4))
        sheet.add(Text(x, 18, wave, 13, "muted", anchor, 650))  # type: ignore[arg-type]
    spread_left = _apart([scale.at(s.before) for s in known], height, line)
    spread_right = _apart([scale.at(s.after) for s in known], height, line)
    for k in sorted(range(len(known)), key=lambda i: abs(known[i].moved)):
        one = known[k]
        colour = ("amber", "ghost", "accent")[one.moved + 1]
        a, b = (left, scale.at(one.before)), (right, scale.at(one.after))
        sheet.add(Line((a, b), colour, 2.6 if one.moved else 1.6))
        said = f"{one.name}: {formatting.number(one.before, 1)} → {formatting.number(one.after, 1)}"
        sheet.add(Dot(*a, 4.0, colour, said=said), Dot(*b, 4.0, colour, said=said))
        ink, weight = ("ink", 650) if one.moved else ("muted", 400)
        sheet.add(Line(((left - 12, spread_left[k]), (left - 5, a[1])), "ghost"))
        sheet.add(Line(((right + 5, b[1]), (right + 14, spread_right[k])), "ghost"))
        sheet.add(Text(left - 15, spread_left[k] + 4, formatting.number(one.before, 1), font - 0.5, ink, "end", weight))
        text = shortened(f"{formatting.number(one.after, 1)}  {one.name}", 1.06 * font, width - right - 17)
        sheet.add(Text(right + 17, spread_right[k] + 4, text, font, ink, "start", weight))
    return sheet.scene(width, height)


def _filling(known: Sequence[Slope], scale: Axis) -> Axis:
    """The scale from the lowest to the highest value."""
    values = [v for s in known for v in (s.before, s.after)]
    low, high = min(values), max(values)
    return replace(scale, low=low, high=high) if high > low else scale


def _apart(places: Sequence[float], height: float, line: float = _LINE) -> list[float]:
    """Places moved as little as needed (least squares) so that lines of text do not touch, within the drawing."""
    order = sorted(range(len(places)), key=lambda k: places[k])
    gap = min(line, (height - 48) / max(1, len(places) - 1))
    blocks: list[tuple[float, int]] = []  # means of places less their gaps, pooled until they rise
    for at, k in enumerate(order):
        blocks.append((places[k] - gap * at, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (high, many), (low, few) = blocks.pop(-2), blocks.pop()
            blocks.append(((high * many + low * few) / (many + few), many + few))
    spread = [mean for mean, count in blocks for _ in range(count)]
    first, last = 40.0, height - 8 - gap * (len(places) - 1)
    out = list(places)
    for at, k in enumerate(order):
        out[k] = min(max(spread[at], first), last) + gap * at
    return out
