"""Fuzzy comprehensive evaluation: memberships of grades, composed with weights (docs/decisions.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.fuzzy import (
    CENTRES,
    compose,
    fuzzy_score,
    largest_grade,
    normalise,
    squared_score,
    triangle_membership,
)
from csimodels.moments.linalg import Floats
from csimodels.spec.decisions import FuzzySpec
from csimodels.study.desk.part import Answers, DeskPart, Numbers, presence, ratio, state_of
from csimodels.study.extras import Extras
from csimodels.tables import Layout

#: Name of the upper level.
TOTAL = "total"
_M = len(CENTRES)


@dataclass(frozen=True, eq=False)
class FuzzyTable(DeskPart):
    """Table ``fuzzy``: every construct from its items, and their total where the spec weighs constructs."""

    asked: FuzzySpec
    answers: Answers
    layout: Layout
    name = "fuzzy"

    @property
    def rows(self) -> tuple[str, ...]:
        """Constructs, and the total where it is asked for."""
        names = self.layout.design.constructs
        return (*names, TOTAL) if self.asked.weights else names

    def extras(self) -> Extras:
        """Presence and memberships of every item; weights are those of the model's index."""
        d, weight = self.layout.design, self.layout.blocks["weight_unstd"]
        columns, names = [], []
        for item in d.items:
            declared, x = self.answers.column(item)
            there, known = presence(x)
            low, high = declared.scale
            score = 100 * (np.where(known, x, low) - low) / (high - low)
            columns.append(np.column_stack([there, there[:, None] * triangle_membership(score)]))
            names += [item, *(f"{item} grade {k + 1}" for k in range(_M))]
        upper = np.asarray([dict(self.asked.weights).get(name, 0.0) for name in d.constructs])

        def values(means: Floats, model: Floats) -> Floats:
            parts = means.reshape(*means.shape[:-1], len(d.items), _M + 1)
            member = ratio(parts[..., 1:], parts[..., :1])
            shares = model[..., weight]
            lower = []
            for block in d.blocks:
                found = compose(np.abs(shares[..., block]), member[..., block, :], self.asked.composition)
                lower.append(normalise(found))
            stacked = np.stack(lower, axis=-2)
            if self.asked.weights:
                w = np.broadcast_to(upper / upper.sum(), stacked.shape[:-1])
                used = np.where(w[..., None] > 0, stacked, 0.0)
                total = normalise(compose(w, used, self.asked.composition))
                stacked = np.concatenate([stacked, total[..., None, :]], axis=-2)
            grades = np.asarray(self.asked.values or CENTRES)
            scores = np.stack([fuzzy_score(stacked, grades), squared_score(stacked, grades)], axis=-1)
            both = np.concatenate([100 * stacked, scores], axis=-1)
            return both.reshape(*both.shape[:-2], -1)

        quantities = [f"{row} {q}" for row in self.rows for q in (*range(1, _M + 1), "score", "squared")]
        shares = tuple(k * (_M + 2) + m for k in range(len(self.rows)) for m in range(_M))
        columns_of_all = np.concatenate(columns, axis=1)
        return Extras(tuple(names), columns_of_all, tuple(quantities), values, uses_model=True, percentages=shares)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``construct``; ``grade_1 .. grade_5`` (memberships), each with ``_low, _high``,
        symmetric on the logit scale where made of an error; ``grade``: the largest; ``score`` with ``se, low, high``;
        ``squared_score`` with ``_se, _low, _high``; ``status``."""
        size = _M + 2
        rows = []
        for g, key in enumerate(numbers.keys):
            for k, name in enumerate(self.rows):
                at = k * size
                member = numbers.value[g, at : at + _M] / 100
                row: dict[str, object] = dict(zip(numbers.by, key, strict=True)) | {"construct": name}
                for m in range(_M):
                    row[f"grade_{m + 1}"] = member[m]
                    row |= {f"grade_{m + 1}_{end}": getattr(numbers, end)[g, at + m] / 100 for end in ("low", "high")}
                row["grade"] = int(largest_grade(member)) + 1 if np.isfinite(member).all() else None
                row["score"] = numbers.value[g, at + _M]
                row |= {end: getattr(numbers, end)[g, at + _M] for end in ("se", "low", "high")}
                row["squared_score"] = numbers.value[g, at + _M + 1]
                row |= {f"squared_score_{end}": getattr(numbers, end)[g, at + _M + 1] for end in ("se", "low", "high")}
                rows.append(row | {"status": state_of([float(member[0])])[0]})
        return pd.DataFrame(rows).astype({"grade": "Int64"})
