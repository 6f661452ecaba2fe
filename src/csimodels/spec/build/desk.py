"""The sections beside the model: from their checked form to the model, and back to plain YAML."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from csimodels.spec.desk import (
    ClassesSpec,
    DeliveredSpec,
    DeskSections,
    EffortSpec,
    GapDimension,
    HierarchyNode,
    MoveSpec,
    WeightMethod,
)
from csimodels.spec.nodes import Loc
from csimodels.spec.schema import RawSpec
from csimodels.spec.schema.desk import RawClasses, RawDelivered, RawEffort, RawGap, RawLabel, RawNode, RawTarget
from csimodels.spec.schema.measures import RawSimpleIndex
from csimodels.spec.sections import DataSpec
from csimodels.spec.view import View


def sections_of(raw: RawSpec, view: View) -> DeskSections:
    """What the spec asks for."""
    nodes: Mapping[str, RawNode | None] = raw.hierarchy or {}
    gaps: Mapping[str, RawGap | None] = raw.gaps or {}
    moves = [_move(view, name, target) for name, target in (raw.targets or {}).items() if target.move]
    return DeskSections(
        hierarchy=tuple(_node(name, node or RawNode()) for name, node in nodes.items()),
        effort=None if raw.effort is None else _effort(raw.effort, view.index),
        classes=None if raw.classes is None else _classes(raw.classes),
        gaps=tuple(_gap(name, gap or RawGap()) for name, gap in gaps.items()),
        delivered=None if raw.delivered_value is None else _delivered(raw.delivered_value),
        moves=tuple(moves),
    )


def with_classes(data: DataSpec, raw: RawSpec) -> DataSpec:
    """The data with the column of the classes among the group columns."""
    column = raw.classes.column if raw.classes else None
    if not column or column in data.by or column == data.wave.column:
        return data
    return replace(data, by=(*data.by, column))


def _classes(raw: RawClasses) -> ClassesSpec:
    stated = raw.contacts if raw.weights is None else raw.weights
    weights = tuple((name, float(weight)) for name, weight in (stated or {}).items())
    return ClassesSpec(raw.column or "", weights, raw.weights is None)


def _gap(name: str, raw: RawGap) -> GapDimension:
    by_respondents = isinstance(raw.points, str)
    points = None if raw.points is None or by_respondents else float(raw.points)
    return GapDimension(
        name, tuple((raw.items or {}).items()), points, str(raw.points) if by_respondents else "", label_of(raw.label)
    )


def _delivered(raw: RawDelivered) -> DeliveredSpec:
    return DeliveredSpec(_shares(raw.values), _shares(raw.costs))


def _shares(parts: Mapping[str, float | None] | None) -> tuple[tuple[str, float], ...]:
    """Parts with the weights that are stated, or equal ones."""
    given = parts or {}
    return tuple((name, 1 / len(given) if weight is None else float(weight)) for name, weight in given.items())


def _move(view: View, name: str, raw: RawTarget) -> MoveSpec:
    items = move_items(view, name)
    start, end = (float(answer) for answer in (raw.move or ())[:2])
    return MoveSpec(name, raw.item or next(iter(items), ""), start, end)


def move_items(view: View, name: str) -> list[str]:
    """Items that a move towards the target of `name` may be of: those of a construct, a node or a simple index."""
    if name in view.constructs:
        return view.block(name)
    if name in (view.checked.raw.hierarchy or {}):
        asked = view.asked_items()
        return [part for part in parts_below(view, name) if part in asked]
    index = (view.checked.raw.indices or {}).get(name) or RawSimpleIndex()
    return list(index.items or ([index.item] if index.item else []))


def parts_below(view: View, name: str) -> dict[str, str]:
    """Nodes and questions below a node of the hierarchy, in order, each with the node that it is part of."""
    nodes, found, waiting = view.checked.raw.hierarchy or {}, dict[str, str](), [name]
    while waiting:
        above = waiting.pop()
        for part in (node.of if (node := nodes.get(above)) is not None else None) or {}:
            if part not in found and part != name:
                found[part] = above
                waiting.append(part)
    return found


def _effort(raw: RawEffort, index: str) -> EffortSpec:
    costs = tuple((driver, float(cost)) for driver, cost in (raw.costs or {}).items())
    caps = tuple((driver, float((raw.caps or {}).get(driver, 100.0))) for driver, _ in costs) if raw.caps else ()
    return EffortSpec(raw.target or index, costs, None if raw.budget is None else float(raw.budget), caps)


def method_of(raw: RawNode) -> WeightMethod:
    """Where the weights of a node come from: as it says, or as what is given suggests."""
    if raw.weights is not None:
        return raw.weights
    if raw.ahp is not None:
        return "ahp"
    if raw.delphi is not None:
        return "delphi"
    return "stated" if any(weight is not None for weight in (raw.of or {}).values()) else "equal"


def comparison(entry: float | str) -> float | None:
    """A comparison as a number: ``3``, ``0.2`` or ``"1/5"``; None for anything else."""
    try:
        number = float(Fraction(entry.strip())) if isinstance(entry, str) else float(entry)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _node(name: str, raw: RawNode) -> HierarchyNode:
    method, usual = method_of(raw), HierarchyNode("", ())
    given = raw.of or {}
    return HierarchyNode(
        name=name,
        parts=tuple(given),
        method=method,
        weights=tuple(float(weight or 0.0) for weight in given.values()) if method == "stated" else (),
        judges=tuple(tuple(tuple(comparison(e) or 0.0 for e in row) for row in judge) for judge in raw.ahp or ()),
        experts=tuple((expert, tuple(map(float, points))) for expert, points in (raw.delphi or {}).items()),
        random_index=raw.random_index or usual.random_index,
        limit=usual.limit if raw.limit is None else float(raw.limit),
        label=label_of(raw.label),
    )


def judged_nodes(view: View, broken: Collection[Loc]) -> tuple[HierarchyNode, ...]:
    """Nodes with judgements of a spec that has faults elsewhere: those at no place of `broken` alone."""
    nodes = (view.checked.raw.hierarchy or {}).items()
    sound = [(name, raw) for name, raw in nodes if isinstance(raw, RawNode) and ("hierarchy", name) not in broken]
    sound = [(name, raw) for name, raw in sound if not view.checked.touches("hierarchy", name)]
    return tuple(_node(name, raw) for name, raw in sound if method_of(raw) in ("ahp", "delphi"))


def label_of(raw: RawLabel | None) -> tuple[str, str]:
    """English and Chinese name."""
    return ((raw.en or "", raw.zh or "")) if raw else ("", "")


def sections_dict(asked: DeskSections) -> dict[str, Any]:
    """The sections as they are written in a spec file; those not asked for are left out."""
    out: dict[str, Any] = {}
    if asked.hierarchy:
        out["hierarchy"] = {node.name: _node_dict(node) for node in asked.hierarchy}
    if asked.effort is not None:
        e = asked.effort
        costs, caps = ({driver: number(value) for driver, value in pairs} for pairs in (e.costs, e.caps))
        budget = None if e.budget is None else number(e.budget)
        out["effort"] = given(construct=e.construct, costs=costs, budget=budget, caps=caps)
    if asked.classes is not None:
        key = "contacts" if asked.classes.contacts else "weights"
        out["classes"] = {"column": asked.classes.column, key: {n: number(w) for n, w in asked.classes.weights}}
    if asked.gaps:
        out["gaps"] = {gap.name: _gap_dict(gap) for gap in asked.gaps}
    if asked.delivered is not None:
        sides = (asked.delivered.values, asked.delivered.costs)
        values, costs = ({name: number(weight) for name, weight in side} for side in sides)
        out["delivered_value"] = {"values": values, "costs": costs}
    return out


def targets_dict(targets: tuple[tuple[str, float], ...], asked: DeskSections) -> dict[str, Any]:
    """Targets as they are written: a number, or a mapping with the move of respondents."""
    out: dict[str, Any] = {name: number(level) for name, level in targets}
    for move in asked.moves:
        out[move.name] = {"level": out[move.name], "move": [number(move.start), number(move.end)], "item": move.item}
    return out


def _gap_dict(gap: GapDimension) -> dict[str, Any]:
    points = gap.points_item or (None if gap.points is None else number(gap.points))
    return given(items=dict(gap.pairs), points=points, label=label_dict(gap.label))


def _node_dict(node: HierarchyNode) -> dict[str, Any]:
    usual = HierarchyNode("", ())
    weights = dict(zip(node.parts, map(number, node.weights), strict=True)) if node.weights else list(node.parts)
    return given(
        of=weights,
        weights=None if node.method in ("stated", "equal") else node.method,
        ahp=[[[number(e) for e in row] for row in judge] for judge in node.judges],
        delphi={expert: [number(p) for p in points] for expert, points in node.experts},
        random_index=node.random_index if node.random_index != usual.random_index else None,
        limit=number(node.limit) if node.limit != usual.limit else None,
        label=label_dict(node.label),
    )


def label_dict(label: tuple[str, str]) -> Any:
    """A label as it is written: a text, or one for each language."""
    return given(en=label[0], zh=label[1]) if label[1] else label[0]


def number(value: float) -> float | int:
    """Whole numbers without their decimal point."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def given(**values: Any) -> dict[str, Any]:
    """Without what is empty."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [], {})}
