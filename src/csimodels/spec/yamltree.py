"""YAML text -> a tree of nodes that know their file, line and column.

Size and depth are checked before the parser sees the text.  The tree is built from the parser's events, without
recursion, so that the expansion of aliases is counted while reading: a hostile file is refused before it costs
anything, and in our words.  Plain scalars follow the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/, section
10.3): ``no``, ``on``, ``1:30`` and dates are text; so is ``010``, because a leading zero is part of a code, not of a
number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import normalize

import yaml

from csimodels.errors import Problem, SpecError
from csimodels.messages import Message
from csimodels.spec.nesting import deeper_than
from csimodels.spec.nodes import MAX_DEPTH, Entry, Map, Mark, Node, PlainScalar, Scalar, Seq, kind_of, resolve, shorten
from csimodels.spec.other_notations import notation_remedy
from csimodels.spec.syntax import cut_by_comment, fault_near, line_of

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
_KEYS = "csi: 1, constructs: ..., paths: ..."
#: Keys that no text of another program begins lines with.
_OWN = ("csi", "extends", "constructs", "paths", "parameters", "data", "estimate")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_tree(text: str, origin: str) -> Map:
    """Read `text` as one YAML mapping.

    Raises
    ------
    SpecError
        With the line, for text that is not YAML, is too large or too deep, or uses YAML that a spec file has no
        need of (tags, merge keys, keys that are not plain text, several documents); duplicate keys all at once.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SpecError(
            Problem(
                Message("the text is larger than {MAX_BYTES} bytes", MAX_BYTES=f"{MAX_BYTES:,}"),
                origin,
                remedy="a spec is small",
            )
        )
    text = text.removeprefix("\ufeff")
    _refuse_tabs(text, origin)
    deep = deeper_than(text, MAX_DEPTH)
    if deep:
        raise SpecError(_too_deep(Mark(origin, *deep)))
    try:
        root = _Composer(origin, text).compose(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        raise SpecError(_syntax_problem(error, text, origin)) from None
    except yaml.reader.ReaderError as error:
        code = _code(error.character)
        what = Message("the text holds a character YAML does not allow (code {character})", character=code)
        place = text.find(chr(int(code[2:], 16))) if code.startswith("U+") else -1
        where = f"{origin}:{text.count(chr(10), 0, place) + 1}" if place >= 0 else origin
        raise SpecError(Problem(what, where, remedy="remove it; save the file as UTF-8")) from None
    except UnicodeEncodeError as error:
        what = Message(
            "the text holds half of a surrogate pair (code {object})", object=_code(error.object[error.start])
        )
        raise SpecError(Problem(what, origin, remedy="remove it; save the file as UTF-8")) from None
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise SpecError(Problem("there is nothing in it", origin, remedy="begin with the line `csi: 1`"))
    if isinstance(root, Map) and (any(root.get(key) for key in _OWN) or not notation_remedy(text)):
        return root
    found = kind_of(root) if not isinstance(root, Map) else line_of(text, 1)
    remedy = notation_remedy(text) or Message("write `key: value`, with a plain colon and a blank after it")
    problem = Problem("a spec is a mapping of keys", str(root.mark), found, _KEYS, remedy)
    raise SpecError(problem)


class _Composer:
    """Events in, one tree out; keeps the limits and collects what is refused."""

    def __init__(self, origin: str, text: str) -> None:
        self.origin = origin
        self.lines = text.split("\n") if "#" in text else []
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.open_anchors: set[str] = set()
        self.stack: list[_Open] = []
        self.nodes = 0
        self.root: Node | None = None

    def compose(self, events: Iterator[yaml.Event]) -> Node | None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(
                        Message("a second document begins here"),
                        event,
                        Message("keep one document in a file: remove ---"),
                    )
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                self._start(event)
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                self._end()
        if self.problems:
            raise SpecError(self.problems)
        return self.root

    def _mark(self, event: yaml.Event) -> Mark:
        mark = event.start_mark
        return Mark(self.origin, mark.line + 1, mark.column + 1) if mark else Mark(self.origin)

    def _stop(self, what: str, event: yaml.Event, remedy: str) -> None:
        raise SpecError([*self.problems, Problem(what, str(self._mark(event)), remedy=remedy)])

    def _note(self, what: str, mark: Mark, found: str, remedy: str) -> None:
        if len(self.problems) < 100:
            self.problems.append(Problem(what, str(mark), found=shorten(found), remedy=remedy))

    def _count(self, number: int, depth: int, event: yaml.Event) -> None:
        self.nodes += number
        if self.nodes > MAX_NODES:
            self._stop(
                Message("more than {MAX_NODES} values (aliases counted)", MAX_NODES=f"{MAX_NODES:,}"),
                event,
                Message("a spec is small; drop the aliases"),
            )
        if depth > MAX_DEPTH:
            raise SpecError([*self.problems, _too_deep(self._mark(event))])

    def _tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = "!" + tag.removeprefix("!").replace("tag:yaml.org,2002:", "!")
            self._note(
                Message("tags are not allowed"),
                self._mark(event),
                shown,
                Message("remove the tag; put quotes round a text"),
            )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(1, len(self.stack), event)
        self._tag(event)
        quoted = event.style not in (None, "")
        text = normalize("NFC", event.value)  # composed and decomposed letters are one name
        value: PlainScalar = text if quoted else resolve(text)
        node = Scalar(value, text, self._mark(event))
        if self.lines and not quoted:
            self._cut(event, value)
        if event.value == "<<" and not quoted and self.stack and self.stack[-1].expects_key():
            self._note(
                Message("merge keys are not allowed"), node.mark, "<<", Message("write the keys out, or use `extends:`")
            )
        if event.anchor:
            self.anchors[event.anchor] = (node, 1, 0)
        self._add(node)

    def _cut(self, event: yaml.ScalarEvent, value: PlainScalar) -> None:
        """A text that a comment may have cut: ``Bank #1``, or a colour without quotes."""
        end = event.end_mark
        rest = self.lines[end.line][end.column :] if end and end.line < len(self.lines) else ""
        lost = cut_by_comment(value, rest)
        if lost:
            whole = f"{event.value} {lost}".strip()
            remedy = Message('put it in quotes: "{text}"; a comment has a blank behind its #', text=shorten(whole))
            what = Message("# begins a comment: {text} is not read", text=shorten(lost))
            self._note(what, self._mark(event), event.value, remedy)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._tag(event)
        is_map = isinstance(event, yaml.MappingStartEvent)
        self.stack.append(_Open(is_map, self._mark(event), event.anchor, self.nodes, []))
        self._count(1, len(self.stack), event)
        if event.anchor:
            self.open_anchors.add(event.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        if name in self.open_anchors:
            self._stop(Message("*{name} stands inside itself", name=name), event, Message("write the part out"))
        if name not in self.anchors:
            self._stop(
                Message("*{name} is not defined above", name=name),
                event,
                Message("a text that begins with * needs quotes"),
            )
        node, size, height = self.anchors[name]
        self._count(size, len(self.stack) + height, event)
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, height)
        self._add(node)

    def _end(self) -> None:
        top = self.stack.pop()
        node: Node = self._map(top) if top.is_map else Seq(tuple(top.nodes), top.mark)
        if top.anchor:
            self.open_anchors.discard(top.anchor)
            self.anchors[top.anchor] = (node, self.nodes - top.nodes_before, top.height + 1)
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, top.height + 1)
        self._add(node)

    def _add(self, node: Node) -> None:
        if self.stack:
            self.stack[-1].nodes.append(node)
        else:
            self.root = node

    def _map(self, top: _Open) -> Map:
        seen: dict[str, Entry] = {}
        for key, value in zip(top.nodes[::2], top.nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._note(Message("a key must be a text"), key.mark, kind_of(key), "write `name: value`")
            elif key.text in seen:
                first = seen[key.text].mark
                self._note(
                    Message('key "{text}" is written twice in one mapping', text=shorten(key.text)),
                    key.mark,
                    Message("first at line {line}", line=first.line),
                    "keep one of the two",
                )
            else:
                seen[key.text] = Entry(key.text, key.mark, value)
        return Map(tuple(seen.values()), top.mark)


@dataclass(slots=True)
class _Open:
    """A collection that is being read; ``height`` is the number of levels below it so far."""

    is_map: bool
    mark: Mark
    anchor: str | None
    nodes_before: int
    nodes: list[Node]
    height: int = 0

    def expects_key(self) -> bool:
        return self.is_map and len(self.nodes) % 2 == 0


def _refuse_tabs(text: str, origin: str) -> None:
    lines = [k for k, line in enumerate(text.split("\n"), 1) if re.match(r" *\t", line)]
    if lines:
        problems = [Problem("a tab in the indentation", f"{origin}:{k}:1", remedy="indent with blanks") for k in lines]
        raise SpecError(problems[:20])


def _code(character: object) -> str:
    number = ord(character) if isinstance(character, str) and len(character) == 1 else character
    return f"U+{number:04X}" if isinstance(number, int) else shorten(str(number))


def _too_deep(mark: Mark) -> Problem:
    return Problem(
        Message("nested deeper than {MAX_DEPTH} levels", MAX_DEPTH=MAX_DEPTH),
        str(mark),
        remedy="a spec needs about six levels",
    )


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, origin: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    other = notation_remedy(text) if not re.search(r"(?m)^csi:", text) else None
    cause, remedy = fault_near(text, line)
    if cause == line or other:
        where = str(Mark(origin, mark.line + 1, mark.column + 1)) if mark else origin
    else:
        where = f"{origin}:{cause}"
    return Problem("this is not YAML", where, line_of(text, cause), remedy=other or remedy)
