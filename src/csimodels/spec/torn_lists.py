"""Lists without brackets that YAML takes apart: ``{items: Q1, Q2}``, ``{items: 【Q1, Q2】}``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from csimodels.messages import Message
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc, Map, Node, Scalar, Seq, shorten
from csimodels.spec.punctuation import plain_marks

KeysAt = Callable[[Loc], Sequence[str]]
_BRACKETS = "[]【】［］"


def torn_lists(tree: Node, keys_at: KeysAt, loc: Loc = ()) -> Iterator[tuple[Finding, list[Loc]]]:
    """A text followed by keys that are unknown and empty: the parts of a list that lacks its brackets.

    Parameters
    ----------
    tree : Node
        What stands at `loc`.
    keys_at : callable
        From a place to the keys that may stand there; none where any may.
    loc : tuple of str or int
        The place.

    Yields
    ------
    tuple of Finding and list of tuple
        What to say, and the places of the parts that were taken for keys.
    """
    if isinstance(tree, Seq):
        for k, node in enumerate(tree.items):
            yield from torn_lists(node, keys_at, (*loc, k))
    if not isinstance(tree, Map):
        return
    entries = tree.entries
    empty = any(isinstance(entry.node, Scalar) and entry.node.value is None for entry in entries)
    known = keys_at(loc) if empty else ()  # without an empty key nothing was torn
    for k, entry in enumerate(entries):
        yield from torn_lists(entry.node, keys_at, (*loc, entry.key))
        if entry.key not in known or not (isinstance(entry.node, Scalar) and isinstance(entry.node.value, str)):
            continue
        rest = []
        for other in entries[k + 1 :]:
            if other.key in known or not (isinstance(other.node, Scalar) and other.node.value is None):
                break
            rest.append(other.key)
        if rest:
            yield _finding(loc, entry.key, [entry.node.text, *rest]), [(*loc, key) for key in rest]


def _finding(loc: Loc, key: str, parts: list[str]) -> Finding:
    whole = ", ".join(parts)
    names = [(plain_marks(part) or part).strip(_BRACKETS + " ") for part in parts]
    value = f"{key}: [{', '.join(names)}]"
    text = "write {value}"
    if plain_marks(whole):
        text = "full-width marks divide nothing and are part of the text: write {value}"
    what = Message("the list of {key} has no square brackets", key=key)
    return Finding((*loc, key), what, shorten(whole), "", Message(text, value=shorten(value, 200)))
