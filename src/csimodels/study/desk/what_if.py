"""What follows if some constructs change by so many points, in both meanings (docs/desk.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.targets import Meaning, unstandardised, what_if
from csimodels.errors import Problem, nearest
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.study.desk.part import Answers, DeskPart, Numbers, state_of
from csimodels.study.extras import Extras
from csimodels.tables import Layout

#: In the order of the table.
MEANINGS: tuple[Meaning, ...] = ("levels", "shocks")


@dataclass(frozen=True, eq=False)
class WhatIf(DeskPart):
    """Table ``what_if``: the change of every construct if those of `changes` (points of 0 to 100) change."""

    changes: tuple[tuple[str, float], ...]
    layout: Layout
    answers: Answers
    name = "what_if"

    def extras(self) -> Extras:
        """Functions of the model's own numbers, paths and standard deviations; no columns are needed."""
        d, blocks = self.layout.design, self.layout.blocks
        sources = [s for s, _ in d.edges]
        targets = [t for _, t in d.edges]
        size = len(d.constructs)
        stated = dict(self.changes)
        wanted = np.asarray([stated.get(name, np.nan) for name in d.constructs])

        def values(means: Floats, model: Floats) -> Floats:
            paths = np.zeros((*model.shape[:-1], size, size))
            paths[..., targets, sources] = model[..., blocks["path"]]
            direct = unstandardised(paths, model[..., blocks["sd"]])
            change = [what_if(direct, np.broadcast_to(wanted, direct.shape[:-1]), meaning) for meaning in MEANINGS]
            return np.concatenate([model[..., blocks["index"]], *change], axis=-1)

        names = [f"{what} {name}" for what in ("index", *MEANINGS) for name in d.constructs]
        return Extras((), self.answers.columns(()), tuple(names), values, uses_model=True)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``meaning, construct, index, change, se, low, high, after, status``."""
        names = self.layout.design.constructs
        size, groups = len(names), len(numbers.keys)
        frame = pd.DataFrame(numbers.labels(2 * size))
        frame["meaning"] = [meaning for meaning in MEANINGS for _ in names] * groups
        frame["construct"] = list(names) * 2 * groups
        index = np.tile(numbers.value[:, :size], 2).ravel()
        change = numbers.value[:, size:].ravel()
        frame["index"], frame["change"] = index, change
        for end in ("se", "low", "high"):
            frame[end] = getattr(numbers, end)[:, size:].ravel()
        frame["after"] = index + change
        frame["status"] = state_of(change)
        return frame


def check_changes(changes: Mapping[str, float], constructs: tuple[str, ...]) -> list[Problem]:
    """Problems of changes that are asked for: none stated, unknown constructs, no finite number of points."""
    if not changes:
        return [Problem("no change is stated", "what_if", remedy='for example what_if({"Quality": 2})')]
    known = ", ".join(constructs)
    problems = [
        Problem(
            Message('"{name}" is no construct', name=str(name)), "what_if", "", known, nearest(str(name), constructs)
        )
        for name in changes
        if name not in constructs
    ]
    for name, points in changes.items():
        number = isinstance(points, (int, float, np.number)) and not isinstance(points, bool)
        if not number or not -100 <= points <= 100:
            what = Message("the change of {name} must be points of the index", name=str(name))
            problems.append(Problem(what, "what_if", repr(points)[:100], "-100 to 100"))
    return problems
