"""Checks of `defined`: whether each formula can be read, and names labels and other defined parameters only."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.messages import N_, Message, listed
from csimodels.spec.checks.parameters import LABEL
from csimodels.spec.estimators import is_covariance, names_of
from csimodels.spec.expressions import FUNCTIONS, Formula, FormulaError, formula
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import shorten
from csimodels.spec.view import View

LABELS = N_("label a parameter first, as in parameters: {Satisfaction ~ Quality: a}")


def defined_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the section `defined`."""
    raw = view.checked.raw
    given = raw.defined
    if not given:
        return
    if not is_covariance(view.estimator) and not view.checked.touches("estimate", "estimator"):
        what = Message(
            "defined parameters belong to the estimators {names}; the estimator is {estimator}",
            names=", ".join(names_of("covariance")),
            estimator=view.estimator,
        )
        remedy = "write `estimate: {estimator: ml}`, or leave them out (`defined: null` over a base)"
        yield Finding(("defined",), what, "", "", remedy, key=True)
    labels = {label for said in (raw.parameters or {}).values() if said for label in said.labels}
    read: dict[str, Formula] = {}
    for name, text in given.items():
        yield from _named(name, labels)
        if text is None:
            remedy = "write a formula; null removes one of the base"
            yield Finding(("defined", name), Message("nothing is said of it"), "", Message("a formula"), remedy)
            continue
        try:
            read[name] = formula(text)
        except FormulaError as error:
            allowed = Message("labels, numbers, + - * / ^, brackets, {functions}", functions=", ".join(FUNCTIONS))
            yield Finding(("defined", name), error.what, shorten(text), allowed)
    if not view.checked.touches("parameters"):
        yield from _of_known(read, labels | set(given), labels)
    yield from _circles(read)


def _named(name: str, labels: set[str]) -> Iterator[Finding]:
    if not LABEL.fullmatch(name) or name in FUNCTIONS:
        allowed = Message("letters, digits, . and _, not beginning with a digit")
        what = Message('"{name}" cannot be the name of a defined parameter', name=shorten(name))
        yield Finding(("defined", name), what, "", allowed, key=True)
    elif name in labels:
        what = Message('"{name}" is the label of a parameter too', name=name)
        yield Finding(("defined", name), what, "", "", "give it another name", key=True)


def _of_known(read: dict[str, Formula], known: set[str], labels: set[str]) -> Iterator[Finding]:
    for name, one in read.items():
        strange = [part for part in one.names if part not in known]
        if strange:
            what = Message('no parameter has the label "{label}"', label=shorten(strange[0]))
            allowed = listed(sorted(labels), 9) if labels else ""
            yield Finding(("defined", name), what, shorten(one.text), allowed, LABELS, False, strange[0], tuple(known))


def _circles(read: dict[str, Formula]) -> Iterator[Finding]:
    """Formulas that need themselves."""
    for name, one in read.items():
        if name in _reached(name, read):
            what = Message('"{name}" is defined by itself', name=name)
            yield Finding(("defined", name), what, shorten(one.text), "", "", key=True)


def _reached(name: str, read: dict[str, Formula]) -> set[str]:
    """Every name that the formula of `name` needs, directly or by others."""
    found: set[str] = set()
    todo = [name]
    while todo:
        for part in read[todo.pop()].names:
            if part in read and part not in found:
                found.add(part)
                todo.append(part)
    return found
