"""The figures of a result, one method each: those of its story, and those of single tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem
from csimodels.i18n import check_language
from csimodels.report.figures.picture import Picture, check_look
from csimodels.report.html.table_views import lang_of
from csimodels.report.story.course import course_pictures
from csimodels.report.story.diagram import path_picture
from csimodels.report.story.differing import difference_picture
from csimodels.report.story.invariance import invariance_picture
from csimodels.report.story.leads import leads_pictures
from csimodels.report.story.map import map_picture
from csimodels.report.story.pictures import Pictures
from csimodels.report.story.reading import Reading
from csimodels.report.story.standings import groups_picture, index_picture, ranks_picture, rollup_picture


@plain_methods
class Figures(Pictures):
    """The figures of one result, each in English or Chinese; shown by itself it lists what there is.

    Each is a :class:`.Picture`: its title says the finding, ``data`` is what is drawn, ``save`` writes SVG, PNG or PDF.
    """

    def others(self) -> tuple[str, ...]:
        """Methods beside the figures of the story that this result has numbers for."""
        c = self._content
        there = {
            "index": not c.table("index").empty,
            "importance_performance": not c.drivers.empty and c.bears_verdicts,
            "path_diagram": not c.table("paths").empty,
            "groups": c.groups is not None,
            "ranks": c.comparison("ranks") is not None,
            "rollup": c.comparison("rollup") is not None,
            "invariance": c.comparison("invariance") is not None,
            "leads": c.comparison("benchmark") is not None and c.comparison("group_drivers") is not None,
            "trend": c.comparison("wave_trend") is not None or c.comparison("trend") is not None,
        }
        return tuple(name for name, is_there in there.items() if is_there)

    def __repr__(self) -> str:
        return "\n".join([super().__repr__(), *(f"  {name}" for name in self.others())])

    def index(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Index of every construct with its interval."""
        return _looking(index_picture(self._reading(lang)), size, theme)

    def importance_performance(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Importance-performance map, see :func:`csimodels.report.story.map.map_picture`.

        Raises
        ------
        DataError
            Nothing leads to the index construct, or the fit bears no verdict (not identified, inadmissible, not
            converged), as for the page.
        """
        return _looking(map_picture(self._reading(lang)), size, theme)

    def groups(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Groups of the current wave by the index, the best first."""
        return _looking(groups_picture(self._reading(lang)), size, theme)

    def rollup(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The roll-up of the latest wave, each unit above its members."""
        return _looking(rollup_picture(self._reading(lang)), size, theme)

    def ranks(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Ranks of the latest wave with their intervals."""
        return _looking(ranks_picture(self._reading(lang)), size, theme)

    def invariance(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The ladder of invariance that stands beside the result.

        Raises
        ------
        DataError
            The result has none.
        """
        found = invariance_picture(self._reading(lang))
        if found is None:
            remedy = "add report: {invariance: true} to the spec, or call cs.invariance"
            raise DataError(Problem("the result has no ladder of invariance", "invariance", remedy=remedy))
        return _looking(found, size, theme)

    def leads(self, lang: str = "en", domain: str | None = None, size: str = "page", theme: str = "light") -> Picture:
        """Importance and lead of the drivers of the unit that the spec names as its own, or that leads.

        Parameters
        ----------
        lang : {"en", "zh"}
        domain : str, optional
            Value of the other group columns (a service), by its label; the first by default.
        size, theme : str
        """
        maps = dict(leads_pictures(self._reading(lang)))
        if not maps or (domain is not None and domain not in maps):
            remedy = "add benchmark: true to the spec" if not maps else "name one of the domains"
            what = "there is no map of leads" if not maps else "there is no such domain"
            raise DataError(Problem(what, "leads", domain or "", ", ".join(maps), remedy))
        return _looking(_one(maps, domain), size, theme)

    def trend(
        self,
        lang: str = "en",
        of: str = "all",
        domain: str | None = None,
        size: str = "page",
        theme: str = "light",
    ) -> Picture:
        """The index over all waves with bands, targets, control limits and breaks of method.

        Parameters
        ----------
        lang : {"en", "zh"}
        of : {"all", "groups"}
            All respondents together, or the groups.
        domain : str, optional
            With several group columns, the domain (a service) by its label; the first by default.
        size, theme : str
        """
        charts = list(course_pictures(self._reading(lang)))
        if not charts:
            raise DataError(Problem("the result has no trend", "trend", remedy="add trend: true to the spec"))
        whole = self._content.comparison("wave_trend") is not None
        mine = dict(charts[1:] if of == "groups" and whole else charts)
        if domain is not None and domain not in mine:
            raise DataError(Problem("there is no such domain", "trend", domain, ", ".join(mine)))
        return _looking(_one(mine, domain), size, theme)

    def path_diagram(
        self, lang: str = "en", size: str = "page", theme: str = "light", *, items: bool = False
    ) -> Picture:
        """The path diagram, with the questions of every construct on request; it runs downwards where it is narrow."""
        return _looking(path_picture(self._reading(lang), items), size, theme)

    def path_differences(
        self,
        tests: pd.DataFrame | None = None,
        first: str = "",
        second: str = "",
        lang: str = "en",
        size: str = "page",
        theme: str = "light",
    ) -> Picture:
        """What differs between two groups or waves, path by path, by intervals or permutation tests.

        Parameters
        ----------
        tests : DataFrame, optional
            ``result.path_changes()``, ``result.path_differences(against="pairs")`` or ``result.multigroup("paths")``;
            the changes to the last wave, or the two groups there are, where left out.
        first, second : str
            Groups as `tests` names them, or by their value alone; the last step or the first pair by default.
        """
        return _looking(difference_picture(self._reading(lang), tests, first, second), size, theme)

    def _reading(self, lang: str) -> Reading:
        return Reading(self._content, lang_of(self._content, check_language(lang)))


def _looking(picture: Picture, size: str, theme: str) -> Picture:
    """A figure in a size and theme that there are."""
    check_look(size, theme)
    return replace(picture, size=size, theme=theme)


def _one(pictures: Mapping[str, Picture], name: str | None) -> Picture:
    return pictures[name] if name is not None else next(iter(pictures.values()))
