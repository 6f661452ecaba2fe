"""A checked tree -> the frozen :class:`~csimodels.spec.model.Model`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from csimodels.errors import SpecError
from csimodels.spec.checks import construct_findings
from csimodels.spec.checks_graph import graph_findings
from csimodels.spec.checks_use import use_findings
from csimodels.spec.findings import Finding, as_problems
from csimodels.spec.merge import Merged
from csimodels.spec.model import (
    Code,
    Construct,
    DataSpec,
    DesignSpec,
    EstimateSpec,
    IndexSpec,
    Item,
    Model,
    ReportSpec,
    RollupSpec,
    Text,
    UncertaintySpec,
)
from csimodels.spec.schema import RawConstruct, RawData, RawItem, RawSpec, RawText
from csimodels.spec.validate import validate
from csimodels.spec.view import DEFAULT_INDEX, View, bad_name

T = TypeVar("T")


def build(merged: Merged, *, name: str, origin: str) -> Model:
    """The model of a merged tree; :class:`~csimodels.errors.SpecError` with everything that is wrong in it."""
    checked = validate(merged.tree)
    view = View.of(checked)
    crossed = [*construct_findings(view), *graph_findings(view), *use_findings(view)]
    kept = [f for f in crossed if not checked.touches(*f.loc)]
    findings = [*merged.findings, *checked.findings, *(_explained(f, merged) for f in kept)]
    if findings:
        raise SpecError(as_problems(merged.tree, findings))
    return _model(checked.raw, view, name if not bad_name(name) else "model", origin)


def _explained(finding: Finding, merged: Merged) -> Finding:
    """Where a path or the index names a construct that the child removed, say so."""
    mark = merged.removed.get(("constructs", finding.name))
    if mark is None or not finding.what.startswith("unknown construct"):
        return finding
    return replace(finding, remedy=f"it was removed at {mark}: write this entry again without it, or set it to null")


def _model(raw: RawSpec, view: View, name: str, origin: str) -> Model:
    index = raw.index
    report = raw.report
    return Model(
        name=raw.name or name,
        constructs=tuple(_construct(key, c, view) for key, c in view.constructs.items()),
        paths=tuple((source, target) for source, target, _ in view.paths),
        title=_text(raw.title),
        description=_text(raw.description),
        sources=tuple(raw.sources or ()),
        index=IndexSpec(
            construct=(index and index.target) or DEFAULT_INDEX,
            weights=(index and index.weights) or "own",
            fixed=_ordered((index and index.fixed) or {}, view),
        ),
        data=_data(raw.data, view) if raw.data else DataSpec(),
        rollup=RollupSpec(tuple(raw.rollup.levels or ()), raw.rollup.weights) if raw.rollup else RollupSpec(),
        estimate=_estimate(raw),
        uncertainty=_uncertainty(raw),
        report=ReportSpec(
            tuple((report and report.languages) or ReportSpec().languages),
            ReportSpec().formats if report is None or report.formats is None else tuple(report.formats),
        ),
        origin=origin,
    )


def _construct(name: str, raw: RawConstruct, view: View) -> Construct:
    mode = raw.mode or "A"
    return Construct(
        name=name,
        items=tuple(_item(key, item, view.scale) for key, item in view.items(name).items()),
        label=_text(raw.label),
        measured=raw.measured or ("composite" if mode == "B" or raw.of else "reflective"),
        mode=mode,
        reliability=raw.reliability,
        of=tuple(raw.of or ()),
    )


def _item(name: str, raw: RawItem, default: tuple[float, float]) -> Item:
    low, high = raw.scale or default
    values = tuple(sorted((raw.values or {}).items()))
    return Item(name, Text(raw.en or "", raw.zh or ""), (low, high), bool(raw.reverse), values)


def _text(raw: RawText | None) -> Text:
    return Text(raw.en or "", raw.zh or "") if raw else Text()


def _data(raw: RawData, view: View) -> DataSpec:
    codes = dict(raw.missing_codes or {})
    everywhere = _codes(codes.pop("all", []))
    by_item = {item: _codes(values) for item, values in codes.items()}
    return DataSpec(
        file=raw.file,
        sheet=raw.sheet,
        encoding=raw.encoding,
        separator=raw.separator,
        columns=_ordered({item: column for item, column in (raw.columns or {}).items() if item != column}, view),
        missing_codes=everywhere,
        item_missing_codes=_ordered({item: values for item, values in by_item.items() if values}, view),
        out_of_range=raw.out_of_range or "error",
        weight=raw.weight,
        by=tuple(raw.by or ()),
        where=tuple(sorted((raw.where or {}).items())),
        design=DesignSpec(raw.design.strata, raw.design.cluster) if raw.design else DesignSpec(),
    )


def _codes(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Each code once, numbers before texts: the order written means nothing and must not change the hash."""
    return tuple(sorted(set(codes), key=lambda code: (isinstance(code, str), code)))


def _ordered(mapping: Mapping[str, T], view: View) -> tuple[tuple[str, T], ...]:
    """Pairs by item, in the order of the model's items."""
    return tuple((item, mapping[item]) for item in view.all_items() if item in mapping)


def _estimate(raw: RawSpec) -> EstimateSpec:
    chosen, default = raw.estimate, EstimateSpec()
    if chosen is None:
        return default
    return EstimateSpec(
        estimator=chosen.estimator or default.estimator,
        scheme=chosen.scheme,
        missing=chosen.missing,
        tol=chosen.tol,
        max_iter=chosen.max_iter,
        on_nonconvergence=chosen.on_nonconvergence or default.on_nonconvergence,
    )


def _uncertainty(raw: RawSpec) -> UncertaintySpec:
    chosen, default = raw.uncertainty, UncertaintySpec()
    if chosen is None:
        return default
    return UncertaintySpec(
        method=chosen.method or default.method,
        replicates=default.replicates if chosen.replicates is None else chosen.replicates,
        seed=default.seed if chosen.seed is None else chosen.seed,
        interval=chosen.interval or default.interval,
        level=default.level if chosen.level is None else chosen.level,
    )
