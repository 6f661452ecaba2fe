"""The hierarchy of weights among the researchers' tables: of all respondents, of judges, of the groups folded."""

from __future__ import annotations

from dataclasses import dataclass

from csimodels.i18n import N_
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.appendix import MANY_ROWS
from csimodels.report.html.table_views import Lang, TableView, table_view

_COLUMNS = ("node", "weight", "effective_weight", "index", "ci", "se", "n", "status")
_JUDGED = (
    *("node", "method", "judge", "judges", "cr", "lambda_max", "random_index"),
    *("kendall_w", "chi2", "df", "p", "largest_cv", "accepted"),
)
SAID = N_(
    "The index of a node is the mean of its parts with the weights at the lines; the weight of a question in the total "
    "is the product of the weights on the way."
)


@dataclass(frozen=True, slots=True)
class HierarchyView:
    """Tables of all respondents, of judges and of the groups, and a sentence; the drawing stands in the story."""

    said: str
    table: TableView
    judged: TableView | None
    groups: TableView | None


def hierarchy(content: Content, lang: Lang) -> HierarchyView | None:
    """The hierarchy; None where the spec has none."""
    rows = content.comparison("hierarchy")
    if rows is None:
        return None
    judged, groups = content.comparison("hierarchy_weights"), content.comparison("group_hierarchy")
    by: dict[str, str] = {}
    if groups is not None:
        by = {name: clean(lang.model.label_of(name, lang=lang.code)) for name in content.group_by}
    few = groups is not None and len(groups) <= MANY_ROWS
    return HierarchyView(
        lang.tr(SAID),
        table_view(rows, "hierarchy", _COLUMNS, lang),
        None if judged is None else table_view(judged, "hierarchy_weights", _JUDGED, lang),
        table_view(groups, "group_hierarchy", (*by, *_COLUMNS), lang, by, "hierarchy")
        if groups is not None and few
        else None,
    )
