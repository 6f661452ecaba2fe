"""What is wrong with a text that is no YAML, told from the text itself where the parser stopped.

The parser says where; what to do is read from the line there, because the words of a parser change with its version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from csimodels.messages import Message
from csimodels.spec.nodes import shorten
from csimodels.spec.punctuation import plain_marks

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_NUMBERED = re.compile(r"\s+(#\d[^\s,\]}]*)")
_COLOUR = re.compile(r"\s*(#[0-9a-fA-F]{3,8})\s*$")
_HIDING = re.compile(r"[\[{].*\s(#[^\s#][^\s,\]}]*)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_FULL_WIDTH = re.compile(r"^\s*(?:-\s+)?[^\s:#\"']+：")
_VALUE = re.compile(r"(?:^|:\s+|-\s+|,\s*|\[\s*)([*&@`%])[^\s]*")
_ESCAPE = re.compile(
    r'"[^"]*\\(?:[^"\\/abefnrtvxuUN0 L_P]|U(?![0-9a-fA-F]{8})|u(?![0-9a-fA-F]{4})|x(?![0-9a-fA-F]{2}))[^"]*"?'
)
_PATH = re.compile(r'"([A-Za-z]:\\[^"]*|[^"]*\.\w{2,8})"')
_VARIABLE = re.compile(r"\$\{|\{\{.*\}\}|\{%")
_NO_BLANK = re.compile(r"\s*[^\W\d]\w*:[^\s:/\\]\S*")
_MERGE = re.compile(r"(?:<{7}|>{7})(?:\s|$)|={7}$")
_ODD_BLANK = re.compile(r"\s*[\u00a0\u2000-\u200b\u3000]")
_FLOW = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")

CLOSE_BRACKET = Message("close the bracket, and put commas between the parts")
COMMENT_INSIDE = "# begins a comment and hides the rest of the line: put quotes round the text with {text}"
CLOSE_QUOTE = Message("close every quote; put double quotes round a text that holds an apostrophe")
COLON_IN_TEXT = Message(
    'put quotes round a text that holds a colon, as in "price: fair"; put a blank after the colon of a key'
)
FULL_WIDTH = Message("write a plain colon and a blank after the key (full-width ： is none)")
BACKSLASH = Message("put single quotes round a text that holds a backslash")
VARIABLE = Message("variables are not filled in: write the value itself")
OPEN_QUOTE = Message("close the quote that opens here")
MERGE = Message("the file holds both sides of a merge (<<<<<<<, >>>>>>>): keep one of the two")
ODD_BLANK = Message("the indentation holds blanks of another kind (full-width, or non-breaking): put plain ones")
NO_COLON = Message("write `name: value`, with a blank after a plain colon (full-width ： is none)")
INDENTATION = Message("give all keys of one mapping the same indentation, with a plain colon and a blank after each")


def cut_by_comment(value: object, rest: str) -> str:
    """What a comment behind a plain value cut off, where it looks like a part of it; empty where it is a comment.

    >>> cut_by_comment("Bank", " #1"), cut_by_comment(None, " #7a1f3d"), cut_by_comment("Bank", " # the first")
    ('#1', '#7a1f3d', '')
    """
    found = _COLOUR.match(rest) if value is None else _NUMBERED.match(rest) if isinstance(value, str) else None
    return found[1] if found else ""


def fault_near(text: str, line: int) -> tuple[int, str]:
    """The line of the fault (from 1), and what to do, of a text whose reading stopped at `line`."""
    lines = text.split("\n")
    sure = next(_anywhere(lines), None)
    if sure:
        return sure
    here = lines[line - 1] if line <= len(lines) else ""
    before = next((k for k in range(min(line - 1, len(lines)) - 1, -1, -1) if lines[k].strip()), None)
    near = {line: here} if before is None else {line: here, before + 1: lines[before]}
    for number, each in near.items():
        found = _of_line(each)
        if found:
            return number, found
    bare = [_bare(each) for each in near.values()]
    opened = _open_quote(lines) if not here.strip() else 0
    if opened:
        return opened, OPEN_QUOTE
    for each in bare:
        marked = _VALUE.search(each)
        if marked:
            return line, Message("a text that begins with {x} needs quotes", x=marked.group(1))
    if any(_open_brackets(each) for each in bare):
        hidden = next((m[1] for each in near.values() if (m := _HIDING.search(_QUOTED.sub("", each)))), "")
        return line, Message(COMMENT_INSIDE, text=shorten(hidden)) if hidden else CLOSE_BRACKET
    if any(re.search(r"[\"']", each.replace("''", "")) for each in bare):
        return line, CLOSE_QUOTE
    if any(len(re.findall(r":(?:\s|$)", _FLOW.sub("{}", each))) > 1 for each in bare):
        return line, COLON_IN_TEXT
    if here.strip() and ":" not in here:
        return line, NO_COLON
    return line, INDENTATION


def _bare(line: str) -> str:
    """A line without what stands in quotes and behind a #."""
    return _COMMENT.sub("", _QUOTED.sub("''", line))


def _of_line(line: str) -> str:
    """What to do about a line that shows by itself what is wrong; empty for others."""
    if _FULL_WIDTH.match(line):
        return FULL_WIDTH
    if _VARIABLE.search(line):
        return VARIABLE
    if _ESCAPE.search(line):
        path = _PATH.search(line)
        return Message("write the path with slashes: {path}", path=path[1].replace("\\", "/")) if path else BACKSLASH
    bare = _bare(line)
    if any(mark in bare for mark in "｛｝【】［］"):
        plain = plain_marks(line.strip())
        return Message("full-width marks divide nothing and are part of the text: write {value}", value=shorten(plain))
    if _NO_BLANK.fullmatch(bare.rstrip()):
        return Message("put a blank after the colon: {line}", line=shorten(line.strip().replace(":", ": ", 1)))
    return ""


def _anywhere(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Faults that lie anywhere, with their lines: marks of a merge, and blanks that are no blanks."""
    for number, line in enumerate(lines, 1):
        if _MERGE.match(line):
            yield number, MERGE
        elif _ODD_BLANK.match(line):
            yield number, ODD_BLANK


def _open_quote(lines: list[str]) -> int:
    """The first line (from 1) that opens a quote and does not close it; 0 where there is none."""
    bare = (_bare(line).replace("''", "") for line in lines)
    return next((k for k, line in enumerate(bare, 1) if re.search(r"(?:^|[:,\[{-])\s*[\"']", line)), 0)


def line_of(text: str, line: int) -> str:
    """The line where the reading stopped (from 1), to be shown; the end of the text where that is past it."""
    lines = text.split("\n")
    here = lines[line - 1].strip() if line <= len(lines) else ""
    return shorten(here) if here else Message("the end of the text")


def _open_brackets(line: str) -> bool:
    """Whether `line` opens or closes more brackets than it should."""
    return any(line.count(a) != line.count(b) for a, b in ("[]", "{}"))
