"""The parameters of a covariance structure model, one row each: what is free, what is fixed, what is held equal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.estimate.design import Design
from csimodels.estimate.ml.constraints import Constraints, constraints_of, generic_point
from csimodels.estimate.ml.group_parameters import Draft, model_items, template
from csimodels.messages import Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.model import Model, Parameter
from csimodels.spec.statements import written

Identification = Literal["marker", "std_lv"]
Equal = Literal[
    "loadings",
    "intercepts",
    "residuals",
    "regressions",
    "means",
    "residual.covariances",
    "lv.variances",
    "lv.covariances",
]


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter of one group.

    Attributes
    ----------
    lhs, op, rhs : the statement in lavaan's operators (``=~ ~ ~~ ~1``).
    group : 0 .. G-1.
    matrix : ``lambda``, ``beta``, ``psi``, ``theta``, ``nu`` or ``alpha``;  row, col : its place there.
    free : place in the vector ``x`` of free parameters, -1 where fixed; equal parameters share a place.
    value : the fixed value, NaN where free.
    label : as stated in the model.
    unreliability : share of the item's sample variance that a fixed residual variance takes; NaN elsewhere.
    lower, upper, start : bounds and start value of a free parameter as stated; NaN where nothing is.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    matrix: str
    row: int
    col: int
    free: int
    value: float
    label: str = ""
    unreliability: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    start: float = float("nan")

    @property
    def name(self) -> str:
        """The row as text, ``Image =~ IMAG2``; that of a later group ends in ``.g2``, as in lavaan."""
        text = f"{self.lhs} {self.op} {self.rhs}".strip()
        return text if self.group == 0 else f"{text}.g{self.group + 1}"


class Pattern(NamedTuple):
    """What start values need of a model with p items and m factors, the same in every group.

    ``block`` (p, m) marks the own factor of every item: the first that it loads on.  ``linked`` and ``measured``
    (m, m) mark ``[target, source]`` of paths and higher-order loadings.  ``single`` (p,) are items alone on their
    factor, ``alone`` (p,) their standardised loadings by their reliability.
    """

    block: Floats
    linked: Bools
    measured: Floats
    single: Bools
    alone: Floats


@dataclass(frozen=True)
class ParameterTable:
    """All parameters of a model, group after group; every group has the same rows in the same order.

    Attributes
    ----------
    rows : group 0 first; within a group in lavaan's order.
    items, factors : names along ``p`` (the items of the model, not the repeated ones of a design) and ``m``.
    groups : G;  q : number of free parameters;  mean_structure : whether means are modelled.
    relations : constraints between labels, as text;  defined : ``(name, formula)`` that these may name.
    """

    rows: tuple[Row, ...]
    items: tuple[str, ...]
    factors: tuple[str, ...]
    groups: int
    q: int
    mean_structure: bool
    relations: tuple[str, ...] = ()
    defined: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        model: Model | Design,
        *,
        groups: int = 1,
        identification: Identification = "marker",
        mean_structure: bool = False,
        equal: Collection[str] = frozenset(),
        free: Sequence[str] = (),
    ) -> ParameterTable:
        """Compile `model` with the conventions of lavaan's ``sem()`` (0.6-14).

        Parameters
        ----------
        groups : G.
        identification : ``marker`` fixes the first loading of every factor at 1, ``std_lv`` its (residual) variance.
        mean_structure : model the means; a statement on an intercept (``~1``) does so too.
        equal : what is held equal across groups, in the words of lavaan's ``group.equal``.
        free : statements (``"Image =~ IMAG2"``) that are let free across groups all the same.

        Raises
        ------
        SpecError
            Composites of more than one item, statements that have no place in the model, unknown `equal` or `free`.
        """
        design = model if isinstance(model, Design) else Design.of(model)
        mean_structure = mean_structure or any(p.op == "~1" for p in design.parameters)
        refuse_other_groups(design.parameters, groups)
        apart = groups if any(p.groups for p in design.parameters) else 1
        drafts = [template(design, identification, mean_structure, g) for g in range(apart)] * (groups // apart)
        _check_equal(equal, mean_structure)
        rows = _numbered(drafts, frozenset(equal), _released(drafts[0], free), design)
        items = tuple(design.items[k] for k in model_items(design))
        q = 1 + max((row.free for row in rows), default=-1)
        return cls(rows, items, design.constructs, groups, q, mean_structure, design.constraints, design.defined)

    @cached_property
    def generic(self) -> Floats:
        """(q,) values that obey no relation but those of the model."""
        return generic_point(((row.free, row.matrix, row.row == row.col) for row in self.rows), self.q)

    @cached_property
    def constraints(self) -> Constraints | None:
        """Constraints and bounds of the free parameters; None where there are none."""
        known = {row.label: (row.free, row.value) for row in reversed(self.rows) if row.label}
        bounds: dict[int, tuple[float, float]] = {}
        for row in self.rows:
            if row.free >= 0 and (row.lower > float("-inf") or row.upper < float("inf")):
                low, high = bounds.get(row.free, (float("nan"), float("nan")))
                bounds[row.free] = (float(np.fmax(low, row.lower)), float(np.fmin(high, row.upper)))
        ends = [(self.spelled[k], k, *both) for k, both in bounds.items()]
        return constraints_of(known, self.relations, self.defined, ends, self.generic)

    @cached_property
    def pattern(self) -> Pattern:
        """Which items measure which factor, and which factors lead to which."""
        return _pattern(self.rows[: len(self.rows) // self.groups], len(self.items), len(self.factors))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Length q: the label of each free parameter, or the text of the first row that takes its place."""
        first: dict[int, str] = {}
        for row in self.rows:
            if row.free >= 0:
                first.setdefault(row.free, row.label or row.name)
        return tuple(first[k] for k in range(self.q))

    @cached_property
    def spelled(self) -> tuple[str, ...]:
        """Length q: each free parameter as statement, labels left out."""
        first: dict[int, str] = {}
        for row in self.rows:
            if row.free >= 0:
                first.setdefault(row.free, row.name)
        return tuple(first[k] for k in range(self.q))

    @property
    def moments(self) -> int:
        """Number of sample moments the model is fitted to, over all groups."""
        p = len(self.items)
        return self.groups * (p * (p + 1) // 2 + (p if self.mean_structure else 0))

    @property
    def npar(self) -> int:
        """Number of parameters that are free to move: those of ``x`` less the equalities between them."""
        return self.q - (0 if self.constraints is None else self.constraints.rank)

    @property
    def df(self) -> int:
        """Degrees of freedom: moments less parameters that are free to move."""
        return self.moments - self.npar


def _pattern(rows: Sequence[Row], p: int, m: int) -> Pattern:
    block, linked, measured = np.zeros((p, m)), np.zeros((m, m), dtype=bool), np.zeros((m, m))
    fixed, share = np.zeros(p, dtype=bool), np.zeros(p)
    for row in rows:
        if row.matrix == "lambda" and not block[row.row].any():
            block[row.row, row.col] = 1.0
        elif row.matrix == "beta":
            linked[row.row, row.col] = True
            measured[row.row, row.col] = row.op == "=~"
        elif row.matrix == "theta" and row.row == row.col:
            fixed[row.row] |= row.free < 0
            share[row.row] = row.unreliability if np.isfinite(row.unreliability) else share[row.row]
    single = np.asarray(block.sum(axis=0)[block.argmax(axis=1)] == 1)
    return Pattern(block, linked, measured, single, np.where(fixed, np.sqrt(1 - share), np.sqrt(0.5)))


def _check_equal(equal: Collection[str], mean_structure: bool) -> None:
    allowed = get_args(Equal)
    problems = [
        Problem("unknown kind of parameter to hold equal", "equal", repr(e), ", ".join(allowed), nearest(e, allowed))
        for e in equal
        if e not in allowed
    ]
    if not mean_structure and (means := [e for e in equal if e in ("intercepts", "means")]):
        problems.append(Problem("equal means need a mean structure", "equal", listed(means), "", "mean_structure=True"))
    if problems:
        raise SpecError(problems)


def _released(drafts: Sequence[Draft], free: Iterable[str]) -> frozenset[int]:
    """Places of the rows that the statements in `free` name."""
    known = {draft.text: k for k, draft in enumerate(drafts)}
    for k, draft in enumerate(drafts):
        if draft.op == "~~":
            known.setdefault(f"{draft.rhs} ~~ {draft.lhs}", k)
    spaced = {text.replace(" ", ""): k for text, k in known.items()}
    problems, out = [], set()
    for text in free:
        bare = "".join(str(text).split())
        if bare not in spaced:
            remedy = nearest(str(text), known) or Message(
                "write it as lavaan does: Image =~ IMAG2, IMAG2 ~1, IMAG1 ~~ IMAG1"
            )
            problems.append(Problem("no such parameter to free across groups", "free", repr(text), "", remedy))
        elif drafts[spaced[bare]].op == "=~" and not drafts[spaced[bare]].free:
            what = Message(
                "this loading is fixed at {value} in every group, so it cannot be let free",
                value=f"{drafts[spaced[bare]].value:g}",
            )
            first = "list an item that is the same in all groups first: it then carries the scale of the construct"
            problems.append(Problem(what, "free", repr(text), "", first))
        else:
            out.add(spaced[bare])
    if problems:
        raise SpecError(problems)
    return frozenset(out)


def refuse_other_groups(parameters: Sequence[Parameter], groups: int) -> None:
    """Refuse statements on single groups that are not of as many groups as there are, in their order.

    Raises
    ------
    SpecError
    """
    problems = []
    for parameter in parameters:
        said = parameter.groups
        if said and (len(said) != groups or any(one.group for one in said)):
            what = Message('"{text}" is stated for single groups', text=written(parameter))
            found, allowed = Message("{n} of them", n=len(said)), Message("{n} groups", n=groups)
            remedy = "cs.fit_groups or csi fit-groups fits all groups together"
            problems.append(Problem(what, "parameters", found, allowed, remedy))
    if problems:
        raise SpecError(problems)


def _numbered(
    drafts: Sequence[Sequence[Draft]], equal: frozenset[str], released: frozenset[int], design: Design
) -> tuple[Row, ...]:
    """Rows of all groups with their places in ``x``; equal parameters (groups, labels) share one."""
    rows: list[Row] = []
    anchors = {d.label: d.value for of_group in drafts for d in of_group if d.label and not d.free}
    labelled: dict[str, int] = {}
    common: dict[int, int] = {}
    q = 0
    for group, of_group in enumerate(drafts):
        for k, base in enumerate(of_group):
            draft = _later(base, equal, design) if group else base
            if draft.free and draft.label in anchors:  # equal to a first loading that another group has fixed
                draft = replace(draft, free=False, value=anchors[draft.label])
            place = -1
            if draft.free:
                shared = group > 0 and draft.kind in equal and k not in released
                known = labelled.get(draft.label) if draft.label else (common.get(k) if shared else None)
                place = q if known is None else known
                q += known is None
                common.setdefault(k, place)
                if draft.label:
                    labelled[draft.label] = place
            rows.append(
                Row(
                    draft.lhs,
                    draft.op,
                    draft.rhs,
                    group,
                    draft.matrix,
                    draft.row,
                    draft.col,
                    place,
                    float("nan") if draft.free else draft.value,
                    draft.label,
                    draft.unreliability,
                    *(draft.lower, draft.upper, draft.start),
                )
            )
    return tuple(rows)


def _later(draft: Draft, equal: frozenset[str], design: Design) -> Draft:
    """The row as it is in the second and later groups.

    Equal intercepts free the factor means (except of a higher-order factor, whose mean its dimensions carry already);
    equal loadings free the factor variances that ``std_lv`` fixes: both are then identified by the first group.
    """
    if not draft.implied:
        return draft
    higher = draft.matrix == "alpha" and bool(design.parts[draft.row])
    if draft.matrix == "alpha" and "intercepts" in equal and "means" not in equal and not higher:
        return draft.freed()
    if draft.matrix == "psi" and draft.row == draft.col and "loadings" in equal and "lv.variances" not in equal:
        return draft.freed()
    return draft
