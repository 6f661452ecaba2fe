"""The story of a report in one language, section by section; a section is there where its tables are."""

from __future__ import annotations

from collections.abc import Callable

from csimodels.report.content import Content
from csimodels.report.html.table_views import Lang, lang_of
from csimodels.report.story.answers import answers
from csimodels.report.story.beside import beside
from csimodels.report.story.classes import classes
from csimodels.report.story.customers import customers
from csimodels.report.story.delivered import delivered
from csimodels.report.story.depends import depends
from csimodels.report.story.drivers import drivers
from csimodels.report.story.explained import explained
from csimodels.report.story.features import features
from csimodels.report.story.follows import follows
from csimodels.report.story.gaps import gaps
from csimodels.report.story.goals import goals
from csimodels.report.story.heat import heat
from csimodels.report.story.league import league
from csimodels.report.story.levels import levels
from csimodels.report.story.loyalty import loyalty
from csimodels.report.story.moved import moved
from csimodels.report.story.movers import movers
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section
from csimodels.report.story.simple import simple
from csimodels.report.story.sure import sure
from csimodels.report.story.switches import switches
from csimodels.report.story.trend import trend
from csimodels.report.story.weights import weights
from csimodels.report.story.year import year

#: In the order of the page; a new section is a line here.
SECTIONS: tuple[Callable[[Reading], Section | tuple[Section, ...] | None], ...] = (
    year, trend, simple, moved, weights, levels, classes, league, movers, beside, drivers, depends, explained, features,
    goals, customers, answers, gaps, delivered, loyalty, follows, switches, heat, sure,
)  # fmt: skip


def story(content: Content, lang: str | Lang = "en") -> tuple[Section, ...]:
    """Every section of the story that the tables of `content` can tell.

    Parameters
    ----------
    content : Content
    lang : ``"en"``, ``"zh"``, or a :class:`Lang`

    Returns
    -------
    tuple of Section
        Their sentences are messages: said in the language of the reader by ``Lang.say``.
    """
    reading = Reading(content, lang_of(content, lang) if isinstance(lang, str) else lang)
    told: list[Section] = []
    for section in SECTIONS:
        found = section(reading)
        told += found if isinstance(found, tuple) else [] if found is None else [found]
    return tuple(told)
