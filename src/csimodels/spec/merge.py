"""``extends``: the trees of a base and its child become one, every node keeping the line it was written on.

Mappings merge deeply, base keys first; a list or a scalar of the child replaces; ``null`` removes the key it stands
for.  A mapping laid over a short form of the base (a list of items, a text, a list of missing codes) merges with its
long form, and a plain text laid over an item replaces its wording, not its scale.  A child that names another method
or estimator leaves behind what its base said for the old one alone; one statement on a parameter replaces another,
however it is spelt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from csimodels.messages import Message
from csimodels.paths import home_path
from csimodels.spec.estimators import foreign_settings
from csimodels.spec.findings import Finding
from csimodels.spec.model import BOOTSTRAP_ONLY, WITHOUT_DRAWS
from csimodels.spec.nodes import Entry, Loc, Map, Mark, Node, Scalar, Seq
from csimodels.spec.statements import Statement, readings

#: Keys of a base that say what the base itself is; the child has its own.
_OWN = ("csi", "extends", "name", "description")
_FILES = (("data", "file"), ("rollup", "weights"))
#: The key of a section that says what its other keys mean.
_CHOICES: dict[Loc, str] = {
    ("uncertainty",): "method",
    ("estimate",): "estimator",
    ("data", "replicate_weights"): "kind",
}


@dataclass(slots=True)
class Merged:
    """The merged tree, what was removed and where, and what could not be removed."""

    tree: Map
    removed: dict[Loc, Mark] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def merge(base: Map, own: Map, *, drop: tuple[str, ...] = _OWN) -> Merged:
    """`own` laid over `base`, whose keys in `drop` are left out."""
    kept = tuple(entry for entry in base.entries if entry.key not in drop)
    done = Merged(own)
    done.tree = _merge_maps(Map(kept, own.mark), own, (), done)
    return done


def _merge_maps(base: Map, own: Map, loc: Loc, done: Merged) -> Map:
    behind = _left_behind(own, loc)
    merged: dict[str, Entry] = {entry.key: entry for entry in base.entries if entry.key not in behind}
    own = _spelt_alike(base, own) if loc == ("parameters",) else own
    for entry in own.entries:
        here = (*loc, entry.key)
        if _is_null(entry.node):
            if merged.pop(entry.key, None) is not None:
                done.removed[here] = entry.mark
            else:
                merged[entry.key] = entry
                done.findings.extend(_nothing_to_remove(base, here))
        elif entry.key in merged:
            node = _merge_nodes(merged[entry.key].node, entry.node, here, done)
            merged[entry.key] = replace(entry, node=node)
        else:
            merged[entry.key] = entry
    return Map(tuple(merged.values()), own.mark)


def _left_behind(own: Map, loc: Loc) -> tuple[str, ...]:
    """Keys of the base that mean nothing to the method, kind or estimator that `own` names."""
    chosen = own.get(_CHOICES.get(loc, ""))
    name = chosen.value if isinstance(chosen, Scalar) else None
    if loc == ("uncertainty",):
        return BOOTSTRAP_ONLY if name in WITHOUT_DRAWS else ()
    if loc == ("data", "replicate_weights"):
        return ("fay", "scale", "rscales") if name is not None else ()
    return foreign_settings(name)


def _spelt_alike(base: Map, own: Map) -> Map:
    """`own` with its statements on parameters spelt as in `base`; a second one on the same stays, to be refused."""
    keys = {_statement(entry.key): entry.key for entry in base.entries}
    used = {entry.key for entry in own.entries}
    entries = []
    for entry in own.entries:
        key = keys.get(_statement(entry.key), entry.key)
        entries.append(entry if key in used else replace(entry, key=key))
        used.add(key)
    return Map(tuple(entries), own.mark)


def _statement(text: str) -> Statement | str:
    found = readings(text)
    return found[0].same if found else text


def _merge_nodes(base: Node, own: Node, loc: Loc, done: Merged) -> Node:
    if (loc[0] == "parameters" and len(loc) == 2) or loc == ("data", "by"):
        return own
    if isinstance(own, Map):
        wide = widen(base, loc)
        done.findings.extend(_nothing_taken_back(wide, own, loc))
        return _merge_maps(wide, own, loc, done) if isinstance(wide, Map) else own
    if _is_item(loc) and isinstance(base, Map) and isinstance(own, Scalar):
        rest = tuple(entry for entry in base.entries if entry.key not in ("en", "zh"))
        return Map((Entry("en", own.mark, own), *rest), own.mark)
    return own


def widen(node: Node, loc: Loc) -> Node:
    """The long form of a short form at `loc`; anything else as it is."""
    if isinstance(node, Seq):
        if len(loc) == 3 and loc[0] == "constructs" and loc[2] == "items":
            names = (item for item in node.items if isinstance(item, Scalar))
            return Map(tuple(Entry(n.text, n.mark, Scalar(None, "", n.mark)) for n in names), node.mark)
        return _single("all", node) if loc == ("data", "missing_codes") else node
    if isinstance(node, Scalar) and not _is_null(node):
        if loc == ("index",):
            return _single("construct", node)
        if loc == ("data", "missing_codes"):
            return _single("all", node)
        labelled = (loc[0] == "constructs" and loc[-1] == "label") or loc[0] == "labels"
        if loc in (("title",), ("description",)) or _is_item(loc) or labelled:
            return _single("en", node)
    return Map((), node.mark) if _is_null(node) else node


def rebase(tree: Map, source: Path, target: Path) -> Map:
    """Relative file names of a spec in folder `source`, as a spec in folder `target` would write them."""
    if source.resolve() == target.resolve():
        return tree
    return _map_files(tree, source, target, ())


def _map_files(tree: Map, source: Path, target: Path, loc: tuple[str, ...]) -> Map:
    return Map(tuple(replace(e, node=_moved(e, source, target, (*loc, e.key))) for e in tree.entries), tree.mark)


def _moved(entry: Entry, source: Path, target: Path, loc: tuple[str, ...]) -> Node:
    node = entry.node
    if loc == _FILES[0] and isinstance(node, Seq):
        return replace(node, items=tuple(_moved_name(part, source, target) for part in node.items))
    if loc == _FILES[0] and isinstance(node, Map):
        moved = (replace(part, node=_moved_name(part.node, source, target)) for part in node.entries)
        return replace(node, entries=tuple(moved))
    if isinstance(node, Map):
        return _map_files(node, source, target, loc) if len(loc) == 1 else node
    return _moved_name(node, source, target) if loc in _FILES else node


def _moved_name(node: Node, source: Path, target: Path) -> Node:
    """The name of a file as a spec in another folder would write it."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    if home_path(node.value).is_absolute():
        return node
    place, folder = source.resolve() / node.value, target.resolve()
    if place.drive == folder.drive:
        place = Path(os.path.relpath(place, folder))
    return replace(node, value=place.as_posix())


def _single(key: str, node: Node) -> Map:
    return Map((Entry(key, node.mark, node),), node.mark)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _is_item(loc: Loc) -> bool:
    return len(loc) == 4 and loc[0] == "constructs" and loc[2] == "items"


def _nothing_taken_back(base: Node, own: Map, loc: Loc) -> Iterator[Finding]:
    """An empty mapping over a full one, which it does not undo; of an item and a construct it means no change."""
    full = isinstance(base, Map) and bool(base.entries)
    if full and not own.entries and len(loc) <= 2 and loc[0] != "constructs":
        what = Message("{{}} adds nothing to `{loc}` of the base, and takes nothing back", loc=loc[-1])
        remedy = Message("write `{loc}: null` to be without it", loc=loc[-1])
        yield Finding(loc, what, "{}", "", remedy, key=True)


def _nothing_to_remove(base: Map, loc: Loc) -> Iterator[Finding]:
    """A null that removes nothing is a misspelt name, save where null is simply "not given"."""
    kind = {2: {"constructs": "construct", "paths": "path source"}.get(str(loc[0]), "")}.get(len(loc), "")
    if _is_item(loc):
        kind = "item"
    if kind:
        name, known = str(loc[-1]), tuple(entry.key for entry in base.entries)
        remedy = "write {} for a new item without a wording" if kind == "item" else ""
        what = Message('null removes the {kind} "{name}", which the base does not have', kind=Message(kind), name=name)
        yield Finding(loc, what, "", "", remedy, True, name, known)
