"""The parameters of one group: what the model's blocks and paths imply, then what its statements change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from csimodels.errors import Problem, SpecError, listed
from csimodels.estimate.design import Design
from csimodels.messages import Message
from csimodels.spec.graph import causal_order
from csimodels.spec.model import Parameter

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Draft:
    """One parameter before it has a place in ``x``; fields as in :class:`~csimodels.estimate.ml.parameters.Row`.

    ``implied`` marks a fixed value that stands for a convention (scale, origin) and not for a statement of the model;
    ``kind`` is the word of lavaan's ``group.equal``.
    """

    lhs: str
    op: str
    rhs: str
    matrix: str
    row: int
    col: int
    kind: str
    free: bool = True
    value: float = _NAN
    label: str = ""
    implied: bool = False
    unreliability: float = _NAN
    lower: float = _NAN
    upper: float = _NAN
    start: float = _NAN

    @property
    def text(self) -> str:
        """``Image =~ IMAG2``."""
        return f"{self.lhs} {self.op} {self.rhs}".strip()

    @property
    def scales(self) -> bool:
        """Whether it is fixed to set the scale of a construct: its first loading, or a variance of 1."""
        return self.implied and (self.op == "=~" or (self.matrix == "psi" and self.value == 1))

    def fixed(self, value: float) -> Draft:
        """The row fixed at `value` by convention."""
        return replace(self, free=False, value=value, implied=True)

    def freed(self) -> Draft:
        """The row let free."""
        return replace(self, free=True, value=_NAN, implied=False, unreliability=_NAN)


def template(design: Design, identification: str, mean_structure: bool, group: int = 0) -> tuple[Draft, ...]:
    """The rows of one group in lavaan's order: the same rows in every `group`, fixed or free as the statements say.

    Raises
    ------
    SpecError
        Composites, a circle, statements without a place in the model; all at once.
    """
    problems = [*_composites(design), *_reliabilities(design), *_circle(design)]
    if problems:
        raise SpecError(problems)
    drafts = [*_loadings(design), *_regressions(design), *_covariances(design)]
    if mean_structure:
        drafts += _means(design)
    drafts = _identified(drafts, design, identification)
    return _stated(drafts, design, group)


def model_items(design: Design) -> list[int]:
    """For each item of the model, in its order, the first place in `design` where it stands."""
    first: dict[int, int] = {}
    for place, column in enumerate(design.columns.tolist()):
        first.setdefault(column, place)
    return [first[column] for column in sorted(first)]


def owners(design: Design) -> list[int]:
    """For each item of the model the construct that it measures: the one that is not of higher order."""
    owner: dict[int, int] = {}
    for column, j in zip(design.columns.tolist(), design.block.tolist(), strict=True):
        if not design.parts[j]:
            owner[column] = j
    return [owner[column] for column in sorted(owner)]


def _composites(design: Design) -> Iterator[Problem]:
    for j, name in enumerate(design.constructs):
        if len(design.parts[j] or design.blocks[j]) == 1:
            continue
        if design.mode_b[j] or not design.reflective[j]:
            what = Message("mode B") if design.mode_b[j] else "measured: composite"
            yield Problem(
                "a covariance structure model measures constructs as common factors, this one is a composite",
                name,
                what,
                Message("measured: reflective, mode A"),
                "change it where its items are effects of the construct, else use estimator: pls",
            )


def _reliabilities(design: Design) -> Iterator[Problem]:
    for j, name in enumerate(design.constructs):
        stated = design.reliability[j]
        if not np.isnan(stated) and len(design.parts[j] or design.blocks[j]) + _sharing(design).count(j) > 1:
            what = "the reliability of a construct with several items is estimated here, not stated"
            yield Problem(
                what, name, Message("reliability: {stated}", stated=f"{stated:g}"), remedy="leave reliability out"
            )


def _circle(design: Design) -> Iterator[Problem]:
    if causal_order([np.flatnonzero(row).tolist() for row in _beta(design)]) is None:
        inside = [design.constructs[j] for j, parts in enumerate(design.parts) if parts]
        what = "a dimension is a cause and an indicator of the same construct: the factors run in a circle"
        yield Problem(what, listed(inside), remedy="take out the paths from dimensions to their higher-order construct")


def _beta(design: Design) -> np.ndarray:
    """(m, m) bool: paths and loadings of dimensions, ``[target, source]``."""
    beta = design.path.copy()
    for j, parts in enumerate(design.parts):
        beta[list(parts), j] = True
    return beta


def _loadings(design: Design) -> Iterator[Draft]:
    names, columns = design.constructs, [design.items[k] for k in model_items(design)]
    owner = owners(design)
    for j, name in enumerate(names):
        for part in design.parts[j]:
            yield Draft(name, "=~", names[part], "beta", part, j, "loadings")
        for k, item in enumerate(columns):
            if owner[k] == j:
                yield Draft(name, "=~", item, "lambda", k, j, "loadings")


def _regressions(design: Design) -> Iterator[Draft]:
    names = design.constructs
    for target in range(len(names)):
        for source in design.predecessors[target]:
            if target not in design.parts[source]:
                yield Draft(names[target], "~", names[source], "beta", target, int(source), "regressions")


def _covariances(design: Design) -> Iterator[Draft]:
    """Variances, then covariances of exogenous factors and of terminal endogenous ones (lavaan's defaults)."""
    items, names = [design.items[k] for k in model_items(design)], design.constructs
    for k, item in enumerate(items):
        yield Draft(item, "~~", item, "theta", k, k, "residuals")
    for j, name in enumerate(names):
        yield Draft(name, "~~", name, "psi", j, j, "lv.variances")
    dimension = {part for parts in design.parts for part in parts}
    targets = {int(j) for j in np.flatnonzero(design.path.any(axis=1))}
    sources = {int(j) for j in np.flatnonzero(design.path.any(axis=0))}
    outer = [j for j in range(len(names)) if j not in targets and j not in dimension]
    final = sorted(targets - sources - dimension)
    for group in (outer, final):
        for a, i in enumerate(group):
            for j in group[a + 1 :]:
                yield Draft(names[i], "~~", names[j], "psi", j, i, "lv.covariances")


def _means(design: Design) -> Iterator[Draft]:
    for k, place in enumerate(model_items(design)):
        yield Draft(design.items[place], "~1", "", "nu", k, 0, "intercepts")
    for j, name in enumerate(design.constructs):
        yield Draft(name, "~1", "", "alpha", j, 0, "means").fixed(0.0)


def _identified(drafts: Iterable[Draft], design: Design, identification: str) -> list[Draft]:
    """Fix scales (first loading or variance) and the residuals of single indicators."""
    out, begun = [], set()
    owner = owners(design)
    shared = _sharing(design)
    for draft in drafts:
        if draft.op == "=~" and identification == "marker" and draft.col not in begun:
            draft = draft.fixed(1.0)
        if draft.op == "=~":
            begun.add(draft.col)
        if draft.matrix == "psi" and draft.row == draft.col and identification == "std_lv":
            draft = draft.fixed(1.0)
        if draft.matrix == "theta" and (*owner, *shared).count(owner[draft.row]) == 1:
            stated = design.reliability[owner[draft.row]]
            draft = draft.fixed(0.0) if np.isnan(stated) else replace(draft.fixed(_NAN), unreliability=1 - stated)
        if draft.matrix == "psi" and draft.row == draft.col and _lone(draft.row, design):
            draft = draft.fixed(0.0)
        out.append(draft)
    return out


def _lone(j: int, design: Design) -> bool:
    """Whether factor j is the only dimension of another: its residual is then fixed like that of a single item."""
    return any(parts == (j,) for parts in design.parts)


def _stated(drafts: Sequence[Draft], design: Design, group: int) -> tuple[Draft, ...]:
    """Apply the model's statements; new residual covariances follow the regressions, as in lavaan."""
    place = {_key(d.lhs, d.op, d.rhs): k for k, d in enumerate(drafts)}
    out, added, problems = list(drafts), [], []
    for statement in design.parameters:
        key = _key(statement.lhs, statement.op, statement.rhs)
        if key in place:
            out[place[key]] = _changed(out[place[key]], statement, group)
            continue
        draft = _crossed(statement, design) or _covariance(statement, design)
        if isinstance(draft, Problem):
            problems.append(draft)
        else:
            absent = bool(statement.groups) and not statement.groups[group].stated
            added.append(draft.fixed(0.0) if absent else _changed(draft, statement, group))
    problems += _impossible(out, added)
    if problems:
        raise SpecError(problems)
    out, added = _anchored(out, added)
    out, added = ([_bounded(d, design.bounds) for d in part] for part in (out, added))
    loadings = 1 + max((k for k, d in enumerate(out) if d.op == "=~"), default=-1)
    first = next((k for k, d in enumerate(out) if d.op == "~~"), len(out))
    shared, others = ([d for d in added if (d.op == "=~") == same] for same in (True, False))
    return (*out[:loadings], *shared, *out[loadings:first], *others, *out[first:])


def _key(lhs: str, op: str, rhs: str) -> tuple[str, ...]:
    return (op, *sorted((lhs, rhs))) if op == "~~" else (op, lhs, rhs)


def _changed(draft: Draft, statement: Parameter, group: int) -> Draft:
    if statement.groups:
        said = statement.groups[group]
        if not said.stated:
            return draft
        statement = replace(statement, value=said.value, label=said.label, groups=())
    if statement.value is None and statement.label and draft.scales and not statement.free:
        return replace(draft, label=statement.label, implied=False)  # a label leaves a scale fixed, as in lavaan
    if statement.value is None:
        ends = [_NAN if end is None else float(end) for end in (statement.lower, statement.upper, statement.start)]
        return replace(draft.freed(), label=statement.label, lower=ends[0], upper=ends[1], start=ends[2])
    return replace(draft, free=False, value=float(statement.value), label="", implied=False, unreliability=_NAN)


#: Variances that `estimate: {bounds: ...}` keeps from falling below 0, by matrix (lavaan's words).
BOUNDED = {"pos.var": ("theta", "psi"), "pos.ov.var": ("theta",), "pos.lv.var": ("psi",)}


def _bounded(draft: Draft, bounds: str | None) -> Draft:
    """A free variance with the lower bound 0 that the estimator has for all of them, unless it has one of its own."""
    variance = draft.matrix in BOUNDED.get(bounds or "", ()) and draft.row == draft.col
    return replace(draft, lower=0.0) if variance and draft.free and np.isnan(draft.lower) else draft


def _anchored(drafts: Sequence[Draft], added: Sequence[Draft]) -> tuple[list[Draft], list[Draft]]:
    """Parameters that share their label with a fixed one (a scale, 1) are fixed at its value too."""
    values = {draft.label: draft.value for draft in (*drafts, *added) if draft.label and not draft.free}

    def tied(draft: Draft) -> Draft:
        fixed = draft.free and draft.label in values
        return replace(draft, free=False, value=values[draft.label]) if fixed else draft

    return [tied(d) for d in drafts], [tied(d) for d in added]


def _sharing(design: Design) -> list[int]:
    """The construct of every loading on an item that belongs to another one."""
    drafts = (_crossed(p, design) for p in design.parameters)
    owner = owners(design)
    return [d.col for d in drafts if d is not None and owner[d.row] != d.col]


def _crossed(statement: Parameter, design: Design) -> Draft | None:
    """The loading of an item on a construct that it does not belong to; None where that is not meant."""
    items, names = [design.items[k] for k in model_items(design)], design.constructs
    if statement.op != "=~" or statement.rhs not in items or statement.lhs not in names:
        return None
    k, j = items.index(statement.rhs), names.index(statement.lhs)
    return None if design.parts[j] else Draft(statement.lhs, "=~", statement.rhs, "lambda", k, j, "loadings")


def _covariance(statement: Parameter, design: Design) -> Draft | Problem:
    """A covariance that the model does not have yet, or why there can be no such parameter."""
    text = f"{statement.lhs} {statement.op} {statement.rhs}".strip()
    items, names = [design.items[k] for k in model_items(design)], design.constructs
    if statement.op == "~~":
        for known, matrix, kind in ((items, "theta", "residual.covariances"), (names, "psi", "lv.covariances")):
            if statement.lhs in known and statement.rhs in known:
                a, b = known.index(statement.lhs), known.index(statement.rhs)
                return Draft(statement.lhs, "~~", statement.rhs, matrix, max(a, b), min(a, b), kind)
        what = "a covariance joins two items or two constructs of the model"
        return Problem(what, text, remedy="an item and a construct are joined by a loading (=~)")
    if statement.op == "=~":
        what = "a loading belongs to an item (or dimension) of the construct itself"
        return Problem(
            what, text, remedy=Message("list {rhs} among the items of {lhs}", rhs=statement.rhs, lhs=statement.lhs)
        )
    if statement.op == "~":
        what = "there is no such path in the model"
        return Problem(
            what,
            text,
            remedy=Message("add the path from {rhs} to {lhs} under paths", rhs=statement.rhs, lhs=statement.lhs),
        )
    return Problem("there is no such item or construct", text)


def _impossible(drafts: Iterable[Draft], added: Iterable[Draft]) -> Iterator[Problem]:
    """Residual covariances of items that have no residual; variances fixed below zero."""
    still = {d.row: d for d in drafts if d.matrix == "theta" and not d.free and d.value == 0}
    for draft in added:
        for k in {draft.row, draft.col} & still.keys() if draft.matrix == "theta" else ():
            if draft.free or draft.value != 0:
                what = Message(
                    "{lhs} has no residual (it is fixed at 0), so it cannot covary with another", lhs=still[k].lhs
                )
                yield Problem(
                    what,
                    draft.text,
                    remedy=Message('state the reliability of its construct, or free "{text}"', text=still[k].text),
                )
    for draft in drafts:
        if draft.op == "~~" and draft.lhs == draft.rhs and not draft.free and draft.value < 0:
            yield Problem("a variance cannot be fixed below zero", draft.text, f"{draft.value:g}")
