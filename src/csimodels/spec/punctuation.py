"""Marks of a Chinese keyboard in a spec: letters to YAML, so that what they were to divide becomes one text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from csimodels.messages import Message
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc, Map, Node, Scalar, Seq, shorten

_PLAIN = str.maketrans("：，【】［］｛｝“”‘’", ":,[][]{}\"\"''")
#: A key inside a text, behind a comma: an entry that the text has swallowed.
_SWALLOWED = re.compile(r"[，,]\s*(en|zh|scale|reverse|values|label|items|mode|measured|reliability)\s*[：:]")


def plain_marks(text: str) -> str:
    """`text` with the plain marks of YAML, empty where it holds no other ones.

    >>> plain_marks("【1，10】"), plain_marks("plain")
    ('[1, 10]', '')
    """
    changed = re.sub(r"([:,])(?=\S)", r"\1 ", text.translate(_PLAIN))
    return changed if text.translate(_PLAIN) != text else ""


def advice(node: Node) -> str:
    """What to do about full-width marks in a value, empty where it has none."""
    texts = [node] if isinstance(node, Scalar) else [n for n in getattr(node, "items", ()) if isinstance(n, Scalar)]
    found = next((plain for part in texts if (plain := plain_marks(part.text))), "")
    if not found:
        return ""
    shown = f"[{found}]" if isinstance(node, Seq) else found
    text = "full-width marks divide nothing and are part of the text: write {value}"
    return Message(text, value=shorten(shown))


def swallowed_findings(tree: Node, loc: Loc = ()) -> Iterator[Finding]:
    """Texts that hold an entry of their mapping behind a full-width comma, as in ``{en: Price，zh：价格}``."""
    if isinstance(tree, Map):
        for entry in tree.entries:
            yield from swallowed_findings(entry.node, (*loc, entry.key))
    elif isinstance(tree, Seq):
        for k, node in enumerate(tree.items):
            yield from swallowed_findings(node, (*loc, k))
    elif isinstance(tree, Scalar) and isinstance(tree.value, str):
        hit = _SWALLOWED.search(tree.value) if "，" in tree.value or "," in tree.value else None
        if hit and tree.value.translate(_PLAIN) != tree.value:
            what = Message('the text holds the entry "{hit}": a full-width mark stands before it', hit=hit[1])
            yield Finding(
                loc, what, shorten(tree.value), "", Message("write {value}", value=shorten(plain_marks(tree.value)))
            )
