"""Whether a report can be written where and how it is asked for, before any long work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from csimodels.arguments import plain_arguments
from csimodels.errors import DataError, Problem, SpecError
from csimodels.report import LANGUAGES, require, written_here


def refuse_foreign(folder: Path, formats: tuple[str, ...], own: Sequence[str] = ()) -> None:
    """Refuse to write over a report or workbook that is not one of ours; `own` names files that are."""
    names = {"html": "report.html", "xlsx": "tables.xlsx"}
    there = [folder / names[kind] for kind in formats if names[kind] not in own and (folder / names[kind]).exists()]
    problems = [
        Problem("a file that csimodels did not write would be replaced", str(path), remedy="name another folder")
        for path in there
        if not written_here(path)
    ]
    if problems:
        raise DataError(problems)


@plain_arguments
def check_report(languages: tuple[str, ...], formats: tuple[str, ...]) -> None:
    """Refuse a report that could not be written, before any long work.

    Raises
    ------
    SpecError
        A language or format is unknown.
    MissingExtraError
        A package that the report needs is not installed.
    """
    problems = [
        Problem("unknown language of the report", "languages", repr(lang), ", ".join(LANGUAGES))
        for lang in languages
        if lang not in LANGUAGES
    ]
    problems += [
        Problem("unknown format of the report", "formats", repr(kind), "html, xlsx")
        for kind in formats
        if kind not in ("html", "xlsx")
    ]
    if problems:
        raise SpecError(problems)
    require(formats)
