"""Every published table, declared once: name, title, columns, where it is shown.

Results, the refusal of group columns, the report, the workbook and the documentation read this list.  Rows are plain
data; a view that needs code is code of the report.  A new table is one row here; without a section of its own it stands
in the report's appendix and in the workbook, translated and formatted.
"""

from __future__ import annotations

from collections.abc import Mapping

from csimodels.tables.columns import COLUMNS, Column
from csimodels.tables.of_decisions import DECISION_TABLES
from csimodels.tables.of_desk import DESK_TABLES
from csimodels.tables.of_files import FILE_TABLES
from csimodels.tables.of_joint import JOINT_TABLES
from csimodels.tables.of_model import MODEL_TABLES
from csimodels.tables.of_plans import PLAN_TABLES
from csimodels.tables.of_reviewer import REVIEWER_TABLES
from csimodels.tables.table import Table, take

#: In the order of the workbook; ``group_`` tables come behind those of all respondents, the log of the survey last.
CATALOGUE: tuple[Table, ...] = (
    *MODEL_TABLES, *DECISION_TABLES, *DESK_TABLES, *REVIEWER_TABLES,
    Table(
        "survey", "Survey log", take("step subject count detail", subject="sentence"),
        of_groups="no", method="survey_log", page="section", keyed=False,
    ),
)  # fmt: skip

#: Tables of methods that are no part of the stored ones; their columns are as much theirs.
OTHERS: tuple[Table, ...] = (
    *FILE_TABLES,
    *JOINT_TABLES,
    *PLAN_TABLES,
    Table("scores", "Scores", take("row"), of_groups="only"),
    Table("bollen_stine", "Bollen-Stine bootstrap", take("chisq p asked kept"), of_groups="only", covariance=True),
    Table(
        "comparison", "Comparison of two results",
        take("table level unit subject before after change se low high p p_adj different status",
             se="points", low="index", high="index", subject="label"),
        of_groups="only",
    ),
    Table(
        "compared_paths", "Paths of two results",
        take("subject before after change se low high p p_adj different status", subject="label",
             before="coefficient", after="coefficient", change="coefficient"),
        of_groups="only",
    ),
    Table(
        "specs", "Comparison of two specs",
        (*take("table subject measure", subject="label"), Column("first", "First spec", "coefficient"),
         Column("second", "Second spec", "coefficient"),
         *take("difference se df low high p p_adj different status", difference="coefficient")),
        of_groups="only", keyed=False,
    ),
)  # fmt: skip

#: Other names that the report has for tables.
_ALIASES: Mapping[str, str] = {"groups": "index", "survey_log": "survey"}
_PREFIXES = ("overall_", "group_")


def find(name: str) -> Table | None:
    """The table `name`, also as ``overall_name``, ``group_name``, or as the report calls it; None for an unknown one.

    >>> find("group_quality").title
    'Quality'
    """
    known = {table.name: table for table in (*CATALOGUE, *OTHERS)}
    for shown in (name, _ALIASES.get(name, ""), *(name.removeprefix(prefix) for prefix in _PREFIXES)):
        if shown in known:
            return known[shown]
    return None


def column(table: str, name: str) -> Column | None:
    """Column `name` as `table` shows it, or as most tables do; None where it is unknown, as a group column is."""
    found = find(table)
    return (found.column(name) if found else None) or COLUMNS.get(name)


def taken_names(*, covariance: bool, desk: bool = False) -> frozenset[str]:
    """Names that a group column cannot have, as a table has a column of that name.

    Parameters
    ----------
    covariance, desk : bool
        Whether tables of covariance structures, and those beside the model, are made.
    """
    keyed = [table for table in (*CATALOGUE, *OTHERS) if table.keyed]
    tables = [table for table in keyed if (covariance or not table.covariance) and (desk or not table.desk)]
    return frozenset(name for table in tables for name in table.column_names)
