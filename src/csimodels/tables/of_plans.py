"""Tables of plans for a survey, and of a rerun that differs: what ``csi plan`` and ``csi verify`` print."""

from __future__ import annotations

from csimodels.tables.columns import Column
from csimodels.tables.table import Table, take
from csimodels.tables.vocabulary import AIMS

_HALF_WIDTH = Column("half_width", "Half-width of the interval", "coefficient")
_AIM = Column("aim", "Aim", "coefficient")

PLAN_TABLES: tuple[Table, ...] = (
    Table(
        "plan", "Interviews needed",
        (Column("purpose", "Purpose", "words", words=AIMS), _AIM, Column("n", "Interviews", "count")),
        of_groups="no", keyed=False,
    ),
    Table(
        "plan_strata", "Interviews by stratum",
        (Column("stratum", "Stratum", "text"), Column("population", "Customers", "count"),
         *take("sd"), Column("proportional", "In proportion", "count"),
         Column("neyman", "Neyman's allocation", "count")),
        of_groups="no", keyed=False,
    ),
    Table(
        "plan_sizes", "Half-widths by simulation",
        (*take("n"), Column("quantity", "Number", "text"), _HALF_WIDTH),
        of_groups="no", keyed=False,
    ),
    Table(
        "plan_reached", "What the survey has reached",
        (*take("construct n n_eff sd deff"), _HALF_WIDTH, _AIM, Column("met", "Aim met", "flag"),
         Column("needed", "Interviews needed", "count")),
        of_groups="no", keyed=False,
    ),
    Table(
        "verification", "Numbers that differ",
        (Column("part", "Part", "text"), Column("quantity", "Number", "text"), Column("group", "Group", "text"),
         Column("stored", "Stored", "coefficient"), Column("rerun", "Run again", "coefficient"), *take("difference")),
        of_groups="no", keyed=False,
    ),
)  # fmt: skip
