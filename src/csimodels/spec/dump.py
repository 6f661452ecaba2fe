"""A model -> the YAML text of a spec: ordered, bilingual, defaults left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from csimodels.arguments import plain_arguments
from csimodels.spec.build_decisions import decisions_dict
from csimodels.spec.build_desk import sections_dict
from csimodels.spec.model import (
    BOOTSTRAP_ONLY,
    WITHOUT_DRAWS,
    Code,
    ColumnLabels,
    Construct,
    Control,
    DataSpec,
    DesignSpec,
    EstimateSpec,
    FromCell,
    Item,
    Model,
    Parameter,
    ReplicateSpec,
    ReportSpec,
    RollupSpec,
    SimpleIndex,
    Text,
    UncertaintySpec,
)
from csimodels.spec.nodes import Map, from_plain, resolve
from csimodels.spec.statements import written
from csimodels.spec.view import DEFAULT_INDEX

_DEFAULT_SCALE = (1.0, 10.0)
_ORDER = (
    *("csi", "name", "title", "description", "sources", "scale", "constructs", "paths", "parameters", "index"),
    *("items", "indices", "targets", "what_if"),
    *("data", "labels", "rollup", "estimate", "uncertainty", "report"),
)


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, data: str) -> yaml.Node:
        style = None if isinstance(resolve(data), str) and data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(
    _Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)
)
_Dumper.add_representer(
    _FlowList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


@plain_arguments
def dump_model(model: Model, path: Path | str | None = None, *, complete: bool = False) -> str:
    """The spec file of `model`; ``load_model`` of it equals `model` and has the same hash.

    File names in it stay as they are: written to another folder, a relative ``data.file`` no longer finds its file.

    Parameters
    ----------
    model : Model
    path : Path or str, optional
        Where to write it, as UTF-8.
    complete : bool
        Write the defaults too, so that the file means the same when a later version has others.
    """
    spec = _spelt_out(model) if complete else model_dict(model)
    text = yaml.dump(spec, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6, default_flow_style=False)
    if path is not None:
        Path(path).expanduser().write_text(text, encoding="utf-8", newline="\n")
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
        "title": _text(model.title),
        "description": _text(model.description),
        "sources": list(model.sources),
        "scale": _scale(scale) if scale != _DEFAULT_SCALE else None,
        "constructs": {} if alone else {c.name: _construct(c, scale) for c in model.constructs},
        "paths": _paths(model),
        "items": {item.name: _item(item, scale) for item in (model.items if alone else model.beside)},
        "indices": {index.name: _simple(index) for index in model.indices},
        "targets": {name: _number(value) for name, value in model.targets},
        "controls": {control.item: _control(control) for control in model.controls},
        "what_if": {name: _number(value) for name, value in model.what_if},
        **sections_dict(model.desk),
        **decisions_dict(model.decisions),
        "parameters": {written(p): _parameter(p) for p in model.parameters},
        "index": (index.construct if index.construct != DEFAULT_INDEX else None) if only_construct else _index(model),
        "data": _data(model.data),
        "labels": {column: _labels(labels) for column, labels in model.labels},
        "rollup": _rollup(model.rollup),
        "estimate": _changed(model.estimate, EstimateSpec()),
        "uncertainty": _changed(model.uncertainty, UncertaintySpec()),
        "report": _report(model.report),
    }
    return _given(spec)


def _items_alone(model: Model) -> bool:
    """Whether every construct stands for one item of the same name, as in a spec without constructs."""
    own = [c for c in model.constructs if tuple(item.name for item in c.items) == (c.name,)]
    return model.estimate.entry.plain and not model.beside and len(own) == len(model.constructs) > 0


def _control(control: Control) -> Any:
    targets = _FlowList(control.targets)
    if not control.levels:
        return targets
    return _Flow({"to": targets, "nominal": True, "reference": control.levels[0][0]})


def _simple(index: SimpleIndex) -> _Flow:
    one = len(index.items) == 1
    return _Flow(
        _given(
            {
                "kind": index.kind,
                "item": index.items[0] if one else None,
                "items": None if one else _FlowList(index.items),
                "levels": _FlowList(_number(level) for level in index.levels),
                "weights": _Flow({item: _number(weight) for item, weight in index.weights}),
                "values": _FlowList(_number(value) for value in index.values),
                "cuts": _FlowList(_number(cut) for cut in index.cuts),
                "among": _Flow({item: _FlowList(map(_number, answers)) for item, answers in index.among}),
                "label": _text(index.label),
            }
        )
    )


def _spelt_out(model: Model) -> dict[str, Any]:
    """`model` as the plain content of a spec file with every default of measurement and method written out."""
    spec = model_dict(model)
    spec["scale"] = _scale(_common_scale(model))
    for construct in () if _items_alone(model) else model.constructs:
        spec["constructs"][construct.name] |= {"measured": construct.measured, "mode": construct.mode}
    spec["index"] = _index(model)
    spec["data"] = spec.get("data", {}) | {"out_of_range": model.data.out_of_range}
    if model.data.replicate_weights.columns:
        spec["data"]["replicate_weights"]["kind"] = model.data.replicate_weights.kind
    if model.rollup.levels:
        spec["rollup"]["adjust"] = model.rollup.adjust
    spec["estimate"] = _given(_values(model.estimate))
    foreign = BOOTSTRAP_ONLY if model.uncertainty.method in WITHOUT_DRAWS else ()
    spec["uncertainty"] = {key: value for key, value in _values(model.uncertainty).items() if key not in foreign}
    report = {"languages": _FlowList(model.report.languages), "formats": _FlowList(model.report.formats)}
    answers = {"answers": True} if model.report.answers else {}
    spec["report"] = report | answers | _reviewer(model.report) | _cuts(model.report)
    first = [key for key in _ORDER if key in spec]
    return {key: spec[key] for key in (*first, *(key for key in spec if key not in _ORDER))}


def _construct(construct: Construct, scale: tuple[float, float]) -> dict[str, Any]:
    default = "composite" if construct.mode == "B" else "reflective"
    items = {item.name: _item(item, scale) for item in construct.items}
    return _given(
        {
            "label": _text(construct.label),
            "measured": construct.measured if construct.measured != default else None,
            "mode": construct.mode if construct.mode != "A" else None,
            "reliability": construct.reliability if construct.reliability is None else _number(construct.reliability),
            "items": items if any(items.values()) else _FlowList(items),
            "of": _FlowList(construct.of),
            "better": construct.better if construct.better != "high" else None,
        }
    )


def _item(item: Item, scale: tuple[float, float]) -> Any:
    rest = _given(
        {
            "en": item.text.en,
            "zh": item.text.zh,
            "from": _cell(item.cell),
            "scale": _scale(item.scale) if item.scale != (scale if item.cell is None else (0.0, 1.0)) else None,
            "reverse": item.reverse or None,
            "values": _Flow({text: _number(value) for text, value in item.values}),
        }
    )
    return (rest["en"] if list(rest) == ["en"] else _Flow(rest)) or None


def _cell(cell: FromCell | None) -> _Flow | None:
    if cell is None:
        return None
    empty = cell.empty if cell.empty != "none" else None
    rest = _given({"separator": cell.separator, "empty": empty})
    return _Flow({"column": cell.column, "contains": _code(cell.contains), **rest})


def _labels(labels: ColumnLabels) -> dict[str, Any]:
    """Labels of a column: its own under en and zh, those of its values under the values."""
    own = _given({"en": labels.text.en, "zh": labels.text.zh})
    return own | {value: _Flow(_given({"en": text.en, "zh": text.zh})) for value, text in labels.values}


def _text(text: Text) -> Any:
    return _Flow(_given({"en": text.en, "zh": text.zh})) if text.zh else text.en


def _paths(model: Model) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for source, target in model.paths:
        grouped.setdefault(source, _FlowList()).append(target)
    for product in model.interactions:
        grouped.setdefault(product.name, _FlowList()).append(product.target)
    return grouped


def _index(model: Model) -> dict[str, Any]:
    fixed = _Flow({item: _number(weight) for item, weight in model.index.fixed})
    return _given({"construct": model.index.construct, "weights": model.index.weights, "fixed": fixed})


def _parameter(parameter: Parameter) -> Any:
    if parameter.value is None:
        return parameter.label or "free"
    value = _number(parameter.value)
    return _Flow({"value": value, "label": parameter.label}) if parameter.label else value


def _rollup(rollup: RollupSpec) -> dict[str, Any]:
    adjust = rollup.adjust if rollup.adjust != RollupSpec().adjust else None
    return _given({"levels": _FlowList(rollup.levels), "weights": rollup.weights, "adjust": adjust})


def _data(data: DataSpec) -> dict[str, Any]:
    everywhere = _FlowList(_code(code) for code in data.missing_codes)
    by_item = {item: _FlowList(_code(code) for code in codes) for item, codes in data.item_missing_codes}
    codes: Any = _given({"all": everywhere, **by_item}) if by_item else everywhere
    return _given(
        {
            "file": data.file,
            "engine": data.engine if data.engine != DataSpec().engine else None,
            "table": data.table,
            "memory_limit": data.memory_limit,
            "sheet": data.sheet,
            "encoding": data.encoding,
            "separator": data.separator,
            "columns": dict(data.columns),
            "missing_codes": codes,
            "missing_reasons": _Flow(
                {r: _FlowList(_code(code) for code in codes) for r, codes in data.missing_reasons}
            ),
            "out_of_range": data.out_of_range if data.out_of_range != "error" else None,
            "weight": data.weight,
            "weight_missing": data.weight_missing if data.weight_missing != "error" else None,
            "by": _by(data),
            "wave": _wave(data),
            "value_labels": data.value_labels if data.value_labels != "names" else None,
            "where": data.rule or _Flow({column: _codes(value) for column, value in data.where}),
            "design": _design(data.design),
            "replicate_weights": _replicates(data.replicate_weights),
            "rake": {m.column: _Flow({category: _number(s) for category, s in m.shares}) for m in data.rake},
            "rake_bounds": _FlowList(_number(bound) for bound in data.rake_bounds),
        }
    )


def _wave(data: DataSpec) -> Any:
    period = dict(data.periods).get(data.wave.column)
    if data.wave.current is None and period is None:
        return data.wave.column or None
    current = None if data.wave.current is None else _code(data.wave.current)
    return _Flow(_given({"column": data.wave.column, "current": current, "period": period}))


def _by(data: DataSpec) -> Any:
    if set(dict(data.periods)) & set(data.by):
        return _Flow({column: dict(data.periods).get(column) for column in data.by})
    return data.by[0] if len(data.by) == 1 else _FlowList(data.by)


def _design(design: DesignSpec) -> _Flow:
    lone = design.lone_strata if design.lone_strata != DesignSpec().lone_strata else None
    columns = {"strata": design.strata, "cluster": design.cluster, "fpc": design.fpc, "panel": design.panel}
    return _Flow(_given(columns | {"lone_strata": lone}))


def _codes(value: Code | tuple[Code, ...]) -> Any:
    return _FlowList(_code(code) for code in value) if isinstance(value, tuple) else _code(value)


def _replicates(given: ReplicateSpec) -> dict[str, Any]:
    one = len(given.columns) == 1
    return _given(
        {
            "columns": given.columns[0] if one else _FlowList(given.columns),
            "kind": given.kind if given.kind != ReplicateSpec().kind else None,
            "fay": _number(given.fay) if given.fay else None,
            "scale": None if given.scale is None else _number(given.scale),
            "rscales": _FlowList(_number(factor) for factor in given.rscales),
        }
    )


def _values(spec: EstimateSpec | UncertaintySpec) -> dict[str, Any]:
    pairs = {name: getattr(spec, name) for name in spec.__dataclass_fields__}
    return {name: _number(value) if isinstance(value, float) else value for name, value in pairs.items()}


def _changed(spec: EstimateSpec | UncertaintySpec, default: EstimateSpec | UncertaintySpec) -> dict[str, Any]:
    usual = _values(default)
    return {name: value for name, value in _values(spec).items() if value != usual[name]}


def _report(report: ReportSpec) -> dict[str, Any]:
    default = ReportSpec()
    done: dict[str, Any] = {}
    if report.languages != default.languages:
        done["languages"] = _FlowList(report.languages)
    if report.formats != default.formats:
        done["formats"] = _FlowList(report.formats)
    if report.answers:
        done["answers"] = True
    return done | _reviewer(report) | _cuts(report)


def _reviewer(report: ReportSpec) -> dict[str, Any]:
    return {"reviewer": True} if report.reviewer else {}


def _cuts(report: ReportSpec) -> dict[str, Any]:
    first, second = (cut if isinstance(cut, str) else _number(cut) for cut in report.cuts)
    if first == second == "mean":
        return {}
    return {
        "cuts": first if first == second and isinstance(first, str) else {"importance": first, "performance": second}
    }


def _common_scale(model: Model) -> tuple[float, float]:
    """The scale most items have (the first of equals), the default where there are none."""
    counts = Counter(item.scale for item in model.items)
    return counts.most_common(1)[0][0] if counts else _DEFAULT_SCALE


def _scale(scale: tuple[float, float]) -> _FlowList:
    return _FlowList(_number(end) for end in scale)


def _code(code: float | str) -> float | int | str:
    return code if isinstance(code, str) else _number(code)


def _number(value: float) -> float | int:
    """Whole numbers without their decimal point."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def _given(mapping: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty or None."""
    return {key: value for key, value in mapping.items() if value is not None and value not in ("", [], {})}
