"""Tables in; figures, HTML and XLSX out, in English and Chinese.  Computes nothing.

Names load when they are first used: what the command line takes from here (safe cells, languages) loads no figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from csimodels.lazy import names_on_use

if TYPE_CHECKING:
    from csimodels.i18n import LANGUAGES, translator
    from csimodels.report.content import Content
    from csimodels.report.escaping import escape, safe_cell, safe_name, written_here
    from csimodels.report.figures.doors import group_ranking, importance_performance, index_chart, path_diagram
    from csimodels.report.figures.figures import Figures
    from csimodels.report.figures.picture import Picture, Svg, to_svg
    from csimodels.report.formats import require
    from csimodels.report.html.page import render_html, write_html
    from csimodels.report.workbook.book import write_xlsx

__all__ = [
    "LANGUAGES",
    "Content",
    "Figures",
    "Picture",
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

__getattr__ = names_on_use(
    __name__,
    {
        "csimodels.report.content": "Content",
        "csimodels.report.escaping": "escape safe_cell safe_name written_here",
        "csimodels.report.figures.doors": "group_ranking importance_performance index_chart path_diagram",
        "csimodels.report.figures.figures": "Figures",
        "csimodels.report.figures.picture": "Picture Svg to_svg",
        "csimodels.report.formats": "require",
        "csimodels.report.html.page": "render_html write_html",
        "csimodels.i18n": "LANGUAGES translator",
        "csimodels.report.workbook.book": "write_xlsx",
    },
)
