"""Figures of the roll-up and of the ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csimodels.i18n import translator
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.canvas import blank, finished, readable, whiskers
from csimodels.report.figures.geometry import text_width
from csimodels.report.group_order import Wave
from csimodels.report.html.table_views import zoomed
from csimodels.report.wording import Names
from csimodels.spec.model import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Of more units than this the ranks of the first and the last :data:`_EACH_END` are drawn.
MANY_RANKED = 60
_EACH_END = 20
_FONT = 9.0
_INDENT = 10.0  # points per level
_LEVEL_COLOURS = (style.ACCENT, "#3f7d9f", "#7fa8bf")
_LEVEL_SIZES = (70, 42, 24)


def rollup_chart(wave: Wave, model: Model, lang: str = "en") -> Figure:
    """The index of every unit of a roll-up, each above its members, as dots with intervals.

    Parameters
    ----------
    wave : of :func:`csimodels.report.group_order.rolled_units`.
    model : Model
    lang : ``"en"`` or ``"zh"``; English where no Chinese font is installed, with a warning.
    """
    lang, note = readable(lang)
    rows = Names(model, lang).frame(wave.rows.iloc[::-1].reset_index(drop=True))
    fig, ax = blank(7.2, 1.1 + 0.26 * max(2, len(rows)))
    at = np.arange(len(rows))
    depth = np.minimum(rows["depth"].to_numpy(int), len(_LEVEL_COLOURS) - 1)
    ok = [formatting.is_ok(s) for s in rows["status"]]
    colour = [_LEVEL_COLOURS[d] if good else style.AMBER for d, good in zip(depth, ok, strict=True)]
    ax.scatter(rows["index"].to_numpy(float), at, c=colour, s=np.asarray(_LEVEL_SIZES)[depth], zorder=3)
    whiskers(ax, rows, at, colour=colour)
    top = rows["index"][rows["depth"] == 0]
    if len(top) == 1 and np.isfinite(top.iloc[0]):
        ax.axvline(float(top.iloc[0]), color="#a9b4bd", linestyle=(0, (3, 4)), linewidth=1, zorder=1)
    _index_axis(ax, rows)
    _indented(ax, at, rows)
    ax.set_ylim(-0.8, len(rows) - 0.2)
    ax.set_xlabel(clean(model.label(model.index.construct, lang)))
    return _titled(finished(fig, note), wave)


def _index_axis(ax: Axes, rows: pd.DataFrame) -> None:
    scale = zoomed(rows)
    ticks = np.linspace(scale.low, scale.high, 5 if (scale.high - scale.low) % 20 == 0 else 3)
    ax.set_xlim(scale.low, scale.high)
    ax.set_xticks(ticks, [formatting.number(t, 0) for t in ticks])


def _indented(ax: Axes, at: np.ndarray, rows: pd.DataFrame) -> None:
    """Names of the units left of the axis, each level further in than the one above."""
    names = [clean(unit) for unit in rows["unit"]]
    inset = [_INDENT * float(d) for d in rows["depth"]]
    width = max((text_width(n, _FONT) + i for n, i in zip(names, inset, strict=True)), default=0.0) + 8
    ax.set_yticks(at, names, fontsize=_FONT)
    for label, tick, i, d in zip(ax.get_yticklabels(), ax.yaxis.get_major_ticks(), inset, rows["depth"], strict=True):
        tick.set_pad(width - i)
        label.set_horizontalalignment("left")
        label.set_fontweight("bold" if d == 0 else "normal")


def rank_chart(wave: Wave, names: Sequence[str], model: Model, lang: str = "en") -> Figure:
    """Ranks with their intervals, first at the top, and the index beside.

    Of more than 60 units the first and the last 20 are drawn.

    Parameters
    ----------
    wave : of :func:`csimodels.report.group_order.league`.
    names : columns that name a unit.
    model : Model
    lang : ``"en"`` or ``"zh"``
    """
    lang, note = readable(lang)
    tr = translator(lang)
    rows, gap = _ends(Names(model, lang).frame(wave.rows))
    fig, ax = blank(6.6, 1.2 + 0.26 * max(2, len(rows) + bool(gap)))
    at = -np.arange(len(rows), dtype=float)
    at[_EACH_END if gap else len(rows) :] -= 1.0
    parts = {k: pd.to_numeric(rows[k], errors="coerce").to_numpy(float, na_value=np.nan) for k in _RANKS}
    colour = [style.ACCENT if formatting.is_ok(s) else style.AMBER for s in rows["status"]]
    ends = pd.DataFrame({"low": parts["rank_low"], "high": parts["rank_high"]})
    ax.scatter(parts["rank"], at, c=colour, s=30, zorder=3)
    whiskers(ax, ends, at, colour=colour)
    last = int(np.nanmax([1.0, *parts["among"], *parts["rank"]]))
    ax.set_xlim(0.5 - 0.02 * last, last + 0.5 + 0.02 * last)
    ticks = _rank_ticks(last)
    ax.set_xticks(ticks, [formatting.number(t, 0) for t in ticks])
    ax.set_yticks(at, [" / ".join(clean(row[c]) for c in names) for row in formatting.records(rows)], fontsize=_FONT)
    for y, value in zip(at, rows["index"], strict=True):
        ax.text(1.02, y, formatting.number(value, 1), transform=ax.get_yaxis_transform(), va="center", fontsize=_FONT)
    if gap:
        left_out = tr("{n} more").format(n=formatting.number(gap, 0))
        ax.text(last / 2, -_EACH_END, f"… {left_out} …", ha="center", va="center", fontsize=_FONT, color=style.MUTED)
    ax.set_ylim(at.min(initial=-1.0) - 0.8, 0.8)
    ax.set_xlabel(tr("Rank by {construct}").format(construct=clean(model.label(model.index.construct, lang))))
    return _titled(finished(fig, note), wave)


_RANKS = ("rank", "rank_low", "rank_high", "among")


def _rank_ticks(last: int) -> list[int]:
    """Every rank where there are few; else the first and multiples of a round number."""
    if last <= 15:
        return list(range(1, last + 1))
    step = next(s * 10**e for e in range(7) for s in (1, 2, 5) if last / (s * 10**e) <= 6)
    return [1, *range(step, last + 1, step)]


def _ends(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """All rows where there are few, else both ends of the ranked ones; and how many are left out between."""
    if len(rows) <= MANY_RANKED:
        return rows, 0
    ranked = rows[rows["rank"].notna()]
    if len(ranked) <= MANY_RANKED:
        return ranked.reset_index(drop=True), 0
    shown = pd.concat([ranked.iloc[:_EACH_END], ranked.iloc[-_EACH_END:]], ignore_index=True)
    return shown, len(ranked) - len(shown)


def _titled(figure: Figure, wave: Wave) -> Figure:
    if wave.name:
        figure.axes[0].set_title(wave.name, fontsize=10, color=style.MUTED, parse_math=False)
        finished(figure, "")
    return figure
