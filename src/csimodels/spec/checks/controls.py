"""Covariates: items of no construct that lead to constructs, without being part of the index."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.errors import listed
from csimodels.messages import N_, Message
from csimodels.spec.estimators import ESTIMATORS, is_covariance
from csimodels.spec.findings import Finding
from csimodels.spec.model import Control, Item, plain_text
from csimodels.spec.nodes import shorten
from csimodels.spec.products import RULES
from csimodels.spec.schema.measures import RawControl, RawItem
from csimodels.spec.view import View, twice_findings, unknown_construct

#: More kinds than this are no kinds.
MOST_LEVELS = 50

#: Where covariates go under the other estimators.
REMEDY = N_("take estimator: pls or plsc; under ml a covariate is a construct of one item (docs/ml.md, covariates)")


def controls_of(view: View, beside: tuple[Item, ...]) -> tuple[Control, ...]:
    """The covariates of a checked spec; kinds in the order of the item's values, the reference first."""
    items = {item.name: item for item in beside}
    out = []
    for name, control in (view.checked.raw.controls or {}).items():
        if control is not None and name in items:
            levels = _levels(items[name].values, items[name].scale) if control.nominal else []
            first = _reference(control, levels)
            levels.sort(key=lambda level: level[0] != first)
            out.append(Control(name, tuple(control.to or ()), tuple(levels)))
    return tuple(out)


def _levels(values: tuple[tuple[str, float], ...], scale: tuple[float, float]) -> list[tuple[str, float]]:
    """Names and answers: the words of the item, else the whole numbers of its scale."""
    if values:
        first = {answer: text for text, answer in reversed(values)}
        return [(text, answer) for answer, text in sorted(first.items())]
    low, high = scale
    return [(plain_text(float(k)), float(k)) for k in range(round(low), round(high) + 1)]


def _reference(control: RawControl, levels: list[tuple[str, float]]) -> str:
    if control.reference is None:
        return levels[0][0] if levels else ""
    return plain_text(control.reference)


def control_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the section `controls`."""
    controls = view.checked.raw.controls or {}
    if not controls or view.checked.broken & {(), ("constructs",), ("items",)}:
        return
    yield from _use(view)
    known = view.checked.raw.items or {}
    for name, control in controls.items():
        loc = ("controls", name)
        if name not in known:
            what = Message('control "{name}" is none of the section items', name=shorten(name))
            remedy = Message("add it there: items: {{{name}: {{scale: [low, high]}}}}", name=shorten(name))
            yield Finding(loc, what, "", listed(known), remedy, True, name, tuple(known))
            continue
        given = control or RawControl()
        if not given.to:
            yield Finding(loc, "a control leads to a construct", "", "", "add `to: Satisfaction`", key=True)
        yield from twice_findings(given.to or [], (*loc, "to"), "construct")
        for target in given.to or []:
            if target not in view.constructs:
                yield unknown_construct(view, target, Message("in controls"), (*loc, "to"))
        yield from _kinds(view, name, given, known[name] or RawItem())


def _kinds(view: View, name: str, control: RawControl, item: RawItem) -> Iterator[Finding]:
    loc = ("controls", name)
    if not control.nominal:
        if control.reference is not None:
            remedy = "add `nominal: true`, or leave the reference out"
            yield Finding(loc, "only a nominal control has a reference", "", "", remedy, key=True)
        return
    low, high = item.scale or view.scale
    size = len(set(view.values_of(item).values())) or round(high - low) + 1
    if not 2 <= size <= MOST_LEVELS:
        what = Message('nominal control "{name}" has {size} kinds', name=name, size=size)
        yield Finding(loc, what, "", f"2 to {MOST_LEVELS}", "state the scale or the values of its item", key=True)
        return
    levels = [text for text, _ in _levels(tuple(view.values_of(item).items()), (float(low), float(high)))]
    if control.reference is not None and plain_text(control.reference) not in levels:
        what = Message('control "{name}" has no such kind', name=name)
        yield Finding((*loc, "reference"), what, plain_text(control.reference), listed(levels))


def _use(view: View) -> Iterator[Finding]:
    """Estimators, ways and missing rules that controls do not go with."""
    estimate = view.checked.raw.estimate
    if is_covariance(view.estimator) or ESTIMATORS[view.estimator].plain:
        what = Message("{estimator} has no controls", estimator=view.estimator)
        yield Finding(("controls",), what, "", "", REMEDY, key=True)
    if estimate is not None and estimate.missing not in (None, *RULES):
        what = Message("controls need answers completed row by row, which {rule} does not do", rule=estimate.missing)
        yield Finding(("estimate", "missing"), what, str(estimate.missing), ", ".join(RULES), "write missing: mean")
    if estimate is not None and estimate.correlations == "polychoric":
        what = Message("controls go without polychoric correlations")
        yield Finding(("estimate", "correlations"), what, "polychoric", "pearson", "leave it out", key=True)
    if estimate is not None and estimate.interactions not in (None, "two_stage"):
        what = Message("{way} goes without controls", way=estimate.interactions)
        yield Finding(("estimate", "interactions"), what, estimate.interactions, "two_stage", "leave it out", key=True)
