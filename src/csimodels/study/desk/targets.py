"""Targets: how far, how likely reached, and which rise of a driver would go with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.targets import needed_rise, probability_at_end, probability_reached, probability_within
from csimodels.moments.linalg import Floats
from csimodels.spec import Model
from csimodels.study.desk.part import Answers, DeskPart, Numbers, state_of
from csimodels.study.desk.scored import scores_of
from csimodels.study.extras import Extras
from csimodels.tables import Layout


@dataclass(frozen=True, eq=False)
class Targets(DeskPart):
    """Tables ``targets`` of all indices that have a target, and ``target_drivers`` of the constructs among them."""

    model: Model
    answers: Answers
    layout: Layout
    name = "targets"

    @property
    def targets(self) -> tuple[tuple[str, float], ...]:
        """Names and levels: of constructs, simple indices and nodes of the hierarchy."""
        return self.model.targets

    @property
    def pairs(self) -> list[tuple[int, int, float]]:
        """``(place among the pairs, driver, target)`` of every driver of a construct with a target."""
        d = self.layout.design
        level = dict(self.targets)
        return [(i, s, level[d.constructs[t]]) for i, (s, t) in enumerate(d.pairs) if d.constructs[t] in level]

    def extras(self) -> Extras:
        """Indices and their distances; needed rises are functions of the model's own numbers."""
        d, blocks = self.layout.design, self.layout.blocks
        scores = scores_of([name for name, _ in self.targets], self.model, self.answers, self.layout)
        aims = np.asarray([level for _, level in self.targets])
        effects = [blocks["total_unstd"].start + i for i, _, _ in self.pairs]
        targets = [blocks["index"].start + d.pairs[i][1] for i, _, _ in self.pairs]
        wanted = np.asarray([level for _, _, level in self.pairs])
        better = self.layout.better
        upwards = np.asarray([better[d.pairs[i][1]] for i, _, _ in self.pairs])
        towards = np.asarray([better[s] for _, s, _ in self.pairs])

        def values(means: Floats, model: Floats) -> Floats:
            index = scores.values(means, model)
            gaps, slopes = upwards * (wanted - model[..., targets]), upwards * towards * model[..., effects]
            rises = needed_rise(gaps, slopes[..., None])[..., 0]
            rises = np.where(np.isinf(rises), rises, towards * rises)  # in points of the driver's own index
            return np.concatenate([index, aims - index, rises, model[..., effects]], axis=-1)

        names = [f"{what} {name}" for what in ("index", "distance") for name, _ in self.targets]
        names += [f"{what} {d.pairs[i]}" for what in ("rise", "effect") for i, _, _ in self.pairs]
        uses = scores.uses_model or bool(self.pairs)
        marks = (scores.percentages, scores.balances, scores.bases)
        return Extras(scores.names, scores.columns, tuple(names), values, uses, None, *marks)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``construct, target, index, distance, se, low, high, probability, status``; the
        probability that the index of everybody has reached the target, given the survey."""
        size = len(self.targets)
        frame = pd.DataFrame(numbers.labels(size))
        frame["construct"] = [name for name, _ in self.targets] * len(numbers.keys)
        aims = np.asarray([level for _, level in self.targets])
        frame["target"] = np.tile(aims, len(numbers.keys))
        index, distance = slice(0, size), slice(size, 2 * size)
        frame["index"] = numbers.value[:, index].ravel()
        frame["distance"] = numbers.value[:, distance].ravel()
        bounds = [self.asked_for.within(k) for k in range(size)]
        uneven = np.asarray([ends is not None for ends in bounds])
        frame["se"] = numbers.se[:, distance].ravel()
        for end, other in (("low", numbers.high), ("high", numbers.low)):
            frame[end] = np.where(uneven, aims - other[:, index], getattr(numbers, end)[:, distance]).ravel()
        value, se, df = (part[:, index] for part in (numbers.value, numbers.se, numbers.df))
        up = np.asarray([self.model.direction(name) for name, _ in self.targets])
        sure = probability_reached(up * value, se, up * aims, df)
        for k in np.flatnonzero(uneven):
            sure[:, k] = probability_within(value[:, k], se[:, k], float(aims[k]), bounds[k], df[:, k], int(up[k]))
            least, most = bounds[k] or (0.0, 100.0)
            share, reach, aim = (value[:, k] - least, numbers.high[:, k] - numbers.low[:, k], float(aims[k]) - least)
            width = most - least
            if 0 < aim < width:
                alike = probability_at_end(share / width, reach / width, aim / width, numbers.level, int(up[k]))
                sure[:, k] = np.where(np.isnan(alike), sure[:, k], alike)
        frame["probability"] = sure.ravel()
        frame["status"] = state_of(value)
        return frame

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Table ``target_drivers``, where anything leads to a construct with a target."""
        return {"target_drivers": self.drivers(numbers)} if self.pairs else {}

    def drivers(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``construct, driver, effect, rise, low, high, status``: the rise of one
        driver alone that goes with the target, in points of its own index."""
        d, pairs = self.layout.design, self.pairs
        first = 2 * len(self.targets)
        rise, effect = slice(first, first + len(pairs)), slice(first + len(pairs), None)
        frame = pd.DataFrame(numbers.labels(len(pairs)))
        frame["construct"] = [d.constructs[d.pairs[i][1]] for i, _, _ in pairs] * len(numbers.keys)
        frame["driver"] = [d.constructs[s] for _, s, _ in pairs] * len(numbers.keys)
        frame["effect"] = numbers.value[:, effect].ravel()
        frame["rise"] = numbers.value[:, rise].ravel()
        frame["low"], frame["high"] = numbers.low[:, rise].ravel(), numbers.high[:, rise].ravel()
        frame["status"] = state_of(numbers.value[:, rise])
        return frame
