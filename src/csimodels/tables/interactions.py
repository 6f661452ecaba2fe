"""Interactions and curves: effects, simple slopes, and where an effect is there (floodlight)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.assess.moderated_mediation import moderated_routes
from csimodels.assess.slopes import SHOWN, Level, Slope, slopes_of
from csimodels.moments.linalg import Floats
from csimodels.tables.estimates import Estimates

if TYPE_CHECKING:
    from scipy.interpolate import CubicSpline

#: Effect sizes of an interaction (Kenny 2018): from 0.005 small, 0.01 medium, 0.025 large.
SIZES = ((0.025, "large"), (0.01, "medium"), (0.005, "small"))

#: What a region of the floodlight says of the effect.
POSITIVE, NEGATIVE, NEITHER = "positive", "negative", "not different from 0"


def interactions(estimates: Estimates) -> pd.DataFrame:
    """Effects of products of constructs.

    Columns: group columns, ``target, term``; ``estimate`` with ``se, low, high, p``: of the product of scores of unit
    variance, a dummy as it is; ``standardised``: of the product made to have variance one; ``f2`` with its ``effect``
    size (Kenny 2018); ``status``.
    """
    d, size = estimates.layout.design, len(estimates.layout.design.products)
    labels = {
        "target": [d.constructs[product.target] for product in d.products],
        "term": [" * ".join(d.constructs[j] for j in product.factors) for product in d.products],
    }
    columns = {part: (part if part != "estimate" else "value", "interaction") for part in _PARTS}
    columns |= {"standardised": ("value", "interaction_std"), "f2": ("value", "interaction_f2")}
    table = estimates.frame(labels, columns)
    table["effect"] = [_size(value) for value in table["f2"]]
    table["status"] = estimates.status_text(size)
    return table


_PARTS = ("estimate", "se", "low", "high", "p")


def _size(f2: float) -> str:
    if np.isnan(f2):
        return ""
    return next((word for least, word in SIZES if f2 >= least), "none")


def moderated_mediation(estimates: Estimates) -> pd.DataFrame:
    """Index of moderated mediation of every route of two paths (Hayes 2015).

    Columns: group columns, ``source, mediator, target, moderator``; ``stage``: the path that is moderated, first or
    second; ``estimate`` with ``se, low, high, p``: change of the indirect effect for one standard deviation of the
    moderator, of a dummy from 0 to 1; ``status``.  The indirect effect is moderated where the interval leaves 0 out.
    """
    d = estimates.layout.design
    routes = moderated_routes(d)
    labels = {
        name: [d.constructs[getattr(route, name)] for route in routes]
        for name in ("source", "mediator", "target", "moderator")
    }
    labels["stage"] = ["first" if route.first else "second" for route in routes]
    parts = {part: ("value" if part == "estimate" else part, "moderated_mediation") for part in _PARTS}
    table = estimates.frame(labels, parts)
    table["status"] = estimates.status_text(len(routes))
    return table


def simple_slopes(estimates: Estimates) -> pd.DataFrame:
    """Effects of the first construct of a product at low, mean and high levels of the others.

    Columns: group columns, ``target, source, moderator, at`` (standard deviations from the mean; of a dummy 0 or 1),
    ``level`` (on the 0-100 index of the moderator); ``second, second_at`` of a product of three; ``estimate`` with
    ``se, low, high, p``, standardised, of a dummy for the step from 0 to 1; ``points``: points of the target for one of
    the source, of a dummy for the step; ``status``.
    """
    table = _slopes(estimates)
    shown = table["at"].isin(SHOWN)
    return table[shown].reset_index(drop=True)


def floodlight_curve(estimates: Estimates) -> pd.DataFrame:
    """:func:`simple_slopes` at many levels of the moderator, from 3 standard deviations below its mean to 3 above,
    within the scale; dummies have two."""
    return _slopes(estimates)


def _slopes(estimates: Estimates) -> pd.DataFrame:
    layout = estimates.layout
    d, slopes = layout.design, slopes_of(layout.design)
    second = [slope.levels[1] if len(slope.levels) > 1 else None for slope in slopes]
    labels = {
        "target": [d.constructs[slope.target] for slope in slopes],
        "source": [d.constructs[slope.source] for slope in slopes],
        "moderator": [d.constructs[slope.levels[0].construct] for slope in slopes],
        "second": ["" if level is None else d.constructs[level.construct] for level in second],
    }
    table = estimates.frame(labels, {part: ("value" if part == "estimate" else part, "slope") for part in _PARTS})
    keys = len(estimates.keys)
    table["at"] = [slope.levels[0].value for slope in slopes] * keys
    table["level"] = _points(estimates, slopes).ravel()
    table["second_at"] = [np.nan if level is None else level.value for level in second] * keys
    table["points"] = estimates.value[:, layout.blocks["slope_points"]].ravel()
    table["status"] = estimates.status_text(len(slopes))
    inside = table["level"].between(-1e-9, 100 + 1e-9) | table["level"].isna() | table["at"].isin(SHOWN)
    order = ["target", "source", "moderator", "at", "level", "second", "second_at", *_PARTS, "points", "status"]
    return table[inside].reset_index(drop=True)[[*estimates.by, *order]]


def _points(estimates: Estimates, slopes: tuple[Slope, ...]) -> Floats:
    """(G, slopes) level of the moderator on the 0-100 scale."""
    layout = estimates.layout
    index, sd = (estimates.value[:, layout.blocks[name]] for name in ("index", "sd"))
    sd = sd * np.sqrt(estimates.n / (estimates.n - 1))[:, None]

    def one(level: Level) -> Floats:
        j = level.construct
        return np.full(len(index), 100 * level.value) if level.dummy else index[:, j] + level.value * sd[:, j]

    return np.asarray([one(slope.levels[0]) for slope in slopes]).reshape(len(slopes), len(index)).T


@dataclass(frozen=True)
class Region:
    """A stretch of the moderator, in standard deviations from its mean, in which an effect has one sign or none."""

    start: float
    stop: float
    sign: str


def floodlight(estimates: Estimates) -> pd.DataFrame:
    """Where on the scale of a moderator an effect is there (Johnson & Neyman 1936; Spiller et al. 2013).

    Columns: group columns, ``target, source, moderator, second, second_at``; the region ``begins`` and ``ends`` (0-100
    index of the moderator), ``begins_at, ends_at`` in standard deviations; ``sign`` of the effect in it: positive,
    negative, or not different from 0 at the level of the intervals; ``status``.  Dummies have simple slopes only, and
    nothing is told without intervals.
    """
    curve = _slopes(estimates)
    keys = [*estimates.by, "target", "source", "moderator", "second", "second_at"]
    rows: list[dict[str, object]] = []
    for _, part in curve.groupby(keys, sort=False, dropna=False):
        if len(part) < 4 or part[["low", "high"]].isna().to_numpy().any():
            continue
        scale = np.polyfit(part["at"], part["level"], 1)
        for region in regions(*(part[name].to_numpy(float) for name in ("at", "low", "high"))):
            row: dict[str, object] = {name: part[name].iloc[0] for name in keys}
            row |= {"begins": float(np.polyval(scale, region.start)), "ends": float(np.polyval(scale, region.stop))}
            row |= {"begins_at": region.start, "ends_at": region.stop, "sign": region.sign}
            rows.append(row | {"status": part["status"].iloc[0]})
    columns = [*keys, "begins", "ends", "begins_at", "ends_at", "sign", "status"]
    return pd.DataFrame(rows, columns=columns)


def regions(at: Floats, low: Floats, high: Floats) -> Iterator[Region]:
    """Stretches in which an interval is above 0, below it, or around it; ends of the interval are joined by splines."""
    from scipy.interpolate import CubicSpline  # scipy loads only where a region is looked for

    above, below = CubicSpline(at, low), CubicSpline(at, high)
    cuts = np.unique(np.concatenate([at[[0, -1]], _roots(above, at), _roots(below, at)]))
    for start, stop in pairwise(cuts):
        middle = (start + stop) / 2
        sign = POSITIVE if above(middle) > 0 else NEGATIVE if below(middle) < 0 else NEITHER
        yield Region(float(start), float(stop), sign)


def _roots(curve: CubicSpline, at: Floats) -> NDArray[np.float64]:
    found = np.asarray(curve.roots(extrapolate=False), dtype=np.float64)
    return np.asarray(found[(found > at[0]) & (found < at[-1])])
