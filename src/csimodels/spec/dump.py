"""A model -> the YAML text of a spec: ordered, bilingual, defaults left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from csimodels.arguments import plain_arguments
from csimodels.paths import home_path
from csimodels.spec.build.decisions import decisions_dict
from csimodels.spec.build.desk import sections_dict, targets_dict
from csimodels.spec.dump_sections import (
    Flow,
    FlowList,
    _cuts,
    _reviewer,
    changed,
    code_of,
    data_of,
    given_of,
    labels_of,
    looks_of,
    number_of,
    report_of,
    rollup_of,
    scale_of,
    text_of,
    values_of,
)
from csimodels.spec.model import (
    BOOTSTRAP_ONLY,
    WITHOUT_DRAWS,
    Construct,
    Control,
    EstimateSpec,
    FromCell,
    Item,
    Model,
    Parameter,
    SimpleIndex,
    UncertaintySpec,
)
from csimodels.spec.nodes import Map, from_plain, resolve
from csimodels.spec.statements import written
from csimodels.spec.view import DEFAULT_INDEX

_DEFAULT_SCALE = (1.0, 10.0)
_ORDER = (
    *(
        "csi",
        "name",
        "title",
        "description",
        "sources",
        "scale",
        "constructs",
        "paths",
        "parameters",
        "defined",
        "constraints",
        "index",
    ),
    *("items", "indices", "targets", "what_if"),
    *("data", "labels", "rollup", "estimate", "uncertainty", "report"),
)


class _Dumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, data: str) -> yaml.Node:
        style = None if isinstance(resolve(data), str) and data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(
    Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)
)
_Dumper.add_representer(
    FlowList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


@plain_arguments
def dump_model(model: Model, path: Path | str | None = None, *, complete: bool = False) -> str:
    """The spec file of `model`; ``load_model`` of it equals `model` and has the same hash.

    File names in it stay as they are: written to another folder, a relative ``data.file`` no longer finds its file.

    Parameters
    ----------
    model : Model
        A checked model.
    path : Path or str, optional
        Where to write it, as UTF-8.
    complete : bool
        Write the defaults too, so that the file means the same when a later version has others.

    Returns
    -------
    str
        The text of the spec.
    """
    spec = _spelt_out(model) if complete else model_dict(model)
    text = yaml.dump(spec, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6, default_flow_style=False)
    if path is not None:
        home_path(path).write_text(text, encoding="utf-8", newline="\n")
    return text


def model_tree(model: Model) -> Map:
    """`model` as the tree of a spec without lines."""
    tree = from_plain(model_dict(model), model.origin or f"model {model.name}")
    assert isinstance(tree, Map)
    return tree


def model_dict(model: Model) -> dict[str, Any]:
    """`model` as the plain content of a spec file, defaults left out."""
    scale = _common_scale(model)
    index = model.index
    only_construct = index.weights == "own" and not index.fixed
    alone = _items_alone(model)
    spec: dict[str, Any] = {
        "csi": 1,
        "name": model.name,
        "title": text_of(model.title),
        "description": text_of(model.description),
        "sources": list(model.sources),
        "scale": scale_of(scale) if scale != _DEFAULT_SCALE else None,
        "constructs": {} if alone else {c.name: _construct(c, scale) for c in model.constructs},
        "paths": _paths(model),
        "items": {item.name: _item(item, scale) for item in (model.items if alone else model.beside)},
        "indices": {index.name: _simple(index) for index in model.indices},
        "targets": targets_dict(model.targets, model.desk),
        "controls": {control.item: _control(control) for control in model.controls},
        "what_if": {name: number_of(value) for name, value in model.what_if},
        **sections_dict(model.desk),
        **decisions_dict(model.decisions),
        "parameters": {written(p): _parameter(p) for p in model.parameters},
        "defined": dict(model.defined),
        "constraints": list(model.constraints),
        "index": (index.construct if index.construct != DEFAULT_INDEX else None) if only_construct else _index(model),
        "data": data_of(model.data),
        "labels": {column: labels_of(labels) for column, labels in model.labels},
        "rollup": rollup_of(model.rollup),
        "estimate": changed(model.estimate, EstimateSpec()),
        "uncertainty": changed(model.uncertainty, UncertaintySpec()),
        "report": report_of(model.report),
    }
    return given_of(spec)


def _items_alone(model: Model) -> bool:
    """Whether every construct stands for one item of the same name, as in a spec without constructs."""
    own = [c for c in model.constructs if tuple(item.name for item in c.items) == (c.name,)]
    return model.estimate.entry.plain and not model.beside and len(own) == len(model.constructs) > 0


def _control(control: Control) -> Any:
    targets = FlowList(control.targets)
    if not control.levels:
        return targets
    return Flow({"to": targets, "nominal": True, "reference": control.levels[0][0]})


def _simple(index: SimpleIndex) -> Flow:
    one = len(index.items) == 1
    return Flow(
        given_of(
            {
                "kind": index.kind,
                "item": index.items[0] if one else None,
                "items": None if one else FlowList(index.items),
                "levels": FlowList(number_of(level) for level in index.levels),
                "weights": Flow({item: number_of(weight) for item, weight in index.weights}),
                "values": FlowList(number_of(value) for value in index.values),
                "cuts": FlowList(number_of(cut) for cut in index.cuts),
                "among": Flow({item: FlowList(map(number_of, answers)) for item, answers in index.among}),
                "label": text_of(index.label),
                "better": index.better if index.better != "high" else None,
            }
        )
    )


def _spelt_out(model: Model) -> dict[str, Any]:
    """`model` as the plain content of a spec file with every default of measurement and method written out."""
    spec = model_dict(model)
    spec["scale"] = scale_of(_common_scale(model))
    for construct in () if _items_alone(model) else model.constructs:
        spec["constructs"][construct.name] |= {"measured": construct.measured, "mode": construct.mode}
    spec["index"] = _index(model)
    spec["data"] = spec.get("data", {}) | {"out_of_range": model.data.out_of_range}
    if model.data.replicate_weights.columns:
        spec["data"]["replicate_weights"]["kind"] = model.data.replicate_weights.kind
    if model.rollup.levels:
        spec["rollup"]["adjust"] = model.rollup.adjust
    spec["estimate"] = given_of(values_of(model.estimate))
    foreign = BOOTSTRAP_ONLY if model.uncertainty.method in WITHOUT_DRAWS else ()
    spec["uncertainty"] = {key: value for key, value in values_of(model.uncertainty).items() if key not in foreign}
    report = {"languages": FlowList(model.report.languages), "formats": FlowList(model.report.formats)}
    answers = {"answers": True} if model.report.answers else {}
    spec["report"] = report | answers | _reviewer(model.report) | _cuts(model.report) | looks_of(model.report)
    first = [key for key in _ORDER if key in spec]
    return {key: spec[key] for key in (*first, *(key for key in spec if key not in _ORDER))}


def _construct(construct: Construct, scale: tuple[float, float]) -> dict[str, Any]:
    default = "composite" if construct.mode == "B" else "reflective"
    items = {item.name: _item(item, scale) for item in construct.items}
    return given_of(
        {
            "label": text_of(construct.label),
            "measured": construct.measured if construct.measured != default else None,
            "mode": construct.mode if construct.mode != "A" else None,
            "reliability": construct.reliability if construct.reliability is None else number_of(construct.reliability),
            "items": items if any(items.values()) else FlowList(items),
            "of": FlowList(construct.of),
            "better": construct.better if construct.better != "high" else None,
        }
    )


def _item(item: Item, scale: tuple[float, float]) -> Any:
    rest = given_of(
        {
            "en": item.text.en,
            "zh": item.text.zh,
            "from": _cell(item.cell),
            "scale": scale_of(item.scale) if item.scale != (scale if item.cell is None else (0.0, 1.0)) else None,
            "reverse": item.reverse or None,
            "values": Flow({text: number_of(value) for text, value in item.values}),
        }
    )
    return (rest["en"] if list(rest) == ["en"] else Flow(rest)) or None


def _cell(cell: FromCell | None) -> Flow | None:
    if cell is None:
        return None
    empty = cell.empty if cell.empty != "none" else None
    rest = given_of({"separator": cell.separator, "empty": empty})
    return Flow({"column": cell.column, "contains": code_of(cell.contains), **rest})


def _paths(model: Model) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for source, target in model.paths:
        grouped.setdefault(source, FlowList()).append(target)
    for product in model.interactions:
        grouped.setdefault(product.name, FlowList()).append(product.target)
    return grouped


def _index(model: Model) -> dict[str, Any]:
    fixed = Flow({item: number_of(weight) for item, weight in model.index.fixed})
    return given_of({"construct": model.index.construct, "weights": model.index.weights, "fixed": fixed})


def _parameter(parameter: Parameter) -> Any:
    if parameter.groups:
        said = [_parameter(Parameter("", "=~", "", s.value, s.label)) for s in parameter.groups]
        names = [s.group for s in parameter.groups]
        if not parameter.free and not all(names):
            return FlowList(said)
        way = {"groups": Flow(zip(names, said, strict=True))} if all(names) else {"order": FlowList(said)}
        return Flow(way | ({"free": True} if parameter.free else {}))
    ends = {key: getattr(parameter, key) for key in ("lower", "upper", "start")}
    if stated := {key: number_of(end) for key, end in ends.items() if end is not None}:
        label = {"label": parameter.label} if parameter.label else {}
        return Flow(label | stated | ({"free": True} if parameter.free else {}))
    if parameter.value is None:
        return Flow({"label": parameter.label, "free": True}) if parameter.free else parameter.label or "free"
    value = number_of(parameter.value)
    return Flow({"value": value, "label": parameter.label}) if parameter.label else value


def _common_scale(model: Model) -> tuple[float, float]:
    """The scale most items have (the first of equals), the default where there are none."""
    counts = Counter(item.scale for item in model.items)
    return counts.most_common(1)[0][0] if counts else _DEFAULT_SCALE
