"""Checks of `parameters`: what each statement names, what it says of it, and whether the estimator can use it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from csimodels.messages import N_, Message
from csimodels.spec.estimators import ESTIMATORS, is_covariance, names_of
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import resolve, shorten
from csimodels.spec.schema.measures import RawParameter
from csimodels.spec.statements import Statement, bare_names, known_readings, readings
from csimodels.spec.view import View

_KINDS = "=~ (loading), ~ (path), ~~ (variance, covariance), ~1 (intercept)"
#: What lavaan and this grammar take as a label.
LABEL = re.compile(r"[^\W\d_][\w.]*|\.[\w.]+")


@dataclass(frozen=True)
class _Names:
    """The names that statements may hold, gathered once."""

    view: View
    owner: dict[str, str]
    bare: dict[str, str]
    paths: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, view: View) -> _Names:
        owner = view.all_items()
        paths = frozenset((source, target) for source, target, _ in view.paths)
        return cls(view, owner, bare_names((*view.constructs, *owner)), paths)


#: Why wls has no intercepts: its weights are those of variances and covariances.
NO_MEANS = N_("wls and dwls weigh variances and covariances only, so they have no intercepts")
MEANS_REMEDY = N_("choose ml, or leave the intercepts out")


def parameter_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the section `parameters`."""
    raw = view.checked.raw
    given = raw.parameters
    if not given:
        return
    estimator = view.estimator
    if not is_covariance(estimator) and not view.checked.touches("estimate", "estimator"):
        what = Message(
            "parameters belong to the estimators {names}; the estimator is {estimator}",
            names=", ".join(names_of("covariance")),
            estimator=estimator,
        )
        remedy = "write `estimate: {estimator: ml}`, or leave the parameters out (`parameters: null` over a base)"
        yield Finding(("parameters",), what, "", "", remedy, key=True)
    names, first = _Names.of(view), dict[Statement, str]()
    for text, parameter in given.items():
        statement, problem = _read(names, text)
        if problem is not None:
            yield problem
        if not view.checked.touches("parameters", text):
            yield from _says(text, statement, parameter)
        if statement is None:
            continue
        if statement.op == "~1" and ESTIMATORS[estimator].from_rows:
            yield Finding(("parameters", text), NO_MEANS, estimator, "ml, uls, gls", MEANS_REMEDY, key=True)
        if statement.same in first:
            what = Message(
                'one parameter is stated twice: "{first}" and "{text}"', first=first[statement.same], text=shorten(text)
            )
            yield Finding(("parameters", text), what, "", "", "remove one of the two", key=True)
        else:
            first[statement.same] = shorten(text)
            yield from _can_be(names, text, statement)


def _read(names: _Names, text: str) -> tuple[Statement | None, Finding | None]:
    """The statement where all its names are known; else what is wrong, where that can be said."""
    loc, view = ("parameters", text), names.view
    known, likely = known_readings(text, names.bare), readings(text)
    if len(known) == 1 and not (known[0].op == "~1" and "1" in names.bare):
        return known[0], None
    if known:
        what = Message('"{text}" can be read in more than one way', text=shorten(text))
        return None, Finding(loc, what, "", "", "rename what has an operator or 1 as its name", key=True)
    if not likely:
        remedy = 'write for example "Image =~ IMG2", "IMG1 ~~ IMG2" or "IMG1 ~1"'
        return None, Finding(
            loc, Message('"{text}" is no statement on a parameter', text=shorten(text)), "", _KINDS, remedy, key=True
        )
    if not view.items_known() or view.checked.broken & {(), ("constructs",)}:
        return None, None
    return None, _unknown(names, text, likely[0])


def _unknown(names: _Names, text: str, statement: Statement) -> Finding:
    view, known = names.view, tuple(names.bare)
    wrong = next(name for name in statement.names if name not in names.bare)
    remedy = ""
    if "*" in wrong:
        remedy = "write the value or label after the colon"
    elif "+" in wrong:
        remedy = "write one statement for each name"
    if statement.op == "~" or (statement.op == "=~" and wrong == statement.lhs):
        known = tuple(view.constructs)
    elif statement.op == "=~" and statement.lhs in view.constructs:
        known = tuple(view.constructs[statement.lhs].of or view.items(statement.lhs))
    what = Message('unknown name "{wrong}" in a parameter', wrong=shorten(wrong))
    return Finding(("parameters", text), what, "", "", remedy, True, wrong, known)


def _can_be(names: _Names, text: str, statement: Statement) -> Iterator[Finding]:
    """Whether the model has such a parameter."""
    lhs, rhs, loc = statement.lhs, statement.rhs, ("parameters", text)
    owner = names.owner
    if statement.op == "=~":
        yield from _loading(names, text, statement)
    elif statement.op == "~":
        item = next((name for name in (lhs, rhs) if name in owner), None)
        if item is not None:
            what = Message('~ is a path between constructs; "{item}" is an item', item=shorten(item))
            yield Finding(loc, what, "", "", "a loading is written construct =~ item", key=True)
        elif not names.view.checked.touches("paths") and (rhs, lhs) not in names.paths:
            turned = (lhs, rhs) in names.paths
            remedy = (
                Message('write "{rhs} ~ {lhs}": the target first', rhs=rhs, lhs=lhs)
                if turned
                else Message("add the path under paths: {rhs}: {lhs}", rhs=rhs, lhs=lhs)
            )
            yield Finding(
                loc, Message('there is no path from "{rhs}" to "{lhs}"', rhs=rhs, lhs=lhs), "", "", remedy, key=True
            )
    elif statement.op == "~~" and (lhs in owner) != (rhs in owner):
        what = Message(
            '~~ joins two items or two constructs, not "{lhs}" and "{rhs}"', lhs=shorten(lhs), rhs=shorten(rhs)
        )
        yield Finding(loc, what, "", "", "a loading is written construct =~ item", key=True)


def _loading(names: _Names, text: str, statement: Statement) -> Iterator[Finding]:
    lhs, rhs, loc = statement.lhs, statement.rhs, ("parameters", text)
    view, owner = names.view, names.owner
    if lhs in owner:
        what = Message('=~ has a construct on its left; "{lhs}" is an item', lhs=shorten(lhs))
        remedy = Message('write "{owner} =~ {lhs}"', owner=owner[lhs], lhs=lhs) if rhs in (owner[lhs], lhs) else ""
        yield Finding(loc, what, "", "", remedy, key=True)
    elif rhs in view.constructs and rhs not in (view.constructs[lhs].of or []):
        what = Message('"{rhs}" is no dimension of "{lhs}"', rhs=shorten(rhs), lhs=shorten(lhs))
        yield Finding(
            loc,
            what,
            "",
            "",
            Message('a path from "{lhs}" to "{rhs}" is written "{rhs} ~ {lhs}"', lhs=lhs, rhs=rhs),
            key=True,
        )
    elif rhs in owner and owner[rhs] != lhs and not (is_covariance(view.estimator) and not view.constructs[lhs].of):
        text = 'item "{rhs}" belongs to "{owner}", and PLS weighs an item for one construct only'
        if view.constructs[lhs].of:
            text = 'item "{rhs}" belongs to "{owner}"; a higher-order construct is measured by its dimensions'
        what = Message(text, rhs=shorten(rhs), owner=shorten(owner[rhs]))
        remedy = Message('write "{owner} =~ {rhs}"', owner=owner[rhs], rhs=rhs)
        if rhs in view.block(lhs):
            either = '{remedy}, or "{lhs} =~ {owner}" for the loading of the dimension'
            remedy = Message(either, remedy=remedy, lhs=lhs, owner=owner[rhs])
        yield Finding(loc, what, "", "", remedy, key=True)


def _says(text: str, statement: Statement | None, parameter: RawParameter | None) -> Iterator[Finding]:
    """What is said of the parameter."""
    loc = ("parameters", text)
    if parameter is None:
        remedy = "write free; null removes a statement of the base"
        yield Finding(
            loc,
            Message('nothing is said of "{text}"', text=shorten(text)),
            "",
            Message("a number (fixed), free, or a label"),
            remedy,
        )
        return
    yield from _says_of_groups(text, statement, parameter)
    value, label = parameter.value, parameter.label
    if value is not None and label is not None:
        what = Message('"{text}" is both fixed and labelled', text=shorten(text))
        yield Finding(
            loc,
            what,
            Message("value {value}, label {label}", value=f"{value:g}", label=shorten(label)),
            "",
            "keep one of the two",
            key=True,
        )
    if value is not None and parameter.free is not None:
        what = Message('"{text}" is both fixed and free', text=shorten(text))
        yield Finding(loc, what, "", "", "keep one of the two", key=True)
    if value is not None and not math.isfinite(value):
        yield Finding(
            loc, Message('the value of "{text}" is not a finite number', text=shorten(text)), f"{value:g}", key=False
        )
    elif value is not None and value < 0 and statement and statement.op == "~~" and statement.lhs == statement.rhs:
        yield Finding(
            loc,
            Message('the variance of "{lhs}" is fixed below 0', lhs=shorten(statement.lhs)),
            f"{value:g}",
            Message("0 or more"),
        )
    if label is not None and (not LABEL.fullmatch(label) or label.casefold() in ("na", "free", "fixed")):
        yield _bad_label(text, label)


def _says_of_groups(text: str, statement: Statement | None, parameter: RawParameter) -> Iterator[Finding]:
    """What is said of single groups, each as if it were said of all."""
    loc, ways = ("parameters", text), []
    for name, given in (("groups", parameter.groups), ("order", parameter.order)):
        if given is None:
            continue
        ways.append(name)
        if len(given) < (1 if name == "groups" else 2):
            what = Message('"{text}" is stated for single groups and names none', text=shorten(text))
            yield Finding((*loc, name), what, "", Message("{A: 0.8, B: free}, or [0.8, free]"))
        for code in given.values() if isinstance(given, dict) else given:
            alone = RawParameter(value=code) if not isinstance(code, str) else RawParameter(label=code)
            if code != "free":
                yield from _says(text, statement, alone)
    if ways and (len(ways) > 1 or parameter.value is not None or parameter.label is not None):
        what = Message('"{text}" is stated for all groups and for single ones', text=shorten(text))
        yield Finding(loc, what, "", "", "keep one of the two", key=True)


def _bad_label(text: str, label: str) -> Finding:
    allowed = Message("a number (fixed), free, or a label of letters, digits, . and _ that begins with a letter")
    remedy = ""
    if isinstance(resolve(label.strip()), (int, float)):
        remedy = "write the number without quotes to fix the parameter"
    elif label.casefold() in ("na", "free"):
        remedy = "write free, in small letters"
    return Finding(("parameters", text), Message('"{label}" is no label', label=shorten(label)), "", allowed, remedy)
