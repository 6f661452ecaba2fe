"""Files whose first bytes are not of the kind that their suffix says: named before a reader stumbles over them."""

from __future__ import annotations

import zipfile
from pathlib import Path

from csimodels.errors import DataError, Problem, listed
from csimodels.messages import Message

#: First bytes, what they are, and the suffixes that go with them, the usual one first.
_MAGIC = (
    (b"PK\x03\x04", Message("an Excel or zip file"), (".xlsx", ".xlsm")),
    (b"\xd0\xcf\x11\xe0", Message("an Excel 97 file"), (".xls",)),
    (b"PAR1", Message("a Parquet file"), (".parquet",)),
    (b"\x1f\x8b", Message("a gzip file"), ()),
    (b"$FL2", Message("an SPSS file"), (".sav",)),
    (b"$FL3", Message("an SPSS file"), (".sav",)),
    (b"<stata_dta>", Message("a Stata file"), (".dta",)),
)
_AS_XLSX = Message("open it there, and save it as a workbook (.xlsx) or CSV (UTF-8)")
_AS_TABLE = Message("copy the table into a spreadsheet, and save it as a workbook (.xlsx) or CSV (UTF-8)")
#: Files of other programs: whose they are, and what to do.
_FOREIGN = {
    ".ods": ("LibreOffice", _AS_XLSX),
    ".numbers": ("Numbers", _AS_XLSX),
    **dict.fromkeys((".docx", ".doc", ".wps"), ("Word", _AS_TABLE)),
    **dict.fromkeys((".pptx", ".ppt"), ("PowerPoint", _AS_TABLE)),
    ".zip": ("ZIP", Message("unpack it, and name the file in it")),
    ".gsheet": ("Google Sheets", _AS_XLSX),
    ".rds": ("R", Message("in R: write.csv(readRDS(file), new_file, row.names = FALSE)")),
    ".rdata": ("R", Message("in R: load(file), then write.csv(data, new_file, row.names = FALSE)")),
    ".sas7bdat": ("SAS", Message("export it as CSV: proc export")),
    ".xpt": ("SAS", Message("export it as CSV: proc export")),
    ".por": ("SPSS (portable)", Message("open it in SPSS, and save it as .sav")),
    ".zsav": ("SPSS (compressed)", Message("open it in SPSS, and save it as .sav")),
    ".pkl": ("Python (pickle)", Message("in Python: pass the table itself, or write it with to_parquet()")),
    ".feather": ("Arrow", Message("in Python: pass the table itself, or write it with to_parquet()")),
    ".json": ("JSON", Message("in Python: pass pandas.read_json(file), or write it as CSV")),
    ".jsonl": ("JSON", Message("in Python: pass pandas.read_json(file, lines=True), or write it as CSV")),
    ".gz": ("gzip", Message("unpack it, and name the file in it")),
    ".bz2": ("bzip2", Message("unpack it, and name the file in it")),
    ".xz": ("xz", Message("unpack it, and name the file in it")),
    ".7z": ("7-Zip", Message("unpack it, and name the file in it")),
    ".rar": ("RAR", Message("unpack it, and name the file in it")),
}
_PAGE = (b"<html", b"<!doctype", b"<table", b"<?xml")
#: Bytes looked at, and the name of the part that holds an encrypted workbook.
_HEAD = 20_000
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def refuse_disguised(path: Path) -> None:
    """Raise a `DataError` where a file is of another kind than its suffix says, by its first bytes.

    Text files are told by what they hold, see :mod:`csimodels.survey.files.delimited`.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    suffix = path.suffix.lower()
    if head.startswith(_MAGIC[1][0]) and _ENCRYPTED in head:
        what = Message("{label} is protected by a password", label=path.name)
        raise DataError(Problem(what, remedy="open it, take the password off, and save it again"))
    if head.startswith(_MAGIC[0][0]):
        _refuse_packed(path)
    if suffix in _FOREIGN and head:
        what = Message("{label}: files of {program} are not read", label=path.name, program=_FOREIGN[suffix][0])
        raise DataError(Problem(what, remedy=_FOREIGN[suffix][1]))
    for magic, what, suffixes in _MAGIC:
        if head.startswith(magic) and suffix not in suffixes:
            raise DataError(_other(path, what, suffixes[0] if suffixes else ""))
    if suffix in (".csv", ".tsv", ".txt") or any(head.startswith(magic) for magic, _, _ in _MAGIC):
        return
    if head.lstrip()[:9].lower().startswith(_PAGE):
        what = Message("{label} is a web page or XML, not a table of text", label=path.name)
        remedy = "open it in a spreadsheet, and save it as a workbook (.xlsx)"
        raise DataError(Problem(what, found=head[:60].decode("utf-8", "replace"), remedy=remedy))
    if _is_text(head):
        raise DataError(_other(path, Message("a text file"), ".csv"))


def _refuse_packed(path: Path) -> None:
    """Refuse a zip file that is no workbook, with the files in it."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = [name for name in packed.namelist() if not name.endswith("/")]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # damaged: the reader of workbooks says so
    if "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names):
        return
    what = Message("{label} is a zip file", label=path.name)
    remedy = Message("unpack it, and name the file in it: {name}", name=names[0] if names else "")
    raise DataError(Problem(what, found=listed(names), remedy=remedy if names else "check that the export is complete"))


def _other(path: Path, what: Message, suffix: str) -> Problem:
    remedy = Message("give it the suffix of its kind")
    if suffix:
        remedy = Message("give it the suffix of its kind: {name}", name=path.with_suffix(suffix).name)
    return Problem(Message("{label} is {what} by its first bytes", label=path.name, what=what), remedy=remedy)


def _is_text(head: bytes) -> bool:
    """Whether the first bytes are lines of text with a separator."""
    lines = head.splitlines()
    return b"\0" not in head and len(lines) > 1 and any(mark in lines[0] for mark in (b",", b";", b"\t", b"|"))
