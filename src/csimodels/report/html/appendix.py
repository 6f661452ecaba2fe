"""Tables that have no section of their own, shown as the catalogue declares them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.table_views import Lang, TableView, table_view
from csimodels.tables import catalogue

#: Longer tables stay in the workbook.
MANY_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Block:
    """A table under its title, with a sentence on what it says; ``table`` None where it has too many rows."""

    title: str
    table: TableView | None
    said: str


def appendix(content: Content, lang: Lang) -> tuple[Block, ...]:
    """Every table of the appendix that has rows, that of the groups behind that of all respondents."""
    return tuple(_blocks(content, lang))


def _blocks(content: Content, lang: Lang) -> Iterator[Block]:
    for table in catalogue.CATALOGUE:
        if table.page != "appendix":
            continue
        for name in (table.name, f"group_{table.name}"):
            frame = content.comparison(name)
            if frame is not None:
                yield catalogue_block(frame, name, lang)


def catalogue_block(frame: pd.DataFrame, name: str, lang: Lang) -> Block:
    """The table `name` as the catalogue declares it."""
    table = catalogue.find(name)
    assert table is not None
    title, said = formatting.title(name, lang.tr), lang.tr(table.about)
    if len(frame) > MANY_ROWS:
        text = lang.tr("{n} rows: in the workbook and in the folder of tables.")
        return Block(title, None, text.format(n=formatting.number(len(frame), 0)))
    groups = {str(c): clean(lang.names.column(c)) for c in frame.columns if table.column(str(c)) is None}
    declared = [c for c in table.column_names if c in frame.columns]
    return Block(title, table_view(frame, name, [*groups, *_together(declared)], lang, groups, table.name), said)


def _together(columns: list[str]) -> Iterator[str]:
    """Limits of an interval as one column, as :func:`~csimodels.report.html.table_views.table_view` takes them."""
    for name in columns:
        stem = name.removesuffix("low") if name == "low" or name.endswith("_low") else None
        if stem is not None and f"{stem}high" in columns:
            yield f"{stem}ci"
        elif not ((name == "high" or name.endswith("_high")) and f"{name.removesuffix('high')}low" in columns):
            yield name
