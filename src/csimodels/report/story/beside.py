"""Every simple index, and the top of the hierarchy, by unit: its league, who differs, who has changed."""

from __future__ import annotations

from dataclasses import replace

from csimodels.messages import Message
from csimodels.report.content import Content
from csimodels.report.simple_content import content_about, simple_names
from csimodels.report.story.league import PLACES, SHADED, drawn, ranks_of, sentences
from csimodels.report.story.loyalty import stands
from csimodels.report.story.movers import sentences as changed
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import Section

#: Indices that have a section of their own where the spec names none; the others stand in their tables.
MOST = 6


def beside(reading: Reading) -> tuple[Section, ...]:
    """A section for each index that the spec names under ``report: leagues``, or for the first :data:`MOST`."""
    found = (_section(reading, name, k) for k, name in enumerate(told_names(reading.content), 1))
    return tuple(section for section in found if section is not None)


def told_names(content: Content) -> tuple[str, ...]:
    """Simple indices and nodes that have a section: those that the spec names, else all but the parts of nodes."""
    there, asked = simple_names(content), content.model.report.leagues
    if asked is not None:
        return tuple(name for name in asked if name in there)
    parts = {part for node in content.model.desk.hierarchy for part in node.parts}
    return tuple(name for name in there if name not in parts)[:MOST]


def about(reading: Reading, name: str) -> Reading:
    """`reading` of the simple index or node `name`."""
    content = content_about(reading.content, name)
    return Reading(content, replace(reading.lang, intervals=content.has_intervals))


def _section(reading: Reading, name: str, place: int) -> Section | None:
    """The league of one index; None without two units that have a value."""
    mine = about(reading, name)
    units = mine.units(mine.levels[0]) if mine.levels else []
    if sum(u.ok for u in units) < 2:
        return None
    ranks = ranks_of(mine)
    said = [*sentences(mine, units, ranks), *_whole(mine)]
    tested = [u for u in units if u.ok and u.change.known]
    if len(tested) > 1:
        tested.sort(key=lambda u: -mine.sense * u.change.change)
        said += [text for text in changed(mine, tested) if text not in said]
    figure, small = drawn(mine, units, ranks, said[0])
    title = Message("{construct} by {names}", construct=mine.lang.label(name), names=mine.level_words(mine.levels[0]))
    return Section(f"beside_{place}", title, tuple(said), (figure,), small=small, drawn=(PLACES, SHADED))


def _whole(reading: Reading) -> list[Message]:
    """Where the whole stands, unless another section says so beside its change."""
    whole = reading.whole(reading.target)
    if whole is None or not whole.ok or len(reading.waves) > 1:
        return []
    return stands(reading, reading.target, (whole.index, whole.low, whole.high), whole.change)
