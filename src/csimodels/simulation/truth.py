"""The truth behind a simulated survey: generating values and exact moments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels.moments import Key, Moments
from csimodels.moments.linalg import Floats
from csimodels.simulation.population import codes_of
from csimodels.simulation.resolve import Resolved
from csimodels.spec.model import Code, Model

#: Digits kept in a truth file, so that it comes out the same on any machine.
DIGITS = 10


@dataclass(frozen=True, eq=False)
class Truth:
    """The population(s) a survey was drawn from, with exact moments of the answers.

    Attributes
    ----------
    keys : one tuple per group, empty where there are no groups;  by : the group columns.
    groups : one :class:`~csimodels.simulation.resolve.Resolved` population per group, or the only one.
    n : interviews drawn, per group;  seed : as given.
    """

    model: Model
    seed: int
    n: tuple[int, ...]
    by: tuple[str, ...]
    keys: tuple[Key, ...]
    groups: tuple[Resolved, ...]

    def __repr__(self) -> str:
        groups = f", {len(self.keys)} groups by {', '.join(self.by)}" if self.keys else ""
        return f"<csimodels truth behind a survey of {self.model.name}: seed {self.seed}{groups}>"

    def moments(self) -> Moments:
        """Exact population moments ``(*B, p)``; the batch axis runs over the groups, ``()`` where there are none.

        An estimator applied to them gives its own population values, which is what its intervals should cover.
        """
        mean = np.stack([g.mean for g in self.groups])
        cov = np.stack([g.cov for g in self.groups])
        size = np.full(len(self.groups), np.inf)
        items = self.model.item_names
        if not self.keys:
            return Moments(mean[0], cov[0], size[0], size[0], items)
        return Moments(mean, cov, size, size, items, self.keys)

    def frame(self) -> pd.DataFrame:
        """Tidy table: group columns, ``quantity``, ``source``, ``target``, ``value``; one row per generating value."""
        rows = [
            (*key, *row) for key, group in zip(self.keys or ((),), self.groups, strict=True) for row in _values(group)
        ]
        return pd.DataFrame(rows, columns=[*self.by, "quantity", "source", "target", "value"])

    def to_dict(self) -> dict[str, Any]:
        """Generating values and exact moments in plain JSON types, rounded to :data:`DIGITS` digits."""
        groups = []
        for i, group in enumerate(self.groups):
            entry: dict[str, Any] = {"key": dict(zip(self.by, self.keys[i], strict=True))} if self.keys else {}
            entry |= {"n": self.n[i], "generating": _nested(group)}
            entry |= {"mean": _rounded(group.mean), "cov": _rounded(group.cov)}
            groups.append(entry)
        head = {"csi_truth": 1, "model": self.model.name, "model_hash": self.model.hash, "seed": self.seed}
        return {**head, "items": list(self.model.item_names), "groups": groups}

    def to_json(self, path: str | Path) -> None:
        """Write :meth:`to_dict` as UTF-8 JSON; the same population and seed give the same bytes."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


Row = tuple[str, str, str, float]


def _values(group: Resolved) -> Iterator[Row]:
    """``(quantity, source, target, value)`` of everything a population was made from."""
    model = group.model
    names = model.construct_names
    place = {name: j for j, name in enumerate(names)}
    for source, target in model.paths:
        yield "path", source, target, float(group.paths[place[target], place[source]])
    for j, name in enumerate(names):
        yield "level", name, "", float(group.levels[j])
    for j, name in enumerate(names):
        if not np.isnan(group.r2[j]):
            yield "r2", name, "", float(group.r2[j])
    for i, source in enumerate(names):
        for j in range(i + 1, len(names)):
            yield "correlation", source, names[j], float(group.latent[i, j])
    for p, item in enumerate(model.item_names):
        owner = names[group.block[p]]
        per_item = {
            "loading": group.loadings[p],
            "loading asked for": group.stated[p],
            "loading before cutting": group.normal[p],
            "item level": group.points[p],
            "item mean": group.mean[p],
            "item sd": group.sd[p],
        }
        for quantity, value in per_item.items():
            yield quantity, owner, item, float(value)


def _nested(group: Resolved) -> dict[str, Any]:
    """The same values by quantity and name, with what the drawing adds: shares of missing answers, weights."""
    nested: dict[str, dict[str, float]] = {}
    for quantity, source, target, value in _values(group):
        if quantity == "path":
            name = f"{source} -> {target}"
        elif quantity == "correlation":
            name = f"{source}, {target}"
        else:
            name = target or source
        nested.setdefault(quantity.replace(" ", "_"), {})[name] = _number(value)
    pop = group.population
    codes: list[Code] = list(codes_of(group.model, pop)) if pop.dont_know_share else []
    drawing = {
        "dont_know_share": pop.dont_know_share,
        "dont_know_codes": codes,
        "missing_share": pop.missing_share,
        "weight_cv": pop.weight_cv,
        "informative": pop.informative,
        "capped": list(group.capped),
    }
    return nested | drawing


def _number(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _rounded(values: Floats) -> list[Any]:
    return [_rounded(v) if np.ndim(v) else _number(float(v)) for v in values]
