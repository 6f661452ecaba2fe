"""The formats of a report: the file of each, the packages it needs, and who writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from csimodels.errors import MissingExtraError
from csimodels.i18n import N_
from csimodels.report.content import Content


@dataclass(frozen=True, slots=True)
class Format:
    """A format of the report.

    Attributes
    ----------
    file : str
        Its file in the folder of results.
    extra : str
        The extra of the package that installs what it needs.
    needs : tuple of (str, str)
        Packages by the names of import and of installation.
    called : str
        What a report in it is called, in English.
    writer : str
        Module and function that write it in one language.
    every : bool
        Whether one file holds all languages; else further languages stand in files of their own.
    edited : bool
        Whether people go on writing in it: it is not replaced once they have.
    folder : bool
        Whether its file is the index of a folder of pages.
    """

    file: str
    extra: str
    needs: tuple[tuple[str, str], ...]
    called: str
    writer: str
    every: bool = False
    edited: bool = False
    folder: bool = False


_PAGE = (("jinja2", "jinja2"), ("matplotlib", "matplotlib"))
FORMATS: Mapping[str, Format] = {
    "html": Format("report.html", "report", _PAGE, N_("the html report"), "html.page:write_html", every=True),
    "xlsx": Format("tables.xlsx", "report", (("xlsxwriter", "xlsxwriter"),), N_("the xlsx report"),
                   "workbook.book:write_xlsx"),
    "profiles": Format("profiles/index.html", "report", (("matplotlib", "matplotlib"),), N_("the pages of the units"),
                       "profiles.pages:write_profiles", every=True, folder=True),
    "pdf": Format("report.pdf", "pdf", (*_PAGE, ("typst", "typst")), N_("the PDF report"), "documents.pdf:write_pdf"),
    "docx": Format("report.docx", "docx", (*_PAGE, ("docx", "python-docx")), N_("the Word document"),
                   "documents.word:write_docx", edited=True),
    "pptx": Format("report.pptx", "pptx", (*_PAGE, ("pptx", "python-pptx")), N_("the slides"),
                   "documents.slides:write_pptx", edited=True),
}  # fmt: skip


def require(formats: Sequence[str]) -> None:
    """Refuse formats that cannot be written here.

    Raises
    ------
    MissingExtraError
        A package is missing that one of `formats` needs.
    """
    for kind in formats:
        form = FORMATS.get(kind)
        for name, package in form.needs if form else ():
            if form and find_spec(name) is None:
                raise MissingExtraError(package, form.extra, form.called)


def files_of(formats: Sequence[str], languages: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every file of a report: its format, its name, and the languages in it.

    The first language has the plain name; ``report.zh.docx`` is a document in a further one.  There is one workbook.
    """
    out = []
    for kind in formats:
        form = FORMATS[kind]
        if form.every:
            out.append((kind, form.file, tuple(languages)))
            continue
        stem, suffix = form.file.split(".")
        for k, lang in enumerate(languages if kind != "xlsx" else languages[:1]):
            out.append((kind, f"{stem}.{lang}.{suffix}" if k else form.file, (lang,)))
    return out


def beside(formats: Sequence[str], languages: Sequence[str], folder: Path) -> Mapping[str, str]:
    """By language, the index of the units' pages as a report in `folder` links it; empty where there will be none."""
    first = FORMATS["profiles"].file
    stem = first.removesuffix(".html")
    if "profiles" in formats:
        return {code: f"{stem}.{code}.html" if k else first for k, code in enumerate(languages)}
    if not (folder / first).is_file():
        return {}
    own = {code: f"{stem}.{code}.html" for code in languages}
    return {code: name if (folder / name).is_file() else first for code, name in own.items()}


def all_written(kind: str, path: Path) -> list[Path]:
    """The files of a report: `path`, and the pages beside it where it is the index of a folder."""
    return sorted(path.parent.glob("*.html")) if FORMATS[kind].folder else [path]


def is_edited(name: str) -> bool:
    """Whether a file is a report that people go on writing in."""
    return any(form.edited and name.endswith(form.file.partition(".")[2]) for form in FORMATS.values())


def write(content: Content, kind: str, path: Path, languages: Sequence[str]) -> Path:
    """Write one file of a report."""
    form = FORMATS[kind]
    module, name = form.writer.split(":")
    writer: Callable[..., Any] = getattr(import_module(f"csimodels.report.{module}"), name)
    done: Path = writer(content, path, tuple(languages) if form.every else languages[0])
    return done
