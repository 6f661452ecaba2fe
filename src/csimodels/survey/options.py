"""How to read a survey: what the model's file says, overridden by what the call says, checked for names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal, cast

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.spec.model import Code, DesignSpec, Margin, Model, ReplicateSpec
from csimodels.survey.raking import margin_problems

Where = Mapping[str, Code | Sequence[Code]]


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one reading, complete.

    ``columns`` gives every item its column; ``codes`` every item its own missing codes besides `missing_codes`;
    ``where`` keeps rows whose column holds one of the values.
    """

    columns: dict[str, str]
    missing_codes: tuple[Code, ...]
    codes: dict[str, tuple[Code, ...]]
    weight: str | None
    by: tuple[str, ...]
    where: tuple[tuple[str, tuple[Code, ...]], ...]
    design: DesignSpec
    out_of_range: Literal["error", "missing"]
    replicates: ReplicateSpec
    rake: tuple[Margin, ...]
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None

    @property
    def purposes(self) -> dict[str, list[str]]:
        """What each column is needed for, in the order in which columns are looked for."""
        wanted: dict[str, list[str]] = {}
        for item, column in self.columns.items():
            wanted.setdefault(column, []).append(f"item {item}")
        others = [(self.weight, "weight"), *((name, "by") for name in self.by)]
        others += [(name, "where") for name, _ in self.where]
        others += [(self.design.strata, "design: strata"), (self.design.cluster, "design: cluster")]
        others += [(self.design.fpc, "design: fpc"), *((margin.column, "rake") for margin in self.rake)]
        others += [(name, "replicate weight") for name in self.replicates.columns]
        for name, purpose in others:
            if name is not None:
                wanted.setdefault(name, []).append(purpose)
        return wanted

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that label rows: groups, filters, strata, clusters and margins."""
        names = [*self.by, *(name for name, _ in self.where), self.design.strata, self.design.cluster]
        names += [margin.column for margin in self.rake]
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
    spec = model.data
    problems = _wrong_types(asked)
    if problems:
        raise SpecError(problems)
    mapping = {**dict(spec.columns), **dict(asked.columns or {})}
    problems += [
        Problem(
            f"columns names the item {name}, which the model does not have",
            "columns",
            allowed=nearest(name, model.item_names) or listed(model.item_names),
            remedy="write columns as item: column",
        )
        for name in mapping
        if name not in model.item_names
    ]
    rule = asked.out_of_range or spec.out_of_range
    if rule not in ("error", "missing"):
        problems.append(Problem("unknown rule", "out_of_range", repr(rule), "error or missing", "choose one of them"))
    design = asked.design if isinstance(asked.design, DesignSpec) else _design(asked.design, spec.design, problems)
    done = Options(
        columns={name: mapping.get(name, name) for name in model.item_names},
        missing_codes=spec.missing_codes if asked.missing_codes is None else _tuple(asked.missing_codes),
        codes=dict(spec.item_missing_codes),
        weight=asked.weight or spec.weight,
        by=spec.by if asked.by is None else cast("tuple[str, ...]", _tuple(asked.by)),
        where=_where(spec.where if asked.where is None else tuple(asked.where.items())),
        design=design,
        out_of_range=cast('Literal["error", "missing"]', rule),
        sheet=asked.sheet or spec.sheet,
        encoding=asked.encoding or spec.encoding,
        separator=asked.separator or spec.separator,
        replicates=spec.replicate_weights,
        rake=spec.rake,
    )
    problems += double_use(done) + margin_problems(done.rake)
    if problems:
        raise SpecError(problems)
    return done


def _wrong_types(asked: Asked) -> list[Problem]:
    """Keywords that hold something else than names, codes or mappings."""
    problems = []
    mappings: dict[str, object] = {"columns": asked.columns, "where": asked.where}
    if not isinstance(asked.design, DesignSpec):
        mappings["design"] = asked.design
    for keyword, value in mappings.items():
        if value is not None and not isinstance(value, Mapping):
            problems.append(Problem(f"{keyword} must be a mapping", keyword, type(value).__name__, "{name: name}"))
    names = {"weight": asked.weight, "sheet": asked.sheet, "encoding": asked.encoding, "separator": asked.separator}
    for keyword, name in names.items():
        if name is not None and not isinstance(name, str):
            remedy = "put the weights into a column of the data and name it" if keyword == "weight" else ""
            problems.append(Problem(f"{keyword} must be a name", keyword, type(name).__name__, "text", remedy))
    for keyword, values, kinds in (("by", asked.by, str), ("missing_codes", asked.missing_codes, (str, Real))):
        if values is not None and not all(isinstance(value, kinds) for value in _each(values)):
            allowed = "column names" if keyword == "by" else "numbers and texts"
            problems.append(Problem(f"{keyword} holds something else", keyword, repr(values)[:100], allowed))
    return problems


def _each(values: object) -> tuple[object, ...]:
    if isinstance(values, (str, Real)) or not isinstance(values, Iterable):
        return (values,)
    return tuple(values)


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
    known = ("strata", "cluster", "fpc")
    problems += [
        Problem(
            f"unknown key {key}", "design", key, nearest(key, known) or listed(known), "use strata, cluster and fpc"
        )
        for key in asked
        if key not in known
    ]
    return DesignSpec(asked.get("strata"), asked.get("cluster"), asked.get("fpc"))


def double_use(done: Options) -> list[Problem]:
    """Columns that cannot be all that they are named for."""
    problems = [
        Problem(f'the column "{name}" stands twice in by', "by", listed(done.by), remedy="name each column once")
        for name in dict.fromkeys(done.by)
        if done.by.count(name) > 1
    ]
    for column, uses in done.purposes.items():
        items = [use for use in uses if use.startswith("item ")]
        if len(items) > 1:
            what = f'column "{column}" is used for {len(items)} items'
            problems.append(Problem(what, "columns", listed(items), remedy="give each item a column of its own"))
        if items and "by" in uses:
            what = f'column "{column}" forms the groups and is {items[0]}: it would be constant in every group'
            problems.append(Problem(what, "by", remedy="group by another column, or take the item out of the model"))
        if items and "weight" in uses:
            what = f'column "{column}" is used as the weight and for {items[0]}'
            problems.append(Problem(what, "weight", remedy="name the column that holds the sampling weights"))
        problems += _double_design(column, uses)
    return problems


def _double_design(column: str, uses: Sequence[str]) -> list[Problem]:
    """The same for replicate weights, fpc and margins."""
    problems = []
    others = [use for use in uses if use != "replicate weight"]
    if len(others) < len(uses) and len(uses) > 1:
        what = f'column "{column}" is named twice as a replicate weight'
        if others:
            what = f'column "{column}" is a replicate weight and used for {listed(others)}'
        problems.append(Problem(what, "replicate_weights", remedy="name each column of replicate weights once"))
    if uses.count("rake") > 1:
        problems.append(Problem(f'column "{column}" stands twice in rake', "rake", remedy="name each column once"))
    sizes = [use for use in others if use.startswith("item ") or use in ("weight", "by")]
    if "design: fpc" in uses and sizes:
        what = f'column "{column}" is used for fpc and for {listed(sizes)}'
        problems.append(Problem(what, "design: fpc", remedy="name the column with the sizes of the strata"))
    return problems
