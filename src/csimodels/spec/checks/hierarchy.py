"""Checks of the section `hierarchy`: a tree whose parts are known and whose weights add up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.build.desk import comparison, method_of
from csimodels.spec.desk import OBJECTIVE
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc
from csimodels.spec.schema.desk import RawNode
from csimodels.spec.view import View, name_finding

#: Weights that people write down are rounded no further than this.
SUM_TOLERANCE = 1e-6


def hierarchy_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the hierarchy."""
    nodes = {name: node or RawNode() for name, node in (view.checked.raw.hierarchy or {}).items()}
    if not nodes:
        return
    for name, node in nodes.items():
        loc: Loc = ("hierarchy", name)
        yield from name_finding(name, "node", loc)
        if not node.of and not view.checked.touches("hierarchy", name):
            yield Finding(loc, "a node needs its parts", "", "", "add `of: {A: 0.6, B: 0.4}`", key=True)
        yield from _parts(view, nodes, name, node)
        yield from _weights(name, node)
        yield from _model(view, nodes, name, node)
    yield from _shape(nodes)


def _parts(view: View, nodes: Mapping[str, RawNode], name: str, node: RawNode) -> Iterator[Finding]:
    items = view.asked_items()
    known = tuple(dict.fromkeys([*nodes, *items, *view.constructs]))
    if name in items or (name in view.constructs and method_of(node) != "model"):
        what = Message('"{name}" is an item or a construct, and needs no parts here', name=name)
        yield Finding(("hierarchy", name), what, "", "", "give the node another name", key=True)
    for part in node.of or {}:
        if part not in known and view.items_known():
            what = Message('"{part}" is neither a node nor an item or construct', part=part)
            yield Finding(("hierarchy", name, "of", part), what, key=True, name=part, known=known)


def _weights(name: str, node: RawNode) -> Iterator[Finding]:
    method, parts = method_of(node), node.of or {}
    loc: Loc = ("hierarchy", name)
    stated = {part: weight for part, weight in parts.items() if weight is not None}
    if method != "stated":
        if stated:
            what = Message("weights are stated, and asked for by {method} too", method=method)
            yield Finding((*loc, "of"), what, listed(list(stated)), "", "leave one of the two out", key=True)
        yield from _judgements(loc, node, len(parts))
        return
    lacking = [part for part in parts if part not in stated]
    bad = [part for part, weight in stated.items() if not (math.isfinite(weight) and weight >= 0)]
    total = sum(stated.values())
    if lacking:
        yield Finding(
            (*loc, "of"), "parts without a weight", listed(lacking), "", "give every part its weight", key=True
        )
    elif bad:
        yield Finding(
            (*loc, "of"), "weights must be numbers of at least 0", listed(bad), Message("0 or more"), key=True
        )
    elif stated and abs(total - 1) > SUM_TOLERANCE:
        found, allowed = Message("a sum of {found}", found=f"{total:.6g}"), Message("a sum of {total}", total="1")
        remedy = Message("divide every weight by {n}", n=f"{total:.6g}") if total > 0 else ""
        yield Finding((*loc, "of"), "the weights do not add up", found, allowed, remedy, key=True)


def _judgements(loc: Loc, node: RawNode, parts: int) -> Iterator[Finding]:
    """Matrices and points must be there, and fit the number of parts; their content is judged where it is computed."""
    method = method_of(node)
    if node.limit is not None and not 0 < node.limit < 1:
        what, allowed = "the largest consistency ratio lies out of its range", "between 0 and 1, usual: 0.1"
        yield Finding((*loc, "limit"), what, f"{node.limit:g}", Message(allowed))
    for key in ("ahp", "delphi"):
        if node.ahp is not None and node.delphi is not None:
            if key == "delphi":
                what = "weights are judged by ahp and by delphi"
                yield Finding((*loc, key), what, "", "", "leave one of the two out", key=True)
        elif (method == key) != (getattr(node, key) is not None):
            what = Message("weights: {key} and the key {key} need one another", key=key)
            yield Finding((*loc, key), what, "", "", "leave both out, or give both", key=True)
    for judge in node.ahp or []:
        if len(judge) != parts or any(len(row) != parts for row in judge):
            found = Message("{n} rows of {names} numbers", n=len(judge), names=listed([len(row) for row in judge]))
            allowed = Message("{n} rows and columns, one for each part", n=parts)
            yield Finding((*loc, "ahp"), "comparisons form a square", found, allowed, _squared(judge, parts))
        wrong = [str(entry) for row in judge for entry in row if not (comparison(entry) or 0.0) > 0]
        if wrong:
            yield Finding((*loc, "ahp"), "comparisons must be numbers above 0", listed(wrong), "1/9 ... 9", "")
    for expert, points in (node.delphi or {}).items():
        if len(points) != parts:
            found, allowed = Message("{n} numbers", n=len(points)), Message("{n}, one for each part", n=parts)
            yield Finding((*loc, "delphi", expert), "an expert gives points to every part", found, allowed)


def _squared(judge: Sequence[Sequence[float | str]], parts: int) -> Message | str:
    """The whole matrix of which the upper half alone was written, its lower half the reciprocals."""
    if [len(row) for row in judge] != list(range(parts, 0, -1)):
        return ""
    full = [[str(judge[min(i, j)][abs(i - j)]) for j in range(parts)] for i in range(parts)]
    for i in range(parts):
        for j in range(i):
            text = full[i][j].removesuffix(".0")
            full[i][j] = "/".join(reversed(text.split("/"))) if "/" in text else f"1/{text}"
    rows = ", ".join(f"[{', '.join(cell.removesuffix('.0') for cell in row)}]" for row in full)
    return Message("write the reciprocals below the diagonal: ahp: [{rows}]", rows=rows)


def _model(view: View, nodes: Mapping[str, RawNode], name: str, node: RawNode) -> Iterator[Finding]:
    """Weights of the model exist for items of one construct, and for the dimensions of one of higher order."""
    method, parts = method_of(node), list(node.of or {})
    loc: Loc = ("hierarchy", name, "weights")
    items = view.asked_items()
    if method == "model" and parts:
        owners = {items.get(part, "") for part in parts}
        dimensions = any(set(construct.of or []) == set(parts) for construct in view.constructs.values())
        if not dimensions and (len(owners) != 1 or "" in owners):
            what = "the model has weights for items of one construct, or the dimensions of one of higher order"
            yield Finding(loc, what, listed(parts), "", "state the weights, or take equal ones", key=True)
    if method in OBJECTIVE:
        wrong = [part for part in parts if part not in items and part not in nodes]
        if wrong:
            what = Message("{method} weighs questions, or nodes made of them", method=method)
            yield Finding(loc, what, listed(wrong), "", "put the items in their place", key=True)


def _shape(nodes: Mapping[str, RawNode]) -> Iterator[Finding]:
    """One tree: one top, no circle, nothing twice."""
    above: dict[str, list[str]] = {}
    for name, node in nodes.items():
        for part in node.of or {}:
            above.setdefault(part, []).append(name)
    for part, parents in above.items():
        if len(parents) > 1:
            what = Message('"{part}" stands in the hierarchy twice', part=part)
            place = ("hierarchy", parents[1], "of", part)
            yield Finding(place, what, listed(parents), Message("one parent"), "leave one of them out", key=True)
    circle = _circle(nodes)
    tops = [name for name in nodes if name not in above]
    if circle:
        what = Message("a node is part of itself: {shown}", shown=" -> ".join(circle))
        yield Finding(("hierarchy", circle[0]), what, "", "", "break the circle", key=True)
    elif len(tops) > 1:
        found, allowed = listed(tops), Message("one")
        yield Finding(
            ("hierarchy",), "the hierarchy has more than one top", found, allowed, "put a node above", key=True
        )


def _circle(nodes: Mapping[str, RawNode]) -> list[str]:
    """Names along one circle, the first one repeated at the end; empty where there is none."""
    left = {name: [part for part in node.of or {} if part in nodes] for name, node in nodes.items()}
    while done := [name for name, parts in left.items() if not parts]:
        left = {name: [p for p in parts if p not in done] for name, parts in left.items() if name not in done}
    if not left:
        return []
    trail = [next(iter(left))]
    while trail.count(trail[-1]) == 1:
        trail.append(left[trail[-1]][0])
    return trail[trail.index(trail[-1]) :]
