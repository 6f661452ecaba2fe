"""The floodlight: the effect of a construct along the scale of its moderator, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.i18n import translator
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.canvas import blank, finished, readable
from csimodels.spec.model import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours of the lines of a product of three, by the level of its second moderator.
_LINES = (style.ACCENT, style.AMBER)


def floodlight(
    curve: pd.DataFrame, model: Model, source: str | None = None, moderator: str | None = None, lang: str = "en"
) -> Figure:
    """The effect of `source` on its target where `moderator` has each value of its index (Spiller et al. 2013).

    Where the band leaves 0 out, the effect is there at the level of the intervals.

    Parameters
    ----------
    curve : DataFrame
        ``source, target, moderator, at, level, second, second_at, estimate, low, high``.
    model : Model
    source, moderator : str, optional
        The first interaction that fits is drawn.
    lang : ``"en"`` or ``"zh"``; English where no Chinese font is installed, with a warning.

    Raises
    ------
    DataError
        There is no curve.
    SpecError
        No interaction is of these constructs.
    """
    mine = _chosen(curve, source, moderator)
    lang, note = readable(lang)
    tr = translator(lang)
    fig, ax = blank(6.6, 4.2)
    levels = list(dict.fromkeys(mine["second_at"].fillna(0.0)))
    for colour, second in zip(_LINES, levels, strict=False):
        _line(ax, mine[mine["second_at"].fillna(0.0) == second], colour, _second(mine, second, model, lang))
    ax.axhline(0.0, color=style.MUTED, linewidth=1, zorder=1)
    names = [clean(model.label(str(mine[column].iloc[0]), lang)) for column in ("moderator", "source", "target")]
    ax.set_xlabel(f"{names[0]} ({tr('Index')})")
    ax.set_ylabel(f"{tr('Effect')}: {names[1]} → {names[2]}")
    if len(levels) > 1:
        ax.legend(frameon=False)
    return finished(fig, note, grid=False)


def _chosen(curve: pd.DataFrame, source: str | None, moderator: str | None) -> pd.DataFrame:
    """The rows of one interaction."""
    if curve.empty:
        remedy = 'add an interaction to the paths, for example "Image * Quality": Satisfaction'
        what = "there is no interaction with a moderator of more than two values"
        raise DataError(Problem(what, "floodlight", remedy=remedy))
    pairs = list(dict.fromkeys(zip(curve["source"], curve["moderator"], curve["second"], curve["target"], strict=True)))
    fitting = [p for p in pairs if source in (None, p[0]) and moderator in (None, p[1])]
    if not fitting:
        known = listed([f"{a} ({b})" for a, b, *_ in pairs])
        raise SpecError(Problem("no interaction of these constructs", "floodlight", f"{source} ({moderator})", known))
    first = fitting[0]
    columns = ("source", "moderator", "second", "target")
    keep = np.logical_and.reduce([curve[name] == value for name, value in zip(columns, first, strict=True)])
    return curve[keep]


def _second(rows: pd.DataFrame, value: float, model: Model, lang: str) -> str:
    name = str(rows["second"].iloc[0])
    return f"{clean(model.label(name, lang))}: {value:+g}" if name else ""


def _line(ax: Axes, rows: pd.DataFrame, colour: str, label: str) -> None:
    at, estimate, low, high = (rows[name].to_numpy(float) for name in ("level", "estimate", "low", "high"))
    ax.plot(at, estimate, color=colour, linewidth=2, zorder=3, label=label)
    if not np.isfinite(low).any():
        return
    ax.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0, zorder=2)
    there = (low > 0) | (high < 0)
    ax.fill_between(at, low, high, where=list(there), color=colour, alpha=0.25, linewidth=0, zorder=2)
