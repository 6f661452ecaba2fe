"""What a published table and its columns are declared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from csimodels.tables.columns import COLUMNS, DECIMALS, Column, ShownAs


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes
    ----------
    name : str
        Of the CSV file, and of the method where `method` gives no other.
    title : str
        In the report, in English.
    columns : tuple of Column
        In their order, behind the group columns.
    of_groups : str
        ``too``: of all respondents and, with groups, of every group (``group_title``: its title then); ``no``: of all
        respondents only, wherever it is shown; ``only``: with groups, of them alone.
    optional : bool
        A report can do without it.
    method : str
        Method or property of ``Result`` that gives it; empty where a part of the result brings it (roll-up, covariance
        structures), or where it is no part of the stored tables.
    when : str
        Property of ``Result`` that says whether the table is there; empty: always.
    group_title : str
        Title of the table of every group; empty: ``{title} by group``.
    page : str
        ``section``: it has a section of its own in the report; ``appendix``: shown there as it is; ``workbook``: there
        only.
    about : str
        One sentence below the title in the appendix, in English.
    keyed : bool
        Whether group columns stand in front.
    covariance : bool
        Whether it belongs to covariance structures.
    desk : bool
        Whether the spec has to ask for it, in the sections beside the model (docs/desk.md).
    asked : str
        What in the spec asks for it, where that is no section beside the model: ``interactions``, ``controls`` or
        ``reviewer``.
    interval_of : str
        Column whose error and limits are ``se``, ``low``, ``high``; empty: the one right before them.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    of_groups: Literal["too", "no", "only"] = "too"
    optional: bool = True
    method: str = ""
    when: str = ""
    group_title: str = ""
    page: Literal["section", "appendix", "workbook"] = "appendix"
    about: str = ""
    keyed: bool = True
    covariance: bool = False
    desk: bool = False
    asked: str = ""
    interval_of: str = ""

    @property
    def bounded(self) -> frozenset[str]:
        """Names of the columns that have an interval."""
        names = self.column_names
        own = {name for name in names if f"{name}_low" in names}
        low = self.column("low")
        if low is not None and low.shown_as in DECIMALS:
            ends = names.index("se") if "se" in names else names.index("low")
            own.add(self.interval_of or names[ends - 1])
        return frozenset(own)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """A column by name."""
        return next((column for column in self.columns if column.name == name), None)


def take(names: str, **changed: ShownAs | Column) -> tuple[Column, ...]:
    """Columns by name, blanks between; `changed` ones are shown in another way than usual.

    >>> [(column.name, column.shown_as) for column in take("construct low high", low="index", high="index")]
    [('construct', 'label'), ('low', 'index'), ('high', 'index')]
    """
    return tuple(_changed(COLUMNS[name], changed.get(name)) for name in names.split())


def _changed(column: Column, other: ShownAs | Column | None) -> Column:
    if other is None or isinstance(other, Column):
        return other or column
    return replace(column, shown_as=other)


#: Columns that several tables share.
UNIT = take("level unit parent")
TESTED = take("se df low high p p_adj different status", se="points", low="index", high="index")
DRIVERS = take(
    "importance importance_se importance_low importance_high performance performance_se performance_low "
    "performance_high priority priority_se priority_low priority_high importance_std share cumulative"
)
LEAD = take("effect_lead effect_lead_se effect_lead_low effect_lead_high")
VERDICT = take("quadrant status")
ROLLED = UNIT + take(
    "construct index se low high n members weight_share covered method status", se="points", low="index", high="index"
)
RANKS = UNIT + take("construct index rank rank_low rank_high among p_first p_top3 status")
DIFFERED = UNIT + take("against construct difference") + TESTED
CHANGED = UNIT + take("from to construct before after change") + TESTED
TESTED_PATHS = take("se df low high p p_adj different status")
ENDS = (Column("source", "Path from", "label"), Column("target", "Path to", "label"))
ESTIMATE = Column("value", "Estimate", "coefficient")


def with_ends(name: str, heading: str, shown_as: ShownAs, ends: str = "se low high") -> tuple[Column, ...]:
    """A number with its error and interval."""
    said = {"se": "standard error", "low": "lower limit", "high": "upper limit"}
    rest = (Column(f"{name}_{end}", f"{heading}: {said[end]}", shown_as, True) for end in ends.split())
    return (Column(name, heading, shown_as), *rest)
