"""Figures for notebooks and documents: matplotlib figures without global state, and the path diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csimodels.errors import DataError, Problem, SpecError
from csimodels.i18n import check_language, translator
from csimodels.messages import say
from csimodels.report import formatting
from csimodels.report.direction import best_first, named
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.canvas import blank, finished, readable, whiskers
from csimodels.report.figures.drivers_map import axes_of, name_on_map
from csimodels.report.figures.geometry import Box, place_labels, text_width
from csimodels.report.figures.group_figures import rank_chart, rollup_chart
from csimodels.report.figures.picture import Picture, check_look
from csimodels.report.group_order import league, rolled_units
from csimodels.report.html.decisions.leads import lead_maps
from csimodels.report.html.decisions.trends import trend_charts
from csimodels.report.html.table_views import lang_of, zoomed
from csimodels.report.standing import current_wave, wave_column
from csimodels.report.story.diagram import difference_picture, path_picture
from csimodels.report.story.pictures import Pictures
from csimodels.report.story.reading import Reading
from csimodels.report.wording import Names
from csimodels.spec.model import Model, plain_text
from csimodels.tables.vocabulary import QUADRANTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ENDS = ("importance_low", "importance_high", "performance_low", "performance_high")


class Svg(str):
    """SVG text that notebooks show as a picture."""

    __slots__ = ()

    def save(self, path: str | Path) -> Path:
        """Write the drawing to an SVG file; returns its path.

        Raises
        ------
        SpecError
            The suffix is not ``.svg``: nothing else is written under a name that promises it.
        """
        target = Path(path)
        if target.suffix.lower() != ".svg":
            what = "a drawing is saved as SVG, and the name of the file says something else"
            remedy = "end the name in .svg; other programs turn it into PNG or PDF"
            raise SpecError(Problem(what, str(path), target.suffix, ".svg", remedy))
        target.write_text(self, encoding="utf-8", newline="\n")
        return target

    def _repr_svg_(self) -> str:
        return str(self)


def index_chart(index: pd.DataFrame, model: Model, lang: str = "en") -> Figure:
    """Bars of the 0-100 index of every construct, with intervals where there are any.

    Parameters
    ----------
    index : DataFrame
        ``construct, index`` and, where known, ``low, high``.
    model : Model
    lang : ``"en"`` or ``"zh"``; English where no Chinese font is installed, with a warning.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    lang, note = readable(lang)
    tr = translator(lang)
    rows = index.iloc[::-1].reset_index(drop=True)
    fig, ax = blank(6.6, 1.1 + 0.42 * max(1, len(rows)))
    values = rows["index"].to_numpy(float)
    at = np.arange(len(rows))
    main = rows["construct"] == model.index.construct
    ax.barh(at, np.nan_to_num(values), height=0.58, color=np.where(main, style.ACCENT, "#7fa8bf"), zorder=2)
    whiskers(ax, rows, at)
    for y, value in enumerate(values):
        ax.text(103, y, formatting.number(value, 1), va="center", fontsize=10, color=style.INK)
    ax.set_xlim(0, 100)
    ax.set_yticks(at, [say(named(model, str(c), lang), tr) for c in rows["construct"]])
    ax.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100"])
    ax.set_xlabel(tr("Index"))
    return finished(fig, note)


def importance_performance(
    drivers: pd.DataFrame, model: Model, lang: str = "en", cuts: tuple[float, float] = (np.nan, np.nan)
) -> Figure:
    """Importance-performance map: one point per driver, quadrants in the corners.

    Parameters
    ----------
    drivers : DataFrame
        Driver table; rows without importance or performance are left out.
    model : Model
    lang : ``"en"`` or ``"zh"``
    cuts : (float, float)
        Where the quadrant lines stand; see :func:`csimodels.report.figures.drivers_map.axes_of`.
    """
    lang, note = readable(lang)
    tr = translator(lang)
    known = drivers[drivers["importance"].notna() & drivers["performance"].notna()].reset_index(drop=True)
    x, y = axes_of(known, cuts)
    fig, ax = blank(6.6, 5.4)
    ax.set_xlim(x.low, x.high)
    ax.set_ylim(y.low, y.high)
    ax.set_xticks(x.ticks, [formatting.number(t, x.digits) for t in x.ticks])
    ax.set_yticks(y.ticks, [formatting.number(t, y.digits) for t in y.ticks])
    ax.set_xlabel(tr("Importance"))
    ax.set_ylabel(tr("Performance"))
    for row in formatting.records(known):
        _point(ax, row)
    if np.isfinite(x.cut):
        ax.axvline(x.cut, color="#a9b4bd", linestyle=(0, (3, 4)), linewidth=1, zorder=1)
    if np.isfinite(y.cut):
        ax.axhline(y.cut, color="#a9b4bd", linestyle=(0, (3, 4)), linewidth=1, zorder=1)
    if np.isfinite(x.cut) and np.isfinite(y.cut):
        for key, across, up in (("improve", 1, 0), ("keep", 1, 1), ("low", 0, 0), ("overkill", 0, 1)):
            ax.text(
                0.98 if across else 0.02, 0.975 if up else 0.025, tr(QUADRANTS[key]), transform=ax.transAxes,
                ha="right" if across else "left", va="top" if up else "bottom", fontsize=9.5, fontweight="bold",
                color=style.QUADRANT_COLOURS[key],
            )  # fmt: skip
    _name_points(ax, known, model, lang)
    return finished(fig, note, grid=False)


def group_ranking(groups: pd.DataFrame, group_by: Sequence[str], model: Model, lang: str = "en") -> Figure:
    """The index of every group, best first, as dots with intervals.

    Parameters
    ----------
    groups : DataFrame
        Columns of `group_by`, then the index table; rows of the construct of ``model.index`` are drawn.
    group_by : sequence of str
    model : Model
    lang : ``"en"`` or ``"zh"``
    """
    lang, note = readable(lang)
    mine = groups[groups["construct"] == model.index.construct]
    mine = best_first(mine, model)[::-1].reset_index(drop=True)  # the first stands at the top
    fig, ax = blank(6.6, 1.1 + min(0.28, 40 / max(1, len(mine))) * max(2, len(mine)))
    at = np.arange(len(mine))
    states = mine["status"] if "status" in mine else ["ok"] * len(mine)
    ok = np.asarray([formatting.is_ok(s) for s in states], dtype=bool)
    colour = np.where(ok, style.ACCENT, style.AMBER)
    ax.scatter(mine["index"].to_numpy(float), at, c=list(colour), s=26, zorder=3)
    whiskers(ax, mine, at, colour=list(colour))
    scale = zoomed(mine)
    ticks = np.linspace(scale.low, scale.high, 5 if (scale.high - scale.low) % 20 == 0 else 3)
    ax.set_xlim(scale.low, scale.high)
    ax.set_xticks(ticks, [formatting.number(t, 0) for t in ticks])
    ax.set_ylim(-0.8, len(mine) - 0.2)
    labels = [Names(model, lang).key(row, group_by) for row in formatting.records(mine)]
    ax.set_yticks(at, labels, fontsize=9 if len(mine) <= 60 else 5)
    ax.set_xlabel(clean(model.label(model.index.construct, lang)))
    return finished(fig, note)


class Figures(Pictures):
    """The figures of one result, each in English or Chinese; shown by itself it lists what there is.

    Those of the story (``waves``, ``waterfall``, ``league`` ...) are :class:`.Picture`:
    their title says the finding, ``data`` is what is drawn, ``save`` writes SVG, PNG or PDF.  The others are figures of
    matplotlib or SVG.
    """

    def others(self) -> tuple[str, ...]:
        """Methods beside the figures of the story that this result has numbers for."""
        c = self._content
        there = {
            "index": not c.table("index").empty,
            "importance_performance": not c.drivers.empty,
            "path_diagram": not c.table("paths").empty,
            "groups": c.groups is not None,
            "ranks": c.comparison("ranks") is not None,
            "rollup": c.comparison("rollup") is not None,
        }
        return tuple(name for name, is_there in there.items() if is_there)

    def __repr__(self) -> str:
        return "\n".join([super().__repr__(), *(f"  {name}" for name in self.others())])

    def index(self, lang: str = "en") -> Figure:
        """Index of every construct, see :func:`index_chart`."""
        return index_chart(self._content.table("index"), self._content.model, lang)

    def importance_performance(self, lang: str = "en") -> Figure:
        """Importance-performance map, see :func:`importance_performance`.

        Raises
        ------
        DataError
            Nothing leads to the index construct, or the fit bears no verdict (not identified, inadmissible, not
            converged), as for the page.
        """
        drivers = self._content.drivers
        if not drivers.empty and not self._content.bears_verdicts:
            what = "the model is flagged: there is no map of drivers"
            remedy = "see result.notes for what is wrong; result.drivers() has the numbers with their state"
            raise DataError(Problem(what, "importance_performance", remedy=remedy))
        if drivers.empty:
            raise DataError(Problem("there are no drivers: nothing leads to the index construct", "drivers"))
        return importance_performance(drivers, self._content.model, lang, self._content.cuts)

    def groups(self, lang: str = "en") -> Figure:
        """Groups of the current wave ranked by the index, see :func:`group_ranking`."""
        groups, by = self._content.group_table(), self._content.group_by
        if groups is None:
            raise DataError(Problem("the result has no groups", "groups", remedy="name the group column with by="))
        column, now = wave_column(self._content), current_wave(self._content)
        if column and len(by) > 1:
            groups = groups[[plain_text(value) == now for value in groups[column]]]
            by = tuple(name for name in by if name != column)
        return group_ranking(groups, by, self._content.model, lang)

    def rollup(self, lang: str = "en") -> Figure:
        """The roll-up of the latest wave, see :func:`~csimodels.report.figures.group_figures.rollup_chart`."""
        waves = rolled_units(self._content, readable(lang)[0])
        if not waves:
            remedy = "add rollup: {levels: [...], weights: file} to the spec (docs/rollup.md)"
            raise DataError(Problem("the result has no roll-up", "rollup", remedy=remedy))
        return rollup_chart(waves[-1], self._content.model, lang)

    def ranks(self, lang: str = "en") -> Figure:
        """Ranks of the latest wave, see :func:`~csimodels.report.figures.group_figures.rank_chart`."""
        waves = league(self._content, lang=readable(lang)[0])
        if not waves:
            raise DataError(Problem("the result has no ranks", "ranks", remedy="name the group column with by="))
        names = ("unit",) if self._content.comparison("rollup") is not None else self._content.group_by
        return rank_chart(waves[-1], names, self._content.model, lang)

    def leads(self, lang: str = "en", domain: str | None = None) -> Svg:
        """Importance and lead of the drivers of one unit, see :func:`~csimodels.report.figures.lead_map.lead_map`.

        Parameters
        ----------
        lang : {"en", "zh"}
        domain : str, optional
            Value of the other group columns (a service), by its label; the first by default.
        """
        maps = dict(lead_maps(self._content, lang))
        if not maps or (domain is not None and domain not in maps):
            remedy = "add benchmark: true to the spec" if not maps else "name one of the domains"
            what = "there is no map of leads" if not maps else "there is no such domain"
            raise DataError(Problem(what, "leads", domain or "", ", ".join(maps), remedy))
        return Svg(maps[domain] if domain is not None else next(iter(maps.values())))

    def trend(self, lang: str = "en", of: str = "all", domain: str | None = None) -> Svg:
        """The index over all waves, see :func:`~csimodels.report.figures.trend_chart.trend_chart`.

        Parameters
        ----------
        lang : {"en", "zh"}
        of : {"all", "groups"}
            All respondents together, or the groups.
        domain : str, optional
            With several group columns, the domain (a service) by its label; the first by default.
        """
        charts = list(trend_charts(self._content, lang))
        if not charts:
            raise DataError(Problem("the result has no trend", "trend", remedy="add trend: true to the spec"))
        whole = self._content.comparison("wave_trend") is not None
        mine = dict(charts[1:] if of == "groups" and whole else charts)
        if domain is not None and domain not in mine:
            raise DataError(Problem("there is no such domain", "trend", domain, ", ".join(mine)))
        return Svg(mine[domain] if domain is not None else next(iter(mine.values())))

    def path_diagram(
        self, lang: str = "en", size: str = "page", theme: str = "light", *, items: bool = False
    ) -> Picture:
        """The path diagram, with the questions of every construct on request; it runs downwards where it is narrow."""
        check_look(size, theme)
        return replace(path_picture(self._reading(lang), items), size=size, theme=theme)

    def path_differences(
        self,
        tests: pd.DataFrame,
        first: str = "",
        second: str = "",
        lang: str = "en",
        size: str = "page",
        theme: str = "light",
    ) -> Picture:
        """What differs between two groups or waves, path by path, by the tests of ``result.multigroup("paths")``.

        Parameters
        ----------
        tests : DataFrame
            ``result.multigroup("paths")``.
        first, second : str
            Groups as `tests` names them, or by their value alone; the first pair by default.
        """
        check_look(size, theme)
        return replace(difference_picture(self._reading(lang), tests, first, second), size=size, theme=theme)

    def _reading(self, lang: str) -> Reading:
        return Reading(self._content, lang_of(self._content, check_language(lang)))


def _point(ax: Axes, row: dict[Any, Any]) -> None:
    quadrant = str(row["quadrant"])
    x, y = float(row["importance"]), float(row["performance"])
    ends = [formatting.as_float(row.get(k)) for k in _ENDS]
    ax.plot(ends[:2], [y, y], color=style.MUTED, alpha=0.5, linewidth=1.3, zorder=2)
    ax.plot([x, x], ends[2:], color=style.MUTED, alpha=0.5, linewidth=1.3, zorder=2)
    colour, marker = style.QUADRANT_COLOURS.get(quadrant, style.MUTED), style.QUADRANT_MARKERS.get(quadrant, "o")
    ax.scatter([x], [y], color=colour, marker=marker, s=64, edgecolors=style.PAPER, zorder=4)


def _name_points(ax: Axes, rows: pd.DataFrame, model: Model, lang: str) -> None:
    """Labels beside the points, laid out for an axes of about 400 x 330 points."""
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    frame = Box(0, 0, 400, 330)
    labels = [clean(name_on_map(model, str(name), lang)) for name in rows["driver"]]
    points = [
        (400 * (float(x) - x0) / (x1 - x0), 330 - 330 * (float(y) - y0) / (y1 - y0))
        for x, y in zip(rows["importance"], rows["performance"], strict=True)
    ]
    wide, high = 400 / (x1 - x0), 330 / (y1 - y0)
    crosses = []
    for (px, py), row in zip(points, formatting.records(rows), strict=True):
        ends = {k: formatting.as_float(row.get(k)) for k in _ENDS}
        if np.isfinite(list(ends.values())).all():
            across = (ends["importance_high"] - ends["importance_low"]) * wide
            up = (ends["performance_high"] - ends["performance_low"]) * high
            crosses += [Box.centred(px, py, across, 4), Box.centred(px, py, 4, up)]
    boxes = place_labels(points, [(text_width(t, 10) + 4, 14.0) for t in labels], frame, crosses)
    for text, (px, py), box, row in zip(labels, points, boxes, formatting.records(rows), strict=True):
        cx, cy = box.centre
        ax.annotate(
            text, (float(row["importance"]), float(row["performance"])), (cx - px, py - cy),
            textcoords="offset points", ha="center", va="center", fontsize=10, color=style.INK,
        )  # fmt: skip
