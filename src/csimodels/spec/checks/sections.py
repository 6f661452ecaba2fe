"""Checks of the sections `targets`, `classes`, `gaps` and `delivered_value`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.build.desk import move_items
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc
from csimodels.spec.schema.desk import RawGap, RawTarget
from csimodels.spec.schema.measures import RawSimpleIndex
from csimodels.spec.view import View, name_finding, unknown, unknown_construct

#: Weights that people write down are rounded no further than this.
SUM_TOLERANCE = 1e-6


def section_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with these sections."""
    for name, target in (view.checked.raw.targets or {}).items():
        if not view.checked.touches("targets", name):
            yield from _target(view, name, target)
    yield from _classes(view)
    yield from _gaps(view)
    yield from _delivered(view)


def sum_finding(weights: Mapping[str, float], loc: Loc, total: float = 1.0) -> Iterator[Finding]:
    """A finding where weights are no numbers of at least 0, or do not sum to `total`."""
    bad = [name for name, weight in weights.items() if not (math.isfinite(weight) and weight >= 0)]
    found = sum(weights.values())
    if bad:
        what = "weights must be numbers of at least 0"
        yield Finding(loc, what, listed(bad), Message("0 or more"), key=True)
    elif abs(found - total) > SUM_TOLERANCE * total:
        said = Message("a sum of {found}", found=f"{found:.6g}")
        allowed = Message("a sum of {total}", total=f"{total:g}")
        remedy = Message("divide every weight by {n}", n=f"{found / total:.6g}") if found > 0 else ""
        yield Finding(loc, "the weights do not add up", said, allowed, remedy, key=True)


def _target(view: View, name: str, target: RawTarget) -> Iterator[Finding]:
    loc: Loc = ("targets", name)
    indices, nodes = view.checked.raw.indices or {}, view.checked.raw.hierarchy or {}
    known = (*view.constructs, *indices, *nodes)
    if name not in known:
        if any(name in view.items(construct) for construct in view.constructs):
            yield unknown_construct(view, name, "in targets", loc, key=True)
        else:
            yield unknown(name, "in targets", loc, known, key=True)
    low, high = _ends(view, name, indices.get(name))
    if target.level is None:
        yield Finding(loc, "a target needs its level", "", "", "write targets: {Satisfaction: 80}", key=True)
    elif not low <= target.level <= high:
        what, allowed = "a target lies within the index", Message("{low} to {high}", low=f"{low:g}", high=f"{high:g}")
        remedy = Message("indices run from {low} to {high}", low=f"{low:g}", high=f"{high:g}")
        yield Finding(loc, what, f"{target.level:g}", allowed, remedy)
    if target.move is not None and name in known:
        yield from _move(view, name, target)


def _ends(view: View, name: str, index: RawSimpleIndex | None) -> tuple[float, float]:
    """What an index can be at the least and at the most."""
    if index is None or name in view.constructs:
        return 0.0, 100.0
    if index.kind in ("nps", "gap"):
        return -100.0, 100.0
    return (min(index.values), max(index.values)) if index.kind == "weighted_mean" and index.values else (0.0, 100.0)


def _move(view: View, name: str, target: RawTarget) -> Iterator[Finding]:
    loc: Loc = ("targets", name, "move")
    items = move_items(view, name)
    if len(target.move or ()) != 2:
        what, remedy = "a move is from one answer to another", "for example move: [8, 9]"
        yield Finding(loc, what, "", "[from, to]", remedy, key=True)
        return
    kind = ((view.checked.raw.indices or {}).get(name) or RawSimpleIndex()).kind
    if not items or kind == "gap":
        what = Message("respondents cannot move one answer of {name}", name=name)
        yield Finding(loc, what, "", "", "state the target without a move", key=True)
        return
    if target.item is None and len(items) > 1:
        what = Message("{name} is made of several questions: say which one is answered anew", name=name)
        yield Finding(loc, what, "", "", Message("add item: {item}", item=items[0]), key=True)
        return
    item = items[0] if target.item is None else target.item
    if item not in items:
        what = Message('"{item}" is no question of {name}', item=item, name=name)
        yield Finding(("targets", name, "item"), what, name=item, known=tuple(items))
        return
    low, high = scale_of_item(view, item)
    start, end = target.move or (0.0, 0.0)
    if not (low <= start <= high and low <= end <= high) or start == end:
        found = Message("{start} to {end}", start=f"{start:g}", end=f"{end:g}")
        allowed = Message("two answers within {low}..{high}", low=f"{low:g}", high=f"{high:g}")
        yield Finding(loc, "there is no such move", found, allowed, key=True)


def scale_of_item(view: View, item: str) -> tuple[float, float]:
    """Lowest and highest answer of an item."""
    raw = (view.checked.raw.items or {}).get(item)
    if raw is None:
        owner = view.all_items().get(item)
        raw = view.items(owner)[item] if owner else None
    low, high = (raw.scale if raw is not None else None) or view.scale
    return float(low), float(high)


def _classes(view: View) -> Iterator[Finding]:
    raw = view.checked.raw.classes
    if raw is None:
        return
    if not raw.column and not view.checked.touches("classes", "column"):
        what, remedy = "classes need their column", "add `column: class`"
        yield Finding(("classes",), what, "", "", remedy, key=True)
    if (raw.weights is None) == (raw.contacts is None):
        what = "classes need weights, or numbers of contacts, not both"
        yield Finding(("classes",), what, "", "", "write weights: {large: 0.7, small: 0.3}", key=True)
        return
    if raw.weights is not None:
        if not raw.weights:
            yield Finding(("classes", "weights"), "there are no weights", "", Message("one weight per name"), key=True)
            return
        yield from sum_finding(raw.weights, ("classes", "weights"))
        return
    contacts = raw.contacts or {}
    if any(not (math.isfinite(n) and n >= 0) for n in contacts.values()) or not sum(contacts.values()) > 0:
        what, allowed = "contacts are numbers of at least 0", Message("0 or more, one of them above 0")
        bad = [name for name, n in contacts.items() if not (math.isfinite(n) and n >= 0)] or list(contacts)
        found = listed([f"{name}: {contacts[name]:g}" for name in bad])
        yield Finding(("classes", "contacts"), what, found, allowed, key=True)


def _gaps(view: View) -> Iterator[Finding]:
    gaps = {name: gap or RawGap() for name, gap in (view.checked.raw.gaps or {}).items()}
    items, used = tuple(view.asked_items()), dict[str, str]()
    for name, gap in gaps.items():
        loc: Loc = ("gaps", name)
        yield from name_finding(name, "dimension", loc)
        if name in items or name in view.constructs:
            what = Message('"{name}" is the name of an item or construct too', name=name)
            yield Finding(loc, what, "", "", "rename the dimension", key=True)
        if not gap.items and not view.checked.touches("gaps", name):
            yield Finding(loc, "a dimension of gaps needs its items", "", "", "write {PER1: EXP1}", key=True)
        for perception, expectation in (gap.items or {}).items():
            place: Loc = (*loc, "items", perception)
            if perception == expectation:
                what = Message("{item} is compared with itself: such a gap is 0", item=perception)
                yield Finding(place, what, "", "", "name the item of expectation behind the colon", key=True)
            for item in (perception, expectation):
                if item not in items:
                    what = Message('there is no item "{item}"', item=item)
                    yield Finding(place, what, key=True, name=item, known=items)
            if perception in used:
                what = Message('"{item}" stands in two dimensions', item=perception)
                yield Finding(place, what, listed([used[perception], name]), Message("one"), "leave one out", key=True)
            used[perception] = name
            both = perception in items and expectation in items
            if both and scale_of_item(view, perception) != scale_of_item(view, expectation):
                what = Message("{first} and {second} have different scales", first=perception, second=expectation)
                yield Finding(place, what, "", "", "a gap needs two answers on one scale", key=True)
    yield from _points(view, gaps, items)


def _points(view: View, gaps: Mapping[str, RawGap], items: tuple[str, ...]) -> Iterator[Finding]:
    """Points of 100: of all dimensions or of none, all stated or all asked."""
    stated = {name: float(gap.points) for name, gap in gaps.items() if isinstance(gap.points, (int, float))}
    asked = {name: gap.points for name, gap in gaps.items() if isinstance(gap.points, str)}
    if not stated and not asked:
        return
    lacking = [name for name, gap in gaps.items() if gap.points is None]
    if lacking or (stated and asked):
        what = "every dimension needs its points: all stated, or all asked of the respondents"
        found = listed(lacking) if lacking else listed(list(stated))
        yield Finding(("gaps",), what, found, "", "", key=True)
    elif stated:
        yield from sum_finding(stated, ("gaps",), 100.0)
    for name, item in asked.items():
        if item not in items:
            what = Message('there is no item "{item}"', item=item)
            yield Finding(("gaps", name, "points"), what, name=str(item), known=items)


def _delivered(view: View) -> Iterator[Finding]:
    raw = view.checked.raw.delivered_value
    if raw is None:
        return
    known = (*view.constructs, *view.asked_items())
    twice = [name for name in raw.values or {} if name in (raw.costs or {})]
    if twice:
        what = "a part is got and given at the same time"
        yield Finding(("delivered_value",), what, listed(twice), "", "leave one of the two out", key=True)
    for side, parts in (("values", raw.values), ("costs", raw.costs)):
        loc: Loc = ("delivered_value", side)
        if not parts:
            what = Message("delivered value needs {side}", side=side)
            yield Finding(("delivered_value",), what, "", "", "add values: [Quality], costs: [Price]", key=True)
            continue
        for name in parts:
            if name not in known:
                what = Message('"{name}" is neither an item nor a construct', name=name)
                yield Finding((*loc, name), what, key=True, name=name, known=known)
        weights = {name: weight for name, weight in parts.items() if weight is not None}
        if weights and len(weights) < len(parts):
            lacking = listed([name for name in parts if name not in weights])
            yield Finding(loc, "parts without a weight", lacking, "", "give every part its weight", key=True)
        elif weights:
            yield from sum_finding(weights, loc)
