"""Delivered value: what customers get less what it costs them, part by part (docs/desk.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.delivered_value import delivered_value
from csimodels.moments.linalg import Floats
from csimodels.spec import Model
from csimodels.spec.desk import DeliveredSpec
from csimodels.study.desk.part import Answers, DeskPart, Numbers, state_of
from csimodels.study.desk.scored import scores_of
from csimodels.study.extras import Extras
from csimodels.tables import Layout


@dataclass(frozen=True, eq=False)
class DeliveredValuePart(DeskPart):
    """Table ``delivered_value``: the parts of both sides, total value, total cost, and their difference."""

    asked: DeliveredSpec
    model: Model
    answers: Answers
    layout: Layout
    name = "delivered_value"

    def extras(self) -> Extras:
        """Scores of the parts, then total value, total cost and delivered value."""
        names = [name for name, _ in (*self.asked.values, *self.asked.costs)]
        scores = scores_of(names, self.model, self.answers, self.layout)
        got = len(self.asked.values)
        weights = [np.asarray([weight for _, weight in side]) for side in (self.asked.values, self.asked.costs)]

        def values(means: Floats, model: Floats) -> Floats:
            parts = scores.values(means, model)
            done = delivered_value(parts[..., :got], parts[..., got:], *weights)
            totals = np.stack([done.value, done.cost, done.delivered], axis=-1)
            return np.concatenate([parts, totals], axis=-1)

        numbers = (*names, "total value", "total cost", "delivered")
        return Extras(scores.names, scores.columns, numbers, values, scores.uses_model)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``part`` (value, cost, total_value, total_cost, delivered), ``name`` (empty for
        totals), ``weight, score, se, low, high, n, status``."""
        sides = [("value", *pair) for pair in self.asked.values] + [("cost", *pair) for pair in self.asked.costs]
        rows = [*sides, ("total_value", "", 1.0), ("total_cost", "", 1.0), ("delivered", "", np.nan)]
        groups = len(numbers.keys)
        frame = pd.DataFrame(numbers.labels(len(rows)))
        for column, texts in zip(("part", "name", "weight"), zip(*rows, strict=True), strict=True):
            frame[column] = list(texts) * groups
        frame["score"] = numbers.value.ravel()
        for end in ("se", "low", "high"):
            frame[end] = getattr(numbers, end).ravel()
        frame["n"] = np.repeat(numbers.n, len(rows)).astype(np.int64)
        frame["status"] = state_of(numbers.value)
        return frame
