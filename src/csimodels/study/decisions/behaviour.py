"""What follows from the scores of respondents: retention, spend, by a logit or a GLM with the errors of the design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.behaviour import (
    Behaviour,
    auc,
    calibration,
    check_outcome,
    fit_behaviour,
    predicted_at,
    ratio_per_10,
)
from csimodels.errors import DataError
from csimodels.infer.interval import symmetric
from csimodels.messages import Message, listed
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec.decisions import BehaviourSpec
from csimodels.study.group_errors import sampling_of
from csimodels.study.groups import Group, groups_of
from csimodels.survey import Survey
from csimodels.tables.estimates import Estimates

#: Respondents with the rarer outcome that a logit needs for each term (Peduzzi, Concato, Kemper, Holford & Feinstein
#: 1996).
EVENTS = 10
#: Parts of the predictions that are calibrated.
TENTHS = 10


@dataclass(frozen=True, eq=False)
class Scored:
    """Respondents with their scores ``(n, J)``, in the order of the survey; ``level`` of the intervals."""

    survey: Survey
    estimates: Estimates
    scores: Floats
    level: float

    def of(self, names: tuple[str, ...]) -> Floats:
        """(n, K) scores of some constructs."""
        known = self.estimates.layout.design.constructs
        return self.scores[:, [known.index(name) for name in names]]


def check_behaviour(asked: tuple[BehaviourSpec, ...], survey: Survey) -> None:
    """Refuse outcomes that do not suit their model, or are the same for everybody, before anything is fitted.

    Raises
    ------
    DataError
    """
    blank = np.arange(survey.n, dtype=np.float64)[:, None]  # scores are not known yet: any that vary
    problems = [p for b in asked for p in check_outcome(survey.aside[b.outcome], blank, b.kind, _where(b))]
    shown = [p for p in problems if "separates" not in str(p.what)]
    if shown:
        raise DataError(shown)


def _where(asked: BehaviourSpec) -> str:
    return f"behaviour, {asked.name}"


def behaviour_tables(scored: Scored, asked: tuple[BehaviourSpec, ...]) -> tuple[dict[str, pd.DataFrame], list[Message]]:
    """Tables ``behaviour``, ``behaviour_at`` and ``behaviour_calibration`` of every group, and what is to be said."""
    rows: dict[str, list[dict[str, object]]] = {"behaviour": [], "behaviour_at": [], "behaviour_calibration": []}
    notes: list[Message] = []
    few: dict[str, list[Message]] = {}
    for group in groups_of(scored.survey, "pairwise"):
        labels = dict(zip(scored.survey.by, group.key, strict=True))
        for one in asked:
            y = scored.survey.aside[one.outcome][group.used]
            x = scored.of(one.on)[group.used]
            problems = check_outcome(y, x, one.kind, _where(one))
            if problems:
                text = "behaviour {name} of {group}: no model: {reason}"
                notes += [Message(text, name=one.name, group=group.name, reason=p.what) for p in problems]
                continue
            if one.kind == "logit" and (rare := _rare(y, x)) < EVENTS * len(one.on):
                few.setdefault(one.name, []).append(Message("{group}: {n}", group=group.name, n=rare))
            found = _fitted(scored, group, one, y, x)
            for name, some in found.items():
                rows[name] += [labels | row for row in some]
    text = (
        "behaviour {name}: fewer than {least} respondents for each term have the rarer outcome ({groups}): "
        "coefficients and ratios are unsteady, and further from 0 and 1 than they should be"
    )
    notes += [Message(text, name=name, least=EVENTS, groups=listed(some, 6)) for name, some in few.items()]
    return {name: pd.DataFrame(some) for name, some in rows.items() if some}, notes


def _rare(y: Floats, x: Floats) -> int:
    """Respondents with the rarer of two outcomes, among those whose scores are known."""
    seen = y[~np.isnan(y) & ~np.isnan(x).any(axis=1)]
    return int(min((seen == 1).sum(), (seen == 0).sum()))


def _fitted(
    scored: Scored, group: Group, asked: BehaviourSpec, y: Floats, x: Floats
) -> dict[str, list[dict[str, object]]]:
    weights = None if scored.survey.weights is None else scored.survey.weights[group.used]
    design = sampling_of(scored.survey, group)
    # among a simple sample those without an outcome are left out; in a designed one they are a domain
    model = fit_behaviour(y, x, asked.kind, weights, None if design.simple else design)
    first: dict[str, object] = {"outcome": asked.name, "kind": asked.kind}
    return {
        "behaviour": [first | row for row in _terms(model, asked, scored.level, y, weights)],
        "behaviour_at": [first | row for row in _at(model, asked, scored.level)],
        "behaviour_calibration": [first | row for row in _calibration(model, y, weights)],
    }


def _terms(
    model: Behaviour, asked: BehaviourSpec, level: float, y: Floats, weights: Floats | None
) -> list[dict[str, object]]:
    se = np.sqrt(np.diag(model.covariance))
    around = symmetric(model.coefficients, se, level, model.df)
    ratio = ratio_per_10(model, level)
    fit = auc(y, model.fitted, weights) if asked.kind == "logit" else np.nan
    rows = []
    for k, term in enumerate(("(constant)", *asked.on)):
        row: dict[str, object] = {"term": term, "estimate": float(model.coefficients[k])}
        row |= {end: float(getattr(around, end)[k]) for end in ("se", "low", "high", "p")}
        ends = ("ratio", "ratio_low", "ratio_high")
        row |= {end: float(ratio[i, k - 1]) if k else np.nan for i, end in enumerate(ends)}
        rows.append(row | {"auc": fit, "n": model.n})
    return rows


def _at(model: Behaviour, asked: BehaviourSpec, level: float) -> list[dict[str, object]]:
    """Predictions where all scores stand at one level."""
    points = np.repeat(np.asarray(asked.levels)[:, None], len(asked.on), axis=1)
    found = predicted_at(model, points, level)
    return [
        {"level": float(asked.levels[m]), "predicted": float(v), "low": float(low), "high": float(high)}
        for m, (v, low, high) in enumerate(found.T)
    ]


def _calibration(model: Behaviour, y: Floats, weights: Floats | None) -> list[dict[str, object]]:
    found = calibration(y, model.fitted, weights, TENTHS)
    return [
        {"tenth": k + 1, "n": int(n), "predicted": float(p), "observed": float(o)}
        for k, (n, p, o) in enumerate(found)
        if n
    ]


def known(outcome: Floats) -> Bools:
    """Respondents whose outcome is known."""
    return np.asarray(~np.isnan(outcome))
