"""The sections data, labels, rollup, estimate, uncertainty and report as they are written."""

from __future__ import annotations

from typing import Any

from csimodels.spec.brand import brand_values
from csimodels.spec.model import (
    Code,
    ColumnLabels,
    DataSpec,
    DesignSpec,
    EstimateSpec,
    ReplicateSpec,
    ReportSpec,
    RollupSpec,
    Text,
    UncertaintySpec,
)


class Flow(dict[str, Any]):
    """A mapping written on one line."""


class FlowList(list[Any]):
    """A list written on one line."""


def labels_of(labels: ColumnLabels) -> dict[str, Any]:
    """Labels of a column: its own under en and zh, those of its values under the values."""
    own = given_of({"en": labels.text.en, "zh": labels.text.zh})
    return own | {value: Flow(given_of({"en": text.en, "zh": text.zh})) for value, text in labels.values}


def text_of(text: Text) -> Any:
    """A text of two languages, or the English one alone."""
    return Flow(given_of({"en": text.en, "zh": text.zh})) if text.zh else text.en


def rollup_of(rollup: RollupSpec) -> dict[str, Any]:
    """The section rollup."""
    adjust = rollup.adjust if rollup.adjust != RollupSpec().adjust else None
    return given_of({"levels": FlowList(rollup.levels), "weights": rollup.weights, "adjust": adjust})


def data_of(data: DataSpec) -> dict[str, Any]:
    """The section data."""
    everywhere = FlowList(code_of(code) for code in data.missing_codes)
    by_item = {item: FlowList(code_of(code) for code in codes) for item, codes in data.item_missing_codes}
    codes: Any = given_of({"all": everywhere, **by_item}) if by_item else everywhere
    return given_of(
        {
            "file": data.file or _files(data),
            "engine": data.engine if data.engine != DataSpec().engine else None,
            "table": data.table,
            "memory_limit": data.memory_limit,
            "moments": data.moments,
            "sheet": data.sheet,
            "encoding": data.encoding,
            "separator": data.separator,
            "columns": dict(data.columns),
            "missing_codes": codes,
            "missing_reasons": Flow(
                {r: FlowList(code_of(code) for code in codes) for r, codes in data.missing_reasons}
            ),
            "out_of_range": data.out_of_range if data.out_of_range != "error" else None,
            "weight": data.weight,
            "weight_missing": data.weight_missing if data.weight_missing != "error" else None,
            "by": _by(data),
            "wave": _wave(data),
            "value_labels": data.value_labels if data.value_labels != "names" else None,
            "where": data.rule or Flow({column: _codes(value) for column, value in data.where}),
            "design": _design(data.design),
            "replicate_weights": _replicates(data.replicate_weights),
            "rake": {m.column: Flow({category: number_of(s) for category, s in m.shares}) for m in data.rake},
            "rake_bounds": FlowList(number_of(bound) for bound in data.rake_bounds),
        }
    )


def _files(data: DataSpec) -> Any:
    """Several files: a list, or a mapping where they are named by wave."""
    names = [name for _, name in data.files]
    return Flow(dict(data.files)) if any(wave for wave, _ in data.files) else FlowList(names)


def _wave(data: DataSpec) -> Any:
    period = dict(data.periods).get(data.wave.column)
    if data.wave.current is None and period is None:
        return data.wave.column or None
    current = None if data.wave.current is None else code_of(data.wave.current)
    return Flow(given_of({"column": data.wave.column, "current": current, "period": period}))


def _by(data: DataSpec) -> Any:
    if set(dict(data.periods)) & set(data.by):
        return Flow({column: dict(data.periods).get(column) for column in data.by})
    return data.by[0] if len(data.by) == 1 else FlowList(data.by)


def _design(design: DesignSpec) -> Flow:
    lone = design.lone_strata if design.lone_strata != DesignSpec().lone_strata else None
    columns = {"strata": design.strata, "cluster": design.cluster, "fpc": design.fpc, "panel": design.panel}
    return Flow(given_of(columns | {"lone_strata": lone, "groups": design.groups}))


def _codes(value: Code | tuple[Code, ...]) -> Any:
    return FlowList(code_of(code) for code in value) if isinstance(value, tuple) else code_of(value)


def _replicates(given: ReplicateSpec) -> dict[str, Any]:
    one = len(given.columns) == 1
    return given_of(
        {
            "columns": given.columns[0] if one else FlowList(given.columns),
            "kind": given.kind if given.kind != ReplicateSpec().kind else None,
            "fay": number_of(given.fay) if given.fay else None,
            "scale": None if given.scale is None else number_of(given.scale),
            "rscales": FlowList(number_of(factor) for factor in given.rscales),
        }
    )


def values_of(spec: EstimateSpec | UncertaintySpec) -> dict[str, Any]:
    """Settings by name, numbers as short as they are."""
    pairs = {name: getattr(spec, name) for name in spec.__dataclass_fields__}
    return {name: number_of(value) if isinstance(value, float) else value for name, value in pairs.items()}


def changed(spec: EstimateSpec | UncertaintySpec, default: EstimateSpec | UncertaintySpec) -> dict[str, Any]:
    """Settings that differ from the default."""
    usual = values_of(default)
    return {name: value for name, value in values_of(spec).items() if value != usual[name]}


def report_of(report: ReportSpec) -> dict[str, Any]:
    """The section report."""
    default = ReportSpec()
    done: dict[str, Any] = {}
    if report.languages != default.languages:
        done["languages"] = FlowList(report.languages)
    if report.formats != default.formats:
        done["formats"] = FlowList(report.formats)
    if report.answers:
        done["answers"] = True
    return done | _reviewer(report) | _cuts(report) | looks_of(report)


def looks_of(report: ReportSpec) -> dict[str, Any]:
    """Template, brand and chosen leagues, where there are some."""
    looks = {"template": report.template, "brand": brand_values(report.brand)}
    chosen: dict[str, Any] = {} if report.leagues is None else {"leagues": FlowList(report.leagues)}
    if report.invariance is not None:
        chosen |= {"invariance": FlowList(report.invariance) if report.invariance else True}
    return {name: value for name, value in looks.items() if value} | chosen


def _reviewer(report: ReportSpec) -> dict[str, Any]:
    return {"reviewer": True} if report.reviewer else {}


def _cuts(report: ReportSpec) -> dict[str, Any]:
    first, second = (cut if isinstance(cut, str) else number_of(cut) for cut in report.cuts)
    if first == second == "mean":
        return {}
    return {
        "cuts": first if first == second and isinstance(first, str) else {"importance": first, "performance": second}
    }


def scale_of(scale: tuple[float, float]) -> FlowList:
    """Both ends of a scale."""
    return FlowList(number_of(end) for end in scale)


def code_of(code: float | str) -> float | int | str:
    """A code, without decimals where it has none."""
    return code if isinstance(code, str) else number_of(code)


def number_of(value: float) -> float | int:
    """Whole numbers without their decimal point."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def given_of(mapping: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty or None."""
    return {key: value for key, value in mapping.items() if value is not None and value not in ("", [], {})}
