"""Checks of the section `effort`: known drivers that lead to a construct with a target, costs above 0."""

from __future__ import annotations

import math
from collections.abc import Iterator

from csimodels.messages import Message
from csimodels.spec.build.desk import parts_below
from csimodels.spec.findings import Finding
from csimodels.spec.view import View, unknown


def effort_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the costs of drivers."""
    raw = view.checked.raw.effort
    if raw is None:
        return
    construct = raw.target or view.index
    node = construct in (view.checked.raw.hierarchy or {}) and construct not in view.constructs
    if construct not in view.constructs and not node:
        known = (*view.constructs, *(view.checked.raw.hierarchy or {}))
        yield unknown(construct, Message("in effort"), ("effort", "construct"), known)
        return
    if construct not in (view.checked.raw.targets or {}):
        what = Message("effort needs the target of {construct}", construct=construct)
        yield Finding(("effort",), what, "", "", Message("add targets: {{{name}: 80}}", name=construct), key=True)
    if not raw.costs:
        yield Finding(("effort",), "effort needs the costs of drivers", "", "", "add `costs: {Quality: 2}`", key=True)
    above = list(parts_below(view, construct)) if node else _above(view, construct)
    if node:
        yield from _one_in_another(view, construct, list(raw.costs or {}))
    for name, cost in (raw.costs or {}).items():
        if node and name not in above:
            what = Message("{name} is no part of {node}", name=name, node=construct)
            yield Finding(("effort", "costs", name), what, key=True, name=name, known=tuple(above))
        elif name not in above and not view.checked.touches("paths"):
            what = Message("{name} does not lead to {construct}", name=name, construct=construct)
            yield Finding(("effort", "costs", name), what, key=True, name=name, known=tuple(above))
        elif not (math.isfinite(cost) and cost > 0):
            yield Finding(("effort", "costs", name), "the cost of one point must be above 0", f"{cost:g}")
    for name, most in (raw.caps or {}).items():
        if name not in (raw.costs or {}) or not most >= 0:
            limit = "the largest rise must be at least 0, of a driver with costs"
            yield Finding(("effort", "caps", name), limit, f"{most:g}", key=True)
    if raw.budget is not None and not (math.isfinite(raw.budget) and raw.budget >= 0):
        yield Finding(("effort", "budget"), "a budget must be a number of at least 0", f"{raw.budget:g}")


def _one_in_another(view: View, node: str, costed: list[str]) -> Iterator[Finding]:
    """A part whose own parts have costs too: its rise would count twice."""
    parent = parts_below(view, node)
    for name in costed:
        above = parent.get(name, node)
        while above not in (node, *costed):
            above = parent[above]
        if above != node:
            what = Message("{part} is part of {whole}: a rise of both would count twice", part=name, whole=above)
            yield Finding(("effort", "costs", name), what, "", "", "leave one of the two out", key=True)


def _above(view: View, construct: str) -> list[str]:
    """Constructs with a route to `construct`."""
    found: dict[str, None] = {}
    waiting = [construct]
    while waiting:
        end = waiting.pop()
        for source, target, _ in view.paths:
            if target == end and source not in found and source in view.constructs:
                found[source] = None
                waiting.append(source)
    return list(found)
