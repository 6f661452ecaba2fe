"""What a rise takes: the least effort that reaches a target, and a budget divided among drivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.budget import allocate_budget
from csimodels.desk.targets import least_effort
from csimodels.moments.linalg import Floats
from csimodels.spec.desk import EffortSpec
from csimodels.study.desk.hierarchy import HierarchyPart
from csimodels.study.desk.part import Answers, DeskPart, Numbers, state_of
from csimodels.study.desk.scored import model_score, node_score
from csimodels.study.extras import Extras
from csimodels.tables import Layout


@dataclass(frozen=True, eq=False)
class Effort(DeskPart):
    """Tables ``least_effort`` (quadratic costs) and ``budget`` (costs per point): of the drivers of a construct, with
    their total effects, or of the parts of a node of the hierarchy, with their weights in it.
    """

    asked: EffortSpec
    target: float
    layout: Layout
    answers: Answers
    hierarchy: HierarchyPart | None = None
    name = "least_effort"

    def _effects(self, model: Floats) -> Floats:
        """(*B, drivers) total effects on the construct, or the weights of the parts in the node."""
        name, drivers = self.asked.construct, [driver for driver, _ in self.asked.costs]
        d, start = self.layout.design, self.layout.blocks["total_unstd"].start
        if name in d.constructs or self.hierarchy is None:
            place = {(d.constructs[s], d.constructs[t]): i for i, (s, t) in enumerate(d.pairs)}
            return model[..., [start + place[driver, name] for driver in drivers]]
        return np.stack([self.hierarchy.share_in(name, driver, model) for driver in drivers], axis=-1)

    def _index(self) -> Extras:
        """The index of the construct or node."""
        if self.hierarchy is not None:
            return node_score(self.asked.construct, self.hierarchy)
        place = self.layout.blocks["index"].start + self.layout.design.constructs.index(self.asked.construct)
        return model_score(self.asked.construct, place, self.answers)

    def extras(self) -> Extras:
        """Functions of effects and index; numbers: effects, rises of both kinds, gains."""
        names, index = [driver for driver, _ in self.asked.costs], self._index()
        cost = np.asarray([cost for _, cost in self.asked.costs])
        cap = np.asarray([most for _, most in self.asked.caps]) if self.asked.caps else np.full(len(cost), 100.0)

        def values(means: Floats, model: Floats) -> Floats:
            effect = self._effects(model)
            least = least_effort(self.target - index.values(means, model)[..., 0], effect, cost)
            rise = np.full_like(effect, np.nan)
            if self.asked.budget is not None:
                rise = allocate_budget(effect, cost, cap, np.full(effect.shape[:-1], self.asked.budget))
            return np.concatenate([effect, least, rise, effect * rise], axis=-1)

        numbers = [f"{what} {name}" for what in ("effect", "least", "rise", "gain") for name in names]
        return Extras(index.names, index.columns, tuple(numbers), values, uses_model=index.uses_model)

    def _front(self, numbers: Numbers) -> pd.DataFrame:
        size, groups = len(self.asked.costs), len(numbers.keys)
        frame = pd.DataFrame(numbers.labels(size))
        frame["construct"] = [self.asked.construct] * (size * groups)
        frame["driver"] = [driver for driver, _ in self.asked.costs] * groups
        frame["effect"] = numbers.value[:, :size].ravel()
        frame["cost"] = [cost for _, cost in self.asked.costs] * groups
        return frame

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``construct, driver, effect, cost, rise, low, high, status``."""
        size = len(self.asked.costs)
        frame, rise = self._front(numbers), slice(size, 2 * size)
        frame["rise"] = numbers.value[:, rise].ravel()
        frame["low"], frame["high"] = numbers.low[:, rise].ravel(), numbers.high[:, rise].ravel()
        frame["status"] = state_of(numbers.value[:, rise])
        return frame

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Table ``budget``, where one is stated, with the interval of the gain of the construct.

        Columns: group columns, ``construct, driver, effect, cost, rise, spent, gain, low, high, status``.
        """
        if self.asked.budget is None:
            return {}
        size = len(self.asked.costs)
        frame, gain = self._front(numbers), slice(3 * size, 4 * size)
        frame["rise"] = numbers.value[:, 2 * size : 3 * size].ravel()
        frame["spent"] = frame["rise"] * frame["cost"]
        frame["gain"] = numbers.value[:, gain].ravel()
        frame["low"], frame["high"] = numbers.low[:, gain].ravel(), numbers.high[:, gain].ravel()
        frame["status"] = state_of(numbers.value[:, gain])
        return {"budget": frame}
