"""What in the data or the options makes the numbers doubtful: refused, or said beside them."""

from __future__ import annotations

import numpy as np

from csimodels.errors import Problem, SpecError, Status
from csimodels.estimate.plsc import can_be_reliability
from csimodels.infer import Bootstrap
from csimodels.messages import Cell, Construct, Item, Message, about, joined, listed
from csimodels.messages import items as items_of
from csimodels.moments.linalg import Bools
from csimodels.spec import Model
from csimodels.spec.decisions import NO_DECISIONS
from csimodels.spec.desk import NO_DESK
from csimodels.spec.estimators import is_covariance
from csimodels.study.design_checks import crossing_notes
from csimodels.study.estimation import Outcome
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.survey import Survey
from csimodels.survey.cautions.rows import steps_said
from csimodels.tables.catalogue import taken_names

#: Fewer replicates than this give the ends of an interval no stable first decimal.
FEW_REPLICATES = 100

#: Categories of a margin with fewer rows than this are left out of one replicate in a hundred, or more.
FEW_IN_MARGIN = 5

#: An index so close to 0 or 100 is near an end of the scale.
_NEAR = 25.0

#: Steps of the survey's log that leave rows or answers out, as they should; slips are cautions of the survey.
_LEFT_OUT = (
    "row of labels left out",
    "rows without a group left out",
    "rows without any answer left out",
    "rows with weight zero left out",
    "rows without a weight left out",
    "out of range set to missing",
)


#: Columns of tables of parameters, which no table of groups has beside its numbers: a group column that is called so is
#: ``op_group`` there.
OF_STATEMENTS = frozenset(("lhs", "op", "rhs"))


def refuse_names(model: Model) -> None:
    """Refuse group columns that a table of the catalogue could not show beside its own columns.

    Raises
    ------
    SpecError
        A group column is called like a column of the tables or like a construct.
    """
    if not model.data.by:
        return
    beside = (model.indices, model.targets, model.what_if, model.report.answers, model.decisions != NO_DECISIONS)
    desk = any(beside) or model.desk != NO_DESK or bool(model.interactions or model.controls or model.report.reviewer)
    covariance = is_covariance(model.estimate.estimator)
    taken = (taken_names(covariance=covariance, desk=desk) - OF_STATEMENTS) | set(model.construct_names)
    if model.desk.classes is not None and model.decisions.focus is None:
        taken -= {"class"}  # a column of the classes by two axes, which focus alone asks for
    problems = [
        Problem(
            Message('the group column "{name}" has the name of a column of the result tables', name=name),
            "by",
            remedy=Message('rename the column in the data, for example to "{name}_group"', name=name),
        )
        for name in model.data.by
        if name.strip() in taken
    ]
    if problems:
        raise SpecError(problems)


def cautions(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Notes on rows left out, weights, items and replicates that a reader has to know of."""
    notes = steps_said(survey.log, _LEFT_OUT)
    notes += _uneven_weights(survey, outcome)
    notes += _never_together(model, survey, outcome)
    notes += _negative_weights(model, survey, outcome)
    notes += _beyond(model, survey, outcome)
    notes += _copies(model, survey, outcome)
    notes += _no_reliability(model, survey, outcome)
    notes += _unused_design(model, survey)
    notes += crossing_notes(survey)
    notes += _rare_margins(model, survey)
    if model.interactions:
        names = listed([product.name for product in model.interactions], 6)
        text = "with interactions ({names}), paths, effects and drivers hold where their constructs are at the mean"
        notes.append(Message(text, names=names))
    bootstrap = outcome.settings.method
    if isinstance(bootstrap, Bootstrap) and bootstrap.replicates < FEW_REPLICATES:
        text = "only {n} bootstrap replicates: intervals are rough, 1000 or more are usual"
        notes.append(Message(text, n=bootstrap.replicates))
    return notes


def _unused_design(model: Model, survey: Survey) -> list[Message]:
    """Parts of the sampling design that the method chosen does not use."""
    method = model.uncertainty.method
    if method == "auto" and survey.replicate_weights is not None:
        method = "replicate_weights"
    notes: list[Message] = []
    if method == "replicate_weights" and (survey.strata is not None or survey.cluster is not None):
        text = (
            "strata, clusters and fpc of data: design enter no error, as the replicate weights stand for the design; "
            "clusters say only that waves share units"
            if survey.wave and survey.cluster is not None
            else "strata, clusters and fpc of data: design are not used: the replicate weights stand for the design"
        )
        notes.append(Message(text))
    if method not in ("replicate_weights", "none") and survey.replicate_weights is not None:
        text = "the replicate weights of the data are not used: the method is {method}"
        notes.append(Message(text, method=Message(method)))
    return notes


def _rare_margins(model: Model, survey: Survey) -> list[Message]:
    """Categories that weights are raked to, and that a replicate may hold nobody of."""
    if survey.margins is None or model.uncertainty.method in ("none", "linearised", "replicate_weights"):
        return []
    found = [
        Message("{name} ({n})", name=Cell(margin.column, name), n=int(size))
        for margin, codes in zip(model.data.rake, survey.margins.T, strict=True)
        for (name, _), size in zip(margin.shares, np.bincount(codes, minlength=len(margin.shares)), strict=True)
        if size < FEW_IN_MARGIN
    ]
    if not found:
        return []
    text = "few rows in a category of rake: {names}; replicates without any of them cannot meet its share"
    return [Message(text, names=listed(found, 6))]


def _usable(outcome: Outcome) -> Bools:
    return np.asarray(~np.isnan(outcome.estimates.value).all(axis=1))


def _names(survey: Survey, outcome: Outcome) -> list[str]:
    return [group_name(survey.by, key) for key in outcome.estimates.keys]


def _uneven_weights(survey: Survey, outcome: Outcome) -> list[Message]:
    if survey.weights is None:
        return []
    few = _usable(outcome) & (outcome.moments.n_eff < MIN_ROWS)
    rows = zip(_names(survey, outcome), outcome.moments.n, outcome.moments.n_eff, few, strict=True)
    found = [
        Message("{where} ({n} rows, effective {value})", where=name, n=int(n), value=f"{n_eff:.1f}")
        for name, n, n_eff, bad in rows
        if bad
    ]
    if not found:
        return []
    text = "a few rows carry nearly all the weight, the estimates rest on them alone: {heavy}"
    return [Message(text, heavy=listed(found, 6))]


def _never_together(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Pairs of items that no respondent answered both, where the missing rule gives a number all the same."""
    rule = outcome.settings.asked
    if rule not in ("mean", "em") or not survey.missing.any():
        return []
    notes: list[Message] = []
    names = model.item_names
    for g, (where, usable) in enumerate(zip(_names(survey, outcome), _usable(outcome), strict=True)):
        if not usable:
            continue
        asked = ~survey.unasked(g)  # an item that nobody answered is said on its own
        apart = np.triu(survey.answered_together(g) == 0, 1) & asked[:, None] & asked
        pairs = listed([pair_of(names[i], names[j]) for i, j in np.argwhere(apart)], 6)
        if pairs and rule == "mean":
            text = "never answered by the same respondent: {pairs}; such a pair counts as uncorrelated"
            notes.append(about(where, Message(text, pairs=pairs)))
        elif pairs:
            text = "never answered by the same respondent: {pairs}; such a pair is not determined by the data"
            notes.append(about(where, Message(text, pairs=pairs)))
    return notes


def pair_of(a: str, b: str) -> Message:
    """Two items."""
    return Message("{a} and {b}", a=Item(a), b=Item(b))


def _negative_weights(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Items whose index weight is below zero (docs/results.md)."""
    e = outcome.estimates
    design = e.layout.design
    shares = e.value[:, e.layout.blocks["weight_unstd"]]
    found = [
        _inside(
            Message("{item} of {name}", item=Item(design.items[k]), name=Construct(design.constructs[design.block[k]])),
            where if survey.by else "",
        )
        for where, row in zip(_names(survey, outcome), shares, strict=True)
        for k in np.flatnonzero(row < 0)
    ]
    if not found:
        return []
    texts = _why_negative(model, outcome)
    text = "negative weight: {items}: the index is then no weighted mean; {causes}"
    return [Message(text, items=listed(found, 6), causes=texts)]


def _beyond(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Indices, and intervals of indices, that leave 0 to 100, with the likely cause."""
    e = outcome.estimates
    design, part = e.layout.design, e.layout.blocks["index"]
    value, low, high = e.value[:, part], e.low[:, part], e.high[:, part]
    negative = e.value[:, e.layout.blocks["weight_unstd"]] < 0
    out, wide = [], []
    for g, where in enumerate(_names(survey, outcome)):
        for j, name in enumerate(design.constructs):
            shown = _inside(Construct(name), where if survey.by else "")
            if value[g, j] < 0 or value[g, j] > 100:
                by_weight = bool(negative[g, design.block == j].any())
                why = Message("negative weights") if by_weight else Message("weights that do not fit the scales")
                out.append(Message("{name} ({value}: {cause})", name=shown, value=f"{value[g, j]:.1f}", cause=why))
            elif low[g, j] < 0 or high[g, j] > 100:
                text = "{name} ({low} to {high}: {cause})"
                why = _why_wide(model, name, float(value[g, j]), int(e.n[g]))
                wide.append(Message(text, name=shown, low=f"{low[g, j]:.1f}", high=f"{high[g, j]:.1f}", cause=why))
    notes = []
    if out:
        text = "indices outside 0 to 100: {names}: look at the items before using them"
        notes.append(Message(text, names=listed(out, 6)))
    if wide:
        text = "intervals that leave 0 to 100: {names}; percentile intervals of the bootstrap stay inside"
        notes.append(Message(text, names=listed(wide, 6)))
    return notes


def _why_wide(model: Model, construct: str, value: float, n: int) -> Message:
    """Why an interval leaves the scale: two answers an item, an index near an end, or a large error."""
    items = model.construct(construct).items
    if items and all(item.scale[1] - item.scale[0] == 1 for item in items):
        return Message("few distinct answers")
    if _NEAR < value < 100 - _NEAR:
        return Message("a large error")
    return Message("near an end of the scale, with {n} rows", n=n)


def _why_negative(model: Model, outcome: Outcome) -> Message:
    """The likely cause of negative weights, looked up: an item turned already, one to be turned, or suppression."""
    e = outcome.estimates
    design, blocks = e.layout.design, e.layout.blocks
    weight, loading = e.value[:, blocks["weight_unstd"]], e.value[:, blocks["loading"]]
    turned = np.asarray([{i.name: i.reverse for i in model.items}[name] for name in design.items])
    low, opposite = (weight < 0).any(axis=0), ((weight < 0) & (loading < 0)).any(axis=0)
    elsewhere = np.nansum(np.sign(loading) * np.asarray(e.n)[:, None], axis=0) > 0  # of most respondents
    already = [design.items[k] for k in np.flatnonzero(opposite & turned & ~elsewhere)]
    other = [design.items[k] for k in np.flatnonzero(opposite & ~turned & ~elsewhere)]
    chance = [design.items[k] for k in np.flatnonzero(opposite & elsewhere)]
    rest = [design.items[k] for k in np.flatnonzero(low & ~opposite)]
    parts = []
    if already:
        text = "reverse: true is set already of {items}, and was probably right without: take it away"
        parts.append(Message(text, items=items_of(already, 6)))
    if other:
        text = "write reverse: true for an item asked the other way round ({items})"
        parts.append(Message(text, items=items_of(other, 6)))
    if chance:
        text = (
            "in the other groups {items} goes with its construct: chance, where there are few rows; weights: pooled "
            "under index takes the weights of all respondents"
        )
        parts.append(Message(text, items=items_of(chance, 6)))
    if rest:
        text = "{items} goes with its construct, and other items of it say the same: take mode A"
        parts.append(Message(text, items=items_of(rest, 6)))
    return joined(parts)


def _inside(name: str, where: str) -> str:
    """`name` with the group that it is in, where there are groups."""
    return Message("{name} in {where}", name=name, where=where) if where else name


def _copies(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Constructs that their sources explain without remainder; of a higher-order construct that is to be expected."""
    e = outcome.estimates
    design = e.layout.design
    found = [
        _inside(Construct(design.constructs[design.endogenous[k]]), where if survey.by else "")
        for where, row, status in zip(_names(survey, outcome), e.value[:, e.layout.blocks["r2"]], e.status, strict=True)
        for k in np.flatnonzero(row > 1 - 1e-9)
        if not int(status) & int(Status.INADMISSIBLE) and not model.constructs[design.endogenous[k]].of
    ]
    if not found:
        return []
    text = "R2 is 1, as if an item stood on both sides of a path: {targets}"
    return [Message(text, targets=listed(found, 6))]


def _no_reliability(model: Model, survey: Survey, outcome: Outcome) -> list[Message]:
    """Constructs whose rho_A is no reliability: below 0, above 1, or not defined as one item has all the weight."""
    if is_covariance(model.estimate.estimator):
        return []
    e = outcome.estimates
    design, rho = e.layout.design, e.value[:, e.layout.blocks["rho_a"]]
    asked = ~design.single & ~design.mode_b & ~design.higher_order & np.isnan(design.reliability)
    found = [
        _inside(_reliability_of(Construct(design.constructs[j]), row[j]), where if survey.by else "")
        for where, row, status in zip(_names(survey, outcome), rho, e.status, strict=True)
        for j in np.flatnonzero(asked & ~can_be_reliability(row))
        if not int(status) & int(Status.INADMISSIBLE | Status.SINGULAR | Status.TOO_FEW)
    ]
    if not found:
        return []
    text = (
        "rho_A is no reliability where it leaves 0 to 1: {names}; the weights of the items differ more than their "
        "correlations tell (with two items, one has nearly all the weight): judge by alpha and rho_C"
    )
    return [Message(text, names=listed(found, 6))]


def _reliability_of(name: Construct, value: float) -> Message:
    if not np.isfinite(value):
        return Message("{name} (not defined: one item has all the weight)", name=name)
    return Message("{name} ({value})", name=name, value=f"{value:.2f}")
