"""A checked tree -> the frozen :class:`~csimodels.spec.model.Model`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from csimodels.errors import Problem, SpecError
from csimodels.messages import Message
from csimodels.spec.build.data import data_spec, in_item_order
from csimodels.spec.build.decisions import decisions_of
from csimodels.spec.build.desk import judged_nodes, sections_of, with_classes
from csimodels.spec.checks.brand import brand_of
from csimodels.spec.checks.constraints import constraint_findings
from csimodels.spec.checks.constructs import construct_findings
from csimodels.spec.checks.controls import control_findings, controls_of
from csimodels.spec.checks.data import data_findings
from csimodels.spec.checks.decisions import decision_findings
from csimodels.spec.checks.defined import defined_findings
from csimodels.spec.checks.desk import desk_findings
from csimodels.spec.checks.effort import effort_findings
from csimodels.spec.checks.graph import graph_findings
from csimodels.spec.checks.hierarchy import hierarchy_findings
from csimodels.spec.checks.parameters import parameter_findings
from csimodels.spec.checks.sections import section_findings
from csimodels.spec.checks.use import use_findings
from csimodels.spec.desk import HierarchyNode
from csimodels.spec.findings import Finding, as_problems
from csimodels.spec.merge import Merged
from csimodels.spec.model import (
    ColumnLabels,
    Construct,
    Cut,
    DataSpec,
    EstimateSpec,
    FromCell,
    GroupStatement,
    IndexSpec,
    Item,
    Model,
    Parameter,
    ReportSpec,
    RollupSpec,
    SimpleIndex,
    Text,
    UncertaintySpec,
)
from csimodels.spec.products import interactions_of, product_findings
from csimodels.spec.schema import RawSpec
from csimodels.spec.schema.fields import RawText
from csimodels.spec.schema.measures import RawCell, RawConstruct, RawItem, RawParameter, RawSimpleIndex
from csimodels.spec.schema.run import RawReport, meant
from csimodels.spec.statements import OPERATORS, bare_names, known_readings
from csimodels.spec.validate import validate
from csimodels.spec.view import View, bad_name

#: What is wrong with the judgements of a node, found where weights are computed.
Judge = Callable[[HierarchyNode], Sequence[Problem]]


def build(merged: Merged, *, name: str, origin: str, judge: Judge | None = None) -> Model:
    """The model of a merged tree; :class:`~csimodels.errors.SpecError` with everything that is wrong in it.

    Where something is, `judge` says what else is wrong with nodes that are well written, so that it is said at once.
    """
    checked = validate(merged.tree)
    view = View.of(checked)
    model = (
        construct_findings, graph_findings, product_findings, parameter_findings, defined_findings,
        constraint_findings, data_findings, use_findings,
    )  # fmt: skip
    beside = (desk_findings, section_findings, control_findings, hierarchy_findings, effort_findings, decision_findings)
    named = not checked.broken & {(), ("constructs",)}  # else what stands beside the model names nothing that is known
    checks = (*model, *beside) if named else model
    crossed = [finding for check in checks for finding in check(view)]
    kept = [f for f in crossed if not checked.touches(*f.loc)]
    findings = [*merged.findings, *checked.findings, *(_explained(f, merged) for f in kept)]
    if findings:
        judged = judged_nodes(view, {f.loc[:2] for f in findings}) if judge else ()
        more = [problem for node in judged for problem in judge(node)] if judge else []
        raise SpecError([*as_problems(merged.tree, findings), *more])
    return _model(checked.raw, view, name if not bad_name(name) else "model", origin)


def _explained(finding: Finding, merged: Merged) -> Finding:
    """Where a path or the index names a construct that the child removed, say so."""
    mark = merged.removed.get(("constructs", finding.name))
    if mark is None or not finding.what.startswith("unknown construct"):
        return finding
    return replace(
        finding,
        remedy=Message(
            "it was removed at {mark}: write this entry again without it, or set it to null", mark=str(mark)
        ),
    )


def _across(report: RawReport | None) -> tuple[str, ...] | None:
    """Columns of the ladder of invariance; empty for those that the survey has, None where there is no ladder."""
    asked = None if report is None else report.invariance
    if not asked and not isinstance(asked, list):
        return None
    return () if asked is True else tuple(asked or ())


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
            construct=view.index,
            weights=(index and index.weights) or "own",
            fixed=in_item_order((index and index.fixed) or {}, view),
        ),
        data=with_classes(data_spec(raw.data, view) if raw.data else DataSpec(), raw),
        rollup=_rollup(raw),
        estimate=_estimate(raw, view),
        uncertainty=_uncertainty(raw),
        report=ReportSpec(
            tuple((report and report.languages) or ReportSpec().languages),
            ReportSpec().formats if report is None or report.formats is None else tuple(report.formats),
            bool(report and report.answers),
            _cuts(report),
            bool(report and report.reviewer),
            None if report is None else report.template,
            brand_of(None if report is None else report.brand),
            None if report is None or report.leagues is None else tuple(report.leagues),
            _across(report),
        ),
        parameters=_parameters(raw, view),
        defined=tuple((name, str(text).strip()) for name, text in (raw.defined or {}).items()),
        constraints=tuple(" ".join(text.split()) for text in raw.constraints or ()),
        beside=_beside(raw, view),
        indices=tuple(_simple(key, index or RawSimpleIndex()) for key, index in (raw.indices or {}).items()),
        targets=tuple((key, float(target.level or 0.0)) for key, target in (raw.targets or {}).items()),
        what_if=tuple((key, float(value)) for key, value in (raw.what_if or {}).items()),
        interactions=interactions_of(view),
        controls=controls_of(view, _beside(raw, view)),
        decisions=decisions_of(raw),
        desk=sections_of(raw, view),
        labels=tuple(_labels(column, raw.labels[column]) for column in sorted(raw.labels or {}) if raw.labels),
        origin=origin,
    )


def _beside(raw: RawSpec, view: View) -> tuple[Item, ...]:
    """Items of no construct; none where the spec has no constructs, and each item stands for one."""
    items = {} if view.implied else raw.items or {}
    return tuple(_item(key, item or RawItem(), view) for key, item in items.items())


def _construct(name: str, raw: RawConstruct, view: View) -> Construct:
    mode = raw.mode or "A"
    return Construct(
        name=name,
        items=tuple(_item(key, item, view) for key, item in view.items(name).items()),
        label=_text(raw.label),
        measured=raw.measured or ("composite" if mode == "B" else "reflective"),
        mode=mode,
        reliability=raw.reliability,
        of=tuple(raw.of or ()),
        better=raw.better or "high",
    )


def _cuts(raw: RawReport | None) -> tuple[Cut, Cut]:
    """Cuts of importance and performance as stated, at the mean where nothing is."""
    stated = raw.cuts if raw else None
    both = (stated.importance, stated.performance) if stated else (None, None)
    first, second = ("mean" if cut is None else cut for cut in both)
    return first, second


def _item(name: str, raw: RawItem, view: View) -> Item:
    low, high = raw.scale or (view.scale if raw.cell is None else (0.0, 1.0))
    values = tuple(sorted(view.values_of(raw).items()))
    return Item(name, Text(raw.en or "", raw.zh or ""), (low, high), bool(raw.reverse), values, _cell(raw.cell))


def _simple(name: str, raw: RawSimpleIndex) -> SimpleIndex:
    return SimpleIndex(
        name=name,
        kind=raw.kind or "mean",
        items=tuple(raw.items or ([raw.item] if raw.item else [])),
        levels=tuple(float(level) for level in raw.levels or ()),
        weights=tuple((item, float(weight)) for item, weight in (raw.weights or {}).items()),
        values=tuple(float(value) for value in raw.values or ()),
        cuts=tuple(float(cut) for cut in raw.cuts or ()),
        label=_text(raw.label),
        among=tuple((item, tuple(map(float, answers or ()))) for item, answers in (raw.among or {}).items()),
        better=raw.better or "high",
    )


def _cell(raw: RawCell | None) -> FromCell | None:
    if raw is None or raw.column is None or raw.contains is None:
        return None
    return FromCell(raw.column, raw.contains, raw.separator or "", raw.empty or "none")


def _labels(column: str, raw: Mapping[str, RawText | None] | None) -> tuple[str, ColumnLabels]:
    """Labels of a column, its values in alphabetical order; the column's own stands under the empty name."""
    texts = {value: _text(text) for value, text in sorted((raw or {}).items())}
    own = texts.pop("", Text())
    return column, ColumnLabels(own, tuple(texts.items()))


def _text(raw: RawText | None) -> Text:
    return Text(raw.en or "", raw.zh or "") if raw else Text()


def _parameters(raw: RawSpec, view: View) -> tuple[Parameter, ...]:
    """The statements in the order of operators and names, so that the order written does not change the hash."""
    given: Mapping[str, RawParameter | None] = raw.parameters or {}
    place = {name: k for k, name in enumerate((*view.constructs, *view.all_items()))}
    bare, made = bare_names(place), []
    for text, said in given.items():
        statement = known_readings(text, bare)[0]
        lhs, rhs = statement.lhs, statement.rhs
        if statement.op == "~~" and place[rhs] < place[lhs]:
            lhs, rhs = rhs, lhs
        value = None if said is None or said.value is None else float(said.value)
        label, released = (
            (said and said.label) or "",
            bool(said and said.free and (said.label or said.groups or said.order)),
        )
        ends = [None if end is None else float(end) for end in (said.lower, said.upper, said.start)] if said else ()
        made.append(Parameter(lhs, statement.op, rhs, value, label, _of_groups(said), released, *ends))
    return tuple(sorted(made, key=lambda p: (OPERATORS.index(p.op), place[p.lhs], place.get(p.rhs, -1))))


def _of_groups(said: RawParameter | None) -> tuple[GroupStatement, ...]:
    """What a statement says of single groups."""
    if said is None or not (said.groups or said.order):
        return ()
    given = list((said.groups or {}).items()) or [("", code) for code in said.order or ()]
    return tuple(
        GroupStatement(group, None, "" if code == "free" else code)
        if isinstance(code, str)
        else GroupStatement(group, float(code))
        for group, code in given
    )


def _estimate(raw: RawSpec, view: View) -> EstimateSpec:
    chosen, default = raw.estimate, EstimateSpec(estimator=view.estimator)
    if chosen is None:
        return default
    return EstimateSpec(
        estimator=default.estimator,
        scheme=chosen.scheme,
        missing=chosen.missing,
        tol=chosen.tol,
        max_iter=chosen.max_iter,
        on_nonconvergence=chosen.on_nonconvergence or default.on_nonconvergence,
        errors=chosen.errors,
        identification=chosen.identification,
        higher_order=None if chosen.higher_order == "disjoint" else chosen.higher_order,
        unasked_items=chosen.unasked_items or default.unasked_items,
        interactions=None if chosen.interactions == "two_stage" else chosen.interactions,
        correlations=None if chosen.correlations == "pearson" else chosen.correlations,
        covariates=chosen.covariates,
        metric=None if chosen.metric == "standardised" else chosen.metric,
        bounds=chosen.bounds,
    )


def _rollup(raw: RawSpec) -> RollupSpec:
    chosen, default = raw.rollup, RollupSpec()
    if chosen is None:
        return default
    return RollupSpec(tuple(chosen.levels or ()), chosen.weights, chosen.adjust or default.adjust)


def _uncertainty(raw: RawSpec) -> UncertaintySpec:
    chosen, default = raw.uncertainty, UncertaintySpec()
    if chosen is None:
        return default
    return UncertaintySpec(
        method=meant(chosen),
        replicates=default.replicates if chosen.replicates is None else chosen.replicates,
        seed=default.seed if chosen.seed is None else chosen.seed,
        interval=chosen.interval or default.interval,
        level=default.level if chosen.level is None else chosen.level,
        draw=chosen.draw or default.draw,
    )
