"""Penalties and rewards: what a low and what a high answer to a question do to an overall one (docs/decisions.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.penalty_reward import asymmetry, low_high_dummies, penalty_reward
from csimodels.messages import N_, Item, Message, listed
from csimodels.moments.linalg import Floats
from csimodels.spec.decisions import ContrastSpec
from csimodels.study.desk.item_regression import regression_extras
from csimodels.study.desk.part import Answers, DeskPart, Numbers
from csimodels.study.extras import Extras

_PARTS = ("penalty", "reward", "asymmetry")


@dataclass(frozen=True, eq=False)
class Contrasts(DeskPart):
    """Table ``penalty_reward``."""

    asked: tuple[ContrastSpec, ...]
    answers: Answers
    name = "penalty_reward"

    def extras(self) -> Extras:
        """One joint regression on the dummies of all items for each overall question."""
        return Extras.joined([self._one(spec) for spec in self.asked])

    def _one(self, spec: ContrastSpec) -> Extras:
        items = np.stack([self.answers.column(name)[1] for name in spec.items], axis=1)
        overall = self.answers.column(spec.target)[1]
        x = np.column_stack([low_high_dummies(items, spec.low, spec.high), overall])

        def values(cov: Floats) -> Floats:
            known = np.asarray(np.isfinite(cov).all(axis=(-2, -1)))
            done = penalty_reward(np.where(known[..., None, None], cov, np.eye(cov.shape[-1])))
            parts = [done.penalty, done.reward, asymmetry(done)]
            return np.where(known[..., None], np.concatenate(parts, axis=-1), np.nan)

        names = [*(f"{item} {end}" for item in spec.items for end in ("low", "high")), spec.target]
        return regression_extras(x, names, [f"{p} {i} {spec.target}" for p in _PARTS for i in spec.items], values)

    def cautions(self) -> list[Message]:
        """Why a joint regression has no answer: an item that nobody of a group answered low, or high."""
        return [said for spec in self.asked for said in self._undetermined(spec)]

    def _undetermined(self, spec: ContrastSpec) -> Iterator[Message]:
        x = np.stack([self.answers.column(name)[1] for name in (*spec.items, spec.target)], axis=1)
        there = ~np.isnan(x).any(axis=1)
        groups = self.answers.groups
        found: dict[Message, int] = {}
        ends = (
            (N_("{item}: nobody at most {limit}"), spec.low, np.less_equal),
            (N_("{item}: nobody at least {limit}"), spec.high, np.greater_equal),
        )
        for g in range(groups):
            mine = x[there & (self.answers.group == g), :-1]
            for k, item in enumerate(spec.items):
                for text, limit, reaches in ends:
                    if not reaches(mine[:, k], limit).any():
                        said = Message(text, item=Item(item), limit=f"{limit:g}")
                        found[said] = found.get(said, 0) + 1
        if not found:
            return
        text = "{reason} in {n} of {groups} groups"
        reasons = [said if n == groups else Message(text, reason=said, n=n, groups=groups) for said, n in found.items()]
        text = (
            "penalty_reward: no penalties and rewards of {target} where an end has no answers ({reasons}): leave the "
            "item out, or move low and high"
        )
        yield Message(text, target=Item(spec.target), reasons=listed(reasons, 6))

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``target, item``; ``penalty, reward, asymmetry`` with ``_se, _low, _high``;
        ``factor``: what the interval of the asymmetry says; ``status``."""
        rows = []
        for g, key in enumerate(numbers.keys):
            start = 0
            for spec in self.asked:
                size = len(spec.items)
                for k, item in enumerate(spec.items):
                    row: dict[str, object] = dict(zip(numbers.by, key, strict=True))
                    row |= {"target": spec.target, "item": item}
                    for j, part in enumerate(_PARTS):
                        at = start + j * size + k
                        row[part] = numbers.value[g, at]
                        row |= {f"{part}_{end}": getattr(numbers, end)[g, at] for end in ("se", "low", "high")}
                    row["factor"] = _factor(row)
                    state = "ok" if np.isfinite(numbers.value[g, start + k]) else N_("not determined")
                    rows.append(row | {"status": state})
                start += len(_PARTS) * size
        return pd.DataFrame(rows)


def _factor(row: dict[str, object]) -> str:
    """Basic or excitement where the interval of the asymmetry leaves 0 out, else performance; nothing without one."""
    bent, low, high = (float(str(row[name])) for name in ("asymmetry", "asymmetry_low", "asymmetry_high"))
    if np.isnan((bent, low, high)).any():
        return ""
    sure = not low <= 0 <= high
    return ("excitement" if bent > 0 else "basic") if sure else "performance"
