"""Tables in; figures, HTML and XLSX out, in English and Chinese.  Computes nothing."""

from __future__ import annotations

from csimodels.i18n import LANGUAGES, translator
from csimodels.report.content import Content
from csimodels.report.escaping import escape, safe_cell, safe_name, written_here
from csimodels.report.figures.canvas import to_svg
from csimodels.report.figures.figures import (
    Figures,
    Svg,
    group_ranking,
    importance_performance,
    index_chart,
)
from csimodels.report.figures.path_diagram import path_diagram
from csimodels.report.html.page import render_html, require, write_html
from csimodels.report.workbook import write_xlsx

__all__ = [
    "LANGUAGES",
    "Content",
    "Figures",
    "Svg",
    "escape",
    "group_ranking",
    "importance_performance",
    "index_chart",
    "path_diagram",
    "render_html",
    "require",
    "safe_cell",
    "safe_name",
    "to_svg",
    "translator",
    "write_html",
    "write_xlsx",
    "written_here",
]
