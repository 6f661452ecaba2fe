"""What changed: the index over all waves, and what the last change is made of."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from csimodels.report.content import Content
from csimodels.report.html.decisions.block import Block
from csimodels.report.html.story_view import figure_views
from csimodels.report.html.table_views import Lang, TableView, named_whole, table_view
from csimodels.report.story.course import course_pictures, keys_of, of_index
from csimodels.report.story.reading import Reading

_TREND = (
    "Lines with their intervals; a hollow dot lies outside the control limits, a dashed line across is the target, a "
    "dashed line up a break of method."
)
_PARTS = "The change of the index, split exactly into changed answers and changed weights of the questions."


def _tests(tests: pd.DataFrame, columns: tuple[str, ...], lang: Lang) -> TableView:
    """Slopes of the groups, or of all respondents by that name."""
    keys = keys_of("trend_tests", tests)
    view = table_view(tests, "trend_tests", (*keys, *columns), lang)
    return view if keys else named_whole(view, lang)


def trends(content: Content, lang: Lang) -> Iterator[Block]:
    """Charts of all respondents and of the groups, with slope and parts of the last change."""
    drawn = figure_views(picture for _, picture in course_pictures(Reading(content, lang)))
    if not drawn:
        return
    tests = of_index(content, "wave_trend_tests") if content.comparison("wave_trend") is not None else None
    tests = of_index(content, "trend_tests") if tests is None else tests
    columns = ("waves", "slope", "ci", "p", "q", "df", "p_equal", "pooled")
    view = None if tests is None else _tests(tests, columns, lang)
    yield Block(lang.tr("The index over all waves"), lang.tr(_TREND), drawn, view)
    name = "wave_change_parts" if content.comparison("wave_change_parts") is not None else "change_parts"
    parts = of_index(content, name)
    if parts is not None:
        whole = parts[parts["item"] == ""]
        wanted = (*keys_of(name, parts), "from", "to", "answers", "answers_ci", "weights", "weights_ci", "total")
        said = lang.tr(_PARTS)
        yield Block(lang.tr("What the change is made of"), said, (), table_view(whole, "change_parts", wanted, lang))
