"""Cross-reference checks of names, constructs and items."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.estimators import is_covariance
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc, shorten
from csimodels.spec.schema.measures import RawConstruct, RawItem
from csimodels.spec.view import BESIDE, View, name_finding, scale_finding, unknown_construct


def construct_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with names, constructs and their items."""
    of_constructs = () if view.implied else (_names, _owners, _blocks, _of)
    for check in (_top, _empty, *of_constructs, _items):
        yield from check(view)


def _top(view: View) -> Iterator[Finding]:
    if view.checked.raw.name is not None:
        yield from name_finding(view.checked.raw.name, "model", ("name",))
    if view.checked.raw.scale is not None:
        yield from scale_finding(view.scale, ("scale",))
    yield from _common_values(view)


def _empty(view: View) -> Iterator[Finding]:
    touched = view.checked.touches
    if not view.constructs and not touched("constructs"):
        remedy = "add `constructs:`, or `extends: acsi`"
        if any(getattr(view.checked.raw, name) for name in BESIDE):
            remedy = "add `items:`, or `constructs:`"
        yield Finding(("constructs",), "the model has no constructs", "", "", remedy)
    elif not view.paths and not touched("paths") and not view.measures_only:
        remedy = (
            "add `paths:`, as in {Quality: [Satisfaction]}; factor analysis without paths needs estimator: ml, plain "
            "means of items estimator: means"
        )
        yield Finding(("paths",), "the model has no paths", "", "", remedy)


def _names(view: View) -> Iterator[Finding]:
    for name in view.constructs:
        yield from name_finding(name, "construct", ("constructs", name))
        for item in view.items(name):
            loc = ("constructs", name, "items", item)
            yield from name_finding(item, "item", loc)
            if item in view.constructs:
                what = Message('"{item}" is the name of an item and of a construct', item=shorten(item))
                yield Finding(loc, what, "", "", "rename one of the two", key=True)


def _owners(view: View) -> Iterator[Finding]:
    owner = view.all_items()
    for name in view.constructs:
        for item in view.items(name):
            if owner[item] != name:
                what = Message(
                    'item "{item}" belongs to two constructs: "{owner}" and "{name}"',
                    item=item,
                    owner=owner[item],
                    name=name,
                )
                remedy = Message(
                    'keep it in one; under ml the second loading is a parameter: "{name} =~ {item}: free"',
                    name=name,
                    item=item,
                )
                yield Finding(("constructs", name, "items", item), what, "", "", remedy, key=True)


def _blocks(view: View) -> Iterator[Finding]:
    estimator = view.checked.raw.estimate.estimator if view.checked.raw.estimate else None
    for name, construct in view.constructs.items():
        loc = ("constructs", name)
        if not construct.items and not construct.of:
            yield Finding(
                loc, Message('construct "{name}" has no items', name=name), "", "", "add `items: [...]`", key=True
            )
        if construct.items and construct.of:
            what = Message('construct "{name}" has both `items` and `of`', name=name)
            remedy = "make each of these items a construct of one item, and name that one in of"
            yield Finding((*loc, "of"), what, "", "", remedy)
        if construct.mode == "B" and construct.measured == "reflective" and estimator == "plsc":
            what = Message('plsc cannot take construct "{name}": reflective, but mode B', name=name)
            remedy = "mode A for a common factor, or measured: composite"
            yield Finding((*loc, "mode"), what, "B", "A", remedy)
        if is_covariance(estimator) and len(construct.items or {}) > 1:
            yield from _factor(name, construct, str(estimator))
        known = construct.reliability
        if known is not None and not 0 < known <= 1:
            what = Message('reliability of "{name}" is outside (0, 1]', name=name)
            yield Finding((*loc, "reliability"), what, f"{known:g}", Message("above 0, at most 1"))


def _factor(name: str, construct: RawConstruct, estimator: str) -> Iterator[Finding]:
    """A covariance structure model takes a block of several items as a common factor only."""
    what, loc = (
        Message('{estimator} cannot take construct "{name}"', estimator=estimator, name=name),
        ("constructs", name),
    )
    remedy = Message(
        "make it a common factor (measured: reflective, mode A), or take pls or plsc instead of {estimator}",
        estimator=estimator,
    )
    if construct.measured == "composite":
        yield Finding((*loc, "measured"), Message("{what}: a composite", what=what), "composite", "reflective", remedy)
    elif construct.mode == "B":
        yield Finding((*loc, "mode"), Message("{what}: mode B", what=what), "B", "A", remedy)


def _items(view: View) -> Iterator[Finding]:
    for loc, key, item in view.placed_items():
        low, high = item.scale or view.scale
        if item.scale is not None and len(item.scale) == 2:
            yield from scale_finding(item.scale, (*loc, "scale"))
        yield from _cell(view, key, item, loc)
        for text, value in (item.values or {}).items():
            if not low <= value <= high:
                what = Message('value of "{text}" lies outside the scale of item "{key}"', text=text, key=key)
                allowed = Message("{low} to {high}", low=f"{low:g}", high=f"{high:g}")
                yield Finding((*loc, "values", text), what, f"{value:g}", allowed, "correct the value or the scale")
        folded = [text.strip().casefold() for text in item.values or {}]
        if len(set(folded)) < len(folded):
            what = Message('values of item "{key}" hold one answer twice (case and outer blanks do not count)', key=key)
            yield Finding((*loc, "values"), what, listed(list(item.values or {})), "", "keep one of the two")


def _cell(view: View, key: str, item: RawItem, loc: Loc) -> Iterator[Finding]:
    """An item made from cells that hold several answers is 0 or 1 and needs its column and its answer."""
    cell, form = item.cell, "{column: PROB, contains: 3}"
    if cell is None:
        return
    for part in ("column", "contains"):
        if getattr(cell, part) is None and not view.checked.touches(*loc, "from", part):
            yield Finding(
                (*loc, "from"), Message('`from` of item "{key}" needs `{part}`', key=key, part=part), "", form, key=True
            )
    for foreign in ("scale", "values"):
        given = getattr(item, foreign)
        if given is not None and given != [0, 1]:
            what = Message('item "{key}" is made by `from`: 1 where the cell holds the answer, else 0', key=key)
            yield Finding(
                (*loc, foreign), what, f"{foreign}: ...", "", Message("leave {foreign} out", foreign=foreign), key=True
            )


def _common_values(view: View) -> Iterator[Finding]:
    """Values beside the common scale lie inside it, each once."""
    low, high = view.scale
    values = view.checked.raw.values or {}
    for text, value in values.items():
        if not low <= value <= high:
            what = Message('value of "{text}" lies outside the scale of the spec', text=shorten(text))
            remedy = "correct the value or the scale"
            yield Finding(
                ("values", text),
                what,
                f"{value:g}",
                Message("{low} to {high}", low=f"{low:g}", high=f"{high:g}"),
                remedy,
            )
    if len({text.strip().casefold() for text in values}) < len(values):
        what = Message("values hold one answer twice (case and outer blanks do not count)")
        yield Finding(("values",), what, listed(list(values)), "", "keep one of the two")


def _of(view: View) -> Iterator[Finding]:
    for name, construct in view.constructs.items():
        loc = ("constructs", name, "of")
        parts, seen = construct.of or [], set[str]()
        if construct.of is not None and not parts:
            yield Finding(
                loc,
                Message('higher-order construct "{name}" has no dimensions', name=name),
                "",
                Message("one or more constructs"),
            )
        for k, part in enumerate(parts):
            if part == name:
                yield Finding((*loc, k), Message('"{name}" cannot be made of itself', name=name), part, "", "remove it")
            elif part in seen:
                yield Finding(
                    (*loc, k),
                    Message('"{part}" is named twice in `of` of "{name}"', part=part, name=name),
                    "",
                    "",
                    "remove one",
                )
            elif part not in view.constructs:
                if not view.checked.touches("constructs", part):
                    yield unknown_construct(view, part, Message('in `of` of "{name}"', name=name), (*loc, k))
            elif name in view.family(part):
                what = Message('"{name}" is made of "{part}", which is made of "{name}"', name=name, part=part)
                yield Finding((*loc, k), what, "", "", "take one of the two out of the `of` of the other")
            seen.add(part)
