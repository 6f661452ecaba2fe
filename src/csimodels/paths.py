"""Paths as people write them: of a home folder, of the network, with marks that belong to no name."""

from __future__ import annotations

import os
import re
from pathlib import Path

from csimodels.errors import Problem
from csimodels.messages import Message

_ADDRESS = re.compile(r"(?i:(https?|ftp|s3|gs|az|abfss?|hdfs|sftp)):/+")
_LOCAL = re.compile(r"(?i:file):/+")
_VARIABLE = re.compile(r"\$\{?\w+|%\w+%|\{\{.*\}\}")
_QUOTES = "“”‘’＂＇'\"「」"


def home_path(path: str | os.PathLike[str]) -> Path:
    """A path with ``~`` replaced by the home folder; as it is where there is no such home.

    >>> home_path("~$book.xlsx").name
    '~$book.xlsx'
    """
    plain = Path(path)
    try:
        return plain.expanduser()
    except RuntimeError:  # no user is called so: names of temporary files begin like this
        return plain


def no_plain_file(shown: Path, where: Path) -> Problem | None:
    """What a path that leads to no file names instead; None for files and for paths that nothing is known of.

    Parameters
    ----------
    shown : Path
        As it was written.
    where : Path
        Where it was looked for.
    """
    text = str(shown)
    if where.is_file():
        return None
    if text == "-":
        what, remedy = Message("the standard input is not read"), Message("write the answers to a file, and name it")
        return Problem(what, text, remedy=remedy)
    if _ADDRESS.search(text):
        remedy = Message("download the file first, and name it here: {name}", name=shown.name)
        return Problem("addresses on the network are not read", text, remedy=remedy)
    if where.is_symlink():
        to = str(where.readlink())
        return Problem(
            Message("{path} is a link to a file that is not there", path=text), found=to, remedy="correct the link"
        )
    if where.exists() and not where.is_dir():
        return Problem(Message("{path} is no file with bytes of its own", path=text), remedy="name a file")
    meant = _meant(text, where)
    if meant:
        remedy = Message("write {path}", path=meant)
        return Problem(Message("no such file: {path}", path=text), remedy=remedy)
    if _VARIABLE.search(text):
        remedy = Message("write the path itself: variables are not filled in")
        return Problem(Message("no such file: {path}", path=text), remedy=remedy)
    return None


def _meant(text: str, where: Path) -> str:
    """The path that was meant, where a file is there: without quotes and blanks, with plain slashes."""
    local = _LOCAL.search(text)
    if local:
        return "/" + text[local.end() :]
    bare = text.strip().strip(_QUOTES).strip().replace("\\", "/")
    if bare == text or not bare:
        return ""
    tail = str(where)[: -len(text)] if str(where).endswith(text) else f"{where.parent}/"
    found = Path(tail + bare)
    return bare if found.is_file() else ""
