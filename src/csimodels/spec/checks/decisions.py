"""Checks of the sections for decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csimodels.errors import SpecError, listed
from csimodels.messages import Item as ItemName
from csimodels.messages import Message, about
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc
from csimodels.spec.row_rules import parse_rule
from csimodels.spec.schema.decisions import RawContrast
from csimodels.spec.view import View, name_finding, unknown_construct

#: As :data:`csimodels.desk.shapley.MOST_DRIVERS`.
MOST_DRIVERS = 15
#: Of a fuzzy evaluation.
GRADES = 5


def decision_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the sections for decisions."""
    for check in (_benchmark, _drivers, _contrasts, _kano, _focus, _behaviour, _states, _fuzzy):
        yield from check(view)
    trend = view.checked.raw.trend
    if trend is not None and trend.limits is not None and not 0 < trend.limits <= 10:
        what, allowed = "control limits lie some standard errors away", Message("above 0, at most 10; usual: 3")
        yield Finding(("trend", "limits"), what, f"{trend.limits:g}", allowed)


def _drivers(view: View) -> Iterator[Finding]:
    drivers = view.checked.raw.drivers
    if drivers is None:
        return
    for target, items in (drivers.items or {}).items():
        loc: Loc = ("drivers", "items", target)
        yield from _known_items(view, [target, *items], loc)
        if target in items or not items or len(set(items)) < len(items):
            what = "an answer is explained by other questions, each once"
            yield Finding(loc, what, "", "", "leave it out of its own list", key=True)
        if len(items) > MOST_DRIVERS:
            allowed = Message("at most {MOST_DRIVERS} drivers", MOST_DRIVERS=MOST_DRIVERS)
            yield Finding(loc, "too many drivers for exact Shapley values", str(len(items)), allowed, key=True)
    for name in drivers.assumed or []:
        if name not in view.constructs:
            yield unknown_construct(view, name, "among the assumed drivers", ("drivers", "assumed"))


def _contrasts(view: View) -> Iterator[Finding]:
    for target, asked in (view.checked.raw.penalty_reward or {}).items():
        loc: Loc = ("penalty_reward", target)
        yield from _known_items(view, [target, *((asked and asked.items) or [])], loc)
        whole = asked is not None and bool(asked.items) and asked.low is not None and asked.high is not None
        if not whole or target in ((asked and asked.items) or []):
            what = "penalties and rewards need items beside the overall question, and what is low and high"
            yield Finding(loc, what, "", "", "write {items: [...], low: 5, high: 9}", key=True)
        elif asked is not None and asked.low is not None and asked.high is not None and asked.low >= asked.high:
            found = f"{asked.low:g}, {asked.high:g}"
            meant = Message("write {value}", value=f"low: {asked.high:g}, high: {asked.low:g}")
            remedy = meant if asked.low > asked.high else ""
            yield Finding((*loc, "low"), "low answers lie below high ones", found, "", remedy)
        elif asked is not None:
            yield from _within(view, asked, loc)


def _within(view: View, asked: RawContrast, loc: Loc) -> Iterator[Finding]:
    """Low and high answers that some item does not have."""
    for item in asked.items or []:
        low, high = view.scale_of(item)
        for key, answer in (("low", asked.low), ("high", asked.high)):
            if answer is not None and not low <= answer <= high:
                scale = Message("the scale is {low}..{high}", low=f"{low:g}", high=f"{high:g}")
                allowed = about(ItemName(item), scale)
                yield Finding((*loc, key), "nobody can give this answer", f"{answer:g}", allowed)


def _kano(view: View) -> Iterator[Finding]:
    for name, pair in (view.checked.raw.kano or {}).items():
        loc: Loc = ("kano", name)
        items = [item for item in (pair and pair.functional, pair and pair.dysfunctional) if item]
        yield from _known_items(view, items, loc)
        if len(set(items)) < 2:
            what = "a feature needs a functional and a dysfunctional question"
            yield Finding(loc, what, "", "", "write {functional: K1, dysfunctional: K2}", key=True)


def _focus(view: View) -> Iterator[Finding]:
    focus = view.checked.raw.focus
    if focus is None:
        return
    if not focus.steps and not focus.value and not focus.axes:
        remedy = 'write a step and its rule: {valued: "profit > 0"}'
        yield Finding(("focus",), "a focus needs steps, a value or two axes", "", "", remedy, key=True)
    for name, rule in (focus.steps or {}).items():
        if name == "all":
            yield Finding(("focus", name), "the step all is always there", "", "", "leave it out", key=True)
        yield from name_finding(name, "step", ("focus", name))
        yield from _rule(rule, ("focus", name))
    if focus.axes is not None and len(focus.axes) != 2:
        found = str(len(focus.axes))
        yield Finding(("focus", "axes"), "classes are made by two columns", found, "2", "write {profit: 100, stay: 24}")


def _behaviour(view: View) -> Iterator[Finding]:
    for name, asked in (view.checked.raw.behaviour or {}).items():
        loc: Loc = ("behaviour", name)
        if asked is None or not asked.outcome:
            what = "behaviour needs its outcome"
            remedy = 'add outcome: "stay == 1", or a column of amounts with kind: gamma'
            yield Finding(loc, what, "", "", remedy, key=True)
            continue
        if asked.kind in (None, "logit") and asked.outcome.strip().isidentifier():
            what, column = "a logit needs a rule that says when the outcome is there", asked.outcome.strip()
            text = 'write outcome: "{name} == 1" for a column of 0 and 1; kind: gamma for amounts, poisson for counts'
            yield Finding((*loc, "outcome"), what, column, "", Message(text, name=column))
        elif asked.kind in (None, "logit"):
            yield from _rule(asked.outcome, (*loc, "outcome"))
        for construct in asked.on or []:
            if construct not in view.constructs:
                yield unknown_construct(view, construct, "in behaviour", (*loc, "on"))
        for level in asked.levels or []:
            if not 0 <= level <= 100:
                remedy = "indices run from 0 to 100"
                yield Finding((*loc, "levels"), "a level lies within the index", f"{level:g}", "0 to 100", remedy)


def _states(view: View) -> Iterator[Finding]:
    states = view.checked.raw.states
    if states is None:
        return
    if states.on is not None and states.on not in view.constructs:
        yield unknown_construct(view, states.on, "in states", ("states", "on"))
    cuts = states.cuts
    if cuts is not None and (not cuts or sorted(set(cuts)) != cuts or not 0 < cuts[0] <= cuts[-1] < 100):
        found = ", ".join(f"{cut:g}" for cut in cuts)
        yield Finding(("states", "cuts"), "states are parted at rising scores between 0 and 100", found, "[60, 80]")
    size = len(cuts if cuts is not None else (60, 80)) + 1
    for name in states.names or []:
        yield from name_finding(name, "state", ("states", "names"))
    if states.names is not None and len(set(states.names)) != size:
        what = "each state needs a name of its own"
        yield Finding(("states", "names"), what, ", ".join(states.names), Message("{n} names", n=size))
    if states.retained is not None:
        yield from _rule(states.retained, ("states", "retained"))
    if states.discount is not None and not 0 <= states.discount < 1:
        rate = states.discount / 100
        remedy = Message("write {value}", value=f"{rate:g}") if 0 < rate < 1 else ""
        found, allowed = f"{states.discount:g}", Message("0 or more, and less than 1; 0.1 is 10 %")
        yield Finding(("states", "discount"), "a discount is a rate per period", found, allowed, remedy)


def _fuzzy(view: View) -> Iterator[Finding]:
    fuzzy = view.checked.raw.fuzzy
    if fuzzy is None:
        return
    if fuzzy.values is not None and len(fuzzy.values) != GRADES:
        found = str(len(fuzzy.values))
        yield Finding(("fuzzy", "values"), "each grade needs its value", found, str(GRADES))
    elif fuzzy.values is not None and list(fuzzy.values) != sorted(set(fuzzy.values)):
        written = ", ".join(f"{value:g}" for value in sorted(set(fuzzy.values)))
        remedy = Message("write {value}", value=f"[{written}]") if len(set(fuzzy.values)) == GRADES else ""
        what = "values of the grades rise from the worst to the best"
        yield Finding(("fuzzy", "values"), what, listed([f"{value:g}" for value in fuzzy.values]), "", remedy)
    for name, weight in (fuzzy.weights or {}).items():
        if name not in view.constructs:
            yield unknown_construct(view, name, "in fuzzy", ("fuzzy", "weights", name), key=True)
        if not weight > 0:
            yield Finding(("fuzzy", "weights", name), "a weight lies above 0", f"{weight:g}")


def _rule(text: str, loc: Loc) -> Iterator[Finding]:
    """What is wrong with a rule in words."""
    try:
        parse_rule(text)
    except SpecError as error:
        for problem in error.problems:
            yield Finding(loc, problem.what, problem.found, problem.allowed, problem.remedy)


def _known_items(view: View, names: Sequence[str], loc: Loc) -> Iterator[Finding]:
    known = tuple(view.asked_items())
    for name in names:
        if name not in known and view.items_known():
            what = Message('"{name}" in {loc} is no item of the model', name=name, loc=str(loc[0]))
            yield Finding(loc, what, "", "", "", key=True, name=name, known=known)


def _benchmark(view: View) -> Iterator[Finding]:
    raw = view.checked.raw
    if raw.benchmark is None:
        return
    by = [*((raw.data and raw.data.by) or {})]
    wave = (raw.data and raw.data.wave and raw.data.wave.column) or ""
    units = tuple(name for name in by if name != wave)
    unit, own = raw.benchmark.unit, raw.benchmark.own
    if own and own == raw.benchmark.competitor:
        what = "own and competitor are the same unit: its lead over itself is 0"
        yield Finding(("benchmark", "competitor"), what, own, "", "name the competitor, or leave it out", key=True)
    if unit and by and unit not in units:
        what = "the units of a benchmark are a column of data: by"
        yield Finding(("benchmark", "unit"), what, unit, "", "", name=unit, known=units)
