"""A prediction along the index: a line through the levels of a table, the band of its interval, numbers at the dots."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from csimodels.report.figures.charts.axis import across, axis, upright
from csimodels.report.figures.scene import Area, Dot, Line, Scene, Sheet, Text

#: Level, prediction, and its interval.
Level = tuple[float, float, float, float]


def curve_chart(
    levels: Sequence[Level],
    width: float,
    titles: tuple[str, str],
    said: Callable[[float], str],
    ends: tuple[float, float] = (-math.inf, math.inf),
) -> Scene:
    """Dots at the levels, whiskers, and a line and a band that lead the eye from one to the next.

    Parameters
    ----------
    levels : sequence of (level, predicted, low, high)
        In rising order of the level.
    width : float
        In pixels.
    titles : (str, str)
        Of the level and of the prediction.
    said : callable
        A prediction as it is written.
    ends : (float, float)
        Bounds of the prediction, such as 0 and 100.
    """
    sheet = Sheet()
    height, left = (340.0 if width > 480 else 290.0), 48.0
    sideways = axis([x for x, *_ in levels], (left, width - 26), (0, 100), 5 if width < 480 else 8)
    upwards = axis([v for level in levels for v in level[1:]], (height - 46, 34.0), ends)
    across(sheet, sideways, 34.0, height - 46)
    upright(sheet, upwards, left, width - 26)
    sure = [one for one in levels if math.isfinite(one[2]) and math.isfinite(one[3])]
    above = [(sideways.at(x), upwards.at(high)) for x, _, _, high in sure]
    below = [(sideways.at(x), upwards.at(low)) for x, _, low, _ in sure]
    if len(sure) > 1:
        sheet.add(Area((*above, *reversed(below)), "accent", 0.18))
    line = tuple((sideways.at(x), upwards.at(y)) for x, y, *_ in levels)
    sheet.add(Line(line, "accent", 3.0))
    for upper, lower in zip(above, below, strict=True):
        sheet.add(Line((upper, lower), "accent", 1.6))
    for (x, y), (_, value, _, high) in zip(line, levels, strict=True):
        tip = upwards.at(high) if math.isfinite(high) else y
        sheet.add(Dot(x, y, 5.5, "accent", said=said(value)))
        sheet.add(Text(x, tip - 8, said(value), 12.5, "ink", "middle", 650))
    sheet.add(Text((left + width - 26) / 2, height - 6, f"{titles[0]} →", 12.5, "ink", "middle"))
    sheet.add(Text(0, 14, f"↑ {titles[1]}", 12.5, "ink"))
    return sheet.scene(width, height)
