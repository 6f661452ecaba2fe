"""Whether a report can be written where and how it is asked for, before any long work."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from csimodels.arguments import plain_arguments
from csimodels.errors import DataError, Problem, SpecError
from csimodels.report import LANGUAGES, require, written_here
from csimodels.report.formats import FORMATS, files_of
from csimodels.spec import Model, template_path
from csimodels.survey import file_hash


def refuse_foreign(folder: Path, formats: tuple[str, ...], own: Mapping[str, str] | None = None) -> None:
    """Refuse to write over a report that is not one of ours, or that somebody has gone on writing.

    Parameters
    ----------
    folder : Path
    formats : tuple of str
    own : mapping of file name to sha256, optional
        Files of the folder that were written by an earlier run.
    """
    problems = []
    for kind, name, _ in files_of(formats, tuple(LANGUAGES)):
        path, written = folder / name, (own or {}).get(name)
        if not path.exists() or (written is not None and not FORMATS[kind].edited):
            continue
        if written is not None and file_hash(path) != written:
            what = "a report that somebody has edited would be replaced"
            problems.append(Problem(what, str(path), remedy="rename the file first"))
        elif written is None and not written_here(path):
            what = "a file that csimodels did not write, or that was edited, would be replaced"
            problems.append(Problem(what, str(path), remedy="rename the file first, or name another folder"))
    if problems:
        raise DataError(dict.fromkeys(problems))


def _is_word(path: Path) -> bool:
    """Whether a file is a Word document by its parts."""
    try:
        with zipfile.ZipFile(path) as package:
            return "word/document.xml" in package.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


@plain_arguments
def check_report(
    languages: tuple[str, ...], formats: tuple[str, ...], model: Model | None = None, *, named: bool = False
) -> None:
    """Refuse a report that could not be written, before any long work.

    Parameters
    ----------
    languages : tuple of str
        Languages asked for.
    formats : tuple of str
        Formats asked for.
    model : Model, optional
        Its template and logo are looked for.
    named : bool
        Look for both also where no format asked for needs them: a spec that names them means them.

    Raises
    ------
    SpecError
        A language or format is unknown, the logo cannot be used, or there is no such template.
    MissingExtraError
        A package that the report needs is not installed.
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
    template = template_path(model) if model is not None and (named or "docx" in formats) else None
    if template is not None and not template.is_file():
        problems.append(Problem("there is no such template", "template", str(template), remedy="name a .docx file"))
    elif template is not None and not _is_word(template):
        what = "the template is no Word document that can be read"
        problems.append(Problem(what, str(template), remedy="save it from Word as .docx"))
    if problems:
        raise SpecError(problems)
    require(formats)
    if model is not None and (named or formats):
        from csimodels.report.brand import logo_of

        logo_of(model)
