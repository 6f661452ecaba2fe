"""Whether a report can be written where and how it is asked for, before any long work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from csimodels.arguments import plain_arguments
from csimodels.errors import DataError, Problem, SpecError
from csimodels.report import LANGUAGES, require, written_here
from csimodels.report.formats import FORMATS, files_of


def refuse_foreign(folder: Path, formats: tuple[str, ...], own: Sequence[str] = ()) -> None:
    """Refuse to write over a report or workbook that is not one of ours; `own` names files that are."""
    names = [name for _, name, _ in files_of(formats, tuple(LANGUAGES))]
    there = [folder / name for name in dict.fromkeys(names) if name not in own and (folder / name).exists()]
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
    DataError
        No browser is installed that prints a PDF.
    """
    problems = [
        Problem("unknown language of the report", "languages", repr(lang), ", ".join(LANGUAGES))
        for lang in languages
        if lang not in LANGUAGES
    ]
    problems += [
        Problem("unknown format of the report", "formats", repr(kind), ", ".join(FORMATS))
        for kind in formats
        if kind not in FORMATS
    ]
    if problems:
        raise SpecError(problems)
    require(formats)
