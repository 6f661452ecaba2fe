"""The section of the page to decide by: who leads, what changed, what drives it."""

from csimodels.report.html.decisions.section import decisions, decisions_of_page

__all__ = ["decisions", "decisions_of_page"]
