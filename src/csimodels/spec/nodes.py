"""Nodes of a spec that know their file, line and column, whatever they were read from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path
from unicodedata import normalize

from csimodels.arguments import shown
from csimodels.errors import Problem, SpecError
from csimodels.messages import Message

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]{0,300})(\.[0-9]*)?)([eE][-+]?[0-9]{1,9})?")
_INF = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}

MAX_DEPTH = 50

PlainScalar = str | int | float | bool | None
Plain = PlainScalar | list["Plain"] | dict[str, "Plain"]
Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1, and line 0 stands for "no line" (an option)."""

    origin: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.origin}:{self.line}:{self.column}" if self.line else self.origin


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value and the text it was written as."""

    value: PlainScalar
    text: str
    mark: Mark


@dataclass(frozen=True)
class Seq:
    """A list."""

    items: tuple[Node, ...]
    mark: Mark

    def element(self, step: str | int) -> Node | None:
        """The element at a position, or the last scalar that is this text; None where there is none."""
        if isinstance(step, int):
            return self.items[step] if step < len(self.items) else None
        return self._by_text.get(step)

    @cached_property
    def _by_text(self) -> dict[str, Scalar]:
        scalars = (item for item in self.items if isinstance(item, Scalar))
        return {item.value: item for item in scalars if isinstance(item.value, str)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, where it stands, and its value."""

    key: str
    mark: Mark
    node: Node


@dataclass(frozen=True)
class Map:
    """A mapping, entries in the order written, keys as text and unique."""

    entries: tuple[Entry, ...]
    mark: Mark

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None."""
        entry = self.entry(key)
        return entry.node if entry else None

    def entry(self, key: str) -> Entry | None:
        """The entry of `key`, or None."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}


Node = Scalar | Seq | Map


def resolve(text: str) -> PlainScalar:
    """The value of a plain (unquoted) scalar under the YAML 1.2 core schema, leading zeros kept as text.

    >>> resolve("no"), resolve("010"), resolve("98"), resolve("1e-7"), resolve("~")
    ('no', '010', 98, 1e-07, None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if re.fullmatch(r"0x[0-9a-fA-F]{1,60}", text):
        return int(text, 16)
    if re.fullmatch(r"0o[0-7]{1,60}", text):
        return int(text[2:], 8)
    if _INF.fullmatch(text):
        return float(text.replace(".", "", 1))
    return float("nan") if text in (".nan", ".NaN", ".NAN") else text


def plain(node: Node) -> Plain:
    """The tree as dicts, lists and scalars."""
    if isinstance(node, Map):
        return {entry.key: plain(entry.node) for entry in node.entries}
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    return node.value


def from_plain(value: object, origin: str, depth: int = 0) -> Node:
    """Dicts, lists and scalars as a tree without lines.

    Raises
    ------
    SpecError
        For a value that a spec file could not hold.
    """
    if depth > MAX_DEPTH:
        raise SpecError(Problem(Message("nested deeper than {MAX_DEPTH} levels", MAX_DEPTH=MAX_DEPTH), origin))
    mark = Mark(origin)
    if isinstance(value, Mapping):
        pairs = ((normalize("NFC", str(k)), v) for k, v in value.items())
        return Map(tuple(Entry(k, mark, from_plain(v, origin, depth + 1)) for k, v in pairs), mark)
    if isinstance(value, (list, tuple)):
        return Seq(tuple(from_plain(v, origin, depth + 1) for v in value), mark)
    if hasattr(value, "tolist"):  # numpy and pandas: scalars, arrays, series
        return from_plain(value.tolist(), origin, depth + 1)
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        value = normalize("NFC", value)
    if value is None or isinstance(value, (bool, str)):
        return Scalar(value, "" if value is None else str(value), mark)
    if isinstance(value, Integral):
        return Scalar(int(value), str(value), mark)
    if isinstance(value, Real):
        return Scalar(float(value), str(value), mark)
    found = f"{type(value).__name__} {shorten(shown(value))}"
    allowed = Message("text, number, list, mapping")
    raise SpecError(Problem("this kind of value cannot stand in a spec", origin, found, allowed))


def kind_of(node: Node) -> str:
    """What a node is, for a message: ``a list``, ``a mapping``, or the scalar as written."""
    if isinstance(node, Seq):
        return Message("a list of {n} parts", n=len(node.items))
    if isinstance(node, Map):
        return Message("a mapping of {n} keys", n=len(node.entries))
    return Message("nothing (null)") if node.value is None else shorten(node.text)


def shorten(text: str, limit: int = 80) -> str:
    """`text` on one line, cut at `limit` characters, so that a message stays readable."""
    flat = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: limit + 1])
    return flat if len(text) <= limit else flat[:limit] + "..."


def at(node: Node, loc: Loc) -> tuple[Node, Mark]:
    """The deepest node along `loc`, and the mark of its key (its own for a list element).

    A name in a list may stand for its element: ``items: [A, B]`` is reached by ``("items", "B")`` too; a key that a
    short form leaves out (``all`` of the missing codes) is passed over.
    """
    mark = node.mark
    for step in loc:
        if isinstance(node, Map):
            entry = node.entry(str(step))
            if entry is None:
                break
            node, mark = entry.node, entry.mark
        elif isinstance(node, Seq):
            found = node.element(step)
            if found is not None:
                node, mark = found, found.mark
        else:
            break
    return node, mark
