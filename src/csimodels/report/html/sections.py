"""What stands on the page, section by section, in one language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.brand import Cover, cover_of
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.glossary import TERMS, glossary
from csimodels.report.html.about import citation_of, facts_of, subtitle_of, title_of
from csimodels.report.html.appendix import appendix
from csimodels.report.html.changes import changes
from csimodels.report.html.covariance import Covariance, covariance
from csimodels.report.html.decisions import decisions_of_page
from csimodels.report.html.group_tables import group_paths, matrix
from csimodels.report.html.groups import Ranking, ranking
from csimodels.report.html.headline import Headline, headline
from csimodels.report.html.hierarchy import hierarchy
from csimodels.report.html.invariance import invariance
from csimodels.report.html.log import log_view
from csimodels.report.html.measurement import Measurement, measurement
from csimodels.report.html.notes import notes_first, notes_on_paths
from csimodels.report.html.rollup import Rollup, rollup
from csimodels.report.html.story_view import FigureView, SectionView, figure_view, story_view
from csimodels.report.html.table_views import (
    Lang,
    Scale,
    TableView,
    quadrant_class,
    table_view,
    with_marks,
)
from csimodels.report.html.what_if import WhatIf, what_if
from csimodels.report.standing import best_quarter
from csimodels.report.story.diagram import path_picture
from csimodels.report.story.map import map_picture
from csimodels.report.story.reading import Reading
from csimodels.tables.columns import COLUMNS
from csimodels.tables.vocabulary import QUADRANTS


@dataclass(frozen=True, slots=True)
class Advice:
    """One driver in words."""

    quadrant: str
    css: str
    sentence: str
    details: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template needs in one language."""

    lang: Lang
    title: str
    subtitle: tuple[str, ...]
    description: str
    cover: Cover
    headline: Headline
    story: tuple[SectionView, ...]
    units: str
    what_if: WhatIf | None
    notes: tuple[str, ...]
    researchers_notes: tuple[str, ...]
    nav: tuple[tuple[str, str], ...]
    index: TableView
    drivers: TableView | None
    bears_verdicts: bool
    drivers_map: FigureView | None
    advice: tuple[Advice, ...]
    driver_items: TableView | None
    diagram: FigureView | None
    r2: TableView
    covariance: Covariance | None
    rollup: Rollup | None
    groups: Ranking | None
    group_matrix: TableView | None
    group_paths: TableView | None
    measurement: Measurement
    effects: TableView
    more: Mapping[str, Any]
    log: tuple[TableView | None, tuple[tuple[str, TableView], ...]]
    facts: tuple[tuple[str, str], ...]
    glossary: tuple[tuple[str, str], ...]
    citation: str
    sources: tuple[str, ...]


def page_view(content: Content, lang: Lang) -> Page:
    """The page of `content` in the language of `lang`."""
    drivers, items = content.table("drivers"), content.table("driver_items")
    groups = content.group_table()
    more = {section.key: section.view(content, lang) for section in SECTIONS}
    return Page(
        lang=lang,
        title=title_of(content, lang),
        subtitle=subtitle_of(content, lang),
        cover=cover_of(content, lang),
        description=clean(content.model.description.get(lang.code)),
        headline=headline(content, lang),
        story=story_view(content, lang),
        units=content.beside.get(lang.code, ""),
        what_if=what_if(content, lang),
        notes=notes_first(content, lang),
        researchers_notes=notes_on_paths(content, lang),
        nav=_nav(content, more, lang),
        index=index_view(content, lang),
        drivers=None if drivers.empty else table_view(drivers, "drivers", _judged(DRIVER_COLUMNS, content), lang),
        bears_verdicts=content.bears_verdicts,
        drivers_map=_map(content, lang),
        advice=_advice(content, drivers, lang),
        driver_items=None if items.empty else table_view(items, "driver_items", _judged(ITEM_COLUMNS, content), lang),
        diagram=_diagram(content, lang),
        r2=table_view(content.table("r2"), "r2", ("construct", "r2", "r2_adj"), lang),
        covariance=covariance(content, lang),
        rollup=rollup(content, lang),
        groups=None if groups is None else ranking(content, groups, lang),
        group_matrix=None if groups is None else matrix(content, groups, lang),
        group_paths=group_paths(content, lang) if _has_arrows(content) else None,
        measurement=measurement(content, lang),
        effects=effects_view(content, lang),
        more=more,
        log=log_view(content, lang),
        facts=facts_of(content, lang),
        glossary=_glossary(lang),
        citation=citation_of(content, lang),
        sources=tuple(clean(s) for s in content.model.sources),
    )


def index_view(content: Content, lang: Lang) -> TableView:
    """The indices of all constructs with their bars; design effects where there is a design."""
    index = content.table("index")
    designed = bool(content.fact("design")) or content.fact("weights") not in ("", "none")
    numbers = ("construct", "index", "ci", "se", "n", "n_eff", *(["deff"] if designed and _any(index, "deff") else []))
    bars = table_view(index, "index", (*numbers, "status"), lang)
    return with_marks(bars, index, Scale(0, 100), 1, bar=True)


DRIVER_COLUMNS = (
    "driver", "quadrant", "importance", "importance_ci", "performance", "performance_ci", "priority", "priority_ci",
    "status",
)  # fmt: skip
ITEM_COLUMNS = (
    "item", "driver", "quadrant", "importance", "importance_ci", "performance", "performance_ci", "priority",
    "priority_ci", "status",
)  # fmt: skip


def _judged(columns: Sequence[str], content: Content) -> list[str]:
    """`columns` without the quadrant where the model bears no verdict."""
    return [c for c in columns if c != "quadrant" or content.bears_verdicts]


_EFFECT_COLUMNS = ("direct", "indirect", "total", "total_se", "total_ci", "impact", "impact_se", "impact_ci")
_NO_PATH = 1e-12  # what is left of total - direct where they are the same


@dataclass(frozen=True, slots=True)
class Section:
    """A section between the effects and the data: its key in links and in the template, and what it shows.

    It is left out where ``view`` gives nothing.
    """

    key: str
    title: str
    view: Callable[[Content, Lang], Any]


#: A new section is a line here (changes stand first), and a block of the template that shows ``p.more[key]``.
SECTIONS = (
    Section("changes", N_("Changes"), changes),
    Section("decisions", N_("To decide by"), decisions_of_page),
    Section("hierarchy", N_("Hierarchy"), hierarchy),
    Section("invariance", N_("Invariance"), invariance),
    Section("appendix", N_("Further tables"), appendix),
)

_SECTIONS = {
    "index": N_("Indices"), "drivers": N_("Drivers"), "paths": N_("Model"), "fit": N_("Fit"), "rollup": N_("Roll-up"),
    "groups": N_("Groups"), "measurement": N_("Measurement"), "effects": N_("Effects"), "data": N_("Data"),
    "method": N_("Method"), "cite": N_("Cite"),
}  # fmt: skip


def _map(content: Content, lang: Lang) -> FigureView | None:
    """The importance-performance map; None without drivers, and where the model bears no verdict."""
    if content.drivers.empty or not content.bears_verdicts:
        return None
    return figure_view(map_picture(Reading(content, lang)))


def _diagram(content: Content, lang: Lang) -> FigureView | None:
    """The path diagram; None for a model without arrows."""
    return figure_view(path_picture(Reading(content, lang))) if _has_arrows(content) else None


def _has_arrows(content: Content) -> bool:
    return bool(content.model.paths) or any(c.of for c in content.model.constructs)


def _any(frame: pd.DataFrame, column: str) -> bool:
    return bool(frame[column].notna().any())


def _nav(content: Content, more: Mapping[str, Any], lang: Lang) -> tuple[tuple[str, str], ...]:
    absent = set()
    if content.table("drivers").empty:
        absent.add("drivers")
    if not content.covariance_based:
        absent.add("fit")
    if not _has_arrows(content):
        absent.add("paths")
    if content.table("effects").empty:
        absent.add("effects")
    if content.groups is None:
        absent.add("groups")
    if content.comparison("rollup") is None:
        absent.add("rollup")
    links = [(key, lang.tr(text)) for key, text in _SECTIONS.items() if key not in absent]
    own = [(section.key, lang.tr(section.title)) for section in SECTIONS if more[section.key]]
    for key, text in own:
        before = [name for name, _ in links].index("index" if key == "changes" else "data")
        links.insert(before, (key, text))
    return tuple(links)


def _glossary(lang: Lang) -> tuple[tuple[str, str], ...]:
    """Terms of the tables with their definitions; none of intervals where there are none."""
    heads = {name: lang.tr(COLUMNS[name].heading) for name in TERMS if name in COLUMNS}
    if lang.intervals:
        heads["ci"] = lang.tr("{level} interval").format(level=lang.level)
        heads["rank_ci"] = lang.tr("Interval of the rank")
    return glossary(lang.tr, heads)


def _advice(content: Content, drivers: pd.DataFrame, lang: Lang) -> tuple[Advice, ...]:
    """Every driver as an association; nothing where the model bears no verdict."""
    target = lang.label(lang.model.index.construct)
    out = []
    for row in formatting.records(drivers) if content.bears_verdicts else []:
        x = formatting.as_float(row["importance"])
        if math.isnan(x):
            continue
        limits = formatting.interval(row["importance_low"], row["importance_high"], 2)
        sentence = lang.tr("{driver} 1 point higher goes with {x} points of {target}{limits}.").format(
            driver=lang.label(row["driver"]),
            target=target,
            x=formatting.signed(x, 2),
            limits="" if limits == formatting.NONE else f" {limits}",
        )
        doubtful = formatting.includes_zero(row["importance_low"], row["importance_high"])
        kind = str(row["quadrant"])
        name = lang.tr(QUADRANTS[kind]) if kind in QUADRANTS else ""
        out.append(Advice(name, quadrant_class(kind), sentence, _details(content, row, lang), doubtful))
    return tuple(out)


#: Where a quarter of the groups stand, higher than all together, or lower where that is better.
_BEST_QUARTER = {
    1: N_(
        "The best quarter of the groups stand at {level} {limits} or more: {room} points higher, which go with {gain} "
        "points."
    ),
    -1: N_(
        "The best quarter of the groups stand at {level} {limits} or less: {room} points lower, which go with {gain} "
        "points."
    ),
}


_PERFORMANCE = {1: N_("Performance {performance}."), -1: N_("Performance {performance} (lower is better).")}


def _details(content: Content, row: Mapping[str, Any], lang: Lang) -> str:
    """Performance of a driver, and what goes with the level of the best quarter of the groups, where it is surely
    better."""
    performance = formatting.as_float(row["performance"])
    found, up = best_quarter(content, str(row["driver"])), lang.model.direction(str(row["driver"]))
    said = lang.tr(_PERFORMANCE[up]).format(performance=formatting.number(performance, 1))
    gain = (found.level - performance) * formatting.as_float(row["importance"])
    if not found.ahead(performance, up) or gain * lang.model.direction(lang.model.index.construct) <= 0:
        return said
    more = lang.tr(_BEST_QUARTER[up]).format(
        level=formatting.number(found.level, 1),
        limits=formatting.interval(found.low, found.high, 1),
        room=formatting.number(abs(found.level - performance), 1),
        gain=formatting.signed(gain, 1),
    )
    return said + ("" if lang.code == "zh" else " ") + more


def effects_view(content: Content, lang: Lang) -> TableView:
    """Effects; a dash, not 0, where the model has no such path."""
    frame = content.table("effects")
    parts = frame[["direct", "indirect"]].astype(float)
    frame[["direct", "indirect"]] = parts.mask(parts.abs() < _NO_PATH)
    return table_view(frame, "effects", ("source", "target", *_EFFECT_COLUMNS), lang)
