"""What in the data or the options makes the numbers doubtful: refused, or said beside them."""

from __future__ import annotations

import numpy as np

from csimodels.errors import Problem, SpecError, Status, listed
from csimodels.infer import Bootstrap
from csimodels.moments.linalg import Bools
from csimodels.spec import Model
from csimodels.study.estimation import Outcome
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.survey import Survey

#: Columns of the published tables; a group column of the same name would be overwritten by them.
TABLE_COLUMNS = frozenset(
    (
        *(
            "construct",
            "index",
            "se",
            "low",
            "high",
            "n",
            "n_eff",
            "deff",
            "status",
            "source",
            "target",
            "estimate",
            "p",
        ),
        *("item", "dimension", "weight", "weight_unstd", "loading", "communality", "r2", "r2_adj", "row"),
        *("criterion", "subject", "value", "threshold", "verdict"),
        *("converged", "iterations", "smallest_eigenvalue"),
        *("asked", "kept", "failed", "not_converged", "singular", "inadmissible"),
        *("driver", "importance_std", "quadrant", "share", "cumulative"),
        *("importance", "performance", "priority", "direct", "indirect", "total", "total_unstd", "impact"),
        *("level", "unit", "parent", "members", "weight_share", "covered", "method"),
        *("rank", "rank_low", "rank_high", "among", "p_first", "p_top3", "against", "difference", "df", "p_adj"),
        *("through", "vaf", "mediation"),
        *("different", "table", "from", "to", "before", "after", "change"),
    )
)
_WITH_ENDS = ("weight", "importance", "performance", "priority", "total", "impact", "direct", "indirect")
_ENDS = ("_se", "_low", "_high", "_p")

#: Fewer replicates than this give the ends of an interval no stable first decimal.
FEW_REPLICATES = 100

#: Categories of a margin with fewer rows than this are left out of one replicate in a hundred, or more.
FEW_IN_MARGIN = 5

#: Steps of the survey's log that leave rows or answers out, or that were surely not meant.
_TELLING = (
    "row of labels left out",
    "rows without a group left out",
    "rows without any answer left out",
    "rows with weight zero left out",
    "groups without a usable row",
    "out of range set to missing",
    "missing code inside the scale",
    "where value that never occurs",
)


def refuse_names(model: Model) -> None:
    """Refuse group columns that a table could not show beside its own columns.

    Raises
    ------
    SpecError
        A group column is called like a column of the tables or like a construct.
    """
    taken = TABLE_COLUMNS | {name + end for name in _WITH_ENDS for end in _ENDS} | set(model.construct_names)
    problems = [
        Problem(
            f'the group column "{name}" has the name of a column of the result tables',
            "by",
            remedy=f'rename the column in the data, for example to "{name}_group"',
        )
        for name in model.data.by
        if name.strip() in taken
    ]
    if problems:
        raise SpecError(problems)


def cautions(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    """Notes on rows left out, weights, items and replicates that a reader has to know of."""
    log = [entry for entry in survey.log if entry.step in _TELLING]
    notes = [f"{e.step}: {e.subject}: {e.count}" + (f" ({e.detail})" if e.detail else "") for e in log]
    notes += _uneven_weights(survey, outcome)
    notes += _never_together(model, survey, outcome)
    notes += _negative_weights(model, survey, outcome)
    notes += _beyond(model, survey, outcome)
    notes += _copies(model, survey, outcome)
    notes += _unused_design(model, survey)
    notes += _rare_margins(model, survey)
    bootstrap = outcome.settings.method
    if isinstance(bootstrap, Bootstrap) and bootstrap.replicates < FEW_REPLICATES:
        notes.append(f"only {bootstrap.replicates} bootstrap replicates: intervals are rough, 1000 or more are usual")
    return notes


def _unused_design(model: Model, survey: Survey) -> list[str]:
    """Parts of the sampling design that the method chosen does not use."""
    method = model.uncertainty.method
    if method == "auto" and survey.replicate_weights is not None:
        method = "replicate_weights"
    notes = []
    if method == "replicate_weights" and (survey.strata is not None or survey.cluster is not None):
        notes.append(
            "strata, clusters and fpc of data: design are not used: the replicate weights stand for the design"
        )
    if method not in ("replicate_weights", "none") and survey.replicate_weights is not None:
        notes.append(f"the replicate weights of the data are not used: the method is {method}")
    return notes


def _rare_margins(model: Model, survey: Survey) -> list[str]:
    """Categories that weights are raked to, and that a replicate may hold nobody of."""
    if survey.margins is None or survey.by or model.uncertainty.method in ("none", "linearised", "replicate_weights"):
        return []
    found = [
        f"{margin.column} = {name} ({size})"
        for margin, codes in zip(model.data.rake, survey.margins.T, strict=True)
        for (name, _), size in zip(margin.shares, np.bincount(codes, minlength=len(margin.shares)), strict=True)
        if size < FEW_IN_MARGIN
    ]
    if not found:
        return []
    return [f"few rows in a category of rake: {listed(found, 6)}; replicates without any of them cannot meet its share"]


def _usable(outcome: Outcome) -> Bools:
    return np.asarray(~np.isnan(outcome.estimates.value).all(axis=1))


def _names(survey: Survey, outcome: Outcome) -> list[str]:
    return [group_name(survey.by, key) for key in outcome.estimates.keys]


def _uneven_weights(survey: Survey, outcome: Outcome) -> list[str]:
    if survey.weights is None:
        return []
    few = _usable(outcome) & (outcome.moments.n_eff < MIN_ROWS)
    rows = zip(_names(survey, outcome), outcome.moments.n, outcome.moments.n_eff, few, strict=True)
    found = [f"{name} ({int(n)} rows, effective {n_eff:.1f})" for name, n, n_eff, bad in rows if bad]
    if not found:
        return []
    return [f"a few rows carry nearly all the weight, the estimates rest on them alone: {listed(found, 6)}"]


def _never_together(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    """Pairs of items that no respondent answered both, where the missing rule gives a number all the same."""
    rule = outcome.settings.asked
    holes = np.isnan(survey.x)
    if rule not in ("mean", "em") or not holes.any():
        return []
    notes = []
    names = model.item_names
    for g, (where, usable) in enumerate(zip(_names(survey, outcome), _usable(outcome), strict=True)):
        rows = survey.group == g if survey.by else np.ones(survey.n, dtype=bool)
        there = (~holes[rows]).astype(np.float64)
        if not usable or there.all():
            continue
        asked = there.any(axis=0)  # an item that nobody answered is said on its own
        apart = np.triu(there.T @ there == 0, 1) & asked[:, None] & asked
        pairs = [f"{names[i]} and {names[j]}" for i, j in np.argwhere(apart)]
        if pairs:
            effect = {"mean": "counts as uncorrelated", "em": "is not determined by the data"}[rule]
            notes.append(f"{where}: never answered by the same respondent: {listed(pairs, 6)}; such a pair {effect}")
    return notes


def _negative_weights(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    """Items whose index weight is below zero (docs/results.md)."""
    e = outcome.estimates
    design = e.layout.design
    shares = e.value[:, e.layout.blocks["weight_unstd"]]
    found = [
        f"{design.items[k]} of {design.constructs[design.block[k]]}" + (f" in {where}" if survey.by else "")
        for where, row in zip(_names(survey, outcome), shares, strict=True)
        for k in np.flatnonzero(row < 0)
    ]
    if not found:
        return []
    texts = _why_negative(model, outcome)
    return [f"negative weight: {listed(found, 6)}: the index is then no weighted mean; {texts}"]


def _beyond(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    """Indices, and intervals of indices, that leave 0 to 100, with the likely cause."""
    e = outcome.estimates
    design, part = e.layout.design, e.layout.blocks["index"]
    value, low, high = e.value[:, part], e.low[:, part], e.high[:, part]
    negative = e.value[:, e.layout.blocks["weight_unstd"]] < 0
    out, wide = [], []
    for g, where in enumerate(_names(survey, outcome)):
        for j, name in enumerate(design.constructs):
            shown = f"{name}" + (f" in {where}" if survey.by else "")
            if value[g, j] < 0 or value[g, j] > 100:
                why = (
                    "negative weights"
                    if negative[g, design.block == j].any()
                    else "fixed weights that miss their scale"
                )
                out.append(f"{shown} ({value[g, j]:.1f}: {why})")
            elif low[g, j] < 0 or high[g, j] > 100:
                items = model.construct(name).items
                two = bool(items) and all(item.scale[1] - item.scale[0] == 1 for item in items)
                why = "few distinct answers" if two else f"near an end of the scale, with {int(e.n[g])} rows"
                wide.append(f"{shown} ({low[g, j]:.1f} to {high[g, j]:.1f}: {why})")
    notes = [f"indices outside 0 to 100: {listed(out, 6)}: look at the items before using them"] if out else []
    if wide:
        notes.append(f"intervals that leave 0 to 100: {listed(wide, 6)}; bootstrap percentile intervals stay inside")
    return notes


def _why_negative(model: Model, outcome: Outcome) -> str:
    """The likely cause of negative weights, looked up: an item turned already, one to be turned, or suppression."""
    e = outcome.estimates
    design, blocks = e.layout.design, e.layout.blocks
    weight, loading = e.value[:, blocks["weight_unstd"]], e.value[:, blocks["loading"]]
    turned = np.asarray([{i.name: i.reverse for i in model.items}[name] for name in design.items])
    low, opposite = (weight < 0).any(axis=0), ((weight < 0) & (loading < 0)).any(axis=0)
    already = [design.items[k] for k in np.flatnonzero(opposite & turned)]
    other = [design.items[k] for k in np.flatnonzero(opposite & ~turned)]
    rest = [design.items[k] for k in np.flatnonzero(low & ~opposite)]
    parts = []
    if already:
        parts.append(
            f"reverse: true is set already of {listed(already, 6)}, and was probably right without: take it away"
        )
    if other:
        parts.append(f"write reverse: true for an item asked the other way round ({listed(other, 6)})")
    if rest:
        parts.append(f"{listed(rest, 6)} goes with its construct, and other items of it say the same: take mode A")
    return "; ".join(parts)


def _copies(model: Model, survey: Survey, outcome: Outcome) -> list[str]:
    """Constructs that their sources explain without remainder; of a higher-order construct that is to be expected."""
    e = outcome.estimates
    design = e.layout.design
    found = [
        f"{design.constructs[design.endogenous[k]]}" + (f" in {where}" if survey.by else "")
        for where, row, status in zip(_names(survey, outcome), e.value[:, e.layout.blocks["r2"]], e.status, strict=True)
        for k in np.flatnonzero(row > 1 - 1e-9)
        if not int(status) & int(Status.INADMISSIBLE) and not model.constructs[design.endogenous[k]].of
    ]
    if not found:
        return []
    return [f"R2 is 1, as if an item stood on both sides of a path: {listed(found, 6)}"]
