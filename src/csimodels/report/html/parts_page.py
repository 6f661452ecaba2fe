"""A page of its own beside the report: a summary, what to know first, and parts with figures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from csimodels.i18n import LANGUAGES
from csimodels.report.html.page import css_of, environment, script_hash, template_part
from csimodels.report.html.story_view import FigureView
from csimodels.report.html.table_views import Block, Lang, TableView


@dataclass(frozen=True, slots=True)
class Part:
    """A section: figures, a table, what is said above (`lines`) and below it (`said`), and folded tables."""

    key: str
    title: str
    table: TableView | None = None
    said: str = ""
    lines: tuple[str, ...] = ()
    figures: tuple[FigureView, ...] = ()
    folded: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class PartsPage:
    """Everything the template needs in one language; the first sentence of the summary is its finding."""

    lang: Lang
    title: str
    subtitle: tuple[str, ...]
    summary: tuple[str, ...]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]
    said: tuple[str, ...]


def write_parts(pages: Sequence[PartsPage], path: str | Path, version: str) -> Path:
    """Write one page in the languages of `pages`; with several it has a switch, and opens in the first one.

    Parameters
    ----------
    pages : sequence of PartsPage
    path : str or Path
    version : str
        Of this package, for the head of the file.

    Returns
    -------
    Path
        The file written (UTF-8).
    """
    script = template_part("report.js")
    text = (
        environment()
        .get_template("parts.html.j2")
        .render(
            pages=pages,
            languages={page.lang.code: LANGUAGES[page.lang.code] for page in pages},
            css=css_of(pages[0].lang.model.report.brand.color),
            script=script,
            script_hash=script_hash(script),
            wording={page.lang.code: page.lang.tr for page in pages},
            version=version,
        )
    )
    target = Path(path)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target
