"""Lists of names: elements that are no names, and names that stand twice."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.messages import Message
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc, Map, Node, Scalar, Seq, kind_of, shorten

#: Sections whose lists name each thing once, and the keys in them whose lists are of judgements or values.
_NAMING = ("indices", "hierarchy", "delivered_value", "drivers", "penalty_reward", "behaviour", "states", "trend")
_REPEATING = frozenset({"ahp", "delphi", "values", "cuts", "label"})


def list_findings(tree: Map) -> Iterator[Finding]:
    """Lists of item names and of path targets: elements that are no text, and names written twice."""
    constructs, paths, data = tree.get("constructs"), tree.get("paths"), tree.get("data")
    if isinstance(data, Map):
        yield from _groups_twice(data.get("by"))
    for entry in constructs.entries if isinstance(constructs, Map) else ():
        items = entry.node.get("items") if isinstance(entry.node, Map) else None
        yield from _names_twice(
            items, ("constructs", entry.key, "items"), Message('item of "{key}"', key=entry.key), texts=True
        )
    for entry in paths.entries if isinstance(paths, Map) else ():
        yield from _names_twice(
            entry.node, ("paths", entry.key), Message('path from "{key}"', key=entry.key), texts=False
        )
    for section in _NAMING:
        yield from _twice_below(tree.get(section), (section,))


def _twice_below(node: Node | None, loc: Loc) -> Iterator[Finding]:
    """Names and answers that stand twice in any list of a section; lists of judgements and values may repeat theirs."""
    if isinstance(node, Map):
        for entry in node.entries:
            if entry.key not in _REPEATING:
                yield from _twice_below(entry.node, (*loc, entry.key))
    elif isinstance(node, Seq):
        seen: list[object] = []
        for k, item in enumerate(node.items):
            if not isinstance(item, Scalar) or item.value is None:
                return
            if item.value in seen:
                what = Message('"{name}" stands twice in {loc}', name=shorten(item.text), loc=str(loc[-1]))
                yield Finding((*loc, k), what, "", "", "remove one of the two")
            seen.append(item.value)


def _groups_twice(by: Node | None) -> Iterator[Finding]:
    """Columns of a list under `by`: elements that are neither a name nor {name: period}, and names written twice."""
    loc, seen = ("data", "by"), set[str]()
    for k, part in enumerate(by.items if isinstance(by, Seq) else ()):
        names = [entry.key for entry in part.entries] if isinstance(part, Map) else []
        if isinstance(part, Scalar) and isinstance(part.value, str):
            names = [part.value]
        if not names:
            yield Finding((*loc, k), "by of data must be a text", kind_of(part), "", "put it in quotes")
        for name in names:
            if name in seen:
                yield Finding(
                    (*loc, k),
                    Message('"{name}" stands twice in by', name=shorten(name)),
                    "",
                    "",
                    "remove one of the two",
                )
            seen.add(name)


def _item_meant(item: Node) -> str:
    """What to write for an element of a list of items that is no text."""
    if isinstance(item, Seq):
        return Message("write the names in one list: [Q1, Q2, Q3]")
    if isinstance(item, Map):
        return Message("write a mapping for wordings and scales: items: {{Q1: {{en: Overall quality}}}}")
    return Message("put it in quotes")


def _names_twice(node: Node | None, loc: Loc, subject: str, *, texts: bool) -> Iterator[Finding]:
    seen: set[object] = set()
    for k, item in enumerate(node.items if isinstance(node, Seq) else ()):
        value = item.value if isinstance(item, Scalar) else None
        if not isinstance(value, str):
            if texts:
                yield Finding((*loc, k), "an item name must be a text", kind_of(item), "", _item_meant(item))
        elif value in seen:
            what = Message('{subject} written twice: "{value}"', subject=subject, value=shorten(value))
            yield Finding((*loc, k), what, "", "", "remove one of the two")
        seen.add(value)
