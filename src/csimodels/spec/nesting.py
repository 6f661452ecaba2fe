"""How deep a YAML text nests, read from its brackets, dashes and indentation before a parser sees it.

Parsers stop deep nesting at limits and with words of their own, or not at all.  This reads no values; it never counts
more levels than a parser would, and misses none of a text that nests by hundreds of levels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n|\Z)")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SINGLE = re.compile(r"'(?:[^']|'')*'")
#: Anchor, alias or tag.
_PROPERTY = re.compile(r"[&*!][^\s\[\]{},]*")
_MARKER = re.compile(r"(?:---|\.\.\.)(?=\s|\Z)")
_ENTRY = re.compile(r"[-?](?=\s|\Z)")
_COLON = re.compile(r"[ \t]*:(?=\s|\Z)")
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?(?=\n|\Z)")
#: A plain text of the block style ends before ``: `` and `` #``; in brackets at a bracket or comma too.
_PLAIN = re.compile(r"(?:[^\s:#]|:(?!\s|\Z)|(?<!\s)#|[ \t]+(?![\s#]|\Z))+")
_PLAIN_IN_FLOW = re.compile(r"(?:[^\s:#\[\]{},]|:(?![\s\[\]{},]|\Z)|(?<!\s)#|\s+(?![\s#\[\]{},]|\Z))+")
_SPACE = re.compile(r"[ \t]+")
_LINES = re.compile(r"\s+")
_INDENT = re.compile(r"^[ ]*(?:[-?:][ ]+|[&!]\S*[ ]+)*", re.MULTILINE)


@dataclass(slots=True)
class _Scan:
    """Where the reading stands; ``open`` holds (column, is a list) of the open collections of the block style."""

    text: str
    limit: int
    at: int = 0
    line_start: int = 0
    key_in_line: bool = False
    flow: int = 0
    open: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def too_deep(self) -> bool:
        return len(self.open) + self.flow > self.limit

    def takes(self, pattern: re.Pattern[str]) -> bool:
        """Move past `pattern` if it stands here and is not empty."""
        found = pattern.match(self.text, self.at)
        if not found or found.end() == self.at:
            return False
        self.at = found.end()
        return True

    def opens(self, column: int, is_list: bool) -> None:
        """A collection with an entry at `column`; those further in are closed."""
        while self.open and (self.open[-1][0] > column or (self.open[-1] == (column, True) and not is_list)):
            self.open.pop()
        if not self.open or self.open[-1] != (column, is_list):
            self.open.append((column, is_list))


def deeper_than(text: str, limit: int) -> tuple[int, int] | None:
    """Line and column, from 1, of the first collection that stands deeper than `limit` levels; None where none does."""
    if _at_most(text) <= limit:
        return None
    scan = _Scan(text, limit)
    while scan.at < len(text):
        begun = scan.at
        if not (_flow_token(scan) if scan.flow else _block_token(scan)):
            return None
        if scan.too_deep:
            line = text.count("\n", 0, begun) + 1
            return line, begun - text.rfind("\n", 0, begun)
    return None


def _at_most(text: str) -> int:
    """A depth that `text` cannot exceed, found at a glance: it spares an ordinary spec the reading by steps."""
    columns = max(len(found) for found in _INDENT.findall(text))
    flow = most = 0
    closing = True
    for line in text.split("\n"):
        opened = line.count("[") + line.count("{")
        most = max(most, flow + opened)
        if flow + opened:
            closing = closing and not any(mark in line for mark in "\"'#")
            closed = line.count("]") + line.count("}") if closing else 0
            flow = max(flow + opened - closed, 0)
    return 2 * (columns + 1) + most


def _quoted(scan: _Scan) -> bool | None:
    """Move past a quoted text; None where none begins here, False where one is never closed."""
    if scan.text[scan.at] not in "\"'":
        return None
    return scan.takes(_DOUBLE if scan.text[scan.at] == '"' else _SINGLE)


def _flow_token(scan: _Scan) -> bool:
    """One step within brackets."""
    character = scan.text[scan.at]
    if character in "[{":
        scan.flow += 1
    elif character in "]}":
        scan.flow -= 1
    else:
        quoted = _quoted(scan)
        if quoted is not None:
            return quoted
        if any(map(scan.takes, (_LINES, _BLANK, _ENTRY, _PROPERTY, _PLAIN_IN_FLOW))):
            return True
    scan.at += 1
    return True


def _block_token(scan: _Scan) -> bool:
    """One step outside brackets: at most one key, dash, bracket, text or line end."""
    if scan.takes(_BLANK) or scan.takes(_SPACE):
        return True
    character = scan.text[scan.at]
    column = scan.at - scan.line_start
    if character == "\n":
        scan.at += 1
        scan.line_start = scan.at
        scan.key_in_line = False
    elif character in "[{":
        scan.flow = 1
        scan.at += 1
    elif column == 0 and scan.takes(_MARKER):
        scan.open.clear()
    elif scan.takes(_ENTRY):
        scan.opens(column, character == "-")
    elif character in "|>" and scan.takes(_HEADER):
        _skip_lines(scan)
    elif not scan.takes(_PROPERTY):
        return _text_or_key(scan, column)
    return True


def _text_or_key(scan: _Scan, column: int) -> bool:
    """Move past a text; one with a colon and a blank after it is a key, and so opens a mapping at its column."""
    begun = scan.at
    quoted = _quoted(scan)
    if quoted is False:
        return False
    if quoted is None and not scan.takes(_PLAIN):
        scan.at += 1
    if scan.takes(_COLON) and not scan.key_in_line:
        scan.opens(column, False)
        scan.key_in_line = True
    elif quoted is None and scan.text.startswith("\n", scan.at):
        _skip_lines(scan)
    if "\n" in scan.text[begun : scan.at]:
        scan.line_start = scan.text.rfind("\n", begun, scan.at) + 1
    return True


def _skip_lines(scan: _Scan) -> None:
    """Move past the further lines of a text: those further in than the collection they stand in, and blank ones."""
    outer = scan.open[-1][0] if scan.open else -1
    while scan.at < len(scan.text):
        end = scan.text.find("\n", scan.at + 1)
        line = scan.text[scan.at + 1 : end if end >= 0 else len(scan.text)]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= outer:
            return
        scan.at = end if end >= 0 else len(scan.text)
