"""What is wrong with a text that is no YAML, told from the text itself where the parser stopped.

The parser says where; what to do is read from the line there, because the words of a parser change with its version.
"""

from __future__ import annotations

import re

from csimodels.messages import Message
from csimodels.spec.nodes import shorten

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_FULL_WIDTH = re.compile(r"^\s*(?:-\s+)?[^\s:#\"']+：")
_VALUE = re.compile(r"(?:^|:\s+|-\s+|,\s*|\[\s*)([*&@`%])[^\s]*")
_ESCAPE = re.compile(r'"[^"]*\\[^"\\/abefnrtvxuUN0 L_P][^"]*"?')

CLOSE_BRACKET = Message("close the bracket, and put commas between the parts")
CLOSE_QUOTE = Message("close every quote; put double quotes round a text that holds an apostrophe")
COLON_IN_TEXT = Message(
    'put quotes round a text that holds a colon, as in "price: fair"; put a blank after the colon of a key'
)
FULL_WIDTH = Message("write a plain colon and a blank after the key (full-width ： is none)")
BACKSLASH = Message("put single quotes round a text that holds a backslash")
NO_COLON = Message("write `name: value`, with a blank after a plain colon (full-width ： is none)")
INDENTATION = Message("give all keys of one mapping the same indentation, with a plain colon and a blank after each")


def remedy_for(text: str, line: int) -> str:
    """What to do about a text whose reading stopped at `line` (from 1)."""
    lines = text.split("\n")
    here = lines[line - 1] if line <= len(lines) else ""
    before = next((k for k in range(min(line - 1, len(lines)) - 1, -1, -1) if lines[k].strip()), None)
    near = [here] if before is None else [here, lines[before]]
    bare = [_COMMENT.sub("", _QUOTED.sub("''", each)) for each in near]
    if any(_FULL_WIDTH.match(each) for each in near):
        return FULL_WIDTH
    for each in bare:
        found = _VALUE.search(each)
        if found:
            return Message("a text that begins with {x} needs quotes", x=found.group(1))
    if any(_ESCAPE.search(each) for each in near):
        return BACKSLASH
    if any(_open_brackets(each) for each in bare):
        return CLOSE_BRACKET
    if any(re.search(r"[\"']", each.replace("''", "")) for each in bare):
        return CLOSE_QUOTE
    if any(len(re.findall(r":(?:\s|$)", each)) > 1 for each in bare):
        return COLON_IN_TEXT
    if here.strip() and ":" not in here:
        return NO_COLON
    return INDENTATION


def line_of(text: str, line: int) -> str:
    """The line where the reading stopped (from 1), to be shown; the end of the text where that is past it."""
    lines = text.split("\n")
    here = lines[line - 1].strip() if line <= len(lines) else ""
    return shorten(here) if here else Message("the end of the text")


def _open_brackets(line: str) -> bool:
    """Whether `line` opens or closes more brackets than it should."""
    return any(line.count(a) != line.count(b) for a, b in ("[]", "{}"))
