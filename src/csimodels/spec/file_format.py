"""Names of encodings and of marks between columns, as a spec may give them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from csimodels.messages import Message
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import shorten

#: Names of the tabulator, and words for other marks.
NAMED_MARKS = {"tab": "\t", "\\t": "\t"}
_MARKS = {"comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "colon": ":", "逗号": ",", "分号": ";"}
#: Codecs of Python that are no encodings of files: names of hosts, escapes of programs, one that always fails.
_NO_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})


def separator_findings(mark: str | None) -> Iterator[Finding]:
    """A separator is one character; ``tab`` is the tabulator."""
    if mark is None or mark in NAMED_MARKS or (len(mark) == 1 and mark not in '"\n\r'):
        return
    meant = _MARKS.get(mark.strip().lower(), mark[0] if len(set(mark)) == 1 and not mark[0].isalnum() else "")
    remedy = Message("write {value}", value=f'"{meant}"') if meant and meant not in '"\n\r' else ""
    allowed = '"," ";" "|" tab'
    yield Finding(("data", "separator"), "a separator is one character", repr(shorten(mark)), allowed, remedy)


def known_encoding(name: str) -> bool:
    """Whether a name is that of an encoding of text files.

    >>> known_encoding("GB18030"), known_encoding("idna"), known_encoding("base64")
    (True, False, False)
    """
    try:
        found = codecs.lookup(name)
        return bool(found._is_text_encoding) and found.name.replace("_", "-") not in _NO_FILES
    except (LookupError, ValueError):
        return False
