"""A table with notes below it, as notebooks show what is no `Result`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import pandas as pd


def table_html(table: pd.DataFrame, notes: Iterable[object]) -> str:
    """The table with three decimals and a paragraph for each note; labels and notes are text, whatever they hold."""
    html: str = table.to_html(index=False, float_format="{:.3f}".format, escape=True)
    return html + "".join(f"<p>{escape(str(note))}</p>" for note in notes)
