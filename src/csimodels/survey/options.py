"""How to read a survey: what the model's file says, overridden by what the call says, checked for names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real
from typing import Literal, cast, get_args

from csimodels.arguments import is_one_of, shown
from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.messages import Message
from csimodels.spec.checks.data import LONG_CODE, too_long
from csimodels.spec.decisions import Aside
from csimodels.spec.model import Code, DesignSpec, GroupsOfDesign, LoneStrata, Margin, Model, Period, ReplicateSpec
from csimodels.spec.row_rules import Rule, parse_rule, rule_columns
from csimodels.survey.roles import role_problems
from csimodels.survey.weights.raking import margin_problems

Where = Mapping[str, Code | Sequence[Code]] | str


@dataclass(frozen=True)
class Options:
    """Settings of one reading, complete.

    ``by`` forms the groups, the column of the waves last.  ``columns`` gives every item its column; ``codes`` every
    item its own missing codes besides `missing_codes`, `reasons` the codes whose meaning is known;
    ``where`` keeps rows whose column holds one of the values, `rule` those for which it is true.  `cells` are items
    made from cells of several answers; `periods` turns dates of group columns into periods.
    """

    columns: dict[str, str]
    missing_codes: tuple[Code, ...]
    codes: dict[str, tuple[Code, ...]]
    weight: str | None
    by: tuple[str, ...]
    wave: str | None
    where: tuple[tuple[str, tuple[Code, ...]], ...]
    design: DesignSpec
    out_of_range: Literal["error", "missing"]
    replicates: ReplicateSpec
    rake: tuple[Margin, ...]
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    cells: frozenset[str] = frozenset()
    rule: str = ""
    periods: dict[str, Period] = field(default_factory=dict)
    weight_missing: Literal["error", "drop"] = "error"
    value_labels: Literal["names", "codes"] = "names"
    reasons: dict[str, tuple[Code, ...]] = field(default_factory=dict)
    asides: tuple[Aside, ...] = ()
    rake_bounds: tuple[float, float] | None = None

    @cached_property
    def aside_columns(self) -> tuple[tuple[str, str], ...]:
        """``(column, use)`` of every rule or amount that is read beside the answers."""
        found = [(c, a.use) for a in self.asides for c in (rule_columns(parse_rule(a.text)) if a.rule else (a.text,))]
        return tuple(dict.fromkeys(found))

    @cached_property
    def parsed(self) -> Rule | None:
        """The tree of `rule`, None where there is none."""
        return parse_rule(self.rule) if self.rule else None

    @cached_property
    def rule_columns(self) -> tuple[str, ...]:
        """Columns that `rule` looks at."""
        return () if self.parsed is None else rule_columns(self.parsed)

    @cached_property
    def purposes(self) -> dict[str, list[str]]:
        """What each column is needed for, in the order in which columns are looked for."""
        wanted: dict[str, list[str]] = {}
        for item, column in self.columns.items():
            wanted.setdefault(column, []).append(
                Message("cell {name}", name=item) if item in self.cells else Message("item {name}", name=item)
            )
        others = [(self.weight, "weight"), *((name, "wave" if name == self.wave else "by") for name in self.by)]
        others += [(name, "where") for name in dict.fromkeys([*(n for n, _ in self.where), *self.rule_columns])]
        others += [(self.design.strata, "design: strata"), (self.design.cluster, "design: cluster")]
        others += [(self.design.panel, "design: panel")]
        others += [(self.design.fpc, "design: fpc"), *((margin.column, "rake") for margin in self.rake)]
        others += [(name, "replicate weight") for name in self.replicates.columns]
        others += list(self.aside_columns)
        for name, purpose in others:
            if name is not None:
                wanted.setdefault(name, []).append(purpose)
        return wanted

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that label rows: groups, filters, strata, clusters and margins."""
        names: list[str | None] = [*self.by, *(name for name, _ in self.where), *self.rule_columns]
        names += [self.design.strata, self.design.cluster, self.design.panel]
        names += [margin.column for margin in self.rake]
        names += [column for column, _ in self.aside_columns]
        return tuple(dict.fromkeys(name for name in names if name is not None))


@dataclass(frozen=True, slots=True)
class Asked:
    """Keywords of `read_survey` as they came; None where the model's own setting holds."""

    columns: Mapping[str, str] | None = None
    missing_codes: Sequence[Code] | Code | None = None
    weight: str | None = None
    by: str | Sequence[str] | None = None
    where: Where | None = None
    design: DesignSpec | Mapping[str, str | None] | None = None
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    out_of_range: str | None = None


def options(model: Model, asked: Asked) -> Options:
    """The settings in force.

    Raises
    ------
    SpecError
        An unknown item, an unknown choice, one column for two items, or a column that is item and weight.
    """
    if wrong := _wrong_types(asked):
        raise SpecError(wrong)
    mapping = {**dict(model.data.columns), **dict(asked.columns or {})}
    problems = _unknown_items(mapping, [item.name for item in model.asked])
    design = asked.design
    if not isinstance(design, DesignSpec):
        design = _design(design, model.data.design, problems)
    rule = model.data.out_of_range if asked.out_of_range is None else asked.out_of_range
    if not is_one_of(rule, ("error", "missing")):
        problems.append(
            Problem("unknown rule", "out_of_range", shown(rule), Message("error or missing"), "choose one of them")
        )
    done = _overridden(model, asked, mapping, design, cast('Literal["error", "missing"]', rule))
    done.parsed  # noqa: B018  (a rule that is none is refused here)
    problems += double_use(done) + margin_problems(done.rake)
    if problems:
        raise SpecError(problems)
    return done


def _unknown_items(mapping: Mapping[str, str], names: Sequence[str]) -> list[Problem]:
    """Items to which `mapping` gives a column although there are none of that name."""
    return [
        Problem(
            Message("columns names the item {name}, which the model does not have", name=name),
            "columns",
            allowed=nearest(name, names) or listed(names),
            remedy="write columns as item: column",
        )
        for name in mapping
        if name not in names
    ]


def _overridden(
    model: Model, asked: Asked, mapping: Mapping[str, str], design: DesignSpec, rule: Literal["error", "missing"]
) -> Options:
    """What the file says, but for what the call says instead."""
    spec, own = model.data, asked.where is None
    by = spec.by if asked.by is None else cast("tuple[str, ...]", _tuple(asked.by))
    return Options(
        columns={i.name: mapping.get(i.name, i.cell.column if i.cell else i.name) for i in model.asked},
        missing_codes=spec.missing_codes if asked.missing_codes is None else _tuple(asked.missing_codes),
        codes=dict(spec.item_missing_codes),
        weight=asked.weight or spec.weight,
        by=(*by, spec.wave.column) if spec.wave.column and spec.wave.column not in by else by,
        wave=spec.wave.column or None,
        where=_where(tuple(asked.where.items()) if isinstance(asked.where, Mapping) else spec.where if own else ()),
        rule=asked.where if isinstance(asked.where, str) else spec.rule if own else "",
        periods=dict(spec.periods),
        weight_missing=spec.weight_missing,
        value_labels=spec.value_labels,
        reasons=dict(spec.missing_reasons),
        cells=frozenset(item.name for item in model.asked if item.cell),
        design=design,
        out_of_range=rule,
        sheet=asked.sheet or spec.sheet,
        encoding=asked.encoding or spec.encoding,
        separator=asked.separator or spec.separator,
        replicates=spec.replicate_weights,
        rake=spec.rake,
        rake_bounds=spec.rake_bounds or None,
        asides=model.decisions.asides,
    )


def _wrong_types(asked: Asked) -> list[Problem]:
    """Keywords that hold something else than names, codes or mappings."""
    problems = []
    mappings: dict[str, object] = {"columns": asked.columns, "where": asked.where}
    if not isinstance(asked.design, DesignSpec):
        mappings["design"] = asked.design
    for keyword, value in mappings.items():
        if value is not None and not isinstance(value, Mapping) and not (keyword == "where" and isinstance(value, str)):
            problems.append(
                Problem(
                    Message("{keyword} must be a mapping", keyword=keyword),
                    keyword,
                    type(value).__name__,
                    "{name: name}",
                )
            )
    names = {"weight": asked.weight, "sheet": asked.sheet, "encoding": asked.encoding, "separator": asked.separator}
    for keyword, name in names.items():
        if name is not None and not isinstance(name, str):
            remedy = "put the weights into a column of the data and name it" if keyword == "weight" else ""
            problems.append(
                Problem(
                    Message("{keyword} must be a name", keyword=keyword), keyword, type(name).__name__, "text", remedy
                )
            )
    problems += [
        Problem(
            "a missing code has more than 15 digits: numbers so long are not told apart",
            "missing_codes",
            str(code)[:40],
            remedy=LONG_CODE,
        )
        for code in (() if asked.missing_codes is None else _each(asked.missing_codes))
        if too_long(code)
    ]
    for keyword, values, kinds in (("by", asked.by, str), ("missing_codes", asked.missing_codes, (str, Real))):
        if values is not None and not all(isinstance(value, kinds) for value in _each(values)):
            allowed = Message("column names") if keyword == "by" else Message("numbers and texts")
            problems.append(
                Problem(Message("{keyword} holds something else", keyword=keyword), keyword, shown(values), allowed)
            )
    return problems


def _each(values: object) -> tuple[object, ...]:
    if isinstance(values, (str, Real)) or not isinstance(values, Iterable):
        return (values,)
    try:
        return tuple(values)
    except (TypeError, RuntimeError):  # an array without a dimension, or what only looks like a list
        return (values,)


def _tuple(value: Sequence[Code] | Code) -> tuple[Code, ...]:
    """A single value, text included, as a tuple of one."""
    return cast("tuple[Code, ...]", _each(value))


def _where(pairs: Sequence[tuple[str, Code | Sequence[Code]]]) -> tuple[tuple[str, tuple[Code, ...]], ...]:
    merged: dict[str, tuple[Code, ...]] = {}
    for name, values in pairs:
        merged[name] = merged.get(name, ()) + _tuple(values)
    return tuple(merged.items())


def _design(asked: Mapping[str, str | None] | None, spec: DesignSpec, problems: list[Problem]) -> DesignSpec:
    if asked is None:
        return spec
    known = ("strata", "cluster", "fpc", "lone_strata", "panel", "groups")
    problems += [
        Problem(
            Message("unknown key {key}", key=key),
            "design",
            key,
            nearest(key, known) or listed(known),
            "use strata, cluster, fpc and panel",
        )
        for key in asked
        if key not in known
    ]
    lone = spec.lone_strata if asked.get("lone_strata") is None else asked["lone_strata"]
    if not is_one_of(lone, get_args(LoneStrata)):
        allowed = listed(get_args(LoneStrata))
        problems.append(Problem("unknown rule for strata with one unit", "design", shown(lone), allowed))
    groups = spec.groups if asked.get("groups") is None else asked["groups"]
    strata, cluster, fpc, panel = (asked.get(name) for name in ("strata", "cluster", "fpc", "panel"))
    return DesignSpec(strata, cluster, fpc, cast("LoneStrata", lone), panel, cast("GroupsOfDesign | None", groups))


def double_use(done: Options) -> list[Problem]:
    """Columns that cannot be all that they are named for."""
    return role_problems(done.purposes)
