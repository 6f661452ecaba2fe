"""Cross-reference checks of the paths and the index."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.estimators import is_covariance
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc, shorten
from csimodels.spec.schema.measures import RawIndex
from csimodels.spec.view import View, factors_of, unknown_construct

#: No more circles than this are shown.
_MAX_CIRCLES = 20


def graph_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the paths and the index."""
    for check in (_ends, _circles, _isolated, _repeated, _raw_metric, _index):
        yield from check(view)


def _ends(view: View) -> Iterator[Finding]:
    if view.checked.broken & {(), ("constructs",)}:
        return
    for source in view.checked.raw.paths or {}:
        if source not in view.constructs and not factors_of(source, view.constructs):
            yield unknown_construct(view, source, Message("in a path"), ("paths", source), key=True)
    for source, target, loc in view.paths:
        if target not in view.constructs:
            yield unknown_construct(view, target, Message("in a path"), loc)
        if source == target:
            yield Finding(loc, Message('path from "{source}" to itself', source=source), "", "", "remove it")


def _circles(view: View) -> Iterator[Finding]:
    """Peel off constructs that no path leaves (Kahn 1962); what is left holds circles: show one, then the rest."""
    targets: dict[str, dict[str, Loc]] = {}
    for source, target, loc in view.paths:
        if source != target:
            targets.setdefault(source, {}).setdefault(target, loc)
    for _ in range(_MAX_CIRCLES):
        circle = _one_circle(targets)
        if not circle:
            return
        last, first = circle[-1], circle[0]
        shown = listed(circle, 12).replace(", ", " -> ")
        remedy = "take out one of these paths: the model must be recursive"
        yield Finding(
            targets[last][first],
            Message("the paths run in a circle: {shown} -> {first}", shown=shown, first=first),
            "",
            "",
            remedy,
        )
        for name in circle:
            targets.pop(name, None)


def _one_circle(targets: dict[str, dict[str, Loc]]) -> list[str]:
    sources: dict[str, list[str]] = {}
    for source, ends in targets.items():
        for end in ends:
            sources.setdefault(end, []).append(source)
    left = {source: len(ends) for source, ends in targets.items()}
    ready = [name for name in sources if not left.get(name)]
    while ready:
        for source in sources.get(ready.pop(), ()):
            left[source] -= 1
            if not left[source]:
                ready.append(source)
    inside = [name for name, count in left.items() if count]
    walk: dict[str, None] = {}
    step = inside[0] if inside else ""
    while inside and step not in walk:
        walk[step] = None
        step = next(end for end in targets[step] if left.get(end))
    names = list(walk)
    return names[names.index(step) :] if inside else []


def _isolated(view: View) -> Iterator[Finding]:
    if not view.paths or view.checked.touches("paths") or view.measures_only:
        return
    joined = {name for source, target, _ in view.paths for name in (source, target)}
    if any(name not in view.constructs for name in joined):
        return  # said already; which construct was meant is not known
    estimate = view.checked.raw.estimate
    repeated = estimate is not None and estimate.higher_order == "repeated"
    parts = {part for construct in view.constructs.values() for part in construct.of or []}
    for name in view.constructs:
        if name not in joined and (repeated or name not in parts):
            remedy = "add a path, or remove it"
            if name in parts:
                remedy = "write the path from the dimension to its higher-order construct"
            yield Finding(
                ("constructs", name), Message('construct "{name}" is in no path', name=name), "", "", remedy, key=True
            )


def _repeated(view: View) -> Iterator[Finding]:
    """Repeated items leave nothing of a construct for causes from outside, unless it leads to its dimensions."""
    estimate = view.checked.raw.estimate
    if estimate is None or estimate.higher_order != "repeated" or is_covariance(estimate.estimator):
        return
    for name in view.constructs:
        family = view.family(name)
        outside = [source for source, target, _ in view.paths if target == name and source not in family]
        leads = any(source == name and target in family for source, target, _ in view.paths)
        if family and outside and not leads:
            what = Message(
                'repeated items leave nothing of "{name}" for other causes than its dimensions to explain', name=name
            )
            remedy = "leave higher_order out, so that two stages estimate these paths"
            yield Finding(
                ("estimate", "higher_order"), what, listed(outside), Message("paths from dimensions only"), remedy
            )


def _raw_metric(view: View) -> Iterator[Finding]:
    """Items in their own units: no constructs of others, no products of items, one scale within a construct."""
    estimate = view.checked.raw.estimate
    if estimate is None or estimate.metric != "raw" or view.estimator != "pls":
        return
    at = ("estimate", "metric")
    made = [name for name in view.constructs if view.family(name)]
    if made:
        what = Message("items in their own units are weighed in one stage, and {names} takes two", names=listed(made))
        yield Finding(at, what, "raw", "standardised", "leave it out", key=True)
    if view.products and estimate.interactions not in (None, "two_stage"):
        what = Message("items in their own units have no products of standardised items")
        yield Finding(at, what, "raw", "standardised", "leave it out, or interactions", key=True)
    if not view.checked.touches("scale"):
        yield from _units(view)


def _units(view: View) -> Iterator[Finding]:
    """Constructs of mode A whose items have scales of different lengths."""
    for name, construct in view.constructs.items():
        if construct.mode == "B":
            continue
        scales = [(0.0, 1.0) if i.cell else i.scale or view.scale for i in view.items(name).values()]
        widths = {high - low for low, high in scales}
        if len(widths) > 1:
            what = Message('items of "{name}" have scales of different lengths, and no unit in common', name=name)
            remedy = "leave metric out, which standardises the items"
            yield Finding(("estimate", "metric"), what, "raw", "standardised", remedy, key=True)


def _index(view: View) -> Iterator[Finding]:
    if view.checked.broken & {(), ("constructs",)}:
        return
    index = view.checked.raw.index or RawIndex()
    known = tuple(view.constructs)
    name = view.index
    loc: Loc = ("index",) if index.target is None else ("index", "construct")
    if index.target is None and name not in view.constructs:
        if known and not view.checked.touches("index"):
            remedy = "add `index:` with the construct that is the index"
            yield Finding(
                loc,
                Message("no index is named, and there is no construct {name}", name=name),
                "",
                listed(known),
                remedy,
            )
        return
    if name not in view.constructs:
        yield unknown_construct(view, name, Message("as index"), loc)
        return
    yield from _fixed(view, index, name)


def _fixed(view: View, index: RawIndex, name: str) -> Iterator[Finding]:
    loc, block, fixed = ("index", "fixed"), view.block(name), index.fixed
    if index.weights == "fixed" and not fixed:
        if not view.checked.touches("index", "fixed"):
            example = f"fixed: {{{', '.join(f'{item}: 1' for item in block[:3])}}}"
            what = Message("weights: fixed needs the weights")
            yield Finding(("index", "weights"), what, "", "", Message("add `{example}` under index", example=example))
        return
    if fixed and index.weights is None:
        remedy = "write `weights: fixed`, or `weights: own` to leave them unused"
        yield Finding(loc, "fixed weights are given but not asked for", "", "", remedy, key=True)
    if not fixed or not view.items_known():
        return
    known = tuple(item for construct in view.constructs for item in view.block(construct))
    for item, weight in fixed.items():
        if item not in known:
            what = Message('fixed weight of "{item}", which is no item of the model', item=shorten(item))
            yield Finding((*loc, item), what, key=True, name=item, known=known)
        elif not math.isfinite(weight):
            yield Finding(
                (*loc, item), Message('fixed weight of "{item}" is not a finite number', item=item), f"{weight:g}"
            )
    for construct in view.constructs:
        block = view.block(construct) if construct == name else list(view.items(construct))
        yield from _fixed_block(fixed, construct, block, construct == name)


def _fixed_block(fixed: Mapping[str, float], construct: str, block: Sequence[str], needed: bool) -> Iterator[Finding]:
    """The index construct needs the weights of all its items, another one all or none."""
    loc, given = ("index", "fixed"), [item for item in block if item in fixed]
    missing = [item for item in block if item not in fixed]
    if missing and (given or needed):
        remedy = Message('give every item of "{construct}" one', construct=construct)
        yield Finding(loc, "fixed weights are missing", listed(missing), "", remedy, True)
    elif given and math.isclose(sum(fixed[item] for item in given), 0.0, abs_tol=1e-12):
        what = Message('fixed weights of "{construct}" sum to zero', construct=construct)
        yield Finding(loc, what, "", "", "give weights with a positive sum", True)
