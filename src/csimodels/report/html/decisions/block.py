"""One part of the section to decide by."""

from __future__ import annotations

from dataclasses import dataclass

from csimodels.report.html.story_view import FigureView
from csimodels.report.html.table_views import TableView


@dataclass(frozen=True, slots=True)
class Block:
    """A title, what it says, figures and a table; what is empty is not shown."""

    title: str
    said: str = ""
    figures: tuple[FigureView, ...] = ()
    table: TableView | None = None
