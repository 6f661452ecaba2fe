"""Checks of `constraints` and of bounds: whether each relation can be read, and what it names."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.messages import Message, listed
from csimodels.spec.checks.defined import LABELS
from csimodels.spec.estimators import ESTIMATORS, is_covariance, names_of
from csimodels.spec.expressions import FUNCTIONS, FormulaError, relation
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import shorten
from csimodels.spec.schema.measures import RawParameter
from csimodels.spec.view import View


def constraint_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the section `constraints`, and with bounds and start values of `parameters`."""
    yield from _bounds(view)
    raw = view.checked.raw
    given = raw.constraints
    if not given:
        return
    entry = ESTIMATORS[view.estimator]
    if (not is_covariance(view.estimator) or entry.peer) and not view.checked.touches("estimate", "estimator"):
        names = ", ".join(name for name in names_of("covariance") if not ESTIMATORS[name].peer)
        what = Message(
            "constraints belong to the estimators {names}; the estimator is {estimator}",
            names=names,
            estimator=view.estimator,
        )
        remedy = "write `estimate: {estimator: ml}`, or leave them out (`constraints: null` over a base)"
        yield Finding(("constraints",), what, "", "", remedy, key=True)
    labels = {label for said in (raw.parameters or {}).values() if said for label in said.labels}
    known = labels | set(raw.defined or {})
    for k, text in enumerate(given):
        yield from _relation(("constraints", k), text, known, labels, complete=not view.checked.touches("parameters"))


def _relation(
    loc: tuple[str | int, ...], text: str, known: set[str], labels: set[str], *, complete: bool
) -> Iterator[Finding]:
    try:
        read = relation(text)
    except FormulaError as error:
        form = "formula == formula, or < or >, of labels, numbers, {functions}"
        yield Finding(loc, error.what, shorten(text), Message(form, functions=", ".join(FUNCTIONS)))
        return
    if not read.names:
        yield Finding(loc, "a constraint names no parameter", shorten(text), "", LABELS)
        return
    strange = [name for name in read.names if name not in known] if complete else []
    if strange:
        what = Message('no parameter has the label "{label}"', label=shorten(strange[0]))
        allowed = listed(sorted(labels), 9) if labels else ""
        yield Finding(loc, what, shorten(text), allowed, LABELS, False, strange[0], tuple(known))


def _bounds(view: View) -> Iterator[Finding]:
    """Bounds and start values of parameters that cannot have them."""
    for text, said in (view.checked.raw.parameters or {}).items():
        if said is None or view.checked.touches("parameters", text):
            continue
        ends = {key: getattr(said, key) for key in ("lower", "upper", "start") if getattr(said, key) is not None}
        if ends:
            yield from _ends(text, said, {key: float(value) for key, value in ends.items()})


def _ends(text: str, said: RawParameter, ends: dict[str, float]) -> Iterator[Finding]:
    loc, first = ("parameters", text), next(iter(ends))
    if said.value is not None:
        what = Message('"{text}" is fixed, and has bounds or a start value', text=shorten(text))
        yield Finding((*loc, first), what, f"{ends[first]:g}", "", "keep one of the two", key=True)
    if said.groups or said.order:
        what = Message('bounds and start values of "{text}" are of all groups, not of single ones', text=shorten(text))
        remedy = "label the groups, and write constraints: [label > 0]"
        yield Finding((*loc, first), what, f"{ends[first]:g}", "", remedy, key=True)
    low, high = ends.get("lower", float("-inf")), ends.get("upper", float("inf"))
    if not low < high:
        what = Message('the bounds of "{text}" leave nothing between them', text=shorten(text))
        yield Finding(loc, what, f"{low:g}, {high:g}", "", "to fix it, write the number alone")
    start = ends.get("start", max(low, min(high, 0.0)))
    if not low <= start <= high:
        what = Message('the start value of "{text}" lies outside its bounds', text=shorten(text))
        yield Finding((*loc, "start"), what, f"{start:g}", f"{low:g}, {high:g}")
