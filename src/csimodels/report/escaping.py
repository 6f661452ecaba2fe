"""Names made safe for where they are written: file names, HTML and SVG text, CSV cells."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zipfile
from html import escape as _escape
from pathlib import Path
from typing import Any

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.\- ]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
#: What fonts draw as boxes although it only parts words: tabs, breaks of lines, paragraphs and pages.
_BREAKS = re.compile(r"\r\n|[\t\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
#: Words of scripts that run from right to left.
_LEFTWARD = re.compile(r"{0}(?:[^\w,.;:()\[\]/%+\-]*{0})*".format(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"))
#: Two numbers with a dash between them, at which a browser parts a line.
_RANGE = re.compile(r"\d[\d,.]*[—–～~]+\d(?:[\d,.]*\d)?[%年月日分]?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full-width kin


def clean(text: object) -> str:
    """`text` without control characters, which XML forbids: each becomes U+FFFD, and a space where it parts words."""
    return _CONTROLS.sub("\ufffd", _BREAKS.sub(" ", str(text)))


def kept_apart(text: str) -> str:
    """`text` whose words from right to left do not turn the numbers beside them round.

    >>> kept_apart("שלום עולם 78.1 [74.6, 81.6]") == "\u2068שלום עולם\u2069 78.1 [74.6, 81.6]"
    True
    """
    return _LEFTWARD.sub("\u2068\\g<0>\u2069", text)


def escape(text: object) -> str:
    """`text` for the inside of an HTML or SVG element or attribute."""
    return _escape(clean(text), quote=True)


def held(text: object, strong: str = "") -> str:
    """`text` for the inside of an HTML element; ranges such as 2024—2026 stay on one line, the number `strong` is bold.

    >>> held("2024—2026年, 73.8 < 100", strong="73.8")
    '<span class="one">2024—2026年</span>, <strong>73.8</strong> &lt; 100'
    """
    safe = _RANGE.sub(r'<span class="one">\g<0></span>', escape(text))
    if not any(letter.isdigit() for letter in strong):
        return safe
    return re.sub(rf"(?<![\d.,]){re.escape(strong)}(?!\d)", r"<strong>\g<0></strong>", safe, count=1)


def written_here(path: Path) -> bool:
    """Whether a report was written by this package, by the mark it carries.

    Text documents and slides carry the name of who wrote them last: once somebody has gone on writing, they are theirs.
    """
    if path.suffix in (".xlsx", ".docx", ".pptx"):
        if not zipfile.is_zipfile(path):
            return False
        mark = b"csimodels" if path.suffix == ".xlsx" else b"<cp:lastModifiedBy>csimodels<"
        with zipfile.ZipFile(path) as book:
            return "docProps/core.xml" in book.namelist() and mark in book.read("docProps/core.xml")
    if path.suffix == ".pdf":
        return b"csimodels" in path.read_bytes()
    return b'name="generator" content="csimodels' in path.read_bytes()[:100_000]


def safe_name(text: str, limit: int = 60) -> str:
    """A file name for `text` that works on every system and stays inside its folder.

    Letters of any script, digits, ``-``, ``_`` and inner dots stay.  Where something had to be changed, a short
    hash of the original is added, so that different texts keep different names.

    >>> safe_name("Perceived quality")
    'Perceived quality'
    >>> safe_name("../../x")
    'x-9cdf6a50'
    """
    plain = unicodedata.normalize("NFC", str(text))
    name = _UNSAFE.sub("_", plain).strip(" ._-")[:limit].rstrip(" ._-")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    if name == plain and name:
        return name
    digest = hashlib.sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name or 'unnamed'}-{digest}"


def safe_cell(value: Any) -> Any:
    """`value` for a CSV cell: an apostrophe before text that a spreadsheet would run as a formula; numbers stay.

    >>> safe_cell("=cmd()"), safe_cell(-1.5), safe_cell("Quality")
    ("'=cmd()", -1.5, 'Quality')
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
