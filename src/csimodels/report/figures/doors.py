"""Figures of tables that stand alone, without a result: the same drawings, with what little their captions can say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from csimodels.i18n import check_language
from csimodels.report.content import LOG_COLUMNS, Content
from csimodels.report.figures.picture import Picture
from csimodels.report.html.table_views import lang_of
from csimodels.report.story.diagram import path_picture
from csimodels.report.story.map import map_picture
from csimodels.report.story.reading import Reading
from csimodels.report.story.standings import groups_picture, index_picture
from csimodels.spec.model import Model
from csimodels.tables import catalogue
from csimodels.tables.table import Table


def index_chart(index: pd.DataFrame, model: Model, lang: str = "en") -> Picture:
    """The 0-100 index of every construct, with intervals where there are any.

    Parameters
    ----------
    index : DataFrame
        ``construct, index`` and, where known, ``low, high``.
    model : Model
    lang : ``"en"`` or ``"zh"``
    """
    return index_picture(_reading(model, {"index": index}, lang))


def importance_performance(
    drivers: pd.DataFrame, model: Model, lang: str = "en", cuts: tuple[float, float] = (math.nan, math.nan)
) -> Picture:
    """Importance-performance map: one point per driver, quadrants in the corners.

    Parameters
    ----------
    drivers : DataFrame
        Driver table; rows without importance or performance are left out.
    model : Model
    lang : ``"en"`` or ``"zh"``
    cuts : (float, float)
        Where the lines stand; see :func:`csimodels.report.story.map.lines_of`.
    """
    facts = {f"{name} cut": str(cut) for name, cut in zip(("importance", "performance"), cuts, strict=True)}
    return map_picture(_reading(model, {"drivers": drivers}, lang, facts))


def group_ranking(groups: pd.DataFrame, group_by: Sequence[str], model: Model, lang: str = "en") -> Picture:
    """The index of every group, best first, as dots with intervals.

    Parameters
    ----------
    groups : DataFrame
        Columns of `group_by`, then the index table; rows of the construct of ``model.index`` are drawn.
    group_by : sequence of str
    model : Model
    lang : ``"en"`` or ``"zh"``
    """
    content = Content(model, model.title, _tables({}), pd.DataFrame(columns=list(LOG_COLUMNS)), groups,
                      tuple(group_by))  # fmt: skip
    return groups_picture(Reading(content, lang_of(content, check_language(lang))))


def path_diagram(model: Model, paths: pd.DataFrame, r2: pd.DataFrame, index: pd.DataFrame, lang: str = "en") -> Picture:
    """The path diagram, see :func:`csimodels.report.story.diagram.path_picture`.

    Parameters
    ----------
    model : Model
    paths, r2, index : DataFrame
        Tables as in :data:`~csimodels.tables.catalogue.CATALOGUE`.
    lang : ``"en"`` or ``"zh"``
    """
    return path_picture(_reading(model, {"paths": paths, "r2": r2, "index": index}, lang))


def _reading(
    model: Model, tables: Mapping[str, pd.DataFrame], lang: str, facts: Mapping[str, str] | None = None
) -> Reading:
    content = Content(model, model.title, _tables(tables), pd.DataFrame(columns=list(LOG_COLUMNS)), facts=facts or {})
    return Reading(content, lang_of(content, check_language(lang)))


def _tables(given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every table that a report needs: empty where it is not given, and with every column where it is."""
    empty = {table.name: pd.DataFrame() for table in catalogue.CATALOGUE if not table.optional}
    return empty | {name: _filled(frame, catalogue.find(name)) for name, frame in given.items()}


def _filled(frame: pd.DataFrame, table: Table | None) -> pd.DataFrame:
    assert table is not None
    absent = [name for name in table.column_names if name not in frame]
    return frame.assign(**{name: "" if name == "status" else math.nan for name in absent})
