"""A codebook as CSV, workbook or Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from csimodels.i18n import translator
from csimodels.report import formatting
from csimodels.report.escaping import clean, safe_cell
from csimodels.report.workbook.book import write_xlsx
from csimodels.survey.columns import number_text
from csimodels.tables.catalogue import column, find

Writer = Callable[[pd.DataFrame, pd.DataFrame, Path, str], None]


def _csv(table: pd.DataFrame, levels: pd.DataFrame, path: Path, lang: str) -> None:
    table.map(safe_cell).to_csv(path, index=False, lineterminator="\n")


def _xlsx(table: pd.DataFrame, levels: pd.DataFrame, path: Path, lang: str) -> None:
    write_xlsx({"codebook": table, "codebook_levels": levels}, path, lang)


def _markdown(table: pd.DataFrame, levels: pd.DataFrame, path: Path, lang: str) -> None:
    tr, about = translator(lang), find("codebook")
    title = tr(about.title) if about else ""
    heads = [formatting.heading("codebook", str(name), tr) for name in table.columns]
    lines = [f"# {title}", "", _line(heads), _line(["---"] * len(heads))]
    for record in formatting.records(table):
        lines.append(_line([shown_cell(name, value, lang) for name, value in record.items()]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def shown_cell(name: str, value: object, lang: str) -> str:
    """A cell of the codebook in the language of the reader; empty for what is not there."""
    if isinstance(value, float) and not math.isnan(value):
        return number_text(value)
    text = formatting.shown(value, column("codebook", name), translator(lang))
    return "" if text == formatting.NONE else text


def _line(cells: list[str]) -> str:
    safe = (clean(cell).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(safe)} |"


#: How a codebook is written, by the suffix of the file.
WRITERS: Mapping[str, Writer] = {".csv": _csv, ".xlsx": _xlsx, ".md": _markdown}
