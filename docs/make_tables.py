"""Write tables.md: every table and column as the catalogue declares them, and every published number."""

from __future__ import annotations

from pathlib import Path

from csimodels.tables.axes import AXES
from csimodels.tables.catalogue import CATALOGUE, OTHERS
from csimodels.tables.columns import DECIMALS, Column
from csimodels.tables.no_interval import ANY, REASONS, STORED
from csimodels.tables.quantities import BLOCKS
from csimodels.tables.table import Table

PAGE = Path(__file__).resolve().parent / "tables.md"

OF_GROUPS = {
    "too": "of all respondents and of every group",
    "no": "of all respondents and of every group; the report shows that of all respondents",
    "only": "with groups, of these",
}
PAGES = {"section": "a section of its own", "appendix": "further tables", "workbook": "in the workbook"}


def shown(column: Column) -> str:
    """How a column is shown, with its decimals."""
    digits = DECIMALS.get(column.shown_as)
    if digits is None:
        return column.shown_as
    unit = "%" if column.shown_as in ("share", "weight") else ""
    return f"{column.shown_as}, {format(0, f'.{digits}f')}{unit}"


def rows(table: Table) -> list[str]:
    """A table of the catalogue: its columns with headings and rounding."""
    front = "group columns, then" if table.keyed else "columns:"
    where = f"{OF_GROUPS[table.of_groups]}; in the report: {PAGES[table.page]}; {front}"
    lines = ["", f"## {table.name}", "", f"*{table.title}* · {where}", "", "| column | heading | shown as |"]
    names = (f"`{c.name}`{' (where there is one)' if c.optional else ''}" for c in table.columns)
    cells = (f"| {name} | {c.heading} | {shown(c)} |" for name, c in zip(names, table.columns, strict=True))
    return [*lines, "|---|---|---|", *cells]


def without_interval() -> list[str]:
    """Columns of numbers that have no interval, by reason."""
    lines = ["", "## Columns without an interval", ""]
    lines += ["Every other column of numbers has its limits beside it (`low`, `high`, or its name with `_low`,"]
    lines += ["`_high`), where the study has intervals and the number exists; a test goes through all tables. Errors,"]
    lines += ["limits, p-values and degrees of freedom are left out; *any table*: wherever the column stands."]
    for reason in REASONS:
        lines += ["", f"**{reason.why}**", ""]
        for table, columns in reason.columns.items():
            names = (f"`{name}`{stored(table, name)}" for name in columns.split())
            lines.append(f"- {'any table' if table == ANY else f'`{table}`'}: {', '.join(names)}")
    return lines


def stored(table: str, column: str) -> str:
    """The block of ``result.json`` that holds the interval of a column, in brackets; empty for most."""
    block = STORED.get(f"{table}.{column}")
    return f" (`{block}`)" if block else ""


def page() -> str:
    """The text of tables.md."""
    lines = [
        "# Tables and columns",
        "",
        "Every table of a result with its columns, as the catalogue of tables declares them (`tables/catalogue.py`;",
        "written by `docs/make_tables.py`). What the columns mean: [results.md](results.md), [rollup.md](rollup.md),",
        "[ml.md](ml.md). CSV files hold full precision; *shown as* is the rounding of the report and the workbook.",
    ]
    for table in CATALOGUE:
        lines += rows(table)
    lines += ["", "## Tables that no folder holds", ""]
    for table in OTHERS:
        names = ", ".join(f"`{name}`" for name in table.column_names)
        lines.append(f"- `{table.name}` ({table.title}): {names}")
    lines += ["", "## Published numbers", ""]
    lines += ["Each has an error, an interval and a p-value by the method of the study, where the number exists and"]
    lines += ["varies (`result.json`, key `blocks`).", ""]
    lines += ["| block | one for every |", "|---|---|", *(f"| `{b.name}` | {AXES[b.over]} |" for b in BLOCKS)]
    return "\n".join([*lines, *without_interval()]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
