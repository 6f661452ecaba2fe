"""What is given in the place of a spec by mistake: a file of answers, or a folder."""

from __future__ import annotations

import shlex
from pathlib import Path

from csimodels.errors import Problem, SpecError, listed
from csimodels.messages import Message

#: Files that hold answers; ``.txt`` may be a spec.
DATA_SUFFIXES = (
    *(".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".feather", ".sav", ".zsav", ".por", ".dta"),
    *(".duckdb", ".sas7bdat", ".xpt", ".rds"),
)
_SPECS = (".yaml", ".yml")
#: The model that a remedy names; `csi models` lists the others.
_MODEL = "acsi"


def misplaced(path: Path) -> Problem | None:
    """What to say of a path that is no spec by its suffix or kind; None for any other, there or not."""
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() not in DATA_SUFFIXES:
        return None
    remedy = Message(
        "write a spec for it: {command} (`csi models` lists the models); where there is one, name that first: {run}",
        command=f"`csi init {_MODEL} --data {shlex.quote(str(path))}`",
        run=f"`csi run SPEC {shlex.quote(str(path))}`",
    )
    return Problem("this is a file of answers, not a spec", str(path), path.suffix, Message("a .yaml file"), remedy)


#: First bytes of files that are no text, and what they are.
_BINARY = (
    (b"PK\x03\x04", Message("a workbook or zip file")),
    (b"\xd0\xcf\x11\xe0", Message("an old Office file")),
    (b"%PDF", Message("a PDF file")),
    (b"\x89PNG", Message("a picture")),
    (b"\xff\xd8\xff", Message("a picture")),
    (b"SQLite format 3", Message("a SQLite database")),
    (b"\x1f\x8b", Message("a gzip file")),
    (b"PAR1", Message("a Parquet file")),
    (b"$FL2", Message("an SPSS file")),
    (b"$FL3", Message("an SPSS file")),
)


def refuse_binary(raw: bytes, path: Path) -> None:
    """SpecError where the first bytes are those of a file that is no text, whatever its suffix."""
    for magic, what in _BINARY:
        if raw.startswith(magic):
            remedy = "a spec is plain text: csi init --data FILE writes one for a file of answers"
            raise SpecError(Problem(Message("this is {what}, not a spec", what=what), str(path), remedy=remedy))


def _folder(path: Path) -> Problem:
    """A folder: of results, of specs, or of data."""
    try:
        names = sorted(entry.name for entry in path.iterdir() if entry.is_file())
    except OSError:
        names = []
    specs = [name for name in names if Path(name).suffix.lower() in _SPECS]
    data = [name for name in names if Path(name).suffix.lower() in DATA_SUFFIXES]
    if "result.json" in names:
        what, command = "this is a folder of results, not a spec", f"`csi show {shlex.quote(str(path))}`"
        return Problem(what, str(path), "", Message("a .yaml file"), Message("see them: {command}", command=command))
    what = "this is a folder, not a spec"
    if specs:
        first = shlex.quote(str(path / specs[0]))
        remedy = Message("name the spec in it: {path}", path=first)
        return Problem(what, str(path), "", listed(specs), remedy)
    if data:
        command = f"`csi init {_MODEL} --data {shlex.quote(str(path / data[0]))}`"
        remedy = Message("there is no spec in it; write one for the answers there: {command}", command=command)
        return Problem(what, str(path), listed(data), Message("a .yaml file"), remedy)
    return Problem(
        what, str(path), "", Message("a .yaml file"), "name a spec, or a model of the library: see `csi models`"
    )
