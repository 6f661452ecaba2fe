"""Focus on the customers who matter: nested subsets with their drivers, value, classes (docs/decisions.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.focus import (
    check_nested,
    check_values,
    gini,
    gini_influences,
    subset_influences,
    subset_shares,
    top_influences,
    top_share,
    two_axis_class,
)
from csimodels.desk.shares import logit_interval, within
from csimodels.errors import DataError
from csimodels.infer.interval import symmetric
from csimodels.messages import ColumnName, Message
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec import Model
from csimodels.spec.decisions import FocusSpec
from csimodels.spec.model import UncertaintyMethod
from csimodels.study.decisions.influence import Influences
from csimodels.study.estimation import Outcome, estimate
from csimodels.study.group_errors import sampling_of_rows
from csimodels.study.settings import Settings
from csimodels.survey import Survey
from csimodels.tables import drivers

#: The first step.
ALL = "all"
#: Shares of the customers whose share of the value is told.
TOPS = (0.01, 0.05, 0.1, 0.2, 0.5)
#: Names of the classes by two axes.
CLASSES = ("both", "first", "second", "neither")
#: Fewer customers than this at the top show too little of their own spread for an interval of what they hold.
LEAST_AT_TOP = 20
_ENDS = ("se", "low", "high")


@dataclass(frozen=True, eq=False)
class Subsets:
    """Subsets of respondents, ``member (S, n)``, that may overlap."""

    names: tuple[str, ...]
    member: Bools
    survey: Survey

    def stacked(self) -> Survey:
        """Every subset as a group of a survey in which respondents stand as often as they are in subsets."""
        group, rows = np.nonzero(self.member)
        s = self.survey

        def taken(values: NDArray[np.generic] | None) -> NDArray[np.generic] | None:
            return None if values is None else values[rows]

        names = ("x", "weights", "strata", "cluster", "beside", "fpc", "replicate_weights", "row", "reasons")
        parts: dict[str, object] = {name: taken(getattr(s, name)) for name in names}
        parts["aside"] = {text: values[rows] for text, values in s.aside.items()}
        parts |= {"group": group.astype(np.intp), "panel": rows.astype(np.intp)}
        if s.margins is not None:
            whole, places = s.raked_in or (s, np.arange(s.n))
            parts |= {"margins": s.margins[rows], "trimmed": taken(s.trimmed), "raked_in": (whole, places[rows])}
        keys = tuple((name,) for name in self.names)
        return replace(s, by=("step",), group_keys=keys, wave=None, **parts)  # type: ignore[arg-type]

    def fitted(self, model: Model) -> Outcome:
        """The model on every subset, with linearised errors unless the study has none."""
        method: UncertaintyMethod = "none" if model.uncertainty.method == "none" else "linearised"
        own = "own" if model.index.weights == "pooled" else model.index.weights
        plain = replace(
            model,
            uncertainty=replace(model.uncertainty, method=method, replicates=5000, interval="percentile"),
            index=replace(model.index, weights=own),
        )
        stacked = self.stacked()
        return estimate(plain, stacked, Settings.of(plain, stacked))


def check_focus(asked: FocusSpec, survey: Survey) -> None:
    """Refuse steps that nobody is in or that are not nested, and values that cannot be divided.

    Raises
    ------
    DataError
    """
    names, member = members(asked, survey)
    problems = check_nested(member, names)
    if asked.value:
        problems += check_values(survey.aside[asked.value], f"focus, {asked.value}")
    if problems:
        raise DataError(problems)


def members(asked: FocusSpec, survey: Survey) -> tuple[tuple[str, ...], Bools]:
    """Names of the steps, all respondents first, and who is in each ``(S, n)``; not those whom a rule cannot decide."""
    names = (ALL, *(name for name, _ in asked.steps))
    rules = [survey.aside[rule] == 1 for _, rule in asked.steps]
    return names, np.stack([np.ones(survey.n, dtype=bool), *rules])


def focus_tables(model: Model, survey: Survey, asked: FocusSpec) -> dict[str, pd.DataFrame]:
    """Tables ``focus``, ``focus_drivers``, ``concentration`` and ``focus_classes``."""
    names, member = members(asked, survey)
    subsets = Subsets(names, member, survey)
    values = survey.aside[asked.value] if asked.value else None
    out: dict[str, pd.DataFrame] = {}
    if len(names) > 1:
        done = subsets.fitted(model)
        rules = ("", *(rule for _, rule in asked.steps))
        out["focus"] = _steps(model, done, subsets, rules, values)
        target = model.index.construct
        d = done.estimates.layout.design
        if target in {d.constructs[t] for _, t in d.pairs}:
            out["focus_drivers"] = _drivers(done, subsets, target, model.uncertainty.level)
    if values is not None:
        out["concentration"] = _concentration(values, survey, model)
    if asked.axes is not None:
        x, y = survey.aside[asked.axes.x], survey.aside[asked.axes.y]
        found = two_axis_class(x, y, asked.axes.x_cut, asked.axes.y_cut)
        there = [k for k in range(len(CLASSES)) if (found == k).any()]
        classes = Subsets(tuple(CLASSES[k] for k in there), np.stack([found == k for k in there]), survey)
        out["focus_classes"] = _steps(model, classes.fitted(model), classes, None, values)
    return out


def _steps(
    model: Model, done: Outcome, subsets: Subsets, rules: Sequence[str] | None, values: Floats | None
) -> pd.DataFrame:
    """Size, share, share of value and index of every subset."""
    e = done.estimates
    place = e.layout.blocks["index"].start + e.layout.design.constructs.index(model.index.construct)
    survey = subsets.survey
    weights = np.ones(survey.n) if survey.weights is None else survey.weights
    people, held = subset_shares(subsets.member, weights, values)
    of_people = _around(people, subset_influences(subsets.member, weights), survey, model)
    of_value = np.full((3, len(people)), np.nan)
    if values is not None:
        of_value = _around(held, subset_influences(subsets.member, weights, values), survey, model)
    frame = pd.DataFrame({"step" if rules is not None else "class": list(subsets.names)})
    if rules is not None:
        frame["rule"] = list(rules)
    frame["n"] = subsets.member.sum(axis=1).astype(np.int64)
    for name, value, (_, low, high) in (("share", people, of_people), ("value_share", held, of_value)):
        frame[name], frame[f"{name}_low"], frame[f"{name}_high"] = value, low, high
    frame["index"] = e.value[:, place]
    for end in _ENDS:
        frame[end] = getattr(e, end)[:, place]
    frame["status"] = e.status_text(1)
    return frame


def _drivers(done: Outcome, subsets: Subsets, target: str, level: float) -> pd.DataFrame:
    """The driver table of every step, with the difference of importance from the step before."""
    frame = drivers(done.estimates, target)
    d, start = done.estimates.layout.design, done.estimates.layout.blocks["total_unstd"].start
    pairs = [i for i, (_, t) in enumerate(d.pairs) if d.constructs[t] == target]
    places, names = start + np.asarray(pairs), [d.constructs[d.pairs[i][0]] for i in pairs]
    columns = ("difference", "difference_se", "difference_low", "difference_high", "difference_p")
    known: dict[tuple[str, str], tuple[float, ...]] = {}
    value = done.estimates.value[:, places]
    for step in range(1, len(subsets.names)):
        gap = value[step] - value[step - 1]
        se, df = np.full(len(pairs), np.nan), np.nan
        if done.task is not None:
            made = Influences(done.task, done.groups, done.moments, done.estimates.value)
            eye = np.eye(len(pairs))
            se, df = made.errors([(step, places, eye), (step - 1, places, -eye)])
        around = symmetric(gap, se, level, df)
        for k, name in enumerate(names):
            found = (gap[k], around.se[k], around.low[k], around.high[k], around.p[k])
            known[subsets.names[step], name] = tuple(map(float, found))
    none = (np.nan,) * len(columns)
    rows = [known.get((str(s), str(n)), none) for s, n in zip(frame["step"], frame["driver"], strict=True)]
    beside = pd.DataFrame(rows, columns=list(columns))
    return pd.concat([frame.drop(columns="status"), beside, frame[["status"]]], axis=1)


def _concentration(values: Floats, survey: Survey, model: Model) -> pd.DataFrame:
    """Share of the value that the first so many of the customers hold (Pareto), and the Gini coefficient.

    Customers whose value is not known are no part of either: they add nothing, as rows outside a domain do.
    """
    known = ~np.isnan(values)
    weights = np.ones(int(known.sum())) if survey.weights is None else survey.weights[known]
    values = values[known]

    def everybody(parts: Floats) -> Floats:
        out = np.zeros((len(parts), survey.n))
        out[:, known] = parts
        return out

    shares = np.asarray([top_share(values, top, weights) for top in TOPS])
    added = np.stack([top_influences(values, top, weights) for top in TOPS])
    ends = _around(shares, everybody(added), survey, model)
    ends[:, np.asarray(TOPS) * len(values) < LEAST_AT_TOP] = np.nan
    whole = gini(values, weights)
    of_gini = _around(np.asarray([whole]), everybody(gini_influences(values, weights)[None]), survey, model)
    frame = pd.DataFrame({"top": list(TOPS), "value_share": shares} | dict(zip(_ENDS, ends, strict=True)))
    frame["gini"] = whole
    for end, found in zip(_ENDS, of_gini, strict=True):
        frame[f"gini_{end}"] = float(found[0])
    return frame


def _around(value: Floats, parts: Floats, survey: Survey, model: Model) -> Floats:
    """(3, K) error and limits of numbers between 0 and 1, by what each respondent adds ``(K, n)``; on the logit scale.

    NaN without intervals, and where a number is 0 or 1.
    """
    if model.uncertainty.method == "none":
        return np.full((3, len(value)), np.nan)
    design = sampling_of_rows(survey, np.arange(survey.n))
    se = np.sqrt(design.variance(design.totals(parts.T)))
    inside = within(value)
    ends = logit_interval(np.where(inside, value, 0.5), se, float(design.df), model.uncertainty.level)
    return np.where(inside, np.stack([se, *ends]), np.nan)


def focus_notes(asked: FocusSpec, survey: Survey) -> list[Message]:
    """Respondents whom a rule cannot decide, as a cell is empty, and those whose value is not known."""
    text = "focus: no step holds {n} respondents without what the rule {rule} needs"
    lost = {rule: int(np.isnan(survey.aside[rule]).sum()) for _, rule in asked.steps}
    out = [Message(text, n=n, rule=rule) for rule, n in lost.items() if n]
    unknown = int(np.isnan(survey.aside[asked.value]).sum()) if asked.value else 0
    if unknown:
        text = "focus: {n} respondents have no {value}; shares of the value are of those who have"
        out.append(Message(text, n=unknown, value=ColumnName(asked.value)))
    return out
