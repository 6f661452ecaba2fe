"""Tables that tell what a file holds, before there is any model."""

from __future__ import annotations

from csimodels.tables.columns import Column
from csimodels.tables.table import Table, take
from csimodels.tables.vocabulary import CODE_REASONS, COLUMN_KINDS, COLUMN_MARKS

_COLUMN = Column("column", "Column", "text")

FILE_TABLES: tuple[Table, ...] = (
    Table(
        "codebook", "Codebook",
        (_COLUMN, *take("label"), Column("kind", "Kind", "words", words=COLUMN_KINDS),
         Column("n", "Answers", "count"), Column("empty", "Empty cells", "count"),
         Column("no_answer", "Codes of no answer", "text"), Column("distinct", "Different answers", "count"),
         Column("low", "Lowest", "text"), Column("high", "Highest", "text"), Column("levels", "Levels", "text"),
         Column("mark", "Looks like", "words", words=COLUMN_MARKS)),
        of_groups="no", keyed=False,
    ),
    Table(
        "codebook_levels", "Levels and codes",
        (_COLUMN, *take("value label"), Column("count", "Cells", "count"),
         Column("reason", "Stands for", "words", words=CODE_REASONS)),
        of_groups="no", keyed=False,
    ),
)  # fmt: skip
