"""Checks of what stands beside the model: items of no construct, simple indices, targets, what-if."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from csimodels.messages import Message, counted, listed
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc
from csimodels.spec.schema.measures import RawSimpleIndex
from csimodels.spec.view import View, name_finding, unknown_construct, unknown_item

#: Highest answer of questions asked on ten points.
_TEN = 10
#: Indices made of exactly so many items; the others take one or more.
_ITEMS = {"nps": 1, "top_box": 1, "bottom_box": 1, "share": 1, "gap": 2}


def desk_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the sections `items`, `indices` and `what_if`."""
    raw = view.checked.raw
    own = view.all_items()
    for name in raw.items or {}:
        loc = ("items", name)
        yield from name_finding(name, "item", loc)
        if not view.implied and (name in own or name in view.constructs):
            what = Message('"{name}" stands among the items of the model too', name=name)
            yield Finding(loc, what, "", "", "rename one of the two", key=True)
    for name, index in (raw.indices or {}).items():
        if not view.checked.touches("indices", name):
            yield from _index(view, name, index or RawSimpleIndex())
    for name, points in (raw.what_if or {}).items():
        if name not in view.constructs:
            yield unknown_construct(view, name, "in what_if", ("what_if", name), key=True)
        if not -100 <= points <= 100:
            remedy = "a change is stated in points of the index"
            yield Finding(("what_if", name), "no index can change so much", f"{points:g}", "-100 to 100", remedy)


def _index(view: View, name: str, index: RawSimpleIndex) -> Iterator[Finding]:
    loc: Loc = ("indices", name)
    yield from name_finding(name, "index", loc)
    if name in view.constructs:
        what = Message('"{name}" is the name of a construct too', name=name)
        yield Finding(loc, what, "", "", "rename the index", key=True)
    if index.kind is None:
        yield Finding(loc, "an index needs its kind", "", "nps, top_box, mean ...", "add `kind: nps`", key=True)
        return
    known = {**dict.fromkeys(view.all_items()), **(view.checked.raw.items or {})}
    items = index.items or ([index.item] if index.item else [])
    for item in items if view.items_known() else ():
        if item not in known:
            yield unknown_item(view, item, Message("in the index {name}", name=name), loc, tuple(known))
    yield from _among(view, known, index, loc)
    wanted = _ITEMS.get(index.kind)
    if (wanted and len(items) != wanted) or not items:
        allowed = counted(wanted, "{n} item", "{n} items") if wanted else Message("one item or more")
        what = Message("{kind} is made of {allowed}", kind=index.kind, allowed=allowed)
        yield Finding(loc, what, counted(len(items), "{n} item", "{n} items"), allowed, "", key=True)
        return
    strange = [item for item in index.weights or {} if item not in items]
    if strange:
        place = Message("among the weights of {name}", name=name)
        yield unknown_item(view, strange[0], place, (*loc, "weights"), tuple(items), key=True)
    if index.weights and (min(index.weights.values()) < 0 or sum(index.weights.values()) <= 0):
        yield Finding((*loc, "weights"), "weights are no shares", "", Message("0 or more, one of them above 0"))
    if all(item in known for item in items):
        yield from _of_kind(view, name, index, [view.scale_of(item) for item in items])


def _among(view: View, known: Mapping[str, object], index: RawSimpleIndex, loc: Loc) -> Iterator[Finding]:
    for item, answers in (index.among or {}).items():
        if item not in known:
            where = Message("among the respondents of an index")
            if view.items_known():
                yield unknown_item(view, item, where, (*loc, "among", item), tuple(known), key=True)
        elif not answers:
            what = "say which answers count"
            yield Finding(
                (*loc, "among", item), what, "", "", Message("write among: {{{item}: 1}}", item=item), key=True
            )
        else:
            yield from _answers_of(answers, view.scale_of(item), (*loc, "among", item))


def _answers_of(answers: Sequence[float], scale: tuple[float, float], loc: Loc) -> Iterator[Finding]:
    """Answers that the scale of their item does not have."""
    low, high = scale
    outside = [f"{answer:g}" for answer in answers if not low <= answer <= high]
    if outside:
        yield Finding(loc, "nobody can give this answer", listed(outside), _scale_text(scale))


def _box(index: RawSimpleIndex, scale: tuple[float, float], loc: Loc) -> Iterator[Finding]:
    """A box holds so many levels of the scale, one at least and not all of them."""
    levels = [2.0] if index.levels is None else index.levels
    most = scale[1] - scale[0]
    if len(levels) == 1 and levels[0] == int(levels[0]) and 1 <= levels[0] <= most:
        return
    found = listed([f"{level:g}" for level in levels])
    allowed = Message("a whole number from 1 to {n}", n=f"{most:g}")
    remedy = Message("write levels: {n}", n=1 if most < 2 else 2)
    if len(levels) > 1:
        remedy = Message("to count stated answers write kind: share, levels: [{found}]", found=found)
    what = "levels of a box: how many of the {kind} answers it holds"
    kind = Message("highest") if index.kind == "top_box" else Message("lowest")
    yield Finding((*loc, "levels"), Message(what, kind=kind), found, allowed, remedy)


def _of_kind(view: View, name: str, index: RawSimpleIndex, scales: list[tuple[float, float]]) -> Iterator[Finding]:
    """What a kind asks of the scale: a recommendation score is defined on 0..10."""
    loc: Loc = ("indices", name)
    low, high = scales[0]
    if index.kind == "nps" and (low, high) != (0, 10) and not index.cuts:
        what = "the net promoter score is defined for answers from 0 to 10"
        remedy = "state the cut points, cuts: [highest detractor, lowest promoter], or take kind: top_box"
        found = _scale_text(scales[0])
        yield Finding(loc, what, found, "0..10", remedy, key=True)
    if index.cuts and (len(index.cuts) != 2 or not low <= index.cuts[0] < index.cuts[1] <= high):
        text = "two answers within {low}..{high}, the first below the second"
        allowed = Message(text, low=f"{low:g}", high=f"{high:g}")
        found, low_high = listed([f"{cut:g}" for cut in index.cuts]), sorted(set(index.cuts))
        meant = len(low_high) == 2 and low <= low_high[0] and low_high[1] <= high and len(index.cuts) == 2
        remedy = Message("write {value}", value=f"[{low_high[0]:g}, {low_high[1]:g}]") if meant else ""
        yield Finding((*loc, "cuts"), "cuts part detractors, passives and promoters", found, allowed, remedy)
    if index.kind == "share" and not index.levels:
        yield Finding(loc, "a share needs the answers that count", "", "", "add `levels: [9, 10]`", key=True)
    if index.kind == "share":
        yield from _answers_of(index.levels or [], scales[0], (*loc, "levels"))
    if index.kind in ("top_box", "bottom_box"):
        yield from _box(index, scales[0], loc)
    if index.kind == "weighted_mean" and index.values and len(index.values) != high - low + 1:
        found = counted(len(index.values), "{n} value", "{n} values")
        allowed = Message("{n}, one for each answer", n=f"{high - low + 1:g}")
        yield Finding((*loc, "values"), "each answer needs its value", found, allowed)
    if index.kind in ("weighted_mean", "gap", "ten_point") and len(set(scales)) > 1:
        found = listed([_ends(scale) for scale in dict.fromkeys(scales)])
        remedy = "take kind: mean, which puts every item on 0 to 100 first"
        if index.kind == "gap":
            remedy = "a gap needs two answers on one scale"
        yield Finding(loc, Message("{kind} needs items of one scale", kind=index.kind), found, "", remedy, key=True)
    elif index.kind == "ten_point" and high != _TEN:
        what = "ten times an answer is a share of 100 where answers run up to 10"
        remedy = "take kind: mean, which puts any scale on 0 to 100"
        yield Finding(loc, what, _scale_text(scales[0]), "1..10, 0..10", remedy, key=True)


def _ends(scale: tuple[float, float]) -> str:
    return f"{scale[0]:g}..{scale[1]:g}"


def _scale_text(scale: tuple[float, float]) -> Message:
    return Message("the scale is {low}..{high}", low=f"{scale[0]:g}", high=f"{scale[1]:g}")
